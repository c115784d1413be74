//! The control socket: who may speak to the service, and what it makes of nonsense.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::Value;

use crate::world::service::Service;
use crate::world::{World, portrait};

fn ask(world: &World, request: &[u8]) -> Value {
    let mut stream = UnixStream::connect(world.ledger().with_file_name("control.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(request).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn nonsense_is_refused_and_changes_nothing() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    let service = Service::ready(&world);
    let socket = world.ledger().with_file_name("control.sock");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    for nonsense in ["\n", "hello\n", "{\"command\": \"format\"}\n", "{\"command\": \"retry\", \"targets\": null, \"and\": 1}\n"]
    {
        let answer = ask(&world, nonsense.as_bytes());
        assert!(answer["refused"].as_str().is_some_and(|why| why.contains("can't be understood")), "{answer}");
    }
    assert_eq!(ask(&world, b"{\"command\": \"retry\", \"targets\": null}\n")["changed"], 0);
    // One who says nothing does not keep others from being heard.
    let silent: Vec<UnixStream> = (0..4).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    assert!(ask(&world, b"{\"command\": \"status\"}\n")["status"]["pid"].is_number());
    drop(silent);
    drop(service);
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
