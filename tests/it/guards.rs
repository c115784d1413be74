//! What a pass is not let do: a share that is away, a directory swapped, a table cut short, a tenant that forgot.

use std::fmt::Write as _;

use photosyncd::testing::emulator::{EntryKind, Fault};
use photosyncd::testing::model::Property;

use crate::world::service::{Service, status_now};
use crate::world::{AT_ONCE, Mount, World, people, person, portrait};

fn company(people: usize) -> World {
    let mut world = World::company(people);
    world.hurry();
    world
}

#[test]
fn a_share_that_is_not_mounted_costs_nobody_a_photo() {
    let world = company(20);
    let photos: Vec<_> = (0..20).map(|number| (number, portrait(number))).collect();
    std::fs::remove_dir_all(world.photos()).unwrap();
    std::fs::create_dir(world.photos()).unwrap();
    let Some(share) = Mount::new(&world.photos(), "8m") else { return };
    world.portraits(0, 20, 0);
    world.run(&["reconcile"]).exits(0);
    drop(share);
    // What is below the mount point is empty.
    for _ in 0..3 {
        let halted = world.run(&["reconcile", "--json"]).exits(4).json()["halted"].clone();
        assert_eq!((&halted["guard"], &halted["holds"]), (&"unmounted_source".into(), &"everything".into()));
    }
    // Nobody can insist on that, however often.
    for _ in 0..3 {
        world.run(&["reconcile", "--force"]).exits(4).says(&[
            "unmounted_source",
            "--force does not override this",
            "Nothing was uploaded",
        ]);
    }
    world.run(&["status"]).exits(4).says(&["unmounted_source", "20 up to date"]);
    // Or not quite empty: then the root tells.
    world.write("README.txt", b"mount the share here");
    for _ in 0..3 {
        let outcome = world.run(&["reconcile", "--json"]).exits(4).says(&["another one than at the last pass"]);
        let halted = outcome.json()["halted"].clone();
        assert_eq!((&halted["guard"], &halted["found"], &halted["of"]), (&"source_changed".into(), &0.into(), &20.into()));
    }
    world.run(&["plan"]).exits(4).says(&["would halt this pass (source_changed)"]);
    std::fs::remove_file(world.photos().join("README.txt")).unwrap();
    // It is back, with another device and mount number and the same files.
    let _share = Mount::new(&world.photos(), "8m").unwrap();
    world.portraits(0, 20, 0);
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    world.run(&["status"]).exits(0).says(&["20 up to date"]);
    for (number, photo) in photos {
        assert_eq!(world.user_photo(&person(number as usize)).unwrap().body, photo);
    }
    assert_eq!((world.deletes(), world.puts().len()), (0, 20));
}

#[test]
fn an_emptied_directory_halts_and_force_removes_what_a_person_meant() {
    let world = company(5);
    world.run(&["reconcile"]).exits(0);
    std::fs::remove_dir_all(world.photos().join("users")).unwrap();
    for _ in 0..3 {
        world.run(&["reconcile"]).exits(4).says(&["Halted by the guard (empty_source)", "--force", "Nothing was uploaded"]);
    }
    assert_eq!(world.deletes(), 0);
    // Two scans must agree even then.
    world.run(&["reconcile", "--force"]).exits(0).says(&["Guard overridden (--force, empty_source)", "holds no files"]);
    assert_eq!(world.deletes(), 0);
    world.run(&["reconcile", "--force"]).exits(0).says(&["5 photos removed"]);
    assert_eq!(world.deletes(), 5);
}

