//! One kind of accident, and what it does to a request.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use fastrand::Rng;
use serde::Deserialize;
use serde_json::Value;

use super::answers::{self, WrongJson};
use super::latency::Latency;
use super::scope::Subject;
use super::units::{Share, Span};
use crate::emulator::faults::disturbance::{Disturbance, Ending, ResetAt};
use crate::emulator::faults::throttle::RetryAfter;
use crate::emulator::reply::Reply;
use crate::model::Timestamp;

/// A request that hangs longer was given up by every client.
const LONGEST_HANG: Duration = Duration::from_secs(600);

/// An accident as it is written, in a list of faults or as an outage.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAccident {
    pub(super) share: Option<Share>,
    pub(super) burst: Option<u32>,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    body: Option<Value>,
    headers: BTreeMap<String, String>,
    retry_after: Option<Span>,
    retry_after_form: Option<Form>,
    reset: Option<RawReset>,
    hang: Option<Span>,
    cut: Option<bool>,
    html: Option<u16>,
    json: Option<WrongJson>,
    processed: Option<bool>,
    quota: Option<bool>,
    latency: Option<Latency>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Seconds,
    Fraction,
    Date,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawReset {
    BeforeBody,
    AfterBody,
}

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
    /// `quota`: whether it draws on the quota, where the file doesn't say.
    pub(super) fn check(raw: RawAccident, quota: bool) -> Result<Self, String> {
        let cut = raw.cut == Some(true);
        let given = [
            ("status", raw.status.is_some()),
            ("reset", raw.reset.is_some()),
            ("hang", raw.hang.is_some()),
            ("cut", cut),
            ("html", raw.html.is_some()),
            ("json", raw.json.is_some()),
        ];
        let given: Vec<&str> = given.into_iter().filter_map(|(name, given)| given.then_some(name)).collect();
        match given.as_slice() {
            [] if raw.latency.is_none() => {
                return Err("say what goes wrong: one of `status`, `reset`, `hang`, `cut`, `html`, `json`, `latency`".to_owned());
            }
            [] | [_] => {}
            [first, second, ..] => return Err(format!("`{first}` and `{second}` exclude each other: make two faults of them")),
        }
        let only_status = [
            ("code", raw.code.is_some()),
            ("message", raw.message.is_some()),
            ("body", raw.body.is_some()),
            ("headers", !raw.headers.is_empty()),
            ("retry_after", raw.retry_after.is_some()),
            ("retry_after_form", raw.retry_after_form.is_some()),
        ];
        if let Some((name, _)) = only_status.into_iter().find(|(_, given)| *given && raw.status.is_none()) {
            return Err(format!("`{name}` belongs to `status`: add one, or leave `{name}` out"));
        }
        if raw.retry_after_form.is_some() && raw.retry_after.is_none() {
            return Err("`retry_after_form` needs `retry_after`: add for example `retry_after: 2s`".to_owned());
        }
        if raw.body.is_some() && (raw.code.is_some() || raw.message.is_some()) {
            return Err("`body` replaces `code` and `message`: give one or the other".to_owned());
        }
        let before_body = matches!(raw.reset, Some(RawReset::BeforeBody));
        let truthful = cut || given.is_empty();
        if truthful && (raw.processed == Some(false) || raw.quota.is_some()) {
            return Err("a cut or late answer is the true one, so the request is always carried out: \
                        leave out `processed` and `quota`"
                .to_owned());
        }
        if before_body && (raw.processed == Some(true) || raw.quota == Some(true)) {
            return Err("a request that is reset before its body can't be carried out: use `reset: after_body`, \
                        or leave out `processed` and `quota`"
                .to_owned());
        }
        let kind = kind(&raw, before_body)?;
        let refused = raw.status == Some(429);
        let quota = raw.quota.unwrap_or(quota && !refused && !before_body && raw.html.is_none());
        Ok(Self { kind, processed: truthful || raw.processed == Some(true), quota, latency: raw.latency })
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

fn kind(raw: &RawAccident, before_body: bool) -> Result<Kind, String> {
    if let Some(number) = raw.status {
        return Ok(Kind::Status(Box::new(Refusal {
            status: status("status", number)?,
            code: raw.code.clone(),
            message: raw.message.clone(),
            body: raw.body.clone(),
            headers: raw.headers.iter().map(|(name, value)| header(name, value)).collect::<Result<_, _>>()?,
            retry_after: raw.retry_after.map(|span| {
                let form = match raw.retry_after_form {
                    None | Some(Form::Seconds) => RetryAfter::Seconds,
                    Some(Form::Fraction) => RetryAfter::Fraction,
                    Some(Form::Date) => RetryAfter::Date,
                };
                (span.0, form)
            }),
        })));
    }
    if let Some(number) = raw.html {
        return Ok(Kind::Html(status("html", number)?));
    }
    if let Some(Span(span)) = raw.hang {
        return if span <= LONGEST_HANG { Ok(Kind::Hang(span)) } else { Err("`hang` is at most 10m".to_owned()) };
    }
    Ok(match (raw.json, raw.reset) {
        (Some(wrong), _) => Kind::Json(wrong),
        (None, Some(_)) => Kind::Reset(if before_body { ResetAt::BeforeBody } else { ResetAt::AfterBody }),
        (None, None) if raw.cut == Some(true) => Kind::Cut,
        (None, None) => Kind::Late,
    })
}

fn status(key: &str, number: u16) -> Result<StatusCode, String> {
    let status = StatusCode::from_u16(number).ok().filter(|_| (200..600).contains(&number));
    status.ok_or_else(|| format!("`{key}: {number}` is not a status that ends a request: use 200 to 599"))
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let pair = HeaderName::try_from(name).ok().zip(HeaderValue::from_str(value).ok());
    pair.ok_or_else(|| format!("`headers`: {name:?}: {value:?} is not a valid header"))
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
