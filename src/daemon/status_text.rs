//! How the service stands, in the words of the status page.
//!
//! Unless names are asked for, nothing here names anybody: reasons, counts, object ids and the cures of whole reasons.

use crate::ledger::Counts;
use crate::model::Timestamp;
use crate::report::{Fact, Headline, Notice, Tone};
use crate::status::{ConditionKind, Phase, ServiceStatus, WatchMethod};

/// All in one sentence, the worst first.
pub(super) fn verdict(now: &ServiceStatus) -> Headline {
    let Counts { in_step, due, waiting, blocked, kept } = now.targets;
    let (waiting, blocked) = (waiting + now.resolve_themselves, blocked.saturating_sub(now.resolve_themselves));
    let (files, unmatched) =
        now.last_pass.as_ref().map_or((0, 0), |pass| (pass.scanned.unwrap_or(0), pass.unmatched.unwrap_or(0)));
    let conditions = now.conditions();
    let stands = |which: fn(ConditionKind) -> bool| conditions.iter().any(|(kind, ..)| which(*kind));
    let (tone, words) = match () {
        () if matches!(now.phase, Phase::Stopping | Phase::Stopped) => {
            (Tone::Warn, "The service is stopping; uploads under way may finish.")
        }
        () if now.halted.is_some() => (Tone::Bad, "Halted by the guard: a person has to look."),
        () if stands(|kind| kind == ConditionKind::SignIn) => {
            (Tone::Bad, "Nobody can sign in to Microsoft 365: a person has to look.")
        }
        () if stands(ConditionKind::is_trouble) => (Tone::Bad, "The service has trouble: a person has to look."),
        () if now.watch.state == WatchMethod::Away => (Tone::Bad, "The directory with the photos is away."),
        () if now.unreachable_since.is_some() && now.outage.is_some() => {
            (Tone::Warn, "Microsoft 365 serves nobody; it resumes by itself.")
        }
        () if stands(|kind| kind == ConditionKind::Unreachable) => {
            (Tone::Warn, "Microsoft 365 can't be reached; it resumes by itself.")
        }
        () if stands(|kind| kind == ConditionKind::Forbidden) => (Tone::Bad, "A permission is missing: a person has to look."),
        () if now.phase == Phase::Starting => (Tone::Plain, "Starting: looking at the directory for the first time."),
        () if now.paused_until.is_some() && due + waiting > 0 => {
            (Tone::Warn, "Microsoft 365 asked to slow down; it resumes by itself.")
        }
        () if due > 0 && blocked > 0 => (Tone::Warn, "Photos are on their way; some are held and need a person."),
        () if due > 0 => (Tone::Good, "Photos are on their way."),
        () if blocked > 0 => (Tone::Warn, "Some photos are held and need a person."),
        () if waiting > 0 => (Tone::Warn, "Some photos wait and are tried again by themselves."),
        () if unmatched > 0 && unmatched == files => (Tone::Bad, "No file matches a rule: a person has to look."),
        () if unmatched > 0 => (Tone::Good, "All matched photos are up to date; some files match no rule."),
        () if in_step + kept == 0 => (Tone::Plain, "No photo was delivered yet."),
        () => (Tone::Good, "All photos are up to date."),
    };
    let counted = if now.is_dated() { " What has changed since the last pass that could look is not counted." } else { "" };
    Headline { tone, words: format!("{words}{counted}") }
}

/// What is about the whole.
pub(super) fn notices(now: &ServiceStatus) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut add = |tone, title: &str, words: String, since| notices.push(Notice { tone, title: title.to_owned(), words, since });
    for (kind, message, since) in now.conditions() {
        let title = match kind {
            ConditionKind::Ledger => "Nothing is sent: the ledger can't be written".to_owned(),
            ConditionKind::LedgerGone => "Nothing is sent: the ledger is not where it was opened".to_owned(),
            ConditionKind::Halted(guard) => format!("Halted by the guard: {guard}"),
            ConditionKind::SourceAway => "The directory with the photos is away".to_owned(),
            ConditionKind::Unreachable => format!("Microsoft 365 {}", now.outage_words()),
            ConditionKind::TableUnusable => "The table can't be used".to_owned(),
            ConditionKind::TableChanging => "The table is being changed".to_owned(),
            ConditionKind::SignIn => "Sign-in fails".to_owned(),
            ConditionKind::Forbidden => "A permission is missing".to_owned(),
            ConditionKind::NoPass => "Trouble".to_owned(),
            ConditionKind::ReloadRefused => "The changed configuration was refused; the old one stays".to_owned(),
            ConditionKind::PagesUnserved => "The pages are not served".to_owned(),
            ConditionKind::NotifyFailing => "Not everybody can be told".to_owned(),
        };
        let tone = if kind.is_mild() { Tone::Warn } else { Tone::Bad };
        add(tone, &title, sentence(&message), Some(since));
    }
    notices
}

