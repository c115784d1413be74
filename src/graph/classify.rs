//! The one function that says what an answer other than success means.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};

use super::error_body::ErrorBody;
use super::retry_after::retry_after;
use super::verdict::{Verdict, judge};
use super::words::{class, words};
use super::{Class, Failure, Operation, ThrottleScope, Verb, throttle};
use crate::model::{Reason, TargetKind, Timestamp};

/// Classes an answer. Also takes a 2xx that is a web page, which is no success.
pub(super) fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8], what: Operation, now: Timestamp) -> Failure {
    let read = ErrorBody::read(body);
    let html = is_html(headers, body);
    let (verdict, code) = judge(status, read.by_weight(), html, what);
    let detail = if verdict == Verdict::Redirect { redirect_host(headers) } else { String::new() };
    let (cause, cure) = words(verdict, what, &detail);
    let waits = status.is_server_error() || class(verdict) == Class::Throttled;
    let mut failure = Failure {
        class: class(verdict),
        status: Some(status.as_u16()),
        code: code.map(str::to_owned),
        message: read.message.into(),
        request_id: header(headers, "request-id").or(read.request_id),
        retry_after: if waits { retry_after(headers, now) } else { None },
        cause: cause.into(),
        cure: cure.into(),
        throttle_scope: throttle::hint(headers).and_then(|hint| hint.scope),
        try_smaller: what.kind == TargetKind::User && what.verb == Verb::PutPhoto && smaller_may_help(verdict),
        final_reason: Reason::GaveUp,
    };
    if failure.class == Class::Throttled && failure.throttle_scope.is_none() && names_mailbox(&failure) {
        failure.throttle_scope = Some(ThrottleScope::Mailbox);
    }
    failure.settle_final_reason();
    if matches!(verdict, Verdict::StoreNotFound | Verdict::SlotNotFound) {
        failure.final_reason = Reason::NoMailbox;
    }
    failure
}

/// Whether a page for people came instead of an answer for programs.
pub(super) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.to_ascii_lowercase().contains("text/html")
        || (declared.is_empty() && body.trim_ascii_start().first().is_some_and(|byte| *byte == b'<'))
}

/// Whether the answer only says that there is no photo.
pub(super) fn says_no_photo(failure: &Failure) -> bool {
    failure.status == Some(404) && !failure.code.as_deref().is_some_and(names_missing_object)
}

fn names_missing_object(code: &str) -> bool {
    ["Request_ResourceNotFound", "ErrorInvalidUser"].iter().any(|known| known.eq_ignore_ascii_case(code))
}

const fn smaller_may_help(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::SlotNotFound | Verdict::StoreNotFound | Verdict::PictureRefused | Verdict::PictureTooLarge)
}

fn names_mailbox(failure: &Failure) -> bool {
    let holds = |text: &str| text.to_ascii_lowercase().contains("mailboxconcurrency");
    holds(&failure.message) || failure.code.as_deref().is_some_and(holds)
}

fn redirect_host(headers: &HeaderMap) -> String {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match reqwest::Url::parse(target) {
        Ok(url) => url.host_str().unwrap_or("an unknown host").to_owned(),
        Err(_) => "another path of the same host".to_owned(),
    }
}

pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (!text.is_empty()).then(|| text.chars().take(100).collect())
}

#[cfg(test)]
#[path = "classify_table.rs"]
mod table;
