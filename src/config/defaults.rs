//! `defaults`: the pictures of people who have neither a file nor a photo, by group.

use super::reader::Section;
use crate::delivery::DefaultPicture;

/// Reads them under the key `defaults` of the configuration. Files are relative to it.
pub(super) fn read(root: &mut Section<'_, '_>) -> Vec<DefaultPicture> {
    let elements = root.list("defaults").unwrap_or_default();
    elements.iter().filter_map(|element| root.element(element, read_one)).collect()
}

/// A group (id, mail, alias or display name) and its picture; none when it has a fault.
fn read_one(section: &mut Section<'_, '_>) -> Option<DefaultPicture> {
    let (group, file) = (section.text("group"), section.path("file"));
    for key in ["group", "file"] {
        if !section.has_value(key) {
            section.fault(key, "is missing; write for example { group: staff, file: silhouette.jpg }");
        }
    }
    if section.is_faulty() { None } else { Some(DefaultPicture { group: group?, file: file? }) }
}
