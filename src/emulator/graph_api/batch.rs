//! `$batch`: up to twenty reads in one request, each judged by itself.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::{dispatch, route};
use crate::emulator::faults::Ending;
use crate::emulator::query::Query;
use crate::emulator::reply::{Body, Reply};
use crate::emulator::state::State;

/// Requests in one batch, from Microsoft's page on JSON batching.
const MOST: usize = 20;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
}

/// Carries out a batch, one item after another.
pub(crate) async fn answer(state: &State, call: &Call) -> Reply {
    if call.method != Method::POST {
        return Reply::wrong_method();
    }
    let Ok(batch) = serde_json::from_slice::<Batch>(&call.body) else {
        return Reply::bad_request("Invalid batch payload format.");
    };
    if batch.requests.is_empty() || batch.requests.len() > MOST {
        return Reply::bad_request(&format!(
            "Number of batch request steps exceeds the maximum value of {MOST}, or there are none."
        ));
    }
    let (mut responses, mut announced) = (Vec::with_capacity(batch.requests.len()), None);
    for item in batch.requests {
        let reply = match inner(call, &item) {
            Ok(inner) => carry_out(state, &inner).await,
            Err(refusal) => refusal,
        };
        announced = announced.max(reply.announced);
        responses.push(show(&item.id, reply));
    }
    Reply { announced, ..Reply::json(json!({ "responses": responses })) }
}

/// An item can be hit by another answer of its own; the connection and the time belong to the batch.
async fn carry_out(state: &State, call: &Call) -> Reply {
    let target = call.query.text(&call.path);
    let route = route::parse(&call.path);
    let disturbance = state.disturb(&route::subject(route.as_ref(), call.method.as_str(), &target));
    match disturbance.ending {
        Some(Ending::Answer(reply)) => Reply { announced: disturbance.announced, ..reply },
        _ => dispatch::carry_out(state, call, route).await.0,
    }
}

fn inner(outer: &Call, item: &Item) -> Result<Call, Reply> {
    if item.method != "GET" {
        return Err(Reply::error(StatusCode::NOT_IMPLEMENTED, "NotImplemented", "The emulator's batches carry reads only."));
    }
    let url = item.url.strip_prefix("/v1.0").unwrap_or(&item.url);
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    if path.trim_start_matches('/').starts_with("$batch") {
        return Err(Reply::bad_request("Batches can't be nested."));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &item.headers {
        let pair =
            HeaderName::try_from(name.as_str()).ok().zip(value.as_str().and_then(|value| HeaderValue::from_str(value).ok()));
        if let Some((name, value)) = pair {
            headers.insert(name, value);
        }
    }
    Ok(Call {
        method: Method::GET,
        path: format!("/v1.0/{}", path.trim_start_matches('/')),
        query: Query::parse(query),
        headers,
        body: Bytes::new(),
        too_large: false,
        token: outer.token.clone(),
    })
}

fn show(id: &str, reply: Reply) -> Value {
    let mut headers: Map<String, Value> =
        reply.headers.iter().filter_map(|(name, value)| Some((name.to_string(), json!(value.to_str().ok()?)))).collect();
    let body = match reply.body {
        Body::Empty => Value::Null,
        Body::Json(body) => {
            headers.insert("Content-Type".to_owned(), json!("application/json"));
            body
        }
        Body::Raw(media_type, bytes) => {
            headers.insert("Content-Type".to_owned(), json!(media_type));
            json!(STANDARD.encode(bytes))
        }
    };
    json!({ "id": id, "status": reply.status.as_u16(), "headers": headers, "body": body })
}
