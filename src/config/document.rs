//! YAML text as a value tree, and the place of every key in it.
//!
//! `serde_yaml` says what the text means; its tree keeps no places, so `saphyr` says where each key stands.

use std::collections::HashMap;

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_yaml::Value;

use super::fault::Place;

/// A second key of the same name gets its first letter replaced by one of these private characters, so that the
/// rest of the file can still be read and all its faults be told at once.
const MASK: char = '\u{E000}';

/// Duplicate keys told at once; further ones after these are cured.
const MAX_DUPLICATES: usize = 20;

/// A parsed file.
pub(super) struct Document {
    /// What it says; null when empty.
    pub(super) value: Value,
    /// Key path → where the key (or list element) stands.
    places: HashMap<String, Place>,
    /// Faults of form that did not keep it from being read.
    pub(super) duplicates: Vec<(Place, String, String)>,
}

/// Broken YAML: where, if known, and how.
pub(super) type Broken = (Place, String);

impl Document {
    /// Parses text. One fault of syntax ends it; duplicate keys are collected.
    pub(super) fn parse(text: &str) -> Result<Self, Broken> {
        let mut text = text.strip_prefix('\u{FEFF}').unwrap_or(text).to_owned();
        let mut masked = Vec::new();
        let value = loop {
            match serde_yaml::from_str::<Value>(&text) {
                Ok(value) => break value,
                Err(error) if error.to_string().contains("duplicate entry") && masked.len() < MAX_DUPLICATES => {
                    match mask_duplicate(&mut text, masked.len()) {
                        Some(found) => masked.push(found),
                        None => return Err(broken(&error)),
                    }
                }
                Err(error) => return Err(broken(&error)),
            }
        };
        let mut places = HashMap::new();
        match MarkedYaml::load_from_str(&text) {
            Ok(documents) => documents.iter().for_each(|node| note_places(node, "", &mut places)),
            Err(error) => return Err(broken_at(&error)),
        }
        let duplicates = masked.into_iter().map(|(place, name)| {
            let path = places.iter().find(|(_, at)| **at == place).map(|(path, _)| path.as_str());
            let path =
                path.and_then(|path| path.rsplit_once('.')).map_or(name.clone(), |(section, _)| format!("{section}.{name}"));
            (place, path, "is given twice; keep one".to_owned())
        });
        let duplicates = duplicates.collect();
        Ok(Self { value, places, duplicates })
    }

    /// Where a key stands, or the nearest section that is there.
    pub(super) fn place(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return *place;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = path.get(..end).unwrap_or_default(),
                None => return Place::START,
            }
        }
    }
}

/// Whether a key is a duplicate that was reported already.
pub(super) fn is_masked(key: &str) -> bool {
    key.chars().next().is_some_and(|first| ('\u{E000}'..='\u{F8FF}').contains(&first))
}

/// The path of a key in a section.
pub(super) fn join(section: &str, key: &str) -> String {
    if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
}

fn broken(error: &serde_yaml::Error) -> Broken {
    let place = error.location().map_or(Place::START, |at| Place { line: at.line(), column: at.column() });
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or(&text);
    (place, format!("this is not valid YAML: {text}"))
}

fn broken_at(error: &saphyr::ScanError) -> Broken {
    (place_of(*error.marker()), format!("this is not valid YAML: {}", error.info()))
}

fn place_of(marker: saphyr::Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
}

/// Finds the first duplicate key, replaces its first letter, and says where it is and what it was called.
fn mask_duplicate(text: &mut String, count: usize) -> Option<(Place, String)> {
    let error = MarkedYaml::load_from_str(text).err().filter(|error| error.info().contains("duplicated key"))?;
    let start = text.char_indices().nth(error.marker().index())?.0;
    let quotes = text.get(start..)?.starts_with(['"', '\'']);
    let start = start + usize::from(quotes);
    let rest = text.get(start..)?;
    let name: String = rest.chars().take_while(|c| !matches!(c, ':' | '"' | '\'' | '\n')).collect();
    let first = rest.chars().next()?;
    let mask = char::from_u32(u32::from(MASK) + u32::try_from(count).ok()?)?;
    text.replace_range(start..start + first.len_utf8(), mask.encode_utf8(&mut [0; 4]));
    Some((place_of(*error.marker()), name.trim_end().to_owned()))
}

fn note_places(node: &MarkedYaml<'_>, path: &str, places: &mut HashMap<String, Place>) {
    match &node.data {
        YamlData::Mapping(entries) => {
            for (key, value) in entries {
                let path = join(path, &key_text(key));
                places.insert(path.clone(), place_of(key.span.start));
                note_places(value, &path, places);
            }
        }
        YamlData::Sequence(elements) => {
            for (at, value) in elements.iter().enumerate() {
                let path = format!("{path}[{at}]");
                places.insert(path.clone(), place_of(value.span.start));
                note_places(value, &path, places);
            }
        }
        YamlData::Tagged(_, inner) => note_places(inner, path, places),
        _ => {}
    }
}

fn key_text(key: &MarkedYaml<'_>) -> String {
    match &key.data {
        YamlData::Value(Scalar::String(text)) => text.to_string(),
        YamlData::Value(Scalar::Integer(number)) => number.to_string(),
        YamlData::Value(Scalar::Boolean(yes)) => yes.to_string(),
        YamlData::Value(Scalar::FloatingPoint(number)) => number.to_string(),
        YamlData::Value(Scalar::Null) => "null".to_owned(),
        _ => "?".to_owned(),
    }
}
