//! The JSON schema of the configuration, for editors: what the code that reads it asks for, shown documents that hold every
//! section and every kind of rule once.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::load::parse_known;
use super::shape::Shape;
use crate::model::{Property, TargetKind};

/// What holds whatever is read only where it is given. That it is no configuration in all does not matter.
const TOUR: &str = "
mapping: { table: { file: t.csv }, rules: RULES }
graph:
  credential:
    client_secret: { file: f, env: E, systemd_credential: c }
    certificate: {}
    managed_identity: {}
    workload_identity: {}
    device_code: {}
drift: { by_group: [{}] }
deliver: { by_group: [{}] }
defaults: [{}]
notify: { mail: { password: { file: f, env: E, systemd_credential: c } } }
";
/// The short forms of sections.
const SHORT: &str = "{ mapping: { table: t.csv }, deliver: always }";
/// Stands for every directory extension.
const EXTENSION: &str = "extension_00000000000000000000000000000000_x";
const EXTENSIONS: &str = "^extension_[0-9A-Fa-f]{32}_[A-Za-z0-9_]+$";
const FROM_ENVIRONMENT: &str = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}";

/// The schema; `describe` says what a key is for.
pub(crate) fn schema(describe: impl Fn(&str) -> Option<String>) -> Value {
    let mut root = Key::default();
    for text in ["{}".to_owned(), TOUR.replace("RULES", &rules()), SHORT.to_owned()] {
        for (path, shape) in parse_known(&text, "", Path::new("/"), &|_| None).1 {
            root.note(&path, shape);
        }
    }
    let mut schema = root.section("", &describe);
    schema.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    schema.insert("title".to_owned(), "photosyncd configuration".into());
    Value::Object(schema)
}

/// A rule of each kind that names every property there is.
fn rules() -> String {
    let rule = |kind: TargetKind| {
        let all = Property::all().filter(|property| property.fits(kind)).map(|property| property.to_string());
        let named = all.chain((kind == TargetKind::User).then(|| EXTENSION.to_owned()));
        format!("{{ {kind}: {{ {} }} }}", named.map(|name| format!("{name}: x")).collect::<Vec<_>>().join(", "))
    };
    format!("[{}]", TargetKind::ALL.map(rule).join(", "))
}

/// A key with what is below it, in the order in which it is asked for.
#[derive(Default)]
struct Key {
    shapes: Vec<Shape>,
    below: Vec<(String, Key)>,
}

impl Key {
    fn note(&mut self, path: &str, shape: Shape) {
        let mut key = self;
        for step in path.split('.').flat_map(steps) {
            let at = key.below.iter().position(|(name, _)| name == step).unwrap_or_else(|| {
                key.below.push((step.to_owned(), Self::default()));
                key.below.len() - 1
            });
            key = &mut key.below[at].1;
        }
        if !key.shapes.contains(&shape) {
            key.shapes.push(shape);
        }
    }

    fn schema(&self, path: &str, describe: &impl Fn(&str) -> Option<String>) -> Value {
        let mut forms: Vec<Value> = self.shapes.iter().filter_map(Shape::scalar).collect();
        // A word or a number may come from the environment, and so may a part of a text.
        if !forms.is_empty() && !self.shapes.contains(&Shape::Text) {
            forms.push(json!({ "type": "string", "pattern": FROM_ENVIRONMENT }));
        }
        if self.shapes.contains(&Shape::List) {
            let element = self.below.iter().find(|(name, _)| name == ELEMENT);
            let items = element.map_or(json!({}), |(_, element)| element.schema(&format!("{path}{ELEMENT}"), describe));
            forms.push(json!({ "type": "array", "items": items }));
        }
        if self.shapes.contains(&Shape::Section) {
            forms.push(Value::Object(self.section(path, describe)));
        }
        // Null is as good as left out.
        if !forms.is_empty() {
            forms.push(json!({ "type": "null" }));
        }
        let mut schema = if forms.is_empty() { json!({}) } else { json!({ "anyOf": forms }) };
        if let (Some(about), Some(schema)) = (describe(path), schema.as_object_mut()) {
            schema.insert("description".to_owned(), about.into());
        }
        schema
    }

    fn section(&self, path: &str, describe: &impl Fn(&str) -> Option<String>) -> Map<String, Value> {
        let (mut keys, mut patterns) = (Map::new(), Map::new());
        for (name, key) in self.below.iter().filter(|(name, _)| name != ELEMENT) {
            let below = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let schema = key.schema(&below, describe);
            if name == EXTENSION {
                patterns.insert(EXTENSIONS.to_owned(), schema);
            } else {
                keys.insert(name.clone(), schema);
            }
        }
        let mut section = Map::new();
        section.insert("type".to_owned(), "object".into());
        section.insert("properties".to_owned(), keys.into());
        if !patterns.is_empty() {
            section.insert("patternProperties".to_owned(), patterns.into());
        }
        section.insert("additionalProperties".to_owned(), false.into());
        section
    }
}

/// Any element of a list.
const ELEMENT: &str = "[]";

/// `rules[2]` is `rules` and any element of it.
fn steps(part: &str) -> impl Iterator<Item = &str> {
    let (name, element) = part.split_once('[').map_or((part, None), |(name, _)| (name, Some(ELEMENT)));
    std::iter::once(name).chain(element)
}
