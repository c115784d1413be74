//! The tenant, the files and the queue in virtual time.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use super::super::prepared::{PhotoInfo, PreparedUpload};
use super::super::response::{Response, ResponseAction};
use super::super::scheduler::{Now, QueueLimits, Scheduler, Step};
use crate::flow::{LONGEST, PaceSettings, RetryPolicy};
use crate::graph::{Accepted, Class, Failure, ThrottleScope};
use crate::ledger::{Attempt, Commit, Due, DueAction, Ledger, Reader};
use crate::model::target_state::{self, Wanted};
use crate::model::{Digest, ObjectId, Outcome, PhotoVersion, Reason, RecipeId, SourcePath, TargetId, Timestamp, Trace};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const BOUNDS: QueueLimits = QueueLimits { in_flight: 4, ready: 6, preparing: 4, bytes: 1 << 20 };
pub(super) const PACE: PaceSettings = PaceSettings { per_second: 5.0, max_per_second: 20.0 };
/// Too much for an account without a mailbox.
pub(super) static LARGE: [u8; 100_001] = [0; 100_001];

pub(super) enum Event {
    Prepared(Due, bool),
    Answered(Due, PreparedUpload, Result<(Outcome, Accepted), Failure>, Duration),
    Panicked(Due),
    Record(Due, Outcome, Trace),
    Edit(usize),
    Crash,
    Jump,
    Outage(Option<Class>),
}

pub(super) struct World<'a> {
    pub(super) chance: fastrand::Rng,
    pub(super) ledger: &'a Ledger,
    pub(super) scheduler: Scheduler,
    pub(super) targets: Vec<TargetId>,
    /// What the directory holds, and what the tenant holds; by target, the number of the picture.
    pub(super) files: Vec<u8>,
    pub(super) stored: Vec<u8>,
    pub(super) events: BTreeMap<(Duration, u64), Event>,
    pub(super) count: u64,
    pub(super) now: Duration,
    /// Milliseconds by which the wall clock is off.
    pub(super) skew: i64,
    pub(super) tokens: f64,
    pub(super) filled: Duration,
    /// Until when the client knows that it must wait.
    pub(super) announced: Duration,
    pub(super) outage: Option<Class>,
    pub(super) calm: bool,
    pub(super) in_flight: HashSet<TargetId>,
    pub(super) sends: VecDeque<Duration>,
    pub(super) sent: u64,
    pub(super) sent_in_outage: u64,
    /// Who was sent something, in order, and when.
    pub(super) order: Vec<(usize, Duration)>,
}

pub(super) fn failure(class: Class, status: Option<u16>, retry_after: Option<Duration>) -> Failure {
    let (code, request_id, throttle_scope) = (None, None, None);
    let (message, cause, cure) = (Box::default(), "it failed".into(), "wait".into());
    let final_reason = Reason::GaveUp;
    Failure {
        class,
        status,
        code,
        message,
        request_id,
        retry_after,
        cause,
        cure,
        throttle_scope,
        try_smaller: false,
        final_reason,
    }
}

impl<'a> World<'a> {
    pub(super) fn new(seed: u64, targets: usize, ledger: &'a Ledger) -> Self {
        let id = |number: usize| ObjectId::new(&format!("{seed}-{number}"));
        let target = |number: usize| match number % 5 {
            0 => TargetId::Group(id(number)),
            1 => TargetId::Team(id(number)),
            2 => TargetId::Contact { owner: Some(ObjectId::new("owner")), folder: None, contact: id(number) },
            _ => TargetId::User(id(number)),
        };
        let retry = RetryPolicy::try_new(2 * SECOND, 60 * SECOND, 7 * 24 * 3600 * SECOND).unwrap();
        Self {
            chance: fastrand::Rng::with_seed(seed),
            ledger,
            scheduler: Scheduler::new(BOUNDS, PACE, retry, SECOND),
            targets: (0..targets).map(target).collect(),
            files: vec![0; targets],
            stored: vec![0; targets],
            events: BTreeMap::new(),
            count: 0,
            now: SECOND,
            skew: 0,
            tokens: 20.0,
            filled: SECOND,
            announced: Duration::ZERO,
            outage: None,
            calm: false,
            in_flight: HashSet::new(),
            sends: VecDeque::new(),
            sent: 0,
            sent_in_outage: 0,
            order: Vec::new(),
        }
    }

    pub(super) fn at(&mut self, when: Duration, event: Event) {
        self.count += 1;
        self.events.insert((when, self.count), event);
    }

    pub(super) fn after(&mut self, longest_ms: u64, event: Event) {
        let when = self.now + Duration::from_millis(self.chance.u64(1..longest_ms));
        self.at(when, event);
    }

    pub(super) fn wall(&self) -> Timestamp {
        let millis = i64::try_from(self.now.as_millis()).unwrap();
        Timestamp::from_millis(1_700_000_000_000 + millis + self.skew)
    }

