//! What goes unread in a table never falls through to a rule: each file is claimed by a rule, too, for somebody else.

use super::{HEAD, table};
use crate::world::service::Service;
use crate::world::{World, person, portrait};

pub(super) const MAPPING: &str = "{ table: people.csv, rules: [ { files: '**/{number}.{ext}', user: { userPrincipalName: 'p{number|pad:3:0}@contoso.com' } } ] }";

/// Files `badges/0.jpg`…, which the rule gives to person 0…, and a table that gives each to the person after next.
pub(super) fn company(count: usize) -> World {
    let mut world = World::people(2 * count);
    world.set("mapping", MAPPING);
    for number in 0..count {
        world.write(&format!("badges/{number}.jpg"), &portrait(u32::try_from(number).unwrap()));
    }
    world
}

/// The row of a file, with a remark.
pub(super) fn row(file: &str, number: usize, remark: &str) -> String {
    format!("{file},user,userPrincipalName,{},{remark}\n", person(number))
}

fn rows(count: usize, remark: impl Fn(usize) -> &'static str) -> String {
    let rows = (0..count).map(|number| row(&format!("badges/{number}.jpg"), count + number, remark(number)));
    std::iter::once("file,kind,property,value,remark\n".to_owned()).chain(rows).collect()
}

/// No photo reached anybody to whom the table does not give it.
#[track_caller]
fn nobody_is_wrong(world: &World, count: usize) {
    for number in 0..count {
        assert!(world.user_photo(&person(number)).is_none(), "the rule decided about {number}");
        let photo = world.user_photo(&person(count + number));
        assert!(photo.is_none_or(|photo| photo.body == portrait(u32::try_from(number).unwrap())), "{number} is somebody else's");
    }
}

#[test]
fn an_open_quote_makes_the_table_unusable() {
    let world = company(40);
    for (text, words) in [
        (rows(40, |number| if number == 24 { "\"5 x 7" } else { "" }), "line 26: a quote is opened"),
        (rows(40, |_| "").replacen("badges/9.jpg", "\"badges/9.jpg", 1), "line 11: a quote is opened"),
        (rows(40, |_| "").replacen("p049@", "\"p049@", 1), "line 11: a quote is opened"),
        (rows(40, |number| if number % 9 == 3 { "\"5 x 7" } else { "" }), "text stands behind a closing quote"),
    ] {
        table(&world, &text);
        for command in ["reconcile", "plan", "check"] {
            world.run(&[command]).exits(78).says(&["people.csv", "mapping.table", words]);
        }
        world.run(&["check", "--without-secret"]).exits(78).says(&[words]);
        world.run(&["doctor", "--offline"]).exits(78).says(&[words]);
    }
    assert!(world.puts().is_empty());
}

#[test]
fn a_quote_closed_some_rows_later_holds_the_rows_between() {
    let world = company(12);
    table(
        &world,
        &rows(12, |number| {
            if number == 4 {
                "\"5 x 7"
            } else if number == 7 {
                "late\""
            } else {
                ""
            }
        }),
    );
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 8);
    for number in 4..8 {
        assert!(outcome.problem(&format!("badges/{number}.jpg"))["detail"].as_str().unwrap().contains("line 6"));
    }
    nobody_is_wrong(&world, 12);
}

#[test]
fn cells_near_their_file_find_it_or_hold_it() {
    let world = company(9);
    world.write("old/8.jpg", &portrait(80));
    world.write("new/8.jpg", &portrait(81));
    let cells = [
        "BADGES/0.JPG",
        r"C:\photos\badges\1.jpg",
        r"\\server\hr\badges\2.jpg",
        "./badges/3.jpg",
        "badges/4",
        "5",
        "/badges/6.jpg",
        r"badges\7.jpg",
    ];
    let named: String = cells.iter().enumerate().map(|(number, cell)| row(cell, 9 + number, "")).collect();
    table(&world, &format!("file,kind,property,value,remark\n{named}{}", row("8.jpg", 17, "")));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 8, "{}", outcome.stdout);
    for path in ["badges/8.jpg", "old/8.jpg", "new/8.jpg"] {
        let problem = outcome.problem(path);
        assert_eq!(problem["reason"], "table_row");
        assert!(problem["detail"].as_str().unwrap().contains("line 10"), "{problem}");
    }
    nobody_is_wrong(&world, 9);
    world.run(&["explain", "old/8.jpg"]).exits(0).says(&["table, line 10"]);
}

