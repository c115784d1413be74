//! `mapping.table`: a file with the plain columns, or one with HR's own, named here.

use super::keyword::one_of;
use super::node::Node;
use super::reader::Section;
use crate::mapping::TableForm;
use crate::model::{Property, TargetKind};
use crate::pass::TableFile;

/// Reads it under the key `table` of `mapping`; none when not given or faulty.
pub(super) fn read(mapping: &mut Section<'_, '_>) -> Option<TableFile> {
    if matches!(mapping.value("table"), Some(Node::Section(_))) {
        return mapping.section("table", section);
    }
    if mapping.has_value("table") && !mapping.is_scalar("table") {
        let message = "expected a file name, or { file: FILE, columns: { … } }";
        mapping.fault("table", message);
        return None;
    }
    mapping.path("table").map(|path| TableFile { path, form: TableForm::default() })
}

fn section(section: &mut Section<'_, '_>) -> Option<TableFile> {
    let path = section.path("file");
    if !section.has_value("file") {
        section.fault("file", "is missing; name the CSV file");
    }
    let mut form = section.section("columns", |columns| TableForm {
        file: columns.text("file"),
        value: columns.text("value"),
        kind: columns.text("kind"),
        property: columns.text("property"),
        owner: columns.text("owner"),
        folder: columns.text("folder"),
        ..TableForm::default()
    });
    form.every_kind = section.scalar("kind", |scalar| {
        let words: Vec<&str> =
            TargetKind::ALL.into_iter().filter(|kind| *kind != TargetKind::Me).map(TargetKind::as_str).collect();
        let wanted = one_of(&words);
        let word = scalar.quantity(&wanted)?;
        word.parse().map_err(|_| format!("{word:?} is not known here; give {wanted}"))
    });
    let kind = form.every_kind.unwrap_or(TargetKind::User);
    form.every_property = section.scalar("property", |scalar| {
        let name = scalar.text()?;
        name.parse().map_err(|_| Property::unknown(&name, kind))
    });
    for (key, fixed, column) in
        [("kind", form.every_kind.is_some(), &form.kind), ("property", form.every_property.is_some(), &form.property)]
    {
        if fixed && column.is_some() {
            section.fault(key, format!("stands beside columns.{key}; keep one of the two"));
        }
    }
    if form.every_kind == Some(TargetKind::Me) {
        section.fault("kind", "me is one person; a table names many");
    } else if let (Some(kind), Some(property)) = (form.every_kind, form.every_property)
        && !property.fits(kind)
    {
        let message = format!("a {kind} can't be named by {property}; give one of {}", Property::listed(kind));
        section.fault("property", message);
    }
    if section.is_faulty() { None } else { Some(TableFile { path: path?, form }) }
}
