//! A plan shows everything and touches nothing.

use crate::world::{World, portrait, tree};

#[test]
fn a_plan_lists_each_file_with_rule_target_and_reason_and_leaves_no_trace() {
    let world = World::new();
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.write("users/nobody@contoso.com.jpg", &portrait(2));
    world.write("notes.txt", b"hello");
    let before = tree(&world.path(""));
    let plan = world.run(&["plan", "--verbose"]).exits(3).says(&[
        "users/anna@contoso.com.jpg",
        "user anna@contoso.com",
        "userPrincipalName",
        "00000000-0000-4000-8000-00000000000a",
        "not given a photo yet",
        "target_missing",
        "no rule claims this file",
        "1 to send",
        "nothing was written or uploaded",
    ]);
    assert!(plan.stdout.contains("users/{upn}.{ext}"), "the rule is named\n{}", plan.stdout);
    assert_eq!(tree(&world.path("")), before, "not a byte is written");
    assert!(!world.path(".photosyncd").exists());
    assert!(world.puts().is_empty());

    let rows = world.run(&["plan", "--json"]).exits(3).json();
    let rows: Vec<(&str, &str)> = rows["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["path"].as_str().unwrap(), row["action"].as_str().unwrap()))
        .collect();
    let wanted =
        [("notes.txt", "unmatched"), ("users/anna@contoso.com.jpg", "deliver"), ("users/nobody@contoso.com.jpg", "hold")];
    assert_eq!(rows, wanted);
}

#[test]
fn a_plan_beside_a_ledger_changes_neither_ledger_nor_tenant() {
    let world = World::people(4);
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0);
    world.write("users/p001@contoso.com.jpg", &portrait(50));
    world.write("users/p003@contoso.com.jpg", &portrait(51));
    let (ledger, puts) = (std::fs::read(world.ledger()).unwrap(), world.puts().len());
    world.run(&["plan", "--verbose", "--all"]).exits(0).says(&[
        "the file changed",
        "not given a photo yet",
        "unchanged",
        "1 to send, 1 to replace",
    ]);
    assert_eq!(std::fs::read(world.ledger()).unwrap(), ledger, "the ledger is the same, byte for byte");
    assert_eq!(world.puts().len(), puts);
    let state: Vec<_> = tree(&world.path(".photosyncd")).into_keys().collect();
    let known = ["photosyncd.db", "photosyncd.db-wal", "photosyncd.db-shm", "photosyncd.db.lock"];
    assert!(state.iter().all(|path| known.contains(&path.file_name().unwrap().to_str().unwrap())), "{state:?}");
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
}
