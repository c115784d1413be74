//! Where the columns stand: the plain form's, or HR's own, named by the configuration.

use super::TableError;
use super::cells::{Cell, Record};
use super::name::{folded, is_value};
use crate::model::{Property, TargetKind};

/// What the columns of a table are called, and what the same for all rows. The default is the plain form
/// `file,kind,property,value[,owner,folder]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableForm {
    /// Header of the column with the path of the photo.
    pub file: Option<String>,
    /// Header of the column with the property's value.
    pub value: Option<String>,
    /// Header of the column with the kind.
    pub kind: Option<String>,
    /// Header of the column with the property.
    pub property: Option<String>,
    /// Header of the column with the mailbox owner (contacts).
    pub owner: Option<String>,
    /// Header of the column with the contact folder.
    pub folder: Option<String>,
    /// The kind of every row, in place of a column.
    pub every_kind: Option<TargetKind>,
    /// The property of every row, in place of a column.
    pub every_property: Option<Property>,
}

impl TableForm {
    /// Whether the table has the plain form's columns.
    pub(crate) fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// Where the columns stand in a row.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    pub(super) file: usize,
    pub(super) value: usize,
    pub(super) kind: Option<usize>,
    pub(super) property: Option<usize>,
    pub(super) owner: Option<usize>,
    pub(super) folder: Option<usize>,
    pub(super) every_kind: Option<TargetKind>,
    pub(super) every_property: Option<Property>,
    /// Cells that a row must have not to count as short: trailing columns without a name may be left out.
    pub(super) named: usize,
    /// Cells that a row may have.
    pub(super) count: usize,
    /// A row without a file is a person without a photo, as HR's own lists have them.
    pub(super) is_plain: bool,
    /// What all columns are called, folded.
    names: Vec<String>,
    /// The header and its line, if one of its cells looks like one of a row.
    pub(super) odd: Option<(u64, String)>,
}

impl Columns {
    /// Finds them in the header.
    pub(super) fn find(header: &Record<'_>, form: &TableForm) -> Result<Self, TableError> {
        if header.cells.iter().any(Cell::is_broken) {
            return Err(TableError::LineBreak { line: header.line });
        }
        let names: Vec<String> = header.cells.iter().map(|cell| folded(cell.text.trim())).collect();
        let find = |given: &Option<String>, key: &'static str| {
            let wanted = folded(given.as_deref().unwrap_or(key).trim());
            let mut found = names.iter().enumerate().filter(|(_, name)| **name == wanted).map(|(at, _)| at);
            let first = found.next();
            if found.next().is_some() {
                let name = given.as_deref().unwrap_or(key).trim().to_owned();
                return Err(TableError::DoubleColumn { name });
            }
            Ok(first)
        };
        let need = |given: &Option<String>, key: &'static str| {
            find(given, key)?.ok_or_else(|| match given {
                None => TableError::Header { missing: key, there: listed(header) },
                Some(name) => TableError::NoColumn { name: name.trim().to_owned(), key, there: listed(header) },
            })
        };
        let optional = |given: &Option<String>, key: &'static str| {
            if given.is_some() { need(given, key).map(Some) } else { find(given, key) }
        };
        let unless = |fixed: bool, given: &Option<String>, key: &'static str| {
            if fixed { Ok(None) } else { need(given, key).map(Some) }
        };
        let own_property = form.every_property.is_some();
        let columns = Self {
            file: need(&form.file, "file")?,
            kind: unless(form.every_kind.is_some(), &form.kind, "kind")?,
            property: unless(own_property, &form.property, "property")?,
            value: need(&form.value, "value")?,
            owner: if form.every_kind == Some(TargetKind::Contact) {
                Some(need(&form.owner, "owner")?)
            } else {
                optional(&form.owner, "owner")?
            },
            folder: optional(&form.folder, "folder")?,
            every_kind: form.every_kind,
            every_property: form.every_property,
            named: names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1),
            count: names.len(),
            is_plain: form.is_plain(),
            odd: None,
            names,
        };
        let is_odd =
            |name: &str| name.contains(|letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '/' | '\\' | '@'));
        let odd = columns.names.iter().enumerate().any(|(at, name)| !columns.uses(at) && is_odd(name));
        Ok(Self { odd: odd.then(|| (header.line, header.raw.to_owned())), ..columns })
    }

    /// Whether a cell says anything about whom a file belongs to.
    pub(super) fn uses(&self, at: usize) -> bool {
        at == self.file || at == self.value || [self.kind, self.property, self.owner, self.folder].contains(&Some(at))
    }

    /// Whether a row is another header, behind which the file or the value stands in another column.
    pub(super) fn are_renamed_by(&self, row: &Record<'_>) -> bool {
        let name = |at: usize| row.cells.get(at).map(|cell| folded(cell.text.trim())).filter(|cell| self.names.contains(cell));
        let (file, value) = (name(self.file), name(self.value));
        file.zip(value).is_some_and(|(file, value)| {
            !file.is_empty() && !value.is_empty() && (file != self.names[self.file] || value != self.names[self.value])
        })
    }

    /// Whether a row is the header once more, as it stands at the top of each page of a list.
    pub(super) fn are_repeated_by(&self, row: &Record<'_>) -> bool {
        row.cells.iter().map(|cell| folded(cell.text.trim())).eq(self.names.iter().cloned())
    }

    /// Cells up to the last one that every row needs.
    pub(super) fn needed(&self) -> usize {
        let owner = self.owner.filter(|_| self.every_kind == Some(TargetKind::Contact));
        let all = [Some(self.file), Some(self.value), self.kind, self.property, owner];
        all.into_iter().flatten().max().map_or(0, |last| last + 1)
    }
}

/// The headers there are, for people; none where the line is a row, whose names are nobody's business in a log.
fn listed(header: &Record<'_>) -> String {
    if header.cells.iter().any(|cell| is_value(&cell.text)) {
        return String::new();
    }
    let names: Vec<String> = header.cells.iter().take(20).map(|cell| cell.text.chars().take(40).collect()).collect();
    names.join(", ")
}
