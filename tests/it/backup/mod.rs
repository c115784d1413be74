//! The photos of others: kept before ours go up, and put back when somebody asks.

mod random;
mod undone;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use photosyncd::testing::emulator::{Fault, Settings};
use serde_json::Value;

use crate::world::{CONTOSO, Outcome, World, blake3, person, portrait, tree};

const ON: &str = "{ before_first_overwrite: true }";

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Somebody puts up a picture of their own; the bytes that the tenant gives out from then on.
fn puts_up(world: &World, number: usize, seed: u32) -> Vec<u8> {
    let path = format!("/v1.0/users/{}/photo/$value", id(number));
    assert_eq!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(seed)), 200);
    world.fetch(&path)
}

fn takes_down(world: &World, number: usize) {
    assert_eq!(world.send("DELETE", &format!("/v1.0/users/{}/photo/$value", id(number)), &[], b""), 204);
}

/// People with photos of their own in the tenant (0, 1, ...), and what it gives out of them; all have one in the directory.
fn people(own: usize, all: usize) -> (World, Vec<Vec<u8>>) {
    let mut world = World::people(all);
    world.portraits(0, all, 0);
    world.set("backup", ON);
    let shown = (0..own).map(|number| puts_up(&world, number, 1_000 + u32::try_from(number).unwrap())).collect();
    (world, shown)
}

fn body(world: &World, number: usize) -> Option<Vec<u8>> {
    world.user_photo(&person(number)).map(|photo| photo.body.to_vec())
}

fn hr(number: usize) -> Vec<u8> {
    portrait(u32::try_from(number).unwrap())
}

/// Uploads by the program, not by the test.
fn sent(world: &World) -> usize {
    world.puts().iter().filter(|put| put.client_request_id.is_some()).count()
}

fn backups(world: &World) -> Vec<PathBuf> {
    tree(&world.path(".photosyncd/backups")).into_keys().collect()
}

fn story(outcome: &Outcome) -> Value {
    outcome.json()["targets"][0].clone()
}

