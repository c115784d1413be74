-- What this ledger is and what the last good pass saw: the cloud and tenant it belongs to, the settings, the root of
-- the source, the table's rows, removals of the last day, the guard's no while it stands, when it was rebuilt.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a file seen in the source: what it held when it was read last, whom it was bound to by which rule,
-- and why it is held, if it is. `target` is pinned: a reference that names another object later is held.
-- `bound_at` is when the directory last said that the reference means the target.
CREATE TABLE files (
    path       TEXT PRIMARY KEY,
    size       INTEGER NOT NULL,
    mtime_ns   INTEGER NOT NULL,
    ctime_ns   INTEGER NOT NULL,
    inode      INTEGER NOT NULL,
    device     INTEGER NOT NULL,
    digest     BLOB CHECK (digest IS NULL OR length(digest) = 32),
    read_at    INTEGER NOT NULL,
    rule       TEXT,
    reference  TEXT,
    label      TEXT,
    target     TEXT,
    bound_at   INTEGER,
    reason     TEXT,
    detail     TEXT,
    cure       TEXT,
    held_since INTEGER
) STRICT, WITHOUT ROWID;

-- What is held, to be listed.
CREATE INDEX files_held ON files (reason) WHERE reason IS NOT NULL;

-- One row a kind of target whose directory objects were swept: the link to what changes from then on (only at the
-- kind that names the collection), and up to when all changes were heard.
CREATE TABLE links (
    kind         TEXT PRIMARY KEY,
    link         TEXT,
    confirmed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a photo slot in the tenant that was ever planned for: the version wanted (`digest`, `recipe`), the
-- version Graph accepted last (`delivered_*`), and where it stands. The queue is a query over this table.
-- `sent`: hash of the photo that was accepted. A version that comes out the same is not sent again; null where the
-- tenant may hold another one. `note`: what is worth telling about that photo.
-- `generation` grows with each change of the wanted version, so that a late outcome of an older one can't win.
-- `released`: no file speaks for it any more.
-- `kept_*`: the tenant's photo stays, for that reason, as long as the file holds that very picture.
-- `restore_from`: this backup is to go back there before anything else.
-- `drift`, `drift_since`: the tenant shows another photo than ours, or none; `checked_at`: when that was compared last.
CREATE TABLE targets (
    target            TEXT PRIMARY KEY,
    label             TEXT NOT NULL,
    path              TEXT,
    digest            BLOB CHECK (digest IS NULL OR length(digest) = 32),
    recipe            TEXT,
    generation        INTEGER NOT NULL,
    desired_at        INTEGER NOT NULL,
    delivered_digest  BLOB CHECK (delivered_digest IS NULL OR length(delivered_digest) = 32),
    delivered_recipe  TEXT,
    delivered_at      INTEGER,
    etag              TEXT,
    sent              BLOB CHECK (sent IS NULL OR length(sent) = 32),
    note              TEXT,
    state             TEXT NOT NULL CHECK (state IN ('in_step', 'due', 'waiting', 'blocked', 'released')),
    since             INTEGER NOT NULL,
    due_at            INTEGER,
    attempts          INTEGER NOT NULL DEFAULT 0,
    failing_since     INTEGER,
    reason            TEXT,
    detail            TEXT,
    cure              TEXT,
    status            INTEGER,
    code              TEXT,
    request_id        TEXT,
    kept_reason       TEXT,
    kept_digest       BLOB CHECK (kept_digest IS NULL OR length(kept_digest) = 32),
    restore_from      INTEGER,
    drift             TEXT CHECK (drift IS NULL OR drift IN ('changed', 'gone')),
    drift_since       INTEGER,
    checked_at        INTEGER
) STRICT, WITHOUT ROWID;

-- What is due, kind by kind (three letters tell them apart), newest wish first; what waits, by its time.
CREATE INDEX targets_due ON targets (substr(target, 1, 3), desired_at) WHERE state = 'due';
CREATE INDEX targets_waiting ON targets (due_at) WHERE state = 'waiting';
CREATE INDEX targets_restless ON targets (state) WHERE state IN ('due', 'waiting', 'blocked');
-- Which targets a file spoke for.
CREATE INDEX targets_path ON targets (path);

-- One row a photo delivered by us whose file is gone: the file, since when, and under which root of the source that was
-- seen last. A row stays until the file comes back, another one speaks for the target, or the photo was removed.
CREATE TABLE gone (
    target TEXT PRIMARY KEY,
    label  TEXT NOT NULL,
    path   TEXT NOT NULL,
    since  INTEGER NOT NULL,
    root   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a photo of somebody else's that was in the tenant before ours, with the file that keeps it (none: there was
-- no photo). `sent`: whether ours went out since: 0 surely not, 1 perhaps, 2 surely. `doubtful`: it may be our own,
-- since an earlier try ended without an answer.
CREATE TABLE backups (
    backup   INTEGER PRIMARY KEY,
    target   TEXT NOT NULL,
    pass     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    file     TEXT,
    digest   BLOB CHECK (digest IS NULL OR length(digest) = 32),
    bytes    INTEGER NOT NULL,
    etag     TEXT,
    sent     INTEGER NOT NULL CHECK (sent IN (0, 1, 2)),
    doubtful INTEGER NOT NULL CHECK (doubtful IN (0, 1))
) STRICT;
CREATE INDEX backups_target ON backups (target, backup);
CREATE INDEX backups_pass ON backups (pass);
CREATE INDEX backups_at ON backups (at);

-- The journal of passes: one row each, with the summary as JSON once it has ended.
CREATE TABLE passes (
    pass       INTEGER PRIMARY KEY,
    cause      TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    summary    TEXT
) STRICT;

-- The journal of tries: one row each. Bounded by age and count.
CREATE TABLE attempts (
    attempt    INTEGER PRIMARY KEY,
    pass       INTEGER NOT NULL,
    target     TEXT NOT NULL,
    path       TEXT,
    generation INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    reason     TEXT,
    detail     TEXT,
    status     INTEGER,
    code       TEXT,
    request_id TEXT,
    bytes      INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts_target ON attempts (target, attempt);
