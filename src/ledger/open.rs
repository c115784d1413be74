//! Opens a ledger with every doubt settled first: who else holds it, where it lies, whether it is whole and ours.

use std::fs::OpenOptions;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::gone::mark_rebuilt;
use super::lock::{Lock, LockError};
use super::migrate::{migrate, newest};
use super::recover::move_aside;
use super::refusal::{OpenError, failed, unwritable};
use super::set_aside::{SetAside, let_go_of_nameless, set_aside};
use super::targets;
use crate::model::Timestamp;

/// Marks the file as a photosyncd ledger ("phsy").
const APPLICATION_ID: i64 = 0x7068_7379;
/// How long another connection's lock is waited for.
const BUSY: Duration = Duration::from_secs(5);
/// Page cache, KiB (as SQLite wants it: negative).
const CACHE_KIB: i64 = -8_192;
/// The first version without the WAL-reset bug, which could corrupt a ledger.
const OLDEST_SQLITE: i32 = 3_051_003;

/// The tenant a ledger belongs to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Name of the cloud, as in the configuration.
    pub cloud: String,
    /// The tenant, as in the configuration; empty for the embedded emulator.
    pub tenant: String,
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.tenant.as_str() {
            "" => write!(f, "cloud {}", self.cloud),
            tenant => write!(f, "cloud {}, tenant {tenant}", self.cloud),
        }
    }
}

/// A ledger that is open for writing, and its lock.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) lock: Lock,
}

/// Opens for writing; makes the directory and the file if there are none.
pub(super) fn open(path: &Path, identity: &Identity, now: Timestamp) -> Result<Opened, OpenError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let unwritable = |source| unwritable(path, source);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unwritable)?;
    if on_shared_file_system(directory) {
        return Err(OpenError::FileSystem(path.to_owned()));
    }
    let mut lock = Lock::take(path, now).map_err(|error| match error {
        LockError::Held(holder) => OpenError::Held { path: path.to_owned(), holder },
        LockError::Io(source) => unwritable(source),
    })?;
    let fail = |source| failed(path, source);
    let (mut connection, format) = match open_checked(path) {
        Err(OpenError::Corrupt { finding, .. }) => (anew(path, &finding, now)?, 0),
        // Something that is no database, where a ledger of ours was: its first page is gone.
        Err(OpenError::Foreign { database: false, .. }) if lock.had_ledger => (anew(path, "it is no database any more", now)?, 0),
        Ok((connection, 0)) => {
            if lock.had_ledger {
                tracing::error!(
                    "The ledger {} is gone, though there was one. A new one is begun: photos are sent once more, and none is removed for 24 hours",
                    path.display()
                );
            }
            (connection, 0)
        }
        other => other?,
    };
    let rebuilt = format == 0 && lock.had_ledger;
    configure(&connection).map_err(fail)?;
    migrate(&mut connection, format).map_err(fail)?;
    belongs(path, &connection, identity)?;
    if rebuilt {
        mark_rebuilt(&connection, now).map_err(fail)?;
    }
    if format > 0 {
        cut_off(&connection, now).map_err(fail)?;
        let_go_of_nameless(&connection).map_err(fail)?;
        for SetAside { table, rows } in set_aside(&connection).map_err(fail)? {
            tracing::warn!(table, rows, "Rows of the ledger can't be read; they are set aside and stop nobody else");
        }
    }
    lock.note_ledger().map_err(unwritable)?;
    Ok(Opened { connection, lock })
}

/// What was due when the ledger was closed, or could not be, may have been on its way.
pub(super) fn cut_off(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let open = "digest IS NOT NULL AND state IN ('due', 'waiting') AND NOT unheard";
    let open = targets::select(connection, open, &[])?;
    targets::update_all(connection, &open, &crate::model::target_state::Event::CutOff, now).map(|_| ())
}

fn open_checked(path: &Path) -> Result<(Connection, i64), OpenError> {
    let connection = connect(path)?;
    let format = check(path, &connection)?;
    Ok((connection, format))
}

