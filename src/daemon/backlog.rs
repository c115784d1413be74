//! How far the work is that came up together: the most that was to be sent since nothing was, against what is left of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::Timestamp;
use crate::report::{ProgressLine, Sample};
use crate::status::ServiceStatus;

/// The pace of the last minute foretells the end.
const TELLING: i64 = 60_000;

/// The most that was to be sent since nothing was.
#[derive(Debug, Default)]
pub(super) struct Backlog(Mutex<Since>);

/// Since nothing was to be sent, or the first reading.
#[derive(Debug, Default)]
struct Since {
    most: u32,
    /// Who was up to date then: readings are rare, and what was sent before the first one of a lot counts in it.
    in_step: Option<u32>,
}

impl Backlog {
    /// Takes a reading.
    pub(super) fn take(&self, now: &ServiceStatus) {
        let left = now.targets.due.saturating_add(now.targets.waiting);
        let mut since = self.since();
        if left == 0 {
            *since = Since { most: 0, in_step: Some(now.targets.in_step) };
            return;
        }
        let arrived = now.targets.in_step.saturating_sub(*since.in_step.get_or_insert(now.targets.in_step));
        since.most = since.most.max(left.saturating_add(arrived));
    }

    fn since(&self) -> MutexGuard<'_, Since> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far it is; none if there is nothing to send.
    pub(super) fn progress(&self, status: &ServiceStatus, samples: &[Sample], now: Timestamp) -> Option<ProgressLine> {
        let (due, left) = (status.targets.due, status.targets.due.saturating_add(status.targets.waiting));
        if left == 0 {
            return None;
        }
        let total = self.since().most.max(left);
        let (words, at) = match (status.unreachable_since, status.paused_until.filter(|until| *until > now)) {
            (Some(_), _) => ("when Microsoft 365 answers as it should again".to_owned(), None),
            (None, Some(until)) => ("Microsoft 365 asked to wait until".to_owned(), Some(until)),
            (None, None) if due == 0 => match status.next_due {
                Some(next) => ("tried again at".to_owned(), Some(next)),
                None => ("tried again by itself".to_owned(), None),
            },
            (None, None) => (foretold(due, samples, now).unwrap_or_else(|| "time left not known yet".to_owned()), None),
        };
        Some(ProgressLine { done: total - left, total, words, at })
    }
}

/// How long it takes at the pace of the last minute.
fn foretold(left: u32, samples: &[Sample], now: Timestamp) -> Option<String> {
    let recent = samples.iter().filter(|sample| now.millis() - sample.at.millis() < TELLING);
    let (sent, span) = recent.fold((0, 0.0), |(sent, span), sample| (sent + sample.delivered, span + sample.span));
    #[expect(clippy::cast_precision_loss, reason = "a forecast")]
    let seconds = f64::from(left) * span / sent as f64;
    let time = Duration::try_from_secs_f64(seconds).ok().filter(|time| *time < Duration::from_secs(30 * 86_400))?;
    let (minutes, seconds) = (time.as_secs().div_ceil(60), time.as_secs().max(1));
    Some(match minutes {
        0 | 1 => format!("about {seconds} s left"),
        2..60 => format!("about {minutes} min left"),
        60..1_440 => format!("about {} h {} min left", minutes / 60, minutes % 60),
        _ => format!("about {} days left", minutes.div_ceil(1_440)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Counts;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn told(backlog: &Backlog, due: u32, samples: &[Sample]) -> Option<(u32, u32, String)> {
        let status = ServiceStatus { targets: Counts { due, in_step: 9, ..Counts::default() }, ..ServiceStatus::default() };
        backlog.take(&status);
        backlog.progress(&status, samples, NOW).map(|line| (line.done, line.total, line.words))
    }

    #[test]
    fn progress_is_of_what_came_up_together_and_the_time_left_is_what_the_last_minute_tells() {
        let backlog = Backlog::default();
        let sample = |ago: i64, delivered| Sample {
            at: Timestamp::from_millis(NOW.millis() - ago),
            span: 15.0,
            delivered,
            failed: 0,
            throttled: 0,
            allowed: 5.0,
        };
        assert_eq!(told(&backlog, 0, &[]), None);
        assert_eq!(told(&backlog, 3_000, &[]), Some((0, 3_000, "time left not known yet".into())));
        let slow = [sample(90_000, 900), sample(30_000, 150), sample(15_000, 150)];
        assert_eq!(told(&backlog, 2_400, &slow), Some((600, 3_000, "about 4 min left".into())), "10 a second");
        assert_eq!(told(&backlog, 100_000, &slow), Some((0, 100_000, "about 2 h 47 min left".into())));
        assert_eq!(told(&backlog, 5, &slow), Some((99_995, 100_000, "about 1 s left".into())));
        assert_eq!(told(&backlog, 5, &[sample(15_000, 0)]), Some((99_995, 100_000, "time left not known yet".into())));
        assert_eq!(told(&backlog, 0, &slow), None);
        assert_eq!(told(&backlog, 7, &slow).map(|line| line.1), Some(7), "the next lot begins at its own number");
        let paused = ServiceStatus {
            targets: Counts { due: 7, ..Counts::default() },
            paused_until: Some(NOW.plus(Duration::from_secs(9))),
            ..ServiceStatus::default()
        };
        assert_eq!(backlog.progress(&paused, &slow, NOW).and_then(|line| line.at), paused.paused_until);
        // Eleven have arrived before the first reading: the line says the same as the count of who is up to date.
        let backlog = Backlog::default();
        for (in_step, due) in [(0, 0), (11, 189), (40, 160)] {
            let status = ServiceStatus { targets: Counts { in_step, due, ..Counts::default() }, ..ServiceStatus::default() };
            backlog.take(&status);
            let line = backlog.progress(&status, &[], NOW).map(|line| (line.done, line.total));
            assert_eq!(line, (due > 0).then_some((in_step, 200)));
        }
    }
}
