//! A photo of ours is never left in the tenant without a word when it is to go, and nobody else's is taken out: uploads that
//! are stored unheard, late answers, names that could not be read and ends in the middle of it all, at random.

use proptest::prelude::*;

use super::*;
use crate::model::{Arrival, Digest, Generation, PhotoVersion, Problem, Reason, RecipeId, SourcePath, Timestamp};

/// What the tenant shows.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Shown {
    ours: bool,
    etag: u32,
}

/// An upload that has left, and what became of it in the tenant; the answer is on its way.
struct InFlight {
    generation: Generation,
    version: PhotoVersion,
    stored: Option<u32>,
}

struct World {
    chance: fastrand::Rng,
    record: TargetRecord,
    shown: Option<Shown>,
    etags: u32,
    in_flight: Option<InFlight>,
    now: Timestamp,
    /// In words, for whoever has to understand a failure.
    story: Vec<String>,
}

fn wanted(number: u8) -> Wanted {
    let version = PhotoVersion { digest: Digest::from_bytes([number; 32]), recipe: RecipeId::new("r") };
    let path = SourcePath::new("a.jpg").unwrap();
    Wanted { label: "a".into(), path, version, account_created: None }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut world = Self {
            chance: fastrand::Rng::with_seed(seed),
            record: TargetRecord::first(wanted(0), Timestamp::from_millis(0)),
            shown: None,
            etags: 0,
            in_flight: None,
            now: Timestamp::from_millis(0),
            story: Vec::new(),
        };
        if world.chance.bool() {
            world.put(false);
        }
        world
    }

    /// Somebody, or the program, puts up a photo.
    fn put(&mut self, ours: bool) -> u32 {
        self.etags += 1;
        self.shown = Some(Shown { ours, etag: self.etags });
        self.etags
    }

    fn apply(&mut self, event: Event) {
        self.story.push(format!("{event:?}"));
        self.record.apply(event, self.now);
    }

    fn answer(&mut self, generation: Generation, tried: Tried, arrival: Arrival) {
        self.apply(Event::Attempt { generation, tried, arrival, answer: AnswerCode::default() });
    }

    /// What is due leaves. What is to be removed is looked at and taken out.
    fn send(&mut self) {
        let is_due = match self.record.state {
            TargetState::Due => true,
            TargetState::Waiting(until) => until <= self.now,
            TargetState::Blocked => self.record.next_look.is_some_and(|look| look <= self.now),
            TargetState::InStep | TargetState::Released => false,
        };
        if !is_due || self.in_flight.is_some() {
            return;
        }
        let generation = self.record.generation;
        if let Desired::Photo(version) = self.record.desired.clone() {
            self.story.push(format!("sent {version:?}"));
            self.in_flight = Some(InFlight { generation, version, stored: None });
        } else if self.record.desired == Desired::Nothing {
            self.remove(generation);
        }
    }

    /// As `Uploader::send` removes, and whether that was right.
    fn remove(&mut self, generation: Generation) {
        let ours = self.record.held.etag.clone();
        let Some(shown) = self.shown.clone() else { return self.answer(generation, Tried::Removed, Arrival::NotSent) };
        if ours != Some(shown.etag.to_string()) {
            self.answer(generation, Tried::NotOurs, Arrival::NotSent);
            let is_told = self.record.obstacle.as_ref().is_some_and(|why| why.problem.reason == Reason::RemovalNotPossible);
            assert!(is_told || !shown.ours, "left without a word\n{}\n{:#?}", self.story.join("\n"), self.record);
            return;
        }
        assert!(shown.ours, "somebody else's was taken out\n{}", self.story.join("\n"));
        self.shown = None;
        self.answer(generation, Tried::Removed, Arrival::Accepted);
    }

    fn reaches_the_tenant(&mut self) {
        if self.in_flight.as_ref().is_some_and(|flight| flight.stored.is_none()) {
            self.story.push("stored".into());
            let etag = self.put(true);
            self.in_flight.as_mut().unwrap().stored = Some(etag);
        }
    }

    fn is_answered(&mut self) {
        let Some(InFlight { generation, version, stored }) = self.in_flight.take() else { return };
        let transient = || Tried::Wait {
            until: self.now.plus(std::time::Duration::from_millis(5)),
            problem: Problem::new(Reason::Transient, "x"),
            counts: true,
        };
        match stored {
            Some(etag) if self.chance.u8(0..3) > 0 => {
                // Its name is read after the answer; by then somebody may have put up another, which is then told as ours by
                // nobody's fault: not drawn here.
                let etag = (self.chance.u8(0..4) > 0).then(|| etag.to_string());
                self.answer(generation, Tried::Delivered { version, etag, sent: None, note: None }, Arrival::Accepted);
            }
            Some(_) => self.answer(generation, transient(), Arrival::Unknown),
            None if self.chance.bool() => self.answer(generation, transient(), Arrival::Refused),
            None => self.answer(generation, Tried::Blocked(Problem::new(Reason::NoMailbox, "x")), Arrival::Refused),
        }
    }

    fn step(&mut self) {
        self.now = self.now.plus(std::time::Duration::from_millis(1));
        match self.chance.u8(0..40) {
            0..4 => {
                let number = self.chance.u8(0..3);
                self.apply(Event::Desire(wanted(number)));
            }
            4..14 => self.send(),
            14..20 => self.reaches_the_tenant(),
            20..25 => self.is_answered(),
            // Its file goes, comes back, is held, or its person opts out.
            25..28 => self.apply(Event::Release),
            28 => self.apply(Event::Returned),
            29 => self.apply(Event::Hold { problem: Problem::new(Reason::DuplicateFiles, "x"), path: None }),
            30..34 => {
                if self.record.held.delivered.is_some() || self.record.held.unconfirmed {
                    self.apply(Event::Remove);
                }
            }
            34 => {
                self.story.push("somebody puts up another".into());
                self.put(false);
            }
            35 => {
                self.story.push("somebody takes it out".into());
                self.shown = None;
            }
            36 => {
                let number = self.chance.u8(0..3);
                self.apply(Event::Keep(wanted(number), Problem::new(Reason::UserPhoto, "x")));
            }
            37 => self.apply(Event::KindForbidden(Problem::new(Reason::NotPermitted, "x"))),
            38 => self.apply(Event::Retried),
            // The program is killed and comes back; what was on its way was stored, or is lost.
            _ => {
                self.in_flight = None;
                self.apply(Event::CutOff);
            }
        }
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(100_000))]

    #[test]
    fn a_photo_of_ours_that_is_to_go_goes_or_is_told_and_no_other_goes(seed: u64) {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.step();
        }
    }
}
