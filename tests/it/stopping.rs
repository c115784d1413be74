//! Asked to stop, or out of time: what is under way is finished, and the rest follows later.

use std::time::Duration;

use photosyncd::testing::emulator::Fault;

use crate::world::{World, person, portrait, slow_uploads};

#[test]
fn a_stopped_run_finishes_uploads_in_progress_and_the_next_run_sends_the_rest() {
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
    world.run(&["status"]).exits(3).says(&[&format!("{sent} up to date, {} queued", 40 - sent)]);
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 40, "no photo is sent twice");
    world.all_in_place(40, 0);
}

#[test]
fn a_second_stop_signal_drops_uploads_in_progress_and_they_are_sent_again_later() {
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
    world.all_in_place(4, 0);
}

/// A world in which the directory asks for patience, longer than a test has.
fn a_long_wait() -> World {
    let world = World::people(3);
    world.portraits(0, 3, 0);
    world.emulator().add_fault(Fault::status("GET", "/users", 429).with_header("Retry-After", "100").times(1));
    world
}

#[test]
fn a_stop_signal_ends_a_wait_for_the_directory() {
    let world = a_long_wait();
    let run = world.spawn(&["reconcile", "--json"]);
    world.until("the refusal", || world.requests().iter().any(|request| request.status == 429));
    run.terminate();
    let outcome = run.finish().exits(3).json();
    assert_eq!((&outcome["stopped"], &outcome["delivered"]), (&"signal".into(), &0.into()));
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
}

#[test]
fn a_time_limit_applies_to_directory_lookups() {
    let outcome = a_long_wait().run(&["reconcile", "--max-duration", "1s", "--json"]).exits(3).json();
    assert_eq!(outcome["stopped"], "max_duration");
    assert!(outcome["elapsed_ms"].as_u64().unwrap() < 20_000);
}

#[test]
fn a_time_limit_stops_a_run_like_a_signal() {
    let mut world = World::people(40);
    world.set("upload", "{ concurrency: 4, per_second: 1000, max_per_second: 1000 }");
    world.portraits(0, 40, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_millis(200)));
    let outcome = world.run(&["reconcile", "--max-duration", "1s", "--json"]).exits(3).json();
    assert_eq!(outcome["stopped"], "max_duration");
    assert_eq!(outcome["delivered"], world.puts().len());
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 40);
    world.all_in_place(40, 0);
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
