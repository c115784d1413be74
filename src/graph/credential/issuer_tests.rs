//! Sign-in of every kind against small servers.

use std::sync::atomic::AtomicU32;

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::super::super::Proxies;
use super::super::super::testing::{SeenRequest, TestServer, answer, json, settings};
use super::*;

#[test]
fn a_refusal_of_the_sign_in_that_lasts_is_one_of_the_sign_in() {
    let of = |class, status: Option<u16>| {
        let mut failure = Failure::local(class, "x", "y");
        failure.status = status;
        of_sign_in(failure).class
    };
    for status in [400, 404, 410] {
        assert_eq!(of(Class::Transient, Some(status)), Class::SignIn, "{status}");
    }
    for status in [None, Some(200), Some(408), Some(500), Some(503)] {
        assert_eq!(of(Class::Transient, status), Class::Transient, "{status:?}");
    }
    assert_eq!(of(Class::Throttled, Some(429)), Class::Throttled);
}

const TOKEN: &str = r#"{"access_token":"good","expires_in":"3599"}"#;

fn issuer(url: &str, credential: Credential, around: Surroundings) -> TokenIssuer {
    let settings = GraphSettings { credential, ..settings(url) };
    let endpoints = Endpoints::of(&settings.cloud).unwrap();
    let config = ClientConfig {
        loopback: true,
        plain: true,
        extra_roots: Vec::new(),
        proxies: Proxies::default(),
        timeout: Duration::from_secs(5),
    };
    TokenIssuer::in_surroundings(settings, &endpoints, &config, Default::default(), Clock::system(), around).unwrap()
}

fn certificate() -> Credential {
    Credential::Certificate {
        certificate_pem: include_str!("testdata/certificate.pem").to_owned(),
        key_pem: SecretString::from(include_str!("testdata/key.pem")),
    }
}

fn form(seen: &SeenRequest) -> String {
    String::from_utf8_lossy(&seen.body).into_owned()
}

