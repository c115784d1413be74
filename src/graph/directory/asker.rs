//! Asks with patience: waits when Graph says so, follows pages on the same host, stops when going on is useless.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;

use super::super::answer::HttpAnswer;
use super::super::cure::Cure;
use super::super::{Class, Client, Failure, Operation, Recourse, ThrottleScope, Verb};
use super::late::Lateness;
use super::pages::{ASKED_OTHERWISE, Bounds, EVERYBODY, Pages};
use super::wire::{ListElement, ListPage, OnlyId};
use crate::model::TargetKind;

/// Questions in flight: six hundred people are asked about in one go, however slow the answers are. Graph's documented
/// limit for directory reads is some 350 a second for the smallest tenants, who have far fewer people.
const IN_FLIGHT: usize = 40;
/// All waiting within one round of questions without an answer between ends after this.
const MOST_WAITING: Duration = Duration::from_secs(300);
/// ... or after this, where a photo waits for the answer and is tried again by itself.
const BRIEF: Duration = Duration::from_secs(2);
/// A question is answered with a page of text at most, and never in a longer time.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// A question by name is a small one: an outage in which nobody answers is not waited for so long. Who needs longer gets it at
/// the third and the fourth try.
const NAMED_ANSWERED_WITHIN: [Duration; 2] = [Duration::from_secs(8), Duration::from_secs(8)];
/// One mailbox that does not answer, or asks to wait, keeps everybody's photos waiting for no longer than this.
const MAILBOX_PATIENCE: Duration = Duration::from_secs(8);
/// Refusals in a row for being too many, each after its pause and without an answer between; or tries at one mailbox.
const MOST_THROTTLED: u32 = 8;
/// Tries of one question while something else fails that may pass.
const MOST_BROKEN: u32 = 4;
/// So many questions in a row without a usable answer: it is not the questions.
const MOST_IN_A_ROW: u32 = 3;
/// A link to a page is longer than a question, and never as long as this.
const LONGEST_LINK: usize = 16 * 1024;

/// One round of questions.
pub(super) struct Asker<'a> {
    client: &'a Client,
    started: Duration,
    /// All waiting within this round without an answer between ends after this.
    patience: Duration,
    /// Questions in flight.
    pub(super) in_flight: usize,
    lateness: Lateness,
    state: Mutex<State>,
}

/// Where to go on after a page.
pub(super) struct After {
    pub(super) next: Option<String>,
    pub(super) delta: Option<String>,
}

#[derive(Default)]
struct State {
    /// What makes all further questions useless.
    stopped: Option<Failure>,
    /// What makes further questions for a kind useless.
    forbidden: HashMap<TargetKind, Failure>,
    /// When a question was answered last, if one was.
    heard: Duration,
    /// Refusals in a row for being too many, one of each burst.
    in_vain: u32,
    /// Questions in a row that failed in a way that may be their own.
    failed: u32,
    /// Collections that did not end.
    endless: u32,
}

impl Client {
    /// Whether a question to the directory is answered as Graph answers it.
    pub(in super::super) async fn ask_anything(&self) -> Result<(), Failure> {
        let url = format!("{}/users?$top=1&$select=id", self.root());
        let what = Operation { kind: TargetKind::User, verb: Verb::Look };
        let page: ListPage<OnlyId> = parse(&self.send(what, |http| http.get(&url)).await?)?;
        page.next.map(|link| Asker::new(self).checked(link)).transpose().map(drop)
    }
}

