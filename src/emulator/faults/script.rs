//! Scripted faults: which requests go wrong, when, and how.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderName, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::disturbance::{Disturbance, Ending, ResetAt};
use crate::emulator::reply::Reply;

/// When the connection of a request is closed without an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    /// Before anything is done.
    Before,
    /// After the request was carried out: the answer gets lost.
    After,
}

/// One rule. Without `status` and `reset` the true answer is sent, late by `delay_ms`.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Only this method; any, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Only targets (path with query, percent-encoded as sent) that contain this text; `*` stands for anything between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The first matching request that is hit, counted from 1. 0 means 1.
    pub nth: u64,
    /// How many requests are hit; all, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// From `nth` on, only every so-many-th matching request is hit. 0 means 1.
    pub every: u64,
    /// Answer with this status instead of carrying the request out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Headers of that answer.
    pub headers: BTreeMap<String, String>,
    /// Body of that answer: a text as it is (HTML unless `headers` says otherwise), an empty one as no body at all,
    /// anything else as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Wait so long before answering, milliseconds. A request without `status` is carried out before the wait.
    pub delay_ms: u64,
    /// Close the connection instead of answering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
}

impl Fault {
    /// A fault that answers matching requests with a status and Graph's error shape.
    pub fn status(method: &str, path: &str, status: u16) -> Self {
        Self { method: Some(method.to_owned()), path: Some(path.to_owned()), status: Some(status), ..Self::default() }
    }

    /// A fault that drops the connection.
    pub fn reset(method: &str, path: &str, reset: Reset) -> Self {
        Self { method: Some(method.to_owned()), path: Some(path.to_owned()), reset: Some(reset), ..Self::default() }
    }

    /// The same fault with an error code in its body.
    #[must_use]
    pub fn with_code(mut self, code: &str, message: &str) -> Self {
        self.body = Some(serde_json::json!({ "error": { "code": code, "message": message } }));
        self
    }

    /// The same fault with a header in its answer.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same fault for so many requests only.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// The same fault, answering late. Milliseconds are kept.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// What it does to a request.
    pub(crate) fn disturbance(&self) -> Disturbance {
        let reply = self.reply();
        let told = |reply: &Reply| {
            let told = reply.headers.iter().find(|(name, _)| *name == RETRY_AFTER)?.1.to_str().ok()?.parse().ok()?;
            Duration::try_from_secs_f64(told).ok()
        };
        Disturbance {
            processed: self.status.is_none(),
            draws_quota: false,
            delay: Duration::from_millis(self.delay_ms),
            announced: reply.as_ref().and_then(told),
            ending: match (self.reset, reply) {
                (Some(Reset::Before), _) => Some(Ending::Reset(ResetAt::BeforeBody)),
                (Some(Reset::After), _) => Some(Ending::Reset(ResetAt::AfterBody)),
                (None, reply) => reply.map(Ending::Answer),
            },
        }
    }

    /// The answer instead of the true one; none if the request is carried out.
    fn reply(&self) -> Option<Reply> {
        let status = StatusCode::from_u16(self.status?).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = match &self.body {
            None if status.is_client_error() || status.is_server_error() => Reply::error(status, "UnknownError", ""),
            None => Reply::empty(status),
            Some(Value::String(text)) if text.is_empty() => Reply::empty(status),
            Some(Value::String(text)) => Reply::raw("text/html; charset=utf-8", text.clone().into()),
            Some(body) => Reply::json(body.clone()),
        };
        reply.status = status;
        for (name, value) in &self.headers {
            if let Ok(name) = HeaderName::try_from(name.as_str()) {
                reply = reply.with_header(name, value);
            }
        }
        Some(reply)
    }

    fn matches(&self, method: &str, target: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|pattern| contains(target, pattern))
    }
}

pub(super) fn contains(target: &str, pattern: &str) -> bool {
    let mut rest = target;
    pattern.split('*').all(|piece| match rest.split_once(piece) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// The rules in force, with their counts.
#[derive(Default)]
pub(crate) struct Script {
    rules: Vec<Rule>,
}

struct Rule {
    fault: Fault,
    seen: u64,
    hit: u64,
}

impl Script {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.rules.push(Rule { fault, seen: 0, hit: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// The fault that hits this request, if any. Every matching rule counts the request; the first due one wins.
    pub(crate) fn pick(&mut self, method: &str, target: &str) -> Option<Fault> {
        let mut picked = None;
        for rule in &mut self.rules {
            if !rule.fault.matches(method, target) {
                continue;
            }
            rule.seen += 1;
            let first = rule.fault.nth.max(1);
            let due = rule.seen >= first && (rule.seen - first).is_multiple_of(rule.fault.every.max(1));
            if due && picked.is_none() && rule.fault.times.is_none_or(|times| rule.hit < times) {
                rule.hit += 1;
                picked = Some(rule.fault.clone());
            }
        }
        picked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(fault: Fault, requests: usize) -> Vec<bool> {
        let mut script = Script::default();
        script.add(fault);
        (0..requests).map(|_| script.pick("PUT", "/v1.0/users/a/photo/$value").is_some()).collect()
    }

    #[test]
    fn counts_nth_times_and_every() {
        let fault = Fault::status("put", "/users/*/photo", 503);
        assert_eq!(hits(fault.clone().times(2), 3), [true, true, false]);
        assert_eq!(hits(Fault { nth: 2, ..fault.clone() }, 3), [false, true, true]);
        assert_eq!(hits(Fault { every: 2, ..fault.clone() }, 4), [true, false, true, false]);
        assert_eq!(hits(Fault::status("GET", "/users", 503), 1), [false]);
        assert_eq!(hits(Fault::status("PUT", "photo*users", 503), 1), [false]);
        let mut script = Script::default();
        script.add(fault);
        script.clear();
        assert!(script.pick("PUT", "/v1.0/users/a/photo").is_none());
    }

    #[test]
    fn reads_a_rule_and_refuses_unknown_keys() {
        let fault: Fault = serde_yaml::from_str("{ method: PUT, reset: after, times: 1 }").unwrap();
        assert_eq!((fault.reset, fault.times), (Some(Reset::After), Some(1)));
        assert!(serde_yaml::from_str::<Fault>("{ stauts: 503 }").is_err());
    }
}
