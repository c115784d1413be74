//! How long answers take: always the same, anything between two, lognormal, or by a table of percentiles.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::time::Duration;

use fastrand::Rng;
use serde::{Deserialize, Deserializer};

use super::units::{Checked, FromText, Span, checked, from_text};

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

impl<'de> Deserialize<'de> for Percentile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer)
    }
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawLatency {
    from: Option<Span>,
    to: Option<Span>,
    median: Option<Span>,
    p90: Option<Span>,
    p95: Option<Span>,
    p99: Option<Span>,
    percentiles: Option<BTreeMap<Percentile, Span>>,
}

impl Checked for Latency {
    type Raw = RawLatency;
    const EXPECTED: &'static str =
        "a latency: 250ms, { from: 100ms, to: 1s }, { median: 250ms, p99: 3s } or { percentiles: { 50: 250ms, 99: 3s } }";

    fn check(raw: RawLatency) -> Result<Self, String> {
        let form = || format!("expected {}", Self::EXPECTED);
        let tails = [(raw.p90, P90), (raw.p95, P95), (raw.p99, P99)];
        let tails: Vec<(Duration, f64)> = tails.into_iter().filter_map(|(span, at)| Some((span?.0, at))).collect();
        match (raw.from, raw.to, raw.median, tails.as_slice(), raw.percentiles) {
            (Some(Span(from)), Some(Span(to)), None, [], None) => {
                if from > to {
                    return Err("`from` is greater than `to`: exchange them".to_owned());
                }
                Ok(Self::Uniform(from, to))
            }
            (None, None, Some(Span(median)), [(tail, at)], None) => {
                if median.is_zero() || *tail < median {
                    return Err("`median` must be above 0 and the upper percentile not below it".to_owned());
                }
                Ok(Self::Lognormal(median.as_secs_f64(), (tail.as_secs_f64() / median.as_secs_f64()).ln() / at))
            }
            (None, None, None, [], Some(table)) if !table.is_empty() => {
                let points: Vec<_> =
                    table.into_iter().map(|(at, span)| (f64::from(at.0) / 1000.0, span.0.as_secs_f64())).collect();
                if points.windows(2).any(|pair| pair[0].1 > pair[1].1) {
                    return Err(
                        "`percentiles` must not fall: a higher percentile takes at least as long as a lower one".to_owned()
                    );
                }
                Ok(Self::Table(points))
            }
            _ => Err(form()),
        }
    }

    fn word(word: &str) -> Result<Self, String> {
        Span::from_text(word.trim()).map(|span| Self::Fixed(span.0))
    }
}

impl<'de> Deserialize<'de> for Latency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds at these percentiles of 20,000 samples.
    fn percentiles<const N: usize>(yaml: &str, at: [usize; N]) -> [f64; N] {
        let latency: Latency = serde_yaml::from_str(yaml).unwrap();
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
            assert!(serde_yaml::from_str::<Latency>(wrong).is_err(), "{wrong}");
        }
    }
}
