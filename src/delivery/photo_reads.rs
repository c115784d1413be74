//! Reads what the tenant shows of many targets, at a pace that follows that of uploads: whether there is a photo, or the
//! photo itself.
//!
//! An accident costs its own target another try; a pause that Graph asks for is everybody's; while nobody is answered no
//! target's tries are used up.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use tokio::sync::mpsc::{self, Sender};
use tokio::task::{JoinError, JoinSet};

use super::patience::Unanswered;
use super::run_end::Until;
use super::token_refusals::{TokenRefusal, TokenRefusals};
use super::uploader::Uploader;
use crate::flow::{PaceSettings, Pacer, Verdict};
use crate::graph::{Class, Client, Failure, Recourse, TenantPhoto};
use crate::model::{Problem, Reason, Stopped, TargetId};

/// Descriptions of photos are asked for so many times as fast as photos are sent: Microsoft lets even a small tenant's
/// application read 350 times a second, and write 20 times.
const READS: f64 = 10.0;
/// Tries for one target that Graph can't answer for now, while it answers for others.
const TRIES: u32 = 8;
/// Whether there is a photo is known within a second: so long is that heard out. A target that hangs while others are answered
/// is tried as often as this many tries count.
const HEARD_OUT: Duration = Duration::from_secs(10);
const HANGS: u32 = 4;
/// So many may be refused for want of a permission before nobody else is asked, as long as nobody was answered.
const REFUSALS: u32 = 20;
/// When so many different targets fail and nobody is answered, it is an outage.
const OUTAGE: usize = 3;
/// Waits of one target grow no further after so many tries: somebody waits for the end.
const WAITS: u32 = 4;
/// Wait after Graph said "slow down" without saying how long.
const PAUSE: Duration = Duration::from_secs(5);
/// Answers that may wait to be taken.
const WAITING: usize = 16;

/// What is asked about each target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PhotoQuestion {
    /// Whether it has a photo.
    Whether,
    /// What Graph calls its photo.
    Name,
    /// The photo, as large as there is.
    Photo,
    /// The photo with sides of so many pixels; where it is not offered so, as large as there is.
    Size(u16),
}

/// What the tenant says of one target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PhotoAnswer {
    /// It has no photo.
    Nothing,
    /// It has one.
    There,
    /// It has one, and Graph calls it so (its ETag).
    Named(String),
    /// This one.
    Photo(TenantPhoto),
    /// It can't be said.
    Unknown(Problem),
}

/// How the questions ended. Targets of which nothing was said were not asked about to the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadEnd {
    /// Why it ended early.
    pub stopped: Option<Stopped>,
    /// What stopped it.
    pub problem: Option<Problem>,
    /// The same as Microsoft 365 said it.
    pub failure: Option<Failure>,
    /// Nobody answered at all, not even in the place of Microsoft 365.
    pub unreachable: bool,
}

struct Ask {
    target: TargetId,
    question: PhotoQuestion,
    tries: u32,
}

struct Answered {
    ask: Ask,
    answer: Result<PhotoAnswer, Failure>,
    sent: Duration,
}

struct Reading<'a> {
    uploader: &'a Uploader,
    until: &'a Until,
    answers: Sender<(TargetId, PhotoAnswer)>,
    queue: VecDeque<Ask>,
    /// To be asked again, and when.
    later: Vec<(Duration, Ask)>,
    pacer: Pacer,
    work: JoinSet<Answered>,
    /// Since when nobody was answered, and who was asked in vain.
    silent: Option<(Duration, HashSet<TargetId>)>,
    answered: u64,
    refused: u32,
    /// The last of them.
    refusal: Option<Failure>,
    end: ReadEnd,
    unanswered: Unanswered,
    token_refusals: TokenRefusals,
}

