//! How far a run is, how fast it goes, and how long it will take.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::scheduler::Scheduler;
use crate::model::{Outcome, Reason, TargetId};

/// Seconds over which the speed is measured: long enough to be calm, short enough to follow the pace.
const SPAN: f64 = 10.0;
/// Before it was measured for so long, the pace that is allowed foretells more.
const SETTLED: Duration = Duration::from_secs(5);
/// After this long, what was measured foretells at least that it takes longer.
const GLANCED: Duration = Duration::from_secs(1);

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Progress {
    /// Since the uploads began; where it is told as JSON, since the command did.
    pub elapsed_ms: u64,
    /// Photos delivered in this run.
    pub delivered: u64,
    /// Targets that were tried and wait for another try.
    pub waiting: u64,
    /// Tries that ended for good without a delivery.
    pub blocked: u64,
    /// Tries that ended in a wait or a block.
    #[serde(skip)]
    pub failed: u64,
    /// Photos taken out of the tenant in this run.
    #[serde(skip)]
    pub removed: u64,
    /// Photos due or waiting when the run began.
    pub total: u64,
    /// Photos per second that were delivered, over the last ten seconds or so.
    pub per_second: f64,
    /// Uploads per second allowed at the moment.
    pub allowed_per_second: f64,
    /// Seconds until all is done, at this speed; none while nobody can tell.
    pub left_s: Option<u64>,
    /// Seconds until a pause that Graph asked for is over.
    pub paused_s: u64,
    /// Seconds for which nobody had an answer that can be used; 0 if there is no outage.
    pub unreachable_s: u64,
    /// What Graph answers in the outage; none if nothing answers.
    #[serde(skip)]
    pub outage: Option<Arc<str>>,
    /// Of those that wait: pictures that end early and were written a moment ago.
    #[serde(skip)]
    pub unfinished: u64,
    /// Nothing is sent yet: files that were changed a moment ago are waited for.
    #[serde(skip)]
    pub settling: bool,
}

/// Counts what comes of tries.
#[derive(Debug)]
pub(super) struct ProgressCounter {
    began: Duration,
    total: u64,
    delivered: u64,
    ended: u64,
    failed: u64,
    removed: u64,
    waiting: HashSet<TargetId>,
    unfinished: HashSet<TargetId>,
    time: SendingTime,
    /// Deliveries per second, weighed less the older they are, and as of when, in time that was for sending.
    speed: (f64, Duration),
}

/// Time in which photos could leave: neither paused nor in an outage.
#[derive(Debug)]
struct SendingTime {
    /// So much of it was there, as of when.
    spent: Duration,
    seen: Duration,
    /// Nothing leaves before this.
    held_until: Duration,
}

impl SendingTime {
    fn at(&self, now: Duration) -> Duration {
        self.spent + now.saturating_sub(self.seen.max(self.held_until))
    }

    fn turn(&mut self, held_until: Duration, now: Duration) {
        *self = Self { spent: self.at(now), seen: now, held_until };
    }
}

impl ProgressCounter {
    pub(super) fn new(total: u64, now: Duration) -> Self {
        Self {
            began: now,
            total,
            delivered: 0,
            ended: 0,
            failed: 0,
            removed: 0,
            waiting: HashSet::new(),
            unfinished: HashSet::new(),
            time: SendingTime { spent: Duration::ZERO, seen: now, held_until: now },
            speed: (0.0, Duration::ZERO),
        }
    }

    /// Takes note of a pause or an outage, as it begins and as it ends.
    pub(super) fn turn(&mut self, scheduler: &Scheduler, now: Duration) {
        let pause = scheduler.pauses.borrow().of_all(now).unwrap_or(now);
        self.time.turn(if scheduler.breaker.down_since().is_some() { Duration::MAX } else { pause }, now);
    }

