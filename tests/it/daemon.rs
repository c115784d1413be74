//! The service's life: ready, reload, stop, killed; what its supervisor hears and its pages show.

use std::time::Duration;

use crate::world::service::{Service, free_port, get, status};
use crate::world::{World, person, portrait, slow_uploads};
use photosyncd::testing::emulator::Fault;

#[test]
fn the_service_is_ready_when_the_first_pass_is_planned_and_then_delivers() {
    let mut world = World::people(10);
    world.settle_soon();
    world.portraits(0, 10, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_millis(300)));
    let service = Service::ready(&world);
    assert!(world.puts().len() < 10, "it is ready when the pass is planned, not when all is delivered");
    world.until("all photos", || world.emulator().counters().stored == 10);
    world.until("the status", || service.shows("10 up to date"));
    world.all_in_place(10, 0);
    let heard = service.heard();
    assert!(heard.iter().position(|line| line == "READY=1") < heard.iter().position(|line| line == "STATUS=10 up to date"));
    world.until("the status file", || status(&world)["targets"]["in_step"] == 10);
    assert!(world.run(&["status"]).exits(0).says(&["The service runs as process", "watching the directory"]).code == Some(0));
    service.run.terminate();
    let heard = service.finish().1;
    assert_eq!(heard.iter().filter(|line| *line == "STOPPING=1").count(), 1);
    assert_eq!(status(&world)["phase"], "stopped");
    assert!(!world.ledger().with_file_name("control.sock").exists());
    assert!(!world.ledger().with_file_name("photosyncd.db-wal").exists(), "the ledger is closed in order");
    world.run(&["status", "--json"]).exits(0).says(&["\"service\": null"]);
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    assert_eq!(world.puts().len(), 10);
}

#[test]
fn a_second_service_exits_75_and_commands_reach_the_first() {
    let mut world = World::people(3);
    world.settle_soon();
    world.portraits(0, 3, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 400).with_code("ErrorInvalidImage", "no").times(1));
    let service = Service::ready(&world);
    world.until("one blocked", || service.shows("2 up to date, 1 held"));
    world.run(&["run"]).exits(75).says(&["is held by process"]);
    world.run(&["reconcile"]).exits(75).says(&["systemctl reload photosyncd", "photosyncd retry"]);
    world.run(&["retry", "nobody"]).exits(2).says(&["0 made due", "status"]);
    world.run(&["retry"]).exits(0).says(&["1 made due; the running service tries them"]);
    world.until("all in step", || service.shows("3 up to date"));
    world.run(&["accept", "nobody"]).exits(2);
    let json = world.run(&["status", "--json"]).exits(0).json();
    assert_eq!(json["service"]["watch"]["state"], "native");
    assert_eq!(json["service"]["totals"]["delivered"], 3);
}

#[test]
fn a_stopped_service_finishes_uploads_in_progress() {
    let mut world = World::people(40);
    world.settle_soon();
    world.portraits(0, 40, 0);
    world.pass_time(Duration::from_millis(150));
    world.emulator().add_fault(slow_uploads(Duration::from_millis(100)));
    let service = Service::ready(&world);
    world.until("some uploads", || world.emulator().counters().stored >= 8);
    service.run.terminate();
    service.run.finish().exits(0);
    let sent = world.puts().len();
    assert!(sent < 40, "it stopped before the end");
    world.run(&["status"]).exits(3).says(&[&format!("{sent} up to date, {} queued", 40 - sent)]);
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 40, "no photo is sent twice");
    world.all_in_place(40, 0);
}

#[test]
fn it_stops_within_the_time_it_is_given() {
    let mut world = World::people(4);
    world.settle_soon();
    world.set("service", "{ drain: 1s }");
    world.portraits(0, 4, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_secs(100)));
    let service = Service::ready(&world);
    world.until("uploads under way", || world.puts().len() == 4);
    service.run.terminate();
    service.run.finish().exits(0).says(&["did not finish within 1 s"]);
    world.run(&["status"]).exits(3).says(&["0 up to date, 4 queued"]);
}

#[test]
fn a_second_stop_signal_drops_uploads_in_progress() {
    let mut world = World::people(4);
    world.settle_soon();
    world.portraits(0, 4, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_secs(100)));
    let service = Service::ready(&world);
    world.until("uploads under way", || world.puts().len() == 4);
    service.run.terminate();
    world.until("STOPPING=1", || service.count("STOPPING=1") == 1);
    service.run.terminate();
    service.run.finish().exits(0).says(&["Asked again to stop"]);
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
    world.all_in_place(4, 0);
}

