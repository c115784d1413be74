//! What may be concluded from an answer: "not there" only from Graph itself, in its own words for this place.

use std::collections::BTreeMap;

use photosyncd::testing::emulator::{Fault, Settings, SignIn};
use serde_json::{Value, json};

use crate::foreign_server::Server;
use crate::world::{World, person, portrait};

const PAGE: &str = "<html><h1>404 Not Found</h1><p>squid</p></html>";

/// An answer with a JSON document of Graph's own.
fn says(method: &str, path: &str, status: u16, code: &str) -> Fault {
    Fault::status(method, path, status).with_code(code, "no")
}

/// An answer with this body: a text is a page, an empty one nothing.
fn body(method: &str, path: &str, status: u16, body: impl Into<Value>) -> Fault {
    Fault { body: Some(body.into()), ..Fault::status(method, path, status) }
}

fn wrapped(code: &str) -> Value {
    json!({ "error": { "code": "UnknownError", "message": json!({ "errorCode": code, "message": "x" }).to_string() } })
}

/// Everything that does not say, in Graph's own words, that there is no photo.
fn nothing_proven(method: &str, path: &str) -> Vec<Fault> {
    let typed = |media: &str, document: Value| body(method, path, 404, document.to_string()).with_header("Content-Type", media);
    let no_photo = json!({ "error": { "code": "ImageNotFound", "message": "x" } });
    vec![
        body(method, path, 404, PAGE),
        body(method, path, 404, ""),
        says(method, path, 404, "UnknownError"),
        says(method, path, 404, ""),
        says(method, path, 404, "MailboxNotEnabledForRESTAPI"),
        says(method, path, 404, "ErrorNonExistentMailbox"),
        says(method, path, 404, "ErrorItemNotFound"),
        says(method, path, 404, "Request_ResourceNotFound"),
        says(method, path, 404, "ErrorInvalidUser"),
        says(method, path, 410, "ImageNotFound"),
        says(method, path, 503, "ImageNotFound"),
        body(method, path, 404, wrapped("ImageNotFound")),
        body(method, path, 404, json!({ "code": "ImageNotFound", "message": "x" })),
        typed("text/html", no_photo.clone()),
        typed("text/plain", no_photo.clone()),
        says(method, path, 404, "ImageNotFound").with_header("Retry-After", "1"),
    ]
}

/// Three people with photos, whose photos go as soon as two passes find their file gone.
fn company() -> World {
    let mut world = World::company(3);
    world.set("mapping", "{ rules: [{ files: '**/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    world.run(&["reconcile"]).exits(0);
    world
}

#[test]
fn a_photo_is_not_taken_out_because_a_proxy_says_so() {
    let world = company();
    std::fs::remove_file(world.photos().join(format!("users/{}.jpg", person(0)))).unwrap();
    world.run(&["reconcile"]).exits(0);
    let photo = "000000000000/photo";
    let empty = [body("GET", photo, 200, ""), body("GET", photo, 204, ""), body("GET", photo, 200, PAGE)];
    for fault in nothing_proven("GET", photo).into_iter().chain(empty) {
        let what = format!("{fault:?}");
        world.emulator().add_fault(fault);
        let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]);
        assert_eq!(
            (&outcome.json()["removed"], &outcome.json()["waiting"]),
            (&0.into(), &1.into()),
            "{what}: {}",
            outcome.stdout
        );
        assert!(world.user_photo(&person(0)).is_some(), "{what}");
        let told = world.run(&["explain", &person(0)]).stdout;
        assert!(!told.contains("was removed") && told.contains("waiting"), "{what}: {told}");
        world.emulator().clear_faults();
    }
    // Nor when the answer to the removal itself comes from somebody else.
    for fault in nothing_proven("DELETE", photo) {
        let what = format!("{fault:?}");
        world.emulator().add_fault(fault);
        world.until("the wait to be over", || {
            world.run(&["reconcile", "--patience", "0s"]);
            world.deletes() > 0
        });
        assert_eq!(world.run(&["status", "--json"]).exits(3).json()["waiting"].as_array().unwrap().len(), 1, "{what}");
        assert!(world.user_photo(&person(0)).is_some(), "{what}");
        world.emulator().clear_faults();
    }
    // It stayed due, and goes by itself.
    let outcome = world.run(&["reconcile", "--json"]).exits(0);
    assert_eq!(outcome.json()["removed"], 1);
    assert!(world.user_photo(&person(0)).is_none());
}

