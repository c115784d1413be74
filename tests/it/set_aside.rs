//! Rows of the ledger that can't be read: each is set aside and told, and everybody else is served.

use crate::world::{World, person, portrait};

/// For each table and column that may hold something unreadable, a row that does. `old` versions wrote some of them; the
/// others are a damaged disk's, or a hand's.
const BROKEN: &[(&str, &str)] = &[
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, target) VALUES ('f1', 1, 1, 1, 1, 1, 1, 'user:')",
    ),
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reference, target) VALUES ('f2', 1, 1, 1, 1, 1, 1, 'user:userPrincipalName:p001@contoso.com', 'contact:o/a/b/c')",
    ),
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reason, held_since) VALUES ('f3', 1, 1, 1, 1, 1, 1, 'of_another_version', 1)",
    ),
    ("files", "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at) VALUES ('../f4', 1, 1, 1, 1, 1, 1)"),
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, label) VALUES ('f5', 1, 1, 1, 1, 1, 1, CAST(x'fffe' AS TEXT))",
    ),
    (
        "files",
        "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reference, target) VALUES ('f6', 1, 1, 1, 1, 1, 1, CAST(x'ff' AS TEXT), 'user:x')",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, generation, desired_at, state, since) VALUES ('user:', 'l', 1, 1, 'due', 1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, desired_digest, desired_recipe, generation, desired_at, state, since, due_at) VALUES ('contact:o/a/b/c', 'l', 'f2', zeroblob(32), 'r', 1, 1, 'waiting', 1, 1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, generation, desired_at, state, since, reason) VALUES ('user:t1', 'l', 1, 1, 'blocked', 1, 'of_another_version')",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, generation, desired_at, state, since) VALUES ('user:t2', 'l', '../x', 1, 1, 'in_step', 1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, desired_digest, desired_recipe, generation, desired_at, state, since, attempts) VALUES ('user:t3', 'l', 'f9', zeroblob(32), 'r', 1, 1, 'due', 1, -1)",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, desired_digest, desired_recipe, generation, desired_at, state, since, kept_reason, kept_digest) VALUES ('user:t4', 'l', 'f8', zeroblob(32), 'r', 1, 1, 'in_step', 1, 'odd', zeroblob(32))",
    ),
    (
        "targets",
        "INSERT INTO targets (target, label, path, generation, desired_at, state, since) VALUES ('robot:1', CAST(x'ff' AS TEXT), 'f7', 1, 1, 'in_step', 1)",
    ),
    ("gone", "INSERT INTO gone (target, label, path, since, root) VALUES ('user:', 'l', 'g', 1, 'r')"),
    ("gone", "INSERT INTO gone (target, label, path, since, root) VALUES ('user:g', 'l', '', 1, 'r')"),
    (
        "backups",
        "INSERT INTO backups (target, pass, at, bytes, overwritten, may_be_ours) VALUES ('user:', 1, 9000000000000, 1, 1, 0)",
    ),
    (
        "backups",
        "INSERT INTO backups (target, pass, at, file, bytes, overwritten, may_be_ours) VALUES ('user:b', 1, 9000000000000, CAST(x'ff' AS TEXT), 1, 1, 0)",
    ),
    ("links", "INSERT INTO links (kind, link, confirmed_at) VALUES ('robot', 'nonsense', 1)"),
    ("passes", "INSERT INTO passes (cause, started_at, summary) VALUES (CAST(x'ff' AS TEXT), 9000000000000, NULL)"),
    (
        "attempts",
        "INSERT INTO attempts (pass, target, generation, at, outcome, bytes, elapsed_ms) VALUES (1, 'user:', 1, 9000000000000, 'delivered', 1, 1)",
    ),
    (
        "attempts",
        "INSERT INTO attempts (pass, target, generation, at, outcome, reason, bytes, elapsed_ms) VALUES (1, 'user:a', 1, 9000000000000, 'blocked', 'odd', 1, 1)",
    ),
    (
        "attempts",
        "INSERT INTO attempts (pass, target, generation, at, outcome, status, bytes, elapsed_ms) VALUES (1, 'user:a', 1, 9000000000000, 'blocked', 70000, 1, 1)",
    ),
    // No row of its own can't be read, but what it says.
    ("", "INSERT INTO passes (cause, started_at, ended_at, summary) VALUES ('start', 9000000000000, 9000000000000, '{broken')"),
    (
        "",
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('halt', '{broken'), ('rebuilt_at', 'long ago'), ('seen_table_rows', '-x')",
    ),
    ("", "INSERT OR REPLACE INTO links (kind, link, confirmed_at) VALUES ('user', 'no url at all', 1)"),
    ("", "INSERT INTO removals (at, count) VALUES (-1, -1)"),
];

fn delivered() -> World {
    let world = World::people(4);
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    world
}

fn execute(world: &World, sql: &str) {
    rusqlite::Connection::open(world.ledger()).unwrap().execute_batch(sql).unwrap();
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
fn one_row_that_cant_be_read_stops_nobody_else() {
    for (table, sql) in BROKEN {
        let world = delivered();
        execute(&world, sql);
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
fn nor_do_all_of_them_together_and_the_service_lives_with_them_too() {
    let world = delivered();
    for (_, sql) in BROKEN {
        execute(&world, sql);
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
fn a_row_of_a_living_file_heals() {
    let world = delivered();
    execute(&world, "UPDATE files SET target = 'user:' WHERE path LIKE '%p000%'");
    execute(&world, "UPDATE targets SET path = '../x' WHERE label = 'p000@contoso.com'");
    assert!(!world.run(&["status", "--json"]).json()["set_aside"].as_array().unwrap().is_empty());
    world.run(&["reconcile"]).exits(0);
    let json = world.run(&["status", "--json"]).exits(0).json();
    assert!(json["set_aside"].is_null(), "{json}");
    assert!(world.user_photo(&person(0)).is_some());
}
