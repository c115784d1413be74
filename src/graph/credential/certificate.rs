//! A signed assertion instead of a secret. Follows "Microsoft identity platform application authentication
//! certificate credentials": PS256, `x5t#S256`, and a life of at most ten minutes.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::super::{Class, Failure, SetupError};
use super::validity::not_after;
use crate::model::Timestamp;

/// The assertion counts from a little before now, for clocks that are a little apart.
const BEFORE: Duration = Duration::from_secs(30);
/// Its whole life, within the ten minutes allowed.
const LIFE: Duration = Duration::from_secs(570);

fn certificate(pem: &str) -> Result<CertificateDer<'static>, SetupError> {
    CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| {
        SetupError::Credential("the certificate file holds no PEM certificate (-----BEGIN CERTIFICATE-----)".to_owned())
    })
}

/// Checks a certificate whose key can't be seen.
pub(crate) fn check_certificate(pem: &str) -> Result<(), SetupError> {
    certificate(pem).map(drop)
}

/// Signs assertions.
#[derive(Clone)]
pub(super) struct Signer {
    key: Arc<RsaKeyPair>,
    thumbprint: String,
    /// When the certificate ends.
    pub(super) ends: Option<Timestamp>,
}

impl Signer {
    /// Checks that certificate and key can be read and belong together.
    pub(super) fn new(certificate_pem: &str, key_pem: &SecretString) -> Result<Self, SetupError> {
        let fault = |why: &str| SetupError::Credential(why.to_owned());
        let certificate = certificate(certificate_pem)?;
        if key_pem.expose_secret().contains("ENCRYPTED") {
            return Err(fault("the private key is encrypted; store it without a passphrase, readable by the service only"));
        }
        let key = PrivateKeyDer::from_pem_slice(key_pem.expose_secret().as_bytes())
            .map_err(|_| fault("the key file holds no PEM private key (-----BEGIN PRIVATE KEY-----)"))?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(fault("the private key is not an RSA key; Microsoft Entra takes RSA keys of 2048 bits or more")),
        }
        .map_err(|_| fault("the private key is not an RSA key of 2048 bits or more"))?;
        // The certificate carries the public key in just this form.
        let public = key.public().as_ref();
        if !certificate.windows(public.len()).any(|part| part == public) {
            return Err(fault("the private key does not belong to the certificate"));
        }
        Ok(Self {
            thumbprint: URL_SAFE_NO_PAD.encode(digest(&SHA256, &certificate)),
            ends: not_after(&certificate),
            key: Arc::new(key),
        })
    }

    /// An assertion for the token endpoint.
    pub(super) fn assertion(&self, token_url: &str, client_id: &str, now: Timestamp) -> Result<String, Failure> {
        let from = now.millis() / 1000 - i64::try_from(BEFORE.as_secs()).unwrap_or_default();
        let until = from + i64::try_from(LIFE.as_secs()).unwrap_or_default();
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.thumbprint });
        let claims = json!({
            "aud": token_url,
            "iss": client_id,
            "sub": client_id,
            "jti": uuid::Uuid::new_v4().to_string(),
            "nbf": from,
            "iat": from,
            "exp": until,
        });
        let mut token = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature).map_err(|_| {
            Failure::local(Class::SignIn, "the assertion could not be signed", "Check the private key under graph.credential.")
        })?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    const CERTIFICATE: &str = include_str!("testdata/certificate.pem");
    /// Made for this test; opens nothing.
    const KEY: &str = include_str!("testdata/key.pem");

    #[test]
    fn the_assertion_is_what_the_sign_in_service_checks() {
        let signer = Signer::new(CERTIFICATE, &SecretString::from(KEY)).unwrap();
        let now = Timestamp::from_millis(1_800_000_000_000);
        let token = signer.assertion("https://login.example/t/oauth2/v2.0/token", "app", now).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let header: Value = serde_json::from_slice(&decode(parts[0])).unwrap();
        assert_eq!(header["alg"], "PS256");
        assert_eq!(header["x5t#S256"], "xtj4lWtoHSkJLsSb91FoprJHxlaHG22XTbE7V0Ej08k");
        let claims: Value = serde_json::from_slice(&decode(parts[1])).unwrap();
        assert_eq!((&claims["aud"], &claims["iss"]), (&json!("https://login.example/t/oauth2/v2.0/token"), &claims["sub"]));
        assert!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap() <= 600);
        assert!(claims["nbf"].as_i64().unwrap() <= 1_800_000_000 && claims["exp"].as_i64().unwrap() > 1_800_000_000);
        let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, signer.key.public().as_ref());
        public.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &decode(parts[2])).unwrap();
        let again = signer.assertion("https://login.example/t/oauth2/v2.0/token", "app", now).unwrap();
        assert_ne!(token, again, "every assertion has its own id");
    }

    #[test]
    fn what_can_not_work_is_refused_at_once() {
        let ec = "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";
        for (certificate, key, word) in [
            ("", KEY, "certificate"),
            (CERTIFICATE, "", "key"),
            (CERTIFICATE, ec, "RSA"),
            (CERTIFICATE, "-----BEGIN ENCRYPTED PRIVATE KEY-----", "encrypted"),
            (include_str!("testdata/other.pem"), KEY, "belong"),
        ] {
            let fault = Signer::new(certificate, &SecretString::from(key)).err().unwrap().to_string();
            assert!(fault.contains(word), "{fault}");
        }
    }
}
