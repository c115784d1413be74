//! The last question before a photo leaves: does its file's name still lead to this account?
//!
//! A pass asks when it sees a change. What goes out much later, after an outage, a retry or because the tenant shows
//! another photo, is asked about again here, in batches: a thousand photos that waited cost some seventy questions.
//! What is removed or put back is not: both act on the very object that our photo went to, whoever it is called by now.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::uploader::Uploader;
use crate::flow::LONGEST;
use crate::graph::{Class, Failure};
use crate::ledger::{Due, DueAction, Ledger, LedgerError, Reader};
use crate::model::{Generation, Reference, SourcePath, TargetId, Timestamp};

/// A confirmation serves for a photo that is sent within this time.
const SERVES: Duration = Duration::from_secs(60);
/// A token that is younger than this shows what was granted before a look.
const FRESH: Duration = Duration::from_secs(10);
/// Photos asked about together: as many as go out in half that time, ...
const AHEAD: f64 = 30.0;
/// ... but a question's worth at least, and what twenty questions at once can answer at most.
const TOGETHER: (f64, f64) = (15.0, 300.0);

/// What the directory said of late about photos that are to be sent.
#[derive(Debug, Default)]
pub(super) struct Confirmations(Mutex<Answers>);

/// Answers by wish, and when each came.
#[derive(Debug, Default)]
struct Answers {
    by_wish: HashMap<(TargetId, Generation), (bool, Duration)>,
    tidied_at: Duration,
}

impl Answers {
    /// Whether a wish is confirmed, if that was answered not long ago.
    fn get(&self, wish: &(TargetId, Generation), now: Duration) -> Option<bool> {
        self.by_wish.get(wish).filter(|(_, at)| serves(*at, now)).map(|(same, _)| *same)
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
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by TOGETHER")]
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
        let id = (due.target.clone(), due.generation);
        // A probe asks about nobody else, and does not wait for a question that may hang.
        if per_second <= 0.0 {
            let at = self.clock.elapsed();
            let answered = known.0.try_lock().ok().and_then(|known| known.get(&id, at));
            return match answered {
                Some(same) => Ok(same),
                None => self.ask(ledger, vec![due.clone()], &mut Answers::default()).await,
            };
        }
        // One asks for all: the others find their answers when it is done.
        let mut known = known.0.lock().await;
        let now = self.clock.elapsed();
        known.tidy(now);
        if let Some(same) = known.get(&id, now) {
            return Ok(same);
        }
        let wall = self.clock.now();
        let count = (per_second * AHEAD).clamp(TOGETHER.0, TOGETHER.1) as usize;
        let itself = HashSet::from([due.target.clone()]);
        let next = move |reader: &Reader| reader.due(wall, LONGEST, count, &itself, only.as_deref());
        let next = ledger.read(next).await.map_err(ConfirmError::Ledger)?;
        let is_open = |next: &Due| {
            let answered = known.get(&(next.target.clone(), next.generation), now);
            matches!(next.action, DueAction::Upload { .. }) && answered.is_none() && !is_confirmed(next, wall)
        };
        let mut asked: Vec<Due> = vec![due.clone()];
        asked.extend(next.into_iter().filter(is_open));
        self.ask(ledger, asked, &mut known).await
    }

    /// Asks about all of these, and says what the answer is for the first.
    async fn ask(&self, ledger: &Ledger, asked: Vec<Due>, known: &mut Answers) -> Result<bool, ConfirmError> {
        let (now, wall) = (self.clock.elapsed(), self.clock.now());
        let Some(id) = asked.first().map(|due| (due.target.clone(), due.generation)) else { return Ok(false) };
        let references: Vec<Reference> = asked.iter().filter_map(reference).collect();
        let mut answers = self.directory.means(&references).await.into_iter();
        let (mut same, mut moved): (Vec<(SourcePath, TargetId)>, Vec<_>) = (Vec::new(), Vec::new());
        let mut created: Vec<(TargetId, Timestamp)> = Vec::new();
        let mut failed = None;
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
                    if next.target == id.0 || failure.class == Class::SignIn {
                        failed.get_or_insert(failure);
                    }
                    continue;
                }
            };
            if let Some(path) = next.action.path() {
                let list = if means { &mut same } else { &mut moved };
                list.push((path.clone(), next.target.clone()));
            }
            known.by_wish.insert((next.target, next.generation), (means, now));
        }
        ledger.confirm(same, moved, created, wall).await.map_err(ConfirmError::Ledger)?;
        match (known.get(&id, now), failed) {
            (Some(same), _) => Ok(same),
            (None, Some(failure)) => Err(ConfirmError::Directory(failure)),
            (None, None) => Ok(false),
        }
    }
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
            answers.tidy(at(second));
            let wish = |second: u64| (TargetId::User(ObjectId::new(&second.to_string())), Generation(1));
            answers.by_wish.insert(wish(second), (second % 2 == 0, at(second)));
            for age in 0..second.min(150) {
                let known = (age < 60).then_some((second - age) % 2 == 0);
                assert_eq!(answers.get(&wish(second - age), at(second)), known, "{age} s old");
            }
            assert!(answers.by_wish.len() <= 120, "{} are kept", answers.by_wish.len());
        }
    }
}
