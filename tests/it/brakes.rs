//! What a person overrides is what was told, and nothing else; and what a mistyped rule or a slipped table would do.

use std::fmt::Write as _;

use crate::world::service::Service;
use crate::world::{AT_ONCE, Mount, World, person, portrait};

pub(crate) const PEOPLE: usize = 8;
pub(crate) const RULES: &str = "{ rules: [{ files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }";
pub(crate) const MISTYPED: &str = "{ rules: [{ files: 'user/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }";

/// Eight people in step, of whose photos two may be removed a day.
pub(crate) fn company() -> World {
    let mut world = World::people(PEOPLE);
    world.hurry();
    world.set("removal", AT_ONCE);
    world.set("guard", "{ first_contact: replace, max_removals: 2, max_removals_percent: 100 }");
    world.set("mapping", RULES);
    world.portraits(0, PEOPLE, 0);
    world
}

/// The share is unmounted: an empty directory stands in its place.
pub(crate) fn unmount(world: &World) {
    std::fs::rename(world.photos(), world.path("share")).unwrap();
    std::fs::create_dir(world.photos()).unwrap();
}

pub(crate) fn mount(world: &World) {
    std::fs::remove_dir_all(world.photos()).unwrap();
    std::fs::rename(world.path("share"), world.photos()).unwrap();
}

#[test]
fn force_removes_nothing_while_the_share_is_unmounted() {
    let mut world = company();
    world.run(&["reconcile"]).exits(0);
    unmount(&world);
    world.run(&["plan"]).exits(4).says(&["unmounted_source"]);
    for _ in 0..4 {
        world.run(&["reconcile", "--force"]).exits(4).says(&["unmounted_source", "the share is probably not mounted"]);
    }
    // Nor by a setting.
    world.set("guard", "{ first_contact: replace, max_removals: 1000, max_removals_percent: 100, refuse_empty_source: false }");
    for _ in 0..3 {
        world.run(&["reconcile", "--force"]).exits(4).says(&["unmounted_source"]);
    }
    mount(&world);
    world.run(&["reconcile"]).exits(0).says(&["8 unchanged"]);
    assert_eq!((world.deletes(), world.puts().len()), (0, PEOPLE));
}

#[test]
fn forcing_an_empty_directory_does_not_force_its_removals() {
    let world = company();
    world.run(&["reconcile"]).exits(0);
    std::fs::remove_dir_all(world.photos().join("users")).unwrap();
    world.run(&["reconcile", "--force"]).exits(4).says(&["empty_source", "this was not told yet"]);
    world.run(&["reconcile", "--force"]).exits(0).says(&["Guard overridden (--force, empty_source)"]);
    let outcome = world.run(&["reconcile", "--force", "--json"]).exits(4).json();
    assert_eq!((&outcome["halted"]["guard"], &outcome["halted"]["found"]), (&"removals".into(), &PEOPLE.into()));
    assert_eq!((&outcome["forced"][0]["guard"], &outcome["beyond_force"]), (&"empty_source".into(), &true.into()));
    assert_eq!(world.deletes(), 0);
    // Both are told by now, each with its number.
    world.run(&["reconcile"]).exits(4).says(&["empty_source", "removals", "8 of 8 delivered photos would be removed"]);
    world.run(&["reconcile", "--force"]).exits(0).says(&["8 photos removed"]);
    assert_eq!(world.deletes(), PEOPLE);
}

#[test]
fn force_covers_only_the_people_that_were_reported() {
    let world = company();
    world.run(&["reconcile"]).exits(0);
    let file = |number: usize| world.photos().join(format!("users/{}.jpg", person(number)));
    for number in 0..3 {
        std::fs::remove_file(file(number)).unwrap();
    }
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(4).says(&["3 of 8 delivered photos would be removed"]);
    // One more goes before the person says yes; and then one of them is back, and another is gone in its place.
    std::fs::remove_file(file(3)).unwrap();
    world.run(&["reconcile", "--limit", "0"]).exits(4);
    world.portraits_of(0, 0);
    std::fs::remove_file(file(4)).unwrap();
    world.run(&["reconcile"]).exits(4).says(&["3 of 8"]);
    world.run(&["reconcile", "--force"]).exits(4).says(&["4 of 8", "this was not told yet"]);
    assert_eq!(world.deletes(), 0);
    world.run(&["reconcile", "--force"]).exits(0).says(&["4 photos removed"]);
    assert!(world.user_photo(&person(0)).is_some());
}

