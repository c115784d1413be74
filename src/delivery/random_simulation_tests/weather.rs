//! A tenant with a bucket of tokens that the client does not know, and the weather before it.

use std::time::Duration;

use super::super::prepared::PreparedUpload;
use super::event::{Blame, Reply};
use super::shapes::{ACCIDENTS, Comes, HOPELESS, Shape, failure};
use super::world::SECOND;
use crate::graph::{Accepted, Class};
use crate::model::Outcome;

/// How the service announces a wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Says {
    /// Whole seconds, rounded up.
    Seconds,
    /// Exactly; the client takes at least a second.
    Fraction,
    /// Nothing.
    Nothing,
    /// Much longer than needed.
    Long,
}

/// How long answers take.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Latency {
    pub(super) median: f64,
    /// One of twenty takes three to ten times as long.
    pub(super) tail: bool,
}

impl Latency {
    pub(super) fn draw(self, chance: &mut fastrand::Rng) -> Duration {
        let stretch = if self.tail && chance.u32(0..20) == 0 { 3.0 + 7.0 * chance.f64() } else { 1.0 };
        Duration::from_secs_f64(self.median * stretch * (0.7 + 0.6 * chance.f64()))
    }
}

/// What has to be asked before an upload.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Questions {
    /// How long it takes until all of it is known.
    pub(super) latency: Latency,
    /// So often, everybody waits for the same answer, so long.
    pub(super) together: Option<(f64, f64)>,
}

impl Questions {
    /// When what is asked now is answered.
    pub(super) fn answered(self, now: Duration, chance: &mut fastrand::Rng) -> Duration {
        let alone = now + self.latency.draw(chance);
        let Some((every, lasts)) = self.together else { return alone };
        let into = now.as_secs_f64() % every;
        if into < lasts { now + Duration::from_secs_f64(lasts - into) } else { alone }
    }
}

/// What befalls single requests.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Faults {
    /// Of so many requests, over all.
    pub(super) share: f64,
    /// So many in a row each time.
    pub(super) burst: u32,
    /// Of this shape; else of any.
    pub(super) shape: Option<usize>,
    pub(super) retry_after: Option<Duration>,
}

pub(super) const NONE: Faults = Faults { share: 0.0, burst: 1, shape: None, retry_after: None };

/// A change of the weather.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Rate(f64),
    Latency(Latency),
    Faults(Faults),
    Outage(Shape, Option<Duration>),
    OutageEnds,
    /// Nothing befalls anybody any more.
    Calm,
}

/// The tenant.
pub(super) struct Weather {
    pub(super) rate: f64,
    pub(super) burst: f64,
    pub(super) says: Says,
    pub(super) latency: Latency,
    pub(super) questions: Option<Questions>,
    pub(super) faults: Faults,
    pub(super) outage: Option<(Shape, Option<Duration>)>,
    /// After so long the client gives a request up.
    pub(super) time_out: Duration,
    /// One of so many targets is hopeless.
    pub(super) hopeless: Option<usize>,
    tokens: f64,
    filled: Duration,
    /// So many more in a row are hit by this.
    run: (u32, Shape),
    pub(super) refused: u64,
    pub(super) sent_in_outage: Vec<Duration>,
}

impl Weather {
    pub(super) fn new(rate: f64, burst: f64, latency: f64) -> Self {
        Self {
            rate,
            burst: burst.max(1.0),
            says: Says::Seconds,
            latency: Latency { median: latency, tail: false },
            questions: None,
            faults: NONE,
            outage: None,
            time_out: 30 * SECOND,
            hopeless: None,
            tokens: burst.max(1.0),
            filled: SECOND,
            run: (0, ACCIDENTS[0]),
            refused: 0,
            sent_in_outage: Vec::new(),
        }
    }

