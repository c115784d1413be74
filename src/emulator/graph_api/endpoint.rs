//! Where requests to Graph come in: the token, then one request or a batch of them.

use axum::http::request::Parts;
use bytes::Bytes;

use super::call::Call;
use super::route::{self, Route};
use super::{batch, dispatch, throttling};
use crate::emulator::faults::{MailboxPermit, Subject};
use crate::emulator::query::Query;
use crate::emulator::reply::Reply;
use crate::emulator::state::State;

/// Answers a request. The place in a mailbox is held until the answer leaves.
pub(crate) async fn answer(state: &State, parts: &Parts, body: Bytes, too_large: bool) -> (Reply, Option<MailboxPermit>) {
    let token = match state.authority.check(&parts.headers) {
        Ok(token) => token,
        Err(refusal) => return (refusal, None),
    };
    let path = parts.uri.path();
    let call = Call {
        method: parts.method.clone(),
        path: path.to_owned(),
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        headers: parts.headers.clone(),
        body,
        too_large,
        token,
    };
    match route::parse(path) {
        Some(Route::Batch) => (batch::answer(state, &call).await, None),
        route => dispatch::carry_out(state, &call, route).await,
    }
}

/// What faults want to know of a request.
pub(crate) fn subject<'a>(path: &str, method: &'a str, target: &'a str) -> Subject<'a> {
    route::subject(route::parse(path).as_ref(), method, target)
}

/// Draws on the quota for a request that is not carried out, or refuses it.
pub(crate) fn draw(state: &State, parts: &Parts) -> Result<(), Reply> {
    throttling::draw(state, &parts.method, route::parse(parts.uri.path()).as_ref())
}
