//! How many pictures are prepared at once.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// As many pictures are prepared at once as there are cores: more would only take memory from each other.
#[derive(Debug)]
pub(crate) struct PreparePermits {
    free: Mutex<usize>,
    left: Condvar,
}

/// A place for one picture.
pub(super) struct Permit<'a>(&'a PreparePermits);

impl PreparePermits {
    /// With a place for each core.
    pub(crate) fn new() -> Arc<Self> {
        let slots = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Arc::new(Self { free: Mutex::new(slots), left: Condvar::new() })
    }

    /// Waits for a place. Blocks: for threads that may.
    pub(super) fn acquire(&self) -> Permit<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.left.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Permit(self)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.left.notify_one();
    }
}
