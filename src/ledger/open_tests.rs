//! What is opened, what is refused, and what is moved aside.

use std::os::unix::fs::PermissionsExt;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn identity(tenant: &str) -> Identity {
    Identity { cloud: "global".into(), tenant: tenant.into() }
}

#[test]
fn the_bundled_sqlite_has_no_wal_reset_bug() {
    assert!(rusqlite::version_number() >= OLDEST_SQLITE);
}

#[test]
fn a_second_instance_is_refused_and_told_who_has_it() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("deep/ledger.db");
    let first = open(&path, &identity("a"), NOW).unwrap();
    let message = open(&path, &identity("a"), NOW).unwrap_err().to_string();
    assert!(message.contains(&format!("held by process {} since 2023-11-14T22:13:20Z", std::process::id())), "{message}");
    drop(first);
    assert!(open(&path, &identity("a"), NOW).is_ok());
}

#[test]
fn nobody_else_may_read_it_whatever_the_umask() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("ledger.db");
    let opened = open(&path, &identity("a"), NOW).unwrap();
    for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock"] {
        let mode = std::fs::metadata(state.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    drop(opened);
}

#[test]
fn other_tenants_newer_formats_foreign_and_damaged_files_are_refused_untouched() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("ledger.db");
    drop(open(&path, &identity("a"), NOW).unwrap());
    assert!(matches!(open(&path, &identity("b"), NOW), Err(OpenError::OtherTenant { .. })));
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(open(&path, &identity("a"), NOW), Err(OpenError::Newer { found: 99, .. })));
    let text = state.path().join("notes.txt");
    std::fs::write(&text, "x".repeat(5000)).unwrap();
    for _ in 0..2 {
        assert!(matches!(open(&text, &identity("a"), NOW), Err(OpenError::Foreign { database: false, .. })));
    }
    assert_eq!(std::fs::read_to_string(&text).unwrap(), "x".repeat(5000));
    let other = state.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    assert!(matches!(open(&other, &identity("a"), NOW), Err(OpenError::Foreign { database: true, .. })));
    assert!(matches!(open_to_read(&state.path().join("none.db")), Err(OpenError::None(_))));
}

#[test]
fn a_damaged_ledger_is_moved_aside_and_another_one_begun() {
    let rebuilt = |opened: &(Connection, Lock)| {
        let mut statement = opened.0.prepare("SELECT value FROM meta WHERE name = 'rebuilt_at'").unwrap();
        statement.query_row([], |row| row.get::<_, String>(0)).optional().unwrap()
    };
    // A page in the middle, the first page, and all of it.
    for (from, to, refused_to_readers) in [(2, 1, true), (50, 40, true), (usize::MAX, 1, false)] {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("ledger.db");
        let first = open(&path, &identity("a"), NOW).unwrap();
        assert_eq!(rebuilt(&first), None);
        drop(first);
        let mut bytes = std::fs::read(&path).unwrap();
        if from == usize::MAX {
            bytes.clear();
        } else {
            let range = bytes.len() / from..bytes.len() / to;
            bytes[range].fill(0x5a);
            if from > 2 {
                bytes[..100].fill(0x5a);
            }
        }
        std::fs::write(&path, &bytes).unwrap();
        assert!(open_to_read(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "a reader changes nothing");
        let second = open(&path, &identity("a"), NOW).unwrap();
        assert_eq!(rebuilt(&second), Some(NOW.millis().to_string()));
        drop(second);
        let aside = std::fs::read_dir(state.path()).unwrap().map(|entry| entry.unwrap().path());
        let aside: Vec<_> = aside.filter(|path| path.to_string_lossy().contains(".damaged-")).collect();
        assert_eq!(aside.len(), usize::from(refused_to_readers), "{aside:?}");
        if let Some(aside) = aside.first() {
            assert_eq!(std::fs::read(aside).unwrap(), bytes);
        }
    }
}

#[test]
fn what_was_closed_whole_is_not_looked_through_again_until_it_is_touched_or_a_day_is_over() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("ledger.db");
    let close = |(connection, lock): (Connection, Lock)| drop(Ledger::start(connection, lock).unwrap());
    let looked_through_before = |now| {
        let opened = open(&path, &identity("a"), now).unwrap();
        let at = opened.1.looked_through.unwrap();
        close(opened);
        at != now
    };
    let later = |seconds: u64| NOW.plus(Duration::from_secs(seconds));
    assert!(!looked_through_before(NOW));
    assert!(looked_through_before(later(1)) && is_vouched_for(&path));
    assert!(looked_through_before(later(80_000)));
    assert!(!looked_through_before(later(90_000)), "more than a day after the first look");
    assert!(looked_through_before(later(170_000)));
    Connection::open(&path).unwrap().execute("INSERT INTO meta (name, value) VALUES ('x', 'y')", []).unwrap();
    assert!(!is_vouched_for(&path));
    assert!(!looked_through_before(later(170_001)), "somebody wrote into it");
    let opened = open(&path, &identity("a"), later(170_002)).unwrap();
    assert!(is_vouched_for(&path), "whoever holds it has looked");
    drop(opened);
    assert!(!looked_through_before(later(170_003)), "not closed as its writer leaves it");
}

