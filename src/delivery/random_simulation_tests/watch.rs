//! What must hold in any weather, looked for all the time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::event::{Blame, Event, Heard};
use super::weather::{Change, Faults, Says};
use super::world::{SECOND, World};
use crate::flow::{Gate, LONGEST};
use crate::graph::{Class, Failure};
use crate::ledger::{Due, Reader};
use crate::model::{Outcome, Reason, TargetId, Timestamp};

/// Nobody is idle for longer while something is due and may leave.
const IDLE: Duration = Duration::from_secs(2);
/// Each probe is waited for so long.
const PROBE: Duration = Duration::from_secs(8);
/// Up to this share of failures is chance.
const CALM: f64 = 0.25;
/// So many different targets that fail in a row, spread over so long, are an outage, whatever the shape.
const PLAIN: (usize, Duration) = (12, Duration::from_millis(2_500));

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub(super) struct Watch {
    /// When each photo was stored.
    pub(super) stored: Vec<Duration>,
    /// Nothing has kept anything from leaving since then.
    pub(super) free_since: Option<Duration>,
    /// Until when the client waits without having been told how long.
    backs_off: Duration,
    last_success: Duration,
    /// Until when faults of a weather that is over come in.
    rows_until: Duration,
    /// The last answers, and which were accidents.
    answers: VecDeque<(Duration, bool)>,
    last_accident: Option<Duration>,
    /// The weather was bad before the last answer.
    was_bad: bool,
    /// Failed tries that count, by target, of the wish that stands: its own, and those of the outage that runs.
    tries: HashMap<usize, u32>,
    burnt: HashMap<usize, u32>,
    /// Who failed in a row, and when the first and the last of their requests left.
    failing: HashSet<TargetId>,
    /// The same in the order of sending: a success refutes only what left before it did.
    suspects: HashMap<TargetId, Duration>,
    row: (Duration, Duration),
    /// In a row so may an outage of a certain kind have been seen.
    certain: bool,
    down: bool,
    /// The outage that runs, or ran last, was seen.
    pub(super) seen: bool,
    outage_ended: Option<Duration>,
    /// An outage has blocked somebody.
    pub(super) blocked: bool,
    /// Whose outcome has just been written down: free to be sent again since then.
    pub(super) released: VecDeque<(Duration, TargetId)>,
}

impl Watch {
    pub(super) fn edited(&mut self, number: usize) {
        self.tries.remove(&number);
        self.burnt.remove(&number);
    }

    /// What the outage has cost so far can't be told from the targets' own failures: too few saw it, or the program that
    /// was about to forgive was killed.
    fn burns(&mut self) {
        for (number, count) in std::mem::take(&mut self.burnt) {
            *self.tries.entry(number).or_default() += count;
        }
    }

    pub(super) fn restarted(&mut self, now: Duration) {
        self.burns();
        let (stored, tries) = (std::mem::take(&mut self.stored), std::mem::take(&mut self.tries));
        *self = Self { stored, tries, last_success: now, blocked: self.blocked, ..Self::default() };
    }

    /// The answers that tell of the weather: the last sixty, or all of four seconds, and none older than ten.
    fn share(&self, now: Duration) -> (usize, f64) {
        let is_recent = |at: Duration, span: u32| now.saturating_sub(at) <= span * SECOND;
        let recent = self.answers.iter().filter(|(at, _)| is_recent(*at, 4)).count().max(60);
        let window: Vec<bool> =
            self.answers.iter().rev().take(recent).filter(|(at, _)| is_recent(*at, 10)).map(|(_, bad)| *bad).collect();
        let bad = window.iter().filter(|bad| **bad).count();
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let share = bad as f64 / window.len().max(1) as f64;
        (window.len(), share)
    }

    fn is_bad(&self, now: Duration) -> bool {
        let (count, share) = self.share(now);
        count >= 20 && share > CALM
    }
}

