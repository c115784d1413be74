//! How many uploads a second: finds what is allowed, stays there, and looks for more now and then.
//!
//! Whoever limits us keeps, in effect, a bucket of tokens, and at the moment of a refusal it is empty. So what was
//! answered between two refusals, divided by the time between them (the pause included, tokens gather meanwhile), is
//! the allowed rate itself, however deep the bucket, unless the pause alone would fill it; then it lies between that and
//! the same divided by the time without the pause. The rate returns to just below it, keeps there for a while, and
//! then rises slowly at first and ever faster, the way CUBIC does for TCP: a limit that stands is touched rarely and
//! gently, and one that was lifted is found out soon.

use std::time::Duration;

use super::cuts::{Cuts, Refusal};

/// The rate never falls below this many uploads per second, so that recovery can be seen.
pub(super) const FLOOR: f64 = 0.2;
/// After an outage, the share of the last good rate to begin with.
const AFTER_OUTAGE: f64 = 0.25;
/// Share of the rate that is left after a refusal that says nothing about what is allowed.
const GUESS: f64 = 0.6;
/// A refusal this soon after another one: the limit is far lower, and the measure, though coarse, tells how far. This
/// soon after the beginning, the measure says more about what the bucket held.
const QUICK: Duration = Duration::from_secs(5);
/// Shares of the rate that are left then at least and at most.
const LEAST_LEFT: f64 = 0.2;
const QUICKLY_LEFT: f64 = 0.9;
/// Share of the rate that is left then at least where the bucket is shallow.
const LATE_LEFT: f64 = 0.85;
/// Two refusals at the same rate, within this share, with so many times as much answered before the second: the limit is
/// on the rate, and the bucket shallow.
const SAME: f64 = 0.05;
const MORE: f64 = 1.02;
/// A rate this many times the one that was allowed shows that the limit has moved.
const MOVED: f64 = 1.8;
/// The curve begins at this share of the allowed rate ...
const BEGIN: f64 = 0.98;
/// ... and reaches it after this long, and twice the wait that a refusal costs: the dearer, the rarer.
const PLATEAU: Duration = Duration::from_secs(8);
/// What an earlier run has found is put to the test slowly: for so long, up to this share of it.
const REMEMBERED: (Duration, f64) = (Duration::from_secs(60), 1.03);
/// Seconds after the plateau in which the rate doubles.
const STEEPNESS: f64 = 13.0;
/// Without photos that wait for the pace so long, the time since a refusal measures nothing.
const IDLE: Duration = Duration::from_secs(2);
/// Shares of the limit in use, as the service tells them, from which the rate stands still, and from which it sinks.
const NEAR: f32 = 0.8;
const OVER: f32 = 1.0;
/// Where nothing is let through between two refusals, so many a second find out when something is.
const ASKING: f64 = 1.0;
/// How long one such word counts.
const HOLD: Duration = Duration::from_secs(2);

/// The rate, and what it rests on.
#[derive(Debug)]
pub(super) struct Rate {
    now: Duration,
    ceiling: f64,
    value: f64,
    course: Course,
    /// When photos last had to wait for the pace: only then can the rate be too low.
    held_back: Duration,
    /// Since the last refusal, or since the first answer, unless there was idleness.
    measure: Option<Measure>,
    /// The rate at the last refusal that was measured, and what that came to.
    last: Option<(f64, f64)>,
    cuts: Cuts,
    /// The service said that its limit is near: no growth until then.
    hold: Duration,
    /// Course and rate before the last cut, or before the first of several that came quickly.
    before: Option<(Course, f64)>,
    /// Nothing was let through since the last refusal but one: somebody else uses the limit up.
    asks: bool,
}

/// Answers that are counted.
#[derive(Clone, Copy, Debug)]
struct Measure {
    since: Duration,
    /// Only those to what left from then on.
    left_since: Duration,
    /// So long of it was a pause.
    paused: Duration,
    count: u32,
}

impl Measure {
    /// Answers a second.
    fn rate(&self, now: Duration) -> f64 {
        f64::from(self.count) / now.saturating_sub(self.since).as_secs_f64().max(0.1)
    }

    /// Answers a second of the time that was no pause.
    fn rate_between_pauses(&self, now: Duration) -> f64 {
        f64::from(self.count) / now.saturating_sub(self.since + self.paused).as_secs_f64().max(0.1)
    }
}