impl Uploader {
    /// Asks about each target and hands on what the tenant says of it.
    pub(crate) async fn read_photos(
        &self,
        targets: impl IntoIterator<Item = TargetId>,
        question: PhotoQuestion,
        until: &Until,
        answers: Sender<(TargetId, PhotoAnswer)>,
    ) -> ReadEnd {
        let began = self.clock.elapsed();
        let deadline = until.max_duration.map(|span| began + span);
        let PaceSettings { per_second, max_per_second } = self.upload.pace;
        let faster = if matches!(question, PhotoQuestion::Whether | PhotoQuestion::Name) { READS } else { 1.0 };
        let pace = PaceSettings { per_second: per_second * faster, max_per_second: max_per_second * faster };
        let mut run = Reading {
            uploader: self,
            until,
            answers,
            queue: targets.into_iter().map(|target| Ask { target, question, tries: 0 }).collect(),
            later: Vec::new(),
            pacer: Pacer::new(pace, began),
            work: JoinSet::new(),
            silent: None,
            answered: 0,
            refused: 0,
            refusal: None,
            end: ReadEnd::default(),
            unanswered: Unanswered::default(),
            token_refusals: TokenRefusals::default(),
        };
        loop {
            let now = self.clock.elapsed();
            if until.cancelled.is_cancelled() {
                run.end.stopped = Some(Stopped::Signal);
            } else if deadline.is_some_and(|deadline| now >= deadline) {
                run.end.stopped = Some(Stopped::MaxDuration);
            }
            // What is still on its way changes nothing: nobody waits for it.
            if run.end.stopped.is_some() {
                return run.end;
            }
            run.wake_up(now);
            let wake = run.launch();
            if run.work.is_empty() && run.queue.is_empty() && run.later.is_empty() {
                return run.finish();
            }
            let hangs_at = run.unanswered.until(until.patience);
            let next = run.later.iter().map(|(at, _)| *at).chain(wake).chain(hangs_at).chain(deadline).min();
            let sleep = next.map_or(Duration::from_secs(60), |at| at.saturating_sub(self.clock.elapsed()));
            // An answer that is there counts before any time that is over.
            tokio::select! {
                biased;
                Some(came) = run.work.join_next() => if !run.on_answer(came).await {
                    return run.end;
                },
                () = tokio::time::sleep(sleep) => {
                    let now = self.clock.elapsed();
                    if hangs_at.is_some_and(|at| at <= now) {
                        run.end.unreachable = true;
                        run.stop(Stopped::Directory, &run.unanswered.too_long(&self.directory.tenant.graph, now));
                        return run.end;
                    }
                }
                () = until.cancelled.cancelled() => {}
            }
        }
    }

    /// Which targets have a photo: true, false, or why that can't be said.
    pub(crate) async fn photos_there(
        &self,
        targets: impl IntoIterator<Item = TargetId>,
        until: &Until,
    ) -> (HashMap<TargetId, Result<bool, Problem>>, ReadEnd) {
        let (answers, end) = self.answers(targets, PhotoQuestion::Whether, until).await;
        let there = answers.into_iter().map(|(target, answer)| {
            let there = match answer {
                PhotoAnswer::Nothing => Ok(false),
                PhotoAnswer::There | PhotoAnswer::Named(_) | PhotoAnswer::Photo(_) => Ok(true),
                PhotoAnswer::Unknown(problem) => Err(problem),
            };
            (target, there)
        });
        (there.collect(), end)
    }

    /// What is answered to a question whose answers are small.
    pub(super) async fn answers(
        &self,
        targets: impl IntoIterator<Item = TargetId>,
        question: PhotoQuestion,
        until: &Until,
    ) -> (HashMap<TargetId, PhotoAnswer>, ReadEnd) {
        let (sender, mut receiver) = mpsc::channel(WAITING);
        let collecting = async {
            let mut found = HashMap::new();
            while let Some((target, answer)) = receiver.recv().await {
                found.insert(target, answer);
            }
            found
        };
        let (end, found) = tokio::join!(self.read_photos(targets, question, until, sender), collecting);
        (found, end)
    }
}

