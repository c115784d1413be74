//! `--patience` and `--max-duration` hold, whatever Microsoft 365 asks to wait for, and wherever it asks.

use std::time::Duration;

use photosyncd::testing::emulator::Fault;

use crate::world::{AT_ONCE, World, portrait_file, timed};

/// What a command may take beyond its bound, on a machine that does other things, too.
const SOME: Duration = Duration::from_secs(6);

/// A place where a wait is asked for: the command, the request, and what there is before.
struct Place {
    command: &'static [&'static str],
    method: &'static str,
    path: &'static str,
    /// The command, too, has `--patience` and `--max-duration`.
    bounded: bool,
    world: fn() -> World,
}

fn new_photos() -> World {
    let mut world = World::people(3);
    world.set("backup", "{ before_first_overwrite: true, directory: kept }");
    world.portraits(0, 3, 0);
    world
}

fn scoped() -> World {
    let mut world = World::new();
    world.set("scope", "{ exclude_groups: [sales] }");
    world.write("users/anna@contoso.com.jpg", &crate::world::portrait(1));
    world
}

fn delivered() -> World {
    let world = new_photos();
    world.run(&["reconcile"]).exits(0);
    world
}

fn compared() -> World {
    let mut world = delivered();
    world.set("drift", "{ check_every: 1h }");
    world.hours_later(2);
    world
}

fn to_be_removed() -> World {
    let mut world = World::people(3);
    world.set("removal", AT_ONCE);
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0);
    std::fs::remove_file(world.photos().join(portrait_file(1))).unwrap();
    world.run(&["reconcile"]).exits(0);
    world
}

const PLACES: &[Place] = &[
    Place { command: &["reconcile"], method: "POST", path: "/oauth2/", bounded: true, world: new_photos },
    Place { command: &["reconcile"], method: "GET", path: "/users", bounded: true, world: new_photos },
    Place { command: &["reconcile"], method: "GET", path: "/groups", bounded: true, world: scoped },
    Place { command: &["reconcile"], method: "GET", path: "/transitiveMembers", bounded: true, world: scoped },
    Place { command: &["reconcile"], method: "GET", path: "/photo", bounded: true, world: new_photos },
    Place { command: &["reconcile"], method: "PUT", path: "/photo", bounded: true, world: new_photos },
    Place { command: &["reconcile"], method: "GET", path: "/photo", bounded: true, world: to_be_removed },
    Place { command: &["reconcile"], method: "DELETE", path: "/photo", bounded: true, world: to_be_removed },
    Place { command: &["reconcile"], method: "GET", path: "/photo", bounded: true, world: compared },
    Place { command: &["verify"], method: "GET", path: "/photo", bounded: true, world: delivered },
    Place { command: &["verify"], method: "POST", path: "/oauth2/", bounded: true, world: delivered },
    Place { command: &["restore", "p001@contoso.com"], method: "GET", path: "/photo", bounded: true, world: delivered },
    Place { command: &["plan"], method: "POST", path: "/oauth2/", bounded: false, world: new_photos },
    Place { command: &["plan"], method: "GET", path: "/users", bounded: false, world: new_photos },
    Place { command: &["plan", "--missing"], method: "GET", path: "/users?", bounded: false, world: delivered },
    Place { command: &["report", "--missing"], method: "GET", path: "/users?", bounded: false, world: delivered },
    Place { command: &["doctor"], method: "GET", path: "/users", bounded: false, world: new_photos },
    Place { command: &["doctor"], method: "POST", path: "/oauth2/", bounded: false, world: new_photos },
];

fn place(at: &Place, bound: &[&str], status: u16, retry_after: &str) {
    let world = (at.world)();
    world.emulator().add_fault(Fault::status(at.method, at.path, status).with_header("Retry-After", retry_after));
    let (outcome, took) = timed(|| world.run(&[at.command, bound].concat()));
    let told = format!(
        "{:?} {bound:?}, {} {} {status} Retry-After {retry_after}: {took:?}\n{}{}",
        at.command, at.method, at.path, outcome.stdout, outcome.stderr
    );
    let bound = if bound.is_empty() { Duration::ZERO } else { Duration::from_secs(2) };
    assert!(took < bound + SOME, "{told}");
    assert!(matches!(outcome.code, Some(3 | 5)), "{told}");
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    let words = ["slow down", "503", "--max-duration is over", "Stopped early", "asks to wait"];
    assert!(words.iter().any(|words| said.contains(words)), "{told}");
}

#[test]
fn patience_holds_at_every_place() {
    for at in PLACES.iter().filter(|place| place.bounded) {
        for (status, retry_after) in [(429, "30"), (429, "3600"), (503, "30"), (503, "3600")] {
            place(at, &["--patience", "2s"], status, retry_after);
        }
    }
}

