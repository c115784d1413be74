//! What time mends is tried again by itself: how often, at which price, and what it means for the others.

use std::collections::HashSet;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{Entry, EntryKind, Fault, Settings, SignIn};
use photosyncd::testing::model::Property;
use serde_json::Value;

use crate::sign_in::with_certificate;
use crate::world::service::Service;
use crate::world::{CONTOSO, World, people, person, portrait, portrait_file};

/// Everything but the permission to write photos.
fn to_look() -> SignIn {
    let roles = ["User.Read.All", "GroupMember.Read.All"].map(str::to_owned).to_vec();
    SignIn { roles: Some(roles), ..SignIn::default() }
}

/// So many people with a file each, and an application that may not write photos.
fn not_permitted(count: usize) -> World {
    let mut world = World::people_with(count, Settings { sign_in: to_look(), ..Settings::default() });
    world.set("source", "{ directory: photos, settle: 100ms }");
    world.portraits(0, count, 0);
    world
}

fn tokens(world: &World) -> usize {
    world.requests().iter().filter(|request| request.target.contains("/token")).count()
}

fn blocked(world: &World) -> Vec<Value> {
    world.run(&["status", "--json"]).json()["blocked"].as_array().unwrap().clone()
}

/// Minutes from now until a blocked target is looked at again.
fn minutes_to_look(row: &Value) -> i64 {
    let look: jiff::Timestamp = row["next_look"].as_str().unwrap().parse().unwrap();
    (look.as_millisecond() - Clock::system().now().millis()) / 60_000
}

#[test]
fn a_permission_that_was_granted_works_at_once_after_a_retry() {
    for certificate in [false, true] {
        let mut world = not_permitted(7);
        if certificate {
            with_certificate(&mut world);
        }
        let service = Service::ready(&world);
        world.until("the refusals", || service.shows("7 held"));
        world.emulator().grant(None);
        let (sent, signed_in) = (world.puts().len(), tokens(&world));
        // The token is a few seconds old, so that nothing but the command makes a new one.
        world.run(&["retry"]).exits(0).says(&["7 made due"]);
        world.until("all of them", || service.shows("7 up to date"));
        assert!(world.puts()[sent..].iter().all(|put| put.status == 200), "nothing more is sent with the old token");
        assert_eq!(tokens(&world), signed_in + 1, "certificate: {certificate}");
        drop(service);
    }
}

#[test]
fn azure_keeps_the_token_of_a_managed_identity_and_that_is_said() {
    let mut world = not_permitted(3);
    world.sign_in_by("{ managed_identity: {} }");
    let here = world.emulator().graph_url();
    let around = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", here.as_str())];
    let service = Service::start(&world, &around);
    world.until("the refusals", || service.shows("3 held"));
    let words = ["Azure keeps the token of a managed identity for up to 24 hours", "nothing here makes that quicker"];
    world.run(&["status"]).says(&words);
    // Granted, but not in the tokens that Azure hands out.
    let tried = world.puts().len();
    world.run(&["retry"]).exits(0).says(&["3 made due"]).says(&words);
    world.until("tries", || world.puts().len() >= tried + 3);
    world.until("the refusals to be written down", || blocked(&world).len() == 3);
    let note = world.run(&["retry", "--json"]).exits(0).json();
    assert!(note["note"].as_str().unwrap().contains("24 hours"), "{note}");
    world.until("the refusals to be written down", || blocked(&world).len() == 3);
    // The one at hand ends, and Azure has a new one: nobody has to do anything.
    world.emulator().grant(None);
    world.emulator().revoke_tokens();
    world.hours_later(1);
    world.until("all of them", || service.shows("3 up to date"));
    world.run(&["retry", "--json"]).exits(0).says(&["\"retried\":0"]);
    drop(service);
}

