//! The brakes over a plan: what would do harm stops the pass and says what to type to go on.

use std::fmt::Write as _;

use super::decision::{Plan, Why};
use super::halt::{Guard, Halt, Holds};
use crate::model::{Extent, SourcePath, TargetId};

/// How much a single pass may do by itself.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct GuardSettings {
    /// Most delivered photos that may be replaced in one pass, in percent of those delivered. 100: no limit.
    pub max_changes_percent: f64,
    /// Most photos that may be taken out of the tenant within 24 hours.
    pub max_removals: usize,
    /// The same in percent of those delivered; the smaller of the two holds. Above 0, a single removal always passes:
    /// one person who opts out of a company of thirty is no flood.
    pub max_removals_percent: f64,
    /// Whether a source without a single file stops the pass.
    pub refuse_empty_source: bool,
    /// Whether photos that nobody here put into the tenant may be replaced at first contact without a question.
    pub replace_at_first_contact: bool,
}

/// What the guard must know beside the plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Files seen in the source.
    pub scanned: usize,
    /// A folder that can't be read, and why, where not all was seen; and how many there are.
    pub unreadable: Option<(String, usize)>,
    /// Targets that hold a photo delivered by us.
    pub delivered: usize,
    /// Photos taken out without force in the last 24 hours: many small passes are no way past the limit.
    pub removed_lately: usize,
    /// Files known from earlier passes, and how many of them are there.
    pub known: (usize, usize),
    /// The root of the source at the last pass and now, where it is another one.
    pub other_root: Option<(String, String)>,
    /// Rows of the table at the last pass, if there was one, and now.
    pub table: Option<(Option<usize>, usize)>,
    /// Objects that a sweep over the directory found last time and now, by what was swept for.
    pub swept: Vec<(&'static str, usize, usize)>,
    /// Files whose target was known and is asked again now, and how many of these the directory knows no more.
    pub asked: (usize, usize),
    /// What the rules and the table claim.
    pub claims: Claims,
}

/// What the rules and the table claimed of the known files before, and claim now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    /// Files that were claimed when they were looked at last.
    pub before: usize,
    /// Files that are claimed now.
    pub now: usize,
    /// Files that are there and that nobody claims now, less those that nobody claimed before.
    pub more_unmatched: usize,
    /// Files that led to somebody else before, with whom they lead to now that another rule or row claims them.
    pub led_elsewhere: Vec<(SourcePath, TargetId)>,
}

const FORCE: &str = "If that is meant, run `photosyncd reconcile --force` once";
/// A table with fewer rows may shrink as it likes; an empty one is asked about in any case.
const FEW_ROWS: usize = 10;
/// So few files may lead elsewhere at once without a question.
const FEW_LED: usize = 2;
/// So many names must get lost at once before the directory is doubted: people do leave.
const FEW_NAMES: usize = 10;
/// A tenant with fewer objects may shrink as it likes.
const FEW_OBJECTS: usize = 100;

/// Looks at a plan before anything is done; says everything that speaks against it, the strongest first. None of them
/// hides another: a person who overrides one must have heard of all.
pub(crate) fn guard(plan: &Plan, facts: &Facts, settings: &GuardSettings) -> Vec<Halt> {
    if let Some(unmounted) = unmounted(facts) {
        // Nothing that was seen means anything, and nobody can override that.
        return vec![unmounted];
    }
    let all = [
        empty_source(facts, settings),
        source_changed(facts),
        table_shrunk(facts),
        coverage(facts),
        led_elsewhere(facts),
        directory_swept(facts),
        directory_asked(facts),
        changes(plan, facts, settings),
        removals(plan, facts, settings),
    ];
    let mut halts: Vec<Halt> = all.into_iter().flatten().collect();
    halts.sort_by_key(Halt::rank);
    halts
}

/// An empty directory in the place of another one from which photos were delivered is what is below a mount point.
fn unmounted(facts: &Facts) -> Option<Halt> {
    let (before, now) = facts.other_root.as_ref()?;
    if facts.scanned > 0 || (facts.delivered == 0 && facts.known.0 == 0) {
        return None;
    }
    let whose = if facts.delivered > 0 {
        format!("that {} were delivered from", photos(facts.delivered))
    } else {
        "that it was at the last pass".to_owned()
    };
    let message = format!(
        "the source directory is empty, and it is not the directory {whose} (it was {before} and is {now}): the share is probably not mounted. Mount it, or correct source.directory, then run again. --force does not override this; if the photos really are gone, put any file there first and run again"
    );
    Some(Halt::counted(Guard::UnmountedSource, (0, facts.known.0), Extent::of(facts.known.0).about(now), message))
}

