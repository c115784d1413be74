//! How long answers take: always the same, anything between two, lognormal, or by a table of percentiles.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::time::Duration;

use fastrand::Rng;

use super::reader::{Found, FromNode, FromText, Section};
use super::tree::Node;
use super::units::Span;

/// No answer takes longer; a client gave up long before.
const LONGEST: Duration = Duration::from_secs(600);
/// Where these percentiles lie in a standard normal distribution.
const P90: f64 = 1.281_551_565_5;
const P95: f64 = 1.644_853_626_9;
const P99: f64 = 2.326_347_874_0;

/// A distribution of latencies.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Latency {
    Fixed(Duration),
    Uniform(Duration, Duration),
    /// Median in seconds, and the deviation of its logarithm.
    Lognormal(f64, f64),
    /// Percentile and seconds, ascending; straight lines between.
    Table(Vec<(f64, f64)>),
}

impl Latency {
    /// One latency. Takes two numbers from the dice whatever the distribution.
    pub(super) fn sample(&self, dice: &mut Rng) -> Duration {
        let (first, second) = (dice.f64(), dice.f64());
        let seconds = match self {
            Self::Fixed(span) => return *span,
            Self::Uniform(from, to) => from.as_secs_f64() + first * (to.as_secs_f64() - from.as_secs_f64()),
            Self::Lognormal(median, deviation) => {
                // Box and Muller's; 1 - first is never 0.
                let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (TAU * second).cos();
                median * (deviation * normal).exp()
            }
            Self::Table(points) => between(points, first * 100.0),
        };
        Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST)
    }
}

fn between(points: &[(f64, f64)], percentile: f64) -> f64 {
    let above = points.partition_point(|(at, _)| *at <= percentile);
    match (above.checked_sub(1).and_then(|below| points.get(below)), points.get(above)) {
        (Some((low, from)), Some((high, to))) => from + (to - from) * (percentile - low) / (high - low),
        (Some((_, last)), None) => *last,
        (None, Some((_, first))) => *first,
        (None, None) => 0.0,
    }
}

/// A percentile in thousandths, so that a table has an order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Percentile(u32);

impl FromText for Percentile {
    const EXPECTED: &'static str = "a percentile from 0 to 100";

    fn from_text(text: &str) -> Result<Self, String> {
        let wrong = || format!("invalid percentile {text:?}: write a number from 0 to 100 with up to three decimals");
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || rest.len() > 3 || !digits(rest) {
            return Err(wrong());
        }
        let thousandths: u32 = format!("{whole}{rest:0<3}").parse().map_err(|_| wrong())?;
        if thousandths <= 100_000 { Ok(Self(thousandths)) } else { Err(wrong()) }
    }
}

const EXPECTED: &str =
    "a latency: 250ms, { from: 100ms, to: 1s }, { median: 250ms, p99: 3s } or { percentiles: { 50: 250ms, 99: 3s } }";

impl FromNode for Latency {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self> {
        if node.text().is_some() {
            return Span::from_node(node, path, found).map(|span| Self::Fixed(span.0));
        }
        Section::read(node, path, found, EXPECTED, |section| {
            let mut span = |key| section.value::<Span>(key).map(|span| span.0);
            let (from, to, median) = (span("from"), span("to"), span("median"));
            let tails = [("p90", P90), ("p95", P95), ("p99", P99)].map(|(key, at)| Some((span(key)?, at)));
            let tails: Vec<(Duration, f64)> = tails.into_iter().flatten().collect();
            let table = table(section);
            let keys = ["from", "to", "median", "p90", "p95", "p99", "percentiles"].map(|key| section.gives(key));
            let checked = match keys {
                [true, true, false, false, false, false, false] => uniform(from?, to?),
                [false, false, true, _, _, _, false] if keys[3..6].iter().filter(|given| **given).count() == 1 => {
                    lognormal(median?, *tails.first()?)
                }
                [false, false, false, false, false, false, true] => percentiles(table?),
                _ => Err(format!("expected {EXPECTED}")),
            };
            checked.map_err(|message| section.fault("", &message)).ok()
        })
    }
}

