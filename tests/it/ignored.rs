//! Recycle bins, snapshots, thumbnails and what programs leave behind: passed over, whatever the rules say.

use crate::world::{World, person, portrait};

/// As configurations have it that copied the default of old.
const OLD: &str = r#"["**/.*", "**/Thumbs.db", "**/~$*", "**/*.tmp", "**/*.part"]"#;

fn anywhere(ignore: &str) -> World {
    let mut world = World::people(3);
    world.set("mapping", "{ rules: [{ files: '**/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    world.set("source", &format!("{{ directory: photos, ignore: {ignore} }}"));
    world
}

#[test]
fn a_photo_in_a_bin_is_never_sent_and_no_rival_and_clutter_makes_no_noise() {
    let world = anywhere(OLD);
    world.portraits(0, 1, 0);
    for bin in ["#recycle", "$RECYCLE.BIN/S-1-5-21", "@Recycle", "users/.snapshot/daily", "old/#Recycle"] {
        world.write(&format!("{bin}/{}.jpg", person(0)), &portrait(50));
        world.write(&format!("{bin}/{}.jpg", person(1)), &portrait(51));
    }
    for noise in [
        "Desktop.ini",
        "users/THUMBS.DB",
        "users/@eaDir/x.jpg/SYNOPHOTO_THUMB_M.jpg",
        "users/p000@contoso.com.jpg:Zone.Identifier",
    ] {
        world.write(noise, b"noise");
    }
    let summary = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&summary["scanned"], &summary["delivered"]), (&1.into(), &1.into()), "{summary}");
    assert_eq!(world.user_photo(&person(0)).unwrap().body, portrait(0));
    assert!(world.user_photo(&person(1)).is_none());
    let path = format!("#recycle/{}.jpg", person(1));
    world.run(&["explain", &path]).exits(0).says(&[
        "passed over",
        "built-in list",
        "Synology: #recycle",
        "source.ignore_clutter",
    ]);
    let now = &world.run(&["explain", &path, "--json"]).exits(0).json()["now"];
    assert_eq!((&now["ignored"], &now["target"]), (&true.into(), &serde_json::Value::Null));
}

#[test]
fn a_rule_for_nothing_but_clutter_is_warned_of() {
    let mut world = World::people(1);
    for (rule, warned) in
        [("@tmp/{upn}.{ext}", true), ("users/@eaDir/{upn}.*", true), ("tmp/{upn}.{ext}", false), ("**/{upn}.{ext}", false)]
    {
        world.set("mapping", &format!("{{ rules: [{{ files: '{rule}', user: {{ userPrincipalName: '{{upn}}' }} }}] }}"));
        let said = world.run(&["check"]).exits(0).stdout;
        assert_eq!(said.contains("covers files only that are passed over"), warned, "{rule}: {said}");
    }
}

#[test]
fn a_photo_that_is_thrown_away_is_gone() {
    let mut world = anywhere(OLD);
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0);
    std::fs::create_dir_all(world.photos().join("#recycle/users")).unwrap();
    let file = format!("users/{}.jpg", person(0));
    std::fs::rename(world.photos().join(&file), world.photos().join("#recycle").join(&file)).unwrap();
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(0);
    assert!(world.user_photo(&person(0)).is_none(), "the bin's file is no other file that identifies it");
    // Taken out of the bin again.
    std::fs::rename(world.photos().join("#recycle").join(&file), world.photos().join(&file)).unwrap();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, portrait(0));
}

#[test]
fn what_was_delivered_from_a_bin_before_is_a_file_that_is_gone() {
    for (removal, stays) in [("{ when_file_disappears: keep }", true), ("{ when_file_disappears: delete, grace: 0s }", false)] {
        let mut world = anywhere(OLD);
        world.set("removal", removal);
        world.set("source", &format!("{{ directory: photos, ignore: {OLD}, ignore_clutter: false }}"));
        world.portraits(1, 3, 0);
        let path = format!("#recycle/{}.jpg", person(0));
        world.write(&path, &portrait(50));
        world.run(&["reconcile"]).exits(0);
        assert!(world.user_photo(&person(0)).is_some());
        world.set("source", &format!("{{ directory: photos, ignore: {OLD} }}"));
        world.run(&["explain", &path]).exits(0).says(&["passed over", "built-in list"]);
        world.run(&["reconcile"]).exits(0);
        world.run(&["reconcile"]).exits(0);
        assert_eq!(world.user_photo(&person(0)).is_some(), stays, "{removal}");
        assert_eq!((1..3).filter(|number| world.user_photo(&person(*number)).is_some()).count(), 2);
    }
}

#[test]
fn a_file_that_no_rule_claims_is_explained_once() {
    let world = World::people(1);
    world.write("stray.jpg", &portrait(1));
    let before = world.run(&["explain", "stray.jpg"]).exits(0).says(&["no rule matches"]).stdout;
    world.run(&["reconcile"]).exits(0);
    let after = world.run(&["explain", "stray.jpg"]).exits(0).says(&["unmatched", "add a rule"]).stdout;
    for told in [before, after] {
        assert_eq!(told.matches("to do").count(), 1, "{told}");
    }
}
