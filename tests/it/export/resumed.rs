//! What a run leaves to the next: the names of those who are done, a file that can't be written, faces of those who left.

use std::fmt::Write as _;
use std::time::Duration;

use photosyncd::testing::emulator::{Fault, Settings};

use super::{files, filled, id, photos, put_up, shown};
use crate::world::{World, person};

/// People who are called so.
fn called(names: &[&str]) -> World {
    let mut tenant = "users:\n".to_owned();
    for (number, name) in names.iter().enumerate() {
        let (upn, id, name) = (person(number), id(number), serde_json::Value::from(*name));
        writeln!(tenant, "  - {{ userPrincipalName: {upn}, id: {id}, displayName: {name} }}").unwrap();
    }
    let world = World::with(&tenant, Settings::default());
    for number in 0..names.len() {
        put_up(&world, number, u32::try_from(number).unwrap());
    }
    world
}

/// Whose photos were asked for since.
fn read(world: &World, from: usize) -> usize {
    world.requests()[from..].iter().filter(|request| request.target.ends_with("/photo/$value")).count()
}

#[test]
fn names_are_the_same_wherever_an_export_was_cut_off() {
    let mut world = called(&["Anna", "anna", "Ben", "Anna", "Ben", "Cleo"]);
    world.set("upload", "{ concurrency: 1, per_second: 10, max_per_second: 10 }");
    let export = |out: &str| world.spawn(&["export", "--out", out, "--name", "{displayName}"]);
    export("whole").finish().exits(0);
    let whole = photos(&world, "whole");
    assert_eq!(whole.len(), 6);
    for part in 1..6 {
        let out = format!("out{part}");
        let run = export(&out);
        world.until("some photos", || {
            let journal = std::fs::read_to_string(world.path(&out).join("export.jsonl"));
            journal.is_ok_and(|journal| journal.matches("\"person\"").count() >= part)
        });
        run.kill();
        export(&out).finish().exits(0);
        let found = photos(&world, &out);
        assert_eq!(found.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "cut off after {part}");
        assert!(found == whole, "somebody has another one's photo");
    }
}

/// How many photos are in place while a run writes more: none is opened, since what a run has not named yet goes away.
fn written(world: &World) -> usize {
    let names = std::fs::read_dir(world.path("out")).into_iter().flatten();
    names.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|ending| ending == "jpg")).count()
}

#[test]
fn whoever_comes_to_share_a_name_between_two_runs_takes_nobodys_file() {
    let mut world = called(&["Anna-00000000-0000-4000-8000-000000000001", "Anna", "Ben"]);
    world.set("upload", "{ concurrency: 1, per_second: 2, max_per_second: 2 }");
    let export = || world.spawn(&["export", "--out", "out", "--name", "{displayName}"]);
    let run = export();
    world.until("a photo", || written(&world) >= 1);
    run.kill();
    // The name that the next one would be given is taken by somebody who is called otherwise now.
    world.emulator().change_tenant(|tenant| {
        for number in [0, 2] {
            let property = photosyncd::testing::model::Property::DisplayName;
            assert!(tenant.change(&id(number), |user| user.set(property, "Anna")));
        }
    });
    export().finish().exits(0);
    let found = photos(&world, "out");
    assert_eq!(found.len(), 3, "{:?}", found.keys());
    for number in 0..3 {
        assert_eq!(found.values().filter(|photo| **photo == shown(&world, number)).count(), 1, "{number}");
    }
}

#[test]
fn one_file_that_cannot_be_written_keeps_no_old_faces_and_the_next_run_tries_it_alone() {
    let world = filled(6, Settings::default());
    world.run(&["export", "--out", "out"]).exits(0);
    let file = |number: usize| world.path(&format!("out/{}.jpg", person(number)));
    assert_eq!(world.send("DELETE", &format!("/v1.0/users/{}/photo/$value", id(1)), &[], b""), 204);
    std::fs::write(file(2), "mine").unwrap();
    world.run(&["export", "--out", "out"]).exits(3).says(&["1 not known", "1 file of an earlier export removed"]);
    assert!(!file(1).exists());
    for _ in 0..2 {
        let from = world.so_far();
        let json = world.run(&["export", "--out", "out", "--json"]).exits(3).json();
        assert_eq!((&json["exported"], &json["resumed"], &json["unknown"]), (&4.into(), &4.into(), &1.into()));
        assert_eq!(read(&world, from), 1);
    }
    std::fs::remove_file(file(2)).unwrap();
    let from = world.so_far();
    world.run(&["export", "--out", "out"]).exits(0).says(&["5 photos exported, 1 without a photo."]);
    assert_eq!(read(&world, from), 1);
    assert_eq!(std::fs::read(file(2)).unwrap(), shown(&world, 2));
    // That is complete: the next one asks everybody.
    let from = world.so_far();
    world.run(&["export", "--out", "out"]).exits(0);
    assert_eq!(read(&world, from), 6);
}

