//! Accounts that are made again under a name while a service works: none gets the photo of the one before.

use photosyncd::testing::emulator::{Entry, EntryKind, Fault};
use photosyncd::testing::model::Property;

use crate::world::service::Service;
use crate::world::{World, person, portrait};

/// Another account under the name of the first of the people.
fn recreates(world: &World) {
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.remove("00000000-0000-4000-8000-000000000000"));
        let mut heir = Entry::new(EntryKind::User, "11111111-0000-4000-8000-000000000000");
        heir.set(Property::UserPrincipalName, &person(0));
        tenant.add(heir).unwrap();
    });
}

#[test]
fn a_service_tells_of_an_account_that_was_made_again_though_no_file_changes() {
    let mut world = World::people(3);
    world.set("source", "{ directory: photos, settle: 100ms, full_pass_every: 10s }");
    world.portraits(0, 3, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("3 up to date"));
    recreates(&world);
    world.minutes_later(31);
    // By the timer: nobody touches anything.
    world.until("the hold", || service.shows("2 up to date, 1 held"));
    world.run(&["explain", &person(0)]).exits(0).says(&["identity_changed", "(deleted, or not readable)", "11111111-"]);
    assert_eq!(world.puts().len(), 3);
    drop(service);
}

#[test]
fn a_photo_that_waited_through_an_outage_of_a_service_does_not_follow_a_name_that_moved() {
    let mut world = World::people(3);
    world.set("source", "{ directory: photos, settle: 100ms }");
    world.portraits(0, 3, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("3 up to date"));
    world.emulator().add_fault(Fault::status("PUT", "/photo", 503));
    world.portraits(0, 3, 100);
    world.until("tries in vain", || world.puts().iter().filter(|put| put.status == 503).count() >= 4);
    recreates(&world);
    world.minutes_later(2);
    world.emulator().clear_faults();
    world.until("the end of it", || service.shows("2 up to date, 1 held"));
    for number in 1..3 {
        assert_eq!(world.user_photo(&person(number)).unwrap().body, portrait(100 + u32::try_from(number).unwrap()));
    }
    assert!(world.user_photo(&person(0)).is_none());
    let puts = world.puts().iter().filter(|put| put.status == 200).count();
    assert_eq!(puts, 5);
    // A try that was on its way when the account went was told by Graph; whoever looks next says who has the name now.
    world.minutes_later(2);
    service.run.hang_up();
    world.until("who has the name", || world.run(&["status", "--json"]).json()["blocked"][0]["reason"] == "identity_changed");
    drop(service);
    world.run(&["status"]).exits(3).says(&["identity_changed"]);
}

#[test]
fn a_retry_at_a_service_does_not_follow_a_name_that_moved() {
    let mut world = World::people(2);
    world.set("source", "{ directory: photos, settle: 100ms }");
    world.portraits(0, 2, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 400).with_code("ErrorInvalidImage", "no").times(2));
    let service = Service::ready(&world);
    world.until("both blocked", || service.shows("2 held"));
    recreates(&world);
    world.run(&["retry"]).exits(0).says(&["2 made due"]);
    world.until("the end of it", || service.shows("1 up to date, 1 held"));
    assert!(world.user_photo(&person(0)).is_none());
    assert_eq!(world.puts().iter().filter(|put| put.status == 200).count(), 1);
    drop(service);
    world.run(&["status"]).exits(3).says(&["identity_changed"]);
}
