//! Never the wrong face: names that several people have, names that move on, and accounts of a special sort.

use photosyncd::testing::emulator::{Entry, EntryKind, Settings, TeamState};
use photosyncd::testing::model::Property;

use crate::world::staff::{ANNA, BEN, anna_and_ben, change, staff};
use crate::world::{World, noise, person, portrait};

const GROUP: &str = "00000000-0000-4000-8000-000000000051";
const HEIR: &str = "11111111-0000-4000-8000-000000000000";

#[test]
fn namesakes_are_held_and_both_are_named() {
    let mut world = staff(&format!(
        "  - {{ userPrincipalName: anna@contoso.com, id: {ANNA}, displayName: Anna Berg }}
  - {{ userPrincipalName: anna.berg@contoso.com, id: {BEN}, displayName: Anna Berg }}
  - {{ userPrincipalName: cleo@contoso.com, displayName: Cleo Dahl }}\n"
    ));
    world.set("mapping", "{ rules: [{ files: 'names/{name}.{ext}', user: { displayName: '{name}' } }] }");
    world.write("names/Anna Berg.jpg", &portrait(1));
    world.write("names/Cleo Dahl.jpg", &portrait(2));
    let both = ["target_ambiguous", "anna@contoso.com", "anna.berg@contoso.com", ANNA, BEN];
    world.run(&["plan"]).exits(3).says(&both);
    let outcome = world.run(&["reconcile", "--json"]).exits(3).says(&both);
    assert_eq!((&outcome.json()["delivered"], &outcome.json()["unresolved"]), (&1.into(), &1.into()));
    world.run(&["status"]).exits(3).says(&both);
    world.run(&["explain", "names/Anna Berg.jpg"]).exits(0).says(&both).says(&["names/{name}.{ext}", "displayName"]);
    assert_eq!(world.user_photo("cleo@contoso.com").unwrap().body, portrait(2));
    assert_eq!(world.puts().len(), 1);

    // One of them marries.
    change(&world, BEN, |ben| ben.set(Property::DisplayName, "Anna Dahl"));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
}

#[test]
fn a_name_with_a_new_namesake_gets_no_further_picture() {
    let mut world = anna_and_ben();
    world.set("mapping", "{ rules: [{ files: 'names/{name}.{ext}', user: { displayName: '{name}' } }] }");
    world.write("names/Anna Berg.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    change(&world, BEN, |ben| ben.set(Property::DisplayName, "Anna Berg"));
    world.days_later(2);
    world.write("names/Anna Berg.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(3).says(&["target_ambiguous", "anna@contoso.com", "ben@contoso.com"]);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    assert_eq!(world.puts().len(), 1);
}

/// Another account has the sign-in name now.
fn reissue(world: &World) {
    world.emulator().change_tenant(|tenant| {
        assert!(tenant.remove("00000000-0000-4000-8000-000000000000"));
        let mut heir = Entry::new(EntryKind::User, HEIR);
        heir.set(Property::UserPrincipalName, &person(0));
        tenant.add(heir).unwrap();
    });
}

#[test]
fn a_reissued_name_does_not_inherit_the_picture() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    reissue(&world);
    world.portraits(0, 1, 500);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("users/p000@contoso.com.jpg")["reason"], "identity_changed");
    assert!(world.photo(&format!("user:{HEIR}")).is_none());
}

#[test]
fn a_reissued_name_is_shown_everywhere_and_accept_lets_the_picture_go() {
    let world = World::people(2);
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    reissue(&world);
    world.days_later(2);
    // No file was touched: the change is noticed all the same.
    let held = ["identity_changed", "users/p000@contoso.com.jpg", "00000000-0000-4000-8000-000000000000", HEIR, "accept"];
    world.run(&["plan"]).exits(3).says(&held);
    world.run(&["reconcile"]).exits(3).says(&held);
    world.run(&["status"]).exits(3).says(&held);
    world.run(&["explain", &person(0)]).exits(0).says(&held);
    world.run(&["retry"]).exits(0);
    world.run(&["reconcile"]).exits(3).says(&held);
    assert_eq!(world.puts().len(), 2, "neither a pass nor a retry sends anything");

    world.run(&["accept", "somebody@contoso.com"]).exits(2).says(&["status"]);
    world.run(&["accept", &person(1)]).exits(2);
    world.run(&["accept", &person(0)]).exits(0).says(&["Accepted"]);
    assert_eq!(world.puts().len(), 2, "to accept is not to send");
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["delivered"], &outcome["removed"]), (&1.into(), &0.into()));
    assert_eq!(world.photo(&format!("user:{HEIR}")).unwrap().body, portrait(0));
    world.run(&["status"]).exits(0).says(&["2 up to date", "0 need a person"]);
    world.run(&["reconcile"]).exits(0).says(&["2 unchanged"]);
    assert_eq!(world.puts().len(), 3);
}

