//! Servers that lie: endless, circular, huge and slow answers, and answers that repeat what was sent in secret.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;

use super::directory::usable;
use super::testing::{TestServer, answer, json, settings};
use super::{Class, Client, DeltaEnd, Failure, GraphSettings};
use crate::clock::Clock;
use crate::model::{ObjectId, Property, Reference, TargetId, TargetKind};

/// An opaque token, as another service might hand it out.
const TOKEN: &str = "opaque-Token.of~Another+9f8e7d6c5b4a";
/// What no text of ours may hold: the token, its beginning, its end.
const PARTS: [&str; 3] = [TOKEN, "opaque-Token.of", "9f8e7d6c5b4a"];

/// What is asked page by page, and how it ended.
async fn follow(client: &Client, collection: &str) -> Result<(), Failure> {
    let by = |kind, property, value: &str| Reference::new(kind, property, value);
    match collection {
        "sweep" => client.sweep(TargetKind::User, &[], |_| ()).await.map(drop),
        "changes" => match client.changes(TargetKind::Group, None, |_| ()).await? {
            DeltaEnd::StartOver => Err(Failure::local(Class::Transient, "all are asked about once more", "")),
            DeltaEnd::Link(_) => Ok(()),
        },
        "members" => client.transitive_members(&ObjectId::new("g")).await.map(drop),
        "filter" => client.resolve(&[by(TargetKind::User, Property::EmployeeId, "7")]).await.map(drop),
        "group" => client.resolve(&[by(TargetKind::Group, Property::DisplayName, "Sales")]).await.map(drop),
        "contacts" => client.resolve(&[Reference::contact("me", None, Property::Mail, "a@b.c")]).await.map(drop),
        _ => client.resolve(&[Reference::contact("me", Some("Friends"), Property::Mail, "a@b.c")]).await.map(drop),
    }
}

const COLLECTIONS: [&str; 7] = ["sweep", "changes", "members", "filter", "group", "contacts", "folders"];

