//! Every state and every reason as a person reads them. To be read aloud before they are changed; the run after
//! `PHOTOSYNCD_BLESS=1 cargo test told` writes them down.

use std::fmt::Write;

use super::*;
use crate::ledger::{AttemptRow, BackupRow};
use crate::model::TargetId;
use crate::status::Version;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const HOUR: i64 = 3_600_000;

fn ago(hours: i64) -> Timestamp {
    Timestamp::from_millis(NOW.millis() - hours * HOUR)
}

fn id() -> TargetId {
    "user:00000000-0000-4000-8000-00000000000a".parse().unwrap()
}

fn version(letter: &str, hours: i64) -> Version {
    Version { digest: letter.repeat(64), recipe: "jpeg".to_owned(), at: ago(hours) }
}

fn file() -> FileStory {
    FileStory {
        path: "users/anna@contoso.com.jpg".to_owned(),
        size: 23_456,
        digest: Some("a".repeat(64)),
        read_at: ago(1),
        rule: Some("mapping.rules[0] (users/{upn}.{ext})".to_owned()),
        reference: Some("user:userPrincipalName:anna@contoso.com".to_owned()),
        target: Some("anna@contoso.com".to_owned()),
        bound_to: Some(id()),
        bound_at: Some(ago(1)),
        held: None,
        has_lost_row: false,
    }
}

fn target(state: &'static str) -> TargetStory {
    TargetStory {
        default_picture: false,
        id: id(),
        target: "anna@contoso.com".to_owned(),
        path: Some("users/anna@contoso.com.jpg".to_owned()),
        state,
        since: ago(1),
        until: None,
        desired: Some(version("a", 1)),
        delivered: None,
        note: None,
        attempts: 0,
        problem: None,
        gone: None,
        drift: None,
        checked_at: None,
        restoring: false,
        backups: Vec::new(),
        tries: Vec::new(),
    }
}

fn attempt(outcome: &str, status: u16, code: Option<&str>) -> AttemptRow {
    AttemptRow {
        pass: 7,
        target: id(),
        path: None,
        at: ago(1),
        outcome: outcome.to_owned(),
        reason: None,
        detail: None,
        status: Some(status),
        code: code.map(str::to_owned),
        request_id: Some("3f2a".to_owned()),
        bytes: 23_456,
        elapsed_ms: 210,
    }
}

fn held(reason: Reason) -> HeldItem {
    HeldItem::new(&Problem::new(reason, "what was found stands here")).since(ago(1))
}

