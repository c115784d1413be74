//! Killed at any moment: nothing is lost, nothing goes astray, next to nothing is sent twice.

use std::collections::HashMap;
use std::time::Duration;

use photosyncd::testing::emulator::Fault;

use crate::world::{World, ledger_is_sound, person, portrait, slow_uploads};

const PHOTOS: usize = 150;
/// Kills in the usual suite; `PHOTOSYNCD_KILLS=500 cargo test --release --test it killed` makes more of them.
const KILLS: usize = 50;
/// Uploads in flight at most: so many may be sent twice at a kill.
const CONCURRENCY: usize = 4;
const UPLOAD: &str =
    "{ concurrency: 4, per_second: 1000, max_per_second: 1000, retry: { initial: 100ms, max: 1s, give_up_after: 1m } }";

/// What HR has put there: the picture of each person, if any.
type Hr = Vec<Option<u32>>;

/// HR works on: a few people get another picture, leave, or come back.
fn edit(world: &World, hr: &mut Hr, chance: &mut fastrand::Rng) {
    for _ in 0..chance.usize(4..16) {
        let number = chance.usize(..hr.len());
        let path = world.photos().join(format!("users/{}.jpg", person(number)));
        hr[number] = match hr[number] {
            // A photo whose upload nobody has heard of can't be recognised later, and would stay: such a one doesn't leave.
            Some(_) if chance.u8(..3) == 0 && is_in_step(world, number) => {
                std::fs::remove_file(path).unwrap();
                None
            }
            // Some come back with the picture they had: nothing seems to have changed then.
            None if chance.bool() => Some(u32::try_from(number).unwrap()),
            _ => Some(chance.u32(1_000..2_000)),
        };
        if let Some(seed) = hr[number] {
            world.portraits_of(number, seed);
        }
    }
}

fn is_in_step(world: &World, number: usize) -> bool {
    let explained = world.run(&["explain", &person(number), "--json"]);
    // Where it was killed before its first pass was written down, nobody knows of the file.
    !explained.stdout.is_empty() && explained.json()["target"]["state"] == "in_step"
}

#[test]
fn killed_at_random_moments_it_loses_nothing() {
    let kills_wanted = std::env::var("PHOTOSYNCD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let seed = std::env::var("PHOTOSYNCD_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}; PHOTOSYNCD_SEED={seed} makes the same edits");
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut world = World::people(PHOTOS);
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    world.set("guard", "{ first_contact: replace, max_removals: 100000, max_removals_percent: 100 }");
    world.set("upload", UPLOAD);
    world.portraits(0, PHOTOS, 0);
    let mut hr: Hr = (0..PHOTOS).map(|number| u32::try_from(number).ok()).collect();
    world.emulator().add_fault(slow_uploads(Duration::from_millis(20)));
    world
        .emulator()
        .add_fault(Fault { method: Some("DELETE".to_owned()), ..Fault::default() }.delayed(Duration::from_millis(20)));
    let (mut kills, mut rounds, mut edits) = (0, 0, 0);
    while kills < kills_wanted {
        rounds += 1;
        assert!(rounds <= kills_wanted * 3, "{kills} kills in {rounds} rounds: the runs are too quick for this test");
        let writes =
            |world: &World| world.requests().iter().filter(|request| matches!(&*request.method, "PUT" | "DELETE")).count();
        let (requests, changed) = (world.requests().len(), writes(&world));
        let mut run = world.spawn(&["reconcile"]);
        if rounds % 4 == 3 {
            // Early: while it opens, signs in or asks.
            world.pass_time(Duration::from_millis(chance.u64(0..120)));
        } else {
            let goal = changed + chance.usize(0..12);
            let begun = || world.requests().len() > requests && writes(&world) >= goal;
            let over = std::cell::RefCell::new(&mut run);
            world.until("some uploads, or the end", || begun() || over.borrow_mut().is_over());
            world.pass_time(Duration::from_millis(chance.u64(0..20)));
        }
        if run.is_over() {
            // It is in step; there must be something to do again.
            edit(&world, &mut hr, &mut chance);
            edits += 1;
        } else {
            kills += 1;
        }
        run.kill();
        if world.ledger().exists() {
            ledger_is_sound(&world.ledger());
        }
        if chance.u8(..3) == 0 {
            edit(&world, &mut hr, &mut chance);
            edits += 1;
        }
    }
    world.emulator().clear_faults();
    // Two scans must agree before a photo goes.
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["up to date"]);
    for (number, picture) in hr.iter().enumerate() {
        let photo = world.user_photo(&person(number)).map(|photo| photo.body);
        assert_eq!(photo, picture.map(|seed| portrait(seed).into()), "{} is not as in the directory", person(number));
    }
    let (sent, removed) = (world.puts().len(), world.requests().iter().filter(|request| &*request.method == "DELETE").count());
    println!("{kills} kills, {edits} edits, {sent} uploads, {removed} removals");
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    assert_eq!(world.puts().len(), sent);
    ledger_is_sound(&world.ledger());
}

#[test]
fn killed_ten_times_it_sends_hardly_any_photo_twice() {
    let mut chance = fastrand::Rng::new();
    let mut world = World::people(PHOTOS);
    world.set("upload", UPLOAD);
    world.portraits(0, PHOTOS, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_millis(20)));
    let mut kills = 0;
    for _ in 0..10 {
        let (requests, stored) = (world.requests().len(), world.emulator().counters().stored);
        let mut run = world.spawn(&["reconcile"]);
        let goal = stored + chance.u64(0..12);
        let begun = || world.requests().len() > requests && world.emulator().counters().stored >= goal;
        let over = std::cell::RefCell::new(&mut run);
        world.until("some uploads, or the end", || begun() || over.borrow_mut().is_over());
        world.pass_time(Duration::from_millis(chance.u64(0..20)));
        kills += usize::from(!run.is_over());
        run.kill();
    }
    assert!(kills >= 8, "{kills} kills only: the runs were too quick for this test");
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0).says(&["up to date"]);
    world.all_in_place(PHOTOS, 0);
    let puts = world.puts();
    let mut per_target: HashMap<&str, usize> = HashMap::new();
    for put in &puts {
        *per_target.entry(&put.target).or_default() += 1;
    }
    assert_eq!(per_target.len(), PHOTOS, "no upload went to anybody else");
    let again = puts.len() - PHOTOS;
    println!("{kills} kills, {again} photos sent again");
    assert!(again <= kills * CONCURRENCY, "{again} photos sent again after {kills} kills");
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    assert_eq!(world.puts().len(), puts.len());
}
