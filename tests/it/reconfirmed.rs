//! Names that move: before a new picture, while a photo waits, and while nothing changes. What is sent was confirmed
//! after its change was seen; what rests is confirmed within the hour; both accounts are named.

use std::time::Duration;

use photosyncd::testing::emulator::{Fault, Settings, Weather};
use photosyncd::testing::model::{Property, Timestamp};

use crate::world::{World, people, person, portrait};

const ANNA: &str = "00000000-0000-4000-8000-00000000000a";
const BEN: &str = "00000000-0000-4000-8000-00000000000b";
const SALES: &str = "00000000-0000-4000-8000-000000000051";
const NORTH: &str = "00000000-0000-4000-8000-000000000052";

const OFFICE: &str = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a, employeeId: '1', displayName: Anna Berg,
      createdDateTime: '2019-04-01T08:00:00Z' }
  - { userPrincipalName: ben@contoso.com, id: 00000000-0000-4000-8000-00000000000b, employeeId: '2', displayName: Ben Dahl,
      createdDateTime: '2024-11-20T08:00:00Z' }
groups:
  - { mailNickname: sales, id: 00000000-0000-4000-8000-000000000051, displayName: Sales, team: marked }
  - { mailNickname: north, id: 00000000-0000-4000-8000-000000000052, displayName: North, team: marked }
contacts:
  - { owner: anna@contoso.com, emailAddresses: [fred@example.com], id: contact-fred, displayName: Fred }
  - { owner: anna@contoso.com, emailAddresses: [gina@example.com], id: contact-gina, displayName: Gina }
";

/// A file, what it is bound to, what its name leads to afterwards, and how that comes.
struct Move {
    file: &'static str,
    from: String,
    to: String,
    moves: fn(&World),
    both: [&'static str; 2],
}

fn change(world: &World, id: &str, property: Property, value: &str) {
    world.emulator().change_tenant(|tenant| assert!(tenant.change(id, |entry| entry.set(property, value)), "no {id}"));
}

fn swap(world: &World, property: Property, [one, other]: [&str; 2], value: &str) {
    change(world, one, property, &format!("old.{value}"));
    change(world, other, property, value);
}

fn moves() -> Vec<Move> {
    vec![
        Move {
            file: "users/anna@contoso.com.jpg",
            from: format!("user:{ANNA}"),
            to: format!("user:{BEN}"),
            moves: |world| swap(world, Property::UserPrincipalName, [ANNA, BEN], "anna@contoso.com"),
            both: [
                "Anna Berg (old.anna@contoso.com, created 2019-04-01, id 00000000-0000-4000-8000-00000000000a)",
                "Ben Dahl (anna@contoso.com, created 2024-11-20, id 00000000-0000-4000-8000-00000000000b)",
            ],
        },
        Move {
            file: "badges/1.jpg",
            from: format!("user:{ANNA}"),
            to: format!("user:{BEN}"),
            moves: |world| swap(world, Property::EmployeeId, [ANNA, BEN], "1"),
            both: ["Anna Berg (anna@contoso.com, created 2019-04-01, id ", "Ben Dahl (ben@contoso.com, created 2024-11-20, id "],
        },
        Move {
            file: "groups/sales.jpg",
            from: format!("group:{SALES}"),
            to: format!("group:{NORTH}"),
            moves: |world| swap(world, Property::MailNickname, [SALES, NORTH], "sales"),
            both: ["Sales (old.sales, ", "North (sales, "],
        },
        Move {
            file: "teams/sales.jpg",
            from: format!("team:{SALES}"),
            to: format!("team:{NORTH}"),
            moves: |world| swap(world, Property::MailNickname, [SALES, NORTH], "sales"),
            both: ["Sales (old.sales, ", "North (sales, "],
        },
        Move {
            file: "contacts/anna@contoso.com/fred@example.com.jpg",
            from: format!("contact:{ANNA}/contact-fred"),
            to: format!("contact:{ANNA}/contact-gina"),
            moves: |world| swap(world, Property::Mail, ["contact-fred", "contact-gina"], "fred@example.com"),
            both: ["Fred (old.fred@example.com, id contact-fred", "Gina (fred@example.com, id contact-gina"],
        },
    ]
}

fn office() -> World {
    World::with(OFFICE, Settings::default())
}

/// Questions to the directory since so many requests.
fn asked(world: &World, from: usize) -> usize {
    world.requests()[from..].iter().filter(|request| &*request.method == "GET" && !request.target.contains("/photo")).count()
}

#[track_caller]
fn is_held(world: &World, case: &Move, puts: usize) {
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let problem = outcome.problem(case.file);
    assert_eq!(problem["reason"], "identity_changed", "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    for account in case.both {
        assert!(detail.contains(account), "{account:?} is not named: {detail}");
    }
    world.run(&["explain", case.file]).exits(0).says(&case.both);
    assert_eq!(world.puts().len(), puts, "{}: something was sent", case.file);
    assert!(world.photo(&case.to).is_none(), "{}", case.file);
    // It stays so, in the same words, and nobody is asked about the two again.
    let from = world.so_far();
    assert_eq!(world.run(&["reconcile", "--json"]).exits(3).problem(case.file)["detail"], problem["detail"]);
    let by_id = world.requests()[from..].iter().filter(|request| request.target.contains("filter=id%20")).count();
    assert_eq!(by_id, 0, "{}", case.file);
}

#[test]
fn a_name_that_moves_right_after_its_confirmation_takes_no_new_picture_along() {
    for case in moves() {
        let world = office();
        world.write(case.file, &portrait(1));
        world.run(&["reconcile"]).exits(0);
        (case.moves)(&world);
        world.write(case.file, &portrait(2));
        is_held(&world, &case, 1);
        assert_eq!(world.photo(&case.from).unwrap().body, portrait(1), "{}", case.file);
    }
}

#[test]
fn a_recipe_is_a_change_like_a_new_picture() {
    let mut world = office();
    world.write("users/anna@contoso.com.jpg", &crate::world::noise(400, 90));
    world.run(&["reconcile"]).exits(0);
    swap(&world, Property::UserPrincipalName, [ANNA, BEN], "anna@contoso.com");
    world.set("photo", "{ size: 96 }");
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("users/anna@contoso.com.jpg")["reason"], "identity_changed");
    assert_eq!(world.puts().len(), 1);
}

