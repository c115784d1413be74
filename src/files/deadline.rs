//! Work on a file system that may not answer: a thread of its own does it, and whoever asked goes on without it once
//! nothing moves any more. A thread that the kernel does not let go can't be ended, so it is left behind.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::threads::Threads;

/// A thread stays for so long after its work.
static THREADS: Threads = Threads::new(Duration::from_secs(2));
/// How often it is looked at whether anything moved.
const SLICE: Duration = Duration::from_secs(1);
/// Threads left behind at one place: a file system that hangs must not collect ever more of them.
const MAX_LEFT: u32 = 16;
/// Beyond that one in so many tries is let through: threads of a mount that was replaced may stay for good, and the one in
/// its place is to be noticed all the same.
const LET_THROUGH: u32 = 10;

/// How long a file system may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Patience {
    /// From one step to the next.
    pub still: Duration,
    /// In all.
    pub whole: Duration,
}

impl Patience {
    /// In all, whether it moves or not.
    pub(crate) const fn of(whole: Duration) -> Self {
        Self { still: whole, whole }
    }
}

/// The file system did not answer for so long.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it does not answer (waited {} s)", .0.as_secs_f64().ceil())]
pub(crate) struct NoAnswer(pub Duration);

/// Tells that the work moves, and whether anybody still waits for it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    steps: AtomicU64,
    given_up: AtomicBool,
}

impl Progress {
    /// The file system answered. False: nobody waits any more, so the work may end.
    pub(crate) fn step(&self) -> bool {
        self.steps.fetch_add(1, Ordering::Relaxed);
        !self.given_up.load(Ordering::Relaxed)
    }
}

/// Threads that were left behind at a place, and tries refused because of them.
#[derive(Default)]
struct LeftBehind {
    threads: u32,
    refused: u32,
}

fn left_behind() -> MutexGuard<'static, BTreeMap<PathBuf, LeftBehind>> {
    static LEFT: Mutex<BTreeMap<PathBuf, LeftBehind>> = Mutex::new(BTreeMap::new());
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether another thread may be risked at a place.
fn may_begin(place: &Path) -> bool {
    let mut all = left_behind();
    let Some(left) = all.get_mut(place).filter(|left| left.threads >= MAX_LEFT) else { return true };
    left.refused = left.refused.wrapping_add(1);
    left.refused.is_multiple_of(LET_THROUGH)
}

/// What comes of the work, if it comes in time; `place` is what it may hang at. Blocks, but never for longer than the
/// patience. A panic of the work goes on here.
pub(crate) fn run_in_time<T: Send + 'static>(
    place: &Path,
    patience: Patience,
    work: impl FnOnce(&Progress) -> T + Send + 'static,
) -> Result<T, NoAnswer> {
    if !may_begin(place) {
        return Err(NoAnswer(patience.still));
    }
    let progress = Arc::new(Progress::default());
    let (sender, receiver) = channel();
    let (own, own_place) = (Arc::clone(&progress), place.to_owned());
    let begun = THREADS.begin(Box::new(move || {
        let done = catch_unwind(AssertUnwindSafe(|| work(&own)));
        // Whoever asked may have given up.
        _ = sender.send(done);
        // Sent before this, so that whoever gives up under the lock knows whether it came.
        let mut all = left_behind();
        if own.given_up.load(Ordering::Relaxed)
            && let Some(left) = all.get_mut(&own_place)
        {
            left.threads = left.threads.saturating_sub(1);
            if left.threads == 0 {
                all.remove(&own_place);
            }
        }
    }));
    if begun.is_err() {
        return Err(NoAnswer(Duration::ZERO));
    }
    let (mut spent, mut still, mut seen) = (Duration::ZERO, Duration::ZERO, 0);
    while still < patience.still && spent < patience.whole {
        let slice = SLICE.min(patience.still.saturating_sub(still)).min(patience.whole.saturating_sub(spent));
        match receiver.recv_timeout(slice) {
            Ok(done) => return Ok(done.unwrap_or_else(|panic| resume_unwind(panic))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(NoAnswer(spent)),
        }
        let now = progress.steps.load(Ordering::Relaxed);
        still = if now == seen { still + slice } else { Duration::ZERO };
        (spent, seen) = (spent + slice, now);
    }
    let mut all = left_behind();
    // It may have come at the last moment.
    if let Ok(done) = receiver.try_recv() {
        return Ok(done.unwrap_or_else(|panic| resume_unwind(panic)));
    }
    progress.given_up.store(true, Ordering::Relaxed);
    all.entry(place.to_owned()).or_default().threads += 1;
    Err(NoAnswer(if still >= patience.still { patience.still } else { patience.whole }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Patience = Patience::of(Duration::from_millis(20));

    #[test]
    fn a_place_that_hangs_costs_neither_the_time_nor_ever_more_threads() {
        let path = Path::new("/hangs");
        let (go, gate) = channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let (begun, count) = channel();
        let hang = || {
            let (gate, begun) = (Arc::clone(&gate), begun.clone());
            run_in_time(path, SOON, move |_| {
                begun.send(()).unwrap();
                let _ = gate.lock().unwrap().recv();
            })
        };
        for _ in 0..MAX_LEFT + 2 * LET_THROUGH {
            assert_eq!(hang(), Err(NoAnswer(SOON.still)));
        }
        assert_eq!(count.try_iter().count(), (MAX_LEFT + 2) as usize);
        assert_eq!(run_in_time(Path::new("/answers"), SOON, |_| 7), Ok(7), "another place");
        drop(go);
        // When it answers again, it is looked at again.
        while hang().is_err() {
            std::thread::yield_now();
        }
        while left_behind().contains_key(path) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_moves_has_time_up_to_the_whole_and_what_is_given_up_hears_of_it() {
        let (go, gate) = channel::<()>();
        let (heard, ended) = channel();
        let patience = Patience { still: Duration::from_millis(500), whole: Duration::from_millis(900) };
        let outcome = run_in_time(Path::new("/drips"), patience, move |progress| {
            while progress.step() {
                let _ = gate.recv_timeout(Duration::from_millis(20));
            }
            heard.send(()).unwrap();
        });
        assert_eq!(outcome, Err(NoAnswer(patience.whole)));
        ended.recv().unwrap();
        drop(go);
    }

    #[test]
    #[should_panic(expected = "a fault of the work")]
    fn a_fault_of_the_work_is_no_silence() {
        let _ =
            run_in_time(Path::new("/faulty"), Patience::of(Duration::from_secs(60)), |_| -> u8 { panic!("a fault of the work") });
    }
}