#[test]
fn a_photo_that_graph_itself_says_is_gone_is_gone() {
    for code in ["ImageNotFound", "ErrorEntityNotFound", "ProfileNotFoundException"] {
        let world = company();
        std::fs::remove_file(world.photos().join(format!("users/{}.jpg", person(0)))).unwrap();
        world.run(&["reconcile"]).exits(0);
        world.emulator().add_fault(says("GET", "000000000000/photo", 404, code));
        let outcome = world.run(&["reconcile", "--json"]).exits(0);
        assert_eq!((&outcome.json()["removed"], world.deletes()), (&0.into(), 0), "{code}");
        world.run(&["history", &person(0)]).exits(0).says(&["already_gone"]);
    }
}

#[test]
fn nobody_is_missing_because_a_look_up_was_not_answered_by_graph() {
    for fault in [
        body("GET", "/users", 404, PAGE),
        body("GET", "/users", 404, ""),
        body("GET", "/users", 403, PAGE),
        body("GET", "/users", 400, ""),
        body("GET", "/users", 200, ""),
        body("GET", "/users", 204, ""),
        body("GET", "/users", 200, json!({})),
        body("GET", "/users", 200, json!({ "value": null })),
        body("GET", "/users", 404, wrapped("Request_ResourceNotFound")),
        body("GET", "/users", 404, json!({ "code": "Request_ResourceNotFound" })),
        says("GET", "/users", 404, "UnknownError"),
        says("GET", "/users", 404, "MailboxNotEnabledForRESTAPI"),
        says("GET", "/users", 410, "Request_ResourceNotFound"),
        says("GET", "/users", 404, "Request_ResourceNotFound").with_header("Retry-After", "1"),
    ] {
        let world = company();
        let what = format!("{fault:?}");
        world.emulator().add_fault(fault);
        std::fs::create_dir(world.photos().join("moved")).unwrap();
        let file = format!("{}.jpg", person(0));
        std::fs::rename(world.photos().join("users").join(&file), world.photos().join("moved").join(&file)).unwrap();
        for _ in 0..2 {
            let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
            assert_eq!(outcome.json()["removed"], 0, "{what}");
            assert_eq!(outcome.problem(&format!("moved/{file}"))["reason"], "transient", "{what}");
        }
        assert_eq!(world.deletes(), 0, "{what}");
        world.emulator().clear_faults();
        world.run(&["reconcile"]).exits(0);
        assert!(world.user_photo(&person(0)).is_some(), "{what}");
    }
}

#[test]
fn a_sign_in_that_is_not_found_concerns_the_sign_in() {
    let world = company();
    std::fs::remove_file(world.photos().join(format!("users/{}.jpg", person(0)))).unwrap();
    world.portraits(1, 2, 900);
    for fault in [
        body("POST", "/oauth2/", 404, PAGE),
        body("POST", "/oauth2/", 404, ""),
        says("POST", "/oauth2/", 404, "Request_ResourceNotFound"),
        body("POST", "/oauth2/", 400, PAGE),
        body("POST", "/oauth2/", 410, ""),
    ] {
        let what = format!("{fault:?}");
        world.emulator().add_fault(fault);
        for _ in 0..2 {
            let outcome = world.run(&["reconcile", "--json"]).exits(5);
            let problems = outcome.json()["problems"].as_array().unwrap().clone();
            assert_eq!(problems.len(), 1, "said once: {what}: {problems:?}");
            assert_eq!((&problems[0]["reason"], &outcome.json()["removed"]), (&"sign_in".into(), &0.into()), "{what}");
        }
        world.emulator().clear_faults();
    }
    assert_eq!(world.deletes(), 0);
}

#[test]
fn verify_does_not_take_a_proxys_word_for_a_missing_photo() {
    let world = company();
    let proxies = nothing_proven("GET", "/photo").into_iter().filter(|fault| fault.status == Some(404)).step_by(3);
    for fault in proxies.chain([body("GET", "/photo", 200, ""), body("GET", "/photo", 200, PAGE)]) {
        let what = format!("{fault:?}");
        // So that the pause before the next try is short.
        world.emulator().add_fault(fault.with_header("Retry-After", "1"));
        let outcome = world.run(&["verify", "--json"]).exits(3);
        let json = outcome.json();
        assert_eq!((&json["gone"], &json["unknown"], &json["changed"]), (&0.into(), &3.into(), &0.into()), "{what}: {json}");
        let stopped = json["stopped"] == "directory";
        assert!(stopped || outcome.stdout.contains("could not be compared"), "{what}: {json}");
        world.emulator().clear_faults();
    }
    world.emulator().add_fault(says("GET", "000000000001/photo", 404, "ImageNotFound"));
    assert_eq!(world.run(&["verify", "--json"]).exits(3).json()["gone"], 1);
    world.emulator().clear_faults();
    world.run(&["verify"]).exits(0);
}

