//! A new ledger over a tenant that is full of photos: told before anything is replaced; and whose photo stays.

use std::time::Duration;

use photosyncd::testing::emulator::{Entry, Fault, Settings};

use crate::world::{World, people, person, portrait};

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn put_up(world: &World, number: usize, seed: u32) {
    let path = format!("/v1.0/users/{}/photo/$value", id(number));
    assert_eq!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(seed)), 200);
}

fn take_out(world: &World, number: usize) {
    assert_eq!(world.send("DELETE", &format!("/v1.0/users/{}/photo/$value", id(number)), &[], b""), 204);
}

/// Whose picture somebody has: that of this seed.
#[track_caller]
fn has(world: &World, number: usize, seed: u32) {
    let photo = world.user_photo(&person(number)).unwrap_or_else(|| panic!("{} has no photo", person(number)));
    assert_eq!(photo.body, portrait(seed), "{}", person(number));
}

/// So many people with a file each; the first `own` have a photo of their own, of the seed 500 and on.
fn filled(people: usize, own: usize) -> World {
    let mut world = World::people(people);
    world.set("guard", "{}");
    for number in 0..own {
        put_up(&world, number, 500 + u32::try_from(number).unwrap());
    }
    world.portraits(0, people, 0);
    world
}

#[test]
fn a_new_ledger_over_a_filled_tenant_says_how_many_it_would_replace_before_it_does() {
    let mut world = filled(6, 4);
    let before = world.puts().len();
    let plan = world.run(&["plan"]).exits(4);
    plan.says(&["4 photos in Microsoft 365 would be replaced", "first_contact", "only_where_missing", "reconcile --force"]);
    let plan = world.run(&["plan", "--json"]).exits(4).json();
    assert_eq!(plan["first_contact"], serde_json::json!({ "asked": 6, "replaced": 4, "kept": 0, "unknown": 0 }));
    assert_eq!((&plan["halted"]["guard"], &plan["halted"]["found"]), (&"first_contact".into(), &4.into()));
    for _ in 0..2 {
        let halted = world.run(&["reconcile", "--json"]).exits(4).json();
        assert_eq!((&halted["halted"]["guard"], &halted["halted"]["of"]), (&"first_contact".into(), &6.into()));
    }
    assert_eq!(world.puts().len(), before, "nothing is sent");
    // One more than was told is another question.
    put_up(&world, 4, 504);
    world.run(&["reconcile", "--force"]).exits(4).says(&["5 photos in Microsoft 365 would be replaced"]);
    world.run(&["reconcile", "--force", "--limit", "2"]).says(&["2 photos delivered"]);
    // What was agreed to is not asked again.
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
    world.all_in_place(6, 0);
    // From now on newcomers are few.
    world.write(&format!("users/{}.jpg", person(0)), &portrait(40));
    world.run(&["reconcile"]).exits(0);
    has(&world, 0, 40);
    world.set("guard", "{ first_contact: ask }");
    world.run(&["plan"]).exits(0).says(&["Nothing to do"]);
}

#[test]
fn a_pilot_that_becomes_everybody_is_asked_too_and_a_key_answers_for_good() {
    let mut world = filled(6, 5);
    world.run(&["reconcile", "--only", &person(5)]).exits(0).says(&["1 photo delivered"]);
    let puts = world.puts().len();
    world.run(&["reconcile"]).exits(4).says(&["5 photos in Microsoft 365 would be replaced"]);
    assert_eq!(world.puts().len(), puts);
    world.set("guard", "{ first_contact: replace }");
    world.run(&["reconcile"]).exits(0).says(&["5 photos delivered"]);
    world.all_in_place(6, 0);
    // An empty tenant needs no question.
    let fresh = filled(5, 0);
    fresh.portraits(0, 5, 0);
    fresh.run(&["reconcile"]).exits(0).says(&["5 photos delivered"]);
}

#[test]
fn nobody_is_replaced_while_it_cannot_be_asked_who_has_a_photo() {
    let world = filled(4, 3);
    let puts = world.puts().len();
    world.emulator().add_fault(Fault::status("GET", "/photo", 503));
    let outcome = world.run(&["reconcile", "--patience", "1s"]);
    assert!(outcome.code == Some(3) || outcome.code == Some(69), "{:?} {} {}", outcome.code, outcome.stdout, outcome.stderr);
    assert_eq!(world.puts().len(), puts);
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(4).says(&["3 photos in Microsoft 365 would be replaced"]);
}

/// Requests that ask who has a photo.
fn asked(world: &World) -> usize {
    world.requests().iter().filter(|request| &*request.method == "GET" && request.target.contains("/photo")).count()
}

