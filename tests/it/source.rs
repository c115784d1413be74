//! Bad configuration, and sources that aren't what they should be.

use std::os::unix::fs::PermissionsExt;

use crate::world::{World, person, portrait};

#[test]
fn a_bad_configuration_is_refused_with_all_its_faults_at_once() {
    let mut world = World::new();
    world.set("upload", "{ concurrency: 0, per_second: fast }");
    world.set("photo", "{ sise: 648 }");
    world.set("graph", "{ cloud: custom, graph_url: 'http://graph.example.com', login_url: 'http://127.0.0.1:1' }");
    world.run(&["reconcile"]).exits(78).says(&[
        "upload.concurrency",
        "upload.per_second",
        "sise",
        "graph.graph_url",
        "graph.tenant",
        "graph.client_id",
        "graph.credential",
    ]);
    assert!(!world.path(".photosyncd").exists(), "parsing touches nothing");
    assert!(world.requests().is_empty());
    std::fs::remove_file(world.path("config.yaml")).unwrap();
    world.run(&["reconcile"]).exits(78).says(&["config.yaml"]);
    std::fs::write(world.path("config.yaml"), "source: [").unwrap();
    world.run(&["status"]).exits(78).says(&["config.yaml"]);
}

#[test]
fn a_missing_source_halts_and_force_does_not_help() {
    let mut world = World::people(3);
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0);
    world.set("source", "{ directory: unmounted }");
    for arguments in [&["reconcile", "--json"][..], &["reconcile", "--json", "--force"]] {
        let outcome = world.run(arguments).exits(4).json();
        assert_eq!(outcome["halted"]["guard"], "missing_source");
        assert!(outcome["halted"]["message"].as_str().unwrap().contains("does not exist"), "{outcome}");
    }
    world.run(&["reconcile"]).exits(4).says(&["Halted by the guard (missing_source)", "mounted", "Nothing was uploaded"]);
    world.run(&["status"]).exits(4).says(&["3 up to date", "halted by the guard"]);
    world.set("source", "{ directory: photos }");
    world.run(&["reconcile"]).exits(0).says(&["3 unchanged"]);
}

#[test]
fn an_empty_source_halts_and_force_goes_past() {
    let world = World::people(2);
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    std::fs::remove_dir_all(world.photos().join("users")).unwrap();
    world.run(&["reconcile"]).exits(4).says(&["empty_source", "holds no files", "delivered before: 2", "--force"]);
    world.run(&["plan"]).exits(4).says(&["would halt this pass"]);
    world.run(&["reconcile", "--force"]).exits(0);
    assert_eq!(world.puts().len(), 2);
    assert!(world.user_photo(&person(0)).is_some(), "the photos in the tenant stay");
}

#[test]
fn without_its_marker_the_share_is_taken_for_unmounted() {
    let mut world = World::people(1);
    world.portraits(0, 1, 0);
    world.set("source", "{ directory: photos, require: .mounted }");
    let outcome = world.run(&["reconcile", "--json", "--force"]).exits(4).json();
    assert_eq!(outcome["halted"]["guard"], "unmounted_source");
    assert!(outcome["halted"]["message"].as_str().unwrap().contains(".mounted"), "{outcome}");
    assert!(world.puts().is_empty());
    world.write(".mounted", b"");
    world.run(&["reconcile"]).exits(0);
}

#[test]
fn files_that_cant_be_read_are_named_and_the_others_delivered() {
    let world = World::people(5);
    world.portraits(0, 4, 0);
    let photos = world.photos().join("users");
    let (outside, link) = (world.path("outside.jpg"), photos.join(format!("{}.jpg", person(1))));
    std::fs::write(&outside, portrait(99)).unwrap();
    std::fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(&outside, &link).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, photos.join(format!("{}.jpg", person(4))), rustix::fs::Mode::RWXU).unwrap();
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for (number, words) in [(1, "symbolic link"), (4, "not a regular file")] {
        let problem = outcome.problem(&format!("users/{}.jpg", person(number)));
        assert_eq!(problem["reason"], "file_unreadable");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
        assert!(!problem["cure"].as_str().unwrap().is_empty());
        assert!(world.user_photo(&person(number)).is_none());
    }
    assert_eq!(outcome.json()["delivered"], 3);
}

#[test]
fn files_and_directories_closed_to_the_service_are_named_and_the_others_delivered() {
    let world = World::people(3);
    world.portraits(0, 2, 0);
    world.write("badges/0042.jpg", &portrait(7));
    for closed in ["users/p001@contoso.com.jpg", "badges"] {
        std::fs::set_permissions(world.photos().join(closed), std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    let Some(outcome) = world.run_unprivileged(&["reconcile", "--json"]) else { return };
    let outcome = outcome.exits(3);
    for closed in ["users/p001@contoso.com.jpg", "badges"] {
        let problem = outcome.problem(closed);
        assert_eq!(problem["reason"], "file_unreadable");
        assert!(problem["cure"].as_str().unwrap().contains("permission"), "{problem}");
    }
    assert_eq!(outcome.json()["delivered"], 1);
    std::fs::set_permissions(world.photos(), std::fs::Permissions::from_mode(0o000)).unwrap();
    world.run_unprivileged(&["reconcile"]).unwrap().exits(4).says(&["missing_source", "can't be read"]);
    for open in ["", "badges", "users/p001@contoso.com.jpg"] {
        std::fs::set_permissions(world.photos().join(open), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn names_that_are_not_text_are_shown_and_the_others_delivered() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::people(1);
    world.portraits(0, 1, 0);
    let odd = std::ffi::OsStr::from_bytes(b"users/m\xfcller@contoso.com.jpg");
    std::fs::write(world.photos().join(odd), portrait(5)).unwrap();
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("users/m\\xfcller@contoso.com.jpg")["reason"], "file_unreadable");
    assert_eq!(outcome.json()["delivered"], 1);
}

#[test]
fn an_unknown_name_is_held_and_the_others_delivered() {
    let world = World::people(2);
    world.portraits(0, 3, 0);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let problem = outcome.problem("users/p002@contoso.com.jpg");
    assert_eq!((&problem["reason"], &problem["target"]), (&"target_missing".into(), &"p002@contoso.com".into()));
    assert_eq!((&outcome.json()["delivered"], &outcome.json()["unresolved"]), (&2.into(), &1.into()));
    world.run(&["reconcile"]).exits(3).says(&["target_missing", "Check the spelling"]);
}

#[test]
fn two_files_for_one_target_are_both_held() {
    let mut world = World::people(2);
    world.portraits(0, 2, 0);
    world.write("users/p000@contoso.com.png", &portrait(70));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for file in ["users/p000@contoso.com.jpg", "users/p000@contoso.com.png"] {
        assert_eq!(outcome.problem(file)["reason"], "duplicate_files");
    }
    assert!(world.user_photo(&person(0)).is_none());
    assert_eq!(outcome.json()["delivered"], 1);
    world.set("mapping", "{ on_conflict: newest }");
    world.run(&["reconcile"]);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, portrait(70));
}
