//! Asks the directory whom the references mean, as seldom as is safe.

use std::collections::HashMap;
use std::time::Duration;

use super::Engine;
use super::look::Looked;
use super::outcome::problem;
use crate::graph::{Class, Failure};
use crate::model::{DeliveryState, DirectoryObject, PhotoVersion, Problem, Reason, Reference, TargetId, Timestamp};
use crate::plan::{KnownFile, LedgerView, PlannedFile};

/// A binding this young needs no new question, whatever is about to be sent: passes that follow each other share it.
const FRESH: Duration = Duration::from_secs(60);
/// A binding to a target that is in step serves this long. Before a photo leaves, its reference is asked anew.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// What the directory says, by reference key; a problem where it could not be asked.
pub(super) type Answers = HashMap<String, Result<Vec<DirectoryObject>, Problem>>;

impl Engine {
    /// Notes in `looked` which bindings still serve, and asks the directory for the others.
    /// Only a failed sign-in ends it; any other failure holds the files it concerns.
    pub(super) async fn ask(&self, looked: &mut Looked, view: &LedgerView) -> Result<Answers, Failure> {
        if let Some(embedded) = &self.embedded {
            // The embedded tenant lives as long as this process: it must know even those whose binding still serves.
            let references: Vec<Reference> = looked.files.iter().filter_map(reference).cloned().collect();
            embedded.change_tenant(|tenant| tenant.grow(&references));
        }
        let questions = self.questions(looked, view);
        if questions.is_empty() {
            return Ok(Answers::new());
        }
        let (keys, references): (Vec<String>, Vec<Reference>) = questions.into_iter().unzip();
        let mut answers = Answers::with_capacity(keys.len());
        for (key, found) in keys.into_iter().zip(self.graph.resolve_each(&references).await) {
            let answer = match found {
                Ok(objects) => Ok(objects),
                Err(failure) if failure.class == Class::SignIn => return Err(failure),
                Err(failure) => Err(problem(&failure)),
            };
            answers.insert(key, answer);
        }
        Ok(answers)
    }

    /// The references to ask, each once, in the order of their keys, so that one run asks like another.
    fn questions(&self, looked: &mut Looked, view: &LedgerView) -> Vec<(String, Reference)> {
        let now = self.clock.now();
        let recipe = self.recipe.id();
        let mut questions: HashMap<String, Reference> = HashMap::new();
        let mut known = view.files.iter().peekable();
        for file in &mut looked.files {
            while known.next_if(|known| known.path < file.path).is_some() {}
            let before = known.peek().copied().filter(|known| known.path == file.path);
            let Some(Ok(claim)) = &file.claim else { continue };
            let key = claim.reference.key();
            let serves = before.and_then(|before| binding(before, &key, now)).filter(|(target, age)| {
                let wanted = file.content.as_ref().ok().map(|digest| PhotoVersion { digest: *digest, recipe: recipe.clone() });
                *age < if in_step(view, target, wanted.as_ref()) { STALE } else { FRESH }
            });
            match serves {
                Some((target, _)) => file.confirmed = Some(target.clone()),
                None => _ = questions.entry(key).or_insert_with(|| claim.reference.clone()),
            }
        }
        let mut questions: Vec<(String, Reference)> = questions.into_iter().collect();
        questions.sort_by(|a, b| a.0.cmp(&b.0));
        questions
    }
}

fn reference(file: &PlannedFile) -> Option<&Reference> {
    Some(&file.claim.as_ref()?.as_ref().ok()?.reference)
}

/// What the ledger says this very reference means, and how old that is; nothing for a file that is held.
fn binding<'a>(before: &'a KnownFile, key: &str, now: Timestamp) -> Option<(&'a TargetId, Duration)> {
    let bound_at = before.bound_at.filter(|bound_at| *bound_at <= now && before.held.is_none())?;
    let target = before.target.as_ref().filter(|_| before.reference.as_deref() == Some(key))?;
    Some((target, now.since(bound_at)))
}

/// Whether nothing is about to be sent to the target. A photo that is blocked there isn't sent now either; but one
/// whose object Graph didn't know may have got another object since.
fn in_step(view: &LedgerView, target: &TargetId, wanted: Option<&PhotoVersion>) -> bool {
    view.targets.get(target).is_some_and(|known| {
        wanted.is_some()
            && known.desired.as_ref() == wanted
            && !matches!(
                known.state,
                DeliveryState::Due | DeliveryState::Waiting { .. } | DeliveryState::Blocked { reason: Reason::TargetMissing }
            )
    })
}

/// When the binding of a file was confirmed: now, if it was asked now.
pub(super) fn bound_at(
    file: &PlannedFile,
    target: Option<&TargetId>,
    before: Option<&KnownFile>,
    now: Timestamp,
) -> Option<Timestamp> {
    match (&file.confirmed, target) {
        (Some(_), _) => before.and_then(|before| before.bound_at),
        (None, Some(_)) => Some(now),
        (None, None) => None,
    }
}
