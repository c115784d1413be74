//! Asks the directory whom the references mean, as seldom as is safe.

use std::collections::HashMap;
use std::time::Duration;

use super::directory::Directory;
use super::question::{Answer, Found, Question, found};
use super::sweep::{SweepOutcome, kinds};
use crate::graph::{Class, Failure};
use crate::mapping::Scope;
use crate::model::{
    DeliveryState, KnownFile, LedgerView, PhotoVersion, Problem, Reason, Reference, TargetId, TargetKind, Timestamp,
};
use crate::plan::PlannedFile;

/// A pass asks about a photo that waits to be sent when its confirmation is this old; whatever a pass asks, the dispatcher
/// asks once more before it sends (`confirm`).
const RECENT: Duration = Duration::from_secs(5 * 60);
/// Where nothing is sent, a pass asks again about what was confirmed this long ago: well below the hour within which a
/// name that moved is noticed, so that a run every hour asks about everybody.
pub(crate) const RESTING: Duration = Duration::from_secs(30 * 60);
/// Where nothing is sent and the directory can't be asked, a confirmation serves this long.
pub(super) const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// An object that Graph did not know when a photo was sent is asked about at every pass, but not more often than this.
const MISSING: Duration = Duration::from_secs(60);
/// References asked together: answers are turned into targets and forgotten before the next ones are asked.
const TOGETHER: usize = 3_000;
/// So many different questions that Graph answers with nothing usable are no matter of the questions any more; of fewer,
/// another question tells.
const MANY: usize = 5;

/// What was asked of the directory.
#[derive(Debug, Default)]
pub(crate) struct Resolution {
    /// When: every answer is at least this young.
    pub at: Timestamp,
    /// The oldest confirmation that served without a question.
    pub oldest: Option<Timestamp>,
    /// Something was asked, and nothing that was answered could be used: what came instead.
    pub out_of_reach: Option<Problem>,
    /// Not even by somebody in its place.
    pub unreachable: bool,
    /// Files that rest and keep a binding that could not be confirmed, and why.
    pub unconfirmed: Option<(usize, Problem)>,
    /// Links to what changes in the directory, by collection, the kinds they confirm, and since when.
    pub links: Vec<(TargetKind, &'static [TargetKind], String, Timestamp)>,
    /// Objects that sweeps found, by collection.
    pub swept: Vec<(TargetKind, usize)>,
    /// When it was asked which numbers there are near to those that nobody has, if it was.
    pub numbers_asked: Option<Timestamp>,
}

/// What a look at the directory is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResolveContext<'a> {
    /// What the ledger remembers.
    pub view: &'a LedgerView,
    /// Who may be served: nothing is sent to others.
    pub scope: Option<&'a Scope>,
    /// Nothing that the ledger remembers serves.
    pub afresh: bool,
    /// Collections whose changes are to be heard from now on.
    pub without_link: &'a [TargetKind],
    /// When it was asked last which numbers there are near to those that nobody has.
    pub numbers_asked: Option<Timestamp>,
}

impl Directory {
    /// What each of these references means just now: the one target, or none. Waits for no pause.
    pub(crate) async fn means(&self, references: &[Reference]) -> Vec<Result<Option<Found>, Failure>> {
        self.tenant.grow(references);
        let answers = self.tenant.graph.resolve_soon(references).await;
        let told = answers.into_iter().zip(references);
        told.map(|(answer, reference)| Ok(found(reference, &answer?, self.accounts).ok())).collect()
    }

    /// Fills in whom each file means: as the ledger remembers it, or as the directory says now.
    /// Only a failed sign-in, or a directory that can't be swept, ends it; any other failure holds the files it concerns,
    /// unless they rest: those keep their binding for now.
    pub(crate) async fn resolve(&self, files: &mut [PlannedFile], context: ResolveContext<'_>) -> Result<Resolution, Failure> {
        // It must know even those whose binding still serves.
        let references: Vec<Reference> = files.iter().filter_map(reference).cloned().collect();
        self.tenant.grow(&references);
        let (questions, oldest) = self.questions(files, context);
        let at = self.clock.now();
        let SweepOutcome { mut answers, links, counts } = self.sweep(&questions, context.without_link).await?;
        let alone: Vec<usize> = (0..questions.len()).filter(|at| answers[*at].is_none()).collect();
        let (mut unreachable, mut unusable) = (true, 0);
        for together in alone.chunks(TOGETHER) {
            let references: Vec<Reference> = together.iter().map(|at| questions[*at].reference.clone()).collect();
            for ((at, reference), answer) in
                together.iter().zip(&references).zip(self.tenant.graph.resolve_each(&references).await)
            {
                answers[*at] = Some(match answer {
                    Ok(objects) => Answer::Said(found(reference, &objects, self.accounts)),
                    Err(failure) if failure.class == Class::SignIn => return Err(failure),
                    Err(failure) => {
                        unreachable &= failure.is_unreachable();
                        unusable += usize::from(is_answer(&failure));
                        Answer::Unanswered(Box::new(unanswered(&failure)))
                    }
                });
            }
        }
        let links = links.into_iter().map(|(collection, link)| (collection, kinds(collection), link, at)).collect();
        let in_vain =
            |answer: &Option<Answer>| matches!(answer, Some(Answer::Unanswered(why)) if why.reason == Reason::Transient);
        let are_few = unusable == answers.len() && unusable < MANY;
        let of_mailboxes = questions.iter().all(|question| question.reference.kind == TargetKind::Contact);
        let mut is_silent = !answers.is_empty() && answers.iter().all(in_vain);
        if is_silent && (are_few || of_mailboxes) {
            is_silent = !self.tenant.graph.is_there().await;
        }
        let out_of_reach = answers.first().filter(|_| is_silent).and_then(|answer| match answer {
            Some(Answer::Unanswered(why)) => Some((**why).clone()),
            _ => None,
        });
        let mut asked = Resolution {
            at,
            oldest,
            links,
            swept: counts,
            out_of_reach,
            unreachable: unreachable && is_silent,
            unconfirmed: None,
            numbers_asked: None,
        };
        for file in files.iter_mut() {
            let Some(key) = reference(file).map(Reference::key) else { continue };
            let Ok(at) = questions.binary_search_by(|question| question.key.cmp(&key)) else { continue };
            match &answers[at] {
                Some(Answer::Said(resolved)) => {
                    file.account_created = resolved.as_ref().ok().and_then(|found| found.created);
                    file.whom = resolved.as_ref().err().and_then(|none| none.whom.clone());
                    file.resolved = Some(match resolved {
                        Ok(found) => Ok(found.target.clone()),
                        Err(none) => Err(Box::new(none.problem.clone())),
                    });
                    file.confirmed = true;
                }
                Some(Answer::Unanswered(problem)) if file.resolved.is_none() => file.resolved = Some(Err(problem.clone())),
                Some(Answer::Unanswered(problem)) => {
                    asked.unconfirmed.get_or_insert_with(|| (0, (**problem).clone())).0 += 1;
                }
                None => {}
            }
        }
        asked.numbers_asked = self.name_nearest(files, context.view, context.numbers_asked).await;
        Ok(asked)
    }

