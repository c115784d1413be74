//! Opens a ledger with every doubt settled first: who else holds it, where it lies, whether it is whole and ours.

use std::fs::{OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use rustix::fs::{Access, OFlags};
use rustix::io::Errno;

use super::identity::Identity;
use super::literal::{literal, not_in_step};
use super::lock::{Lock, LockError, had_ledger, holder, is_vouched_for};
use super::migrate::{migrate, newest};
use super::open_error::{OpenError, failed, unwritable};
use super::reader::Reader;
use super::recover::{move_aside, with};
use super::removals::mark_rebuilt;
use super::set_aside::{SetAside, let_go_of_nameless, set_aside};
use super::targets;
use super::writer::Ledger;
use crate::model::Timestamp;
use crate::model::target_state::{Event, StateName};

/// Marks the file as a photosyncd ledger ("phsy").
const APPLICATION_ID: i64 = 0x7068_7379;
/// How long another connection's lock is waited for.
const BUSY: Duration = Duration::from_secs(5);
/// Page cache, KiB (as SQLite wants it: negative).
const CACHE_KIB: i64 = -8_192;
/// A file is made where its path says, not where a link there leads.
const NO_LINK: i32 = OFlags::NOFOLLOW.bits().cast_signed();
/// The first version without the WAL-reset bug, which could corrupt a ledger.
const OLDEST_SQLITE: i32 = 3_051_003;

impl Ledger {
    /// Opens the ledger for this process alone and starts its writer; makes the directory and the file if there are none.
    pub fn open(path: &Path, identity: &Identity, now: Timestamp) -> Result<Self, OpenError> {
        let (connection, lock) = open(path, identity, now)?;
        Self::start(connection, lock).map_err(|source| OpenError::Directory { path: path.to_owned(), source })
    }
}

impl Reader {
    /// Opens the ledger beside whoever writes it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        open_to_read(path).map(Self)
    }

    /// The same for a command of a tenant, which must not tell of another one's photos.
    pub fn of(path: &Path, configured: &Identity) -> Result<Self, OpenError> {
        let connection = open_to_read(path)?;
        is_not_of_another(path, &connection, configured)?;
        Ok(Self(connection))
    }
}

fn open(path: &Path, identity: &Identity, now: Timestamp) -> Result<(Connection, Lock), OpenError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let unwritable = |source| refused(path, source);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unwritable)?;
    if on_shared_file_system(directory) {
        return Err(OpenError::FileSystem(path.to_owned()));
    }
    let mut lock = Lock::take(path, now).map_err(|error| match error {
        LockError::Held(holder) => OpenError::Held { path: path.to_owned(), holder },
        LockError::Planted(file) => OpenError::Planted(file),
        LockError::Io(source) => unwritable(source),
    })?;
    let fail = |source| failed(path, source);
    let is_sealed = lock.looked_through.is_some();
    let (mut connection, format) = match open_checked(path, is_sealed) {
        Err(OpenError::Corrupt { finding, .. }) => (anew(path, &finding, now)?, 0),
        // Something that is no database, where a ledger of ours was: its first page is gone.
        Err(OpenError::Foreign { database: false, .. }) if lock.had_ledger => (anew(path, "it is no longer a database", now)?, 0),
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
    }
    // What this version left as it is has nothing of this.
    if format > 0 && !is_sealed {
        overlooked(&connection, now).map_err(fail)?;
        let_go_of_nameless(&connection).map_err(fail)?;
        for SetAside { table, rows } in set_aside(&connection).map_err(fail)? {
            tracing::warn!(table, rows, "Rows of the ledger can't be read; they are set aside and stop nobody else");
        }
    }
    lock.note_ledger(now).map_err(unwritable)?;
    Ok((connection, lock))
}

/// What was due when the ledger was closed, or could not be, may have been on its way.
pub(super) fn cut_off(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let open = format!("desired_digest IS NOT NULL AND {} AND NOT upload_unconfirmed", not_in_step());
    let open = targets::select(connection, &open, &[])?;
    targets::update_all(connection, &open, &Event::CutOff, now).map(|_| ())
}

/// Blocks from before such had a time at which they are looked at again. What is held with its file is the passes' to look at.
fn overlooked(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let blocked = literal(StateName::Blocked.as_str());
    let which = format!(
        "{} AND state = {blocked} AND due_at IS NULL AND EXISTS (SELECT 1 FROM files
            WHERE files.path = targets.path AND files.target = targets.target AND files.reason IS NULL)",
        not_in_step()
    );
    let which = targets::select(connection, &which, &[])?;
    targets::update_all(connection, &which, &Event::Overlooked, now).map(|_| ())
}

