//! A plan as rows that a person or a program reads.

use serde::Serialize;

use super::decision::{Decision, Plan, Release, Why};
use super::departure::{ByHand, Pending, RemovalCause};
use super::input::PlannedFile;
use crate::model::{DeliveryState, Gone, Reason, RecipeId, SourcePath, TargetId};
use crate::photo::differences;

/// One line of a plan. Personal: for the person who asked, not for logs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct PlanRow {
    /// `deliver`, `unchanged`, `same`, `hold`, `wait`, `remove`, `remove_later`, `release`, `unmatched`.
    pub action: &'static str,
    /// The file; none only for a release without one.
    pub path: Option<SourcePath>,
    /// The rule that claims it.
    pub rule: Option<String>,
    /// It is the default picture of a group, no file of the source.
    pub default_picture: bool,
    /// Kind of the target.
    pub kind: Option<&'static str>,
    /// The target as HR names it.
    pub target: Option<String>,
    /// The property HR names it by.
    pub property: Option<&'static str>,
    /// The target as Graph names it.
    pub object_id: Option<String>,
    /// What a delivery changes: `new`, `changed`, `recipe` or `pending`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<&'static str>,
    /// Why: in words.
    pub why: String,
    /// Why it is held, as a stable code.
    pub reason: Option<Reason>,
    /// What to do about it.
    pub cure: Option<String>,
    /// It is held for this since an earlier pass, which told it.
    #[serde(skip)]
    pub is_known: bool,
}

/// The plan's rows, files in order, then the releases, then photos whose files are gone.
pub(crate) fn rows<'a>(plan: &'a Plan, files: &'a [PlannedFile]) -> impl Iterator<Item = PlanRow> + 'a {
    let of_files = plan.entries.iter().filter(|entry| !has_their_own(files, &entry.decision, entry.file)).map(|entry| {
        let row = file_row(files, &files[entry.file], &entry.decision);
        let Decision::Held(Some(target), _) = &entry.decision else { return row };
        if plan.removals.binary_search_by(|removal| removal.target.cmp(target)).is_ok() {
            return PlanRow { action: "remove", why: format!("{}; its photo is removed from the tenant", row.why), ..row };
        }
        // Whoever is out of scope, and whose photo a person has to take out, waits for that person.
        match plan.departures.by_hand.iter().find(|by_hand| Some(&by_hand.target) == entry.decision.excluded()) {
            Some(by_hand) => left_to_a_person(by_hand, row),
            None => row,
        }
    });
    let stays = |release: &&Release| !plan.departures.pending.iter().any(|pending| pending.gone.target == release.target);
    let of_releases = plan.releases.iter().filter(stays).map(|release| {
        let why = if release.path.as_ref().is_some_and(SourcePath::is_default_picture) {
            "no default picture applies to this person any more, and none was sent"
        } else {
            "no file identifies this target any more; nothing changes in the tenant"
        };
        of_target("release", why, &release.target, release.path.as_ref(), None)
    });
    of_files.chain(of_releases).chain(departures(plan))
}

/// Whether somebody has a photo, so that no default picture is needed: nobody has to know.
fn has_their_own(files: &[PlannedFile], decision: &Decision, file: usize) -> bool {
    let has_photo = matches!(decision, Decision::Pending(_, _, DeliveryState::Blocked { reason: Reason::HasPhoto }));
    has_photo && files[file].path.is_default_picture()
}

/// Photos whose files are gone.
fn departures(plan: &Plan) -> impl Iterator<Item = PlanRow> + '_ {
    let now = plan.removals.iter().filter_map(|removal| match &removal.cause {
        RemovalCause::FileGone(Gone { path, label, since, fate, .. }) => {
            let why = format!("{} {since}; the photo is removed from the tenant", fate.words());
            Some(of_target("remove", &why, &removal.target, Some(path), Some(label)))
        }
        RemovalCause::DefaultEnds { path, label } => {
            let why = "no default picture applies to this person any more; it is removed from the tenant";
            Some(of_target("remove", why, &removal.target, path.as_ref(), Some(label)))
        }
        RemovalCause::OptOut(_) => None,
    });
    let later = plan.departures.pending.iter().map(
        |Pending { gone: Gone { target, label, path, since, fate, .. }, due_at, held_back }| {
            let then = match held_back {
                Some(why) => format!("its photo would be removed by now, and is held back: {why}"),
                None => format!("if that stays so, the first pass after {due_at} removes the photo from the tenant"),
            };
            let why = format!("{} {since}; {then}", fate.words());
            of_target("remove_later", &why, target, Some(path), Some(label))
        },
    );
    let is_told = |target: &TargetId| plan.entries.iter().any(|entry| entry.decision.excluded() == Some(target));
    let never = plan.departures.by_hand.iter().filter(move |by_hand| !is_told(&by_hand.target));
    let never =
        never.map(|by_hand| left_to_a_person(by_hand, of_target("hold", "", &by_hand.target, None, Some(&by_hand.label))));
    now.chain(later).chain(never)
}