impl Reading<'_> {
    /// Puts those whose wait is over back into the queue.
    fn wake_up(&mut self, now: Duration) {
        self.queue.extend(self.later.extract_if(.., |(at, _)| *at <= now).map(|(_, ask)| ask));
    }

    /// Asks as many as may be asked now; says when the next may be.
    fn launch(&mut self) -> Option<Duration> {
        while self.work.len() < self.uploader.upload.concurrency {
            let now = self.uploader.clock.elapsed();
            let kind = self.queue.front()?.target.kind();
            match self.pacer.ask(kind, now) {
                Verdict::Go => {
                    let ask = self.queue.pop_front()?;
                    let graph = self.uploader.directory.tenant.graph.clone();
                    self.unanswered.asked(now);
                    self.work.spawn(async move {
                        let answering = answer(&graph, &ask);
                        let answer = match ask.question {
                            PhotoQuestion::Whether => {
                                tokio::time::timeout(HEARD_OUT, answering).await.unwrap_or_else(|_| Err(hangs()))
                            }
                            PhotoQuestion::Name | PhotoQuestion::Photo | PhotoQuestion::Size(_) => answering.await,
                        };
                        Answered { ask, answer, sent: now }
                    });
                }
                Verdict::At { at, .. } => return Some(at),
            }
        }
        None
    }

    /// Takes in one answer; false if nobody wants to hear any more, or it makes no sense to continue.
    async fn on_answer(&mut self, came: Result<Answered, JoinError>) -> bool {
        self.unanswered.answered(!self.work.is_empty(), self.uploader.clock.elapsed());
        let Answered { mut ask, answer, sent } = match came {
            Ok(answered) => answered,
            Err(error) => {
                tracing::error!("A question about a photo ended in an internal error; a bug of photosyncd: {error}");
                return true;
            }
        };
        let now = self.uploader.clock.elapsed();
        let mut failure = match answer {
            Ok(answer) => {
                self.pacer.answered(sent, now);
                (self.silent, self.answered) = (None, self.answered + 1);
                self.token_refusals.answered(&ask.target, sent);
                if answer == PhotoAnswer::Nothing && matches!(ask.question, PhotoQuestion::Size(_)) {
                    ask.question = PhotoQuestion::Photo;
                    self.queue.push_front(ask);
                    return true;
                }
                return self.answers.send((ask.target, answer)).await.is_ok();
            }
            Err(failure) => failure,
        };
        if failure.recourse == Some(Recourse::AskOthers) {
            match self.uploader.refused(&mut self.token_refusals, (&ask.target, &failure), sent).await {
                Some(TokenRefusal::First) => {
                    self.queue.push_back(ask);
                    return true;
                }
                Some(TokenRefusal::Own) => failure = failure.of_this_one(),
                Some(TokenRefusal::Everybody) | None => {}
            }
        }
        match failure.class {
            Class::SignIn => return self.stop(Stopped::SignIn, &failure),
            Class::FewTries if failure.recourse == Some(Recourse::AskOthers) => {}
            Class::Throttled => {
                let wait = failure.retry_after.unwrap_or(PAUSE);
                if wait > self.until.patience && !self.until.waits_out_pauses {
                    return self.stop(Stopped::Directory, &failure.after_waiting_no_more());
                }
                self.pacer.refused(None, wait, sent, now);
                self.queue.push_front(ask);
                return true;
            }
            Class::Transient | Class::Offline | Class::FewTries => return self.on_accident(ask, failure, sent, now).await,
            _ => {}
        }
        // Graph answered, for this one target alone.
        self.pacer.answered(sent, now);
        self.silent = None;
        if failure.class == Class::KindForbidden {
            self.refused += 1;
            if self.answered == 0 && self.refused >= REFUSALS {
                return self.stop(Stopped::SignIn, &failure);
            }
            self.refusal = Some(failure.clone());
        }
        self.answers.send((ask.target, PhotoAnswer::Unknown(failure.problem()))).await.is_ok()
    }

    /// It is tried again, unless it alone fails for too long; in an outage nobody's tries count.
    async fn on_accident(&mut self, mut ask: Ask, failure: Failure, sent: Duration, now: Duration) -> bool {
        self.pacer.accident(failure.retry_after.unwrap_or_default(), sent, now);
        let (since, who) = self.silent.get_or_insert_with(|| (now, HashSet::new()));
        if who.len() < OUTAGE {
            who.insert(ask.target.clone());
        }
        let is_alone = self.answered > 0 && who.len() < OUTAGE;
        if !is_alone && failure.is_unreachable() || who.len() >= OUTAGE {
            if now.saturating_sub(*since) >= self.until.patience {
                self.end.unreachable = failure.is_unreachable();
                return self.stop(Stopped::Directory, &failure.after_waiting_no_more());
            }
        } else {
            ask.tries += if failure.is_unreachable() { HANGS } else { 1 };
        }
        if ask.tries >= TRIES {
            let problem = failure.after_waiting_no_more().problem();
            return self.answers.send((ask.target, PhotoAnswer::Unknown(problem))).await.is_ok();
        }
        let wait = self.uploader.upload.retry.after_accident(ask.tries.clamp(1, WAITS), fastrand::f64());
        self.later.push((now + wait.max(failure.retry_after.unwrap_or_default()), ask));
        true
    }

    fn stop(&mut self, why: Stopped, failure: &Failure) -> bool {
        self.end.stopped = Some(why);
        self.end.problem = Some(failure.problem());
        self.end.failure = Some(failure.clone());
        false
    }

    /// Everybody was asked.
    fn finish(mut self) -> ReadEnd {
        if self.answered == 0 && self.refused > 0 {
            self.end.stopped = Some(Stopped::SignIn);
            let words = "photos may not be read: Microsoft 365 refused every question about one";
            self.end.problem = Some(Problem::new(Reason::NotPermitted, words));
            self.end.failure = self.refusal.take();
        }
        self.end
    }
}

fn hangs() -> Failure {
    let words = format!("Graph gave no answer within {} s", HEARD_OUT.as_secs());
    Failure::local(Class::Transient, words, "Wait; it is asked again.")
}

async fn answer(graph: &Client, ask: &Ask) -> Result<PhotoAnswer, Failure> {
    let photo = match ask.question {
        PhotoQuestion::Whether => {
            let there = graph.has_photo(&ask.target).await?;
            return Ok(if there { PhotoAnswer::There } else { PhotoAnswer::Nothing });
        }
        PhotoQuestion::Name => {
            return Ok(graph.photo_etag(&ask.target).await?.map_or(PhotoAnswer::Nothing, PhotoAnswer::Named));
        }
        PhotoQuestion::Photo => graph.photo(&ask.target).await?,
        PhotoQuestion::Size(side) => match graph.photo_in_size(&ask.target, side).await {
            // How a size that is not offered is told is not documented: the photo itself decides.
            Err(failure) if failure.status == Some(404) => None,
            answer => answer?,
        },
    };
    Ok(photo.map_or(PhotoAnswer::Nothing, PhotoAnswer::Photo))
}
