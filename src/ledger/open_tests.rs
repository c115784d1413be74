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