impl World<'_> {
    pub(super) fn changes(&mut self, change: Change) {
        let Some(weather) = &mut self.weather else { return };
        let was_out = weather.outage.is_some();
        if brings_rows(&weather.faults) {
            // Those that hang are heard of later.
            self.watch.rows_until = self.now + weather.time_out + SECOND;
        }
        weather.change(change, self.now);
        if !was_out && matches!(change, Change::Outage(..)) {
            (self.watch.seen, self.watch.outage_ended) = (false, None);
        }
        if was_out && weather.outage.is_none() {
            self.watch.outage_ended = Some(self.now);
            if !self.watch.seen {
                self.watch.burns();
            }
            self.at(self.now + 3 * SECOND, Event::Reckon);
        }
    }

    /// Takes note of what is about to be heard; looks for whether it moves what it must not.
    pub(super) fn before_hearing(&mut self, heard: &Heard) -> f64 {
        if let Err(Failure { class: Class::Throttled, retry_after: Some(wait), throttle_scope: None, .. }) = &heard.result
            && !heard.unsent
        {
            self.announced = self.announced.max(self.now + *wait);
        }
        if self.weather.is_none() {
            return 0.0;
        }
        if heard.given_up {
            self.scheduler.pacer.waits(Duration::ZERO, self.now);
            return self.scheduler.pacer.rate();
        }
        let (now, watch) = (self.now, &mut self.watch);
        let failed = heard.result.as_ref().err();
        let is_page = |failure: &Failure| failure.class == Class::Bug && failure.status.is_some_and(|status| status < 400);
        let passes = |failure: &Failure| matches!(failure.class, Class::Transient | Class::Offline | Class::FewTries);
        let sign = failed.filter(|failure| passes(failure) || is_page(failure));
        let accident = sign.is_some_and(|failure| failure.class != Class::FewTries);
        watch.was_bad = accident && watch.is_bad(now);
        if heard.blame != Blame::Limit && !failed.is_some_and(|failure| failure.class == Class::SignIn) {
            watch.answers.push_back((now, accident));
            while watch.answers.len() > 400 {
                watch.answers.pop_front();
            }
        }
        if accident {
            watch.last_accident = Some(now);
        }
        if heard.result.is_ok() {
            watch.last_success = now;
            self.rests.1 = 10 * SECOND;
        }
        // Bad weather and nobody answered for as long as is asked: then all wait.
        let asked = failed.and_then(|failure| failure.retry_after).unwrap_or_default();
        if accident && watch.is_bad(now) && now.saturating_sub(watch.last_success) >= asked {
            watch.backs_off = watch.backs_off.max(now + asked);
        }
        match (sign, heard.blame) {
            (Some(failure), _) => {
                if watch.failing.is_empty() {
                    watch.row.0 = heard.sent;
                }
                watch.row.1 = watch.row.1.max(heard.sent);
                watch.failing.insert(heard.due.target.clone());
                watch.suspects.insert(heard.due.target.clone(), heard.sent);
                watch.certain |= failure.class == Class::Offline || failure.status.is_some_and(|status| status < 400);
            }
            (None, Blame::Limit) => watch.burns(),
            (None, _) => {
                // Restricted: what left before the outage began clears the suspicion, and what failed until then keeps its try.
                watch.burns();
                (watch.failing, watch.certain) = (HashSet::new(), false);
                watch.suspects.retain(|_, sent| *sent > heard.sent);
            }
        }
        // Lets time pass for the pacer, so that what moves after this is the answer's doing.
        self.scheduler.pacer.waits(Duration::ZERO, now);
        self.scheduler.pacer.rate()
    }

    /// An answer has been taken in: what it did to the others. `before` is the rate before it.
    pub(super) fn heard(&mut self, target: &TargetId, blame: Blame, before: f64) {
        let Some(weather) = &self.weather else { return };
        let (now, rate, watch) = (self.now, self.scheduler.pacer.rate(), &mut self.watch);
        let down = self.scheduler.breaker.down_since().is_some();
        if blame == Blame::Accident && !down && !watch.down && !watch.was_bad && !watch.is_bad(now) {
            assert!(rate >= before, "an accident of {target} lowered the rate from {before} to {rate}");
        }
        if down && !watch.down {
            // Chance brings ten in a row once in ten million requests at one in five, and bursts bring what they are.
            // Restricted: a few are taken for an outage where nothing succeeds for two seconds, be it that successes come
            // later than failures, or that all that is left is hopeless.
            let silent = now.saturating_sub(watch.last_success) >= 2 * SECOND && watch.suspects.len() >= 5;
            let chance = silent || brings_rows(&weather.faults) || now < watch.rows_until || watch.certain;
            let outage = weather.outage.is_some() || watch.outage_ended.is_some_and(|at| now < at + weather.time_out + SECOND);
            assert!(
                chance || outage,
                "taken for an outage: {} in a row of {:?}, latency {:?}",
                watch.suspects.len(),
                weather.faults,
                weather.latency
            );
            watch.seen |= weather.outage.is_some();
        }
        if watch.down && !down {
            // The pace begins afresh; what ended the outage is the first answer.
            let last = watch.answers.pop_back();
            watch.answers = last.into_iter().collect();
        }
        watch.down = down;
        // What is under way may be a success until it is late: after twice the usual latency.
        let plain = watch.failing.len() >= PLAIN.0 && watch.row.1.saturating_sub(watch.row.0) >= PLAIN.1;
        // Restricted: who has failed before among others is no witness of what may be permanent in disguise.
        let disguised = weather.outage.is_none_or(|(shape, _)| shape.class == Class::FewTries);
        assert!(
            down || !plain || disguised,
            "{} failed in a row from {:?} to {:?}, and nobody sees an outage",
            watch.failing.len(),
            watch.row.0,
            watch.row.1
        );
    }

    /// What becomes of a try.
    pub(super) fn decided(&mut self, due: &Due, blame: Blame, outcome: &Outcome) {
        let Some(weather) = &self.weather else { return };
        let number: usize = due.action.path().and_then(|path| path.as_str().parse().ok()).unwrap();
        match outcome {
            Outcome::Wait { until, problem, counts } => {
                let until = self.now + until.since(self.wall());
                if problem.reason == Reason::Throttled && weather.says == Says::Nothing {
                    self.watch.backs_off = self.watch.backs_off.max(until);
                }
                let down = self.scheduler.breaker.down_since().is_some();
                if *counts && !(down && blame == Blame::Outage) {
                    let tries = if blame == Blame::Outage { &mut self.watch.burnt } else { &mut self.watch.tries };
                    *tries.entry(number).or_default() += 1;
                }
            }
            Outcome::Blocked { problem } => {
                // Restricted: what may be permanent in disguise is blocked after five tries where too few are left to see it.
                let hopeless = weather.hopeless.is_some_and(|every| number % every == 7) || !self.watch.seen;
                // What may be this one's own is believed of few, and in the end of all.
                let hopeless = hopeless || weather.outage.is_some_and(|(shape, _)| shape.is_verdict());
                assert!(
                    blame != Blame::Outage || hopeless,
                    "blocked by an outage at {:?}, seen: {}, {:?}: {} ({})",
                    self.now,
                    self.watch.seen,
                    self.watch.tries.get(&number),
                    due.target,
                    problem.detail
                );
                self.watch.blocked |= blame == Blame::Outage;
                *self.watch.tries.entry(number).or_default() += 1;
            }
            _ => {}
        }
    }

    /// After an outage: nobody has more tries behind it than its own.
    pub(super) async fn reckon(&mut self) {
        if !self.watch.seen {
            return;
        }
        let hopeless =
            |number: usize| self.weather.as_ref().and_then(|weather| weather.hopeless).is_some_and(|every| number % every == 7);
        for due in self.tries().await {
            let number: usize = due.action.path().and_then(|path| path.as_str().parse().ok()).unwrap();
            let own = self.watch.tries.get(&number).copied().unwrap_or_default();
            let wish = self.scheduler.to_forgive.iter().chain(&self.scheduler.to_resume).any(|(target, _)| *target == due.target);
            // Restricted: of what failed before the outage was seen not all is taken back: one of several tries of a target,
            // and none where an answer to what left before the outage came in between.
            let own = own + self.watch.burnt.get(&number).copied().unwrap_or_default();
            assert!(
                due.attempts <= own || wish || hopeless(number),
                "{} was tried {} times, {own} of them its own, {:?}",
                due.target,
                due.attempts,
                self.now
            );
        }
        self.watch.burns();
    }

    /// Whether something was due, and free to leave, for too long.
    pub(super) async fn look_for_idleness(&mut self) {
        let now = self.now;
        let kept = now < self.announced
            || now < self.rests.0
            || now < self.watch.backs_off
            || matches!(self.scheduler.breaker.gate(now), Gate::Shut(_));
        if kept {
            self.watch.free_since = None;
            return;
        }
        let free = *self.watch.free_since.get_or_insert(now);
        let since = self.sends.back().copied().unwrap_or_default().max(free);
        // In bad weather a tenth of the pace is left.
        let rate = self.weather.as_ref().map_or(1.0, |weather| weather.rate.min(self.pace.max_per_second));
        let bad = self.watch.last_accident.is_some_and(|at| now.saturating_sub(at) < 10 * SECOND);
        // Where all places are taken, a probe goes out once they hang, and then in turn.
        let is_full = self.in_flight.len() >= self.limits.in_flight;
        let full = if is_full { self.scheduler.flight.hangs_after() + PROBE } else { Duration::ZERO };
        let longest = IDLE + full + if bad { Duration::from_secs_f64(11.0 / rate) } else { Duration::ZERO };
        if now.saturating_sub(since) <= longest {
            return;
        }
        let past = i64::try_from(longest.as_millis()).unwrap();
        let (wall, mut taken) = (Timestamp::from_millis(self.wall().millis() - past), self.in_flight.clone());
        let released = self.watch.released.iter().filter(|(at, _)| now.saturating_sub(*at) <= longest);
        taken.extend(released.map(|(_, target)| target.clone()));
        let found = self.ledger.read(move |reader: &Reader| reader.due(wall, LONGEST, 1_000, &taken, None)).await.unwrap();
        let late = found.into_iter().find(|due| due.desired_at <= wall && !matches!(due.target, TargetId::Contact { .. }));
        let pace = self.scheduler.pacer.rate();
        assert!(
            late.is_none(),
            "idle for {:?} at {now:?}, {pace}/s of {rate}, in flight {}, while this is due: {late:?}",
            now.saturating_sub(since),
            self.in_flight.len()
        );
    }
}

/// Whether such faults may come ten in a row, and do.
fn brings_rows(faults: &Faults) -> bool {
    faults.burst >= 9 || faults.share > 0.21
}
