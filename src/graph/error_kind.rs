//! From status and code to a kind of error: what the answer really means, for this operation.
//!
//! Codes before statuses, since the same status means several things; messages never, except the name of an
//! exception class that stands where a code should. A statement about a person, a photo or a picture needs Graph's own
//! error document with a code of a closed list; whatever else may be some proxy's word, or a fault that passes. Sources:
//! Graph's error table ("Microsoft Graph error responses"), its throttling guidance, and answers quoted in public issue
//! threads.

use reqwest::StatusCode;

use super::absence::proves_absence;
use super::error_body::ErrorBody;
use super::{Operation, Verb};
use crate::model::TargetKind;

/// What an answer means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ErrorKind {
    Throttled,
    BandwidthSpent,
    Unavailable,
    TimedOut,
    ServerFault,
    GatewayFault,
    Conflict,
    /// 502 in Graph's own shape: has hidden a missing permission for team photos.
    HiddenPermission,
    MailboxStoreError,
    /// 404 `ErrorItemNotFound` on a write: no usable mailbox, or a passing fault of the store.
    MailboxStoreNotFound,
    /// 404 on a write with a code that says that there is no profile or photo, and not why.
    PhotoSlotNotFound,
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
    /// Exchange does not know the account yet, though the directory does.
    AccountNotReady,
    /// Graph itself says that the slot holds no photo.
    NoPhoto,
    NoMailbox,
    MailboxElsewhere,
    NoExchange,
    /// The tenant has no Exchange Online, or is a B2C tenant.
    NoExchangeInTenant,
    ExchangePolicy,
    PictureTooSmall,
    PictureRefused,
    PictureTooLarge,
    PictureTypeRefused,
    NotPossible,
    NotUnderstood,
    Redirect,
    NotGraph,
    NotGraphRefusal,
    /// A refusal that doesn't say why, or not in words that are Graph's.
    Unexplained,
    ProxySignIn,
}

/// Who speaks in a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Speaker {
    /// Graph itself: an error document of its shape, sent as JSON.
    Graph,
    /// A page for people.
    Page,
    /// Nobody, or somebody else.
    Nothing,
}

/// Judges an answer: what it means, and the code that decided.
pub(super) fn judge(status: StatusCode, body: &ErrorBody, said: Speaker, what: Operation) -> (ErrorKind, Option<&str>) {
    let own = said == Speaker::Graph;
    let outermost = body.outermost.as_deref().filter(|_| own);
    let first = body.codes.first().map(String::as_str).filter(|_| own);
    if let Some(error_kind) = by_plain_status(status) {
        // The status alone is clear; the code is only for people.
        return (error_kind, first);
    }
    if let Some(code) = outermost.filter(|code| proves_absence(what, status, code)) {
        return (absence(what), Some(code));
    }
    for code in body.by_weight().filter(|_| own) {
        let known = code.to_ascii_lowercase();
        let known = known.strip_suffix("exception").unwrap_or(&known);
        let refused = || refusal(known, status, what, outermost == Some(code)).filter(|_| status.is_client_error());
        if let Some(error_kind) = of_tenant(known, body).or_else(|| passing(known)).or_else(refused) {
            return (error_kind, Some(code));
        }
    }
    (by_status(status, first, said, what), first)
}

fn absence(what: Operation) -> ErrorKind {
    match (what.verb, what.kind) {
        (Verb::ReadPhoto | Verb::DeletePhoto, _) => ErrorKind::NoPhoto,
        (_, TargetKind::Contact) => ErrorKind::ContactNotFound,
        _ => ErrorKind::ObjectMissing,
    }
}

/// Statuses that mean one thing, whatever the code says.
fn by_plain_status(status: StatusCode) -> Option<ErrorKind> {
    Some(match status.as_u16() {
        300..=399 => ErrorKind::Redirect,
        200..=299 => ErrorKind::NotGraph,
        407 | 511 => ErrorKind::ProxySignIn,
        408 | 504 => ErrorKind::TimedOut,
        425 => ErrorKind::Conflict,
        429 => ErrorKind::Throttled,
        509 => ErrorKind::BandwidthSpent,
        _ => return None,
    })
}