#[test]
fn what_the_tenant_held_is_kept_before_it_is_overwritten_and_for_the_service_alone() {
    let (world, own) = people(2, 3);
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    let kept = backups(&world);
    assert_eq!(kept.len(), 2);
    for (number, own) in own.iter().enumerate() {
        let file = kept.iter().find(|file| file.to_string_lossy().contains(&format!("user-{}-", id(number)))).unwrap();
        assert_eq!(std::fs::read(file).unwrap(), *own, "the very bytes that Graph gave out");
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::metadata(kept[0].parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    // The fetch came before the upload.
    let order: Vec<String> = world
        .requests()
        .iter()
        .filter(|request| request.target.contains(&id(0)))
        .map(|request| request.method.to_string())
        .collect();
    assert_eq!(order, ["PUT", "GET", "GET", "PUT", "GET"], "theirs, the test's look, ours, the upload, what Graph calls it");
    let explained = story(&world.run(&["explain", &person(0), "--json"]).exits(0));
    assert_eq!((&explained["backups"][0]["pass"], &explained["backups"][0]["bytes"]), (&1.into(), &own[0].len().into()));
    world.run(&["explain", &person(2)]).exits(0).says(&["there was no photo"]);

    // Ours is no photo of others: nothing more is kept when it is replaced.
    world.portraits(0, 3, 50);
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    assert_eq!(backups(&world).len(), 2);
    // But one that somebody put up meanwhile is.
    let later = puts_up(&world, 1, 2_000);
    world.portraits(1, 2, 60);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(backups(&world).len(), 3);
    assert!(tree(&world.path(".photosyncd/backups")).into_values().any(|bytes| bytes == later));
}

#[test]
fn nothing_is_asked_or_kept_unless_it_is_wanted() {
    let (mut world, _) = people(1, 1);
    world.set("backup", "{ before_first_overwrite: false }");
    world.run(&["reconcile"]).exits(0);
    assert!(backups(&world).is_empty());
    assert_eq!(
        world.requests().iter().filter(|request| &*request.method == "GET" && request.target.contains("/photo")).count(),
        1,
        "the test's own"
    );
    world.run(&["restore", &person(0)]).exits(3).says(&["there is no backup", "before_first_overwrite"]);
}

#[test]
fn without_a_backup_nothing_is_overwritten() {
    for fault in [
        Fault::status("GET", "/photo/$value", 503),
        // A page of a proxy is no word about photos, nor is a 404 that tells nothing.
        Fault { body: Some("<html>no</html>".into()), ..Fault::status("GET", "/photo/$value", 404) },
        Fault::status("GET", "/photo/$value", 404),
        Fault::status("GET", "/photo/$value", 403).with_code("ErrorAccessDenied", "Access is denied."),
    ] {
        let (world, _) = people(1, 1);
        world.emulator().add_fault(fault);
        let outcome = world.run(&["reconcile", "--json", "--patience", "0s"]);
        assert!(matches!(outcome.code, Some(3 | 5)), "{}", outcome.stdout);
        assert_eq!(sent(&world), 0, "{}", outcome.stdout);
        assert_eq!(body(&world, 0), Some(portrait(1_000)), "untouched");
        world.emulator().clear_faults();
        world.run(&["retry"]);
        world.run(&["reconcile"]).exits(0);
        assert_eq!((body(&world, 0), backups(&world).len()), (Some(hr(0)), 1));
    }
}

#[test]
fn a_place_that_takes_no_backup_stops_the_upload_and_says_so() {
    let (mut world, _) = people(1, 2);
    std::fs::write(world.path("full"), b"a file where a directory should be").unwrap();
    let place = world.path("full").join("backups").display().to_string();
    world.set("backup", &format!("{{ before_first_overwrite: true, directory: '{place}' }}"));
    let outcome = world.run(&["reconcile", "--json", "--patience", "0s"]).exits(3);
    let problem = outcome.problem(&format!("users/{}.jpg", person(0)));
    assert_eq!(problem["reason"], "no_backup");
    assert!(
        problem["detail"].as_str().unwrap().contains(&place) && problem["cure"].as_str().unwrap().contains("backup.directory")
    );
    assert_eq!((body(&world, 0), body(&world, 1)), (Some(portrait(1_000)), Some(hr(1))), "who had no photo has nothing to lose");
    world.set("backup", ON);
    world.run(&["reconcile"]).exits(0);
    assert_eq!((body(&world, 0), backups(&world).len()), (Some(hr(0)), 1));
}

#[test]
fn restored_is_kept_until_accept_or_a_new_file() {
    let (mut world, own) = people(2, 3);
    world.run(&["reconcile"]).exits(0);
    let summary = world.run(&["restore", &person(0), "--json"]).exits(0).json();
    assert_eq!((&summary["wanted"], &summary["restored"], &summary["blocked"]), (&1.into(), &1.into(), &0.into()));
    assert_eq!(body(&world, 0), Some(own[0].clone()), "exactly what the tenant held");
    let uploads = sent(&world);
    // Passes leave it alone: the next one, after other settings, and when everything is asked anew.
    world.run(&["reconcile"]).exits(0);
    world.set("photo", "{ quality: 80 }");
    world.run(&["reconcile"]).exits(0);
    world.run(&["retry"]).exits(0);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(body(&world, 0), Some(own[0].clone()));
    world.run(&["status"]).exits(0).says(&["1 with their own photo kept", "restored", "photosyncd accept"]);
    world.run(&["explain", &person(0)]).exits(0).says(&["restored", "put back"]);
    world.run(&["plan", "--all"]).exits(0).says(&["restored", "kept until the file changes"]);
    // Moving the file, or taking it away for a while, is no new picture.
    let (here, there) = (world.photos().join(format!("users/{}.jpg", person(0))), world.path("aside.jpg"));
    std::fs::rename(&here, &there).unwrap();
    world.run(&["reconcile"]).exits(0);
    std::fs::rename(&there, &here).unwrap();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(body(&world, 0), Some(own[0].clone()));
    assert!(sent(&world) >= uploads);

    world.run(&["accept", &person(0)]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(body(&world, 0), Some(hr(0)));

    // A new file wins by itself.
    world.run(&["restore", &id(1)]).exits(0).says(&["1 of 1 put back"]);
    assert_eq!(body(&world, 1), Some(own[1].clone()));
    world.portraits(1, 2, 70);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(body(&world, 1), Some(portrait(71)));
    // Who had none has none again.
    world.run(&["restore", &person(2)]).exits(0).says(&["1 of 1 put back"]);
    assert_eq!(body(&world, 2), None);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(body(&world, 2), None);
    world.run(&["history", &person(2)]).exits(0).says(&["restored", "delivered"]);
}

#[test]
fn restoring_by_time_takes_the_older_one_and_keeps_what_it_overwrites() {
    let (world, own) = people(1, 1);
    world.run(&["reconcile"]).exits(0);
    let first = story(&world.run(&["explain", &person(0), "--json"]).exits(0))["backups"][0]["at"].as_str().unwrap().to_owned();
    world.pass_time(std::time::Duration::from_millis(1_100));
    let second = puts_up(&world, 0, 3_000);
    world.portraits(0, 1, 80);
    world.run(&["reconcile"]).exits(0);
    world.run(&["restore", &person(0)]).exits(0);
    assert_eq!(body(&world, 0), Some(second), "the newest");
    // Another one, put up since: restoring an older one does not lose it.
    let third = puts_up(&world, 0, 4_000);
    let later = first.replace('Z', ".999Z");
    world.run(&["restore", &person(0), "--at", &later]).exits(0);
    assert_eq!(body(&world, 0), Some(own[0].clone()), "the older");
    world.run(&["restore", &person(0)]).exits(0);
    assert_eq!(body(&world, 0), Some(third));
    world.run(&["restore", &person(0), "--at", "2001-01-01T00:00:00Z"]).exits(3);
    world.run(&["restore", "nobody"]).exits(2);
    world.run(&["restore", "p00"]).exits(2);
}

#[test]
fn a_lost_answer_is_not_taken_for_a_photo_of_somebody_else() {
    let (world, own) = people(1, 1);
    let lost = Fault::reset("PUT", &id(0), photosyncd::testing::emulator::Reset::After).times(1);
    world.emulator().add_fault(lost);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(body(&world, 0), Some(hr(0)));
    let explained = story(&world.run(&["explain", &person(0), "--json"]).exits(0));
    assert_eq!((&explained["backups"][0]["doubtful"], &explained["backups"][1]["doubtful"]), (&true.into(), &false.into()));
    world.run(&["restore", &person(0)]).exits(0);
    assert_eq!(body(&world, 0), Some(own[0].clone()));
}

#[test]
fn teams_and_contacts_can_be_put_back_but_not_emptied() {
    let mut world = World::with(CONTOSO, Settings::default());
    world.set("backup", ON);
    let team = "00000000-0000-4000-8000-000000000052";
    let contact = "/v1.0/users/00000000-0000-4000-8000-00000000000a/contacts/contact-fred/photo/$value";
    assert_eq!(world.send("PUT", contact, &[("Content-Type", "image/jpeg")], &portrait(5)), 200);
    let shown = world.fetch(contact);
    world.write("teams/space.jpg", &portrait(1));
    world.write("contacts/anna@contoso.com/fred@example.com.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    let before = world.photo(&format!("team:{team}")).unwrap();
    let summary = world.run(&["restore", &format!("team:{team}"), "--json"]).exits(3).json();
    assert_eq!((&summary["restored"], &summary["blocked"]), (&0.into(), &1.into()));
    assert!(summary["problems"][0]["detail"].as_str().unwrap().contains("no way to delete"), "{summary}");
    assert_eq!(world.photo(&format!("team:{team}")).unwrap().body, before.body);
    world.run(&["restore", "contacts/anna@contoso.com/fred@example.com.jpg"]).exits(0);
    assert_eq!(world.photo("contact:00000000-0000-4000-8000-00000000000a/contact-fred").unwrap().body, shown);
}

#[test]
fn a_pass_of_five_hundred_is_undone() {
    let (world, own) = people(250, 501);
    // One is not of that pass.
    world.run(&["reconcile", "--only", &format!("users/{}.jpg", person(500))]).exits(0);
    let pass = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!(pass["delivered"], 500);
    let number = pass["pass"].to_string();
    let summary = world.run(&["undo", &number, "--json"]).exits(0).json();
    assert_eq!((&summary["wanted"], &summary["restored"], &summary["without_backup"]), (&500.into(), &500.into(), &0.into()));
    for person in 0..500 {
        let held = own.get(person).cloned();
        assert_eq!(body(&world, person), held, "{person}");
    }
    assert_eq!(body(&world, 500), Some(hr(500)));
    let next = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&next["delivered"], &next["kept"], &next["blocked"]), (&0.into(), &500.into(), &0.into()));
    world.run(&["undo", "999"]).exits(2);
    // Twice is not wrong.
    world.run(&["undo", &number]).exits(0);
    assert_eq!(body(&world, 7), Some(own[7].clone()));
    world.run(&["history", "--limit", "3"]).exits(0).says(&["undo", "500 restored"]);
}

#[test]
fn a_restore_that_can_not_go_out_now_goes_out_with_the_next_pass() {
    let (world, own) = people(1, 1);
    world.run(&["reconcile"]).exits(0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 503));
    world.run(&["restore", &person(0), "--patience", "0s"]).exits(3);
    assert_eq!(body(&world, 0), Some(hr(0)));
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(body(&world, 0), Some(own[0].clone()));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(body(&world, 0), Some(own[0].clone()));
    // The kept file is gone: nothing is sent in its place.
    world.run(&["accept", &person(0)]).exits(0);
    world.run(&["reconcile"]).exits(0);
    for file in backups(&world) {
        std::fs::write(file, b"something else").unwrap();
    }
    world.run(&["restore", &person(0)]).exits(3).says(&["no_backup", "does not hold what was kept"]);
    assert_eq!(body(&world, 0), Some(hr(0)));
    for told in [world.run(&["status"]), world.run(&["status", "--all"])] {
        let told = told.says(&["put back from it", "Put the file back where it was"]);
        assert!(!told.stdout.contains("Free some space"), "no cure of another cause: {}", told.stdout);
    }
}

#[test]
fn backups_go_when_they_were_kept_long_enough() {
    let (mut world, _) = people(1, 1);
    world.set("backup", "{ before_first_overwrite: true, keep: 1d }");
    world.run(&["reconcile"]).exits(0);
    let file = backups(&world).remove(0);
    world.run(&["reconcile"]).exits(0);
    assert!(file.exists());
    // Two days later: by its row and by the time in its name.
    let name = file.file_name().unwrap().to_str().unwrap();
    let old = format!("{}-20010101T000000.000Z.jpg", name.rsplit_once('-').unwrap().0);
    std::fs::rename(&file, file.with_file_name(&old)).unwrap();
    world.backup_is_called(&old);
    world.days_later(2);
    world.run(&["reconcile"]).exits(0);
    assert!(backups(&world).is_empty());
    world.run(&["restore", &person(0)]).exits(3).says(&["there is no backup"]);
    takes_down(&world, 0);
}

#[test]
fn a_pass_that_ends_what_an_earlier_one_began_is_undone_all_the_same() {
    let (world, own) = people(1, 1);
    world.emulator().add_fault(Fault::reset("PUT", &id(0), photosyncd::testing::emulator::Reset::After).times(1));
    world.run(&["reconcile", "--patience", "0s"]).exits(3);
    let pass = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!(pass["delivered"], 1);
    world.run(&["undo", &pass["pass"].to_string()]).exits(0).says(&["1 of 1 put back"]);
    assert_eq!(body(&world, 0), Some(own[0].clone()));
}

#[test]
fn who_had_none_and_has_put_one_up_since_keeps_it() {
    let (world, _) = people(0, 1);
    world.run(&["reconcile"]).exits(0);
    puts_up(&world, 0, 5_000);
    world.run(&["restore", &person(0)]).exits(0).says(&["0 of 1", "the photo there now was not sent by it and stays"]);
    assert_eq!(body(&world, 0), Some(portrait(5_000)));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(body(&world, 0), Some(portrait(5_000)));
}
