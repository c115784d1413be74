//! What is due was planned by rules, a table and a directory that may be others by now: before a pass of the service has
//! looked, nothing of it is sent.

use std::time::Duration;

use photosyncd::testing::emulator::Fault;

use crate::world::service::Service;
use crate::world::staff::change;
use crate::world::{World, person, portrait};

/// People who have their photos already, and two who have none.
const OTHERS: usize = 20;
const ANNA: usize = OTHERS;
const BEN: usize = OTHERS + 1;

const EACH_THEIR_OWN: &str = "{ files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }";

/// Whose the photo is, by a rule.
fn rule(world: &mut World, number: usize) {
    let rule = format!("{{ files: 'foto.jpg', user: {{ userPrincipalName: '{}' }} }}", person(number));
    world.set("mapping", &format!("{{ rules: [{EACH_THEIR_OWN}, {rule}] }}"));
}

/// The same, by a row of a table.
fn row(world: &mut World, number: usize) {
    let rows = format!("file,kind,property,value\nfoto.jpg,user,userPrincipalName,{}\n", person(number));
    std::fs::write(world.path("people.csv"), rows).unwrap();
    world.set("mapping", &format!("{{ table: people.csv, rules: [{EACH_THEIR_OWN}] }}"));
}

/// A photo is due to Anna, and is not sent.
fn queued_for_anna(say: fn(&mut World, usize)) -> World {
    let mut world = World::people(OTHERS + 2);
    world.settle_soon();
    world.hurry();
    say(&mut world, ANNA);
    world.portraits(0, OTHERS, 0);
    world.run(&["reconcile"]).exits(0);
    world.write("foto.jpg", &portrait(77));
    world.run(&["reconcile", "--limit", "0"]);
    assert_eq!(world.run(&["status", "--json"]).json()["targets"]["due"], 1);
    world
}

/// The photo is Ben's: only he gets it.
fn only_ben_gets_it(world: &World) {
    world.until("Ben's photo", || world.user_photo(&person(BEN)).is_some());
    assert!(world.user_photo(&person(ANNA)).is_none());
    assert_eq!(world.puts().iter().filter(|put| put.status == 200).count(), OTHERS + 1);
}

#[test]
fn a_correction_while_nothing_runs_is_heard_before_the_queue() {
    for say in [rule, row] {
        let mut world = queued_for_anna(say);
        say(&mut world, BEN);
        let service = Service::ready(&world);
        only_ben_gets_it(&world);
        service.run.terminate();
        service.finish().0.exits(0);
        let history = world.run(&["history", &person(BEN), "--json"]).exits(0).json();
        assert!(history["rows"][0]["pass"].as_i64().unwrap() > 2, "under a pass that can be undone: {history}");
    }
}

#[test]
fn whoever_is_disabled_meanwhile_is_sent_nothing() {
    let world = queued_for_anna(rule);
    change(&world, &format!("00000000-0000-4000-8000-{ANNA:012}"), |anna| anna.account_enabled = false);
    world.hours_later(2);
    let service = Service::ready(&world);
    world.until("what holds it", || world.run(&["status", "--json"]).json()["targets"]["blocked"] == 1);
    assert_eq!(world.puts().len(), OTHERS);
    drop(service);
}

#[test]
fn a_reload_with_other_rules_is_planned_before_anything_is_sent() {
    let mut world = queued_for_anna(rule);
    world.emulator().add_fault(Fault::status("PUT", "", 503));
    let service = Service::ready(&world);
    world.until("a try", || world.puts().len() > OTHERS);
    rule(&mut world, BEN);
    // The directory takes its time: the queue would be faster.
    for method in ["GET", "POST"] {
        let slow = Fault { method: Some(method.to_owned()), ..Fault::default() };
        world.emulator().add_fault(slow.delayed(Duration::from_secs(2)));
    }
    service.run.hang_up();
    world.until("the reload", || service.count("READY=1") == 2);
    world.emulator().clear_faults();
    only_ben_gets_it(&world);
}
