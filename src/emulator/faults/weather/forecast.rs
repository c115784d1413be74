//! The weather as it happens: where its time stands and what its dice have thrown.

use std::time::Duration;

use fastrand::Rng;

use super::file::Weather;
use super::outage::OutageShape;
use super::phase::WeatherPhase;
use super::scope::Subject;
use crate::emulator::faults::disturbance::Disturbance;
use crate::model::Timestamp;

/// The dice of one phase. Each kind of throw has its own, so that the same seed brings the same faults whatever the
/// latencies are, and one phase the same whatever the others do.
struct Dice {
    faults: Rng,
    latency: Rng,
    accidents: Rng,
    /// The fault at work, and how many further requests it hits.
    burst: Option<(usize, u32)>,
}

impl Dice {
    fn new(seed: u64, phase: usize) -> Self {
        let throw = |kind: u64| {
            let mut hasher = blake3::Hasher::new();
            for number in [seed, u64::try_from(phase).unwrap_or(u64::MAX), kind] {
                hasher.update(&number.to_le_bytes());
            }
            let mut seed = [0; 8];
            hasher.finalize_xof().fill(&mut seed);
            Rng::with_seed(u64::from_le_bytes(seed))
        };
        Self { faults: throw(0), latency: throw(1), accidents: throw(2), burst: None }
    }

    /// The fault of a phase that hits the next request.
    fn fault(&mut self, phase: &WeatherPhase) -> Option<usize> {
        let (at, left) = match self.burst.take().filter(|(_, left)| *left > 0) {
            Some((at, left)) => (at, left - 1),
            None => phase.faults.begin(&mut self.faults)?,
        };
        self.burst = Some((at, left));
        Some(at)
    }
}

/// A weather at work. All times are spans since the server's clock began.
pub(crate) struct Forecast {
    weather: Weather,
    begun: Option<Duration>,
    dice: Vec<Dice>,
}

impl Forecast {
    pub(crate) fn new(weather: Weather, now: Duration) -> Self {
        let begun = (!weather.begins_with_request).then_some(now);
        let dice = (0..weather.phases.len()).map(|phase| Dice::new(weather.seed, phase)).collect();
        Self { weather, begun, dice }
    }

    /// Notes a request. True if the weather begins with it.
    pub(crate) fn begin(&mut self, now: Duration) -> bool {
        let first = self.begun.is_none();
        self.begun.get_or_insert(now);
        first
    }

    /// What befalls a request. Of the phases in force, the one that stands first in the file and has something to say
    /// decides.
    pub(crate) fn strike(&mut self, subject: &Subject<'_>, now: Duration, wall: Timestamp) -> Disturbance {
        let time = now.saturating_sub(*self.begun.get_or_insert(now));
        let mut latency = None;
        let mut struck = None;
        for (at, (phase, dice)) in self.weather.phases.iter().zip(&mut self.dice).enumerate() {
            if !phase.window.at(time).0 || !phase.scope.covers(subject) {
                continue;
            }
            if let Some(distribution) = &phase.latency {
                let sample = distribution.sample(&mut dice.latency);
                latency.get_or_insert(sample);
            }
            let accident = match &phase.outage {
                Some(outage) => outage.accident(subject),
                None => dice.fault(phase).and_then(|fault| phase.faults.accident(fault)),
            };
            if struck.is_none() {
                struck = accident.map(|accident| (at, accident));
            }
        }
        let latency = latency.unwrap_or_default();
        match struck.and_then(|(at, accident)| Some((self.dice.get_mut(at)?, accident))) {
            Some((dice, accident)) => accident.strike(subject, latency, &mut dice.accidents, wall),
            None => Disturbance { delay: latency, ..Disturbance::default() },
        }
    }

    /// Whether connections are refused, and when that may change; none: not before the weather does.
    pub(crate) fn refuses(&self, now: Duration) -> (bool, Option<Duration>) {
        let Some(begun) = self.begun else { return (false, None) };
        let time = now.saturating_sub(begun);
        let refusing = self.weather.phases.iter().filter(|phase| matches!(phase.outage, Some(OutageShape::Refused(_))));
        let states = refusing.map(|phase| phase.window.at(time));
        states.fold((false, None), |(refuses, next), (on, changes)| {
            let changes = changes.map(|at| at.saturating_sub(time));
            (refuses || on, [next, changes].into_iter().flatten().min())
        })
    }
}
