//! The line that a person at a terminal sees while something takes long.

use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::world::World;
use photosyncd::testing::emulator::Fault;

/// Columns of the terminal.
const COLUMNS: u16 = 80;

/// What a terminal was written to while the program ran with stderr there, and the exit code.
fn on_terminal(world: &World, term: &str, arguments: &[&str]) -> (String, Option<i32>) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs: OwnedFd = std::fs::File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap().into();
    tcsetwinsize(&theirs, Winsize { ws_row: 24, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let mut child = world
        .command(arguments)
        .env("TERM", term)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::from(theirs.try_clone().unwrap()))
        .spawn()
        .unwrap();
    drop(theirs);
    let reader = std::thread::spawn(move || {
        let (mut terminal, mut seen, mut bytes) = (std::fs::File::from(ours), Vec::new(), [0; 4096]);
        // The end of a terminal is an error.
        while let Ok(count @ 1..) = terminal.read(&mut bytes) {
            seen.extend_from_slice(&bytes[..count]);
        }
        String::from_utf8_lossy(&seen).into_owned()
    });
    let code = child.wait().unwrap().code();
    (reader.join().unwrap(), code)
}

/// What was drawn, one after the other, without what only moves the cursor; and whether the cursor ever left its line.
fn drawn(seen: &str) -> (Vec<String>, bool) {
    let (mut lines, mut line, mut left) = (Vec::new(), String::new(), false);
    let mut letters = seen.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => {
                letters.next();
                let mut end = letters.next();
                while end.is_some_and(|letter| !letter.is_ascii_alphabetic()) {
                    end = letters.next();
                }
                left |= matches!(end, Some('A' | 'F'));
            }
            '\r' | '\n' => {
                left |= letter == '\n' && !line.is_empty();
                lines.push(std::mem::take(&mut line));
            }
            letter => line.push(letter),
        }
    }
    lines.push(line);
    lines.retain(|line| !line.trim().is_empty());
    (lines, left)
}

/// Sixty photos at twenty a second, each third upload refused once.
fn busy() -> World {
    let mut world = World::people(60);
    world.set("upload", "{ per_second: 20, max_per_second: 20, concurrency: 4, retry: { initial: 100ms, max: 1s } }");
    world.portraits(0, 60, 0);
    world.emulator().add_fault(Fault { every: 3, ..Fault::status("PUT", "/photo", 503) }.times(20));
    world
}

#[test]
fn one_line_says_how_far_it_is_and_retries_do_not_break_it() {
    let world = busy();
    let (seen, code) = on_terminal(&world, "xterm-256color", &["reconcile"]);
    let (lines, left) = drawn(&seen);
    assert_eq!(code, Some(0), "{seen}");
    assert!(!left, "the cursor leaves its line: {seen:?}");
    assert!(lines.iter().all(|line| line.chars().count() <= usize::from(COLUMNS)), "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("WARN") && !line.contains("503")), "{lines:#?}");
    let bars: Vec<&String> = lines.iter().filter(|line| line.contains("/60 ·")).collect();
    assert!(bars.len() > 3, "{lines:#?}");
    assert!(bars.iter().any(|line| line.contains("to retry")), "{bars:#?}");
    // Nobody is told of an end before it is near.
    let done = |line: &str| line.split_once("/60").and_then(|(done, _)| done.rsplit(' ').next()?.parse::<u32>().ok());
    for line in bars {
        assert!(!line.contains(" 0 s left") || done(line).is_some_and(|done| done > 45), "{line}");
    }
    // It is wiped at the end.
    assert!(seen.trim_end_matches(['\r', '\n', ' ']).ends_with('K'), "{seen:?}");
}

#[test]
fn whoever_is_no_terminal_sees_no_progress() {
    let world = busy();
    let outcome = world.run(&["reconcile"]).exits(0);
    assert!(
        !outcome.stderr.contains('\r') && !outcome.stderr.contains("/60") && !outcome.stderr.contains('\u{1b}'),
        "{}",
        outcome.stderr
    );
    for (term, arguments) in [("xterm", &["reconcile", "--progress", "off"][..]), ("dumb", &["reconcile"])] {
        let (seen, _) = on_terminal(&busy(), term, arguments);
        assert!(!seen.contains("/60"), "{term}: {seen:?}");
    }
}

#[test]
fn a_pause_and_an_outage_are_told_in_the_line() {
    let world = busy();
    world.emulator().clear_faults();
    world.emulator().add_fault(Fault::status("PUT", "/photo", 429).with_header("Retry-After", "2").times(1));
    let (seen, code) = on_terminal(&world, "xterm-256color", &["reconcile"]);
    assert_eq!(code, Some(0), "{seen}");
    let (lines, left) = drawn(&seen);
    assert!(!left && lines.iter().all(|line| line.chars().count() <= usize::from(COLUMNS)), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("paused for")), "{lines:#?}");
}

/// What has no known end takes one line, too.
#[test]
fn what_has_no_end_in_sight_says_what_it_does() {
    let world = World::people(3);
    world.portraits(0, 3, 0);
    world
        .emulator()
        .add_fault(Fault { method: Some("GET".to_owned()), ..Fault::default() }.delayed(Duration::from_secs(2)).times(2));
    let (seen, _) = on_terminal(&world, "xterm-256color", &["plan"]);
    let (lines, left) = drawn(&seen);
    assert!(!left && lines.iter().any(|line| line.contains("Looking at the photos and asking the directory")), "{seen:?}");
}

/// Whoever reads the documents hears of the command each second, whatever it waits for.
#[test]
fn as_json_there_is_a_document_each_second_of_a_pause_too() {
    let world = busy();
    world.emulator().clear_faults();
    for (method, path) in [("GET", "/users"), ("PUT", "/photo")] {
        world.emulator().add_fault(Fault::status(method, path, 429).with_header("Retry-After", "4").times(1));
    }
    let outcome = world.run(&["reconcile", "--progress", "json"]).exits(0);
    let documents = outcome.stderr.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let told: Vec<_> = documents.filter(|document| document["paused_s"].is_u64()).collect();
    let number = |document: &serde_json::Value, name: &str| document[name].as_u64().unwrap();
    let times: Vec<u64> = std::iter::once(0).chain(told.iter().map(|document| number(document, "elapsed_ms"))).collect();
    assert!(times.windows(2).all(|two| two[1] >= two[0] && two[1] - two[0] < 2_500), "{times:?}");
    for (what, in_uploads) in [("a question", false), ("uploads", true)] {
        let of_this = told.iter().filter(|document| (number(document, "total") > 0) == in_uploads);
        let paused: Vec<u64> = of_this.map(|document| number(document, "paused_s")).filter(|left| *left > 0).collect();
        assert!(paused.len() >= 2 && paused.iter().all(|left| *left <= 4), "{what}: {paused:?}");
    }
}
