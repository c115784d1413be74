//! Default pictures by group: for whoever has neither a file nor a photo, and for nobody else.

use photosyncd::testing::emulator::{Entry, Fault, Settings};

use crate::world::service::Service;
use crate::world::{LOOSE, World, people, person, portrait, portrait_file};

/// Seeds of default pictures; nobody's own photo has one of these.
const STAFF: u32 = 900;
const BOARD: u32 = 901;

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn group(name: &str, number: usize, members: impl IntoIterator<Item = usize>) -> String {
    let members: Vec<String> = members.into_iter().map(id).collect();
    format!("  - {{ mailNickname: {name}, id: {}, members: [{}] }}\n", id(number), members.join(", "))
}

/// So many people, all of them in the group `staff` (900); the first `board` of them in the group `board` (901), too.
fn company(count: usize, board: usize) -> World {
    let tenant = people(count) + "groups:\n" + &group("staff", 900, 0..count) + &group("board", 901, 0..board);
    let mut world = World::with(&tenant, Settings::default());
    std::fs::write(world.path("staff.jpg"), portrait(STAFF)).unwrap();
    std::fs::write(world.path("board.jpg"), portrait(BOARD)).unwrap();
    std::fs::create_dir_all(world.photos().join("users")).unwrap();
    world.set("guard", LOOSE);
    world.set("source", "{ directory: photos, settle: 0s }");
    world.set("defaults", "[{ group: staff, file: staff.jpg }]");
    // A source is never empty: that is a fault of its own.
    world.write("readme.txt", b"x");
    world
}

fn members(world: &World, group: usize, who: impl IntoIterator<Item = usize>) {
    let who: Vec<std::sync::Arc<str>> = who.into_iter().map(|number| id(number).into()).collect();
    let change = |entry: &mut Entry| entry.more.get_or_insert_default().members = who;
    world.emulator().change_tenant(|tenant| assert!(tenant.change(&id(group), change)));
}

fn put_up(world: &World, number: usize, seed: u32) {
    let path = format!("/v1.0/users/{}/photo/$value", id(number));
    assert_eq!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(seed)), 200);
}

/// Whose picture each of the first has, by its seed; none: no photo.
#[track_caller]
fn shows(world: &World, expected: &[Option<u32>]) {
    for (number, seed) in expected.iter().enumerate() {
        let photo = world.user_photo(&person(number)).map(|photo| photo.body);
        assert_eq!(photo, seed.map(|seed| portrait(seed).into()), "{} has another picture than {seed:?}", person(number));
    }
}

#[test]
fn who_has_neither_file_nor_photo_gets_the_first_that_applies_and_a_second_run_sends_nothing() {
    let mut world = company(5, 2);
    world.set("defaults", "[{ group: board, file: board.jpg }, { group: staff, file: staff.jpg }]");
    world.write(&portrait_file(0), &portrait(10));
    put_up(&world, 3, 503);
    let plan = world.run(&["plan"]).exits(0);
    let plan = plan.says(&["(default picture)/", &person(1), &person(2), &person(4)]);
    assert!(!plan.stdout.contains(&person(3)), "{}", plan.stdout);
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered", "3 of them default pictures"]);
    shows(&world, &[Some(10), Some(BOARD), Some(STAFF), Some(503), Some(STAFF)]);
    let (puts, so_far) = (world.puts().len(), world.so_far());
    for _ in 0..2 {
        world.run(&["reconcile"]).exits(0).says(&["0 photos delivered"]);
    }
    assert_eq!(world.puts().len(), puts);
    let asked = world.requests().split_off(so_far);
    let asked = asked.iter().filter(|request| request.target.contains("/photo")).count();
    assert_eq!(asked, 0, "who was seen with a photo, or has the default, is not asked at every pass");
    world.run(&["plan"]).exits(0).says(&["Nothing to do"]);
}