#[test]
fn a_400_without_a_word_passes() {
    for first in [body("PUT", "/photo", 400, ""), says("PUT", "/photo", 400, "BadRequest"), body("PUT", "/photo", 404, PAGE)] {
        let world = World::people(1);
        world.portraits(0, 1, 0);
        world.emulator().add_fault(first.times(1));
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    }
}

#[test]
fn a_tenant_without_exchange_is_told_once_and_not_as_a_broken_sign_in() {
    let world = World::people(8);
    world.portraits(0, 8, 0);
    let document = json!({ "error": { "code": "UnknownError", "message": json!({ "error": {
        "code": "OrganizationFromTenantGuidNotFound", "message": "The tenant for tenant guid 'x' does not exist." } }).to_string() } });
    world.emulator().add_fault(body("PUT", "/photo", 401, document));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let json = outcome.json();
    assert_eq!((&json["blocked"], &json["stopped"]), (&8.into(), &Value::Null), "{json}");
    let problem = outcome.problem(&format!("users/{}.jpg", person(7)));
    let words = problem["detail"].as_str().unwrap();
    assert!(words.contains("no Exchange Online") && words.contains("B2C") && !words.contains("clock"), "{words}");
    assert_eq!(world.requests().iter().filter(|request| request.target.contains("/token")).count(), 1);
    assert_eq!(outcome.stderr.matches("No photo of this kind can be delivered").count(), 1, "{}", outcome.stderr);
}

#[test]
fn an_account_that_exchange_does_not_know_yet_waits() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.emulator().add_fault(body("PUT", "/photo", 404, wrapped("ErrorUserResolutionFailedUserDoesNotExist")).times(1));
    let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
    assert_eq!(outcome.problem(&format!("users/{}.jpg", person(0)))["reason"], "target_not_ready");
    assert_eq!((&outcome.json()["waiting"], &outcome.json()["blocked"]), (&1.into(), &0.into()));
}

#[test]
fn a_success_needs_neither_a_body_nor_a_type() {
    for (status, media) in [(200, "text/html"), (204, "text/html; charset=utf-8"), (200, "application/json")] {
        let world = World::people(1);
        world.portraits(0, 1, 0);
        world.emulator().add_fault(body("PUT", "/photo", status, "").with_header("Content-Type", media));
        world.run(&["reconcile", "--patience", "0s"]).exits(0).says(&["1 photo delivered"]);
    }
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.emulator().add_fault(body("PUT", "/photo", 200, "<html>Log in to the hotel</html>"));
    world.run(&["reconcile", "--patience", "0s"]).exits(3).says(&["captive portal"]);
}

#[test]
fn a_wait_that_was_asked_for_under_a_4xx_is_kept() {
    for status in [404, 408, 409, 412, 423] {
        let world = World::people(1);
        world.portraits(0, 1, 0);
        world.emulator().add_fault(body("PUT", "/photo", status, "").with_header("Retry-After", "1800").times(1));
        world.run(&["reconcile", "--patience", "0s"]).exits(3);
        let row = world.run(&["status", "--json"]).exits(3).json()["waiting"][0].clone();
        let at = |name: &str| row[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second();
        assert!(at("until") - at("since") >= 1_799, "{status}: {row}");
    }
}

#[test]
fn names_and_ids_of_any_letters_travel() {
    let tenant = "
users:
  - { userPrincipalName: '$ales@contoso.com' }
  - { userPrincipalName: 'o''neil+x&y%z@contoso.com' }
  - { userPrincipalName: 'bob_fabrikam.com#EXT#@contoso.com' }
  - { userPrincipalName: anna@contoso.com }
contacts:
  - { owner: anna@contoso.com, emailAddresses: [fred@example.com], id: 'AAMk/a+b%2F=/==' }
  - { owner: anna@contoso.com, folder: Friends, emailAddresses: [gina@example.com], id: 'AQ%25/x' }
";
    let world = World::with(tenant, Settings::default());
    let users = ["$ales@contoso.com", "o'neil+x&y%z@contoso.com", "bob_fabrikam.com#EXT#@contoso.com"];
    for (seed, upn) in (0..).zip(users) {
        // One at a time, so that each is asked for by its address.
        world.write(&format!("users/{upn}.jpg"), &portrait(seed));
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
        assert!(world.user_photo(upn).is_some(), "{upn}");
    }
    world.write("contacts/anna@contoso.com/fred@example.com.jpg", &portrait(9));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 4, "nothing is sent twice");
    world.run(&["explain", "fred@example.com"]).exits(0);
    world.run(&["verify"]);
    world.run(&["status"]).exits(0).says(&["4 up to date"]);
}