/// Photos by where they stand, and files that no rule claims. Colour stands where somebody should look.
pub(super) fn counts(now: &ServiceStatus) -> Vec<(&'static str, u32, Tone)> {
    let Counts { in_step, due, waiting, blocked, kept } = now.targets;
    let toned = |count, tone| if count > 0 { tone } else { Tone::Plain };
    let mut counts = vec![
        ("up to date", in_step, toned(in_step, Tone::Good)),
        ("queued", due, Tone::Plain),
        ("waiting", waiting, toned(waiting, Tone::Warn)),
        ("held or blocked", blocked, toned(blocked, Tone::Bad)),
    ];
    if kept > 0 {
        counts.push(("with a photo of their own", kept, Tone::Plain));
    }
    let unmatched = now.last_pass.as_ref().and_then(|pass| pass.unmatched).unwrap_or(0);
    if unmatched > 0 {
        counts.push(("unmatched files", unmatched, Tone::Warn));
    }
    counts
}

/// The rest.
pub(super) fn facts(now: &ServiceStatus, report: Option<(Timestamp, Option<String>)>) -> Vec<Fact> {
    let fact = |name, words: &str, at| Fact { name, words: words.to_owned(), at };
    let watch = match now.watch.state {
        WatchMethod::Native => "watched: changes are noticed at once",
        WatchMethod::Polling => "looked at every source.poll_interval",
        WatchMethod::Off => "not watched (source.watch: off)",
        WatchMethod::Away => "away",
        WatchMethod::Starting => "not looked at yet",
    };
    let detail = now.watch.detail.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let mut facts = vec![fact("Directory", &format!("{watch}{detail}"), None)];
    facts.extend(now.next_full_pass.map(|at| fact("Next full pass", "at the latest at", Some(at))));
    facts.push(match (&now.sign_in, now.phase) {
        (Some(_), _) => fact("Sign-in", "fails, see above", None),
        (None, Phase::Starting) => fact("Sign-in", "not proved yet", None),
        (None, _) => fact("Sign-in", "works", None),
    });
    facts.push(match (now.unreachable_since, now.paused_until) {
        (Some(since), _) => fact("Microsoft 365", &format!("{} since", now.outage_words()), Some(since)),
        (None, Some(until)) => fact("Microsoft 365", "asked to wait until", Some(until)),
        (None, None) => fact("Microsoft 365", "can be reached", None),
    });
    facts.push(fact("Pace", &format!("up to {:.1} photos per second at the moment", now.rate_per_second), None));
    facts.extend(now.next_due.map(|at| fact("Next retry", "at", Some(at))));
    let totals = &now.totals;
    let since_start = format!(
        "delivered: {}; failed tries: {}; requests: {}, of which {} were asked to slow down; passes: {}",
        totals.delivered,
        totals.failed,
        totals.requests,
        totals.throttled,
        totals.passes + totals.passes_halted + totals.passes_failed
    );
    facts.push(fact("Since the start", &since_start, None));
    facts.extend(report.map(|(at, why_not)| match why_not {
        None => fact("Report for HR", "written", Some(at)),
        Some(why) => fact("Report for HR", &format!("could not be written ({why}); last tried"), Some(at)),
    }));
    facts.push(fact("Running since", "", Some(now.started_at)));
    facts
}

/// With a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.trim_end_matches('.').chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_that_shows_elsewhere_calls_for_nobody_and_a_missing_permission_does() {
        use crate::model::Reason;
        use crate::status::{Condition, MissingPermissions, PassFailure};
        fn told<R>(reason: R) -> Condition<R> {
            Condition { reason, message: String::new(), since: Timestamp::default() }
        }
        let now = ServiceStatus { phase: Phase::Running, ..ServiceStatus::default() };
        for away in [
            ServiceStatus { sign_in: Some(told(Reason::Transient)), ..now.clone() },
            ServiceStatus { trouble: Some(told(PassFailure::Directory)), ..now.clone() },
        ] {
            assert_eq!(verdict(&away).words, "Microsoft 365 can't be reached; it resumes by itself.");
        }
        assert!(verdict(&ServiceStatus { sign_in: Some(told(Reason::SignIn)), ..now.clone() }).words.contains("sign in"));
        let lacking = MissingPermissions(std::collections::BTreeSet::default());
        assert_eq!(verdict(&ServiceStatus { forbidden: Some(told(lacking)), ..now }).tone, Tone::Bad);
    }

    #[test]
    fn who_is_called_for_is_needed() {
        let mut now = ServiceStatus { phase: Phase::Running, ..ServiceStatus::default() };
        now.targets = Counts { in_step: 3, blocked: 2, ..Counts::default() };
        assert_eq!(verdict(&now).words, "Some photos are held and need a person.");
        now.resolve_themselves = 1;
        assert_eq!(verdict(&now).words, "Some photos are held and need a person.");
        now.resolve_themselves = 2;
        assert_eq!(verdict(&now).words, "Some photos wait and are tried again by themselves.");
        now.targets.due = 1;
        assert_eq!(verdict(&now).words, "Photos are on their way.");
    }
}
