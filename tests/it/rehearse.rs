//! The example as it stands, and rehearsals: a whole pass of which nothing leaves the machine.

use std::path::Path;

use crate::world::{Spawned, World, dead_end, photosyncd, portrait, tree};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Width and height from the frame header; fails for anything but a JPEG.
fn dimensions(jpeg: &[u8]) -> (u16, u16) {
    assert_eq!(jpeg[..2], [0xff, 0xd8]);
    let mut at = 2;
    loop {
        let (marker, length) = (jpeg[at + 1], u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if (0xc0..=0xcf).contains(&marker) && ![0xc4, 0xc8, 0xcc].contains(&marker) {
            return (u16::from_be_bytes([jpeg[at + 7], jpeg[at + 8]]), u16::from_be_bytes([jpeg[at + 5], jpeg[at + 6]]));
        }
        assert_ne!(marker, 0xe1, "EXIF or XMP is left");
        at += 2 + usize::from(length);
    }
}

#[test]
fn a_rehearsal_shows_what_would_be_sent_and_sends_nothing() {
    let mut world = World::new();
    let nowhere = dead_end();
    world.point_at(&nowhere, &nowhere);
    world.set("source", &format!("{{ directory: '{ROOT}/tests/photos' }}"));
    let saved = world.path("saved");
    let photos = tree(&Path::new(ROOT).join("tests/photos")).len();
    assert!(photos >= 3);
    world.run(&["rehearse", "--save", saved.to_str().unwrap()]).exits(0).says(&["nothing leaves this machine", "up to date"]);
    let saved = tree(&saved);
    assert_eq!(saved.len(), photos);
    for (path, bytes) in saved {
        let (width, height) = dimensions(&bytes);
        assert!(width <= 648 && height <= 648 && width == height, "{} is {width}x{height}", path.display());
        for traces in [&b"Exif\0"[..], b"GPS", b"http://ns.adobe.com/", b"Photoshop"] {
            assert!(!bytes.windows(traces.len()).any(|window| window == traces), "{} holds {traces:?}", path.display());
        }
    }
    assert!(!world.path(".photosyncd").exists(), "the ledger of a rehearsal is thrown away");
    assert!(world.requests().is_empty());
}

#[test]
fn a_rehearsal_finds_what_would_be_held() {
    let mut world = World::people(1);
    let nowhere = dead_end();
    world.point_at(&nowhere, &nowhere);
    world.portraits(0, 2, 0);
    world.write_long_ago("users/broken@contoso.com.jpg", &portrait(3)[..300]);
    let outcome = world.run(&["rehearse", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 2);
    assert_eq!(outcome.problem("users/broken@contoso.com.jpg")["reason"], "photo_corrupt");
}

#[test]
fn the_example_runs_as_it_stands() {
    let state = tempfile::tempdir().unwrap();
    let run = || {
        let mut command = photosyncd();
        command.args(["reconcile", "--config", "config.example.yaml"]).current_dir(ROOT).env("STATE_DIRECTORY", state.path());
        Spawned::start(&mut command).finish().exits(0)
    };
    run().says(&["photos are up to date"]);
    run().says(&["0 photos delivered", "Nothing had to be sent"]);
}

#[test]
fn the_served_tenant_will_do_for_another_process() {
    let mut world = World::people(1);
    world.portraits(0, 3, 0);
    let port = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let address = format!("127.0.0.1:{port}");
    let served = world.spawn(&["emulate", "--listen", &address, "--save", world.path("got").to_str().unwrap()]);
    world.until("the server", || std::net::TcpStream::connect(&address).is_ok());
    world.point_at(&format!("http://{address}"), &format!("http://{address}"));
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    served.terminate();
    served.finish().exits(0).says(&["3 objects", "cloud: custom", &address]);
    let got: Vec<Vec<u8>> = tree(&world.path("got")).into_values().collect();
    assert_eq!(got.len(), 3);
    assert!((0..3).all(|seed| got.contains(&portrait(seed))));
}
