//! Held items in the JSON of a run, in short: the file, the target, why, and what to do.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::held::HeldItem;
use crate::model::{Problem, Reason};

#[derive(Serialize, Deserialize)]
struct Short {
    path: Option<String>,
    target: Option<String>,
    reason: Reason,
    detail: String,
    cure: String,
}

/// Writes a list.
pub(crate) fn serialize<S: Serializer>(items: &[HeldItem], serializer: S) -> Result<S::Ok, S::Error> {
    let short = |item: &HeldItem| Short {
        path: item.path.clone(),
        target: item.label.clone(),
        reason: item.reason,
        detail: item.detail.clone(),
        cure: item.cure.clone(),
    };
    serializer.collect_seq(items.iter().map(short))
}

/// Reads one.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<HeldItem>, D::Error> {
    let items = Vec::<Short>::deserialize(deserializer)?;
    let long = |Short { path, target, reason, detail, cure }: Short| HeldItem {
        path,
        label: target,
        ..HeldItem::new(&Problem { reason, detail, cure })
    };
    Ok(items.into_iter().map(long).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command reads it from the service that did the work.
    #[test]
    fn it_is_read_as_it_was_written() {
        #[derive(Serialize, Deserialize, PartialEq, Debug)]
        struct Run(#[serde(with = "super")] Vec<HeldItem>);
        let item = HeldItem::new(&Problem::new(Reason::NoMailbox, "none").with_cure("Give it one.")).of_file("a.jpg");
        let run =
            Run(vec![HeldItem { label: Some("a@x".to_owned()), ..item }, HeldItem::new(&Problem::new(Reason::SignIn, "no"))]);
        let json = serde_json::to_value(&run).unwrap();
        let first = serde_json::json!({
            "path": "a.jpg", "target": "a@x", "reason": "no_mailbox", "detail": "none", "cure": "Give it one."
        });
        assert_eq!(json[0], first);
        assert_eq!(serde_json::from_value::<Run>(json).unwrap(), run);
    }
}