    pub(super) async fn edit(&mut self, which: std::ops::Range<usize>) {
        let wish = |(target, picture): (&TargetId, &mut u8), number: usize| {
            *picture = picture.wrapping_add(1);
            let mut digest = [*picture; 32];
            digest[..8].copy_from_slice(&(number as u64).to_le_bytes());
            let wanted = Wanted {
                label: String::new(),
                path: SourcePath::new(&number.to_string()).unwrap(),
                version: PhotoVersion { digest: Digest::from_bytes(digest), recipe: RecipeId::new("r") },
            };
            (target.clone(), target_state::Event::Desire(wanted))
        };
        let pairs = self.targets[which.clone()].iter().zip(&mut self.files[which.clone()]);
        let wishes: Vec<_> = pairs.zip(which).map(|(pair, number)| wish(pair, number)).collect();
        let wall = self.wall();
        self.ledger.commit(Commit { events: Box::new(wishes.into_iter()), ..Commit::default() }, wall).await.unwrap();
    }

    /// Runs until nothing is due and no wait is left.
    pub(super) async fn run(&mut self) {
        loop {
            assert!(self.now < 400 * 24 * 3600 * SECOND, "it never comes to rest");
            let forgiven = self.scheduler.forgivable();
            if !forgiven.is_empty() {
                self.ledger.forgive(forgiven, self.wall()).await.unwrap();
            }
            let wall = self.wall();
            if let Some(count) = self.scheduler.claim_size(self.now) {
                let held = self.scheduler.held_targets();
                let found = self.ledger.read(move |reader| reader.due(wall, LONGEST, count, &held, None)).await.unwrap();
                self.scheduler.set_queue(found, self.now);
            }
            let (steps, mut wake) = self.scheduler.next_steps(None, self.now);
            for step in steps {
                match step {
                    Step::Prepare { due, small } => self.after(60, Event::Prepared(due, small)),
                    Step::Send { due, prepared } => self.send(due, prepared),
                }
            }
            if !self.scheduler.is_waiting() {
                let next = self.ledger.read(move |reader| reader.next_due(wall, None)).await.unwrap();
                wake = wake.into_iter().chain(next.map(|at| self.now + at.since(wall))).min();
            }
            let event = self.events.keys().next().map(|(at, _)| *at);
            let Some(next) = wake.into_iter().chain(event).min() else {
                assert!(!self.scheduler.is_busy(), "something is left, and nothing moves it");
                return;
            };
            self.now = self.now.max(next) + Duration::from_micros(self.chance.u64(0..2_000));
            while self.events.first_key_value().is_some_and(|((at, _), _)| *at <= self.now) {
                let Some((_, event)) = self.events.pop_first() else { break };
                self.happens(event).await;
            }
        }
    }

    /// A request leaves: what must never be is looked for here.
    pub(super) fn send(&mut self, due: Due, prepared: PreparedUpload) {
        let DueAction::Upload { path, version, .. } = &due.action else { panic!("nobody asked for a removal") };
        let number: usize = path.as_str().parse().unwrap();
        let (names, picture) = version.digest.as_bytes().split_at(8);
        assert!(self.targets[number] == due.target && names == (number as u64).to_le_bytes(), "a photo of somebody else");
        assert!(self.in_flight.insert(due.target.clone()), "two uploads at once for {}", due.target);
        assert!(self.now >= self.announced, "sent while an announced wait runs");
        while self.sends.front().is_some_and(|sent| self.now.saturating_sub(*sent) >= SECOND) {
            self.sends.pop_front();
        }
        self.sends.push_back(self.now);
        assert!(self.sends.len() <= 22, "{} requests in a second, above the pace", self.sends.len());
        self.sent += 1;
        self.order.push((number, self.now));
        self.sent_in_outage += u64::from(self.outage.is_some());
        let sent = self.now;
        let (stores, result) = self.answer(number, picture[0], &prepared);
        if stores {
            self.stored[number] = picture[0];
        }
        let panics = !self.calm && self.chance.u32(..).is_multiple_of(500);
        if panics {
            self.after(400, Event::Panicked(due));
        } else {
            self.after(400, Event::Answered(due, prepared, result, sent));
        }
    }

