//! What the ledger knows by a name that a person gave.

use rusqlite::Row;

use super::error::LedgerError;
use super::readable::{all_readable, readable};
use super::reader::Reader;
use super::rows;
use crate::model::{Fit, Names, SourcePath, TargetId, TargetQuery};

/// What a name leads to. A file that is held leads to no target by itself.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Found {
    /// How the name fits all of this; none if nothing was found.
    pub fit: Option<Fit>,
    /// Targets, in the order of their ids.
    pub targets: Vec<TargetId>,
    /// Files, in the order of their paths: those that the name fits, and those that identify the targets now.
    pub files: Vec<SourcePath>,
}

impl Found {
    /// Nothing, where the name fits less well than this.
    #[must_use]
    pub(crate) fn up_to(self, weakest: Fit) -> Self {
        if self.fit.is_some_and(|fit| fit <= weakest) { self } else { Self::default() }
    }

    /// Adds what a row tells, unless the name fits something else better.
    fn add(&mut self, fit: Fit, target: Option<TargetId>, file: Option<SourcePath>) {
        if self.fit.is_some_and(|best| best < fit) {
            return;
        }
        if self.fit != Some(fit) {
            *self = Self { fit: Some(fit), ..Self::default() };
        }
        self.targets.extend(target);
        self.files.extend(file);
    }

    fn sort(&mut self) {
        self.targets.sort();
        self.targets.dedup();
        self.files.sort();
        self.files.dedup();
    }
}

impl Reader {
    /// Which targets and files a person means by a name. Where it is part of a name or a folder, there may be many.
    pub(crate) fn find(&self, query: &TargetQuery) -> Result<Found, LedgerError> {
        Ok(self.find_each(std::slice::from_ref(query))?.pop().unwrap_or_default())
    }

    /// The same for several names, in their order.
    pub(crate) fn find_each(&self, queries: &[TargetQuery]) -> Result<Vec<Found>, LedgerError> {
        let mut found = vec![Found::default(); queries.len()];
        let mut statement = self.0.prepare_cached(NAMES)?;
        let mut names = statement.query([])?;
        while let Some(row) = names.next()? {
            readable(name(row, queries, &mut found))?;
        }
        let mut former = self.0.prepare_cached(FORMER)?;
        for (query, found) in queries.iter().zip(&mut found) {
            if found.fit.is_none_or(|fit| fit > Fit::Former) && !query.is_folder() {
                let targets = all_readable(&mut former.query([query.text()])?, |row| rows::target(row, 0))?;
                for target in targets {
                    found.add(Fit::Former, Some(target), None);
                }
            }
            found.sort();
        }
        Ok(found)
    }
}

impl Reader {
    /// What files and targets are called: paths below the source, and names as HR uses them.
    pub(crate) fn all_names(&self) -> Result<Vec<String>, LedgerError> {
        let sql = "SELECT label FROM targets UNION SELECT label FROM files WHERE label IS NOT NULL UNION SELECT path FROM files";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(all_readable(&mut statement.query([])?, |row| row.get(0))?)
    }

    /// Those of them that begin so, in letters of any size, and no more than so many.
    pub(crate) fn names_beginning(&self, begin: &str, most: u32) -> Result<Vec<String>, LedgerError> {
        let pattern = begin.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_") + "%";
        let sql = r"SELECT label FROM targets WHERE label LIKE ?1 ESCAPE '\'
            UNION SELECT label FROM files WHERE label LIKE ?1 ESCAPE '\'
            UNION SELECT path FROM files WHERE path LIKE ?1 ESCAPE '\' LIMIT ?2";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(all_readable(&mut statement.query((pattern, most))?, |row| row.get(0))?)
    }
}

/// Looks at one row with every query.
fn name(row: &Row<'_>, queries: &[TargetQuery], found: &mut [Found]) -> rusqlite::Result<()> {
    let target = rows::optional_target(row, 0)?;
    let path = rows::optional_path(row, 1)?;
    let (is_held, is_gone) = (row.get::<_, bool>(4)?, row.get::<_, bool>(5)?);
    let (label, key) = (row.get_ref(2)?.as_str_or_null()?, row.get_ref(3)?.as_str_or_null()?);
    let file = path.as_ref().map(SourcePath::as_str);
    // Of a file that is gone only the path is news: its target has a row of its own.
    let names = if is_gone { Names::new(file, None, None, None) } else { Names::new(file, target.as_ref(), label, key) };
    for (query, found) in queries.iter().zip(found) {
        let Some(fit) = query.fit(&names) else { continue };
        let fit = if is_gone { fit.max(Fit::Former) } else { fit };
        found.add(fit, target.clone().filter(|_| !is_held), path.clone().filter(|_| !is_gone));
    }
    Ok(())
}

/// Names of every target and file: target, path, label, key of the reference, whether the file is held, whether it is gone.
const NAMES: &str = "SELECT target, path, label, NULL, 0, 0 FROM targets
    UNION ALL SELECT target, path, label, reference, reason IS NOT NULL, 0 FROM files
    UNION ALL SELECT target, path, label, NULL, 0, 1 FROM gone";

