//! What can be wrong with the service as a whole: one list, of which log, webhook, probe, `status`, pages and metrics are
//! made. Each has a name of its own, which stays.

use std::borrow::Cow;

use super::service::{Condition, PassFailure, ServiceStatus, WatchMethod};
use crate::model::{Reason, Timestamp};
use crate::plan::Guard;

/// The open ledger is not the one that lies there.
pub(crate) const LEDGER_GONE: &str = "ledger_gone";

/// What can be wrong with the service as a whole.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum ConditionKind {
    /// The ledger can't be written; nothing is sent.
    Ledger,
    /// The ledger that is open is not the one that lies there; nothing is sent.
    LedgerGone,
    /// The guard halted the last pass.
    Halted(Guard),
    /// The source is away, and no pass has said more about it yet.
    SourceAway,
    /// Nobody can sign in.
    SignIn,
    /// A permission is missing.
    Forbidden,
    /// The table can't be read or used.
    TableUnusable,
    /// The table is just being changed.
    TableChanging,
    /// The last pass could not be made.
    NoPass,
    /// Microsoft 365 can't be reached, or gives no answer that can be used.
    Unreachable,
    /// The changed configuration was refused.
    ReloadRefused,
    /// Nobody can be told of anything by one of the ways.
    NotifyFailing,
    /// Another program has the address of the pages.
    PagesUnserved,
}

impl ConditionKind {
    /// Those that no guard names.
    const OTHERS: [Self; 12] = [
        Self::Ledger,
        Self::LedgerGone,
        Self::SourceAway,
        Self::SignIn,
        Self::Forbidden,
        Self::TableUnusable,
        Self::TableChanging,
        Self::NoPass,
        Self::Unreachable,
        Self::ReloadRefused,
        Self::NotifyFailing,
        Self::PagesUnserved,
    ];

    /// Every one.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Guard::ALL.iter().copied().map(Self::Halted).chain(Self::OTHERS)
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger_unwritable",
            Self::LedgerGone => LEDGER_GONE,
            Self::Halted(guard) => guard.as_str(),
            Self::SourceAway => "source_away",
            Self::SignIn => "sign_in",
            Self::Forbidden => "permission_missing",
            Self::TableUnusable => "table_unusable",
            Self::TableChanging => "table_changing",
            Self::NoPass => "pass_failed",
            Self::Unreachable => "graph_unreachable",
            Self::ReloadRefused => "configuration_refused",
            Self::NotifyFailing => "notify_failing",
            Self::PagesUnserved => "pages_unserved",
        }
    }

    /// Whether the webhook has another event for it, or none: a source that is away is halted by name in a moment, a table
    /// that is being changed is read in a moment, and who can't be told can't be told of that.
    pub(crate) const fn has_own_event(self) -> bool {
        match self {
            Self::Halted(_)
            | Self::SignIn
            | Self::Forbidden
            | Self::Unreachable
            | Self::SourceAway
            | Self::TableChanging
            | Self::NotifyFailing => true,
            Self::Ledger | Self::LedgerGone | Self::TableUnusable | Self::NoPass | Self::ReloadRefused | Self::PagesUnserved => {
                false
            }
        }
    }

    /// Whether it mends by itself, or is no matter of photos.
    pub(crate) const fn is_mild(self) -> bool {
        matches!(self, Self::Unreachable | Self::TableChanging | Self::NotifyFailing | Self::PagesUnserved)
    }

    /// Whether it is a trouble of ledger, table or pass, for which there is no better word.
    pub(crate) const fn is_trouble(self) -> bool {
        matches!(self, Self::Ledger | Self::LedgerGone | Self::TableUnusable | Self::TableChanging | Self::NoPass)
    }

    /// Whether nothing new can be delivered, or not even looked at, until it is over. What is short (a table just being
    /// changed), mends by itself (an outage of Microsoft 365) or leaves the rest at work is none of these.
    pub(crate) const fn stops_work(self) -> bool {
        match self {
            Self::Ledger | Self::LedgerGone | Self::SourceAway | Self::SignIn | Self::TableUnusable | Self::NoPass => true,
            Self::Halted(guard) => matches!(guard, Guard::MissingSource | Guard::UnmountedSource | Guard::HungSource),
            Self::Forbidden
            | Self::TableChanging
            | Self::Unreachable
            | Self::ReloadRefused
            | Self::NotifyFailing
            | Self::PagesUnserved => false,
        }
    }

    /// Whether it keeps passes from looking, or from writing down what they saw: what changes meanwhile is in no count.
    const fn stops_counting(self) -> bool {
        match self {
            Self::Ledger | Self::LedgerGone | Self::SourceAway | Self::TableUnusable | Self::TableChanging | Self::NoPass => true,
            Self::Halted(guard) => !matches!(guard, Guard::Removals),
            Self::SignIn
            | Self::Forbidden
            | Self::Unreachable
            | Self::ReloadRefused
            | Self::NotifyFailing
            | Self::PagesUnserved => false,
        }
    }
}