    /// The references to ask, each once, in the order of their keys, so that one run asks like another. Files that have a
    /// binding are resolved by it, unless something depends on a new answer. And the oldest confirmation that serves.
    fn questions(&self, files: &mut [PlannedFile], context: ResolveContext<'_>) -> (Vec<Question>, Option<Timestamp>) {
        let ResolveContext { view, scope, afresh, .. } = context;
        let now = self.clock.now();
        let recipe = self.recipe.clone();
        let mut questions: HashMap<String, (Reference, bool)> = HashMap::new();
        let mut oldest: Option<Timestamp> = None;
        let mut known = view.files.iter().peekable();
        for file in files {
            while known.next_if(|known| known.path < file.path).is_some() {}
            let before = known.peek().copied().filter(|known| known.path == file.path);
            let Some(Ok(claim)) = &file.claim else { continue };
            let key = claim.reference.key();
            let bound = before.filter(|_| !afresh).and_then(|before| binding(before, &key, now));
            let mut must = true;
            if let Some((target, bound_at)) = bound {
                let wanted = file.version(&recipe);
                let (serves, need) = need(view, scope, target, wanted.as_ref());
                let age = now.since(bound_at);
                must = age >= STALE || need == Need::Answer;
                if age < serves || !must {
                    file.resolved = Some(Ok(target.clone()));
                }
                if age < serves {
                    oldest = Some(oldest.map_or(bound_at, |oldest| oldest.min(bound_at)));
                    continue;
                }
            }
            questions.entry(key).or_insert_with(|| (claim.reference.clone(), false)).1 |= must;
        }
        let questions = questions.into_iter().map(|(key, (reference, required))| Question { key, reference, required });
        let mut questions: Vec<Question> = questions.collect();
        questions.sort_by(|a, b| a.key.cmp(&b.key));
        (questions, oldest)
    }
}

fn reference(file: &PlannedFile) -> Option<&Reference> {
    Some(&file.claim.as_ref()?.as_ref().ok()?.reference)
}

/// What the ledger says this very reference means, and when that was confirmed; nothing for a file that is held.
fn binding<'a>(before: &'a KnownFile, key: &str, now: Timestamp) -> Option<(&'a TargetId, Timestamp)> {
    // A file out of scope is bound all the same.
    let held = before.held.as_ref().is_some_and(|held| held.0.reason != Reason::OutOfScope);
    let bound_at = before.bound_at.filter(|bound_at| *bound_at <= now && !held)?;
    let target = before.target.as_ref().filter(|_| before.reference.as_deref() == Some(key))?;
    Some((target, bound_at))
}

/// Whether a file can go without an answer for now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Need {
    /// It can't.
    Answer,
    /// Nothing new is decided about it: it keeps its binding.
    Nothing,
}

/// How old a confirmation may be that serves a file bound to this target, and whether it needs one.
/// A version that was not wanted before is a change that was seen just now: no confirmation from before that serves.
fn need(view: &LedgerView, scope: Option<&Scope>, target: &TargetId, wanted: Option<&PhotoVersion>) -> (Duration, Need) {
    let rests = (RESTING, Need::Nothing);
    let Some(wanted) = wanted else { return rests };
    if scope.is_some_and(|scope| scope.check(target).is_err()) {
        return rests;
    }
    match view.targets.get(target) {
        Some(known) if known.desired.as_ref() == Some(wanted) => match known.state {
            DeliveryState::Due | DeliveryState::Waiting { .. } => (RECENT, Need::Nothing),
            // It may be another object by now.
            DeliveryState::Blocked { reason: Reason::TargetMissing } => (MISSING, Need::Answer),
            DeliveryState::Blocked { .. } | DeliveryState::InStep => rests,
        },
        _ => (Duration::ZERO, Need::Answer),
    }
}

/// Whether somebody is there who answers, though with nothing usable: it may be a matter of this one question.
fn is_answer(failure: &Failure) -> bool {
    failure.class == Class::Bug || matches!(failure.status, Some(200..=299))
}

/// Who does not understand the question has said nothing about whom it was for: it is asked again.
fn unanswered(failure: &Failure) -> Problem {
    let mut problem = failure.problem();
    if failure.class == Class::Bug {
        problem.reason = Reason::Transient;
    }
    problem
}
