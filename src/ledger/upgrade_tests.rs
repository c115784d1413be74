//! Ledgers that versions before left are brought up to date without loss: each row means what it meant. They hold targets
//! in every state, files that are held, kept photos that were overwritten or not, and the journal of that.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::{Identity, Ledger, Overwritten, Reader, targets};
use crate::model::{DeliveryState, TargetId, Timestamp};

/// By which program, and how they stood then.
const WRITTEN: [(&str, &str); 2] = [
    ("before the state machine", include_str!("../../tests/ledgers/format-2-before-the-state-machine.sql")),
    ("by the state machine", include_str!("../../tests/ledgers/format-2-by-the-state-machine.sql")),
];
/// Tables with what their rows are told apart by.
const TABLES: [(&str, &str); 8] = [
    ("meta", "name"),
    ("files", "path"),
    ("links", "kind"),
    ("targets", "target"),
    ("gone", "target"),
    ("removals", "at"),
    ("backups", "backup"),
    ("passes", "pass"),
];
/// Columns that were called otherwise.
const RENAMED: [(&str, &str, &str); 10] = [
    ("targets", "digest", "desired_digest"),
    ("targets", "recipe", "desired_recipe"),
    ("targets", "etag", "delivered_etag"),
    ("targets", "seen_etag", "baseline_etag"),
    ("targets", "sent", "sent_digest"),
    ("targets", "note", "picture_note"),
    ("targets", "unsure", "delivered_uncertain"),
    ("targets", "unheard", "upload_unconfirmed"),
    ("backups", "sent", "overwritten"),
    ("backups", "doubtful", "may_be_ours"),
];
/// Just after they were written: no wait is over.
const NOW: Timestamp = Timestamp::from_millis(1_795_841_000_000);

type Rows = Vec<BTreeMap<String, Value>>;

/// Columns that those ledgers don't have: the kind is told by the name; nobody knows how old accounts are, or to whom a
/// name had moved.
const ADDED: [(&str, &str); 3] = [("targets", "kind"), ("targets", "account_created"), ("files", "moved_to")];

/// The rows of a table, by the names that their columns have today.
fn rows(ledger: &Path, table: &str, key: &str) -> Rows {
    let connection = Connection::open(ledger).unwrap();
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} ORDER BY {key}")).unwrap();
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let renamed = |name: &str| RENAMED.iter().find(|(of, before, _)| *of == table && *before == name).map(|(_, _, now)| *now);
    let read = |row: &rusqlite::Row<'_>| {
        let columns = names.iter().enumerate().filter(|(_, name)| !ADDED.contains(&(table, name.as_str())));
        columns.map(|(at, name)| Ok((renamed(name).unwrap_or(name).to_owned(), row.get(at)?))).collect()
    };
    statement.query_map([], read).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

fn text<'a>(row: &'a BTreeMap<String, Value>, column: &str) -> &'a str {
    if let Value::Text(text) = &row[column] { text } else { "" }
}

/// What is blocked for a reason that time may mend is given a time at which it is looked at, which those ledgers don't know.
fn with_looks_proved(mut targets: Rows) -> Rows {
    for row in targets.iter_mut().filter(|row| text(row, "state") == "blocked") {
        match row.insert("due_at".to_owned(), Value::Null) {
            Some(Value::Integer(look)) => assert!(look > NOW.millis() && look <= NOW.millis() + 24 * 3_600_000, "{look}"),
            other => assert_eq!(other, Some(Value::Null)),
        }
    }
    targets
}

/// What was due may have been on its way when the program ended.
fn cut_off(mut targets: Rows) -> Rows {
    for row in targets.iter_mut().filter(|row| text(row, "state") == "due" && row["desired_digest"] != Value::Null) {
        row.insert("upload_unconfirmed".to_owned(), Value::Integer(1));
    }
    targets
}

#[test]
fn ledgers_of_versions_before_keep_every_row() {
    for (version, dump) in WRITTEN {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("ledger.db");
        Connection::open(&path).unwrap().execute_batch(dump).unwrap();
        let before: Vec<Rows> = TABLES.iter().map(|(table, key)| rows(&path, table, key)).collect();
        let tries = rows(&path, "attempts", "attempt");
        drop(Ledger::open(&path, &Identity { cloud: "custom".into(), tenant: "contoso.com".into() }, NOW).unwrap());
        for ((table, key), before) in TABLES.into_iter().zip(&before) {
            let expected = if table == "targets" { cut_off(before.clone()) } else { before.clone() };
            let found = if table == "targets" { with_looks_proved(rows(&path, table, key)) } else { rows(&path, table, key) };
            assert_eq!(found, expected, "{version}: {table}");
        }
        assert_eq!(rows(&path, "attempts", "attempt"), tries, "{version}: attempts");
        let targets_before = &before[3];
        reads_as_it_was(version, &path, targets_before);
        loses_nothing_when_saved(version, &path, targets_before);
    }
}

