//! How the service stands, in numbers and states: what `status.json`, `/metrics`, the unit's status line and pages show.
//!
//! Holds nothing personal: counts, times, reasons of the whole.

use std::collections::BTreeSet;
use std::fmt::Write;

use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use crate::ledger::Counts;
use crate::model::{PassCause, Permission, Reason, Timestamp, named};
use crate::plan::Guard;

/// Where the service is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// The first pass is not planned yet.
    #[default]
    Starting,
    /// It watches and delivers.
    Running,
    /// Nothing new is begun; what is under way is let finish.
    Stopping,
    /// It has ended in good order.
    Stopped,
}

named! {
    /// How changes in the source are noticed.
    #[derive(Default)]
    pub(crate) enum Watching {
        /// Not looked at yet.
        #[default]
        Starting = "starting",
        /// By the system's events.
        Native = "native",
        /// By looking at everything every so often.
        Polling = "poll",
        /// Not at all, as configured.
        Off = "off",
        /// The source is not there.
        Away = "away",
    }
}

/// How changes in the source are noticed just now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub(crate) struct Watch {
    /// By which means.
    pub state: Watching,
    /// Why it is not what was asked for, in words; none if it is.
    pub detail: Option<String>,
}

named! {
    /// What keeps passes from being made.
    pub(crate) enum PassFailure {
        /// The directory can't be asked.
        Directory = "directory",
        /// The table is just being changed.
        Table = "table",
        /// Anything else.
        Pass = "pass",
    }
}

/// What the application lacks permissions for; in JSON their words, with blanks between them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct MissingPermissions(pub BTreeSet<Permission>);

impl Serialize for MissingPermissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words: Vec<&str> = self.0.iter().map(|permission| permission.as_str()).collect();
        serializer.serialize_str(&words.join(" "))
    }
}

/// Something that is wrong with the whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Condition<R = &'static str> {
    /// What, as a stable word.
    pub reason: R,
    /// What, in words.
    pub message: String,
    /// Since when.
    pub since: Timestamp,
}

/// The newest pass that ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct LastPass {
    /// Its number in the journal.
    pub pass: i64,
    /// What set it off.
    pub cause: PassCause,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Milliseconds it took.
    pub elapsed_ms: u64,
    /// Files seen.
    pub scanned: usize,
    /// Files that no rule claims.
    pub unmatched: usize,
}

/// Counts since the service started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub(crate) struct Totals {
    /// Passes that were planned.
    pub passes: u64,
    /// Passes that the guard halted.
    pub passes_halted: u64,
    /// Passes that could not be made.
    pub passes_failed: u64,
    /// Photos that Graph accepted.
    pub delivered: u64,
    /// Photos that were taken out of the tenant.
    pub removed: u64,
    /// Tries that ended in a wait or a block.
    pub failed: u64,
    /// What the watcher told: look here.
    pub hints: u64,
    /// Times that more changed at once than the watcher could be told.
    pub watch_overflows: u64,
    /// Requests to Graph.
    pub requests: u64,
    /// Answers with status 429.
    pub throttled: u64,
    /// Bytes of photos sent.
    pub bytes_sent: u64,
    /// Configurations that took effect while running.
    pub reloads: u64,
    /// Configurations that were refused while running.
    pub reloads_refused: u64,
}

/// How the service stands. Field names are a contract: fields may be added, these stay.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub(crate) struct Snapshot {
    /// The program's version.
    pub version: &'static str,
    /// The process.
    pub pid: u32,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// Where it is in its life.
    pub phase: Phase,
    /// How many targets stand where.
    pub targets: Counts,
    /// When the next wait ends.
    pub next_due: Option<Timestamp>,
    /// How changes are noticed.
    pub watch: Watch,
    /// Photos sent per second at most, at the moment.
    pub rate_per_second: f64,
    /// Until when Microsoft 365 asked to wait.
    pub paused_until: Option<Timestamp>,
    /// Since when Microsoft 365 can't be reached.
    pub unreachable_since: Option<Timestamp>,
    /// Why nobody can sign in.
    pub sign_in: Option<Condition<Reason>>,
    /// What the application may not do.
    pub forbidden: Option<Condition<MissingPermissions>>,
    /// The guard's no.
    pub halted: Option<Condition<Guard>>,
    /// Why the ledger can't be written; nothing is sent then.
    pub ledger: Option<Condition>,
    /// Why the last pass could not be made.
    pub trouble: Option<Condition<PassFailure>>,
    /// Why the last reload was refused.
    pub reload_refused: Option<Condition>,
    /// The newest pass.
    pub last_pass: Option<LastPass>,
    /// When everything is looked at again.
    pub next_full_pass: Option<Timestamp>,
    /// Counts since the start.
    pub totals: Totals,
}

