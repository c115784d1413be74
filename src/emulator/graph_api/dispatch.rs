//! One request that carries a token: quota, then the part of the API that it names.

use axum::http::{Method, StatusCode};

use super::call::Call;
use super::route::Route;
use super::{directory, photos, throttling};
use crate::emulator::faults::{Place, Throttled};
use crate::emulator::reply::Reply;
use crate::emulator::state::State;

/// Carries a request out; none is a path that Graph doesn't have. The place in a mailbox is held until the answer leaves.
pub(crate) async fn carry_out(state: &State, call: &Call, route: Option<Route>) -> (Reply, Option<Place>) {
    let write = matches!(route, Some(Route::Photo(..))) && call.method != Method::GET;
    let limit = {
        let mut bucket = state.bucket();
        let settings = bucket.settings();
        let (limit, style) = (settings.mailbox_concurrency, settings.retry_after);
        if (write || settings.covers == Throttled::All)
            && let Err(wait) = bucket.take(state.clock.elapsed())
        {
            return (throttling::refusal(wait, style, state.clock.now()), None);
        }
        limit
    };
    let Some(route) = route else {
        let message = format!("Resource not found for the segment '{}'.", call.path.rsplit('/').next().unwrap_or_default());
        return (Reply::error(StatusCode::BAD_REQUEST, "BadRequest", &message), None);
    };
    let Route::Photo(holder, view) = route else {
        return (directory::answer(state, call, &route), None);
    };
    let mut place = None;
    if let Some(limit) = limit
        && let Some(owner) = photos::mailbox_of(state, call, &holder)
    {
        place = state.mailboxes.enter(owner, limit);
        if place.is_none() {
            state.bucket().refused += 1;
            let message = "Application is over its MailboxConcurrency limit.";
            return (Reply::error(StatusCode::TOO_MANY_REQUESTS, "ApplicationThrottled", message), None);
        }
    }
    (photos::answer(state, call, &holder, &view).await, place)
}
