//! What the ledger keeps of the directory: links to what changes, and which bindings they still confirm.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::error::LedgerError;
use super::readable::{all_readable, readable};
use super::reader::Reader;
use super::writer::Ledger;
use super::{rows, targets};
use crate::model::target_state::Event;
use crate::model::{ChangedNames, ObjectId, SourcePath, TargetId, TargetKind, Timestamp};

impl Reader {
    /// The links, by collection.
    pub(crate) fn links(&self) -> Result<Vec<(TargetKind, String)>, LedgerError> {
        let mut statement = self.0.prepare("SELECT kind, link FROM links WHERE link IS NOT NULL ORDER BY kind")?;
        Ok(all_readable(&mut statement.query([])?, |row| Ok((rows::word(row, 0)?, row.get(1)?)))?)
    }
}

impl Ledger {
    /// Takes the confirmation from files bound to these objects or named by these references, and confirms all others
    /// of the kinds.
    pub(crate) async fn unconfirm(
        &self,
        collection: TargetKind,
        kinds: &'static [TargetKind],
        ids: HashSet<ObjectId>,
        names: ChangedNames,
        link: String,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(move |connection| {
            if !ids.is_empty() {
                let touched = touched(connection, &ids, &names)?;
                let mut forget = connection.prepare("UPDATE files SET bound_at = NULL WHERE path = ?1")?;
                for path in touched {
                    forget.execute([path])?;
                }
            }
            write_link(connection, collection, kinds, Some(&link), now)
        })
        .await
    }

    /// Keeps what the directory said about files that were asked about by themselves: which are bound to the target that
    /// they were bound to, and which must be asked about by the next pass; and when accounts were made.
    pub(crate) async fn confirm(
        &self,
        same: Vec<(SourcePath, TargetId)>,
        moved: Vec<(SourcePath, TargetId)>,
        created: Vec<(TargetId, Timestamp)>,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        self.write(move |connection| {
            for (target, created) in created {
                targets::update(connection, &target, Event::AccountCreated(created), at)?;
            }
            let mut statement = connection.prepare_cached("UPDATE files SET bound_at = ?3 WHERE path = ?1 AND target = ?2")?;
            for ((path, target), at) in same.iter().map(|file| (file, Some(at))).chain(moved.iter().map(|file| (file, None))) {
                statement.execute(params![path.as_str(), target.to_string(), at.map(Timestamp::millis)])?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets a link that has worn out, and every confirmation of its kinds.
    pub(crate) async fn drop_link(&self, collection: TargetKind, kinds: &'static [TargetKind]) -> Result<(), LedgerError> {
        self.write(move |connection| {
            forget_bindings(connection, kinds, Timestamp::from_millis(i64::MAX))?;
            write_link(connection, collection, kinds, None, Timestamp::default())
        })
        .await
    }
}

/// Takes the confirmation from files of these kinds that were bound before a point in time.
pub(super) fn forget_bindings(connection: &Connection, kinds: &[TargetKind], before: Timestamp) -> rusqlite::Result<()> {
    let mut forget = connection
        .prepare_cached("UPDATE files SET bound_at = NULL WHERE substr(target, 1, length(?1)) = ?1 AND bound_at < ?2")?;
    for kind in kinds {
        forget.execute(params![format!("{kind}:"), before.millis()])?;
    }
    Ok(())
}

/// Keeps a link: from now on changes are heard, and what isn't among them is confirmed.
pub(super) fn write_link(
    connection: &Connection,
    collection: TargetKind,
    kinds: &[TargetKind],
    link: Option<&str>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let mut write = connection.prepare_cached("INSERT OR REPLACE INTO links (kind, link, confirmed_at) VALUES (?1, ?2, ?3)")?;
    for kind in kinds {
        let link = link.filter(|_| *kind == collection);
        write.execute(params![kind.as_str(), link, now.millis()])?;
    }
    Ok(())
}

/// Paths of the files that are concerned. Changes are few and files many: one look over the files serves all.
fn touched(connection: &Connection, ids: &HashSet<ObjectId>, names: &ChangedNames) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT path, target, reference FROM files WHERE reference IS NOT NULL")?;
    let mut found = statement.query([])?;
    let mut paths = Vec::new();
    while let Some(row) = found.next()? {
        let bound = readable(rows::optional_target(row, 1))?.flatten();
        let bound = bound.as_ref().and_then(TargetId::object_id).is_some_and(|id| ids.contains(id));
        let reference = readable(row.get_ref(2)?.as_str_or_null().map_err(Into::into))?.flatten();
        if bound || reference.is_some_and(|key| names.concern(key)) {
            paths.extend(readable(row.get(0))?);
        }
    }
    Ok(paths)
}
