//! Access tokens: opaque, but for what they grant.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::device::Agreed;
use crate::emulator::reply::Reply;
use crate::model::Timestamp;

/// Expired tokens are swept out when there are more than this.
const SWEEP: usize = 10_000;

/// What a token stands for.
pub(crate) struct Token {
    expires: Timestamp,
    /// The signed-in user's id or sign-in name, with delegated sign-in.
    pub(crate) user: Option<String>,
    /// None: every permission.
    pub(crate) roles: Option<Vec<String>>,
}

#[derive(Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, Arc<Token>>>);

impl Tokens {
    /// `agreed`: what a person agreed to; an application has its roles.
    pub(crate) fn issue(
        &self,
        (granted, lifetime): (Option<Vec<String>>, Duration),
        user: Option<String>,
        agreed: Agreed,
        now: Timestamp,
    ) -> String {
        let roles = match (agreed, granted) {
            (Some(agreed), Some(roles)) => Some(agreed.into_iter().filter(|one| roles.contains(one)).collect()),
            (agreed, roles) => agreed.or(roles),
        };
        // As with Entra, who looks into a token sees what it grants. One that grants everything doesn't say what that is.
        let claims = roles.as_ref().map(|roles: &Vec<String>| match &user {
            Some(_) => json!({ "scp": roles.join(" ") }),
            None => json!({ "roles": roles }),
        });
        let claims = claims.map(|claims| format!("{}.", URL_SAFE_NO_PAD.encode(claims.to_string()))).unwrap_or_default();
        let text = format!("emulated.{claims}{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..));
        let token = Token { expires: now.plus(lifetime), user, roles };
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() > SWEEP {
            tokens.retain(|_, token| token.expires > now);
        }
        tokens.insert(text.clone(), Arc::new(token));
        text
    }

    /// The token of a request, or Graph's 401.
    pub(crate) fn check(&self, headers: &HeaderMap, now: Timestamp) -> Result<Arc<Token>, Reply> {
        let refuse = |message: &str| {
            let reply = Reply::error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", message);
            reply.with_header(header::WWW_AUTHENTICATE, "Bearer realm=\"\", authorization_uri=\"emulator\"")
        };
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some((_, text)) = given else { return Err(refuse("Access token is empty.")) };
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = tokens.get(text.trim()).ok_or_else(|| refuse("Access token validation failure."))?;
        if token.expires <= now {
            return Err(refuse("Lifetime validation failed, the token is expired."));
        }
        Ok(Arc::clone(token))
    }

    /// Forgets every token, as a revoked session would.
    pub(crate) fn revoke(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
