//! The page of JSON against the types that are written as JSON.

use std::collections::BTreeSet;
use std::path::Path;

use pulldown_cmark::{Event, Parser};

use super::{Item, blocks, topic};

/// Rooms whose types are written for people and programs. What others write is for Graph, or for themselves.
const ROOMS: [&str; 8] = ["cli", "daemon", "delivery", "ledger", "pass", "plan", "status", "telemetry"];

/// Teams and Slack say what their documents hold.
const FOR_CHATS: &str = "chat.rs";

fn sources(directory: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let path = entry.path();
        let name = entry.file_name();
        if name.to_string_lossy().contains("tests") || name == FOR_CHATS {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Fields of the types that are written, and keys of documents made on the spot.
fn written() -> BTreeSet<String> {
    let mut texts = Vec::new();
    for room in ROOMS {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room), &mut texts);
    }
    let mut found = BTreeSet::new();
    for text in &texts {
        let text = text.split("\nmod tests").next().unwrap();
        let mut is_written = false;
        let mut name: Option<String> = None;
        for line in text.lines() {
            if line.starts_with("#[derive(") {
                is_written = line.contains("Serialize");
            } else if line.starts_with('}') {
                is_written = false;
            }
            let line = line.trim();
            if is_written && line.starts_with("#[serde(") {
                let renamed = line.split("rename = \"").nth(1).and_then(|rest| rest.split('"').next());
                let hidden = line.contains("(skip)") || line.contains("(flatten)");
                name = if hidden { Some(String::new()) } else { renamed.map(str::to_owned).or(name) };
                continue;
            }
            let field = line.trim_start_matches("pub ").trim_start_matches("pub(super) ").trim_start_matches("pub(crate) ");
            let is_field = |field: &&str| !field.is_empty() && field.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if let Some(field) = field.split_once(": ").map(|(field, _)| field).filter(is_field)
                && is_written
            {
                found.insert(name.take().unwrap_or_else(|| field.to_owned()));
            }
            // `"name": value` and `serialize_field("name", …)`.
            let spot = line.contains("json!(") || line.contains("serialize_field(") || line.contains("say!(\"{{");
            let is_key = line.strip_prefix('"').and_then(|rest| rest.split_once("\": ")).is_some_and(|(key, _)| is_field(&key));
            if spot || is_key || line.starts_with("\"{{") {
                let line = line.replace("\\\"", "\"");
                let quoted = line.split('"').filter(is_field).map(str::to_owned);
                found.extend(quoted);
            }
        }
    }
    found.remove("");
    found
}

/// The part of the page that is about documents: what its items define, and every word in code.
fn told() -> (BTreeSet<String>, BTreeSet<String>) {
    let text = topic("json").text.split("## Metrics").next().unwrap();
    let defined = blocks::items(blocks::read(text)).iter().flat_map(Item::words).map(str::to_owned).collect();
    let all = Parser::new(text).filter_map(|event| if let Event::Code(word) = event { Some(word.into_string()) } else { None });
    (defined, all.collect())
}

/// Asked and answered over the control socket, which has a section of its own.
const ELSEWHERE: [&str; 8] = ["changed", "halt", "which", "undo", "id", "max_duration_ms", "patience_ms", "refused"];

/// Kept in the ledger, for the program itself.
const KEPT: [&str; 6] = ["heard", "forbidden_now", "lacking", "down", "others", "told"];

#[test]
fn every_field_of_a_document_is_explained() {
    let (_, all) = told();
    let is_missing =
        |field: &String| !all.contains(field) && !ELSEWHERE.contains(&field.as_str()) && !KEPT.contains(&field.as_str());
    let missing: Vec<String> = written().into_iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "not in json.md: {missing:?}");
}

/// The words of the webhook's events.
fn events() -> BTreeSet<String> {
    let source = include_str!("../../../telemetry/notify/alert.rs");
    let body = source.split("pub(crate) enum Alert {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let names = body.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(['{', ',']));
    let names = names.map(str::trim).filter(|name| name.chars().all(char::is_alphabetic));
    names.map(snake).collect()
}

/// As serde writes the name of a variant.
fn snake(name: &str) -> String {
    let mut word = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.extend(letter.to_lowercase());
    }
    word
}

#[test]
fn every_field_and_event_that_is_explained_exists_and_every_event_is_explained() {
    let (written, events) = (written(), events());
    assert!(events.contains("kind_forbidden") && events.len() > 5, "{events:?}");
    let (heads, _) = told();
    let is_known = |word: &&String| written.contains(*word) || events.contains(*word) || *word == "event";
    let unknown: Vec<&String> = heads.iter().filter(|word| !is_known(word)).collect();
    assert!(unknown.is_empty(), "no document has: {unknown:?}");
    let missing: Vec<&String> = events.difference(&heads).collect();
    assert!(missing.is_empty(), "not in json.md: {missing:?}");
}
