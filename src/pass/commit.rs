//! Turns a plan into what changes in the ledger: only rows that differ are written.

use std::sync::Arc;

use super::proposal::Proposal;
use crate::ledger::{Absences, Commit, Rows};
use crate::model::target_state::{Event, Wanted};
use crate::model::{DeliveryState, KnownFile, PhotoVersion, Problem, Reason, RecipeId, TargetId, Timestamp};
use crate::plan::{Claim, Decision, Departures, Hold, Plan, PlannedFile};

/// What a plan changes in the ledger. The rows are made while they are written: a hundred thousand of them beside
/// the plan that they come from would double what a pass takes.
pub(super) fn commit_of(proposal: Proposal, recipe: &RecipeId, forced: bool, now: Timestamp) -> Commit {
    let proposal = Arc::new(proposal);
    let entries = proposal.plan.entries.len();
    let for_files = Arc::clone(&proposal);
    let Proposal { scan, plan, links, new_facts, keeps_account, .. } = &*proposal;
    let Departures { seen, back, .. } = &plan.departures;
    Commit {
        files: Box::new((0..entries).filter_map(move |at| file_change(&for_files, at, now))),
        events: events(&proposal, recipe),
        // A wish is as old as the questions that were asked for it: what they confirmed serves.
        wished_at: Some(proposal.asked_at),
        settings: scan.new_settings.clone(),
        forced,
        absences: keeps_account.then(|| Absences { seen: seen.clone(), back: back.clone() }),
        facts: new_facts.clone(),
        links: links.clone(),
        gone: plan.vanished.clone(),
    }
}

/// What happens to targets, in the order in which it has to: a file that is back calls off a removal before it wants
/// anything, and what is released is not blocked before.
fn events(proposal: &Arc<Proposal>, recipe: &RecipeId) -> Rows<(TargetId, Event)> {
    let entries = proposal.plan.entries.len();
    let Plan { holds, releases, removals, departures, .. } = &proposal.plan;
    let account = if proposal.keeps_account { departures.clone() } else { Departures::default() };
    let returned = account.back.into_iter().map(|target| (target, Event::Returned));
    let for_wishes = Arc::clone(proposal);
    let wishes = by_target(&proposal.plan).into_iter().filter_map(move |at| new_wish(&for_wishes, at));
    let in_step: Vec<_> = (0..entries).filter_map(|at| in_step(proposal, at, recipe)).collect();
    let holds: Vec<_> = holds.iter().filter(|hold| !stands(proposal, hold)).map(held).collect();
    let keeps: Vec<_> = (0..entries).filter_map(|at| new_keep(proposal, at)).collect();
    let removals: Vec<_> = removals.iter().map(|removal| (removal.target.clone(), Event::Remove)).collect();
    let releases: Vec<_> = releases.iter().map(|release| (release.target.clone(), Event::Release)).collect();
    let new = account.by_hand.into_iter().filter(|by_hand| !by_hand.standing);
    let by_hand = new.map(|by_hand| (by_hand.target, Event::RemovalNotPossible(by_hand.problem)));
    let with_object: Vec<_> = departures.with_object.iter().map(|target| (target.clone(), Event::ObjectGone)).collect();
    let then = in_step.into_iter().chain(holds).chain(keeps).chain(removals).chain(releases).chain(by_hand).chain(with_object);
    Box::new(returned.chain(wishes).chain(then))
}

/// The entries that want something, in the order of their targets, in which the ledger keeps them: in any other, a hundred
/// thousand rows are written to pages that come and go, each of them many times.
fn by_target(plan: &Plan) -> Vec<usize> {
    let target = |at: usize| if let Decision::Deliver(target, ..) = &plan.entries[at].decision { Some(target) } else { None };
    let mut entries: Vec<usize> = (0..plan.entries.len()).filter(|at| target(*at).is_some()).collect();
    entries.sort_unstable_by_key(|at| target(*at));
    entries
}

fn held(Hold { target, problem, path }: &Hold) -> (TargetId, Event) {
    (target.clone(), Event::Hold { problem: problem.clone(), path: path.clone() })
}

/// The row of a file, if it differs from the one there is.
fn file_change(proposal: &Proposal, at: usize, now: Timestamp) -> Option<KnownFile> {
    let Proposal { scan, files, view, plan, asked_at, .. } = proposal;
    let entry = &plan.entries[at];
    let file = &files[entry.file];
    let before = view.files.binary_search_by(|known| known.path.cmp(&file.path)).ok().map(|found| &view.files[found]);
    let mut row = file_row(file, file.confirmed.then_some(*asked_at), &entry.decision, before, now);
    if let (None, Some(rule)) = (&row.reference, scan.table.as_ref().and_then(|table| table.names_in_vain(&file.path))) {
        name_in_vain(&mut row, rule, before);
    }
    (before != Some(&row)).then_some(row)
}