fn claims(seen: &SeenRequest) -> serde_json::Value {
    let form = form(seen);
    let assertion = form.split("client_assertion=").nth(1).unwrap().split('&').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_certificate_signs_in_by_assertion() {
    let server = TestServer::bare(|_| json(200, TOKEN)).await;
    let issuer = issuer(&server.url, certificate(), Surroundings::default());
    assert_eq!(issuer.issue().await.unwrap().access_token.expose_secret(), "good");
    let seen = server.seen.lock().unwrap().remove(0);
    assert!(form(&seen).contains("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"));
    assert!(!form(&seen).contains("client_secret"));
    assert_eq!(claims(&seen)["aud"], format!("{}/tenant/oauth2/v2.0/token", server.url));
    assert_eq!(issuer.ends().unwrap().to_string(), "2036-11-20T23:40:18Z");
}

#[tokio::test]
async fn a_wrong_clock_is_allowed_for_and_reported() {
    // The service lives in 2030 and takes assertions of its own time only.
    let server = TestServer::bare(|seen| {
        let late = claims(seen)["exp"].as_i64().unwrap() < 1_900_000_000;
        let (status, body) = if late { (401, r#"{"error":"invalid_client","error_codes":[700024]}"#) } else { (200, TOKEN) };
        answer(status, &[("date", "Sun, 17 Mar 2030 17:46:40 GMT")], body)
    })
    .await;
    let issuer = issuer(&server.url, certificate(), Surroundings::default());
    issuer.issue().await.unwrap();
    assert!(issuer.skew().unwrap() > 60_000);
    assert_eq!(server.seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_federated_token_is_read_anew_each_time() {
    let server = TestServer::bare(|_| json(200, TOKEN)).await;
    let directory = tempfile::tempdir().unwrap();
    let token_file = directory.path().join("token");
    let issuer = issuer(&server.url, Credential::WorkloadIdentity { token_file: token_file.clone() }, Surroundings::default());
    let failure = issuer.issue().await.map(drop).unwrap_err();
    assert_eq!(failure.class, Class::SignIn);
    for token in ["first", "second"] {
        std::fs::write(&token_file, format!("{token}\n")).unwrap();
        issuer.issue().await.unwrap();
        let seen = server.seen.lock().unwrap().pop().unwrap();
        assert!(form(&seen).contains(&format!("client_assertion={token}")), "{}", form(&seen));
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_can_not_is_not() {
    let count = AtomicU32::new(0);
    let server = TestServer::bare(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => answer(503, &[("retry-after", "1")], ""),
        1 => json(200, TOKEN),
        _ => json(400, r#"{"error":"unauthorized_client","error_codes":[700016]}"#),
    })
    .await;
    let issuer = issuer(&server.url, Credential::ClientSecret("x".into()), Surroundings::default());
    issuer.issue().await.unwrap();
    assert_eq!(issuer.issue().await.map(drop).unwrap_err().class, Class::SignIn);
    assert_eq!(server.seen.lock().unwrap().len(), 3);
}

fn machine_answer(seen: &SeenRequest) -> Response {
    if seen.header("metadata") == "true" { json(200, TOKEN) } else { json(400, r#"{"error":"invalid_request"}"#) }
}

#[tokio::test]
async fn a_virtual_machine_asks_its_metadata_service() {
    let server = TestServer::bare(machine_answer).await;
    let around = Surroundings::machine(&server.url);
    let issuer = issuer(&server.url, Credential::ManagedIdentity { client_id: Some("mi 1".into()) }, around);
    issuer.issue().await.unwrap();
    let line = server.seen.lock().unwrap()[0].line();
    let expected = format!("GET /metadata/identity/oauth2/token?api-version=2018-02-01&resource={}/&client_id=mi 1", server.url);
    assert_eq!(line, expected);
}

#[tokio::test]
async fn an_app_service_sends_its_header() {
    let server = TestServer::bare(|seen| {
        let good = seen.header("x-identity-header") == "h" && seen.target.contains("api-version=2019-08-01");
        if good { json(200, r#"{"access_token":"good","expires_on":"1900000000"}"#) } else { answer(401, &[], "") }
    })
    .await;
    let around = Surroundings::app_service(&format!("{}/msi/token", server.url), "h");
    issuer(&server.url, Credential::ManagedIdentity { client_id: None }, around).issue().await.unwrap();
}

#[tokio::test]
async fn an_arc_server_proves_that_it_can_read_the_agents_key() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("a.key");
    std::fs::write(&key, "k3y\n").unwrap();
    let challenge = format!("Basic realm={}", key.display());
    let server = TestServer::bare(move |seen| {
        if seen.header("authorization") == "Basic k3y" {
            machine_answer(seen)
        } else {
            answer(401, &[("www-authenticate", &challenge)], "")
        }
    })
    .await;
    let endpoint = format!("{}/metadata/identity/oauth2/token", server.url);
    let identity = || Credential::ManagedIdentity { client_id: None };
    issuer(&server.url, identity(), Surroundings::arc(&endpoint, directory.path())).issue().await.unwrap();
    let elsewhere = issuer(&server.url, identity(), Surroundings::arc(&endpoint, std::path::Path::new("/other")));
    let failure = elsewhere.issue().await.map(drop).unwrap_err();
    assert!(failure.class == Class::SignIn && failure.cause.contains("outside"), "{failure:?}");
}

#[tokio::test]
async fn a_machine_without_identity_is_told_so() {
    let server = TestServer::bare(|_| json(400, r#"{"error":"invalid_request","error_description":"Identity not found"}"#)).await;
    let around = Surroundings::machine(&server.url);
    let failure =
        issuer(&server.url, Credential::ManagedIdentity { client_id: None }, around).issue().await.map(drop).unwrap_err();
    assert!(failure.class == Class::SignIn && failure.cause.contains("managed identity"), "{failure:?}");
}
