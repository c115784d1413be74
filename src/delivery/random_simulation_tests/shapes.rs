//! What failures look like to the client: every class that may come by accident, to all in an outage, or to one for good.

use std::time::Duration;

use crate::graph::{Class, Failure, Recourse};
use crate::model::Reason;

pub(super) fn failure(class: Class, status: Option<u16>, retry_after: Option<Duration>) -> Failure {
    let (code, request_id, throttle_scope) = (None, None, None);
    let (message, cause, cure) = (Box::default(), "it failed".into(), "wait".into());
    let final_reason = Reason::GaveUp;
    Failure { class, status, code, message, request_id, retry_after, cause, cure, throttle_scope, recourse: None, final_reason }
}

/// When the client hears of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comes {
    /// As late as a success.
    AsUsual,
    /// Sooner than any success.
    Soon,
    /// When the client gives up.
    TimedOut,
}

/// One way to fail.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) class: Class,
    status: Option<u16>,
    code: Option<&'static str>,
    /// The photo is stored all the same.
    pub(super) stores: bool,
    /// Accounts without a mailbox are answered so, too.
    smaller: bool,
    pub(super) comes: Comes,
}

impl Shape {
    const fn new(class: Class, status: u16, code: Option<&'static str>, comes: Comes) -> Self {
        Self { class, status: if status == 0 { None } else { Some(status) }, code, stores: false, smaller: false, comes }
    }

    const fn stored(self) -> Self {
        Self { stores: true, ..self }
    }

    const fn smaller(self) -> Self {
        Self { smaller: true, ..self }
    }

    /// Whether it tells of the target's own trouble.
    pub(super) fn is_verdict(&self) -> bool {
        VERDICTS.iter().any(|verdict| (verdict.class, verdict.code) == (self.class, self.code))
    }

    /// As the client is told.
    pub(super) fn failure(&self, retry_after: Option<Duration>) -> Failure {
        let mut failure = failure(self.class, self.status, retry_after);
        failure.code = self.code.map(str::to_owned);
        failure.recourse = self.smaller.then_some(Recourse::SendSmaller);
        failure
    }
}

use Class::{
    Bug, FewTries, Guest, KindForbidden, NoMailbox, Offline, PhotoRefused, PhotoTooLarge, TargetMissing, TargetNotReady,
    Transient,
};
use Comes::{AsUsual, Soon, TimedOut};

/// What may befall one request.
pub(super) const ACCIDENTS: [Shape; 18] = [
    Shape::new(Transient, 503, None, AsUsual),
    Shape::new(Transient, 503, Some("ServiceUnavailable"), Soon),
    Shape::new(Transient, 500, None, Soon),
    Shape::new(Transient, 502, None, AsUsual),
    Shape::new(Transient, 504, Some("GatewayTimeout"), AsUsual),
    Shape::new(Transient, 0, None, Soon),
    Shape::new(Transient, 0, None, AsUsual).stored(),
    Shape::new(Transient, 0, None, TimedOut),
    Shape::new(Transient, 0, None, TimedOut).stored(),
    Shape::new(Transient, 408, None, AsUsual),
    Shape::new(Transient, 409, Some("Directory_ConcurrencyViolation"), Soon),
    Shape::new(Transient, 400, None, Soon),
    Shape::new(Transient, 404, None, Soon).smaller(),
    Shape::new(Transient, 200, None, Soon),
    Shape::new(Offline, 0, None, Soon),
    Shape::new(FewTries, 404, Some("ErrorItemNotFound"), AsUsual).smaller(),
    Shape::new(FewTries, 500, Some("ErrorInternalServerError"), AsUsual),
    Shape::new(FewTries, 507, None, Soon),
];

/// What may befall all. Not here: Graph's own 403 and 401 for everybody, which the scheduler takes for a verdict, and
/// [`VERDICTS`].
pub(super) const OUTAGES: [Shape; 13] = [
    Shape::new(Offline, 0, None, Soon),
    Shape::new(Offline, 511, None, Soon),
    Shape::new(Transient, 503, None, AsUsual),
    Shape::new(Transient, 500, None, Soon),
    Shape::new(Transient, 502, Some("UnknownError"), AsUsual),
    Shape::new(Transient, 0, None, Soon),
    Shape::new(Transient, 0, None, TimedOut),
    Shape::new(Transient, 403, None, Soon),
    Shape::new(Transient, 400, Some("BadRequest"), Soon),
    Shape::new(Transient, 200, None, Soon),
    Shape::new(Bug, 302, None, Soon),
    Shape::new(FewTries, 404, Some("ErrorItemNotFound"), AsUsual).smaller(),
    Shape::new(FewTries, 500, Some("ErrorInternalServerError"), Soon),
];

/// What one target's own trouble looks like, and befell all.
pub(super) const VERDICTS: [Shape; 6] = [
    Shape::new(NoMailbox, 404, Some("MailboxNotEnabledForRESTAPI"), Soon),
    Shape::new(NoMailbox, 404, Some("ErrorNonExistentMailbox"), AsUsual),
    Shape::new(PhotoTooLarge, 413, Some("RequestEntityTooLarge"), Soon).smaller(),
    Shape::new(TargetMissing, 404, Some("ErrorInvalidUser"), Soon),
    Shape::new(PhotoRefused, 400, Some("ErrorInvalidImage"), AsUsual).smaller(),
    Shape::new(Guest, 403, Some("NoPermissionsInAccessToken"), Soon),
];

/// What may befall one target for good.
pub(super) const HOPELESS: [Shape; 8] = [
    Shape::new(Transient, 503, None, AsUsual),
    Shape::new(FewTries, 404, Some("ErrorItemNotFound"), Soon),
    Shape::new(KindForbidden, 403, Some("ErrorAccessDenied"), Soon),
    Shape::new(TargetMissing, 404, Some("Request_ResourceNotFound"), Soon),
    Shape::new(TargetNotReady, 404, Some("NotFound"), Soon),
    Shape::new(NoMailbox, 404, Some("ErrorNonExistentMailbox"), Soon),
    Shape::new(Guest, 403, Some("NoPermissionsInAccessToken"), Soon),
    Shape::new(PhotoRefused, 400, Some("ErrorInvalidImage"), Soon),
];
