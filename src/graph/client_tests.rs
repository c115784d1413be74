//! The client against small servers, down to the bytes on the wire.

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::super::testing::{TestServer, answer, json, settings};
use super::super::{Class, Client, Credential};
use crate::clock::Clock;
use crate::model::{ObjectId, Reason, TargetId};

fn user(id: &str) -> TargetId {
    TargetId::User(ObjectId::new(id))
}

fn jpeg() -> Bytes {
    Bytes::from_static(b"\xff\xd8jpeg\xff\xd9")
}

#[tokio::test]
async fn a_put_is_what_the_reference_shows() {
    let server = TestServer::start(|_| answer(200, &[("request-id", "r1"), ("etag", "W/\"abc\"")], "")).await;
    let client = server.client();
    let accepted = client.put_photo(&user("x_y#EXT#@b.c"), jpeg()).await.unwrap();
    assert_eq!((accepted.status, accepted.etag.as_deref(), accepted.request_id.as_deref()), (200, Some("abc"), Some("r1")));
    let seen = server.graph_requests().remove(0);
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("PUT", "/v1.0/users/x_y%23EXT%23@b.c/photo/$value"));
    assert_eq!(seen.body, jpeg());
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("content-length", "8"),
        ("authorization", "Bearer good"),
        ("x-ms-throttle-priority", "Low"),
        ("user-agent", concat!("photosyncd/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(seen.header(name), value, "{name}");
    }
    let first = seen.header("client-request-id").to_owned();
    assert!(uuid::Uuid::try_parse(&first).is_ok());
    client.put_photo(&user("u"), jpeg()).await.unwrap();
    assert_ne!(server.graph_requests()[1].header("client-request-id"), first);
    let counters = client.counters();
    assert_eq!((counters.requests, counters.sign_in_requests, counters.throttled, counters.bytes_sent), (2, 1, 0, 16));
}

const LACKS: &str = r#"{"error":{"code":"ErrorAccessDenied","message":"no"}}"#;

