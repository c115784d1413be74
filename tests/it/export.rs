//! The tenant's photos as files: every photo once, whatever the weather, and a table of who has none.

mod journal;
mod random;
mod resumed;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{Fault, MissingPhoto, Quirks, Settings, Weather};
use serde_json::json;

use crate::world::{World, people, person, portrait};

/// Accidents of every kind, 12 % of all requests; nothing is "not found" but photos, since a sign-in that answers 404 is no
/// accident but a wrong address.
const WEATHER: &str = "
seed: 7
faults:
  - { share: 3%, status: 503, retry_after: 1s, retry_after_form: fraction }
  - { share: 1%, status: 429, retry_after: 1s }
  - { share: 1%, burst: 3, status: 500 }
  - { share: 2%, reset: in_body }
  - { share: 2%, cut: true }
  - { share: 1%, html: 502 }
  - { share: 1%, json: broken }
phases:
  - { only: { requests: [photos] }, faults: [{ share: 1%, status: 404, code: ErrorItemNotFound }] }
";

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn put_up(world: &World, number: usize, seed: u32) {
    let path = format!("/v1.0/users/{}/photo/$value", id(number));
    assert_eq!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(seed)), 200);
}

/// So many people; every seventh has no photo.
fn filled(count: usize, settings: Settings) -> World {
    let world = World::people_with(count, settings);
    for number in (0..count).filter(|number| number % 7 != 6) {
        put_up(&world, number, u32::try_from(number).unwrap());
    }
    world
}

/// The files of a directory.
fn files(world: &World, directory: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(world.path(directory)).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap())).collect()
}

fn photos(world: &World, directory: &str) -> BTreeMap<String, Vec<u8>> {
    files(world, directory)
        .into_iter()
        .filter(|(name, _)| name.rsplit_once('.').is_some_and(|(_, ending)| ending == "jpg"))
        .collect()
}

/// The lines of a table, without its header.
fn lines(world: &World, file: &str) -> Vec<String> {
    let text = std::fs::read_to_string(world.path(file)).unwrap();
    assert!(text.starts_with("\u{feff}user_principal_name,"), "{text}");
    text.lines().skip(1).map(str::to_owned).collect()
}

/// What the tenant gives out for somebody.
fn shown(world: &World, number: usize) -> Vec<u8> {
    world.fetch(&format!("/v1.0/users/{}/photo/$value", id(number)))
}