#[test]
fn of_whom_nothing_can_be_said_keeps_the_file_from_before_and_nobody_else_does() {
    for (status, code) in [(403, "ErrorAccessDenied"), (500, "InternalServerError")] {
        let world = called(&["Anna", "Ben", "Cleo", "Dora"]);
        world.run(&["export", "--out", "out", "--name", "{displayName}"]).exits(0);
        let path = format!("/users/{}/photo", id(1));
        world.emulator().add_fault(Fault::status("GET", &path, status).with_code(code, "no"));
        // Other names: all files of before are nobody's, but for the one that can't be replaced yet.
        let outcome = world.run(&["export", "--out", "out", "--name", "{displayName}-x", "--json"]).exits(3).json();
        assert_eq!((&outcome["unknown"], &outcome["files_removed"]), (&1.into(), &3.into()), "{status}: {outcome}");
        let names: Vec<String> = photos(&world, "out").into_keys().collect();
        assert_eq!(names, ["Anna-x.jpg", "Ben.jpg", "Cleo-x.jpg", "Dora-x.jpg"]);
        world.emulator().clear_faults();
        let outcome = world.run(&["export", "--out", "out", "--name", "{displayName}-x", "--json"]).exits(0).json();
        assert_eq!(outcome["files_removed"], 1, "{outcome}");
        let names: Vec<String> = photos(&world, "out").into_keys().collect();
        assert_eq!(names, ["Anna-x.jpg", "Ben-x.jpg", "Cleo-x.jpg", "Dora-x.jpg"]);
    }
}

#[test]
fn a_photo_that_was_written_and_not_noted_goes_with_its_owner() {
    let world = filled(4, Settings::default());
    world.run(&["export", "--out", "out"]).exits(0);
    let path = world.path("out/export.jsonl");
    let journal = std::fs::read_to_string(&path).unwrap();
    // Killed right after the file came there, for each of them.
    let mut gone = 0;
    for (at, _) in journal.match_indices("{\"person\"") {
        let out = format!("out{at}");
        world.run(&["export", "--out", &out]).exits(0);
        let path = world.path(&out).join("export.jsonl");
        let own = std::fs::read_to_string(&path).unwrap();
        let at = own.match_indices("{\"person\"").nth(gone).unwrap().0;
        let who = (0..4).find(|number| own[at..].lines().next().unwrap().contains(&id(*number))).unwrap();
        std::fs::write(&path, &own[..at]).unwrap();
        assert_eq!(world.send("DELETE", &format!("/v1.0/users/{}/photo/$value", id(who)), &[], b""), 204);
        world.run(&["export", "--out", &out]).exits(0).says(&["3 photos exported, 1 without a photo", "1 file of an earlier"]);
        assert_eq!(photos(&world, &out).len(), 3);
        put_up(&world, who, 50);
        gone += 1;
    }
    assert_eq!(gone, 4);
}

#[test]
fn who_was_refused_is_asked_alone_and_few_refusals_are_no_lost_permission() {
    let mut world = called(&["Anna", "Ben", "Cleo", "Dora", "Emil"]);
    world.set("upload", "{ concurrency: 1, per_second: 10, max_per_second: 10 }");
    let run = world.spawn(&["export", "--out", "out"]);
    world.until("two photos", || written(&world) >= 2);
    run.kill();
    let there = photos(&world, "out").len();
    let fault = |part: &str| world.emulator().add_fault(Fault::status("GET", part, 403).with_code("ErrorAccessDenied", "no"));
    fault("/photo");
    // Everybody who is left is refused: that is said of them.
    let from = world.so_far();
    let outcome = world.run(&["export", "--out", "out", "--json"]);
    let asked = read(&world, from);
    let json = outcome.exits(3).json();
    assert_eq!(json["unknown"], asked, "{json}");
    assert!(asked + there <= 6, "{asked} asked, {there} there");
}

#[test]
fn a_table_that_somebody_changed_is_told_of_before_anybody_is_asked() {
    let world = filled(3, Settings::default());
    world.run(&["export", "--out", "out"]).exits(0);
    for table in ["photos.csv", "without-photo.csv"] {
        let (path, from) = (world.path("out").join(table), world.so_far());
        let ours = std::fs::read(&path).unwrap();
        std::fs::write(&path, "saved by a spreadsheet").unwrap();
        world.run(&["export", "--out", "out"]).exits(78).says(&[table, "not made by photosyncd"]);
        assert_eq!(read(&world, from), 0);
        assert_eq!(files(&world, "out")[table], b"saved by a spreadsheet");
        std::fs::write(&path, ours).unwrap();
        std::fs::remove_file(&path).unwrap();
    }
    world.run(&["export", "--out", "out"]).exits(0);
}

#[test]
fn a_time_limit_applies_to_the_question_who_is_in_scope() {
    for arguments in [&["export", "--out", "out"][..], &["export", "--out", "out", "--scope", "staff"]] {
        let world = filled(3, Settings::default());
        for path in ["/users", "/groups"] {
            world.emulator().add_fault(Fault::status("GET", path, 429).with_header("Retry-After", "100").times(1));
        }
        let run = |more: &[&str]| world.run(&[arguments, more].concat()).exits(3);
        let outcome = run(&["--max-duration", "1s", "--json"]).json();
        assert_eq!(outcome["stopped"], "max_duration");
        assert!(outcome["elapsed_ms"].as_u64().unwrap() < 20_000, "{outcome}");
        world.emulator().clear_faults();
        world.emulator().add_fault(Fault::status("GET", "", 503).delayed(Duration::from_secs(100)));
        let outcome = run(&["--max-duration", "1s"]).says(&["not known yet who is in scope", "same command again"]);
        assert!(!outcome.stdout.contains("photos.csv"), "{}", outcome.stdout);
        world.emulator().clear_faults();
    }
}
