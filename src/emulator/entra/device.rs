//! Sign-in of a person: device code and refresh token.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::settings::Consent;
use crate::emulator::query::Query;
use crate::emulator::reply::Reply;
use crate::model::Timestamp;

/// Seconds a device code lasts, as Microsoft's device code page says.
const LIFETIME: u64 = 900;
/// Codes and refresh tokens kept at most; beyond it all are forgotten.
const MOST: usize = 10_000;

struct Code {
    polls: u32,
    expires: Timestamp,
    scopes: Vec<String>,
}

/// What a person agreed to: names of permissions, without their resource. None: everything.
pub(crate) type Agreed = Option<Vec<String>>;

/// What comes of a sign-in or renewal: what the access token may do, and a refresh token where asked for.
pub(crate) type Granted = (Agreed, Option<String>);

/// Device codes under way and refresh tokens given out.
#[derive(Default)]
pub(crate) struct Devices {
    codes: Mutex<HashMap<String, Code>>,
    refresh: Mutex<HashMap<String, Agreed>>,
}

const OFFLINE: &str = "offline_access";

/// The permissions that a form asks for, without their resource.
fn scopes(form: &Query) -> Vec<String> {
    let scopes = form.get("scope").unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
    scopes.map(|scope| scope.rsplit('/').next().unwrap_or(scope).to_owned()).collect()
}

/// Why no token was given: OAuth's word, the AADSTS number, a text.
pub(crate) type DeviceRefused = (&'static str, u32, &'static str);

fn secret() -> String {
    format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..))
}

impl Devices {
    /// `POST /{tenant}/oauth2/v2.0/devicecode`.
    pub(crate) fn begin(&self, root: &str, form: &Query, now: Timestamp) -> Reply {
        let code = secret();
        let scopes = scopes(form);
        let expires = now.plus(std::time::Duration::from_secs(LIFETIME));
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        if codes.len() >= MOST {
            codes.clear();
        }
        codes.insert(code.clone(), Code { polls: 0, expires, scopes });
        Reply::json(json!({
            "device_code": code,
            "user_code": "EMULATED1",
            "verification_uri": format!("{root}/devicelogin"),
            "expires_in": LIFETIME,
            "interval": 1,
            "message": "The emulator signs in by itself; there is nothing to enter.",
        }))
    }

    /// A poll with a device code: what was agreed to, or why not yet.
    pub(crate) fn poll(&self, consent: Consent, form: &Query, now: Timestamp) -> Result<Granted, DeviceRefused> {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        let given = form.get("device_code").unwrap_or_default();
        let code = codes.get_mut(given).ok_or(("bad_verification_code", 70019, "The device code wasn't recognized."))?;
        code.polls += 1;
        if code.expires <= now || consent == Consent::Late {
            return Err(("expired_token", 70020, "The device code has expired."));
        }
        match consent {
            Consent::Declined => return Err(("authorization_declined", 70018, "The user declined.")),
            Consent::NeedsAdministrator => {
                return Err(("invalid_grant", 90094, "An administrator of the tenant has set a policy that prevents consent."));
            }
            Consent::After(polls) if code.polls <= polls => {
                return Err((
                    "authorization_pending",
                    70016,
                    "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
                ));
            }
            Consent::After(_) | Consent::Late => {}
        }
        let scopes = std::mem::take(&mut code.scopes);
        codes.remove(given);
        drop(codes);
        let refresh = scopes.iter().any(|scope| scope == OFFLINE).then(|| self.refreshed(Some(scopes.clone())));
        Ok((Some(scopes), refresh))
    }

    /// Takes a refresh token in and gives another one out. The old one stays good, as Entra's do.
    pub(crate) fn renew(&self, form: &Query) -> Result<Granted, DeviceRefused> {
        let given = form.get("refresh_token").unwrap_or_default();
        let agreed = self.refresh.lock().unwrap_or_else(PoisonError::into_inner).get(given).cloned();
        let agreed =
            agreed.ok_or(("invalid_grant", 700_082, "The refresh token has expired due to inactivity or was revoked."))?;
        let asked = scopes(form);
        if agreed.as_ref().is_some_and(|agreed| asked.iter().any(|scope| !agreed.contains(scope))) {
            return Err(("invalid_grant", 65001, "The user or administrator has not consented to use the application."));
        }
        let refresh = self.refreshed(agreed.clone());
        Ok((agreed.map(|_| asked), Some(refresh)))
    }

    /// A refresh token for somebody who agreed to everything.
    pub(crate) fn open_token(&self) -> String {
        self.refreshed(None)
    }

    /// Forgets all refresh tokens.
    pub(crate) fn revoke(&self) {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn refreshed(&self, agreed: Agreed) -> String {
        let token = secret();
        let mut refresh = self.refresh.lock().unwrap_or_else(PoisonError::into_inner);
        if refresh.len() >= MOST {
            refresh.clear();
        }
        refresh.insert(token.clone(), agreed);
        token
    }
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
        let word = |result: Result<Granted, DeviceRefused>| result.err().map(|refused| refused.0);
        assert_eq!(word(devices.poll(Consent::After(1), &form, now)), Some("authorization_pending"));
        let refresh = devices.poll(Consent::After(1), &form, now).unwrap().1.unwrap();
        assert_eq!(word(devices.poll(Consent::After(1), &form, now)), Some("bad_verification_code"));
        assert_eq!(word(devices.poll(Consent::Declined, &begin(), now)), Some("authorization_declined"));
        assert_eq!(word(devices.poll(Consent::NeedsAdministrator, &begin(), now)), Some("invalid_grant"));
        assert_eq!(word(devices.poll(Consent::Late, &begin(), now)), Some("expired_token"));
        let late = Timestamp::from_millis(900_000);
        assert_eq!(word(devices.poll(Consent::After(0), &begin(), late)), Some("expired_token"));
        let renew = Query::parse(&format!("refresh_token={refresh}"));
        assert!(devices.renew(&renew).is_ok());
        let more = Query::parse(&format!("refresh_token={refresh}&scope=User.ReadWrite+Mail.Send"));
        assert_eq!(devices.renew(&more).err().map(|refused| refused.1), Some(65001));
        devices.revoke();
        assert_eq!(word(devices.renew(&renew)), Some("invalid_grant"));
    }
}