impl Snapshot {
    /// One line for a person: `312 in step, 4 waiting (throttled until 10:42), 2 blocked`.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        match self.phase {
            Phase::Starting => line.push_str("Starting: looking at the source for the first time. "),
            Phase::Stopping => line.push_str("Stopping: letting uploads under way finish. "),
            Phase::Running | Phase::Stopped => {}
        }
        if let Some(Condition { message, .. }) = &self.ledger {
            _ = write!(line, "Nothing is sent: {message}. ");
        }
        if let Some(Condition { message, .. }) = &self.halted {
            _ = write!(line, "Halted: {message}. ");
        }
        if let Some(Condition { message, .. }) = &self.sign_in {
            _ = write!(line, "Sign-in fails: {message}. ");
        }
        if let Some(Condition { message, .. }) = &self.forbidden {
            _ = write!(line, "A permission is missing: {message}. ");
        }
        if let Some(Condition { message, .. }) = &self.trouble {
            _ = write!(line, "{message}. ");
        }
        if let Some(since) = self.unreachable_since {
            _ = write!(line, "Microsoft 365 can't be reached since {}, probing. ", short(since));
        }
        if self.watch.state == Watching::Away {
            _ = write!(line, "The source is away. ");
        }
        if self.reload_refused.is_some() {
            line.push_str("The changed configuration was refused, the old one stays. ");
        }
        let Counts { in_step, due, waiting, blocked, kept } = self.targets;
        _ = write!(line, "{in_step} in step");
        if due > 0 {
            _ = write!(line, ", {due} due");
            if let Some(until) = self.paused_until.filter(|_| waiting == 0) {
                _ = write!(line, " (throttled until {})", short(until));
            }
        }
        if waiting > 0 {
            _ = write!(line, ", {waiting} waiting");
            if let Some(until) = self.paused_until {
                _ = write!(line, " (throttled until {})", short(until));
            } else if let Some(next) = self.next_due {
                _ = write!(line, " (next at {})", short(next));
            }
        }
        if blocked > 0 {
            _ = write!(line, ", {blocked} blocked");
        }
        if kept > 0 {
            _ = write!(line, ", {kept} with a photo of their own");
        }
        if let Some(unmatched) = self.last_pass.as_ref().map(|pass| pass.unmatched).filter(|unmatched| *unmatched > 0) {
            _ = write!(line, ", {unmatched} unmatched");
        }
        // The line is one line, whatever an error holds.
        line.replace(['\n', '\r'], " ")
    }
}

/// Hours and minutes where the machine stands.
fn short(at: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(stamp) => stamp.to_zoned_datetime(TimeZone::system()).strftime("%H:%M").to_string(),
        Err(_) => at.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TargetKind;

    #[test]
    fn the_line_says_what_a_person_wants_to_know() {
        let noon = Timestamp::from_millis(1_700_000_000_000);
        let mut now = Snapshot { phase: Phase::Running, ..Snapshot::default() };
        now.targets = Counts { in_step: 312, ..Counts::default() };
        assert_eq!(now.line(), "312 in step");
        now.targets = Counts { in_step: 312, waiting: 4, blocked: 2, ..Counts::default() };
        now.paused_until = Some(noon);
        assert_eq!(now.line(), format!("312 in step, 4 waiting (throttled until {}), 2 blocked", short(noon)));
        now.paused_until = None;
        now.next_due = Some(noon);
        assert_eq!(now.line(), format!("312 in step, 4 waiting (next at {}), 2 blocked", short(noon)));
        now.last_pass =
            Some(LastPass { pass: 1, cause: PassCause::Start, ended_at: noon, elapsed_ms: 1, scanned: 321, unmatched: 3 });
        assert!(now.line().ends_with(", 2 blocked, 3 unmatched"), "{}", now.line());
        now.halted = Some(Condition { reason: Guard::EmptySource, message: "no file is left\nat all".into(), since: noon });
        assert!(now.line().starts_with("Halted: no file is left at all. 312 in step"), "{}", now.line());
    }
    /// What `status.json` says is a contract, whatever the types are called.
    #[test]
    fn words_in_the_json_stay() {
        let trouble = |lacking| Some(Condition { reason: lacking, message: String::new(), since: Timestamp::default() });
        let photos = [TargetKind::User, TargetKind::Team, TargetKind::Group].map(Permission::Photos);
        let lacking = MissingPermissions(photos.into_iter().chain([Permission::Directory]).collect());
        let now = Snapshot { forbidden: trouble(lacking), ..Snapshot::default() };
        let json = serde_json::to_value(&now).unwrap();
        assert_eq!(json["forbidden"]["reason"], "directory group team user", "in the order of their letters");
        assert_eq!(json["watch"]["state"], "starting");
        let states: Vec<&str> = Watching::ALL.iter().map(|state| state.as_str()).collect();
        assert_eq!(states, ["starting", "native", "poll", "off", "away"]);
        assert_eq!(PassFailure::ALL.iter().map(|no| no.as_str()).collect::<Vec<_>>(), ["directory", "table", "pass"]);
    }
}
