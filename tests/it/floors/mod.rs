//! The floors of `src/lib.rs`, enforced: who may import whom, how long a file may be, where time is read and text printed.

mod paths;
mod tree;

use std::collections::BTreeMap;
use std::path::Path;

use self::paths::code;
use self::tree::Tree;

const FLOORS: [(&str, u8); 18] = [
    ("model", 0),
    ("mapping", 1),
    ("plan", 1),
    ("flow", 1),
    ("photo", 1),
    ("clock", 1),
    ("source", 2),
    ("ledger", 2),
    ("graph", 2),
    ("emulator", 2),
    ("engine", 3),
    ("config", 4),
    ("telemetry", 4),
    ("report", 4),
    ("daemon", 5),
    ("cli", 6),
    ("main", 6),
    // Above all, so that only tests may use it.
    ("testing", 7),
];
/// Lines of a file at most, in `src` and `tests`.
const LONGEST: usize = 400;
/// Files that are longer still, each to be taken out of here as soon as it is not.
const TOO_LONG: [&str; 2] = [
    // Moves with its room.
    "src/engine/simulation_tests.rs",
    // Is being split.
    "src/source/watch/tests.rs",
];
/// Rooms in which files use each other in a circle, and how many files stand in one. It shrinks: whoever cuts a circle
/// lowers the number or takes the room out, and nothing is added.
const CIRCLES: [(&str, usize); 9] = [
    ("cli", 4),
    ("config", 2),
    ("emulator", 11),
    ("engine", 14),
    ("ledger", 13),
    ("model", 3),
    ("photo", 5),
    ("plan", 5),
    ("source", 3),
];

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// The pure rooms may use each other; otherwise a room knows only what is below it. Rooms that do I/O need no rules from
/// the pure ones: they speak in words, and know the time.
fn may_use(room: &str, other: &str) -> bool {
    let (Some(own), Some(other_floor)) = (floor(room), floor(other)) else { return false };
    match own {
        _ if room == other => true,
        1 => other_floor <= 1,
        2 => matches!(other, "model" | "clock"),
        _ => other_floor < own,
    }
}

/// Whether a file below `src/` is for tests only.
fn is_test(path: &str) -> bool {
    path.contains("tests") || path.ends_with("_table.rs") || path.ends_with("testing.rs") || path.contains("simulation")
}

