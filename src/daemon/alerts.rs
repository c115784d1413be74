//! What people are told of the service's life: each event once, as its status goes from one to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::status::SharedStatus;
use crate::delivery::HEARTBEAT;
use crate::model::{Permission, Reason, Timestamp};
use crate::plan::Guard;
use crate::status::{ConditionKind, PassFailure, ServiceStatus, Totals};
use crate::telemetry::{Alert, Notifier};

/// An outage that is shorter is not worth a person's time.
const OUTAGE: Duration = Duration::from_secs(10);
/// A permission that comes and goes is told of once in this span.
const FORBIDDEN_AGAIN: Duration = Duration::from_secs(24 * 60 * 60);
/// The digest goes out at this hour, where the machine stands: when people begin to work.
const DIGEST_HOUR: i8 = 8;
/// At the end what was not told yet may take this long: less than the side rooms are given to close.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// Tells by whatever ways there are, until cancelled. Others, or none, come with a changed configuration.
pub(super) async fn run(shared: Arc<SharedStatus>, mut notifiers: mpsc::Receiver<Notifier>, cancelled: CancellationToken) {
    let mut notifier: Option<Notifier> = None;
    let mut told = AlertState::new(shared.clock.now());
    let mut reading = shared.read();
    while !cancelled.is_cancelled() {
        tokio::select! {
            biased;
            // One that is replaced tells what it was handed before it ends.
            Some(another) = notifiers.recv() => notifier = Some(another),
            () = cancelled.cancelled() => {}
            changed = reading.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
        let snapshot = reading.borrow_and_update().clone();
        for news in told.hear(&snapshot, shared.clock.now()) {
            if let Some(notifier) = &notifier {
                notifier.tell(&news);
            }
        }
    }
    if let Some(notifier) = notifier {
        notifier.close(LAST_WORDS).await;
    }
}

/// What was told already.
struct AlertState {
    halted: Option<Guard>,
    sign_in: bool,
    /// When it was told last that these are forbidden, and which are known to be.
    forbidden: BTreeMap<Permission, Timestamp>,
    forbidden_now: BTreeSet<Permission>,
    /// Since when Microsoft 365 gives no answer, and whether that was told.
    down: Option<(Timestamp, bool)>,
    /// Since when other conditions hold, by name; they were told of.
    others: BTreeMap<&'static str, Timestamp>,
    digest_at: Timestamp,
    totals: Totals,
}

impl AlertState {
    fn new(now: Timestamp) -> Self {
        Self {
            halted: None,
            sign_in: false,
            forbidden: BTreeMap::new(),
            forbidden_now: BTreeSet::new(),
            down: None,
            others: BTreeMap::new(),
            digest_at: next_digest(now),
            totals: Totals::default(),
        }
    }

    /// What is new.
    fn hear(&mut self, snapshot: &ServiceStatus, now: Timestamp) -> Vec<Alert> {
        let pass = snapshot.last_pass.as_ref().map(|last| last.pass);
        let mut news = Vec::new();
        let halted = snapshot.halted.as_ref().map(|halt| halt.reason);
        if halted != self.halted {
            let pass = pass.unwrap_or_default();
            news.push(match halted {
                Some(guard) => Alert::Halted { pass, guard },
                None => Alert::HaltEnded { pass },
            });
            self.halted = halted;
        }
        let trouble = snapshot.sign_in.as_ref().map(|trouble| trouble.reason);
        let out_of_reach = matches!(trouble, Some(Reason::Transient | Reason::Throttled));
        let refused = trouble.is_some() && !out_of_reach;
        // While nobody can be reached, nobody knows.
        if refused != self.sign_in && !out_of_reach {
            news.push(if refused { Alert::SignIn { pass } } else { Alert::SignInWorks });
            self.sign_in = refused;
        }
        self.permissions(snapshot, now).then(|| news.push(Alert::KindForbidden { pass, blocked: snapshot.targets.blocked }));
        let no_answer = snapshot.trouble.as_ref().is_some_and(|trouble| trouble.reason == PassFailure::Directory);
        news.extend(self.outage(snapshot.unreachable_since.is_some() || no_answer || out_of_reach, now));
        news.extend(self.others(snapshot, now));
        if now >= self.digest_at {
            self.digest_at = next_digest(now);
            let Totals { delivered, removed, .. } = snapshot.totals;
            news.push(Alert::Digest {
                targets: snapshot.targets,
                delivered: delivered - self.totals.delivered,
                removed: removed - self.totals.removed,
            });
            self.totals = snapshot.totals;
        }
        news
    }

    /// Whether something is forbidden that was not, and was not told of lately.
    fn permissions(&mut self, snapshot: &ServiceStatus, now: Timestamp) -> bool {
        let forbidden = snapshot.forbidden.as_ref().map(|trouble| trouble.reason.0.clone()).unwrap_or_default();
        let mut is_news = false;
        for permission in &forbidden {
            let lately = self.forbidden.get(permission).is_some_and(|told| now.since(*told) < FORBIDDEN_AGAIN);
            if !self.forbidden_now.contains(permission) && !lately {
                self.forbidden.insert(*permission, now);
                is_news = true;
            }
        }
        self.forbidden_now = forbidden;
        is_news
    }

    /// What began and ended of conditions that have no event of their own.
    fn others(&mut self, snapshot: &ServiceStatus, now: Timestamp) -> Vec<Alert> {
        let standing = snapshot.conditions().into_iter().map(|(kind, ..)| kind).filter(|kind| !kind.has_own_event());
        let standing: BTreeSet<&'static str> = standing.map(ConditionKind::name).collect();
        let mut news = Vec::new();
        self.others.retain(|name, since| {
            let holds = standing.contains(name);
            if !holds {
                tracing::info!(condition = name, "It is over: {name}");
                news.push(Alert::ConditionEnded { name, lasted_s: now.since(*since).as_secs() });
            }
            holds
        });
        for name in standing {
            self.others.entry(name).or_insert_with(|| {
                news.push(Alert::ConditionBegan { name });
                now
            });
        }
        news
    }

    fn outage(&mut self, down: bool, now: Timestamp) -> Option<Alert> {
        match (down, self.down) {
            (true, None) => self.down = Some((now, false)),
            (true, Some((since, false))) if now.since(since) >= OUTAGE => {
                self.down = Some((since, true));
                return Some(Alert::OutageBegan);
            }
            (false, Some((since, told))) => {
                self.down = None;
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
mod tests {
    use super::*;
    use crate::model::TargetKind;
    use crate::status::{Condition, MissingPermissions};

    const BEGIN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn at(seconds: u64) -> Timestamp {
        BEGIN.plus(Duration::from_secs(seconds))
    }

    fn trouble<R>(reason: R) -> Condition<R> {
        Condition { reason, message: "users/anna@contoso.com.jpg".to_owned(), since: BEGIN }
    }

    #[test]
    fn each_event_is_told_once_and_its_end_too() {
        let mut told = AlertState::new(BEGIN);
        let mut now = ServiceStatus::default();
        assert!(told.hear(&now, at(0)).is_empty());
        now.halted = Some(trouble(Guard::EmptySource));
        assert_eq!(told.hear(&now, at(1)), [Alert::Halted { pass: 0, guard: Guard::EmptySource }]);
        assert!(told.hear(&now, at(2)).is_empty());
        now.halted = Some(trouble(Guard::Removals));
        assert_eq!(told.hear(&now, at(3)).len(), 1, "another halt is another event");
        now.halted = None;
        assert_eq!(told.hear(&now, at(4)), [Alert::HaltEnded { pass: 0 }]);
        now.sign_in = Some(trouble(Reason::SignIn));
        assert_eq!(told.hear(&now, at(5)), [Alert::SignIn { pass: None }]);
        now.sign_in = Some(trouble(Reason::Transient));
        assert!(told.hear(&now, at(6)).is_empty(), "nobody knows");
        now.sign_in = None;
        assert_eq!(told.hear(&now, at(7)), [Alert::SignInWorks]);
        assert!(told.hear(&now, at(8)).is_empty());
    }

    #[test]
    fn every_condition_is_told_by_its_name_and_so_is_its_end() {
        let mut told = AlertState::new(BEGIN);
        let full = ServiceStatus { ledger: Some(trouble("ledger".to_owned())), ..ServiceStatus::default() };
        let table = ServiceStatus { trouble: Some(trouble(PassFailure::TableUnusable)), ..ServiceStatus::default() };
        let both = ServiceStatus { trouble: table.trouble.clone(), ..full.clone() };
        let began = |name| Alert::ConditionBegan { name };
        let ended = |name, lasted_s| Alert::ConditionEnded { name, lasted_s };
        assert_eq!(told.hear(&full, at(1)), [began("ledger_unwritable")]);
        assert!(told.hear(&full, at(2)).is_empty());
        assert_eq!(told.hear(&both, at(3)), [began("table_unusable")]);
        assert_eq!(told.hear(&table, at(5)), [ended("ledger_unwritable", 4)]);
        assert_eq!(told.hear(&ServiceStatus::default(), at(8)), [ended("table_unusable", 5)]);
    }

    #[test]
    fn an_outage_is_told_when_it_lasts() {
        let mut told = AlertState::new(BEGIN);
        let (well, down) =
            (ServiceStatus::default(), ServiceStatus { unreachable_since: Some(BEGIN), ..ServiceStatus::default() });
        let away = ServiceStatus { sign_in: Some(trouble(Reason::Transient)), ..ServiceStatus::default() };
        for (second, snapshot) in [(0, &down), (9, &down), (9, &well), (10, &away), (19, &down)] {
            assert!(told.hear(snapshot, at(second)).is_empty(), "{second}");
        }
        assert_eq!(told.hear(&away, at(20)), [Alert::OutageBegan]);
        assert!(told.hear(&down, at(100)).is_empty());
        assert_eq!(told.hear(&well, at(130)), [Alert::OutageEnded { lasted_s: 120 }]);
    }

    #[test]
    fn a_permission_that_comes_and_goes_is_told_once_a_day() {
        let mut told = AlertState::new(BEGIN);
        let lacking = |kinds: &[TargetKind]| {
            let lacking = MissingPermissions(kinds.iter().copied().map(Permission::Photos).collect());
            ServiceStatus { forbidden: Some(trouble(lacking)), ..ServiceStatus::default() }
        };
        let (well, lacks) = (ServiceStatus::default(), lacking(&[TargetKind::Team]));
        let more = lacking(&[TargetKind::Group, TargetKind::Team]);
        let forbidden = |told: &mut AlertState, snapshot, second| {
            let news = told.hear(snapshot, at(second));
            news.iter().filter(|news| matches!(news, Alert::KindForbidden { .. })).count()
        };
        let steps =
            [(&lacks, 0, 1), (&lacks, 1, 0), (&well, 2, 0), (&lacks, 3, 0), (&more, 4, 1), (&well, 5, 0), (&lacks, 86_400, 1)];
        for (snapshot, second, count) in steps {
            assert_eq!(forbidden(&mut told, snapshot, second), count, "{second}");
        }
    }

    #[test]
    fn the_digest_comes_once_a_day_and_counts_since_the_last() {
        let mut told = AlertState::new(BEGIN);
        let mut now = ServiceStatus::default();
        let mut digests = Vec::new();
        for hour in 0..72 {
            now.totals.delivered += 1;
            now.totals.removed = now.totals.delivered * 2;
            digests.extend(told.hear(&now, at(hour * 3600)));
        }
        let deliveries: Vec<u64> = digests
            .iter()
            .map(|news| match news {
                Alert::Digest { delivered, removed, .. } if *removed == delivered * 2 => *delivered,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(deliveries.len(), 3);
        assert!(
            (1..=24).contains(&deliveries[0]) && deliveries[1..].iter().all(|count| (23..=25).contains(count)),
            "{deliveries:?}"
        );
    }
}
