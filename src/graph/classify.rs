//! The one function that says what an answer other than success means.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};

use super::error_body::{ErrorBody, request_id};
use super::error_kind::{ErrorKind, Speaker, judge};
use super::messages::{class, message};
use super::retry_after::retry_after;
use super::{Class, Failure, Operation, Recourse, ThrottleScope, Verb, throttle};
use crate::model::{Reason, TargetKind, Timestamp};

/// Classes an answer. Also takes a 2xx that is a web page, which is no success.
pub(super) fn classify(status: StatusCode, headers: &HeaderMap, body: &[u8], what: Operation, now: Timestamp) -> Failure {
    let read = ErrorBody::read(body);
    let (error_kind, code) = judge(status, &read, who_speaks(headers, body, &read), what);
    let retry_after = retry_after(headers, now).filter(|_| may_be_waited_out(status, error_kind));
    // Who says when to come back has not said that it is of no use.
    let later = retry_after.is_some() && status.is_client_error() && !is_passing(class(error_kind));
    let error_kind = if later { ErrorKind::Unexplained } else { error_kind };
    let code = code.map(str::to_owned);
    let detail = if error_kind == ErrorKind::Redirect { redirect_host(headers) } else { String::new() };
    let (cause, cure) = message(error_kind, what, &detail);
    let mut failure = Failure {
        class: class(error_kind),
        status: Some(status.as_u16()),
        code,
        message: read.message.into(),
        request_id: header(headers, "request-id").or(read.request_id).map(Into::into),
        retry_after,
        cause: cause.into(),
        cure,
        throttle_scope: throttle::scope(headers),
        recourse: recourse(error_kind, status, what),
        final_reason: Reason::GaveUp,
    };
    if failure.class == Class::Throttled && failure.throttle_scope.is_none() && names_mailbox(&failure) {
        failure.throttle_scope = Some(ThrottleScope::Mailbox);
    }
    failure.settle_final_reason();
    if matches!(error_kind, ErrorKind::MailboxStoreNotFound | ErrorKind::PhotoSlotNotFound) {
        failure.final_reason = Reason::NoMailbox;
    }
    failure
}

/// Whether a page for people came instead of an answer for programs.
pub(super) fn is_html(headers: &HeaderMap, body: &[u8]) -> bool {
    let declared = content_type(headers);
    declared.contains("text/html") || (declared.is_empty() && body.trim_ascii_start().first().is_some_and(|byte| *byte == b'<'))
}

/// Whether an answer to a write with a 2xx is a success: it needs neither a body nor a type (msgraph-sdk-dotnet#2411), but
/// a page is a captive portal's, and an error document is none.
pub(super) fn is_done(headers: &HeaderMap, body: &[u8]) -> bool {
    let body = body.trim_ascii();
    body.is_empty() || !(is_html(headers, body) || body.starts_with(b"<") || ErrorBody::read(body).is_graphs)
}

/// The declared type, in lower case; empty where there is none.
pub(super) fn content_type(headers: &HeaderMap) -> String {
    headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_ascii_lowercase()
}

fn who_speaks(headers: &HeaderMap, body: &[u8], read: &ErrorBody) -> Speaker {
    let (declared, text) = (content_type(headers), body.trim_ascii_start());
    let json = declared.is_empty() || declared.starts_with("application/") && declared.contains("json");
    if json && read.is_graphs {
        Speaker::Graph
    } else if declared.contains("html") && !text.is_empty() || text.starts_with(b"<") {
        Speaker::Page
    } else {
        Speaker::Nothing
    }
}

/// Statuses under which Microsoft sends `Retry-After` beside 429, 503 and 509 ("Microsoft Graph error responses").
fn may_be_waited_out(status: StatusCode, error_kind: ErrorKind) -> bool {
    let waits = matches!(status.as_u16(), 404 | 408 | 409 | 412 | 423) || status.is_server_error();
    waits || is_passing(class(error_kind))
}

const fn is_passing(class: Class) -> bool {
    matches!(class, Class::Throttled | Class::Transient | Class::FewTries | Class::TargetNotReady | Class::Offline)
}

fn recourse(error_kind: ErrorKind, status: StatusCode, what: Operation) -> Option<Recourse> {
    match error_kind {
        ErrorKind::TokenRefused => Some(Recourse::AskOthers),
        _ if what.kind != TargetKind::User || what.verb != Verb::PutPhoto => None,
        _ => smaller_may_help(error_kind, status).then_some(Recourse::SendSmaller),
    }
}

/// 404 and 413 without a reason were seen for photos of accounts without a mailbox, too (microsoft-graph-docs#8236).
fn smaller_may_help(error_kind: ErrorKind, status: StatusCode) -> bool {
    match error_kind {
        ErrorKind::PhotoSlotNotFound
        | ErrorKind::MailboxStoreNotFound
        | ErrorKind::PictureRefused
        | ErrorKind::PictureTooLarge => true,
        ErrorKind::Unexplained => matches!(status.as_u16(), 404 | 413),
        _ => false,
    }
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

/// The id of a request in a header.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    request_id(headers.get(name)?.to_str().ok()?)
}

#[cfg(test)]
#[path = "classify_places.rs"]
mod places;
#[cfg(test)]
#[path = "classify_table.rs"]
mod table;
