//! Whatever happens between two exports into one directory, the photos in it are the tenant's of whoever is in scope.
//!
//! `PHOTOSYNCD_SEEDS=N` tries N seeds, `PHOTOSYNCD_SEED=S` begins at another.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use photosyncd::testing::emulator::{Fault, Settings};

use super::{id, photos, put_up, shown};
use crate::world::{World, person};

const PEOPLE: usize = 6;
const STEPS: usize = 9;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// A company, and what an export may know of it.
struct Story {
    world: World,
    chance: Rng,
    in_scope: BTreeSet<usize>,
    /// Whose name somebody else's file has.
    foreign: BTreeSet<usize>,
    /// Of whom Microsoft 365 says nothing.
    mute: Option<usize>,
    /// The photo of each as the last run that asked saw it; none if there was none.
    faces: BTreeMap<usize, Option<Vec<u8>>>,
    /// Who needs not be asked again by the next run.
    settled: BTreeSet<usize>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut world = World::people_with(PEOPLE, Settings::default());
        world.set("upload", "{ concurrency: 4, retry: { initial: 100ms } }");
        let in_scope = (0..PEOPLE).collect();
        let (foreign, faces, settled) = (BTreeSet::new(), BTreeMap::new(), BTreeSet::new());
        Self { world, chance: Rng::with_seed(seed), in_scope, foreign, mute: None, faces, settled }
    }

    fn file(number: usize) -> String {
        format!("{}.jpg", person(number))
    }

    fn happen(&mut self) {
        let who = self.chance.usize(..PEOPLE);
        let path = self.world.path("out").join(Self::file(who));
        match self.chance.u8(..8) {
            0..=2 if self.in_scope.contains(&who) => put_up(&self.world, who, self.chance.u32(..)),
            3 if self.in_scope.contains(&who) => {
                self.world.send("DELETE", &format!("/v1.0/users/{}/photo/$value", id(who)), &[], b"");
            }
            4 if self.in_scope.len() > 3 => {
                assert!(self.world.emulator().change_tenant(|tenant| tenant.remove(&id(who))) || !self.in_scope.contains(&who));
                self.in_scope.remove(&who);
            }
            5 if path.parent().is_some_and(std::path::Path::is_dir) => {
                std::fs::write(&path, "mine").unwrap();
                self.foreign.insert(who);
                // Whose photo was in that file is looked at again.
                if self.faces.get(&who).is_some_and(Option::is_some) {
                    self.settled.remove(&who);
                }
            }
            6 => self.give_back(),
            _ => {
                self.world.emulator().clear_faults();
                self.mute = self.chance.bool().then_some(who);
                if let Some(who) = self.mute {
                    let (status, code) = self.chance.choice([(403, "ErrorAccessDenied"), (500, "InternalServerError")]).unwrap();
                    let fault = Fault::status("GET", &format!("/users/{}/photo", id(who)), status).with_code(code, "no");
                    self.world.emulator().add_fault(fault);
                }
            }
        }
    }

    /// Removes what is in the way.
    fn give_back(&mut self) {
        for who in std::mem::take(&mut self.foreign) {
            std::fs::remove_file(self.world.path("out").join(Self::file(who))).unwrap();
        }
    }

    /// Exports; says whether all is known.
    fn export(&mut self, told: &str) -> bool {
        let from = self.world.so_far();
        let outcome = self.world.run(&["export", "--out", "out", "--json"]);
        let json = outcome.json();
        let requests = self.world.requests();
        let targets: Vec<&str> = requests[from..].iter().map(|request| &*request.target).collect();
        let was_asked = |who: &usize| targets.iter().any(|target| target.ends_with(&format!("/users/{}/photo/$value", id(*who))));
        let asked: BTreeSet<usize> = (0..PEOPLE).filter(was_asked).collect();
        let open: BTreeSet<usize> = self.in_scope.difference(&self.settled).copied().collect();
        assert_eq!(asked, open, "asked is whoever is still open, {told}: {}", outcome.stdout);
        let mut waits = false;
        for who in open {
            if self.mute == Some(who) {
                waits |= json["problems"].to_string().contains("\"transient\"");
                continue;
            }
            let photo = self.world.user_photo(&person(who)).map(|_| shown(&self.world, who));
            if photo.is_some() && self.foreign.contains(&who) {
                waits = true;
                continue;
            }
            self.faces.insert(who, photo);
            self.settled.insert(who);
        }
        let unknown = self.in_scope.difference(&self.settled).count();
        assert_eq!(json["unknown"], unknown, "{told}: {}", outcome.stdout);
        assert_eq!(outcome.code, Some(if unknown > 0 { 3 } else { 0 }), "{told}: {}", outcome.stderr);
        // Of whom nothing was said, or whose photo could not be written, may have the file from before; nobody else.
        let known: BTreeMap<String, Vec<u8>> = self
            .settled
            .intersection(&self.in_scope)
            .filter_map(|who| Some((Self::file(*who), self.faces[who].clone()?)))
            .collect();
        let mut found = photos(&self.world, "out");
        found.retain(|_, photo| photo != b"mine");
        for who in self.in_scope.difference(&self.settled) {
            found.remove(&Self::file(*who));
        }
        assert_eq!(found.keys().collect::<Vec<_>>(), known.keys().collect::<Vec<_>>(), "{told}: {}", outcome.stdout);
        assert!(found == known, "somebody has another face than the tenant showed, {told}");
        if !waits {
            self.settled.clear();
        }
        unknown == 0
    }
}

#[test]
fn whatever_happens_between_exports_the_photos_are_the_tenants() {
    let (first, seeds) = (number("PHOTOSYNCD_SEED", 0), number("PHOTOSYNCD_SEEDS", 4));
    let mut in_part = 0;
    for seed in first..first + seeds {
        let mut story = Story::new(seed);
        for who in 0..PEOPLE {
            put_up(&story.world, who, u32::try_from(who).unwrap());
        }
        for step in 0..STEPS {
            for _ in 0..story.chance.usize(1..3) {
                story.happen();
            }
            in_part += usize::from(!story.export(&format!("seed {seed}, step {step}")));
        }
        story.world.emulator().clear_faults();
        story.mute = None;
        story.give_back();
        // What was open is finished; then everybody is asked.
        for _ in 0..2 {
            assert!(story.export(&format!("seed {seed}, at the end")));
        }
    }
    assert!(in_part > 0, "nothing was ever in the way");
}
