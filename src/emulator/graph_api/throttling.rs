//! The quota as a client meets it: refusals, and how they tell when to come back.

use std::time::Duration;

use axum::http::{HeaderName, Method, StatusCode, header};
use serde_json::json;

use super::route::Route;
use crate::emulator::faults::{RetryAfter, Throttled};
use crate::emulator::reply::{Body, Reply};
use crate::emulator::state::State;
use crate::model::Timestamp;

/// The refusal, in the body that Microsoft's throttling page shows.
fn refusal(wait: Duration, style: RetryAfter, now: Timestamp) -> Reply {
    let mut reply = Reply::error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Please retry again later.");
    if let Body::Json(body) = &mut reply.body {
        body["error"]["innerError"] = json!({ "code": "429", "message": "Please retry after", "status": "429" });
    }
    reply.announced = Some(wait);
    let reply = reply.with_header(HeaderName::from_static("x-ms-throttle-scope"), "Tenant_Application/Write/emulated/emulated");
    match style.text(wait, now) {
        Some(text) => reply.with_header(header::RETRY_AFTER, &text),
        None => reply,
    }
}

/// Draws on the quota, or refuses. None is a path that Graph doesn't have.
pub(crate) fn draw(state: &State, method: &Method, route: Option<&Route>) -> Result<(), Reply> {
    let write = matches!(route, Some(Route::Photo(..))) && *method != Method::GET;
    let mut bucket = state.bucket();
    let settings = bucket.settings();
    let style = settings.retry_after;
    if !write && settings.covers != Throttled::All {
        return Ok(());
    }
    bucket.take(state.clock.elapsed()).map_err(|wait| refusal(wait, style, state.clock.now()))
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
