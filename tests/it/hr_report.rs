//! The report for HR: its figures, its words, the names in it, and the files that belong to nobody.

use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use photosyncd::testing::emulator::Settings;

use crate::world::{World, person, portrait};

const NAMES: &str = "
users:
  - { userPrincipalName: p000@contoso.com, id: 00000000-0000-4000-8000-000000000000, displayName: 'Änne Groß', department: 'Legal & <Tax>' }
  - { userPrincipalName: p001@contoso.com, id: 00000000-0000-4000-8000-000000000001, displayName: '=HYPERLINK(1)' }
  - { userPrincipalName: p002@contoso.com, id: 00000000-0000-4000-8000-000000000002, displayName: 'Zoë' }
groups:
  - { mailNickname: sales, id: 00000000-0000-4000-8000-000000000051, displayName: 'Sales and more' }
";

fn text(world: &World, file: &str) -> String {
    std::fs::read_to_string(world.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Four delivered, and held or waiting ones of several kinds, among them files that no pass can name.
fn troubled() -> World {
    let world = World::people(12);
    world.portraits(0, 4, 0);
    world.write(&format!("users/{}.jpg", person(4)), b"no picture");
    world.write(&format!("users/{}.png", person(5)), b"");
    world.write(&format!("users/{}.jpg", person(6)), &portrait(6));
    world.write(&format!("users/{}.jpeg", person(6)), &portrait(60));
    for name in ["nobody", "none"] {
        world.write(&format!("users/{name}@contoso.com.jpg"), &portrait(9));
    }
    for number in 0..9 {
        world.write(&format!("stray/IMG_{number}.jpg"), &portrait(number));
    }
    let odd = world.photos().join(std::ffi::OsStr::from_bytes(b"users/m\xfcller.jpg"));
    std::fs::write(odd, portrait(1)).unwrap();
    world.run(&["reconcile"]).exits(3);
    world
}

#[test]
fn its_figures_are_those_of_the_status_and_nothing_is_counted_without_being_listed() {
    let world = troubled();
    let status = world.run(&["status", "--json"]).exits(3).json();
    let report = world.run(&["report", "--out", "out", "--csv", "--json"]).exits(0).json();
    let (targets, figures) = (&status["targets"], &report["figures"]);
    let number = |value: &serde_json::Value| value.as_u64().unwrap();
    assert_eq!(number(&figures["up_to_date"]), number(&targets["in_step"]));
    assert_eq!(number(&figures["on_its_way"]), number(&targets["due"]) + number(&targets["waiting"]));
    let held = number(&figures["hr"]) + number(&figures["it"]) + number(&figures["itself"]);
    assert_eq!((held, held), (number(&targets["blocked"]), number(&report["held"])));
    assert_eq!((number(&figures["unmatched"]), number(&figures["unread"])), (9, 1));
    let table = text(&world, "out/people.csv");
    let rows: Vec<&str> = table.lines().skip(1).collect();
    let with = |state: &str| rows.iter().filter(|row| row.split(',').nth(4) == Some(state)).count() as u64;
    assert_eq!((with("up to date"), with("held")), (number(&figures["up_to_date"]), held), "{table}");
    assert_eq!((with("unmatched"), with("unreadable")), (9, 1), "{table}");
    // Both files of one person stand in one row, and on one card.
    assert_eq!(rows.iter().filter(|row| row.contains(&person(6))).count(), 1, "{table}");
    assert!(table.contains(&format!("users/{0}.jpeg", person(6))) && table.contains(&format!("users/{0}.jpg", person(6))));
    let (index, stray) = (text(&world, "out/index.html"), text(&world, "out/unmatched.html"));
    assert!(index.contains("Show all 9") && index.contains("m\\xfcller."), "{index}");
    assert_eq!(stray.matches("<li id=\"u").count(), 9);
    assert_eq!(stray.matches("data:image/jpeg;base64,").count(), 9, "pictures help to tell whose they are");
    for setting in ["mapping.", "source.", "photo.", "scope."] {
        let hr = &index[index.find("<h2 id=\"hr\">").unwrap()..index.find("<h2 id=\"it\">").unwrap()];
        assert!(!hr.contains(setting), "{setting} is no advice to HR");
    }
}

#[test]
fn names_and_departments_are_asked_for_only_if_that_is_wanted() {
    let mut world = World::with(NAMES, Settings::default());
    world.portraits(0, 3, 0);
    world.write("groups/sales.jpg", &portrait(5));
    world.run(&["reconcile"]).exits(0);
    let before = world.so_far();
    world.run(&["report", "--out", "plain", "--csv"]).exits(0);
    assert_eq!(world.so_far(), before, "nobody asked for names");
    assert!(!text(&world, "plain/people.csv").contains("Groß") && !world.path("plain/people-a.html").exists());
    world.set("report", "{ names: true }");
    world.run(&["report", "--out", "named", "--csv"]).exits(0);
    let asked: Vec<String> = world.requests()[before..].iter().map(|request| request.target.to_string()).collect();
    assert!(asked.iter().any(|path| path.contains("displayName,userPrincipalName,department")), "{asked:?}");
    let (sheet, table) = (text(&world, "named/people-a.html"), text(&world, "named/people.csv"));
    assert!(sheet.contains("Änne Groß") && sheet.contains("Legal &amp; &lt;Tax&gt;") && sheet.contains("p000@<wbr>contoso."));
    assert!(text(&world, "named/groups.html").contains("Sales and more"));
    assert!(table.contains(",Änne Groß,Legal & <Tax>,"), "{table}");
    assert!(table.contains(",'=HYPERLINK(1),"), "a name is no formula: {table}");
    // A tenant that can't be asked is no reason to leave HR without a report.
    world.unplug();
    world.run(&["report", "--out", "alone"]).exits(0).says(&["Names could not be asked for"]);
    assert!(text(&world, "alone/index.html").contains("could not be asked for names"));
}

#[test]
fn it_speaks_german_and_whatever_a_file_says() {
    let mut world = troubled();
    world.set("report", "{ language: de }");
    world.run(&["report", "--out", "out", "--csv"]).exits(0);
    let (index, table) = (text(&world, "out/index.html"), text(&world, "out/people.csv"));
    for words in [
        "<html lang=\"de\" dir=\"ltr\">",
        "<title>Profilfotos – contoso.com</title>",
        "Für die Personalabteilung",
        "Nicht zugeordnete Dateien",
        "Speichern Sie das Bild als JPEG oder PNG.",
        "4 von 9 Fotos sind in Microsoft 365 aktuell: 5 brauchen die Personalabteilung.",
    ] {
        assert!(index.contains(words), "{words} is not in {index}");
    }
    assert!(table.starts_with("\u{feff}kind;name;object_id;") && table.contains(";aktuell;"), "{table}");
    let printed = world.run(&["report", "--texts"]).exits(0).stdout;
    assert!(printed.contains("language: de") && printed.contains("unmatched_heading:"), "{printed}");
    std::fs::write(world.path("fr.yaml"), "language: fr\ntitle: 'Photos de profil'\n").unwrap();
    world.set("report", "{ texts: fr.yaml }");
    world.run(&["check"]).exits(0);
    world.run(&["report", "--out", "out"]).exits(0);
    let index = text(&world, "out/index.html");
    assert!(index.contains("<html lang=\"fr\" dir=\"ltr\">") && index.contains("<h1>Photos de profil</h1>"));
    // What the program printed is a file that it takes.
    std::fs::write(world.path("fr.yaml"), &printed).unwrap();
    world.run(&["check"]).exits(0);
    std::fs::write(world.path("fr.yaml"), "titl: x\nshow_all: Tout\nverdict_way: 5\n").unwrap();
    let faults = [
        "fr.yaml:1:1: titl: unknown key; did you mean title?",
        "fr.yaml:2:1: show_all: {n} is missing",
        "fr.yaml:3:1: verdict_way: expected a section",
    ];
    for command in [&["check"][..], &["report", "--out", "out"], &["run"]] {
        world.run(command).exits(78).says(&faults);
    }
    std::fs::remove_file(world.path("fr.yaml")).unwrap();
    world.run(&["check", "--without-secret"]).exits(78).says(&["fr.yaml: cannot be read", "report.texts"]);
}

/// Where there is a JavaScript engine; CI has one.
#[test]
fn the_search_finds_names_without_case_and_accents() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/report/search.js");
    let cases = [
        ("Müller", "muller", true),
        ("Müller", "MUELLER", true),
        ("Mu\u{308}ller", "mueller", true),
        ("Großmann", "grossmann", true),
        ("GROSSMANN", "großmann", true),
        ("Zoë Élan", "elan zoe", true),
        ("Łukasz Søren Đorđe", "lukasz soren dorde", true),
        ("İnan Işık", "isik inan", true),
        ("Blue", "blü", true),
        ("Anna", "anne", false),
        ("Müller", "moller", false),
        ("Anna Berg", "anna x", false),
    ];
    let cases = serde_json::to_string(&cases).unwrap();
    let program = format!(
        "const s = require({script:?}); for (const [name, query, found] of {cases}) \
         if (s.fits(s.both(name), s.words(query)) !== found) {{ console.log(name, query); process.exitCode = 1; }}"
    );
    match Command::new("node").args(["-e", &program]).output() {
        Ok(ran) => {
            let said = [&ran.stdout[..], &ran.stderr[..]].concat();
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&said));
        }
        Err(error) => println!("left out, as there is no node: {error}"),
    }
}

#[test]
fn no_page_is_written_through_a_link_or_over_another_file() {
    let world = troubled();
    std::fs::write(world.path("precious"), "precious").unwrap();
    std::fs::create_dir(world.path("out")).unwrap();
    std::os::unix::fs::symlink(world.path("precious"), world.path("out/index.html")).unwrap();
    std::os::unix::fs::symlink(world.path("out"), world.path("link")).unwrap();
    std::fs::write(world.path("people.csv"), "file,kind,property,value\n").unwrap();
    for (command, words) in [
        (&["report", "--out", "out"][..], "out/index.html is a symbolic link"),
        (&["report", "--out", "link/"][..], "is a symbolic link"),
        (&["report", "--out", "people.csv"][..], "people.csv is there already and was not made by photosyncd"),
        (&["preview", "--out", "out"][..], "out/index.html is a symbolic link"),
        (&["preview", "--out", "link"][..], "is a symbolic link"),
    ] {
        world.run(command).exits(78).says(&[words]);
    }
    assert_eq!((text(&world, "precious"), text(&world, "people.csv")), ("precious".into(), "file,kind,property,value\n".into()));
}
