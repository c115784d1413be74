//! Several files for one person: the same picture is one picture, other pictures are held.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use photosyncd::testing::clock::Clock;
use photosyncd::testing::config::{Built, build};
use photosyncd::testing::emulator::Settings;
use photosyncd::testing::ledger::Ledger;
use photosyncd::testing::model::Reason;
use photosyncd::testing::passes::pass;

use super::impatient;
use crate::world::{Leaping, SECRET, World, people, person, portrait};

fn path(ending: &str) -> String {
    format!("users/{}.{ending}", person(0))
}

fn shown(world: &World) -> Option<Vec<u8>> {
    world.user_photo(&person(0)).map(|photo| photo.body.to_vec())
}

#[test]
fn two_files_with_the_same_bytes_are_one_picture() {
    for policy in ["hold", "newest"] {
        let mut world = World::people(2);
        world.set("mapping", &format!("{{ on_conflict: {policy} }}"));
        world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
        world.portraits(1, 2, 0);
        world.write_long_ago(&path("jpg"), &portrait(1));
        world.write_long_ago(&path("jpeg"), &portrait(1));
        world.run(&["reconcile"]).exits(0).says(&["1 file holds the same picture as another one", "up to date"]);
        assert_eq!((shown(&world), world.puts().len()), (Some(portrait(1)), 2));
        world.run(&["plan", "--all"]).exits(0).says(&["same ", "the same picture as users/p000@contoso.com."]);
        let rows = world.run(&["plan", "--json"]).exits(0).json();
        let rows: Vec<_> = rows["rows"].as_array().unwrap().iter().map(|row| (&row["path"], &row["action"])).collect();
        let same = rows.iter().find(|(_, action)| **action == "same").unwrap().0.as_str().unwrap();
        let carrier = if same == path("jpg") { path("jpeg") } else { path("jpg") };
        world.run(&["explain", same]).exits(0).says(&["the same picture as", &carrier, "which is the one that is sent"]);
        // The one that was sent goes; the other one is there.
        std::fs::remove_file(world.photos().join(&carrier)).unwrap();
        for _ in 0..3 {
            world.run(&["reconcile"]).exits(0);
        }
        assert_eq!((shown(&world), world.puts().len()), (Some(portrait(1)), 2), "nothing sent, nothing removed");
        // Back, with another picture.
        world.write_long_ago(&carrier, &portrait(2));
        if policy == "hold" {
            let outcome = world.run(&["reconcile", "--json"]).exits(3);
            assert_eq!(outcome.problem(same)["reason"], "duplicate_files");
            assert_eq!((shown(&world), world.puts().len()), (Some(portrait(1)), 2));
        }
    }
}

/// A name by which files come, and what they hold.
type Files = [Option<u32>; 3];

/// Three files come, change and go by chance, while some of them stand still. After each pass: if all hold one picture,
/// that is what the tenant shows, else what it showed before; and no picture is sent that is there already.
#[test]
fn files_for_one_person_come_change_and_go() {
    const ENDINGS: [&str; 3] = ["jpeg", "jpg", "png"];
    let seeds = std::env::var("PHOTOSYNCD_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(6_u64);
    let (mut sent, mut held, mut carried_on) = (0, 0, 0);
    for seed in 0..seeds {
        let mut chance = fastrand::Rng::with_seed(seed);
        let leapt = Arc::<AtomicU64>::default();
        let clock = Clock::from_source(Leaping(Clock::system(), Arc::clone(&leapt)));
        let mut world = World::at(clock.clone(), &people(2), Settings::default());
        world.portraits(1, 2, 0);
        world.set("removal", "{ when_file_disappears: delete, grace: 90d }");
        let env = |name: &str| (name == "PHOTOSYNCD_TEST_SECRET").then(|| SECRET.to_owned());
        let Built { pass: parts, identity } = world.wait(build(&world.path("config.yaml"), &clock, &env)).unwrap();
        let ledger = Ledger::open(&world.ledger(), &identity, clock.now()).unwrap();
        let mut files: Files = [None; 3];
        let mut wanted: Option<u32> = None;
        for step in 0..40 {
            let all_anew = (chance.u8(..5) == 0).then(|| chance.u32(1..4));
            for at in (0..3).filter(|_| all_anew.is_some()) {
                files[at] = files[at].and(all_anew);
                if let Some(picture) = files[at] {
                    world.write(&path(ENDINGS[at]), &portrait(picture));
                }
            }
            for _ in 0..chance.usize(0..3) {
                let at = chance.usize(..3);
                // Mostly the picture that is there.
                let picture = if chance.u8(..4) > 0 { wanted.unwrap_or(1) } else { chance.u32(1..4) };
                files[at] = (chance.u8(..3) > 0).then_some(picture);
                match files[at] {
                    Some(picture) => world.write(&path(ENDINGS[at]), &portrait(picture)),
                    None => _ = std::fs::remove_file(world.photos().join(path(ENDINGS[at]))),
                }
            }
            // Files stand still only when they have for two seconds.
            leapt.fetch_add(chance.u64(3_000..200_000), Ordering::Relaxed);
            let until = impatient(None);
            let before = world.puts().len();
            let pass = world.wait(pass(&parts, &ledger, false, until)).unwrap();
            assert!(pass.halted.is_none(), "seed {seed}: {pass:?}");
            let place = format!("seed {seed}, step {step}, {files:?}");
            let pictures: Vec<u32> = files.iter().copied().flatten().collect();
            let agreed = pictures.first().copied().filter(|first| pictures.iter().all(|picture| picture == first));
            let differ = !pictures.is_empty() && agreed.is_none();
            assert_eq!(pass.problems.iter().any(|row| row.reason == Reason::DuplicateFiles), differ, "{place}: {pass:?}");
            let others = usize::from(step == 0);
            let news = usize::from(agreed.is_some() && agreed != wanted);
            assert_eq!(world.puts().len() - before, others + news, "{place}");
            carried_on += usize::from(news == 0 && pictures.len() > 1 && !differ);
            sent += news;
            held += usize::from(differ);
            wanted = agreed.or(wanted);
            assert_eq!(shown(&world), wanted.map(portrait), "{place}");
        }
        assert!(world.requests().iter().all(|request| &*request.method != "DELETE"));
    }
    println!("{sent} sent, {held} times held, {carried_on} times carried on");
    assert!(sent > 10 && held > 10 && carried_on > 10);
}
