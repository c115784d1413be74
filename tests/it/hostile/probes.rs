//! Whoever holds connections to the service keeps nobody else from being answered.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::world::World;
use crate::world::service::{Service, free_port, get, status_now};

/// An answer takes no longer than this, whoever else is there.
const AT_ONCE: Duration = Duration::from_secs(2);

#[track_caller]
fn answers(world: &World, port: u16) {
    for (page, status) in [("/livez", 200), ("/readyz", 200), ("/metrics", 200), ("/", 200)] {
        let asked = world.wait(async {
            tokio::time::timeout(AT_ONCE, tokio::task::spawn_blocking(move || get(port, page).map(|(status, _)| status))).await
        });
        assert_eq!(asked.unwrap().unwrap(), Some(status), "{page}");
    }
}

#[test]
fn probes_are_answered_though_others_hold_connections() {
    let mut world = World::people(1);
    let port = free_port();
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    let service = Service::ready(&world);
    for begun in [
        &b""[..],
        b"GET /livez HTTP/1.1\r\nHost: loc",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nx",
    ] {
        let mut held = Vec::new();
        for _ in 0..200 {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            // One that made room for another is closed.
            _ = stream.write_all(begun);
            held.push(stream);
        }
        answers(&world, port);
        // Whoever says nothing is cut in seconds.
        let mut last = held.pop().unwrap();
        last.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let end = last.read_to_end(&mut Vec::new()).map_err(|error| error.kind());
        assert!(!matches!(end, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "it is still open");
    }
    let mut long = TcpStream::connect(("127.0.0.1", port)).unwrap();
    _ = long.write_all(format!("GET /livez HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20)).as_bytes());
    answers(&world, port);
    drop(service);
}

#[test]
fn the_control_socket_answers_though_others_hold_it() {
    let world = World::people(1);
    let service = Service::ready(&world);
    let socket = world.ledger().with_file_name("control.sock");
    let held: Vec<UnixStream> = (0..50)
        .map(|number| {
            let mut stream = UnixStream::connect(&socket).unwrap();
            _ = stream.write_all(if number % 2 == 0 { b"" } else { b"GET /status HTTP/1.1\r\nHo" });
            stream
        })
        .collect();
    assert_eq!(status_now(&world)["phase"], "running");
    world.run(&["status"]).says(&["The service runs"]);
    drop((held, service));
}
