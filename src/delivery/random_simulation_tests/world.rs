//! The files and the queue in virtual time, and what must never be, whatever the tenant says.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;

use super::super::good_rate::GoodRate;
use super::super::prepared::{PhotoInfo, PreparedUpload};
use super::super::queue::Claim;
use super::super::response::{Response, ResponseAction};
use super::super::scheduler::{Now, QueueLimits, Scheduler, Step};
use super::chaos::Chaos;
use super::event::{Event, Heard};
use super::watch::Watch;
use super::weather::Weather;
use crate::flow::{LONGEST, PaceSettings, RetryPolicy};
use crate::ledger::{Attempt, Commit, Due, DueAction, Ledger, Reader};
use crate::model::target_state::{self, Wanted};
use crate::model::{Digest, ObjectId, Outcome, PhotoVersion, Reason, RecipeId, SourcePath, TargetId, Timestamp, Trace};

pub(super) const SECOND: Duration = Duration::from_secs(1);
pub(super) const LIMITS: QueueLimits = QueueLimits { in_flight: 4, ready: 6, preparing: 4, bytes: 1 << 20 };
pub(super) const PACE: PaceSettings = PaceSettings { per_second: 5.0, max_per_second: 20.0 };
/// Too much for an account without a mailbox.
pub(super) static LARGE: [u8; 100_001] = [0; 100_001];

