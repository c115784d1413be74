//! While the guard halts everything, no screen says that all is as it should be.

use photosyncd::testing::emulator::Fault;

use crate::world::{World, person, portrait};

#[test]
fn what_has_changed_since_is_told_to_be_held_back() {
    let mut world = World::people(12);
    world.set("guard", "{ first_contact: replace, max_changes_percent: 10 }");
    world.portraits(0, 10, 0);
    world.run(&["reconcile"]).exits(0);
    world.portraits(0, 6, 100);
    let before = "Before the halt: all 10 photos are up to date. What has changed since is held back, and not counted.";
    world.run(&["reconcile"]).exits(4).says(&["Nothing was uploaded."]);
    world.run(&["status"]).says(&[before]);
    world
        .run(&["explain", &person(3)])
        .exits(0)
        .says(&["Everything is halted by the guard (changes)", "`photosyncd plan` shows it"]);
    world.run(&["report", "--out", "pages"]);
    let page = std::fs::read_to_string(world.path("pages/index.html")).unwrap();
    assert!(page.contains("What has changed since is not sent, and not counted here."), "{page}");
    world.run(&["reconcile", "--force"]).exits(0).says(&["All 10 photos are up to date."]);
    assert!(!world.run(&["explain", &person(3)]).exits(0).stdout.contains("halted"));
    // A file of another size, and one that is gone, as long as no pass has seen it.
    let larger = portrait(7).into_iter().chain([0; 500]).collect::<Vec<u8>>();
    world.write("users/p003@contoso.com.jpg", &larger);
    world.run(&["explain", &person(3)]).exits(0).says(&["has changed since a pass saw it last"]);
    std::fs::remove_file(world.photos().join("users/p003@contoso.com.jpg")).unwrap();
    world.run(&["explain", &person(3)]).exits(0).says(&["is not there any more"]);
    // Nobody else is told of for an address that is a part of theirs.
    let part = person(3)[1..].to_owned();
    assert!(!world.run(&["explain", &part]).exits(2).stdout.contains(&person(3)));
}

#[test]
fn at_first_contact_nothing_is_said_to_be_unknown() {
    let mut world = World::people(12);
    world.set("guard", "{ first_contact: replace }");
    world.portraits(0, 12, 500);
    world.run(&["reconcile"]).exits(0);
    // Another ledger meets the tenant with its photos.
    world.set("guard", "{}");
    world.set("ledger", "{ path: other.db }");
    world.portraits(0, 12, 0);
    world.run(&["reconcile"]).exits(4).says(&["first_contact"]);
    world.run(&["status"]).says(&["Nothing was sent yet: what the pass found is held back by the halt."]);
}

/// Without a service: whatever ended the last run before it could look.
#[test]
fn a_run_that_could_not_look_leaves_the_sum_of_the_one_before() {
    let mut world = World::people(3);
    world.portraits(0, 3, 0);
    let row = |at| format!("users/p00{at}@contoso.com.jpg,user,userPrincipalName,{}\n", person(at));
    let rows = [row(0), row(1), row(2)].concat();
    std::fs::write(world.path("people.csv"), format!("file,kind,property,value\n{rows}")).unwrap();
    world.set("mapping", "{ table: people.csv, rules: [] }");
    world.run(&["reconcile"]).exits(0);
    world.run(&["status"]).exits(0).says(&["All 3 photos are up to date."]);
    world.portraits(0, 3, 100);
    let before = "As of the last pass that could look: all 3 photos are up to date. What has changed since is not counted.";
    let (table, away) = (world.path("people.csv"), world.path("away.csv"));
    std::fs::rename(&table, &away).unwrap();
    world.run(&["reconcile"]).exits(78);
    world.run(&["status"]).exits(3).says(&[before]);
    world.run(&["history", "--failed"]).says(&["stopped (failed)"]);
    world.run(&["report", "--out", "pages"]);
    let page = std::fs::read_to_string(world.path("pages/index.html")).unwrap();
    assert!(page.contains("The photos cannot be looked through at the moment."), "{page}");
    std::fs::rename(&away, &table).unwrap();
    // Nobody can sign in: what is queued by then is counted, and nobody says that all is up to date.
    world.emulator().revoke_tokens();
    world.emulator().add_fault(Fault::status("POST", "/oauth2/v2.0/token", 401));
    world.run(&["reconcile", "--patience", "1s"]).exits(5);
    let told = world.run(&["status"]).stdout;
    assert!(!told.contains("\nAll "), "{told}");
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    world.run(&["status"]).exits(0).says(&["All 3 photos are up to date."]);
}