#[test]
fn one_try_for_each_kind_and_hour_tells_that_a_permission_is_still_missing_and_one_that_it_is_there() {
    let world = World::with(CONTOSO, Settings { sign_in: to_look(), ..Settings::default() });
    for (seed, upn) in (0..).zip(["anna", "ben", "cleo", "dora"]) {
        world.write(&format!("users/{upn}@contoso.com.jpg"), &portrait(seed));
    }
    for (seed, group) in (10..).zip(["sales", "space"]) {
        world.write(&format!("groups/{group}.jpg"), &portrait(seed));
    }
    let outcome = world.run(&["reconcile", "--json"]).exits(5).json();
    assert_eq!((&outcome["blocked"], world.puts().len()), (&6.into(), 6), "{outcome}");
    let mut probed = HashSet::new();
    for hour in 1..=4 {
        world.hours_later(1);
        let before = world.puts().len();
        world.run(&["reconcile"]).exits(5);
        let puts = world.puts().split_off(before);
        let kinds: Vec<&str> = puts.iter().map(|put| if put.target.contains("/users/") { "user" } else { "group" }).collect();
        assert_eq!((kinds.len(), kinds.iter().collect::<HashSet<_>>().len()), (2, 2), "hour {hour}: {kinds:?}");
        probed.extend(puts.into_iter().map(|put| put.target.to_string()));
        // The others wait for the next one, and nothing is hidden by that.
        let rows = blocked(&world);
        assert_eq!(rows.len(), 6);
        assert!(rows.iter().all(|row| (45..=60).contains(&minutes_to_look(row))), "{rows:?}");
        assert!(rows.iter().all(|row| row["reason"] == "not_permitted"), "{rows:?}");
        world.run(&["reconcile"]);
        assert_eq!(world.puts().len(), before + 2, "not before its time");
    }
    assert_eq!(probed.len(), 6, "each is tried in its turn: {probed:?}");
    world.emulator().grant(None);
    world.hours_later(1);
    let before = world.puts().len();
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["delivered"], world.puts().len()), (&6.into(), before + 6), "one is enough for its kind: {outcome}");
}

/// Three others get new photos, every ten minutes, three times.
fn others_are_delivered(world: &World, after_each: impl Fn()) {
    for seed in [100, 200, 300] {
        world.minutes_later(10);
        world.portraits(0, 3, seed);
        world.run(&["reconcile"]).says(&["3 photos delivered"]);
        after_each();
    }
}

#[test]
fn one_whom_graph_protects_is_tried_alone_and_costs_nobody_anything() {
    let world = World::people(5);
    world.portraits(0, 5, 0);
    let path = "000000000003/photo";
    world.emulator().add_fault(Fault::status("PUT", path, 403).with_code("ErrorAccessDenied", "no"));
    world.run(&["reconcile"]).exits(5).says(&["4 photos delivered"]);
    let tries = || world.puts().iter().filter(|put| put.target.contains(path)).count();
    assert_eq!(tries(), 1);
    // Others go on being delivered, which is no reason to try this one.
    others_are_delivered(&world, || assert_eq!(tries(), 1));
    world.hours_later(1);
    world.run(&["reconcile"]);
    assert_eq!(tries(), 2);
    world.emulator().clear_faults();
    world.hours_later(1);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(tries(), 3);
}

#[test]
fn who_is_refused_after_the_others_were_delivered_is_tried_no_sooner() {
    let world = World::people(5);
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    world.portraits(3, 4, 0);
    let path = "000000000003/photo";
    world.emulator().add_fault(Fault::status("PUT", path, 403).with_code("ErrorAccessDenied", "no"));
    world.run(&["reconcile"]).exits(5);
    let tries = || world.puts().iter().filter(|put| put.target.contains(path)).count();
    others_are_delivered(&world, || assert_eq!(tries(), 1));
    world.hours_later(1);
    world.run(&["reconcile"]);
    assert_eq!(tries(), 2, "it has its own times");
}

#[test]
fn what_is_blocked_at_a_young_account_is_tried_hourly_and_at_an_old_one_daily() {
    let young = Clock::system().now();
    let tenant = people(2).replace("000000000001 }", &format!("000000000001, createdDateTime: '{young}' }}"));
    let world = World::with(&tenant, Settings::default());
    world.portraits(0, 2, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 404).with_code("ErrorNonExistentMailbox", "no"));
    world.run(&["reconcile"]).exits(3);
    let tried = |number: usize| world.puts().iter().filter(|put| put.target.contains(&format!("{number:012}/photo"))).count();
    let look = |number: usize| {
        let rows = blocked(&world);
        minutes_to_look(rows.iter().find(|row| row["target"] == person(number).as_str()).unwrap())
    };
    assert!((44..=60).contains(&look(1)), "{}", look(1));
    assert!((17 * 60..=24 * 60).contains(&look(0)), "{}", look(0));
    for hour in 1..=3 {
        world.hours_later(1);
        world.run(&["reconcile"]).exits(3);
        assert_eq!((tried(0), tried(1)), (1, 1 + hour));
    }
    // The young one grows old.
    world.hours_later(47);
    world.run(&["reconcile"]).exits(3);
    assert_eq!((tried(0), tried(1)), (2, 5));
    assert!(look(1) > 17 * 60);
    world.emulator().clear_faults();
    world.days_later(1);
    world.run(&["reconcile"]).exits(0);
}