fn empty_source(facts: &Facts, settings: &GuardSettings) -> Option<Halt> {
    if !settings.refuse_empty_source || facts.scanned > 0 {
        return None;
    }
    if let Some((first, count)) = &facts.unreadable {
        return Some(unreadable(first, *count, facts));
    }
    let mut message = "the source directory holds no files".to_owned();
    if facts.delivered > 0 {
        _ = write!(message, " (photos delivered before: {})", facts.delivered);
    }
    message.push_str("; check that the share is mounted. If it is meant to be empty, run `photosyncd reconcile --force` once or set guard.refuse_empty_source: false");
    let about = facts.other_root.as_ref().map_or("", |(_, now)| now.as_str());
    Some(Halt::counted(Guard::EmptySource, (0, facts.known.0), Extent::of(facts.delivered).about(about), message))
}

/// What is empty is what may be read of it: no share is away, and no force makes it readable.
fn unreadable(first: &str, count: usize, facts: &Facts) -> Halt {
    let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
    let message = format!(
        "no file can be seen, since what is there can't be read (file_unreadable): {first}{more}; give the user that photosyncd runs as leave to read and enter the folders, then it continues"
    );
    Halt::counted(Guard::EmptySource, (0, facts.known.0), Extent::of(facts.delivered).about(first), message)
}

/// Device numbers and mounts change with every restart of the machine; a source that is another one and holds other
/// files is another source.
fn source_changed(facts: &Facts) -> Option<Halt> {
    let ((known, there), (before, now)) = (facts.known, facts.other_root.as_ref()?);
    if there * 2 >= known {
        return None;
    }
    let message = format!(
        "the source directory is another one than at the last pass (it was {before} and is {now}), and only {there} of the {known} files known from there are in it; check that the right share is mounted there. {FORCE}"
    );
    Some(Halt::counted(Guard::SourceChanged, (there, known), Extent::of(known - there).about(now), message))
}

/// A rule or a table that claims far fewer files than before was probably mistyped, or cut.
fn coverage(facts: &Facts) -> Option<Halt> {
    let &Claims { before, now, more_unmatched, .. } = &facts.claims;
    let lost = before.saturating_sub(now);
    // Files that are simply gone are the business of other guards.
    if lost * 2 <= before || more_unmatched * 2 < lost {
        return None;
    }
    let message = format!(
        "the rules and the table match {now} files now, and matched {before} at the last pass, though {more_unmatched} of the files that they no longer match are there; check mapping.rules, mapping.table and source.ignore. {FORCE}"
    );
    Some(Halt::counted(Guard::Coverage, (now, before), Extent::of(lost), message))
}

/// One corrected row is daily work; a tenth of all files that change hands is a table whose columns slipped.
fn led_elsewhere(facts: &Facts) -> Option<Halt> {
    let Claims { before, led_elsewhere: files, .. } = &facts.claims;
    let (before, led_elsewhere) = (*before, files.len());
    if led_elsewhere <= FEW_LED || led_elsewhere * 10 <= before {
        return None;
    }
    let message = format!(
        "{led_elsewhere} of the {before} files matched before would now go to other accounts than before, because the rules or the table changed; check that each file still names the right person (`photosyncd plan`). {FORCE}"
    );
    Some(Halt::counted(
        Guard::MappingChanged,
        (led_elsewhere, before),
        Extent::of_these(files.iter().map(|(path, target)| format!("{path} {target}"))),
        message,
    ))
}

fn table_shrunk(facts: &Facts) -> Option<Halt> {
    let (before, now) = facts.table?;
    let Some(before) = before else {
        let message = format!("the table (mapping.table) has no rows; check that it is complete. {FORCE}");
        return (now == 0).then(|| Halt::counted(Guard::TableShrunk, (0, 0), Extent::default(), message));
    };
    let shrunk = now * 2 < before && before >= FEW_ROWS;
    if !shrunk && (now > 0 || before == 0) {
        return None;
    }
    let message = format!(
        "the table (mapping.table) has {now} rows, and had {before} at the last pass; check that it is complete. {FORCE}"
    );
    Some(Halt::counted(Guard::TableShrunk, (now, before), Extent::of(before - now), message))
}

const CHECK_TENANT: &str = "check the tenant and the application's permissions";

fn directory_swept(facts: &Facts) -> Option<Halt> {
    let (what, before, now) = *facts.swept.iter().find(|(_, before, now)| now * 2 < *before && *before >= FEW_OBJECTS)?;
    let message = format!(
        "the directory answers with {now} {what}, and had {before} when it was last read as a whole; {CHECK_TENANT}. {FORCE}"
    );
    Some(Halt::counted(Guard::DirectoryShrunk, (now, before), Extent::of(before - now).about(what), message))
}

