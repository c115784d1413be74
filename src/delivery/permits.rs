//! How many pictures are prepared at once, and how much memory all of them may take.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Of the whole, one part in so many is for files that are held until their picture is made.
const FILES: u64 = 4;

/// As many pictures are prepared at once as there are cores, and no more than fit into the memory given, all together.
/// Files and pictures have a part each: whoever waits for room for a picture holds a file already, and must not wait for
/// others who do the same.
#[derive(Debug)]
pub(crate) struct PreparePermits {
    most: Room,
    free: Mutex<Room>,
    left: Condvar,
}

/// Places, and bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Room {
    slots: u64,
    files: u64,
    pictures: u64,
}

/// Room that is given back at the end.
pub(crate) struct Permit<'a> {
    of: &'a PreparePermits,
    taken: Room,
}

impl PreparePermits {
    /// With a place for each core, and so many bytes for all.
    pub(crate) fn new(max_memory: u64) -> Arc<Self> {
        let slots = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Arc::new(Self::with(slots as u64, max_memory))
    }

    fn with(slots: u64, max_memory: u64) -> Self {
        let files = max_memory / FILES;
        let most = Room { slots, files, pictures: max_memory - files };
        Self { most, free: Mutex::new(most), left: Condvar::new() }
    }

    /// Most bytes that one picture may take.
    pub(super) const fn most(&self) -> u64 {
        self.most.pictures
    }

    /// Waits for room for a file; one that is larger than all of it has it for itself. Blocks: for threads that may.
    pub(super) fn file(&self, bytes: u64) -> Permit<'_> {
        self.acquire(Room { slots: 0, files: bytes.min(self.most.files), pictures: 0 })
    }

    /// Waits for a place and for room for a picture. Blocks: for threads that may.
    pub(super) fn picture(&self, bytes: u64) -> Permit<'_> {
        self.acquire(Room { slots: 1, files: 0, pictures: bytes.min(self.most.pictures) })
    }

    fn acquire(&self, taken: Room) -> Permit<'_> {
        let lacks = |free: &mut Room| free.slots < taken.slots || free.files < taken.files || free.pictures < taken.pictures;
        let mut free = self.left.wait_while(self.free(), lacks).unwrap_or_else(PoisonError::into_inner);
        free.slots -= taken.slots;
        free.files -= taken.files;
        free.pictures -= taken.pictures;
        Permit { of: self, taken }
    }

    fn free(&self) -> MutexGuard<'_, Room> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut free = self.of.free();
        free.slots += self.taken.slots;
        free.files += self.taken.files;
        free.pictures += self.taken.pictures;
        // Each waits for another amount.
        self.of.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn whatever_comes_at_once_stays_within_the_memory_and_all_comes_to_its_end() {
        let permits = PreparePermits::with(3, 1_000);
        let (files, pictures, slots) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let within = |sum: &AtomicU64, more: u64, most: u64| {
            assert!(sum.fetch_add(more, Ordering::SeqCst) + more <= most);
        };
        std::thread::scope(|scope| {
            for worker in 0..12 {
                let (permits, files, pictures, slots) = (&permits, &files, &pictures, &slots);
                scope.spawn(move || {
                    let mut random = fastrand::Rng::with_seed(worker);
                    for _ in 0..200 {
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
        assert_eq!(*permits.free(), permits.most);
    }
}
