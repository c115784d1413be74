//! The name of each photo's file: from a template, safe in any directory, and nobody else's.

use std::collections::{HashMap, HashSet};
use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::mapping::ValueTemplate;
use crate::model::{DirectoryObject, ObjectId, Property, is_obeyed};
use crate::report::is_formula;

/// Longest name, in bytes, without what makes it unique and without its ending: with them it fits everywhere.
const LONGEST: usize = 150;
/// Names that Windows takes for devices, whatever follows the first dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// How files are named: `{userPrincipalName}`.
#[derive(Clone, Debug)]
pub(crate) struct FileNames {
    text: String,
    template: ValueTemplate,
}

impl FileNames {
    /// Reads a template; the ending follows the picture and may be written as `.{ext}` or `.jpg`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let stem = [".{ext}", ".jpg", ".jpeg"].iter().find_map(|ending| text.strip_suffix(ending)).unwrap_or(text);
        if stem.contains(['/', '\\']) {
            return Err(format!(
                "{text:?} names a folder; all files are written into one directory: write for example {{userPrincipalName}}.{{ext}}"
            ));
        }
        let known: Vec<String> = Property::OWN.iter().map(|property| property.as_str().to_owned()).collect();
        let template = ValueTemplate::compile(stem, "--name", &known)?;
        if !stem.contains('{') {
            return Err(format!(
                "{text:?} holds no placeholder, so that all files would have one name: write for example {{userPrincipalName}}.{{ext}}"
            ));
        }
        Ok(Self { text: text.to_owned(), template })
    }

    /// The name of somebody's file without its ending; the object id where the template can't be filled for them.
    pub(super) fn stem(&self, object: &DirectoryObject) -> String {
        let value = |name: &str| name.parse().ok().and_then(|property: Property| object.values_of(property).next());
        let filled = self.template.fill_with(value).ok().flatten();
        safe(filled.as_deref().unwrap_or(&object.id))
    }
}

impl fmt::Display for FileNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Makes each name one person's: whoever shares it with another, also in another case, has the object id in it. `given`:
/// names that are given away already.
pub(super) fn distinct(stems: &mut [(ObjectId, String)], given: impl IntoIterator<Item = String>) {
    let given: HashSet<String> = given.into_iter().map(|name| folded(&name)).collect();
    let mut bearers: HashMap<String, usize> = HashMap::new();
    for (_, stem) in stems.iter() {
        *bearers.entry(folded(stem)).or_default() += 1;
    }
    let mut taken: HashSet<String> = given.iter().chain(bearers.keys()).cloned().collect();
    for (id, stem) in stems {
        let key = folded(stem);
        if bearers.get(&key) == Some(&1) && !given.contains(&key) {
            continue;
        }
        let named = format!("{stem}-{}", safe(id.as_str()));
        let mut name = named.clone();
        let mut more = 1_u32;
        while !taken.insert(folded(&name)) {
            more += 1;
            name = format!("{named}-{more}");
        }
        *stem = name;
    }
}

/// The same for names that a file system may take for one.
pub(super) fn folded(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).collect()
}

