//! The ledger behind the program's back: the one place where a test speaks SQL to it.
//!
//! What a command, a fault of the world or the passing of time can do is done by those. Here is what nothing else can: rows
//! that a damaged disk, a hand or another version left; a lock that somebody holds; whether the file is sound.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::World;

/// A lock on the ledger, until it is dropped.
pub(crate) struct Lock(#[expect(dead_code, reason = "held until it is dropped")] Connection);

fn open(path: &Path) -> Connection {
    let ledger = Connection::open(path).unwrap();
    // A program at work may be writing.
    ledger.busy_timeout(Duration::from_secs(10)).unwrap();
    ledger
}

/// Every time that the ledger remembers and a story lets grow old: confirmations by the directory, deliveries, comparisons
/// with the tenant, files that are gone, backups and rebuilt ledgers.
const TIMES: [(&str, &[&str]); 5] = [
    ("files", &["bound_at"]),
    ("links", &["confirmed_at"]),
    ("targets", &["delivered_at", "checked_at", "due_at", "since", "account_created"]),
    ("gone", &["since"]),
    ("backups", &["at"]),
];

/// For each table and column that may hold something unreadable, a row that does. `old` versions wrote some of them; the
/// others are a damaged disk's, or a hand's.
pub(crate) const BROKEN_ROWS: &[(&str, &str)] = &[
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, target) VALUES ('f1', 1, 1, 1, 1, 1, 1, 'user:')",
    ),
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reference, target) VALUES ('f2', 1, 1, 1, 1, 1, 1, 'user:userPrincipalName:p001@contoso.com', 'contact:o/a/b/c')",
    ),
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reason, held_since) VALUES ('f3', 1, 1, 1, 1, 1, 1, 'of_another_version', 1)",
    ),
    ("files", "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at) VALUES ('../f4', 1, 1, 1, 1, 1, 1)"),
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, label) VALUES ('f5', 1, 1, 1, 1, 1, 1, CAST(x'fffe' AS TEXT))",
    ),
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reference, target) VALUES ('f6', 1, 1, 1, 1, 1, 1, CAST(x'ff' AS TEXT), 'user:x')",
    ),
    ("former_bindings", "INSERT INTO former_bindings (reference, target, path, since) VALUES ('user:a', 'user:', 'f7', 1)"),
    (
        "former_bindings",
        "INSERT INTO former_bindings (reference, target, path, since) VALUES (CAST(x'ff' AS TEXT), 'user:x', 'f8', 1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, generation, desired_at, state, since) VALUES ('user:', 'l', 1, 1, 'due', 1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, desired_digest, desired_recipe, generation, desired_at, state, since, due_at) VALUES ('contact:o/a/b/c', 'l', 'f2', zeroblob(32), 'r', 1, 1, 'waiting', 1, 1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, generation, desired_at, state, since, reason) VALUES ('user:t1', 'l', 1, 1, 'blocked', 1, 'of_another_version')",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, generation, desired_at, state, since) VALUES ('user:t2', 'l', '../x', 1, 1, 'in_step', 1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, desired_digest, desired_recipe, generation, desired_at, state, since, attempts) VALUES ('user:t3', 'l', 'f9', zeroblob(32), 'r', 1, 1, 'due', 1, -1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, desired_digest, desired_recipe, generation, desired_at, state, since, kept_reason, kept_digest) VALUES ('user:t4', 'l', 'f8', zeroblob(32), 'r', 1, 1, 'in_step', 1, 'odd', zeroblob(32))",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, generation, desired_at, state, since) VALUES ('robot:1', CAST(x'ff' AS TEXT), 'f7', 1, 1, 'in_step', 1)",
    ),
    ("gone", "INSERT INTO gone (target, label, path, since, root) VALUES ('user:', 'l', 'g', 1, 'r')"),
    ("gone", "INSERT INTO gone (target, label, path, since, root) VALUES ('user:g', 'l', '', 1, 'r')"),
    (
        "backups",
        "INSERT INTO backups (target, pass, at, bytes, overwritten, may_be_ours) VALUES ('user:', 1, 9000000000000, 1, 1, 0)",
    ),
    (
        "backups",
        "INSERT INTO backups (target, pass, at, file, bytes, overwritten, may_be_ours) VALUES ('user:b', 1, 9000000000000, CAST(x'ff' AS TEXT), 1, 1, 0)",
    ),
    ("links", "INSERT INTO links (kind, link, confirmed_at) VALUES ('robot', 'nonsense', 1)"),
    ("passes", "INSERT INTO passes (cause, started_at, summary) VALUES (CAST(x'ff' AS TEXT), 9000000000000, NULL)"),
    (
        "attempts",
        "INSERT INTO attempts (pass, target, generation, at, outcome, bytes, elapsed_ms) VALUES (1, 'user:', 1, 9000000000000, 'delivered', 1, 1)",
    ),
    (
        "attempts",
        "INSERT INTO attempts (pass, target, generation, at, outcome, reason, bytes, elapsed_ms) VALUES (1, 'user:a', 1, 9000000000000, 'blocked', 'odd', 1, 1)",
    ),
    (
        "attempts",
        "INSERT INTO attempts (pass, target, generation, at, outcome, status, bytes, elapsed_ms) VALUES (1, 'user:a', 1, 9000000000000, 'blocked', 70000, 1, 1)",
    ),
    // No row of its own can't be read, but what it says.
    ("", "INSERT INTO passes (cause, started_at, ended_at, summary) VALUES ('start', 9000000000000, 9000000000000, '{broken')"),
    (
        "",
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('halt', '{broken'), ('rebuilt_at', 'long ago'), ('seen_table_rows', '-x')",
    ),
    ("", "INSERT OR REPLACE INTO links (kind, link, confirmed_at) VALUES ('user', 'no url at all', 1)"),
    ("", "INSERT INTO removals (at, count) VALUES (-1, -1)"),
];

