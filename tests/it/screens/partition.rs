//! Three thousand people, three hundred of them held for eight causes: every command shows the same figures, and few lines.

use std::fmt::Write as _;

use serde_json::Value;

use super::{all_lines, lines};
use crate::status_page::{page, served};
use crate::world::service::Service;
use crate::world::{World, dead_end, jpeg, person, portrait, tree};
use photosyncd::testing::emulator::Settings;

/// Everybody with a photo, well or not.
const PEOPLE: usize = 3_000;
/// How many are held, by cause.
const HELD: [(&str, usize); 8] = [
    ("target_missing", 60),
    ("photo_unsupported", 50),
    ("photo_corrupt", 40),
    ("guest", 40),
    ("account_disabled", 35),
    ("duplicate_files", 30),
    ("photo_too_small", 25),
    ("target_ambiguous", 20),
];
/// Files that no rule claims.
const UNMATCHED: usize = 7;

/// A company, its photos, and what is wrong with some of them.
fn company() -> World {
    let mut users = "users:\n".to_owned();
    let held: usize = HELD.iter().map(|(_, count)| count).sum();
    let kinds = HELD.iter().flat_map(|(kind, count)| std::iter::repeat_n(*kind, *count));
    let kinds: Vec<&str> = kinds.chain(std::iter::repeat_n("", PEOPLE - held)).collect();
    for (number, kind) in kinds.iter().enumerate() {
        let more = match *kind {
            "target_missing" => continue,
            "guest" => ", userType: Guest",
            "account_disabled" => ", accountEnabled: false",
            _ => "",
        };
        writeln!(users, "  - {{ userPrincipalName: {}, employeeId: '{number}'{more} }}", person(number)).unwrap();
        if *kind == "target_ambiguous" {
            writeln!(users, "  - {{ userPrincipalName: other.{}, employeeId: '{number}' }}", person(number)).unwrap();
        }
    }
    let mut world = World::with(&users, Settings::default());
    world.hurry();
    let faces: Vec<Vec<u8>> = (0..8).map(portrait).collect();
    for (number, kind) in kinds.iter().enumerate() {
        let face = match *kind {
            "photo_unsupported" => b"PK\x03\x04 a document".to_vec(),
            "photo_corrupt" => Vec::new(),
            "photo_too_small" => jpeg(20, 20, 85, &[90; 20 * 20 * 3]),
            _ => faces[number % faces.len()].clone(),
        };
        world.write(&format!("badges/{number}.jpg"), &face);
        if *kind == "duplicate_files" {
            world.write(&format!("badges/{number}.png"), &faces[(number + 1) % faces.len()]);
        }
    }
    for number in 0..UNMATCHED {
        world.write(&format!("notes {number}.txt"), b"x");
    }
    world
}

fn number(json: &Value, name: &str) -> u64 {
    json[name].as_u64().unwrap_or_else(|| panic!("{name} in {json}"))
}

