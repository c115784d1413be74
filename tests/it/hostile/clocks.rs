//! A clock that jumps destroys nothing. The program reads the machine's clock, which a story can't set; what the ledger
//! remembers of it moves instead, which is a jump of the clock the other way.

use crate::world::{World, portrait};

/// People put up photos of their own.
fn give_photos(world: &World, count: usize) {
    for number in 0..count {
        let path = format!("/v1.0/users/00000000-0000-4000-8000-{number:012}/photo/$value");
        let seed = 1_000 + u32::try_from(number).unwrap();
        assert_eq!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(seed)), 200);
    }
}

#[test]
fn years_ahead_in_one_pass_take_no_backup_no_photo_and_no_journal() {
    let mut world = World::people(3);
    world.set("removal", "{ when_file_disappears: delete, grace: 1d }");
    world.set("backup", "{ before_first_overwrite: true, keep: 2d }");
    world.set("guard", "{ first_contact: replace, max_removals_percent: 100 }");
    give_photos(&world, 3);
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0);
    std::fs::remove_file(world.photos().join("users/p000@contoso.com.jpg")).unwrap();
    world.run(&["reconcile"]).exits(0);
    let kept = |world: &World| {
        let files = std::fs::read_dir(world.path(".photosyncd/backups")).unwrap().count();
        let told = world.run(&["explain", "p001@contoso.com", "--json"]).json();
        (files, told["targets"][0]["backups"].as_array().unwrap().len())
    };
    assert_eq!(kept(&world), (3, 1));
    for days in [1_000, -3_000, 20_000] {
        world.clock_jumps_by_days(days);
        let outcome = world.run(&["reconcile", "--json"]).exits(0);
        assert!(outcome.stderr.contains("clock of this machine jumped"), "{days}: {}", outcome.stderr);
        assert_eq!((outcome.json()["removed"].as_u64(), kept(&world)), (Some(0), (3, 1)), "{days}");
        let again = world.run(&["reconcile", "--json"]).exits(0);
        assert!(!again.stderr.contains("jumped") && again.json()["removed"] == 0, "{days}: {}", again.stderr);
    }
    let history = world.run(&["history", "--json"]).json();
    assert!(history["rows"].as_array().unwrap().len() >= 8, "{history}");
    // Time that truly passes does what it is to do.
    world.days_later(3);
    assert_eq!(world.run(&["reconcile", "--json"]).exits(0).json()["removed"], 1);
}

#[test]
fn a_number_of_a_pass_is_never_used_again_though_the_journal_forgets() {
    let mut world = World::people(2);
    world.set("backup", "{ before_first_overwrite: true, keep: 400d }");
    give_photos(&world, 2);
    world.portraits(0, 1, 0);
    let first = world.run(&["reconcile", "--json"]).exits(0).json()["pass"].as_u64().unwrap();
    world.journal_forgets();
    world.portraits(0, 2, 7);
    let second = world.run(&["reconcile", "--json"]).exits(0).json()["pass"].as_u64().unwrap();
    assert!(second > first, "{second} after {first}");
    // What the first pass took is still known to belong to it, and nothing else.
    world.run(&["undo", &first.to_string()]).exits(0).says(&["1 of 1 put back"]);
    world.run(&["undo", &(second + 5).to_string()]).exits(2);
}