#[test]
fn an_outage_of_the_directory_hides_no_reason_that_lasts() {
    let world = World::people(2);
    world.portraits(0, 3, 0);
    world.emulator().add_fault(Fault::status("PUT", "000000000001/photo", 404).with_code("ErrorNonExistentMailbox", "no"));
    let first = world.run(&["reconcile", "--json"]).exits(3);
    let told = |outcome: &crate::world::Outcome, number: usize| {
        let problem = outcome.problem(&portrait_file(number));
        ["reason", "detail", "cure", "since"].map(|name| problem[name].clone())
    };
    let before = [told(&first, 1), told(&first, 2)];
    assert_eq!(before.each_ref().map(|told| told[0].clone()), ["no_mailbox", "target_missing"].map(Value::from));
    for fault in [
        Fault::status("GET", "/users", 503),
        Fault::status("GET", "/users", 429).with_header("Retry-After", "600"),
        Fault::status("GET", "/users", 404),
    ] {
        world.minutes_later(31);
        let before = [told(&world.run(&["reconcile", "--json", "--patience", "0s"]), 1), before[1].clone()];
        world.emulator().add_fault(fault);
        for _ in 0..2 {
            let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
            assert_eq!([told(&outcome, 1), told(&outcome, 2)], before, "{}", outcome.stdout);
        }
        world.emulator().clear_faults();
        world.emulator().add_fault(Fault::status("PUT", "000000000001/photo", 404).with_code("ErrorNonExistentMailbox", "no"));
    }
    // And when it answers, what has changed is news.
    world.emulator().clear_faults();
    world.emulator().change_tenant(|tenant| {
        let mut late = Entry::new(EntryKind::User, "22222222-0000-4000-8000-000000000002");
        late.set(Property::UserPrincipalName, &person(2));
        tenant.add(late).unwrap();
    });
    world.run(&["reconcile"]).says(&["1 photo delivered"]);
}

#[test]
fn a_number_that_nobody_has_is_compared_with_its_neighbours_once_an_hour() {
    let mut world =
        World::with("users:\n  - { userPrincipalName: anna@contoso.com, employeeId: '004203' }\n", Settings::default());
    world.set("mapping", "{ rules: [ { files: '{number}.{ext}', user: { employeeId: '{number}' } } ] }");
    world.write("4203.jpg", &portrait(1));
    let asked = |which: &[&str]| {
        let before = world.so_far();
        let problem = world.run(&[&["reconcile", "--json"], which].concat()).exits(3).problem("4203.jpg");
        assert!(problem["detail"].as_str().unwrap().ends_with("it has 004203"), "{problem}");
        assert!(problem["cure"].as_str().unwrap().contains("004203"), "{problem}");
        world.requests().split_off(before).iter().filter(|request| request.target.contains("004203")).count()
    };
    assert_eq!(asked(&[]), 1);
    assert_eq!((asked(&[]), asked(&[])), (0, 0));
    world.minutes_later(61);
    assert_eq!((asked(&[]), asked(&[])), (1, 0));
    // Another number is asked about when it comes.
    world.write("77.jpg", &portrait(2));
    let before = world.so_far();
    world.run(&["reconcile"]).exits(3);
    let targets: Vec<_> = world.requests().split_off(before).into_iter().map(|request| request.target.to_string()).collect();
    assert!(targets.iter().any(|target| target.contains("0077") && !target.contains("004203")), "{targets:?}");
}

#[test]
fn a_photo_goes_with_its_account_and_its_removal_waits_for_nothing() {
    for proven in [true, false] {
        let world = World::company(2);
        world.run(&["reconcile"]).exits(0);
        std::fs::remove_file(world.photos().join(portrait_file(0))).unwrap();
        world.run(&["reconcile"]).exits(0);
        world.emulator().change_tenant(|tenant| assert!(tenant.remove("00000000-0000-4000-8000-000000000000")));
        if !proven {
            // A proxy says so, not Graph.
            world.emulator().add_fault(Fault { body: Some("<html>404</html>".into()), ..Fault::status("GET", "/users/", 404) });
        }
        let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(if proven { 0 } else { 3 }).json();
        let counts = ["removed", "waiting"].map(|name| outcome[name].as_u64().unwrap());
        assert_eq!((counts, world.deletes()), ([0, u64::from(!proven)], 0), "{outcome}");
        world.emulator().clear_faults();
        world.minutes_later(20);
        world.run(&["reconcile"]).exits(0);
        world.run(&["status"]).exits(0).says(&["1 up to date, 0 queued"]);
    }
}
