//! What is registered for the application: certificates and other providers' tokens, and how an assertion is verified.
//! From Microsoft's pages "application authentication certificate credentials" and "workload identity federation".

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::Value;

use super::der;
use crate::model::Timestamp;

/// Clocks may be this far apart, in seconds.
const LEEWAY: i64 = 300;
/// "At most 5-10 minutes after nbf", in seconds.
const LONGEST_LIFE: i64 = 600;
/// What a federated token is issued for, unless registered otherwise.
const EXCHANGE: &str = "api://AzureADTokenExchange";

/// Why an assertion is refused: the AADSTS number, and a text.
pub(crate) type SignInRefused = (u32, String);

/// The application's registration. With nothing registered, any assertion that is well formed will do.
#[derive(Clone, Default, Debug)]
pub struct Application {
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// Tokens of other identity providers.
    pub federated: Vec<Federated>,
}

/// A federated identity credential. Its issuer's signature is not checked: no issuer's keys are known here.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Federated {
    /// `iss` of the token.
    pub issuer: String,
    /// `sub` of the token.
    pub subject: String,
    /// `aud` of the token.
    #[serde(default = "exchange")]
    pub audience: String,
}

fn exchange() -> String {
    EXCHANGE.to_owned()
}

/// The certificate within a PEM text; none if there is none.
pub(crate) fn certificate(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
    let der = STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?;
    der::public_key(&der).is_some().then_some(der)
}

/// What is asked.
pub(crate) struct AssertionCheck<'a> {
    pub(crate) assertion: &'a str,
    pub(crate) client: &'a str,
    /// The token URL itself.
    pub(crate) audience: &'a str,
    pub(crate) now: Timestamp,
}

impl Application {
    /// Registers the certificate of a PEM text, too; false if it holds none.
    pub fn register(&mut self, pem: &str) -> bool {
        let der = certificate(pem);
        let found = der.is_some();
        self.certificates.extend(der);
        found
    }

    fn is_open(&self) -> bool {
        self.certificates.is_empty() && self.federated.is_empty()
    }

    /// Verifies an assertion as Entra does.
    pub(crate) fn verify(&self, check: &AssertionCheck<'_>) -> Result<(), SignInRefused> {
        let malformed = || (50013, "Assertion failed validation.".to_owned());
        let parts: Vec<&str> = check.assertion.split('.').collect();
        let &[head, body, signature] = parts.as_slice() else { return Err(malformed()) };
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let json = |part: &str| -> Option<Value> { serde_json::from_slice(&decode(part)?).ok() };
        let (header, claims) = json(head).zip(json(body)).ok_or_else(malformed)?;
        let signature = decode(signature).filter(|signature| !signature.is_empty()).ok_or_else(malformed)?;
        // An assertion of the application's own names a certificate; a federated one comes from another issuer.
        if header.get("x5t#S256").is_none() && header.get("x5t").is_none() {
            return self.federated(&claims, check.now);
        }
        for (claim, wanted, code, text) in [
            ("iss", check.client, 700_021, "Client assertion application identifier doesn't match 'client_id' parameter."),
            ("sub", check.client, 700_021, "Client assertion application identifier doesn't match 'client_id' parameter."),
            ("aud", check.audience, 700_023, "Client assertion audience claim does not match Realm issuer."),
        ] {
            if claims[claim] != wanted {
                return Err((code, text.to_owned()));
            }
        }
        if claims["jti"].as_str().is_none_or(str::is_empty) {
            return Err(malformed());
        }
        lifetime(&claims, check.now, Some(LONGEST_LIFE))?;
        if self.is_open() {
            return Ok(());
        }
        self.signed(&header, format!("{head}.{body}").as_bytes(), &signature)
    }

    fn signed(&self, header: &Value, message: &[u8], signature: &[u8]) -> Result<(), SignInRefused> {
        let refuse = |why: &str| (700_027, format!("Client assertion contains an invalid signature. [Reason - {why}]"));
        let named = |certificate: &&Vec<u8>| match (header["x5t#S256"].as_str(), header["x5t"].as_str()) {
            (Some(print), _) => URL_SAFE_NO_PAD.encode(digest(&SHA256, certificate)) == print,
            (None, Some(print)) => URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate)) == print,
            (None, None) => false,
        };
        let certificate = self.certificates.iter().find(named).ok_or_else(|| refuse("The key was not found."))?;
        let algorithm: &dyn VerificationAlgorithm = match header["alg"].as_str() {
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            _ => return Err((50013, "Assertion failed validation. [Reason - The algorithm is not supported.]".to_owned())),
        };
        let key = der::public_key(certificate).ok_or_else(|| refuse("The key can't be read."))?;
        let verified = UnparsedPublicKey::new(algorithm, key).verify(message, signature);
        verified.map_err(|_| refuse("The provided signature value did not match the expected signature value."))
    }

    fn federated(&self, claims: &Value, now: Timestamp) -> Result<(), SignInRefused> {
        if claims["sub"].as_str().is_none_or(str::is_empty) {
            return Err((50013, "Assertion failed validation.".to_owned()));
        }
        lifetime(claims, now, None)?;
        if self.is_open() {
            return Ok(());
        }
        let mut known: Vec<&Federated> = self.federated.iter().collect();
        for (code, what, claim, of) in [
            (700_211, "issuer", "iss", (|one| &one.issuer) as fn(&Federated) -> &String),
            (700_213, "subject", "sub", |one| &one.subject),
            (700_212, "audience", "aud", |one| &one.audience),
        ] {
            known.retain(|one| match &claims[claim] {
                Value::Array(values) => values.iter().any(|value| value == of(one)),
                value => value == of(one),
            });
            if known.is_empty() {
                let text =
                    format!("No matching federated identity record found for presented assertion {what} {}.", claims[claim]);
                return Err((code, text));
            }
        }
        Ok(())
    }
}

