//! Rows of the ledger that can't be read: each is set aside and told, and everybody else is served.

use crate::world::{BROKEN_ROWS, World, person, portrait};

fn delivered() -> World {
    let world = World::people(4);
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    world
}

/// All that people run, and a photo for somebody new.
fn serves_everybody_else(world: &World, what: &str) {
    for command in [
        &["status"][..],
        &["status", "--json"],
        &["plan"],
        &["history"],
        &["history", "--failed"],
        &["explain", "p000@contoso.com"],
        &["report", "--out", "pages"],
        &["doctor", "--json"],
    ] {
        let outcome = world.run(command);
        assert!(matches!(outcome.code, Some(0 | 3 | 5)), "{command:?} with {what}: {:?}\n{}", outcome.code, outcome.stderr);
    }
    world.portraits_of(2, fastrand::u32(..));
    let puts = world.puts().len();
    let outcome = world.run(&["reconcile", "--json"]);
    assert_eq!(outcome.json()["delivered"], 1, "{what}: {}\n{}", outcome.stdout, outcome.stderr);
    assert_eq!(world.puts().len(), puts + 1, "{what}");
    let outcome = world.run(&["verify"]);
    assert!(matches!(outcome.code, Some(0 | 3)), "{what}: {}", outcome.stderr);
    world.run(&["retry"]).exits(0);
}

#[test]
fn one_unreadable_row_stops_nobody_else() {
    for (table, sql) in BROKEN_ROWS {
        let world = delivered();
        world.alter_ledger(sql);
        if !table.is_empty() {
            world.run(&["status"]).says(&["1 row of the ledger set aside", &format!("1 of {table}")]);
            let json = world.run(&["status", "--json"]).json();
            assert_eq!(json["set_aside"][0]["rows"], 1, "{sql}: {json}");
            let doctor = world.run(&["doctor", "--json"]).json();
            let found = doctor["checks"].as_array().unwrap().iter().find(|check| check["check"] == "ledger").unwrap().clone();
            assert_eq!(found["verdict"], "warning", "{sql}: {found}");
            let outcome = world.run(&["reconcile"]);
            assert!(outcome.stderr.contains("can't be read"), "{sql}: {}", outcome.stderr);
        }
        serves_everybody_else(&world, sql);
    }
}

#[test]
fn all_unreadable_rows_together_stop_nobody_and_the_service_runs() {
    let world = delivered();
    for (_, sql) in BROKEN_ROWS {
        world.alter_ledger(sql);
    }
    serves_everybody_else(&world, "all");
    let service = world.spawn(&["run"]);
    world.write_long_ago("users/p003@contoso.com.jpg", &portrait(77));
    world.until("the service to deliver", || world.user_photo(&person(3)).is_some());
    service.terminate();
    service.finish().exits(0);
}

/// What an older version wrote for a file is written anew: nothing has to be mended by hand.
#[test]
fn an_unreadable_row_is_written_again_when_its_file_is_seen() {
    let world = delivered();
    world.spoil_rows_of(&person(0));
    assert!(!world.run(&["status", "--json"]).json()["set_aside"].as_array().unwrap().is_empty());
    world.run(&["reconcile"]).exits(0);
    let json = world.run(&["status", "--json"]).exits(0).json();
    assert!(json["set_aside"].is_null(), "{json}");
    assert!(world.user_photo(&person(0)).is_some());
}
