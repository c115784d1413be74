//! The way of one request: fault, body, sign-in, quota, deed, answer, record.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Body as HttpBody;
use axum::extract::{self, ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use super::connection::Cut;
use super::entra::managed_identity;
use super::entra::sign_in::{self, SignInCall};
use super::faults::{Ending, MailboxPermit, Purpose, ResetAt, Subject};
use super::query::Query;
use super::reply::{Body, Reply};
use super::request_log::RequestRecord;
use super::state::State;
use super::{debug_pages, graph_api};

/// The largest body that is looked at: 4 MiB. Microsoft says "4 MB", which may mean either.
pub(crate) const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// Beyond the limit the rest is read and thrown away, so that the client sees the 413 and not a reset; up to here.
const DRAIN: usize = 64 * 1024 * 1024;
/// The first half of a cut answer gets so long to reach the client.
const FLUSH: Duration = Duration::from_millis(20);

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
    let mut disturbance = state.disturb(&subject(&parts, target));
    if matches!(disturbance.ending, Some(Ending::Reset(ResetAt::BeforeBody))) {
        return cut_connection(&state, record, &cut);
    }
    if matches!(disturbance.ending, Some(Ending::Reset(ResetAt::Halfway))) {
        let half = content_length(&parts) / 2;
        let arrived = read_some(body, half).await;
        if let Some(record) = &mut record {
            record.body_length = arrived;
        }
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
    let (mut reply, mut place) = (Reply::empty(StatusCode::OK), None);
    if disturbance.processed || disturbance.ending.is_none() {
        (reply, place) = perform(&state, &parts, body, length > LARGEST_BODY).await;
    } else if disturbance.draws_quota
        && let Err(refusal) = draw(&state, &parts)
    {
        // Whoever comes too soon is refused at the door and never meets the accident behind it.
        (reply, disturbance.ending) = (refusal, None);
    }
    let reply = match disturbance.ending {
        None => Ok(reply),
        Some(Ending::Answer(reply)) => Ok(Reply { announced: disturbance.announced, ..reply }),
        Some(ending) => Err((ending, reply)),
    };
    if let Some(mut record) = record.take() {
        record.status = reply.as_ref().map_or(0, |reply| reply.status.as_u16());
        state.log().push(record);
    }
    if !disturbance.delay.is_zero() {
        tokio::time::sleep(disturbance.delay).await;
    }
    drop(place.take());
    if let Some(wait) = reply.as_ref().ok().and_then(|reply| reply.announced) {
        // Nobody keeps a wait that has not been told yet.
        state.bucket().announce(state.clock.elapsed(), wait);
    }
    match reply {
        Ok(reply) => finish(&state, &parts, reply),
        Err((Ending::Cut, reply)) => cut_answer(finish(&state, &parts, reply), cut).await,
        Err((ending, _)) => {
            if let Ending::Hang(span) = ending {
                tokio::time::sleep(span).await;
            }
            cut_connection(&state, None, &cut)
        }
    }
}

fn subject<'a>(parts: &'a Parts, target: &'a str) -> Subject<'a> {
    let (path, method) = (parts.uri.path(), parts.method.as_str());
    if path == managed_identity::PATH || sign_in::endpoint_of(path).is_some() {
        return Subject { method, target, purpose: Purpose::SignIn, kind: None };
    }
    graph_api::subject(path, method, target)
}

/// Draws on the quota for a request that is not carried out, or refuses it. Signing in is free.
fn draw(state: &State, parts: &Parts) -> Result<(), Reply> {
    if subject(parts, "").purpose == Purpose::SignIn { Ok(()) } else { graph_api::draw(state, parts) }
}

/// Half of an answer, with a head that promises all of it.
async fn cut_answer(response: Response<HttpBody>, cut: Cut) -> Response<HttpBody> {
    let (mut head, body) = response.into_parts();
    let mut bytes = axum::body::to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    if bytes.len() < 2 {
        bytes = Bytes::from_static(b"{}");
    }
    head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    let rest = async move {
        // What was sent so far leaves first.
        tokio::time::sleep(FLUSH).await;
        cut.now();
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    };
    let stream = futures_util::stream::once(async { Ok(half) }).chain(futures_util::stream::once(rest));
    Response::from_parts(head, HttpBody::from_stream(stream))
}

fn cut_connection(state: &State, record: Option<RequestRecord>, cut: &Cut) -> Response<HttpBody> {
    if let Some(record) = record {
        state.log().push(record);
    }
    cut.now();
    // Never reaches the client: the wire refuses it.
    Response::new(HttpBody::empty())
}

fn content_length(parts: &Parts) -> usize {
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    announced.unwrap_or(0)
}

/// Reads a body until so much of it is there; how much it was.
async fn read_some(body: HttpBody, enough: usize) -> usize {
    let (mut chunks, mut length) = (body.into_data_stream(), 0);
    while length < enough
        && let Some(Ok(chunk)) = chunks.next().await
    {
        length += chunk.len();
    }
    length
}

/// The body, empty if it is too large, and its length; none if the client went away.
async fn collect(body: HttpBody, parts: &Parts) -> Option<(Bytes, usize)> {
    let mut whole = BytesMut::with_capacity(content_length(parts).min(LARGEST_BODY));
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
async fn perform(state: &State, parts: &Parts, body: Bytes, too_large: bool) -> (Reply, Option<MailboxPermit>) {
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
