//! One cause that concerns everybody is one line, and the exit code fits it.

use photosyncd::testing::emulator::Fault;

use super::all_lines;
use crate::world::{World, dead_end, portrait};

#[test]
fn graph_out_of_reach_is_one_line_and_69() {
    let mut world = World::people(300);
    world.hurry();
    world.portraits(0, 300, 0);
    let (graph, login) = (world.emulator().graph_url(), world.emulator().login_url());
    let nowhere = dead_end();
    let commands = [&["plan"][..], &["reconcile", "--patience", "1s"]];
    for command in commands.into_iter().chain([&[][..]]).chain(commands) {
        if command.is_empty() {
            // All was well in between.
            world.point_at(&graph, &login);
            world.run(&["reconcile"]).exits(0).says(&["300 photos delivered"]);
            world.hours_later(2);
            continue;
        }
        world.point_at(&nowhere, &nowhere);
        let outcome = world.run(command);
        let outcome = outcome.exits(69).says(&["Microsoft 365 can't be reached"]);
        let told = outcome.stdout.matches("can't be reached").count() + outcome.stderr.matches("can't be reached").count();
        assert!(all_lines(&outcome) <= 6 && told <= 2, "{command:?}\n{}\n{}", outcome.stdout, outcome.stderr);
    }
    world.run(&["status"]).exits(69).says(&["Microsoft 365 could not be reached"]);
}

#[test]
fn a_refused_sign_in_is_one_line_and_5() {
    let world = World::people(60);
    world.portraits(0, 60, 0);
    for command in ["plan", "reconcile"] {
        world.emulator().add_fault(Fault::status("POST", "/oauth2/", 401).times(1));
        let outcome = world.run(&[command]).exits(5);
        assert!(all_lines(&outcome) <= 6, "{command}\n{}\n{}", outcome.stdout, outcome.stderr);
    }
    world.emulator().add_fault(Fault::status("POST", "/oauth2/", 401).times(1));
    world.run(&["reconcile"]).exits(5);
    world.run(&["status"]).exits(5);
}

#[test]
fn a_table_that_can_not_be_read_is_told_once() {
    let mut world = World::people(20);
    world.portraits(0, 20, 0);
    world.write("notes.txt", &portrait(1));
    std::fs::create_dir(world.path("people.csv")).unwrap();
    world.set("mapping", "{ table: people.csv }");
    for command in ["plan", "reconcile"] {
        let outcome = world.run(&[command]).exits(78);
        assert!(all_lines(&outcome) <= 6, "{command}\n{}\n{}", outcome.stdout, outcome.stderr);
    }
}
