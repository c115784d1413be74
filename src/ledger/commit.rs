//! Writes down what a pass saw and decided, in one transaction.

use rusqlite::{Connection, params};

use super::directory::{forget_bindings, write_link};
use super::gone;
use super::rows::unsure;
use super::writer::{Ledger, LedgerError};
use crate::model::{Digest, PhotoVersion, Problem, SourcePath, TargetId, TargetKind, Timestamp};
use crate::plan::{Departures, Hold, KnownFile};

/// One file's row, as it is to be from now on.
pub type FileRow = KnownFile;

/// A version that a target is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which target.
    pub target: TargetId,
    /// The target as HR names it.
    pub label: String,
    /// The file that speaks for it.
    pub path: SourcePath,
    /// The version.
    pub version: PhotoVersion,
}

/// A target whose own photo in the tenant is kept, though a file speaks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// What the file would want.
    pub wish: Wish,
    /// Why it gets nothing.
    pub problem: Problem,
}

/// Rows that are made while they are written.
pub type Rows<T> = Box<dyn Iterator<Item = T> + Send>;

/// What a pass changes in the ledger. What it leaves out stays.
pub struct Commit {
    /// Files that are new, changed, or bound or held in another way than before.
    pub files: Rows<FileRow>,
    /// The settings under which all files are bound from now on, as a hash, if they changed.
    pub settings: Option<String>,
    /// Links to what changes in the directory, by collection, the kinds they confirm, and since when.
    pub links: Vec<(TargetKind, &'static [TargetKind], String, Timestamp)>,
    /// Paths that are gone.
    pub gone: Vec<SourcePath>,
    /// Versions wanted from now on: due at once, whatever stood in the way of an older one.
    pub wishes: Rows<Wish>,
    /// Since when they are; none: now. What is sent must have been confirmed in the directory since.
    pub wished_at: Option<Timestamp>,
    /// Targets that turned out to hold the wanted version already.
    pub in_step: Vec<Wish>,
    /// Targets that get nothing until the problem is cured.
    pub holds: Vec<Hold>,
    /// Targets whose own photo is kept.
    pub keeps: Vec<Keep>,
    /// Targets whose delivered photo is to be removed from the tenant.
    pub removals: Vec<TargetId>,
    /// A person has said so: these removals count against no limit.
    pub forced: bool,
    /// What else is known of photos whose files are gone; none: no account is kept of them.
    pub departures: Option<Departures>,
    /// What this pass saw of the world, by name.
    pub facts: Vec<(String, String)>,
    /// Targets without a file: forgotten, nothing remote is touched.
    pub releases: Vec<TargetId>,
}

impl Default for Commit {
    fn default() -> Self {
        Self {
            files: Box::new(std::iter::empty()),
            settings: None,
            links: Vec::new(),
            gone: Vec::new(),
            wishes: Box::new(std::iter::empty()),
            wished_at: None,
            in_step: Vec::new(),
            holds: Vec::new(),
            keeps: Vec::new(),
            removals: Vec::new(),
            forced: false,
            departures: Some(Departures::default()),
            facts: Vec::new(),
            releases: Vec::new(),
        }
    }
}

/// Whether there are surely no rows.
fn none<T>(rows: &Rows<T>) -> bool {
    rows.size_hint().1 == Some(0)
}

impl Commit {
    /// Whether it surely changes nothing.
    pub fn is_empty(&self) -> bool {
        let Self {
            files,
            settings,
            links,
            gone,
            wishes,
            in_step,
            holds,
            keeps,
            removals,
            releases,
            departures,
            facts,
            forced: _,
            wished_at: _,
        } = self;
        settings.is_none()
            && links.is_empty()
            && none(files)
            && gone.is_empty()
            && none(wishes)
            && in_step.is_empty()
            && holds.is_empty()
            && keeps.is_empty()
            && removals.is_empty()
            && facts.is_empty()
            && departures.as_ref().is_some_and(|departures| {
                departures.seen.is_empty() && departures.back.is_empty() && departures.impossible.is_empty()
            })
            && releases.is_empty()
    }
}

impl Ledger {
    /// Writes a pass down; all of it or nothing.
    pub async fn commit(&self, commit: Commit, now: Timestamp) -> Result<(), LedgerError> {
        self.ask(move |connection| write(connection, commit, now.millis())).await
    }
}

fn write(connection: &Connection, commit: Commit, now: i64) -> rusqlite::Result<()> {
    for file in commit.files {
        write_file(connection, &file)?;
    }
    if let Some(settings) = &commit.settings {
        connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('settings', ?1)", [settings])?;
    }
    for (collection, kinds, link, since) in &commit.links {
        // Changes are heard from `since` on: a binding from before that was not looked at in this sweep counts no more.
        forget_bindings(connection, kinds, *since)?;
        write_link(connection, *collection, kinds, Some(link), *since)?;
    }
    let mut forget = connection.prepare_cached("DELETE FROM files WHERE path = ?1")?;
    for path in &commit.gone {
        forget.execute([path.as_str()])?;
    }
    for (name, value) in &commit.facts {
        connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", [name, value])?;
    }
    if let Some(departures) = &commit.departures {
        gone::write_back(connection, &departures.back, now)?;
    }
    let mut wish = connection.prepare_cached(WISH)?;
    let wished_at = commit.wished_at.map_or(now, Timestamp::millis);
    for Wish { target, label, path, version } in commit.wishes {
        let (digest, recipe) = (version.digest.as_bytes(), version.recipe.as_str());
        wish.execute(params![target.to_string(), label, path.as_str(), digest, recipe, wished_at])?;
    }
    let mut in_step = connection.prepare_cached(IN_STEP)?;
    for Wish { target, label, path, version } in &commit.in_step {
        in_step.execute(params![
            target.to_string(),
            label,
            path.as_str(),
            version.digest.as_bytes(),
            version.recipe.as_str(),
            now
        ])?;
    }
    let mut hold = connection.prepare_cached(HOLD)?;
    for Hold { target, problem: Problem { reason, detail, cure }, path } in &commit.holds {
        hold.execute(params![target.to_string(), reason.as_str(), detail, cure, now, path.as_ref().map(SourcePath::as_str)])?;
    }
    let mut keep = connection.prepare_cached(KEEP)?;
    for Keep { wish: Wish { target, label, path, version }, problem } in &commit.keeps {
        let (digest, recipe) = (version.digest.as_bytes(), version.recipe.as_str());
        let Problem { reason, detail, cure } = problem;
        keep.execute(params![target.to_string(), label, path.as_str(), digest, recipe, now, reason.as_str(), detail, cure])?;
    }
    let mut remove = connection.prepare_cached(REMOVE)?;
    let mut added = 0;
    for target in &commit.removals {
        added += remove.execute(params![target.to_string(), now])?;
    }
    if added > 0 && !commit.forced {
        gone::count_removals(connection, added, now)?;
    }
    let mut release = connection.prepare_cached(RELEASE)?;
    for target in &commit.releases {
        release.execute(params![target.to_string(), now])?;
    }
    match &commit.departures {
        Some(departures) => gone::write_gone(connection, departures, now)?,
        None => gone::forget(connection)?,
    }
    gone::tidy(connection)
}

fn write_file(connection: &Connection, file: &FileRow) -> rusqlite::Result<()> {
    let FileRow { path, fingerprint, digest, read_at, rule, reference, label, target, bound_at, held } = file;
    let problem = held.as_deref().map(|(problem, _)| problem);
    connection.prepare_cached(FILE)?.execute(params![
        path.as_str(),
        fingerprint.size.cast_signed(),
        fingerprint.mtime_ns,
        fingerprint.ctime_ns,
        fingerprint.inode.cast_signed(),
        fingerprint.device.cast_signed(),
        digest.as_ref().map(Digest::as_bytes),
        read_at.millis(),
        rule.as_deref(),
        reference.as_deref(),
        label.as_deref(),
        target.as_ref().map(ToString::to_string),
        bound_at.map(Timestamp::millis),
        problem.map(|problem| problem.reason.as_str()),
        problem.map(|problem| &problem.detail),
        problem.map(|problem| &problem.cure),
        held.as_deref().map(|(_, since)| since.millis()),
    ])?;
    Ok(())
}

const FILE: &str = "INSERT OR REPLACE INTO files
    (path, size, mtime_ns, ctime_ns, inode, device, digest, read_at, rule, reference, label, target, bound_at, reason, detail, cure,
     held_since)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";

/// A new wish starts afresh: its generation, its tries, its reasons. One for what was delivered before calls off a removal
/// or another picture, and may come too late for that: nobody knows then what the tenant holds.
const WISH: &str = "INSERT INTO targets (target, label, path, digest, recipe, generation, desired_at, state, since)
    VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, 'due', ?6)
    ON CONFLICT (target) DO UPDATE SET
        unsure = unsure OR (delivered_digest IS ?4 AND delivered_recipe IS ?5),
        sent = CASE WHEN state = 'in_step' THEN sent END,
        label = ?2, path = ?3, digest = ?4, recipe = ?5, generation = generation + 1, desired_at = ?6,
        state = 'due', since = ?6, due_at = NULL, attempts = 0, failing_since = NULL, restore_from = NULL,
        reason = NULL, detail = NULL, cure = NULL, status = NULL, code = NULL, request_id = NULL";

