//! What Graph calls a photo is read after its upload, since by that name alone it is known as ours when it is to go. Where the
//! name can't be read at once it is asked for again; where it can't be read at all, a person decides.

use photosyncd::testing::emulator::{Fault, Reset, Settings};

use crate::world::{LOOSE, World, people, person, portrait_file};

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
