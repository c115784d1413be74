//! What people are told of the service's life: each event once, as its status goes from one to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::status_text::verdict;
use crate::model::{Permission, Reason, Timestamp};
use crate::plan::Guard;
use crate::report::Tone;
use crate::status::{ConditionKind, PassFailure, Phase, ServiceStatus, Totals};
use crate::telemetry::{Alert, NewsTone};

/// An outage that is shorter is not worth a person's time.
const OUTAGE: Duration = Duration::from_secs(10);
/// A permission that comes and goes is told of once in this span.
const FORBIDDEN_AGAIN: Duration = Duration::from_secs(24 * 60 * 60);
/// The digest goes out at this hour, where the machine stands: when people begin to work.
const DIGEST_HOUR: i8 = 8;

/// A permission is there again when nothing was refused for so long: one that was just granted comes and goes.
const ALLOWED: Duration = Duration::from_secs(60);
/// After a start, what nothing has shown by then is taken to be over.
const SHOWN: Duration = Duration::from_secs(5);

/// What was told already, and is kept over restarts: no names.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    halted: Option<Guard>,
    sign_in: bool,
    /// When it was told last that these are forbidden, and which are known to be.
    forbidden: BTreeMap<Permission, Timestamp>,
    forbidden_now: BTreeSet<Permission>,
    /// It was told that one is missing, and not yet that none is.
    lacking: bool,
    /// Since when Microsoft 365 gives no answer, and whether that was told.
    down: Option<(Timestamp, bool)>,
    /// Since when other conditions hold, by name; they were told of.
    others: BTreeMap<String, Timestamp>,
}

/// What was told, and what is heard.
pub(super) struct AlertState {
    told: Told,
    /// It is of an earlier life: until this one has looked for itself, nothing is over.
    is_recalled: bool,
    /// Since when this life has looked.
    looked_at: Option<Timestamp>,
    /// Since when nothing is forbidden.
    allowed_at: Option<Timestamp>,
    digest_at: Timestamp,
    totals: Totals,
}

impl AlertState {
    /// With what an earlier life has told, if there was one.
    pub(super) fn new(told: Option<Told>, now: Timestamp) -> Self {
        Self {
            is_recalled: told.is_some(),
            told: told.unwrap_or_default(),
            looked_at: None,
            allowed_at: None,
            digest_at: next_digest(now),
            totals: Totals::default(),
        }
    }

    /// What was told.
    pub(super) const fn told(&self) -> &Told {
        &self.told
    }

    /// Whether what does not show is over.
    fn is_over(&mut self, snapshot: &ServiceStatus, now: Timestamp) -> bool {
        if snapshot.phase == Phase::Running && self.looked_at.is_none() {
            self.looked_at = Some(now);
        }
        !self.is_recalled || self.looked_at.is_some_and(|at| now.since(at) >= SHOWN)
    }

    /// What is new.
    pub(super) fn hear(&mut self, snapshot: &ServiceStatus, now: Timestamp) -> Vec<Alert> {
        let pass = snapshot.last_pass.as_ref().map(|last| last.pass);
        let mut news = Vec::new();
        let is_over = self.is_over(snapshot, now);
        let halted = snapshot.halted.as_ref().map(|halt| halt.reason);
        if halted != self.told.halted && (halted.is_some() || is_over) {
            let pass = pass.unwrap_or_default();
            news.push(match halted {
                Some(guard) => Alert::Halted { pass, guard },
                None => Alert::HaltEnded { pass },
            });
            self.told.halted = halted;
        }
        let trouble = snapshot.sign_in.as_ref().map(|trouble| trouble.reason);
        let out_of_reach = matches!(trouble, Some(Reason::Transient | Reason::Throttled));
        let refused = trouble.is_some() && !out_of_reach;
        // While nobody can be reached, nobody knows.
        if refused != self.told.sign_in && !out_of_reach && (refused || is_over) {
            news.push(if refused { Alert::SignIn { pass } } else { Alert::SignInWorks });
            self.told.sign_in = refused;
        }
        self.permissions(snapshot, now).then(|| news.push(Alert::KindForbidden { pass, blocked: snapshot.targets.blocked }));
        self.allowed(snapshot, is_over, now).then(|| news.push(Alert::KindAllowed));
        let no_answer = snapshot.trouble.as_ref().is_some_and(|trouble| trouble.reason == PassFailure::Directory);
        let down = snapshot.unreachable_since.is_some() || no_answer || out_of_reach;
        news.extend((down || is_over).then(|| self.outage(down, now)).flatten());
        news.extend(self.others(snapshot, is_over, now));
        if now >= self.digest_at {
            self.digest_at = next_digest(now);
            news.push(self.digest(snapshot));
            self.totals = snapshot.totals;
        }
        news
    }

