//! What went wrong with a request, classed once, with a cause and a cure in words.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use super::cure::Cure;
use crate::model::{Arrival, Problem, Reason, TargetKind};

/// What a failure means for the queue. Retryability belongs to the error.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Class {
    /// Graph asked to slow down (429, 509, or a throttling code under another status).
    Throttled,
    /// A fault that passes: overload, time-out, broken connection, a stranger's page.
    Transient,
    /// Looks passing, but may be permanent in disguise: try a few times, then park it.
    FewTries,
    /// Sign-in fails, or Graph refuses the token twice. Stops everything.
    SignIn,
    /// The application may not do this to any target of the kind. Stops the kind.
    KindForbidden,
    /// The object does not exist.
    TargetMissing,
    /// The object exists but is not ready; new teams and groups take up to 15 minutes.
    TargetNotReady,
    /// No mailbox in Exchange Online that could carry the photo.
    NoMailbox,
    /// The tenant has no Exchange Online at all, or is a B2C tenant: no photo of this kind has a place in it.
    NoExchange,
    /// A guest account, which Graph refuses.
    Guest,
    /// Graph refuses this picture.
    PhotoRefused,
    /// Graph refuses the size of this picture.
    PhotoTooLarge,
    /// Graph offers no such operation for this kind of target.
    NotPossible,
    /// No connection at all: name resolution, routing, proxy, TLS.
    Offline,
    /// An answer that a correct client would not get.
    Bug,
}

/// What may be done about a failure before it is believed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Recourse {
    /// A smaller rendition of the picture (under 100 KB) may be accepted: accounts without a mailbox take no more.
    SendSmaller,
    /// Graph itself refuses the token, a fresh one, too; it may take it for others.
    AskOthers,
}

/// What was asked of Graph; decides what an ambiguous answer means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Operation {
    /// The kind of target.
    pub kind: TargetKind,
    /// What is done to it.
    pub verb: Verb,
}

/// What is done to a target.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Verb {
    /// Replace the photo.
    PutPhoto,
    /// Remove the photo.
    DeletePhoto,
    /// Read the photo or its description.
    ReadPhoto,
    /// Ask the directory (or, for contacts, the mailbox) for objects.
    Look,
    /// Read the tenant's photo policy.
    ReadPolicy,
}

/// One failed request. `Display` is one line without names, addresses or tokens, fit for a log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Failure {
    /// What it means.
    pub class: Class,
    /// HTTP status, where an answer came.
    pub status: Option<u16>,
    /// The error code that decided, as Graph (or the sign-in service) spells it.
    pub code: Option<String>,
    /// The service's own words, cut short, quoted values and mail addresses blanked.
    pub message: Box<str>,
    /// The service's id of the request, for Microsoft's support.
    pub request_id: Option<Box<str>>,
    /// How long the service asked to wait, between 1 s and 1 h.
    pub retry_after: Option<Duration>,
    /// What happened, in words.
    pub cause: Box<str>,
    /// What a person can do about it.
    pub cure: Cure,
    /// What was throttled, where the answer says so.
    pub throttle_scope: Option<ThrottleScope>,
    /// What may be done about it before it is believed.
    pub recourse: Option<Recourse>,
    /// The reason to show when the tries are used up.
    pub final_reason: Reason,
}

