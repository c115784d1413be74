//! What may leave now: order, pace, slots in flight, pauses. A machine without a clock or a wire of its own; the one
//! who runs it claims, prepares, sends and records, and tells what came of each.
//!
//! A target is in its hands from the moment its preparation begins until its outcome is on the disk, and only once:
//! two uploads never run for one target. A team is one target, so the pace at one team (Microsoft documents 4 requests/s)
//! is kept by the waits between its tries.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::door::Door;
use super::flight::Flight;
use super::pauses::{Pauses, mailbox};
use super::prepared::PreparedUpload;
use super::queue::{Claim, Queue};
use super::refusal_rows::RefusalRows;
use super::token_refusals::TokenRefusals;
use crate::flow::{Breaker, PaceSettings, Pacer, RetryPolicy};
use crate::ledger::Due;
use crate::model::{Generation, ObjectId, Problem, TargetId, TargetKind, Timestamp};

/// Uploads in flight for one mailbox: Outlook's limit for an application.
const PER_MAILBOX: usize = 4;
/// Targets claimed ahead at most, whatever the pace.
const AHEAD: usize = 512;

/// Now, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// Never goes back; for spans.
    pub(super) elapsed: Duration,
    /// As the ledger keeps it.
    pub(super) wall: Timestamp,
}

/// How much may be under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueueLimits {
    /// Uploads in flight or answered and not recorded yet: after a crash no more are sent twice. How many of these are in
    /// flight follows from the pace and the latency.
    pub(super) in_flight: usize,
    /// Photos that are being made ready, or are and wait for their turn.
    pub(super) ready: usize,
    /// Photos that are being made ready; each holds a whole file in memory.
    pub(super) preparing: usize,
    /// Bytes of photos that are ready or in flight: no more are made ready while they hold so many.
    pub(super) bytes: u64,
}

/// What is to be done.
#[derive(Debug)]
pub(super) enum Step {
    /// Make it ready; `small`: the smaller rendition.
    Prepare { due: Due, small: bool },
    /// Send it.
    Send { due: Due, prepared: PreparedUpload },
}

/// Where a target in our hands is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slot {
    Preparing,
    Ready,
    /// Sent at this time; `accepted`: Graph has taken it, and is asked what it calls it.
    InFlight {
        left: Duration,
        accepted: bool,
    },
    /// Answered; its outcome is on its way to the disk.
    Recording,
}

#[derive(Debug)]
pub(super) struct Ready {
    pub(super) due: Due,
    pub(super) prepared: PreparedUpload,
}

#[derive(Debug, Default)]
pub(super) struct Mailbox {
    pub(super) in_flight: usize,
}

/// The state of a run.
#[derive(Debug)]
pub(super) struct Scheduler {
    pub(super) bounds: QueueLimits,
    pub(super) retry: RetryPolicy,
    pub(super) pacer: Pacer,
    pub(super) breaker: Breaker<(TargetId, Generation)>,
    queue: Queue,
    pub(super) ready: VecDeque<Ready>,
    pub(super) slots: HashMap<TargetId, Slot>,
    pub(super) in_flight: usize,
    preparing: usize,
    /// Bytes held for what is ready or in flight.
    held: HashMap<TargetId, u64>,
    pub(super) flight: Flight,
    pub(super) mailboxes: HashMap<ObjectId, Mailbox>,
    /// Photos to be prepared once more, smaller.
    pub(super) smaller: Vec<Due>,
    /// The code of the refusals in a row for want of a permission, and whom they were for, by kind.
    pub(super) forbidden: HashMap<TargetKind, (Option<String>, HashSet<TargetId>)>,
    /// Kinds of which something was delivered: the permission for them is there.
    pub(super) permitted: HashSet<TargetKind>,
    /// Who was refused though others of the kind had succeeded, since somebody did.
    pub(super) refused_in_doubt: HashSet<TargetId>,
    /// Who is blocked for want of a permission.
    pub(super) not_permitted: HashSet<TargetId>,
    /// What the last fault that may be an outage's was; none if nobody answered at all.
    pub(super) outage: Option<Arc<str>>,
    /// It did so to somebody of a kind that others were delivered to, and nobody was since.
    pub(super) is_doubtful: bool,
    /// The token was refused: one photo at a time, until one is answered in another way.
    pub(super) proves_sign_in: bool,
    /// Kinds that have just been found forbidden, and why.
    pub(super) to_stop: Vec<(TargetKind, Problem)>,
    /// What was sent before this time and has no answer is given up: others are answered again.
    pub(super) to_give_up: Option<Duration>,
    /// Tries that turned out to have failed in an outage.
    pub(super) to_forgive: Vec<(TargetId, Generation)>,
    /// The same, and nothing keeps the next try from going out.
    pub(super) to_resume: Vec<(TargetId, Generation)>,
    /// Until when Graph asked single photos to wait.
    pub(super) asked: HashMap<TargetId, Duration>,
    /// For so long it is not believed that a photo's trouble is its own, if nobody else was answered meanwhile.
    pub(super) doubts_for: Duration,
    /// What Graph asked to wait, for those who are on their way to hear of it.
    pub(super) pauses: Arc<watch::Sender<Pauses>>,
    pub(super) door: Arc<Door>,
    /// How often Graph has said "slow down" in a row, and when it last did.
    pub(super) refusals: (u32, Duration),
    /// Whose token Graph refused.
    pub(super) token_refusals: TokenRefusals,
    /// Who was refused in the same way, one after the other.
    pub(super) rows: RefusalRows,
}