#[test]
fn a_file_by_another_name_for_the_same_person_is_no_way_around() {
    let reissued = || {
        let world = World::people(2);
        world.portraits(0, 2, 0);
        world.run(&["reconcile"]).exits(0);
        reissue(&world);
        world
    };
    let (before, after) = (format!("users/{}.jpg", person(0)), format!("users/{}.jpeg", person(0)));
    let renames = |world: &World| std::fs::rename(world.photos().join(&before), world.photos().join(&after)).unwrap();

    // Renamed after the change was noticed, and before.
    let world = reissued();
    world.days_later(2);
    world.run(&["reconcile"]).exits(3).says(&["identity_changed", &before]);
    renames(&world);
    world.run(&["plan"]).exits(3).says(&["identity_changed", &after]);
    let unnoticed = reissued();
    renames(&unnoticed);
    for world in [world, unnoticed] {
        for _ in 0..2 {
            let outcome = world.run(&["reconcile", "--json"]).exits(3);
            assert_eq!(outcome.problem(&after)["reason"], "identity_changed");
        }
        assert!(!world.run(&["status"]).exits(3).stdout.contains(&before));
        assert_eq!(world.puts().len(), 2);
        world.run(&["accept", &after]).exits(0);
        world.run(&["reconcile"]).exits(0);
        assert_eq!(world.photo(&format!("user:{HEIR}")).unwrap().body, portrait(0));
    }

    // A second file beside the first, which stands still.
    let world = reissued();
    world.write(&after, &portrait(7));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem(&after)["reason"], "identity_changed");
    assert!(world.photo(&format!("user:{HEIR}")).is_none());
}

#[test]
fn an_account_that_is_deleted_and_made_anew_is_another_account() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    world.emulator().change_tenant(|tenant| assert!(tenant.remove("00000000-0000-4000-8000-000000000000")));
    world.days_later(2);
    world.run(&["reconcile"]).exits(3).says(&["target_missing"]);
    // Between the two, a pass saw nobody: the name stays pinned.
    world.emulator().change_tenant(|tenant| {
        let mut heir = Entry::new(EntryKind::User, HEIR);
        heir.set(Property::UserPrincipalName, &person(0));
        tenant.add(heir).unwrap();
    });
    world.portraits(0, 1, 500);
    world.run(&["reconcile"]).exits(3).says(&["identity_changed", HEIR]);
    assert!(world.photo(&format!("user:{HEIR}")).is_none());
}

#[test]
fn an_account_with_a_new_sign_in_name_goes_on_and_its_file_may_follow() {
    let world = anna_and_ben();
    world.write("badges/1.jpg", &portrait(1));
    world.write("users/ben@contoso.com.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    change(&world, ANNA, |anna| anna.set(Property::UserPrincipalName, "anna.dahl@contoso.com"));
    change(&world, BEN, |ben| ben.set(Property::UserPrincipalName, "ben.dahl@contoso.com"));
    // HR's file follows the new name: the same account, the same picture, nothing to send.
    std::fs::rename(world.photos().join("users/ben@contoso.com.jpg"), world.photos().join("users/ben.dahl@contoso.com.jpg"))
        .unwrap();
    world.days_later(2);
    world.run(&["reconcile"]).exits(0).says(&["2 unchanged"]);
    assert_eq!(world.puts().len(), 2);
    world.write("badges/1.jpg", &portrait(11));
    world.write("users/ben.dahl@contoso.com.jpg", &portrait(12));
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    assert_eq!(world.photo(&format!("user:{ANNA}")).unwrap().body, portrait(11));
    assert_eq!(world.photo(&format!("user:{BEN}")).unwrap().body, portrait(12));
}

#[test]
fn a_number_that_moves_to_another_person_takes_no_picture_along() {
    let world = anna_and_ben();
    world.write("badges/1.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    change(&world, ANNA, |anna| anna.set(Property::EmployeeId, "9"));
    change(&world, BEN, |ben| ben.set(Property::EmployeeId, "1"));
    world.days_later(2);
    world.write("badges/1.jpg", &portrait(3));
    world.run(&["reconcile"]).exits(3).says(&["identity_changed", "employeeId 1", ANNA, BEN]);
    assert!(world.user_photo("ben@contoso.com").is_none());
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    world.run(&["accept", "badges/1.jpg"]).exits(0);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(3));
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1), "what anna holds stays");
}

