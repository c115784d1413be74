//! Values that the words of a name may make, as a rule writes them.

use super::people::People;
use crate::mapping::plain_letters;
use crate::model::{Property, TargetKind};

/// How a value is made of one or two parts of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Form {
    pub(super) kind: TargetKind,
    pub(super) property: Property,
    /// As the rule writes it.
    pub(super) value: String,
    /// What the parts are called in it, in the order in which they stand in the file's name.
    pub(super) names: Vec<&'static str>,
    /// Of this part only the first letter is used.
    pub(super) initial: Option<usize>,
}

/// A form, and the object that it leads to.
pub(super) type Found = (Form, usize);

/// Letters written out, as German names are in addresses.
const WRITTEN_OUT: &str = "|lower|replace:ä:ae|replace:ö:oe|replace:ü:ue|ascii";

/// What a placeholder is called.
pub(super) const fn placeholder(property: Property) -> &'static str {
    match property {
        Property::Id => "id",
        Property::UserPrincipalName => "upn",
        Property::EmployeeId => "number",
        Property::Mail => "mail",
        Property::MailNickname => "alias",
        Property::OnPremisesSamAccountName => "account",
        Property::DisplayName => "name",
    }
}

/// Whom one part of a name names.
pub(super) fn of_one(text: &str, people: &People) -> Vec<Found> {
    let mut found = Vec::new();
    let mut take = |kind, property, value: String, named: &str| {
        if let Some(object) = people.find_by(kind, property, named) {
            let names = vec![placeholder(property)];
            found.push((Form { kind, property, value, names, initial: None }, object));
        }
    };
    for property in Property::ALL {
        let name = placeholder(property);
        for (filters, text) in variants(text, property) {
            take(TargetKind::User, property, format!("{{{name}{filters}}}"), &text);
            for domain in people.domains(property) {
                take(TargetKind::User, property, format!("{{{name}{filters}}}@{domain}"), &format!("{text}@{domain}"));
            }
            for kind in [TargetKind::Group, TargetKind::Team] {
                if property.fits(kind) {
                    take(kind, property, format!("{{{name}{filters}}}"), &text);
                }
            }
        }
    }
    found
}

/// Whom two parts of a name name together.
pub(super) fn of_two(first: &str, second: &str, people: &People) -> Vec<Found> {
    let mut found = Vec::new();
    for property in [Property::UserPrincipalName, Property::Mail, Property::OnPremisesSamAccountName, Property::MailNickname] {
        let is_address = matches!(property, Property::UserPrincipalName | Property::Mail);
        let ends: Vec<String> = if is_address {
            people.domains(property).iter().map(|domain| format!("@{domain}")).collect()
        } else {
            vec![String::new()]
        };
        for (form, text) in [".", "", "_", "-"].iter().flat_map(|join| pairs(first, second, join, property)) {
            for end in &ends {
                if let Some(object) = people.find_by(TargetKind::User, property, &format!("{text}{end}")) {
                    found.push((Form { value: format!("{}{end}", form.value), ..form.clone() }, object));
                }
            }
        }
    }
    for (form, text) in [" ", ", "].iter().flat_map(|join| pairs(first, second, join, Property::DisplayName)) {
        let whole = form.initial.is_none();
        found.extend(
            people.find_by(TargetKind::User, Property::DisplayName, &text).filter(|_| whole).map(|object| (form, object)),
        );
    }
    found
}

/// Both orders, with the whole words and with an initial.
fn pairs(first: &str, second: &str, join: &str, property: Property) -> Vec<(Form, String)> {
    let mut pairs = Vec::new();
    for (filters, texts) in filtered(&[first, second], property) {
        for (is_turned, initial) in
            [(false, None), (true, None), (false, Some(0)), (true, Some(1)), (false, Some(1)), (true, Some(0))]
        {
            let text = |at: usize| {
                let text = texts.get(at).map_or("", String::as_str);
                if initial == Some(at) { text.chars().take(1).collect() } else { text.to_owned() }
            };
            // The first name is the one that stands first in the value.
            let (names, order) = if is_turned { (["last", "first"], [1, 0]) } else { (["first", "last"], [0, 1]) };
            let part = |at: usize| format!("{{{}{filters}}}", names[at]);
            let value = format!("{}{join}{}", part(order[0]), part(order[1]));
            let made = format!("{}{join}{}", text(order[0]), text(order[1]));
            pairs.push((Form { kind: TargetKind::User, property, value, names: names.to_vec(), initial }, made));
        }
    }
    pairs
}

/// A part that stands alone, with filters or without.
fn variants(text: &str, property: Property) -> Vec<(String, String)> {
    let (joints, to) = match property {
        Property::DisplayName => (&['_', '.', '-'][..], " "),
        Property::Id | Property::EmployeeId => (&[][..], ""),
        _ => (&['_', ' ', '-'][..], "."),
    };
    let mut found = Vec::new();
    for (filters, texts) in filtered(&[text.trim()], property) {
        let text = texts.concat();
        for joint in joints.iter().filter(|joint| text.contains(**joint)) {
            found.push((format!("|replace:{joint}:{to}{filters}"), text.replace(*joint, to)));
        }
        found.push((filters, text));
    }
    found
}

/// These parts with the same filters each: as they are, without spaces, in plain letters.
fn filtered(parts: &[&str], property: Property) -> Vec<(String, Vec<String>)> {
    let mut found = vec![(String::new(), parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>())];
    if parts.len() > 1 && property != Property::DisplayName && parts.iter().any(|part| part.contains(' ')) {
        found.push(("|replace: :".to_owned(), parts.iter().map(|part| part.replace(' ', "")).collect()));
    }
    if parts.iter().all(|part| part.is_ascii()) || matches!(property, Property::Id | Property::EmployeeId) {
        return found;
    }
    let plain: fn(&str) -> Option<String> = |text| plain_letters(text).ok();
    let written: fn(&str) -> Option<String> =
        |text| plain_letters(&text.to_lowercase().replace('ä', "ae").replace('ö', "oe").replace('ü', "ue")).ok();
    for at in 0..found.len() {
        for (more, apply) in [("|ascii", plain), (WRITTEN_OUT, written)] {
            let (filters, parts) = &found[at];
            let made: Option<Vec<String>> = parts.iter().map(|part| apply(part)).collect();
            let filters = format!("{filters}{more}");
            found.extend(made.map(|made| (filters, made)));
        }
    }
    found
}
