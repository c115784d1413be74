//! Rows whose file is not there, kept for the passes to come: should such a row go before its file comes, no rule may give
//! that file to somebody else.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::bound::{BoundTable, Finding, table_rule};
use super::name::folded;
use super::{Row, Table};
use crate::model::{Reference, SourcePath};

/// So many are kept, those of the table of now first: a limit against a table of another source.
const MOST: usize = 50_000;

/// Rows of this table and of earlier ones whose file never came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AbsentRows(Vec<AbsentRow>);

/// The line, the path as cleaned, whether that begins somewhere else, and the key of whom the row names, if it names anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct AbsentRow(u64, Box<str>, bool, Option<Box<str>>);

/// What a row said of a file: its rule, and whom it named, if anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormerRow {
    /// The row, as a rule.
    pub rule: String,
    /// Whom it named.
    pub reference: Option<Reference>,
}

impl AbsentRow {
    fn of(row: &Row) -> Self {
        let key = row.names.as_ref().ok().map(|names| names.key().into_boxed_str());
        Self(row.line, row.file.clone(), row.is_foreign, key)
    }

    fn row(&self) -> Row {
        let reference = self.3.as_deref().and_then(Reference::from_key);
        Row { line: self.0, file: self.1.clone(), is_foreign: self.2, names: reference.ok_or_else(Box::default) }
    }
}

impl AbsentRows {
    /// What these rows said of files that have come since, and that no row names now.
    pub(crate) fn said<'p>(&self, new: impl Iterator<Item = &'p SourcePath>) -> HashMap<SourcePath, FormerRow> {
        // A first look finds a hundred thousand new files, and nothing to compare them with.
        if self.0.is_empty() {
            return HashMap::new();
        }
        let bound = self.bound(new);
        let said = |(path, finding): (&SourcePath, &Finding)| {
            let former = match finding {
                Finding::Row(at) => {
                    let row = &bound.table.rows[*at];
                    FormerRow { rule: table_rule(row.line), reference: row.names.as_ref().ok().cloned() }
                }
                Finding::Held(hold) => FormerRow { rule: table_rule(hold.line), reference: None },
            };
            (path.clone(), former)
        };
        bound.found.iter().map(said).collect()
    }

    /// The rows to keep from now on: those of the table whose file is not there, and those of earlier tables that it does not
    /// speak of, and whose file is not among those that have come.
    pub(crate) fn renewed<'p>(&self, table: &BoundTable, new: impl Iterator<Item = &'p SourcePath>) -> Self {
        let rows = &table.table.rows;
        let mut kept: Vec<AbsentRow> = table.without_file.iter().take(MOST).map(|at| AbsentRow::of(&rows[*at])).collect();
        if self.0.is_empty() {
            return Self(kept);
        }
        let came = self.bound(new).found;
        let came: HashSet<usize> =
            came.values().filter_map(|finding| if let Finding::Row(at) = finding { Some(*at) } else { None }).collect();
        let told: HashSet<String> = rows.iter().map(|row| folded(&row.file)).collect();
        let is_kept = |(at, row): &(usize, &AbsentRow)| !came.contains(at) && !told.contains(&folded(&row.1));
        kept.extend(self.0.iter().enumerate().filter(is_kept).map(|(_, row)| row.clone()));
        kept.truncate(MOST);
        Self(kept)
    }

    fn bound<'p>(&self, new: impl Iterator<Item = &'p SourcePath>) -> BoundTable {
        Table { rows: self.0.iter().map(AbsentRow::row).collect(), ..Table::default() }.bind(new, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::TableForm;
    use crate::model::{Property, TargetKind};

    const HEAD: &str = "file,kind,property,value\n";

    fn paths(names: &[&str]) -> Vec<SourcePath> {
        names.iter().map(|name| SourcePath::new(name).unwrap()).collect()
    }

    fn bound(rows: &str, files: &[SourcePath]) -> BoundTable {
        Table::parse(format!("{HEAD}{rows}").as_bytes(), &TableForm::default()).unwrap().bind(files.iter(), true)
    }

    /// Whom a row names, or nobody.
    fn said(rows: &AbsentRows, path: &str) -> Option<String> {
        let new = paths(&[path]);
        let former = rows.said(new.iter()).remove(&new[0])?;
        Some(former.reference.map_or_else(|| "nobody".to_owned(), |reference| reference.value.to_string()))
    }

    #[test]
    fn a_row_is_remembered_from_its_going_until_its_file_comes() {
        let row = "1081.jpg,user,employeeId,70001\nb/2.jpg,user,employeeId,#N/A\n3.jpg,user,employeeId,3\n";
        let there = paths(&["3.jpg"]);
        let first = AbsentRows::default().renewed(&bound(row, &there), std::iter::empty());
        let gone = first.renewed(&bound("3.jpg,user,employeeId,3\n", &there), std::iter::empty());
        assert_eq!(first, gone);
        for path in ["1081.jpg", "badges/1081.JPG", "001081.jpg"] {
            assert!(said(&gone, path).is_some(), "{path}");
        }
        assert_eq!(said(&gone, "1081.jpg"), Some("70001".into()));
        assert_eq!(said(&gone, "b/2.jpg"), Some("nobody".into()));
        // Neither what was there nor what was never named.
        assert_eq!((said(&gone, "3.jpg"), said(&gone, "10810.jpg")), (None, None));
        let text = serde_json::to_string(&gone).unwrap();
        assert_eq!(serde_json::from_str::<AbsentRows>(&text).unwrap(), gone);
        // It came.
        let came = gone.renewed(&bound("", &there), paths(&["badges/1081.jpg"]).iter());
        assert_eq!((said(&came, "1081.jpg"), said(&came, "b/2.jpg")), (None, Some("nobody".into())));
    }

    #[test]
    fn what_the_table_says_of_a_file_now_takes_the_place_of_what_it_said() {
        let (old, new) = ("1081.jpg,user,employeeId,70001\n", "1081.JPG,user,employeeId,70002\n");
        let rows = AbsentRows::default().renewed(&bound(old, &[]), std::iter::empty());
        let rows = rows.renewed(&bound(new, &[]), std::iter::empty());
        let named = rows.said(paths(&["1081.JPG"]).iter()).into_values().next().unwrap();
        assert_eq!(named.reference, Some(Reference::new(TargetKind::User, Property::EmployeeId, "70002")));
        assert_eq!(rows.0.len(), 1);
    }
}
