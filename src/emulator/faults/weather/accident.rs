//! One kind of accident, and what it does to a request.

use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use fastrand::Rng;
use serde_json::Value;

use super::answers::{self, WrongJson};
use super::latency::Latency;
use super::reader::{FromText, Section};
use super::scope::Subject;
use super::tree::Node;
use super::units::{Span, one_of};
use crate::emulator::faults::disturbance::{Disturbance, Ending, ResetAt};
use crate::emulator::faults::throttle::RetryAfter;
use crate::emulator::reply::Reply;
use crate::model::Timestamp;

/// A request that hangs longer was given up by every client.
const LONGEST_HANG: Duration = Duration::from_secs(600);

/// What may go wrong; one of them at most.
const ENDINGS: [&str; 6] = ["status", "reset", "hang", "cut", "html", "json"];
/// What belongs to a `status`.
const OF_STATUS: [&str; 6] = ["code", "message", "body", "headers", "retry_after", "retry_after_form"];

/// How a request ends.
#[derive(Clone, Debug)]
enum Kind {
    /// With its true answer, late.
    Late,
    /// With an error of the service.
    Status(Box<Refusal>),
    /// With the page of a proxy.
    Html(StatusCode),
    /// With JSON that is none, or not the one asked for.
    Json(WrongJson),
    Reset(ResetAt),
    Hang(Duration),
    Cut,
}

#[derive(Clone, Debug)]
struct Refusal {
    status: StatusCode,
    code: Option<String>,
    message: Option<String>,
    body: Option<Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    retry_after: Option<(Duration, RetryAfter)>,
}

/// One kind of accident.
#[derive(Clone, Debug)]
pub(super) struct Accident {
    kind: Kind,
    processed: bool,
    quota: bool,
    latency: Option<Latency>,
}

impl Accident {
    /// Reads what a section says of it. `quota`: whether it draws on the quota, where the file doesn't say.
    pub(super) fn read(section: &mut Section<'_>, quota: bool) -> Option<Self> {
        check(section);
        let latency = section.value("latency");
        let (processed, own_quota) = (section.value("processed"), section.value("quota"));
        let kind = kind(section);
        let half_sent = matches!(kind, Some(Kind::Reset(ResetAt::BeforeBody | ResetAt::Halfway)));
        if half_sent && (processed == Some(true) || own_quota == Some(true)) {
            section.fault(
                "",
                "a request that is reset before its whole body came can't be carried out: use `reset: after_body`, \
                 or leave out `processed` and `quota`",
            );
        }
        let truthful = matches!(kind, Some(Kind::Late | Kind::Cut));
        if truthful && (processed == Some(false) || own_quota.is_some()) {
            section.fault(
                "",
                "a cut or late answer is the true one, so the request is always carried out: leave out `processed` and `quota`",
            );
        }
        let kind = kind?;
        let passed = match &kind {
            Kind::Status(refusal) => refusal.status != StatusCode::TOO_MANY_REQUESTS,
            Kind::Html(_) => false,
            _ => !half_sent,
        };
        let quota = own_quota.unwrap_or(quota && passed);
        Some(Self { kind, processed: truthful || processed == Some(true), quota, latency })
    }

    /// Answers everything with this status and Graph's error document.
    pub(super) fn status(status: StatusCode) -> Self {
        let refusal = Refusal { status, code: None, message: None, body: None, headers: Vec::new(), retry_after: None };
        Self { kind: Kind::Status(Box::new(refusal)), processed: false, quota: false, latency: None }
    }

    /// Answers everything with a proxy's page.
    pub(super) const fn html(status: StatusCode) -> Self {
        Self { kind: Kind::Html(status), processed: false, quota: false, latency: None }
    }

    /// Answers nothing.
    pub(super) const fn hang() -> Self {
        Self { kind: Kind::Hang(LONGEST_HANG), processed: false, quota: false, latency: None }
    }

    /// Resets every connection at once.
    pub(super) const fn reset() -> Self {
        Self { kind: Kind::Reset(ResetAt::BeforeBody), processed: false, quota: false, latency: None }
    }

    /// What becomes of a request; `latency` where the accident has none of its own.
    pub(super) fn strike(&self, subject: &Subject<'_>, latency: Duration, dice: &mut Rng, now: Timestamp) -> Disturbance {
        let ending = match &self.kind {
            Kind::Late => None,
            Kind::Status(refusal) => Some(Ending::Answer(refusal.reply(subject, now))),
            Kind::Html(status) => Some(Ending::Answer(answers::page(*status))),
            Kind::Json(wrong) => Some(Ending::Answer(wrong.reply())),
            Kind::Reset(at) => Some(Ending::Reset(*at)),
            Kind::Hang(span) => Some(Ending::Hang(*span)),
            Kind::Cut => Some(Ending::Cut),
        };
        let announced = match &self.kind {
            // A refusal asks every client request to wait; an accident only the one that had it.
            Kind::Status(refusal) if refusal.status == StatusCode::TOO_MANY_REQUESTS => {
                refusal.retry_after.map(|(wait, form)| form.round(wait))
            }
            _ => None,
        };
        let delay = self.latency.as_ref().map_or(latency, |own| own.sample(dice));
        Disturbance { ending, processed: self.processed, draws_quota: self.quota, delay, announced }
    }
}