#[derive(Clone, Copy, Debug)]
enum Course {
    /// Nothing is known but a rate that is worth trying: doubles every second until then.
    Rise { goal: f64 },
    /// The allowed rate is known; the curve around it is `passed` old.
    Around { allowed: f64, passed: Duration, plateau: Duration, top: f64 },
}

impl Rate {
    pub(super) fn new(start: f64, ceiling: f64, now: Duration) -> Self {
        let value = start.min(ceiling).max(FLOOR);
        let course = Course::Rise { goal: ceiling };
        Self {
            now,
            ceiling,
            value,
            course,
            held_back: now,
            measure: None,
            last: None,
            cuts: Cuts::default(),
            hold: Duration::ZERO,
            before: None,
            asks: false,
        }
    }

    pub(super) fn value(&self) -> f64 {
        if self.asks { self.value.min(ASKING) } else { self.value }
    }

    /// Whether it is as high as it may become.
    pub(super) fn is_full(&self) -> bool {
        self.value() >= self.ceiling
    }

    /// The rate that is known to be allowed: what was found by a refusal, or what was reached without one.
    pub(super) fn good(&self) -> Option<f64> {
        match self.course {
            Course::Around { allowed, .. } => Some(allowed),
            Course::Rise { goal } => (self.value >= goal).then_some(self.value),
        }
    }

    /// What was found before, to begin with.
    pub(super) fn remember(&mut self, good: f64) {
        let allowed = good.clamp(FLOOR.min(self.ceiling), self.ceiling);
        self.course = Course::Around { allowed, passed: Duration::ZERO, plateau: REMEMBERED.0, top: REMEMBERED.1 };
        self.value = (allowed * BEGIN).max(FLOOR.min(self.ceiling));
    }

    /// Time passes.
    pub(super) fn turn(&mut self, now: Duration) {
        let Some(span) = now.checked_sub(self.now).filter(|span| !span.is_zero()) else { return };
        self.now = now;
        let idle = now.saturating_sub(self.held_back);
        if idle > IDLE {
            self.measure = None;
        }
        // What nobody asks for proves nothing.
        if idle > IDLE.min(span * 2 + Duration::from_secs(1)) || now < self.hold || self.asks {
            return;
        }
        let value = match &mut self.course {
            Course::Rise { goal } => {
                let value = self.value * span.as_secs_f64().min(1.0).exp2();
                if value >= *goal && *goal < self.ceiling {
                    self.course = Course::Around { allowed: *goal, passed: Duration::ZERO, plateau: PLATEAU, top: 1.0 };
                    return;
                }
                value
            }
            Course::Around { allowed, passed, plateau, top } => {
                *passed += span.min(Duration::from_secs(1));
                *allowed * curve(passed.as_secs_f64(), plateau.as_secs_f64(), *top)
            }
        };
        self.value = value.clamp(FLOOR.min(self.ceiling), self.ceiling);
    }

    /// A photo has to wait for the pace, until then.
    pub(super) fn holds_back(&mut self, until: Duration) {
        self.held_back = until;
    }

    /// An answer came to a request that was sent at `sent`.
    pub(super) fn answered(&mut self, sent: Duration) {
        if let Some(measure) = &mut self.measure {
            let counts = sent >= measure.left_since;
            measure.count += u32::from(counts);
            self.asks &= !counts;
        } else {
            self.asks = false;
            let (left_since, paused) = (Duration::ZERO, Duration::ZERO);
            self.measure = Some(Measure { since: self.now, left_since, paused, count: 0 });
        }
    }

