//! The journal of an export: what a crash leaves of it, what isn't one, and how large it may get.

use std::fmt::Write as _;
use std::fs::File;

use photosyncd::testing::emulator::Settings;

use super::{filled, photos, shown};
use crate::world::{World, person};

const BEGINNING: &str = "{\"export\":{\"tenant\":\"";

fn with_journal(world: &World, out: &str, journal: &[u8]) {
    std::fs::create_dir(world.path(out)).unwrap();
    std::fs::write(world.path(out).join("export.jsonl"), journal).unwrap();
}

#[test]
fn what_a_crash_leaves_of_a_journal_stops_no_export() {
    let world = filled(3, Settings::default());
    world.run(&["export", "--out", "whole"]).exits(0);
    let whole = std::fs::read(world.path("whole/export.jsonl")).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let torn = |length: usize| whole[..length].to_vec();
    let zeros = vec![0; 4_096];
    for (case, journal) in [
        Vec::new(),
        torn(1),
        torn(BEGINNING.len() - 2),
        torn(BEGINNING.len() + 3),
        torn(first),
        torn(first + 10),
        torn(whole.len() - 3),
        zeros.clone(),
        [torn(BEGINNING.len() + 3), zeros.clone()].concat(),
        [torn(first + 1), zeros.clone()].concat(),
        [torn(whole.len() - 30), zeros.clone()].concat(),
    ]
    .iter()
    .enumerate()
    {
        let out = format!("out{case}");
        with_journal(&world, &out, journal);
        for _ in 0..2 {
            world.run(&["export", "--out", &out]).exits(0).says(&["3 photos exported"]);
        }
        assert_eq!(photos(&world, &out).len(), 3);
        let journal = std::fs::read(world.path(&out).join("export.jsonl")).unwrap();
        assert!(journal.starts_with(BEGINNING.as_bytes()) && !journal.contains(&0), "{case}");
    }
}

#[test]
fn what_is_not_a_journal_stays_and_it_is_said_what_to_do() {
    let world = filled(3, Settings::default());
    let zeros = "\0".repeat(100);
    for (case, text) in [
        "mine",
        "mine\n",
        "{\"export\":1}",
        "{\"export\":{\"name\":\"x\"}}\n",
        "\n\nmine",
        &format!("{zeros}mine"),
        &format!("{BEGINNING}conto\n{{\"person\":{{\"id\":\"1\",\"file\":null}}}}\n"),
        &format!("{zeros}\n{{\"person\":{{\"id\":\"1\",\"file\":null}}}}\n"),
    ]
    .iter()
    .enumerate()
    {
        let out = format!("out{case}");
        with_journal(&world, &out, text.as_bytes());
        let words = ["export.jsonl", "damaged", "remove it", "run the export again"];
        world.run(&["export", "--out", &out]).exits(78).says(&words);
        assert_eq!(std::fs::read(world.path(&out).join("export.jsonl")).unwrap(), text.as_bytes(), "{case}");
        std::fs::remove_file(world.path(&out).join("export.jsonl")).unwrap();
        world.run(&["export", "--out", &out]).exits(0);
    }
}

#[test]
fn a_damaged_line_is_told_of_and_everybody_is_asked_again() {
    let world = filled(5, Settings::default());
    world.run(&["export", "--out", "out"]).exits(0);
    let path = world.path("out/export.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let asked = |from: usize| world.requests()[from..].iter().filter(|asked| asked.target.ends_with("/photo/$value")).count();
    for number in 1..lines.len() {
        let mut damaged = lines.clone();
        damaged[number] = ["\0\0\0", "{\"person\":{\"id\"", "~", ""][number % 4];
        std::fs::write(&path, damaged.join("\n") + "\n").unwrap();
        let from = world.so_far();
        let outcome = world.run(&["export", "--out", "out"]).exits(0).says(&["5 photos exported"]);
        assert!(outcome.stderr.contains("1 of its lines can't be read"), "{number}: {}", outcome.stderr);
        assert_eq!(asked(from), 5);
        assert_eq!(photos(&world, "out").len(), 5);
        let outcome = world.run(&["export", "--out", "out"]).exits(0);
        assert!(!outcome.stderr.contains("damaged"), "{number}: {}", outcome.stderr);
    }
}

#[test]
fn wherever_a_journal_is_cut_or_a_byte_is_changed_the_photos_are_right_or_it_is_said_what_it_is() {
    let world = filled(3, Settings::default());
    world.run(&["export", "--out", "out"]).exits(0);
    let path = world.path("out/export.jsonl");
    let whole = std::fs::read(&path).unwrap();
    let cut = (0..whole.len()).step_by(41).map(|length| whole[..length].to_vec());
    let beheaded = (1..whole.len()).step_by(97).map(|from| whole[from..].to_vec());
    let changed = (0..whole.len()).step_by(29).flat_map(|at| {
        [0, b'\n', 0xFF].map(|byte| {
            let mut changed = whole.clone();
            changed[at] = byte;
            changed
        })
    });
    let (mut right, mut told) = (0, 0);
    for journal in cut.chain(beheaded).chain(changed) {
        std::fs::write(&path, &journal).unwrap();
        let outcome = world.run(&["export", "--out", "out"]);
        let journal = String::from_utf8_lossy(&journal);
        assert!(!outcome.stderr.contains("not made by"), "{journal}: {}", outcome.stderr);
        if outcome.code == Some(0) {
            right += 1;
        } else {
            let outcome = outcome.exits(78);
            let says = ["is damaged", "another tenant"].iter().any(|words| outcome.stderr.contains(words));
            assert!(says && outcome.stderr.contains("--out"), "{journal}: {}", outcome.stderr);
            std::fs::remove_file(&path).unwrap();
            world.run(&["export", "--out", "out"]).exits(0);
            told += 1;
        }
        let found = photos(&world, "out");
        assert_eq!(found.len(), 3, "{journal}");
        for number in 0..3 {
            assert_eq!(found[&format!("{}.jpg", person(number))], shown(&world, number), "{journal}");
        }
    }
    assert!(right > 20 && told > 5, "{right} right, {told} told");
}

#[test]
fn a_journal_may_be_large_and_what_is_too_large_is_called_so() {
    let world = filled(3, Settings::default());
    world.run(&["export", "--out", "whole"]).exits(0);
    let mut journal = std::fs::read_to_string(world.path("whole/export.jsonl")).unwrap();
    journal.truncate(journal.find('\n').unwrap() + 1);
    for number in 0..330_000 {
        let (id, name) = (format!("00000000-0000-4000-9000-{number:012}"), "a.rather.long.name");
        writeln!(journal, r#"{{"person":{{"id":"{id}","file":"{name}{number}@contoso.com.jpg"}}}}"#).unwrap();
    }
    assert!(journal.len() > 32_000_000);
    with_journal(&world, "out", journal.as_bytes());
    world.run(&["export", "--out", "out"]).exits(0).says(&["3 photos exported"]);
    with_journal(&world, "large", BEGINNING.as_bytes());
    File::options().write(true).open(world.path("large/export.jsonl")).unwrap().set_len(3_000_000_000).unwrap();
    let outcome = world.run(&["export", "--out", "large"]).exits(78).says(&["export.jsonl", "too large", "remove it"]);
    assert!(!outcome.stderr.contains("not made by"), "{}", outcome.stderr);
}
