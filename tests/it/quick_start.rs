//! The main job: what changed is sent, what did not is left alone.

use std::time::Duration;

use crate::world::{World, blake3, person, portrait};

#[test]
fn the_first_run_sends_all_and_the_second_asks_and_sends_nothing() {
    let world = World::new();
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.write("badges/0042.JPG", &portrait(2));
    world.write("groups/sales.jpeg", &portrait(3));
    world.write("teams/space.jpg", &portrait(4));
    world.write("contacts/anna@contoso.com/fred@example.com.jpg", &portrait(5));
    let first = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&first["delivered"], &first["matched"]), (&5.into(), &5.into()));
    let stored = |target: &str| world.photo(target).unwrap().body.to_vec();
    assert_eq!(stored("user:00000000-0000-4000-8000-00000000000a"), portrait(1));
    assert_eq!(stored("user:00000000-0000-4000-8000-00000000000c"), portrait(2));
    assert_eq!(stored("group:00000000-0000-4000-8000-000000000051"), portrait(3));
    assert_eq!(stored("team:00000000-0000-4000-8000-000000000052"), portrait(4));
    assert_eq!(stored("contact:00000000-0000-4000-8000-00000000000a/contact-fred"), portrait(5));

    let before = world.requests().len();
    world.run(&["reconcile"]).exits(0).says(&["0 photos delivered", "5 unchanged", "Nothing had to be sent"]);
    assert_eq!(world.requests().len(), before, "an unchanged tree needs no request at all, not even a sign-in");
}

#[test]
fn one_changed_picture_is_one_upload() {
    let world = World::people(10);
    world.portraits(0, 10, 0);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 10);
    world.write("users/p003@contoso.com.jpg", &portrait(100));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered", "9 unchanged"]);
    let puts = world.puts();
    assert_eq!(puts.len(), 11);
    assert_eq!(puts[10].body_blake3.as_deref(), Some(&*blake3(&portrait(100))));
    assert_eq!(world.user_photo(&person(3)).unwrap().body, portrait(100));
}

#[test]
fn a_touched_or_rewritten_file_is_not_a_changed_picture() {
    let world = World::people(2);
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    let file = std::fs::File::options().write(true).open(world.photos().join("users/p000@contoso.com.jpg")).unwrap();
    file.set_modified(file.metadata().unwrap().modified().unwrap() + Duration::from_secs(60)).unwrap();
    drop(file);
    world.run(&["reconcile"]).exits(0);
    std::fs::remove_file(world.photos().join("users/p001@contoso.com.jpg")).unwrap();
    world.portraits(0, 2, 0);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["delivered"], &outcome["unchanged"]), (&0.into(), &2.into()));
    assert_eq!(world.puts().len(), 2);
}

#[test]
fn a_renamed_file_speaks_for_whom_its_new_name_says() {
    let world = World::people(3);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    let photos = world.photos();
    // Another spelling of the same target: nothing to send.
    std::fs::rename(photos.join("users/p000@contoso.com.jpg"), photos.join("users/P000@CONTOSO.COM.JPEG")).unwrap();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 1);
    // Another target: it is sent there, and the first one keeps what it has.
    std::fs::rename(photos.join("users/P000@CONTOSO.COM.JPEG"), photos.join("users/p002@contoso.com.jpg")).unwrap();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 2);
    assert_eq!(world.user_photo(&person(2)).unwrap().body, portrait(0));
    assert_eq!(world.user_photo(&person(0)).unwrap().uploads, 1);
    assert!(world.user_photo(&person(1)).is_none());
}

#[test]
fn only_and_limit_send_a_part_and_the_next_run_the_rest() {
    let world = World::people(6);
    world.portraits(0, 6, 0);
    world.run(&["reconcile", "--only", "p004@contoso.com"]);
    assert!(world.user_photo(&person(4)).is_some());
    assert_eq!(world.puts().len(), 1);
    let outcome = world.run(&["reconcile", "--limit", "2", "--json"]).exits(3).json();
    assert_eq!((&outcome["delivered"], &outcome["stopped"]), (&2.into(), &"limit".into()));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 6);
}