/// A name that means one file in any directory: without separators and what steers anything, no hidden file, no device, no
/// formula to the spreadsheet that lists it, not too long. What is cut off stands for itself in a hash.
fn safe(text: &str) -> String {
    let harmless = |letter: char| match letter {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        letter if is_obeyed(letter) || letter.is_whitespace() && letter != ' ' => '_',
        letter => letter,
    };
    let mut name: String = text.trim().nfc().map(harmless).collect();
    if name.len() > LONGEST {
        let hash = blake3::hash(name.as_bytes()).to_hex();
        let mut end = LONGEST;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
        name = format!("{}-{hash:.16}", name.trim_end());
    }
    let kept = name.trim_end_matches(['.', ' ']).len();
    let dots = name.len() - kept;
    name.truncate(kept);
    name.extend(std::iter::repeat_n('_', dots));
    let device = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let device = device.trim_end_matches(|letter: char| letter.is_ascii_digit() || "¹²³".contains(letter));
    if name.is_empty() || name.starts_with(['.', '-', '~', ' ']) || is_formula(&name) || DEVICES.contains(&device) {
        name.insert(0, '_');
    }
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stem(template: &str, object: &DirectoryObject) -> String {
        FileNames::parse(template).unwrap().stem(object)
    }

    #[test]
    fn a_template_names_files_and_what_cannot_be_filled_is_named_by_the_id() {
        let text = |text: &str| Some(text.to_owned());
        let anna = DirectoryObject {
            id: "7".to_owned(),
            user_principal_name: text("anna@contoso.com"),
            display_name: text("Anna Berg"),
            ..DirectoryObject::default()
        };
        for (template, wanted) in [
            ("{userPrincipalName}", "anna@contoso.com"),
            ("{userPrincipalName}.{ext}", "anna@contoso.com"),
            ("{userPrincipalName}.jpg", "anna@contoso.com"),
            ("{displayName|lower}_{id}.{ext}", "anna berg_7"),
            ("{employeeId}.{ext}", "7"),
            ("{mail}-x", "7"),
        ] {
            assert_eq!(stem(template, &anna), wanted, "{template}");
        }
        for template in ["photo.jpg", "../{id}", "a/{id}.jpg", "{nobody}", "{id", "", "a\\{id}"] {
            assert!(FileNames::parse(template).is_err(), "{template}");
        }
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        for (text, wanted) in [
            ("anna@contoso.com", "anna@contoso.com"),
            ("../../etc/passwd", "_.._.._etc_passwd"),
            ("..", "__"),
            (".hidden", "_.hidden"),
            ("a/b\\c:d*e?f\"g<h>i|j", "a_b_c_d_e_f_g_h_i_j"),
            ("a\u{0}b\nc\u{202e}d\te", "a_b_c_d_e"),
            ("b_c.com#EXT#@x.onmicrosoft.com", "b_c.com#EXT#@x.onmicrosoft.com"),
            ("O'Neil & Søn", "O'Neil & Søn"),
            ("dot.", "dot_"),
            ("-rf", "_-rf"),
            ("=1+1", "_=1+1"),
            ("+49 30", "_+49 30"),
            ("@anna", "_@anna"),
            ("＝1", "_＝1"),
            ("\u{200b}＠x", "_\u{200b}＠x"),
            ("CON", "_CON"),
            ("com1.txt", "_com1.txt"),
            ("contoso", "contoso"),
            ("", "_"),
        ] {
            assert_eq!(safe(text), wanted, "{text:?}");
        }
        let (one, other) = (safe(&("ä".repeat(300) + "1")), safe(&("ä".repeat(300) + "2")));
        assert!(one != other && one.len() < 200, "{one}");
    }

    #[test]
    fn people_of_one_name_are_told_apart_by_their_ids_and_nobody_takes_a_name_that_is_given() {
        let mut stems: Vec<(ObjectId, String)> = [("1", "Anna"), ("2", "anna"), ("3", "ben"), ("4", "Anna-2"), ("5", "cleo")]
            .map(|(id, stem)| (ObjectId::new(id), stem.to_owned()))
            .into();
        distinct(&mut stems, ["CLEO".to_owned()]);
        let names: Vec<&str> = stems.iter().map(|(_, stem)| stem.as_str()).collect();
        assert_eq!(names, ["Anna-1", "anna-2-2", "ben", "Anna-2", "cleo-5"]);
    }

    proptest! {
        #![proptest_config(crate::testing::cases(500))]

        #[test]
        fn random_names_stand_in_a_table_as_they_are(text in "\\PC{0,8}|[-=+@＝＋－＠ \u{200b}\u{fffd}\u{a0}~.,;\"'a]{0,6}|.{0,8}|\\PC{200}") {
            let name = safe(&text);
            let table = crate::report::csv_table([[name.as_str(), "x"]]);
            let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
            let row = rows.records().next().unwrap().unwrap();
            prop_assert_eq!(&row[0], name.as_str());
        }

        #[test]
        fn random_names_are_safe_and_distinct(texts in prop::collection::vec("\\PC{0,6}|[aA.ßK\u{212a}/]{0,4}|\\PC{100,300}", 1..12)) {
            let mut stems: Vec<(ObjectId, String)> =
                texts.iter().enumerate().map(|(at, text)| (ObjectId::new(&at.to_string()), safe(text))).collect();
            distinct(&mut stems, ["a".to_owned()]);
            let mut keys: HashSet<String> = HashSet::from(["a".to_owned()]);
            for (_, stem) in &stems {
                prop_assert!(keys.insert(folded(stem)), "{stem:?} is another one's: {stems:?}");
                prop_assert!(!stem.is_empty() && stem.len() < 230, "{stem:?}");
                prop_assert!(!stem.starts_with(['.', '-']) && !stem.ends_with(['.', ' ']), "{stem:?}");
                prop_assert!(!stem.contains(['/', '\\', '\0']) && !stem.chars().any(is_obeyed), "{stem:?}");
            }
        }
    }
}