#[test]
fn a_stop_while_it_asks_is_no_answer() {
    let world = filled(6, 5);
    let puts = world.puts().len();
    for stop in ["signal", "max_duration"] {
        world.emulator().add_fault(Fault { delay_ms: 3_000, ..Fault::status("GET", "/photo", 200) });
        let before = asked(&world);
        let (arguments, signal) = match stop {
            "signal" => (&["reconcile", "--json"][..], true),
            _ => (&["reconcile", "--json", "--max-duration", "1s"][..], false),
        };
        let run = world.spawn(arguments);
        world.until("the question", || asked(&world) > before);
        if signal {
            run.terminate();
        }
        let outcome = run.finish().exits(3).json();
        assert_eq!((&outcome["stopped"], &outcome["delivered"]), (&stop.into(), &0.into()));
        world.emulator().clear_faults();
        let halted = world.run(&["reconcile", "--json"]).exits(4).json();
        assert_eq!((&halted["halted"]["guard"], &halted["halted"]["found"]), (&"first_contact".into(), &5.into()), "{stop}");
    }
    assert_eq!(world.puts().len(), puts, "nothing is sent");
}

#[test]
fn who_may_have_a_photo_counts_as_having_one_and_who_has_no_place_for_it_does_not() {
    let mut world = filled(4, 0);
    let refused = |code, status| Fault::status("GET", &format!("{}/photo", id(1)), status).with_code(code, "no");
    for (code, status) in [("generalException", 500), ("ErrorAccessDenied", 403)] {
        world.emulator().add_fault(refused(code, status));
        let halted = world.run(&["reconcile", "--json", "--patience", "1s"]).exits(4).json();
        assert_eq!((&halted["halted"]["guard"], &halted["halted"]["found"]), (&"first_contact".into(), &1.into()), "{code}");
        let text = halted["halted"]["message"].as_str().unwrap();
        assert!(text.contains("1 photo in Microsoft 365 may be replaced"), "{text}");
        world.emulator().clear_faults();
    }
    // Everybody is refused: nobody may be said to have none.
    world.emulator().add_fault(Fault::status("GET", "/photo", 403).with_code("ErrorAccessDenied", "no"));
    world.run(&["reconcile"]).exits(5).says(&["may not read user photos"]);
    assert_eq!(world.puts().len(), 0, "nothing is sent");
    world.set("deliver", "{ by_group: [{ group: nobody, policy: always }] }");
    world.emulator().clear_faults();
    let halted = world.run(&["reconcile", "--json"]).exits(4).json();
    assert_eq!(halted["halted"]["guard"], "scope");
    world.run(&["plan"]).exits(4).says(&["deliver.by_group[0]"]);
    assert_eq!(world.puts().len(), 0, "nothing is sent");
    world.set("deliver", "always");
    world.emulator().add_fault(refused("MailboxNotEnabledForRESTAPI", 404));
    world.run(&["reconcile"]).says(&["photos delivered"]);
    assert_eq!(world.puts().len(), 4, "a person without a mailbox has no photo to lose");
}

#[test]
fn only_where_missing_leaves_photos_that_are_there_and_fills_the_gaps() {
    for setting in ["only_where_missing", "{ policy: only_where_missing }"] {
        let mut world = filled(5, 2);
        world.set("deliver", setting);
        let plan = world.run(&["plan", "--json"]).exits(0).json();
        assert_eq!(plan["first_contact"], serde_json::json!({ "asked": 5, "replaced": 0, "kept": 2, "unknown": 0 }));
        world.run(&["plan"]).exits(0).says(&["2 photos would stay"]);
        let run = world.run(&["reconcile", "--json"]).exits(0).json();
        assert_eq!((&run["delivered"], &run["kept"], &run["blocked"]), (&3.into(), &2.into(), &0.into()));
        for number in 0..2 {
            has(&world, number, 500 + u32::try_from(number).unwrap());
        }
        for number in 2..5 {
            has(&world, number, u32::try_from(number).unwrap());
        }
        world.run(&["explain", &person(0)]).exits(0).says(&["has_photo", "only those without one"]);
        let puts = world.puts().len();
        // Ours follows its file; theirs stays whatever the file; ours that a person replaced is theirs.
        put_up(&world, 3, 503);
        for number in [0, 2, 3] {
            world.write(&format!("users/{}.jpg", person(number)), &portrait(70 + u32::try_from(number).unwrap()));
        }
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
        has(&world, 0, 500);
        has(&world, 2, 72);
        has(&world, 3, 503);
        assert_eq!(world.puts().len(), puts + 2, "the person's own and ours");
        // Taken out by the person, it is missing: ours goes at the next look, which `retry` makes at once.
        take_out(&world, 0);
        world.run(&["retry"]).exits(0);
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
        has(&world, 0, 70);
        // Another word in the settings lets the file's go.
        world.set("deliver", "always");
        world.run(&["retry"]).exits(0);
        world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
        has(&world, 1, 1);
        has(&world, 3, 73);
    }
}

