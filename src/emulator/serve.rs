//! The way of one request: fault, body, sign-in, quota, deed, answer, record.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use serde_json::Value;

use super::faults::{Fault, Reset};
use super::grow::DEFAULT_ME;
use super::log::RequestRecord;
use super::query::Query;
use super::reply::{Body, Reply};
use super::route::{self, Route};
use super::settings::Throttled;
use super::shared::{Call, Shared};
use super::signin::{self, SignInCall};
use super::throttle::{self, Place};
use super::wire::Cut;
use super::{batch, device, directory, inspect, pictures};

/// The largest body that is looked at: 4 MiB. Microsoft says "4 MB", which may mean either.
pub(super) const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// Beyond the limit the rest is read and thrown away, so that the client sees the 413 and not a reset; up to here.
const DRAIN: usize = 64 * 1024 * 1024;

pub(super) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response<HttpBody> {
    let (parts, body) = request.into_parts();
    if let Some(reply) = inspect::answer(&shared, &parts) {
        return finish(&shared, &parts, reply);
    }
    shared.requests.fetch_add(1, Ordering::Relaxed);
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut record = (shared.settings.log_limit > 0)
        .then(|| RequestRecord::new(shared.clock.now(), parts.method.as_str(), target, &parts.headers));
    let fault = shared.script().pick(parts.method.as_str(), target).unwrap_or_default();
    if fault.reset == Some(Reset::Before) {
        return lose(&shared, record, &cut);
    }
    let Some((body, length)) = collect(body, &parts).await else {
        return lose(&shared, record, &cut);
    };
    if let Some(record) = &mut record {
        record.body_length = length;
        if matches!(parts.method, Method::PUT | Method::PATCH) {
            record.body_blake3 = Some(blake3::hash(&body).to_hex().as_str().into());
        }
    }
    let (reply, place) = match fault.status {
        Some(status) => (scripted(&shared, &fault, status), None),
        None => perform(&shared, &parts, body, length > LARGEST_BODY).await,
    };
    if fault.reset == Some(Reset::After) {
        return lose(&shared, record, &cut);
    }
    if let Some(mut record) = record {
        record.status = reply.status.as_u16();
        shared.log().push(record);
    }
    if fault.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(fault.delay_ms)).await;
    }
    drop(place);
    finish(&shared, &parts, reply)
}

fn lose(shared: &Shared, record: Option<RequestRecord>, cut: &Cut) -> Response<HttpBody> {
    if let Some(record) = record {
        shared.log().push(record);
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

fn scripted(shared: &Shared, fault: &Fault, status: u16) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = match &fault.body {
        None if status.is_client_error() || status.is_server_error() => Reply::error(status, "UnknownError", ""),
        None => Reply::empty(status),
        Some(Value::String(text)) if text.is_empty() => Reply::empty(status),
        Some(Value::String(text)) => Reply::raw("text/html; charset=utf-8", text.clone().into()),
        Some(body) => Reply::json(body.clone()),
    };
    reply.status = status;
    for (name, value) in &fault.headers {
        if let Ok(name) = HeaderName::try_from(name.as_str()) {
            if name == header::RETRY_AFTER
                && let Some(wait) = value.parse().ok().and_then(|wait| Duration::try_from_secs_f64(wait).ok())
            {
                shared.bucket().announce(shared.clock.elapsed(), wait);
            }
            reply = reply.with_header(name, value);
        }
    }
    reply
}

/// Carries a request out. The place in a mailbox is held until the answer leaves.
async fn perform(shared: &Shared, parts: &Parts, body: Bytes, too_large: bool) -> (Reply, Option<Place>) {
    let path = parts.uri.path();
    if path == "/metadata/identity/oauth2/token" && parts.method == Method::GET {
        let query = Query::parse(parts.uri.query().unwrap_or_default());
        return (device::managed_identity(shared, &parts.headers, &query), None);
    }
    if let Some((endpoint, tenant)) = signin::endpoint_of(path) {
        if parts.method != Method::POST {
            return (Reply::wrong_method(), None);
        }
        let (me, application) = {
            let tenant = shared.read();
            (tenant.me.clone().unwrap_or_else(|| DEFAULT_ME.to_owned()), tenant.application.clone())
        };
        let call = SignInCall {
            settings: &shared.settings.sign_in,
            tokens: &shared.tokens,
            devices: &shared.devices,
            endpoint,
            application: &application,
            me: &me,
            clock: &shared.clock,
            root: &shared.root,
            tenant,
            headers: &parts.headers,
            body: &body,
        };
        return (call.answer(), None);
    }
    let token = match shared.tokens.check(&parts.headers, shared.clock.now()) {
        Ok(token) => token,
        Err(refusal) => return (refusal, None),
    };
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
        Some(Route::Batch) => (batch::answer(shared, &call).await, None),
        route => carry_out(shared, &call, route).await,
    }
}

/// One request of a batch: it can be hit by a scripted status, too.
pub(super) async fn carry_out_item(shared: &Shared, call: &Call) -> Reply {
    let target = call.query.text(&call.path);
    let fault = shared.script().pick(call.method.as_str(), &target);
    match fault.and_then(|fault| fault.status.map(|status| scripted(shared, &fault, status))) {
        Some(reply) => reply,
        None => carry_out(shared, call, route::parse(&call.path)).await.0,
    }
}

async fn carry_out(shared: &Shared, call: &Call, route: Option<Route>) -> (Reply, Option<Place>) {
    let write = matches!(route, Some(Route::Photo(..))) && call.method != Method::GET;
    let limit = {
        let mut bucket = shared.bucket();
        let settings = bucket.settings();
        let (limit, style) = (settings.mailbox_concurrency, settings.retry_after);
        if (write || settings.covers == Throttled::All)
            && let Err(wait) = bucket.take(shared.clock.elapsed())
        {
            return (throttle::refusal(wait, style, shared.clock.now()), None);
        }
        limit
    };
    let Some(route) = route else {
        let message = format!("Resource not found for the segment '{}'.", call.path.rsplit('/').next().unwrap_or_default());
        return (Reply::error(StatusCode::BAD_REQUEST, "BadRequest", &message), None);
    };
    let Route::Photo(holder, view) = route else {
        return (directory::answer(shared, call, &route), None);
    };
    let mut place = None;
    if let Some(limit) = limit
        && let Some(owner) = pictures::mailbox_of(shared, call, &holder)
    {
        place = shared.mailboxes.enter(owner, limit);
        if place.is_none() {
            shared.bucket().refused += 1;
            let message = "Application is over its MailboxConcurrency limit.";
            return (Reply::error(StatusCode::TOO_MANY_REQUESTS, "ApplicationThrottled", message), None);
        }
    }
    (pictures::answer(shared, call, &holder, &view).await, place)
}

fn finish(shared: &Shared, parts: &Parts, mut reply: Reply) -> Response<HttpBody> {
    let request_id = uuid::Builder::from_random_bytes(fastrand::u128(..).to_le_bytes()).into_uuid().to_string();
    let client_id = parts.headers.get("client-request-id");
    if !reply.status.is_success() {
        reply.sign(&request_id, client_id.and_then(|id| id.to_str().ok()), &shared.clock.now().to_string());
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
    if let Ok(date) = HeaderValue::from_str(&shared.date()) {
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
