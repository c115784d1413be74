//! How the service fares: which share of the last answers were accidents, and what that leaves of the pace.
//!
//! An accident (an overload, a reset, a time-out) says nothing about what is allowed, and a few of them are chance. Only
//! where many requests fail is it of use to send fewer, in proportion; with the last of them the pace is back at once.

use std::collections::VecDeque;
use std::time::Duration;

/// So many of the last answers are looked at, ...
const ANSWERS: usize = 60;
/// ... and all of this time, if those are more, ...
const SPAN: Duration = Duration::from_secs(4);
/// ... but none older than this: what was long ago says nothing about now.
const OLDEST: Duration = Duration::from_secs(10);
/// Fewer than these show no share.
const ENOUGH: usize = 20;
/// Up to this share is nobody's weather.
const CALM: f64 = 0.25;
/// What is left of the pace at least: with less it can't be seen that the weather clears.
const LEAST_LEFT: f64 = 0.1;

/// The last answers.
#[derive(Debug, Default)]
pub(super) struct Weather {
    /// When each came, and whether it was an accident.
    answers: VecDeque<(Duration, bool)>,
    accidents: usize,
    last_success: Option<Duration>,
}

impl Weather {
    /// An answer came; `accident`: one that is no answer to what was asked.
    pub(super) fn saw(&mut self, accident: bool, now: Duration) {
        self.answers.push_back((now, accident));
        self.accidents += usize::from(accident);
        if !accident {
            self.last_success = Some(now);
        }
        self.turn(now);
    }

    /// Time passes.
    pub(super) fn turn(&mut self, now: Duration) {
        while let Some((at, accident)) = self.answers.front() {
            let age = now.saturating_sub(*at);
            if age <= SPAN || (self.answers.len() <= ANSWERS && age <= OLDEST) {
                break;
            }
            self.accidents -= usize::from(*accident);
            self.answers.pop_front();
        }
    }

    /// Forgets all: an outage has ended.
    pub(super) fn clear(&mut self) {
        self.answers.clear();
        self.accidents = 0;
    }

    /// What is left of the pace, from a tenth to all of it.
    pub(super) fn left(&self) -> f64 {
        let count = u32::try_from(self.answers.len()).unwrap_or(u32::MAX);
        let accidents = u32::try_from(self.accidents).unwrap_or(u32::MAX);
        let share = f64::from(accidents) / f64::from(count.max(1));
        if self.answers.len() < ENOUGH || share <= CALM { 1.0 } else { (1.0 - share).max(LEAST_LEFT) }
    }

    /// Whether nothing was answered well for so long.
    pub(super) fn silent_for(&self, span: Duration, now: Duration) -> bool {
        self.last_success.is_none_or(|at| now.saturating_sub(at) >= span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_secs(1) + Duration::from_millis(ms)
    }

    /// Twenty answers a second for so long, every `nth` an accident; what is left then, and when it ended.
    fn play(weather: &mut Weather, from: u64, seconds: u64, nth: u64) -> (f64, u64) {
        let mut left = 1.0;
        let to = from + seconds * 1_000;
        for (count, ms) in (from..to).step_by(50).enumerate() {
            weather.saw((count as u64).is_multiple_of(nth), at(ms));
            left = weather.left();
        }
        (left, to)
    }

    #[test]
    fn the_pace_gives_way_in_proportion_to_the_share_that_fails() {
        for (nth, least, most) in [(100, 1.0, 1.0), (20, 1.0, 1.0), (5, 1.0, 1.0), (3, 0.6, 0.7), (2, 0.45, 0.55), (1, 0.1, 0.1)]
        {
            let (left, _) = play(&mut Weather::default(), 0, 60, nth);
            assert!((least..=most).contains(&left), "one of {nth}: {left}");
        }
    }

    #[test]
    fn it_is_back_within_seconds_of_the_last_accident() {
        let mut weather = Weather::default();
        let (left, ended) = play(&mut weather, 0, 60, 2);
        assert!(left < 0.6);
        let (left, _) = play(&mut weather, ended, 3, u64::MAX);
        assert!(left >= 1.0 - f64::EPSILON || weather.accidents == 1, "{left}");
        weather.turn(at(ended + 20_000));
        assert!(weather.left() >= 1.0 - f64::EPSILON && weather.answers.is_empty());
    }

    #[test]
    fn a_few_accidents_alone_show_nothing() {
        let mut weather = Weather::default();
        for ms in 0..19 {
            weather.saw(true, at(ms));
        }
        assert!(weather.left() >= 1.0 - f64::EPSILON);
        weather.saw(true, at(20));
        assert!(weather.left() <= LEAST_LEFT);
        assert!(weather.silent_for(SPAN, at(20)));
    }
}
