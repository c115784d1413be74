//! One account whose photo Graph refuses as if the token were not good: it stops nobody.

use serde_json::Value;

use photosyncd::testing::emulator::{Fault, Settings};

use crate::world::service::{Service, status_now};
use crate::world::{World, portrait, timed};

const PATH: &str = "000000000003/photo";

/// So many people, one of whom Graph always refuses so.
fn world(people: usize, method: &'static str, status: u16, code: &'static str) -> World {
    let mut world = World::people(people);
    world.set("upload", "{ retry: { initial: 100ms, max: 1s } }");
    world.portraits(0, people, 0);
    world.emulator().add_fault(Fault::status(method, PATH, status).with_code(code, "no"));
    world
}

#[test]
fn a_token_that_is_refused_for_one_alone_does_not_end_the_run() {
    for people in [4, 12] {
        let world = world(people, "PUT", 401, "InvalidAuthenticationToken");
        let outcome = world.run(&["reconcile", "--json"]).exits(3);
        let json = outcome.json();
        assert_eq!((&json["delivered"], &json["blocked"]), (&(people - 1).into(), &1.into()), "{json}");
        assert_eq!(json["stopped"], Value::Null, "{json}");
        let problem = outcome.problem("users/p003@contoso.com.jpg");
        assert!(problem["detail"].as_str().unwrap().contains("for this account"), "{problem}");
        // Nobody else is left: Graph is asked whether it takes the token.
        world.run(&["retry"]).exits(0);
        let json = world.run(&["reconcile", "--json"]).exits(3).json();
        assert_eq!((&json["blocked"], &json["stopped"]), (&1.into(), &Value::Null), "{json}");
        world.emulator().clear_faults();
        world.run(&["retry"]).exits(0);
        world.run(&["reconcile"]).exits(0);
        world.all_in_place(people, 0);
    }
}

#[test]
fn the_service_does_not_take_that_for_its_sign_in() {
    let world = world(12, "PUT", 401, "InvalidAuthenticationToken");
    let service = Service::ready(&world);
    let puts = || world.puts().iter().filter(|put| put.target.contains(PATH)).count();
    world.until("the one is tried a few times, all others are delivered", || {
        let status = status_now(&world);
        assert_eq!((&status["sign_in"], &status["conditions"]), (&Value::Null, &Value::Array(Vec::new())), "{status}");
        puts() >= 6 && world.emulator().counters().stored == 11
    });
    drop(service);
}

#[test]
fn who_compares_goes_on_too() {
    for (status, code) in [(401, "InvalidAuthenticationToken"), (403, "ErrorAccessDenied")] {
        let mut world = world(12, "GET", status, code);
        world.emulator().clear_faults();
        world.set("drift", "{ check_every: 1d }");
        world.run(&["reconcile"]).exits(0);
        world.emulator().add_fault(Fault::status("GET", PATH, status).with_code(code, "no"));
        let outcome = world.run(&["verify", "--json"]).exits(3);
        let json = outcome.json();
        assert_eq!((&json["same"], &json["unknown"], &json["stopped"]), (&11.into(), &1.into(), &Value::Null), "{json}");
        world.emulator().clear_faults();
        world.emulator().add_fault(Fault::status("GET", "/photo", status).with_code(code, "no"));
        let json = world.run(&["verify", "--json"]).exits(5).json();
        assert_eq!((&json["same"], &json["stopped"]), (&0.into(), &"sign_in".into()), "{json}");
    }
}

#[test]
fn who_exports_does_too() {
    let world = world(12, "GET", 401, "InvalidAuthenticationToken");
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    world.emulator().add_fault(Fault::status("GET", PATH, 401).with_code("InvalidAuthenticationToken", "no"));
    let json = world.run(&["export", "--out", "out", "--json"]).exits(3).json();
    assert_eq!((&json["exported"], &json["stopped"]), (&11.into(), &Value::Null), "{json}");
}