#[test]
fn another_directory_in_its_place_halts_and_a_moved_one_does_not() {
    let mut world = company(20);
    world.run(&["reconcile"]).exits(0);
    // The same files elsewhere: the same source.
    std::fs::rename(world.photos(), world.path("moved")).unwrap();
    std::fs::create_dir(world.photos()).unwrap();
    world.portraits(100, 110, 0);
    world.set("source", "{ directory: moved }");
    world.run(&["reconcile"]).exits(0).says(&["20 unchanged"]);
    // Other files in another directory, as if the wrong share were mounted.
    world.set("source", "{ directory: photos }");
    for _ in 0..2 {
        let halted = world.run(&["reconcile", "--json"]).exits(4).json()["halted"].clone();
        assert_eq!((&halted["guard"], &halted["found"], &halted["of"]), (&"source_changed".into(), &0.into(), &20.into()));
        assert!(halted["message"].as_str().unwrap().contains("inode"), "{halted}");
    }
    assert_eq!((world.deletes(), world.puts().len()), (0, 20));
    // Meant: it is the source from now on, and what was in the old one is gone.
    world.run(&["reconcile", "--force", "--json"]).says(&["source_changed"]);
    let outcome = world.run(&["reconcile", "--json"]).json();
    assert_eq!((&outcome["halted"], &outcome["removed"]), (&serde_json::Value::Null, &20.into()));
}

/// A table with a row for each of the people `from..to`.
fn table(world: &World, from: usize, to: usize) {
    let mut text = "file,kind,property,value\n".to_owned();
    for number in from..to {
        writeln!(text, "{number}.jpg,user,userPrincipalName,{}", person(number)).unwrap();
    }
    std::fs::write(world.path("people.csv"), text).unwrap();
}

#[test]
fn a_table_cut_in_half_or_emptied_halts() {
    let mut world = World::people(40);
    world.set("removal", AT_ONCE);
    world.set("mapping", "{ table: people.csv }");
    for number in 0..40 {
        world.write(&format!("{number}.jpg"), &portrait(number));
    }
    table(&world, 0, 40);
    world.run(&["reconcile"]).exits(0).says(&["40 photos delivered"]);
    for rows in [19, 0] {
        table(&world, 0, rows);
        for _ in 0..2 {
            let halted = world.run(&["reconcile", "--json"]).exits(4).json()["halted"].clone();
            assert_eq!((&halted["guard"], &halted["found"], &halted["of"]), (&"table_shrunk".into(), &rows.into(), &40.into()));
        }
    }
    world.run(&["reconcile"]).exits(4).says(&["Halted by the guard (table_shrunk)", "0 rows", "had 40", "--force"]);
    table(&world, 0, 20);
    world.run(&["reconcile"]).exits(0).says(&["20 unmatched"]);
    table(&world, 0, 4);
    world.run(&["reconcile"]).exits(4);
    world.run(&["reconcile", "--force"]).exits(0).says(&["Guard overridden (--force, table_shrunk)"]);
    world.run(&["reconcile"]).exits(0).says(&["36 unmatched"]);
    assert_eq!((world.deletes(), world.puts().len()), (0, 40), "the files are there, so nothing is removed");
}

#[test]
fn a_tenant_that_lost_most_of_its_people_halts_the_pass() {
    let world = company(40);
    world.run(&["reconcile"]).exits(0);
    world.days_later(2);
    let gone = |count: usize| {
        for number in 0..count {
            let upn = person(number);
            world.emulator().change_tenant(|tenant| {
                let found =
                    tenant.find(EntryKind::User, Property::UserPrincipalName, &upn).first().map(|user| user.id.to_string());
                if let Some(id) = found {
                    tenant.remove(&id);
                }
            });
        }
    };
    gone(3);
    world.run(&["reconcile"]).exits(3).says(&["target_missing", "3 need a person"]);
    world.days_later(2);
    gone(30);
    for _ in 0..2 {
        let halted = world.run(&["reconcile", "--json"]).exits(4).json()["halted"].clone();
        assert_eq!((&halted["guard"], &halted["found"], &halted["of"]), (&"directory_shrunk".into(), &27.into(), &37.into()));
    }
    world.run(&["status"]).exits(4).says(&["directory_shrunk", "37 up to date", "3 need a person"]);
    let outcome = world.run(&["reconcile", "--force", "--json"]).exits(3).json();
    assert_eq!((&outcome["forced"][0]["guard"], &outcome["unresolved"]), (&"directory_shrunk".into(), &30.into()));
    world.run(&["reconcile"]).exits(3);
    assert_eq!(world.deletes(), 0);
}

