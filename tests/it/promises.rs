//! Small promises: what is said of a state is true of it, and a file that nobody uses is in nobody's way.

use photosyncd::testing::emulator::Fault;

use crate::world::service::Service;
use crate::world::{World, person};

#[test]
fn what_is_tried_no_more_for_now_does_not_say_that_nothing_is_to_be_done() {
    for (status, cause) in [(412, "changed at the same moment"), (423, "locked")] {
        let world = World::people(1);
        world.portraits(0, 1, 0);
        world.emulator().add_fault(Fault::status("PUT", "/photo", status));
        let outcome = world.run(&["reconcile", "--json"]).exits(3);
        let problem = outcome.json()["problems"][0].clone();
        assert!(problem["detail"].as_str().unwrap().contains(cause), "{problem}");
        let cure = problem["cure"].as_str().unwrap();
        assert!(!cure.contains("Nothing") && cure.contains("photosyncd retry"), "{cure}");
        world.emulator().clear_faults();
        world.run(&["retry"]).exits(0);
        world.run(&["reconcile"]).exits(0);
        assert!(world.user_photo(&person(0)).is_some());
    }
}

#[test]
fn places_elsewhere_are_refused_as_paths() {
    for (section, value, key) in [
        ("source", "{ directory: 'smb://files.contoso.com/hr/photos' }", "source.directory"),
        ("source", "{ directory: 'https://contoso.sharepoint.com/photos' }", "source.directory"),
        ("source", r"{ directory: '\\files\hr\photos' }", "source.directory"),
        ("source", "{ directory: 'file:///srv/photos' }", "source.directory"),
        ("mapping", "{ table: 'sftp://files/people.csv' }", "mapping.table"),
        ("backup", "{ directory: 's3://bucket/backup' }", "backup.directory"),
        ("ledger", "{ path: 'nfs://files/photosyncd.db' }", "ledger.path"),
    ] {
        let mut world = World::people(1);
        world.set(section, value);
        for command in ["check", "reconcile"] {
            world.run(&[command]).exits(78).says(&[
                key,
                "a path is needed",
                if value.contains("file://") { "without file://" } else { "mount" },
            ]);
        }
    }
}

#[test]
fn status_works_beside_a_configuration_that_the_service_does_not_use() {
    let mut world = World::people(2);
    world.settle_soon();
    world.portraits(0, 2, 0);
    let good = std::fs::read_to_string(world.path("config.yaml")).unwrap();
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    for bad in [
        format!("{good}upload_: {{ per_second: 5 }}\n"),
        format!("{good}photo: {{ quality: 400 }}\n"),
        format!("{good}mapping: [ oops\n"),
    ] {
        std::fs::write(world.path("config.yaml"), &bad).unwrap();
        world.run(&["status"]).exits(0).says(&["2 up to date", "running service does not use it", "photosyncd check"]);
        assert_eq!(world.run(&["status", "--json"]).exits(0).json()["service"]["phase"], "running");
        world.run(&["reconcile"]).exits(78);
    }
    service.run.terminate();
    service.finish().0.exits(0);
    // Without a service nobody vouches for it.
    world.run(&["status"]).exits(78).says(&["can't be used"]);
}
