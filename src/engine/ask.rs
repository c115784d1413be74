//! Asks the directory whom the references mean, as seldom as is safe.

use std::collections::HashMap;
use std::time::Duration;

use super::Engine;
use super::directory::{Swept, kinds};
use super::look::STALE;
use super::outcome::problem;
use crate::graph::{Class, Failure};
use crate::mapping::resolve;
use crate::model::{DeliveryState, PhotoVersion, Problem, Reason, Reference, TargetId, TargetKind, Timestamp};
use crate::plan::{KnownFile, LedgerView, PlannedFile};

/// A binding this young needs no new question, whatever is about to be sent: passes that follow each other share it.
const FRESH: Duration = Duration::from_secs(60);
/// References asked together: answers are turned into targets and forgotten before the next ones are asked.
const TOGETHER: usize = 3_000;

/// The one target a reference means, or why there is none.
pub(super) type Resolved = Result<TargetId, Box<Problem>>;

/// What was asked of the directory.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Which of the files were asked about, in their order.
    pub(super) fresh: Vec<bool>,
    /// Links to what changes in the directory, by collection, the kinds they confirm, and since when.
    pub(super) links: Vec<(TargetKind, &'static [TargetKind], String, Timestamp)>,
    /// Objects that sweeps found, by collection.
    pub(super) swept: Vec<(TargetKind, usize)>,
}

impl Engine {
    /// Fills in whom each file means: as the ledger remembers it, or as the directory says now.
    /// Only a failed sign-in, or a directory that can't be swept, ends it; any other failure holds the files it concerns.
    /// `anew`: nothing that the ledger remembers serves. `unheard`: collections whose changes are to be heard from now on.
    pub(super) async fn ask(
        &self,
        files: &mut [PlannedFile],
        view: &LedgerView,
        anew: bool,
        unheard: &[TargetKind],
    ) -> Result<Asked, Failure> {
        if let Some(embedded) = &self.embedded {
            // The embedded tenant lives as long as this process: it must know even those whose binding still serves.
            let references: Vec<Reference> = files.iter().filter_map(reference).cloned().collect();
            embedded.change_tenant(|tenant| tenant.grow(&references));
        }
        let questions = self.questions(files, view, anew);
        let started = self.clock.now();
        let Swept { mut answers, links, counts } = self.sweep(&questions, unheard).await?;
        let alone: Vec<usize> = (0..questions.len()).filter(|at| answers[*at].is_none()).collect();
        for together in alone.chunks(TOGETHER) {
            let references: Vec<Reference> = together.iter().map(|at| questions[*at].1.clone()).collect();
            for ((at, reference), found) in together.iter().zip(&references).zip(self.graph.resolve_each(&references).await) {
                let resolved = match found {
                    Ok(objects) => resolve(reference, &objects, self.mapping.accounts),
                    Err(failure) if failure.class == Class::SignIn => return Err(failure),
                    Err(failure) => Err(problem(&failure)),
                };
                answers[*at] = Some(resolved.map_err(Box::new));
            }
        }
        let mut asked = vec![false; files.len()];
        for (file, asked) in files.iter_mut().zip(&mut asked).filter(|(file, _)| file.resolved.is_none()) {
            let Some(key) = reference(file).map(Reference::key) else { continue };
            if let Ok(at) = questions.binary_search_by(|(asked, _)| asked.cmp(&key)) {
                file.resolved.clone_from(&answers[at]);
                *asked = true;
            }
        }
        self.name_nearest(files).await;
        Ok(Asked {
            fresh: asked,
            swept: counts,
            links: links.into_iter().map(|(collection, link)| (collection, kinds(collection), link, started)).collect(),
        })
    }

    /// The references to ask, each once, in the order of their keys, so that one run asks like another. Files whose
    /// binding still serves are resolved by it.
    fn questions(&self, files: &mut [PlannedFile], view: &LedgerView, anew: bool) -> Vec<(String, Reference)> {
        let now = self.clock.now();
        let recipe = self.recipe.id();
        let mut questions: HashMap<String, Reference> = HashMap::new();
        let mut known = view.files.iter().peekable();
        for file in files {
            while known.next_if(|known| known.path < file.path).is_some() {}
            let before = known.peek().copied().filter(|known| known.path == file.path);
            let Some(Ok(claim)) = &file.claim else { continue };
            let key = claim.reference.key();
            let serves = before.filter(|_| !anew).and_then(|before| binding(before, &key, now)).filter(|(target, age)| {
                let wanted = file.content.as_ref().ok().map(|digest| PhotoVersion { digest: *digest, recipe: recipe.clone() });
                *age < if in_step(view, target, wanted.as_ref()) { STALE } else { FRESH }
            });
            match serves {
                Some((target, _)) => file.resolved = Some(Ok(target.clone())),
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
    // A file out of scope is bound all the same.
    let held = before.held.as_ref().is_some_and(|held| held.0.reason != Reason::OutOfScope);
    let bound_at = before.bound_at.filter(|bound_at| *bound_at <= now && !held)?;
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
