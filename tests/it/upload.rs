//! The queue against a tenant with moods: close to the pace it allows, patient while it is away, and not stubborn.

use std::time::Duration;

use photosyncd::testing::emulator::{Fault, RetryAfter, Settings, Throttling, Weather};

use crate::world::{World, noise, person, portrait};

fn count(text: &str, words: &str) -> usize {
    text.matches(words).count()
}

/// A tenth of the size that `benches/pace.rs` measures, against a tenant ten times as quick.
fn close_to_the_pace(retry_after: RetryAfter) {
    const PHOTOS: usize = 700;
    let throttle = Throttling { rate: Some(60.0), burst: 60, retry_after, ..Throttling::default() };
    let mut world = World::people_with(PHOTOS, Settings { throttle, ..Settings::default() });
    world.set("upload", "{ per_second: 20, max_per_second: 120 }");
    world.portraits(0, PHOTOS, 0);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    let counters = world.emulator().counters();
    let seconds = outcome["elapsed_ms"].as_f64().unwrap() / 1000.0;
    println!("{retry_after:?}: {seconds} s, {} refused", counters.refused);
    assert_eq!((&outcome["delivered"], counters.stored), (&PHOTOS.into(), PHOTOS as u64), "each once");
    assert_eq!(counters.early, 0, "nothing is sent while an announced wait runs");
    assert!(counters.refused <= 14, "{} of {PHOTOS} refused", counters.refused);
    // At 60 a second, and a machine that has other things to do.
    assert!(seconds < 20.0, "{seconds} s");
}

#[test]
fn close_to_the_pace_with_waits_in_seconds() {
    close_to_the_pace(RetryAfter::Seconds);
}

#[test]
fn close_to_the_pace_without_waits_announced() {
    close_to_the_pace(RetryAfter::Absent);
}

#[test]
fn what_is_read_before_an_upload_costs_no_pace_where_the_bucket_is_met_and_sends_nothing_early() {
    const PHOTOS: usize = 500;
    let throttle = Throttling { rate: Some(40.0), burst: 40, ..Throttling::default() };
    let mut world = World::people_with(PHOTOS, Settings { throttle, ..Settings::default() });
    world.set("upload", "{ per_second: 20, max_per_second: 80 }");
    world.set("backup", "{ before_first_overwrite: true }");
    world.portraits(0, PHOTOS, 0);
    world.emulator().set_weather(Some(Weather::from_yaml("latency: 300ms").unwrap()));
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    let counters = world.emulator().counters();
    let seconds = outcome["elapsed_ms"].as_f64().unwrap() / 1000.0;
    assert_eq!(counters.stored, PHOTOS as u64, "each once");
    assert_eq!(counters.early, 0, "nothing is sent while an announced wait runs");
    // 11.5 s by the bucket alone; some 15 with two meetings, and 33 where each cut the pace more than once.
    assert!(seconds < 25.0, "{seconds} s, {} refused", counters.refused);
}

/// Whether Graph says what it calls a new photo, late or not at all: the photo is there, and that is no outage.
#[test]
fn what_is_asked_after_an_upload_may_fail_and_hang_without_being_taken_for_silence() {
    const PEOPLE: usize = 12;
    let reads = Fault { method: Some("GET".to_owned()), path: Some("/photo".to_owned()), ..Fault::default() };
    for (shape, fault) in [
        ("busy", Fault { status: Some(503), ..reads.clone() }.with_header("Retry-After", "6").times(PEOPLE as u64)),
        ("hanging", reads.delayed(Duration::from_secs(30))),
    ] {
        let mut world = World::people(PEOPLE);
        world.set("removal", "{ when_file_disappears: delete }");
        let (graph, login) = (world.emulator().graph_url(), world.emulator().login_url());
        let urls = format!("graph_url: '{graph}', login_url: '{login}'");
        let secret = "credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }";
        let who = "tenant: contoso.com, client_id: photosyncd";
        world.set("graph", &format!("{{ cloud: custom, {urls}, {who}, timeout: 2s, {secret} }}"));
        world.portraits(0, PEOPLE, 0);
        world.emulator().add_fault(fault);
        let outcome = world.run(&["reconcile"]).exits(0).says(&["12 photos delivered"]);
        assert_eq!(world.puts().len(), PEOPLE, "{shape}: each once");
        assert!(!outcome.stderr.contains("has not answered"), "{shape}: {}", outcome.stderr);
    }
}

#[test]
fn an_account_without_a_mailbox_gets_a_smaller_picture_in_the_same_try() {
    let tenant = "users:\n  - { userPrincipalName: ada@contoso.com, id: 00000000-0000-4000-8000-00000000000a, mailbox: none }\n";
    let world = World::with(tenant, Settings::default());
    world.write("users/ada@contoso.com.jpg", &noise(648, 90));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert!(world.user_photo("ada@contoso.com").unwrap().body.len() <= 100_000);
    assert_eq!(world.puts().len(), 2);
    let sent = world.puts().len();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), sent, "it is in step");
}

#[test]
fn a_picture_that_is_too_large_is_sent_smaller_once_and_then_blocked() {
    let world = World::people(1);
    world.write(&format!("users/{}.jpg", person(0)), &noise(648, 90));
    world.emulator().add_fault(Fault::status("PUT", "/photo", 413).times(2));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem(&format!("users/{}.jpg", person(0)))["reason"], "photo_too_large");
    assert_eq!(world.puts().len(), 2);
}

#[test]
fn a_sign_in_page_of_the_network_is_waited_out_and_blames_no_photo() {
    let world = World::people(12);
    world.portraits(0, 12, 0);
    let portal = Fault::status("PUT", "/photo", 302).with_header("Location", "http://127.0.0.1:1/login");
    world.emulator().add_fault(portal.times(2));
    let outcome = world.run(&["reconcile"]).exits(0).says(&["12 photos delivered"]);
    assert_eq!(count(&outcome.stderr, "Graph can't be reached"), 1, "{}", outcome.stderr);
    assert_eq!(count(&outcome.stderr, "Graph answers again"), 1, "{}", outcome.stderr);
    assert!((0..12).all(|number| world.user_photo(&person(number)).unwrap().body == portrait(u32::try_from(number).unwrap())));
}

#[test]
fn an_outage_is_probed_with_one_request_at_a_time() {
    let mut world = World::people(40);
    world.portraits(0, 40, 0);
    world.set("upload", "{ concurrency: 3, per_second: 20, max_per_second: 20 }");
    // Ten different ones in a row make an outage, and at least one probe fails.
    world.emulator().add_fault(Fault::status("PUT", "/photo", 500).times(14));
    let outcome = world.run(&["reconcile"]).exits(0).says(&["40 photos delivered"]);
    assert_eq!(count(&outcome.stderr, "Graph can't be reached"), 1, "{}", outcome.stderr);
    assert_eq!(world.puts().len(), 54);
}

#[test]
fn a_file_that_changes_while_its_photo_waits_is_looked_at_again_before_anything_is_sent() {
    let world = World::people(1);
    world.portraits_of(0, 1);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 503).with_header("Retry-After", "2").times(1));
    let run = world.spawn(&["reconcile"]);
    world.until("the first try", || world.puts().len() == 1);
    world.portraits_of(0, 2);
    run.finish().exits(0).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, portrait(2));
    // What was sent is what the ledger says was sent.
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    assert_eq!(world.puts().len(), 2);
}
