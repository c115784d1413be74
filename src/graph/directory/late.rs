//! A question that is answered far later than its like is asked once more, and the first answer counts: of hundreds that
//! leave together, one that hangs would hold up all that wait for it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::watch;

use super::super::{Class, Failure};
use crate::clock::Clock;

/// So many answers tell how long one takes.
const ENOUGH: usize = 8;
/// Later than so many times what half of them took, and than this, is late.
const TIMES: u32 = 3;
const LEAST: Duration = Duration::from_millis(300);
/// One question in so many is asked again at most: where all are slow, nothing is gained by asking more.
const ONE_IN: usize = 10;

/// How long the answers of one round take.
#[derive(Debug)]
pub(super) struct Lateness {
    clock: Clock,
    answers: Mutex<Answers>,
    late_after: watch::Sender<Option<Duration>>,
}

#[derive(Debug, Default)]
struct Answers {
    /// In order.
    took: Vec<Duration>,
    asked_again: usize,
}

impl Lateness {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, answers: Mutex::default(), late_after: watch::Sender::new(None) }
    }

    /// Asks, and once more if that is late.
    pub(super) async fn first_answer<T, Asking>(&self, ask: impl Fn() -> Asking) -> Result<T, Failure>
    where
        Asking: Future<Output = Result<T, Failure>>,
    {
        let asked_at = self.clock.elapsed();
        let mut first = Box::pin(ask());
        tokio::select! {
            answer = &mut first => {
                if answer.is_ok() {
                    self.took(self.clock.elapsed().saturating_sub(asked_at));
                }
                return answer;
            }
            () = self.is_late(asked_at) => {}
        }
        tracing::debug!("a directory question that is answered late is asked once more");
        let second = Box::pin(ask());
        match select(first, second).await {
            // That they are too many is said to both.
            Either::Left((Err(failure), _)) | Either::Right((Err(failure), _)) if failure.class == Class::Throttled => {
                Err(failure)
            }
            Either::Left((Err(_), second)) => second.await,
            Either::Right((Err(_), first)) => first.await,
            Either::Left((answer, _)) | Either::Right((answer, _)) => answer,
        }
    }

    fn took(&self, span: Duration) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let at = answers.took.partition_point(|before| *before <= span);
        answers.took.insert(at, span);
        let count = answers.took.len();
        if count >= ENOUGH {
            let late_after = (answers.took[count / 2] * TIMES).max(LEAST);
            self.late_after.send_replace(Some(late_after));
        }
    }

    /// Comes when what was asked then is late, and may be asked again.
    async fn is_late(&self, asked_at: Duration) {
        let mut told = self.late_after.subscribe();
        loop {
            let late_at = told.borrow_and_update().map(|after| asked_at + after);
            let left = late_at.map(|at| at.saturating_sub(self.clock.elapsed()));
            if left.is_some_and(|left| left.is_zero()) && self.may_ask_again() {
                return;
            }
            let waiting = left.filter(|left| !left.is_zero());
            tokio::select! {
                // Its sender lives as long as this.
                _ = told.changed() => {}
                () = tokio::time::sleep(waiting.unwrap_or_default()), if waiting.is_some() => {}
            }
        }
    }

    fn may_ask_again(&self) -> bool {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let may = answers.asked_again < answers.took.len().div_ceil(ONE_IN);
        answers.asked_again += usize::from(may);
        may
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn after_answers(count: usize) -> Lateness {
        let lateness = Lateness::new(Clock::system());
        for _ in 0..count {
            assert_eq!(lateness.first_answer(|| async { Ok(()) }).await, Ok(()));
        }
        lateness
    }

    /// Asks; the first time it hangs, the second time this comes. Nothing if that takes a second.
    async fn hangs_then(lateness: &Lateness, answer: Result<u8, Failure>) -> Option<Result<u8, Failure>> {
        let asked = AtomicUsize::new(0);
        let asking = lateness.first_answer(|| {
            let hangs = asked.fetch_add(1, Ordering::Relaxed) == 0;
            let answer = answer.clone();
            async move { if hangs { pending().await } else { answer } }
        });
        tokio::time::timeout(Duration::from_secs(1), asking).await.ok()
    }

    #[tokio::test]
    async fn one_that_hangs_is_asked_once_more_where_enough_is_known() {
        assert_eq!(hangs_then(&after_answers(ENOUGH - 1).await, Ok(1)).await, None);
        let lateness = after_answers(ENOUGH).await;
        assert_eq!(hangs_then(&lateness, Ok(1)).await, Some(Ok(1)));
        assert_eq!(hangs_then(&lateness, Ok(1)).await, None, "one of ten at most");
        assert_eq!(hangs_then(&after_answers(ONE_IN + 1).await, Ok(1)).await, Some(Ok(1)));
    }

    #[tokio::test]
    async fn a_second_that_fails_leaves_the_first_unless_it_is_a_limit() {
        let failure = |class| Failure::local(class, "said no".to_owned(), super::super::super::cure::Cure::WaitThenAct(""));
        assert_eq!(hangs_then(&after_answers(ENOUGH).await, Err(failure(Class::Transient))).await, None);
        let limit = failure(Class::Throttled);
        assert_eq!(hangs_then(&after_answers(ENOUGH).await, Err(limit.clone())).await, Some(Err(limit)));
    }
}
