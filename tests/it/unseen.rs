//! Files that are still there, by names that can't be told or behind links: their photos stay.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::world::{LOOSE, World, portrait, portrait_file};

/// Five people, one of them in a folder of its own, whose photos go when their files do.
fn office() -> World {
    let mut world = World::people(5);
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    world.set("guard", LOOSE);
    world.set("mapping", "{ rules: [{ files: 'users/**/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    world.portraits(0, 4, 0);
    world.write("users/sub/p004@contoso.com.jpg", &portrait(4));
    world.run(&["reconcile"]).exits(0);
    world
}

/// Something that becomes of a file or a folder, and what is said of it.
type Case = (&'static str, fn(&Path), &'static str);

fn rename(from: &str, to: &[u8]) -> impl Fn(&Path) {
    move |photos| std::fs::rename(photos.join(from), photos.join(OsStr::from_bytes(to))).unwrap()
}

const CASES: [Case; 8] = [
    ("no text", |photos| rename("users/p000@contoso.com.jpg", b"users/p000@contoso.com\xff.jpg")(photos), "not UTF-8"),
    ("a line break", |photos| rename("users/p000@contoso.com.jpg", b"users/p000@contoso.com\n.jpg")(photos), "control character"),
    ("elsewhere, no text", |photos| rename("users/p000@contoso.com.jpg", b"\xff.jpg")(photos), "not UTF-8"),
    ("a folder, no text", |photos| rename("users/sub", b"users/s\xfcb")(photos), "not UTF-8"),
    ("a folder, a line break", |photos| rename("users/sub", b"users/s\nb")(photos), "control character"),
    ("a folder behind a link", |photos| behind_a_link(photos, "users/sub"), "in the place of a folder with 1 known photo"),
    ("all behind a link", |photos| behind_a_link(photos, "users"), "in the place of a folder with 5 known photos"),
    (
        "a link to nothing",
        |photos| {
            behind_a_link(photos, "users/sub");
            std::fs::remove_dir_all(photos.with_file_name("elsewhere")).unwrap();
        },
        "in the place of a folder with 1 known photo",
    ),
];

fn behind_a_link(photos: &Path, folder: &str) {
    let elsewhere = photos.with_file_name("elsewhere");
    std::fs::rename(photos.join(folder), &elsewhere).unwrap();
    symlink(elsewhere, photos.join(folder)).unwrap();
}

#[test]
fn what_is_there_by_a_name_that_cant_be_told_or_behind_a_link_keeps_its_photo() {
    for follow in [false, true] {
        for (what, becomes, said) in CASES {
            let mut world = office();
            world.set("source", &format!("{{ directory: photos, settle: 0s, follow_symlinks: {follow} }}"));
            becomes(&world.photos());
            for _ in 0..3 {
                world.run(&["reconcile"]).exits(3).says(&[said]);
                world.hours_later(1);
            }
            assert_eq!(world.deletes(), 0, "{what}, links followed: {follow}");
        }
    }
}

/// A file that was gone before the link came is behind it, perhaps.
#[test]
fn what_was_gone_before_the_link_came_stays_too() {
    let mut world = office();
    world.set("removal", "{ when_file_disappears: delete, grace: 1h }");
    let (sub, elsewhere) = (world.photos().join("users/sub"), world.path("elsewhere"));
    std::fs::rename(&sub, &elsewhere).unwrap();
    world.run(&["reconcile"]).exits(0);
    symlink(&elsewhere, &sub).unwrap();
    world.hours_later(2);
    world.run(&["reconcile"]);
    assert_eq!(world.deletes(), 0);
    world.run(&["plan"]).says(&["held back", "users/sub is a symbolic link now"]);
    std::fs::remove_file(&sub).unwrap();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.deletes(), 1);
}

/// What has nothing to do with it goes all the same.
#[test]
fn an_odd_name_or_a_link_beside_it_keeps_no_photo_of_others() {
    let world = office();
    std::fs::write(world.photos().join(OsStr::from_bytes(b"users/notes\xff.txt")), "notes").unwrap();
    symlink("/usr", world.photos().join("users/latest")).unwrap();
    std::fs::remove_file(world.photos().join(portrait_file(0))).unwrap();
    world.run(&["reconcile"]).exits(3);
    world.run(&["reconcile"]).exits(3);
    assert_eq!(world.deletes(), 1);
}
