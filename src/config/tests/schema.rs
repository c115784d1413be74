//! The schema against the code that reads the configuration: what is taken fits it, what is not known does not.

use std::fmt::Write as _;
use std::sync::OnceLock;

use regex::Regex;
use serde_json::Value;

use crate::config::schema;

pub(super) fn all() -> &'static Value {
    static ALL: OnceLock<Value> = OnceLock::new();
    ALL.get_or_init(|| schema(|_| None))
}

/// Whether a document fits, by as much of JSON schema as ours uses.
pub(super) fn fits(text: &str) -> bool {
    let document: Value = serde_yaml::from_str(text).unwrap_or(Value::Null);
    document.is_null() || is_valid(&document, all())
}

fn is_valid(value: &Value, schema: &Value) -> bool {
    if let Some(forms) = schema["anyOf"].as_array() {
        return forms.iter().any(|form| is_valid(value, form));
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.contains(value);
    }
    let kinds = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    let is = |kind: &str| match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        kind => panic!("{kind}"),
    };
    let kinds: Vec<&str> = kinds.iter().filter_map(Value::as_str).collect();
    if !(kinds.is_empty() || kinds.iter().any(|kind| is(kind))) {
        return false;
    }
    match value {
        Value::String(text) => schema["pattern"].as_str().is_none_or(|pattern| Regex::new(pattern).unwrap().is_match(text)),
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            schema["minimum"].as_f64().is_none_or(|least| number >= least)
                && schema["maximum"].as_f64().is_none_or(|most| number <= most)
        }
        Value::Array(elements) => elements.iter().all(|element| is_valid(element, &schema["items"])),
        Value::Object(entries) if schema["properties"].is_object() => {
            entries.iter().all(|(key, value)| of_key(schema, key).is_some_and(|schema| is_valid(value, schema)))
        }
        _ => true,
    }
}

fn of_key<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    let patterns = schema["patternProperties"].as_object();
    let by_pattern = || patterns?.iter().find(|(pattern, _)| Regex::new(pattern).unwrap().is_match(key));
    schema["properties"].get(key).or_else(|| by_pattern().map(|(_, schema)| schema))
}

#[test]
fn the_files_that_are_shipped_fit_and_what_is_unknown_does_not() {
    for name in ["config.example.yaml", "packaging/debian/config.yaml"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        assert!(fits(&std::fs::read_to_string(path).unwrap()), "{name}");
    }
    let extension = "extension_0123456789abcdef0123456789ABCDEF_badge";
    assert!(fits(&format!("mapping: {{ rules: [{{ files: x, user: {{ {extension}: x, extensionAttribute15: y }} }}] }}")));
    for bad in [
        "sources: {}",
        "source: { directorys: x }",
        "mapping: { rules: [{ files: x, user: { extensionAttribute16: x } }] }",
        "mapping: { rules: [{ files: x, user: { folder: x } }] }",
        "mapping: { rules: { files: x } }",
        "mapping: { table: { columns: { photo: x } } }",
        "graph: { credential: { client_secret: { value: x } } }",
        "photo: { crop: round }",
        "photo: { size: 47 }",
        "photo: { size: '648' }",
        "photo: { max_bytes: 1.5MB }",
        "upload: { retry: { max: 15 } }",
        "upload: { retry: 15m }",
        "deliver: never",
        "drift: { by_group: [{ name: x }] }",
        "scope: { include_groups: board }",
        "guard: { refuse_empty_source: 'yes' }",
    ] {
        assert!(!fits(bad), "{bad}");
        assert!(!super::faults(bad).is_empty(), "{bad}");
    }
}

/// Every key that holds one value, with its forms.
fn leaves(schema: &Value, path: &str, found: &mut Vec<(String, Value)>) {
    for form in schema["anyOf"].as_array().map_or(std::slice::from_ref(schema), Vec::as_slice) {
        let Some(keys) = form["properties"].as_object() else {
            found.push((path.to_owned(), form.clone()));
            continue;
        };
        for (key, below) in keys {
            leaves(below, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, found);
        }
    }
}

/// A document that gives one key this value.
pub(super) fn document(path: &str, value: &str) -> String {
    let mut text = String::new();
    for (depth, key) in path.split('.').enumerate() {
        write!(text, "{}{key}:", "  ".repeat(depth)).unwrap();
        text.push('\n');
    }
    format!("{} {value}\n", text.trim_end())
}

#[test]
fn both_agree_on_every_word_and_every_limit() {
    let mut found = Vec::new();
    leaves(all(), "", &mut found);
    let mut tried = 0;
    for (path, form) in found {
        let words = form["enum"].as_array().into_iter().flatten().map(|word| (word.to_string(), true));
        let limits = [("minimum", -1.0, true), ("maximum", 1.0, true)].into_iter().filter_map(|(limit, step, _)| {
            let limit = form[limit].as_f64().filter(|_| form["pattern"].is_null())?;
            Some([(limit.to_string(), true), ((limit + step).to_string(), false)])
        });
        let truths = (form["type"] == "boolean").then(|| [("true".to_owned(), true), ("maybe".to_owned(), false)]);
        for (value, is_good) in words.chain(limits.flatten()).chain(truths.into_iter().flatten()) {
            let text = document(&path, &value);
            assert_eq!(fits(&text), is_good, "{text}");
            let told = super::faults(&text);
            let of_key = format!("{path}: ");
            let wrong = ["is too", "is not known here", "expected"];
            let is_refused = told.lines().any(|line| line.contains(&of_key) && wrong.iter().any(|word| line.contains(word)));
            assert_eq!(is_refused, !is_good, "{text}{told}");
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried}");
}