    pub(super) fn change(&mut self, change: Change, now: Duration) {
        self.fill(now);
        match change {
            Change::Rate(rate) => self.rate = rate,
            Change::Latency(latency) => self.latency = latency,
            Change::Faults(faults) => (self.faults, self.run.0) = (faults, 0),
            Change::Outage(shape, asks) => self.outage = Some((shape, asks)),
            Change::OutageEnds => self.outage = None,
            Change::Calm => (self.faults, self.run.0, self.outage, self.hopeless) = (NONE, 0, None, None),
        }
    }

    fn fill(&mut self, now: Duration) {
        self.tokens = (self.tokens + now.saturating_sub(self.filled).as_secs_f64() * self.rate).min(self.burst);
        self.filled = now;
    }

    /// A request costs a token whatever becomes of it, but not in an outage: nobody is there to count.
    pub(super) fn answer(
        &mut self,
        number: usize,
        prepared: &PreparedUpload,
        now: Duration,
        chance: &mut fastrand::Rng,
    ) -> Reply {
        if let Some((shape, asks)) = self.outage {
            self.sent_in_outage.push(now);
            return self.fails(shape, asks, Blame::Outage, prepared, chance);
        }
        self.fill(now);
        if self.tokens < 1.0 {
            self.refused += 1;
            let result = Err(failure(Class::Throttled, Some(429), self.announced()));
            return Reply { stores: false, result, takes: self.takes(Comes::AsUsual, chance), blame: Blame::Limit };
        }
        self.tokens -= 1.0;
        if let Some(every) = self.hopeless.filter(|every| number % every == 7) {
            let shape = HOPELESS[number / every % HOPELESS.len()];
            return self.fails(shape, None, Blame::Target, prepared, chance);
        }
        if let Some(shape) = self.accident(chance) {
            return self.fails(shape, self.faults.retry_after, Blame::Accident, prepared, chance);
        }
        let accepted = Accepted { status: 200, ..Accepted::default() };
        let takes = self.takes(Comes::AsUsual, chance);
        Reply { stores: true, result: Ok((Outcome::Delivered { etag: None }, accepted)), takes, blame: Blame::Nobody }
    }

    fn announced(&self) -> Option<Duration> {
        let missing = Duration::from_secs_f64((1.0 - self.tokens) / self.rate);
        match self.says {
            Says::Seconds => Some(Duration::from_secs(missing.as_secs() + 1)),
            Says::Fraction => Some(missing.max(SECOND)),
            Says::Nothing => None,
            Says::Long => Some(10 * SECOND),
        }
    }

    fn accident(&mut self, chance: &mut fastrand::Rng) -> Option<Shape> {
        if self.run.0 > 0 {
            self.run.0 -= 1;
            return Some(self.run.1);
        }
        let Faults { share, burst, shape, .. } = self.faults;
        // Bursts begin the more rarely the longer they are, so that the share comes out.
        let begins = share / f64::from(burst) / (1.0 - share + share / f64::from(burst));
        if chance.f64() >= begins {
            return None;
        }
        let shape = ACCIDENTS[shape.unwrap_or_else(|| chance.usize(0..ACCIDENTS.len()))];
        self.run = (burst - 1, shape);
        Some(shape)
    }

    fn fails(
        &self,
        shape: Shape,
        asks: Option<Duration>,
        blame: Blame,
        prepared: &PreparedUpload,
        chance: &mut fastrand::Rng,
    ) -> Reply {
        let mut failure = shape.failure(asks);
        failure.recourse = failure.recourse.filter(|_| prepared.is_large());
        Reply { stores: shape.stores, result: Err(failure), takes: self.takes(shape.comes, chance), blame }
    }

    fn takes(&self, comes: Comes, chance: &mut fastrand::Rng) -> Duration {
        match comes {
            Comes::AsUsual => self.latency.draw(chance).min(self.time_out),
            Comes::Soon => Duration::from_millis(chance.u64(2..40)),
            Comes::TimedOut => self.time_out,
        }
    }
}