/// Remembers that the table named a file, though it led to nobody: should its row go, no rule may give it to somebody else.
/// The picture that it brought to somebody before may stay there.
fn name_in_vain(row: &mut KnownFile, rule: String, before: Option<&KnownFile>) {
    row.rule = Some(rule.into());
    row.reference = Some(KnownFile::named_in_vain(&row.path));
    row.target =
        before.filter(|before| before.digest.is_some() && before.digest == row.digest).and_then(|before| before.target.clone());
}

/// What a decision newly wants for its target.
fn new_wish(proposal: &Proposal, at: usize) -> Option<(TargetId, Event)> {
    let entry = &proposal.plan.entries[at];
    let file = &proposal.files[entry.file];
    let Decision::Deliver(target, version, _) = &entry.decision else { return None };
    let stands = proposal.view.targets.get(target).is_some_and(|known| {
        known.state == DeliveryState::Due && known.desired.as_ref() == Some(version) && known.path.as_ref() == Some(&file.path)
    });
    if stands { None } else { Some((target.clone(), Event::Desire(wanted(file, version.clone())?))) }
}

/// A target whose own photo is kept from its file, where that does not stand in its row.
fn new_keep(proposal: &Proposal, at: usize) -> Option<(TargetId, Event)> {
    let entry = &proposal.plan.entries[at];
    let file = &proposal.files[entry.file];
    let Decision::Pending(target, version, _) = &entry.decision else { return None };
    let reason = proposal.view.targets.get(target)?.newly_kept(version, &file.path)?;
    let why = match reason {
        Reason::Restored => "put back by hand; kept until the file changes",
        // Whether it shows another photo or none, the target knows.
        _ => "the tenant does not show the photo we delivered, and that is kept until the file changes",
    };
    let problem = Problem::new(reason, why);
    Some((target.clone(), Event::Keep(wanted(file, version.clone())?, problem)))
}

/// A target that turned out to hold what its file wants, and is not marked so.
fn in_step(proposal: &Proposal, at: usize, recipe: &RecipeId) -> Option<(TargetId, Event)> {
    let entry = &proposal.plan.entries[at];
    let file = &proposal.files[entry.file];
    let (Decision::Unchanged(target), Some(version)) = (&entry.decision, file.version(recipe)) else { return None };
    let stands = proposal.view.targets.get(target).is_some_and(|known| {
        known.state == DeliveryState::InStep
            && known.desired.as_ref() == Some(&version)
            && known.path.as_ref() == Some(&file.path)
    });
    if stands { None } else { Some((target.clone(), Event::AlreadyInStep(wanted(file, version)?))) }
}

fn wanted(file: &PlannedFile, version: PhotoVersion) -> Option<Wanted> {
    let claim = file.claim.as_ref()?.as_ref().ok()?;
    let (label, path) = (claim.reference.label(), file.path.clone());
    Some(Wanted { label, path, version, account_created: file.account_created })
}

/// Whether a target is held with this file for this very reason already.
fn stands(proposal: &Proposal, hold: &Hold) -> bool {
    proposal.view.targets.get(&hold.target).is_some_and(|known| {
        known.state == DeliveryState::Blocked { reason: hold.problem.reason } && (hold.path.is_none() || hold.path == known.path)
    })
}

/// The file's row from now on. `asked`: when the directory was asked, if it answered.
fn file_row(
    file: &PlannedFile,
    asked: Option<Timestamp>,
    decision: &Decision,
    before: Option<&KnownFile>,
    now: Timestamp,
) -> KnownFile {
    let claim: Option<&Claim> = file.claim.as_ref().and_then(|claim| claim.as_ref().ok());
    let key = claim.map(|claim| claim.reference.key());
    let target = match decision {
        // A reference that can't be resolved now keeps the object it was pinned to.
        Decision::Held(None, _) => before
            .filter(|before| before.reference.is_some() && before.reference.as_deref() == key.as_deref())
            .and_then(|before| before.target.clone()),
        Decision::Held(target, _) => target.clone(),
        // Whom it spoke for stays known: a rule that is corrected must not lead it to somebody else unnoticed.
        Decision::Unmatched => before.and_then(|before| before.target.clone()),
        serving => serving.serves().cloned(),
    };
    // Whom the table named is remembered as long as the file has no row, and nobody else by a person's word.
    let named = before.filter(|before| {
        matches!(decision, Decision::Held(..) | Decision::Unmatched)
            && before.is_bound_by_table()
            && !claim.is_some_and(Claim::is_by_table)
    });
    let is_same = |before: &&KnownFile| !before.is_named_in_vain() || before.digest.as_ref() == file.content.as_ref().ok();
    let target = named.map_or(target, |before| Some(before).filter(is_same).and_then(|before| before.target.clone()));
    let problem = match decision {
        Decision::Held(_, problem) => Some(problem.clone()),
        Decision::Unmatched => Some(Problem::new(Reason::Unmatched, "no rule claims this file")),
        _ => None,
    };
    let held = before.and_then(|before| before.held.as_ref());
    let stands = held.zip(problem.as_ref()).filter(|(held, found)| still_holds(file, before, held.0.reason, found.reason));
    let stands = stands.map(|(held, _)| held);
    let moved_to = match file.identifies() {
        _ if stands.is_some() => before.and_then(|before| before.moved_to.clone()),
        // Whose row is lost is asked about another way.
        Some(now) if named.is_none() && problem.as_ref().is_some_and(|problem| problem.reason == Reason::IdentityChanged) => {
            Some(now.clone())
        }
        _ => None,
    };
    KnownFile {
        path: file.path.clone(),
        fingerprint: file.fingerprint,
        digest: file.content.as_ref().ok().copied(),
        read_at: file.read_at,
        rule: named.map_or_else(|| claim.map(|claim| claim.rule.clone()), |named| named.rule.clone()),
        reference: named.map_or_else(|| key.map(Arc::from), |named| named.reference.clone()),
        label: named.map_or_else(|| claim.map(|claim| claim.reference.label().into()), |named| named.label.clone()),
        bound_at: match (decision, &target) {
            // A file that another one outdid must not count as one that stands still.
            (Decision::SupersededBy(..), _) | (_, None) => None,
            (_, Some(_)) if asked.is_some() && named.is_none() => asked,
            (_, Some(_)) => before.and_then(|before| before.bound_at),
        },
        target,
        moved_to,
        held: problem.map(|problem| {
            if let Some(stands) = stands {
                return stands.clone();
            }
            let since = held.filter(|held| held.0.reason == problem.reason).map(|held| held.1);
            Box::new((problem, since.unwrap_or(now)))
        }),
    }
}