const IN_STEP: &str = "UPDATE targets SET
        label = ?2, path = ?3, digest = ?4, recipe = ?5, generation = generation + 1,
        state = 'in_step', since = ?6, due_at = NULL, attempts = 0, failing_since = NULL,
        reason = NULL, detail = NULL, cure = NULL, status = NULL, code = NULL, request_id = NULL
    WHERE target = ?1";

/// A hold that is the same as before keeps its time.
const HOLD: &str = concat!(
    "UPDATE targets SET ",
    unsure!(),
    ",
        since = CASE WHEN state = 'blocked' AND reason = ?2 THEN since ELSE ?5 END,
        generation = generation + 1,
        path = coalesce(?6, path),
        state = 'blocked', reason = ?2, detail = ?3, cure = ?4, due_at = NULL, status = NULL, code = NULL, request_id = NULL
    WHERE target = ?1"
);

/// What is still to be put back goes first.
const KEEP: &str = "UPDATE targets SET
        label = ?2, path = ?3, digest = ?4, recipe = ?5, generation = generation + 1, since = ?6, due_at = NULL,
        state = iif(restore_from IS NULL, 'blocked', 'due'),
        reason = iif(restore_from IS NULL, ?7, NULL), detail = iif(restore_from IS NULL, ?8, NULL),
        cure = iif(restore_from IS NULL, ?9, NULL), status = NULL, code = NULL, request_id = NULL
    WHERE target = ?1";

/// A removal is a wish for nothing; one that is due already stays as it is.
const REMOVE: &str = "UPDATE targets SET
        digest = NULL, recipe = NULL, restore_from = NULL, generation = generation + 1, desired_at = ?2, state = 'due', since = ?2, due_at = NULL,
        attempts = 0, failing_since = NULL, reason = NULL, detail = NULL, cure = NULL, status = NULL, code = NULL, request_id = NULL
    WHERE target = ?1 AND NOT (state IN ('due', 'waiting', 'blocked') AND digest IS NULL)";

const RELEASE: &str = concat!(
    "UPDATE targets SET ",
    unsure!(),
    ",
        path = NULL, digest = NULL, recipe = NULL, generation = generation + 1, state = 'released', since = ?2, due_at = NULL,
        attempts = 0, failing_since = NULL, reason = NULL, detail = NULL, cure = NULL, status = NULL, code = NULL, request_id = NULL
    WHERE target = ?1 AND restore_from IS NULL"
);
