//! `upload`: how fast photos are sent and how failures are retried.

use std::time::Duration;

use super::reader::Section;
use super::units::{DAY, format_duration, secs};
use crate::delivery::UploadSettings;
use crate::flow::{PaceSettings, RetryPolicy};

/// Reads it: up to 64 uploads at once (1 to 64), as many as pace and latency need; 10 per second at the start or
/// `max_per_second` if that is lower, and never more than 20 per second, about what a tenant takes.
pub(super) fn read(section: &mut Section<'_, '_>) -> UploadSettings {
    let concurrency = section.integer("concurrency", 1..=64, 64_u16, "uploads at once");
    let max_per_second = section.float("max_per_second", 0.1..=100_000.0, 20.0, "uploads per second");
    let per_second = section.float("per_second", 0.1..=100_000.0, max_per_second.min(10.0), "uploads per second");
    if per_second > max_per_second {
        section
            .fault("per_second", format!("{per_second} is above max_per_second, {max_per_second}; lower it or raise the other"));
    }
    UploadSettings {
        concurrency: usize::from(concurrency),
        pace: PaceSettings { per_second, max_per_second },
        retry: section.section("retry", read_retry),
    }
}

/// From 2s on (100ms to 1h), doubling up to 15m (1s to 1d), for 7d (1m to 90d); a lower ceiling lowers what is under it.
fn read_retry(section: &mut Section<'_, '_>) -> RetryPolicy {
    let give_up_after = section.duration("give_up_after", secs(60)..=secs(90 * DAY)).unwrap_or(secs(7 * DAY));
    let max = section.duration("max", secs(1)..=secs(DAY)).unwrap_or(secs(900).min(give_up_after));
    let initial = section.duration("initial", Duration::from_millis(100)..=secs(3600)).unwrap_or(secs(2).min(max));
    for (key, value, above, limit) in [("initial", initial, "max", max), ("max", max, "give_up_after", give_up_after)] {
        if value > limit {
            let (value, limit) = (format_duration(value), format_duration(limit));
            section.fault(key, format!("{value} is above {above}, {limit}; lower it or raise the other"));
        }
    }
    let policy = RetryPolicy::try_new(initial, max, give_up_after);
    if let (Err(fault), false) = (&policy, section.is_faulty()) {
        section.fault("", fault);
    }
    policy.unwrap_or_default()
}