#[test]
fn a_name_that_moves_while_its_file_rests_is_told_within_the_hour() {
    for case in moves() {
        let world = office();
        world.write(case.file, &portrait(1));
        world.run(&["reconcile"]).exits(0);
        (case.moves)(&world);
        world.minutes_later(29);
        let from = world.so_far();
        world.run(&["reconcile"]).exits(0);
        assert_eq!(asked(&world, from), 0, "{}: a young confirmation serves", case.file);
        world.minutes_later(2);
        is_held(&world, &case, 1);
    }
}

#[test]
fn a_photo_that_waits_is_confirmed_again_before_it_leaves() {
    for case in moves() {
        for minutes in [2, 10, 40, 26 * 60] {
            let world = office();
            world.write(case.file, &portrait(1));
            world.run(&["reconcile", "--limit", "0"]).exits(3);
            (case.moves)(&world);
            world.minutes_later(minutes);
            is_held(&world, &case, 0);
            assert!(world.photo(&case.from).is_none(), "{} after {minutes} minutes", case.file);
        }
    }
}

#[test]
fn a_retry_is_a_new_intention_and_asks_again() {
    for case in moves() {
        let world = office();
        world.write(case.file, &portrait(1));
        world.emulator().add_fault(Fault::status("PUT", "/photo", 400).with_code("ErrorInvalidImage", "no").times(1));
        world.run(&["reconcile"]).exits(3);
        assert_eq!(world.puts().len(), 1);
        (case.moves)(&world);
        world.run(&["retry"]).exits(0);
        is_held(&world, &case, 1);
        world.run(&["retry"]).exits(0);
        is_held(&world, &case, 1);
    }
}

