//! The control socket: who may speak to the service, and what it makes of nonsense.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use serde_json::Value;

use crate::world::service::Service;
use crate::world::{World, portrait};

/// Status and document of an answer.
pub(crate) fn ask(world: &World, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut stream = UnixStream::connect(world.ledger().with_file_name("control.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let document = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    (head.split(' ').nth(1).unwrap().parse().unwrap(), document)
}

#[test]
fn nonsense_is_refused_and_changes_nothing() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    let service = Service::ready(&world);
    world.until("in step", || service.shows("1 up to date"));
    let socket = world.ledger().with_file_name("control.sock");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let commands = ["/retry", "/accept", "/restore", "/verify", "/verify/stop", "/force"];
    for path in commands {
        for body in ["", "hello", "[]", "null", "{\"and\": 1}", "{\"targets\": 7}", "{\"targets\": null, \"and\": 1}"] {
            let (status, answer) = ask(&world, "POST", path, body);
            assert_eq!(status, 400, "{path} {body}: {answer}");
            assert!(answer["refused"].as_str().is_some_and(|why| why.contains("can't be understood")), "{answer}");
        }
        assert_eq!(ask(&world, "GET", path, "").0, 405, "{path}");
    }
    for (method, path, status) in [("GET", "/", 404), ("POST", "/format", 404), ("POST", "/status", 405)] {
        let (found, answer) = ask(&world, method, path, "{}");
        assert!(found == status && answer["refused"].is_string(), "{method} {path}: {found} {answer}");
    }
    for (path, body) in [("/verify", r#"{"targets": ["nobody"]}"#), ("/restore", r#"{"which": [["nobody", 1]], "undo": false}"#)]
    {
        assert_eq!(ask(&world, "POST", path, body).0, 400);
    }
    assert_eq!(ask(&world, "POST", "/force", "{}").0, 409, "there is no halt");
    assert_eq!(ask(&world, "POST", "/verify/stop", r#"{"id": "x"}"#).0, 404);
    assert_eq!(ask(&world, "POST", "/retry", r#"{"targets": null}"#), (200, serde_json::json!({ "changed": 0 })));
    assert_eq!(ask(&world, "POST", "/verify", "{}").1["checked"], 1);
    // One who says nothing does not keep others from being heard.
    let silent: Vec<UnixStream> = (0..4).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    assert!(ask(&world, "GET", "/status", "").1["pid"].is_number());
    drop(silent);
    drop(service);
}

#[test]
fn what_does_not_answer_as_a_service_is_told() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    let _service = Service::ready(&world);
    let path = world.ledger().with_file_name("control.sock");
    std::fs::remove_file(&path).unwrap();
    // A service holds the ledger, and something else has its place: one that hangs up, one of a version that spoke lines,
    // and one that speaks HTTP about other things.
    let foreign = ["", "{\"refused\":\"the request can't be understood\"}\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"];
    let under = |answer: &'static str, command: &[&str]| {
        let listener = UnixListener::bind(&path).unwrap();
        let other = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            _ = stream.read(&mut [0; 4096]);
            _ = stream.write_all(answer.as_bytes());
        });
        let outcome = world.run(command);
        other.join().unwrap();
        std::fs::remove_file(&path).unwrap();
        outcome
    };
    for answer in foreign {
        assert!(under(answer, &["status", "--json"]).exits(0).json()["service"].is_null());
        under(answer, &["retry"]).exits(75).says(&["the running service does not answer"]);
    }
    // Nobody has it: whoever holds the ledger is named.
    world.run(&["retry"]).exits(75);
}

#[test]
fn what_a_dead_service_left_behind_is_replaced() {
    let mut world = World::people(2);
    world.set("source", "{ directory: photos, settle: 100ms }");
    world.write("users/p000@contoso.com.jpg", &portrait(0));
    let service = Service::ready(&world);
    service.run.kill();
    assert!(world.ledger().with_file_name("control.sock").exists());
    // Nobody is at home: the command does it itself, and status tells of no service.
    world.run(&["retry"]).exits(0).says(&["`photosyncd reconcile` tries them"]);
    assert!(world.run(&["status", "--json"]).json()["service"].is_null());
    let service = Service::ready(&world);
    world.run(&["retry"]).exits(0).says(&["the running service tries them"]);
    drop(service);
}