#[test]
fn a_group_decides_before_a_rule_and_a_rule_before_the_rest() {
    let tenant = people(6) + &format!("groups:\n  - {{ mailNickname: board, id: {}, members: [{}] }}\n", id(900), id(0));
    let mut world = World::with(&tenant, Settings::default());
    for number in 0..6 {
        put_up(&world, number, 500 + u32::try_from(number).unwrap());
    }
    for number in 0..6 {
        let folder = if number < 3 { "kept" } else { "users" };
        world.write(&format!("{folder}/{}.jpg", person(number)), &portrait(u32::try_from(number).unwrap()));
    }
    world.set(
        "mapping",
        "{ rules: [{ files: 'kept/{upn}.{ext}', user: { userPrincipalName: '{upn}' }, deliver: only_where_missing }, \
         { files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }",
    );
    world.set("deliver", "{ by_group: [{ group: board, policy: always }] }");
    world.set("guard", "{ first_contact: replace }");
    let plan = world.run(&["plan", "--json"]).exits(0).json();
    assert_eq!(plan["first_contact"], serde_json::json!({ "asked": 6, "replaced": 4, "kept": 2, "unknown": 0 }));
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
    for number in 0..6 {
        let seed = u32::try_from(number).unwrap();
        has(&world, number, if matches!(number, 1 | 2) { 500 + seed } else { seed });
    }
    // Who leaves the group is decided about by the rule.
    let change = |group: &mut Entry| group.more.get_or_insert_default().members = Vec::new();
    world.emulator().change_tenant(|tenant| assert!(tenant.change(&id(900), change)));
    put_up(&world, 0, 600);
    world.write(&format!("kept/{}.jpg", person(0)), &portrait(80));
    world.run(&["reconcile"]).exits(0);
    has(&world, 0, 600);
    world.set("deliver", "{ policy: only_where_missing, by_group: [{ group: nobody, policy: always }] }");
    world.write(&format!("users/{}.jpg", person(4)), &portrait(84));
    world.run(&["reconcile", "--json"]).exits(4).says(&["deliver.by_group[0]"]);
    has(&world, 4, 4);
    for wrong in ["sometimes", "{ policy: never }", "{ by_group: [{ group: board }] }", "[always]"] {
        world.set("deliver", wrong);
        world.run(&["check"]).exits(78).says(&["deliver"]);
    }
}

#[test]
fn one_account_that_never_answers_keeps_nobody_waiting_for_long() {
    let mut world = filled(12, 11);
    let hangs = Fault::status("GET", "000000000005/photo", 503).delayed(Duration::from_secs(300));
    world.emulator().add_fault(hangs);
    let outcome = world.run(&["reconcile"]).exits(4);
    outcome.says(&["photos in Microsoft 365 would be replaced", "and 1 more may be", "does not say of 1"]);
    world.set("upload", "{ per_second: 1000, max_per_second: 1000 }");
    world.run(&["reconcile", "--force"]).exits(0).says(&["12 photos delivered"]);
}

#[test]
fn what_the_settings_let_go_goes_at_the_next_pass() {
    let tenant = people(6) + &format!("groups:\n  - {{ mailNickname: staff, id: {}, members: [{}] }}\n", id(900), id(0));
    let mut world = World::with(&tenant, Settings::default());
    world.set("guard", "{}");
    put_up(&world, 0, 500);
    put_up(&world, 1, 501);
    world.portraits(0, 6, 0);
    let by_group = |general: &str| format!("{{ policy: {general}, by_group: [{{ group: staff, policy: only_where_missing }}] }}");
    world.set("deliver", &by_group("only_where_missing"));
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
    world.run(&["accept", &person(1)]).exits(2).says(&["has_photo", "deliver: always"]);
    world.run(&["retry", &person(1)]).exits(0);
    world.run(&["reconcile"]).exits(0);
    has(&world, 1, 501);
    // By the settings.
    world.set("deliver", &by_group("always"));
    let plan = world.run(&["plan", "--json"]).exits(0).json();
    assert_eq!(plan["first_contact"], serde_json::json!({ "asked": 1, "replaced": 1, "kept": 0, "unknown": 0 }));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    has(&world, 0, 500);
    has(&world, 1, 1);
    // By the group that somebody has left.
    let change = |group: &mut Entry| group.more.get_or_insert_default().members = Vec::new();
    world.emulator().change_tenant(|tenant| assert!(tenant.change(&id(900), change)));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    world.all_in_place(6, 0);
}

#[test]
fn what_the_settings_let_go_is_asked_about_where_it_is_most_of_all() {
    let mut world = filled(6, 5);
    world.set("deliver", "only_where_missing");
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    let before = world.puts().len();
    world.set("deliver", "always");
    world.run(&["plan"]).exits(4).says(&["5 photos in Microsoft 365 would be replaced"]);
    world.run(&["reconcile", "--json"]).exits(4).says(&["first_contact"]);
    assert_eq!(world.puts().len(), before);
    world.run(&["reconcile", "--force"]).exits(0).says(&["5 photos delivered"]);
    world.all_in_place(6, 0);
}
