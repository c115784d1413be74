//! How many uploads are in flight: as many as the pace needs at the latency seen, with head room.

use std::collections::VecDeque;
use std::time::Duration;

/// Uploads in flight at least, whatever the pace.
const LEAST: usize = 4;
/// Head room above pace × latency: answers don't come evenly.
const HEAD_ROOM: f64 = 1.75;
/// Taken for the latency before anything was delivered.
const UNKNOWN: Duration = Duration::from_secs(2);
/// So many of the last deliveries tell the latency.
const LAST: usize = 60;
/// What is in flight for so many times the usual latency, and at least for this long, is late: it no longer takes up the
/// place of another. Only the ceiling holds it back.
const LATE: (u32, Duration) = (2, Duration::from_secs(1));
/// After so many times the usual latency, and at least so long, an upload hangs: nobody who is there takes so long.
const HANGS: (u32, Duration) = (4, Duration::from_secs(5));
/// After so many times the usual latency, and at least so long, an upload is given up; one second more for each of these bytes.
const GIVEN_UP: (u32, Duration) = (10, Duration::from_secs(30));
const BYTES_A_SECOND: u64 = 32_000;

/// The latency of deliveries, from the start of an upload until its outcome is known: questions and reads before and after
/// it are part of it. Faults are left out, since they often come faster.
#[derive(Debug, Default)]
pub(super) struct Flight {
    last: VecDeque<Duration>,
    usual: Option<Duration>,
}

impl Flight {
    /// A delivery took so long.
    pub(super) fn took(&mut self, latency: Duration) {
        self.last.push_back(latency);
        if self.last.len() > LAST {
            self.last.pop_front();
        }
        let mut sorted: Vec<Duration> = self.last.iter().copied().collect();
        sorted.sort_unstable();
        // Nine of ten are as fast.
        self.usual = sorted.get((sorted.len() * 9 / 10).min(sorted.len() - 1)).copied();
    }

    /// Uploads in flight at most, late ones aside, at so many per second and under this ceiling.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far from the ends, and clamped")]
    pub(super) fn limit(&self, per_second: f64, ceiling: usize) -> usize {
        let needed = (per_second * self.usual.unwrap_or(UNKNOWN).as_secs_f64() * HEAD_ROOM).ceil();
        (needed as usize).clamp(LEAST.min(ceiling), ceiling)
    }

    /// After how long in flight an upload hangs.
    pub(super) fn hangs_after(&self) -> Duration {
        self.usual.map_or(HANGS.1, |usual| (usual * HANGS.0).max(HANGS.1))
    }

    /// After how long an upload of so many bytes is given up.
    pub(super) fn given_up_after(&self, bytes: u64) -> Duration {
        (self.usual.unwrap_or(UNKNOWN) * GIVEN_UP.0).max(GIVEN_UP.1) + Duration::from_secs(bytes / BYTES_A_SECOND)
    }

    /// After how long in flight an upload is late.
    pub(super) fn late_after(&self) -> Duration {
        (self.usual.unwrap_or(UNKNOWN) * LATE.0).max(LATE.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_pace_and_the_latency_between_four_and_the_ceiling() {
        let mut flight = Flight::default();
        assert_eq!(flight.limit(10.0, 64), 35, "before anything is known");
        for (ms, per_second, ceiling, limit) in [
            (40, 20.0, 64, 4),
            (600, 20.0, 64, 21),
            (1_500, 20.0, 64, 53),
            (3_000, 20.0, 64, 64),
            (1_500, 20.0, 8, 8),
            (40, 1.0, 2, 2),
        ] {
            for _ in 0..LAST {
                flight.took(Duration::from_millis(ms));
            }
            assert_eq!(flight.limit(per_second, ceiling), limit, "{ms} ms");
        }
        for _ in 0..5 {
            flight.took(Duration::from_secs(90));
        }
        assert_eq!(flight.late_after(), Duration::from_secs(1), "a few slow ones are not the usual");
        assert_eq!(flight.hangs_after(), Duration::from_secs(5));
        assert_eq!(flight.given_up_after(4_000_000), Duration::from_secs(155), "a slow line has its time");
        for _ in 0..LAST {
            flight.took(Duration::from_secs(9));
        }
        assert_eq!((flight.hangs_after().as_secs(), flight.given_up_after(0).as_secs()), (36, 90));
    }
}
