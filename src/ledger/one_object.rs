//! A group and its team are one object with one photo: what is put back goes there once, and what is ours under one name
//! is ours under the other.

use std::collections::{BTreeMap, HashMap};

use rusqlite::OptionalExtension;

use super::error::LedgerError;
use super::readable::readable;
use super::reader::Reader;
use super::targets;
use crate::model::{OwnNames, TargetId};

impl Reader {
    /// What Graph called our photos at these targets.
    pub(crate) fn own_names(&self, targets: &[TargetId]) -> Result<HashMap<TargetId, OwnNames>, LedgerError> {
        let mut all = HashMap::new();
        for target in targets {
            let held = readable(targets::load(&self.0, target))?.flatten().map(|record| record.held).unwrap_or_default();
            all.insert(target.clone(), OwnNames::new(&held, self.ours_by_other_name(target)?));
        }
        Ok(all)
    }

    /// These backups, one for each object. Of a group's and its team's the earlier goes back, since the later one may be the
    /// photo that we had put there under the other name; it goes by the name that has a file now, so that it is kept from that
    /// file's photo.
    pub(crate) fn one_an_object(&self, which: Vec<(TargetId, i64)>) -> Result<Vec<(TargetId, i64)>, LedgerError> {
        let mut chosen: BTreeMap<TargetId, i64> = BTreeMap::new();
        for (target, backup) in which {
            let Some(twin) = target.twin().filter(|twin| chosen.contains_key(twin)) else {
                chosen.insert(target, backup);
                continue;
            };
            let Some(other) = chosen.remove(&twin) else { continue };
            let best = if self.rank(backup)? < self.rank(other)? { backup } else { other };
            let named = if self.has_file(&target)? { target } else { twin };
            chosen.insert(named, best);
        }
        Ok(chosen.into_iter().collect())
    }

    /// What Graph called our photo under the other name of this object, where that is known; none if it took none there.
    #[expect(clippy::option_option, reason = "as of a target's own photo")]
    pub(super) fn ours_by_other_name(&self, target: &TargetId) -> Result<Option<Option<String>>, LedgerError> {
        let Some(twin) = target.twin() else { return Ok(None) };
        let held = readable(targets::load(&self.0, &twin))?.flatten().map(|record| record.held);
        Ok(held.filter(|held| held.delivered.is_some() || held.etag.is_some()).map(|held| held.etag))
    }

    /// What is surely not ours first, then what is older.
    fn rank(&self, backup: i64) -> Result<(bool, i64), LedgerError> {
        let sql = "SELECT may_be_ours, at FROM backups WHERE backup = ?1";
        let found = self.0.prepare_cached(sql)?.query_row([backup], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        Ok(found.unwrap_or((true, i64::MAX)))
    }

    fn has_file(&self, target: &TargetId) -> Result<bool, LedgerError> {
        Ok(targets::load(&self.0, target)?.is_some_and(|record| record.desired.version().is_some()))
    }
}
