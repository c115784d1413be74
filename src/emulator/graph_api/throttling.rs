//! Refusals for want of quota, and how they tell when to come back.

use std::time::Duration;

use axum::http::{HeaderName, StatusCode, header};
use serde_json::json;

use crate::emulator::faults::RetryAfter;
use crate::emulator::reply::{Body, Reply, http_date};
use crate::model::Timestamp;

/// The refusal, in the body that Microsoft's throttling page shows.
pub(crate) fn refusal(wait: Duration, style: RetryAfter, now: Timestamp) -> Reply {
    let mut reply = Reply::error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.");
    if let Body::Json(body) = &mut reply.body {
        body["error"]["innerError"] = json!({ "code": "429", "message": "Please retry after", "status": "429" });
    }
    let reply = reply.with_header(HeaderName::from_static("x-ms-throttle-scope"), "Tenant_Application/Write/emulated/emulated");
    match style {
        RetryAfter::Seconds => reply.with_header(header::RETRY_AFTER, &wait.as_secs().to_string()),
        RetryAfter::Fraction => reply.with_header(header::RETRY_AFTER, &format!("{:.3}", wait.as_secs_f64())),
        RetryAfter::Date => reply.with_header(header::RETRY_AFTER, &http_date(now.plus(wait + Duration::from_millis(999)))),
        RetryAfter::Absent => reply,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_wait_in_four_ways() {
        let now = Timestamp::from_millis(784_111_777_001);
        let wait = Duration::from_secs(2);
        let of = |style| refusal(wait, style, now).headers.into_iter().find(|(name, _)| name == header::RETRY_AFTER);
        assert_eq!(of(RetryAfter::Seconds).unwrap().1, "2");
        assert_eq!(of(RetryAfter::Fraction).unwrap().1, "2.000");
        assert_eq!(of(RetryAfter::Date).unwrap().1, "Sun, 06 Nov 1994 08:49:40 GMT");
        assert!(of(RetryAfter::Absent).is_none());
    }
}
