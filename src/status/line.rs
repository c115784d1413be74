//! The status of the service in one line, for the unit's status and the readiness probe.

use std::fmt::Write;

use jiff::tz::TimeZone;

use super::condition::ConditionKind;
use super::service::{Phase, ServiceStatus};
use crate::ledger::Counts;
use crate::model::Timestamp;

impl ServiceStatus {
    /// One line for a person: `312 up to date, 4 retried later (throttled until 10:42), 2 held`.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        match self.phase {
            Phase::Starting => line.push_str("Starting: looking at the source for the first time. "),
            Phase::Stopping => line.push_str("Stopping: letting uploads under way finish. "),
            Phase::Running | Phase::Stopped => {}
        }
        for (kind, message, _) in self.conditions() {
            _ = match kind {
                ConditionKind::Ledger | ConditionKind::LedgerGone => write!(line, "Nothing is sent: {message}. "),
                ConditionKind::Halted(_) => write!(line, "Halted: {message}. "),
                ConditionKind::SignIn => write!(line, "Sign-in fails: {message}. "),
                ConditionKind::Forbidden => write!(line, "A permission is missing: {message}. "),
                ConditionKind::SourceAway => write!(line, "The source is away. "),
                ConditionKind::Unreachable => match self.unreachable_since {
                    Some(since) => write!(line, "Microsoft 365 {} since {}, probing. ", self.outage_words(), short(since)),
                    None => write!(line, "Microsoft 365 can't be reached: {message}. "),
                },
                ConditionKind::NoPass | ConditionKind::TableChanging | ConditionKind::TableUnusable => {
                    write!(line, "{message}. ")
                }
                // The message has a line for each fault.
                ConditionKind::ReloadRefused => write!(line, "The changed configuration was refused, the old one stays. "),
                ConditionKind::NotifyFailing | ConditionKind::PagesUnserved => write!(line, "{message}. "),
            };
        }
        let Counts { in_step, due, waiting, blocked, kept } = self.targets;
        _ = write!(line, "{in_step} up to date");
        if due > 0 {
            _ = write!(line, ", {due} queued");
            if let Some(until) = self.paused_until.filter(|_| waiting == 0) {
                _ = write!(line, " (throttled until {})", short(until));
            }
        }
        if waiting > 0 {
            _ = write!(line, ", {waiting} retried later");
            if let Some(until) = self.paused_until {
                _ = write!(line, " (throttled until {})", short(until));
            } else if let Some(next) = self.next_due {
                _ = write!(line, " (next at {})", short(next));
            }
        }
        let held = blocked.saturating_sub(self.resolve_themselves);
        if held > 0 {
            _ = write!(line, ", {held} held");
        }
        match blocked - held {
            0 => {}
            1 => line.push_str(", 1 resolves by itself"),
            some => _ = write!(line, ", {some} resolve by themselves"),
        }
        if kept > 0 {
            _ = write!(line, ", {kept} with their own photo kept");
        }
        if let Some(unmatched) = self.last_pass.as_ref().and_then(|pass| pass.unmatched).filter(|unmatched| *unmatched > 0) {
            _ = write!(line, ", {unmatched} unmatched");
        }
        if self.is_dated() {
            line.push_str(", as of the last pass that could look");
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
    use crate::plan::Guard;
    use crate::status::{Condition, PassLine};

    #[test]
    fn the_line_says_what_a_person_wants_to_know() {
        let noon = Timestamp::from_millis(1_700_000_000_000);
        let mut now = ServiceStatus { phase: Phase::Running, ..ServiceStatus::default() };
        now.targets = Counts { in_step: 312, ..Counts::default() };
        assert_eq!(now.line(), "312 up to date");
        now.targets = Counts { in_step: 312, waiting: 4, blocked: 2, ..Counts::default() };
        now.paused_until = Some(noon);
        assert_eq!(now.line(), format!("312 up to date, 4 retried later (throttled until {}), 2 held", short(noon)));
        now.resolve_themselves = 2;
        assert!(now.line().ends_with("), 2 resolve by themselves"), "nobody is needed: {}", now.line());
        now.resolve_themselves = 1;
        assert!(now.line().ends_with("), 1 held, 1 resolves by itself"), "{}", now.line());
        now.resolve_themselves = 0;
        now.paused_until = None;
        now.next_due = Some(noon);
        assert_eq!(now.line(), format!("312 up to date, 4 retried later (next at {}), 2 held", short(noon)));
        now.last_pass = Some(PassLine { scanned: Some(321), unmatched: Some(3), ..PassLine::default() });
        assert!(now.line().ends_with(", 2 held, 3 unmatched"), "{}", now.line());
        now.halted = Some(Condition { reason: Guard::EmptySource, message: "no file is left\nat all".into(), since: noon });
        assert!(now.line().starts_with("Halted: no file is left at all. 312 up to date"), "{}", now.line());
        assert!(now.line().ends_with(", 3 unmatched, as of the last pass that could look"), "{}", now.line());
    }
}
