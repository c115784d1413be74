//! One row: whom it names, or why it can't be used.

use std::collections::HashSet;

use super::cells::{Cell, Record};
use super::columns::Columns;
use super::name::is_picture;
use crate::mapping::check::check;
use crate::mapping::pattern::composed;
use crate::model::{Property, Reference, TargetKind};

/// Longest cell that is read, in bytes; nothing that names a file or an account is longer.
const LONGEST_CELL: usize = 4_096;

/// Whom a row names.
pub(super) fn reference(columns: &Columns, record: &Record<'_>) -> Result<Reference, String> {
    for (at, cell) in record.cells.iter().enumerate().filter(|(at, _)| columns.uses(*at)) {
        if cell.has_stray_quote() && !(at == columns.value && text_formula(&cell.text).is_some()) {
            return Err("a quote stands inside a cell that is not in quotes".to_owned());
        }
        if cell.text.len() > LONGEST_CELL {
            return Err(format!("a cell is longer than {LONGEST_CELL} bytes"));
        }
    }
    let text = |at: usize| composed(record.cells.get(at).map_or("", |cell| cell.text.trim()));
    let optional = |at: Option<usize>| at.map(text).filter(|text| !text.is_empty());
    let kind = match (columns.every_kind, columns.kind) {
        (Some(kind), _) => kind,
        (None, at) => at.map(text).unwrap_or_default().to_lowercase().parse::<TargetKind>()?,
    };
    if kind == TargetKind::Me {
        return Ok(Reference::me());
    }
    let property = match (columns.every_property, columns.property) {
        (Some(property), _) => property,
        (None, at) => {
            let wanted = at.map(text).unwrap_or_default();
            let known = Property::all().find(|each| each.as_str().eq_ignore_ascii_case(&wanted));
            // A directory extension is what the table names so, as it is what a rule names so.
            known
                .or_else(|| wanted.parse().ok())
                .filter(|each| each.fits(kind))
                .ok_or_else(|| Property::unknown(&wanted, kind))?
        }
    };
    let cell = text(columns.value);
    let value = text_formula(&cell).unwrap_or(&cell);
    let value = match property {
        Property::OnPremisesSamAccountName => domain(value).map_or(value, |(_, account)| account),
        _ => value,
    };
    if value.is_empty() {
        return Err(format!("the value of {property} is empty"));
    }
    if let Some(error) = spreadsheet_error(value) {
        return Err(format!("the value is {error:?}, which a spreadsheet writes where a formula failed"));
    }
    if is_picture(value) {
        return Err(format!("the value of {property} ends like a file name: did two columns change places?"));
    }
    let reference = match (kind, optional(columns.owner)) {
        (TargetKind::Contact, Some(owner)) => Reference::contact(&owner, optional(columns.folder).as_deref(), property, value),
        (TargetKind::Contact, None) => return Err("a contact needs the column owner".to_owned()),
        _ => Reference::new(kind, property, value),
    };
    check(&reference).map(|()| reference)
}

/// `CONTOSO\anna` is how Windows shows the account `anna`, whose name can hold no `\` itself.
fn domain(value: &str) -> Option<(&str, &str)> {
    value.split_once('\\').filter(|(domain, account)| !domain.is_empty() && !account.contains('\\'))
}

/// The domain that stands before the account which a row names.
pub(super) fn domain_of(columns: &Columns, record: &Record<'_>, read: &Reference) -> Option<String> {
    let cell = record.cells.get(columns.value)?;
    let (domain, _) = domain(cell.text.trim()).filter(|_| read.property == Property::OnPremisesSamAccountName)?;
    Some(domain.to_lowercase())
}

/// What stands in Excel's `="0042"`, a formula that keeps a number's zeros: that is its whole meaning.
fn text_formula(cell: &str) -> Option<&str> {
    cell.strip_prefix("=\"")?.strip_suffix('"').filter(|inner| !inner.contains('"')).map(str::trim)
}

fn spreadsheet_error(value: &str) -> Option<&str> {
    let is_error = value.starts_with('#') && (value.ends_with(['!', '?']) || matches!(value, "#N/A" | "#NV"));
    is_error.then_some(value)
}

/// Whether a cell with line breaks may have swallowed rows: a quote that was left open in one row and closed in another
/// takes in the end of the one and the beginning of the other, with their separators, or whole rows between.
pub(super) fn may_hold_rows(cell: &Cell<'_>, at: usize, columns: &Columns, separator: u8) -> bool {
    let cells = |line: &str| line.bytes().filter(|byte| *byte == separator).count();
    let lines: Vec<usize> = cell.lines().map(cells).collect();
    let needed = columns.needed().saturating_sub(1);
    let [first, between @ .., end] = lines.as_slice() else { return false };
    (*first >= needed.saturating_sub(at) && *end >= at) || between.iter().any(|count| *count >= needed)
}