/// A mailbox whose contacts can't be listed with a token that Graph takes for everything else.
#[test]
fn a_mailbox_that_refuses_the_token_stops_nobody() {
    let tenant = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a }
  - { userPrincipalName: ben@contoso.com, id: 00000000-0000-4000-8000-00000000000b }
contacts:
  - { owner: anna@contoso.com, emailAddresses: [fred@example.com] }
  - { owner: ben@contoso.com, emailAddresses: [gina@example.com] }
  - { owner: ben@contoso.com, emailAddresses: [hal@example.com] }
";
    let world = World::with(tenant, Settings::default());
    for (seed, file) in (0..).zip(["users/anna@contoso.com", "contacts/anna@contoso.com/fred@example.com"]) {
        world.write(&format!("{file}.jpg"), &portrait(seed));
    }
    for (seed, name) in (2..).zip(["gina", "hal"]) {
        world.write(&format!("contacts/ben@contoso.com/{name}@example.com.jpg"), &portrait(seed));
    }
    let refused = || Fault::status("GET", "00000000000b/contacts", 401).with_code("InvalidAuthenticationToken", "no");
    world.emulator().add_fault(refused());
    let json = world.run(&["reconcile", "--json"]).exits(3).json();
    assert_eq!((&json["delivered"], &json["stopped"]), (&2.into(), &Value::Null), "{json}");
    assert_eq!(json["sum"]["need_person"].as_u64().unwrap() + json["sum"]["resolves_itself"].as_u64().unwrap(), 2, "{json}");
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    // One that never answers keeps nobody waiting for long, and is no outage.
    let hangs = Fault::status("GET", "00000000000b/contacts", 503).delayed(std::time::Duration::from_secs(300));
    world.emulator().add_fault(hangs);
    world.days_later(2);
    world.write("contacts/ben@contoso.com/hal@example.com.jpg", &portrait(8));
    world.write("users/anna@contoso.com.jpg", &portrait(7));
    let (json, took) = timed(|| world.run(&["reconcile", "--json"]).exits(3).json());
    assert_eq!((&json["delivered"], &json["unreachable"]), (&1.into(), &false.into()), "{json}");
    assert!(took < std::time::Duration::from_secs(20), "{took:?}");
    let json = world.run(&["reconcile", "--json"]).exits(3).json();
    assert_eq!((&json["unreachable"], &json["stopped"]), (&false.into(), &Value::Null), "nobody else is asked: {json}");
    world.emulator().clear_faults();
    // It is a question of everybody where Graph takes the token nowhere.
    world.emulator().add_fault(Fault::status("GET", "v1.0", 401).with_code("InvalidAuthenticationToken", "no"));
    world.write("contacts/ben@contoso.com/hal@example.com.jpg", &portrait(9));
    world.write("contacts/ben@contoso.com/ian@example.com.jpg", &portrait(10));
    world.run(&["reconcile"]).exits(5);
}

/// Graph takes the token for everything but photos: that is no broken sign-in, which would begin and end every few seconds.
#[test]
fn photos_that_are_refused_to_everybody_are_an_outage_and_no_broken_sign_in() {
    let mut world = World::people(12);
    world.set("upload", "{ retry: { initial: 100ms, max: 1s } }");
    world.portraits(0, 12, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 401).with_code("InvalidAuthenticationToken", "no"));
    let service = Service::ready(&world);
    let is_down = || status_now(&world)["conditions"].as_array().unwrap().iter().any(|one| one["reason"] == "graph_unreachable");
    world.until("an outage", is_down);
    for _ in 0..40 {
        assert_eq!(status_now(&world)["sign_in"], Value::Null);
        assert!(is_down(), "it lasts");
        world.pass_time(std::time::Duration::from_millis(100));
    }
    assert_eq!(service.count("Sign-in fails"), 0);
    world.run(&["status"]).says(&["serves nobody", "401"]);
    world.emulator().clear_faults();
    world.until("all are delivered", || world.emulator().counters().stored == 12);
    drop(service);
}