#[test]
fn a_changed_configuration_takes_effect_and_a_bad_one_is_refused() {
    let mut world = World::people(4);
    world.settle_soon();
    world.write("staff/p000@contoso.com.jpg", &portrait(0));
    let service = Service::ready(&world);
    assert!(world.puts().is_empty(), "no rule claims it");
    world.set("mapping", "{ rules: [{ files: 'staff/{upn}.{ext}', user: { userPrincipalName: '{upn}' }, nonsense: 1 }] }");
    world.set("upload", "{ per_second: lots }");
    service.run.hang_up();
    world.until("the refusal", || service.shows("refused, the old one stays"));
    assert_eq!(service.count("RELOADING=1"), 1);
    world.until("READY=1 again", || service.count("READY=1") == 2);
    assert!(world.puts().is_empty());
    world.set("upload", "{ per_second: 100, max_per_second: 100 }");
    world.set("mapping", "{ rules: [{ files: 'staff/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    service.run.hang_up();
    world.until("the photo", || world.user_photo(&person(0)).is_some());
    world.until("READY=1 once more", || service.count("READY=1") == 3);
    assert!(service.heard().iter().filter(|line| line.starts_with("MONOTONIC_USEC=")).count() == 2);
    // What the old configuration's ledger can't serve needs a restart.
    world.set("ledger", "{ path: other.db }");
    service.run.hang_up();
    world.until("the refusal", || service.count("READY=1") == 4);
    service.run.terminate();
    let outcome = service.run.finish().exits(0);
    // Every fault at once, each with its place.
    outcome.says(&["nonsense", "upload.per_second", "has taken effect", "ledger.path changed, which takes a restart"]);
    assert!(!world.path(".photosyncd/other.db").exists());
}

#[test]
fn killed_and_started_again_it_delivers_the_rest() {
    let mut world = World::people(60);
    world.settle_soon();
    // What is in flight when it is killed is sent again, and nothing else.
    world.set("upload", "{ concurrency: 4, per_second: 1000, max_per_second: 1000 }");
    world.portraits(0, 60, 0);
    world.emulator().add_fault(slow_uploads(Duration::from_millis(30)));
    for round in 1..=3 {
        let service = Service::ready(&world);
        world.until("some uploads", || world.emulator().counters().stored >= 10 * round);
        service.run.kill();
    }
    world.emulator().clear_faults();
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("60 up to date"));
    world.all_in_place(60, 0);
    assert!(world.puts().len() <= 60 + 3 * 4, "{} uploads", world.puts().len());
}

#[test]
fn a_service_that_cannot_sign_in_keeps_running_and_recovers() {
    let mut world = World::people(2);
    world.settle_soon();
    world.portraits(0, 2, 0);
    world.emulator().add_fault(Fault::status("POST", "/oauth2/v2.0/token", 401));
    let service = Service::start(&world, &[]);
    world.until("it said", || service.shows("Sign-in fails"));
    world.until("READY=1", || service.count("READY=1") == 1);
    world.until("the status file", || !status(&world)["sign_in"].is_null());
    world.emulator().clear_faults();
    world.until("the photos", || world.emulator().counters().stored == 2);
    world.until("all is well", || status(&world)["sign_in"].is_null());
    service.run.terminate();
    let outcome = service.run.finish().exits(0).says(&["Sign-in works again"]);
    assert_eq!(outcome.stderr.matches("Sign-in fails").count(), 1, "said once\n{}", outcome.stderr);
}

#[test]
fn the_watchdog_is_notified_only_while_no_loop_hangs() {
    let mut world = World::people(3);
    world.settle_soon();
    world.portraits(0, 2, 0);
    // A slow Graph is no hang.
    world.emulator().add_fault(slow_uploads(Duration::from_secs(100)));
    let service = Service::start(&world, &[("WATCHDOG_USEC", "1000000")]);
    world.until("uploads under way", || world.puts().len() == 2);
    let before = service.count("WATCHDOG=1");
    world.until("pings while Graph is slow", || service.count("WATCHDOG=1") >= before + 12);
    // Somebody holds the ledger: whoever needs it hangs, for 5 s.
    let lock = world.lock_ledger();
    let begun = service.count("WATCHDOG=1");
    world.until("the trouble", || service.shows("is locked by another program"));
    drop(lock);
    let before = service.count("WATCHDOG=1");
    world.until("pings again", || service.count("WATCHDOG=1") > before + 3);
    let during = service.moments("WATCHDOG=1").split_off(begun);
    let gap = during.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
    assert!(gap > Duration::from_millis(1200), "no pause in {} pings, longest {gap:?}", during.len());
}

#[test]
fn the_pages_of_the_service_show_its_state() {
    let mut world = World::people(3);
    world.settle_soon();
    let port = free_port();
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    world.portraits(0, 2, 0);
    world.write("nobody.jpg", &portrait(9));
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    assert_eq!(get(port, "/livez").unwrap(), (200, "alive\n".to_owned()));
    assert_eq!(get(port, "/readyz").unwrap().0, 200);
    assert_eq!(get(port, "/nothing").unwrap().0, 404);
    let (code, page) = get(port, "/metrics").unwrap();
    assert_eq!(code, 200);
    for line in [
        "photosyncd_targets{state=\"in_step\"} 2",
        "photosyncd_deliveries_total{outcome=\"delivered\"} 2",
        "photosyncd_watch_state{state=\"native\"} 1",
        "photosyncd_source_files 3",
        "photosyncd_source_files_unmatched 1",
        "photosyncd_ready 1",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is not in\n{page}");
    }
    assert!(!page.contains("contoso"), "nobody is named");
    assert!(!status(&world).to_string().contains("contoso"), "nobody is named");
    world.set("service", "{ listen: '0.0.0.0:9' }");
    world.run(&["run"]).exits(78).says(&["service.allow_remote"]);
}