pub(super) struct World<'a> {
    pub(super) chance: fastrand::Rng,
    pub(super) ledger: &'a Ledger,
    pub(super) scheduler: Scheduler,
    pub(super) limits: QueueLimits,
    pub(super) pace: PaceSettings,
    pub(super) good_rate: GoodRate,
    pub(super) targets: Vec<TargetId>,
    /// What the directory holds, and what the tenant holds; by target, the number of the picture.
    pub(super) files: Vec<u8>,
    pub(super) stored: Vec<u8>,
    pub(super) events: BTreeMap<(Duration, u64), Event>,
    pub(super) count: u64,
    pub(super) now: Duration,
    /// The wall clock's time at nought, in milliseconds, and by how many it is off.
    pub(super) era: i64,
    pub(super) skew: i64,
    pub(super) chaos: Chaos,
    pub(super) weather: Option<Weather>,
    pub(super) watch: Watch,
    /// Its heart beats: the loop turns once a second.
    pub(super) is_service: bool,
    /// Until when the client knows that it must wait; as far as it is on the disk.
    pub(super) announced: Duration,
    pub(super) announced_on_disk: Duration,
    /// After a refused sign-in nothing is done until then; the wait after the next one.
    pub(super) rests: (Duration, Duration),
    /// Sent, and what came of it not on the disk yet.
    pub(super) in_flight: HashSet<TargetId>,
    pub(super) sends: VecDeque<Duration>,
    pub(super) sent: u64,
    /// Who was sent something, in order, and when.
    pub(super) order: Vec<(usize, Duration)>,
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
            scheduler: Scheduler::new(LIMITS, PACE, retry, SECOND),
            limits: LIMITS,
            pace: PACE,
            good_rate: GoodRate::default(),
            targets: (0..targets).map(target).collect(),
            files: vec![0; targets],
            stored: vec![0; targets],
            events: BTreeMap::new(),
            count: 0,
            now: SECOND,
            // A month apart, so that no story remembers what another has found.
            era: 1_700_000_000_000 + i64::try_from(seed % 1_000).unwrap() * 30 * 86_400_000,
            skew: 0,
            chaos: Chaos::default(),
            weather: None,
            watch: Watch::default(),
            is_service: false,
            announced: Duration::ZERO,
            announced_on_disk: Duration::ZERO,
            rests: (Duration::ZERO, 10 * SECOND),
            in_flight: HashSet::new(),
            sends: VecDeque::new(),
            sent: 0,
            order: Vec::new(),
        }
    }

    /// A service before this tenant, with these settings.
    pub(super) fn service(seed: u64, targets: usize, ledger: &'a Ledger, pace: PaceSettings, weather: Weather) -> Self {
        let limits = QueueLimits { in_flight: 64, ready: 12, preparing: 4, bytes: 64 << 20 };
        let mut world = Self::new(seed, targets, ledger);
        let id = |number: usize| ObjectId::new(&format!("{seed}-{number}"));
        let target = |number: usize| match number % 20 {
            0 => TargetId::Group(id(number)),
            1 => TargetId::Team(id(number)),
            2 => TargetId::Contact {
                owner: Some(ObjectId::new(&format!("owner{}", number / 200))),
                folder: None,
                contact: id(number),
            },
            _ => TargetId::User(id(number)),
        };
        world.targets = (0..targets).map(target).collect();
        let retry = RetryPolicy::default();
        (world.limits, world.pace, world.is_service) = (limits, pace, true);
        world.scheduler = Scheduler::new(limits, pace, retry, world.now);
        world.scheduler.rows.goes_on = true;
        world.weather = Some(weather);
        world
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
        Timestamp::from_millis(self.era + millis + self.skew)
    }

    pub(super) async fn edit(&mut self, which: std::ops::Range<usize>) {
        let wish = |(target, picture): (&TargetId, &mut u8), number: usize| {
            *picture = picture.wrapping_add(1);
            let mut digest = [*picture; 32];
            digest[..8].copy_from_slice(&(number as u64).to_le_bytes());
            let wanted = Wanted {
                label: number.to_string(),
                path: SourcePath::new(&number.to_string()).unwrap(),
                version: PhotoVersion { digest: Digest::from_bytes(digest), recipe: RecipeId::new("r") },
                account_created: None,
            };
            (target.clone(), target_state::Event::Desire(wanted))
        };
        which.clone().for_each(|number| self.watch.edited(number));
        let pairs = self.targets[which.clone()].iter().zip(&mut self.files[which.clone()]);
        let wishes: Vec<_> = pairs.zip(which).map(|(pair, number)| wish(pair, number)).collect();
        let wall = self.wall();
        self.ledger.commit(Commit { events: Box::new(wishes.into_iter()), ..Commit::default() }, wall).await.unwrap();
        // Whoever writes wishes tells the scheduler.
        self.scheduler.claim_anew();
    }

    /// Runs until nothing is due and no wait is left.
    pub(super) async fn run(&mut self) {
        while self.turn().await {}
    }

    /// One turn of the loop, as the dispatcher does it; false when nothing is left to do.
    pub(super) async fn turn(&mut self) -> bool {
        assert!(self.now < 400 * 24 * 3600 * SECOND, "it never comes to rest");
        if self.weather.is_some() {
            self.look_for_idleness().await;
        }
        self.settle().await;
        let (mut steps, mut wake) = (Vec::new(), Some(self.rests.0));
        if self.now >= self.rests.0 {
            let wall = self.wall();
            if let Some(count) = self.scheduler.claim_size(self.now) {
                let held = self.scheduler.held_targets();
                let claim = self.ledger.read(move |reader| Claim::read(reader, wall, count, &held, None)).await.unwrap();
                self.scheduler.set_queue(claim, self.now);
                // The ledger takes its time.
                self.now += Duration::from_micros(self.chance.u64(0..3_000));
            }
            (steps, wake) = self.scheduler.next_steps(None, self.now);
            if !self.scheduler.is_waiting() {
                wake = wake.into_iter().chain(self.scheduler.next_wait()).min();
            }
        }
        if self.is_service && self.scheduler.is_busy() {
            wake = wake.into_iter().chain([self.now + SECOND]).min();
        }
        for step in steps {
            match step {
                Step::Prepare { due, small } => self.after(60, Event::Prepared(due, small)),
                Step::Send { due, prepared } => self.send(due, prepared),
            }
        }
        let event = self.events.keys().next().map(|(at, _)| *at);
        let Some(next) = wake.into_iter().chain(event).min() else {
            assert!(!self.scheduler.is_busy(), "something is left, and nothing moves it");
            return false;
        };
        self.now = self.now.max(next) + Duration::from_micros(self.chance.u64(0..2_000));
        while self.events.first_key_value().is_some_and(|((at, _), _)| *at <= self.now) {
            let Some((_, event)) = self.events.pop_first() else { break };
            self.happens(event).await;
        }
        true
    }

    /// Writes down what answers meant for others.
    async fn settle(&mut self) {
        let wall = self.wall();
        for (kind, problem) in std::mem::take(&mut self.scheduler.to_stop) {
            assert!(self.weather.is_none(), "no kind is forbidden here, and {kind} was stopped");
            self.scheduler.drop_kind(kind);
            self.ledger.block_kind(kind, problem, wall).await.unwrap();
        }
        if let Some(before) = self.scheduler.to_give_up.take() {
            self.gives_up(before);
        }
        if self.sent > 0 {
            self.good_rate.keep(self.ledger, &self.scheduler.pacer, wall).await.unwrap();
        }
        for (forgiven, resumes) in self.scheduler.forgivable(self.now) {
            if !forgiven.is_empty() {
                self.ledger.forgive(forgiven, resumes, wall).await.unwrap();
                // They are due from now on.
                self.watch.free_since = None;
            }
        }
    }

    async fn happens(&mut self, event: Event) {
        match event {
            Event::Prepared(due, small) => {
                let DueAction::Upload { path, version, .. } = &due.action else { return };
                let number: usize = path.as_str().parse().unwrap();
                if version.digest.as_bytes()[8] == self.files[number] {
                    let jpeg = if small { Bytes::from_static(b"small") } else { Bytes::from_static(&LARGE) };
                    // Nobody compares it.
                    let about = PhotoInfo { digest: Digest::of(b"a picture"), remarks: String::new() };
                    self.scheduler.add_ready(due, PreparedUpload::Photo { jpeg, small, about: about.into() });
                } else {
                    self.after(20, Event::Record(due, Outcome::Superseded, Trace::default()));
                }
            }
            Event::Asked(due, prepared, let_go) => {
                let at = self.now + self.scheduler.door.wait(self.scheduler.pace_of_questions(), self.now);
                self.at(at, Event::Leaves(due, prepared, let_go));
            }
            Event::Leaves(due, prepared, _) => self.goes(due, prepared),
            Event::Answered(heard) => self.hears(*heard).await,
            Event::Panicked(due) => {
                let (outcome, trace) = self.scheduler.panicked("on purpose");
                self.after(20, Event::Record(due, outcome, trace));
            }
            Event::Record(due, outcome, trace) => {
                let limited = match &outcome {
                    Outcome::Wait { until, problem, .. } if problem.reason == Reason::Throttled => {
                        self.now + until.since(self.wall())
                    }
                    _ => Duration::ZERO,
                };
                let attempt = Attempt { due: due.clone(), pass: 1, at: self.wall(), outcome, trace };
                self.ledger.record(attempt).await.unwrap();
                self.scheduler.release(&due.target);
                self.in_flight.remove(&due.target);
                self.watch.released.push_back((self.now, due.target));
                if self.watch.released.len() > 100 {
                    self.watch.released.pop_front();
                }
                self.announced_on_disk = self.announced_on_disk.max(limited.min(self.announced));
            }
            Event::Edit(number) => self.edit(number..number + 1).await,
            Event::Crash => self.crash().await,
            Event::Jump => self.skew += self.chance.i64(-2 * 86_400_000..86_400_000),
            Event::Outage(class) => {
                let tries = self.tries().await;
                let burnt = tries.iter().filter(|due| due.attempts > 0).count();
                assert!(!self.chaos.calm || burnt == 0, "the outage cost {burnt} photos a try");
                self.chaos.outage = class;
            }
            Event::Weather(change) => self.changes(change),
            Event::Reckon => self.reckon().await,
        }
    }

    /// The client hears what came of a request.
    async fn hears(&mut self, heard: Heard) {
        let before = self.before_hearing(&heard);
        let Heard { due, prepared, result, sent, blame, unsent, given_up } = heard;
        let now = Now { elapsed: self.now, wall: self.wall() };
        let chance = self.chance.f64();
        let response = Response { result, sent, came: self.now, unsent, given_up };
        let action = self.scheduler.answered(&due, &prepared, response, chance, now);
        self.heard(&due.target, blame, before);
        self.holds_back();
        match action {
            ResponseAction::Record(outcome, trace) => {
                self.decided(&due, blame, &outcome);
                self.after(20, Event::Record(due, outcome, trace));
            }
            ResponseAction::PrepareSmaller => {
                self.in_flight.remove(&due.target);
                self.watch.released.push_back((self.now, due.target.clone()));
                self.scheduler.prepare_smaller(due);
            }
            // A service rests and goes on; another run ends by that, and the next one begins as after a crash.
            ResponseAction::SignIn(_) if self.weather.is_some() => {
                self.in_flight.remove(&due.target);
                self.scheduler.release(&due.target);
                if self.now >= self.rests.0 {
                    self.rests = (self.now + self.rests.1, (self.rests.1 * 2).min(300 * SECOND));
                }
            }
            ResponseAction::SignIn(_) => self.crash().await,
        }
    }

    /// Whatever is due or waits.
    pub(super) async fn tries(&self) -> Vec<Due> {
        let later = self.wall().plus(25 * 3600 * SECOND);
        let all = move |reader: &Reader| reader.due(later, LONGEST, 100_000, &HashSet::new(), None);
        self.ledger.read(all).await.unwrap()
    }

    /// All that was in memory is gone; what was on its way to the server has arrived or not, and nobody hears of it.
    pub(super) async fn crash(&mut self) {
        self.events.retain(|_, event| {
            use Event::{Answered, Asked, Leaves, Panicked, Prepared, Record};
            !matches!(event, Prepared(..) | Asked(..) | Leaves(..) | Answered(_) | Panicked(_) | Record(..))
        });
        self.in_flight.clear();
        self.sends.clear();
        self.now += SECOND;
        self.scheduler = Scheduler::new(self.limits, self.pace, self.scheduler.retry, self.now);
        self.scheduler.rows.goes_on = self.is_service;
        self.good_rate = GoodRate::default();
        let wall = self.wall();
        self.good_rate.recall(self.ledger, &mut self.scheduler.pacer, wall).await.unwrap();
        if let Some(asked) = self.ledger.read(move |reader| reader.asked_to_wait(wall)).await.unwrap() {
            self.scheduler.resume_pause(asked.since(wall), self.now);
        }
        // A refusal that was not on the disk yet is forgotten, and so is one by a clock that jumped.
        // The ledger keeps milliseconds.
        let on_disk = self.announced_on_disk.saturating_sub(Duration::from_millis(2));
        self.announced = if self.weather.is_some() { on_disk } else { Duration::ZERO };
        self.watch.restarted(self.now);
    }
}
