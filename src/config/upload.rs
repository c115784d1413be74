//! `upload`: how fast photos are sent and how failures are retried.

use std::time::Duration;

use super::reader::Section;
use super::units::format_duration;
use super::units::secs;

/// How fast photos are sent.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Upload {
    /// Uploads in flight at once, 1 to 64. Default 4.
    pub concurrency: u16,
    /// Uploads per second at start, over all kinds, 0.1 to 100000; adapts from there. Default 5, or `max_per_second` if lower.
    pub per_second: f64,
    /// Uploads per second that are never exceeded, 0.1 to 100000. Default 20, about what a tenant takes.
    pub max_per_second: f64,
    /// How failures are retried.
    pub retry: Retry,
}

/// How failures are retried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Retry {
    /// Delay after the first failure, 100ms to 1h; doubles from there. Default 2s, or `max` if shorter.
    pub initial: Duration,
    /// Longest delay between two attempts, 1s to 1d. Default 15m, or `give_up_after` if shorter.
    pub max: Duration,
    /// Age of the first failure after which a person is asked, 1m to 90d. Default 7d.
    pub give_up_after: Duration,
}

impl Upload {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let concurrency = section.integer("concurrency", 1..=64, 4, "uploads at once");
        let max_per_second = section.float("max_per_second", 0.1..=100_000.0, 20.0, "uploads per second");
        let per_second = section.float("per_second", 0.1..=100_000.0, max_per_second.min(5.0), "uploads per second");
        if per_second > max_per_second {
            section.fault(
                "per_second",
                format!("{per_second} is above max_per_second, {max_per_second}; lower it or raise the other"),
            );
        }
        Self { concurrency, per_second, max_per_second, retry: section.section("retry", Retry::read) }
    }
}

impl Retry {
    fn read(section: &mut Section<'_, '_>) -> Self {
        let give_up_after = section.duration("give_up_after", secs(60)..=secs(90 * 86_400)).unwrap_or(secs(7 * 86_400));
        let max = section.duration("max", secs(1)..=secs(86_400)).unwrap_or(secs(900).min(give_up_after));
        let initial = section.duration("initial", Duration::from_millis(100)..=secs(3600)).unwrap_or(secs(2).min(max));
        for (key, value, above, limit) in [("initial", initial, "max", max), ("max", max, "give_up_after", give_up_after)] {
            if value > limit {
                let message = format!(
                    "{} is above {above}, {}; lower it or raise the other",
                    format_duration(value),
                    format_duration(limit)
                );
                section.fault(key, message);
            }
        }
        Self { initial, max, give_up_after }
    }
}
