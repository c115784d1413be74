//! What a pass asks of the ledger: the stamps of every file, and the whole rows of those that matter.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::Row;

use super::error::LedgerError;
use super::files::BOUND_AT;
use super::literal::{ALL_TARGETS, not_in_step};
use super::meta::fact;
use super::readable::{all_readable, readable};
use super::reader::Reader;
use super::{files, former_bindings, rows};
use crate::model::{
    Fingerprint, Generation, Kept, KnownTarget, LedgerView, PhotoVersion, RecipeId, SourcePath, TargetId, Timestamp,
};

/// The stamps of a file: enough to see that it stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileStamp {
    /// Where.
    pub path: SourcePath,
    /// What the stat said when it was read last.
    pub fingerprint: Fingerprint,
    /// When it was read.
    pub read_at: Timestamp,
    /// When the directory last confirmed its target; none if it speaks for none, is held, or another file outdid it.
    pub bound_at: Option<Timestamp>,
}

/// The stamps of every file, and what makes some of them worthless.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileStamps {
    /// Sorted by path.
    pub files: Vec<FileStamp>,
    /// Files whose target is not in step.
    pub not_in_step: HashSet<SourcePath>,
    /// The settings under which the files were bound and their photos wanted, as a hash.
    pub settings: Option<String>,
    /// The device of the source's root at the last pass that saw everything.
    pub root_device: Option<u64>,
}

impl FileStamps {
    /// Takes out the default pictures, which lie in no source. Sorted by path.
    pub(crate) fn take_default_pictures(&mut self) -> Vec<FileStamp> {
        let from = self.files.partition_point(|note| note.path.as_str() < SourcePath::default_pictures());
        let is_default = |note: &&FileStamp| note.path.is_default_picture();
        let count = self.files[from..].iter().take_while(is_default).count();
        self.files.drain(from..from + count).collect()
    }
}

