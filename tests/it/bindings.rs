//! A file stays bound to whom its name led to first: while it is away, and while nobody may have its photo.

use photosyncd::testing::emulator::{Settings, Tenant};
use photosyncd::testing::model::Property;

use crate::world::staff::{ANNA, BEN, anna_and_ben, change, staff};
use crate::world::{World, portrait};

/// A file that is away for one pass, as while HR's export writes all anew, is no new one when it comes back.
#[test]
fn a_file_that_was_away_is_bound_as_before() {
    let away = |world: &World| {
        std::fs::rename(world.photos().join("badges"), world.path("aside")).unwrap();
        world.run(&["reconcile"]);
        std::fs::rename(world.path("aside"), world.photos().join("badges")).unwrap();
    };
    let mut world = anna_and_ben();
    world.set("guard", "{ first_contact: replace, refuse_empty_source: false }");
    world.write("badges/1.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    change(&world, ANNA, |anna| anna.set(Property::EmployeeId, "9"));
    change(&world, BEN, |ben| ben.set(Property::EmployeeId, "1"));
    let held = ["identity_changed", "employeeId 1", ANNA, BEN];
    for _ in 0..2 {
        // The second time it was held before.
        away(&world);
        world.run(&["reconcile"]).exits(3).says(&held);
        assert!(world.user_photo("ben@contoso.com").is_none());
    }
    std::fs::rename(world.photos().join("badges/1.jpg"), world.photos().join("badges/1.jpeg")).unwrap();
    away(&world);
    world.run(&["reconcile"]).exits(3).says(&held);
    // A yes is to this account, also when the file is away again.
    world.run(&["accept", "badges/1.jpeg"]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    away(&world);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(1));
    change(&world, BEN, |ben| ben.set(Property::EmployeeId, "8"));
    change(&world, ANNA, |anna| anna.set(Property::EmployeeId, "1"));
    away(&world);
    world.run(&["reconcile"]).exits(3).says(&held);
}

#[test]
fn a_row_that_is_lost_while_the_file_is_away_is_lost_all_the_same() {
    let mut world = anna_and_ben();
    world.set("guard", "{ first_contact: replace, refuse_empty_source: false }");
    let rules = "rules: [{ files: '{number}.{ext}', user: { employeeId: '{number}' } }]";
    world.set("mapping", &format!("{{ table: {{ file: people.csv }}, {rules} }}"));
    let table = |rows: &str| std::fs::write(world.path("people.csv"), format!("file,kind,property,value\n{rows}")).unwrap();
    table("1.jpg,user,userPrincipalName,ben@contoso.com\n");
    world.write("1.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    std::fs::rename(world.photos().join("1.jpg"), world.path("aside")).unwrap();
    world.run(&["reconcile"]);
    table("2.jpg,user,userPrincipalName,anna@contoso.com\n");
    std::fs::rename(world.path("aside"), world.photos().join("1.jpg")).unwrap();
    world.run(&["reconcile"]).exits(3).says(&["identity_changed", "the table gave it to Ben Berg (ben@contoso.com"]);
    assert!(world.user_photo("anna@contoso.com").is_none());
    world.run(&["accept", "1.jpg"]).exits(0);
    world.run(&["reconcile"]).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
}

/// Leavers whose pictures are still there when the program is introduced.
#[test]
fn a_file_is_bound_to_an_account_that_may_have_no_photo() {
    for (key, reason) in [("accountEnabled: false", "account_disabled"), ("userType: Guest", "guest")] {
        let world = staff(&format!(
            "  - {{ userPrincipalName: anna@contoso.com, id: {ANNA}, employeeId: '1', {key} }}
  - {{ userPrincipalName: ben@contoso.com, id: {BEN} }}\n"
        ));
        world.write("badges/1.jpg", &portrait(1));
        world.run(&["reconcile"]).exits(3).says(&[reason]);
        change(&world, ANNA, |anna| anna.set(Property::EmployeeId, "9"));
        change(&world, BEN, |ben| ben.set(Property::EmployeeId, "1"));
        world.days_later(2);
        world.run(&["reconcile"]).exits(3).says(&["identity_changed", ANNA, BEN]);
        assert!(world.user_photo("ben@contoso.com").is_none());
        // Held for both: who it is counts.
        change(&world, BEN, |ben| ben.account_enabled = false);
        world.run(&["reconcile"]).exits(3).says(&["identity_changed"]);
        world.run(&["accept", "badges/1.jpg"]).exits(0);
        world.run(&["reconcile"]).exits(3).says(&["account_disabled"]);
        change(&world, BEN, |ben| ben.account_enabled = true);
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
        assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(1));
    }
}

/// Anna's two files hold the same picture; the number of one passes to Ben, and the other ends early.
#[test]
fn a_file_whose_name_has_moved_on_hides_nothing_of_whom_it_was_for() {
    let world = anna_and_ben();
    world.write("badges/1.jpg", &portrait(1));
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    change(&world, ANNA, |anna| anna.set(Property::EmployeeId, "9"));
    change(&world, BEN, |ben| ben.set(Property::EmployeeId, "1"));
    world.days_later(2);
    world.run(&["reconcile"]).exits(3).says(&["identity_changed"]);
    let broken = portrait(7);
    world.write("users/anna@contoso.com.jpg", &broken[..broken.len() / 2]);
    world.run(&["reconcile"]);
    world.run(&["reconcile"]).exits(3).says(&["2 need a person"]);
    world.run(&["status", "--all"]).says(&["badges/1.jpg", "users/anna@contoso.com.jpg", "2 need a person"]);
    world.run(&["status", "--reason", "photo_corrupt"]).says(&["users/anna@contoso.com.jpg"]);
}

/// What holds for people holds for groups, teams and contacts: also for a group that may carry no photo, and a team that is not
/// there yet, when their file is first seen.
#[test]
fn a_file_of_a_group_a_team_or_a_contact_is_bound_like_one_of_a_person() {
    let tenant = "
users: [{ userPrincipalName: anna@contoso.com }]
groups:
  - { mailNickname: sales, id: 00000000-0000-4000-8000-000000000051 }
  - { mailNickname: doors, id: 00000000-0000-4000-8000-000000000052, groupTypes: [] }
  - { mailNickname: space, id: 00000000-0000-4000-8000-000000000053 }
contacts: [{ owner: anna@contoso.com, emailAddresses: [fred@example.com], id: contact-fred }]
";
    let heirs = "
users: [{ userPrincipalName: anna@contoso.com }]
groups:
  - { mailNickname: sales, id: 00000000-0000-4000-8000-000000000061 }
  - { mailNickname: doors, id: 00000000-0000-4000-8000-000000000062 }
  - { mailNickname: space, id: 00000000-0000-4000-8000-000000000063, team: marked }
contacts: [{ owner: anna@contoso.com, emailAddresses: [fred@example.com], id: contact-freda }]
";
    for file in ["groups/sales.jpg", "groups/doors.jpg", "teams/space.jpg", "contacts/anna@contoso.com/fred@example.com.jpg"] {
        let mut world = World::with(tenant, Settings::default());
        world.set("guard", "{ first_contact: replace, refuse_empty_source: false }");
        world.write(file, &portrait(1));
        world.run(&["reconcile"]);
        let puts = world.puts().len();
        std::fs::rename(world.photos().join(file), world.path("aside")).unwrap();
        world.run(&["reconcile"]);
        world.emulator().change_tenant(|now| *now = Tenant::from_yaml(heirs).unwrap());
        std::fs::rename(world.path("aside"), world.photos().join(file)).unwrap();
        for _ in 0..2 {
            let outcome = world.run(&["reconcile", "--json"]).exits(3);
            assert_eq!(outcome.problem(file)["reason"], "identity_changed", "{file}");
        }
        assert_eq!(world.puts().len(), puts, "{file}: nobody else gets it");
        world.run(&["accept", file]).exits(0);
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    }
}