/// The percentiles that are given; none if one of them is faulty.
fn table(section: &mut Section<'_>) -> Option<BTreeMap<Percentile, Span>> {
    let mut table = BTreeMap::new();
    let mut is_whole = true;
    for (key, text) in section.texts("percentiles") {
        match Percentile::from_text(&key).and_then(|at| Ok((at, Span::from_text(text.trim())?))) {
            Ok((at, span)) => _ = table.insert(at, span),
            Err(message) => {
                is_whole = false;
                section.fault("percentiles", &message);
            }
        }
    }
    is_whole.then_some(table)
}

fn uniform(from: Duration, to: Duration) -> Result<Latency, String> {
    if from > to {
        return Err("`from` is greater than `to`: exchange them".to_owned());
    }
    Ok(Latency::Uniform(from, to))
}

fn lognormal(median: Duration, (tail, at): (Duration, f64)) -> Result<Latency, String> {
    if median.is_zero() || tail < median {
        return Err("`median` must be above 0 and the upper percentile not below it".to_owned());
    }
    Ok(Latency::Lognormal(median.as_secs_f64(), (tail.as_secs_f64() / median.as_secs_f64()).ln() / at))
}

fn percentiles(table: BTreeMap<Percentile, Span>) -> Result<Latency, String> {
    let points: Vec<_> = table.into_iter().map(|(at, span)| (f64::from(at.0) / 1000.0, span.0.as_secs_f64())).collect();
    if points.is_empty() {
        return Err("`percentiles` is empty: write for example { 50: 250ms, 99: 3s }".to_owned());
    }
    if points.windows(2).any(|pair| pair[0].1 > pair[1].1) {
        return Err("`percentiles` must not fall: a higher percentile takes at least as long as a lower one".to_owned());
    }
    Ok(Latency::Table(points))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::faults::weather::file::read;

    /// Seconds at these percentiles of 20,000 samples.
    fn percentiles<const N: usize>(yaml: &str, at: [usize; N]) -> [f64; N] {
        let latency: Latency = read(yaml).unwrap();
        let mut dice = Rng::with_seed(3);
        let mut seconds: Vec<f64> = (0..20_000).map(|_| latency.sample(&mut dice).as_secs_f64()).collect();
        seconds.sort_by(f64::total_cmp);
        at.map(|at| seconds[(at * 200).min(19_999)])
    }

    fn near<const N: usize>(yaml: &str, at: [usize; N], expected: [f64; N]) {
        for (found, expected) in percentiles(yaml, at).into_iter().zip(expected) {
            assert!((found / expected - 1.0).abs() < 0.08, "{yaml}: {found} instead of {expected}");
        }
    }

    #[test]
    fn samples_fall_where_they_should() {
        near("250ms", [1, 99], [0.25, 0.25]);
        near("{ from: 100ms, to: 1100ms }", [10, 50, 90], [0.2, 0.6, 1.0]);
        near("{ median: 250ms, p99: 3s }", [50, 99], [0.25, 3.0]);
        near("{ median: 1s, p90: 2s }", [50, 90], [1.0, 2.0]);
        near("{ median: 1s, p95: 1s }", [2, 98], [1.0, 1.0]);
        near("{ percentiles: { 0: 100ms, 50: 200ms, 99.9: 1s } }", [25, 50, 75], [0.15, 0.2, 0.6]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            "{ from: 2s, to: 1s }",
            "{ from: 1s }",
            "{ median: 1s }",
            "{ median: 1s, p90: 2s, p99: 3s }",
            "{ median: 2s, p99: 1s }",
            "{ median: 1s, p99: 2s, to: 3s }",
            "{ percentiles: {} }",
            "{ percentiles: { 50: 2s, 90: 1s } }",
            "{ percentiles: { 101: 2s } }",
            "{}",
            "[1s]",
            "fast",
        ] {
            assert!(read::<Latency>(wrong).is_err(), "{wrong}");
        }
    }
}