/// What a person is told is what stood there.
fn reads_as_it_was(version: &str, path: &Path, before: &Rows) {
    let reader = Reader::open(path).unwrap();
    assert!(reader.set_aside().unwrap().is_empty(), "{version}: rows that can't be read");
    let told = reader.everything().unwrap();
    assert_eq!(told.len(), before.len());
    for (row, before) in told.iter().zip(before) {
        let state = match &row.state {
            _ if row.released => ("released", String::new()),
            DeliveryState::InStep => ("in_step", String::new()),
            DeliveryState::Due => ("due", String::new()),
            DeliveryState::Waiting { until, reason } => {
                assert_eq!(Value::Integer(until.millis()), before["due_at"], "{version}: {}", row.target);
                ("waiting", reason.to_string())
            }
            DeliveryState::Blocked { reason } => ("blocked", reason.to_string()),
        };
        assert_eq!(state, (text(before, "state"), text(before, "reason").to_owned()), "{version}: {}", row.target);
        assert_eq!(row.target.to_string(), text(before, "target"));
        assert_eq!(row.restoring, before["restore_from"] != Value::Null, "{version}: {}", row.target);
    }
    let counts = reader.counts().unwrap();
    assert_eq!((counts.in_step, counts.due, counts.waiting, counts.kept), (8, 2, 4, 2), "{version}");
    let overwritten = |number: usize| {
        let target: TargetId = format!("user:00000000-0000-4000-8000-{number:012}").parse().unwrap();
        let backups = reader.backups(&target).unwrap();
        backups.iter().map(|backup| (backup.overwritten, backup.doubtful)).collect::<Vec<_>>()
    };
    assert_eq!(overwritten(0), [(Overwritten::Yes, false)], "{version}");
    assert_eq!(overwritten(3), [(Overwritten::No, false)], "{version}");
    assert_eq!(overwritten(4), [(Overwritten::Perhaps, true), (Overwritten::Perhaps, false)], "{version}");
    let gone = reader.remembered(NOW).unwrap().gone;
    assert_eq!(gone.iter().map(|gone| gone.label.as_str()).collect::<Vec<_>>(), ["p008@contoso.com"], "{version}");
}

/// The record holds all that the row holds.
fn loses_nothing_when_saved(version: &str, path: &Path, before: &Rows) {
    let connection = Connection::open(path).unwrap();
    for row in before {
        let target: TargetId = text(row, "target").parse().unwrap();
        let record = targets::load(&connection, &target).unwrap().unwrap();
        targets::save(&connection, &target, &record).unwrap();
    }
    drop(connection);
    assert_eq!(with_looks_proved(rows(path, "targets", "target")), cut_off(before.clone()), "{version}: loaded and saved");
}

#[test]
fn the_ledgers_hold_every_state_and_more() {
    for (version, dump) in WRITTEN {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("ledger.db");
        Connection::open(&path).unwrap().execute_batch(dump).unwrap();
        let targets = rows(&path, "targets", "target");
        for column in targets[0].keys() {
            assert!(targets.iter().any(|row| row[column] != Value::Null), "{version}: {column} is empty everywhere");
        }
        for flag in ["delivered_uncertain", "upload_unconfirmed"] {
            assert!(
                [0, 1].iter().all(|flagged| targets.iter().any(|row| row[flag] == Value::Integer(*flagged))),
                "{version}: {flag}"
            );
        }
        for state in ["in_step", "due", "waiting", "blocked", "released"] {
            assert!(targets.iter().any(|row| text(row, "state") == state), "{version}: none is {state}");
        }
        let reasons: std::collections::BTreeSet<&str> = targets.iter().map(|row| text(row, "reason")).collect();
        assert_eq!(reasons.len(), 13, "{version}: {reasons:?}");
        let backups = rows(&path, "backups", "backup");
        for overwritten in 0..3 {
            assert!(backups.iter().any(|row| row["overwritten"] == Value::Integer(overwritten)), "{version}: {overwritten}");
        }
        assert!(backups.iter().any(|row| row["may_be_ours"] == Value::Integer(1)), "{version}");
        for table in ["gone", "removals", "passes", "attempts", "files", "meta"] {
            assert!(!rows(&path, table, "1").is_empty(), "{version}: {table}");
        }
    }
}