/// A server that knows two people and answers about one of them in some way of its own.
fn odd_server(answer: &'static str) -> Server {
    Server::start(move |line, _| {
        let user = |id: &str, upn: &str| (200, json!({ "id": id, "userPrincipalName": upn }).to_string());
        match line.split([' ', '?']).take(2).collect::<Vec<_>>()[..] {
            ["POST", _] => (200, json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": "t" }).to_string()),
            ["GET", "/v1.0/users/ada@contoso.com"] => user("00000000-0000-4000-8000-0000000000ad", "ada@contoso.com"),
            ["GET", "/v1.0/users/odd@contoso.com"] => (200, answer.to_owned()),
            ["PUT", _] => (200, String::new()),
            _ => (400, json!({ "error": { "code": "Request_UnsupportedQuery", "message": "x" } }).to_string()),
        }
    })
}

#[test]
fn an_object_that_cant_be_used_holds_one_file_and_stops_nobody() {
    for answer in [
        r#"{"userPrincipalName":"odd@contoso.com"}"#,
        r#"{"id":"","userPrincipalName":"odd@contoso.com"}"#,
        r#"{"id":null,"userPrincipalName":"odd@contoso.com"}"#,
        r#"{"id":7,"userPrincipalName":"odd@contoso.com"}"#,
        r#"{"id":"../x","userPrincipalName":"odd@contoso.com"}"#,
        r#"{"id":"a\nb","userPrincipalName":"odd@contoso.com"}"#,
        r#"{"id":"00000000-0000-4000-8000-0000000000ad","userPrincipalName":"ada@contoso.com"}"#,
        r#"{"id":"00000000-0000-4000-8000-0000000000ad"}"#,
        "[]",
        "null",
        "",
    ] {
        let server = odd_server(answer);
        let mut world = World::new();
        world.point_at(&server.url(), &server.url());
        world.write("users/odd@contoso.com.jpg", &portrait(1));
        world.write("users/ada@contoso.com.jpg", &portrait(2));
        for round in 0..2 {
            let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
            assert_eq!(outcome.problem("users/odd@contoso.com.jpg")["reason"], "transient", "{answer}");
            assert_eq!(outcome.json()["delivered"], u64::from(round == 0), "{answer}: {}", outcome.stdout);
        }
        for (command, codes) in BTreeMap::from([("plan", [0, 3]), ("status", [3, 3]), ("report", [0, 3]), ("history", [0, 0])]) {
            let mut arguments = vec![command];
            if command == "report" {
                arguments.extend(["--out", "report"]);
            }
            let code = world.spawn(&arguments).finish().code.unwrap();
            assert!(codes.contains(&code), "{command} after {answer}: {code}");
        }
        world.run(&["explain", "users/odd@contoso.com.jpg"]);
    }
}

#[test]
fn doctor_speaks_of_the_policy_and_of_the_least_permission() {
    let roles = |more: &[&str]| {
        let all = ["ProfilePhoto.ReadWrite.All", "User.Read.All"].iter().chain(more).map(|role| (*role).to_owned()).collect();
        Settings { sign_in: SignIn { roles: Some(all), ..SignIn::default() }, ..Settings::default() }
    };
    let policy = |world: &World| {
        world.portraits(0, 1, 0);
        let json = world.spawn(&["doctor", "--json"]).finish().json();
        let checks = json["checks"].as_array().unwrap().clone();
        checks.into_iter().find(|check| check["check"] == "photo_policy").unwrap()
    };
    // A source that is not set is every tenant's default.
    let world = World::people_with(1, roles(&["PeopleSettings.Read.All"]));
    assert_eq!(policy(&world)["verdict"], "ok");
    for source in [json!(""), Value::Null, json!("cloud")] {
        let world = World::people_with(1, roles(&["PeopleSettings.Read.All"]));
        world.emulator().add_fault(body("GET", "photoUpdateSettings", 200, json!({ "source": source, "allowedRoles": [] })));
        assert_eq!(policy(&world)["verdict"], "ok", "{source}");
    }
    let refused = policy(&World::people_with(1, roles(&[])));
    let words = refused.to_string();
    assert!(words.contains("photo policy") && words.contains("PeopleSettings.Read.All"), "{words}");
    assert!(!words.contains("look up users") && !words.contains("ReadWrite"), "{words}");
}
