//! Files that disappear: their photos leave the tenant late, few at a time, only if they are ours, and only if asked for.

use photosyncd::testing::emulator::Fault;
use serde_json::Value;

use crate::world::service::Service;
use crate::world::{AT_ONCE, LOOSE, Outcome, World, person, portrait, portrait_file};

const LATER: &str = "{ when_file_disappears: delete, grace: 7d }";

/// So many people with a photo each, delivered.
fn company(people: usize, removal: &str) -> World {
    let mut world = World::people(people);
    world.hurry();
    world.set("removal", removal);
    world.portraits(0, people, 0);
    world.run(&["reconcile"]).exits(0);
    world
}

fn forget(world: &World, numbers: std::ops::Range<usize>) {
    for number in numbers {
        std::fs::remove_file(world.photos().join(portrait_file(number))).unwrap();
    }
}

fn with_photo(world: &World, people: usize) -> usize {
    (0..people).filter(|number| world.user_photo(&person(*number)).is_some()).count()
}

fn reconciled(world: &World, code: i32) -> (Outcome, u64) {
    let outcome = world.run(&["reconcile", "--json"]).exits(code);
    let removed = outcome.json()["removed"].as_u64().unwrap();
    (outcome, removed)
}

#[test]
fn by_default_a_photo_stays_when_its_file_goes() {
    let world = company(3, "{ grace: 0s }");
    forget(&world, 0..1);
    for _ in 0..3 {
        world.run(&["reconcile"]).exits(0);
    }
    assert_eq!((with_photo(&world, 3), world.deletes()), (3, 0));
    world.run(&["explain", &person(0)]).exits(0).says(&["no file identifies it", "the photo in the tenant stays"]);
}

#[test]
fn three_of_a_thousand_leave_after_the_grace_time() {
    let world = company(1_000, LATER);
    forget(&world, 0..3);
    world.run(&["plan"]).exits(0).says(&["remove_later", &portrait_file(1), "gone since", "3 to remove later"]);
    let (outcome, removed) = reconciled(&world, 0);
    assert_eq!((removed, &outcome.json()["pending_removals"]), (0, &3.into()));
    world.run(&["status"]).exits(0).says(&["3 photos whose files are gone", &portrait_file(1)]);
    assert_eq!(world.run(&["status", "--json"]).exits(0).json()["gone"].as_array().unwrap().len(), 3);
    for what in [person(1), portrait_file(1)] {
        world.run(&["explain", &what]).exits(0).says(&["gone since", "the first pass after"]);
    }
    world.days_later(6);
    assert_eq!(reconciled(&world, 0).1, 0, "not yet");
    world.days_later(1);
    world.run(&["plan"]).exits(0).says(&["remove ", "3 to remove"]);
    assert_eq!(reconciled(&world, 0).1, 3);
    assert_eq!((with_photo(&world, 1_000), world.deletes()), (997, 3));
    world.run(&["explain", &person(1)]).exits(0).says(&["removed from the tenant"]);
    assert_eq!(reconciled(&world, 0).1, 0);
    world.run(&["status"]).exits(0).says(&["997 up to date, 0 queued, 0 need a person"]);
    assert_eq!(world.deletes(), 3, "once is enough");
    // One comes back: a new photo like any other.
    world.portraits(1, 2, 500);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo(&person(1)).unwrap().body, portrait(501));
}

#[test]
fn three_hundred_of_a_thousand_halt_and_nobody_loses_a_photo() {
    let world = company(1_000, AT_ONCE);
    forget(&world, 0..300);
    reconciled(&world, 0);
    // Somebody new comes meanwhile: that does no harm and is done.
    world.portraits(999, 1_000, 7);
    let (outcome, removed) = reconciled(&world, 4);
    let halted = &outcome.json()["halted"];
    assert_eq!((removed, &outcome.json()["delivered"]), (0, &1.into()));
    assert_eq!((&halted["guard"], &halted["holds"]), (&"removals".into(), &"removals".into()));
    assert_eq!((&halted["found"], &halted["of"]), (&300.into(), &1_000.into()));
    assert_eq!((with_photo(&world, 1_000), world.deletes()), (1_000, 0));
    world.run(&["reconcile"]).exits(4).says(&["Removals were halted", "300 of 1000", "guard.max_removals", "--force"]);
    world.run(&["status"]).exits(4).says(&["Removals were halted by the guard (removals)", "300 of 1000"]);
    assert_eq!(world.run(&["status", "--json"]).exits(4).json()["halted"]["found"], 300);
    world.run(&["plan"]).exits(4).says(&["would halt the removals", "300 of 1000"]);
    // It is what a person has typed, not what comes after, that goes past it.
    world.run(&["reconcile", "--force"]).exits(0).says(&[
        "Guard overridden (--force, removals)",
        "300 of 1000",
        "300 photos removed",
    ]);
    assert_eq!((with_photo(&world, 1_000), world.deletes()), (700, 300));
    world.run(&["status"]).exits(0).says(&["700 up to date"]);
    forget(&world, 300..301);
    reconciled(&world, 0);
    assert_eq!(reconciled(&world, 0).1, 1, "what was forced counts against no limit");
}

