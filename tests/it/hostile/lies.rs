//! Answers that don't end, or name what can't be: each holds whom it concerns, and nobody else.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::world::raw_server::{Asked, RawServer, answer, json};
use crate::world::{World, portrait};

const TOKEN: &str = r#"{"token_type":"Bearer","expires_in":3599,"access_token":"opaque-token-of-another"}"#;

/// Everybody has an account, asked for by address.
fn honest(asked: &Asked) -> String {
    if asked.is_sign_in() {
        return json(200, TOKEN);
    }
    let path = asked.target().split('?').next().unwrap();
    match (asked.method(), path.strip_prefix("/v1.0/users/")) {
        ("PUT", _) => answer(200, &[("ETag", "\"1\"")], ""),
        (_, Some(rest)) if rest.contains("/photo") => json(404, r#"{"error":{"code":"ImageNotFound","message":"no"}}"#),
        (_, Some(upn)) => json(
            200,
            &format!(r#"{{"id":"id-of-{}","userPrincipalName":"{upn}","accountEnabled":true}}"#, upn.split('@').next().unwrap()),
        ),
        _ => json(400, r#"{"error":{"code":"Request_UnsupportedQuery","message":"no"}}"#),
    }
}

/// Answers about one account of which none is an account.
const ODD: [&str; 16] = [
    "{}",
    "[]",
    "null",
    "7",
    r#"{"id":null,"userPrincipalName":"odd@contoso.com"}"#,
    r#"{"userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":"","userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":"a/b","userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":"..","userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":"a\nb","userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":"a\u001b[2J","userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":"user:x","userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":7,"userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":["x"],"userPrincipalName":"odd@contoso.com"}"#,
    r#"{"id":"id-of-somebody","userPrincipalName":"somebody.else@contoso.com"}"#,
    r#"{"id":"me","userPrincipalName":"odd@contoso.com"}"#,
];

#[test]
fn one_answer_that_can_not_be_holds_one_person_for_as_long_as_it_lasts() {
    let mut world = World::new();
    world.set("drift", "{ check_every: null }");
    for (seed, name) in (0..).zip(["ada", "odd", "zoe"]) {
        world.write(&format!("users/{name}@contoso.com.jpg"), &portrait(seed));
    }
    let long = format!(r#"{{"id":"{}","userPrincipalName":"odd@contoso.com"}}"#, "x".repeat(200));
    let deep = format!(r#"{{"id":"x","userPrincipalName":{}{}}}"#, "[".repeat(50_000), "]".repeat(50_000));
    for odd in ODD.into_iter().map(str::to_owned).chain([long, deep]) {
        let said = odd.clone();
        let server =
            RawServer::start(move |asked| if asked.target().contains("/users/odd@") { json(200, &said) } else { honest(asked) });
        world.point_at(&server.url(), &server.url());
        let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
        let problem = outcome.problem("users/odd@contoso.com.jpg");
        assert_eq!(problem["reason"], "transient", "{odd}: {problem}");
        for arguments in
            [&["plan"][..], &["status"], &["explain", "odd@contoso.com"], &["history"], &["report", "--out", "pages"]]
        {
            let outcome = world.run(arguments);
            assert!(matches!(outcome.code, Some(0 | 2 | 3)), "{odd} {arguments:?}: {:?}\n{}", outcome.code, outcome.stderr);
        }
        _ = std::fs::remove_dir_all(world.path("pages"));
    }
    let status = world.run(&["status", "--json"]).json();
    assert_eq!(status["targets"]["in_step"], 2, "{status}");
    // As soon as it is answered as it should be, all is well.
    let server = RawServer::start(honest);
    world.point_at(&server.url(), &server.url());
    world.run(&["reconcile"]).exits(0);
}

/// Groups and contacts are named by ids of servers, too: none of these can be one, or else it leads nowhere else.
#[test]
fn odd_ids_of_groups_and_contacts_stop_nobody_else() {
    let ids = [
        r#""""#,
        "null",
        "7",
        r#"["x"]"#,
        r#""..""#,
        r#""a/b""#,
        r#""../users/id-of-zoe""#,
        r#""a?b#c""#,
        r#""a\nb""#,
        r#""a%2Fb""#,
    ];
    for id in ids {
        let server = RawServer::start(move |asked| {
            let target = asked.target();
            let is_list = target.contains("/contacts") || target.contains("/groups") || target.contains("/contactFolders");
            if asked.method() == "GET" && is_list && !target.contains("/photo") {
                let address = r#""emailAddresses":[{"address":"friend@fabrikam.com"}]"#;
                return json(
                    200,
                    &format!(r#"{{"value":[{{"id":{id},"mailNickname":"sales","groupTypes":["Unified"],{address}}}]}}"#),
                );
            }
            honest(asked)
        });
        let mut world = World::new();
        world.point_at(&server.url(), &server.url());
        world.write("users/zoe@contoso.com.jpg", &portrait(1));
        world.write("groups/sales.jpg", &portrait(2));
        world.write("contacts/zoe@contoso.com/friend@fabrikam.com.jpg", &portrait(3));
        world.run(&["reconcile", "--patience", "0s"]);
        for arguments in
            [&["plan"][..], &["status"], &["explain", "groups/sales.jpg"], &["history"], &["reconcile", "--patience", "0s"]]
        {
            let outcome = world.run(arguments);
            assert!(matches!(outcome.code, Some(0 | 3)), "{id} {arguments:?}: {:?}\n{}", outcome.code, outcome.stderr);
        }
        let puts = server.requests().into_iter().filter(|asked| asked.method() == "PUT");
        let wrong: Vec<String> = puts
            .filter(|asked| asked.body != portrait(1))
            .map(|asked| asked.target().to_owned())
            .filter(|target| !(target.starts_with("/v1.0/groups/") || target.contains("/contacts/")) || target.contains(".."))
            .collect();
        assert!(wrong.is_empty(), "{id}: {wrong:?}");
        let for_zoe = server
            .requests()
            .into_iter()
            .filter(|asked| asked.method() == "PUT" && asked.target() == "/v1.0/users/id-of-zoe/photo/$value");
        assert_eq!(for_zoe.map(|asked| asked.body).collect::<Vec<_>>(), [portrait(1)], "{id}");
    }
}

#[test]
fn pages_without_end_are_a_fault_of_the_answer() {
    for lie in ["circle", "endless", "empty"] {
        let count = AtomicUsize::new(0);
        let server = RawServer::start(move |asked| {
            if asked.is_sign_in() {
                return json(200, TOKEN);
            }
            let number = count.fetch_add(1, Ordering::SeqCst);
            let at = if lie == "circle" { number % 5 } else { number };
            let object = if lie == "empty" { String::new() } else { format!(r#"{{"id":"i{number}","employeeId":"9{number}"}}"#) };
            let host = asked.header("host");
            json(200, &format!(r#"{{"value":[{object}],"@odata.nextLink":"http://{host}/v1.0/users?$skiptoken={at}"}}"#))
        });
        let mut world = World::new();
        world.set("mapping", "{ rules: [{ files: '{number}.{ext}', user: { employeeId: '{number}' } }] }");
        world.point_at(&server.url(), &server.url());
        for seed in 0..40 {
            world.write(&format!("{}.jpg", 1000 + seed), &portrait(seed));
        }
        let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
        let said = outcome.stdout.contains("does not end")
            || outcome.stdout.contains("circle")
            || outcome.stdout.contains("empty pages");
        assert!(said, "{lie}: {}", outcome.stdout);
        assert_eq!(outcome.json()["delivered"], 0);
        assert!(server.asked() < 2_000, "{lie}: {} requests", server.asked());
    }
}

#[test]
fn members_in_a_circle_keep_everybody_waiting_and_nobody_is_called_outside() {
    let server = RawServer::start(|asked| {
        let group = "/v1.0/groups/6e7b768e-07e2-4810-8459-485f84f8f204";
        if asked.target().starts_with(group) && !asked.target().contains("/transitiveMembers") {
            return json(200, r#"{"id":"6e7b768e-07e2-4810-8459-485f84f8f204","displayName":"Sales"}"#);
        }
        if !asked.target().contains("/transitiveMembers") {
            return honest(asked);
        }
        let host = asked.header("host");
        json(200, &format!(r#"{{"value":[{{"id":"id-of-ada"}}],"@odata.nextLink":"http://{host}{}"}}"#, asked.target()))
    });
    let mut world = World::new();
    world.set("scope", "{ include_groups: [6e7b768e-07e2-4810-8459-485f84f8f204] }");
    world.point_at(&server.url(), &server.url());
    world.write("users/ada@contoso.com.jpg", &portrait(1));
    let outcome = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3);
    assert!(outcome.stdout.contains("circle") && outcome.json()["delivered"] == 0, "{}", outcome.stdout);
    assert_eq!(outcome.json()["out_of_scope"], 0, "{}", outcome.stdout);
}
