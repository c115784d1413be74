//! Threads for work that may hang, used again: to make one for each file costs more than to read the file.

use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, ThreadId, current};
use std::time::Duration;

/// What a thread is to do. It keeps its panics to itself.
pub(super) type Work = Box<dyn FnOnce() + Send>;

/// Those that have nothing to do.
#[derive(Debug)]
pub(super) struct Threads {
    /// How they are reached; the last that became idle is the first to be used.
    idle: Mutex<Vec<(ThreadId, SyncSender<Work>)>>,
    /// For how long one stays without work.
    stays: Duration,
}

impl Threads {
    pub(super) const fn new(stays: Duration) -> Self {
        Self { idle: Mutex::new(Vec::new()), stays }
    }

    /// Has this done by a thread that does nothing else meanwhile. Nobody waits for it.
    pub(super) fn begin(&'static self, work: Work) -> io::Result<()> {
        let idle = self.idle().pop();
        match idle {
            // Whoever stands there waits until something comes.
            Some((_, thread)) => thread.send(work).map_err(|_| io::ErrorKind::BrokenPipe.into()),
            None => Builder::new().name("files".to_owned()).spawn(move || self.stay(work)).map(drop),
        }
    }

    /// Does what there is, and stays for more.
    fn stay(&self, mut work: Work) {
        let (sender, receiver) = sync_channel(1);
        let own = current().id();
        loop {
            work();
            self.idle().push((own, sender.clone()));
            work = match receiver.recv_timeout(self.stays) {
                Ok(more) => more,
                // Chosen at the last moment, it is not among the idle any more, and its work comes.
                Err(_) if !self.leaves(own) => match receiver.recv() {
                    Ok(more) => more,
                    Err(_) => return,
                },
                Err(_) => return,
            };
        }
    }

    /// Whether it was still idle.
    fn leaves(&self, own: ThreadId) -> bool {
        let mut idle = self.idle();
        let at = idle.iter().position(|(thread, _)| *thread == own);
        at.map(|at| idle.remove(at)).is_some()
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(ThreadId, SyncSender<Work>)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::mpsc::channel;

    use super::*;

    fn threads(stays: Duration) -> &'static Threads {
        Box::leak(Box::new(Threads::new(stays)))
    }

    #[test]
    fn one_is_used_again_and_none_does_two_things_at_once() {
        let threads = threads(Duration::from_secs(60));
        let (done, heard) = channel();
        let who = |_| {
            let done = done.clone();
            threads.begin(Box::new(move || done.send(current().id()).unwrap())).unwrap();
            let who = heard.recv().unwrap();
            while !threads.idle().iter().any(|(thread, _)| *thread == who) {
                std::thread::yield_now();
            }
            who
        };
        assert_eq!((0..100).map(who).collect::<HashSet<ThreadId>>().len(), 1);
        // While one hangs, others do the rest.
        let (go, gate) = channel::<()>();
        threads.begin(Box::new(move || _ = gate.recv())).unwrap();
        assert_eq!((0..100).map(who).collect::<HashSet<ThreadId>>().len(), 1);
        drop(go);
        while threads.idle().len() < 2 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn whoever_has_nothing_to_do_goes_and_no_work_is_lost_meanwhile() {
        let threads = threads(Duration::from_micros(50));
        let (done, heard) = channel();
        for turn in 0..2_000_u32 {
            let done = done.clone();
            threads.begin(Box::new(move || done.send(turn).unwrap())).unwrap();
            assert_eq!(heard.recv().unwrap(), turn);
            // Just as long as it stays.
            let begun = crate::clock::Clock::system();
            while begun.elapsed() < Duration::from_micros(u64::from(turn % 100)) {
                std::hint::spin_loop();
            }
        }
        while !threads.idle().is_empty() {
            std::thread::yield_now();
        }
    }
}
