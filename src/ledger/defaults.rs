//! Default pictures: which of them are known, and whom the files of the source are for.

use rusqlite::params;

use super::error::LedgerError;
use super::literal::{literal, literals};
use super::readable::all_readable;
use super::reader::Reader;
use super::rows;
use crate::model::target_state::StateName;
use crate::model::{Reason, SourcePath, TargetId, TargetKind};

impl Reader {
    /// Paths of the default pictures that are wanted, or still to be taken out. Sorted.
    pub(crate) fn default_pictures(&self) -> Result<Vec<SourcePath>, LedgerError> {
        let sql = "SELECT path FROM targets WHERE path >= ?1 AND path < ?2 ORDER BY path";
        let mut statement = self.0.prepare_cached(sql)?;
        let (first, behind) = range();
        Ok(all_readable(&mut statement.query(params![first, behind])?, |row| rows::path(row, 0))?)
    }

    /// How many people have one.
    pub(crate) fn default_pictures_in_step(&self) -> Result<u32, LedgerError> {
        let sql = format!("SELECT count(*) FROM targets WHERE {}", is_shown());
        Ok(self.0.prepare_cached(&sql)?.query_one([], |row| row.get(0))?)
    }

    /// How many people have one, or are to get it.
    pub(crate) fn default_pictures_given(&self) -> Result<u32, LedgerError> {
        let coming = literals([StateName::Due, StateName::Waiting].map(StateName::as_str));
        let sql = format!(
            "SELECT count(*) FROM targets WHERE {} OR state IN ({coming}) AND desired_digest IS NOT NULL AND {}",
            is_shown(),
            is_default_picture("path")
        );
        Ok(self.0.prepare_cached(&sql)?.query_one([], |row| row.get(0))?)
    }

    /// Who has one.
    pub(crate) fn people_with_default_picture(&self) -> Result<Vec<TargetId>, LedgerError> {
        let mut statement = self.0.prepare_cached(&format!("SELECT target FROM targets WHERE {}", is_shown()))?;
        Ok(all_readable(&mut statement.query([])?, |row| rows::target(row, 0))?)
    }

    /// Files of the source that are for a person, with whom: held ones, too. Sorted by path.
    pub(crate) fn people_with_file(&self) -> Result<Vec<(SourcePath, TargetId)>, LedgerError> {
        let mut statement = self.0.prepare_cached(&format!(
            "SELECT path, target FROM files WHERE target LIKE ?3 AND NOT (path >= ?1 AND path < ?2)
                AND (reason IS NULL OR reason <> {unmatched}) ORDER BY path",
            unmatched = literal(Reason::Unmatched.as_str()),
        ))?;
        let (first, behind) = range();
        let people = format!("{}:%", TargetKind::User);
        let row = |row: &rusqlite::Row<'_>| Ok((rows::path(row, 0)?, rows::target(row, 1)?));
        Ok(all_readable(&mut statement.query(params![first, behind, people])?, row)?)
    }
}

/// The first path that a default picture may have, and the first behind all of them.
fn range() -> (&'static str, String) {
    let first = SourcePath::default_pictures();
    (first, first.replace('/', "0"))
}

/// Of a target: it was given one, nobody found another photo or none there since, and nothing is to be done about that.
fn is_shown() -> String {
    format!("state = {} AND drift IS NULL AND {}", literal(StateName::InStep.as_str()), is_default_picture("path"))
}

/// Of a target: its owner has a photo, so that no default picture is needed. Nobody has to know.
pub(super) fn has_their_own() -> String {
    let (blocked, has_photo) = (literal(StateName::Blocked.as_str()), literal(Reason::HasPhoto.as_str()));
    format!("coalesce(state = {blocked} AND reason = {has_photo} AND {}, 0)", is_default_picture("path"))
}

/// Of a row with a path: it is a default picture's.
pub(super) fn is_default_picture(path: &str) -> String {
    let (first, behind) = range();
    format!("({path} >= {} AND {path} < {})", literal(first), literal(&behind))
}