#[test]
fn a_mistyped_rule_halts_and_is_never_called_in_step() {
    let mut world = company();
    world.set("mapping", MISTYPED);
    let first = world.run(&["reconcile"]).exits(0).says(&["8 unmatched", "None of the 8 files matches a rule"]);
    assert!(!first.stdout.contains("up to date."), "{}", first.stdout);
    world.run(&["status"]).exits(0).says(&["8 unmatched"]);
    world.set("mapping", RULES);
    world.run(&["reconcile"]).exits(0).says(&["8 photos delivered", "All 8 photos are up to date"]);
    world.set("mapping", MISTYPED);
    for _ in 0..2 {
        let halted = world.run(&["reconcile", "--json"]).exits(4).json()["halted"].clone();
        assert_eq!((&halted["guard"], &halted["found"], &halted["of"]), (&"coverage".into(), &0.into(), &PEOPLE.into()));
    }
    world.run(&["plan"]).exits(4).says(&["coverage"]);
    world.run(&["status"]).exits(4).says(&["coverage", "8 up to date"]);
    // A setting that hides them is the same mistake.
    world.set("mapping", RULES);
    world.set("source", "{ directory: photos, ignore: ['users/**'] }");
    world.write("notes.txt", b"x");
    world.run(&["reconcile"]).exits(4).says(&["coverage", "source.ignore"]);
    world.set("source", "{ directory: photos }");
    world.run(&["reconcile"]).exits(0).says(&["All 8 photos are up to date; 1 file matches no rule and was not sent"]);
    let only = world.run(&["reconcile", "--only", &person(1)]).exits(0).says(&["The files selected (--only) are up to date"]);
    assert!(!only.stdout.contains("All 8"), "{}", only.stdout);
    assert_eq!((world.deletes(), world.puts().len()), (0, PEOPLE));
}

#[test]
fn the_service_says_that_nothing_is_matched() {
    let mut world = company();
    world.set("mapping", MISTYPED);
    let service = Service::start(&world, &[]);
    world.until("the pass", || service.shows("8 unmatched"));
    service.run.terminate();
    service.run.finish().exits(0);
}

/// A table with a row for each file, `shift` rows out of place.
pub(crate) fn table(world: &World, shift: usize) {
    let mut text = "file,kind,property,value\n".to_owned();
    for number in 0..PEOPLE {
        writeln!(text, "staff/{number}.jpg,user,userPrincipalName,{}", person((number + shift) % PEOPLE)).unwrap();
    }
    std::fs::write(world.path("people.csv"), text).unwrap();
}

/// The company, named by a table.
pub(crate) fn tabled() -> World {
    let mut world = company();
    std::fs::remove_dir_all(world.photos().join("users")).unwrap();
    for number in 0..PEOPLE {
        world.write(&format!("staff/{number}.jpg"), &portrait(u32::try_from(number).unwrap()));
    }
    table(&world, 0);
    world.set("mapping", "{ table: people.csv }");
    world
}

#[test]
fn a_column_that_slipped_by_a_row_gives_nobody_a_strangers_face() {
    let world = tabled();
    world.run(&["reconcile"]).exits(0).says(&["8 photos delivered"]);
    table(&world, 1);
    world
        .run(&["reconcile"])
        .exits(4)
        .says(&["mapping_changed", "8 of the 8 files matched before would now go to other accounts"]);
    table(&world, 2);
    world.run(&["reconcile", "--force"]).exits(4).says(&["mapping_changed"]);
    table(&world, 0);
    world.run(&["reconcile"]).exits(0).says(&["8 unchanged"]);
    assert_eq!(world.puts().len(), PEOPLE);
}

#[test]
fn a_share_missing_below_the_directory_hides_nobody() {
    let world = company();
    std::fs::remove_dir_all(world.photos().join("users")).unwrap();
    std::fs::create_dir(world.photos().join("users")).unwrap();
    let Some(share) = Mount::new(&world.photos().join("users"), "8m") else { return };
    world.portraits(0, PEOPLE, 0);
    world.write("notes.txt", b"of the outer directory");
    world.run(&["reconcile"]).exits(0);
    drop(share);
    for _ in 0..4 {
        world.run(&["reconcile", "--force"]).exits(3).says(&["file system that is not mounted now", "8 of the files known"]);
    }
    let _share = Mount::new(&world.photos().join("users"), "8m").unwrap();
    world.portraits(0, PEOPLE, 0);
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    // Deleted there while it is mounted, they are gone; and that is told by number.
    std::fs::remove_file(world.photos().join(format!("users/{}.jpg", person(1)))).unwrap();
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["1 photo removed"]);
    assert_eq!((world.deletes(), world.puts().len()), (1, PEOPLE));
}
