//! A server that repeats the request in its answer: nothing of what was sent in secret goes to a journal, an output, a log
//! or a file.

use crate::world::raw_server::{Asked, RawServer, answer, json};
use crate::world::service::Service;
use crate::world::{SECRET, World, portrait, tree};

/// Opaque, so that nothing but having sent it tells that it is one.
const TOKEN: &str = "opaque-Token.of~Another+9f8e7d6c5b4a";

/// Where an answer may repeat what it was asked.
const PLACES: [&str; 12] = [
    "code",
    "half a code",
    "encoded code",
    "message",
    "inner",
    "id",
    "accepted id",
    "etag",
    "location",
    "page",
    "object",
    "link",
];

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"))
}

/// An answer with `secret` in that place; well-behaved where that place is none of this request's.
fn echo(place: &'static str, asked: &Asked, secret: &str) -> String {
    let quoted = secret.replace('"', "'");
    let error = |status, code: &str, message: &str| {
        json(status, &serde_json::json!({ "error": { "code": code, "message": message } }).to_string())
    };
    let name = secret.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    match place {
        "code" => error(400, &quoted, "no"),
        "half a code" => error(400, &format!("Bad{}", &quoted[quoted.len() / 3..]), "no"),
        "encoded code" => error(403, &encoded(secret), "no"),
        "message" => error(404, "UnknownError", &format!("{}\n{}", asked.head, asked.text())),
        "inner" => json(
            403,
            &serde_json::json!({ "error": { "code": "ErrorAccessDenied", "message": "no",
                "innerError": { "code": quoted, "request-id": quoted, "client-request-id": quoted } } })
            .to_string(),
        ),
        "id" => answer(400, &[("request-id", &quoted), ("x-ms-request-id", &quoted)], ""),
        "location" => answer(307, &[("Location", &format!("https://{name}.evil.example/{}", encoded(secret)))], ""),
        "page" => answer(403, &[("Content-Type", "text/html")], &format!("<pre>{}\n{}</pre>", asked.head, asked.text())),
        _ => honest(place, asked, secret),
    }
}

/// Ada's account and photo. Lies of successes are told here.
fn honest(place: &'static str, asked: &Asked, secret: &str) -> String {
    let name = secret.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    match asked.method() {
        "PUT" if place == "accepted id" => answer(200, &[("request-id", secret), ("ETag", "\"1\"")], ""),
        "PUT" | "GET" if place == "etag" && asked.target().contains("/photo") => {
            answer(200, &[("ETag", &format!("\"{secret}\"")), ("Content-Type", "image/jpeg")], "\u{1}")
        }
        "PUT" => answer(200, &[("ETag", "\"1\"")], ""),
        "GET" if asked.target().contains("/photo") => json(404, r#"{"error":{"code":"ImageNotFound","message":"no"}}"#),
        "GET" if place == "link" => json(200, &format!(r#"{{"value":[],"@odata.nextLink":"https://{name}.evil.example/x"}}"#)),
        _ if place == "object" => json(
            200,
            &format!(r#"{{"id":"{name}","userPrincipalName":"ada@contoso.com","displayName":"{secret}","accountEnabled":true}}"#),
        ),
        _ => json(200, r#"{"id":"id-of-ada","userPrincipalName":"ada@contoso.com","accountEnabled":true,"value":[]}"#),
    }
}

/// The secret and its parts, whatever was done to the rest.
#[track_caller]
fn holds_none(place: &str, what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    for secret in [TOKEN, SECRET] {
        let bare: String = secret.chars().filter(char::is_ascii_alphanumeric).collect();
        let end = &secret[secret.len() / 2..];
        for part in [
            secret,
            end,
            &encoded(secret),
            &encoded(end),
            &bare,
            &secret.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"),
        ] {
            assert!(!text.contains(&part.to_lowercase()), "{place}: {part} in {what}:\n{text}");
        }
    }
}

fn nothing_is_told(place: &'static str, world: &World) {
    world.write("users/ada@contoso.com.jpg", &portrait(1));
    let all: [&[&str]; 9] = [
        &["reconcile", "--patience", "0s", "--json"],
        &["reconcile", "--patience", "0s"],
        &["plan"],
        &["status", "--json"],
        &["history", "--json"],
        &["history", "--csv"],
        &["explain", "ada@contoso.com"],
        &["verify"],
        &["doctor"],
    ];
    for arguments in all {
        let outcome = world.run(arguments);
        holds_none(place, &format!("stdout of {arguments:?}"), outcome.stdout.as_bytes());
        holds_none(place, &format!("stderr of {arguments:?}"), outcome.stderr.as_bytes());
        assert!(!matches!(outcome.code, None | Some(1 | 101)), "{place} {arguments:?}: {:?}\n{}", outcome.code, outcome.stderr);
    }
    for (path, bytes) in tree(&world.path(".photosyncd")) {
        holds_none(place, &path.display().to_string(), &bytes);
    }
}

#[test]
fn graph_s_answers_bring_the_token_nowhere() {
    for place in PLACES {
        let server = RawServer::start(move |asked| {
            if asked.is_sign_in() {
                return json(200, &format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{TOKEN}"}}"#));
            }
            echo(place, asked, asked.header("authorization").trim_start_matches("Bearer "))
        });
        let mut world = World::new();
        world.point_at(&server.url(), &server.url());
        world.set("log", "{ level: trace, format: text }");
        world.set("backup", "{ before_first_overwrite: true }");
        nothing_is_told(place, &world);
    }
}

#[test]
fn nor_do_those_of_the_sign_in() {
    for place in PLACES {
        let server = RawServer::start(move |asked| {
            let form = asked.text();
            match place {
                "code" => json(401, &serde_json::json!({ "error": SECRET, "error_description": form }).to_string()),
                "half a code" => json(400, &serde_json::json!({ "error": &SECRET[4..], "trace_id": SECRET }).to_string()),
                "object" => json(200, &serde_json::json!({ "echo": form }).to_string()),
                "link" => json(401, &form),
                place => echo(place, asked, SECRET),
            }
        });
        let mut world = World::new();
        world.point_at(&server.url(), &server.url());
        world.set("log", "{ level: trace, format: json }");
        nothing_is_told(place, &world);
    }
}

#[test]
fn the_service_tells_it_to_nobody_either() {
    for place in ["code", "message", "id"] {
        let server = RawServer::start(move |asked| {
            if asked.is_sign_in() {
                return json(200, &format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{TOKEN}"}}"#));
            }
            match asked.method() {
                "PUT" => echo(place, asked, asked.header("authorization").trim_start_matches("Bearer ")),
                _ => honest("", asked, TOKEN),
            }
        });
        let mut world = World::new();
        world.point_at(&server.url(), &server.url());
        world.set("log", "{ level: trace, format: text }");
        world.write("users/ada@contoso.com.jpg", &portrait(1));
        let service = Service::ready(&world);
        world.until("the refusal", || server.asked() > 3 && !service.shows("1 queued"));
        service.run.terminate();
        let outcome = service.run.finish();
        holds_none(place, "the log", outcome.stderr.as_bytes());
        for (path, bytes) in tree(&world.path(".photosyncd")) {
            holds_none(place, &path.display().to_string(), &bytes);
        }
    }
}
