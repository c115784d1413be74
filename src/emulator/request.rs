//! The way of one request: fault, body, sign-in, quota, deed, answer, record.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::{self, ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Response, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use super::connection::Cut;
use super::entra::managed_identity;
use super::entra::sign_in::{self, SignInCall};
use super::faults::{Place, Reset};
use super::query::Query;
use super::reply::{Body, Reply};
use super::request_log::RequestRecord;
use super::state::State;
use super::{debug_pages, graph_api};

/// The largest body that is looked at: 4 MiB. Microsoft says "4 MB", which may mean either.
pub(crate) const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// Beyond the limit the rest is read and thrown away, so that the client sees the 413 and not a reset; up to here.
const DRAIN: usize = 64 * 1024 * 1024;

pub(crate) async fn answer(
    extract::State(state): extract::State<Arc<State>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response<HttpBody> {
    let (parts, body) = request.into_parts();
    if let Some(reply) = debug_pages::answer(&state, &parts) {
        return finish(&state, &parts, reply);
    }
    state.requests.fetch_add(1, Ordering::Relaxed);
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut record = (state.settings.log_limit > 0)
        .then(|| RequestRecord::new(state.clock.now(), parts.method.as_str(), target, &parts.headers));
    let fault = state.script().pick(parts.method.as_str(), target).unwrap_or_default();
    if fault.reset == Some(Reset::Before) {
        return cut_connection(&state, record, &cut);
    }
    let Some((body, length)) = collect(body, &parts).await else {
        return cut_connection(&state, record, &cut);
    };
    if let Some(record) = &mut record {
        record.body_length = length;
        if matches!(parts.method, Method::PUT | Method::PATCH) {
            record.body_blake3 = Some(blake3::hash(&body).to_hex().as_str().into());
        }
    }
    let (reply, place) = match fault.reply() {
        Some(reply) => {
            state.announce(&reply);
            (reply, None)
        }
        None => perform(&state, &parts, body, length > LARGEST_BODY).await,
    };
    if fault.reset == Some(Reset::After) {
        return cut_connection(&state, record, &cut);
    }
    if let Some(mut record) = record {
        record.status = reply.status.as_u16();
        state.log().push(record);
    }
    if fault.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    drop(place);
    finish(&state, &parts, reply)
}

fn cut_connection(state: &State, record: Option<RequestRecord>, cut: &Cut) -> Response<HttpBody> {
    if let Some(record) = record {
        state.log().push(record);
    }
    cut.now();
    // Never reaches the client: the wire refuses it.
    Response::new(HttpBody::empty())
}

/// The body, empty if it is too large, and its length; none if the client went away.
async fn collect(body: HttpBody, parts: &Parts) -> Option<(Bytes, usize)> {
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let mut whole = BytesMut::with_capacity(announced.unwrap_or(0).min(LARGEST_BODY));
    let mut length = 0_usize;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        length += chunk.len();
        if length > DRAIN {
            return None;
        }
        if length <= LARGEST_BODY {
            whole.extend_from_slice(&chunk);
        }
    }
    Some((if length <= LARGEST_BODY { whole.freeze() } else { Bytes::new() }, length))
}

/// Carries a request out: a sign-in, or a request to Graph. The place in a mailbox is held until the answer leaves.
async fn perform(state: &State, parts: &Parts, body: Bytes, too_large: bool) -> (Reply, Option<Place>) {
    let path = parts.uri.path();
    if path == managed_identity::PATH && parts.method == Method::GET {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        return (managed_identity::answer(&state.authority, &parts.headers, &query), None);
    }
    let Some((endpoint, tenant)) = sign_in::endpoint_of(path) else {
        return graph_api::answer(state, parts, body, too_large).await;
    };
    if parts.method != Method::POST {
        return (Reply::wrong_method(), None);
    }
    let (me, application) = {
        let tenant = state.read();
        (tenant.me().to_owned(), tenant.application.clone())
    };
    let call = SignInCall {
        authority: &state.authority,
        endpoint,
        application: &application,
        me: &me,
        tenant,
        headers: &parts.headers,
        body: &body,
    };
    (call.answer(), None)
}

fn finish(state: &State, parts: &Parts, mut reply: Reply) -> Response<HttpBody> {
    let request_id = uuid::Builder::from_random_bytes(fastrand::u128(..).to_le_bytes()).into_uuid().to_string();
    let client_id = parts.headers.get("client-request-id");
    if !reply.status.is_success() {
        reply.sign(&request_id, client_id.and_then(|id| id.to_str().ok()), &state.clock.now().to_string());
    }
    let (media_type, body) = match reply.body {
        Body::Empty => (None, Bytes::new()),
        Body::Json(body) => (Some("application/json;odata.metadata=minimal;charset=utf-8"), Bytes::from(body.to_string())),
        Body::Raw(media_type, body) => (Some(media_type), body),
    };
    let mut response = Response::new(HttpBody::from(body));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    if let Some(media_type) = media_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    if let Ok(date) = HeaderValue::from_str(&state.date()) {
        headers.insert(header::DATE, date);
    }
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(HeaderName::from_static("request-id"), id);
    }
    if let Some(id) = client_id {
        headers.insert(HeaderName::from_static("client-request-id"), id.clone());
    }
    for (name, value) in reply.headers {
        headers.insert(name, value);
    }
    response
}