#[test]
fn many_small_passes_do_not_evade_the_removal_limit() {
    let mut world = company(1_000, AT_ONCE);
    world.set("guard", "{ first_contact: replace, max_removals: 10 }");
    let mut removed = 0;
    for batch in 0..4 {
        forget(&world, batch * 4..batch * 4 + 4);
        world.run(&["reconcile"]);
        removed += world.run(&["reconcile", "--json"]).json()["removed"].as_u64().unwrap();
    }
    assert_eq!(removed, 8, "the third four would make twelve");
    let (outcome, _) = reconciled(&world, 4);
    assert!(outcome.json()["halted"]["message"].as_str().unwrap().contains("after 8 in the last 24 hours"), "{}", outcome.stdout);
    assert_eq!(world.deletes(), 8);
}

#[test]
fn a_file_that_comes_back_in_time_changes_nothing() {
    let world = company(10, LATER);
    forget(&world, 0..1);
    reconciled(&world, 0);
    world.days_later(6);
    world.portraits(0, 1, 0);
    let (outcome, _) = reconciled(&world, 0);
    assert_eq!((&outcome.json()["delivered"], &outcome.json()["pending_removals"]), (&0.into(), &0.into()));
    forget(&world, 0..1);
    reconciled(&world, 0);
    world.days_later(2);
    assert_eq!(reconciled(&world, 0).1, 0, "the time counts from the second going");
    assert_eq!(world.deletes(), 0);
}

#[test]
fn a_file_that_comes_back_while_nobody_can_be_asked_is_back_all_the_same() {
    let mut world = company(3, AT_ONCE);
    world.set("guard", LOOSE);
    forget(&world, 0..1);
    reconciled(&world, 0);
    world.portraits(0, 1, 0);
    let fault = photosyncd::testing::emulator::Fault::status("GET", "/users", 503);
    world.emulator().add_fault(fault);
    world.run(&["reconcile"]).exits(3);
    world.run(&["reconcile"]).exits(3);
    assert_eq!(world.deletes(), 0);
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    assert_eq!((with_photo(&world, 3), world.deletes()), (3, 0));
}

