//! Which target or file a person means by a name.

use super::{ObjectId, Reference, TargetId, TargetKind};

/// How a name fits, best first. Of all that a name fits, only what it fits best is meant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Fit {
    /// It is the path, the name that HR uses, or the id.
    Exact,
    /// It is the path of a file that is gone, or that was delivered before.
    Former,
    /// It is a folder that the file lies in.
    Folder,
    /// It is a part of the name that HR uses.
    Part,
}

/// A name as a person gave it: a path below the source, a folder, the name that HR uses (sign-in name, mail address,
/// number, …), a target with its kind (`user:ID`), or an object id.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TargetQuery {
    /// Without a slash at its end.
    text: String,
    /// In small letters: the directory compares names so.
    folded: String,
    /// It ended in a slash, so that only a folder can be meant.
    is_folder: bool,
    /// The target, if it is spelled like one, with its kind or as a contact in its mailbox.
    targets: Vec<TargetId>,
    object: ObjectId,
}

/// What a file or a target goes by.
#[derive(Clone, Default, Debug)]
pub(crate) struct Names<'a> {
    path: Option<&'a str>,
    target: Option<&'a TargetId>,
    /// The name that HR uses, in small letters.
    label: Option<String>,
    /// What a contact is named by, beside the mailbox it lies in; in small letters.
    contact: Option<String>,
}

impl<'a> Names<'a> {
    /// The file, the target, the name that HR uses, and the key of the reference, as far as they are known.
    pub(crate) fn new(path: Option<&'a str>, target: Option<&'a TargetId>, label: Option<&str>, key: Option<&str>) -> Self {
        let contact = key.filter(|key| key.split_once(':').is_some_and(|(kind, _)| kind == TargetKind::Contact.as_str()));
        let contact = contact.and_then(Reference::from_key).map(|reference| reference.value.to_lowercase());
        Self { path, target, label: label.map(str::to_lowercase), contact }
    }
}

impl TargetQuery {
    /// Any text; one that names nothing fits nothing.
    pub(crate) fn new(name: &str) -> Self {
        let text = name.strip_prefix("./").unwrap_or(name).trim_end_matches('/');
        Self {
            text: text.to_owned(),
            folded: text.to_lowercase(),
            is_folder: name.ends_with('/'),
            targets: [text.to_owned(), format!("contact:{text}")].iter().filter_map(|text| text.parse().ok()).collect(),
            object: ObjectId::new(text),
        }
    }

    /// The name, without a slash at its end.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether only a folder can be meant.
    pub(crate) const fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// How the name fits; none if it does not.
    pub(crate) fn fit(&self, names: &Names<'_>) -> Option<Fit> {
        if self.text.is_empty() {
            return None;
        }
        let in_folder =
            names.path.and_then(|path| path.strip_prefix(self.text.as_str())).is_some_and(|rest| rest.starts_with('/'));
        if self.is_folder {
            return in_folder.then_some(Fit::Folder);
        }
        let is_exact = names.path == Some(self.text.as_str())
            || names.target.is_some_and(|target| self.targets.contains(target) || target.object_id() == Some(&self.object))
            || [&names.label, &names.contact].into_iter().flatten().any(|name| *name == self.folded);
        if is_exact {
            return Some(Fit::Exact);
        }
        if in_folder {
            return Some(Fit::Folder);
        }
        names.label.as_ref().is_some_and(|label| self.is_part_of(label)).then_some(Fit::Part)
    }

    /// An address is no part of one that ends like it: `ann@contoso.com` is not meant for `joann@contoso.com`.
    fn is_part_of(&self, label: &str) -> bool {
        let is_address = self.folded.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        let goes_on = |before: &str| before.ends_with(|letter: char| letter.is_alphanumeric() || "._-+'".contains(letter));
        label.match_indices(&self.folded).any(|(at, _)| !is_address || !goes_on(&label[..at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Property;

    const GUID: &str = "6e7b768e-07e2-4810-8459-485f84f8f204";

    /// How names fit Anna's file.
    #[test]
    fn names_of_a_file_and_its_target_fit() {
        let target = TargetId::User(ObjectId::new(GUID));
        let key = Reference::new(TargetKind::User, Property::Mail, "änna.berg@contoso.com").key();
        let names = Names::new(Some("users/berlin/anna.jpg"), Some(&target), Some("Änna.Berg@contoso.com"), Some(&key));
        let upper = GUID.to_uppercase();
        let with_kind = format!("user:{GUID}");
        for (name, fit) in [
            ("users/berlin/anna.jpg", Some(Fit::Exact)),
            ("./users/berlin/anna.jpg", Some(Fit::Exact)),
            ("ÄNNA.berg@contoso.com", Some(Fit::Exact)),
            (GUID, Some(Fit::Exact)),
            (&upper, Some(Fit::Exact)),
            (&with_kind, Some(Fit::Exact)),
            (&format!("group:{GUID}"), None),
            ("users/berlin", Some(Fit::Folder)),
            ("users/", Some(Fit::Folder)),
            ("users/ber", None),
            ("users/berlin/anna.jpg/", None),
            ("änna.berg@contoso.com/", None),
            ("Users/berlin", None),
            ("BERG@", Some(Fit::Part)),
            ("@contoso", Some(Fit::Part)),
            ("nna.berg@contoso.com", None),
            ("nobody", None),
            ("", None),
            ("/", None),
        ] {
            assert_eq!(TargetQuery::new(name).fit(&names), fit, "{name:?}");
        }
    }

    #[test]
    fn contacts_are_named_by_their_address_and_by_their_place_in_a_mailbox() {
        let reference = Reference::contact("anna@contoso.com", Some("friends"), Property::Mail, "Bo@example.com");
        let target: TargetId = "contact:o/f/AAMk=".parse().unwrap();
        let (label, key) = (reference.label(), reference.key());
        let names = Names::new(None, Some(&target), Some(&label), Some(&key));
        for name in ["bo@example.com", "anna@contoso.com → friends → Bo@example.com", "AAMk=", "o/f/AAMk=", "contact:o/f/AAMk="]
        {
            assert_eq!(TargetQuery::new(name).fit(&names), Some(Fit::Exact), "{name:?}");
        }
        for name in ["aamk=", "contact:o/f/aamk="] {
            assert_eq!(TargetQuery::new(name).fit(&names), None, "{name:?}: ids of contacts keep their case");
        }
        assert_eq!(TargetQuery::new("anna@contoso.com").fit(&names), Some(Fit::Part), "the owner is not the contact");
    }
}
