//! One request that carries a token: quota, then the part of the API that it names.

use axum::http::StatusCode;

use super::call::Call;
use super::route::Route;
use super::{directory, photos, throttling};
use crate::emulator::faults::MailboxPermit;
use crate::emulator::reply::Reply;
use crate::emulator::state::State;

/// Carries a request out; none is a path that Graph doesn't have. The place in a mailbox is held until the answer leaves.
pub(crate) async fn carry_out(state: &State, call: &Call, route: Option<Route>) -> (Reply, Option<MailboxPermit>) {
    if let Err(refusal) = throttling::draw(state, &call.method, route.as_ref()) {
        return (refusal, None);
    }
    let Some(route) = route else {
        let message = format!("Resource not found for the segment '{}'.", call.path.rsplit('/').next().unwrap_or_default());
        return (Reply::error(StatusCode::BAD_REQUEST, "BadRequest", &message), None);
    };
    let Route::Photo(holder, view) = route else {
        return (directory::answer(state, call, &route), None);
    };
    let mut place = None;
    if let Some(limit) = state.settings.throttle.mailbox_concurrency
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
