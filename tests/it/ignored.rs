//! Recycle bins, snapshots, thumbnails and what programs leave behind: passed over, whatever the rules say.

use std::collections::BTreeSet;

use photosyncd::source::{Ignore, Settings, scan};

use crate::world::{World, person, portrait};

/// Folders and files as they are found on shares; written down apart from the program's own list.
const FOLDERS: [&str; 33] = [
    "#recycle",
    "#snapshot",
    "@eaDir",
    "@tmp",
    "@Recycle",
    "@Recently-Snapshot",
    ".@__thumb",
    ".zfs",
    ".recycle",
    ".Recycle.Bin",
    ".snapshot",
    "~snapshot",
    "$RECYCLE.BIN",
    "RECYCLER",
    "RECYCLED",
    "System Volume Information",
    ".Trashes",
    ".Spotlight-V100",
    ".fseventsd",
    ".TemporaryItems",
    ".AppleDouble",
    ".AppleDB",
    "__MACOSX",
    ".Trash-1000",
    ".Trash",
    "lost+found",
    ".dropbox.cache",
    ".stversions",
    ".stfolder",
    ".~tmp~",
    "files_trashbin",
    "@GMT-2023.01.14-10.42.13",
    "found.000",
];
const FILES: [&str; 31] = [
    "Thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "anna@contoso.com.jpg:Zone.Identifier",
    "anna@contoso.com.jpg_Zone.Identifier",
    "~$anna@contoso.com.jpg",
    "anna@contoso.com.jpg.lnk",
    ".DS_Store",
    "._anna@contoso.com.jpg",
    "Icon\r",
    ".fuse_hidden0001.jpg",
    ".nfs0001.jpg",
    ".dropbox",
    "anna@contoso.com (Ben's conflicted copy 2023-01-14).jpg",
    "anna@contoso.com.sync-conflict-20230114-104213-ABCDEFG.jpg",
    ".syncthing.anna@contoso.com.jpg.tmp",
    ".anna@contoso.com.jpg.a1B2c3",
    "~WRL0001.tmp",
    "anna@contoso.com.jpg~",
    "anna@contoso.com.swp",
    "anna@contoso.com.bak",
    "#anna@contoso.com.jpg#",
    ".#anna@contoso.com.jpg",
    "anna@contoso.com.jpg.part",
    "anna@contoso.com.jpg.partial",
    "anna@contoso.com.jpg.crdownload",
    "anna@contoso.com.jpg.download",
    "anna@contoso.com.jpg.filepart",
    "anna@contoso.com.tmp",
    "SYNOPHOTO_THUMB_XL.jpg",
    "anna@contoso.com.jpg@SynoEAStream",
];
/// As configurations have it that copied the default of old.
const OLD: &str = r#"["**/.*", "**/Thumbs.db", "**/~$*", "**/*.tmp", "**/*.part"]"#;

#[test]
fn clutter_is_passed_over_in_any_case_at_any_depth_by_a_look() {
    let root = tempfile::tempdir().unwrap();
    let depths = ["", "users/", "users/Berlin/2023/"];
    let cases = |name: &str| [name.to_owned(), name.to_uppercase(), name.to_lowercase()];
    let mut written = BTreeSet::new();
    let mut write = |path: String| {
        std::fs::create_dir_all(root.path().join(&path).parent().unwrap()).unwrap();
        std::fs::write(root.path().join(&path), "x").unwrap();
        written.insert(path);
    };
    for depth in depths {
        for name in FOLDERS.iter().flat_map(|name| cases(name)) {
            write(format!("{depth}{name}/users/anna@contoso.com.jpg"));
        }
        for name in FILES.iter().flat_map(|name| cases(name)).filter(|name| !name.contains('\r')) {
            write(format!("{depth}{name}"));
        }
        write(format!("{depth}ben@contoso.com.jpg"));
    }
    // A name that the words for paths may not hold, and one that is no text.
    std::fs::write(root.path().join("users/Icon\r"), "x").unwrap();
    let odd: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"users/._m\xfcller.jpg");
    std::fs::write(root.path().join(odd), "x").unwrap();
    let settings = |clutter| Settings {
        root: root.path().to_owned(),
        ignore: Ignore::new(&[], clutter),
        follow_symlinks: false,
        require: None,
        max_bytes: 1_000,
    };
    let kept = ["ben@contoso.com.jpg", "users/Berlin/2023/ben@contoso.com.jpg", "users/ben@contoso.com.jpg"];
    let whole = scan(&settings(true)).unwrap();
    assert_eq!(whole.files.iter().map(|seen| seen.path.as_str()).collect::<Vec<_>>(), kept);
    assert!(whole.problems.is_empty() && whole.complete, "{:?}", whole.problems);
    let all = scan(&settings(false)).unwrap().files.len();
    assert!(all >= written.len(), "{all} of {}", written.len());
}

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
    assert!(world.user_photo(&person(0)).is_none(), "the bin's file is no other file that speaks for it");
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
