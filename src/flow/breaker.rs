//! Whether anybody is there at all: on evidence of an outage one probe at a time goes out, and nothing else.
//!
//! Evidence is failures of different ones in a row, whatever their shape, and no success between: how many are needed
//! follows from how long nothing succeeded, so that chance does not make an outage of accidents. In a row means in the
//! order in which they were sent: faults come faster than successes, so what is still under way may be a success, and a
//! success says nothing about what was sent after it.
//!
//! Time is a [`Duration`] since any fixed moment that never goes back. `T` names whom a request was for.

use std::time::Duration;

/// So many different ones in a row, whose requests left over at least this time: at one fault in five, chance does this
/// once in ten million requests.
const CROWD: (usize, Duration) = (12, Duration::from_millis(300));
/// So many over so long are enough even while older requests may still be answered well: no burst of faults lasts so long.
const ROW: (usize, Duration) = (10, Duration::from_secs(2));
/// Fewer will do where nothing has succeeded for so long.
const FEW: (usize, Duration) = (5, Duration::from_secs(2));
/// One will do after this long, if it can't be anything else.
const ALONE: Duration = Duration::from_secs(3);
/// A probe that has no answer after this long is not waited for: another one goes out.
const PROBE_ANSWERS_WITHIN: Duration = Duration::from_secs(8);
/// Those that failed while others succeeded are kept in mind, up to so many.
const OWN: usize = 1_000;
/// So often: once may be chance.
const OWN_AFTER: usize = 2;
/// Requests overtake each other: what failed so shortly before the last success may have been an outage's first.
const OVERTAKEN: Duration = Duration::from_secs(2);
/// Different ones that failed, and nobody who succeeded for so long, until somebody did: what too few saw for an outage.
const SMALL: (usize, Duration) = (2, Duration::from_secs(5));
/// The first probe goes out after this long, each later one after so many times the wait of the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const GROWTH: f64 = 1.6;
/// The longest wait, by how long the outage has lasted: its end is seen soon, the sooner the shorter it was.
const LONGEST_WAITS: [(Duration, Duration); 2] =
    [(Duration::from_secs(60), Duration::from_secs(2)), (Duration::from_secs(15 * 60), Duration::from_secs(8))];
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How much a failure looks like an outage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sign {
    /// It can't be anything else: no connection, or somebody else answers in Graph's place.
    Certain,
    /// It passes, and may be everybody's.
    Possible,
    /// It may as well be this one's own: no evidence from who failed while others succeeded.
    Vague,
}

/// What may go out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gate {
    /// Everything.
    Open,
    /// One, as a probe.
    Probe,
    /// Nothing before this time, unless the probe that is under way ends sooner.
    Shut(Duration),
}

/// What a failure told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FailurePattern<T> {
    /// It may be this one's own.
    Single,
    /// An outage begins: what these failed of was not theirs, each as often as it is named.
    Outage(Vec<T>),
    /// The outage goes on.
    Known,
}

/// What a success told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Recovery<T> {
    /// How long the outage lasted that ended with it, and how many probes went out.
    pub(crate) ended: Option<(Duration, u32)>,
    /// What these failed of was not theirs: it is over for all of them.
    pub(crate) forgiven: Vec<T>,
}

/// Sees outages begin and end.
#[derive(Debug)]
pub(crate) struct Breaker<T> {
    /// Who failed since the last success, and when the request left.
    suspects: Vec<(T, Duration)>,
    /// Who failed while others succeeded, and when that turned out; or left, if it was heard of long after.
    own: Vec<(T, Duration)>,
    last_success: Option<Duration>,
    /// When the request left that succeeded and left last: what left before it failed by itself.
    refuted_until: Option<Duration>,
    outage: Option<Outage>,
}

#[derive(Clone, Copy, Debug)]
struct Outage {
    since: Duration,
    wait: Duration,
    probe_at: Duration,
    /// When the probe left that is under way.
    under_way: Option<Duration>,
    probes: u32,
    /// Its evidence is that nobody answers: whoever does, ends it.
    silent: bool,
}

impl<T: Clone + PartialEq> Breaker<T> {
    /// All is well.
    pub(crate) const fn new() -> Self {
        Self { suspects: Vec::new(), own: Vec::new(), last_success: None, refuted_until: None, outage: None }
    }

