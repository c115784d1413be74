//! The token endpoint: client credentials, device codes and refresh tokens in, opaque bearer tokens out.

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::application::{Application, AssertionCheck};
use super::authority::Authority;
use super::device::{DeviceRefused, Granted};
use super::settings::ExpectedSecret;
use crate::emulator::query::Query;
use crate::emulator::reply::Reply;
use crate::model::Timestamp;

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The endpoints of the sign-in host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Endpoint {
    Token,
    DeviceCode,
}

/// The endpoint and tenant that a sign-in path names: `/{tenant}/oauth2/v2.0/{token|devicecode}`.
pub(crate) fn endpoint_of(path: &str) -> Option<(Endpoint, &str)> {
    let (tenant, word) = path.strip_prefix('/')?.split_once("/oauth2/v2.0/")?;
    let endpoint = match word {
        "token" => Endpoint::Token,
        "devicecode" => Endpoint::DeviceCode,
        _ => return None,
    };
    (!tenant.is_empty() && !tenant.contains('/')).then_some((endpoint, tenant))
}

/// One request to the token endpoint.
pub(crate) struct SignInCall<'a> {
    pub(crate) authority: &'a Authority,
    pub(crate) endpoint: Endpoint,
    pub(crate) tenant: &'a str,
    /// What is registered for the application.
    pub(crate) application: &'a Application,
    /// Whom a person's sign-in stands for.
    pub(crate) me: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl SignInCall<'_> {
    pub(crate) fn answer(&self) -> Reply {
        match self.handle() {
            Ok(reply) => reply,
            Err(refusal) => refusal.reply(self.authority.clock.now()),
        }
    }

    fn handle(&self) -> Result<Reply, Refusal> {
        let form = Query::parse(&String::from_utf8_lossy(self.body));
        let known = &self.authority.settings.tenants;
        if !known.is_empty() && !known.iter().any(|tenant| tenant.eq_ignore_ascii_case(self.tenant)) {
            return Err(Refusal::new("invalid_request", 90002, &format!("Tenant '{}' not found.", self.tenant)));
        }
        match form.get("grant_type") {
            _ if self.endpoint == Endpoint::DeviceCode => {
                self.public_client(&form)?;
                return Ok(self.authority.devices.begin(&self.authority.root, &form, self.authority.clock.now()));
            }
            Some("client_credentials") => {}
            Some(DEVICE) => {
                self.public_client(&form)?;
                let granted = self.authority.devices.poll(self.authority.settings.consent, &form, self.authority.clock.now());
                return granted.map(|granted| self.grant(Some(self.me), granted)).map_err(Refusal::from);
            }
            Some("refresh_token") => {
                self.public_client(&form)?;
                return self
                    .authority
                    .devices
                    .renew(&form)
                    .map(|granted| self.grant(Some(self.me), granted))
                    .map_err(Refusal::from);
            }
            None => {
                return Err(Refusal::new(
                    "invalid_request",
                    900_144,
                    "The request body must contain the following parameter: 'grant_type'.",
                ));
            }
            Some(_) => return Err(Refusal::new("unsupported_grant_type", 70003, "The app requested an unsupported grant type.")),
        }
        let client = self.client(&form)?;
        let basic = self.basic();
        match form.get("client_secret").or(basic.as_ref().map(|(_, secret)| secret.as_str())) {
            Some(secret) => self.secret(secret)?,
            None => self.assertion(&form, &client)?,
        }
        self.scope(form.get("scope").unwrap_or_default())?;
        Ok(self.grant(None, (None, None)))
    }

    fn grant(&self, user: Option<&str>, (agreed, refresh): Granted) -> Reply {
        let lifetime = self.authority.settings.token_lifetime.as_secs();
        let token = self.authority.issue(user.map(str::to_owned), agreed);
        let mut body =
            json!({ "token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token });
        if let Some(refresh) = refresh {
            body["refresh_token"] = json!(refresh);
        }
        Reply::json(body).with_header(header::CACHE_CONTROL, "no-store")
    }

    fn client(&self, form: &Query) -> Result<String, Refusal> {
        let client = form.get("client_id").map(str::to_owned).or(self.basic().map(|(id, _)| id)).unwrap_or_default();
        if self.authority.settings.client_id.as_deref().is_some_and(|known| !known.eq_ignore_ascii_case(&client))
            || client.is_empty()
        {
            let text = format!("Application with identifier '{client}' was not found in the directory '{}'.", self.tenant);
            return Err(Refusal::new("unauthorized_client", 700_016, &text));
        }
        Ok(client)
    }

    /// A person's application has no secret to show, and must be registered as such.
    fn public_client(&self, form: &Query) -> Result<(), Refusal> {
        self.client(form)?;
        let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        self.authority.settings.public_client.then_some(()).ok_or_else(|| Refusal::new("invalid_client", 7_000_218, text))
    }

    fn basic(&self) -> Option<(String, String)> {
        let value = self.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let text = String::from_utf8(STANDARD.decode(value.strip_prefix("Basic ")?).ok()?).ok()?;
        text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
    }

    fn secret(&self, given: &str) -> Result<(), Refusal> {
        let right = match &self.authority.settings.secret {
            ExpectedSecret::Any => !given.is_empty(),
            ExpectedSecret::Exactly(secret) => secret == given,
            ExpectedSecret::Expired(secret) if secret == given => {
                return Err(Refusal::new("invalid_client", 7_000_222, "The provided client secret keys are expired."));
            }
            ExpectedSecret::Expired(_) => false,
        };
        right.then_some(()).ok_or_else(|| Refusal::new("invalid_client", 7_000_215, "Invalid client secret provided."))
    }

    fn assertion(&self, form: &Query, client: &str) -> Result<(), Refusal> {
        let Some(assertion) = form.get("client_assertion").filter(|_| form.get("client_assertion_type") == Some(ASSERTION))
        else {
            let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
            return Err(Refusal::new("invalid_client", 7_000_218, text));
        };
        let audience = format!("{}/{}/oauth2/v2.0/token", self.authority.root, self.tenant);
        let check = AssertionCheck { assertion, client, audience: &audience, now: self.authority.clock.now() };
        self.application.verify(&check).map_err(|(code, text)| Refusal::new("invalid_client", code, &text))
    }

    fn scope(&self, scope: &str) -> Result<(), Refusal> {
        let right = format!("{}/.default", self.authority.root);
        let fits = if self.authority.settings.strict_scope { scope == right } else { scope.ends_with("/.default") };
        fits.then_some(()).ok_or_else(|| {
            Refusal::new(
                "invalid_scope",
                70011,
                &format!("The provided value for the input parameter 'scope' is not valid: {scope}."),
            )
        })
    }
}

/// A refusal by the sign-in host: OAuth's word for programs, the AADSTS number for people.
struct Refusal {
    error: &'static str,
    code: u32,
    text: String,
}

impl From<DeviceRefused> for Refusal {
    fn from((error, code, text): DeviceRefused) -> Self {
        Self::new(error, code, text)
    }
}

impl Refusal {
    fn new(error: &'static str, code: u32, text: &str) -> Self {
        Self { error, code, text: text.to_owned() }
    }

    fn reply(&self, now: Timestamp) -> Reply {
        let status = if self.error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        let (trace, correlation) = (uuid::Uuid::new_v4().to_string(), uuid::Uuid::new_v4().to_string());
        let body = json!({
            "error": self.error,
            "error_description":
                format!("AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}", self.code, self.text),
            "error_codes": [self.code],
            "timestamp": now.to_string(),
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        });
        Reply { status, ..Reply::json(body) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::clock::Clock;
    use crate::emulator::entra::SignIn;
    use crate::emulator::reply::Body;

    fn ask(settings: &SignIn, body: &str) -> (u16, Value) {
        let authority = Authority::new(settings.clone(), Clock::system(), "http://127.0.0.1:1".to_owned());
        let call = SignInCall {
            authority: &authority,
            endpoint: Endpoint::Token,
            application: &Application::default(),
            me: "me",
            tenant: "contoso.com",
            headers: &HeaderMap::new(),
            body: body.as_bytes(),
        };
        let reply = call.answer();
        let Body::Json(json) = reply.body else { panic!("no JSON") };
        (reply.status.as_u16(), json)
    }

    const GOOD: &str =
        "grant_type=client_credentials&client_id=app&client_secret=s%2B1&scope=http%3A%2F%2F127.0.0.1%3A1%2F.default";

    #[test]
    fn gives_tokens_for_the_right_secret_only() {
        let settings = |secret| SignIn { secret, ..SignIn::default() };
        let exact = settings(ExpectedSecret::Exactly("s+1".to_owned()));
        let (status, body) = ask(&exact, GOOD);
        assert_eq!((status, body["expires_in"].as_u64()), (200, Some(3599)));
        let code = |settings: &SignIn, body: &str| {
            let (status, body) = ask(settings, body);
            (status, body["error_codes"][0].as_u64().unwrap())
        };
        assert_eq!(code(&exact, &GOOD.replace("s%2B1", "x")), (401, 7_000_215));
        assert_eq!(code(&settings(ExpectedSecret::Expired("s+1".to_owned())), GOOD), (401, 7_000_222));
        assert_eq!(code(&SignIn { client_id: Some("other".into()), ..SignIn::default() }, GOOD), (400, 700_016));
        assert_eq!(code(&SignIn { tenants: vec!["fabrikam.com".into()], ..SignIn::default() }, GOOD), (400, 90002));
        assert_eq!(code(&exact, &GOOD.replace(".default", "User.Read")), (400, 70011));
        assert_eq!(code(&exact, &GOOD.replace("client_secret", "x")), (401, 7_000_218));
        assert_eq!(code(&exact, &GOOD.replace("client_credentials", "password")), (400, 70003));
    }

    #[test]
    fn knows_its_own_path() {
        assert_eq!(endpoint_of("/contoso.com/oauth2/v2.0/token"), Some((Endpoint::Token, "contoso.com")));
        assert_eq!(endpoint_of("/contoso.com/oauth2/v2.0/devicecode"), Some((Endpoint::DeviceCode, "contoso.com")));
        assert_eq!(endpoint_of("/a/b/oauth2/v2.0/token"), None);
        assert_eq!(endpoint_of("/oauth2/v2.0/token"), None);
    }
}
