//! Weather as a client meets it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{ANNA, SALES, World, ended, header};
use crate::clock::{Clock, TimeSource};
use crate::emulator::faults::{Purpose, Subject};
use crate::emulator::state::State;
use crate::emulator::*;
use crate::model::Timestamp;

/// What a client waits for at most.
const PATIENCE: Duration = Duration::from_secs(20);

impl World {
    async fn in_weather(yaml: &str) -> Self {
        Self::in_weather_with(yaml, Throttling::default()).await
    }

    async fn in_weather_with(yaml: &str, throttle: Throttling) -> Self {
        let weather = Some(Weather::from_yaml(yaml).unwrap());
        Self::new(Settings { throttle, weather, ..Settings::default() }).await
    }

    /// Status and body of a request for a token.
    async fn sign_in(&self) -> (u16, String) {
        let scope = format!("{}/.default", self.server.graph_url());
        let form = [("grant_type", "client_credentials"), ("client_id", "app"), ("client_secret", "s"), ("scope", &scope)];
        let url = format!("{}/contoso.com/oauth2/v2.0/token", self.server.login_url());
        let response = self.client.post(url).form(&form).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    fn stored(&self) -> u64 {
        self.server.counters().stored
    }
}

#[tokio::test]
async fn faults_hit_their_share() {
    const REQUESTS: u32 = 3_000;
    let world = World::in_weather(
        "seed: 5\nfaults: [{ share: 5%, status: 503 }, { share: 10%, burst: 4, status: 500 }, { share: 2%, html: 502 }]",
    )
    .await;
    let mut found: BTreeMap<u16, u32> = BTreeMap::new();
    for _ in 0..REQUESTS {
        let response = world.ask("GET", ANNA).send().await.unwrap();
        *found.entry(response.status().as_u16()).or_default() += 1;
    }
    for (status, share, tolerance) in [(503, 0.05, 0.015), (500, 0.1, 0.04), (502, 0.02, 0.01), (200, 0.83, 0.05)] {
        let hit = f64::from(found.get(&status).copied().unwrap_or(0)) / f64::from(REQUESTS);
        assert!((hit - share).abs() < tolerance, "{status}: {hit} instead of {share}");
    }
}

/// A clock that stands until it is moved.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicU64>);

impl TimeSource for Hand {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000).plus(self.elapsed())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

#[tokio::test]
async fn phases_begin_and_end() {
    let hand = Hand::default();
    let weather = Weather::from_yaml(
        "phases:
  - { from: 10s, for: 10s, outage: unavailable }
  - { from: 30s, for: 5s, every: 10s, times: 2, only: { requests: [photos] }, outage: { status: 507 } }",
    );
    let settings = Settings { weather: Some(weather.unwrap()), ..Settings::default() };
    let world = World::at(Clock::from_source(hand.clone()), settings).await;
    for (second, photo, look_up) in [
        (5, 200, 200),
        (14, 200, 200),
        // The first request was at 5.
        (15, 503, 503),
        (24, 503, 503),
        (25, 200, 200),
        (36, 507, 200),
        (41, 200, 200),
        (46, 507, 200),
        (60, 200, 200),
    ] {
        hand.0.store(second, Ordering::Relaxed);
        assert_eq!(ended(world.upload("PUT", ANNA)).await.0, photo, "photo at {second}");
        assert_eq!(ended(world.ask("GET", SALES)).await.0, look_up, "look-up at {second}");
    }
    world.server.set_weather(Some(Weather::from_yaml("faults: [{ share: 100%, status: 500 }]").unwrap()));
    assert_eq!(ended(world.ask("GET", SALES)).await.0, 500);
    world.server.set_weather(None);
    assert_eq!(ended(world.ask("GET", SALES)).await.0, 200);
}

#[tokio::test]
async fn scopes_narrow_by_method_purpose_and_kind() {
    for (only, user, group, read, look_up, sign_in) in [
        ("{ methods: [PUT] }", 503, 503, 404, 200, 200),
        ("{ requests: [photos] }", 503, 503, 503, 200, 200),
        ("{ requests: [directory] }", 200, 200, 200, 503, 200),
        ("{ requests: [sign_in] }", 200, 200, 200, 200, 503),
        ("{ kinds: [group] }", 200, 503, 404, 503, 200),
        ("{ kinds: [user], methods: [GET] }", 200, 200, 503, 200, 200),
        ("{ path: '/groups/*/photo' }", 200, 503, 404, 200, 200),
    ] {
        let world = World::in_weather(&format!("phases: [{{ only: {only}, outage: unavailable }}]")).await;
        let found = [
            ended(world.upload("PUT", ANNA)).await.0,
            ended(world.upload("PUT", SALES)).await.0,
            ended(world.ask("GET", &format!("{ANNA}/photo"))).await.0,
            ended(world.ask("GET", SALES)).await.0,
            world.sign_in().await.0,
        ];
        // A photo that was stored can be read.
        let read = if user == 200 && read == 404 { 200 } else { read };
        assert_eq!(found, [user, group, read, look_up, sign_in], "{only}");
    }
}

#[tokio::test]
async fn outages_have_their_shapes() {
    for (outage, put, sign_in, words) in [
        ("unavailable", (503, "ServiceUnavailable"), 503, "AADSTS90033"),
        ("unauthorized", (401, "InvalidAuthenticationToken"), 200, "access_token"),
        ("forbidden", (403, "ErrorAccessDenied"), 200, "access_token"),
        ("no_sign_in", (401, "InvalidAuthenticationToken"), 503, "temporarily_unavailable"),
        ("{ status: 502, code: UnknownError, message: '<html>' }", (502, "UnknownError"), 502, "UnknownError"),
        ("{ status: 400, body: '' }", (400, ""), 400, ""),
    ] {
        let world = World::in_weather(&format!("phases: [{{ outage: {outage} }}]")).await;
        let found = ended(world.upload("PUT", ANNA)).await;
        assert_eq!((found.0, found.1.as_str()), put, "{outage}");
        let (status, body) = world.sign_in().await;
        assert!(status == sign_in && body.contains(words), "{outage}: {status} {body}");
        assert_eq!(world.stored(), 0);
    }
    let world = World::in_weather("phases: [{ outage: not_found_page }]").await;
    let page = world.upload("PUT", ANNA).send().await.unwrap();
    assert_eq!((page.status().as_u16(), header(&page, "content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.text().await.unwrap().contains("<h1>404 Not Found</h1>"));
    assert!(world.sign_in().await.1.contains("<h1>404"));
    let world = World::in_weather("phases: [{ outage: hanging }]").await;
    let late = world.upload("PUT", ANNA).timeout(Duration::from_millis(300)).send().await.unwrap_err();
    assert!(late.is_timeout() && world.stored() == 0);
}

#[tokio::test]
async fn refused_connections_come_back() {
    let world = World::in_weather("begin: server\nphases: [{ from: 1ms, outage: refused }]").await;
    // A connection that waits in the system's queue when the door closes is reset; from then on nobody listens.
    let refused = async {
        loop {
            match tokio::net::TcpStream::connect(world.server.addr()).await {
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => break,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.unwrap();
    let error = world.upload("PUT", ANNA).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    world.server.set_weather(None);
    let back = async { while world.upload("PUT", ANNA).send().await.is_err() {} };
    tokio::time::timeout(PATIENCE, back).await.unwrap();
    // A connection that is open when the outage begins is cut with its next request.
    world.server.set_weather(Some(Weather::from_yaml("begin: server\nphases: [{ for: 200ms, outage: refused }]").unwrap()));
    let stored = world.stored();
    assert!(world.upload("PUT", ANNA).send().await.is_err());
    assert_eq!(world.stored(), stored);
    let back = async { while world.upload("PUT", ANNA).send().await.is_err() {} };
    tokio::time::timeout(PATIENCE, back).await.unwrap();
    assert_eq!(world.stored(), stored + 1);
}

#[test]
fn the_listener_is_told_when_the_first_request_begins_the_weather() {
    let weather = Some(Weather::from_yaml("phases: [{ from: 1m, for: 1m, outage: refused }]").unwrap());
    let settings = Settings { weather, ..Settings::default() };
    let state = State::new(settings, Tenant::default(), Clock::system(), "http://127.0.0.1:1".to_owned());
    let changes = state.weather_changes();
    assert_eq!(state.refuses(), (false, None));
    let request = Subject { method: "GET", target: "/v1.0/users", purpose: Purpose::Directory, kind: None };
    state.disturb(&request);
    assert!(changes.has_changed().unwrap());
    let (refuses, next) = state.refuses();
    assert!(!refuses && next.is_some_and(|next| next <= Duration::from_secs(60)));
}

#[tokio::test]
async fn accidents_lose_answers_or_requests() {
    for (fault, stored, arrived) in [
        ("reset: before_body", 0, false),
        ("reset: in_body", 0, true),
        ("reset: after_body", 0, true),
        ("reset: after_body, processed: true", 1, true),
        ("hang: 50ms", 0, true),
        ("hang: 50ms, processed: true", 1, true),
    ] {
        let world = World::in_weather(&format!("phases: [{{ outage: {{ {fault} }} }}]")).await;
        assert!(world.upload("PUT", ANNA).send().await.is_err(), "{fault}");
        let record = world.server.requests().pop().unwrap();
        assert_eq!((world.stored(), record.body_length > 0, record.status), (stored, arrived, 0), "{fault}");
    }
    let world = World::in_weather("phases: [{ outage: { status: 504, processed: true } }]").await;
    assert_eq!((ended(world.upload("PUT", ANNA)).await.0, world.stored()), (504, 1));
}

#[tokio::test]
async fn answers_are_cut_confused_or_late() {
    let world = World::in_weather("phases: [{ outage: { cut: true } }]").await;
    for request in [world.ask("GET", "/v1.0/users"), world.upload("PUT", ANNA)] {
        let cut = request.send().await.unwrap();
        assert!(cut.status().as_u16() == 200 && cut.content_length() > Some(1));
        assert!(cut.bytes().await.is_err());
    }
    assert_eq!(world.stored(), 1, "what is cut is the true answer");
    for (wrong, parsed) in
        [("broken", None), ("empty", Some(json!({}))), ("foreign", Some(json!([{ "id": 7, "value": "none" }])))]
    {
        let world = World::in_weather(&format!("phases: [{{ outage: {{ json: {wrong} }} }}]")).await;
        let answer = world.ask("GET", "/v1.0/users").send().await.unwrap();
        assert_eq!((answer.status().as_u16(), header(&answer, "content-type")), (200, "application/json"));
        assert_eq!(serde_json::from_str::<Value>(&answer.text().await.unwrap()).ok(), parsed, "{wrong}");
    }
    let world = World::in_weather("latency: 150ms\nfaults: [{ share: 100%, latency: 300ms }]").await;
    let clock = Clock::system();
    assert_eq!(ended(world.upload("PUT", ANNA)).await.0, 200);
    assert!(clock.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_wait_is_told_in_every_form() {
    for (more, form) in [
        ("", "2"),
        ("retry_after_form: fraction", "1.500"),
        ("retry_after_form: date", "GMT"),
        ("headers: { X-Other: soon }", "2"),
    ] {
        let world = World::in_weather(&format!("phases: [{{ outage: {{ status: 503, retry_after: 1500ms, {more} }} }}]")).await;
        let answer = world.ask("GET", ANNA).send().await.unwrap();
        assert!(header(&answer, "retry-after").ends_with(form), "{more}");
    }
    let world = World::in_weather("phases: [{ outage: { status: 503, headers: { Retry-After: soon } } }]").await;
    assert_eq!(header(&world.ask("GET", ANNA).send().await.unwrap(), "retry-after"), "soon");
}

#[tokio::test]
async fn accidents_behind_the_door_draw_on_the_quota() {
    let throttle = || Throttling { rate: Some(0.01), burst: 2, ..Throttling::default() };
    for (fault, ends) in [("status: 503", [503, 503, 429]), ("status: 503, quota: false", [503, 503, 503])] {
        let world = World::in_weather_with(&format!("faults: [{{ share: 100%, {fault} }}]"), throttle()).await;
        for end in ends {
            assert_eq!(ended(world.upload("PUT", ANNA)).await.0, end, "{fault}");
        }
        assert_eq!(world.sign_in().await.0, 503, "signing in draws on nothing");
    }
}

#[tokio::test]
async fn an_item_of_a_batch_has_its_own_weather() {
    let world = World::in_weather("phases: [{ only: { kinds: [group] }, outage: unavailable }]").await;
    let item = |id: &str, url: &str| json!({ "id": id, "method": "GET", "url": url });
    let group = SALES.strip_prefix("/v1.0").unwrap();
    let batch = json!({ "requests": [item("1", "/users/anna@contoso.com"), item("2", group)] });
    let answer: Value = world.ask("POST", "/v1.0/$batch").json(&batch).send().await.unwrap().json().await.unwrap();
    assert_eq!((&answer["responses"][0]["status"], &answer["responses"][1]["status"]), (&json!(200), &json!(503)));
}