/// Codes about the tenant or the whole account, which stand above whatever else the document says.
fn of_tenant(code: &str, body: &ErrorBody) -> Option<ErrorKind> {
    let unresolved = |code: &str| code.to_ascii_lowercase().starts_with("erroruserresolutionfailed");
    match code {
        // 401, wrapped in UnknownError, on photo calls alone (microsoft-graph-toolkit#1467): not the token's fault.
        "organizationfromtenantguidnotfound" => Some(ErrorKind::NoExchangeInTenant),
        // 404 for accounts that the directory knows (msgraph-beta-sdk-dotnet#388); a profile code stands beside it.
        _ if body.codes.iter().any(|code| unresolved(code)) => Some(ErrorKind::AccountNotReady),
        _ => None,
    }
}

/// Codes of faults that pass, under any status.
fn passing(code: &str) -> Option<ErrorKind> {
    Some(match code {
        "toomanyrequests"
        | "activitylimitreached"
        | "applicationthrottled"
        | "errorexceededconnectioncount"
        | "errormailboxconcurrency"
        | "mailboxconcurrency" => ErrorKind::Throttled,
        "errorserverbusy" | "serviceunavailable" | "servicenotavailable" => ErrorKind::Unavailable,
        "errormailboxstoreunavailable" | "errormailboxmoveinprogress" | "errorinternalservertransienterror" => {
            ErrorKind::ServerFault
        }
        "directory_concurrencyviolation" => ErrorKind::Conflict,
        "errorstoreinternalservererror" | "errorinternalservererror" => ErrorKind::MailboxStoreError,
        "quotalimitreached" | "errorquotaexceeded" => ErrorKind::QuotaSpent,
        _ => return None,
    })
}

/// Codes that refuse, under 4xx. `outermost`: not from within another document.
fn refusal(code: &str, status: StatusCode, what: Operation, outermost: bool) -> Option<ErrorKind> {
    if status == StatusCode::UNAUTHORIZED {
        return None;
    }
    let writes = matches!(what.verb, Verb::PutPhoto | Verb::DeletePhoto);
    let in_mailbox = what.kind == TargetKind::Contact || writes || what.verb == Verb::ReadPhoto;
    let puts = what.verb == Verb::PutPhoto;
    let not_found = outermost && status == StatusCode::NOT_FOUND;
    Some(match code {
        "errornonexistentmailbox" | "mailboxnotenabledforrestapi" | "errormissingemailaddress" | "mailboxnotfound"
            if in_mailbox =>
        {
            ErrorKind::NoMailbox
        }
        "mailboxnothostedinexchangeonline" | "mailboxnotsupportedforrestapi" if in_mailbox => ErrorKind::MailboxElsewhere,
        "authenticationerror" if status == StatusCode::BAD_REQUEST && writes => ErrorKind::NoExchange,
        "extensionerror" if in_mailbox => ErrorKind::ExchangePolicy,
        "nopermissionsinaccesstoken" if what.kind == TargetKind::Me => ErrorKind::GuestRefused,
        "nopermissionsinaccesstoken"
        | "errorinsufficientpermissionsinaccesstoken"
        | "erroraccessdenied"
        | "accessdenied"
        | "profileaccessdenied"
        | "authorization_requestdenied"
        | "authorization_identitynotfound" => ErrorKind::MissingPermission,
        "apponlytokennotsupportedforgroupupdate" => ErrorKind::AppOnlyUnsupported,
        "insufficient_claims" | "insufficientclaims" => ErrorKind::ConditionalAccess,
        "erroritemnotfound" if puts && what.kind == TargetKind::Contact && not_found => ErrorKind::ContactNotFound,
        "erroritemnotfound" if writes => ErrorKind::MailboxStoreNotFound,
        // Only the directory says who exists; of a photo's service this is known to pass for new accounts.
        "errorinvaliduser" | "request_resourcenotfound" if puts && not_found => ErrorKind::ObjectMissing,
        "errorinvalididmalformed" | "errorinvalidid" if puts && outermost => ErrorKind::ObjectMissing,
        "notfound" | "itemnotfound" | "resourcenotfound"
            if what.verb != Verb::Look && matches!(what.kind, TargetKind::Team | TargetKind::Group) =>
        {
            ErrorKind::NotReady
        }
        "imagenotfound" | "errorentitynotfound" | "profilenotfound" if puts => ErrorKind::PhotoSlotNotFound,
        _ if puts => return of_picture(code),
        _ => return None,
    })
}