    pub(super) fn count(&mut self, target: &TargetId, outcome: &Outcome, now: Duration) {
        self.failed += u64::from(matches!(outcome, Outcome::Wait { .. } | Outcome::Blocked { .. }));
        self.removed += u64::from(matches!(outcome, Outcome::Removed));
        self.unfinished.remove(target);
        match outcome {
            Outcome::Delivered { .. } => {
                self.delivered += 1;
                let now = self.time.at(now);
                self.speed = (self.weighed(now) + 1.0 / SPAN, now);
                self.waiting.remove(target);
            }
            Outcome::Wait { problem, .. } => {
                if problem.reason == Reason::FileChanging {
                    self.unfinished.insert(target.clone());
                }
                self.waiting.insert(target.clone());
            }
            Outcome::Blocked { .. }
            | Outcome::Superseded
            | Outcome::Removed
            | Outcome::Absent
            | Outcome::NotOurs
            | Outcome::Same => {
                self.ended += 1;
                self.waiting.remove(target);
            }
        }
    }

    pub(super) fn show(&self, scheduler: &Scheduler, now: Duration) -> Progress {
        let down = scheduler.breaker.down_since().map(|since| now.saturating_sub(since));
        let pause = scheduler.pauses.borrow().of_all(now).map_or(Duration::ZERO, |ends| ends.saturating_sub(now));
        let (elapsed, sending) = (now.saturating_sub(self.began), self.time.at(now));
        let (rate, allowed) = (self.rate(sending), scheduler.pacer.rate());
        // What was measured for a moment only tells that it is no faster than that.
        let telling = match (pause.is_zero(), rate > 0.0) {
            (true, true) if sending >= SETTLED => rate,
            (true, true) if sending >= GLANCED => rate.min(allowed),
            (true, false) if sending >= SETTLED => 0.0,
            _ => allowed,
        };
        let left = self.total.saturating_sub(self.delivered + self.ended);
        // When what is left waits for another try only, no speed foretells its end.
        let is_told = down.is_none() && (left == 0 || left > self.waiting.len() as u64);
        let left = if is_told { time_for(left, telling) } else { None };
        Progress {
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            delivered: self.delivered,
            waiting: self.waiting.len() as u64,
            blocked: self.ended,
            failed: self.failed,
            removed: self.removed,
            total: self.total,
            per_second: rate,
            allowed_per_second: allowed,
            left_s: left.map(|time| (time + pause).as_secs_f64().ceil()).map(whole),
            paused_s: whole(pause.as_secs_f64().ceil()),
            unreachable_s: down.map_or(0, |down| down.as_secs().max(1)),
            outage: down.and(scheduler.outage.clone()),
            unfinished: self.unfinished.len() as u64,
            settling: false,
        }
    }

    fn weighed(&self, sending: Duration) -> f64 {
        let (speed, at) = self.speed;
        speed * (-sending.saturating_sub(at).as_secs_f64() / SPAN).exp()
    }