/// Checks every page and index of a ledger.
#[track_caller]
pub(crate) fn ledger_is_sound(path: &Path) {
    let finding: String = open(path).query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(finding, "ok", "{}", path.display());
}

impl World {
    /// Whom a file is bound to.
    pub(crate) fn bound(&self, path: &str) -> Option<String> {
        let bound = open(&self.ledger()).query_row("SELECT target FROM files WHERE path = ?1", [path], |row| row.get(0));
        bound.unwrap()
    }

    /// Time passes for the program, which reads the machine's clock: what its ledger remembers becomes older.
    pub(crate) fn later(&self, span: Duration) {
        let span = span.as_millis();
        let columns = TIMES.iter().flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)));
        let aged = columns.map(|(table, column)| format!("UPDATE {table} SET {column} = {column} - {span};"));
        let names = "'rebuilt_at', 'seen_numbers_asked_at', 'clock_wall', 'clock_steady', 'clock_jumped'";
        let of_meta = format!("name IN ({names}) OR name GLOB 'permitted_at_*'");
        let rebuilt = format!("UPDATE meta SET value = value - {span} WHERE {of_meta};");
        // All or nothing: a service may be looking.
        self.alter_ledger(&format!("BEGIN IMMEDIATE; {} {rebuilt} COMMIT;", aged.collect::<String>()));
    }

    /// The machine's clock jumps: all that the ledger remembers is older by the wall clock, and not by the steady one.
    pub(crate) fn clock_jumps_by_days(&self, days: i64) {
        let span = days * 24 * 3_600_000;
        let journal: [(&str, &[&str]); 2] = [("passes", &["started_at", "ended_at"]), ("attempts", &["at"])];
        let columns = TIMES.iter().chain(&journal).flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)));
        let aged = columns.map(|(table, column)| format!("UPDATE {table} SET {column} = {column} - ({span});"));
        let clock =
            format!("UPDATE meta SET value = value - ({span}) WHERE name IN ('rebuilt_at', 'clock_wall', 'clock_jumped');");
        self.alter_ledger(&format!("BEGIN IMMEDIATE; {} {clock} COMMIT;", aged.collect::<String>()));
    }

    /// The journal was cut, as it is after its 90 days.
    pub(crate) fn journal_forgets(&self) {
        self.alter_ledger("DELETE FROM passes; DELETE FROM attempts;");
    }

    /// Changes rows as nobody but a damaged disk, a hand or another version would.
    pub(crate) fn alter_ledger(&self, sql: &str) {
        open(&self.ledger()).execute_batch(sql).unwrap();
    }

    /// A version to come has written it.
    pub(crate) fn ledger_has_format(&self, format: u32) {
        self.alter_ledger(&format!("PRAGMA user_version = {format}"));
    }

    /// It was begun for another tenant.
    pub(crate) fn ledger_belongs_to(&self, tenant: &str) {
        self.alter_ledger(&format!("UPDATE meta SET value = '{tenant}' WHERE name = 'tenant'"));
    }

    /// Links to what changes in the directory are ones that the directory does not know: the emulator gives out none such.
    pub(crate) fn links_lead_to(&self, url: &str) {
        self.alter_ledger(&format!("UPDATE links SET link = '{url}' WHERE link IS NOT NULL"));
    }

    /// The one backup lies under another name, which tells when it was made.
    pub(crate) fn backup_is_called(&self, file: &str) {
        self.alter_ledger(&format!("UPDATE backups SET file = '{file}'"));
    }

    /// The rows of a person can't be read.
    pub(crate) fn spoil_rows_of(&self, upn: &str) {
        self.alter_ledger(&format!("UPDATE files SET target = 'user:' WHERE path LIKE '%{upn}%'"));
        self.alter_ledger(&format!("UPDATE targets SET path = '../x' WHERE label = '{upn}'"));
    }

    /// The tries that are counted against photos, over all.
    pub(crate) fn tries_counted(&self) -> u32 {
        open(&self.ledger()).query_row("SELECT coalesce(sum(attempts), 0) FROM targets", [], |row| row.get(0)).unwrap()
    }

    /// All that was written is in the file itself.
    pub(crate) fn empty_the_log(&self) {
        self.alter_ledger("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    /// Somebody holds the ledger: whoever needs it waits.
    pub(crate) fn lock_ledger(&self) -> Lock {
        let ledger = open(&self.ledger());
        ledger.execute_batch("BEGIN IMMEDIATE").unwrap();
        Lock(ledger)
    }
}
