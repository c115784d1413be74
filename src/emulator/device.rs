//! Sign-in of a person: device code and refresh token, and the managed identity's endpoint of a machine.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode};
use serde_json::json;

use super::query::Query;
use super::reply::Reply;
use super::settings::Consent;
use super::shared::Shared;
use crate::model::Timestamp;

/// Seconds a device code lasts, as Microsoft's device code page says.
const LIFETIME: u64 = 900;
/// Codes and refresh tokens kept at most; beyond it all are forgotten.
const MOST: usize = 10_000;

struct Code {
    polls: u32,
    expires: Timestamp,
    offline: bool,
}

/// Device codes under way and refresh tokens given out.
#[derive(Default)]
pub(super) struct Devices {
    codes: Mutex<HashMap<String, Code>>,
    refresh: Mutex<HashSet<String>>,
}

/// Why no token was given: OAuth's word, the AADSTS number, a text.
pub(super) type Refused = (&'static str, u32, &'static str);

fn secret() -> String {
    format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..))
}

impl Devices {
    /// `POST /{tenant}/oauth2/v2.0/devicecode`.
    pub(super) fn begin(&self, root: &str, form: &Query, now: Timestamp) -> Reply {
        let code = secret();
        let offline = form.get("scope").unwrap_or_default().split(' ').any(|scope| scope == "offline_access");
        let expires = now.plus(std::time::Duration::from_secs(LIFETIME));
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        if codes.len() >= MOST {
            codes.clear();
        }
        codes.insert(code.clone(), Code { polls: 0, expires, offline });
        Reply::json(json!({
            "device_code": code,
            "user_code": "EMULATED1",
            "verification_uri": format!("{root}/devicelogin"),
            "expires_in": LIFETIME,
            "interval": 1,
            "message": "The emulator signs in by itself; there is nothing to enter.",
        }))
    }

    /// A poll with a device code: a refresh token (where asked for), or why not yet.
    pub(super) fn poll(&self, consent: Consent, form: &Query, now: Timestamp) -> Result<Option<String>, Refused> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let given = form.get("device_code").unwrap_or_default();
        let code = codes.get_mut(given).ok_or(("bad_verification_code", 70019, "The device code wasn't recognized."))?;
        code.polls += 1;
        if code.expires <= now {
            return Err(("expired_token", 70020, "The device code has expired."));
        }
        match consent {
            Consent::Declined => return Err(("authorization_declined", 70018, "The user declined.")),
            Consent::After(polls) if code.polls <= polls => {
                return Err((
                    "authorization_pending",
                    70016,
                    "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
                ));
            }
            Consent::After(_) => {}
        }
        let offline = code.offline;
        codes.remove(given);
        drop(codes);
        Ok(offline.then(|| self.refreshed()))
    }

    /// Takes a refresh token in and gives another one out.
    pub(super) fn renew(&self, form: &Query) -> Result<Option<String>, Refused> {
        let given = form.get("refresh_token").unwrap_or_default();
        if !self.refresh.lock().unwrap_or_else(PoisonError::into_inner).contains(given) {
            return Err(("invalid_grant", 700_082, "The refresh token has expired or was revoked."));
        }
        Ok(Some(self.refreshed()))
    }

    /// Forgets all refresh tokens.
    pub(super) fn revoke(&self) {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn refreshed(&self) -> String {
        let token = secret();
        let mut refresh = self.refresh.lock().unwrap_or_else(PoisonError::into_inner);
        if refresh.len() >= MOST {
            refresh.clear();
        }
        refresh.insert(token.clone());
        token
    }
}

/// `GET /metadata/identity/oauth2/token`, as on an Azure machine. Numbers come as texts there.
pub(super) fn managed_identity(shared: &Shared, headers: &HeaderMap, query: &Query) -> Reply {
    let refuse = |text: &str| {
        let mut reply = Reply::json(json!({ "error": "invalid_request", "error_description": text }));
        reply.status = StatusCode::BAD_REQUEST;
        reply
    };
    if headers.get("metadata").is_none_or(|value| !value.as_bytes().eq_ignore_ascii_case(b"true")) {
        return refuse("Required metadata header not specified");
    }
    if query.get("api-version").is_none() {
        return refuse("Required query variable 'api-version' is missing");
    }
    let resource = query.get("resource").unwrap_or_default();
    let settings = &shared.settings.sign_in;
    if resource.is_empty() || (settings.strict_scope && resource.trim_end_matches('/') != shared.root) {
        return refuse("AADSTS500011: The resource principal was not found in the tenant.");
    }
    let now = shared.clock.now();
    let token = shared.tokens.issue(settings, None, now);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::reply::Body;

    #[test]
    fn a_code_waits_for_consent_and_is_good_once() {
        let (devices, now) = (Devices::default(), Timestamp::from_millis(0));
        let begin = || {
            let Body::Json(body) = devices.begin("http://x", &Query::parse("scope=User.ReadWrite+offline_access"), now).body
            else {
                panic!("no JSON")
            };
            Query::parse(&format!("device_code={}", body["device_code"].as_str().unwrap()))
        };
        let form = begin();
        let word = |result: Result<_, Refused>| result.err().map(|refused| refused.0);
        assert_eq!(word(devices.poll(Consent::After(1), &form, now)), Some("authorization_pending"));
        let refresh = devices.poll(Consent::After(1), &form, now).unwrap().unwrap();
        assert_eq!(word(devices.poll(Consent::After(1), &form, now)), Some("bad_verification_code"));
        assert_eq!(word(devices.poll(Consent::Declined, &begin(), now)), Some("authorization_declined"));
        let late = Timestamp::from_millis(900_000);
        assert_eq!(word(devices.poll(Consent::After(0), &begin(), late)), Some("expired_token"));
        let renew = Query::parse(&format!("refresh_token={refresh}"));
        assert!(devices.renew(&renew).is_ok());
        devices.revoke();
        assert_eq!(word(devices.renew(&renew)), Some("invalid_grant"));
    }
}