fn directory_asked(facts: &Facts) -> Option<Halt> {
    let (asked, lost) = facts.asked;
    // More than half of those asked about, and more than a tenth of everybody: twenty who leave a large company are no fault.
    if lost < FEW_NAMES || lost * 2 <= asked || lost * 10 <= facts.scanned {
        return None;
    }
    let message = format!(
        "the directory no longer knows {lost} of {asked} objects that it was asked about and knew before; {CHECK_TENANT}. {FORCE}"
    );
    Some(Halt::counted(Guard::DirectoryShrunk, (lost, asked), Extent::of(lost).about("asked"), message))
}

impl GuardSettings {
    /// Whether so many of the delivered photos may be replaced at once.
    pub(crate) fn allows(&self, changes: usize, delivered: usize) -> bool {
        percent(changes, delivered) <= self.max_changes_percent
    }
}

fn changes(plan: &Plan, facts: &Facts, settings: &GuardSettings) -> Option<Halt> {
    let replaced = || {
        let replaced = plan.deliveries().filter(|(_, _, _, why)| matches!(why, Why::Changed | Why::Recipe { .. }));
        replaced.map(|(_, target, ..)| target)
    };
    let changes = replaced().count();
    if settings.allows(changes, facts.delivered) {
        return None;
    }
    let message = format!(
        "{changes} of {} delivered photos would be replaced; allowed at once are {} % (guard.max_changes_percent). {FORCE}",
        facts.delivered, settings.max_changes_percent
    );
    Some(Halt::counted(Guard::Changes, (changes, facts.delivered), Extent::of_these(replaced()), message))
}

fn removals(plan: &Plan, facts: &Facts, settings: &GuardSettings) -> Option<Halt> {
    let (new, lately) = (plan.new_removals(), facts.removed_lately);
    let sum = new + lately;
    // Of those there were before; 100 % is no limit.
    let many = percent(sum, facts.delivered + lately) > settings.max_removals_percent;
    let single = sum == 1 && settings.max_removals_percent > 0.0;
    if new == 0 || sum <= settings.max_removals && (!many || single) {
        return None;
    }
    let lately = if lately > 0 { format!(", after {lately} in the last 24 hours") } else { String::new() };
    let message = format!(
        "{new} of {} delivered photos would be removed from the tenant{lately}; allowed within 24 hours are {} and {} % (guard.max_removals, guard.max_removals_percent). {FORCE}; until then they stay, and everything else continues",
        facts.delivered, settings.max_removals, settings.max_removals_percent
    );
    let who = plan.removals.iter().filter(|removal| !removal.standing).map(|removal| &removal.target);
    Some(Halt {
        holds: Holds::Removals,
        ..Halt::counted(Guard::Removals, (new, facts.delivered), Extent::of_these(who), message)
    })
}

/// Most of those to whom photos would go never had one from here, and these have one from somebody else. `new`: to how
/// many photos would go for the first time.
pub(crate) fn first_contact(replaced: &[TargetId], unknown: &[TargetId], new: usize) -> Option<Halt> {
    let (count, open) = (replaced.len(), unknown.len());
    let found = match (count, open) {
        (0, 0) => return None,
        (0, _) => format!("{} in Microsoft 365 may be replaced", photos(open)),
        (_, 0) => format!("{} in Microsoft 365 would be replaced", photos(count)),
        _ => format!("{} in Microsoft 365 would be replaced, and {open} more may be", photos(count)),
    };
    let unsure = if open > 0 { format!("; Microsoft 365 does not say of {open} whether they have one") } else { String::new() };
    let message = format!(
        "{found}, and nothing here remembers whose they are: {new} targets would get a photo from here for the first time, and {count} of them have one{unsure}. To keep theirs, set deliver: only_where_missing; `photosyncd export` or backup.before_first_overwrite saves them first. If they are to be replaced, run `photosyncd reconcile --force` once, or set guard.first_contact: replace"
    );
    let extent = Extent::of_these(replaced.iter().chain(unknown));
    Some(Halt::counted(Guard::FirstContact, (count + open, new), extent, message))
}

fn photos(count: usize) -> String {
    if count == 1 { "1 photo".to_owned() } else { format!("{count} photos") }
}

fn percent(part: usize, whole: usize) -> f64 {
    if part == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of files are far below 2^52")]
    let share = part as f64 / whole.max(1) as f64;
    share * 100.0
}