#[test]
fn a_renamed_file_or_a_changed_rule_removes_nothing() {
    let mut world = company(3, AT_ONCE);
    world.set("mapping", "{ rules: [{ files: '**/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    std::fs::rename(world.photos().join("users"), world.photos().join("staff")).unwrap();
    for _ in 0..3 {
        let (outcome, removed) = reconciled(&world, 0);
        assert_eq!((removed, &outcome.json()["pending_removals"]), (0, &0.into()));
    }
    world.set("mapping", "{ rules: [{ files: 'people/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    world.run(&["reconcile"]).exits(4).says(&["coverage", "match 0 files now, and matched 3"]);
    world.run(&["reconcile", "--force"]).exits(0).says(&["None of the 3 files matches a rule"]);
    for _ in 0..3 {
        assert_eq!(reconciled(&world, 0).1, 0);
    }
    assert_eq!((with_photo(&world, 3), world.deletes(), world.puts().len()), (3, 0, 3));
}

#[test]
fn a_renamed_top_folder_that_no_rule_knows_removes_nothing() {
    let world = company(100, AT_ONCE);
    std::fs::rename(world.photos().join("users"), world.photos().join("employees")).unwrap();
    let (outcome, _) = reconciled(&world, 4);
    assert_eq!((&outcome.json()["halted"]["guard"], &outcome.json()["unmatched"]), (&"coverage".into(), &100.into()));
    // Also for whoever insists: the pictures are there, and nobody can tell any more whose they are.
    world.run(&["reconcile", "--force"]).exits(0);
    for _ in 0..3 {
        let (outcome, removed) = reconciled(&world, 0);
        assert_eq!((removed, &outcome.json()["pending_removals"], &outcome.json()["unmatched"]), (0, &0.into(), &100.into()));
    }
    assert_eq!((with_photo(&world, 100), world.deletes()), (100, 0));
    // Only when they are gone, too, the time begins to count, and the limit holds.
    std::fs::rename(world.photos().join("employees"), world.path("aside")).unwrap();
    std::fs::create_dir(world.photos().join("employees")).unwrap();
    world.write("users/p100@contoso.com.jpg", &portrait(100));
    world.run(&["reconcile", "--force"]);
    for _ in 0..3 {
        assert_eq!(world.run(&["reconcile", "--json"]).json()["removed"], 0);
    }
    let (outcome, removed) = reconciled(&world, 4);
    assert_eq!(
        (removed, &outcome.json()["halted"]["guard"], &outcome.json()["halted"]["found"]),
        (0, &"removals".into(), &100.into())
    );
    std::fs::remove_file(world.photos().join("users/p100@contoso.com.jpg")).unwrap();
    std::fs::remove_dir(world.photos().join("employees")).unwrap();
    std::fs::remove_dir(world.photos().join("users")).unwrap();
    std::fs::rename(world.path("aside"), world.photos().join("employees")).unwrap();
    std::fs::rename(world.photos().join("employees"), world.photos().join("users")).unwrap();
    let (outcome, _) = reconciled(&world, 0);
    assert_eq!((&outcome.json()["delivered"], &outcome.json()["pending_removals"]), (&0.into(), &0.into()));
    world.run(&["status"]).exits(0).says(&["100 up to date"]);
    assert_eq!((with_photo(&world, 100), world.deletes()), (100, 0));
}

#[test]
fn photos_of_teams_and_contacts_are_left_to_a_person() {
    let mut world = World::new();
    world.set("removal", AT_ONCE);
    world.set("guard", LOOSE);
    for (name, seed) in [("groups/sales", 1), ("teams/space", 2), ("contacts/anna@contoso.com/fred@example.com", 3)] {
        world.write(&format!("{name}.jpg"), &portrait(seed));
    }
    world.write("users/ben@contoso.com.jpg", &portrait(4));
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
    for kind in ["groups", "teams", "contacts"] {
        std::fs::remove_dir_all(world.photos().join(kind)).unwrap();
    }
    world.run(&["reconcile"]).exits(0);
    let (outcome, removed) = reconciled(&world, 3);
    assert_eq!(removed, 1, "the group's");
    // Code, counts, sum and list say the same.
    assert_eq!((&outcome.json()["blocked"], &outcome.json()["sum"]["need_person"]), (&2.into(), &2.into()));
    assert_eq!(world.deletes(), 1);
    assert!(world.photo("team:00000000-0000-4000-8000-000000000052").is_some());
    assert!(world.photo("group:00000000-0000-4000-8000-000000000051").is_none());
    let status = world.run(&["status", "--all"]).exits(3).says(&[
        "removal_not_possible",
        "2 need a person",
        "no way to remove the photo of a team",
        "no way to remove the photo of a contact",
        "by hand",
    ]);
    assert!(status.stdout.contains("fred@example.com"), "{}", status.stdout);
    world.run(&["reconcile"]).exits(3);
    let status = world.run(&["status", "--json"]).exits(3).json();
    assert_eq!((status["blocked"].as_array().unwrap().len(), &status["targets"]["blocked"]), (2, &2.into()), "still shown");
    // A person has taken one out; the other's file comes back.
    world.run(&["accept", "space"]).exits(0);
    world.write("contacts/anna@contoso.com/fred@example.com.jpg", &portrait(3));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.run(&["status", "--json"]).exits(0).json()["blocked"].as_array().unwrap().len(), 0);
    assert_eq!(world.deletes(), 1);
}

#[test]
fn who_has_put_up_another_picture_since_keeps_it() {
    let mut world = company(3, AT_ONCE);
    world.set("guard", LOOSE);
    let path = "/v1.0/users/00000000-0000-4000-8000-000000000001/photo/$value";
    assert_eq!(world.send("PUT", path, &[("Content-Type", "image/jpeg")], &portrait(71)), 200);
    forget(&world, 1..2);
    reconciled(&world, 0);
    assert_eq!(reconciled(&world, 0).1, 0);
    assert_eq!(world.user_photo(&person(1)).unwrap().body, portrait(71));
    world.run(&["explain", &person(1)]).exits(0).says(&["not_ours"]);
    assert_eq!(world.deletes(), 0);
}

#[test]
fn a_photo_that_cant_be_recognised_as_ours_stays_and_a_person_is_told() {
    // Delivered while nobody asked what the tenant calls it.
    let mut world = company(3, "{ when_file_disappears: keep }");
    world.set("removal", AT_ONCE);
    world.set("guard", LOOSE);
    forget(&world, 0..1);
    reconciled(&world, 0);
    reconciled(&world, 3);
    assert_eq!((with_photo(&world, 3), world.deletes()), (3, 0));
    world.run(&["status"]).exits(3).says(&["removal_not_possible", "1 needs a person"]);
}

#[test]
fn a_directory_that_cant_be_read_hides_nobody() {
    let mut world = company(6, AT_ONCE);
    world.set("guard", LOOSE);
    // A directory that can't be listed, as on a share that answers half.
    std::fs::create_dir(world.photos().join("more")).unwrap();
    forget(&world, 0..1);
    reconciled(&world, 0);
    let deep = (0..70).fold(world.photos().join("more"), |path, _| path.join("d"));
    std::fs::create_dir_all(&deep).unwrap();
    for _ in 0..3 {
        assert_eq!(world.run(&["reconcile", "--json"]).json()["removed"], 0);
    }
    assert_eq!((with_photo(&world, 6), world.deletes()), (6, 0));
    std::fs::remove_dir_all(world.photos().join("more")).unwrap();
    assert_eq!(reconciled(&world, 0).1, 1);
}

#[test]
fn turning_removal_off_and_on_restarts_the_grace_time() {
    let mut world = company(30, LATER);
    forget(&world, 0..1);
    reconciled(&world, 0);
    world.days_later(30);
    world.set("removal", "{ when_file_disappears: keep }");
    reconciled(&world, 0);
    world.set("removal", LATER);
    reconciled(&world, 0);
    assert_eq!(reconciled(&world, 0).1, 0);
    assert_eq!((with_photo(&world, 30), world.deletes()), (30, 0));
}

#[test]
fn a_file_that_moves_while_a_service_looks_removes_nothing_before_it_has_settled() {
    for (settle, watch) in [("300ms", "auto"), ("1s", "poll")] {
        let mut world = World::company(12);
        world.hurry();
        world.set("source", &format!("{{ directory: photos, settle: {settle}, watch: {watch}, poll_interval: 1s }}"));
        world.set("mapping", "{ rules: [{ files: '**/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
        let service = Service::ready(&world);
        world.until("all photos", || world.puts().len() == 12);
        std::fs::create_dir(world.photos().join("staff")).unwrap();
        let staff = "staff/p000@contoso.com.jpg";
        std::fs::rename(world.photos().join(portrait_file(0)), world.photos().join(staff)).unwrap();
        let is_bound = |file: &Value| file["path"] == staff && !file["bound_to"].is_null();
        let told = || world.run(&["explain", staff, "--json"]).exits(0).json();
        world.until("the move", || told()["files"].as_array().unwrap().iter().any(is_bound));
        assert_eq!((world.deletes(), world.puts().len()), (0, 12), "{watch}");
        drop(service);
    }
}

/// Whatever holds a removal back whose time has come, every screen says what it is, and none that a pass makes it.
#[test]
fn a_removal_that_is_held_back_says_by_what() {
    let mut world = company(6, "{ when_file_disappears: delete, grace: 0s }");
    world.write("users/new@contoso.com.jpg", &portrait(90));
    world.emulator().add_fault(Fault::status("GET", "/users", 403));
    world.emulator().add_fault(Fault::status("POST", "/$batch", 403));
    forget(&world, 0..1);
    for _ in 0..2 {
        world.run(&["reconcile"]);
    }
    let why = "the directory can't say whose users/new@contoso.com.jpg is";
    world.run(&["plan"]).says(&["its photo would be removed by now, and is held back", why]);
    let told = world.run(&["explain", &person(0)]).says(&["is held back", why]).stdout;
    assert!(!told.contains("the first pass after"), "{told}");
    world.run(&["status"]).says(&["None of them is removed while", why]);
    world.emulator().clear_faults();
    std::fs::remove_file(world.photos().join("users/new@contoso.com.jpg")).unwrap();
    world.run(&["reconcile"]);
    // The guard.
    world.set("guard", "{ max_removals: 1 }");
    forget(&world, 1..4);
    for _ in 0..3 {
        world.run(&["reconcile"]);
    }
    let why = "the guard halts removals (removals)";
    world.run(&["explain", &person(1)]).says(&["is held back", why]);
    world.run(&["status"]).says(&["None of them is removed while", why]);
}
