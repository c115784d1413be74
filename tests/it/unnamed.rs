//! What Graph calls a photo is read after its upload, since by that name alone it is known as ours when it is to go. Where the
//! name can't be read at once it is asked for again; where it can't be read at all, a person decides.

use photosyncd::testing::emulator::{Fault, Reset, Settings};

use crate::world::{AT_ONCE, LOOSE, World, people, person, portrait, portrait_file};

const SHY: &str = "00000000-0000-4000-8000-0000000000f4";

/// Why photos go.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Goes {
    FileGone,
    OptOut,
}

const ALL: [Goes; 2] = [Goes::FileGone, Goes::OptOut];

/// Four people whose photos are delivered while this goes wrong with questions about them.
fn company(goes: Goes, fault: Fault) -> World {
    let mut world = match goes {
        Goes::FileGone => World::company(4),
        Goes::OptOut => {
            let shy = format!("groups: [{{ mailNickname: shy, id: {SHY} }}]\n");
            let mut world = World::with(&(people(4) + &shy), Settings::default());
            world.set("scope", "{ exclude_groups: [shy], on_opt_out: delete }");
            world.set("guard", LOOSE);
            world.portraits(0, 4, 0);
            world
        }
    };
    world.hurry();
    world.emulator().add_fault(fault);
    world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
    world.emulator().clear_faults();
    world
}

/// Three of them are to go.
fn three_go(goes: Goes, world: &World) {
    match goes {
        Goes::FileGone => (0..3).for_each(|number| std::fs::remove_file(world.photos().join(portrait_file(number))).unwrap()),
        Goes::OptOut => {
            for number in 0..3 {
                let who = format!("00000000-0000-4000-8000-{number:012}");
                world.emulator().change_tenant(|tenant| assert!(tenant.add_member(SHY, &who)));
            }
        }
    }
    // Those of files that are gone are remembered first.
    world.run(&["reconcile"]);
    world.run(&["reconcile"]);
}

fn left(world: &World) -> usize {
    (0..3).filter(|number| world.user_photo(&person(*number)).is_some()).count()
}

#[test]
fn an_accident_on_the_way_to_the_name_costs_another_question() {
    let says = |status| Fault::status("GET", "/photo", status);
    for goes in ALL {
        for fault in [
            says(500),
            says(503).with_header("Retry-After", "1"),
            says(429).with_header("Retry-After", "1"),
            says(429),
            says(404),
            Fault::reset("GET", "/photo", Reset::Before),
            Fault::reset("GET", "/photo", Reset::After),
        ] {
            let told = format!("{goes:?} {fault:?}");
            let world = company(goes, fault.times(2));
            assert_eq!((world.puts().len(), world.emulator().counters().early), (4, 0), "{told}");
            three_go(goes, &world);
            assert_eq!((left(&world), world.deletes()), (0, 3), "{told}");
        }
    }
}

#[test]
fn a_pause_that_was_asked_for_at_the_name_is_kept_by_the_next_run() {
    let world = World::company(1);
    world.emulator().add_fault(Fault::status("GET", "/photo", 429).with_header("Retry-After", "30").times(1));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    world.portraits(0, 1, 50);
    world.run(&["reconcile", "--max-duration", "2s"]).exits(3);
    assert_eq!((world.puts().len(), world.emulator().counters().early), (1, 0), "nothing is sent while an announced wait runs");
}

#[test]
fn the_photo_of_a_group_is_told_likewise() {
    let mut world = World::new();
    world.set("removal", AT_ONCE);
    world.set("guard", LOOSE);
    world.write("groups/sales.jpg", &portrait(1));
    world.write("users/ben@contoso.com.jpg", &portrait(2));
    world.emulator().add_fault(Fault::status("GET", "/groups/", 500));
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    world.emulator().clear_faults();
    std::fs::remove_file(world.photos().join("groups/sales.jpg")).unwrap();
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(3).says(&["removal_not_possible"]);
    assert!(world.photo("group:00000000-0000-4000-8000-000000000051").is_some());
    // Its file comes back, and goes by its new name.
    world.write("groups/sales.jpg", &portrait(3));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    std::fs::remove_file(world.photos().join("groups/sales.jpg")).unwrap();
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["1 photo removed"]);
}

#[test]
fn what_has_no_name_is_left_to_a_person_and_told_until_one_has_looked() {
    let says = |status| Fault::status("GET", "/photo", status);
    for goes in ALL {
        for fault in [says(500), says(403), says(404), Fault::reset("GET", "/photo", Reset::Before)] {
            let told = format!("{goes:?} {fault:?}");
            let world = company(goes, fault);
            three_go(goes, &world);
            assert_eq!((left(&world), world.deletes()), (3, 0), "{told}");
            for _ in 0..2 {
                world.run(&["reconcile"]).exits(3);
                let status = world.run(&["status", "--json"]).exits(3).json();
                let reasons: Vec<_> = status["blocked"].as_array().unwrap().iter().map(|row| &row["reason"]).collect();
                assert_eq!(reasons, ["removal_not_possible"; 3], "{told}");
            }
            world.run(&["plan"]).says(&["0 to remove"]);
            for number in 0..3 {
                world.run(&["accept", &person(number)]).exits(0);
            }
            world.run(&["reconcile"]).exits(0);
            assert_eq!((left(&world), world.deletes()), (3, 0), "{told}");
        }
    }
}
