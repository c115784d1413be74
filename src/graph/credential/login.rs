//! The two steps of a person's sign-in.

use std::time::Duration;

use secrecy::SecretString;

use super::super::token::Grant;
use super::super::{Class, Failure};
use super::delegated::{Delegated, DeviceCode, SignedInPerson, device_code};
use super::grant::TokenAnswer;
use super::issuer::{TokenIssuer, TokenSource};

/// What `slow_down` adds to the interval.
const SLOWER: Duration = Duration::from_secs(5);

impl TokenIssuer {
    fn person(&self) -> Result<&Delegated, Failure> {
        match &self.source {
            TokenSource::Delegated(delegated) => Ok(delegated),
            _ => Err(Failure::local(
                Class::NotPossible,
                "a person can sign in only where graph.credential says so",
                "Set graph.credential: { device_code: {} }, or leave out `photosyncd login`.",
            )),
        }
    }

    pub(in super::super) async fn begin_login(&self) -> Result<DeviceCode, Failure> {
        let person = self.person()?;
        let answer = self.send(person.device_request(&self.transport)).await?;
        let code = if answer.status.is_success() { device_code(&answer.body) } else { None };
        code.ok_or_else(|| public_client(self.refused(&answer)))
    }

    /// Keeps a sign-in that [`TokenIssuer::await_login`] brought.
    pub(in super::super) async fn keep_login(&self, refresh: SecretString, person: &SignedInPerson) -> Result<(), Failure> {
        self.person()?.keep(refresh, person).await
    }

    /// Waits for the person; a token to ask who they are, and the one to keep.
    pub(in super::super) async fn await_login(&self, device: &DeviceCode) -> Result<(Grant, SecretString), Failure> {
        let person = self.person()?;
        let deadline = self.clock.elapsed() + device.life;
        let mut interval = device.interval;
        while self.clock.elapsed() < deadline {
            tokio::time::sleep(interval).await;
            let answer = match self.send(person.poll_request(&self.transport, &self.sent, device)).await {
                Ok(answer) => answer,
                // The network may come back before the code expires.
                Err(failure) if matches!(failure.class, Class::Offline | Class::Transient) => continue,
                Err(failure) => return Err(failure),
            };
            if answer.status.is_success() {
                let token = TokenAnswer::read(&answer.body);
                return token
                    .and_then(|token| token.refresh().map(|refresh| (token.grant(self.clock.now()), refresh)))
                    .ok_or_else(|| {
                        Failure::local(
                            Class::SignIn,
                            "the sign-in brought no refresh token",
                            "Let the application ask for offline_access, then run `photosyncd login` again.",
                        )
                    });
            }
            let failure = self.refused(&answer);
            match oauth_error(&answer.body).as_deref() {
                Some("authorization_pending") => {}
                Some("slow_down") => interval += SLOWER,
                Some("authorization_declined" | "access_denied") => {
                    return Err(said(failure, "the sign-in was declined", "Run `photosyncd login` again and agree."));
                }
                Some("expired_token") => break,
                _ if matches!(failure.class, Class::Transient | Class::Throttled) => interval += SLOWER,
                _ => return Err(public_client(failure)),
            }
        }
        Err(Failure::local(Class::SignIn, "the code expired before it was typed", "Run `photosyncd login` again."))
    }
}

/// Where an application by itself would lack its secret, a person meets an application that is closed to them.
fn public_client(failure: Failure) -> Failure {
    if failure.code.as_deref() != Some("AADSTS7000218") {
        return failure;
    }
    let cure =
        "Set \"Allow public client flows\" to Yes under App registrations > Authentication, then run `photosyncd login` again.";
    said(failure, "the application does not let people sign in by device code", cure)
}

fn said(mut failure: Failure, cause: &str, cure: &'static str) -> Failure {
    failure.cause = cause.into();
    failure.cure = cure.into();
    failure
}

