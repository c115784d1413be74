//! What the program does, and how it ends.

use super::super::impatient;
use super::*;

impl Years {
    /// Does something with parts and ledger; it may be cut off for good at any point where it waits. None: it was.
    fn act<T, F: Future<Output = T> + Send>(
        &mut self,
        cut_after: Option<u32>,
        forced: bool,
        act: impl FnOnce(Pass, Ledger) -> F,
    ) -> Option<T> {
        let before: Vec<Slot> = self.slots.clone();
        let ledger = self.ledger.clone().unwrap();
        let work = act(self.parts.clone(), ledger);
        let outcome = self.world.wait(async {
            let mut work = pin!(work);
            let mut left = cut_after;
            poll_fn(|context| {
                if left == Some(0) {
                    return Poll::Ready(None);
                }
                left = left.map(|left| left - 1);
                work.as_mut().poll(context).map(Some)
            })
            .await
        });
        if outcome.is_none() {
            self.dies();
        }
        self.looks(&before, outcome.is_none(), forced);
        outcome
    }

    /// All that was in memory is gone; what is on the disk must be sound.
    fn dies(&mut self) {
        self.ledger = None;
        ledger_is_sound(&self.world.ledger());
        self.ledger = Some(self.open());
        self.count("deaths");
    }

    pub(super) fn pass(&mut self, force: bool, cut_after: Option<u32>) -> Option<Summary> {
        let pass = self.act(cut_after, force, |parts, ledger| async move { pass(&parts, &ledger, force, impatient(None)).await });
        let pass = pass?.unwrap();
        if pass.halted.is_none() && self.faulty.is_empty() {
            self.seen = self.moment;
        }
        Some(pass)
    }

    pub(super) fn verifies(&mut self) {
        self.act(None, false, |parts, ledger| async move { verify(&parts, &ledger, &impatient(None)).await.unwrap() });
        self.count("verified");
    }

    /// Puts kept photos back, and says at whom.
    pub(super) fn puts_back(&mut self, which: Vec<(TargetId, i64)>, cause: PassCause) {
        self.moment += 1;
        let moment = self.moment;
        for (target_of, _) in &which {
            let number = (0..ALL).find(|number| target(*number) == *target_of).unwrap();
            self.slots[number].put_back = moment;
        }
        self.putting_back = true;
        self.act(
            None,
            false,
            |parts, ledger| async move { restore(&parts, &ledger, cause, which, &impatient(None)).await.unwrap() },
        );
        self.putting_back = false;
        for slot in self.slots.iter_mut().filter(|slot| slot.put_back == moment) {
            // A file that changed before, and that no pass has seen, is a new one.
            slot.kept = !matches!(slot.shown, Shown::Ours(_)) && slot.filed <= self.seen;
        }
        self.count(cause.as_str());
    }

    pub(super) fn restores(&mut self) {
        let number = self.chance.usize(..ALL);
        let newest = move |reader: &Reader| reader.newest_backup(&target(number));
        let newest = self.world.wait(self.ledger.as_ref().unwrap().read(newest)).unwrap();
        if let Some(newest) = newest {
            self.puts_back(vec![(target(number), newest.backup)], PassCause::Restore);
        }
    }

    /// A pass that nothing disturbs, and what was there before it again.
    pub(super) fn undoes(&mut self) {
        let before = self.slots.clone();
        let Some(pass) = self.pass(false, None) else { return };
        let after = self.slots.clone();
        let all = Reader::open(&self.world.ledger()).unwrap().undo_of(pass.pass).unwrap();
        let which: Vec<_> = all.into_iter().filter_map(|(target, _, backup)| Some((target, backup?))).collect();
        if which.is_empty() {
            return;
        }
        self.puts_back(which, PassCause::Undo);
        for number in 0..ALL {
            let (had, came, there) = (&before[number], &after[number], &self.slots[number]);
            let place = self.place(number);
            match &had.shown {
                _ if came.sequence == had.sequence => assert_eq!(there.sequence, had.sequence, "{place}: not of that pass"),
                // A photo after a try that nobody heard of can't be told from ours.
                _ if had.memory != Memory::Sure => {}
                Shown::Theirs(_, shown) => {
                    let body = self.photo(number).map(|photo| photo.body.to_vec());
                    assert!(body.as_ref() == Some(shown), "{place}: had another: {had:?}, now {there:?}");
                }
                Shown::Nothing if number != TEAM => assert_eq!(there.shown, Shown::Nothing, "{place}: had none"),
                Shown::Nothing | Shown::Ours(_) => {}
            }
        }
    }
}
