//! The managed identity's endpoint of an Azure machine.

use axum::http::{HeaderMap, StatusCode, header};
use serde_json::json;

use super::authority::Authority;
use super::settings::SignIn;
use crate::emulator::query::Query;
use crate::emulator::reply::Reply;

/// Where machines ask.
pub(crate) const PATH: &str = "/metadata/identity/oauth2/token";

/// `GET /metadata/identity/oauth2/token`, as on an Azure machine. Numbers come as texts there.
pub(crate) fn answer(authority: &Authority, headers: &HeaderMap, query: &Query) -> Reply {
    let refuse = |text: &str| {
        let mut reply = Reply::json(json!({ "error": "invalid_request", "error_description": text }));
        reply.status = StatusCode::BAD_REQUEST;
        reply
    };
    // App Service has a header of its own in place of the other.
    let metadata = headers.get("metadata").is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"));
    if !metadata && !headers.contains_key("x-identity-header") {
        return refuse("Required metadata header not specified");
    }
    if let Some(challenge) = arc_challenge(&authority.settings, headers) {
        return challenge;
    }
    if query.get("api-version").is_none() {
        return refuse("Required query variable 'api-version' is missing");
    }
    let resource = query.get("resource").unwrap_or_default();
    let settings = &authority.settings;
    if resource.is_empty() || (settings.strict_scope && resource.trim_end_matches('/') != authority.root) {
        return refuse("AADSTS500011: The resource principal was not found in the tenant.");
    }
    let now = authority.clock.now();
    let token = authority.issue(None, None);
    let ends = now.plus(settings.token_lifetime).millis() / 1000;
    Reply::json(json!({
        "access_token": token,
        "token_type": "Bearer",
        "resource": resource,
        "expires_in": settings.token_lifetime.as_secs().to_string(),
        "expires_on": ends.to_string(),
        "not_before": (now.millis() / 1000).to_string(),
    }))
}

/// What an Arc server's agent asks first: the content of a file that only trusted local users can read.
fn arc_challenge(settings: &SignIn, headers: &HeaderMap) -> Option<Reply> {
    let (path, key) = settings.arc_key.as_ref()?;
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
    if given == Some(key) {
        return None;
    }
    let reply = Reply::error(StatusCode::UNAUTHORIZED, "unauthorized_client", "Missing Basic Authorization header");
    Some(reply.with_header(header::WWW_AUTHENTICATE, &format!("Basic realm={}", path.display())))
}