impl Scheduler {
    pub(super) fn new(bounds: QueueLimits, pace: PaceSettings, retry: RetryPolicy, now: Duration) -> Self {
        Self {
            bounds,
            retry,
            pacer: Pacer::new(pace, now),
            breaker: Breaker::new(),
            queue: Queue::default(),
            ready: VecDeque::new(),
            slots: HashMap::new(),
            in_flight: 0,
            preparing: 0,
            held: HashMap::new(),
            flight: Flight::default(),
            mailboxes: HashMap::new(),
            smaller: Vec::new(),
            forbidden: HashMap::new(),
            permitted: HashSet::new(),
            refused_in_doubt: HashSet::new(),
            not_permitted: HashSet::new(),
            outage: None,
            is_doubtful: false,
            proves_sign_in: false,
            to_stop: Vec::new(),
            to_give_up: None,
            to_forgive: Vec::new(),
            to_resume: Vec::new(),
            asked: HashMap::new(),
            doubts_for: Duration::ZERO,
            pauses: Arc::default(),
            door: Arc::default(),
            refusals: (0, Duration::ZERO),
            token_refusals: TokenRefusals::default(),
            rows: RefusalRows::default(),
        }
    }

    /// A pause that Graph asked for in an earlier run still runs for so long.
    pub(super) fn resume_pause(&mut self, wait: Duration, now: Duration) {
        self.pacer.waits(wait, now);
        self.pauses.send_modify(|pauses| pauses.pause(now + wait));
    }

    /// When the pause ends that Graph asked for and that keeps everything here from going out.
    pub(super) fn asked_pause(&self, now: Duration) -> Option<Duration> {
        let pauses = self.pauses.borrow();
        let mailboxes = self.queue.iter().map(|due| pauses.of_mailbox(mailbox(&due.target)?, now)).min().flatten();
        pauses.of_all(now).or(mailboxes.filter(|_| self.ready.is_empty()))
    }