fn stories() -> Vec<(String, Stories)> {
    let mut all = Vec::new();
    let mut one = |name: &str, files: Vec<FileStory>, targets: Vec<TargetStory>| {
        all.push((name.to_owned(), Stories { files, targets, now: None }));
    };
    let delivered = |hours| TargetStory {
        delivered: Some(version("a", hours)),
        note: Some("turned upright".to_owned()),
        tries: vec![attempt("delivered", 200, None)],
        ..target("in_step")
    };
    one("in step, just delivered", vec![file()], vec![delivered(1)]);
    one("in step for long", vec![file()], vec![delivered(100)]);
    let drift = |found: &str| Some(DriftStory { found: found.to_owned(), since: ago(3) });
    one("in step, compared", vec![file()], vec![TargetStory { checked_at: Some(ago(2)), ..delivered(100) }]);
    one("another photo in the tenant", vec![file()], vec![TargetStory { drift: drift("changed"), ..delivered(100) }]);
    one("no photo in the tenant any more", vec![file()], vec![TargetStory { drift: drift("gone"), ..delivered(100) }]);
    let kept = |file: Option<&str>, doubtful| BackupRow {
        backup: 1,
        target: id(),
        pass: 6,
        at: ago(2),
        file: file.map(str::to_owned),
        digest: None,
        bytes: 9_000,
        etag: None,
        doubtful,
        overwritten: crate::ledger::Overwritten::Yes,
    };
    let backups = vec![kept(Some("user-0a-6.jpg"), true), kept(None, false)];
    one("with backups", vec![file()], vec![TargetStory { backups, ..delivered(1) }]);
    one("put back", vec![file()], vec![TargetStory { restoring: true, ..target("due") }]);
    one("due", vec![file()], vec![TargetStory { delivered: Some(version("b", 90)), ..target("due") }]);
    let problem = Some(HeldItem { since: None, ..held(Reason::Throttled) });
    let waiting = TargetStory {
        until: Some(Timestamp::from_millis(NOW.millis() + 90_000)),
        attempts: 3,
        problem,
        tries: vec![attempt("waiting", 429, Some("TooManyRequests"))],
        ..target("waiting")
    };
    one("waiting", vec![file()], vec![waiting]);
    let removal = TargetStory { desired: None, path: None, delivered: Some(version("a", 90)), ..target("due") };
    one("to be taken out", vec![], vec![removal]);
    let gone = |due_at| GoneStory { path: "users/anna@contoso.com.jpg".to_owned(), since: ago(2), due_at, held_back: None };
    let left = |gone| TargetStory { path: None, desired: None, gone, delivered: Some(version("a", 90)), ..target("released") };
    one("file gone, photo goes later", vec![], vec![left(Some(gone(Some(Timestamp::from_millis(NOW.millis() + 24 * HOUR)))))]);
    one("file gone, photo stays", vec![], vec![left(Some(gone(None)))]);
    one("released", vec![], vec![left(None)]);
    one("taken out", vec![], vec![TargetStory { delivered: None, tries: vec![attempt("removed", 204, None)], ..left(None) }]);
    for reason in Reason::ALL.iter().copied() {
        let name = format!("held: {reason}");
        if reason == Reason::Unmatched {
            let file = FileStory { rule: None, reference: None, target: None, bound_to: None, bound_at: None, ..file() };
            one(&name, vec![file], vec![]);
        } else {
            one(&name, vec![FileStory { held: Some(held(reason)), ..file() }], vec![]);
        }
    }
    let blocked = TargetStory {
        attempts: 1,
        problem: Some(HeldItem { since: None, ..held(Reason::NoMailbox) }),
        tries: vec![attempt("blocked", 404, Some("ErrorItemNotFound"))],
        ..target("blocked")
    };
    one("blocked by the tenant", vec![file()], vec![blocked]);
    let now = |ignored, rule: Option<&str>, problem| SourceFile {
        path: "new/anna.jpg".to_owned(),
        size: 1_000,
        ignored,
        ignored_by: ignored
            .then(|| "#recycle is on the built-in list of clutter (Synology: #recycle; source.ignore_clutter)".to_owned()),
        rule: rule.map(str::to_owned),
        target: rule.map(|_| "anna@contoso.com".to_owned()),
        problem,
    };
    for (name, now) in [
        ("not seen yet", now(false, Some("mapping.rules[0] (new/{sam}.{ext})"), None)),
        ("not seen yet, ignored", now(true, None, None)),
        ("not seen yet, nobody's", now(false, None, None)),
        ("not seen yet, impossible", now(false, None, Some(HeldItem { since: None, ..held(Reason::TargetMissing) }))),
    ] {
        all.push((name.to_owned(), Stories { now: Some(now), ..Stories::default() }));
    }
    all
}

#[test]
fn every_state_and_reason_is_told() {
    let renderer = Renderer { style: TextStyle::plain(Some(100)), now: NOW };
    let mut told = String::new();
    for (name, stories) in stories() {
        writeln!(told, "== {name}\n{}", renderer.all(&stories)).unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/explain/render_tests.txt");
    if std::env::var_os("PHOTOSYNCD_BLESS").is_some() {
        std::fs::write(path, &told).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap();
    for (line, (told, known)) in told.lines().zip(known.lines()).enumerate() {
        assert_eq!(told, known, "line {} of {path}", line + 1);
    }
    assert_eq!(told.lines().count(), known.lines().count());
}

#[test]
fn every_story_of_something_held_ends_with_what_to_do() {
    let renderer = Renderer { style: TextStyle::plain(None), now: NOW };
    for (name, stories) in stories().into_iter().filter(|(name, _)| name.starts_with("held") || name.starts_with("blocked")) {
        let told = renderer.all(&stories);
        let last = told.lines().last().unwrap();
        assert!(last.trim_start().starts_with("to do"), "{name}: {told}");
        assert!(last.len() > 30, "{name}: {told}");
    }
}

#[test]
fn names_are_typed_so_that_a_shell_takes_them() {
    assert_eq!(typed("anna@contoso.com"), "anna@contoso.com");
    assert_eq!(typed("Anna O'Neil"), r"'Anna O'\''Neil'");
    assert_eq!(typed("$(x)"), "'$(x)'");
}

#[test]
fn several_are_listed_with_a_word_each() {
    let renderer = Renderer { style: TextStyle::plain(None), now: NOW };
    let other = TargetStory { target: "anna.b@contoso.com".to_owned(), path: None, ..target("released") };
    let list = renderer.list(&Stories { files: vec![file()], targets: vec![target("due"), other], now: None });
    assert!(list.starts_with("2 found."), "{list}");
    assert!(list.contains("\n  anna@contoso.com: queued, users/anna@contoso.com.jpg, user:"), "{list}");
    assert!(list.contains("\n  anna.b@contoso.com: no file, no file,"), "{list}");
}
