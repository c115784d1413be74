//! Delivers for as long as the service lives, beside the passes that say what is wanted.
//!
//! A sign-in that fails does not end it: it is tried again, ever more slowly, and said.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::dispatch::{Stop, Until};
use super::outcome::problem;
use super::progress::Progress;
use crate::ledger::{Ledger, LedgerError};
use crate::model::{Outcome, Permission, Problem, TargetKind};

/// The dispatcher turns at least this often, so that whoever watches it can tell waiting from hanging.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(1);
/// A failed sign-in is tried again after this long ...
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// ... and then ever later, up to this: a credential that was refused is not to be locked, one that was renewed is soon seen.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// What passes and the dispatcher of a service tell each other.
#[derive(Debug)]
pub(crate) struct Standing {
    /// For the dispatcher: something was written down that may be due.
    pub nudge: Notify,
    /// For who makes the passes: a file moved on while its photo was on the way.
    pub look: Notify,
    /// Why nobody can sign in, while that is so.
    pub sign_in: watch::Sender<Option<Problem>>,
    /// What the application may not do, while that is so.
    pub forbidden: watch::Sender<Forbidden>,
    pass: AtomicI64,
    busy: AtomicBool,
    force: AtomicBool,
}

/// What the application lacks permissions for, and how that was found.
pub(crate) type Forbidden = BTreeMap<Permission, Problem>;

impl Default for Standing {
    fn default() -> Self {
        Self {
            nudge: Notify::new(),
            look: Notify::new(),
            sign_in: watch::Sender::new(None),
            forbidden: watch::Sender::new(Forbidden::new()),
            pass: AtomicI64::new(0),
            busy: AtomicBool::new(false),
            force: AtomicBool::new(false),
        }
    }
}

impl Standing {
    /// The newest pass; tries are journaled under it.
    pub(super) fn pass(&self) -> i64 {
        self.pass.load(Ordering::Relaxed)
    }

    /// Whether the dispatcher has something to send, now or when a pause is over.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    pub(super) fn say_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// The next pass goes past a halt, as a person said.
    pub(crate) fn force_next(&self) {
        self.force.store(true, Ordering::Relaxed);
        self.look.notify_one();
    }

    /// Whether it does; asked once.
    pub(crate) fn take_force(&self) -> bool {
        self.force.swap(false, Ordering::Relaxed)
    }

    /// A pass was written down.
    pub(crate) fn committed(&self, pass: i64) {
        self.pass.store(pass, Ordering::Relaxed);
        self.nudge.notify_one();
    }

    /// What an outcome tells about the permission for this kind of targets; `lacks`: Graph said that it is missing.
    pub(super) fn hear_outcome(&self, kind: TargetKind, outcome: &Outcome, lacks: bool) {
        match outcome {
            Outcome::Delivered { .. } | Outcome::Removed => _ = self.say_forbidden(Permission::Photos(kind), None),
            Outcome::Blocked { problem } if lacks => _ = self.say_forbidden(Permission::Photos(kind), Some(problem)),
            _ => {}
        }
    }

    /// Whether the directory may be asked; said when it changes.
    pub(super) fn say_directory(&self, problem: Option<&Problem>) {
        if let (true, Some(problem)) = (self.say_forbidden(Permission::Directory, problem), problem) {
            tracing::error!("The directory may not be asked: {}; what to do: {}", problem.detail, problem.cure);
        }
    }

    fn say_forbidden(&self, what: Permission, problem: Option<&Problem>) -> bool {
        self.forbidden.send_if_modified(|known| match problem {
            Some(problem) => known.insert(what, problem.clone()).is_none(),
            None => known.remove(&what).is_some(),
        })
    }

    /// Nobody can sign in, or again somebody can; said when it changes.
    pub(crate) fn say_sign_in(&self, trouble: Option<Problem>) {
        self.sign_in.send_if_modified(|known| {
            let news = *known != trouble;
            match &trouble {
                Some(problem) if news => tracing::error!("Sign-in fails: {}; what to do: {}", problem.detail, problem.cure),
                None if news => tracing::info!("Sign-in works again"),
                _ => {}
            }
            *known = trouble;
            news
        });
    }
}

/// Comes when the dispatcher is nudged; never for a run that ends by itself.
pub(super) async fn nudged(standing: Option<&Standing>) {
    match standing {
        Some(standing) => standing.nudge.notified().await,
        None => std::future::pending().await,
    }
}

impl Engine {
    /// Proves the credential; says so if it is refused, or if nobody can be asked.
    pub(crate) async fn check_sign_in(&self, standing: &Standing) -> bool {
        let outcome = self.graph.sign_in().await;
        let works = outcome.is_ok();
        standing.say_sign_in(outcome.err().map(|failure| problem(&failure)));
        works
    }

    /// Delivers what is due, whenever something is, until cancelled; then what is in flight is let finish. `tell` is
    /// called at least every [`HEARTBEAT`] while it turns. Errors: the ledger can't be used.
    pub(crate) async fn serve(
        &self,
        ledger: &Ledger,
        standing: &Standing,
        cancelled: CancellationToken,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<(), LedgerError> {
        let until = Until { patience: Duration::MAX, max_duration: None, limit: None, cancelled };
        let mut run = self.run(ledger, standing.pass(), None, &until, Some(standing)).await?;
        let mut wait = FIRST_WAIT;
        let mut delivered = 0;
        loop {
            let outcome = run.turn(tell).await;
            run.land().await?;
            tell(run.progress());
            outcome?;
            if run.done.delivered > delivered {
                (wait, delivered) = (FIRST_WAIT, run.done.delivered);
            }
            // It ends for these two reasons only.
            let Some(Stop::SignIn(problem)) = run.done.stop.take() else { return Ok(()) };
            standing.say_sign_in(Some(problem));
            let beat = || tell(run.progress());
            loop {
                if !rest(wait, &until.cancelled, &beat).await {
                    return Ok(());
                }
                wait = (wait * 2).min(LONGEST_WAIT);
                let checked = tokio::select! {
                    works = self.check_sign_in(standing) => works,
                    () = beating(&beat) => false,
                    () = until.cancelled.cancelled() => return Ok(()),
                };
                if checked {
                    break;
                }
            }
        }
    }
}

/// Waits; false if it was cancelled meanwhile.
async fn rest(span: Duration, cancelled: &CancellationToken, beat: &(dyn Fn() + Sync)) -> bool {
    tokio::select! {
        () = tokio::time::sleep(span) => true,
        () = beating(beat) => false,
        () = cancelled.cancelled() => false,
    }
}

/// Shows that the dispatcher lives while it waits for something else; never ends.
async fn beating(beat: &(dyn Fn() + Sync)) {
    loop {
        beat();
        tokio::time::sleep(HEARTBEAT).await;
    }
}
