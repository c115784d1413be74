//! Killed at any moment, or asked to stop: nothing is lost, nothing goes astray, next to nothing is sent twice.

use std::collections::HashMap;
use std::time::Duration;

use photosyncd::testing::emulator::Fault;

use crate::world::{World, person, portrait};

const PHOTOS: usize = 150;
/// Kills in the usual suite; `PHOTOSYNCD_KILLS=500 cargo test --release --test it killed` makes more of them.
const KILLS: usize = 50;
/// `upload.concurrency` of the configuration's default.
const CONCURRENCY: usize = 4;

/// Every person has their own picture and nobody else's.
#[track_caller]
fn all_in_place(world: &World, photos: usize) {
    for number in 0..photos {
        let photo = world.user_photo(&person(number)).unwrap_or_else(|| panic!("{} has no photo", person(number)));
        assert_eq!(photo.body, portrait(u32::try_from(number).unwrap()), "{} has somebody else's face", person(number));
    }
}

fn slow_uploads(span: Duration) -> Fault {
    Fault { method: Some("PUT".to_owned()), ..Fault::default() }.delayed(span)
}

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
    let Ok(ledger) = rusqlite::Connection::open(world.ledger()) else { return false };
    let sql = "SELECT count(*) FROM targets WHERE label = ?1 AND state = 'in_step'";
    ledger.query_row(sql, [person(number)], |row| row.get::<_, i64>(0)).is_ok_and(|count| count == 1)
}

fn integrity(world: &World) -> String {
    let ledger = rusqlite::Connection::open(world.ledger()).unwrap();
    ledger.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
}

#[test]
fn killed_at_random_moments_again_and_again_and_then_let_go() {
    let kills_wanted = std::env::var("PHOTOSYNCD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let seed = std::env::var("PHOTOSYNCD_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}; PHOTOSYNCD_SEED={seed} makes the same edits");
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut world = World::people(PHOTOS);
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    world.set("guard", "{ max_removals: 100000, max_removals_percent: 100 }");
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
            assert_eq!(integrity(&world), "ok", "after kill {kills}");
        }
        if chance.u8(..3) == 0 {
            edit(&world, &mut hr, &mut chance);
            edits += 1;
        }
    }
    world.emulator().clear_faults();
    // Two scans must agree before a photo goes.
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["The tenant is in step"]);
    for (number, picture) in hr.iter().enumerate() {
        let photo = world.user_photo(&person(number)).map(|photo| photo.body);
        assert_eq!(photo, picture.map(|seed| portrait(seed).into()), "{} is not as in the directory", person(number));
    }
    let (sent, removed) = (world.puts().len(), world.requests().iter().filter(|request| &*request.method == "DELETE").count());
    println!("{kills} kills, {edits} edits, {sent} uploads, {removed} removals");
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    assert_eq!(world.puts().len(), sent);
    assert_eq!(integrity(&world), "ok");
}

#[test]
fn killed_ten_times_it_sends_next_to_nothing_twice() {
    let mut chance = fastrand::Rng::new();
    let world = World::people(PHOTOS);
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
    world.run(&["reconcile"]).exits(0).says(&["The tenant is in step"]);
    all_in_place(&world, PHOTOS);
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

#[test]
fn asked_to_stop_it_finishes_what_is_under_way_and_goes_on_later() {
    let world = World::people(40);
    world.portraits(0, 40, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_millis(50)));
    let run = world.spawn(&["reconcile", "--json"]);
    world.until("some uploads", || world.emulator().counters().stored >= 8);
    run.terminate();
    let outcome = run.finish().exits(3).json();
    assert_eq!(outcome["stopped"], "signal");
    let sent = world.puts().len();
    assert!(sent < 40, "it stopped before the end");
    assert_eq!(outcome["delivered"], sent, "what was under way is known to be delivered");
    assert_eq!(outcome["due"], 40 - sent);
    world.run(&["status"]).exits(3).says(&[&format!("{sent} in step, {} due", 40 - sent)]);
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 40, "no photo is sent twice");
    all_in_place(&world, 40);
}

#[test]
fn asked_twice_it_drops_what_is_under_way_and_sends_it_again_later() {
    let world = World::people(4);
    world.portraits(0, 4, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_secs(100)));
    let run = std::cell::RefCell::new(world.spawn(&["reconcile"]));
    world.until("uploads under way", || world.puts().len() == 4);
    world.until("the end", || {
        let mut run = run.borrow_mut();
        run.terminate();
        run.is_over()
    });
    run.into_inner().finish().exits(3);
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
    all_in_place(&world, 4);
}

/// A world in which the directory asks for patience, longer than a test has.
fn a_long_wait() -> World {
    let world = World::people(3);
    world.portraits(0, 3, 0);
    world.emulator().add_fault(Fault::status("GET", "/users", 429).with_header("Retry-After", "100").times(1));
    world
}

#[test]
fn asked_to_stop_while_it_waits_for_the_directory_it_does_not_wait_on() {
    let world = a_long_wait();
    let run = world.spawn(&["reconcile", "--json"]);
    world.until("the refusal", || world.requests().iter().any(|request| request.status == 429));
    run.terminate();
    let outcome = run.finish().exits(3).json();
    assert_eq!((&outcome["stopped"], &outcome["delivered"]), (&"signal".into(), &0.into()));
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
}

#[test]
fn a_time_limit_holds_for_the_questions_too() {
    let outcome = a_long_wait().run(&["reconcile", "--max-duration", "1s", "--json"]).exits(3).json();
    assert_eq!(outcome["stopped"], "max_duration");
    assert!(outcome["elapsed_ms"].as_u64().unwrap() < 20_000);
}

#[test]
fn a_time_limit_stops_it_the_same_way() {
    let world = World::people(40);
    world.portraits(0, 40, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_millis(200)));
    let outcome = world.run(&["reconcile", "--max-duration", "1s", "--json"]).exits(3).json();
    assert_eq!(outcome["stopped"], "max_duration");
    assert_eq!(outcome["delivered"], world.puts().len());
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 40);
    all_in_place(&world, 40);
}

#[test]
fn a_picture_that_changes_on_the_way_is_delivered_as_it_is_in_the_end() {
    let world = World::people(12);
    world.portraits(0, 12, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_millis(100)));
    let run = world.spawn(&["reconcile"]);
    world.until("the first uploads", || world.emulator().counters().stored >= 1);
    world.portraits(0, 12, 1000);
    run.finish();
    world.run(&["reconcile"]).exits(0);
    for number in 0..12 {
        assert_eq!(world.user_photo(&person(number)).unwrap().body, portrait(1000 + u32::try_from(number).unwrap()));
    }
}