/// Whether a file is held for the reason it was held for before: that nobody could be asked about it is no news of that.
fn still_holds(file: &PlannedFile, before: Option<&KnownFile>, held: Reason, found: Reason) -> bool {
    let claim = file.claim.as_ref().and_then(|claim| claim.as_ref().ok());
    let same_name =
        before.is_some_and(|before| before.reference.as_deref() == claim.map(|claim| claim.reference.key()).as_deref());
    // A person's yes moves the binding, or takes it away; a file that can be read refutes that it can't.
    let refuted = match held {
        Reason::IdentityChanged => before.is_some_and(|before| before.target.is_none() || before.target == before.moved_to),
        Reason::FileUnreadable => file.content.is_ok(),
        _ => false,
    };
    held.outlasts(found) && !file.confirmed && same_name && claim.is_some() && !refuted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Fingerprint, Property, Reference, SourcePath, TargetKind};

    fn planned(name: &str, confirmed: bool) -> PlannedFile {
        PlannedFile {
            path: SourcePath::new("anna.jpg").unwrap(),
            fingerprint: Fingerprint::default(),
            content: Ok(Digest::from_bytes([1; 32])),
            claim: Some(Ok(Claim { rule: "r".into(), reference: Reference::new(TargetKind::User, Property::Mail, name) })),
            resolved: None,
            whom: None,
            read_at: Timestamp::default(),
            confirmed,
            account_created: None,
        }
    }

    /// What the row of a file says that was held for a reason, and is found to be held for another.
    fn told(held: Reason, found: Reason, file: &PlannedFile) -> (Reason, Timestamp) {
        let (then, now) = (Timestamp::from_millis(5), Timestamp::from_millis(9));
        let held = Decision::Held("user:a".parse().ok(), Problem::new(held, "before"));
        let before = file_row(&planned("anna@x", true), Some(then), &held, None, then);
        let found = Decision::Held(None, Problem::new(found, "now"));
        let (problem, since) = *file_row(file, None, &found, Some(&before), now).held.unwrap();
        (problem.reason, since)
    }

    #[test]
    fn that_nobody_could_be_asked_never_takes_the_place_of_a_reason_that_lasts() {
        let (then, now) = (Timestamp::from_millis(5), Timestamp::from_millis(9));
        let mut pairs = 0;
        for held in Reason::ALL.iter().copied().filter(|held| !held.is_passing() && *held != Reason::FileUnreadable) {
            for found in Reason::ALL.iter().copied().filter(|found| found.is_passing()) {
                assert_eq!(told(held, found, &planned("anna@x", false)), (held, then), "{held} {found}");
                assert_eq!(told(found, held, &planned("anna@x", false)), (held, now), "{found} {held}: a verdict is news");
                assert_eq!(told(held, found, &planned("ben@x", false)), (found, now), "{held} {found}: another name");
                assert_eq!(told(held, found, &planned("anna@x", true)), (found, now), "{held} {found}: the directory answered");
                pairs += 1;
            }
        }
        assert!(pairs > 100, "{pairs}");
        // Its content was read, so that it can be.
        assert_eq!(told(Reason::FileUnreadable, Reason::Transient, &planned("anna@x", false)).0, Reason::Transient);
    }
}