/// Whom a file was for in the past, as far as the journal goes back.
const FORMER: &str = "SELECT DISTINCT target FROM attempts WHERE path = ?1 AND target IN (SELECT target FROM targets)";

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::ledger::{Identity, Ledger};
    use crate::model::Timestamp;

    /// Anna's photo is delivered from a file that was called otherwise before; two files are held for Bo; Cy's is gone; and
    /// nobody knows who Di is.
    const ROWS: &str = "
        INSERT INTO targets (target, label, path, generation, desired_at, state, since) VALUES
            ('user:a', 'Anna@x', 'users/anna.jpg', 1, 1, 'in_step', 1), ('user:b', 'bo@x', 'users/bo.jpg', 1, 1, 'blocked', 1),
            ('user:c', 'cy@x', NULL, 1, 1, 'released', 1), ('contact:o/k', 'anna@x → ed@x', 'contacts/ed.jpg', 1, 1, 'due', 1);
        INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, label, reference, target, reason) VALUES
            ('users/anna.jpg', 1, 1, 1, 1, 1, 1, 'Anna@x', 'user:mail:anna@x', 'user:a', NULL),
            ('users/bo.jpg', 1, 1, 1, 1, 1, 1, 'bo@x', 'user:mail:bo@x', 'user:b', 'duplicate_files'),
            ('users/bo.png', 1, 1, 1, 1, 1, 1, 'bo@x', 'user:mail:bo@x', 'user:b', 'duplicate_files'),
            ('users/di.jpg', 1, 1, 1, 1, 1, 1, 'di@x', 'user:mail:di@x', NULL, 'target_missing'),
            ('contacts/ed.jpg', 1, 1, 1, 1, 1, 1, 'anna@x → ed@x', 'contact:mail:ed@x:anna@x:', 'contact:o/k', NULL),
            ('users/odd.jpg', 1, 1, 1, 1, 1, 1, 'odd@x', 'user:mail:odd@x', 'robot:1', NULL);
        INSERT INTO gone (target, label, path, since, root) VALUES ('user:c', 'cy@x', 'old/cy.jpg', 1, 'r');
        INSERT INTO attempts (pass, target, path, generation, at, outcome, bytes, elapsed_ms) VALUES
            (1, 'user:a', 'first/anna.jpg', 1, 1, 'delivered', 1, 1), (2, 'user:a', 'first/anna.jpg', 2, 1, 'delivered', 1, 1),
            (2, 'user:z', 'first/forgotten.jpg', 1, 1, 'delivered', 1, 1), (3, 'user:c', 'users/anna.jpg', 1, 1, 'delivered', 1, 1);";

    #[test]
    fn a_name_leads_to_what_it_fits_best() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("ledger.db");
        let identity = Identity { cloud: "global".into(), tenant: "t".into() };
        drop(Ledger::open(&path, &identity, Timestamp::default()).unwrap());
        Connection::open(&path).unwrap().execute_batch(ROWS).unwrap();
        let reader = Reader::open(&path).unwrap();
        let found = |name: &str| {
            let Found { fit, targets, files } = reader.find(&TargetQuery::new(name)).unwrap();
            let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
            let files: Vec<&str> = files.iter().map(SourcePath::as_str).collect();
            fit.map(|fit| format!("{fit:?}: {} | {}", targets.join(" "), files.join(" "))).unwrap_or_default()
        };
        for (name, expected) in [
            ("users/anna.jpg", "Exact: user:a | users/anna.jpg"),
            ("ANNA@X", "Exact: user:a | users/anna.jpg"),
            ("user:a", "Exact: user:a | users/anna.jpg"),
            ("a", "Exact: user:a | users/anna.jpg"),
            ("first/anna.jpg", "Former: user:a | "),
            ("first/forgotten.jpg", ""),
            ("bo@x", "Exact: user:b | users/bo.jpg users/bo.png"),
            // A file that is held leads to no target by itself; the target that it is held for names its own file.
            ("users/bo.png", "Exact:  | users/bo.png"),
            ("users/bo.jpg", "Exact: user:b | users/bo.jpg"),
            ("old/cy.jpg", "Former: user:c | "),
            ("cy@x", "Exact: user:c | "),
            ("di@x", "Exact:  | users/di.jpg"),
            ("ed@x", "Exact: contact:o/k | contacts/ed.jpg"),
            ("k", "Exact: contact:o/k | contacts/ed.jpg"),
            ("o/k", "Exact: contact:o/k | contacts/ed.jpg"),
            ("contacts", "Folder: contact:o/k | contacts/ed.jpg"),
            ("contacts/", "Folder: contact:o/k | contacts/ed.jpg"),
            ("old/", "Folder: user:c | "),
            ("first", ""),
            (
                "@x",
                "Part: user:a user:b user:c contact:o/k | contacts/ed.jpg users/anna.jpg users/bo.jpg users/bo.png users/di.jpg",
            ),
            ("na@", "Part: user:a contact:o/k | contacts/ed.jpg users/anna.jpg"),
            // A row that can't be read is set aside.
            ("odd@x", ""),
            ("robot:1", ""),
            ("", ""),
        ] {
            assert_eq!(found(name), expected, "{name:?}");
        }
        assert_eq!(reader.find(&TargetQuery::new("na@")).unwrap().up_to(Fit::Folder), Found::default());
        let found = reader.find(&TargetQuery::new("@x")).unwrap();
        assert_eq!(reader.target_rows(&found.targets).unwrap().len(), 4);
        assert_eq!(reader.file_rows(&found.files).unwrap().len(), 5);
    }
}
