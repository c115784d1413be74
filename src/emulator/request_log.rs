//! What was asked of the server, for tests and for people who look.

use std::collections::VecDeque;

use axum::http::{HeaderMap, HeaderName};
use serde::Serialize;

use crate::model::Timestamp;

/// More records than this are never kept, whatever the settings say.
const MOST: usize = 1_000_000;

/// One request as it arrived and how it ended. Holds no token and no form.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RequestRecord {
    /// When it arrived.
    pub at: Timestamp,
    /// Its method.
    pub method: Box<str>,
    /// Path and query as sent, percent-encoded.
    pub target: Box<str>,
    /// The status it was answered with; 0 if the connection was cut instead.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<Box<str>>,
    /// `Content-Length`.
    pub content_length: Option<u64>,
    /// `client-request-id`.
    pub client_request_id: Option<Box<str>>,
    /// `x-ms-throttle-priority`.
    pub throttle_priority: Option<Box<str>>,
    /// `ConsistencyLevel`.
    pub consistency_level: Option<Box<str>>,
    /// Whether it carried an `Authorization` header.
    pub authorized: bool,
    /// Bytes of body that arrived.
    pub body_length: usize,
    /// BLAKE3 of the body, for PUT and PATCH.
    pub body_blake3: Option<Box<str>>,
}

impl RequestRecord {
    pub(crate) fn new(at: Timestamp, method: &str, target: &str, headers: &HeaderMap) -> Self {
        let header = |name: &'static str| {
            headers.get(HeaderName::from_static(name)).and_then(|value| value.to_str().ok()).map(Box::<str>::from)
        };
        Self {
            at,
            method: method.into(),
            target: target.into(),
            status: 0,
            content_type: header("content-type"),
            content_length: header("content-length").and_then(|length| length.parse().ok()),
            client_request_id: header("client-request-id"),
            throttle_priority: header("x-ms-throttle-priority"),
            consistency_level: header("consistencylevel"),
            authorized: headers.contains_key("authorization"),
            body_length: 0,
            body_blake3: None,
        }
    }
}

/// The last requests, oldest first.
pub(crate) struct RequestLog {
    records: VecDeque<RequestRecord>,
    limit: usize,
}

impl RequestLog {
    pub(crate) fn new(limit: usize) -> Self {
        Self { records: VecDeque::new(), limit: limit.min(MOST) }
    }

    pub(crate) fn push(&mut self, record: RequestRecord) {
        if self.records.len() >= self.limit {
            self.records.pop_front();
        }
        if self.limit > 0 {
            self.records.push_back(record);
        }
    }

    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        self.records.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_ones_only() {
        let record = |method: &str| RequestRecord::new(Timestamp::default(), method, "/", &HeaderMap::new());
        let mut log = RequestLog::new(2);
        for method in ["A", "B", "C"] {
            log.push(record(method));
        }
        assert_eq!(log.all().iter().map(|record| &*record.method).collect::<Vec<_>>(), ["B", "C"]);
        let mut none = RequestLog::new(0);
        none.push(record("A"));
        assert!(none.all().is_empty());
    }
}
