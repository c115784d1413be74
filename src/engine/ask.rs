//! Asks the directory whom the references mean, as seldom as is safe.

use std::collections::HashMap;
use std::time::Duration;

use super::Engine;
use super::look::Looked;
use crate::graph::Failure;
use crate::ledger::RememberedAnswer;
use crate::model::{DeliveryState, DirectoryObject, PhotoVersion, Reference};
use crate::plan::{KnownFile, LedgerView, PlannedFile};

/// An answer this young needs no new question, whatever it was: passes that follow each other closely share it.
const FRESH: Duration = Duration::from_secs(60);
/// An answer about a target that is in step serves this long. Before a photo leaves, its reference is asked anew.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// Answers remembered from earlier passes, by reference key.
pub type Remembered = HashMap<String, RememberedAnswer>;

/// What the directory says, by reference key.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// All of them.
    pub(super) all: HashMap<String, Vec<DirectoryObject>>,
    /// The keys that were asked just now.
    pub(super) asked: Vec<String>,
}

/// Keys of the references that the files speak by.
pub(super) fn keys(looked: &Looked) -> Vec<String> {
    references(looked).map(|(_, reference)| reference.key()).collect()
}

fn references(looked: &Looked) -> impl Iterator<Item = (&PlannedFile, &Reference)> {
    looked.files.iter().filter_map(|file| Some((file, &file.claim.as_ref()?.as_ref().ok()?.reference)))
}

impl Engine {
    /// Finds an answer for each reference: remembered, or asked now.
    pub(super) async fn ask(&self, looked: &Looked, view: &LedgerView, mut remembered: Remembered) -> Result<Answers, Failure> {
        let now = self.clock.now();
        let recipe = self.recipe.id();
        let mut questions: HashMap<String, Reference> = HashMap::new();
        let mut known = view.files.iter().peekable();
        for (file, reference) in references(looked) {
            while known.next_if(|known| known.path < file.path).is_some() {}
            let before = known.peek().copied().filter(|known| known.path == file.path);
            let key = reference.key();
            let wanted = file.content.as_ref().ok().map(|digest| PhotoVersion { digest: *digest, recipe: recipe.clone() });
            let calm = before.is_some_and(|before| in_step(view, before, &key, wanted.as_ref()));
            let enough = if calm { STALE } else { FRESH };
            let serves = remembered.get(&key).is_some_and(|(asked_at, _)| now.since(*asked_at) < enough && *asked_at <= now);
            if !serves {
                questions.entry(key).or_insert_with(|| reference.clone());
            }
        }
        // In the order of their keys, so that one run asks like another.
        let mut questions: Vec<(String, Reference)> = questions.into_iter().collect();
        questions.sort_by(|a, b| a.0.cmp(&b.0));
        let (asked, questions): (Vec<String>, Vec<Reference>) = questions.into_iter().unzip();
        if let Some(embedded) = &self.embedded {
            embedded.grow(&questions);
        }
        let found = if questions.is_empty() { Vec::new() } else { self.graph.resolve(&questions).await? };
        let mut all: HashMap<String, Vec<DirectoryObject>> = asked.iter().cloned().zip(found).collect();
        for (key, (_, objects)) in remembered.drain() {
            all.entry(key).or_insert(objects);
        }
        Ok(Answers { all, asked })
    }
}

/// Whether nothing is about to be sent to this file's target, and its name still leads where it led.
fn in_step(view: &LedgerView, before: &KnownFile, key: &str, wanted: Option<&PhotoVersion>) -> bool {
    before.held.is_none()
        && before.reference.as_deref() == Some(key)
        && before.target.as_ref().and_then(|target| view.targets.get(target)).is_some_and(|known| {
            let same = wanted.is_some() && known.desired.as_ref() == wanted;
            // A photo that is stuck at the tenant isn't sent now either.
            same && !matches!(known.state, DeliveryState::Due | DeliveryState::Waiting { .. })
        })
}
