//! What a command says that it did is what it did.

use photosyncd::testing::emulator::{Entry, Fault, Settings};

use crate::world::{AT_ONCE, LOOSE, World, people, person, portrait, portrait_file};

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn photo(number: usize) -> String {
    format!("/v1.0/users/{}/photo/$value", id(number))
}

fn put_up(world: &World, number: usize, seed: u32) {
    assert_eq!(world.send("PUT", &photo(number), &[("Content-Type", "image/jpeg")], &portrait(seed)), 200);
}

/// People, and a group that some are in or not.
fn company(count: usize) -> World {
    let groups = format!("groups:\n  - {{ mailNickname: staff, id: {}, members: [] }}\n", id(900));
    let mut world = World::with(&(people(count) + &groups), Settings::default());
    world.set("guard", LOOSE);
    world
}

fn join(world: &World, members: std::ops::Range<usize>) {
    let members = members.map(|number| id(number).into()).collect();
    let change = |entry: &mut Entry| entry.more.get_or_insert_default().members = members;
    world.emulator().change_tenant(|tenant| assert!(tenant.change(&id(900), change)));
}

#[test]
fn verify_of_somebody_whose_own_photo_is_kept_says_that_nothing_of_ours_is_there() {
    let mut world = company(2);
    world.set("deliver", "only_where_missing");
    put_up(&world, 0, 500);
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    let told = world.run(&["verify", &person(0)]).exits(0).says(&["photosyncd explain"]);
    assert!(!told.stdout.contains("knows of no delivered photo"), "{}", told.stdout);
}

#[test]
fn a_yes_where_no_file_wants_anything_promises_no_photo() {
    let mut world = company(2);
    world.set("backup", "{ before_first_overwrite: true }");
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    world.run(&["restore", &person(0)]).exits(0);
    std::fs::remove_file(world.photos().join(portrait_file(0))).unwrap();
    world.run(&["reconcile"]).exits(0);
    let told = world.run(&["accept", &person(0)]).exits(0).says(&["nothing is sent"]);
    assert!(!told.stdout.contains("sends the photo"), "{}", told.stdout);
    world.run(&["reconcile"]).exits(0).says(&["0 photos delivered"]);
}

#[test]
fn a_default_picture_that_was_replaced_is_not_said_to_go_over_a_photo() {
    let mut world = company(3);
    std::fs::write(world.path("staff.jpg"), portrait(900)).unwrap();
    world.set("defaults", "[{ group: staff, file: staff.jpg }]");
    world.portraits(0, 1, 0);
    join(&world, 0..3);
    put_up(&world, 2, 502);
    // Whom a photo of their own kept from it is not counted.
    let pass = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&pass["default_pictures"], &pass["sum"]["default_pictures"]), (&1.into(), &1.into()), "{pass:#}");
    put_up(&world, 1, 501);
    world.run(&["verify"]);
    for number in 1..3 {
        let told = world.run(&["explain", &person(number)]).exits(0).says(&["has_photo", "never put over a photo"]);
        assert!(!told.stdout.contains("replaces it"), "{}", told.stdout);
    }
}

#[test]
fn that_a_photo_is_gone_stays_the_reason_through_an_opt_out() {
    let mut world = company(2);
    world.set("drift", "{ policy: user_wins }");
    world.set("scope", "{ exclude_groups: [staff] }");
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.send("DELETE", &photo(0), &[], b""), 204);
    world.run(&["verify"]);
    for members in [0..0, 0..1, 0..0] {
        join(&world, members.clone());
        world.run(&["reconcile"]).exits(0);
        if members.is_empty() {
            let told = world.run(&["explain", &person(0)]).exits(0).says(&["user_photo", "shows no photo any more"]);
            assert!(!told.stdout.contains("another photo"), "{}", told.stdout);
        }
    }
}

