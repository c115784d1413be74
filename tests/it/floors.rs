//! The floors of `src/lib.rs`, enforced: who may import whom, how long a file may be, where time is read and text printed.

use std::path::Path;

const FLOORS: [(&str, u8); 21] = [
    ("clock", 0),
    ("model", 1),
    ("flow", 2),
    ("photo", 2),
    ("source", 2),
    ("mapping", 3),
    ("plan", 4),
    ("graph", 4),
    ("ledger", 4),
    ("emulator", 4),
    ("status", 5),
    ("telemetry", 6),
    ("lookup", 5),
    ("delivery", 6),
    ("pass", 7),
    ("config", 8),
    ("report", 9),
    ("daemon", 9),
    ("cli", 10),
    ("main", 10),
    // Above all, so that only tests may use it.
    ("testing", 11),
];
/// Lines of a file at most; tables and tests are as long as they need to be.
const LONGEST: usize = 400;

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// A room knows only what is below it. Rooms that do I/O need no rules from the pure ones: they speak in words, and know
/// the time.
fn may_use(room: &str, other: &str) -> bool {
    let (Some(own), Some(other_floor)) = (floor(room), floor(other)) else { return false };
    match room {
        _ if room == other => true,
        "source" | "graph" | "ledger" | "emulator" => matches!(other, "model" | "clock"),
        _ => other_floor < own,
    }
}

/// What a file does that it must not. `path` is below `src/`, with `/`.
fn faults(path: &str, text: &str) -> Vec<String> {
    let room = path.split(['/', '.']).next().unwrap();
    let is_test = path.contains("tests") || path.ends_with("_table.rs") || path.ends_with("testing.rs");
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if !is_test && lines > LONGEST {
        faults.push(format!("{path} has {lines} lines, {LONGEST} at most"));
    }
    if room == "lib" {
        return faults;
    }
    if floor(room).is_none() {
        faults.push(format!("{path}: the room {room} stands on no floor"));
    }
    let mut in_tests = is_test;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.starts_with("#[cfg(test)]") {
            // The file's own tests follow, at its end.
            in_tests = true;
        }
        if line.starts_with("//") {
            continue;
        }
        let place = format!("{path}:{number}");
        for other in imports(line) {
            if !in_tests && !may_use(room, other) {
                faults.push(format!("{place} imports {other} into {room}"));
            }
        }
        for reading in ["Instant::now", "SystemTime::now", "thread::sleep"] {
            if path != "clock.rs" && line.contains(reading) {
                faults.push(format!("{place}: {reading} belongs to the clock"));
            }
        }
        for printing in ["println!", "eprintln!", "print!", "eprint!", "dbg!"] {
            if !in_tests && !matches!(room, "cli" | "main") && holds_word(line, printing) {
                faults.push(format!("{place}: {printing} belongs to the commands"));
            }
        }
    }
    faults
}

/// Rooms that a line names with `crate::room`, or with `crate::{room, …}`.
fn imports(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for after in line.split("crate::").skip(1) {
        let names = match after.strip_prefix('{') {
            // Names at the top of the braces: nested ones are the rooms' own.
            Some(list) => {
                let mut depth = 0;
                let top = list.split_inclusive(['{', '}', ',']).filter_map(move |piece| {
                    let here = (depth == 0).then_some(piece);
                    depth += i32::from(piece.ends_with('{')) - i32::from(piece.ends_with('}'));
                    here
                });
                top.collect()
            }
            None => vec![after],
        };
        found.extend(names.into_iter().filter_map(first_word));
    }
    found
}

fn first_word(text: &str) -> Option<&str> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

/// Whether the text holds the word, not as the end of a longer one.
fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

fn walk(directory: &Path, below: &str, visit: &mut dyn FnMut(&str, &str)) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{path}/"), visit);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            visit(&path, &std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn every_file_keeps_to_its_floor() {
    let (mut files, mut found) = (0, Vec::new());
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut |path, text| {
        files += 1;
        found.extend(faults(path, text));
    });
    assert!(files > 50, "{files} files only: this test looks in the wrong place");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_bad_line_is_seen() {
    for (path, line) in [
        ("model/time.rs", "use crate::clock::Clock;"),
        ("plan/planner.rs", "use crate::ledger::Ledger;"),
        ("ledger/view.rs", "use crate::plan::LedgerView;"),
        ("ledger/queue.rs", "use crate::flow::LONGEST;"),
        ("ledger/read.rs", "use crate::status::HeldItem;"),
        ("status/held.rs", "use crate::engine::Engine;"),
        ("status/service.rs", "use crate::telemetry::serve;"),
        ("graph/client.rs", "    use crate::{clock::Clock, ledger::{Due, Ledger}};"),
        ("graph/client.rs", "let ledger = crate::ledger::Ledger::open();"),
        ("emulator/request.rs", "use crate::graph::Client;"),
        ("pass/run.rs", "use crate::config::Config;"),
        ("config/build.rs", "use crate::cli::Exit;"),
        ("config/build.rs", "use crate::telemetry::start;"),
        ("cli/plan.rs", "use crate::testing::cases;"),
        ("attic/old.rs", ""),
        ("pass/run.rs", "let now = Instant::now();"),
        ("pass/run.rs", "std::thread::sleep(SECOND);"),
        ("cli/plan.rs", "let now = std::time::SystemTime::now();"),
        ("pass/run.rs", "println!(\"done\");"),
        ("graph/mod.rs", "        eprintln!(\"oh\");"),
    ] {
        assert_eq!(faults(path, line).len(), 1, "{path}: {line}: {:?}", faults(path, line));
    }
    assert_eq!(faults("pass/run.rs", &"\n".repeat(LONGEST + 1)).len(), 1);
}

#[test]
fn good_lines_pass() {
    for (path, text) in [
        ("plan/input.rs", "use crate::mapping::Rules;\nuse crate::model::Digest;"),
        ("pass/run.rs", "use crate::ledger::{Ledger, view};\nuse crate::graph::Class;"),
        ("ledger/view.rs", "use crate::model::LedgerView;"),
        ("status/held.rs", "use crate::ledger::HeldRow;\nuse crate::plan::Holds;"),
        ("engine/pass.rs", "use crate::status::HeldItem;"),
        ("graph/client.rs", "use crate::clock::Clock;"),
        ("graph/client.rs", "use crate::graph::Class;\n// crate::ledger is not for us\n"),
        ("graph/client.rs", "#[cfg(test)]\nmod tests {\n    use crate::emulator::start;\n}"),
        ("clock.rs", "Instant::now()"),
        ("cli/plan.rs", "println!()"),
        ("lib.rs", "pub mod cli;"),
    ] {
        assert!(faults(path, text).is_empty(), "{path}: {:?}", faults(path, text));
    }
    assert!(faults("config/tests.rs", &"\n".repeat(LONGEST + 1)).is_empty());
}
