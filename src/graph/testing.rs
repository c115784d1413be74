//! Small servers for this room's own tests.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

use super::{Client, Cloud, Credential, GraphSettings, Proxies, SavedSignIn};
use crate::clock::Clock;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct SeenRequest {
    pub(super) method: String,
    /// Path and query, as on the wire.
    pub(super) target: String,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) body: Bytes,
}

impl SeenRequest {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Method and target, percent-decoded for reading.
    pub(super) fn line(&self) -> String {
        let target = percent_encoding::percent_decode_str(&self.target).decode_utf8_lossy().into_owned();
        format!("{} {target}", self.method)
    }
}

/// Answers requests by a closure and remembers them.
#[derive(Clone)]
pub(super) struct TestServer {
    pub(super) url: String,
    pub(super) seen: Arc<Mutex<Vec<SeenRequest>>>,
}

type Answering = Arc<dyn Fn(&SeenRequest) -> Response + Send + Sync>;

impl TestServer {
    /// Starts on a free port; tokens are handed out under `/tenant/oauth2/v2.0/token` unless the closure is to answer.
    pub(super) async fn start(answering: impl Fn(&SeenRequest) -> Response + Send + Sync + 'static) -> Self {
        Self::start_with(Arc::new(move |seen: &SeenRequest| {
            if seen.target.ends_with("/oauth2/v2.0/token") {
                return r#"{"token_type":"Bearer","expires_in":3599,"access_token":"good"}"#.into_response();
            }
            answering(seen)
        }))
        .await
    }

    /// As above, but the closure answers sign-in as well.
    pub(super) async fn bare(answering: impl Fn(&SeenRequest) -> Response + Send + Sync + 'static) -> Self {
        Self::start_with(Arc::new(answering)).await
    }

    async fn start_with(answering: Answering) -> Self {
        async fn handle(
            State((answering, seen)): State<(Answering, Arc<Mutex<Vec<SeenRequest>>>)>,
            request: Request,
        ) -> Response {
            let (parts, body) = request.into_parts();
            let request = SeenRequest {
                method: parts.method.to_string(),
                target: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
                headers: parts.headers,
                body: axum::body::to_bytes(body, 16 << 20).await.unwrap_or_default(),
            };
            let answer = answering(&request);
            seen.lock().unwrap().push(request);
            answer
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<SeenRequest>>>::default();
        let router = Router::new().fallback(handle).with_state((answering, Arc::clone(&seen)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }

    /// Requests to Graph so far.
    pub(super) fn graph_requests(&self) -> Vec<SeenRequest> {
        self.seen.lock().unwrap().iter().filter(|seen| !seen.target.contains("/oauth2/")).cloned().collect()
    }

    /// The lines of the requests to Graph so far.
    pub(super) fn lines(&self) -> Vec<String> {
        self.graph_requests().iter().map(SeenRequest::line).collect()
    }

    pub(super) fn client(&self) -> Client {
        Client::new(settings(&self.url), Clock::system()).unwrap()
    }

    /// A client in the name of a person who signed in.
    pub(super) fn client_of_a_person(&self) -> Client {
        let saved = SavedSignIn::in_memory("refresh".to_owned());
        let credential = Credential::Delegated { saved, permissions: vec!["User.ReadWrite"], one_person: true };
        Client::new(GraphSettings { credential, ..settings(&self.url) }, Clock::system()).unwrap()
    }
}

/// Settings for a server on loopback.
pub(super) fn settings(url: &str) -> GraphSettings {
    GraphSettings {
        cloud: Cloud::Custom { graph_url: url.to_owned(), login_url: url.to_owned() },
        tenant: "tenant".into(),
        client_id: "app".into(),
        credential: Credential::ClientSecret(SecretString::from("s3cret & more")),
        ca_file: None,
        proxies: Proxies::default(),
        timeout: Duration::from_secs(5),
    }
}

/// A JSON answer with a status.
pub(super) fn json(status: u16, body: &str) -> Response {
    answer(status, &[("content-type", "application/json")], body)
}

/// An answer with status, headers and body.
pub(super) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(axum::body::Body::from(body.to_owned())).unwrap()
}
