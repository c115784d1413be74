//! What a person says yes to is the account that was shown, and nobody who has the name later.

use photosyncd::testing::emulator::{Entry, EntryKind, Settings, TeamState};
use photosyncd::testing::model::Property;

use crate::control::ask;
use crate::world::service::Service;
use crate::world::{World, person, portrait};

const FIRST: &str = "00000000-0000-4000-8000-000000000000";
const HEIR: &str = "11111111-0000-4000-8000-000000000000";
const THIRD: &str = "22222222-0000-4000-8000-000000000000";

/// The sign-in name goes over to a new account.
fn moves(world: &World, from: &str, to: &str) {
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.remove(from));
        let mut heir = Entry::new(EntryKind::User, to);
        heir.set(Property::UserPrincipalName, &person(0));
        tenant.add(heir).unwrap();
    });
    world.days_later(2);
}

/// The name moves on after the yes; before it, when only the heir was shown; after a pass that found nobody; and after
/// somebody has said yes twice.
#[test]
fn accept_is_for_the_account_that_was_shown() {
    for when in ["after", "before", "late", "twice"] {
        let world = World::people(1);
        world.portraits(0, 1, 0);
        world.run(&["reconcile"]).exits(0);
        moves(&world, FIRST, HEIR);
        world.run(&["reconcile"]).exits(3).says(&[HEIR]);
        if when == "before" {
            moves(&world, HEIR, THIRD);
        }
        world.run(&["accept", &person(0)]).exits(0);
        if when == "twice" {
            world.run(&["accept", &person(0)]).exits(0);
        }
        if when == "late" {
            let renamed = |heir: &mut Entry| heir.set(Property::UserPrincipalName, "x@contoso.com");
            world.emulator().change_tenant(|tenant| assert!(tenant.change(HEIR, renamed)));
            world.days_later(2);
            world.run(&["reconcile"]).exits(3).says(&["target_missing"]);
        }
        if when != "before" {
            moves(&world, HEIR, THIRD);
        }
        world.run(&["reconcile"]).exits(3).says(&["identity_changed", THIRD]);
        assert_eq!(world.puts().len(), 1, "{when}: nobody was shown the third account");
        world.run(&["accept", &person(0)]).exits(0);
        world.run(&["reconcile"]).exits(0);
        assert_eq!(world.photo(&format!("user:{THIRD}")).unwrap().body, portrait(0), "{when}");
    }
}

/// One word that several held files fit by is a yes to none of them.
#[test]
fn accept_is_for_one_name_at_a_time() {
    let both = "users:
  - { userPrincipalName: sales@contoso.com, id: 00000000-0000-4000-8000-000000000001, mailNickname: sales }
  - { userPrincipalName: b@contoso.com, id: 00000000-0000-4000-8000-000000000002, employeeId: sales }\n";
    let mut world = World::with(both, Settings::default());
    let rules =
        "[{ files: 'u/{n}.{ext}', user: { mailNickname: '{n}' } }, { files: 'e/{n}.{ext}', user: { employeeId: '{n}' } }]";
    world.set("mapping", &format!("{{ rules: {rules} }}"));
    world.write("u/sales.jpg", &portrait(1));
    world.write("e/sales.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    world.emulator().change_tenant(|tenant| {
        for (number, property) in [(1, Property::MailNickname), (2, Property::EmployeeId)] {
            assert!(tenant.remove(&format!("00000000-0000-4000-8000-{number:012}")));
            let mut heir = Entry::new(EntryKind::User, &format!("11111111-0000-4000-8000-{number:012}"));
            heir.set(Property::UserPrincipalName, &format!("heir{number}@contoso.com"));
            heir.set(property, "sales");
            tenant.add(heir).unwrap();
        }
    });
    world.days_later(2);
    world.run(&["reconcile"]).exits(3).says(&["identity_changed"]);
    world.run(&["accept", "sales"]).exits(2).says(&["fits 2 held files", "u/sales.jpg", "e/sales.jpg"]);
    let service = Service::ready(&world);
    let (status, answer) = ask(&world, "POST", "/accept", r#"{"target": "sales"}"#);
    assert!(status == 409 && answer["refused"].as_str().unwrap().contains("fits 2 held files"), "{status} {answer}");
    service.run.terminate();
    service.run.finish().exits(0);
    world.run(&["reconcile"]).exits(3);
    assert_eq!(world.puts().len(), 2);
    world.run(&["accept", "u/sales.jpg"]).exits(0);
    world.run(&["reconcile"]).exits(3).says(&["1 photo delivered"]);
}

/// A team is made anew twice: its old photo is to be taken out by hand, and its file leads to a team that nobody has looked
/// at. A yes to the one is none to the other.
#[test]
fn a_yes_to_a_photo_taken_out_is_none_to_a_name_that_moved() {
    let mut world = World::with("users:\n  - { userPrincipalName: ben@contoso.com }\n", Settings::default());
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    world.set("guard", "{ max_removals: 10, max_removals_percent: 100 }");
    let teams: Vec<String> = (1..4).map(|at| format!("00000000-0000-4000-8000-00000000000{at}")).collect();
    let made = |at: usize| {
        world.emulator().change_tenant(|tenant| {
            // The first is kept under another name: with a team that is deleted its photo is gone.
            let renamed = at == 1 && tenant.change(&teams[0], |team| team.set(Property::MailNickname, "old"));
            assert!(at == 0 || renamed || tenant.remove(&teams[at - 1]));
            let mut team = Entry::new(EntryKind::Group, &teams[at]);
            team.set(Property::MailNickname, "proj");
            (team.unified, team.team) = (true, TeamState::Marked);
            tenant.add(team).unwrap();
        });
        if at > 0 {
            world.days_later(2);
        }
    };
    made(0);
    world.write("users/ben@contoso.com.jpg", &portrait(9));
    world.write("teams/proj.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    made(1);
    world.run(&["reconcile"]).exits(3).says(&["identity_changed"]);
    world.run(&["accept", "proj"]).exits(0);
    for _ in 0..3 {
        world.run(&["reconcile"]);
        world.days_later(2);
    }
    made(2);
    for _ in 0..3 {
        world.run(&["reconcile"]);
        world.days_later(2);
    }
    world.run(&["status"]).exits(3).says(&["identity_changed", "removal_not_possible"]);
    let (sent, old) = (world.puts().len(), format!("team:{}", teams[0]));
    world.run(&["accept", "proj"]).exits(2).says(&["things that wait for a yes", "teams/proj.jpg", &old]);
    let service = Service::ready(&world);
    let (status, answer) = ask(&world, "POST", "/accept", r#"{"target": "proj"}"#);
    assert!(status == 409 && answer["refused"].as_str().unwrap().contains("teams/proj.jpg"), "{status} {answer}");
    service.run.terminate();
    service.run.finish();
    world.run(&["accept", &old]).exits(0);
    world.run(&["reconcile"]).exits(3).says(&["identity_changed"]);
    assert_eq!(world.puts().len(), sent, "nobody has said yes to the third team");
    world.run(&["accept", "teams/proj.jpg"]).exits(0);
    world.run(&["reconcile"]);
    assert_eq!(world.photo(&format!("team:{}", teams[2])).unwrap().body, portrait(1));
}