/// Only a person can take out what is to go.
fn left_to_a_person(ByHand { problem, standing, .. }: &ByHand, row: PlanRow) -> PlanRow {
    let (why, cure) = (problem.detail.clone(), Some(problem.cure.clone()));
    PlanRow { action: "hold", reason: Some(problem.reason), why, cure, is_known: *standing, ..row }
}

fn of_target(action: &'static str, why: &str, target: &TargetId, path: Option<&SourcePath>, label: Option<&String>) -> PlanRow {
    PlanRow {
        path: path.cloned(),
        default_picture: path.is_some_and(SourcePath::is_default_picture),
        kind: Some(target.kind().as_str()),
        target: label.cloned(),
        object_id: target.object_id().map(ToString::to_string),
        ..blank(action, why)
    }
}

fn blank(action: &'static str, why: &str) -> PlanRow {
    PlanRow {
        action,
        path: None,
        rule: None,
        default_picture: false,
        kind: None,
        target: None,
        property: None,
        object_id: None,
        change: None,
        why: why.to_owned(),
        reason: None,
        cure: None,
        is_known: false,
    }
}

fn file_row(files: &[PlannedFile], file: &PlannedFile, decision: &Decision) -> PlanRow {
    let claim = file.claim.as_ref().and_then(|claim| claim.as_ref().ok());
    let with = |action, why: &str, target: Option<&TargetId>| PlanRow {
        path: Some(file.path.clone()),
        default_picture: file.path.is_default_picture(),
        rule: claim.map(|claim| claim.rule.to_string()),
        kind: claim.map(|claim| claim.reference.kind.as_str()),
        target: claim.map(|claim| claim.reference.label()),
        property: claim.map(|claim| claim.reference.property.as_str()),
        object_id: target.and_then(TargetId::object_id).map(ToString::to_string),
        ..blank(action, why)
    };
    let held = |reason: Reason, cure: String, row: PlanRow| PlanRow { reason: Some(reason), cure: Some(cure), ..row };
    match decision {
        Decision::Unmatched => {
            held(Reason::Unmatched, Reason::Unmatched.cure().into(), with("unmatched", "no rule claims this file", None))
        }
        Decision::Held(target, problem) => {
            held(problem.reason, problem.cure.clone(), with("hold", &problem.detail, target.as_ref()))
        }
        Decision::Unchanged(target) => with("unchanged", "the tenant was given this picture", Some(target)),
        Decision::Deliver(target, version, why) => {
            PlanRow { change: Some(change(why)), ..with("deliver", &explain(why, &version.recipe), Some(target)) }
        }
        Decision::Pending(target, _, DeliveryState::Waiting { until, reason }) => {
            held(*reason, reason.cure().into(), with("wait", &format!("tried again at {until}"), Some(target)))
        }
        Decision::Pending(target, _, DeliveryState::Blocked { reason }) => {
            let why = if *reason == Reason::HasPhoto {
                "Microsoft 365 has a photo that is not ours, and it is kept"
            } else if reason.is_kept() {
                "what the tenant shows is kept until the file changes"
            } else {
                "blocked at the last try"
            };
            PlanRow { is_known: true, ..held(*reason, reason.cure().into(), with("hold", why, Some(target))) }
        }
        Decision::Pending(target, ..) => {
            PlanRow { change: Some(change(&Why::Pending)), ..with("deliver", PENDING, Some(target)) }
        }
        Decision::SupersededBy(target, by) if holds_the_same(files, file, by) => {
            with("same", &format!("the same picture as {by}, which is the one that is sent"), Some(target))
        }
        Decision::SupersededBy(target, by) => {
            with("hold", &format!("{by} is newer and identifies the same target"), Some(target))
        }
    }
}

/// Whether a file holds the same picture as the one at another path. Both are among these files, sorted by path.
pub(crate) fn holds_the_same(files: &[PlannedFile], file: &PlannedFile, other: &SourcePath) -> bool {
    let other = files.binary_search_by(|file| file.path.cmp(other)).ok().and_then(|at| files.get(at));
    other.is_some_and(|other| file.content.is_ok() && other.content.as_ref().ok() == file.content.as_ref().ok())
}

const PENDING: &str = "planned earlier, not delivered yet";

const fn change(why: &Why) -> &'static str {
    match why {
        Why::New => "new",
        Why::Changed => "changed",
        Why::Recipe { .. } => "recipe",
        Why::Pending => "pending",
    }
}

fn explain(why: &Why, recipe: &RecipeId) -> String {
    match why {
        Why::New => "this target was not given a photo yet".to_owned(),
        Why::Changed => "the file changed".to_owned(),
        Why::Recipe { from } => {
            let what = differences(from, recipe).unwrap_or_else(|| "the settings".to_owned());
            format!("the recipe changed ({what}): prepared again, and sent if it comes out different")
        }
        Why::Pending => PENDING.to_owned(),
    }
}
