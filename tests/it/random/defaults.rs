//! Default pictures, by chance: files, photos of people's own, groups, pictures and entries come, change and go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use photosyncd::testing::clock::Clock;
use photosyncd::testing::config::{Built, build};
use photosyncd::testing::emulator::{Entry, Settings};
use photosyncd::testing::ledger::Ledger;
use photosyncd::testing::passes::pass;

use super::impatient;
use crate::world::{LOOSE, Leaping, SECRET, World, people, person, portrait, portrait_file};

const PEOPLE: usize = 8;
/// The groups with a default picture, by their numbers; the first that somebody is in decides.
const GROUPS: [(&str, usize); 2] = [("board", 901), ("staff", 900)];

/// The photo of ours that Microsoft 365 accepted last, as far as the ledger knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Given {
    Nothing,
    File(u32),
    Default(u32),
}

#[derive(Clone, Debug)]
struct Person {
    file: Option<u32>,
    groups: [bool; 2],
    shown: Option<u32>,
    given: Given,
}

impl Person {
    /// What a pass makes of it; `defaults`: the picture of each group. Says how many photos it sends.
    fn after_pass(&mut self, defaults: [Option<u32>; 2]) -> usize {
        let before = (self.shown, self.given);
        let applies = (0..2).find_map(|at| defaults[at].filter(|_| self.groups[at]));
        match (self.file, self.given, applies) {
            (Some(file), given, _) => {
                if given != Given::File(file) {
                    (self.shown, self.given) = (Some(file), Given::File(file));
                }
            }
            (None, Given::Default(given), None) => {
                self.shown = self.shown.filter(|shown| *shown != given);
                self.given = Given::Nothing;
            }
            (None, Given::Default(given), Some(applies)) if self.shown == Some(given) => {
                (self.shown, self.given) = (Some(applies), Given::Default(applies));
            }
            (None, Given::Nothing, Some(applies)) if self.shown.is_none() => {
                (self.shown, self.given) = (Some(applies), Given::Default(applies));
            }
            // They have a photo of their own or one whose file is gone, which stays by the settings; or nothing applies.
            (None, ..) => {}
        }
        usize::from(before != (self.shown, self.given) && self.given != Given::Nothing)
    }
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn configure(world: &mut World, defaults: [Option<u32>; 2]) {
    let entries = GROUPS.iter().zip(defaults).filter(|(_, picture)| picture.is_some());
    let entries: Vec<String> = entries.map(|((name, _), _)| format!("{{ group: {name}, file: {name}.jpg }}")).collect();
    world.set("defaults", &format!("[{}]", entries.join(", ")));
    for ((name, _), picture) in GROUPS.iter().zip(defaults) {
        if let Some(picture) = picture {
            std::fs::write(world.path(&format!("{name}.jpg")), portrait(picture)).unwrap();
        }
    }
}

fn join(world: &World, people: &[Person]) {
    for (at, (_, group)) in GROUPS.iter().enumerate() {
        let members = (0..PEOPLE).filter(|number| people[*number].groups[at]).map(|number| id(number).into()).collect();
        let change = |entry: &mut Entry| entry.more.get_or_insert_default().members = members;
        world.emulator().change_tenant(|tenant| assert!(tenant.change(&id(*group), change)));
    }
}

#[test]
fn everybody_shows_their_file_or_their_own_photo_or_the_default_that_applies() {
    let seeds = std::env::var("PHOTOSYNCD_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5_u64);
    let (mut sent, mut own_kept, mut removed) = (0, 0, 0);
    for seed in 0..seeds {
        let mut chance = fastrand::Rng::with_seed(seed);
        let leapt = Arc::<AtomicU64>::default();
        let clock = Clock::from_source(Leaping(Clock::system(), Arc::clone(&leapt)));
        let groups = GROUPS.map(|(name, group)| format!("  - {{ mailNickname: {name}, id: {}, members: [] }}\n", id(group)));
        let mut world = World::at(clock.clone(), &(people(PEOPLE) + "groups:\n" + &groups.concat()), Settings::default());
        world.set("guard", LOOSE);
        // A source is never empty.
        world.write("readme.txt", b"x");
        let env = |name: &str| (name == "PHOTOSYNCD_TEST_SECRET").then(|| SECRET.to_owned());
        let mut defaults = [Some(900), Some(910)];
        configure(&mut world, defaults);
        let mut everybody = vec![Person { file: None, groups: [false; 2], shown: None, given: Given::Nothing }; PEOPLE];
        let Built { identity, .. } = world.wait(build(&world.path("config.yaml"), &clock, &env)).unwrap();
        let ledger = Ledger::open(&world.ledger(), &identity, clock.now()).unwrap();
        let mut fresh = 0;
        for step in 0..40 {
            for _ in 0..chance.usize(1..4) {
                let number = chance.usize(..PEOPLE);
                fresh += 1;
                let someone = &mut everybody[number];
                match chance.u8(..5) {
                    0 => {
                        someone.file = (chance.u8(..3) > 0).then_some(fresh);
                        match someone.file {
                            Some(picture) => world.write(&portrait_file(number), &portrait(picture)),
                            None => _ = std::fs::remove_file(world.photos().join(portrait_file(number))),
                        }
                    }
                    1 => {
                        someone.shown = Some(fresh);
                        let path = format!("/v1.0/users/{}/photo/$value", id(number));
                        assert_eq!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(fresh)), 200);
                    }
                    _ => someone.groups[chance.usize(..2)] ^= true,
                }
            }
            join(&world, &everybody);
            if chance.u8(..6) == 0 {
                let at = chance.usize(..2);
                defaults[at] = (chance.u8(..3) > 0).then(|| 920 + chance.u32(..4));
                configure(&mut world, defaults);
            }
            // One that was running would ask for the members of groups after ten minutes.
            let Built { pass: parts, .. } = world.wait(build(&world.path("config.yaml"), &clock, &env)).unwrap();
            leapt.fetch_add(chance.u64(700_000..4_000_000), Ordering::Relaxed);
            let until = impatient(None);
            let before = (world.puts().len(), everybody.clone());
            let pass = world.wait(pass(&parts, &ledger, false, until)).unwrap();
            let place = format!("seed {seed}, step {step}, {defaults:?}");
            assert!(pass.halted.is_none() && pass.blocked == 0 && pass.waiting == 0, "{place}: {pass:?}");
            let expected: usize = everybody.iter_mut().map(|someone| someone.after_pass(defaults)).sum();
            for (number, someone) in everybody.iter().enumerate() {
                let photo = world.user_photo(&person(number)).map(|photo| photo.body.to_vec());
                let was = &before.1[number];
                assert!(photo == someone.shown.map(portrait), "{place}: {} was {was:?}, and is not {someone:?}", person(number));
                own_kept += usize::from(someone.shown.is_some_and(|shown| shown < 900) && someone.file.is_none());
                removed += usize::from(was.shown.is_some() && someone.shown.is_none());
            }
            assert_eq!(world.puts().len() - before.0, expected, "{place}: {:?} → {everybody:?}", before.1);
            sent += expected;
        }
    }
    println!("{sent} sent, {own_kept} times their own kept, {removed} removed");
    assert!(sent > 80 && own_kept > 100 && removed > 10);
}
