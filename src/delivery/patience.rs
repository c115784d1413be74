//! How long an answer is waited for: not for ever, and no longer than others have to wait.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::graph::{Class, Client, Cure, Failure};

/// One upload's, with the questions before it.
pub(super) struct Patience {
    /// When the upload began.
    pub(super) begun: Duration,
    /// It is given up after this long ...
    pub(super) limit: Duration,
    /// ... or once uploads that began before this time are.
    pub(super) told: watch::Receiver<Duration>,
}

impl Patience {
    /// Comes when it has ended; says whether that was for what others were answered meanwhile.
    pub(super) async fn ends(&mut self, clock: &Clock) -> bool {
        let left = self.left(clock);
        tokio::select! {
            told = self.told.wait_for(|before| self.begun < *before) => told.is_ok(),
            () = tokio::time::sleep(left) => false,
        }
    }

    /// Comes when it has lasted too long, whatever others were answered.
    pub(super) async fn runs_out(&self, clock: &Clock) {
        tokio::time::sleep(self.left(clock)).await;
    }

    fn left(&self, clock: &Clock) -> Duration {
        self.limit.saturating_sub(clock.elapsed().saturating_sub(self.begun))
    }
}

/// Whoever waits for nothing hears a question out for this long: an answer takes its time.
const HEARD_OUT: Duration = Duration::from_secs(5);

/// For how long none of the questions that are under way was answered.
#[derive(Debug, Default)]
pub(super) struct Unanswered(Option<Duration>);

impl Unanswered {
    /// A question leaves.
    pub(super) fn asked(&mut self, now: Duration) {
        self.0.get_or_insert(now);
    }

    /// An answer came, whatever it says; others are under way, or not.
    pub(super) fn answered(&mut self, others: bool, now: Duration) {
        self.0 = others.then_some(now);
    }

    /// When that will have lasted too long for this patience.
    pub(super) fn until(&self, patience: Duration) -> Option<Duration> {
        self.0.map(|since| since.saturating_add(patience.max(HEARD_OUT)))
    }

    /// What is said then.
    pub(super) fn too_long(&self, graph: &Client, now: Duration) -> Failure {
        let waited = now.saturating_sub(self.0.unwrap_or(now));
        if let Some(failure) = graph.unheard(waited) {
            return failure;
        }
        let cure = "Run `photosyncd doctor`: it says what can be reached. Where answers are merely slow, give the command a longer \
                    `--patience`.";
        Failure { cure: cure.into(), ..no_answer(waited) }
    }
}

/// Nobody knows what became of it.
pub(super) fn no_answer(waited: Duration) -> Failure {
    Failure::local(
        Class::Transient,
        format!("Graph did not answer within {} s", waited.as_secs()),
        Cure::WaitThenAct("On a slow line lower upload.concurrency."),
    )
}
