//! Values that the words of a name may make, as a rule writes them.

use super::people::{FULL_NAME, People};
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
    /// A further property, and its value.
    pub(super) further: Option<(Property, String)>,
    /// Of this part only the first letter is used.
    pub(super) initial: Option<usize>,
}

/// Filters without what stands inside names.
const JOINED: &str = "|replace: :|replace:-:|replace:':";

impl Form {
    /// People are found by their names as they are.
    pub(super) fn is_whole_name(&self) -> bool {
        self.property == Property::DisplayName || self.further.is_some()
    }

    /// An address or account is made of somebody's names.
    pub(super) fn is_made_of_names(&self) -> bool {
        !self.is_whole_name() && (self.names.len() > 1 || self.value.contains("replace: :"))
    }

    /// The same with the filters that some names may need.
    pub(super) fn widened(&self) -> impl Iterator<Item = Self> {
        let mut bare = String::new();
        let mut in_filters = false;
        for letter in self.value.chars() {
            in_filters = letter != '}' && (in_filters || letter == '|');
            if !in_filters {
                bare.push(letter);
            }
        }
        let letters = WRITTEN.iter().map(|(filters, _)| *filters).chain([""]);
        letters.flat_map(|letters| ["", JOINED].map(|joined| format!("{joined}{letters}"))).map(move |filters| {
            let value = bare.replace('}', &format!("{filters}}}"));
            Self { value, ..self.clone() }
        })
    }
}

/// A form, and the object that it leads to.
pub(super) type Found = (Form, usize);

/// Letters and what is written for them.
type Letters = &'static [(&'static str, &'static str)];

/// Filters for plain letters: without marks, and written out as German and Danish names are in addresses.
static WRITTEN: [(&str, Letters); 3] = [
    ("|ascii", &[]),
    ("|lower|replace:ä:ae|replace:ö:oe|replace:ü:ue|ascii", &[("ä", "ae"), ("ö", "oe"), ("ü", "ue")]),
    ("|lower|replace:å:aa|replace:ø:oe|ascii", &[("å", "aa"), ("ø", "oe")]),
];

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
        Property::Other(_) => "value",
    }
}

/// Whom one part of a name names.
pub(super) fn of_one(text: &str, people: &People) -> Vec<Found> {
    let mut found = Vec::new();
    let mut take = |kind, property, value: String, named: &str| {
        if let Some(object) = people.find_by(kind, property, named) {
            let names = vec![placeholder(property)];
            found.push((Form { kind, property, value, names, further: None, initial: None }, object));
        }
    };
    for property in Property::OWN {
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
    found.extend(of_full(first, second, people));
    found
}

/// Whom they name as first name and surname, in both orders.
fn of_full(one: &str, two: &str, people: &People) -> Vec<Found> {
    let [Ok(property), Ok(surname)] = FULL_NAME.map(str::parse::<Property>) else { return Vec::new() };
    let form = |names: [&'static str; 2]| Form {
        kind: TargetKind::User,
        property,
        value: "{first}".to_owned(),
        names: names.to_vec(),
        further: Some((surname, "{last}".to_owned())),
        initial: None,
    };
    let orders = [(["first", "last"], one, two), (["last", "first"], two, one)];
    orders.into_iter().filter_map(|(names, first, last)| Some((form(names), people.find_full(first, last)?))).collect()
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
            pairs.push((Form { kind: TargetKind::User, property, value, names: names.to_vec(), further: None, initial }, made));
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

/// These parts with the same filters each: as they are, without what stands inside names, in plain letters.
fn filtered(parts: &[&str], property: Property) -> Vec<(String, Vec<String>)> {
    let mut found = vec![(String::new(), parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>())];
    if matches!(property, Property::Id | Property::EmployeeId) {
        return found;
    }
    if parts.len() > 1 && property != Property::DisplayName {
        // Addresses are often made without the blanks, hyphens and apostrophes of names.
        for joint in [' ', '-', '\''] {
            for at in 0..found.len() {
                let (filters, parts) = &found[at];
                if parts.iter().any(|part| part.contains(joint)) {
                    let without = parts.iter().map(|part| part.replace(joint, "")).collect();
                    let further = (format!("{filters}|replace:{joint}:"), without);
                    found.push(further);
                }
            }
        }
    }
    if parts.iter().all(|part| part.is_ascii()) {
        return found;
    }
    for at in 0..found.len() {
        for (more, letters) in WRITTEN {
            let (filters, parts) = &found[at];
            let made: Option<Vec<String>> = parts.iter().map(|part| written(part, letters)).collect();
            let filters = format!("{filters}{more}");
            found.extend(made.map(|made| (filters, made)));
        }
    }
    found
}

/// In plain letters, some of them written out.
fn written(text: &str, letters: &[(&str, &str)]) -> Option<String> {
    let text = if letters.is_empty() { text.to_owned() } else { text.to_lowercase() };
    plain_letters(&letters.iter().fold(text, |text, (letter, out)| text.replace(letter, out))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{PathSpec, RuleSpec, Rules, TargetSpec};
    use crate::model::{Reference, SourcePath};

    /// What is looked up in the directory is what a rule with these filters makes of the same name.
    #[test]
    fn a_rule_makes_the_same_value_as_was_looked_up() {
        for (first, last) in [("Jürgen", "Groß-Müller"), ("Anna Lena", "O'Neil"), ("Søren", "Ångström"), ("Zoë", "de la Vega")]
        {
            for property in [Property::DisplayName, Property::MailNickname] {
                for (form, made) in pairs(first, last, ".", property).into_iter().filter(|(form, _)| form.initial.is_none()) {
                    let paths = PathSpec::Files(format!("{{{}}}_{{{}}}.{{ext}}", form.names[0], form.names[1]));
                    let target = TargetSpec {
                        kind: form.kind,
                        property,
                        value: form.value.clone(),
                        further: Vec::new(),
                        owner: None,
                        folder: None,
                    };
                    let rules = Rules::compile(&[RuleSpec { paths, ignore_case: false, target }]).unwrap();
                    let path = SourcePath::new(&format!("{first}_{last}.jpg")).unwrap();
                    let found = rules.find(&path).unwrap().unwrap().reference;
                    assert_eq!(found, Reference::new(form.kind, property, &made), "{}", form.value);
                }
            }
        }
    }
}
