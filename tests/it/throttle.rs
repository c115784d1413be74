//! "Slow down", in every form that it is said: the wait is kept by all, and everything arrives.

use std::time::Duration;

use photosyncd::testing::emulator::{Fault, RetryAfter, Settings, Throttling};

use crate::world::{World, person};

#[test]
fn patience_that_is_given_bounds_pauses_too_and_so_does_the_longest_time() {
    for (retry_after, bound) in
        [("30", "--patience"), ("86400", "--patience"), ("30", "--max-duration"), ("1e9", "--max-duration")]
    {
        let world = World::people(3);
        world.portraits(0, 3, 0);
        world.emulator().add_fault(Fault::status("PUT", "/photo", 429).with_header("Retry-After", retry_after));
        let outcome = world.run(&["reconcile", bound, "2s", "--json"]).exits(3).json();
        let elapsed = outcome["elapsed_ms"].as_u64().unwrap();
        assert!(elapsed < 5_000, "{bound}, Retry-After {retry_after}: {elapsed} ms");
        assert_eq!(outcome["delivered"], 0, "{outcome}");
        assert_eq!(outcome["not_waited_for"].is_string(), bound == "--patience", "{outcome}");
        // The advice is the same wherever it is given, and true without a service.
        let cure = &outcome["causes"][0]["cure"];
        assert_eq!(cure, &outcome["problems"][0]["cure"]);
        assert!(cure.as_str().unwrap().contains("run again"), "{cure}");
        // The wait is kept: the next run does not begin before it is over.
        let tried = world.puts().len();
        world.run(&["reconcile", "--patience", "1s"]).exits(3).says(&["Not waited for (--patience)", "run again then"]);
        assert_eq!(world.puts().len(), tried, "{bound}");
    }
}

fn slowed(retry_after: RetryAfter) {
    let throttle = Throttling {
        rate: Some(4.0),
        burst: 3,
        retry_after,
        at_least: Duration::from_secs(2),
        grace: Duration::from_millis(400),
        ..Throttling::default()
    };
    let world = World::people_with(8, Settings { throttle, ..Settings::default() });
    world.portraits(0, 8, 0);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    let counters = world.emulator().counters();
    assert_eq!((&outcome["delivered"], &outcome["waiting"]), (&8.into(), &0.into()));
    assert!(counters.refused >= 1);
    assert_eq!(outcome["throttled"].as_u64().unwrap(), counters.refused);
    if retry_after == RetryAfter::Absent {
        assert!(outcome["elapsed_ms"].as_u64().unwrap() >= 1_000, "a second at least, where nothing was said");
    } else {
        assert_eq!(counters.early, 0, "nothing is sent while the announced wait runs");
        assert!(outcome["elapsed_ms"].as_u64().unwrap() >= 2_000);
    }
    assert!((0..8).all(|number| world.user_photo(&person(number)).is_some_and(|photo| photo.uploads == 1)));
}

#[test]
fn in_whole_seconds() {
    slowed(RetryAfter::Seconds);
}

#[test]
fn in_a_fraction() {
    slowed(RetryAfter::Fraction);
}

#[test]
fn as_a_date() {
    slowed(RetryAfter::Date);
}

#[test]
fn without_saying_how_long() {
    slowed(RetryAfter::Absent);
}

#[test]
fn questions_wait_too() {
    let world = World::people(3);
    world.portraits(0, 3, 0);
    world.emulator().add_fault(Fault::status("GET", "/users", 429).with_header("Retry-After", "1").times(1));
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["delivered"], &outcome["throttled"]), (&3.into(), &1.into()));
    assert_eq!(world.emulator().counters().early, 0);
}

#[test]
fn a_restart_keeps_the_wait() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 429).with_header("Retry-After", "3").times(1));
    let run = world.spawn(&["reconcile"]);
    world.until("the refusal", || world.puts().iter().any(|put| put.status == 429));
    run.terminate();
    run.finish().exits(3).says(&["1 retried later", "throttled"]);
    let status = world.run(&["status", "--json"]).exits(3).json();
    assert_eq!(status["waiting"][0]["reason"], "throttled");
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!((world.emulator().counters().early, world.puts().len()), (0, 2));
}

/// Whoever was selected and is still to be sent is not up to date, though another photo met the wait.
#[test]
fn selected_files_that_a_pause_keeps_are_not_up_to_date() {
    let mut world = World::people(3);
    world.set("upload", "{ concurrency: 1 }");
    world.portraits(0, 3, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 429).with_header("Retry-After", "60").times(1));
    world.run(&["reconcile", "--patience", "1s"]).exits(3);
    for number in 0..3 {
        let only = person(number);
        world.run(&["reconcile", "--only", &only, "--patience", "1s"]).exits(3).says(&["Not all of the files selected"]);
    }
    assert_eq!(world.emulator().counters().early, 0);
}

#[test]
fn progress_as_json_lines() {
    let mut world = World::people(20);
    world.set("upload", "{ per_second: 8, max_per_second: 8 }");
    world.portraits(0, 20, 0);
    let outcome = world.run(&["reconcile", "--json", "--progress", "json"]).exits(0);
    assert_eq!(outcome.json()["delivered"], 20, "stdout stays one document");
    let lines: Vec<serde_json::Value> = outcome
        .stderr
        .lines()
        .filter(|line| line.starts_with("{\"elapsed_ms\""))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(lines.len() >= 3, "{}", outcome.stderr);
    let seconds: Vec<u64> = lines.iter().map(|line| line["elapsed_ms"].as_u64().unwrap() / 1_000).collect();
    assert!(seconds.is_sorted(), "{seconds:?}");
    assert!(lines.iter().all(|line| line["total"] == 20 && line["allowed_per_second"].as_f64().unwrap() > 0.0));
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    assert!(first["left_s"].as_u64().unwrap() >= 1, "{first}");
    assert_eq!((&last["delivered"], &last["left_s"]), (&20.into(), &0.into()));
    assert!(last["per_second"].as_f64().unwrap() > 1.0, "{last}");
}

#[test]
fn a_pause_asked_of_everybody_is_kept_by_the_next_run_for_people_who_were_not_there_yet() {
    let world = World::people(2);
    world.portraits(0, 1, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 429).with_header("Retry-After", "30").times(1));
    world.run(&["reconcile", "--max-duration", "1s"]).exits(3);
    world.portraits(1, 2, 0);
    world.run(&["reconcile", "--max-duration", "2s"]).exits(3);
    assert_eq!(world.puts().len(), 1, "nothing is sent while an announced wait runs");
}
