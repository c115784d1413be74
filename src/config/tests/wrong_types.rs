//! A value of a wrong kind is answered with its place, its key and what can stand there: for every key of the schema.

use serde_json::Value;

use super::schema::{all, document, fits};

/// Of each kind that YAML has.
const VALUES: [&str; 8] = ["true", "5", "1.5", "zzz", "''", "[1]", "{ zzz: b }", "!tag x"];
/// A message has one of these where it says what can be.
const POSSIBLE: [&str; 10] = [
    "expected text",
    "expected a file name",
    "is empty",
    "give ",
    "for example",
    "write ",
    "such as",
    "as in",
    "belongs to",
    "expected user, group",
];

/// Every key that is no element of a list, with all it may hold.
fn keys(schema: &Value, path: &str, found: &mut Vec<(String, Vec<Value>)>) {
    let forms = schema["anyOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
    for form in &forms {
        for (key, below) in form["properties"].as_object().into_iter().flatten() {
            keys(below, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, found);
        }
    }
    if !path.is_empty() {
        found.push((path.to_owned(), forms));
    }
}

/// Whether a message says what this form of a value is.
fn says(fault: &str, form: &Value) -> bool {
    if let Some(words) = form["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).all(|word| fault.contains(word));
    }
    match form["type"].as_str() {
        Some("null") => false,
        Some("boolean") => fault.contains("true or false"),
        Some("array") => fault.contains("a list") || fault.contains("write ["),
        Some("object") if form["properties"].is_object() => {
            ["known here", "write ", "give one of"].iter().any(|words| fault.contains(words))
        }
        Some("number" | "integer") => fault.contains("give "),
        _ => POSSIBLE.iter().any(|words| fault.contains(words)),
    }
}

#[test]
fn every_value_of_a_wrong_kind_is_told_with_its_place_and_what_is_possible() {
    let mut found = Vec::new();
    keys(all(), "", &mut found);
    assert!(found.len() > 100, "{}", found.len());
    let (mut tried, mut wrong) = (0, Vec::new());
    for (path, forms) in &found {
        for value in VALUES {
            let text = document(path, value);
            if fits(&text) {
                continue;
            }
            tried += 1;
            let told = super::faults(&text);
            let line = path.split('.').count();
            let of_key = told.lines().find(|fault| {
                let key = fault.splitn(3, ':').last().and_then(|rest| rest.split_once(": ")).map(|(_, rest)| rest);
                fault.starts_with(&format!("c.yaml:{line}:"))
                    && key.and_then(|rest| rest.strip_prefix(path.as_str())).is_some_and(|rest| rest.starts_with([':', '.', '[']))
            });
            let is_good = of_key.is_some_and(|fault| {
                // Of an element or a key of its own.
                let is_below = value.starts_with(['{', '[']) && !fault.contains(&format!(" {path}: "));
                is_below || forms.iter().any(|form| says(fault, form))
            });
            if !is_good {
                wrong.push(format!("{path}: {value} => {}", of_key.unwrap_or(&told)));
            }
        }
    }
    assert!(tried > 300, "{tried}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