fn lifetime(claims: &Value, now: Timestamp, longest: Option<i64>) -> Result<(), SignInRefused> {
    let now = now.millis() / 1000;
    let (start, end) = (claims["nbf"].as_i64(), claims["exp"].as_i64());
    let runs = end.is_some_and(|end| end > now) && start.is_none_or(|start| start <= now + LEEWAY);
    let short = longest.is_none_or(|longest| start.zip(end).is_some_and(|(start, end)| end - start <= longest));
    if runs && short {
        return Ok(());
    }
    Err((700_024, "Client assertion is not within its valid time range.".to_owned()))
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
    use serde_json::json;

    use super::*;

    const PEM: &str = include_str!("../../graph/credential/testdata/certificate.pem");
    const OTHER: &str = include_str!("../../graph/credential/testdata/other.pem");
    const KEY: &str = include_str!("../../graph/credential/testdata/key.pem");
    const NOW: i64 = 1_800_000_000;

    fn registered(pem: &str) -> Application {
        let mut application = Application::default();
        assert!(application.register(pem));
        application
    }

    fn key() -> RsaKeyPair {
        let body: String = KEY.lines().filter(|line| !line.starts_with("-----")).collect();
        RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap()
    }

    fn part(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn signed(header: &Value, claims: &Value, encoding: &'static dyn RsaEncoding) -> String {
        let text = format!("{}.{}", part(header), part(claims));
        let key = key();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(encoding, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn code(application: &Application, assertion: &str) -> u32 {
        let check =
            AssertionCheck { assertion, client: "app", audience: "https://x/token", now: Timestamp::from_millis(NOW * 1000) };
        application.verify(&check).map_or_else(|(code, _)| code, |()| 0)
    }

    #[test]
    fn each_part_of_an_assertion_counts() {
        let application = registered(PEM);
        let print = URL_SAFE_NO_PAD.encode(digest(&SHA256, &application.certificates[0]));
        let old_print = URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &application.certificates[0]));
        let header = json!({ "alg": "PS256", "x5t#S256": print });
        let claims = json!({ "aud": "https://x/token", "iss": "app", "sub": "app", "jti": "1", "nbf": NOW, "exp": NOW + 600 });
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            signed(&header, &claims, &RSA_PSS_SHA256)
        };
        let good = signed(&header, &claims, &RSA_PSS_SHA256);
        assert_eq!(code(&application, &good), 0);
        let old = json!({ "alg": "RS256", "x5t": old_print });
        assert_eq!(code(&application, &signed(&old, &claims, &RSA_PKCS1_SHA256)), 0);
        for (what, assertion, refused) in [
            ("audience", with("aud", json!("https://y/token")), 700_023),
            ("issuer", with("iss", json!("other")), 700_021),
            ("subject", with("sub", json!("other")), 700_021),
            ("no id", with("jti", json!("")), 50013),
            ("over", with("exp", json!(NOW)), 700_024),
            ("to come", with("nbf", json!(NOW + 301)), 700_024),
            ("too long", with("exp", json!(NOW + 601)), 700_024),
            ("no start", with("nbf", Value::Null), 700_024),
            ("wrong padding", signed(&header, &claims, &RSA_PKCS1_SHA256), 700_027),
            ("unknown", signed(&json!({ "alg": "PS256", "x5t#S256": "x" }), &claims, &RSA_PSS_SHA256), 700_027),
            ("unsigned", format!("{}.{}.", part(&header), part(&claims)), 50013),
            ("none", signed(&json!({ "alg": "none", "x5t#S256": print }), &claims, &RSA_PSS_SHA256), 50013),
            ("torn", good.rsplit_once('.').unwrap().0.to_owned(), 50013),
        ] {
            assert_eq!(code(&application, &assertion), refused, "{what}");
        }
        assert_eq!(code(&registered(OTHER), &good), 700_027, "another certificate");
        let mut altered = good.into_bytes();
        let last = altered.len() - 8;
        altered[last] = if altered[last] == b'A' { b'B' } else { b'A' };
        assert_eq!(code(&application, std::str::from_utf8(&altered).unwrap()), 700_027, "altered");
    }

    #[test]
    fn a_federated_token_must_be_registered() {
        let known = Federated { issuer: "https://k8s".into(), subject: "sa:photos".into(), audience: exchange() };
        let application = Application { certificates: Vec::new(), federated: vec![known] };
        let claims = json!({ "iss": "https://k8s", "sub": "sa:photos", "aud": [EXCHANGE], "exp": NOW + 3600 });
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            format!("{}.{}.c2ln", part(&json!({ "alg": "RS256" })), part(&claims))
        };
        let good = with("aud", json!(EXCHANGE));
        assert_eq!((code(&application, &good), code(&Application::default(), &good)), (0, 0));
        assert_eq!(code(&application, &with("iss", json!("https://other"))), 700_211);
        assert_eq!(code(&application, &with("sub", json!("sa:other"))), 700_213);
        assert_eq!(code(&application, &with("aud", json!("other"))), 700_212);
        assert_eq!(code(&application, &with("exp", json!(NOW - 1))), 700_024);
        assert_eq!(code(&registered(PEM), &good), 700_211);
    }

    #[test]
    fn only_a_certificate_is_registered() {
        assert!(!Application::default().register("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"));
        assert!(!Application::default().register(KEY));
    }
}