#[test]
fn the_longest_time_holds_at_every_place() {
    for at in PLACES.iter().filter(|place| place.bounded) {
        for (status, retry_after) in [(429, "30"), (503, "3600")] {
            place(at, &["--max-duration", "2s"], status, retry_after);
        }
    }
}

#[test]
fn a_command_that_only_asks_does_not_wait_for_an_hour() {
    for at in PLACES.iter().filter(|place| !place.bounded) {
        for status in [429, 503] {
            place(at, &[], status, "3600");
        }
    }
}

#[test]
fn an_answer_that_does_not_come_holds_nobody_beyond_the_longest_time() {
    for (world, command, method) in [
        (new_photos as fn() -> World, "reconcile", "PUT"),
        (new_photos, "reconcile", "GET"),
        (to_be_removed, "reconcile", "GET"),
        (compared, "reconcile", "GET"),
        (delivered, "verify", "GET"),
    ] {
        let world = world();
        let late = Fault { method: Some(method.to_owned()), path: Some("/photo".to_owned()), ..Fault::default() };
        world.emulator().add_fault(late.delayed(Duration::from_secs(18)));
        let (outcome, took) = timed(|| world.run(&[command, "--max-duration", "2s"]));
        assert!(took < Duration::from_secs(2) + SOME, "{command} {method}: {took:?}\n{}", outcome.stdout);
        outcome.exits(3);
        // What may have arrived does no harm, and nothing is lost.
        world.emulator().clear_faults();
        world.run(&["reconcile"]).exits(0);
    }
}

/// What a command with a patience of six seconds says that is asked to wait for a minute by something that does not answer.
fn runs_out(world: &World, command: &[&str], fault: Fault) -> String {
    world.emulator().add_fault(fault.delayed(Duration::from_secs(60)));
    let (outcome, took) = timed(|| world.run(&[command, &["--patience", "6s"]].concat()));
    assert!(took < Duration::from_secs(6) + SOME, "{command:?}: {took:?}\n{}{}", outcome.stdout, outcome.stderr);
    assert!(matches!(outcome.code, Some(3 | 69)), "{command:?}: {:?}\n{}", outcome.code, outcome.stdout);
    format!("{}{}", outcome.stdout, outcome.stderr)
}

/// The same where somebody has no patience: an outage is waited out for no longer, if nobody answers, too.
#[test]
fn an_answer_that_does_not_come_holds_nobody_beyond_the_patience() {
    for (world, command) in [
        (delivered as fn() -> World, &["verify"][..]),
        (compared, &["reconcile"]),
        (delivered, &["export", "--out", "kept-photos"]),
    ] {
        let late = Fault { method: Some("GET".to_owned()), path: Some("/photo".to_owned()), ..Fault::default() };
        let said = runs_out(&world(), command, late);
        assert!(said.contains("did not answer within 6 s"), "{command:?}\n{said}");
        assert!(!said.contains("tried again by itself"), "{command:?} is over\n{said}");
    }
}

/// Whoever does not answer is named: the sign-in service, not a question that was never asked.
#[test]
fn a_sign_in_that_does_not_come_holds_nobody_beyond_the_patience() {
    for (world, command) in [
        (new_photos as fn() -> World, &["reconcile"][..]),
        (delivered, &["verify"]),
        (delivered, &["export", "--out", "kept-photos"]),
    ] {
        let said = runs_out(&world(), command, Fault { path: Some("/token".to_owned()), ..Fault::default() });
        assert!(said.contains("no answer came from 127.0.0.1 within 6 s"), "{command:?}\n{said}");
    }
}

/// An answer takes its time: who waits for nothing hears it out.
#[test]
fn without_any_patience_an_answer_is_heard_out() {
    for (world, command) in [
        (new_photos as fn() -> World, &["reconcile"][..]),
        (compared, &["reconcile"]),
        (delivered, &["verify"]),
        (delivered, &["export", "--out", "kept-photos"]),
    ] {
        let world = world();
        world.emulator().add_fault(Fault::default().delayed(Duration::from_secs(1)));
        world.run(&[command, &["--patience", "0s"]].concat()).exits(0);
    }
}

#[test]
fn a_pause_that_was_asked_for_is_kept_by_all_questions_after_it() {
    let mut world = scoped();
    world.set("mapping", "{}");
    world.emulator().add_fault(Fault::status("GET", "/groups", 429).with_header("Retry-After", "30"));
    world.run(&["reconcile", "--patience", "2s"]).exits(3).says(&["slow down", "asks to wait 30 s"]);
    let asked = world.requests().iter().filter(|request| !request.target.contains("/token")).count();
    assert_eq!(asked, 1, "nothing is asked while it runs");
}
