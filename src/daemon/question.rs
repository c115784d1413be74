//! Whether Microsoft 365 answers again, asked every few seconds while passes ask it in vain: the next pass would find out
//! later, and cost more.

use std::time::Duration;

use crate::flow::longest_wait;

/// What is known of it. Times are spans since the clock was made.
#[derive(Debug, Default)]
pub(super) struct Question {
    /// Passes ask in vain since then.
    since: Option<Duration>,
    /// It is asked then; none: an answer came, and what a pass asks for is still not answered.
    next: Option<Duration>,
}

/// What a pass showed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum News {
    Began,
    Ended,
}

impl Question {
    /// A pass asked in vain, or got its answers.
    pub(super) fn passed(&mut self, in_vain: bool, now: Duration) -> Option<News> {
        match (in_vain, self.since) {
            (true, None) => {
                (self.since, self.next) = (Some(now), Some(now + longest_wait(Duration::ZERO)));
                Some(News::Began)
            }
            (false, Some(_)) => {
                *self = Self::default();
                Some(News::Ended)
            }
            _ => None,
        }
    }

    /// When it is to be asked.
    pub(super) const fn next(&self) -> Option<Duration> {
        self.next
    }

    /// It was asked. A pass that still asks in vain after an answer waits for its own time.
    pub(super) fn asked(&mut self, answered: bool, now: Duration) {
        let lasted = self.since.map_or(Duration::ZERO, |since| now.saturating_sub(since));
        self.next = (!answered).then(|| now + longest_wait(lasted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn it_is_asked_every_few_seconds_until_an_answer_comes_and_then_not_again() {
        let mut question = Question::default();
        assert_eq!((question.passed(false, s(1)), question.next()), (None, None));
        assert_eq!(question.passed(true, s(10)), Some(News::Began));
        let mut asked = 0;
        while let Some(at) = question.next().filter(|at| *at < s(310)) {
            question.asked(false, at);
            asked += 1;
        }
        assert!((55..=65).contains(&asked), "every 2 s for a minute, every 8 s from then on: {asked}");
        assert_eq!(question.passed(true, s(310)), None, "a pass in between changes nothing");
        question.asked(true, s(311));
        assert_eq!(question.next(), None);
        // What a pass asks for is refused all the same: it is no outage, and passes have their own time.
        assert_eq!((question.passed(true, s(312)), question.next()), (None, None));
        assert_eq!(question.passed(false, s(320)), Some(News::Ended));
        assert_eq!(question.passed(true, s(400)), Some(News::Began));
    }
}
