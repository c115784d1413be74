//! Photos whose file is gone: remembered first, taken out of the tenant only when nothing speaks against it any more.
//!
//! Absence is read as removal only if two whole scans of the same root agree, the directory could be asked about every
//! file, no other file speaks for the target, and the grace time has passed. Whatever is in doubt waits.

use std::collections::HashSet;
use std::time::Duration;

use super::decision::{Decision, Release};
use super::departure::{Absence, ByHand, Departures, Pending, Removal, RemovalCause};
use super::input::PlanInput;
use crate::model::{Digest, Fate, Gone, Problem, Reason, SourcePath, TargetId, TargetKind};

/// A file that is still being written may be the one that is gone, for so long: something is always being written somewhere.
const ARRIVES_WITHIN: Duration = Duration::from_secs(3600);

/// And until then, it is looked at again after this long.
const ARRIVES_SOON: Duration = Duration::from_secs(60);

/// Looks at what is gone.
pub(super) fn departures(input: &PlanInput<'_>, decisions: &[Option<Decision>], releases: &[Release]) -> Departures {
    let mut found = Departures::default();
    let Some(absence) = input.absence else { return found };
    let certain = input.complete && !decisions.iter().flatten().any(unasked);
    let served = if absence.gone.is_empty() && releases.is_empty() { HashSet::new() } else { served(decisions) };
    let left: HashSet<&TargetId> = decisions.iter().flatten().filter_map(left).collect();
    let mut unknown = unknown(input, decisions);
    unknown.extend(&absence.hidden.unnamed);
    let files = Files { input, decisions, still: absence.still, unknown };
    for gone in absence.gone {
        let twin_served = gone.target.twin().is_some_and(|twin| served.contains(&twin));
        let now = if served.contains(&gone.target) { None } else { files.fate(gone) };
        let Some(fate) = now else {
            found.back.push(gone.target.clone());
            if !served.contains(&gone.target) && files.nobody_was_asked(&gone.path) {
                // It may go again before it is known for whom it speaks: only from then on its time counts.
                found.seen.push(Gone { since: absence.now, root: String::new(), under_way: false, ..gone.clone() });
            }
            continue;
        };
        if fate == Fate::Elsewhere {
            // Who it is may still be found out. Its time counts from when that file is gone, too.
            if !gone.root.is_empty() {
                found.seen.push(Gone { since: absence.now, root: String::new(), ..gone.clone() });
            }
            continue;
        }
        let gone = &Gone { fate, ..gone.clone() };
        // A group and its team share one photo.
        if gone.under_way || twin_served {
            continue;
        }
        let behind = absence.hidden.links.iter().find(|link| gone.path.is_below(link));
        let sure = certain && behind.is_none() && !absence.hidden.unread;
        let confirmed = sure && gone.root == absence.root && !left.contains(&gone.target);
        let ripe_at = gone.since.plus(absence.grace).max(absence.locked_until.unwrap_or_default());
        let may_arrive = absence.arriving && ripe_at.plus(ARRIVES_WITHIN) > absence.now;
        // What has arrived by then, or sooner, is looked at.
        let due_at = if may_arrive { ripe_at.max(absence.now.plus(ARRIVES_SOON)) } else { ripe_at };
        if !confirmed || due_at > absence.now {
            let is_due = ripe_at <= absence.now;
            let (left, other_root) = (left.contains(&gone.target), gone.root != absence.root);
            let in_doubt = Doubt { left, other_root, behind, unread: absence.hidden.unread };
            let held_back = is_due.then(|| in_doubt.words(input, decisions));
            found.pending.push(Pending { gone: gone.clone(), due_at, held_back });
            if certain && gone.root != absence.root {
                let since = if gone.root.is_empty() { absence.now } else { gone.since };
                found.seen.push(Gone { root: absence.root.to_owned(), since, ..gone.clone() });
            }
            continue;
        }
        if matches!(gone.target.kind(), TargetKind::Team | TargetKind::Contact) {
            let (target, label, problem) = (gone.target.clone(), gone.label.clone(), impossible(gone));
            found.by_hand.push(ByHand { target, label, problem, standing: false });
            continue;
        }
        found.removals.push(Removal {
            target: gone.target.clone(),
            cause: RemovalCause::FileGone(gone.clone()),
            standing: false,
        });
    }
    // A file is released once, so that it is remembered now or never; whether it counts is for later passes to say.
    if input.complete {
        for gone in releases.iter().filter_map(|release| newly_gone(input, absence, release, &files)) {
            let due_at = gone.since.plus(absence.grace).max(absence.locked_until.unwrap_or_default());
            // Whatever goes to a group goes to its team.
            let twin_served = gone.target.twin().is_some_and(|twin| served.contains(&twin));
            if gone.fate != Fate::Elsewhere && !twin_served {
                found.pending.push(Pending { gone: gone.clone(), due_at, held_back: None });
            }
            found.seen.push(gone);
        }
    }
    found
}

/// What speaks against one removal whose time has come.
struct Doubt<'a> {
    /// The name of a file that spoke for it has moved on.
    left: bool,
    /// It was seen to be gone from another root.
    other_root: bool,
    /// It may be behind this link.
    behind: Option<&'a String>,
    /// A file whose name can't be told can't be read either.
    unread: bool,
}

