//! The URL of each photo slot and object. Ids become path segments, percent-encoded; `$value` stays literal.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::{ObjectId, TargetId};

/// Everything but what RFC 3986 calls unreserved, so that `#EXT#`, quotes and spaces arrive as they were meant.
/// `@` and `=` may stand in a path as they are, and do so in Microsoft's examples of sign-in names and contact ids.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@').remove(b'=');
/// As above; these are harmless in a query and make it readable.
const QUERY: &AsciiSet = &SEGMENT.add(b'=').remove(b'$').remove(b',').remove(b'(').remove(b')').remove(b':').remove(b'/');

/// Appends `/segment`.
pub(super) fn push_segment(url: &mut String, segment: &str) {
    url.push('/');
    url.extend(utf8_percent_encode(segment, SEGMENT));
}

/// Appends `('key')`, with quotes doubled.
pub(super) fn push_key(url: &mut String, key: &str) {
    url.push_str("('");
    url.extend(utf8_percent_encode(&key.replace('\'', "''"), SEGMENT));
    url.push_str("')");
}

/// A value in a query.
pub(super) fn query_value(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

/// Whether a text can stand as one path segment. Empty and dot segments vanish when a URL is read, and the
/// request would go to another object.
pub(super) fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..")
}

/// The photo of a target: `{root}/users/{id}/photo`. None if an id could not stand in a path.
pub(super) fn photo(root: &str, target: &TargetId) -> Option<String> {
    // One allocation: the root, a contact's three ids (some 150 characters each) and the fixed parts.
    let mut url = String::with_capacity(root.len() + 160);
    url.push_str(root);
    let add = |url: &mut String, collection: &str, id: &ObjectId| {
        url.push_str(collection);
        push_segment(url, id.as_str());
        is_segment(id.as_str())
    };
    let fits = match target {
        TargetId::User(id) => add(&mut url, "/users", id),
        TargetId::Group(id) => add(&mut url, "/groups", id),
        TargetId::Team(id) => add(&mut url, "/teams", id),
        TargetId::Me => {
            url.push_str("/me");
            true
        }
        TargetId::Contact { owner, folder, contact } => {
            let owner = match owner {
                None => {
                    url.push_str("/me");
                    true
                }
                Some(owner) => add(&mut url, "/users", owner),
            };
            let folder = folder.as_ref().is_none_or(|folder| add(&mut url, "/contactFolders", folder));
            owner && folder && add(&mut url, "/contacts", contact)
        }
    };
    url.push_str("/photo");
    fits.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slot_has_its_url() {
        for (target, path) in [
            ("user:u", "/users/u/photo"),
            ("group:g", "/groups/g/photo"),
            ("team:t", "/teams/t/photo"),
            ("contact:o/c=", "/users/o/contacts/c=/photo"),
            ("contact:o/f/c", "/users/o/contactFolders/f/contacts/c/photo"),
            ("contact:o/a%2Fb%25+=", "/users/o/contacts/a%2Fb%25%2B=/photo"),
            ("contact:me/c", "/me/contacts/c/photo"),
            ("contact:me/f/c", "/me/contactFolders/f/contacts/c/photo"),
            ("me", "/me/photo"),
            ("user:a#EXT#@b.c", "/users/a%23EXT%23@b.c/photo"),
            ("user:o'neil x/y?", "/users/o%27neil%20x%2Fy%3F/photo"),
            ("user:a%2Fb", "/users/a%252Fb/photo"),
        ] {
            assert_eq!(photo("", &target.parse().unwrap()).as_deref(), Some(path));
        }
        for target in [TargetId::User(ObjectId::new("..")), TargetId::Group(ObjectId::new("."))] {
            assert_eq!(photo("", &target), None);
        }
    }
}
