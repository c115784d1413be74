//! Whether the wall clock can be believed about ages. What is destroyed because it is old (a removal's grace, a backup, a
//! row of the journal) is as old as the wall clock says, and that clock may be set by a dead battery, a wrong time server
//! or a hand. A clock that the machine runs by tells when it jumped; from a jump on, every such age begins again.

use std::time::Duration;

use super::Timestamp;

/// Time servers move a clock by less than this, and leap seconds, too.
const TOLERANCE: Duration = Duration::from_secs(10 * 60);
/// A machine that was off for longer may as well have a wrong clock.
const LONGEST_OFF: Duration = Duration::from_secs(32 * 24 * 3600);

/// A reading of a clock that nobody sets: time since the machine started, sleep included.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Steady {
    /// The start of the machine that it counts from; readings of two starts can't be compared.
    pub boot: String,
    /// Milliseconds since.
    pub millis: i64,
}

/// What a pass saw of the clocks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ClockMemory {
    /// The wall clock.
    pub wall: Timestamp,
    /// The steady one.
    pub steady: Steady,
    /// When the wall clock jumped last, as it showed just after.
    pub jumped_at: Option<Timestamp>,
}

impl ClockMemory {
    /// What there is to remember now, and by how many milliseconds the wall clock jumped since `before`, if it did.
    pub(crate) fn next(before: Option<Self>, wall: Timestamp, steady: Steady) -> (Self, Option<i64>) {
        let Some(before) = before else { return (Self { wall, steady, jumped_at: None }, None) };
        let passed = wall.millis().saturating_sub(before.wall.millis());
        let (least, most) = if steady.boot == before.steady.boot {
            let passed = steady.millis.saturating_sub(before.steady.millis);
            (passed, passed)
        } else {
            (0, millis(LONGEST_OFF))
        };
        let beyond = passed - passed.clamp(least, most);
        let jump = Some(beyond).filter(|beyond| beyond.saturating_abs() > millis(TOLERANCE));
        let jumped_at = if jump.is_some() { Some(wall) } else { before.jumped_at };
        (Self { wall, steady, jumped_at }, jump)
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const DAY: i64 = 24 * HOUR;
    /// 2026.
    const NOW: i64 = 1_790_000_000_000;

    fn at(wall: i64, boot: &str, millis: i64) -> (Timestamp, Steady) {
        (Timestamp::from_millis(wall), Steady { boot: boot.to_owned(), millis })
    }

    fn jump(before: (Timestamp, Steady), now: (Timestamp, Steady)) -> Option<i64> {
        let (memory, none) = ClockMemory::next(None, before.0, before.1);
        assert_eq!((none, memory.jumped_at), (None, None), "the first look compares with nothing");
        let (memory, jump) = ClockMemory::next(Some(memory), now.0, now.1);
        assert_eq!(memory.jumped_at.is_some(), jump.is_some());
        jump
    }

    #[test]
    fn a_jump_is_what_the_steady_clock_did_not_do() {
        let before = || at(NOW, "a", 5 * HOUR);
        for (wall, steady, expected) in [
            (NOW + HOUR, 6 * HOUR, None),
            (NOW + 400 * DAY, 5 * HOUR + 400 * DAY, None),
            (NOW + HOUR + 5 * 60_000, 6 * HOUR, None),
            (NOW + DAY, 6 * HOUR, Some(23 * HOUR)),
            (NOW - DAY, 5 * HOUR, Some(-DAY)),
            (0, 5 * HOUR, Some(-NOW)),
            (4_102_444_800_000, 5 * HOUR, Some(4_102_444_800_000 - NOW)),
        ] {
            assert_eq!(jump(before(), at(wall, "a", steady)), expected, "{wall} {steady}");
        }
        // The machine started meanwhile, and nobody knows how long it was off.
        for (wall, jumps) in [(NOW, false), (NOW + 31 * DAY, false), (NOW + 33 * DAY, true), (NOW - HOUR, true), (0, true)] {
            assert_eq!(jump(before(), at(wall, "b", 60_000)).is_some(), jumps, "{wall}");
        }
        for odd in [i64::MIN, i64::MAX] {
            assert!(jump(before(), at(odd, "a", odd)).is_none() || jump(before(), at(odd, "b", 0)).is_some());
        }
    }

    #[test]
    fn a_jump_is_remembered_until_the_next() {
        let (memory, _) = ClockMemory::next(None, Timestamp::from_millis(NOW), at(0, "a", 0).1);
        let (wall, steady) = at(NOW + 9 * DAY, "a", HOUR);
        let (memory, _) = ClockMemory::next(Some(memory), wall, steady);
        let (later, steady) = at(NOW + 10 * DAY, "a", HOUR + DAY);
        let (memory, jump) = ClockMemory::next(Some(memory), later, steady);
        assert_eq!((jump, memory.jumped_at), (None, Some(wall)));
        let (back, steady) = at(NOW, "a", HOUR + DAY);
        let (memory, jump) = ClockMemory::next(Some(memory), back, steady);
        assert_eq!((jump, memory.jumped_at), (Some(-10 * DAY), Some(back)));
    }
}
