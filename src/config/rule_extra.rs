//! What the rules of a text say beside whom files are for.

use super::document::YamlDocument;
use super::edit::value;
use super::node::Node;

/// The keys of a rule that are not about whom files are for.
const KEYS: [&str; 3] = ["ignore_case", "drift", "deliver"];

/// One such key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuleExtra {
    /// The rule's place in the list.
    pub rule: usize,
    /// The files that it takes: what stands under `files` or `regex`.
    pub paths: String,
    /// The key.
    pub key: &'static str,
    /// The value, as the file writes it.
    pub value: String,
}

impl RuleExtra {
    /// Whether it says the same, of whatever files.
    pub(crate) fn says_like(&self, other: &Self) -> bool {
        (self.key, &self.value) == (other.key, &other.value)
    }

    /// Whether it is said of a rule for these files.
    pub(crate) fn is_of(&self, paths: &str) -> bool {
        self.paths.replace("$$", "$") == paths
    }
}

/// Those of a text, as far as it can be read.
pub(crate) fn rule_extras(text: &str) -> Vec<RuleExtra> {
    let Ok(document) = YamlDocument::parse(text) else { return Vec::new() };
    let rules = value(&document.root, "mapping").and_then(|mapping| value(&mapping, "rules"));
    let Some(Node::List(rules)) = rules.as_deref() else { return Vec::new() };
    let of_rule = |(at, (_, rule)): (usize, &(_, std::rc::Rc<Node>))| {
        let paths = word(rule, "files").or_else(|| word(rule, "regex")).unwrap_or_default();
        KEYS.map(|key| Some(RuleExtra { rule: at, paths: paths.clone(), key, value: word(rule, key)? }))
    };
    rules.iter().enumerate().flat_map(of_rule).flatten().collect()
}

fn word(node: &Node, name: &str) -> Option<String> {
    match value(node, name).as_deref()? {
        Node::Text(text) => Some(text.clone()),
        Node::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}