#[test]
fn a_sweep_that_finds_less_than_half_halts() {
    const MANY: usize = 1_600;
    let mut world = World::with(&people(MANY), photosyncd::testing::emulator::Settings::default());
    world.hurry();
    for number in 0..MANY {
        world.write(&format!("users/{}.jpg", person(number)), &portrait(u32::try_from(number % 8).unwrap()));
    }
    world.run(&["reconcile", "--limit", "0"]);
    world.emulator().change_tenant(|tenant| {
        for number in 0..MANY - 700 {
            tenant.remove(&format!("00000000-0000-4000-8000-{number:012}"));
        }
    });
    // Everybody is asked about again, as after other settings for accounts.
    world.set("mapping", "{ guests: deliver }");
    let halted = world.run(&["reconcile", "--json"]).exits(4).json()["halted"].clone();
    assert_eq!((&halted["guard"], &halted["found"], &halted["of"]), (&"directory_shrunk".into(), &700.into(), &MANY.into()));
    assert!(world.puts().is_empty());
}

#[test]
fn a_halt_is_remembered_until_a_pass_is_not_halted() {
    let world = company(5);
    world.run(&["reconcile"]).exits(0);
    std::fs::rename(world.photos().join("users"), world.path("away")).unwrap();
    world.run(&["reconcile"]).exits(4);
    // A pass that can't look takes nothing back.
    world.emulator().add_fault(Fault::status("POST", "/oauth2/", 401).times(1));
    world.run(&["status"]).exits(4).says(&["halted by the guard (empty_source) in pass 2"]);
    world.run(&["reconcile"]).exits(4);
    world.run(&["status"]).exits(4).says(&["in pass 3"]);
    std::fs::rename(world.path("away"), world.photos().join("users")).unwrap();
    world.run(&["reconcile", "--only", &person(0)]).exits(0);
    world.run(&["status"]).exits(4).says(&["in pass 3"]);
    world.run(&["reconcile"]).exits(0);
    assert!(!world.run(&["status"]).exits(0).stdout.contains("halted"));
}

#[test]
fn a_folder_that_may_not_be_read_is_no_empty_share() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::people(3);
    world.portraits(0, 3, 0);
    let Some(first) = world.run_unprivileged(&["reconcile"]) else { return };
    first.exits(0).says(&["3 photos delivered"]);
    let folder = world.photos().join("users");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o000)).unwrap();
    let halted = world.run_unprivileged(&["reconcile", "--json"]).unwrap().exits(4).json();
    let message = halted["halted"]["message"].as_str().unwrap();
    assert!(message.contains("users can't be looked at: Permission denied") && message.contains("file_unreadable"), "{message}");
    assert!(!message.contains("--force") && !message.contains("mounted"), "{message}");
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    world.run_unprivileged(&["reconcile"]).unwrap().exits(0);
    assert_eq!(world.deletes(), 0);
}

#[test]
fn a_service_overrides_no_halt_that_nobody_can_override() {
    let mut world = World::people(3);
    world.settle_soon();
    world.portraits(0, 3, 0);
    let service = Service::ready(&world);
    world.until("delivered", || status_now(&world)["targets"]["in_step"] == 3);
    for away in ["missing_source", "unmounted_source"] {
        std::fs::rename(world.photos(), world.path("aside")).unwrap();
        if away == "unmounted_source" {
            std::fs::create_dir(world.photos()).unwrap();
        }
        world.until("halted", || status_now(&world)["halted"]["reason"] == away);
        let told = world.run(&["reconcile", "--force"]).exits(4);
        told.says(&[away]);
        let told = world.run(&["reconcile", "--force", "--json"]).exits(4).json();
        assert!(told["error"]["message"].as_str().unwrap().contains(away), "{told}");
        if away == "unmounted_source" {
            std::fs::remove_dir(world.photos()).unwrap();
        }
        std::fs::rename(world.path("aside"), world.photos()).unwrap();
        world.until("over", || status_now(&world)["halted"].is_null());
    }
    service.run.terminate();
    assert!(!service.finish().0.stderr.contains("Overriding"));
}