    /// What may go out now.
    pub(crate) fn gate(&self, now: Duration) -> Gate {
        match &self.outage {
            None => Gate::Open,
            Some(outage) => {
                let at = outage.under_way.map_or(outage.probe_at, |left| outage.probe_at.max(left + PROBE_ANSWERS_WITHIN));
                if now < at { Gate::Shut(at) } else { Gate::Probe }
            }
        }
    }

    /// A probe leaves.
    pub(crate) fn probing(&mut self, now: Duration) {
        if let Some(outage) = &mut self.outage {
            outage.under_way = Some(now);
            outage.probes += 1;
        }
    }

    /// The probe came back without having asked anybody.
    pub(crate) fn probe_dropped(&mut self) {
        if let Some(outage) = &mut self.outage {
            outage.under_way = None;
        }
    }

    /// Somebody answered a request that was sent at `sent`; what was sent before the outage began says nothing about its
    /// end.
    pub(crate) fn reached(&mut self, sent: Duration, now: Duration) -> Recovery<T> {
        let mut forgiven = Vec::new();
        if self.outage.is_none() {
            let refuted: Vec<(T, Duration)> = self.suspects.extract_if(.., |(_, left)| *left <= sent).collect();
            if different(refuted.iter().map(|(whom, _)| whom), SMALL.0) >= SMALL.0 && self.is_silent(&refuted, now) {
                forgiven.extend(refuted.iter().map(|(whom, _)| whom.clone()));
            }
            self.note_own(refuted.into_iter().map(|(whom, _)| (whom, now)));
        } else {
            self.suspects.clear();
        }
        self.last_success = Some(now);
        self.refuted_until = self.refuted_until.max(Some(sent));
        let ended = self.outage.take_if(|outage| outage.silent || sent >= outage.since);
        Recovery { ended: ended.map(|outage| (now.saturating_sub(outage.since), outage.probes)), forgiven }
    }

    /// These failed while others succeeded.
    fn note_own(&mut self, failed: impl IntoIterator<Item = (T, Duration)>) {
        self.own.extend(failed);
        self.own.drain(..self.own.len().saturating_sub(OWN));
    }

    /// Whether nobody had succeeded for long when these had failed.
    fn is_silent(&self, failed: &[(T, Duration)], now: Duration) -> bool {
        let first = failed.iter().map(|(_, left)| *left).min();
        let since = self.last_success.max(first).unwrap_or(now);
        now.saturating_sub(since) >= SMALL.1
    }

    /// Requests for different ones, which left at these times, have had no answer for long. Says, if an outage begins with
    /// that, since when and whose failures it explains. What left before somebody who was answered may hang by itself.
    pub(crate) fn silence(&mut self, hanging: &[Duration], now: Duration) -> Option<(Duration, Vec<T>)> {
        let unanswered = hanging.iter().filter(|left| self.refuted_until.is_none_or(|until| until < **left));
        let first = unanswered.clone().min().copied().filter(|_| self.outage.is_none() && unanswered.count() >= FEW.0)?;
        Some((first, self.begin(true, Duration::ZERO, now)))
    }

    /// An outage begins; says whose failures it explains, each as often as it is named.
    fn begin(&mut self, silent: bool, asked: Duration, now: Duration) -> Vec<T> {
        let probe_at = now + FIRST_WAIT.max(asked);
        self.outage = Some(Outage { since: now, wait: FIRST_WAIT, probe_at, under_way: None, probes: 0, silent });
        let overtaken = |at: Duration| self.last_success.is_some_and(|success| at + OVERTAKEN >= success);
        let overtaken = self.own.extract_if(.., |(_, at)| overtaken(*at)).map(|(whom, _)| whom);
        let mut explained: Vec<T> = overtaken.collect();
        explained.extend(std::mem::take(&mut self.suspects).into_iter().map(|(whom, _)| whom));
        explained
    }

