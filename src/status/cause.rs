//! Held things by their cause: how many, since when, what to do, who has to act, and a few examples.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashMap};

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::held::HeldItem;
use super::short;
use crate::model::{Actor, Reason, Timestamp};

/// All that is held for one cause. The causes of everything part it: each thing has exactly one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Cause {
    /// Why.
    pub reason: Reason,
    /// Whether it is tried again by itself at a known time.
    pub waits: bool,
    /// Others of the kind have the permission that these lack.
    pub alone: bool,
    /// How many files or targets.
    pub count: u32,
    /// Files that are held for it: several may be for one target.
    pub files: u32,
    /// Since when the first of them.
    pub since: Option<Timestamp>,
    /// When the next of them is tried.
    pub until: Option<Timestamp>,
    /// What to do about all of them; it names nobody.
    pub cure: String,
    /// Some of them, newest first.
    pub examples: Vec<HeldItem>,
}

impl Cause {
    /// Whether something is held for this cause.
    pub(crate) fn is_of(&self, item: &HeldItem) -> bool {
        let exact = !has_exact_cure(item.reason) || item.cure == self.cure;
        (item.reason, item.until.is_some()) == (self.reason, self.waits) && exact
    }

    /// How many files are held, where more are than there are people, groups, teams or contacts that they are for.
    pub(crate) fn more_files(&self) -> Option<u32> {
        Some(self.files).filter(|files| *files > self.count)
    }

    /// What it means, in a few words.
    pub(crate) const fn meaning(&self) -> &'static str {
        if self.alone { "Not permitted for single ones, though for others of the kind" } else { self.reason.meaning() }
    }

    /// Who has to act.
    pub(crate) const fn actor(&self) -> Actor {
        if self.waits { Actor::Itself } else { self.reason.actor() }
    }

    /// Whether somebody has to act. What may stand as it is can be left, even where somebody could do something about it.
    pub(crate) fn needs_person(&self) -> bool {
        !self.reason.may_stand() && matches!(self.actor(), Actor::Administrator | Actor::Hr)
    }
}

/// The causes of everything that is held: what needs a person first, then what many have.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Causes(pub Vec<Cause>);

/// Things of one cause share this.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    waits: bool,
    reason: Reason,
    alone: bool,
    /// Where it differs within a reason.
    cure: Option<String>,
}

impl Causes {
    /// Groups things by their cause and keeps the newest `most` of each as examples. Of several items about one thing the
    /// first tells the cause.
    pub(crate) fn of(items: impl IntoIterator<Item = HeldItem>, most: usize) -> Self {
        let mut causes = BTreeMap::<Key, Cause>::new();
        let mut things = HashMap::<String, Key>::new();
        for item in items {
            if let Some(cause) = things.get(&item.thing).and_then(|key| causes.get_mut(key)) {
                cause.files = cause.files.saturating_add(u32::from(item.path.is_some()));
                continue;
            }
            let cure = has_exact_cure(item.reason).then(|| item.cure.clone());
            let key = Key { waits: item.until.is_some(), reason: item.reason, alone: item.alone, cure };
            if !item.thing.is_empty() {
                things.insert(item.thing.clone(), key.clone());
            }
            let cause = causes.entry(key).or_insert_with_key(Cause::none_yet);
            cause.add(item, most);
        }
        let mut causes: Vec<Cause> = causes.into_values().collect();
        causes.sort_by_cached_key(|cause| {
            (!cause.needs_person(), cause.waits, Reverse(cause.count), cause.reason.as_str(), cause.cure.clone())
        });
        Self(causes)
    }
}

/// What Microsoft 365 refuses to the application as such, what can't be opened, and a backup that can't be made or can't go
/// back, each have an exact cure that names nobody.
const fn has_exact_cure(reason: Reason) -> bool {
    matches!(reason, Reason::NotPermitted | Reason::SignIn | Reason::FileUnreadable | Reason::NoBackup)
}

impl Cause {
    fn none_yet(key: &Key) -> Self {
        Self {
            reason: key.reason,
            waits: key.waits,
            alone: key.alone,
            count: 0,
            files: 0,
            since: None,
            until: None,
            cure: key.cure.clone().unwrap_or_else(|| key.reason.cure().to_owned()),
            examples: Vec::new(),
        }
    }

    fn add(&mut self, item: HeldItem, most: usize) {
        // What all meet alike on their way, a proxy or a network, has a cure of its own; else only the reason is common.
        if self.reason == Reason::Transient {
            let is_common = self.count == 0 || self.cure == item.cure;
            self.cure = if is_common { item.cure.clone() } else { self.reason.cure().to_owned() };
        }
        self.count = self.count.saturating_add(1);
        self.files = self.files.saturating_add(u32::from(item.path.is_some()));
        self.since = self.since.into_iter().chain(item.since).min();
        self.until = self.until.into_iter().chain(item.until).min();
        let at = self.examples.partition_point(|one| newer(one, &item) != Ordering::Greater);
        if at < most {
            self.examples.truncate(most - 1);
            self.examples.insert(at, item);
        }
    }
}

/// Field names are a contract: fields may be added, these stay.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cause = serializer.serialize_struct("Cause", 9)?;
        cause.serialize_field("reason", &self.reason)?;
        cause.serialize_field("count", &self.count)?;
        cause.serialize_field("files", &self.files)?;
        cause.serialize_field("needs_person", &self.needs_person())?;
        cause.serialize_field("who", self.actor().as_str())?;
        cause.serialize_field("since", &self.since)?;
        cause.serialize_field("until", &self.until)?;
        cause.serialize_field("cure", &self.cure)?;
        cause.serialize_field("examples", &Examples(&self.examples))?;
        cause.end()
    }
}

struct Examples<'a>(&'a [HeldItem]);

impl Serialize for Examples<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        short::serialize(self.0, serializer)
    }
}

/// Newest first; those of one moment in the order of their names.
fn newer(one: &HeldItem, other: &HeldItem) -> Ordering {
    let names = |item: &HeldItem| (item.target.clone(), item.path.clone());
    other.since.cmp(&one.since).then_with(|| names(one).cmp(&names(other)))
}

#[cfg(test)]
#[path = "cause_tests.rs"]
mod tests;
