//! Another way to prepare pictures: exactly the photos that come out different are sent again.

use std::path::Path;

use crate::world::{World, noise, person, portrait};

#[test]
fn only_photos_that_come_out_different_are_sent_again() {
    let mut world = World::people(4);
    // Two that travel as they are, one with metadata to cut, one to be scaled.
    world.portraits(0, 2, 0);
    let plain = portrait(2);
    let tagged = [&plain[..2], b"\xFF\xFE\x00\x09comment", &plain[2..]].concat();
    world.write("users/p002@contoso.com.jpg", &tagged);
    world.write("users/p003@contoso.com.jpg", &noise(900, 90));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 4);

    world.set("photo", "{ crop: upper, quality: 60 }");
    let planned = world.run(&["plan", "--json"]).exits(0).json();
    for row in planned["rows"].as_array().unwrap() {
        let why = row["why"].as_str().unwrap();
        assert_eq!(why, "the recipe changed (quality 90 → 60): prepared again, and sent if it comes out different");
    }
    let before = world.user_photo(&person(3)).unwrap().body;
    let done = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&done["delivered"], &done["unchanged"]), (&serde_json::json!(1), &serde_json::json!(3)), "{done}");
    assert_eq!(world.puts().len(), 5);
    assert_ne!(world.user_photo(&person(3)).unwrap().body, before);
    world.run(&["status"]).exits(0).says(&["4 up to date"]);

    // Nothing is left over, and going back costs the one again.
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 5);
    world.set("photo", "{ crop: upper, quality: 90 }");
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 6);
    assert_eq!(world.user_photo(&person(3)).unwrap().body, before, "the same recipe gives the same bytes");
}

#[test]
fn other_metadata_is_no_other_picture() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    let plain = portrait(0);
    let tagged = [&plain[..2], b"\xFF\xFE\x00\x09comment", &plain[2..]].concat();
    world.write("users/p000@contoso.com.jpg", &tagged);
    world.run(&["plan"]).exits(0).says(&["the file changed"]);
    let done = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&done["delivered"], world.puts().len()), (&serde_json::json!(0), 1), "{done}");
    world.write("users/p000@contoso.com.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 2);
}

#[test]
fn another_crop_reaches_every_picture_that_is_not_square() {
    let mut world = World::people(2);
    let photographs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    world.write("users/p000@contoso.com.png", &std::fs::read(photographs.join("astronaut.png")).unwrap());
    world.write("users/p001@contoso.com.png", &std::fs::read(photographs.join("chelsea.png")).unwrap());
    world.run(&["reconcile"]).exits(0);
    world.set("photo", "{ crop: center }");
    let puts = world.puts().len();
    world.run(&["reconcile"]).exits(0);
    // The square one, and the wide one whose middle was shown before too.
    assert_eq!(world.puts().len(), puts);
    world.set("photo", "{ crop: none }");
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), puts + 1);
}

/// Whoever had the upper part before gets what comes out different, and no more.
#[test]
fn framing_faces_reaches_the_pictures_that_have_one() {
    let mut world = World::people(4);
    let photographs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures");
    for (number, name) in [(0, "astronaut.png"), (1, "chelsea.png")] {
        world.write(&format!("users/p00{number}@contoso.com.png"), &std::fs::read(photographs.join(name)).unwrap());
    }
    world.portraits(2, 4, 0);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 4);
    world.set("photo", "{ crop: face }");
    world.run(&["plan"]).exits(0).says(&["crop upper → face"]);
    let done = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&done["delivered"], &done["unchanged"]), (&serde_json::json!(1), &serde_json::json!(3)), "{done}");
    world.run(&["explain", "p000@contoso.com"]).says(&["face found (score "]);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 5);
}