/// The number before these words.
#[track_caller]
fn said(text: &str, words: &str) -> u64 {
    let at = text.find(words).unwrap_or_else(|| panic!("{words:?} is not said in\n{text}"));
    text[..at].trim_end().rsplit(|letter: char| !letter.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn three_thousand_people_have_the_same_figures_everywhere() {
    let mut world = company();
    let held: u64 = HELD.iter().map(|(_, count)| *count as u64).sum();
    let up_to_date = PEOPLE as u64 - held;

    // Before anything is sent, the plan says what the pass finds.
    let before = world.run(&["plan", "--json"]).exits(3).json();
    let parts = ["to_send", "to_replace", "need_person", "unmatched", "up_to_date"].map(|part| number(&before["sum"], part));
    assert_eq!(parts, [up_to_date, 0, held, UNMATCHED as u64, 0]);

    let run = world.run(&["reconcile", "--json"]).exits(3).json();
    let sum = run["sum"].clone();
    let parts = ["up_to_date", "queued", "waiting", "need_person", "resolves_itself", "kept", "out_of_scope", "unmatched"];
    assert_eq!(parts.map(|part| number(&sum, part)), [up_to_date, 0, 0, held, 0, 0, 0, UNMATCHED as u64]);
    for (reason, count) in HELD {
        let causes = run["causes"].as_array().unwrap();
        let found: Vec<u64> =
            causes.iter().filter(|cause| cause["reason"] == reason).map(|cause| number(cause, "count")).collect();
        assert_eq!(found, [count as u64], "{reason}");
    }

    let status = world.run(&["status", "--json"]).exits(3).json();
    assert_eq!((&status["sum"], &status["causes"]), (&sum, &run["causes"]));
    let targets = &status["targets"];
    assert_eq!((number(targets, "in_step"), number(targets, "blocked")), (up_to_date, held));
    let screen = world.run(&["status"]).exits(3);
    assert!(lines(&screen) <= 14, "{}", screen.stdout);
    for (words, count) in [(" up to date,", up_to_date), (" queued", 0), (" need a person,", held), (" unmatched", 7)] {
        assert_eq!(said(&screen.stdout, words), count, "{}", screen.stdout);
    }
    for (reason, count) in HELD {
        let row = screen.stdout.lines().find(|line| line.contains(&format!("({reason})"))).unwrap();
        assert_eq!(row.split_whitespace().next().unwrap(), count.to_string(), "{row}");
        // The list has as many as the row counts.
        let list = world.run(&["status", "--reason", reason, "--csv"]).exits(3);
        assert_eq!(list.stdout.lines().count(), count + 1, "{reason}");
        let list = world.run(&["status", "--reason", reason]).exits(3);
        assert_eq!(list.stdout.lines().filter(|line| line.starts_with("  badges/")).count(), count, "{reason}");
    }
    assert_eq!(world.run(&["status", "--csv"]).exits(3).stdout.lines().count() as u64, 1 + held + UNMATCHED as u64);
    let unmatched = world.run(&["status", "--reason", "unmatched"]).exits(3);
    assert_eq!(unmatched.stdout.lines().filter(|line| line.starts_with("  notes ")).count(), UNMATCHED);

    let plan = world.run(&["plan"]).exits(3);
    assert!(lines(&plan) <= 4, "{}", plan.stdout);
    for (words, count) in [(" to send", 0), (" to replace", 0), (" to remove", 0), (" up to date", up_to_date), (" held", held)] {
        assert_eq!(said(&plan.stdout, words), count, "{}", plan.stdout);
    }
    let after = world.run(&["plan", "--json"]).exits(3).json()["sum"].clone();
    assert_eq!(parts.map(|part| number(&after, part)), parts.map(|part| number(&sum, part)));

    let again = world.run(&["reconcile"]).exits(3);
    assert!(lines(&again) <= 14, "{}", again.stdout);
    assert_eq!(said(&again.stdout, " need a person,"), held);

    let report = world.run(&["report", "--out", "people.csv", "--json"]).exits(0).json();
    assert_eq!((number(&report, "rows"), number(&report, "held")), (PEOPLE as u64, held));
    pages_have_the_same_figures(&world, up_to_date, held);
    out_of_reach_is_told_in_a_few_lines(&mut world, up_to_date, held);
}

/// HR's pages and the service's page; none of HR's is too heavy for a phone.
fn pages_have_the_same_figures(world: &World, up_to_date: u64, held: u64) {
    let report = world.run(&["report", "--out", "pages", "--json"]).exits(0).json();
    let figures = &report["figures"];
    let parts = ["up_to_date", "on_its_way", "unmatched", "unread"].map(|part| number(figures, part));
    assert_eq!(parts, [up_to_date, 0, UNMATCHED as u64, 0], "{figures}");
    assert_eq!(["hr", "it", "itself"].map(|part| number(figures, part)).iter().sum::<u64>(), held, "{figures}");
    let index = std::fs::read_to_string(world.path("pages/index.html")).unwrap();
    let shown = figures_of(&index);
    for figure in ["up_to_date", "hr", "it", "unmatched"].map(|part| number(figures, part)) {
        assert!(shown.contains(&figure), "{figure} is not on the page: {shown:?}");
    }
    for (path, page) in tree(&world.path("pages")) {
        assert!(page.len() < 1_000_000, "{} has {} bytes", path.display(), page.len());
    }
}

/// The numbers in a page's lists of figures, whatever stands between the digits.
fn figures_of(page: &str) -> Vec<u64> {
    let figures = page.split("<dd>").skip(1).filter_map(|rest| rest.split("</dd>").next());
    figures.filter_map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()).collect()
}

fn out_of_reach_is_told_in_a_few_lines(world: &mut World, up_to_date: u64, held: u64) {
    let port = served(world, "");
    let service = Service::ready(world);
    world.until("the figures", || service.shows(&format!("{up_to_date} up to date, {held} held")));
    let body = page(port).body;
    for (words, count) in [("up to date", up_to_date), ("held or blocked", held), ("unmatched files", UNMATCHED as u64)] {
        let figure = body.split(&format!("<dt>{words}</dt>")).nth(1).map(figures_of);
        assert_eq!(figure.and_then(|figures| figures.first().copied()), Some(count), "{words}");
    }
    let beside = world.run(&["status", "--json"]).exits(3).json();
    assert_eq!((number(&beside["sum"], "up_to_date"), number(&beside["sum"], "need_person")), (up_to_date, held));
    drop(service);
    let nowhere = dead_end();
    world.point_at(&nowhere, &nowhere);
    world.hours_later(2);
    for arguments in [&["plan"][..], &["reconcile", "--patience", "1s"], &["verify", "--patience", "1s"]] {
        let outcome = world.run(arguments).exits(69).says(&["Microsoft 365 can't be reached"]);
        assert!(all_lines(&outcome) <= 6, "{arguments:?}\n{}\n{}", outcome.stdout, outcome.stderr);
    }
    let status = world.run(&["status"]);
    assert!(lines(&status) <= 14, "{}", status.stdout);
    assert_eq!(said(&status.stdout, " up to date,"), up_to_date, "{}", status.stdout);
}

#[test]
fn nothing_to_do_is_a_sentence() {
    let world = World::people(3);
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered", "All 3 photos are up to date."]);
    let plan = world.run(&["plan"]).exits(0).says(&["Nothing to do: 3 files looked at", "0 to send", "3 up to date", "0 held"]);
    assert!(lines(&plan) <= 4, "{}", plan.stdout);
    let status = world.run(&["status"]).exits(0).says(&["tenant contoso.com", "All 3 photos are up to date."]);
    assert!(lines(&status) <= 5, "{}", status.stdout);
}
