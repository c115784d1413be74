//! What outlives a restart, an address that is taken, a receiver that hangs, and a refusal.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;

use crate::notify::{listener, next, world};
use crate::world::World;
use crate::world::service::{Service, get, status};

#[test]
fn a_restart_tells_nothing_twice_and_the_end_of_what_was_told_before_it() {
    let (url, told) = listener(&[200]);
    let mut world = world(&url);
    world.settle_soon();
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    std::fs::rename(world.photos(), world.path("aside")).unwrap();
    assert_eq!(next(&told)["event"], "halted");
    service.run.terminate();
    service.run.finish().exits(0);
    let service = Service::ready(&world);
    world.until("it is halted still", || status(&world)["halted"]["reason"] == "missing_source");
    service.run.terminate();
    service.run.finish().exits(0);
    std::fs::rename(world.path("aside"), world.photos()).unwrap();
    let service = Service::ready(&world);
    assert_eq!(next(&told)["event"], "halt_ended", "and nothing a second time");
    service.run.terminate();
    service.run.finish().exits(0);
    assert!(told.try_recv().is_err());
}

#[test]
fn a_receiver_that_hangs_does_not_lengthen_a_run_that_is_bounded() {
    // Takes connections and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let world = world(&format!("http://{}/", silent.local_addr().unwrap()));
    std::fs::remove_dir_all(world.photos()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test measures another process")]
    let now = std::time::Instant::now;
    let began = now();
    world.run(&["reconcile", "--max-duration", "1s"]).exits(4).says(&["notify.webhook did not tell `halted`"]);
    assert!(now() - began < Duration::from_secs(20), "{:?}", now() - began);
}

#[test]
fn an_address_that_another_program_has_keeps_no_photo_from_anybody() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut world = World::people(2);
    world.portraits(0, 2, 0);
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    let conditions = || status(&world)["conditions"].to_string();
    world.until("it is named", || conditions().contains("pages_unserved"));
    world.run(&["status"]).exits(0).says(&["pages_unserved", "ss -ltnp"]);
    drop(taken);
    world.until("the pages", || get(port, "/readyz").is_some_and(|(code, _)| code == 200));
    world.until("nothing is wrong", || !conditions().contains("pages_unserved"));
    service.run.terminate();
    service.run.finish().exits(0).says(&["The pages are not served"]);
    world.set("service", "{ listen: '198.51.100.7:9180', allow_remote: true }");
    world.run(&["run"]).exits(78).says(&["service.listen"]);
}

#[test]
fn a_refused_reload_is_told_in_one_line_and_keeps_its_time() {
    let (url, _told) = listener(&[200]);
    let mut world = world(&url);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    world.set("nonsense", "1");
    world.set("folly", "2");
    let mut since = Vec::new();
    for count in 1..=2 {
        service.run.hang_up();
        world.until("the refusal", || status(&world)["totals"]["reloads_refused"] == count);
        since.push(status(&world)["reload_refused"]["since"].clone());
    }
    assert!(since[0].is_string() && since[0] == since[1], "{since:?}");
    service.run.terminate();
    let log = service.run.finish().exits(0).stderr;
    let line = log.lines().find(|line| line.contains("is refused and the old one stays")).unwrap();
    assert!(line.contains("nonsense") && line.contains("folly") && !line.contains('\u{FFFD}'), "{line}");
}

#[test]
fn a_probe_and_the_texts_are_told_as_json() {
    let world = World::people(1);
    let ready = world.run(&["status", "--ready", "--json"]).exits(3).stdout;
    assert_eq!(serde_json::from_str::<Value>(&ready).unwrap()["ready"], false);
    let texts = world.run(&["report", "--texts", "--json"]).exits(0).stdout;
    assert!(serde_json::from_str::<Value>(&texts).unwrap()["title"].is_string(), "{texts}");
}
