//! `report`, and what `explain` says of files and people that no pass has seen.

use std::collections::BTreeSet;

use crate::world::{World, person, portrait};

fn pages(world: &World, directory: &str) -> BTreeSet<String> {
    let listed = std::fs::read_dir(world.path(directory)).unwrap();
    listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn text(world: &World, file: &str) -> String {
    std::fs::read_to_string(world.path(file)).unwrap()
}

/// Three delivered, one picture that can't be used, one person nobody knows, one person without a file.
fn mixed() -> World {
    let world = World::people(5);
    world.portraits(0, 3, 0);
    world.write(&format!("users/{}.jpg", person(3)), b"no picture");
    world.write("users/nobody@contoso.com.jpg", &portrait(9));
    world.run(&["reconcile"]).exits(3);
    world
}

#[test]
fn the_report_shows_everybody_and_why_some_are_held() {
    let world = mixed();
    let outcome = world.run(&["report", "--out", "out", "--csv", "--missing", "--json"]).exits(0);
    assert_eq!((outcome.json()["rows"].as_u64(), outcome.json()["held"].as_u64()), (Some(6), Some(2)));
    let all = ["index.html", "people-n.html", "people-p.html", "people.csv"];
    assert_eq!(pages(&world, "out"), all.map(str::to_owned).into());
    let (index, sheet, table) =
        (text(&world, "out/index.html"), text(&world, "out/people-p.html"), text(&world, "out/people.csv"));
    for words in [
        "<dt>Up to date</dt><dd>3</dd>",
        "<dt>Need HR</dt><dd>2</dd>",
        "<dt>Without a photo</dt><dd>1</dd>",
        "<code>target_missing</code>",
        "3 of 5 photos are up to date in Microsoft 365: 2 need HR.",
        "<title>Profile photos – contoso.com</title>",
    ] {
        assert!(index.contains(words), "{words} is not in {index}");
    }
    // What is held is shown as it lies there, if it can be shown: one can, one is no picture.
    assert_eq!((index.matches("data:image/jpeg;base64,").count(), index.matches("cannot be shown").count()), (1, 1));
    assert_eq!(sheet.matches("data:image/jpeg;base64,").count(), 3);
    assert_eq!((sheet.matches("cannot be shown").count(), sheet.matches("none delivered").count()), (1, 1));
    assert!(table.starts_with("\u{feff}kind,name,object_id,"), "{table}");
    assert_eq!(table.lines().count(), 7);
    assert!(table.contains(&format!(
        "user,{},00000000-0000-4000-8000-000000000000,users/{}.jpg,up to date,",
        person(0),
        person(0)
    )));
    assert!(table.contains(&format!("user,{},00000000-0000-4000-8000-000000000004,,no photo,", person(4))), "{table}");
    assert!(table.contains("photo_unsupported"), "{table}");
    let puts = world.puts().len();
    // What changed since the delivery is not what the tenant has.
    world.write(&format!("users/{}.jpg", person(0)), &portrait(77));
    world.run(&["report", "--out", "one.html"]).exits(0);
    let page = text(&world, "one.html");
    assert_eq!((page.matches("data:image/jpeg;base64,").count(), page.matches("no longer in the directory").count()), (4, 1));
    world.run(&["report", "--out", "only.csv", "--since", "1d"]).exits(0);
    assert_eq!(text(&world, "only.csv").matches(",yes,").count(), 3);
    assert_eq!(world.puts().len(), puts, "a report sends nothing");
}

#[test]
fn a_smaller_report_leaves_no_page_of_a_larger_one() {
    let world = mixed();
    world.run(&["report", "--out", "out", "--csv"]).exits(0);
    std::fs::write(world.path("out/people-me.html"), "mine").unwrap();
    std::fs::write(world.path("out/notes.txt"), "mine").unwrap();
    std::fs::remove_file(world.photos().join("users/nobody@contoso.com.jpg")).unwrap();
    world.run(&["reconcile"]).exits(3);
    world.run(&["report", "--out", "out"]).exits(0);
    let left = ["index.html", "notes.txt", "people-me.html", "people-p.html", "people.csv"];
    assert_eq!(pages(&world, "out"), left.map(str::to_owned).into());
    world.run(&["report", "--out", "config.yaml/x"]).exits(78).says(&["can't be written", "--out"]);
}

#[test]
fn a_file_that_no_pass_has_seen_is_explained_by_the_rules_as_they_are() {
    let mut world = World::people(2);
    world.write("users/p000@contoso.com.jpg", &portrait(1));
    // Not even a ledger is there.
    world.run(&["explain", "users/p000@contoso.com.jpg"]).exits(0).says(&[
        "not seen yet",
        "users/{upn}.{ext}",
        "p000@contoso.com",
    ]);
    world.run(&["reconcile"]).exits(0);
    world.write("users/p001@contoso.com.jpg", &portrait(2));
    world.write("users/.hidden.jpg", b"x");
    world.write("holiday.jpg", b"x");
    let path = world.photos().join("users/p001@contoso.com.jpg");
    world.run(&["explain", path.to_str().unwrap()]).exits(0).says(&["not seen yet", "the next pass sees it"]);
    world.run(&["explain", "users/.hidden.jpg"]).exits(0).says(&["source.ignore takes it"]);
    world.run(&["explain", "holiday.jpg"]).exits(0).says(&["none matches", "source.ignore"]);
    let json = world.run(&["explain", "users/p001@contoso.com.jpg", "--json"]).exits(0).json();
    assert_eq!((&json["now"]["target"], &json["now"]["ignored"]), (&"p001@contoso.com".into(), &false.into()));
    // A secret that is not there is no reason to keep silent about a file.
    world.sign_in_by("{ client_secret: { env: NOBODY_SETS_THIS } }");
    world.run(&["explain", "users/p001@contoso.com.jpg"]).exits(0);
}

#[test]
fn a_person_is_found_by_a_name_that_no_file_has() {
    let mut world = World::new();
    world.set("mapping", "{ rules: [{ files: 'badges/{n}.{ext}', user: { employeeId: '{n}' } }] }");
    world.write("badges/0042.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    world.run(&["explain", "cleo@contoso.com"]).exits(0).says(&["badges/0042.jpg", "up to date since"]);
    world.run(&["explain", "ben@contoso.com"]).exits(2).says(&["no file identifies it", "badges/{n}.{ext}"]);
    world.run(&["explain", "nobody@contoso.com"]).exits(2).says(&["knows nobody by that sign-in name, mail address"]);
    world.unplug();
    world.run(&["explain", "ben@contoso.com"]).exits(2).says(&["The directory could not be asked"]);
}

#[test]
fn of_whom_the_directory_may_not_be_asked_is_not_said_to_be_unknown() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    for (roles, words, silent) in [
        (&["User.Read.All"][..], &["knows no user by that", "not be asked about groups", "GroupMember.Read.All"][..], "nobody"),
        (&["GroupMember.Read.All"], &["knows no group by that", "not be asked about users", "User.Read.All"], "nobody"),
        (&["Mail.Read"], &["not be asked about users", "not be asked about groups"], "no"),
    ] {
        world.emulator().grant(Some(roles.iter().map(|role| (*role).to_owned()).collect()));
        for what in ["Nonesuch", "nonesuch@contoso.com"] {
            let outcome = world.run(&["explain", what]).exits(2).says(words);
            assert!(!outcome.stderr.contains(&format!("The directory knows {silent}")), "{roles:?}: {}", outcome.stderr);
        }
    }
    world.emulator().grant(None);
    world.run(&["explain", "Nonesuch"]).exits(2).says(&["knows nobody by that"]);
}

#[test]
fn several_people_are_listed_and_one_is_told() {
    let world = World::people(12);
    world.portraits(0, 12, 0);
    world.run(&["reconcile"]).exits(0);
    let outcome = world.run(&["explain", "contoso"]).exits(0).says(&["12 found", "p011@contoso.com: up to date"]);
    assert_eq!(outcome.stdout.lines().count(), 13);
    let outcome = world.run(&["explain", "p011"]).exits(0).says(&["visibility"]);
    assert!(!outcome.stdout.contains("found."));
}
