//! The floors of `src/lib.rs`, enforced: who may import whom, how long a file may be, where time is read and text printed.

mod file_access;
mod paths;
mod tree;

use std::collections::BTreeMap;
use std::path::Path;

use self::paths::code;
use self::tree::Tree;

const FLOORS: [(&str, u8); 24] = [
    ("model", 0),
    ("clock", 1),
    ("files", 1),
    ("flow", 2),
    ("photo", 2),
    ("source", 2),
    ("mapping", 3),
    ("plan", 4),
    ("proposal", 4),
    ("graph", 4),
    ("ledger", 4),
    ("emulator", 4),
    ("status", 5),
    ("lookup", 5),
    ("telemetry", 6),
    ("report", 6),
    ("delivery", 6),
    ("pass", 7),
    ("export", 7),
    ("config", 8),
    ("daemon", 9),
    ("cli", 10),
    ("main", 10),
    // Above all, so that only tests may use it.
    ("testing", 12),
];
/// The one file of a room for I/O that needs a rule of a pure one: questions to the directory keep a pace as photos do.
const PACED: (&str, &str) = ("graph/question_pace.rs", "flow");
/// Lines of a file at most, in `src` and `tests`.
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
        "source" | "graph" | "ledger" | "emulator" => matches!(other, "model" | "clock" | "files"),
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
            if !may_use(room, &other) && (path, &*other) != PACED {
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
        for writing in ["io::stdout()", "io::stderr()"] {
            let is_asked = ["is_terminal", "winsize", "let out = "].iter().any(|asked| line.contains(asked));
            if !in_tests && !is_asked && !matches!(path, "cli/out.rs" | "cli/screen.rs") && line.contains(writing) {
                faults.push(format!("{place}: {writing} is written to by cli/out.rs only"));
            }
        }
        for reading in [".chunk()", ".bytes().await", ".json().await", ".json::<", ".text().await", "bytes_stream()"] {
            if !in_tests && !matches!(path, "graph/answer.rs" | "daemon/control/client.rs") && line.contains(reading) {
                faults.push(format!("{place}: the answer of a server is read by graph/answer.rs only, within limits"));
            }
        }
        for printing in ["println!", "eprintln!", "print!", "eprint!", "dbg!"] {
            if !in_tests && path != "cli/out.rs" && holds_word(line, printing) {
                faults.push(format!("{place}: {printing} belongs to cli/out.rs, which lets nobody steer a terminal"));
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
fn no_room_has_circles_of_files() {
    let sources = sources();
    let product = sources.iter().filter(|(path, _)| !is_test(path) && *path != "lib.rs");
    let circles = Tree::new(product.map(|(path, text)| (path.as_str(), text.as_str()))).circles();
    let told: Vec<String> = circles
        .iter()
        .map(|(room, files)| format!("{} files of {room} use each other in circles: {files:?}", files.len()))
        .collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
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
            if lines > LONGEST {
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
        if !matches!(path, "it/world/ledger.rs" | "it/floors/mod.rs" | "it/ledger_rules.rs" | "it/upgraded.rs") {
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
        ("graph/client.rs", "use crate::flow::Pacer;"),
        ("graph/question_pace.rs", "use crate::ledger::Ledger;"),
        ("graph/client.rs", "let ledger = crate::ledger::Ledger::open();"),
        ("emulator/request.rs", "use crate::graph::Client;"),
        ("pass/run.rs", "use crate::config::Config;"),
        ("config/build.rs", "use crate::cli::Exit;"),
        ("telemetry/http.rs", "use crate::config::Config;"),
        ("cli/plan.rs", "use crate::testing::cases;"),
        ("attic/old.rs", ""),
        ("ledger/view.rs", "use crate::{\n    model::Digest,\n    flow::{\n        LONGEST,\n    },\n};"),
        ("ledger/view.rs", "use super::super::plan::LedgerView;"),
        ("ledger/view.rs", "fn f() -> super::super::plan::LedgerView {}"),
        ("ledger/view.rs", "#[cfg(test)]\nmod tests;\nuse crate::plan::LedgerView;"),
        ("ledger/view.rs", "const QUOTE: char = '\"'; use crate::plan::LedgerView; // \""),
        ("pass/run.rs", "let now = Instant::now();"),
        ("pass/run.rs", "std::thread::sleep(SECOND);"),
        ("cli/plan.rs", "let now = std::time::SystemTime::now();"),
        ("pass/run.rs", "println!(\"done\");"),
        ("graph/mod.rs", "        eprintln!(\"oh\");"),
        ("cli/plan.rs", "        eprintln!(\"oh\");"),
        ("cli/plan.rs", "std::io::stdout().write_all(b\"oh\");"),
        ("graph/photos.rs", "let bytes = response.bytes().await?;"),
        ("telemetry/notify.rs", "let said: Said = answer.json().await?;"),
        ("lookup/sweep.rs", "let said = answer.json::<Said>();"),
        ("graph/token.rs", "while let Some(part) = response.chunk().await? {}"),
    ] {
        assert_eq!(faults(path, line).len(), 1, "{path}: {line}: {:?}", faults(path, line));
    }
}

#[test]
fn good_lines_pass() {
    for (path, text) in [
        ("plan/input.rs", "use crate::mapping::Rules;\nuse crate::model::Digest;"),
        ("pass/run.rs", "use crate::ledger::{Ledger, view};\nuse crate::graph::Class;"),
        ("ledger/view.rs", "use crate::model::LedgerView;"),
        ("graph/client.rs", "use crate::clock::Clock;"),
        ("graph/question_pace.rs", "use crate::flow::Pacer;"),
        ("graph/client.rs", "use crate::graph::Class;\n// crate::ledger is not for us\n"),
        ("graph/client.rs", "#[cfg(test)]\nmod tests {\n    use crate::emulator::start;\n}"),
        ("graph/client.rs", "let text = \"use crate::ledger::Ledger;\"; /* crate::ledger */ let raw = r#\"crate::plan\"#;"),
        ("graph/client.rs", "#[cfg(test)]\nuse crate::emulator::{start, stop};\nuse crate::model::Digest;"),
        ("clock.rs", "Instant::now()"),
        ("cli/out.rs", "println!()"),
        ("graph/answer.rs", "response.chunk().await"),
        ("lib.rs", "pub mod cli;"),
    ] {
        assert!(faults(path, text).is_empty(), "{path}: {:?}", faults(path, text));
    }
}
