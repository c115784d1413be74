//! Proxies and authorities that can't be used are refused, never passed over.

use crate::world::{Spawned, World, portrait};

const UNUSABLE: [(&str, &str); 9] = [
    ("HTTPS_PROXY", "http//proxy:3128"),
    ("https_proxy", "proxy:99999"),
    ("ALL_PROXY", "socks5://proxy:1080"),
    ("all_proxy", "http://"),
    ("HTTP_PROXY", "htp://proxy"),
    ("http_proxy", "http://proxy:3128/path"),
    ("HTTPS_PROXY", "http://user:hunter2hunter2@pro xy"),
    ("NO_PROXY", "http://graph.microsoft.com"),
    ("no_proxy", "10.0.0.0/99"),
];

#[test]
fn a_proxy_that_can_not_be_used_is_refused_by_whatever_would_use_it() {
    let world = World::people(1);
    world.write("users/p000@contoso.com.jpg", &portrait(1));
    let commands: [&[&str]; 7] =
        [&["check"], &["check", "--without-secret"], &["reconcile"], &["plan"], &["verify"], &["run"], &["doctor"]];
    world.run(&["reconcile"]).exits(0);
    let before = world.emulator().counters().requests;
    for (variable, value) in UNUSABLE {
        for arguments in commands {
            let outcome = Spawned::start(world.command(arguments).env(variable, value)).finish();
            assert!(
                outcome.stderr.contains(variable) || outcome.stdout.contains(variable),
                "{arguments:?} {variable}={value}\n{}\n{}",
                outcome.stdout,
                outcome.stderr
            );
            let codes: &[i32] = if arguments[0] == "doctor" { &[3, 78] } else { &[78] };
            assert!(
                outcome.code.is_some_and(|code| codes.contains(&code)),
                "{arguments:?} {variable}={value}: {:?}",
                outcome.code
            );
            assert!(!outcome.stderr.contains("hunter2") && !outcome.stdout.contains("hunter2"), "{}", outcome.stderr);
        }
    }
    assert_eq!(world.emulator().counters().requests, before, "nobody was asked anything");
    // What reads the ledger only needs no network.
    Spawned::start(world.command(&["status"]).env("HTTPS_PROXY", "htp://x")).finish().exits(0);
}

#[test]
fn a_webhook_goes_by_the_same_proxies() {
    let mut world = World::people(1);
    world.set("graph", "{ cloud: emulator }");
    world.set("notify", "{ webhook: 'https://hooks.example.com/x' }");
    let check = |value: &str| Spawned::start(world.command(&["check"]).env("HTTPS_PROXY", value)).finish();
    check("http://proxy:3128").exits(0);
    check("htp://proxy").exits(78).says(&["HTTPS_PROXY"]);
}

#[test]
fn authorities_that_are_none_are_refused() {
    let mut world = World::people(1);
    let (graph, login) = (world.emulator().graph_url(), world.emulator().login_url());
    let good = rcgen::generate_simple_self_signed(vec!["x".to_owned()]).unwrap();
    let (pem, key) = (good.cert.pem(), good.signing_key.serialize_pem());
    let broken = pem.replace('M', "N");
    for (name, content, is_good) in [
        ("good", pem.as_str(), true),
        ("empty", "", false),
        ("words", "no certificate", false),
        ("key", key.as_str(), false),
        ("broken", broken.as_str(), false),
        ("not-base64", "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", false),
        ("cut", &pem[..pem.len() / 2], false),
    ] {
        std::fs::write(world.path(name), content).unwrap();
        world.graph(
            &graph,
            &login,
            &format!("credential: {{ client_secret: {{ env: PHOTOSYNCD_TEST_SECRET }} }}, ca_file: {name}"),
        );
        for arguments in [&["check"][..], &["check", "--without-secret"], &["reconcile"]] {
            let outcome = world.run(arguments);
            if is_good && arguments == ["reconcile"] {
                continue;
            }
            assert_eq!(outcome.code, Some(if is_good { 0 } else { 78 }), "{name} {arguments:?}\n{}", outcome.stderr);
        }
    }
}
