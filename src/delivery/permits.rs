//! How many pictures are prepared at once, and how much memory all of them may take.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Of the whole, one part in so many is for files that are held until their picture is made.
const FILES: u64 = 4;
/// Who waits is woken alone, as long as no more than so many do.
const BELLS: usize = 32;

/// As many pictures are prepared at once as there are cores, and no more than fit into the memory given, all together.
/// Files and pictures have a part each: whoever waits for room for a picture holds a file already, and must not wait for
/// others who do the same.
#[derive(Debug)]
pub(crate) struct PreparePermits {
    files: Pool,
    pictures: Pool,
}

/// Places and bytes. Who asks first is served first, so that a large picture is not kept waiting by many small ones.
#[derive(Debug)]
struct Pool {
    most: u64,
    state: Mutex<State>,
    /// Whoever has a number waits at the one that it falls on.
    bells: [Condvar; BELLS],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct State {
    places: u64,
    bytes: u64,
    /// The number that the next one who asks is given, and the one whose turn it is.
    next: u64,
    turn: u64,
}

/// Room that is given back at the end.
pub(crate) struct Permit<'a> {
    pool: &'a Pool,
    bytes: u64,
}

impl PreparePermits {
    /// With a place for each core, and so many bytes for all.
    pub(crate) fn new(max_memory: u64) -> Arc<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Arc::new(Self::with(cores as u64, max_memory))
    }

    fn with(cores: u64, max_memory: u64) -> Self {
        let files = max_memory / FILES;
        Self { files: Pool::new(u64::MAX, files), pictures: Pool::new(cores, max_memory - files) }
    }

    /// Most bytes that one picture may take.
    pub(super) const fn most(&self) -> u64 {
        self.pictures.most
    }

    /// Waits for room for a file; one that is larger than all of it has it for itself. Blocks: for threads that may.
    pub(super) fn file(&self, bytes: u64) -> Permit<'_> {
        self.files.acquire(bytes)
    }

    /// Waits for a place and for room for a picture. Blocks: for threads that may.
    pub(super) fn picture(&self, bytes: u64) -> Permit<'_> {
        self.pictures.acquire(bytes)
    }
}

impl Pool {
    fn new(places: u64, bytes: u64) -> Self {
        let state = State { places, bytes, next: 0, turn: 0 };
        Self { most: bytes, state: Mutex::new(state), bells: Default::default() }
    }

    fn acquire(&self, bytes: u64) -> Permit<'_> {
        let bytes = bytes.min(self.most);
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        let waits = |state: &mut State| state.turn != number || state.places == 0 || state.bytes < bytes;
        let mut state = self.bell(number).wait_while(state, waits).unwrap_or_else(PoisonError::into_inner);
        state.turn += 1;
        state.places -= 1;
        state.bytes -= bytes;
        // There may be room for the next one, too.
        self.wake_next(state);
        Permit { pool: self, bytes }
    }

    /// Wakes the one whose turn it is, if somebody waits.
    fn wake_next(&self, state: MutexGuard<'_, State>) {
        let State { next, turn, .. } = *state;
        drop(state);
        if next != turn {
            self.bell(turn).notify_all();
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "less than the number of bells")]
    const fn bell(&self, number: u64) -> &Condvar {
        &self.bells[(number % BELLS as u64) as usize]
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        state.places += 1;
        state.bytes += self.bytes;
        self.pool.wake_next(state);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn whatever_comes_at_once_stays_within_the_memory_and_all_comes_to_its_end() {
        let permits = PreparePermits::with(3, 1_000);
        let (files, pictures, slots) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let within = |sum: &AtomicU64, more: u64, most: u64| {
            assert!(sum.fetch_add(more, Ordering::SeqCst) + more <= most);
        };
        std::thread::scope(|scope| {
            for worker in 0..40 {
                let (permits, files, pictures, slots) = (&permits, &files, &pictures, &slots);
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(worker);
                    for _ in 0..100 {
                        let (file, picture) = (random.u64(0..400), random.u64(0..1_200));
                        let held = permits.file(file);
                        within(files, file.min(250), 250);
                        let making = permits.picture(picture);
                        within(pictures, picture.min(750), 750);
                        within(slots, 1, 3);
                        std::thread::yield_now();
                        slots.fetch_sub(1, Ordering::SeqCst);
                        pictures.fetch_sub(picture.min(750), Ordering::SeqCst);
                        drop(making);
                        files.fetch_sub(file.min(250), Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
        for (pool, places) in [(&permits.files, u64::MAX), (&permits.pictures, 3)] {
            let state = *pool.state();
            assert_eq!((state.places, state.bytes, state.next), (places, pool.most, state.turn));
        }
    }

    #[test]
    fn a_large_one_is_not_passed_by_small_ones() {
        let permits = PreparePermits::with(8, 1_000);
        let (sender, order) = channel();
        std::thread::scope(|scope| {
            let first = permits.picture(700);
            let asked = |count: u64| {
                while permits.pictures.state().next < count {
                    std::thread::yield_now();
                }
            };
            for (number, bytes) in [(2, 750), (3, 10), (4, 10)] {
                let (permits, sender) = (&permits, sender.clone());
                scope.spawn(move || {
                    let permit = permits.picture(bytes);
                    sender.send(bytes).unwrap();
                    drop(permit);
                });
                asked(number);
            }
            drop(first);
        });
        assert_eq!(order.try_iter().collect::<Vec<_>>(), [750, 10, 10]);
    }
}
