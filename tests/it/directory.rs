//! The directory at any size: few questions for few files, one sweep for many, and from then on only what changed.

use std::fmt::Write as _;
use std::time::Duration;

use photosyncd::testing::emulator::{DeltaExpiry, Entry, EntryKind, Fault, Quirks, Settings};
use photosyncd::testing::model::Property;

use crate::world::{World, person, portrait, timed};

/// Enough for a sweep.
const MANY: usize = 1_600;

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// As many people as a sweep takes, numbered, with a photo each.
fn crowd(quirks: Quirks) -> World {
    let mut users = "users:\n".to_owned();
    for number in 0..MANY {
        writeln!(users, "  - {{ userPrincipalName: {}, id: {}, employeeId: '{number}' }}", person(number), id(number)).unwrap();
    }
    let mut world = World::with(&users, Settings { quirks, ..Settings::default() });
    world.set("upload", "{ per_second: 100000, max_per_second: 100000, concurrency: 16 }");
    let faces: Vec<Vec<u8>> = (0..8).map(portrait).collect();
    for number in 0..MANY {
        world.write(&format!("badges/{number}.jpg"), &faces[number % faces.len()]);
    }
    world
}

/// Requests to the directory since `from`, without the photos.
fn asked(world: &World, from: usize) -> Vec<String> {
    let requests = world.requests();
    let asked = requests[from..].iter().filter(|request| &*request.method == "GET");
    asked.map(|request| request.target.to_string()).collect()
}

/// Some twenty questions leave at once; the answer to one of them hangs.
#[test]
fn one_slow_answer_of_many_holds_up_nobody() {
    let mut world = World::people(300);
    world.set("upload", "{ per_second: 100000, max_per_second: 100000, concurrency: 16 }");
    world.portraits(0, 300, 0);
    let question = Fault { path: Some("/users?$filter=".to_owned()), nth: 3, times: Some(1), ..Fault::default() };
    world.emulator().add_fault(question.delayed(Duration::from_secs(25)));
    let (outcome, span) = timed(|| world.run(&["reconcile", "--json"]).exits(0).json());
    assert_eq!((&outcome["delivered"], &outcome["unresolved"]), (&300.into(), &0.into()));
    assert!(span < Duration::from_secs(20), "{span:?}");
    let mut asked = asked(&world, 0);
    let questions = asked.len();
    asked.sort_unstable();
    asked.dedup();
    assert!(questions > 10 && asked.len() == questions - 1, "one of {questions} was asked twice: {asked:?}");
}

#[test]
fn a_crowd_is_swept_once_and_then_only_changes_are_asked_for() {
    let world = crowd(Quirks::default());
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["delivered"], &outcome["unresolved"]), (&MANY.into(), &0.into()));
    // A link to what changes from now on, and two pages of 999.
    assert_eq!(asked(&world, 0).len(), 3, "{:?}", asked(&world, 0));

    let from = world.so_far();
    world.run(&["reconcile"]).exits(0).says(&["1600 unchanged"]);
    assert_eq!(asked(&world, from).len(), 1, "{:?}", asked(&world, from));
    assert!(asked(&world, from)[0].contains("/users/delta?"));

    // A number moves, an account is deleted; no file is touched.
    let mut heir = Entry::new(EntryKind::User, "11111111-0000-4000-8000-000000000000");
    heir.set(Property::UserPrincipalName, "heir@contoso.com");
    heir.set(Property::EmployeeId, "7");
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.change(&id(7), |user| user.set(Property::EmployeeId, "old-7")));
        tenant.add(heir).unwrap();
        assert!(tenant.remove(&id(8)));
        // Somebody else takes a number that is taken.
        assert!(tenant.change(&id(9), |user| user.set(Property::EmployeeId, "10")));
    });
    let (from, puts) = (world.so_far(), world.puts().len());
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for (file, reason) in [(7, "identity_changed"), (8, "target_missing"), (9, "target_missing"), (10, "target_ambiguous")] {
        assert_eq!(outcome.problem(&format!("badges/{file}.jpg"))["reason"], reason);
    }
    assert_eq!(outcome.json()["unchanged"], MANY - 4);
    assert!(asked(&world, from).len() <= 7, "{:?}", asked(&world, from));
    assert_eq!(world.puts().len(), puts);
    world.run(&["plan"]).exits(3).says(&["identity_changed", "target_missing", "target_ambiguous"]);

    // All is well again.
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.remove("11111111-0000-4000-8000-000000000000"));
        assert!(tenant.change(&id(7), |user| user.set(Property::EmployeeId, "7")));
        assert!(tenant.change(&id(9), |user| user.set(Property::EmployeeId, "9")));
    });
    std::fs::remove_file(world.photos().join("badges/8.jpg")).unwrap();
    world.run(&["reconcile"]).exits(0).says(&["1599 unchanged"]);
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(asked(&world, from).len(), 1);
    assert_eq!(world.puts().len(), puts);
}

/// As many people and photos more.
fn second_half(world: &World) {
    let face = portrait(1);
    for number in MANY..2 * MANY {
        let mut user = Entry::new(EntryKind::User, &id(number));
        user.set(Property::UserPrincipalName, &person(number));
        user.set(Property::EmployeeId, &number.to_string());
        world.emulator().change_tenant(|tenant| tenant.add(user).unwrap());
        world.write(&format!("badges/{number}.jpg"), &face);
    }
}

/// Pages of whole sweeps, among what was asked.
fn swept(world: &World, from: usize) -> usize {
    asked(world, from).iter().filter(|request| request.contains("/users?")).count()
}