/// What a file does that it must not. `path` is below `src/`, with `/`.
fn faults(path: &str, text: &str) -> Vec<String> {
    let room = path.split(['/', '.']).next().unwrap();
    let mut faults = Vec::new();
    if room == "lib" {
        return faults;
    }
    if floor(room).is_none() {
        faults.push(format!("{path}: the room {room} stands on no floor"));
    }
    if !is_test(path) {
        for (line, other) in Tree::new([(path, text)]).rooms(path) {
            if !may_use(room, &other) {
                faults.push(format!("{path}:{line} imports {other} into {room}"));
            }
        }
    }
    let mut in_tests = is_test(path);
    for (number, line) in (1..).zip(code(text).lines()) {
        // The file's own tests stand at its end.
        in_tests |= line.trim().starts_with("mod tests {");
        let place = format!("{path}:{number}");
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

/// Whether the text holds the word, not as the end of a longer one.
fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
}

fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut |path, text| {
        found.insert(path.to_owned(), text.to_owned());
    });
    assert!(found.len() > 50, "{} files only: this test looks in the wrong place", found.len());
    found
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
    let found: Vec<_> = sources().iter().flat_map(|(path, text)| faults(path, text)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A file uses another one of its room if it names something that is defined there: by the other's own path, or through
/// what a `mod.rs` passes on (`pub use`), which is followed to where it comes from and is no use by itself. A circle is a
/// way of such uses that leads back to where it began. What stands behind `#[cfg(test)]` does not count.
#[test]
fn no_room_has_new_circles_of_files() {
    let sources = sources();
    let product = sources.iter().filter(|(path, _)| !is_test(path) && *path != "lib.rs");
    let circles = Tree::new(product.map(|(path, text)| (path.as_str(), text.as_str()))).circles();
    for (room, files) in &circles {
        println!("{room}: {} files in circles: {files:?}", files.len());
    }
    for (room, files) in &circles {
        let allowed = CIRCLES.iter().find(|(name, _)| name == room).map_or(0, |(_, count)| *count);
        assert!(files.len() <= allowed, "{} files of {room} use each other in circles, {allowed} did: {files:?}", files.len());
    }
}

#[test]
fn a_circle_is_seen_however_it_is_written() {
    let circles = |one: &str, other: &str, room: &str| {
        Tree::new([("room/one.rs", one), ("room/other.rs", other), ("room/mod.rs", room)]).circles().len()
    };
    let passes_on = "mod one;\nmod other;\npub(crate) use self::one::{First, Second as Renamed};\n";
    for one in [
        "use super::other::Thing;",
        "use crate::room::{\n    other::{\n        Thing,\n    },\n};",
        "fn f() { super::other::f(); }",
    ] {
        for other in
            ["use super::one::First;", "use super::First;", "fn f() -> crate::room::one::First {}", "use crate::room::{First};"]
        {
            assert_eq!(circles(one, other, passes_on), 1, "{one} {other}");
        }
        assert_eq!(circles(one, "use super::Constant; // super::one\n", passes_on), 0, "{one}");
        assert_eq!(circles(one, "#[cfg(test)]\nmod tests {\n    use super::super::one::First;\n}", passes_on), 0);
    }
    assert_eq!(circles("use super::Constant;", "", passes_on), 0, "passing on is no use");
    assert_eq!(circles("use super::Constant;", "", "mod one;\nuse self::one::First;\n"), 1);
    assert_eq!(circles("use super::Constant;", "", "mod one;\nfn f() { one::f(); }\n"), 1);
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut long = Vec::new();
    for part in ["src", "tests"] {
        walk(&root.join(part), &format!("{part}/"), &mut |path, text| {
            let lines = text.lines().count();
            if lines > LONGEST && !TOO_LONG.contains(&path) {
                long.push(format!("{path} has {lines} lines, {LONGEST} at most"));
            }
        });
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// Stories change the world, not the ledger; what only SQL can do stands in `world/ledger.rs`, with the reason.
#[test]
fn stories_speak_no_sql() {
    let signs =
        ["rusqlite", "UPDATE ", "INSERT ", "DELETE FROM", "SELECT ", "PRAGMA ", "BEGIN IMMEDIATE", "alter_ledger(&format"];
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), "", &mut |path, text| {
        if !matches!(path, "it/world/ledger.rs" | "it/floors/mod.rs") {
            let lines = (1..).zip(text.lines()).filter(|(_, line)| signs.iter().any(|sign| line.contains(sign)));
            found.extend(lines.map(|(number, line)| format!("{path}:{number}: {}", line.trim())));
        }
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_bad_line_is_seen() {
    for (path, line) in [
        ("model/time.rs", "use crate::clock::Clock;"),
        ("plan/planner.rs", "use crate::ledger::Ledger;"),
        ("ledger/view.rs", "use crate::plan::LedgerView;"),
        ("ledger/queue.rs", "use crate::flow::LONGEST;"),
        ("graph/client.rs", "    use crate::{clock::Clock, ledger::{Due, Ledger}};"),
        ("graph/client.rs", "let ledger = crate::ledger::Ledger::open();"),
        ("emulator/serve.rs", "use crate::graph::Client;"),
        ("engine/pass.rs", "use crate::config::Config;"),
        ("config/build.rs", "use crate::cli::Exit;"),
        ("config/build.rs", "use crate::telemetry::start;"),
        ("cli/plan.rs", "use crate::testing::cases;"),
        ("attic/old.rs", ""),
        ("ledger/view.rs", "use crate::{\n    model::Digest,\n    flow::{\n        LONGEST,\n    },\n};"),
        ("ledger/view.rs", "use super::super::plan::LedgerView;"),
        ("ledger/view.rs", "fn f() -> super::super::plan::LedgerView {}"),
        ("ledger/view.rs", "#[cfg(test)]\nmod tests;\nuse crate::plan::LedgerView;"),
        ("ledger/view.rs", "const QUOTE: char = '\"'; use crate::plan::LedgerView; // \""),
        ("engine/pass.rs", "let now = Instant::now();"),
        ("engine/pass.rs", "std::thread::sleep(SECOND);"),
        ("cli/plan.rs", "let now = std::time::SystemTime::now();"),
        ("engine/pass.rs", "println!(\"done\");"),
        ("graph/mod.rs", "        eprintln!(\"oh\");"),
    ] {
        assert_eq!(faults(path, line).len(), 1, "{path}: {line}: {:?}", faults(path, line));
    }
}

#[test]
fn good_lines_pass() {
    for (path, text) in [
        ("plan/input.rs", "use crate::mapping::Rules;\nuse crate::model::Digest;"),
        ("engine/pass.rs", "use crate::ledger::{Ledger, view};\nuse crate::graph::Class;"),
        ("ledger/view.rs", "use crate::model::LedgerView;"),
        ("graph/client.rs", "use crate::clock::Clock;"),
        ("graph/client.rs", "use crate::graph::Class;\n// crate::ledger is not for us\n"),
        ("graph/client.rs", "#[cfg(test)]\nmod tests {\n    use crate::emulator::start;\n}"),
        ("graph/client.rs", "let text = \"use crate::ledger::Ledger;\"; /* crate::ledger */ let raw = r#\"crate::plan\"#;"),
        ("graph/client.rs", "#[cfg(test)]\nuse crate::emulator::{start, stop};\nuse crate::model::Digest;"),
        ("clock.rs", "Instant::now()"),
        ("cli/plan.rs", "println!()"),
        ("lib.rs", "pub mod cli;"),
    ] {
        assert!(faults(path, text).is_empty(), "{path}: {:?}", faults(path, text));
    }
}