/// Whatever happens between two openings: who opens it looks through what anybody but its writer had a hand in.
#[test]
fn random_hands_in_a_ledger_break_its_seal() {
    let (mut skipped, mut looked) = (0, 0);
    for seed in 0..60 {
        let mut chance = fastrand::Rng::with_seed(seed);
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("ledger.db");
        let mut now = NOW;
        let insert = |connection: &Connection, value: u32| {
            let text = [format!("x{value}"), value.to_string()];
            connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", text).unwrap();
        };
        let mut is_touched = true;
        for step in 0..6 {
            now = now.plus(Duration::from_secs(1));
            let (connection, lock) = open(&path, &identity("a"), now).unwrap();
            let was_skipped = lock.looked_through != Some(now);
            assert_eq!(was_skipped, !is_touched, "seed {seed}, step {step}");
            (skipped, looked) = (skipped + u32::from(was_skipped), looked + u32::from(!was_skipped));
            is_touched = false;
            if chance.bool() {
                // Its own, in the place of the writer.
                insert(&connection, chance.u32(..));
            }
            let other = || Connection::open(&path).unwrap();
            match chance.u8(..8) {
                // Killed.
                0 => {
                    is_touched = true;
                    drop((connection, lock));
                    continue;
                }
                // Somebody else writes while it is open.
                1 => {
                    is_touched = true;
                    let ledger = Ledger::start(connection, lock).unwrap();
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    runtime.block_on(ledger.read(|_| Ok(()))).unwrap();
                    insert(&other(), chance.u32(..));
                    drop(ledger);
                    continue;
                }
                // An ask fails: it may be the ledger.
                2 => {
                    is_touched = true;
                    let ledger = Ledger::start(connection, lock).unwrap();
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    let asked = ledger.write(|connection| connection.execute("INSERT INTO nothing VALUES (1)", []).map(drop));
                    assert!(runtime.block_on(asked).is_err());
                    drop(ledger);
                    continue;
                }
                _ => drop(Ledger::start(connection, lock).unwrap()),
            }
            match chance.u8(..6) {
                0 => {
                    is_touched = true;
                    insert(&other(), chance.u32(..));
                }
                // The same bytes, and the times of before.
                1 => {
                    is_touched = true;
                    let times = std::fs::metadata(&path).unwrap().modified().unwrap();
                    std::fs::write(&path, std::fs::read(&path).unwrap()).unwrap();
                    std::fs::File::options().write(true).open(&path).unwrap().set_modified(times).unwrap();
                }
                2 => {
                    is_touched = true;
                    std::fs::copy(&path, state.path().join("copy")).unwrap();
                    std::fs::rename(state.path().join("copy"), &path).unwrap();
                }
                // Who only reads.
                3 => drop(Reader::open(&path).unwrap()),
                _ => {}
            }
        }
    }
    assert!(skipped > 60 && looked > 60, "{skipped} skipped, {looked} looked through");
}