impl<'a> Asker<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        let started = client.clock().elapsed();
        let lateness = Lateness::new(client.clock().clone());
        Self { client, started, patience: MOST_WAITING, in_flight: IN_FLIGHT, lateness, state: Mutex::default() }
    }

    /// For somebody who has other things to do than to wait, and asks again later.
    pub(super) fn impatient(client: &'a Client) -> Self {
        Self { patience: BRIEF, ..Self::new(client) }
    }

    pub(super) fn root(&self) -> &str {
        self.client.root()
    }

    /// `me` is somebody only where a person signed in.
    pub(super) fn is_person(&self) -> Result<(), Failure> {
        if self.client.issuer().is_person() {
            return Ok(());
        }
        let cure = "Name the user by userPrincipalName; or set graph.credential: { device_code: {} } and run `photosyncd login`.";
        Err(Failure::local(Class::NotPossible, "me is the person who signed in by hand, and here an application signs in", cure))
    }

    /// One object.
    pub(super) async fn one<T: DeserializeOwned>(&self, url: &str, kind: TargetKind) -> Result<T, Failure> {
        self.document(url, kind, false, ASKED_OTHERWISE).await
    }

    /// All pages of a collection, which has no more than this.
    pub(super) async fn all<T: DeserializeOwned>(
        &self,
        url: &str,
        kind: TargetKind,
        advanced: bool,
        bounds: Bounds,
    ) -> Result<Vec<T>, Failure> {
        let mut found = Vec::new();
        let mut pages = self.pages(bounds);
        let mut next = url.to_owned();
        loop {
            let page: ListPage<T> = self.document(&next, kind, advanced, bounds.most_failed).await?;
            self.count(&mut pages, &next, page.value.len())?;
            for item in page.value {
                found.push(item.good().ok_or_else(|| Failure::odd("lists something that is not such an object"))?);
            }
            match page.next {
                None => return Ok(found),
                Some(link) => next = self.checked(link)?,
            }
        }
    }

    /// Begins to follow a collection page by page.
    pub(super) fn pages(&self, bounds: Bounds) -> Pages {
        Pages::new(bounds, self.now())
    }

    /// One page, and the checked links after it.
    pub(super) async fn page<T: DeserializeOwned>(
        &self,
        url: &str,
        kind: TargetKind,
    ) -> Result<(Vec<ListElement<T>>, After), Failure> {
        let page: ListPage<T> = self.document(url, kind, false, EVERYBODY.most_failed).await?;
        let next = page.next.map(|link| self.checked(link)).transpose()?;
        let delta = page.delta.map(|link| self.checked(link)).transpose()?;
        Ok((page.value, After { next, delta }))
    }

    /// Takes account of a page. Where several collections don't end, it is not the collections.
    pub(super) fn count(&self, pages: &mut Pages, url: &str, objects: usize) -> Result<(), Failure> {
        let counted = pages.page(url, objects, self.now());
        counted.inspect_err(|failure| {
            let mut state = self.lock();
            state.endless += 1;
            if state.endless >= MOST_IN_A_ROW {
                state.stopped.get_or_insert_with(|| failure.clone());
            }
        })
    }

    /// A link from an answer, if it may see the token.
    pub(super) fn checked(&self, link: String) -> Result<String, Failure> {
        if link.len() > LONGEST_LINK {
            return Err(odd_link("Graph's link to the next page is too long for a link".to_owned()));
        }
        let url = Url::parse(&link).map_err(|_| odd_link("Graph's link to the next page is not a URL".to_owned()))?;
        if self.client.endpoints().is_ours(&url) {
            return Ok(link);
        }
        let host = url.host_str().unwrap_or("an unknown host");
        let failure = odd_link(format!("Graph's link to the next page leads to {host}; the token was not sent there"));
        Err(self.client.without_secrets(failure))
    }

    /// The document that a question is answered with. One that is no such document is a fault like any other.
    /// `most_failed`: tries while Graph fails in a way that may be this question's alone.
    async fn document<T: DeserializeOwned>(
        &self,
        url: &str,
        kind: TargetKind,
        advanced: bool,
        most_failed: u32,
    ) -> Result<T, Failure> {
        let what = Operation { kind, verb: Verb::Look };
        let mut tries = 0;
        let mut until = self.now() + if kind == TargetKind::Contact { MAILBOX_PATIENCE } else { MOST_WAITING };
        loop {
            self.stopped(kind)?;
            // A limit of all is no matter of this question.
            until += self.turn().await.inspect_err(|failure| self.remember(failure, kind))?;
            let asked_at = self.now();
            let within = answered_within(url, tries).min(until.saturating_sub(asked_at));
            let failure = match self.ask(url, what, advanced, within).await.and_then(|answer| parse(&answer)) {
                Ok(document) => {
                    self.answered(asked_at);
                    return Ok(document);
                }
                Err(failure) => failure,
            };
            if is_of_all(&failure, kind) {
                if self.waits_with_all(&failure, asked_at) {
                    continue;
                }
                let failure = failure.after_waiting_no_more();
                self.remember(&failure, kind);
                return Err(failure);
            }
            tries += 1;
            let wait = self.wait_after(&failure, tries, most_failed);
            let Some(wait) = wait.filter(|wait| self.now() + *wait < until) else {
                let failure = self.of_this_mailbox(failure.after_waiting_no_more(), kind).await;
                self.remember(&failure, kind);
                return Err(failure);
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// The answer to one question, if it comes within this time.
    async fn ask(&self, url: &str, what: Operation, advanced: bool, within: Duration) -> Result<HttpAnswer, Failure> {
        let ask = || {
            self.client.send(what, |http| {
                let request = http.get(url);
                if advanced { request.header("ConsistencyLevel", "eventual") } else { request }
            })
        };
        let asking = async {
            // The wait for a token says nothing of how long an answer takes.
            self.client.sign_in().await?;
            let answering = async {
                // Where questions are too many, none is asked twice.
                if self.client.pace().is_limited() { ask().await } else { self.lateness.first_answer(ask).await }
            };
            tokio::time::timeout(within, answering).await.unwrap_or_else(|_| Err(silence(within)))
        };
        tokio::time::timeout(ANSWERED_WITHIN, asking).await.unwrap_or_else(|_| Err(silence(ANSWERED_WITHIN)))
    }

    /// A question that left then has a usable answer.
    fn answered(&self, left: Duration) {
        let now = self.now();
        self.client.pace().answered(left, now);
        let mut state = self.lock();
        (state.failed, state.in_vain, state.heard) = (0, 0, now);
    }

    /// A token that is refused at one mailbox, while Graph takes it, is a matter of that mailbox.
    async fn of_this_mailbox(&self, failure: Failure, kind: TargetKind) -> Failure {
        let may_be = kind == TargetKind::Contact && failure.recourse == Some(Recourse::AskOthers);
        if may_be && self.client.prove_token().await.is_ok() { failure.of_this_one() } else { failure }
    }

    /// How long this question waits before it is asked again after an accident of its own; none if that is not worth it.
    fn wait_after(&self, failure: &Failure, tries: u32, most_failed: u32) -> Option<Duration> {
        let most = match failure.class {
            Class::Throttled => MOST_THROTTLED,
            Class::Transient | Class::FewTries if may_be_its_own(failure) => most_failed,
            Class::Transient | Class::FewTries => MOST_BROKEN,
            _ => return None,
        };
        let is_limit = failure.class == Class::Throttled;
        let backed_off = Duration::from_secs(1 << tries.min(6)) / if is_limit { 2 } else { 4 };
        let wait =
            failure.retry_after.unwrap_or(if is_limit { backed_off } else { backed_off.mul_f64(0.5 + fastrand::f64() / 2.0) });
        if tries >= most || !self.allows(wait) {
            return None;
        }
        tracing::debug!(reason = %failure.reason(), ?wait, "a directory question is asked again");
        Some(wait)
    }

    /// Whether a question that left then, and was refused as one too many, is asked again with all others when it is its turn.
    fn waits_with_all(&self, failure: &Failure, left: Duration) -> bool {
        let (pace, now) = (self.client.pace(), self.now());
        let in_vain = {
            let mut state = self.lock();
            state.in_vain = (state.in_vain + u32::from(pace.is_news(left))).max(1);
            state.in_vain
        };
        let wait = failure.retry_after.unwrap_or(Duration::from_secs(1 << in_vain.min(6)) / 2);
        // Kept also where nobody waits it out: whoever asks next is not to ask before.
        if pace.refused(failure, wait, left, now) {
            tracing::info!(reason = %failure.reason(), ?wait, "directory questions pause, and are asked more slowly from then on");
        } else {
            tracing::debug!(reason = %failure.reason(), ?wait, "directory questions pause");
        }
        in_vain < MOST_THROTTLED && self.allows(wait)
    }

    /// Whether this round, and the command, may wait so long.
    fn allows(&self, wait: Duration) -> bool {
        let (now, since) = (self.now(), self.started.max(self.lock().heard));
        (now + wait).saturating_sub(since) <= self.patience && self.client.patience().allows(wait, now)
    }

    /// Waits until it is the turn of a question, if that is not too long; says how long that was.
    async fn turn(&self) -> Result<Duration, Failure> {
        let since = self.now();
        while let Err((left, failure)) = self.client.pace().turn(self.now()) {
            if !self.allows(left) {
                return Err(failure.after_waiting_no_more());
            }
            tokio::time::sleep(left).await;
        }
        Ok(self.now().saturating_sub(since))
    }

    fn now(&self) -> Duration {
        self.client.clock().elapsed()
    }

    fn stopped(&self, kind: TargetKind) -> Result<(), Failure> {
        let state = self.lock();
        match state.stopped.as_ref().or_else(|| state.forbidden.get(&kind)) {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    fn remember(&self, failure: &Failure, kind: TargetKind) {
        let mut state = self.lock();
        match failure.class {
            // One mailbox's limit.
            Class::Throttled if is_of_a_mailbox(failure, kind) => {}
            // One question's fault, until others fail too.
            Class::Transient if may_be_its_own(failure) || kind == TargetKind::Contact => {
                state.failed += 1;
                if state.failed >= MOST_IN_A_ROW {
                    state.stopped.get_or_insert_with(|| failure.clone());
                }
            }
            _ if failure.status == Some(500) => {}
            Class::SignIn | Class::Offline | Class::Throttled | Class::Transient => {
                state.stopped.get_or_insert_with(|| failure.clone());
            }
            // A mailbox may be closed to the application while others are open.
            Class::KindForbidden if kind != TargetKind::Contact => {
                state.forbidden.entry(kind).or_insert_with(|| failure.clone());
            }
            // Graph itself has answered, if not as we wish.
            _ => state.failed = 0,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is a limit that concerns all questions.
fn is_of_all(failure: &Failure, kind: TargetKind) -> bool {
    failure.class == Class::Throttled && !is_of_a_mailbox(failure, kind)
}

/// Whether it is one mailbox's limit: so are those of questions about contacts, if Graph does not say otherwise.
fn is_of_a_mailbox(failure: &Failure, kind: TargetKind) -> bool {
    match failure.throttle_scope {
        Some(scope) => scope == ThrottleScope::Mailbox,
        None => kind == TargetKind::Contact,
    }
}

/// Whether a failure may be one question's alone: an answer came, and it is none of an overload.
fn may_be_its_own(failure: &Failure) -> bool {
    failure.status.is_some_and(|status| !matches!(status, 408 | 502..=504))
}

pub(in super::super) fn parse<T: DeserializeOwned>(answer: &HttpAnswer) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body)
        .map_err(|_| Failure::odd("was cut short or is not what the documentation shows").with_status(answer.status))
}

/// How long the answer to a question may take that was tried so often before.
fn answered_within(url: &str, tries: u32) -> Duration {
    let named = NAMED_ANSWERED_WITHIN.get(tries as usize).filter(|_| url.contains("$filter="));
    named.copied().unwrap_or(ANSWERED_WITHIN)
}

fn silence(within: Duration) -> Failure {
    let seconds = within.as_secs();
    let cure = Cure::WaitThenAct("If it stays so, check this machine's network and proxy.");
    Failure::local(Class::Transient, format!("Graph did not answer a directory question within {seconds} s"), cure)
}

/// A page that no Graph writes: it says nothing about anybody.
fn odd_link(cause: String) -> Failure {
    let cure = Cure::ActAndWait("Check graph.graph_url and any proxy between this machine and Graph.");
    Failure::local(Class::Transient, cause, cure).with_status(StatusCode::OK)
}