impl Failure {
    /// Whether nobody answered at all: neither Graph nor anything in its place.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self.class, Class::Transient | Class::Offline) && self.status.is_none()
    }

    /// As a problem that a person can act on.
    pub(crate) fn problem(&self) -> Problem {
        Problem::new(self.reason(), self.to_string()).with_cure(self.cure.to_string())
    }

    /// The reason while it stands as it is.
    pub(crate) const fn reason(&self) -> Reason {
        match self.class {
            Class::Throttled => Reason::Throttled,
            Class::Transient | Class::FewTries | Class::Offline => Reason::Transient,
            Class::SignIn => Reason::SignIn,
            Class::KindForbidden | Class::NotPossible => Reason::NotPermitted,
            Class::TargetMissing => Reason::TargetMissing,
            Class::TargetNotReady => Reason::TargetNotReady,
            Class::NoMailbox | Class::NoExchange => Reason::NoMailbox,
            Class::Guest => Reason::Guest,
            Class::PhotoRefused => Reason::PhotoRefused,
            Class::PhotoTooLarge => Reason::PhotoTooLarge,
            Class::Bug => Reason::GaveUp,
        }
    }

    /// Whether the request reached Graph all the same. That it did not is believed only where nothing was connected, or
    /// Graph's own error document says that it refused.
    pub(crate) const fn arrival(&self) -> Arrival {
        match (self.status, self.class) {
            (None, Class::Offline) => Arrival::NotSent,
            (Some(408 | 499), _) => Arrival::Unknown,
            (Some(401 | 429), _) => Arrival::Refused,
            (Some(400..=498), _) if self.code.is_some() => Arrival::Refused,
            _ => Arrival::Unknown,
        }
    }

    /// A failure without an answer behind it.
    pub(crate) fn local(class: Class, cause: impl Into<Box<str>>, cure: impl Into<Cure>) -> Self {
        let mut failure = Self {
            class,
            status: None,
            code: None,
            message: Box::default(),
            request_id: None,
            retry_after: None,
            cause: cause.into(),
            cure: cure.into(),
            throttle_scope: None,
            recourse: None,
            final_reason: Reason::GaveUp,
        };
        failure.settle_final_reason();
        failure
    }

    /// A success whose content can't be believed: it says nothing about anybody, and may pass.
    pub(super) fn odd(what: &str) -> Self {
        let cure = Cure::WaitThenAct("If it stays so, check graph.graph_url and any proxy.");
        Self::local(Class::Transient, format!("Graph's answer {what}"), cure).with_status(StatusCode::OK)
    }

    /// Nobody answered within this time.
    pub(crate) fn unanswered(patience: Duration) -> Self {
        let cause = format!("no answer came within {} s", patience.as_secs());
        Self::local(Class::Offline, cause, "Check the network, the proxy and its settings (HTTPS_PROXY), then try again.")
    }

    /// Graph itself said, in its own error document and with a code of the closed list of this place, that what was asked
    /// for is not there: the object of a look-up, or the photo of a slot. Nothing else is proof of that.
    pub(super) fn is_absence(&self) -> bool {
        self.class == Class::TargetMissing && self.status.is_some()
    }

    /// The same failure where it leaves open what was asked: it may pass, and is no verdict about anybody.
    #[must_use]
    pub(crate) fn undecided(mut self) -> Self {
        self.class = Class::Transient;
        self.settle_final_reason();
        self
    }

    /// The same where others are answered: a token that is refused is this one's own trouble then, and may pass.
    #[must_use]
    pub(crate) fn of_this_one(mut self) -> Self {
        if self.recourse != Some(Recourse::AskOthers) {
            return self;
        }
        self.class = Class::FewTries;
        self.cause = "Graph does not accept the token for this account, though it does for others".into();
        self.cure =
            Cure::WaitThenAct("If it stays so, ask Microsoft's support; `photosyncd explain TARGET` shows the request id.");
        self.settle_final_reason();
        self
    }

    /// The same where the wait it asks for is not waited out: that is what it says.
    #[must_use]
    pub(crate) fn after_waiting_no_more(mut self) -> Self {
        if let Some(wait) = self.retry_after.filter(|_| matches!(self.class, Class::Throttled | Class::Transient)) {
            self.cause = format!("{}, and asks to wait {} s", self.cause, wait.as_secs().max(1)).into();
        }
        self
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status.as_u16());
        self
    }

    /// A class that is never retried shows the same reason at the end; the others gave up.
    pub(super) fn settle_final_reason(&mut self) {
        self.final_reason = match self.reason() {
            Reason::Transient | Reason::Throttled => Reason::GaveUp,
            reason => reason,
        };
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)?;
        match (self.status, &self.code) {
            (Some(status), Some(code)) => write!(f, " (HTTP {status}, {code})"),
            (Some(status), None) => write!(f, " (HTTP {status})"),
            (None, Some(code)) => write!(f, " ({code})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// Who shares the limit that was hit.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum ThrottleScope {
    /// Every application in the tenant.
    Tenant,
    /// This application in this tenant.
    TenantApplication,
    /// This application in all tenants.
    Application,
    /// This application at one mailbox; other targets may go on.
    Mailbox,
}