#[test]
fn files_that_name_one_person_in_two_ways_are_both_held_and_name_each_other() {
    let world = anna_and_ben();
    world.write("badges/1.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    // The first one stands still meanwhile.
    world.write("users/anna@contoso.com.jpg", &portrait(2));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for (path, other) in [("badges/1.jpg", "users/anna@contoso.com.jpg"), ("users/anna@contoso.com.jpg", "badges/1.jpg")] {
        let problem = outcome.problem(path);
        assert_eq!(problem["reason"], "duplicate_files");
        assert!(problem["detail"].as_str().unwrap().contains(other), "{problem}");
    }
    assert_eq!(world.puts().len(), 1);
    std::fs::remove_file(world.photos().join("badges/1.jpg")).unwrap();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(2));
}

#[test]
fn guests_and_disabled_accounts_are_held_unless_the_settings_say_otherwise() {
    let mut world = staff(
        "  - { userPrincipalName: guest_x.com#EXT#@contoso.com, userType: Guest, employeeId: '1' }
  - { userPrincipalName: gone@contoso.com, accountEnabled: false, employeeId: '2' }\n",
    );
    world.write("badges/1.jpg", &portrait(1));
    world.write("badges/2.jpg", &portrait(2));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("badges/1.jpg")["reason"], "guest");
    assert_eq!(outcome.problem("badges/2.jpg")["reason"], "account_disabled");
    assert!(world.puts().is_empty());
    world.set("mapping", "{ guests: deliver }");
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(
        (&outcome.json()["delivered"], &outcome.problem("badges/2.jpg")["reason"]),
        (&1.into(), &"account_disabled".into())
    );
    world.set("mapping", "{ guests: deliver, disabled: deliver }");
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered", "1 unchanged"]);
    world.set("mapping", "{}");
    world.run(&["reconcile"]).exits(3).says(&["guest", "account_disabled"]);
    assert_eq!(world.puts().len(), 2, "what was delivered stays where it is");
}

#[test]
fn a_photo_that_is_due_outlasts_a_disabled_account_and_a_deleted_one_that_comes_back() {
    let world = anna_and_ben();
    world.write("badges/1.jpg", &portrait(1));
    world.write("badges/2.jpg", &portrait(2));
    world.run(&["reconcile", "--limit", "0"]);
    assert!(world.puts().is_empty());
    change(&world, ANNA, |anna| anna.account_enabled = false);
    let ben = world.emulator().with_tenant(|tenant| tenant.get(BEN).unwrap().clone());
    world.emulator().change_tenant(|tenant| assert!(tenant.remove(BEN)));
    world.days_later(2);
    world.run(&["reconcile"]).exits(3).says(&["account_disabled", "target_missing"]);
    assert!(world.puts().is_empty());
    change(&world, ANNA, |anna| anna.account_enabled = true);
    world.emulator().change_tenant(|tenant| tenant.add(ben).unwrap());
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
}

const GROUPS: &str = "
groups:
  - { mailNickname: sales, id: 00000000-0000-4000-8000-000000000051, team: marked }
  - { mailNickname: old, team: unmarked }
  - { mailNickname: plain }
  - { mailNickname: doors, groupTypes: [] }
";

#[test]
fn a_group_and_its_team_take_one_picture_but_not_two() {
    let world = World::with(GROUPS, Settings::default());
    world.write("groups/sales.jpg", &portrait(1));
    world.write("teams/sales.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    world.write("teams/sales.jpg", &portrait(2));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for (path, other) in [("groups/sales.jpg", "teams/sales.jpg"), ("teams/sales.jpg", "groups/sales.jpg")] {
        let problem = outcome.problem(path);
        assert_eq!(problem["reason"], "group_and_team_differ");
        assert!(problem["detail"].as_str().unwrap().contains(other), "{problem}");
    }
    assert_eq!(world.photo(&format!("team:{GROUP}")).unwrap().body, portrait(1));
    world.write("groups/sales.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    for kind in ["group", "team"] {
        assert_eq!(world.photo(&format!("{kind}:{GROUP}")).unwrap().body, portrait(2));
    }
}

#[test]
fn groups_that_carry_no_photo_and_teams_that_are_not_there_have_reasons_of_their_own() {
    let world = World::with(GROUPS, Settings::default());
    for (seed, file) in (0..).zip(["groups/doors.jpg", "groups/plain.jpg", "teams/plain.jpg", "teams/old.jpg"]) {
        world.write(file, &portrait(seed));
    }
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 2, "{}", outcome.stdout);
    let problem = outcome.problem("groups/doors.jpg");
    assert_eq!(problem["reason"], "target_missing");
    assert!(problem["detail"].as_str().unwrap().contains("not a Microsoft 365 group"), "{problem}");
    let problem = outcome.problem("teams/plain.jpg");
    assert_eq!(problem["reason"], "target_not_ready");
    assert!(problem["cure"].as_str().unwrap().contains("15 minutes"), "{problem}");
    // The team is made.
    let plain =
        world.emulator().with_tenant(|tenant| tenant.find(EntryKind::Group, Property::MailNickname, "plain")[0].id.to_string());
    change(&world, &plain, |group| group.team = TeamState::Marked);
    std::fs::remove_file(world.photos().join("groups/doors.jpg")).unwrap();
    std::fs::remove_file(world.photos().join("groups/plain.jpg")).unwrap();
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
}