/// Tells which keys exclude each other or miss one.
fn check(section: &mut Section<'_>) {
    let given: Vec<&str> = ENDINGS.into_iter().filter(|key| section.gives(key)).collect();
    match given.as_slice() {
        [] if !section.gives("latency") => {
            section.fault("", "say what goes wrong: one of `status`, `reset`, `hang`, `cut`, `html`, `json`, `latency`");
        }
        [] | [_] => {}
        [first, second, ..] => {
            section.fault(second, &format!("`{first}` and `{second}` exclude each other: make two faults of them"));
        }
    }
    for key in OF_STATUS {
        if section.gives(key) && !section.gives("status") {
            section.fault(key, &format!("`{key}` belongs to `status`: add one, or leave `{key}` out"));
        }
    }
    if section.gives("retry_after_form") && !section.gives("retry_after") {
        section.fault("retry_after_form", "`retry_after_form` needs `retry_after`: add for example `retry_after: 2s`");
    }
    if section.gives("body") && (section.gives("code") || section.gives("message")) {
        section.fault("body", "`body` replaces `code` and `message`: give one or the other");
    }
}

/// How a request ends. Every key is read, so that each is checked.
fn kind(section: &mut Section<'_>) -> Option<Kind> {
    let refusal = refusal(section);
    let html = section.value::<Status>("html");
    let hang = section.value::<Span>("hang");
    if hang.is_some_and(|Span(span)| span > LONGEST_HANG) {
        section.fault("hang", "`hang` is at most 10m");
    }
    let (json, reset) = (section.value("json"), section.value::<ResetAt>("reset"));
    let cut = section.value::<bool>("cut");
    if cut == Some(false) {
        section.fault("cut", "`cut: false` says nothing: leave it out");
    }
    match ENDINGS.into_iter().find(|key| section.gives(key)) {
        None => Some(Kind::Late),
        Some("status") => Some(Kind::Status(Box::new(refusal?))),
        Some("html") => Some(Kind::Html(html?.0)),
        Some("hang") => Some(Kind::Hang(hang?.0)),
        Some("json") => Some(Kind::Json(json?)),
        Some("reset") => Some(Kind::Reset(reset?)),
        Some(_) => cut.map(|_| Kind::Cut),
    }
}

fn refusal(section: &mut Section<'_>) -> Option<Refusal> {
    let (code, message) = (section.value("code"), section.value("message"));
    let body = section.node("body").map(Node::json);
    let (retry_after, form) = (section.value::<Span>("retry_after"), section.value("retry_after_form"));
    let mut headers = Vec::new();
    for (name, value) in section.texts("headers") {
        match HeaderName::try_from(&name).ok().zip(HeaderValue::from_str(&value).ok()) {
            Some(header) => headers.push(header),
            None => section.fault("headers", &format!("{name:?}: {value:?} is not a valid header")),
        }
    }
    let retry_after = retry_after.map(|Span(span)| (span, form.unwrap_or_default()));
    let status = section.value::<Status>("status")?.0;
    Some(Refusal { status, code, message, body, headers, retry_after })
}

/// A status that ends a request.
struct Status(StatusCode);

impl FromText for Status {
    const EXPECTED: &'static str = "a status such as 503";

    fn from_text(text: &str) -> Result<Self, String> {
        let number: Option<u16> = text.parse().ok().filter(|number| (200..600).contains(number));
        let status = number.and_then(|number| StatusCode::from_u16(number).ok());
        status.map(Self).ok_or_else(|| format!("{text:?} is not a status that ends a request: use 200 to 599"))
    }
}

impl FromText for RetryAfter {
    const EXPECTED: &'static str = "seconds, fraction or date";

    fn from_text(text: &str) -> Result<Self, String> {
        one_of(text, [("seconds", Self::Seconds), ("fraction", Self::Fraction), ("date", Self::Date)])
    }
}

impl FromText for ResetAt {
    const EXPECTED: &'static str = "before_body, in_body or after_body";

    fn from_text(text: &str) -> Result<Self, String> {
        one_of(text, [("before_body", Self::BeforeBody), ("in_body", Self::Halfway), ("after_body", Self::AfterBody)])
    }
}

impl Refusal {
    fn reply(&self, subject: &Subject<'_>, now: Timestamp) -> Reply {
        let mut reply = match &self.body {
            None => answers::error(self.status, self.code.as_deref(), self.message.as_deref(), subject.purpose, now),
            Some(Value::String(text)) if text.is_empty() => Reply::empty(self.status),
            Some(Value::String(text)) => Reply::raw("text/plain; charset=utf-8", text.clone().into()),
            Some(body) => Reply::json(body.clone()),
        };
        reply.status = self.status;
        reply.headers.extend(self.headers.iter().cloned());
        match self.retry_after.and_then(|(wait, form)| form.text(form.round(wait), now)) {
            Some(text) => reply.with_header(RETRY_AFTER, &text),
            None => reply,
        }
    }
}
