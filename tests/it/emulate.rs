//! The pretended tenant as a command of its own: its weather.

use std::io::{Read, Write};

use serde_json::Value;

use crate::world::{Spawned, World};

/// What the served tenant remembers of the requests it got.
fn requests(address: &str) -> Vec<Value> {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET /emulator/requests HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// Serves the world's tenant in this weather; the configuration points there.
fn serve(world: &mut World, weather: &str) -> (Spawned, String) {
    std::fs::write(world.path("storm.yaml"), weather).unwrap();
    let port = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let address = format!("127.0.0.1:{port}");
    let served = world.spawn(&["emulate", "--listen", &address, "--weather", "storm.yaml"]);
    world.until("the server", || std::net::TcpStream::connect(&address).is_ok());
    world.point_at(&format!("http://{address}"), &format!("http://{address}"));
    (served, address)
}

#[test]
fn photos_arrive_through_weather_from_a_file() {
    let mut world = World::people(1);
    world.portraits(0, 20, 0);
    let weather = "
seed: 4
latency: { from: 1ms, to: 20ms }
phases:
  - { only: { methods: [PUT] }, faults: [{ share: 20%, status: 503 }, { share: 20%, reset: after_body }] }";
    let (served, address) = serve(&mut world, weather);
    world.run(&["reconcile"]).exits(0).says(&["20 photos delivered"]);
    let requests = requests(&address);
    let puts = |status: u64| requests.iter().filter(|one| one["method"] == "PUT" && one["status"] == status).count();
    assert_eq!(puts(200), 20);
    assert!(puts(503) > 0 && puts(0) > 0, "{} answered 503, {} reset", puts(503), puts(0));
    let others = requests.iter().filter(|one| one["method"] != "PUT");
    assert!(others.map(|one| &one["status"]).all(|status| *status == 200), "only uploads are hit");
    served.terminate();
    served.finish().exits(0);
}

#[test]
fn an_outage_of_refused_connections_passes() {
    let mut world = World::people(1);
    world.portraits(0, 3, 0);
    let (served, address) =
        serve(&mut world, "begin: server\nphases: [{ from: 1s, for: 2s, every: 1d, times: 1, outage: refused }]");
    world.until("the outage", || std::net::TcpStream::connect(&address).is_err());
    world.until("its end", || std::net::TcpStream::connect(&address).is_ok());
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    served.terminate();
    served.finish().exits(0);
}

#[test]
fn a_weather_that_can_not_be_used_is_told_with_its_place() {
    let world = World::new();
    for (weather, words) in [
        (
            Some("faults:\n  - { share: 5, status: 503 }\n"),
            &["storm.yaml: line 2 column 14: faults[0].share: ", "for example 5%"][..],
        ),
        (
            Some("faults:\n  - { share: 5, statsu: 503 }\nphases:\n  - { from: 1, outage: rain }\n"),
            &[
                "5 faults\n",
                "line 2 column 14: faults[0].share",
                "line 2 column 17: faults[0].statsu",
                "line 4 column 24: phases[0].outage",
            ],
        ),
        (Some("phases: [{ outage: rain }]"), &["unknown outage \"rain\"", "not_found_page"]),
        (Some("faults: ["), &["storm.yaml", "line 2"]),
        (None, &["the weather storm.yaml: No such file"]),
    ] {
        let _ = std::fs::remove_file(world.path("storm.yaml"));
        if let Some(weather) = weather {
            std::fs::write(world.path("storm.yaml"), weather).unwrap();
        }
        world.run(&["emulate", "--weather", "storm.yaml"]).exits(78).says(words);
    }
}
