//! What the passes and the dispatcher of one service tell each other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::model::{Outcome, Permission, Problem, TargetKind, spelled};

/// The dispatcher turns at least this often, so that whoever watches it can tell waiting from hanging.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(1);

/// What passes and the dispatcher of a service tell each other.
#[derive(Debug)]
pub(crate) struct ServiceState {
    /// For the dispatcher: something was written down that may be due.
    pub nudge: Notify,
    /// For who makes the passes: a file moved on while its photo was on the way.
    pub rescan: Notify,
    /// Why nobody can sign in, while that is so.
    pub sign_in: watch::Sender<Option<Problem>>,
    /// What the application may not do, while that is so.
    pub forbidden: watch::Sender<Forbidden>,
    pass: AtomicI64,
    busy: AtomicBool,
    force: AtomicBool,
    halted: AtomicBool,
    planned: watch::Sender<bool>,
}

/// What the application lacks permissions for, and how that was found.
pub(crate) type Forbidden = BTreeMap<Permission, Problem>;

impl Default for ServiceState {
    fn default() -> Self {
        Self {
            nudge: Notify::new(),
            rescan: Notify::new(),
            sign_in: watch::Sender::new(None),
            forbidden: watch::Sender::new(Forbidden::new()),
            pass: AtomicI64::new(0),
            busy: AtomicBool::new(false),
            force: AtomicBool::new(false),
            halted: AtomicBool::new(false),
            planned: watch::Sender::new(false),
        }
    }
}

impl ServiceState {
    /// The newest pass; tries are journaled under it.
    pub(super) fn pass(&self) -> i64 {
        self.pass.load(Ordering::Relaxed)
    }

    /// Whether the dispatcher has something to send, now or when a pause is over.
    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Relaxed)
    }

    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Relaxed);
    }

    /// The next pass goes past a halt, as a person said.
    pub(crate) fn force_next(&self) {
        self.force.store(true, Ordering::Relaxed);
        self.rescan.notify_one();
    }

    /// The pass that went past it could judge nothing: the yes is to the next one.
    pub(crate) fn keep_force(&self) {
        self.force.store(true, Ordering::Relaxed);
    }

    /// Whether it does; asked once.
    pub(crate) fn take_force(&self) -> bool {
        self.force.swap(false, Ordering::Relaxed)
    }

    /// The guard halted everything, or nothing any more: then nothing is sent that was wanted before either.
    pub(crate) fn set_halted(&self, halted: bool) {
        self.halted.store(halted, Ordering::Relaxed);
    }

    /// Whether a pass has looked since rules, table or settings may have changed.
    pub(crate) fn is_planned(&self) -> bool {
        *self.planned.borrow()
    }

    /// Rules, table or settings may be others than those by which it was said what is due: nothing is sent until a pass has
    /// looked, or `true`: none can, and what was said before stands.
    pub(crate) fn set_planned(&self, planned: bool) {
        self.planned.send_replace(planned);
        self.nudge.notify_one();
    }

    /// Comes when a pass has looked.
    pub(crate) async fn planned(&self) {
        _ = self.planned.subscribe().wait_for(|planned| *planned).await;
    }

    /// Whether what is due has to stay.
    pub(super) fn holds_all(&self) -> bool {
        self.halted.load(Ordering::Relaxed) || !self.is_planned()
    }

    /// A pass was written down.
    pub(crate) fn pass_committed(&self, pass: i64) {
        self.set_halted(false);
        self.pass.store(pass, Ordering::Relaxed);
        self.set_planned(true);
    }

    /// A person had something made due, under this pass.
    pub(crate) fn journal_under(&self, pass: i64) {
        self.pass.store(pass, Ordering::Relaxed);
        self.nudge.notify_one();
    }

    /// What an outcome tells about the permission for this kind of targets; `lacks`: Graph said that it is missing.
    pub(super) fn note_outcome(&self, kind: TargetKind, outcome: &Outcome, lacks: bool) {
        match outcome {
            Outcome::Delivered { .. } | Outcome::Removed => _ = self.set_forbidden(Permission::Photos(kind), None),
            Outcome::Blocked { problem } if lacks => _ = self.set_forbidden(Permission::Photos(kind), Some(problem)),
            _ => {}
        }
    }

    /// Whether the directory may be asked; said when it changes.
    pub(crate) fn set_directory_problem(&self, problem: Option<&Problem>) {
        if let (true, Some(problem)) = (self.set_forbidden(Permission::Directory, problem), problem) {
            tracing::error!("The directory may not be asked: {}; what to do: {}", problem.detail, spelled(&problem.cure));
        }
    }

    fn set_forbidden(&self, what: Permission, problem: Option<&Problem>) -> bool {
        self.forbidden.send_if_modified(|known| match problem {
            Some(problem) => known.insert(what, problem.clone()).is_none(),
            None => known.remove(&what).is_some(),
        })
    }

    /// Nobody can sign in, or again somebody can; said when it changes.
    pub(crate) fn set_sign_in_problem(&self, trouble: Option<Problem>) {
        self.sign_in.send_if_modified(|known| {
            let news = *known != trouble;
            match &trouble {
                Some(problem) if news => {
                    tracing::error!("Sign-in fails: {}; what to do: {}", problem.detail, spelled(&problem.cure));
                }
                None if news => tracing::info!("Sign-in works again"),
                _ => {}
            }
            *known = trouble;
            news
        });
    }
}

/// Comes when the dispatcher is nudged; never for a run that ends by itself.
pub(super) async fn nudged(state: Option<&ServiceState>) {
    match state {
        Some(state) => state.nudge.notified().await,
        None => std::future::pending().await,
    }
}