#[test]
fn a_file_of_their_own_replaces_it_and_a_photo_of_anybody_elses_is_never_covered() {
    let world = company(4, 0);
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
    shows(&world, &[Some(STAFF); 4]);
    world.write(&portrait_file(0), &portrait(10));
    put_up(&world, 1, 501);
    put_up(&world, 2, 502);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    shows(&world, &[Some(10), Some(501), Some(502), Some(STAFF)]);
    // Another default goes over our own only.
    std::fs::write(world.path("staff.jpg"), portrait(STAFF + 10)).unwrap();
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    shows(&world, &[Some(10), Some(501), Some(502), Some(STAFF + 10)]);
    // And leaves with the group, if it is ours still.
    members(&world, 900, [0]);
    world.run(&["reconcile"]).exits(0).says(&["1 photo removed"]);
    shows(&world, &[Some(10), Some(501), Some(502), None]);
    let deletes = world.deletes();
    assert_eq!(deletes, 1);
    // Back in the group, back with the picture.
    members(&world, 900, 0..4);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    shows(&world, &[Some(10), Some(501), Some(502), Some(STAFF + 10)]);
}

#[test]
fn when_the_file_goes_the_photo_that_was_sent_is_no_gap() {
    for removal in ["{ when_file_disappears: keep }", "{ when_file_disappears: delete, grace: 0s }"] {
        let mut world = company(3, 0);
        world.set("removal", removal);
        world.portraits(0, 2, 10);
        world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
        shows(&world, &[Some(10), Some(11), Some(STAFF)]);
        std::fs::remove_file(world.photos().join(portrait_file(1))).unwrap();
        world.run(&["reconcile"]).exits(0);
        shows(&world, &[Some(10), Some(11), Some(STAFF)]);
        world.run(&["reconcile"]).exits(0);
        world.run(&["reconcile"]).exits(0);
        // Taken out for want of a file, it is a gap like any other.
        let then = if removal.contains("keep") { 11 } else { STAFF };
        shows(&world, &[Some(10), Some(then), Some(STAFF)]);
    }
}

#[test]
fn an_entry_that_is_taken_away_takes_its_pictures_along_within_the_limits() {
    let mut world = company(20, 2);
    world.set("guard", "{ first_contact: replace }");
    world.run(&["reconcile"]).exits(0).says(&["20 photos delivered"]);
    put_up(&world, 19, 519);
    world.set("defaults", "[]");
    for _ in 0..2 {
        world.run(&["reconcile"]).exits(4).says(&["20 of 20 delivered photos would be removed", "max_removals"]);
    }
    assert_eq!(world.deletes(), 0);
    world.run(&["plan"]).exits(4).says(&["no default picture applies"]);
    world.run(&["reconcile", "--force"]).says(&["19 photos removed"]);
    let mut expected = vec![None; 19];
    expected.push(Some(519));
    shows(&world, &expected);
    // Another entry in its place is a change, not a removal.
    world.set("guard", LOOSE);
    world.set("defaults", "[{ group: board, file: board.jpg }]");
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    world.set("defaults", "[{ group: staff, file: staff.jpg }]");
    world.run(&["reconcile"]).exits(0).says(&["19 photos delivered"]);
    shows(&world, &[Some(STAFF); 19]);
}

#[test]
fn a_picture_that_cannot_be_used_is_told_and_changes_nothing() {
    let mut world = company(3, 1);
    world.set("defaults", "[{ group: board, file: board.jpg }, { group: staff, file: staff.jpg }]");
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    let (puts, file) = (world.puts().len(), world.path("staff.jpg"));
    let bad: [(&str, Option<Vec<u8>>, &str); 5] = [
        ("missing", None, "file_unreadable"),
        ("text", Some(b"no picture".to_vec()), "photo_unsupported"),
        ("cut off", Some(portrait(STAFF)[..600].to_vec()), "photo_corrupt"),
        ("too large", Some(vec![0; 20_000]), "photo_too_large"),
        ("a directory", None, "file_unreadable"),
    ];
    world.set("photo", "{ max_source_bytes: 19KB }");
    for (what, bytes, reason) in bad {
        std::fs::remove_file(&file).unwrap();
        match bytes {
            Some(bytes) => std::fs::write(&file, bytes).unwrap(),
            None if what == "a directory" => std::fs::create_dir(&file).unwrap(),
            None => {}
        }
        world.run(&["check"]).exits(0).says(&["Warning", "staff.jpg", "default"]);
        world.run(&["reconcile"]).exits(3).says(&[reason]);
        world.run(&["status"]).exits(3).says(&[reason]);
        world.run(&["plan"]).exits(3).says(&[reason]);
        if what == "a directory" {
            std::fs::remove_dir(&file).unwrap();
        }
        std::fs::write(&file, portrait(STAFF)).unwrap();
        shows(&world, &[Some(BOARD), Some(STAFF), Some(STAFF)]);
    }
    assert_eq!((world.puts().len(), world.deletes()), (puts, 0));
    world.run(&["reconcile"]).exits(0);
    // A group that is not there leaves everything as it is.
    world.set("defaults", "[{ group: nobody, file: board.jpg }, { group: staff, file: staff.jpg }]");
    world.run(&["reconcile"]).exits(3).says(&["defaults[0]"]);
    world.run(&["status"]).exits(3).says(&["target_missing"]);
    assert_eq!((world.puts().len(), world.deletes()), (puts, 0));
    for wrong in ["[{ group: staff }]", "[{ file: staff.jpg }]", "[staff]", "{ group: staff }", "[{ group: a, file: b, c: d }]"] {
        world.set("defaults", wrong);
        world.run(&["check"]).exits(78).says(&["defaults"]);
    }
}