    /// What is missing of the past at the beginning is not taken for idleness; one photo in a moment makes no speed.
    fn rate(&self, sending: Duration) -> f64 {
        let known = sending.max(GLANCED);
        self.weighed(sending) / (1.0 - (-known.as_secs_f64() / SPAN).exp())
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole seconds, bounded by Duration")]
const fn whole(seconds: f64) -> u64 {
    seconds as u64
}

fn time_for(left: u64, rate: f64) -> Option<Duration> {
    #[expect(clippy::cast_precision_loss, reason = "a forecast")]
    let seconds = left as f64 / rate;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::scheduler::QueueLimits;
    use crate::flow::{PaceSettings, RetryPolicy};
    use crate::model::ObjectId;

    #[test]
    fn tells_the_speed_and_the_time_left() {
        let pace = PaceSettings { per_second: 5.0, max_per_second: 5.0 };
        let retry = RetryPolicy::try_new(Duration::from_secs(2), Duration::from_secs(900), Duration::from_secs(3_600)).unwrap();
        let scheduler =
            Scheduler::new(QueueLimits { in_flight: 4, ready: 6, preparing: 4, bytes: 1 << 20 }, pace, retry, Duration::ZERO);
        let mut tally = ProgressCounter::new(1_000, Duration::ZERO);
        let target = |n: u64| TargetId::User(ObjectId::new(&n.to_string()));
        let at_start = tally.show(&scheduler, Duration::ZERO);
        assert_eq!((at_start.left_s, at_start.per_second), (Some(200), 0.0), "the allowed pace foretells");
        tally.count(&target(0), &Outcome::Delivered { etag: None }, Duration::from_millis(5));
        assert!(tally.show(&scheduler, Duration::from_millis(10)).per_second < 1.1, "one photo is no speed");
        let mut tally = ProgressCounter::new(1_000, Duration::ZERO);
        // Four a second for 50 seconds.
        for n in 0..200 {
            tally.count(&target(n), &Outcome::Delivered { etag: None }, Duration::from_millis(250 * (n + 1)));
        }
        let progress = tally.show(&scheduler, Duration::from_secs(50));
        assert!((3.8..4.2).contains(&progress.per_second), "{progress:?}");
        assert!((190..=212).contains(&progress.left_s.unwrap()), "{progress:?}");
        assert_eq!((progress.delivered, progress.total), (200, 1_000));
        // What waits counts once, however often it was tried, until it is delivered.
        let wait = Outcome::Wait {
            until: crate::model::Timestamp::from_millis(0),
            problem: crate::model::Problem::new(crate::model::Reason::Transient, "503"),
            counts: true,
        };
        tally.count(&target(900), &wait, Duration::from_secs(50));
        tally.count(&target(900), &wait, Duration::from_secs(51));
        assert_ne!(tally.show(&scheduler, Duration::from_secs(51)).left_s, Some(0), "800 are left");
        assert_eq!(tally.show(&scheduler, Duration::from_secs(51)).waiting, 1);
        tally.count(&target(900), &Outcome::Delivered { etag: None }, Duration::from_secs(52));
        assert_eq!(tally.show(&scheduler, Duration::from_secs(52)).waiting, 0);
        // What waits for another try only: nobody can tell when that ends.
        for n in 200..999 {
            tally.count(&target(n), &Outcome::Delivered { etag: None }, Duration::from_secs(53));
        }
        let left = tally.show(&scheduler, Duration::from_secs(53));
        assert_eq!((left.total - left.delivered, left.left_s), (0, Some(0)), "{left:?}");
        let mut tally = ProgressCounter::new(3, Duration::ZERO);
        tally.count(&target(1), &wait, Duration::from_secs(1));
        tally.count(&target(2), &wait, Duration::from_secs(1));
        assert!(tally.show(&scheduler, Duration::from_secs(2)).left_s.is_some_and(|left| left > 0));
        tally.count(&target(3), &wait, Duration::from_secs(1));
        assert_eq!(tally.show(&scheduler, Duration::from_secs(2)).left_s, None);
    }

    /// Four a second, but for a pause of a minute: neither then nor after it is the time of the pause taken for slowness.
    #[test]
    fn a_pause_is_no_slowness() {
        let at = Duration::from_secs;
        let pace = PaceSettings { per_second: 5.0, max_per_second: 5.0 };
        let retry = RetryPolicy::try_new(at(2), at(900), at(3_600)).unwrap();
        let mut scheduler =
            Scheduler::new(QueueLimits { in_flight: 4, ready: 6, preparing: 4, bytes: 1 << 20 }, pace, retry, at(0));
        let mut tally = ProgressCounter::new(400, at(0));
        let mut sent = 0;
        for second in 0..130_u32 {
            let is_paused = (20..80).contains(&second);
            if second == 20 {
                scheduler.resume_pause(at(60), at(20));
            }
            tally.turn(&scheduler, at(second.into()));
            for quarter in (0..4).filter(|_| !is_paused) {
                let target = TargetId::User(ObjectId::new(&sent.to_string()));
                let now = Duration::from_millis(u64::from(second) * 1_000 + quarter * 250);
                tally.count(&target, &Outcome::Delivered { etag: None }, now);
                sent += 1;
            }
            let told = tally.show(&scheduler, at(u64::from(second) + 1));
            if second >= 10 {
                let pause = if is_paused { 79.0 - f64::from(second) } else { 0.0 };
                let left = f64::from(400 - sent) / 4.0 + pause;
                let off = told.left_s.and_then(|said| u32::try_from(said).ok()).map(|said| (f64::from(said) - left).abs());
                assert!(
                    off.is_some_and(|off| off <= 3.0 + (left - pause) / 4.0),
                    "{second} s: {:?} instead of {left}",
                    told.left_s
                );
                assert!((3.4..4.8).contains(&told.per_second), "{second} s: {}", told.per_second);
            }
        }
    }
}