/// A page with these objects and a link to the next.
fn page(host: &str, next: &str, objects: &str) -> Response {
    json(200, &format!(r#"{{"value":[{objects}],"@odata.nextLink":"http://{host}/v1.0/users?$skiptoken={next}"}}"#))
}

#[tokio::test]
async fn no_collection_is_followed_in_circles_through_emptiness_or_without_end() {
    for lie in ["circle", "empty", "endless"] {
        for collection in COLLECTIONS {
            // A tenant may have ten thousand pages: without end is tried where a few are many.
            if lie == "endless" && !matches!(collection, "filter" | "group") {
                continue;
            }
            let count = AtomicUsize::new(0);
            let server = TestServer::start(move |seen| {
                let number = count.fetch_add(1, Ordering::SeqCst);
                let object = format!(r#"{{"id":"i{number}","employeeId":"7","displayName":"Sales"}}"#);
                match lie {
                    "circle" => page(seen.header("host"), &(number % 7).to_string(), &object),
                    "empty" => page(seen.header("host"), &number.to_string(), ""),
                    _ => page(seen.header("host"), &number.to_string(), &object),
                }
            })
            .await;
            let failure = follow(&server.client_of_a_person(), collection).await.expect_err(collection);
            assert_eq!(failure.class, Class::Transient, "{lie} {collection}: {failure}");
            let asked = server.lines().len();
            assert!(asked <= 260, "{lie} {collection}: {asked} requests");
        }
    }
}

#[tokio::test]
async fn links_to_other_hosts_and_long_ones_are_not_followed() {
    for link in [
        "https://evil.example/v1.0/users?x",
        "http://127.0.0.1:1/x",
        "//evil.example/x",
        "ftp://evil.example",
        "x",
        &"x".repeat(20_000),
    ] {
        let link = if link.len() > 1_000 { format!("{{host}}{link}") } else { link.to_owned() };
        let server = TestServer::start(move |seen| {
            let link = link.replace("{host}", &format!("http://{}/", seen.header("host")));
            json(200, &format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#))
        })
        .await;
        for collection in COLLECTIONS {
            let client = server.client_of_a_person();
            assert!(follow(&client, collection).await.is_err(), "{collection}");
        }
    }
}

#[tokio::test]
async fn what_is_longer_than_any_such_answer_is_not_read() {
    const LONG: usize = 9 << 20;
    let server = TestServer::bare(|seen| match seen.target.as_str() {
        target if target.ends_with("/token") && seen.body.starts_with(b"client_id=long") => {
            json(200, &format!(r#"{{"access_token":"t","x":"{}"}}"#, "x".repeat(LONG)))
        }
        target if target.ends_with("/token") => json(200, r#"{"access_token":"t"}"#),
        target if target.ends_with("/$value") && seen.method == "GET" => {
            answer(200, &[("content-type", "image/jpeg")], &"x".repeat(LONG))
        }
        target if target.ends_with("/$value") => answer(200, &[], &"x".repeat(LONG)),
        _ => json(200, &format!(r#"{{"value":[],"x":"{}"}}"#, "x".repeat(LONG))),
    })
    .await;
    let client = server.client();
    for collection in COLLECTIONS {
        if !matches!(collection, "contacts" | "folders") {
            assert!(follow(&client, collection).await.is_err(), "{collection}");
        }
    }
    let target: TargetId = "user:u".parse().unwrap();
    let failure = client.photo(&target).await.unwrap_err();
    assert!(failure.class == Class::FewTries && failure.cause.contains("longer"), "{failure:?}");
    assert_eq!(client.put_photo(&target, Bytes::from_static(b"x")).await.unwrap().status, 200, "a success is one");
    let long = Client::new(GraphSettings { client_id: "long".into(), ..settings(&server.url) }, Clock::system()).unwrap();
    let failure = long.sign_in().await.unwrap_err();
    assert!(failure.cause.contains("longer"), "{failure:?}");
}

#[tokio::test]
async fn a_body_that_drips_ends_with_the_request() {
    let server = TestServer::start(|_| {
        let drip = futures_util::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, std::convert::Infallible>(Bytes::from_static(b" ")), ()))
        });
        Response::builder().header("content-type", "application/json").body(axum::body::Body::from_stream(drip)).unwrap()
    })
    .await;
    let quick = GraphSettings { timeout: Duration::from_millis(300), ..settings(&server.url) };
    let client = Client::new(quick, Clock::system()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(10), client.photo(&"user:u".parse().unwrap())).await;
    assert_eq!(ended.expect("it ends").unwrap_err().class, Class::Transient);
}

/// An answer that repeats the token somewhere.
fn echo(place: &str, token: &str) -> Response {
    let encoded = percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC).to_string();
    let error = |code: &str, message: &str| format!(r#"{{"error":{{"code":"{code}","message":"{message}"}}}}"#);
    match place {
        "code" => json(400, &error(token, "no")),
        "part of a code" => json(400, &error(&format!("Bad_{}", &token[..15]), "no")),
        "encoded code" => json(400, &error(&encoded, "no")),
        "message" => json(400, &error("BadRequest", &format!("header 'Authorization: Bearer {token}' is odd"))),
        "inner error" => {
            json(400, &format!(r#"{{"error":{{"code":"BadRequest","innerError":{{"code":"{token}","request-id":"{token}"}}}}}}"#))
        }
        "id" => answer(400, &[("request-id", token), ("content-type", "application/json")], &error("BadRequest", "no")),
        "id of a success" => answer(200, &[("request-id", token), ("etag", token)], ""),
        "part in an id" => answer(503, &[("request-id", &token[15..])], ""),
        "redirect" => answer(302, &[("location", &format!("https://{}.evil.example/", token.replace(['.', '~', '+'], "-")))], ""),
        "page" => answer(403, &[("content-type", "text/html")], &format!("<h1>{token}</h1>")),
        "proxy" => answer(407, &[("proxy-authenticate", token)], token),
        _ => json(
            200,
            &format!(r#"{{"id":"{}","userPrincipalName":"a@b.c","displayName":"{token}"}}"#, token.replace(['.', '~', '+'], "-")),
        ),
    }
}

const PLACES: [&str; 12] = [
    "code",
    "part of a code",
    "encoded code",
    "message",
    "inner error",
    "id",
    "id of a success",
    "part in an id",
    "redirect",
    "page",
    "proxy",
    "object",
];

#[track_caller]
fn says_nothing(place: &str, told: &str) {
    let plain = percent_encoding::percent_decode_str(told).decode_utf8_lossy().to_lowercase();
    for part in PARTS {
        assert!(!plain.contains(&part.to_lowercase()), "{place}: {told}");
    }
}

#[tokio::test]
async fn no_answer_makes_us_repeat_the_token() {
    for place in PLACES {
        let server = TestServer::bare(move |seen| {
            if seen.target.ends_with("/token") {
                return json(200, &format!(r#"{{"access_token":"{TOKEN}"}}"#));
            }
            echo(place, seen.header("authorization").trim_start_matches("Bearer "))
        })
        .await;
        let client = server.client();
        let target: TargetId = "user:u".parse().unwrap();
        says_nothing(place, &format!("{:?}", client.put_photo(&target, Bytes::from_static(b"x")).await));
        says_nothing(place, &format!("{:?}", client.delete_photo(&target).await));
        says_nothing(place, &format!("{:?}", client.photo_etag(&target).await));
        says_nothing(place, &format!("{:?}", client.photo_policy().await));
        let upn = Reference::new(TargetKind::User, Property::UserPrincipalName, "a@b.c");
        says_nothing(place, &format!("{:?}", client.resolve(&[upn]).await));
        says_nothing(place, &format!("{:?}", follow(&client, "members").await));
    }
}

#[tokio::test]
async fn nor_the_secret_at_either_side() {
    const SECRET: &str = "s3cret & more";
    for place in PLACES {
        let server = TestServer::bare(move |seen| {
            if seen.target.ends_with("/token") && seen.body.starts_with(b"client_id=good") {
                return json(200, &format!(r#"{{"access_token":"{TOKEN}"}}"#));
            }
            match place {
                "redirect" | "part of a code" | "part in an id" | "object" => json(400, &format!(r#"{{"error":"{SECRET}"}}"#)),
                "message" => json(
                    401,
                    &format!(
                        r#"{{"error":"invalid_client","error_description":"AADSTS7000215: '{SECRET}' {}"}}"#,
                        String::from_utf8_lossy(&seen.body)
                    ),
                ),
                "id" => answer(400, &[("x-ms-request-id", SECRET)], &format!(r#"{{"error":"x","trace_id":"{SECRET}"}}"#)),
                place => echo(place, SECRET),
            }
        })
        .await;
        for client_id in ["app", "good"] {
            let client =
                Client::new(GraphSettings { client_id: client_id.into(), ..settings(&server.url) }, Clock::system()).unwrap();
            let told =
                format!("{:?} {:?}", client.sign_in().await, client.put_photo(&"user:u".parse().unwrap(), Bytes::new()).await);
            assert!(!told.contains("s3cret") && !told.contains("s3cret%20"), "{place}: {told}");
        }
    }
}

#[test]
fn names_that_steer_a_terminal_are_none() {
    for name in ["a\u{1b}[2J", "a\nb", "\u{202e}a", &"x".repeat(2_000)] {
        assert_eq!(usable(Some(name.to_owned())), None, "{name:?}");
    }
    assert_eq!(usable(Some("Zoë 写真".to_owned())).as_deref(), Some("Zoë 写真"));
}
