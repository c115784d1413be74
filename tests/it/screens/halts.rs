//! A halt stands until a whole pass ends it: files that may be half written prove nothing, and nothing is sent meanwhile.

use serde_json::Value;

use crate::world::service::{Service, status_now};
use crate::world::{World, person, portrait};

const RULES: &str = "{ rules: [{ files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }";
const MISTYPED: &str = "{ rules: [{ files: 'user/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }";

fn halted(world: &World) -> Value {
    world.run(&["status", "--json"]).json()["halted"].clone()
}

/// A company of twenty whose rule was mistyped while the service was down.
fn halted_company() -> World {
    let mut world = World::people(24);
    world.set("mapping", RULES);
    world.portraits(0, 20, 0);
    world.run(&["reconcile"]).exits(0);
    world.set("mapping", MISTYPED);
    world.run(&["reconcile"]).exits(4);
    world
}

#[test]
fn a_halt_does_not_end_while_files_are_being_written() {
    let mut world = halted_company();
    world.set("mapping", RULES);
    // Nothing is settled for an hour: no pass of the service can judge.
    world.set("source", "{ directory: photos, settle: 10m, poll_interval: 1s }");
    world.portraits(0, 20, 500);
    let service = Service::start(&world, &[]);
    world.until("a pass", || halted(&world).is_object() && service.shows("Halted"));
    world.portraits(20, 24, 0);
    world.until("another pass", || status_now(&world)["totals"]["passes_halted"].as_u64() >= Some(2));
    assert_eq!(halted(&world)["guard"], "coverage");
    assert_eq!(world.puts().len(), 20, "nothing is sent under the halt");
    drop(service);
    world.set("source", "{ directory: photos }");
    world.run(&["reconcile"]).exits(0).says(&["24 photos delivered"]);
    assert!(halted(&world).is_null());
}

#[test]
fn what_was_queued_before_a_halt_of_everything_waits_for_its_end() {
    let mut world = World::people(80);
    world.set("mapping", RULES);
    world.portraits(0, 20, 0);
    world.run(&["reconcile"]).exits(0);
    world.portraits(20, 80, 0);
    world.run(&["reconcile", "--limit", "1"]).exits(3);
    world.set("mapping", MISTYPED);
    world.set("upload", "{ per_second: 2, max_per_second: 2 }");
    let service = Service::start(&world, &[]);
    world.until("the halt", || service.shows("Halted"));
    let sent = world.puts().len();
    world.until("another pass", || status_now(&world)["totals"]["passes_halted"].as_u64() >= Some(2));
    // What was in flight when it was told arrives; ten seconds at that pace would be twenty more.
    assert!(world.puts().len() <= sent + 4 && sent < 70, "{sent}, then {}", world.puts().len());
    drop(service);
    // A service that starts under the halt sends nothing from its first moment on.
    let sent = world.puts().len();
    let service = Service::start(&world, &[]);
    world.until("the halt", || service.shows("Halted"));
    assert_eq!(world.puts().len(), sent);
    drop(service);
    world.set("mapping", RULES);
    world.hurry();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo(&person(79)).unwrap().body, portrait(79));
}
