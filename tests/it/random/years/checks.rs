//! What must never be.

use super::*;

impl Years {
    pub(super) fn place(&self, number: usize) -> String {
        format!("seed {}, {}", self.seed, self.file(number))
    }

    /// Compares what the tenant shows now with what it showed before.
    pub(super) fn looks(&mut self, before: &[Slot], cut: bool, forced: bool) {
        let kept: Vec<Vec<u8>> = tree(&self.world.path(".photosyncd/backups")).into_values().collect();
        let now = self.clock.now();
        for (number, was) in before.iter().enumerate() {
            let photo = self.photo(number);
            let sequence = photo.as_ref().map(|photo| photo.sequence);
            if sequence == was.sequence {
                continue;
            }
            let place = self.place(number);
            assert!(self.putting_back || !was.kept, "{place}: what was put back was overwritten: {was:?}");
            let body = photo.map(|photo| photo.body.to_vec());
            // Whatever took its place: the photo of somebody else is kept.
            if let Shown::Theirs(own, shown) = &was.shown {
                assert!(body.is_some(), "{place}: the photo of somebody else was taken out");
                let safe = !self.backup || kept.contains(shown) || kept.contains(own);
                assert!(safe, "{place}: the photo of somebody else was overwritten and is not kept");
            }
            let shown = match &body {
                None => Shown::Nothing,
                Some(body) => match self.slots[number].held.iter().find(|picture| portrait(**picture) == *body) {
                    Some(picture) => Shown::Ours(*picture),
                    None => Shown::Theirs(body.clone(), self.world.fetch(&url(number))),
                },
            };
            if let Shown::Theirs(own, _) = &shown {
                assert!(kept.contains(own), "{place}: a face from nowhere");
            }
            if shown == Shown::Nothing {
                self.was_taken_out(number, now, forced);
            }
            let slot = &mut self.slots[number];
            // An answer that was lost leaves a photo that the ledger can't know.
            let is_unheard = matches!(shown, Shown::Ours(_)) && (cut || self.faulty.contains(&number));
            slot.memory = if is_unheard { Memory::Unheard } else { Memory::Sure };
            (slot.shown, slot.sequence) = (shown, sequence);
        }
    }

    fn was_taken_out(&mut self, number: usize, now: Timestamp, forced: bool) {
        let slot = &self.slots[number];
        let place = self.place(number);
        assert_ne!(number, TEAM, "nobody can take it out");
        if self.putting_back && slot.put_back == self.moment {
            return;
        }
        let gone_since = slot.gone_since.unwrap_or_else(|| panic!("{place}: its file is there"));
        assert!(now.since(gone_since) >= GRACE, "{place}: taken out after {:?}", now.since(gone_since));
        assert!(now >= self.locked_until, "{place}: taken out within a day after the ledger was damaged");
        self.count("photos removed");
        if !forced {
            self.unforced.push_back(now);
        }
        while self.unforced.front().is_some_and(|at| now.since(*at) >= DAY) {
            self.unforced.pop_front();
        }
        assert!(self.unforced.len() <= MOST_REMOVALS, "{} removals within a day", self.unforced.len());
    }
}
