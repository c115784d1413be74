//! A server that is not our emulator: another hand, another HTTP, only what the reference promises.

use std::time::Duration;

use photosyncd::testing::emulator::{Fault, Settings, SignIn};

use crate::world::raw_server::{RawServer, answer, json};
use crate::world::{World, dead_end, portrait};

/// A plain HTTP/1.1 server.
pub(crate) struct Server(RawServer);

impl Server {
    /// Answers each request line with a status and, where there is text, JSON or a `Location`.
    pub(crate) fn start(reply: impl Fn(&str, &[u8]) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self(RawServer::start(move |asked| {
            let (status, text) = reply(asked.head.lines().next().unwrap(), &asked.body);
            if (300..400).contains(&status) { answer(status, &[("Location", &text)], "") } else { json(status, &text) }
        }))
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Head and body of each.
    pub(crate) fn requests(&self) -> Vec<(String, Vec<u8>)> {
        self.0.requests().into_iter().map(|asked| (asked.head, asked.body)).collect()
    }
}

/// Graph, from its reference, in a few lines. Filters with `in` or `or` are not among its talents.
fn graph(line: &str, _body: &[u8]) -> (u16, String) {
    let refused = |status, code: &str| (status, format!(r#"{{"error":{{"code":"{code}","message":"no"}}}}"#));
    let user = |id: &str, upn: &str, kind: &str| {
        (
            200,
            format!(
                r#"{{"@odata.context":"x","id":"{id}","userPrincipalName":"{upn}","userType":"{kind}","accountEnabled":true}}"#
            ),
        )
    };
    let (method, target) = line.split_once(' ').unwrap();
    let path = target.split([' ', '?']).next().unwrap();
    match (method, path) {
        ("POST", "/contoso.com/oauth2/v2.0/token") => (
            200,
            r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"opaque.token-of-another"}"#
                .to_owned(),
        ),
        ("GET", "/v1.0/users") => refused(400, "Request_UnsupportedQuery"),
        ("GET", "/v1.0/users/ada@contoso.com") => user("id-of-ada", "ada@contoso.com", "Member"),
        ("GET", "/v1.0/users/bob_fabrikam.com%23EXT%23@contoso.onmicrosoft.com") => {
            user("id-of-bob", "bob_fabrikam.com#EXT#@contoso.onmicrosoft.com", "Guest")
        }
        ("GET", "/v1.0/users/o%27neil@contoso.com") => user("id-of-o'neil", "o'neil@contoso.com", "Member"),
        ("GET", _) => refused(404, "Request_ResourceNotFound"),
        ("PUT", path) if path.starts_with("/v1.0/users/id-of-") && path.ends_with("/photo/$value") => (200, String::new()),
        _ => refused(400, "BadRequest"),
    }
}

#[test]
fn another_server_that_follows_the_reference_will_do() {
    let server = Server::start(graph);
    let mut world = World::new();
    world.point_at(&server.url(), &server.url());
    world.set("mapping", "{ guests: deliver }");
    let people = ["ada@contoso.com", "bob_fabrikam.com#EXT#@contoso.onmicrosoft.com", "o'neil@contoso.com", "ghost@contoso.com"];
    for (seed, upn) in (0..).zip(people) {
        world.write(&format!("users/{upn}.jpg"), &portrait(seed));
    }
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 3);
    assert_eq!(outcome.problem("users/ghost@contoso.com.jpg")["reason"], "target_missing");

    let requests = server.requests();
    let of = |start: &str| requests.iter().filter(|(head, _)| head.starts_with(start)).collect::<Vec<_>>();
    let guest = of("GET /v1.0/users/bob_fabrikam.com%23EXT%23@contoso.onmicrosoft.com?");
    assert_eq!(guest.len(), 1, "the guest is asked for with # as %23");
    for (seed, path) in (0..).zip(["id-of-ada", "id-of-bob", "id-of-o%27neil"]) {
        let line = format!("PUT /v1.0/users/{path}/photo/$value HTTP/1.1\r\n");
        let [(head, body)] = of(&line)[..] else { panic!("not one {line}") };
        let lower = head.to_ascii_lowercase();
        assert_eq!(*body, portrait(seed));
        assert!(lower.contains("\r\ncontent-type: image/jpeg\r\n"), "{head}");
        assert!(lower.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
        assert!(!lower.contains("transfer-encoding"), "{head}");
        assert!(head.contains("Bearer opaque.token-of-another\r\n"), "{head}");
    }
    let (_, form) = of("POST /contoso.com/oauth2/v2.0/token")[0];
    let form = String::from_utf8(form.clone()).unwrap();
    let scope = format!("scope={}%2F.default", server.url().replace(':', "%3A").replace('/', "%2F"));
    assert!(form.contains("grant_type=client_credentials") && form.contains(&scope), "{form}");
    assert_eq!(of("POST").len(), 1, "one token is enough");

    world.run(&["reconcile"]);
    assert_eq!(server.requests().iter().filter(|(head, _)| head.starts_with("PUT")).count(), 3, "nothing is sent twice");
}

#[test]
fn a_redirect_is_not_followed_and_the_token_stays_at_home() {
    let elsewhere = Server::start(|_, _| (200, String::new()));
    let location = format!("{}/stolen", elsewhere.url());
    let server =
        Server::start(move |line, body| if line.starts_with("PUT") { (307, location.clone()) } else { graph(line, body) });
    let mut world = World::new();
    world.point_at(&server.url(), &server.url());
    world.write("users/ada@contoso.com.jpg", &portrait(1));
    let outcome = world.run(&["reconcile", "--patience", "1s", "--json"]).exits(3);
    let problem = outcome.problem("users/ada@contoso.com.jpg");
    assert!(problem["detail"].as_str().unwrap().contains("redirect to 127.0.0.1"), "{problem}");
    assert_eq!(outcome.json()["waiting"], 1, "the network stands in the way, not the photo");
    assert!(elsewhere.requests().is_empty(), "{:?}", elsewhere.requests());
}

#[test]
fn a_line_that_fails_in_the_middle_ends_the_run_when_patience_is_over() {
    let mut world = World::people(30);
    world.portraits(0, 30, 0);
    world.set("upload", "{ per_second: 1000, max_per_second: 1000 }");
    let slow = Fault { method: Some("PUT".to_owned()), ..Fault::default() };
    world.emulator().add_fault(slow.delayed(Duration::from_millis(50)));
    let run = world.spawn(&["reconcile", "--patience", "3s", "--json"]);
    world.until("some uploads", || world.emulator().counters().stored >= 4);
    world.unplug();
    let outcome = run.finish().exits(3);
    let json = outcome.json();
    let numbers = ["delivered", "waiting", "due"].map(|name| json[name].as_u64().unwrap());
    assert_eq!((numbers.iter().sum::<u64>(), &json["blocked"]), (30, &0.into()), "no photo is to blame: {json}");
    let problems = json["problems"].as_array().unwrap();
    let named = problems.iter().filter(|problem| problem["detail"].as_str().unwrap().contains("no connection to 127.0.0.1"));
    assert!(named.count() > 0, "{json}");
}

#[test]
fn nobody_listening_is_said_and_nothing_is_lost() {
    let sign_in = SignIn { strict_scope: false, ..SignIn::default() };
    let mut world = World::people_with(2, Settings { sign_in, ..Settings::default() });
    world.portraits(0, 2, 0);
    let (graph, login) = (world.emulator().graph_url(), world.emulator().login_url());
    let nowhere = dead_end();
    world.point_at(&nowhere, &login);
    let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(69);
    assert_eq!(outcome.problem("users/p000@contoso.com.jpg")["reason"], "transient", "{}", outcome.stdout);
    // The ledger is of the tenant, not of an address.
    world.point_at(&graph, &login);
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
}
