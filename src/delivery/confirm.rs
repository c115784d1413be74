//! The last question before a photo leaves: does its file's name still lead to this account?
//!
//! A pass asks when it sees a change. What goes out much later, after an outage, a retry or because the tenant shows
//! another photo, is asked about again here, in batches: a thousand photos that waited cost some seventy questions.
//! What is removed or put back is not: both act on the very object that our photo went to, whoever it is called by now.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::uploader::Uploader;
use crate::flow::LONGEST;
use crate::graph::{Class, Failure};
use crate::ledger::{Due, DueAction, Ledger, LedgerError};
use crate::model::{Generation, Reference, SourcePath, TargetId, Timestamp};

/// A confirmation serves for a photo that is sent within this time.
const SERVES: Duration = Duration::from_secs(60);
/// A token that is younger than this shows what was granted before a look.
const FRESH: Duration = Duration::from_secs(10);
/// Photos asked about together: as many as go out in this time, ...
const AHEAD: Duration = Duration::from_secs(30);
/// ... but a question's worth at least, and what twenty questions at once can answer at most.
const TOGETHER: (f64, f64) = (15.0, 300.0);
/// Whoever goes out so soon is asked about before an earlier confirmation has served its time.
const SOON: Duration = Duration::from_secs(15);
/// What was asked ahead is not asked ahead again for so long.
const REST: Duration = Duration::from_secs(1);

/// What the directory said of late about photos that are to be sent.
#[derive(Debug, Default)]
pub(super) struct Confirmations {
    answers: Mutex<Answers>,
    /// One asks for all: the others find their answers when it is done.
    asking: tokio::sync::Mutex<()>,
}

/// A photo that is wished for, and which wish.
type Wish = (TargetId, Generation);

/// Answers by wish, and when each came.
#[derive(Debug, Default)]
struct Answers {
    by_wish: HashMap<Wish, (bool, Duration)>,
    tidied_at: Duration,
    /// So many more may leave before it is time to ask about those who come after them, ...
    ask_after: usize,
    /// ... and not before this, if that was tried a moment ago.
    rest_until: Duration,
}

impl Confirmations {
    fn answers(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a wish is confirmed, if that was answered not long ago.
    fn get(&self, wish: &Wish, now: Duration) -> Option<bool> {
        self.answers().get(wish, now)
    }

    /// Whether those who come after this photo are to be asked about now, so that nobody has to wait for that. If so,
    /// it is not said again at once.
    pub(super) fn run_out(&self, due: &Due, now: Duration, wall: Timestamp) -> bool {
        let mut answers = self.answers();
        answers.ask_after = answers.ask_after.saturating_sub(1);
        let confirmed = |wall| is_confirmed(due, wall);
        let is_known = || answers.get(&wish(due), now).is_some() || confirmed(wall) && !confirmed(wall.plus(SOON));
        let is_upload = matches!(due.action, DueAction::Upload { .. });
        let run_out = is_upload && answers.ask_after == 0 && now >= answers.rest_until && is_known();
        if run_out {
            answers.rest_until = now + REST;
        }
        run_out
    }
}

impl Answers {
    fn get(&self, wish: &Wish, now: Duration) -> Option<bool> {
        self.by_wish.get(wish).filter(|(_, at)| serves(*at, now)).map(|(same, _)| *same)
    }

    fn put(&mut self, heard: Vec<(Wish, bool)>, now: Duration) {
        self.tidy(now);
        self.by_wish.extend(heard.into_iter().map(|(wish, same)| (wish, (same, now))));
    }

    /// Lets go what serves no more, now and then: a look at all of them for each photo would cost more than the photo.
    fn tidy(&mut self, now: Duration) {
        if !serves(self.tidied_at, now) {
            self.by_wish.retain(|_, (_, at)| serves(*at, now));
            self.tidied_at = now;
        }
    }
}

fn serves(at: Duration, now: Duration) -> bool {
    now.saturating_sub(at) < SERVES
}

/// Why it can't be said whether a photo may leave.
#[derive(Debug)]
pub(super) enum ConfirmError {
    /// The directory can't be asked.
    Directory(Failure),
    /// The ledger refuses.
    Ledger(LedgerError),
}

impl Uploader {
    /// Whether the directory has confirmed, after this was wished and not long ago, that the photo is for this target.
    /// If it was not asked since, it is: about what is due next at `per_second`, too; of `only` if so asked.
    pub(super) async fn confirmed(
        &self,
        ledger: &Ledger,
        due: &Due,
        only: Option<Arc<HashSet<TargetId>>>,
        per_second: f64,
        known: &Confirmations,
    ) -> Result<bool, ConfirmError> {
        if due.lacked_permission {
            // It may have been granted a moment ago, and shows only in a token that was issued since.
            self.directory.tenant.graph.doubt_permissions(FRESH);
        }
        if !matches!(due.action, DueAction::Upload { .. }) || is_confirmed(due, self.clock.now()) {
            return Ok(true);
        }
        if let Some(same) = known.get(&wish(due), self.clock.elapsed()) {
            return Ok(same);
        }
        // A probe asks about nobody else, and does not wait for a question that may hang.
        if per_second <= 0.0 {
            return self.ask(ledger, vec![due.clone()], known).await;
        }
        let _turn = known.asking.lock().await;
        if let Some(same) = known.get(&wish(due), self.clock.elapsed()) {
            return Ok(same);
        }
        let mut asked = vec![due.clone()];
        asked.extend(self.open(ledger, Some(due), only, per_second, known).await.map_err(ConfirmError::Ledger)?);
        self.ask(ledger, asked, known).await
    }

