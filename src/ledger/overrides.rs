//! What a person decides about targets: try again, accept.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::error::LedgerError;
use super::former_bindings;
use super::literal::{literals, not_in_step};
use super::reader::Reader;
use super::target_rows::TargetRow;
use super::targets;
use super::writer::Ledger;
use crate::model::target_state::{Event, StateName};
use crate::model::{Fit, ObjectId, Reason, SourcePath, TargetId, TargetQuery, Timestamp, plain};

/// What can be tried again.
const STUCK: [StateName; 2] = [StateName::Blocked, StateName::Waiting];

/// So many files are named where a word fits several.
const SHOWN: usize = 5;

/// What a name leads to that waits for a person's yes.
#[derive(Default)]
struct Decisions {
    /// References of files that are held for a changed identity, each with one of the files.
    moved: BTreeMap<String, SourcePath>,
    /// Targets whose own photo is kept, or whose photo is to be taken out by hand.
    targets: Vec<TargetId>,
}

/// What a person's yes comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Consent {
    /// The photo of the file goes out.
    Sends,
    /// What was kept is kept no more, and no file wants anything.
    NoFile,
    /// The photo was taken out by hand.
    TakenOut,
    /// The same, and what was put back by that stays.
    Undone,
}

impl Decisions {
    fn of(reader: &Reader, which: &str) -> Result<Self, LedgerError> {
        let found = reader.find(&TargetQuery::new(which))?.up_to(Fit::Former);
        let mut decisions = Self::default();
        for path in found.files {
            for reference in moved(&reader.0, std::slice::from_ref(&path))? {
                decisions.moved.entry(reference).or_insert_with(|| path.clone());
            }
        }
        for target in found.targets {
            if targets::load(&reader.0, &target)?.is_some_and(|record| record.awaits_a_yes()) {
                decisions.targets.push(target);
            }
        }
        // A file that is named by its path, or a target by its id, is that alone.
        if decisions.targets.iter().any(|target| is_id(target, which)) {
            decisions.moved.clear();
        } else if decisions.moved.values().any(|path| path.as_str() == which.strip_prefix("./").unwrap_or(which)) {
            decisions.targets.clear();
        }
        Ok(decisions)
    }

    /// How many they are: a group and its team are one object.
    fn count(&self) -> usize {
        let objects: BTreeSet<Option<&ObjectId>> = self.targets.iter().map(TargetId::object_id).collect();
        self.moved.len() + objects.len()
    }

    /// Each by a name that only it has.
    fn names(&self) -> Vec<String> {
        let files = self.moved.values().map(|path| plain(path.as_str()).to_string());
        files.chain(self.targets.iter().map(ToString::to_string)).take(SHOWN).collect()
    }
}

/// Whether this is a target's id, with its kind or without.
fn is_id(target: &TargetId, which: &str) -> bool {
    let same = |id: &str| id.eq_ignore_ascii_case(which);
    same(&target.to_string()) || target.object_id().is_some_and(|id| same(id.as_str()))
}

impl Reader {
    /// Why a yes to what this names would be several, if so: each name that leads to another account is a decision of its
    /// own, and so is each photo that is kept or to be taken out.
    pub(crate) fn is_several(&self, which: &str) -> Result<Option<String>, LedgerError> {
        let decisions = Decisions::of(self, which)?;
        let (count, shown) = (decisions.count(), decisions.names().join(", "));
        let words = || {
            if decisions.targets.is_empty() {
                format!("{which:?} fits {count} held files, and each is a decision of its own: name one by its path ({shown})")
            } else {
                format!(
                    "{which:?} fits {count} things that wait for a yes, and each is a decision of its own: name one by its path or id \
                     ({shown}); `photosyncd status` tells what each is about"
                )
            }
        };
        Ok((count > 1).then(words))
    }

    /// Whether this names a target whose photo stays since the settings say so.
    pub(crate) fn stays_by_setting(&self, which: &str) -> Result<bool, LedgerError> {
        let named = self.find(&TargetQuery::new(which))?.up_to(Fit::Former).targets;
        let rows = self.target_rows(&named)?;
        let has_photo = |row: &TargetRow| row.problem.as_ref().is_some_and(|problem| problem.reason == Reason::HasPhoto);
        Ok(rows.iter().any(has_photo))
    }

    /// What a yes to what this names comes to.
    pub(crate) fn consent(&self, which: &str) -> Result<Consent, LedgerError> {
        let Decisions { moved, targets } = Decisions::of(self, which)?;
        if !moved.is_empty() {
            return Ok(Consent::Sends);
        }
        let mut consent = Consent::NoFile;
        for target in targets {
            let Some(record) = targets::load(&self.0, &target)? else { continue };
            consent = match (record.is_to_be_taken_out(), record.desired.backup(), record.desired.version()) {
                (true, Some(_), _) => Consent::Undone,
                (true, None, _) => Consent::TakenOut,
                (false, _, Some(_)) => return Ok(Consent::Sends),
                (false, _, None) => consent,
            };
        }
        Ok(consent)
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
            let decisions = Decisions::of(reader, &which)?;
            let mut count = 0;
            for reference in decisions.moved.keys() {
                count += connection.prepare_cached(REBIND)?.execute([reference, Reason::IdentityChanged.as_str()])?;
                former_bindings::forget(connection, reference)?;
            }
            for target in &decisions.targets {
                // What goes again because a person says so is asked about first.
                connection.execute(UNCONFIRM, [target.to_string()])?;
                let is_concerned = targets::update(connection, target, Event::TakenOut, now)?
                    || targets::update(connection, target, Event::Accepted, now)?;
                count += usize::from(is_concerned);
            }
            Ok(count)
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
                    &format!(
                        "{} AND state IN ({}) AND (state <> ?1 OR reason IS NOT ?2)",
                        not_in_step(),
                        literals(STUCK.map(StateName::as_str))
                    ),
                    // Who is excluded is tried by nobody until the settings or the groups say otherwise.
                    &[&StateName::Blocked.as_str(), &Reason::OutOfScope.as_str()],
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