#[test]
fn a_photo_that_hr_wins_back_is_confirmed_first() {
    let mut world = office();
    world.set("drift", "{ check_every: 1h, policy: hr_wins }");
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    // The name is confirmed, and it is not yet time to compare.
    world.minutes_later(50);
    world.run(&["reconcile"]).exits(0);
    let place = format!("/v1.0/users/{ANNA}/photo/$value");
    assert_eq!(world.send("PUT", &place, &[("Content-Type", "image/jpeg")], &portrait(9)), 200);
    swap(&world, Property::UserPrincipalName, [ANNA, BEN], "anna@contoso.com");
    world.minutes_later(15);
    let puts = world.puts().len();
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("users/anna@contoso.com.jpg")["reason"], "identity_changed");
    assert_eq!(outcome.json()["drifted"], 1);
    assert_eq!(world.puts().len(), puts);
    assert_eq!(world.photo(&format!("user:{ANNA}")).unwrap().body, portrait(9));
}

#[test]
fn a_photo_that_a_person_lets_go_again_is_confirmed_first() {
    let mut world = office();
    world.set("drift", "{ check_every: 1h, policy: user_wins }");
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    let place = format!("/v1.0/users/{ANNA}/photo/$value");
    assert_eq!(world.send("PUT", &place, &[("Content-Type", "image/jpeg")], &portrait(9)), 200);
    world.run(&["verify"]);
    swap(&world, Property::UserPrincipalName, [ANNA, BEN], "anna@contoso.com");
    let puts = world.puts().len();
    world.run(&["accept", &format!("user:{ANNA}")]).exits(0);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.problem("users/anna@contoso.com.jpg")["reason"], "identity_changed");
    assert_eq!(world.puts().len(), puts);
}

#[test]
fn what_is_put_back_or_taken_out_goes_by_the_object() {
    let mut world = office();
    world.set("backup", "{ before_first_overwrite: true }");
    let place = format!("/v1.0/users/{ANNA}/photo/$value");
    assert_eq!(world.send("PUT", &place, &[("Content-Type", "image/jpeg")], &portrait(9)), 200);
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    swap(&world, Property::UserPrincipalName, [ANNA, BEN], "anna@contoso.com");
    // Her own picture, to her own account, whoever has her name by now.
    world.run(&["restore", "anna@contoso.com"]).exits(0);
    let photo = world.photo(&format!("user:{ANNA}")).unwrap();
    assert!(photo.uploads == 3 && photo.body != portrait(1), "{} uploads", photo.uploads);
    assert!(world.photo(&format!("user:{BEN}")).is_none());
}

#[test]
fn an_account_that_is_deleted_or_renamed_while_its_file_rests_is_told_and_keeps_its_photo() {
    let world = office();
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.write("users/ben@contoso.com.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    change(&world, ANNA, Property::UserPrincipalName, "anna.dahl@contoso.com");
    world.emulator().change_tenant(|tenant| assert!(tenant.remove(BEN)));
    world.minutes_later(31);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for (file, words) in [
        ("users/anna@contoso.com.jpg", "it led to Anna Berg (anna.dahl@contoso.com, created 2019-04-01, id "),
        ("users/ben@contoso.com.jpg", "0b (deleted, or not readable)"),
    ] {
        let problem = outcome.problem(file);
        assert_eq!(problem["reason"], "target_missing");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem}");
    }
    assert_eq!(outcome.json()["removed"], 0);
    assert_eq!(world.photo(&format!("user:{ANNA}")).unwrap().body, portrait(1));
    assert_eq!(world.puts().len(), 2);
    assert!(world.requests().iter().all(|request| &*request.method != "DELETE"));
}

#[test]
fn a_thousand_photos_that_waited_cost_some_seventy_questions() {
    let mut world = World::people(1_000);
    world.hurry();
    let face = portrait(1);
    (0..1_000).for_each(|number| world.write(&format!("users/{}.jpg", person(number)), &face));
    world.run(&["reconcile", "--limit", "0"]).exits(3);
    world.minutes_later(2);
    let from = world.so_far();
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!(outcome["delivered"], 1_000);
    let questions = asked(&world, from);
    assert!((67..=75).contains(&questions), "{questions} questions");
    assert_eq!(outcome["requests"], 1_000 + questions);
    // Who comes right after asks nothing.
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.so_far(), from);
    // What rests costs a question for 15 people, half an hour later at the soonest.
    world.minutes_later(31);
    world.run(&["reconcile"]).exits(0).says(&["1000 unchanged"]);
    assert_eq!(asked(&world, from), 67);
}

