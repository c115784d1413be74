//! One clock for "is it whole": a single run waits for what was changed a moment ago, as long as it takes and no longer.

use std::time::Duration;

use crate::world::{World, person, portrait, portrait_file, timed};

#[test]
fn a_file_that_grows_under_a_run_is_sent_when_it_is_whole() {
    let mut world = World::people(2);
    world.set("source", "{ directory: photos, settle: 2s }");
    let whole = portrait(1);
    world.write(&portrait_file(0), &whole[..whole.len() / 2]);
    world.write_long_ago(&portrait_file(1), &portrait(2));
    let run = world.spawn(&["reconcile", "--json"]);
    world.pass_time(Duration::from_millis(900));
    world.write(&portrait_file(0), &whole);
    let outcome = run.finish().exits(0);
    assert_eq!(outcome.json()["delivered"], 2);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, whole);
    assert_eq!(world.puts().len(), 2, "nothing half was sent");
    outcome.says(&["Waiting 2 s for", "changed a moment ago"]);
    // What has been left alone costs nothing.
    let outcome = world.run(&["reconcile"]).exits(0);
    assert!(!outcome.stderr.contains("Waiting"), "{}", outcome.stderr);
}

#[test]
fn a_cut_picture_that_becomes_whole_is_sent_soon() {
    let world = World::people(1);
    let whole = portrait(1);
    world.write(&portrait_file(0), &whole[..whole.len() / 2]);
    let (outcome, span) = timed(|| {
        let run = world.spawn(&["reconcile", "--json"]);
        world.until("it waits", || world.run(&["status", "--json"]).stdout.contains("file_changing"));
        world.write(&portrait_file(0), &whole);
        run.finish()
    });
    let outcome = outcome.exits(0).says(&["Waiting for a picture that ends early"]);
    assert_eq!(outcome.json()["delivered"], 1);
    assert!(span < Duration::from_secs(12), "{span:?}: not the half minute that a cut picture is given at most");
    assert_eq!(world.user_photo(&person(0)).unwrap().body, whole);
}

#[test]
fn who_has_no_patience_is_told_what_was_left() {
    let mut world = World::people(2);
    world.set("source", "{ directory: photos, settle: 10m }");
    world.write(&portrait_file(0), &portrait(1));
    let (outcome, span) = timed(|| world.run(&["reconcile", "--json", "--patience", "0s"]));
    let outcome = outcome.exits(3);
    assert_eq!(outcome.json()["delivered"], 0);
    let problems = outcome.json()["problems"].clone();
    assert!(problems.to_string().contains("file_changing") && problems.to_string().contains("1 file"), "{problems}");
    assert!(span < Duration::from_secs(10), "{span:?}");
    world.run(&["reconcile", "--patience", "0s"]).exits(3).says(&["1 file changed a moment ago", "left for the next run"]);
}

#[test]
fn a_table_that_is_just_being_written_is_waited_for() {
    let mut world = World::people(1);
    world.set("source", "{ directory: photos, settle: 1s }");
    world.write_long_ago("a.jpg", &portrait(1));
    world.set("mapping", "{ table: people.csv, rules: [] }");
    std::fs::write(world.path("people.csv"), format!("file,kind,property,value\na.jpg,user,userPrincipalName,{}\n", person(0)))
        .unwrap();
    assert_eq!(world.run(&["reconcile", "--json"]).exits(0).json()["delivered"], 1);
}
