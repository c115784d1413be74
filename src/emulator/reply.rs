//! Answers before they become HTTP: the same for single requests and for items of a batch.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::model::Timestamp;

pub(crate) enum Body {
    Empty,
    Json(Value),
    Raw(&'static str, Bytes),
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Body,
    /// The wait that it asks of everybody.
    pub(crate) announced: Option<Duration>,
}

impl Reply {
    pub(crate) const fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Body::Empty, announced: None }
    }

    pub(crate) const fn json(body: Value) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), body: Body::Json(body), announced: None }
    }

    pub(crate) const fn raw(media_type: &'static str, body: Bytes) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), body: Body::Raw(media_type, body), announced: None }
    }

    /// Graph's error shape; `innerError` is filled in when the answer leaves.
    pub(crate) fn error(status: StatusCode, code: &str, message: &str) -> Self {
        let body = json!({ "error": { "code": code, "message": message } });
        Self { status, headers: Vec::new(), body: Body::Json(body), announced: None }
    }

    /// The error shape of the photo service behind Graph.
    pub(crate) fn profile_error(status: StatusCode, code: &str, exception: &str) -> Self {
        Self::error(status, code, &format!("Exception of type 'Microsoft.Fast.Profile.Core.Exception.{exception}' was thrown."))
    }

    pub(crate) fn bad_request(message: &str) -> Self {
        Self::error(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(crate) fn no_resource(id: &str) -> Self {
        let message = format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        Self::error(StatusCode::NOT_FOUND, "Request_ResourceNotFound", &message)
    }

    pub(crate) fn wrong_method() -> Self {
        Self::error(
            StatusCode::METHOD_NOT_ALLOWED,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// Fills `innerError` of an error body.
    pub(crate) fn sign(&mut self, request_id: &str, client_request_id: Option<&str>, date: &str) {
        let Body::Json(body) = &mut self.body else { return };
        let Some(Value::Object(error)) = body.get_mut("error") else { return };
        let inner = error.entry("innerError").or_insert_with(|| json!({}));
        if let Value::Object(inner) = inner {
            inner.insert("date".to_owned(), json!(date));
            inner.insert("request-id".to_owned(), json!(request_id));
            inner.insert("client-request-id".to_owned(), json!(client_request_id.unwrap_or(request_id)));
        }
    }
}

/// A time as HTTP writes it, whole seconds.
pub(crate) fn http_date(time: Timestamp) -> String {
    let stamp = jiff::Timestamp::from_millisecond(time.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    stamp.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_request() {
        let mut reply = Reply::error(StatusCode::NOT_FOUND, "ImageNotFound", "gone");
        reply.sign("r", Some("c"), "2024-05-01T00:00:00");
        let Body::Json(body) = reply.body else { panic!("no JSON") };
        assert_eq!(body["error"]["innerError"]["client-request-id"], "c");
        assert_eq!(body["error"]["code"], "ImageNotFound");
    }
}