    /// A request for `whom`, sent at `sent`, failed in a way that may be an outage's. `asked`: no probe sooner than that.
    /// `pending`: when the requests left that may still be answered well, the oldest first.
    pub(crate) fn failed(
        &mut self,
        whom: &T,
        sign: Sign,
        asked: Duration,
        sent: Duration,
        pending: &[Duration],
        now: Duration,
    ) -> FailurePattern<T> {
        let asked = self.asked_of_all(asked, now);
        if let Some(outage) = &mut self.outage {
            if outage.under_way.is_some_and(|left| sent >= left) {
                outage.under_way = None;
                outage.wait = outage.wait.mul_f64(GROWTH).min(longest_wait(now.saturating_sub(outage.since)));
                outage.probe_at = now + outage.wait;
            }
            // What was under way when the outage began must not put off the probe; a wait that was asked for does.
            outage.probe_at = outage.probe_at.max(now + asked);
            return FailurePattern::Known;
        }
        let is_own = self.own.iter().filter(|(own, _)| own == whom).count() >= OWN_AFTER;
        if sign != Sign::Certain && is_own {
            return FailurePattern::Single;
        }
        if self.refuted_until.is_some_and(|until| sent <= until) {
            self.note_own([(whom.clone(), sent)]);
            return FailurePattern::Single;
        }
        self.suspects.drain(..self.suspects.len().saturating_sub(OWN));
        self.suspects.push((whom.clone(), sent));
        if !self.is_row(pending) && !self.is_outage(sign == Sign::Certain, sent, pending.first().copied(), now) {
            return FailurePattern::Single;
        }
        let is_alone = different(self.suspects.iter().map(|(whom, _)| whom), 2) < 2;
        FailurePattern::Outage(self.begin(false, if is_alone { Duration::ZERO } else { asked }, now))
    }

    /// Whether a long row of them failed, one sent after the other, and no more than one that was sent between them may still be
    /// answered well.
    fn is_row(&self, pending: &[Duration]) -> bool {
        let mut suspects: Vec<(usize, &(T, Duration))> =
            self.suspects.iter().map(|suspect| (pending.partition_point(|at| *at < suspect.1), suspect)).collect();
        suspects.sort_by_key(|(between, (_, left))| (*between, *left));
        let mut begins = 0;
        for chunk in suspects.chunk_by(|(one, _), (other, _)| one == other) {
            let row = &suspects[begins..];
            begins += chunk.len();
            let row = &row[..row.partition_point(|(between, _)| *between <= chunk[0].0 + 1)];
            let span = row.last().zip(row.first()).map(|((_, (_, last)), (_, (_, first)))| last.saturating_sub(*first));
            if span >= Some(ROW.1) && different(row.iter().map(|(_, (whom, _))| whom), ROW.0) >= ROW.0 {
                return true;
            }
        }
        false
    }

    /// Whether many failed, or few or one and nobody has succeeded for a while: only what was sent before anything that may
    /// still be answered well tells that.
    fn is_outage(&self, is_certain: bool, sent: Duration, pending: Option<Duration>, now: Duration) -> bool {
        let silent = |span: Duration| self.last_success.is_none_or(|at| now.saturating_sub(at) >= span);
        let is_settled = |left: Duration| pending.is_none_or(|pending| left <= pending);
        let settled = self.suspects.iter().filter(|(_, left)| is_settled(*left));
        let different = different(settled.clone().map(|(whom, _)| whom), CROWD.0);
        let times = settled.map(|(_, left)| *left);
        let (Some(first), Some(last)) = (times.clone().min(), times.max()) else { return false };
        (different >= CROWD.0 && last.saturating_sub(first) >= CROWD.1)
            || (different >= FEW.0 && silent(FEW.1) && now.saturating_sub(first) >= FEW.1)
            || (is_certain && is_settled(sent) && silent(ALONE))
    }

    /// A wait that is asked for with an accident is its own photo's, unless nobody has succeeded for as long, and it is not
    /// the only one.
    fn asked_of_all(&self, asked: Duration, now: Duration) -> Duration {
        if self.succeeded_within(asked, now) { Duration::ZERO } else { asked }
    }

    /// Whether somebody was answered within this time.
    pub(crate) fn succeeded_within(&self, span: Duration, now: Duration) -> bool {
        self.last_success.is_some_and(|at| now.saturating_sub(at) < span)
    }

    /// Since when nobody answers, if so.
    pub(crate) fn down_since(&self) -> Option<Duration> {
        self.outage.map(|outage| outage.since)
    }
}

/// How many different ones, counted up to `enough`.
fn different<'a, T: PartialEq + 'a>(all: impl Iterator<Item = &'a T>, enough: usize) -> usize {
    let mut found: Vec<&T> = Vec::new();
    for whom in all {
        if found.len() < enough && !found.contains(&whom) {
            found.push(whom);
        }
    }
    found.len()
}

/// How long to wait for the next probe at most, this long after the outage began.
pub(crate) fn longest_wait(lasted: Duration) -> Duration {
    LONGEST_WAITS.iter().find(|(within, _)| lasted < *within).map_or(LONGEST_WAIT, |(_, wait)| *wait)
}

impl<T: Clone + PartialEq> Default for Breaker<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