impl ServiceStatus {
    /// How Microsoft 365 fails while it serves nobody, in three words.
    pub(crate) const fn outage_words(&self) -> &'static str {
        if self.outage.is_some() { "serves nobody" } else { "can't be reached" }
    }

    /// All that is wrong with the service as a whole, what people should look at first in front: which kind of thing, what
    /// in words, and since when.
    pub(crate) fn conditions(&self) -> Vec<(ConditionKind, Cow<'_, str>, Timestamp)> {
        fn told<R>(kind: ConditionKind, condition: Option<&Condition<R>>) -> Option<(ConditionKind, Cow<'_, str>, Timestamp)> {
            condition.map(|condition| (kind, condition.message.as_str().into(), condition.since))
        }
        let halted = self.halted.as_ref().and_then(|halt| told(ConditionKind::Halted(halt.reason), Some(halt)));
        let says_why = halted.as_ref().is_some_and(|(kind, ..)| kind.stops_work());
        let away = (self.watch.state == WatchMethod::Away && !says_why).then(|| {
            let why = self.watch.detail.as_deref().unwrap_or("the directory with the photos is away");
            (ConditionKind::SourceAway, why.into(), self.watch.since)
        });
        let sign_in = self.sign_in.as_ref().map(|trouble| match trouble.reason {
            Reason::Transient | Reason::Throttled => ConditionKind::Unreachable,
            _ => ConditionKind::SignIn,
        });
        let pass = self.trouble.as_ref().map(|trouble| match trouble.reason {
            PassFailure::Directory => ConditionKind::Unreachable,
            PassFailure::Table => ConditionKind::TableChanging,
            PassFailure::TableUnusable => ConditionKind::TableUnusable,
            PassFailure::Pass => ConditionKind::NoPass,
        });
        let unreachable = self.unreachable_since.map(|since| {
            let answer = self.outage.as_ref().map(|answer| format!("its last answer: {answer}; ")).unwrap_or_default();
            let then = "Microsoft 365 is asked again, one request at a time, and everything is sent when it answers as it should";
            (ConditionKind::Unreachable, (answer + then).into(), since)
        });
        let is_gone = self.ledger.as_ref().is_some_and(|trouble| trouble.reason == LEDGER_GONE);
        let ledger = if is_gone { ConditionKind::LedgerGone } else { ConditionKind::Ledger };
        let all = [
            told(ledger, self.ledger.as_ref()),
            halted,
            away,
            sign_in.and_then(|kind| told(kind, self.sign_in.as_ref())),
            told(ConditionKind::Forbidden, self.forbidden.as_ref()),
            unreachable,
            pass.and_then(|kind| told(kind, self.trouble.as_ref())),
            told(ConditionKind::ReloadRefused, self.reload_refused.as_ref()),
            told(ConditionKind::NotifyFailing, self.notify.as_ref()),
            told(ConditionKind::PagesUnserved, self.pages.as_ref()),
        ];
        let mut conditions: Vec<(ConditionKind, Cow<'_, str>, Timestamp)> = Vec::new();
        for condition in all.into_iter().flatten() {
            // One thing is told once, however it shows.
            if conditions.iter().all(|(kind, ..)| *kind != condition.0) {
                conditions.push(condition);
            }
        }
        conditions
    }

    /// The same as values, for JSON.
    pub(crate) fn named_conditions(&self) -> Vec<Condition> {
        let named = self.conditions().into_iter();
        named
            .map(|(kind, message, since)| Condition { reason: kind.name().to_owned(), message: message.into_owned(), since })
            .collect()
    }

    /// Whether the counts are of what was before, and what has changed since is in none of them.
    pub(crate) fn is_dated(&self) -> bool {
        let unseen = self.last_pass.as_ref().is_some_and(|last| last.looked == Some(false));
        unseen || self.conditions().iter().any(|(kind, ..)| kind.stops_counting())
    }

    /// Whether nothing stands in the way of work.
    pub(crate) fn is_ready(&self) -> bool {
        self.phase == super::service::Phase::Running && !self.conditions().iter().any(|(kind, ..)| kind.stops_work())
    }
}

#[cfg(test)]
mod tests {
    use super::super::service::Phase;
    use super::*;

    #[test]
    fn each_has_one_name() {
        let mut names: Vec<&str> = ConditionKind::all().map(ConditionKind::name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!((names.len(), count), (count, Guard::ALL.len() + ConditionKind::OTHERS.len()));
    }

    #[test]
    fn one_thing_is_told_once_by_its_best_name() {
        let since = Timestamp::from_millis(1_000);
        let mut now = ServiceStatus { phase: Phase::Running, ..ServiceStatus::default() };
        let names = |now: &ServiceStatus| now.conditions().iter().map(|(kind, ..)| kind.name()).collect::<Vec<_>>();
        assert!(now.is_ready() && names(&now).is_empty());
        now.watch.state = WatchMethod::Away;
        assert_eq!((names(&now), now.is_ready()), (vec!["source_away"], false));
        now.halted = Some(Condition { reason: Guard::HungSource, message: "x".to_owned(), since });
        assert_eq!((names(&now), now.is_ready()), (vec!["hung_source"], false));
        now.watch.state = WatchMethod::Native;
        now.halted = Some(Condition { reason: Guard::Removals, message: "x".to_owned(), since });
        now.sign_in = Some(Condition { reason: Reason::Transient, message: "x".to_owned(), since });
        now.unreachable_since = Some(since);
        now.trouble = Some(Condition { reason: PassFailure::Directory, message: "x".to_owned(), since });
        assert_eq!((names(&now), now.is_ready()), (vec!["removals", "graph_unreachable"], true));
        now.trouble = Some(Condition { reason: PassFailure::TableUnusable, message: "x".to_owned(), since });
        assert_eq!((names(&now).last(), now.is_ready()), (Some(&"table_unusable"), false));
    }
}