impl Doubt<'_> {
    /// In words, with what to do, what lasts longest in front.
    fn words(&self, input: &PlanInput<'_>, decisions: &[Option<Decision>]) -> String {
        let files = input.files.iter().zip(decisions);
        let mut unasked = files.filter_map(|(file, decision)| match decision {
            Some(decision @ Decision::Held(_, problem)) if unasked(decision) => Some((&file.path, problem)),
            _ => None,
        });
        match unasked.next() {
            Some((path, problem)) => unasked_words(unasked.count() + 1, path.as_str(), problem),
            None if !input.complete => {
                "not everything could be looked at; what could not is told by `photosyncd status`".to_owned()
            }
            None if let Some(link) = self.behind => format!(
                "its folder {link} is a symbolic link now, which is not followed; put the folder itself there, set source.follow_symlinks, or remove the link"
            ),
            None if self.unread => {
                "a file whose name can't be read, and that can't be opened, may be it; rename that file or let the service read it".to_owned()
            }
            None if self.left => {
                "the name of another file, which was for it, has moved on (identity_changed); decide about that file".to_owned()
            }
            None if self.other_root => {
                "the directory with the photos is another one than before; the next pass decides".to_owned()
            }
            None => "a new file that may be it by another name is still being written; it is looked at again soon".to_owned(),
        }
    }
}

/// Why nothing is removed while the directory can't say whose some files are.
pub(crate) fn unasked_words(count: usize, path: &str, problem: &Problem) -> String {
    let Problem { reason, cure, .. } = problem;
    let (whose, which) = match count {
        1 => (format!("{path} is"), "it"),
        _ => (format!("{count} files, as {path}, are"), "any of them"),
    };
    format!("the directory can't say whose {whose} ({reason}), and {which} may be the missing one by another name; {cure}")
}

/// Where files are now.
struct Files<'a> {
    input: &'a PlanInput<'a>,
    decisions: &'a [Option<Decision>],
    /// Files that stand still and are not planned for, sorted.
    still: &'a [SourcePath],
    /// What is in files of which nobody can tell whose they are.
    unknown: HashSet<Digest>,
}

impl Files<'_> {
    /// The file among those to plan for.
    fn at(&self, path: &SourcePath) -> Option<usize> {
        self.input.files.binary_search_by(|file| file.path.cmp(path)).ok()
    }

    /// What became of a photo's file; none if it is there, and as far as anybody knows no one else's.
    fn fate(&self, gone: &Gone) -> Option<Fate> {
        let identifies_another = match self.at(&gone.path) {
            Some(at) => self.decisions[at].as_ref().and_then(identified).is_some_and(|other| *other != gone.target),
            None if self.still.binary_search(&gone.path).is_ok() => gone.fate == Fate::ForAnother,
            None => {
                let is_elsewhere = gone.digest.is_some_and(|digest| self.unknown.contains(&digest));
                return Some(if is_elsewhere || gone.fate == Fate::Elsewhere { Fate::Elsewhere } else { Fate::Gone });
            }
        };
        identifies_another.then_some(Fate::ForAnother)
    }

    /// Whether the file is there and the directory could not be asked about it.
    fn nobody_was_asked(&self, path: &SourcePath) -> bool {
        self.at(path).is_some_and(|at| self.decisions[at].as_ref().is_some_and(unasked))
    }
}

/// Whom a file identifies, may that one have its photo or not.
fn identified(decision: &Decision) -> Option<&TargetId> {
    match decision {
        held @ Decision::Held(target, _) => target.as_ref().filter(|_| left(held).is_none()),
        other => other.serves(),
    }
}

/// Pictures in files of which nobody can tell whose they are: that such a file was called otherwise, or lay elsewhere, and
/// named somebody, is likely.
fn unknown(input: &PlanInput<'_>, decisions: &[Option<Decision>]) -> HashSet<Digest> {
    let files = input.files.iter().zip(decisions);
    let unknown = files.filter(|(_, decision)| matches!(decision, Some(Decision::Unmatched | Decision::Held(None, _))));
    unknown.filter_map(|(file, _)| file.content.as_ref().ok().copied()).collect()
}

fn newly_gone(input: &PlanInput<'_>, absence: Absence<'_>, release: &Release, files: &Files<'_>) -> Option<Gone> {
    let path = release.path.clone()?;
    let known = input.view.targets.get(&release.target)?;
    if known.delivered.is_none() && !known.unconfirmed {
        return None;
    }
    let file = input.view.files.binary_search_by(|known| known.path.cmp(&path)).ok().map(|at| &input.view.files[at]);
    let label = file.and_then(|file| file.label.as_deref()).unwrap_or_default().to_owned();
    let (target, root) = (release.target.clone(), absence.root.to_owned());
    let digest = known.delivered.as_ref().map(|delivered| delivered.digest);
    let gone = Gone { target, label, path, since: absence.now, root, under_way: false, digest, fate: Fate::Gone };
    let fate = files.fate(&gone)?;
    let root = if fate == Fate::Elsewhere { String::new() } else { gone.root };
    Some(Gone { root, fate, ..gone })
}

/// Whether the directory could not be asked about a file: it may speak for a target whose own file is gone.
fn unasked(decision: &Decision) -> bool {
    matches!(decision, Decision::Held(_, problem) if problem.reason.leaves_open())
}

/// The target that a file was bound to before its name moved on. Whether it comes back nobody knows: what another file
/// had put there waits for that.
fn left(decision: &Decision) -> Option<&TargetId> {
    match decision {
        Decision::Held(target, problem) if problem.reason == Reason::IdentityChanged => target.as_ref(),
        _ => None,
    }
}

/// Targets that a file speaks for.
fn served(decisions: &[Option<Decision>]) -> HashSet<TargetId> {
    decisions.iter().flatten().filter_map(identified).cloned().collect()
}

fn impossible(gone: &Gone) -> Problem {
    let kind = gone.target.kind();
    Problem::new(
        Reason::RemovalNotPossible,
        format!(
            "{} {} {}, but Microsoft Graph has no way to remove the photo of a {kind}",
            gone.path,
            gone.fate.words().trim_start_matches("the file "),
            gone.since
        ),
    )
}