/// The codes that speak of the picture; nothing else refuses one. Those of the profile service begin with `Validation`
/// and name what they measured (`ValidationWidthTooSmall`, microsoft-graph-docs#17475).
fn of_picture(code: &str) -> Option<ErrorKind> {
    const MEASURED: [&str; 7] = ["width", "height", "size", "dimension", "aspect", "format", "image"];
    Some(match code {
        "errormessagesizeexceeded"
        | "requestentitytoolarge"
        | "maxrequestlengthexceeded"
        | "imagetoolarge"
        | "errorimagetoolarge"
        | "phototoolarge"
        | "photosizetoolarge"
        | "errorphotosizetoolarge" => ErrorKind::PictureTooLarge,
        "validationwidthtoosmall" | "validationheighttoosmall" | "imagetoosmall" | "errorimagetoosmall" | "phototoosmall" => {
            ErrorKind::PictureTooSmall
        }
        "unsupportedmediatype" => ErrorKind::PictureTypeRefused,
        "errorinvalidimage"
        | "errorinvalidimageformat"
        | "errorinvalidimagetype"
        | "errorinvalidimagesize"
        | "errorimagenotsupported"
        | "errorunsupportedimageformat"
        | "errorcorruptimage"
        | "errorinvalidphoto"
        | "invalidimage"
        | "invalidimageformat"
        | "invalidphoto"
        | "imagecorrupt"
        | "imageformatnotsupported"
        | "unsupportedimageformat" => ErrorKind::PictureRefused,
        _ if code.starts_with("validation") && MEASURED.iter().any(|word| code.contains(word)) => ErrorKind::PictureRefused,
        _ => return None,
    })
}

fn by_status(status: StatusCode, code: Option<&str>, said: Speaker, what: Operation) -> ErrorKind {
    let (own, puts) = (said == Speaker::Graph, what.verb == Verb::PutPhoto);
    match status.as_u16() {
        401 => ErrorKind::TokenRefused,
        409 => ErrorKind::Conflict,
        412 => ErrorKind::Precondition,
        423 => ErrorKind::Locked,
        // No way to delete photos of such a kind is asked for in the first place.
        405 if what.verb == Verb::DeletePhoto && own => ErrorKind::NotPossible,
        403 if own => ErrorKind::MissingPermission,
        413 if own && puts => ErrorKind::PictureTooLarge,
        400 | 410 if own && code.is_some_and(speaks_of_question) && !puts => ErrorKind::NotUnderstood,
        400..=499 if said == Speaker::Page => ErrorKind::NotGraphRefusal,
        400 | 403 | 404 | 410 | 413 | 415 | 422 => ErrorKind::Unexplained,
        402..=420 | 422..=424 | 426..=499 | 501 if own => ErrorKind::NotUnderstood,
        402..=420 | 422..=424 | 426..=499 => ErrorKind::Unexplained,
        502 if own && puts => ErrorKind::HiddenPermission,
        // Sent to the wrong machine, or too early: by their meaning they are tried again.
        421 | 425 | 502 => ErrorKind::GatewayFault,
        503 => ErrorKind::Unavailable,
        507 => ErrorKind::QuotaSpent,
        500..=599 => ErrorKind::ServerFault,
        _ => ErrorKind::NotUnderstood,
    }
}

/// Codes that say that the question was wrong; others under 400 have passed by themselves.
fn speaks_of_question(code: &str) -> bool {
    const OF_QUESTION: [&str; 7] = [
        "Request_UnsupportedQuery",
        "Request_BadRequest",
        "BadRequest",
        "InvalidRequest",
        // A link to changes that has worn out.
        "syncStateNotFound",
        "syncStateInvalid",
        "resyncRequired",
    ];
    OF_QUESTION.iter().any(|known| known.eq_ignore_ascii_case(code))
}