    /// Whether the photo is stored, and what the client gets to hear.
    pub(super) fn answer(
        &mut self,
        number: usize,
        picture: u8,
        prepared: &PreparedUpload,
    ) -> (bool, Result<(Outcome, Accepted), Failure>) {
        let accepted = Ok((Outcome::Delivered { etag: None }, Accepted { status: 200, ..Accepted::default() }));
        if let Some(class) = self.outage {
            let status = (class == Class::Transient).then_some(502);
            return (false, Err(failure(class, status, None)));
        }
        self.tokens = (self.tokens + self.now.saturating_sub(self.filled).as_secs_f64() * 10.0).min(20.0);
        self.filled = self.now;
        if self.tokens < 1.0 {
            let waits = [None, Some(SECOND), Some(Duration::from_millis(1_250)), Some(30 * SECOND)];
            let wait = if self.calm { waits[1] } else { waits[self.chance.usize(0..4)] };
            return (false, Err(failure(Class::Throttled, Some(429), wait)));
        }
        self.tokens -= 1.0;
        let mut small = failure(Class::FewTries, Some(404), None);
        small.try_smaller = true;
        match self.chance.u32(0..100) {
            _ if picture % 16 == 15 => (false, Err(failure(Class::PhotoRefused, Some(400), None))),
            _ if prepared.is_large() && number % 5 == 3 => (false, Err(small)),
            _ if self.calm => (true, accepted),
            0..4 => (false, Err(failure(Class::Transient, Some(500), None))),
            4..6 => (false, Err(failure(Class::Transient, Some(503), Some(2 * SECOND)))),
            6..8 => (false, Err(failure(Class::Transient, None, None))),
            8..10 => (true, Err(failure(Class::Transient, None, None))),
            10 => (false, Err(failure(Class::SignIn, Some(401), None))),
            11 => (false, Err(failure(Class::FewTries, Some(404), None))),
            12 => (false, Err(failure(Class::Bug, Some(302), None))),
            13 => {
                let mut busy = failure(Class::Throttled, Some(429), Some(3 * SECOND));
                busy.throttle_scope = Some(ThrottleScope::Mailbox);
                (false, Err(busy))
            }
            _ => (true, accepted),
        }
    }

    pub(super) async fn happens(&mut self, event: Event) {
        match event {
            Event::Prepared(due, small) => {
                let DueAction::Upload { path, version, .. } = &due.action else { return };
                let number: usize = path.as_str().parse().unwrap();
                if version.digest.as_bytes()[8] == self.files[number] {
                    let jpeg = if small { Bytes::from_static(b"small") } else { Bytes::from_static(&LARGE) };
                    let about = PhotoInfo { digest: Digest::of(&jpeg), remarks: String::new() };
                    self.scheduler.add_ready(due, PreparedUpload::Photo { jpeg, small, about: about.into() });
                } else {
                    self.after(20, Event::Record(due, Outcome::Superseded, Trace::default()));
                }
            }
            Event::Answered(due, prepared, result, sent) => {
                self.in_flight.remove(&due.target);
                if let Err(Failure { class: Class::Throttled, retry_after: Some(wait), throttle_scope: None, .. }) = &result {
                    self.announced = self.announced.max(self.now + *wait);
                }
                let now = Now { elapsed: self.now, wall: self.wall() };
                let chance = self.chance.f64();
                match self.scheduler.answered(
                    &due,
                    &prepared,
                    Response { result, sent, came: self.now, unsent: false, given_up: false },
                    chance,
                    now,
                ) {
                    ResponseAction::Record(outcome, trace) => self.after(20, Event::Record(due, outcome, trace)),
                    ResponseAction::PrepareSmaller => self.scheduler.prepare_smaller(due),
                    // A run ends by that; the next one begins as after a crash.
                    ResponseAction::SignIn(_) => self.crash().await,
                }
            }
            Event::Panicked(due) => {
                self.in_flight.remove(&due.target);
                let (outcome, trace) = self.scheduler.panicked("on purpose");
                self.after(20, Event::Record(due, outcome, trace));
            }
            Event::Record(due, outcome, trace) => {
                let attempt = Attempt { due: due.clone(), pass: 1, at: self.wall(), outcome, trace };
                self.ledger.record(attempt).await.unwrap();
                self.scheduler.release(&due.target);
            }
            Event::Edit(number) => self.edit(number..number + 1).await,
            Event::Crash => self.crash().await,
            Event::Jump => self.skew += self.chance.i64(-2 * 86_400_000..86_400_000),
            Event::Outage(class) => {
                let later = self.wall().plus(3600 * SECOND);
                let all = move |reader: &Reader| reader.due(later, LONGEST, 100_000, &HashSet::new(), None);
                let tries = self.ledger.read(all).await.unwrap();
                let burnt = tries.iter().filter(|due| due.attempts > 0).count();
                assert!(!self.calm || burnt == 0, "the outage cost {burnt} photos a try");
                self.outage = class;
            }
        }
    }

    /// All that was in memory is gone; what was on its way to the server has arrived or not, and nobody hears of it.
    pub(super) async fn crash(&mut self) {
        self.events.retain(|_, event| matches!(event, Event::Edit(_) | Event::Crash | Event::Jump | Event::Outage(_)));
        self.in_flight.clear();
        self.sends.clear();
        self.now += SECOND;
        self.scheduler = Scheduler::new(BOUNDS, PACE, self.scheduler.retry, self.now);
        let wall = self.wall();
        if let Some(asked) = self.ledger.read(move |reader| reader.asked_to_wait(wall, 3600 * SECOND)).await.unwrap() {
            self.scheduler.resume_pause(asked.since(wall), self.now);
        }
        // A refusal that was not on the disk yet is forgotten, and so is one by a clock that jumped.
        self.announced = Duration::ZERO;
    }
}
