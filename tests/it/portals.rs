//! Somebody else answers in Graph's place, everybody and everything: that is as visible as an outage, however few files wait
//! for an answer, and whatever the answers look like.

use photosyncd::testing::emulator::Fault;
use serde_json::Value;

use crate::world::service::{Service, status, status_now};
use crate::world::{World, person, portrait};

/// Whatever is asked of the directory, alone or in a batch, is answered so.
fn answers(world: &World, fault: &Fault) {
    for path in ["users*select", "$batch"] {
        world.emulator().add_fault(Fault { path: Some(path.to_owned()), ..fault.clone() });
    }
}

/// Ways to answer that are none of Graph's, and what is said of each: the cause, and what to do.
fn portals(graph: &str) -> Vec<(Fault, &'static str, &'static str)> {
    let with = |status: u16, body: Value| Fault { status: Some(status), body: Some(body), ..Fault::default() };
    let json = |text: &str| with(200, text.into()).with_header("Content-Type", "application/json");
    let elsewhere = "http://198.51.100.7/v1.0/users?$skiptoken=x";
    let next = |link: &str| json(&format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#));
    let proxy = "proxy";
    vec![
        (
            with(307, "".into()).with_header("Location", "http://198.51.100.7/x"),
            "unexpected redirect to 198.51.100.7",
            "graph_url",
        ),
        (with(302, "".into()).with_header("Location", "/login"), "unexpected redirect", "graph_url"),
        (with(200, "<html>Sign in to the network</html>".into()), "a web page came back", proxy),
        (with(200, "".into()), "cut short", proxy),
        (with(200, serde_json::json!({})), "Graph's answer", proxy),
        (with(200, serde_json::json!({ "value": {} })), "Graph's answer", proxy),
        (json(&format!("{{\"value\":[{}]}}", " ".repeat(9 << 20))), "longer than the 8 MB", proxy),
        (next(elsewhere), "Graph's", proxy),
        (next("no link"), "Graph's", proxy),
        (next(&format!("{graph}/v1.0/users?{}", "x".repeat(20_000))), "Graph's", proxy),
        (with(403, "<html>blocked</html>".into()), "a web page came back", proxy),
        (with(404, "".into()), "gives no reason", proxy),
        (with(404, "<html>no such page</html>".into()), "a web page came back", proxy),
        (with(407, "".into()), "wants a sign-in of its own", "HTTPS_PROXY"),
        (with(503, "".into()), "overloaded", "again"),
    ]
}

#[test]
fn whatever_answers_a_few_questions_in_graphs_place_is_told_as_an_outage_is() {
    let world = World::people(3);
    world.portraits(0, 3, 0);
    for (fault, cause, cure) in portals("http://127.0.0.1") {
        answers(&world, &fault);
        let told = world.run(&["reconcile", "--patience", "0s"]);
        let head = told.stdout.lines().take_while(|line| !line.contains("delivered (")).collect::<Vec<_>>().join(" ");
        let whole = head.split_whitespace().collect::<Vec<_>>().join(" ");
        let says = whole.contains("Microsoft 365") && whole.contains(cause) && whole.contains(cure);
        assert!(says, "{cause}: {} {}", told.stdout, told.stderr);
        assert_ne!(told.code, Some(0), "{cause}");
        let rows = world.run(&["status"]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(rows.contains(cure), "{cause}: {rows}");
        world.emulator().clear_faults();
    }
    assert_eq!(world.puts().len(), 0);
    world.run(&["reconcile"]).exits(0);
}

#[test]
fn a_service_that_somebody_else_answers_says_so_by_its_cause_and_its_cure() {
    let mut world = World::people(3);
    world.set("source", "{ directory: photos, settle: 100ms, poll_interval: 1s, full_pass_every: 10s }");
    world.portraits(0, 3, 0);
    let service = Service::ready(&world);
    world.until("all photos", || world.puts().len() == 3);
    let names = |now: &Value| -> Vec<String> {
        now["conditions"].as_array().into_iter().flatten().map(|one| one["reason"].as_str().unwrap().to_owned()).collect()
    };
    let shapes = portals("http://127.0.0.1");
    let told = [0, 2, 4, 7];
    for (round, (fault, cause, cure)) in told.into_iter().enumerate().map(|(round, at)| (round, &shapes[at])) {
        answers(&world, fault);
        world.write(&format!("users/{}.jpg", person(0)), &portrait(20 + u32::try_from(round).unwrap()));
        world.until(cause, || names(&status_now(&world)) == ["graph_unreachable"]);
        world.until("the file", || names(&status(&world)) == ["graph_unreachable"]);
        let said = world.run(&["status"]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("graph_unreachable") && said.contains(cause) && said.contains(cure), "{cause}: {said}");
        world.emulator().clear_faults();
        world.until("the end", || names(&status_now(&world)).is_empty());
        world.until("the photo", || world.puts().len() == 4 + round);
    }
    service.run.terminate();
    let (outcome, _) = service.finish();
    let warnings = outcome.stderr.lines().filter(|line| line.contains("answers no question about accounts"));
    assert_eq!(warnings.count(), told.len(), "{}", outcome.stderr);
    for at in told {
        assert!(outcome.stderr.contains(shapes[at].1), "{}: {}", shapes[at].1, outcome.stderr);
    }
}
