//! A phase: from when to when, for which requests, and what it brings.

use std::time::Duration;

use fastrand::Rng;

use super::accident::Accident;
use super::latency::Latency;
use super::outage::OutageShape;
use super::reader::{Found, FromNode, Section};
use super::scope::RequestScope;
use super::tree::Node;
use super::units::{Share, Span};

/// Requests in a row that one accident may hit.
const LONGEST_BURST: u32 = 10_000;

/// When a phase is in force, counted from the beginning of the weather.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Window {
    from: Duration,
    /// None: to the end.
    length: Option<Duration>,
    /// It comes again so often.
    every: Option<Duration>,
    /// How often it comes in all; none: without end.
    times: Option<u64>,
}

impl Window {
    fn read(section: &mut Section<'_>) -> Self {
        let mut span = |key| section.value::<Span>(key).map(|span| span.0);
        let (from, length, every) = (span("from").unwrap_or_default(), span("for"), span("every"));
        let times = section.value::<u64>("times");
        if length.is_some_and(|length| length.is_zero()) {
            section.fault("for", "`for` is 0: a phase lasts a while, for example `for: 10s`");
        }
        if section.gives("every") && !section.gives("for") {
            section.fault("every", "`every` needs `for`: say how long it lasts each time");
        }
        if every.zip(length).is_some_and(|(every, length)| every <= length) {
            section.fault("every", "`every` must be longer than `for`: otherwise the phase never pauses");
        }
        if times == Some(0) || (section.gives("times") && !section.gives("every")) {
            section.fault("times", "`times` is 1 or more and belongs to `every`");
        }
        Self { from, length, every, times }
    }

    /// Whether it is in force, and when that changes.
    pub(super) fn at(&self, time: Duration) -> (bool, Option<Duration>) {
        let Some(since) = time.checked_sub(self.from) else { return (false, Some(self.from)) };
        let Some(length) = self.length else { return (true, None) };
        let Some(every) = self.every else {
            let on = since < length;
            return (on, on.then(|| self.from + length));
        };
        let round = u64::try_from(since.as_nanos() / every.as_nanos().max(1)).unwrap_or(u64::MAX);
        let start = |round: u64| self.from + every.saturating_mul(u32::try_from(round).unwrap_or(u32::MAX));
        if self.times.is_some_and(|times| round >= times) {
            return (false, None);
        }
        if time < start(round) + length {
            return (true, Some(start(round) + length));
        }
        let again = self.times.is_none_or(|times| round + 1 < times);
        (false, again.then(|| start(round + 1)))
    }

    /// Whether it is in force from the first moment.
    pub(super) const fn begins_at_once(&self) -> bool {
        self.from.is_zero()
    }
}

/// One of a phase's faults.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    share: f64,
    burst: u32,
    accident: Accident,
}

impl FromNode for Fault {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self> {
        Section::read(node, path, found, "a fault such as { share: 5%, status: 503 }", |section| {
            let (share, burst) = (section.value::<Share>("share"), section.value::<u64>("burst"));
            if !section.gives("share") {
                section.fault("", "`share` is missing: write for example `share: 5%`");
            }
            let burst = u32::try_from(burst.unwrap_or(1)).ok().filter(|burst| (1..=LONGEST_BURST).contains(burst));
            if burst.is_none() {
                section.fault("burst", &format!("`burst` is 1 to {LONGEST_BURST}"));
            }
            let accident = Accident::read(section, true);
            Some(Self { share: share?.0, burst: burst?, accident: accident? })
        })
    }
}

/// Faults that share the requests among them.
#[derive(Clone, Default, Debug)]
pub(super) struct Faults {
    faults: Vec<Fault>,
    /// How likely each begins with a request that none has hit yet.
    chances: Vec<f64>,
}

