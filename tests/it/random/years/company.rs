//! What happens in the company, in its tenant and to the machine.

use super::*;

impl Years {
    pub(super) fn writes(&mut self, number: usize) {
        self.next_picture += 1;
        self.writes_this(number, self.next_picture);
    }

    /// A picture that was there before. Where the photo of somebody else is kept as long as the file holds one picture,
    /// that would be no change, so it is left out there.
    fn writes_again(&mut self, number: usize) {
        let slot = &self.slots[number];
        if slot.put_back == 0
            && self.drift != "user_wins"
            && let Some(picture) = self.chance.choice(&slot.held).copied()
        {
            self.writes_this(number, picture);
            self.count("pictures written again");
        }
    }

    fn writes_this(&mut self, number: usize, picture: u32) {
        self.moment += 1;
        self.world.write(&self.file(number), &portrait(picture));
        let slot = &mut self.slots[number];
        slot.file = Some(picture);
        slot.held.insert(picture);
        if let Some(since) = slot.gone_since.take() {
            slot.back = Some((since, self.moment));
        }
        (slot.filed, slot.kept) = (self.moment, false);
    }

    /// The file gets another name for the same person.
    fn renames(&mut self, number: usize) {
        let before = self.world.photos().join(self.file(number));
        self.slots[number].renamed ^= true;
        if self.slots[number].file.is_some() {
            std::fs::rename(before, self.world.photos().join(self.file(number))).unwrap();
            self.count("files renamed");
        }
    }

    pub(super) fn removes(&mut self, number: usize) {
        if self.slots[number].file.take().is_some() {
            std::fs::remove_file(self.world.photos().join(self.file(number))).unwrap();
            let slot = &mut self.slots[number];
            // To passes that did not see it meanwhile it was gone all the time.
            let unseen = slot.back.filter(|(_, moment)| *moment > self.seen).map(|(since, _)| since);
            slot.gone_since = Some(unseen.unwrap_or_else(|| self.clock.now()));
            self.count("files removed");
        }
    }

    pub(super) fn puts_up(&mut self, number: usize) {
        self.next_picture += 1;
        self.moment += 1;
        let own = portrait(100_000 + self.next_picture);
        assert!(self.world.send("PUT", &url(number), &[("Content-Type", "image/jpeg")], &own) < 300);
        let shown = self.world.fetch(&url(number));
        let sequence = self.photo(number).map(|photo| photo.sequence);
        let slot = &mut self.slots[number];
        (slot.shown, slot.sequence, slot.touched, slot.memory) = (Shown::Theirs(own, shown), sequence, self.moment, Memory::Sure);
        self.count("photos put up");
    }

    pub(super) fn takes_down(&mut self, number: usize) {
        if number != TEAM && self.slots[number].shown != Shown::Nothing {
            self.moment += 1;
            assert!(self.world.send("DELETE", &url(number), &[], b"") < 300);
            let slot = &mut self.slots[number];
            (slot.shown, slot.sequence, slot.touched, slot.memory) = (Shown::Nothing, None, self.moment, Memory::Sure);
            self.count("photos taken down");
        }
    }

    pub(super) fn lives(&mut self) {
        for _ in 0..self.chance.usize(..4) {
            let number = self.chance.usize(..ALL);
            match self.chance.u8(..12) {
                0..3 => self.writes(number),
                3 => self.writes_again(number),
                4 => self.renames(number),
                5..8 => self.removes(number),
                8..11 => self.puts_up(number),
                _ => self.takes_down(number),
            }
        }
        let span = match self.chance.u8(..4) {
            0 => self.chance.u64(1..3600),
            1..3 => self.chance.u64(3600..12 * 3600),
            _ => self.chance.u64(86_400..3 * 86_400),
        };
        self.leap(Duration::from_secs(span));
    }

    pub(super) fn loses_the_ledger(&mut self, damaged: bool) {
        self.ledger = None;
        let path = self.world.ledger();
        if damaged {
            let mut bytes = std::fs::read(&path).unwrap();
            let from = bytes.len() / 3;
            bytes[from..].fill(0xA5);
            std::fs::write(&path, bytes).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        self.locked_until = self.clock.now().plus(DAY);
        self.ledger = Some(self.open());
        for slot in &mut self.slots {
            if slot.shown != Shown::Nothing {
                slot.memory = Memory::Forgotten;
            }
            // What was put back, nobody knows any more.
            (slot.put_back, slot.kept) = (0, false);
        }
        self.unforced.clear();
        self.count(if damaged { "damaged ledgers" } else { "lost ledgers" });
    }

    /// One thing that goes wrong with Graph, or nothing.
    pub(super) fn fails(&mut self) {
        if self.chance.u8(..3) > 0 {
            return;
        }
        let number = self.chance.usize(..ALL);
        let id = target(number).object_id().unwrap().to_string();
        self.world.emulator().add_fault(match self.chance.u8(..6) {
            0 => Fault::reset("PUT", &id, Reset::After).times(1),
            1 => Fault::reset("GET", &id, Reset::Before).times(1),
            2 => Fault::status("PUT", &id, 503).times(2),
            3 => Fault { nth: self.chance.u64(1..3), ..Fault::status("GET", &format!("{id}/photo"), 404) }.times(1),
            4 => Fault::reset("DELETE", &id, Reset::After).times(1),
            _ => Fault::status("GET", "/users", 500).times(2),
        });
        self.faulty.insert(number);
        self.count("faults");
    }

    pub(super) fn calms(&mut self) {
        self.world.emulator().clear_faults();
        self.faulty.clear();
        let retried = self.ledger.as_ref().unwrap().retry(None, self.clock.now());
        self.world.wait(retried).unwrap();
    }
}