fn oauth_error(body: &[u8]) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(document.get("error")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::super::testing::{TestServer, json, settings};
    use super::super::super::{Class, Client, Credential, SavedSignIn};
    use crate::clock::Clock;
    use crate::model::TargetId;

    fn delegated(saved: SavedSignIn) -> Credential {
        Credential::Delegated { saved, permissions: vec!["User.ReadWrite"], one_person: true }
    }

    #[tokio::test]
    async fn a_person_signs_in_once_and_the_token_is_kept_and_renewed() {
        let polls = AtomicU32::new(0);
        let server = TestServer::bare(move |seen| {
            let body = String::from_utf8_lossy(&seen.body).into_owned();
            if seen.target.ends_with("/devicecode") {
                assert!(body.contains("User.ReadWrite+offline_access"), "{body}");
                json(200, r#"{"device_code":"d","user_code":"ABC","verification_uri":"https://x","expires_in":900,"interval":1}"#)
            } else if body.contains("device_code=d") && polls.fetch_add(1, Ordering::SeqCst) == 0 {
                json(400, r#"{"error":"authorization_pending"}"#)
            } else if body.contains("device_code=d") {
                json(200, r#"{"access_token":"a","refresh_token":"r1"}"#)
            } else if seen.target.starts_with("/v1.0/me?") {
                assert_eq!(seen.header("authorization"), "Bearer a");
                json(200, r#"{"id":"P1","userPrincipalName":"anna@contoso.com"}"#)
            } else if body.contains("refresh_token=r1") {
                json(200, r#"{"access_token":"b","expires_in":3599,"refresh_token":"r2"}"#)
            } else {
                json(200, "{}")
            }
        })
        .await;
        let directory = tempfile::tempdir().unwrap();
        let token_file = directory.path().join("refresh");
        let mut settings = settings(&server.url);
        settings.credential = delegated(SavedSignIn::in_file(token_file.clone()));
        let client = Client::new(settings, Clock::system()).unwrap();
        let failure = client.sign_in().await.unwrap_err();
        assert!(failure.class == Class::SignIn && failure.cure.to_string().contains("photosyncd login"));
        let device = client.begin_login().await.unwrap();
        assert_eq!(device.user_code, "ABC");
        let person = client.finish_login(&device).await.unwrap();
        assert_eq!((person.id.as_str(), person.user_principal_name.as_deref()), ("P1", Some("anna@contoso.com")));
        let saved = || std::fs::read_to_string(&token_file).unwrap();
        assert_eq!(saved(), r#"{"refresh_token":"r1","person":"P1"}"#);
        client.put_photo(&TargetId::Me, bytes::Bytes::from_static(b"x")).await.unwrap();
        let put = server.graph_requests().pop().unwrap();
        assert_eq!((put.line().as_str(), put.header("authorization")), ("PUT /v1.0/me/photo/$value", "Bearer b"));
        assert_eq!(saved(), r#"{"refresh_token":"r2","person":"P1"}"#, "a new refresh token replaces the old");
        assert_eq!(std::fs::metadata(&token_file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_declined_sign_in_ends_it() {
        let server = TestServer::bare(|seen| {
            if seen.target.ends_with("/devicecode") {
                json(200, r#"{"device_code":"d","user_code":"ABC","verification_uri":"https://x","interval":1}"#)
            } else {
                json(400, r#"{"error":"authorization_declined"}"#)
            }
        })
        .await;
        let mut settings = settings(&server.url);
        settings.credential = delegated(SavedSignIn::in_file("/nonexistent/x".into()));
        let client = Client::new(settings, Clock::system()).unwrap();
        let device = client.begin_login().await.unwrap();
        let failure = client.finish_login(&device).await.unwrap_err();
        assert!(failure.class == Class::SignIn && failure.cause.contains("declined"), "{failure:?}");
        assert!(!format!("{device:?}").contains("\"d\""));
        let service = server.client();
        assert_eq!(service.begin_login().await.unwrap_err().class, Class::NotPossible);
    }
}
