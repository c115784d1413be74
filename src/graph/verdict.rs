//! From status and code to a verdict: what the answer really means, for this operation.
//!
//! Codes before statuses, since the same status means several things; messages never, except the name of an
//! exception class that stands where a code should. Sources: Graph's error table ("Microsoft Graph error
//! responses"), its throttling guidance, and answers quoted in public issue threads.

use reqwest::StatusCode;

use super::{Operation, Verb};
use crate::model::TargetKind;

/// What an answer means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Throttled,
    BandwidthSpent,
    Unavailable,
    TimedOut,
    ServerFault,
    GatewayFault,
    Conflict,
    /// 502 in Graph's own shape: has hidden a missing permission for team photos.
    HiddenPermission,
    StoreFault,
    /// 404 `ErrorItemNotFound` on a write: no usable mailbox, or a passing fault of the store.
    StoreNotFound,
    /// 404 on a write without a code that tells why.
    SlotNotFound,
    ContactNotFound,
    Locked,
    QuotaSpent,
    Precondition,
    TokenRefused,
    MissingPermission,
    AppOnlyUnsupported,
    ConditionalAccess,
    GuestRefused,
    ObjectMissing,
    NotReady,
    NoMailbox,
    MailboxElsewhere,
    NoExchange,
    ExchangePolicy,
    PictureTooSmall,
    PictureRefused,
    PictureTooLarge,
    PictureTypeRefused,
    NotPossible,
    NotUnderstood,
    Redirect,
    Stranger,
    StrangerRefused,
    ProxySignIn,
}

/// Judges an answer. `html`: the body is a web page. `shaped`: the body is an error document with a code.
pub(super) fn judge<'a>(
    status: StatusCode,
    codes: impl Iterator<Item = &'a str>,
    html: bool,
    what: Operation,
) -> (Verdict, Option<&'a str>) {
    let mut first = None;
    let mut decided = None;
    for code in codes {
        first.get_or_insert(code);
        if decided.is_none() {
            decided = by_code(&code.to_ascii_lowercase(), status, what).map(|verdict| (verdict, code));
        }
    }
    if let Some(verdict) = by_plain_status(status) {
        // The status alone is clear; the code is only for people.
        return (verdict, first);
    }
    if let Some((verdict, code)) = decided {
        return (verdict, Some(code));
    }
    (by_status(status, first.is_some(), html, what), first)
}

/// Statuses that mean one thing, whatever the code says.
fn by_plain_status(status: StatusCode) -> Option<Verdict> {
    Some(match status.as_u16() {
        300..=399 => Verdict::Redirect,
        200..=299 => Verdict::Stranger,
        401 => Verdict::TokenRefused,
        407 | 511 => Verdict::ProxySignIn,
        408 | 504 => Verdict::TimedOut,
        425 => Verdict::Conflict,
        429 => Verdict::Throttled,
        509 => Verdict::BandwidthSpent,
        _ => return None,
    })
}

fn by_code(code: &str, status: StatusCode, what: Operation) -> Option<Verdict> {
    let writes = matches!(what.verb, Verb::PutPhoto | Verb::DeletePhoto);
    let code = code.strip_suffix("exception").unwrap_or(code);
    Some(match code {
        "toomanyrequests"
        | "activitylimitreached"
        | "applicationthrottled"
        | "errorexceededconnectioncount"
        | "errormailboxconcurrency"
        | "mailboxconcurrency" => Verdict::Throttled,
        "errorserverbusy" | "serviceunavailable" | "servicenotavailable" => Verdict::Unavailable,
        "errormailboxstoreunavailable" | "errormailboxmoveinprogress" | "errorinternalservertransienterror" => {
            Verdict::ServerFault
        }
        "errornonexistentmailbox" | "mailboxnotenabledforrestapi" | "errormissingemailaddress" | "mailboxnotfound" => {
            Verdict::NoMailbox
        }
        "mailboxnothostedinexchangeonline" | "mailboxnotsupportedforrestapi" => Verdict::MailboxElsewhere,
        "authenticationerror" if status == StatusCode::BAD_REQUEST && writes => Verdict::NoExchange,
        "organizationfromtenantguidnotfound" => Verdict::NoExchange,
        "extensionerror" => Verdict::ExchangePolicy,
        "nopermissionsinaccesstoken" if what.kind == TargetKind::Me => Verdict::GuestRefused,
        "nopermissionsinaccesstoken"
        | "errorinsufficientpermissionsinaccesstoken"
        | "erroraccessdenied"
        | "accessdenied"
        | "profileaccessdenied"
        | "authorization_requestdenied"
        | "authorization_identitynotfound" => Verdict::MissingPermission,
        "apponlytokennotsupportedforgroupupdate" => Verdict::AppOnlyUnsupported,
        "insufficient_claims" | "insufficientclaims" => Verdict::ConditionalAccess,
        "directory_concurrencyviolation" => Verdict::Conflict,
        "erroritemnotfound" if what.kind == TargetKind::Contact => Verdict::ContactNotFound,
        "erroritemnotfound" if writes => Verdict::StoreNotFound,
        "errorinvalididmalformed" | "errorinvalidid" | "errorinvaliduser" | "request_resourcenotfound" => Verdict::ObjectMissing,
        "notfound" | "itemnotfound" | "resourcenotfound"
            if what.verb != Verb::Look && matches!(what.kind, TargetKind::Team | TargetKind::Group) =>
        {
            Verdict::NotReady
        }
        "imagenotfound" | "errorentitynotfound" | "profilenotfound" if writes => Verdict::SlotNotFound,
        "errorstoreinternalservererror" | "errorinternalservererror" => Verdict::StoreFault,
        "quotalimitreached" | "errorquotaexceeded" => Verdict::QuotaSpent,
        "errormessagesizeexceeded" | "requestentitytoolarge" | "maxrequestlengthexceeded" | "imagetoolarge" => {
            Verdict::PictureTooLarge
        }
        "validationwidthtoosmall" | "validationheighttoosmall" | "imagetoosmall" => Verdict::PictureTooSmall,
        _ if code.starts_with("validation") && writes => Verdict::PictureRefused,
        _ => return None,
    })
}

fn by_status(status: StatusCode, shaped: bool, html: bool, what: Operation) -> Verdict {
    let puts = what.verb == Verb::PutPhoto;
    match status.as_u16() {
        400 if puts && !html => Verdict::PictureRefused,
        404 | 410 if what.verb == Verb::Look => Verdict::ObjectMissing,
        400 | 403 | 404 | 410 if html => Verdict::StrangerRefused,
        403 => Verdict::MissingPermission,
        404 | 410 => match what.kind {
            TargetKind::Team | TargetKind::Group => Verdict::NotReady,
            TargetKind::Contact => Verdict::ContactNotFound,
            TargetKind::User | TargetKind::Me => Verdict::SlotNotFound,
        },
        405 if what.verb == Verb::DeletePhoto => Verdict::NotPossible,
        409 => Verdict::Conflict,
        412 => Verdict::Precondition,
        413 => Verdict::PictureTooLarge,
        415 => Verdict::PictureTypeRefused,
        422 if puts => Verdict::PictureRefused,
        423 => Verdict::Locked,
        502 if shaped && puts => Verdict::HiddenPermission,
        502 => Verdict::GatewayFault,
        503 => Verdict::Unavailable,
        507 => Verdict::QuotaSpent,
        501 => Verdict::NotUnderstood,
        500..=599 => Verdict::ServerFault,
        _ => Verdict::NotUnderstood,
    }
}