impl Reader {
    /// The stamps of every file.
    pub(crate) fn file_stamps(&self) -> Result<FileStamps, LedgerError> {
        let mut stamps = FileStamps::default();
        let open = not_in_step();
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT path, size, mtime_ns, ctime_ns, inode, device, read_at,
                    iif(reason IS NULL AND target IS NOT NULL AND digest IS NOT NULL, {BOUND_AT}, NULL), target,
                    target IN (SELECT target FROM targets WHERE {open})
                FROM files ORDER BY path",
        ))?;
        let mut found = statement.query([])?;
        // By the file as well as by the target: a file that was renamed while its photo waited is not the one that its
        // target names.
        while let Some(row) = found.next()? {
            let Some(stamp) = readable(stamp(row))? else { continue };
            if row.get::<_, Option<bool>>(9)?.unwrap_or_default() {
                stamps.not_in_step.insert(stamp.path.clone());
            }
            stamps.files.push(stamp);
        }
        let sql = format!("SELECT path FROM targets WHERE {open} AND path IS NOT NULL");
        let mut statement = self.0.prepare_cached(&sql)?;
        stamps.not_in_step.extend(all_readable(&mut statement.query([])?, |row| rows::path(row, 0))?);
        stamps.settings = self.settings()?;
        stamps.root_device = self.meta(fact::ROOT_DEVICE)?.and_then(|text| text.parse().ok());
        Ok(stamps)
    }

    /// The rows of these files (sorted by path), and of the targets they spoke for. Of a file that is back: whose it was.
    pub(crate) fn view(&self, paths: &[SourcePath]) -> Result<LedgerView, LedgerError> {
        let mut view = LedgerView::default();
        let mut texts = Texts::default();
        let mut files = self.0.prepare_cached(&format!("SELECT {} FROM files WHERE path = ?1", files::columns()))?;
        let mut former = self.0.prepare_cached(former_bindings::AT_PATH)?;
        let mut targets = self.0.prepare_cached(&format!("SELECT {TARGET} FROM targets WHERE path = ?1"))?;
        for path in paths {
            let mut found = files.query([path.as_str()])?;
            // A row that can't be read is none: the file is looked at as a new one, and its row is written anew.
            let mut file = found.next()?.map(|row| readable(files::row(row))).transpose()?.flatten();
            if file.is_none() {
                let mut found = former.query([path.as_str()])?;
                file = found.next()?.map(|row| readable(former_bindings::row(row))).transpose()?.flatten();
            }
            if let Some(mut file) = file {
                file.rule = file.rule.map(|rule| texts.once(rule));
                view.files.push(file);
            }
            let mut found = targets.query([path.as_str()])?;
            while let Some(row) = found.next()? {
                let read = rows::target(row, 0).and_then(|target| Ok((target, known_target(row, &mut texts)?)));
                view.targets.extend(readable(read)?);
            }
        }
        Ok(view)
    }

    /// The settings under which files were bound and photos wanted, as a hash.
    pub(crate) fn settings(&self) -> Result<Option<String>, LedgerError> {
        self.meta(fact::SETTINGS)
    }

    /// Whether files are known below one of these folders.
    pub(crate) fn knows_any_below(&self, folders: &[SourcePath]) -> Result<bool, LedgerError> {
        // Of all that begin with the folder and a slash: `0` comes after it.
        let mut statement = self.0.prepare_cached("SELECT 1 FROM files WHERE path > ?1 || '/' AND path < ?1 || '0'")?;
        for folder in folders {
            if statement.exists([folder.as_str()])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The rows of these targets, where there are any.
    pub(crate) fn known_targets(&self, targets: &[TargetId]) -> Result<HashMap<TargetId, KnownTarget>, LedgerError> {
        let mut texts = Texts::default();
        let mut statement = self.0.prepare_cached(&format!("SELECT {TARGET} FROM targets WHERE target = ?1"))?;
        let mut known = HashMap::new();
        for target in targets {
            let mut found = statement.query([target.to_string()])?;
            if let Some(row) = found.next()? {
                known.extend(readable(known_target(row, &mut texts))?.map(|row| (target.clone(), row)));
            }
        }
        Ok(known)
    }

    /// How many targets hold a photo that was delivered by us.
    pub(crate) fn delivered(&self) -> Result<usize, LedgerError> {
        // The others are few, but for the first pass, and have an index.
        let sql = format!("SELECT {ALL_TARGETS} - (SELECT count(*) FROM targets WHERE delivered_digest IS NULL)");
        let count: i64 = self.0.prepare_cached(&sql)?.query_one([], |row| row.get(0))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }
}

/// A file whose row can't be read stands still for nobody: it is looked at as a new one.
fn stamp(row: &Row<'_>) -> rusqlite::Result<FileStamp> {
    rows::optional_target(row, 8)?;
    Ok(FileStamp {
        path: rows::path(row, 0)?,
        fingerprint: rows::fingerprint(row, 1)?,
        read_at: rows::time(row, 6)?,
        bound_at: rows::optional_time(row, 7)?,
    })
}

/// The columns that [`known_target`] reads, in its order.
pub(super) const TARGET: &str = "target, path, desired_digest, desired_recipe, generation, delivered_digest, delivered_recipe, state, due_at, reason, \
                      kept_reason, kept_digest, restore_from IS NOT NULL, delivered_uncertain OR upload_unconfirmed, upload_unconfirmed";

/// The same, only to see whether the row can be read.
pub(super) fn known_target_alone(row: &Row<'_>) -> rusqlite::Result<()> {
    rows::target(row, 0)?;
    known_target(row, &mut Texts::default()).map(drop)
}

fn known_target(row: &Row<'_>, texts: &mut Texts) -> rusqlite::Result<KnownTarget> {
    let mut version = |digest, recipe| {
        let version = rows::version(row, digest, recipe)?;
        Ok::<_, rusqlite::Error>(
            version.map(|version| PhotoVersion { recipe: RecipeId::from(texts.once(version.recipe.into())), ..version }),
        )
    };
    Ok(KnownTarget {
        path: rows::optional_path(row, 1)?,
        desired: version(2, 3)?,
        generation: Generation(row.get(4)?),
        delivered: version(5, 6)?,
        uncertain: row.get(13)?,
        unconfirmed: row.get(14)?,
        state: rows::state(row, 7)?,
        kept: match rows::reason(row, 10)?.zip(rows::digest(row, 11)?) {
            Some((reason, digest)) => Some(Kept { reason, digest, restoring: row.get(12)? }),
            None => None,
        },
    })
}

/// Rules and recipes are few and rows many: each text is kept once.
#[derive(Default)]
struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn once(&mut self, text: Arc<str>) -> Arc<str> {
        if let Some(known) = self.0.get(&text) {
            return known.clone();
        }
        self.0.insert(text.clone());
        text
    }
}
