//! The words of the report: in English and German (`texts/*.yaml`), and any of them replaced by a file of the
//! administrator's, whose keys are checked here.
//!
//! The report speaks to HR. What is for the administrator (commands, the status page, the preview) is English.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

use serde_yaml::Value;

use crate::model::{Reason, Timestamp, named};
use crate::status::PhotoState;

named! {
    /// A language that the report is written in.
    #[derive(Default)]
    pub(crate) enum Language {
        /// English.
        #[default]
        English = "en",
        /// German.
        German = "de",
    }
}

impl Language {
    /// Its file.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::English => include_str!("texts/en.yaml"),
            Self::German => include_str!("texts/de.yaml"),
        }
    }

    /// Its words by key.
    fn words(self) -> BTreeMap<String, String> {
        let mut words = BTreeMap::new();
        if let Ok(all) = serde_yaml::from_str(self.file()) {
            flatten(&all, "", &mut words);
        }
        words
    }
}

/// The texts that every other one must fit.
static ENGLISH: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| Language::English.words());

/// Texts by the path of their keys.
fn flatten(value: &Value, path: &str, words: &mut BTreeMap<String, String>) {
    match value {
        Value::Mapping(entries) => {
            for (key, value) in entries {
                let key = key.as_str().unwrap_or_default();
                flatten(value, &if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }, words);
            }
        }
        Value::String(text) => _ = words.insert(path.to_owned(), text.clone()),
        _ => {}
    }
}

/// A text for one and for any other number.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Plural {
    one: String,
    other: String,
}

/// What a reason means, and what to do about it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct ReasonWords {
    /// What was found.
    pub meaning: String,
    /// What to do, with what to type between backticks.
    pub cure: String,
}

/// Makes the words of the report: those that are one text, and those with a number.
macro_rules! words {
    ($($text:ident)+; $($plural:ident)+) => {
        /// The words of the report in one language.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub(crate) struct Texts {
            $(#[doc = concat!("`", stringify!($text), "` in the file.")] pub $text: String,)+
            $(#[doc = concat!("`", stringify!($plural), "` in the file.")] pub $plural: Plural,)+
            states: BTreeMap<PhotoState, String>,
            reasons: BTreeMap<Reason, ReasonWords>,
        }

        impl Texts {
            /// From words by key; what is left over has no place.
            fn take(words: &mut BTreeMap<String, String>) -> Self {
                let mut word = |key: &str| words.remove(key).unwrap_or_default();
                Self {
                    $($text: word(stringify!($text)),)+
                    $($plural: Plural {
                        one: word(concat!(stringify!($plural), ".one")),
                        other: word(concat!(stringify!($plural), ".other")),
                    },)+
                    states: PhotoState::ALL.iter().map(|state| (*state, word(&format!("states.{state}")))).collect(),
                    reasons: Reason::ALL.iter().map(|reason| {
                        let meaning = word(&format!("reasons.{reason}.meaning"));
                        (*reason, ReasonWords { meaning, cure: word(&format!("reasons.{reason}.cure")) })
                    }).collect(),
                }
            }
        }
    };
}

words! {
    language date thousands csv_separator direction
    title made changed_since footer skip names_unknown halted unseen
    verdict_none verdict_some
    numbers_heading beside_heading
    tile_all tile_up_to_date tile_drifted tile_on_its_way tile_hr tile_it tile_itself tile_kept tile_out_of_scope tile_no_file
    tile_changed tile_unmatched tile_unread tile_missing tile_only_photo tile_default_picture
    search_label search_here search_one search_many search_first search_needs_script search_elsewhere
    hr_heading hr_note it_heading it_note itself_heading itself_note nothing action finding show_all since first_since
    unmatched_heading unmatched_note unread_heading unread_note changed_heading missing_heading missing_note only_photo_heading
    only_photo_note nobody
    everybody_heading letters_label pages_label overview groups teams contacts others page_of
    accepted no_picture_delivered no_picture_left no_picture_readable and_more;
    verdict_all verdict_drifted verdict_way verdict_hr verdict_it verdict_itself verdict_unmatched
}

impl Texts {
    /// The words of a language, those of `instead` in place of its own; each of them was [checked](check).
    pub(crate) fn new(language: Language, instead: BTreeMap<String, String>) -> Self {
        let mut words = language.words();
        words.extend(instead);
        Self::take(&mut words)
    }

    /// A number as people write it.
    pub(crate) fn number(&self, count: impl TryInto<u64>) -> String {
        let digits = count.try_into().unwrap_or(u64::MAX).to_string();
        let mut shown = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                shown.push_str(&self.thousands);
            }
            shown.push(digit);
        }
        shown
    }

    /// A text with a number in it.
    pub(crate) fn count(&self, text: &Plural, count: usize) -> String {
        fill(if count == 1 { &text.one } else { &text.other }, &[("n", &self.number(count))])
    }

    /// A time where this machine stands.
    pub(crate) fn time(&self, at: Timestamp) -> String {
        jiff::Timestamp::from_millisecond(at.millis())
            .and_then(|stamp| jiff::fmt::strtime::format(&self.date, &stamp.to_zoned_datetime(jiff::tz::TimeZone::system())))
            .unwrap_or_else(|_| at.to_string())
    }

    /// What stands below each page.
    pub(super) fn footer(&self) -> String {
        fill(&self.footer, &[("version", &env!("CARGO_PKG_VERSION"))])
    }

    /// A state in words.
    pub(crate) fn state(&self, state: PhotoState) -> &str {
        self.states.get(&state).map_or("", String::as_str)
    }

    /// A reason in words.
    pub(crate) fn reason(&self, reason: Reason) -> (&str, &str) {
        self.reasons.get(&reason).map_or(("", ""), |words| (&words.meaning, &words.cure))
    }
}

