//! Files that stop speaking for somebody without being gone: what becomes of the photo that was sent for them.

use photosyncd::testing::emulator::Fault;
use photosyncd::testing::model::Property;

use crate::world::staff::{ANNA, BEN, anna_and_ben, change};
use crate::world::{AT_ONCE, LOOSE, World, portrait};

/// Anna's photo was sent from `users/anna@contoso.com.jpg`; photos go as soon as two passes find their file gone.
fn delivered() -> World {
    let mut world = anna_and_ben();
    world.set("removal", AT_ONCE);
    world.set("guard", LOOSE);
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.write("users/ben@contoso.com.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    world
}

fn renamed(world: &World, from: &str, to: &str) {
    let to = world.photos().join(to);
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::rename(world.photos().join(from), to).unwrap();
}

/// Passes after which a photo whose file is gone would be gone, too.
fn passes(world: &World) {
    for _ in 0..4 {
        world.run(&["reconcile"]);
    }
}

#[test]
fn a_file_by_another_name_that_is_held_removes_nothing() {
    type Prepare = fn(&World);
    let cases: [(&str, &str, Prepare); 5] = [
        ("badges/1.jpg", "account_disabled", |world| change(world, ANNA, |anna| anna.account_enabled = false)),
        ("badges/1.jpg", "guest", |world| change(world, ANNA, |anna| anna.guest = true)),
        ("badges/1.jpg", "target_ambiguous", |world| change(world, BEN, |ben| ben.set(Property::EmployeeId, "1"))),
        ("users/ana@contoso.com.jpg", "target_missing", |_| {}),
        ("anna.jpg", "unmatched", |_| {}),
    ];
    for (name, reason, prepare) in cases {
        let world = delivered();
        prepare(&world);
        renamed(&world, "users/anna@contoso.com.jpg", name);
        passes(&world);
        world.run(&["plan", "--all"]).says(&[reason]);
        assert!(world.user_photo("anna@contoso.com").is_some() && world.deletes() == 0, "{reason}");
        assert_eq!(world.run(&["status", "--json"]).json()["gone"].as_array().unwrap().len(), 0, "{reason}");
        // It goes in the end, and only then.
        std::fs::remove_file(world.photos().join(name)).unwrap();
        world.run(&["reconcile"]);
        assert_eq!(world.deletes(), 0, "{reason}");
        passes(&world);
        assert_eq!((world.deletes(), world.user_photo("anna@contoso.com").is_none()), (1, true), "{reason}");
    }
}

#[test]
fn a_picture_of_somebody_else_goes_with_the_mistake_that_sent_it() {
    let mut world = delivered();
    world.set("mapping", "{ table: { file: people.csv } }");
    let table = |number: u8| {
        let rows = format!("file,kind,property,value\nbo.jpg,user,employeeId,{number}\n");
        std::fs::write(world.path("people.csv"), rows).unwrap();
    };
    std::fs::remove_file(world.photos().join("users/anna@contoso.com.jpg")).unwrap();
    std::fs::remove_file(world.photos().join("users/ben@contoso.com.jpg")).unwrap();
    world.write("bo.jpg", &portrait(3));
    table(1);
    passes(&world);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(3), "Bo is taken for Anna");
    let before = world.deletes();
    // HR corrects the row. Anna has no file of her own.
    table(2);
    world.run(&["plan"]).says(&["remove_later", "the file has identified somebody else since"]);
    world.run(&["reconcile"]);
    assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(3));
    assert_eq!(world.deletes(), before, "two passes have to agree");
    world.run(&["status", "--json"]).says(&["bo.jpg"]);
    world.run(&["reconcile"]);
    assert!(world.user_photo("anna@contoso.com").is_none());
    assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(3));
    passes(&world);
    assert_eq!(world.deletes(), before + 1);
}

#[test]
fn what_only_a_person_can_take_out_is_nobodys_to_do_once_it_is_gone_with_its_object() {
    let files = ["teams/space", "contacts/anna@contoso.com/fred@example.com", "users/ben@contoso.com"];
    let ids = ["00000000-0000-4000-8000-000000000052", "contact-fred", BEN];
    // Deleted after a person was told, and before anybody was.
    for told_before in [true, false] {
        let mut world = World::new();
        world.write("users/cleo@contoso.com.jpg", &portrait(9));
        for (seed, file) in (1..).zip(files) {
            world.write(&format!("{file}.jpg"), &portrait(seed));
        }
        world.run(&["reconcile"]).exits(0).says(&["4 photos delivered"]);
        world.set("removal", AT_ONCE);
        world.set("guard", LOOSE);
        for file in files {
            std::fs::remove_file(world.photos().join(format!("{file}.jpg"))).unwrap();
        }
        world.run(&["reconcile"]).exits(0);
        if told_before {
            world.run(&["reconcile"]).exits(3);
            // Both say the same of what stands.
            let (plan, pass) =
                (world.run(&["plan", "--json"]).exits(3).json(), world.run(&["reconcile", "--json"]).exits(3).json());
            assert_eq!((&plan["sum"]["need_person"], &pass["sum"]["need_person"]), (&3.into(), &3.into()), "{plan:#}");
            // Nobody can say that they are gone.
            world.emulator().add_fault(Fault::status("GET", "/users", 503));
            world.emulator().add_fault(Fault::status("GET", "/groups", 503));
            world.run(&["reconcile"]).exits(3);
            world.emulator().clear_faults();
            assert_eq!(world.run(&["status", "--json"]).exits(3).json()["sum"]["need_person"], 3);
        }
        for id in ids {
            assert!(world.emulator().change_tenant(|tenant| tenant.remove(id)), "{id}");
        }
        let plan = world.run(&["plan", "--json"]).exits(0).json();
        assert_eq!(plan["sum"]["need_person"], 0, "{plan:#}");
        world.run(&["reconcile"]).exits(0);
        world.run(&["reconcile"]).exits(0).says(&["The one photo is up to date"]);
        world.run(&["status"]).exits(0).says(&["1 up to date, 0 queued, 0 need a person"]);
        assert_eq!(world.deletes(), 0);
    }
}