#[test]
fn a_table_that_is_cut_anywhere_gives_nobody_a_wrong_face() {
    let whole = rows(4, |number| if number == 1 { "\"two, or\nmore\"" } else { "ok" });
    let lines: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    let world = company(4);
    for end in (0..whole.len()).step_by(7).filter(|end| !lines.contains(end)) {
        table(&world, &whole[..end]);
        let code = world.run(&["reconcile"]).code;
        assert!(matches!(code, Some(0 | 3 | 4 | 78)), "cut at {end}: {code:?}");
    }
    nobody_is_wrong(&world, 4);
}

#[test]
fn a_small_table_cut_after_its_first_row_holds_what_it_named_until_a_person_decides() {
    let world = company(3);
    let whole = rows(3, |_| "");
    table(&world, &whole);
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    let first: String = whole.split_inclusive('\n').take(2).collect();
    table(&world, &first);
    for _ in 0..3 {
        let outcome = world.run(&["reconcile", "--json"]).exits(3);
        for number in [1, 2] {
            let problem = outcome.problem(&format!("badges/{number}.jpg"));
            assert_eq!(problem["reason"], "identity_changed");
            let words = format!("the table gave it to {}", person(3 + number));
            assert!(problem["detail"].as_str().unwrap().starts_with(&words), "{problem}");
        }
    }
    // Damaged for a while, and without its row again: that is remembered all the same.
    table(&world, &format!("{first}badges/1.jpg,robot,x,y,\n"));
    world.run(&["reconcile", "--json"]).exits(3);
    table(&world, &first);
    world.write("badges/1.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(3).says(&["identity_changed"]);
    nobody_is_wrong(&world, 3);
    assert_eq!(world.puts().len(), 3);
    world.run(&["accept", "badges/2.jpg"]).exits(0);
    world.run(&["reconcile"]).exits(3);
    assert_eq!(world.user_photo(&person(2)).unwrap().body, portrait(2));
    assert!(world.user_photo(&person(1)).is_none());
    table(&world, &whole[..whole.len() - row("badges/2.jpg", 5, "").len()]);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo(&person(4)).unwrap().body, portrait(1));
}

#[test]
fn an_empty_table_at_the_first_pass_halts() {
    let world = company(3);
    table(&world, HEAD);
    world.run(&["check"]).exits(0).says(&["it names no file"]);
    for _ in 0..2 {
        let halted = world.run(&["reconcile", "--json"]).exits(4).json()["halted"].clone();
        assert_eq!(halted["guard"], "table_shrunk");
    }
    assert!(world.puts().is_empty());
    world.run(&["reconcile", "--force"]).exits(0).says(&["Guard overridden (--force, table_shrunk)", "3 photos delivered"]);
    world.run(&["reconcile"]).exits(0);
}

#[test]
fn the_service_keeps_to_its_table_when_a_reload_finds_one_that_cant_be_used() {
    let world = company(3);
    table(&world, &rows(3, |_| ""));
    let service = Service::start(&world, &[]);
    world.until("all", || world.emulator().counters().stored == 3);
    table(&world, &rows(3, |_| "").replacen(",p003", ",\"p003", 1));
    service.run.hang_up();
    world.until("the refusal", || {
        let status = world.run(&["status", "--json"]).json();
        status["service"]["reload_refused"]["message"].as_str().is_some_and(|words| words.contains("a quote is opened"))
    });
    assert_eq!(world.puts().len(), 3);
}