#[tokio::test]
async fn a_permission_that_was_granted_shows_in_a_new_token_which_is_asked_for_once() {
    let tokens = AtomicU32::new(0);
    let server = TestServer::bare(move |seen| {
        if seen.target.ends_with("/token") {
            let number = tokens.fetch_add(1, Ordering::SeqCst);
            return json(200, &format!(r#"{{"access_token":"t{number}","expires_in":3599}}"#));
        }
        if seen.header("authorization") == "Bearer t1" { answer(200, &[], "") } else { json(403, LACKS) }
    })
    .await;
    let client = server.client();
    // A token of this minute says what is granted.
    let users = [user("a"), user("b"), user("c")];
    let put = |target| client.put_photo(target, jpeg());
    assert_eq!(put(&users[0]).await.unwrap_err().class, Class::KindForbidden);
    assert_eq!(client.counters().sign_in_requests, 1);
    client.doubt_permissions(std::time::Duration::ZERO);
    let (one, two, three) = tokio::join!(put(&users[0]), put(&users[1]), put(&users[2]));
    assert!([one, two, three].iter().all(Result::is_ok));
    assert_eq!(client.counters().sign_in_requests, 2, "one new token for all");
}

#[tokio::test]
async fn a_permission_that_is_missing_in_a_new_token_too_is_missing() {
    let server = TestServer::start(|_| json(403, LACKS)).await;
    let client = server.client();
    client.sign_in().await.unwrap();
    client.doubt_permissions(std::time::Duration::ZERO);
    for sent in [1, 2, 3] {
        assert_eq!(client.put_photo(&user("a"), jpeg()).await.unwrap_err().class, Class::KindForbidden);
        assert_eq!((client.counters().sign_in_requests, server.graph_requests().len()), (2, sent));
    }
}

#[tokio::test]
async fn sign_in_is_the_documented_form() {
    let server = TestServer::start(|_| answer(204, &[], "")).await;
    server.client().sign_in().await.unwrap();
    let seen = server.seen.lock().unwrap().remove(0);
    assert_eq!(seen.line(), "POST /tenant/oauth2/v2.0/token");
    let body = String::from_utf8(seen.body.to_vec()).unwrap();
    for part in ["client_id=app", "grant_type=client_credentials", "client_secret=s3cret+%26+more", "%2F.default"] {
        assert!(body.contains(part), "{body}");
    }
}

#[tokio::test]
async fn the_bytes_on_the_wire_hold_a_literal_dollar_sign() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads = tokio::spawn(async move {
        let mut heads = Vec::new();
        while heads.len() < 2 {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 8192];
            let read = socket.read(&mut head).await.unwrap();
            heads.push(String::from_utf8_lossy(&head[..read]).into_owned());
            let body = r#"{"access_token":"t","expires_in":"3599"}"#;
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
        heads
    });
    let client = Client::new(settings(&url), Clock::system()).unwrap();
    client.put_photo(&user("o'n eil/#\u{e9}"), jpeg()).await.unwrap();
    let heads = heads.await.unwrap();
    assert!(heads[1].starts_with("PUT /v1.0/users/o%27n%20eil%2F%23%C3%A9/photo/$value HTTP/1.1\r\n"), "{}", heads[1]);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let tokens = AtomicU32::new(0);
    let server = TestServer::bare(move |seen| {
        if seen.target.ends_with("/token") {
            let number = tokens.fetch_add(1, Ordering::SeqCst);
            return json(200, &format!(r#"{{"access_token":"t{number}","expires_in":3599}}"#));
        }
        if seen.header("authorization") == "Bearer t1" { answer(200, &[], "") } else { json(401, r#"{"error":{"code":"x"}}"#) }
    })
    .await;
    let client = server.client();
    client.put_photo(&user("u"), jpeg()).await.unwrap();
    assert_eq!((client.counters().sign_in_requests, client.counters().requests), (2, 2));
}

#[tokio::test]
async fn a_second_refusal_is_a_sign_in_failure() {
    let server = TestServer::start(|_| answer(401, &[], "")).await;
    let client = server.client();
    let failure = client.put_photo(&user("u"), jpeg()).await.unwrap_err();
    assert_eq!((failure.class, failure.status), (Class::SignIn, Some(401)));
    assert_eq!((client.counters().sign_in_requests, client.counters().requests), (2, 2));
}

#[tokio::test]
async fn a_wrong_secret_is_said_in_words_and_asked_once() {
    let server = TestServer::bare(|_| {
        json(
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret","error_codes":[7000215]}"#,
        )
    })
    .await;
    let client = server.client();
    let failure = client.sign_in().await.unwrap_err();
    assert_eq!((failure.class, failure.code.as_deref()), (Class::SignIn, Some("AADSTS7000215")));
    assert_eq!(client.counters().sign_in_requests, 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_other_host_sees_nothing() {
    let other = TestServer::start(|_| answer(200, &[], "")).await;
    let elsewhere = format!("{}/v1.0/users/u/photo/$value", other.url);
    let server = TestServer::start(move |_| answer(307, &[("location", &elsewhere)], "")).await;
    let failure = server.client().put_photo(&user("u"), jpeg()).await.unwrap_err();
    assert_eq!((failure.class, failure.reason()), (Class::Transient, Reason::Transient));
    assert!(failure.cause.contains("127.0.0.1"), "{}", failure.cause);
    assert!(other.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_page_for_people_is_no_success() {
    let server = TestServer::start(|_| answer(200, &[("content-type", "text/html")], "<html>hotel</html>")).await;
    assert_eq!(server.client().put_photo(&user("u"), jpeg()).await.unwrap_err().class, Class::Transient);
}

#[tokio::test]
async fn after_a_503_the_next_request_comes_over_a_new_connection() {
    // Counts connections that carried a request to Graph: 200, 503, 200 must take two.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let puts = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = std::sync::Arc::clone(&puts);
    tokio::spawn(async move {
        for connection in 0.. {
            let (mut socket, _) = listener.accept().await.unwrap();
            let seen = std::sync::Arc::clone(&seen);
            tokio::spawn(async move {
                let mut buffer = vec![0; 8192];
                while let Ok(read @ 1..) = socket.read(&mut buffer).await {
                    let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
                    let (status, body) = if text.starts_with("POST") {
                        ("200 OK", r#"{"access_token":"t","expires_in":3599}"#)
                    } else {
                        let mut seen = seen.lock().unwrap();
                        seen.push(connection);
                        (if seen.len() == 2 { "503 Busy" } else { "200 OK" }, "")
                    };
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                    if socket.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let client = Client::new(settings(&url), Clock::system()).unwrap();
    client.put_photo(&user("u"), Bytes::new()).await.unwrap();
    assert_eq!(client.put_photo(&user("u"), Bytes::new()).await.unwrap_err().status, Some(503));
    client.put_photo(&user("u"), Bytes::new()).await.unwrap();
    let puts = puts.lock().unwrap();
    assert_eq!(puts[0], puts[1], "kept alive while all is well");
    assert_ne!(puts[1], puts[2], "left behind after a 503");
}

#[tokio::test]
async fn no_listener_is_offline_and_silence_is_transient() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let client = Client::new(settings(&url), Clock::system()).unwrap();
    let failure = client.sign_in().await.unwrap_err();
    assert_eq!(failure.class, Class::Offline);
    assert!(!failure.to_string().contains("http://"), "{failure}");

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = TestServer::start(|_| answer(200, &[], "")).await;
    let mut settings = settings(&server.url);
    settings.timeout = std::time::Duration::from_millis(200);
    settings.cloud = super::super::Cloud::Custom {
        graph_url: format!("http://{}", silent.local_addr().unwrap()),
        login_url: server.url.clone(),
    };
    let client = Client::new(settings, Clock::system()).unwrap();
    assert_eq!(client.put_photo(&user("u"), jpeg()).await.unwrap_err().class, Class::Transient);
}

#[tokio::test]
async fn a_connection_cut_in_mid_answer_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let graph_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 4096];
            let _ = socket.read(&mut buffer).await;
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
        }
    });
    let server = TestServer::start(|_| answer(200, &[], "")).await;
    let mut settings = settings(&server.url);
    settings.cloud = super::super::Cloud::Custom { graph_url, login_url: server.url.clone() };
    let client = Client::new(settings, Clock::system()).unwrap();
    assert_eq!(client.put_photo(&user("u"), jpeg()).await.unwrap_err().class, Class::Transient);
}

#[tokio::test]
async fn photos_are_deleted_where_graph_can() {
    let server = TestServer::start(|seen| match seen.target.as_str() {
        target if target.contains("/gone/") => json(404, r#"{"error":{"code":"ImageNotFound"}}"#),
        target if target.contains("/left/") => json(404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#),
        _ => answer(204, &[], ""),
    })
    .await;
    let client = server.client();
    assert_eq!(client.delete_photo(&user("u")).await.unwrap().status, 204);
    assert_eq!(client.delete_photo(&user("gone")).await.unwrap().status, 404);
    assert_eq!(client.delete_photo(&user("left")).await.unwrap_err().class, Class::Transient);
    for text in ["team:t", "contact:o/c"] {
        assert_eq!(client.delete_photo(&text.parse().unwrap()).await.unwrap_err().class, Class::NotPossible);
    }
    assert_eq!(server.graph_requests().len(), 3);
}

#[tokio::test]
async fn etags_and_both_shapes_of_no_photo() {
    let server = TestServer::start(|seen| match seen.target.as_str() {
        target if target.contains("/none/") => json(404, r#"{"error":{"code":"ImageNotFound"}}"#),
        target if target.contains("/pixel/") && target.ends_with("/photo") => {
            json(200, r#"{"id":"1x1","width":1,"height":1,"@odata.mediaContentType":"image/gif","@odata.mediaEtag":""}"#)
        }
        target if target.contains("/pixel/") => {
            answer(200, &[("content-type", "image/gif"), ("etag", "\"x\"")], "GIF89a\x01\0\x01\0")
        }
        target if target.contains("/plain/") && target.ends_with("/photo") => {
            json(200, r#"{"id":"648x648","@odata.mediaEtag":"\"BA09D118\""}"#)
        }
        target if target.contains("/plain/") => answer(200, &[("content-type", "image/jpeg")], "jpeg"),
        target if target.contains("/left/") => json(404, r#"{"error":{"code":"Request_ResourceNotFound"}}"#),
        _ => answer(200, &[("content-type", "image/jpeg"), ("etag", "W/\"abc\"")], "jpeg"),
    })
    .await;
    let client = server.client();
    for (id, etag) in [("u", Some("abc")), ("none", None), ("pixel", None), ("plain", Some("BA09D118"))] {
        assert_eq!(client.photo_etag(&user(id)).await.unwrap().as_deref(), etag, "{id}");
    }
    assert_eq!(
        client.photo_etag(&user("left")).await.unwrap_err().class,
        Class::Transient,
        "the directory alone says who is there"
    );
    let photo = client.photo(&user("u")).await.unwrap().unwrap();
    assert_eq!((&photo.bytes[..], photo.etag.as_deref()), (&b"jpeg"[..], Some("abc")));
    for id in ["none", "pixel"] {
        assert_eq!(client.photo(&user(id)).await.unwrap(), None, "{id}");
    }
    assert_eq!(client.photo(&user("left")).await.unwrap_err().class, Class::Transient);
}

/// A write needs no body for its success, and a page is none.
#[tokio::test]
async fn any_2xx_is_a_success_of_a_write_unless_a_page_comes() {
    const PAGE: &[(&str, &str)] = &[("content-type", "text/html")];
    for (status, headers, body, good) in [
        (200, PAGE, "", true),
        (204, PAGE, "", true),
        (200, PAGE, "  ", true),
        (202, &[][..], "accepted", true),
        (200, PAGE, "<html>hotel</html>", false),
        (200, &[][..], "<html>hotel</html>", false),
        (200, &[("content-type", "application/json")], r#"{"error":{"code":"x","message":"y"}}"#, false),
    ] {
        let server = TestServer::start(move |_| answer(status, headers, body)).await;
        let client = server.client();
        assert_eq!(client.put_photo(&user("u"), jpeg()).await.is_ok(), good, "{status} {body}");
        assert_eq!(client.delete_photo(&user("u")).await.is_ok(), good, "{status} {body}");
    }
}

/// The mailbox store has one name for all that it lacks: only beside a contact that can be read does it mean the photo.
#[tokio::test]
async fn a_contact_without_a_photo_is_told_from_a_store_that_fails() {
    let lacks = r#"{"error":{"code":"ErrorItemNotFound","message":"x"}}"#;
    let server = TestServer::start(move |seen| match seen.target.as_str() {
        target if target.contains("/photo") => json(404, lacks),
        target if target.contains("/contacts/here?") => json(200, r#"{"id":"here"}"#),
        target if target.contains("/contacts/other?") => json(200, r#"{"id":"another"}"#),
        _ => json(404, lacks),
    })
    .await;
    let client = server.client();
    assert_eq!(client.photo(&"contact:o/here".parse().unwrap()).await.unwrap(), None);
    for target in ["contact:o/other", "contact:o/gone", "user:u", "group:g", "team:t"] {
        assert!(client.photo(&target.parse().unwrap()).await.is_err(), "{target}");
    }
}

/// Only Graph's own word is taken: what is overwritten because of a mistake here is lost.
#[tokio::test]
async fn a_404_that_does_not_name_a_missing_photo_proves_nothing() {
    let server = TestServer::start(|seen| match seen.target.as_str() {
        target if target.contains("/bare/") => answer(404, &[], ""),
        target if target.contains("/page/") => answer(404, &[("content-type", "text/html")], "<html>"),
        target if target.contains("/odd/") => json(404, r#"{"error":{"code":"UnknownError"}}"#),
        target if target.contains("/empty/") => answer(200, &[("content-type", "image/jpeg")], ""),
        target if target.contains("/no-content/") => answer(204, &[], ""),
        target if target.contains("/document/") => json(200, r#"{"error":{"code":"ImageNotFound"}}"#),
        target if target.contains("/said-in-html/") => {
            answer(404, &[("content-type", "text/html")], r#"{"error":{"code":"ImageNotFound"}}"#)
        }
        target if target.contains("/wrapped/") => {
            json(404, r#"{"error":{"code":"UnknownError","message":"{\"code\":\"ImageNotFound\"}"}}"#)
        }
        target if target.contains("/foreign/") => json(404, r#"{"code":"ImageNotFound"}"#),
        target if target.contains("/no-etag/") && target.ends_with("/photo") => json(200, "{}"),
        target if target.contains("/no-etag/") => answer(200, &[("content-type", "image/jpeg")], "jpeg"),
        target if target.contains("/gif/") => answer(200, &[("content-type", "image/gif")], "GIF89a\x30\0\x30\0"),
        _ => answer(503, &[], ""),
    })
    .await;
    let client = server.client();
    for id in ["bare", "page", "odd", "empty", "no-content", "document", "said-in-html", "wrapped", "foreign"] {
        let found = [client.photo(&user(id)).await.unwrap_err(), client.photo_etag(&user(id)).await.unwrap_err()];
        assert!(found.iter().all(|failure| matches!(failure.class, Class::Transient | Class::FewTries)), "{id}: {found:?}");
    }
    assert!(client.photo_etag(&user("no-etag")).await.is_err(), "a photo without a name is no missing one");
    assert!(client.photo(&user("gif")).await.unwrap().is_some(), "a real GIF is a photo");
    assert!(client.photo(&user("down")).await.is_err());
}

#[tokio::test]
async fn settings_are_checked_before_anything_is_sent() {
    let with = |change: fn(&mut super::super::GraphSettings)| {
        let mut settings = settings("http://127.0.0.1:1");
        change(&mut settings);
        Client::new(settings, Clock::system()).map(drop).map_err(|fault| fault.to_string())
    };
    assert_eq!(with(|_| ()), Ok(()));
    for (change, word) in [
        ((|settings| settings.tenant.clear()) as fn(&mut super::super::GraphSettings), "tenant"),
        (|settings| settings.tenant = "../x".into(), "tenant"),
        (|settings| settings.client_id = " ".into(), "client_id"),
        (|settings| settings.ca_file = Some("/nonexistent/ca.pem".into()), "ca_file"),
    ] {
        let fault = with(change).unwrap_err();
        assert!(fault.contains(word), "{fault}");
    }
    let shown = format!("{:?}", Credential::ClientSecret(secrecy::SecretString::from("hush")));
    assert!(!shown.contains("hush"), "{shown}");
}