/// Whether the last cell of a file that lacks its last line end is whole all the same.
pub(super) fn is_whole<'r>(
    columns: &Columns,
    record: &Record<'_>,
    read: &Reference,
    others: impl Iterator<Item = &'r Reference>,
) -> bool {
    let at = record.cells.len() - 1;
    let Some(cell) = record.cells.last().filter(|cell| columns.uses(at) && !cell.quoted) else { return true };
    if at == columns.file {
        return is_picture(&cell.text) && !cell.text.to_lowercase().ends_with(".tif");
    }
    if at == columns.value {
        return is_like_others(read, others);
    }
    // A user's row has no owner; the words for kinds and properties were found whole, but some are the start of another.
    let may_go_on = Some(at) == columns.property && is_start_of_another(read.property);
    let is_mailbox = read.kind == TargetKind::Contact && (Some(at) == columns.owner || Some(at) == columns.folder);
    !may_go_on && !is_mailbox
}

/// Whether a longer name is one of a property, too.
fn is_start_of_another(property: Property) -> bool {
    let name = property.as_str();
    property.is_custom() || Property::all().any(|other| other != property && other.as_str().starts_with(name))
}

/// Whether a value has the form of others of its property, which it would not have if it were cut.
fn is_like_others<'r>(read: &Reference, others: impl Iterator<Item = &'r Reference>) -> bool {
    let others: Vec<&str> = others.filter(|other| other.property == read.property).map(|other| &*other.value).collect();
    match read.property {
        Property::Id => read.kind != TargetKind::Contact,
        Property::UserPrincipalName | Property::Mail => is_of_their_domains(&read.value, &others),
        Property::EmployeeId => is_next_number(&read.value, &others),
        _ => false,
    }
}

/// Whether an address ends with a domain of theirs that is not the beginning of another.
fn is_of_their_domains(value: &str, others: &[&str]) -> bool {
    let domain = |value: &str| value.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let Some(own) = domain(value) else { return false };
    let theirs: HashSet<String> = others.iter().filter_map(|other| domain(other)).collect();
    theirs.contains(&own) && !theirs.iter().any(|other| *other != own && other.starts_with(&own))
}

/// As many numbers of one length tell that of others.
const MANY: usize = 10;

/// Whether a number is as long as all of theirs, since they are many or filled up with zeros, and none of them; where they
/// ascend, it does so, too.
fn is_next_number(value: &str, others: &[&str]) -> bool {
    let one_length = others.len() >= MANY || others.iter().any(|other| other.starts_with('0'));
    let ascend = others.len() > 1 && others.is_sorted();
    one_length
        && others.iter().all(|other| other.len() == value.len() && *other != value)
        && !(ascend && others.last().is_some_and(|last| *last > value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_value_without_a_line_end_is_whole_where_a_cut_one_would_look_otherwise() {
        let of = |property: Property, value: &str| Reference::new(TargetKind::User, property, value);
        for (property, value, others, is_whole) in [
            (Property::EmployeeId, "0042", &["0041", "0017"][..], true),
            (Property::EmployeeId, "004", &["0041", "0017"], false),
            (Property::EmployeeId, "0042", &[], false),
            (Property::EmployeeId, "42", &["41", "17"], false),
            (Property::EmployeeId, "42", &["41", "17", "12", "13", "11", "19", "18", "20", "71", "90"], true),
            // 1000, cut.
            (Property::EmployeeId, "100", &["990", "991", "992", "993", "994", "995", "996", "997", "998", "999"], false),
            (Property::EmployeeId, "0998", &["0998", "0997"], false),
            (Property::Mail, "cy@contoso.com", &["bo@contoso.com", "eve@fabrikam.com"], true),
            (Property::Mail, "cy@contoso.co", &["bo@contoso.com"], false),
            (Property::Mail, "cy@contoso.com", &["bo@contoso.com", "eve@CONTOSO.com.au"], false),
            (Property::UserPrincipalName, "cy@contoso.com.au", &["bo@contoso.com", "eve@contoso.com.au"], true),
            (Property::MailNickname, "ben", &["anna"], false),
        ] {
            let others: Vec<Reference> = others.iter().map(|other| of(property, other)).collect();
            assert_eq!(is_like_others(&of(property, value), others.iter()), is_whole, "{value} beside {others:?}");
        }
    }
}