fn killed_and_resumed(count: usize, pace: u32) {
    let mut world = filled(count, Settings::default());
    world.emulator().set_weather(Some(Weather::from_yaml(WEATHER).unwrap()));
    world.set("upload", &format!("{{ per_second: {pace}, max_per_second: {pace}, retry: {{ initial: 500ms }} }}"));
    let written = || std::fs::read_dir(world.path("out")).map_or(0, Iterator::count);
    let clock = Clock::system();
    let began = clock.elapsed();
    for part in [count / 4, count / 2] {
        let run = world.spawn(&["export", "--out", "out"]);
        let so_long = Duration::from_secs(60 + 10 * count as u64 / u64::from(pace));
        assert!(world.within(so_long, || written() > part), "{} of {part}", written());
        run.kill();
    }
    std::fs::write(world.path("out/.photosyncd-0123456789abcdef.part"), "half a face").unwrap();
    let there: BTreeSet<String> = photos(&world, "out").into_keys().collect();
    let before = world.so_far();
    let mut last = world.command(&["export", "--out", "out", "--json"]);
    last.env("PHOTOSYNCD_TEST_SECRET", crate::world::SECRET);
    // A row of accidents may meet the sign-in or the directory: then it is run again, as it says.
    let outcome = loop {
        let outcome = last.output().unwrap();
        let told = format!("{}\n{}", String::from_utf8_lossy(&outcome.stderr), String::from_utf8_lossy(&outcome.stdout));
        match outcome.status.code() {
            Some(0) => break outcome,
            Some(3 | 5 | 69) => assert!(clock.elapsed().saturating_sub(began) < Duration::from_secs(1_200), "{told}"),
            code => panic!("{code:?} {told}"),
        }
    };
    let summary: serde_json::Value = serde_json::from_slice(&outcome.stdout).unwrap();
    println!("{count} people at {pace}/s, killed twice: {:.1?}; last run {summary}", clock.elapsed().saturating_sub(began));
    let without = (0..count).filter(|number| number % 7 == 6).count();
    let number = |name: &str| usize::try_from(summary[name].as_u64().unwrap()).unwrap();
    assert_eq!(
        ["people", "exported", "without_photo", "unknown", "not_asked"].map(number),
        [count, count - without, without, 0, 0]
    );
    // What was there is not read again; the one that was being noted when the program was killed may be.
    assert!(number("resumed") + 1 >= there.len() && there.len() > count / 2 - 10, "{summary} {}", there.len());
    let requests = world.requests();
    let again = (0..count).filter(|number| there.contains(&format!("{}.jpg", person(*number)))).filter(|number| {
        let part = format!("/users/{}/photo", id(*number));
        requests[before..].iter().any(|request| request.target.contains(&part))
    });
    assert!(again.count() <= 1);
    world.emulator().set_weather(None);
    let refused = |status: u16| world.requests().iter().filter(|request| request.status == status).count();
    println!("429: {}, 503: {}", refused(429), refused(503));
    assert!(refused(429) > 0 && refused(503) > 0, "the weather was fair");
    // Every photo once, and whose it is; nothing unfinished.
    let found = photos(&world, "out");
    assert_eq!((found.len(), files(&world, "out").len()), (count - without, count - without + 3));
    for number in (0..count).filter(|number| number % 7 != 6) {
        assert_eq!(found[&format!("{}.jpg", person(number))], shown(&world, number), "{}", person(number));
    }
    let out = world.path("out");
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o700);
    for name in files(&world, "out").keys() {
        assert_eq!(std::fs::metadata(out.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    let with: Vec<String> = (0..count)
        .filter(|number| number % 7 != 6)
        .map(|number| format!("{0},{0},{1},{0}.jpg,photo", person(number), id(number)))
        .collect();
    let mut told = lines(&world, "out/photos.csv");
    told.sort();
    let mut with = with;
    with.sort();
    assert_eq!(told, with);
    let mut none: Vec<String> = (0..count)
        .filter(|number| number % 7 == 6)
        .map(|number| format!("{0},{0},{1},none,", person(number), id(number)))
        .collect();
    none.sort();
    let mut told = lines(&world, "out/without-photo.csv");
    told.sort();
    assert_eq!(told, none);
    assert!(world.requests().iter().all(|request| !matches!(&*request.method, "DELETE")), "an export changes nothing");
}

#[test]
fn every_photo_is_there_once_after_kills_in_bad_weather() {
    killed_and_resumed(200, 200);
}

#[test]
#[ignore = "takes six minutes: run by hand, with --ignored"]
fn two_thousand_people_at_the_usual_pace() {
    killed_and_resumed(2_000, 20);
}

#[test]
fn names_lead_nowhere_else_and_are_one_person_each() {
    let long = "x".repeat(400);
    let names = [
        "../../evil",
        "Anna Berg",
        "anna berg",
        ".hidden",
        "CON",
        "a/b",
        "a:b",
        "=1+1",
        "",
        &long,
        "Ann\u{e4}",
        "Anna\u{308}",
        "nul.txt",
    ];
    let mut tenant = "users:\n".to_owned();
    for (number, name) in names.iter().enumerate() {
        let name = serde_json::Value::from(*name);
        let (upn, id) = (person(number), id(number));
        writeln!(tenant, "  - {{ userPrincipalName: {upn}, id: {id}, displayName: {name} }}").unwrap();
    }
    let world = World::with(&tenant, Settings::default());
    for number in 0..names.len() {
        put_up(&world, number, u32::try_from(number).unwrap());
    }
    std::fs::create_dir(world.path("below")).unwrap();
    for _ in 0..2 {
        world.run(&["export", "--out", "below/out", "--name", "{displayName}.{ext}"]).exits(0).says(&["13 photos exported"]);
        let found = photos(&world, "below/out");
        assert_eq!(found.len(), names.len(), "{:?}", found.keys());
        let folded: BTreeSet<String> = found.keys().map(|name| name.to_lowercase()).collect();
        assert_eq!(folded.len(), names.len());
        for (name, number) in [("_.._evil.jpg", 0), ("_.hidden.jpg", 3), ("_CON.jpg", 4), ("_=1+1.jpg", 7), ("_nul.txt.jpg", 12)]
        {
            let name = if number == 0 { "_.._.._evil.jpg" } else { name };
            assert_eq!(found[name], shown(&world, number), "{name}");
        }
        for number in [1, 2, 5, 6, 10, 11] {
            let whose =
                found.iter().find(|(name, _)| name.contains(&id(number))).unwrap_or_else(|| panic!("{number}: {found:?}"));
            assert_eq!(*whose.1, shown(&world, number), "{}", whose.0);
        }
        assert_eq!(found[&format!("{}.jpg", id(8))], shown(&world, 8), "no name: the object id");
        let told = lines(&world, "below/out/photos.csv");
        for line in &told {
            let file = line.rsplit(',').nth(1).unwrap();
            assert!(found.contains_key(file), "{file:?} is not there: {line}");
        }
        assert_eq!(told.len(), names.len());
    }
    assert_eq!(std::fs::read_dir(world.path("below")).unwrap().count(), 1);
    assert!(!world.path("evil.jpg").exists());
    for name in ["photo.jpg", "../{id}.jpg", "{shoeSize}.jpg", "a/{id}"] {
        world.run(&["export", "--out", "out", "--name", name]).exits(2);
    }
    world.run(&["export", "--out", "out", "--size", "100"]).exits(2).says(&["48, 64, 96"]);
}

#[test]
fn an_export_made_again_is_over_its_own_files_only() {
    let mut world = filled(5, Settings::default());
    world.run(&["export", "--out", "out"]).exits(0).says(&["5 people in scope: 5 photos exported, 0 without a photo."]);
    // One changes the photo, one takes it out, one lies there as somebody else's file.
    put_up(&world, 0, 100);
    assert_eq!(world.send("DELETE", &format!("/v1.0/users/{}/photo/$value", id(1)), &[], b""), 204);
    let own = world.path(&format!("out/{}.jpg", person(2)));
    std::fs::write(&own, "mine").unwrap();
    std::fs::write(world.path("out/notes.txt"), "mine").unwrap();
    let outcome = world.run(&["export", "--out", "out"]).exits(3);
    let outcome = outcome.says(&["3 photos exported, 1 without a photo, 1 not known", "was not made by photosyncd"]);
    assert!(outcome.stdout.contains("1 file of an earlier export removed"), "{}", outcome.stdout);
    assert_eq!(std::fs::read(&own).unwrap(), b"mine");
    assert_eq!(photos(&world, "out")[&format!("{}.jpg", person(0))], shown(&world, 0));
    let told = lines(&world, "out/without-photo.csv");
    assert!(told[0].starts_with(&format!("{0},{0},{1},none", person(1), id(1))), "{told:?}");
    assert!(told[1].contains(",not_written,"), "{told:?}");
    std::fs::remove_file(&own).unwrap();
    world.run(&["export", "--out", "out"]).exits(0).says(&["4 photos exported"]);
    let names: Vec<String> = files(&world, "out").into_keys().collect();
    let [first, third, fourth, fifth] = [0, 2, 3, 4].map(|number| format!("{}.jpg", person(number)));
    assert_eq!(names, ["export.jsonl", "notes.txt", &first, &third, &fourth, &fifth, "photos.csv", "without-photo.csv"]);
    // Photos of two tenants never lie in one directory.
    let text = std::fs::read_to_string(world.path("config.yaml")).unwrap();
    std::fs::write(world.path("config.yaml"), text.replace("contoso.com", "fabrikam.com")).unwrap();
    world.run(&["export", "--out", "out"]).exits(78).says(&["another tenant", "--out"]);
    world.unplug();
    world.set("source", "{ directory: photos }");
    world.run(&["export", "--out", "elsewhere", "--patience", "1s"]).exits(69).says(&["can't be reached"]);
}

#[test]
fn sizes_scope_and_who_has_no_photo_however_that_is_told() {
    for missing_photo in [MissingPhoto::ImageNotFound, MissingPhoto::OneByOne, MissingPhoto::EntityNotFound] {
        let tenant = people(8)
            + &format!(
                "groups:\n  - {{ mailNickname: staff, id: {}, members: [{}, {}, {}] }}\n  - {{ mailNickname: shy, id: {}, members: [{}] }}\n",
                id(900),
                id(0),
                id(1),
                id(6),
                id(901),
                id(1)
            );
        let settings = Settings { quirks: Quirks { missing_photo, ..Quirks::default() }, ..Settings::default() };
        let mut world = World::with(&tenant, settings);
        for number in [0, 1, 2] {
            put_up(&world, number, 7);
        }
        world.set("scope", "{ exclude_groups: [shy] }");
        let outcome = world.run(&["export", "--out", "out", "--scope", "staff", "--size", "64", "--json"]).exits(0).json();
        assert_eq!((&outcome["people"], &outcome["exported"], &outcome["without_photo"]), (&2.into(), &1.into(), &1.into()));
        let size = world.fetch(&format!("/v1.0/users/{}/photos/64x64/$value", id(0)));
        assert_eq!(photos(&world, "out"), BTreeMap::from([(format!("{}.jpg", person(0)), size)]));
        // Larger than what there is: as large as there is.
        world
            .run(&["export", "--out", "large", "--size", "648"])
            .exits(0)
            .says(&["7 people in scope: 2 photos exported, 5 without"]);
        assert_eq!(photos(&world, "large")[&format!("{}.jpg", person(2))], shown(&world, 2));
        world.run(&["export", "--out", "none", "--scope", "nobody"]).exits(2).says(&["--scope \"nobody\"", "does not know"]);
    }
}

#[test]
fn a_missing_permission_is_told_once_and_nobody_is_said_to_have_no_photo() {
    let world = filled(4, Settings::default());
    world.emulator().grant(Some(vec!["Group.Read.All".to_owned()]));
    let outcome = world.run(&["export", "--out", "elsewhere"]).exits(5);
    assert!(!outcome.stdout.contains("without a photo."), "{}", outcome.stdout);
}

#[test]
fn plan_and_report_tell_no_file_no_photo_and_neither_apart() {
    let mut world = World::people(6);
    world.portraits(0, 3, 0);
    world.set("scope", "{}");
    world.run(&["reconcile", "--limit", "2"]);
    put_up(&world, 3, 50);
    let looks = |world: &World| {
        let requests = world.requests();
        requests.iter().filter(|request| &*request.method == "GET" && request.target.contains("/photo")).count()
    };
    let before = looks(&world);
    let told = world.run(&["plan", "--missing"]).exits(0);
    let sent = (0..3).filter(|number| world.user_photo(&person(*number)).is_some()).count();
    assert_eq!(sent, 2, "two are delivered");
    let waits = (0..3).find(|number| world.user_photo(&person(*number)).is_none()).unwrap();
    let wanted = format!(
        "{}: no photo in Microsoft 365\n{}: no file\n{}: neither file nor photo\n{}: neither file nor photo\n",
        person(waits),
        person(3),
        person(4),
        person(5)
    );
    assert_eq!(told.stdout, wanted);
    // Whoever has ours is not asked about.
    assert_eq!(looks(&world) - before, 4);
    let json = world.run(&["plan", "--missing", "--json"]).exits(0).json();
    assert_eq!(json["missing"].as_array().unwrap().len(), 3);
    assert_eq!((json["no_file"].clone(), json["no_photo"].clone()), (vec![person(3)].into(), vec![person(waits)].into()));
    assert_eq!((json["neither"].clone(), json["unknown"].clone()), (vec![person(4), person(5)].into(), serde_json::json!([])));
    world.run(&["report", "--out", "out", "--csv", "--missing", "--json"]).exits(0);
    let table = std::fs::read_to_string(world.path("out/people.csv")).unwrap();
    let line = |number: usize| table.lines().find(|line| line.contains(&id(number))).unwrap().to_owned();
    assert!(line(3).contains(",\"no file, but a photo\",") && line(3).ends_with(",yes"), "{}", line(3));
    assert!(line(4).contains(",no photo,") && line(4).ends_with(",no"), "{}", line(4));
    assert!(line(waits).ends_with(",no"), "{}", line(waits));
    let page = std::fs::read_to_string(world.path("out/index.html")).unwrap();
    for words in
        ["<dt>Without a photo</dt><dd>2</dd>", "<dt>Without a file</dt><dd>1</dd>", "Microsoft 365 shows a photo of these people"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
}

/// Who is listed in a way that can't be read may be anybody: nobody's photo is taken for one that is not wanted any more.
#[test]
fn accounts_that_can_not_be_read_cost_nobody_an_exported_photo() {
    let world = filled(4, Settings::default());
    world.run(&["export", "--out", "kept"]).exits(0);
    let before = photos(&world, "kept");
    assert_eq!(before.len(), 4);
    let first = json!({ "id": id(0), "userPrincipalName": person(0), "accountEnabled": true, "userType": "Member" });
    let listed = json!({ "value": [first, { "id": null }, { "id": id(2), "userPrincipalName": 7 }] });
    world.emulator().add_fault(Fault { body: Some(listed), ..Fault::status("GET", "/users?", 200) });
    world.run(&["export", "--out", "kept"]).exits(3).says(&["2 accounts", "no file of an earlier export was removed"]);
    let end = world.run(&["export", "--out", "kept", "--json"]).exits(3).json();
    assert_eq!((&end["files_removed"], &end["problems"][0]["reason"]), (&0.into(), &"transient".into()));
    assert_eq!(photos(&world, "kept"), before);
    world.emulator().clear_faults();
    world.run(&["export", "--out", "kept"]).exits(0);
    assert_eq!(photos(&world, "kept"), before);
}