#[test]
fn nobody_loses_or_gets_one_while_the_groups_cannot_be_asked() {
    let world = company(3, 0);
    world.run(&["reconcile"]).exits(0);
    let (puts, deletes) = (world.puts().len(), world.deletes());
    for status in [404, 403, 500] {
        world.emulator().add_fault(Fault::status("GET", "/transitiveMembers", status));
        let outcome = world.run(&["reconcile", "--patience", "1s"]);
        assert!(outcome.code != Some(0) && outcome.code != Some(1), "{status}: {:?} {}", outcome.code, outcome.stdout);
        world.emulator().clear_faults();
    }
    assert_eq!((world.puts().len(), world.deletes()), (puts, deletes));
    world.run(&["reconcile"]).exits(0);
    shows(&world, &[Some(STAFF); 3]);
}

#[test]
fn scope_guests_and_people_without_a_mailbox() {
    let tenant = "users:\n".to_owned()
        + &format!("  - {{ userPrincipalName: {}, id: {} }}\n", person(0), id(0))
        + &format!("  - {{ userPrincipalName: {}, id: {}, userType: Guest }}\n", person(1), id(1))
        + &format!("  - {{ userPrincipalName: {}, id: {}, accountEnabled: false }}\n", person(2), id(2))
        + &format!("  - {{ userPrincipalName: {}, id: {} }}\n", person(3), id(3))
        + "groups:\n"
        + &group("staff", 900, 0..4)
        + &group("out", 901, [3]);
    let mut world = World::with(&tenant, Settings::default());
    std::fs::write(world.path("staff.jpg"), portrait(STAFF)).unwrap();
    world.write("readme.txt", b"x");
    world.set("guard", LOOSE);
    world.set("defaults", "[{ group: staff, file: staff.jpg }]");
    world.set("scope", "{ exclude_groups: [out] }");
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    shows(&world, &[Some(STAFF), None, None, None]);
    world.set("scope", "{ exclude_groups: [] }");
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    // Who goes out of scope keeps it, or not, as the setting says of every photo.
    world.set("scope", "{ exclude_groups: [out] }");
    world.run(&["reconcile"]).exits(0);
    shows(&world, &[Some(STAFF), None, None, Some(STAFF)]);
    world.set("scope", "{ exclude_groups: [out], on_opt_out: delete }");
    world.run(&["reconcile"]).exits(0).says(&["1 photo removed"]);
    shows(&world, &[Some(STAFF), None, None, None]);
}