/// A text with values for what stands in braces.
pub(super) fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        filled.push_str(before);
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => filled.push_str(&value.to_string()),
            None => filled.extend(["{", name, "}"]),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// What stands in braces.
fn placeholders(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Every key there is, by path, in the order of their letters.
pub(crate) fn keys() -> Vec<String> {
    ENGLISH.keys().cloned().collect()
}

/// Whether a text may stand at a key. Errors: what is wrong with it.
pub(crate) fn check(key: &str, text: &str) -> Result<(), String> {
    let Some(english) = ENGLISH.get(key) else { return Err("unknown key".to_owned()) };
    let short = |most: usize| text.chars().count() <= most;
    match key {
        "language" if !short(20) || text.len() < 2 || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
            Err("is not the code of a language; write for example fr or pt-BR".to_owned())
        }
        "direction" if !matches!(text, "ltr" | "rtl") => Err("give ltr (left to right) or rtl (right to left)".to_owned()),
        "csv_separator" if !matches!(text, "," | ";" | "\t") => Err("give a comma, a semicolon or \"\\t\" (a tab)".to_owned()),
        "thousands" if !short(1) => Err("give one character, or none (\"\")".to_owned()),
        "date" => jiff::fmt::strtime::format(text, &jiff::Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC))
            .map(drop)
            .map_err(|_| "is not a format of dates; write for example \"%d.%m.%Y, %H:%M\"".to_owned()),
        _ => {
            let (wanted, given) = (placeholders(english), placeholders(text));
            // "One photo" needs no number.
            let missing = wanted.iter().filter(|name| !given.contains(name) && key.rsplit('.').next() != Some("one"));
            let wrong: Vec<String> = missing
                .map(|name| format!("{{{name}}} is missing"))
                .chain(given.iter().filter(|name| !wanted.contains(name)).map(|name| format!("{{{name}}} is not filled in here")))
                .collect();
            if wrong.is_empty() { Ok(()) } else { Err(wrong.join(", ")) }
        }
    }
}

#[cfg(test)]
#[path = "texts_tests.rs"]
mod tests;