impl Faults {
    /// Those that a section lists.
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let faults: Vec<Fault> = section.value("faults").unwrap_or_default();
        let hit: f64 = faults.iter().map(|fault| fault.share).sum();
        if hit > 1.0 + 1e-9 {
            let message = format!("the shares add up to {:.1}%: together the faults of a list hit at most 100%", hit * 100.0);
            section.fault("faults", &message);
        }
        // Of many requests, a fault that comes in bursts hits its share, too: bursts begin the more rarely the longer they are.
        let starts: f64 = faults.iter().map(|fault| fault.share / f64::from(fault.burst)).sum();
        let chances = faults.iter().map(|fault| fault.share / f64::from(fault.burst) / (1.0 - hit + starts).max(1e-9)).collect();
        Self { faults, chances }
    }

    /// The fault that begins with this request, and how many further requests it hits.
    pub(super) fn begin(&self, dice: &mut Rng) -> Option<(usize, u32)> {
        let mut thrown = dice.f64();
        for (at, (fault, chance)) in self.faults.iter().zip(&self.chances).enumerate() {
            if thrown < *chance {
                return Some((at, fault.burst - 1));
            }
            thrown -= chance;
        }
        None
    }

    pub(super) fn accident(&self, at: usize) -> Option<&Accident> {
        self.faults.get(at).map(|fault| &fault.accident)
    }
}

/// A phase of the weather.
#[derive(Clone, Default, Debug)]
pub(super) struct WeatherPhase {
    pub(super) window: Window,
    pub(super) scope: RequestScope,
    pub(super) latency: Option<Latency>,
    pub(super) faults: Faults,
    pub(super) outage: Option<OutageShape>,
}

impl FromNode for WeatherPhase {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self> {
        Section::read(node, path, found, "a phase such as { from: 10s, for: 1m, outage: unavailable }", |section| {
            let window = Window::read(section);
            let scope: RequestScope = section.value("only").unwrap_or_default();
            let (latency, faults, outage) = (section.value("latency"), Faults::read(section), section.value("outage"));
            if section.gives("outage") && section.gives("faults") {
                section.fault("", "`outage` leaves nothing for `faults`: make two phases of them");
            }
            if !["outage", "faults", "latency"].iter().any(|key| section.gives(key)) {
                section.fault("", "say what the phase brings: `faults`, `outage` or `latency`");
            }
            if matches!(outage, Some(OutageShape::Refused(_))) && !scope.is_everything() {
                section.fault(
                    "outage",
                    "`refused` concerns connections, so it can't be narrowed by `only`: use `outage: { reset: before_body }`",
                );
            }
            Some(Self { window, scope, latency, faults, outage })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::faults::weather::file::read;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn windows_open_close_and_come_again() {
        let once = Window { from: secs(10), length: Some(secs(5)), ..Window::default() };
        for (time, expected) in [
            (secs(0), (false, Some(secs(10)))),
            (secs(10), (true, Some(secs(15)))),
            (Duration::from_millis(14_999), (true, Some(secs(15)))),
            (secs(15), (false, None)),
        ] {
            assert_eq!(once.at(time), expected, "{time:?}");
        }
        assert_eq!(Window::default().at(secs(1_000_000)), (true, None));
        let flapping = Window { from: secs(10), length: Some(secs(5)), every: Some(secs(20)), times: Some(2) };
        for (time, expected) in [
            (secs(12), (true, Some(secs(15)))),
            (secs(16), (false, Some(secs(30)))),
            (secs(30), (true, Some(secs(35)))),
            (secs(36), (false, None)),
            (secs(51), (false, None)),
        ] {
            assert_eq!(flapping.at(time), expected, "{time:?}");
        }
    }

    #[test]
    fn shares_hold_in_the_long_run_also_of_bursts() {
        let list = "faults:
            [{ share: 5%, status: 503 }, { share: 10%, burst: 9, status: 500 }, { share: 3%, burst: 3, reset: after_body }]";
        let faults = read::<WeatherPhase>(list).unwrap().faults;
        let (mut dice, mut hits, mut at) = (Rng::with_seed(11), [0_u32; 3], 0);
        while at < 200_000 {
            let run = match faults.begin(&mut dice) {
                Some((which, more)) => {
                    hits[which] += more + 1;
                    more + 1
                }
                None => 1,
            };
            at += run;
        }
        for (hit, share) in hits.into_iter().zip([0.05, 0.1, 0.03]) {
            let found = f64::from(hit) / f64::from(at);
            assert!((found / share - 1.0).abs() < 0.08, "{found} instead of {share}");
        }
    }
}