#[test]
fn a_default_is_told_apart_from_a_photo_of_their_own() {
    let world = company(4, 0);
    world.write(&portrait_file(0), &portrait(10));
    put_up(&world, 3, 503);
    world.run(&["reconcile"]).exits(0);
    let missing = world.run(&["plan", "--missing"]).exits(0);
    missing.says(&[&format!("{}: no file; shows the default picture", person(1)), "2 with the default picture"]);
    let json = world.run(&["plan", "--missing", "--json"]).exits(0).json();
    assert_eq!(json["default_picture"], serde_json::json!([person(1), person(2)]));
    assert_eq!((&json["no_file"], &json["neither"]), (&serde_json::json!([person(3)]), &serde_json::json!([])));
    world.run(&["status"]).exits(0).says(&["2 of them default pictures"]);
    let status = world.run(&["status", "--json"]).exits(0).json();
    assert_eq!(status["sum"]["default_pictures"], 2, "{status}");
    world.run(&["explain", &person(1)]).exits(0).says(&["default picture of the group staff"]);
    let explained = world.run(&["explain", &person(1), "--json"]).exits(0).json();
    assert_eq!(explained["targets"][0]["default_picture"], true);
    let out = world.path("report.csv");
    world.run(&["report", "--out", out.to_str().unwrap()]).exits(0);
    let table = std::fs::read_to_string(&out).unwrap();
    assert_eq!(table.matches("default picture,").count(), 2, "{table}");
    world.run(&["export", "--out", world.path("export").to_str().unwrap()]).exits(0);
    let table = std::fs::read_to_string(world.path("export/photos.csv")).unwrap();
    assert_eq!(table.matches("default_picture").count(), 2, "{table}");
    // Whoever puts up their own is known for it, before any comparison.
    put_up(&world, 2, 502);
    let json = world.run(&["plan", "--missing", "--json"]).exits(0).json();
    assert_eq!(
        (&json["default_picture"], &json["no_file"]),
        (&serde_json::json!([person(1)]), &serde_json::json!([person(2), person(3)]))
    );
    world.run(&["report", "--missing", "--out", out.to_str().unwrap()]).exits(0);
    let table = std::fs::read_to_string(&out).unwrap();
    assert_eq!((table.matches("default picture,").count(), table.matches(&person(2)).count()), (1, 1), "{table}");
    for size in ["--size=48", "--size=648"] {
        world.run(&["export", size, "--out", world.path("export").to_str().unwrap()]).exits(0);
        let table = std::fs::read_to_string(world.path("export/photos.csv")).unwrap();
        assert_eq!(table.matches("default_picture").count(), 1, "{table}");
    }
}