    /// Asks about what is due next, before it is. What goes wrong is met by whoever has no answer then.
    pub(super) async fn ask_ahead(
        &self,
        ledger: &Ledger,
        only: Option<Arc<HashSet<TargetId>>>,
        per_second: f64,
        known: &Confirmations,
    ) {
        let Ok(_turn) = known.asking.try_lock() else { return };
        if let Ok(asked) = self.open(ledger, None, only, per_second, known).await {
            _ = self.ask(ledger, asked, known).await;
        }
    }

    /// What is due next, beside this one, and neither confirmed nor answered for.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by TOGETHER")]
    async fn open(
        &self,
        ledger: &Ledger,
        beside: Option<&Due>,
        only: Option<Arc<HashSet<TargetId>>>,
        per_second: f64,
        known: &Confirmations,
    ) -> Result<Vec<Due>, LedgerError> {
        let (now, wall) = (self.clock.elapsed(), self.clock.now());
        let count = (per_second * AHEAD.as_secs_f64()).clamp(TOGETHER.0, TOGETHER.1) as usize;
        let beside: HashSet<TargetId> = beside.iter().map(|due| due.target.clone()).collect();
        let mut next = ledger.read(move |reader| reader.due(wall, LONGEST, count, &beside, only.as_deref())).await?;
        let mut answers = known.answers();
        answers.ask_after = next.len() / 2;
        next.retain(|next| {
            let is_upload = matches!(next.action, DueAction::Upload { .. });
            is_upload && answers.get(&wish(next), now).is_none() && !is_confirmed(next, wall.plus(SOON))
        });
        Ok(next)
    }

    /// Asks about all of these, and says what the answer is for the first.
    async fn ask(&self, ledger: &Ledger, asked: Vec<Due>, known: &Confirmations) -> Result<bool, ConfirmError> {
        let (now, wall) = (self.clock.elapsed(), self.clock.now());
        let Some(first) = asked.first().map(wish) else { return Ok(false) };
        let references: Vec<Reference> = asked.iter().filter_map(reference).collect();
        let mut answers = self.directory.means(&references).await.into_iter();
        let (mut same, mut moved): (Vec<(SourcePath, TargetId)>, Vec<_>) = (Vec::new(), Vec::new());
        let mut created: Vec<(TargetId, Timestamp)> = Vec::new();
        let (mut heard, mut failed) = (Vec::new(), None);
        for next in asked {
            let means = match reference(&next).and_then(|_| answers.next()) {
                // Its file is held, or bound to another target by now: the next pass decides.
                None => false,
                Some(Ok(means)) => {
                    let means = means.filter(|found| found.target == next.target);
                    created.extend(means.as_ref().and_then(|found| Some((next.target.clone(), found.created?))));
                    means.is_some()
                }
                Some(Err(failure)) => {
                    if next.target == first.0 || failure.class == Class::SignIn {
                        failed.get_or_insert(failure);
                    }
                    continue;
                }
            };
            if let Some(path) = next.action.path() {
                let list = if means { &mut same } else { &mut moved };
                list.push((path.clone(), next.target.clone()));
            }
            heard.push((wish(&next), means));
        }
        ledger.confirm(same, moved, created, wall).await.map_err(ConfirmError::Ledger)?;
        known.answers().put(heard, now);
        match (known.get(&first, now), failed) {
            (Some(same), _) => Ok(same),
            (None, Some(failure)) => Err(ConfirmError::Directory(failure)),
            (None, None) => Ok(false),
        }
    }
}

fn wish(due: &Due) -> Wish {
    (due.target.clone(), due.generation)
}

/// Whether what the ledger keeps is enough.
fn is_confirmed(due: &Due, now: Timestamp) -> bool {
    let confirmed_at = due.binding.as_ref().and_then(|binding| binding.confirmed_at);
    confirmed_at.is_some_and(|at| due.desired_at <= at && at <= now && now.since(at) < SERVES)
}

fn reference(due: &Due) -> Option<Reference> {
    Reference::from_key(&due.binding.as_ref()?.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectId;

    #[test]
    fn an_answer_serves_for_a_minute_and_is_let_go_some_time_later() {
        let (mut answers, at) = (Answers::default(), Duration::from_secs);
        for second in 0..600 {
            let wish = |second: u64| (TargetId::User(ObjectId::new(&second.to_string())), Generation(1));
            answers.put(vec![(wish(second), second % 2 == 0)], at(second));
            for age in 0..second.min(150) {
                let known = (age < 60).then_some((second - age) % 2 == 0);
                assert_eq!(answers.get(&wish(second - age), at(second)), known, "{age} s old");
            }
            assert!(answers.by_wish.len() <= 120, "{} are kept", answers.by_wish.len());
        }
    }
}