    /// How everything stands: the verdict first, as `status` has it, and what is wrong with the whole by name.
    fn digest(&self, snapshot: &ServiceStatus) -> Alert {
        let Totals { delivered, removed, .. } = snapshot.totals;
        let verdict = verdict(snapshot);
        let conditions = snapshot.conditions();
        let tone = match verdict.tone {
            _ if conditions.iter().any(|(kind, ..)| !kind.is_mild()) => NewsTone::Bad,
            Tone::Bad => NewsTone::Bad,
            Tone::Good | Tone::Plain if conditions.is_empty() => NewsTone::Good,
            Tone::Warn | Tone::Good | Tone::Plain => NewsTone::Warn,
        };
        Alert::Digest {
            verdict: verdict.words,
            tone,
            conditions: conditions.iter().map(|(kind, ..)| kind.name().to_owned()).collect(),
            dated: snapshot.is_dated(),
            targets: snapshot.targets,
            delivered: delivered - self.totals.delivered,
            removed: removed - self.totals.removed,
        }
    }

    /// Whether something is forbidden that was not, and was not told of lately.
    fn permissions(&mut self, snapshot: &ServiceStatus, now: Timestamp) -> bool {
        let Some(trouble) = &snapshot.forbidden else { return false };
        let mut is_news = false;
        for permission in &trouble.reason.0 {
            let lately = self.told.forbidden.get(permission).is_some_and(|told| now.since(*told) < FORBIDDEN_AGAIN);
            if !self.told.forbidden_now.contains(permission) && !lately {
                self.told.forbidden.insert(*permission, now);
                is_news = true;
            }
        }
        self.told.lacking |= is_news;
        self.told.forbidden_now.clone_from(&trouble.reason.0);
        is_news
    }

    /// Whether nothing is forbidden any more, and that is to be told. A life that has tried nothing yet knows it only of a tenant
    /// where nothing is held.
    fn allowed(&mut self, snapshot: &ServiceStatus, is_over: bool, now: Timestamp) -> bool {
        if snapshot.forbidden.is_some() {
            self.allowed_at = None;
            return false;
        }
        let at = *self.allowed_at.get_or_insert(now);
        if !is_over || (self.is_recalled && snapshot.targets.blocked > 0) {
            return false;
        }
        self.told.forbidden_now.clear();
        let is_news = self.told.lacking && now.since(at) >= ALLOWED;
        if is_news {
            self.told.lacking = false;
            self.told.forbidden.clear();
        }
        is_news
    }

    /// What began and ended of conditions that have no event of their own.
    fn others(&mut self, snapshot: &ServiceStatus, is_over: bool, now: Timestamp) -> Vec<Alert> {
        let standing = snapshot.conditions().into_iter().map(|(kind, ..)| kind).filter(|kind| !kind.has_own_event());
        let standing: BTreeSet<&'static str> = standing.map(ConditionKind::name).collect();
        let mut news = Vec::new();
        self.told.others.retain(|name, since| {
            let holds = standing.contains(name.as_str()) || !is_over;
            if !holds {
                tracing::info!(condition = name, "It is over: {name}");
                news.push(Alert::ConditionEnded { name: name.clone(), lasted_s: now.since(*since).as_secs() });
            }
            holds
        });
        for name in standing {
            self.told.others.entry(name.to_owned()).or_insert_with(|| {
                news.push(Alert::ConditionBegan { name: name.to_owned() });
                now
            });
        }
        news
    }

    fn outage(&mut self, down: bool, now: Timestamp) -> Option<Alert> {
        match (down, self.told.down) {
            (true, None) => self.told.down = Some((now, false)),
            (true, Some((since, false))) if now.since(since) >= OUTAGE => {
                self.told.down = Some((since, true));
                return Some(Alert::OutageBegan);
            }
            (false, Some((since, told))) => {
                self.told.down = None;
                return told.then(|| Alert::OutageEnded { lasted_s: now.since(since).as_secs() });
            }
            _ => {}
        }
        None
    }
}

/// The next time that it is the hour of the digest; a day on where the calendar does not say.
fn next_digest(now: Timestamp) -> Timestamp {
    let next = || {
        let here = jiff::Timestamp::from_millisecond(now.millis()).ok()?.to_zoned_datetime(TimeZone::system());
        let today = here.date().at(DIGEST_HOUR, 0, 0, 0).to_zoned_datetime(TimeZone::system()).ok()?;
        let next = if today > here {
            today
        } else {
            here.date().tomorrow().ok()?.at(DIGEST_HOUR, 0, 0, 0).to_zoned_datetime(TimeZone::system()).ok()?
        };
        Some(Timestamp::from_millis(next.timestamp().as_millisecond()))
    };
    next().unwrap_or_else(|| now.plus(Duration::from_secs(24 * 60 * 60)))
}

#[cfg(test)]
#[path = "alert_state_tests.rs"]
mod tests;