#[test]
fn files_that_come_in_two_halves_are_swept_once_each() {
    let world = crowd(Quirks::default());
    world.run(&["reconcile"]).exits(0);
    second_half(&world);
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0).says(&["1600 unchanged"]);
    assert_eq!(swept(&world, from), 4);
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0).says(&["3200 unchanged"]);
    assert_eq!(asked(&world, from).len(), 1, "{:?}", asked(&world, from));
}

#[test]
fn a_link_that_leads_nowhere_is_replaced() {
    let world = crowd(Quirks::default());
    world.run(&["reconcile"]).exits(0);
    // As a link would that a later Graph knows no more: the emulator has none such.
    let nowhere = format!("{}/v1.0/nowhere", world.emulator().graph_url());
    world.links_lead_to(&nowhere);
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(asked(&world, from), ["/v1.0/nowhere"], "bindings serve for a while");
    second_half(&world);
    world.run(&["reconcile"]).exits(0);
    // Nobody knows what happened to the first half meanwhile.
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0).says(&["3200 unchanged"]);
    assert_eq!(swept(&world, from), 4);
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0).says(&["3200 unchanged"]);
    assert_eq!(asked(&world, from).len(), 1, "{:?}", asked(&world, from));
}

#[test]
fn a_link_that_has_worn_out_costs_a_sweep_and_nothing_else() {
    for delta_expiry in [DeltaExpiry::Gone, DeltaExpiry::SyncStateNotFound] {
        let world = crowd(Quirks { delta_lifetime: Duration::ZERO, delta_expiry, ..Quirks::default() });
        world.run(&["reconcile"]).exits(0);
        world.emulator().change_tenant(|tenant| {
            assert!(tenant.change(&id(7), |user| user.set(Property::EmployeeId, "77777")));
            assert!(tenant.change(&id(1), |user| user.set(Property::EmployeeId, "7")));
        });
        let (from, puts) = (world.so_far(), world.puts().len());
        let outcome = world.run(&["reconcile", "--json"]).exits(3);
        assert_eq!(outcome.problem("badges/7.jpg")["reason"], "identity_changed");
        assert_eq!(outcome.problem("badges/1.jpg")["reason"], "target_missing");
        assert_eq!(outcome.json()["unchanged"], MANY - 2);
        // The refusal, a new link, two pages; who the two were; and whether a number near the missing one is there.
        assert_eq!(asked(&world, from).len(), 6, "{:?}", asked(&world, from));
        assert_eq!(world.puts().len(), puts);
    }
}

#[test]
fn what_a_run_for_one_file_learnt_is_not_taken_for_the_others() {
    let mut world = crowd(Quirks::default());
    world.run(&["reconcile"]).exits(0);
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.change(&id(7), |user| user.set(Property::EmployeeId, "77777")));
        assert!(tenant.change(&id(1), |user| user.set(Property::EmployeeId, "7")));
    });
    // Every account is asked for anew, but only one file is written down.
    world.set("mapping", "{ guests: deliver }");
    world.run(&["reconcile", "--only", "badges/3.jpg"]);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("badges/7.jpg")["reason"], "identity_changed");
    assert_eq!(outcome.problem("badges/1.jpg")["reason"], "target_missing");
}

#[test]
fn letters_with_marks_are_the_same_letters_in_a_sweep() {
    let mut world = crowd(Quirks::default());
    world.set("mapping", "{ rules: [{ files: 'badges/{x}.jpg', user: { employeeId: '{x}' } }, { files: 'names/{x}.jpg', user: { employeeId: '{x}' } }] }");
    world.emulator().change_tenant(|tenant| {
        // As a Mac spells it, in the directory and on the share.
        assert!(tenant.change(&id(7), |user| user.set(Property::EmployeeId, "Go\u{308}tz")));
    });
    std::fs::remove_file(world.photos().join("badges/7.jpg")).unwrap();
    world.write("names/G\u{f6}tz.jpg", &portrait(77));
    world.run(&["plan", "--verbose", "--only", "names"]).exits(0).says(&[&id(7), "1 to send"]);
}

#[test]
fn few_files_ask_few_questions_and_files_that_stand_still_none() {
    let world = World::people(40);
    world.portraits(0, 40, 0);
    world.run(&["reconcile"]).exits(0);
    assert!(asked(&world, 0).len() <= 3, "{:?}", asked(&world, 0));
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0);
    assert!(asked(&world, from).is_empty());
}

#[test]
fn a_directory_that_fails_for_a_while_keeps_no_photo_for_good() {
    let world = World::people(2);
    world.portraits(0, 2, 0);
    world.run(&["reconcile", "--limit", "0"]);
    world.days_later(2);
    let broken = Fault { method: Some("GET".to_owned()), path: Some("/users".to_owned()), ..Fault::default() };
    world.emulator().add_fault(Fault { status: Some(503), ..broken });
    let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
    assert_eq!(outcome.problem("users/p000@contoso.com.jpg")["reason"], "transient");
    assert!(world.puts().is_empty());
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
}

#[test]
fn an_outage_that_looks_like_an_unknown_question_is_not_asked_about_everybody_one_by_one() {
    for (status, code) in [(501, "NotImplemented"), (400, "BadRequest")] {
        let world = World::people(300);
        world.portraits(0, 300, 0);
        world.emulator().add_fault(Fault::status("GET", "/v1.0/users", status).with_code(code, "no"));
        world.run(&["reconcile", "--patience", "1s"]);
        let asked = world.emulator().counters().requests;
        assert!(asked < 150, "{status}: {asked} requests");
        world.emulator().clear_faults();
        world.run(&["reconcile"]).exits(0).says(&["300 photos delivered"]);
    }
}