#[test]
fn verify_lets_a_photo_stand_that_took_the_place_of_a_default() {
    let mut world = company(3, 0);
    world.set("drift", "{ policy: hr_wins }");
    world.run(&["reconcile"]).exits(0);
    put_up(&world, 1, 501);
    world.run(&["verify"]).says(&["kept"]);
    world.run(&["reconcile"]).exits(0).says(&["0 photos delivered"]);
    shows(&world, &[Some(STAFF), Some(501), Some(STAFF)]);
    // Taken down again, it is a gap, at the next look.
    assert_eq!(world.send("DELETE", &format!("/v1.0/users/{}/photo/$value", id(1)), &[], b""), 204);
    world.run(&["retry"]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    shows(&world, &[Some(STAFF); 3]);
}

#[test]
fn the_service_follows_files_pictures_and_reloads() {
    let mut world = company(3, 0);
    world.set("source", "{ directory: photos, settle: 100ms, poll_interval: 1s, full_pass_every: 1h }");
    let shows = |number: usize, seed: u32| world.user_photo(&person(number)).is_some_and(|photo| photo.body == portrait(seed));
    let service = Service::ready(&world);
    world.until("the default pictures", || (0..3).all(|number| shows(number, STAFF)));
    world.write(&portrait_file(0), &portrait(10));
    world.until("the person's file", || shows(0, 10));
    put_up(&world, 1, 501);
    // It lies outside the source, where nothing is watched.
    std::fs::write(world.path("staff.jpg"), portrait(STAFF + 10)).unwrap();
    world.until("another default picture", || shows(2, STAFF + 10));
    assert!(shows(0, 10) && shows(1, 501));
    service.run.terminate();
    let (outcome, _) = service.finish();
    outcome.exits(0);
    assert!(shows(0, 10) && shows(1, 501));
}

#[test]
fn nobody_without_a_mailbox_is_asked_at_every_run_and_a_rehearsal_needs_no_group() {
    let tenant = "users:\n".to_owned()
        + &format!("  - {{ userPrincipalName: {}, id: {}, mailbox: onPremises }}\n", person(0), id(0))
        + &format!("  - {{ userPrincipalName: {}, id: {} }}\n", person(1), id(1))
        + "groups:\n"
        + &group("staff", 900, 0..2);
    let mut world = World::with(&tenant, Settings::default());
    std::fs::write(world.path("staff.jpg"), portrait(STAFF)).unwrap();
    world.write("readme.txt", b"x");
    world.set("defaults", "[{ group: staff, file: staff.jpg }]");
    world.run(&["reconcile"]).exits(3).says(&["1 photo delivered", "no_mailbox"]);
    shows(&world, &[None, Some(STAFF)]);
    let so_far = world.so_far();
    world.run(&["reconcile"]).exits(3);
    let asked = world.requests().split_off(so_far);
    assert_eq!(asked.iter().filter(|request| request.target.contains("/photo")).count(), 0);
    world.run(&["rehearse"]).exits(0);
}

#[test]
fn the_first_contact_guard_stops_defaults_with_everything_else_and_needs_no_word_for_them_alone() {
    let mut world = company(6, 0);
    world.set("guard", "{}");
    for number in 0..3 {
        put_up(&world, number, 500 + u32::try_from(number).unwrap());
        world.write(&portrait_file(number), &portrait(u32::try_from(number).unwrap()));
    }
    let puts = world.puts().len();
    world.run(&["reconcile"]).exits(4).says(&["3 photos in Microsoft 365 would be replaced"]);
    assert_eq!(world.puts().len(), puts, "nothing is sent while it is halted");
    world.set("deliver", "only_where_missing");
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    shows(&world, &[Some(500), Some(501), Some(502), Some(STAFF), Some(STAFF), Some(STAFF)]);
    // A file of their own replaces the default, which is nobody's own photo.
    world.write(&portrait_file(3), &portrait(33));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    shows(&world, &[Some(500), Some(501), Some(502), Some(33), Some(STAFF), Some(STAFF)]);
    // Defaults alone replace nothing: there is nothing to ask.
    let mut fresh = company(3, 0);
    fresh.set("guard", "{}");
    put_up(&fresh, 0, 500);
    fresh.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    shows(&fresh, &[Some(500), Some(STAFF), Some(STAFF)]);
}

#[test]
fn a_source_that_is_away_or_seen_in_part_gives_and_takes_nothing() {
    let world = company(3, 0);
    world.write(&portrait_file(0), &portrait(10));
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    let (puts, photos) = (world.puts().len(), world.photos());
    std::fs::rename(&photos, world.path("away")).unwrap();
    world.run(&["reconcile"]).exits(4);
    std::fs::create_dir(&photos).unwrap();
    world.run(&["reconcile"]).exits(4);
    std::fs::remove_dir(&photos).unwrap();
    std::fs::rename(world.path("away"), &photos).unwrap();
    world.run(&["reconcile"]).exits(0);
    assert_eq!((world.puts().len(), world.deletes()), (puts, 0));
    shows(&world, &[Some(10), Some(STAFF), Some(STAFF)]);
}

#[test]
fn a_file_that_is_no_persons_keeps_nobody_from_a_default_picture() {
    let world = company(3, 1);
    world.write("teams/board.jpg", &portrait(5));
    world.run(&["reconcile"]).exits(3).says(&["target_not_ready", "3 of them default pictures"]);
    shows(&world, &[Some(STAFF), Some(STAFF), Some(STAFF)]);
}

#[test]
fn a_service_logs_that_a_group_of_default_pictures_is_not_there_and_that_it_is() {
    let mut world = company(3, 1);
    world.settle_soon();
    world.set("defaults", "[{ group: nobody-knows-it, file: staff.jpg }]");
    let service = Service::ready(&world);
    world.set("defaults", "[{ group: staff, file: staff.jpg }]");
    service.run.hang_up();
    world.until("default pictures", || world.puts().len() == 3);
    service.run.terminate();
    let (outcome, _) = service.finish();
    let lines: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains("--reason target_missing` says which")).collect();
    assert_eq!(lines.len(), 1, "once, not at each pass: {}", outcome.stderr);
    assert!(!outcome.stderr.contains("nobody-knows-it"), "{}", outcome.stderr);
}