#[test]
fn contacts_of_one_mailbox_are_listed_where_they_are_many() {
    let contact =
        |number: usize| format!("  - {{ owner: anna@contoso.com, emailAddresses: [c{number}@x.com], id: contact-{number} }}\n");
    let contacts: String = (0..40).map(contact).collect();
    let world = World::with(
        &format!("users:\n  - {{ userPrincipalName: anna@contoso.com, id: {ANNA} }}\ncontacts:\n{contacts}"),
        Settings::default(),
    );
    for number in 0..40 {
        world.write(&format!("contacts/anna@contoso.com/c{number}@x.com.jpg"), &portrait(u32::try_from(number).unwrap()));
    }
    world.run(&["reconcile"]).exits(0).says(&["40 photos delivered"]);
    for number in 0..40 {
        let photo = world.photo(&format!("contact:{ANNA}/contact-{number}")).unwrap();
        assert_eq!(photo.body, portrait(u32::try_from(number).unwrap()));
    }
    world.minutes_later(31);
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(asked(&world, from), 2, "the owner, and one page of contacts");
}

#[test]
fn a_directory_that_fails_changes_nothing_for_who_rests_and_is_told() {
    let world = World::people(20);
    world.portraits(0, 20, 0);
    world.run(&["reconcile"]).exits(0);
    world.minutes_later(45);
    world.emulator().add_fault(Fault::status("GET", "/users", 503));
    let outcome = world.run(&["reconcile", "--json"]).exits(3).json();
    assert_eq!((&outcome["unchanged"], &outcome["blocked"], &outcome["unresolved"]), (&20.into(), &0.into(), &0.into()));
    let problems = outcome["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0]["detail"].as_str().unwrap().contains("the accounts of 20 files"), "{problems:?}");
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0).says(&["20 unchanged"]);
    assert_eq!(world.puts().len(), 20);
}

#[test]
fn a_directory_that_loses_half_of_its_people_halts_though_they_rest() {
    let world = World::with(&people(30), Settings::default());
    world.portraits(0, 30, 0);
    world.run(&["reconcile"]).exits(0);
    world.emulator().change_tenant(|tenant| {
        (0..20).for_each(|number| assert!(tenant.remove(&format!("00000000-0000-4000-8000-{number:012}"))));
    });
    world.minutes_later(31);
    world.run(&["reconcile"]).exits(4).says(&["no longer knows 20 of 30"]);
}

/// What a slow directory is asked takes nobody's time but that of the first.
#[test]
fn who_is_due_next_is_asked_about_while_others_leave() {
    const SLOW: Duration = Duration::from_secs(2);
    let weather = "phases: [{ only: { requests: [directory] }, latency: 2s }]";
    let settings = Settings { weather: Some(Weather::from_yaml(weather).unwrap()), ..Settings::default() };
    let mut world = World::people_with(400, settings);
    world.set("upload", "{ per_second: 60, max_per_second: 60 }");
    world.portraits(0, 400, 1);
    world.run(&["reconcile", "--limit", "1"]).exits(3);
    world.minutes_later(2);
    let from = world.so_far();
    world.run(&["reconcile"]).exits(0);
    let requests = world.requests().split_off(from);
    let puts: Vec<Timestamp> = requests.iter().filter(|one| &*one.method == "PUT").map(|one| one.at).collect();
    let asked = requests.iter().filter(|one| one.target.contains("filter=userPrincipalName")).map(|one| one.at);
    let later: Vec<Timestamp> = asked.filter(|at| *at > puts[0]).collect();
    assert!(puts.len() == 399 && later.len() >= 6, "{} photos, {} questions on the way", puts.len(), later.len());
    for at in later {
        let meanwhile = puts.iter().filter(|put| (at..at.plus(SLOW)).contains(put)).count();
        assert!(meanwhile >= 60, "{meanwhile} of 120 left while one question waited for its answer");
    }
}