#[test]
fn people_without_a_mailbox_have_reasons_of_their_own() {
    let world = staff(
        "  - { userPrincipalName: small@contoso.com, mailbox: none }
  - { userPrincipalName: large@contoso.com, mailbox: none }
  - { userPrincipalName: home@contoso.com, mailbox: onPremises }\n",
    );
    world.write("users/small@contoso.com.jpg", &portrait(1));
    world.write("users/large@contoso.com.jpg", &noise(600, 95));
    world.write("users/home@contoso.com.jpg", &portrait(2));
    let outcome = world.run(&["reconcile", "--json", "--patience", "20s"]).exits(3);
    // What is too large for an account without a mailbox is made smaller once.
    assert_eq!(outcome.json()["delivered"], 2);
    let stored: Vec<usize> = world.puts().iter().filter(|put| put.status == 200).map(|put| put.body_length).collect();
    assert!(stored.iter().all(|length| *length <= 102_400), "{stored:?}");
    let home = outcome.problem("users/home@contoso.com.jpg");
    assert_eq!(home["reason"], "no_mailbox", "{home}");
    assert!(!home["cure"].as_str().unwrap().is_empty());
}

const CONTACTS: &str = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a }
  - { userPrincipalName: ben@contoso.com, id: 00000000-0000-4000-8000-00000000000b }
contacts:
  - { owner: anna@contoso.com, emailAddresses: [fred@example.com], id: contact-fred }
  - { owner: ben@contoso.com, emailAddresses: [fred@example.com], id: contact-of-ben }
  - { owner: anna@contoso.com, folder: Friends, emailAddresses: [first@example.com, gina@example.com], id: contact-Gina }
  - { owner: anna@contoso.com, emailAddresses: [twin@example.com], id: contact-twin-1 }
  - { owner: anna@contoso.com, emailAddresses: [other@example.com, twin@example.com], id: contact-twin-2 }
";

#[test]
fn contacts_are_found_in_their_owners_mailbox_only() {
    let mut world = World::with(CONTACTS, Settings::default());
    world.set(
        "mapping",
        "{ rules: [
            { files: 'mail/{owner}/{address}.{ext}', contact: { owner: '{owner}', mail: '{address}' } },
            { files: 'ids/{owner}/{id}.{ext}', contact: { owner: '{owner}', folder: Friends, id: '{id}' } },
            { files: 'friends/{owner}/{address}.{ext}', contact: { owner: '{owner}', folder: Friends, mail: '{address}' } } ] }",
    );
    world.write("mail/anna@contoso.com/fred@example.com.jpg", &portrait(1));
    world.write(&format!("mail/{BEN}/fred@example.com.jpg"), &portrait(2));
    world.write("ids/anna@contoso.com/contact-Gina.jpg", &portrait(3));
    world.write("mail/anna@contoso.com/twin@example.com.jpg", &portrait(4));
    world.write("mail/anna@contoso.com/nobody@example.com.jpg", &portrait(5));
    world.write("mail/nobody@contoso.com/fred@example.com.jpg", &portrait(6));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let problem = outcome.problem("mail/anna@contoso.com/twin@example.com.jpg");
    assert_eq!(problem["reason"], "target_ambiguous");
    for twin in ["contact-twin-1", "contact-twin-2"] {
        assert!(problem["detail"].as_str().unwrap().contains(twin), "{problem}");
    }
    for file in ["mail/anna@contoso.com/nobody@example.com.jpg", "mail/nobody@contoso.com/fred@example.com.jpg"] {
        assert_eq!(outcome.problem(file)["reason"], "target_missing");
    }
    let photo = |contact: &str| {
        world.emulator().with_tenant(|tenant| {
            let owner = tenant.get(contact).unwrap().owner.clone().unwrap();
            tenant.photo(&format!("contact:{owner}/{contact}").parse().unwrap()).map(|photo| photo.body)
        })
    };
    assert_eq!(photo("contact-fred").unwrap(), portrait(1));
    assert_eq!(photo("contact-of-ben").unwrap(), portrait(2));
    assert_eq!(photo("contact-Gina").unwrap(), portrait(3));
    assert_eq!(world.puts().len(), 3);

    // The same contact by another name: both are held.
    world.write("friends/anna@contoso.com/gina@example.com.jpg", &portrait(7));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("friends/anna@contoso.com/gina@example.com.jpg")["reason"], "duplicate_files");
    assert_eq!(outcome.problem("ids/anna@contoso.com/contact-Gina.jpg")["reason"], "duplicate_files");
}