#[test]
fn a_photo_that_was_gone_already_is_not_counted_as_removed() {
    let mut world = company(3);
    world.set("removal", AT_ONCE);
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.send("DELETE", &photo(0), &[], b""), 204);
    for number in 0..2 {
        std::fs::remove_file(world.photos().join(portrait_file(number))).unwrap();
    }
    let before = world.deletes();
    world.run(&["reconcile"]).exits(0);
    let pass = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&pass["removed"], world.deletes() - before), (&1.into(), 1));
    world.run(&["explain", &person(0)]).exits(0).says(&["already_gone", "no photo of ours"]);
    world.run(&["explain", &person(1)]).exits(0).says(&["was removed from the tenant"]);
}

#[test]
fn retry_counts_whom_it_makes_due_and_nobody_who_is_excluded() {
    let mut world = company(3);
    world.set("scope", "{ exclude_groups: [staff] }");
    world.portraits(0, 3, 0);
    world.emulator().add_fault(Fault::status("PUT", &format!("/users/{}", id(1)), 400).with_code("ErrorInvalidImage", "x"));
    world.run(&["reconcile"]);
    join(&world, 0..1);
    world.run(&["reconcile"]);
    world.run(&["status"]).says(&["1 out of scope"]);
    world.run(&["retry"]).exits(0).says(&["1 made due"]);
}

#[test]
fn five_files_for_one_person_are_told_as_five_files_and_one_person() {
    let world = company(2);
    world.portraits(1, 2, 0);
    for (seed, ending) in (10..).zip(["jpg", "jpeg", "png", "gif", "webp"]) {
        world.write(&format!("users/{}.{ending}", person(0)), &portrait(seed));
    }
    world.run(&["plan"]).exits(3).says(&["1 held", "Files held for 1 photo (--all lists them): 5 duplicate_files"]);
    world.run(&["reconcile"]).exits(3).says(&["1 needs a person", "(duplicate_files), 5 files are held"]);
    world.run(&["status"]).exits(3).says(&["1 needs a person", "(duplicate_files), 5 files are held"]);
    world.run(&["status", "--reason", "duplicate_files"]).exits(3).says(&["(duplicate_files), 5 files are held"]);
    let causes = world.run(&["status", "--json"]).exits(3).json()["causes"].clone();
    assert_eq!((&causes[0]["count"], &causes[0]["files"]), (&1.into(), &5.into()), "{causes:#}");
    // Where both are the same, one number is enough.
    std::fs::write(world.photos().join("users/nobody@contoso.com.jpg"), portrait(99)).unwrap();
    let status = world.run(&["reconcile"]).exits(3);
    assert_eq!(status.stdout.matches("files are held").count(), 1, "{}", status.stdout);
}

#[test]
fn what_one_account_is_refused_is_not_told_as_a_permission_that_all_lack() {
    let world = company(5);
    world.portraits(0, 5, 0);
    let refused = Fault::status("PUT", &format!("/users/{}", id(1)), 403).with_code("ErrorAccessDenied", "Access is denied");
    world.emulator().add_fault(refused);
    let pass = world.run(&["reconcile"]).exits(5);
    pass.says(&["4 photos delivered", "     1  Not permitted for single", "of others of its kind it may", "protects this one"]);
    let told = world.run(&["status"]).exits(3).says(&["Not permitted for single"]);
    assert!(!told.stdout.contains("A permission is missing") && !told.stdout.contains("App registrations"), "{}", told.stdout);
    let plan = world.run(&["plan"]).exits(3).says(&["1 held"]);
    assert!(!plan.stdout.contains("A permission is missing"), "{}", plan.stdout);
}

#[test]
fn a_preview_of_what_cannot_be_read_has_the_size_of_the_file() {
    let mut world = company(1);
    world.set("photo", "{ max_source_bytes: 10KB }");
    world.write(&portrait_file(0), &vec![7; 20_000]);
    world.run(&["preview", "--out", world.path("preview").to_str().unwrap()]).exits(3);
    let page = std::fs::read_to_string(world.path("preview/index.html")).unwrap();
    assert!(page.contains("20.0 kB") && !page.contains(">0 B"), "{page}");
}
