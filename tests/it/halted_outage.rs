//! An outage while the guard's halt stands: the halt stays, nothing is looked at without end, and after a person's yes the
//! service notices by itself that Microsoft 365 is back.

use std::time::Duration;

use photosyncd::testing::emulator::Weather;

use crate::world::service::{Service, status_now};
use crate::world::{World, portrait};

const PEOPLE: usize = 10;

/// A service that a change of seven of ten files halts, and then Microsoft 365 goes away. `scope`: what it asks for first.
fn halted_and_away(scope: &str) -> (World, Service) {
    let mut world = World::people(PEOPLE);
    world.settle_soon();
    world.set("guard", "{ first_contact: replace, max_changes_percent: 10 }");
    world.set("scope", scope);
    world.portraits(0, PEOPLE, 0);
    let service = Service::ready(&world);
    world.until("all are delivered", || world.emulator().counters().stored == PEOPLE as u64);
    world.portraits(0, 7, 100);
    world.until("it is halted", || status_now(&world)["halted"]["reason"] == "changes");
    world.emulator().set_weather(Some(Weather::from_yaml("begin: server\nphases: [{ for: 1h, outage: refused }]").unwrap()));
    (world, service)
}

fn passes(world: &World) -> u64 {
    status_now(world)["last_pass"]["pass"].as_u64().unwrap()
}

#[test]
fn the_halt_stands_and_passes_are_few() {
    for scope in ["{}", "{ exclude_groups: [] }"] {
        let (world, service) = halted_and_away(scope);
        world.write("users/p010@contoso.com.jpg", &portrait(500));
        let before = passes(&world);
        world.until("a pass is made in the outage", || passes(&world) > before);
        world.pass_time(Duration::from_secs(6));
        let status = status_now(&world);
        assert_eq!((&status["halted"]["reason"], &status["last_pass"]["scanned"]), (&"changes".into(), &11.into()), "{status}");
        let more = passes(&world) - before;
        assert!(more <= 4, "{more} passes within seconds, though nothing changed");
        assert_eq!(service.count("not halted any more"), 0);
    }
}

#[test]
fn after_a_persons_yes_it_notices_the_end() {
    let (world, service) = halted_and_away("{}");
    // As while somebody works in the directory.
    for number in 0..12 {
        world.write("users/p010@contoso.com.jpg", &portrait(500 + number));
        world.pass_time(Duration::from_millis(500));
    }
    world.run(&["reconcile", "--force"]);
    world.pass_time(Duration::from_secs(2));
    world.emulator().set_weather(None);
    let stored = || world.emulator().counters().stored;
    let all = world.within(Duration::from_secs(25), || stored() >= PEOPLE as u64 + 7);
    assert!(all, "{} stored\n{}\n{}", stored(), status_now(&world), service.heard().join("\n"));
    drop(service);
}