fn open_checked(path: &Path, is_sealed: bool) -> Result<(Connection, i64), OpenError> {
    let connection = connect(path)?;
    let format = check(path, &connection, is_sealed)?;
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
    let made = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).custom_flags(NO_LINK).open(path);
    match made {
        // A ledger may be kept elsewhere; none is begun there.
        Err(error) if Errno::from_io_error(&error) == Some(Errno::LOOP) => {
            if std::fs::metadata(path).map_or(true, |there| there.len() == 0) {
                return Err(OpenError::Planted(path.to_owned()));
            }
        }
        made => drop(made.map_err(|source| refused(path, source))?),
    }
    make_private(path).map_err(|source| refused(path, source))?;
    Connection::open(path).map_err(|source| failed(path, source))
}

/// What somebody else's umask or a copy made readable for others is closed again, as far as it is ours.
fn make_private(path: &Path) -> io::Result<()> {
    let here = rustix::process::geteuid().as_raw();
    for file in [path.to_owned(), with(path, "-wal"), with(path, "-shm")] {
        let found = std::fs::symlink_metadata(&file);
        if found.is_ok_and(|found| found.is_file() && found.uid() == here && found.mode() & 0o077 != 0) {
            std::fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        }
    }
    Ok(())
}

/// The directory or the disk refuses, or what lies there is somebody else's.
fn refused(path: &Path, source: io::Error) -> OpenError {
    let here = rustix::process::geteuid().as_raw();
    let files = [path.to_owned(), with(path, ".lock")];
    let owner = files.iter().filter_map(|file| Some(std::fs::metadata(file).ok()?.uid())).find(|owner| *owner != here);
    match owner.filter(|_| source.kind() == io::ErrorKind::PermissionDenied) {
        Some(owner) => OpenError::Owner { path: path.to_owned(), owner },
        None => unwritable(path, source),
    }
}

/// Opens for reading, beside a running daemon or without one.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, OpenError> {
    match rustix::fs::access(path, Access::READ_OK).map_err(io::Error::from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(none(path)),
        // Whether there is one is not known where it may not be looked at.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(OpenError::Forbidden(path.to_owned())),
        _ => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|source| failed(path, source))?;
    connection.busy_timeout(BUSY).map_err(|source| failed(path, source))?;
    match check(path, &connection, is_vouched_for(path))? {
        0 => Err(none(path)),
        found if found < newest() => Err(OpenError::Older { path: path.to_owned(), found, known: newest() }),
        _ => Ok(connection),
    }
}

/// There is no ledger: not yet, or not any more.
fn none(path: &Path) -> OpenError {
    match holder(path) {
        _ if !had_ledger(path) => OpenError::None(path.to_owned()),
        Some(holder) => OpenError::GoneFrom { path: path.to_owned(), holder },
        None => OpenError::Gone(path.to_owned()),
    }
}

/// Looks before anything is changed; returns the format, 0 for an empty file. Pages that somebody vouches for are not
/// read: that would take longer than most of what a ledger is opened for.
fn check(path: &Path, connection: &Connection, is_vouched_for: bool) -> Result<i64, OpenError> {
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
    if is_vouched_for {
        return Ok(format);
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
    // Without it a statement that meets a partial index is compiled anew each time its values change: for each claim.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
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
    if is_not_of_another(path, connection, configured)? {
        return Ok(());
    }
    let made = connection
        .execute("INSERT INTO meta (name, value) VALUES ('cloud', ?1), ('tenant', ?2)", [&configured.cloud, &configured.tenant]);
    made.map(drop).map_err(|source| failed(path, source))
}

/// Whether it belongs to this tenant; if not, nobody's it is yet.
pub(super) fn is_not_of_another(path: &Path, connection: &Connection, configured: &Identity) -> Result<bool, OpenError> {
    let fail = |source| failed(path, source);
    let mut read = connection.prepare("SELECT value FROM meta WHERE name = ?1").map_err(fail)?;
    let mut value = |name: &str| read.query_row([name], |row| row.get::<_, String>(0)).optional().map_err(fail);
    let Some(cloud) = value("cloud")? else { return Ok(false) };
    let owner = Identity { cloud, tenant: value("tenant")?.unwrap_or_default() };
    if owner == *configured {
        return Ok(true);
    }
    Err(OpenError::OtherTenant { path: path.to_owned(), owner, configured: configured.clone() })
}

/// Whether SQLite's shared memory and locks can't be trusted here: NFS, SMB/CIFS, FUSE, AFS, Ceph.
pub(super) fn on_shared_file_system(directory: &Path) -> bool {
    const SHARED: [u32; 7] = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x6573_5546, 0x5346_414F, 0x00C3_6400];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "file system magic numbers are 32 bits wide")]
    rustix::fs::statfs(directory).is_ok_and(|found| SHARED.contains(&(found.f_type as u32)))
}

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
