//! What is held is told once, whether the file, its target or both stand in the way.

use rusqlite::{Connection, params};

use crate::ledger::{Identity, Ledger, Reader};
use crate::model::Timestamp;

#[test]
fn a_target_held_with_its_file_is_told_once_and_nobodys_files_are_not() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("ledger.db");
    let identity = Identity { cloud: "global".into(), tenant: "t".into() };
    drop(Ledger::open(&path, &identity, Timestamp::default()).unwrap());
    let ledger = Connection::open(&path).unwrap();
    for (id, state, reason) in [
        (0, "blocked", "photo_refused"),
        (1, "blocked", "photo_refused"),
        (2, "waiting", "throttled"),
        (3, "in_step", "throttled"),
        (4, "due", "throttled"),
    ] {
        ledger
            .execute(
                "INSERT INTO targets (target, label, path, generation, desired_at, state, since, due_at, reason, cure)
                    VALUES (?1, 'l', ?2, 1, 0, ?3, ?4, ?5, ?6, '')",
                params![format!("user:{id}"), format!("{id}.jpg"), state, id, id + 1_000, reason],
            )
            .unwrap();
    }
    for (path, reason) in [("a.jpg", "target_missing"), ("b.jpg", "unmatched"), ("0.jpg", "photo_corrupt")] {
        ledger
            .execute(
                "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reason, held_since)
                    VALUES (?1, 1, 1, 1, 1, 1, 1, ?2, 7)",
                params![path, reason],
            )
            .unwrap();
    }
    let held = Reader::open(&path).unwrap().held().unwrap();
    let told: Vec<_> = held
        .iter()
        .map(|row| (row.path.as_ref().unwrap().as_str(), row.problem.reason.as_str(), row.since.millis(), row.until.is_some()))
        .collect();
    let expected = [
        ("0.jpg", "photo_corrupt", 7, false),
        ("a.jpg", "target_missing", 7, false),
        ("1.jpg", "photo_refused", 1, false),
        ("2.jpg", "throttled", 2, true),
    ];
    assert_eq!(told, expected);
    // What waits is not tried before a pause for all is over; one that a clock set far ahead is not believed.
    for (pause, until) in [(500_i64, 1_002), (600_000, 600_000), (1_000_000_000_000, 1_002)] {
        ledger.execute("REPLACE INTO meta (name, value) VALUES ('asked_until', ?1)", [pause.to_string()]).unwrap();
        let held = Reader::open(&path).unwrap().held().unwrap();
        assert_eq!(held.iter().filter_map(|row| row.until).map(Timestamp::millis).collect::<Vec<_>>(), [until]);
    }
}