    /// A request that was let go at `left` was refused for pace. `wait` is what that costs.
    pub(super) fn refused(&mut self, wait: Duration, left: Duration) {
        if let Some(measure) = self.measure.as_mut().filter(|measure| measure.count == 0 && !measure.paused.is_zero()) {
            // Nothing is allowed at whatever rate, so the last cut was in vain, too.
            measure.paused += wait;
            self.held_back = self.now + wait;
            if !std::mem::replace(&mut self.asks, true) {
                return;
            }
            if let Some((course, value)) = self.before.take() {
                (self.course, self.value) = (course, value);
            }
            return;
        }
        let is_quick = self.measure.is_some_and(|measure| !measure.paused.is_zero() && self.now < measure.since + QUICK);
        self.before = self.before.take().filter(|_| is_quick).or(Some((self.course, self.value)));
        let guess = self.value * GUESS;
        let known = match self.course {
            Course::Around { allowed, passed, plateau, top } if self.value < allowed * MOVED => {
                // The rate has risen since the refused request was let go.
                let passed = passed.saturating_sub(self.now.saturating_sub(left));
                let then = allowed * curve(passed.as_secs_f64(), plateau.as_secs_f64(), top);
                self.measure.and_then(|measure| self.known(allowed, then.min(self.value), measure))
            }
            // Far above what was allowed before: that measure is of another limit.
            Course::Around { .. } => {
                self.cuts = Cuts::begin(self.value);
                None
            }
            // What was answered on the way up is less than what is allowed, if not far less.
            Course::Rise { .. } => {
                self.cuts = Cuts::begin(self.value);
                // After pauses in which nothing was allowed, few answers say little.
                let measure = self.measure.filter(|measure| measure.paused.is_zero());
                let counted = measure.map(|measure| measure.rate(self.now)).filter(|rate| *rate < guess * GUESS);
                counted.map(|rate| rate.max(self.value * LEAST_LEFT))
            }
        };
        self.settle(known.unwrap_or(guess), wait);
        self.measure = Some(Measure { since: self.now, left_since: self.now, paused: wait, count: 0 });
    }

    /// What is taken to be allowed, going by the answers up to a refusal of what left at the rate `then`.
    fn known(&mut self, allowed: f64, then: f64, measure: Measure) -> Option<f64> {
        let is_usual = self.last.is_some_and(|(rate, _)| (then / rate - 1.0).abs() < SAME);
        let measured = measure.rate(self.now);
        let to = self.measured(then, is_usual, measure);
        self.cuts.judge(Refusal { then, is_usual, allowed, measured }, to)
    }

    /// What that measure comes to.
    fn measured(&mut self, then: f64, is_usual: bool, measure: Measure) -> Option<f64> {
        let measured = measure.rate(self.now);
        if self.now.saturating_sub(measure.since) < QUICK {
            let after_refusal = !measure.paused.is_zero();
            return after_refusal.then(|| measured.clamp(self.value * LEAST_LEFT, self.value * QUICKLY_LEFT));
        }
        let is_shallow = is_usual && self.last.is_some_and(|(_, before)| measured > before * MORE);
        self.last = Some((then, measured));
        let least = then * LATE_LEFT;
        let least = if is_shallow { least } else { least.min(measure.rate_between_pauses(self.now)) };
        let (least, most) = (least.max(self.value * LEAST_LEFT), self.value * BEGIN);
        Some(measured.clamp(least.min(most), most))
    }

    /// The share of its limit that the service sees in use.
    pub(super) fn hint(&mut self, share: f32) {
        if share < NEAR || self.now < self.hold {
            return;
        }
        let allowed = if share < OVER { self.value } else { self.value * 0.9 };
        self.settle(allowed, Duration::ZERO);
        self.hold = self.now + HOLD;
    }

    /// The service is back after an outage: no burst, but back soon to what is known to be allowed.
    pub(super) fn recovered(&mut self) {
        let (goal, good) = match self.course {
            Course::Rise { goal } => (goal, self.value),
            Course::Around { allowed, .. } => (allowed, allowed),
        };
        self.course = Course::Rise { goal };
        self.value = (good * AFTER_OUTAGE).max(FLOOR).min(self.value);
        self.measure = None;
        self.held_back = self.now;
    }

    fn settle(&mut self, allowed: f64, wait: Duration) {
        let allowed = allowed.clamp(FLOOR.min(self.ceiling), self.ceiling);
        self.course = Course::Around { allowed, passed: Duration::ZERO, plateau: PLATEAU + 2 * wait, top: 1.0 };
        self.value = (allowed * BEGIN).max(FLOOR.min(self.ceiling));
        // The pause is no idleness, and no time in which the rate may grow.
        self.held_back = self.now + wait;
    }
}

/// Share of the allowed rate, so many seconds after the curve began; `top` is reached at the plateau's end.
fn curve(passed: f64, plateau: f64, top: f64) -> f64 {
    if passed < plateau { BEGIN + (top - BEGIN) * passed / plateau } else { top + ((passed - plateau) / STEEPNESS).powi(3) }
}