/// Moves a damaged ledger aside and opens an empty one in its place.
fn anew(path: &Path, finding: &str, now: Timestamp) -> Result<Connection, OpenError> {
    let aside = move_aside(path, now).map_err(|source| OpenError::Directory { path: path.to_owned(), source })?;
    tracing::error!(
        "The ledger {} is damaged ({finding}). It was moved to {} and a new one is begun: photos that can't be proven delivered are sent once more, and none is removed for 24 hours. Check the disk",
        path.display(),
        aside.display()
    );
    connect(path)
}

/// A ledger names people: nobody else may read it, whatever the umask of who makes it. SQLite gives the files beside it
/// the same mode.
fn connect(path: &Path) -> Result<Connection, OpenError> {
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    made.map_err(|source| unwritable(path, source))?;
    Connection::open(path).map_err(|source| failed(path, source))
}

/// Opens for reading, beside a running daemon or without one.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, OpenError> {
    if !path.exists() {
        return Err(OpenError::None(path.to_owned()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|source| failed(path, source))?;
    connection.busy_timeout(BUSY).map_err(|source| failed(path, source))?;
    match check(path, &connection)? {
        0 => Err(OpenError::None(path.to_owned())),
        found if found < newest() => Err(OpenError::Older { path: path.to_owned(), found, known: newest() }),
        _ => Ok(connection),
    }
}

/// Looks before anything is changed; returns the format, 0 for an empty file.
fn check(path: &Path, connection: &Connection) -> Result<i64, OpenError> {
    let fail = |source| failed(path, source);
    let number = |pragma: &str| connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get::<_, i64>(0)).map_err(fail);
    let (application, format) = (number("application_id")?, number("user_version")?);
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fail)?;
    if tables == 0 && format == 0 {
        return Ok(0);
    }
    if application != APPLICATION_ID {
        return Err(OpenError::Foreign { path: path.to_owned(), database: true });
    }
    if format > newest() {
        return Err(OpenError::Newer { path: path.to_owned(), found: format, known: newest() });
    }
    let finding: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(fail)?;
    if finding != "ok" {
        return Err(OpenError::Corrupt { path: path.display().to_string(), finding });
    }
    Ok(format)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    debug_assert!(rusqlite::version_number() >= OLDEST_SQLITE, "SQLite has the WAL-reset bug");
    connection.busy_timeout(BUSY)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // FULL: an acknowledged delivery survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)
}

/// A ledger belongs to the first tenant that it was opened for.
fn belongs(path: &Path, connection: &Connection, configured: &Identity) -> Result<(), OpenError> {
    let fail = |source| failed(path, source);
    let mut read = connection.prepare("SELECT value FROM meta WHERE name = ?1").map_err(fail)?;
    let mut value = |name: &str| read.query_row([name], |row| row.get::<_, String>(0)).optional().map_err(fail);
    if let Some(cloud) = value("cloud")? {
        let owner = Identity { cloud, tenant: value("tenant")?.unwrap_or_default() };
        if owner == *configured {
            return Ok(());
        }
        return Err(OpenError::OtherTenant { path: path.to_owned(), owner, configured: configured.clone() });
    }
    connection
        .execute("INSERT INTO meta (name, value) VALUES ('cloud', ?1), ('tenant', ?2)", [&configured.cloud, &configured.tenant])
        .map_err(fail)?;
    Ok(())
}

/// Whether SQLite's shared memory and locks can't be trusted here: NFS, SMB/CIFS, FUSE, AFS, Ceph.
pub(super) fn on_shared_file_system(directory: &Path) -> bool {
    const SHARED: [u32; 7] = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x6573_5546, 0x5346_414F, 0x00C3_6400];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "file system magic numbers are 32 bits wide")]
    rustix::fs::statfs(directory).is_ok_and(|found| SHARED.contains(&(found.f_type as u32)))
}

#[cfg(test)]
mod tests {
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
        let rebuilt = |opened: &Opened| {
            let mut statement = opened.connection.prepare("SELECT value FROM meta WHERE name = 'rebuilt_at'").unwrap();
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
}