    /// How many targets to claim, if it is time: about half a second's worth.
    pub(super) fn claim_size(&self, now: Duration) -> Option<usize> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped by AHEAD")]
        let ahead = ((self.pacer.rate() / 2.0) as usize).clamp(self.bounds.ready * 2, AHEAD);
        self.queue.is_low(ahead, now).then_some(ahead)
    }

    /// Something was written down that may be due before what was claimed.
    pub(super) fn claim_anew(&mut self) {
        self.queue.claim_anew();
    }

    /// Targets in our hands, which must not be claimed.
    pub(super) fn held_targets(&self) -> HashSet<TargetId> {
        self.slots.keys().cloned().collect()
    }

    /// What is due, in its order; takes the place of what was claimed before.
    pub(super) fn set_queue(&mut self, claim: Claim, now: Duration) {
        self.queue.fill(claim, now);
    }

    /// When the next wait ends, as the last claim saw it.
    pub(super) fn next_wait(&self) -> Option<Duration> {
        self.queue.next_wait()
    }

    /// Nothing more of this kind is to leave.
    pub(super) fn drop_kind(&mut self, kind: TargetKind) {
        self.queue.drop_kind(kind);
        self.put_back(|target| target.kind() == kind);
    }

    /// Lets go of what is ready but not to be sent now; it stays due.
    fn put_back(&mut self, which: impl Fn(&TargetId) -> bool) {
        self.queue.let_go();
        for ready in std::mem::take(&mut self.ready) {
            if which(&ready.due.target) {
                self.slots.remove(&ready.due.target);
                self.held.remove(&ready.due.target);
            } else {
                self.ready.push_back(ready);
            }
        }
    }

    /// Whether anything is claimed or in our hands.
    pub(super) fn is_busy(&self) -> bool {
        !self.queue.is_empty() || !self.slots.is_empty()
    }

    /// Whether anything is claimed that could not be begun yet.
    pub(super) fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Uploads that are sent and not recorded yet.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// What to do now, and when to ask again at the latest. No more than `left` uploads end well.
    pub(super) fn next_steps(&mut self, left: Option<u64>, now: Duration) -> (Vec<Step>, Option<Duration>) {
        let mut steps = Vec::new();
        let hangs = self.notice_silence(now);
        let mut wake = self.launch(left, now, &mut steps).into_iter().chain(hangs).chain(self.rows.next_look()).min();
        for due in std::mem::take(&mut self.smaller) {
            self.preparing += 1;
            steps.push(Step::Prepare { due, small: true });
        }
        let mut later = VecDeque::new();
        while self.slots.len() < self.bounds.ready + self.in_flight && self.has_room() {
            let Some(due) = self.queue.next() else { break };
            if self.slots.contains_key(&due.target) {
                continue;
            }
            // A mailbox that takes no more for now must not fill all slots with photos that can't leave.
            if let Some(owner) = mailbox(&due.target).filter(|owner| self.is_full(owner, now)) {
                let pause = self.pauses.borrow().of_mailbox(owner, now);
                wake = wake.into_iter().chain(pause).min();
                later.push_back(due);
                continue;
            }
            self.slots.insert(due.target.clone(), Slot::Preparing);
            self.preparing += 1;
            steps.push(Step::Prepare { due, small: false });
        }
        self.queue.put_before(later);
        (steps, wake)
    }

    /// It was answered, and what came of it goes to the disk: it is in flight no more, and stays in our hands.
    pub(super) fn note_answered(&mut self, target: &TargetId) {
        if let Some(slot @ Slot::InFlight { .. }) = self.slots.get_mut(target) {
            *slot = Slot::Recording;
        }
    }

    /// Who was sent and is not recorded yet.
    pub(super) fn unrecorded(&self) -> impl Iterator<Item = &TargetId> {
        self.slots.iter().filter(|(_, slot)| matches!(slot, Slot::InFlight { .. } | Slot::Recording)).map(|(target, _)| target)
    }

    /// Who is in flight, and since when.
    pub(super) fn launched(&self) -> impl Iterator<Item = (&TargetId, Duration)> {
        let left = |(target, slot)| if let &Slot::InFlight { left, .. } = slot { Some((target, left)) } else { None };
        self.slots.iter().filter_map(left)
    }

    /// Whose photo Graph has not taken yet, and since when.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = (&TargetId, Duration)> {
        self.launched().filter(|(target, _)| !matches!(self.slots.get(*target), Some(Slot::InFlight { accepted: true, .. })))
    }

    /// When this one left, if it is in flight.
    pub(super) fn launched_at(&self, target: &TargetId) -> Option<Duration> {
        if let Some(&Slot::InFlight { left, .. }) = self.slots.get(target) { Some(left) } else { None }
    }

    /// Whether memory has room for one more photo.
    fn has_room(&self) -> bool {
        self.preparing < self.bounds.preparing && self.held.values().sum::<u64>() < self.bounds.bytes
    }

    /// A delivery that has just been answered took this long, whatever was asked and read for it.
    pub(super) fn note_latency(&mut self, target: &TargetId, now: Duration) {
        if let Some(since) = self.launched_at(target) {
            self.flight.took(now.saturating_sub(since));
        }
    }

    /// Made ready. Newer wishes go before older ones.
    pub(super) fn add_ready(&mut self, due: Due, prepared: PreparedUpload) {
        if let Some(place) = self.slots.get_mut(&due.target) {
            *place = Slot::Ready;
        }
        self.preparing = self.preparing.saturating_sub(1);
        self.held.insert(due.target.clone(), prepared.bytes());
        let at = self.ready.iter().position(|ready| ready.due.desired_at < due.desired_at).unwrap_or(self.ready.len());
        self.ready.insert(at, Ready { due, prepared });
    }

    /// Its outcome is on the disk, or none is to be recorded.
    pub(super) fn release(&mut self, target: &TargetId) {
        self.held.remove(target);
        self.queue.let_go();
        match self.slots.remove(target) {
            Some(Slot::InFlight { .. } | Slot::Recording) => self.leave_flight(target),
            Some(Slot::Preparing) => self.preparing = self.preparing.saturating_sub(1),
            Some(Slot::Ready) | None => {}
        }
    }

    /// It is answered but not done: it is prepared once more, as the smaller rendition.
    pub(super) fn prepare_smaller(&mut self, due: Due) {
        self.held.remove(&due.target);
        if matches!(self.slots.insert(due.target.clone(), Slot::Preparing), Some(Slot::InFlight { .. })) {
            self.leave_flight(&due.target);
        }
        self.smaller.push(due);
    }

    /// Pauses one mailbox.
    pub(super) fn pause_mailbox(&mut self, target: &TargetId, until: Duration) {
        if let Some(owner) = mailbox(target) {
            self.pauses.send_modify(|pauses| pauses.pause_mailbox(owner.clone(), until));
            // They would take up the slots of others.
            self.put_back(|target| self::mailbox(target) == Some(owner));
        }
    }

    fn leave_flight(&mut self, target: &TargetId) {
        self.in_flight -= 1;
        if let Some(mailbox) = mailbox(target).and_then(|owner| self.mailboxes.get_mut(owner)) {
            mailbox.in_flight = mailbox.in_flight.saturating_sub(1);
        }
    }

    pub(super) fn is_full(&self, owner: &ObjectId, now: Duration) -> bool {
        self.mailboxes.get(owner).is_some_and(|mailbox| mailbox.in_flight >= PER_MAILBOX)
            || self.pauses.borrow().of_mailbox(owner, now).is_some()
    }
}
