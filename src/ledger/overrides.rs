//! What a person decides about targets: try again, accept.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::LedgerError;
use super::former_bindings;
use super::literal::{literals, not_in_step};
use super::reader::Reader;
use super::targets;
use super::writer::Ledger;
use crate::model::target_state::{Event, StateName};
use crate::model::{Fit, Reason, SourcePath, TargetQuery, Timestamp, plain};

/// What can be tried again.
const STUCK: [StateName; 2] = [StateName::Blocked, StateName::Waiting];

/// So many files are named where a word fits several.
const SHOWN: usize = 5;

impl Reader {
    /// Why a yes to what this names would be several, if so: each name that leads to another account is a decision of its
    /// own.
    pub(crate) fn is_several(&self, which: &str) -> Result<Option<String>, LedgerError> {
        let mut names = BTreeSet::new();
        let mut paths: Vec<SourcePath> = Vec::new();
        for path in self.find(&TargetQuery::new(which))?.up_to(Fit::Former).files {
            let of_it = moved(&self.0, std::slice::from_ref(&path))?;
            if of_it.into_iter().any(|name| names.insert(name)) {
                paths.push(path);
            }
        }
        let shown: Vec<_> = paths.iter().take(SHOWN).map(|path| plain(path.as_str())).collect();
        let words = || {
            let (count, shown) = (paths.len(), shown.join(", "));
            format!("{which:?} fits {count} held files, and each is a decision of its own: name one by its path ({shown})")
        };
        Ok((paths.len() > 1).then(words))
    }
}

impl Ledger {
    /// Binds files with a changed identity, and whatever else is named by the same reference, to the object that was told:
    /// whoever the name leads to later is asked about again. Lets HR's photo go again to targets whose own photo was
    /// kept. Forgets a photo that a person has taken out by hand, since Graph can't. Says how many. A folder is not
    /// enough to name them by: each is a decision of its own.
    pub async fn accept(&self, which: String, now: Timestamp) -> Result<usize, LedgerError> {
        self.ask(move |reader| {
            let connection = &reader.0;
            let found = reader.find(&TargetQuery::new(&which))?.up_to(Fit::Former);
            let mut files = 0;
            for reference in moved(connection, &found.files)? {
                files += connection.prepare_cached(REBIND)?.execute([&reference, Reason::IdentityChanged.as_str()])?;
                former_bindings::forget(connection, &reference)?;
            }
            for target in &found.targets {
                // What goes again because a person says so is asked about first.
                connection.execute(UNCONFIRM, [target.to_string()])?;
            }
            let taken_out = targets::update_all(connection, &found.targets, &Event::TakenOut, now)?;
            Ok(files + taken_out + targets::update_all(connection, &found.targets, &Event::Accepted, now)?)
        })
        .await
    }

    /// Makes blocked and waiting targets due at once: those that are named by path, folder, label or id, or all. Says how
    /// many.
    pub async fn retry(&self, which: Option<Vec<String>>, now: Timestamp) -> Result<usize, LedgerError> {
        self.ask(move |reader| {
            let connection = &reader.0;
            let stuck = match which {
                None => targets::select(
                    connection,
                    &format!("{} AND state IN ({})", not_in_step(), literals(STUCK.map(StateName::as_str))),
                    &[],
                )?,
                Some(names) => {
                    let queries: Vec<TargetQuery> = names.iter().map(|name| TargetQuery::new(name)).collect();
                    let found = reader.find_each(&queries)?.into_iter().flat_map(|found| found.up_to(Fit::Folder).targets);
                    found.collect::<BTreeSet<_>>().into_iter().collect()
                }
            };
            Ok(targets::update_all(connection, &stuck, &Event::Retried, now)?)
        })
        .await
    }
}

/// The references by which these files are held for a changed identity.
fn moved(connection: &Connection, paths: &[SourcePath]) -> rusqlite::Result<BTreeSet<String>> {
    let mut reference = connection.prepare_cached("SELECT reference FROM files WHERE path = ?1 AND reason = ?2")?;
    let mut references: BTreeSet<String> = BTreeSet::new();
    for path in paths {
        let found = reference.query_row(params![path.as_str(), Reason::IdentityChanged.as_str()], |row| row.get(0)).optional()?;
        references.extend(found.flatten());
    }
    Ok(references)
}

/// Where nobody was told to whom the name leads, the next pass binds it; to say yes twice is to say it once. A file that a
/// row of the table claimed may have another row by now.
const REBIND: &str = "UPDATE files SET
        target = (SELECT moved_to FROM files WHERE reference = ?1 AND moved_to IS NOT NULL AND reason = ?2 LIMIT 1),
        bound_at = NULL, rule = iif(rule LIKE 'table, line %', NULL, rule)
    WHERE reference = ?1";

const UNCONFIRM: &str = "UPDATE files SET bound_at = NULL
    WHERE path = (SELECT path FROM targets WHERE target = ?1 AND kept_reason IS NOT NULL)";
