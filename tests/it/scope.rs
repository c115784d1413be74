//! Scope and consent: whose photos are sent at all, and what happens to those who opt out.

use photosyncd::testing::emulator::{Entry, Settings};
use photosyncd::testing::model::TargetId;

use crate::world::{World, person, portrait};

/// Four people; `inner` is in `staff`, `shy` is excluded.
const CONTOSO: &str = "
users:
  - { userPrincipalName: p000@contoso.com, id: 00000000-0000-4000-8000-000000000000 }
  - { userPrincipalName: p001@contoso.com, id: 00000000-0000-4000-8000-000000000001 }
  - { userPrincipalName: p002@contoso.com, id: 00000000-0000-4000-8000-000000000002 }
  - { userPrincipalName: p003@contoso.com, id: 00000000-0000-4000-8000-000000000003 }
groups:
  - { mailNickname: inner, id: 00000000-0000-4000-8000-0000000000f1, members: [p001@contoso.com, p002@contoso.com] }
  - { mailNickname: staff, id: 00000000-0000-4000-8000-0000000000f2, members: [p000@contoso.com, inner] }
  - { mailNickname: shyer, id: 00000000-0000-4000-8000-0000000000f3, members: [p002@contoso.com] }
  - { mailNickname: shy, displayName: Shy people, id: 00000000-0000-4000-8000-0000000000f4, members: [shyer] }
  - { mailNickname: twin-1, displayName: Twins }
  - { mailNickname: twin-2, displayName: Twins }
";
const SHYER: &str = "00000000-0000-4000-8000-0000000000f3";
const SCOPE: &str = "{ include_groups: [staff], exclude_groups: ['Shy people'], on_opt_out: keep }";
const DELETE: &str = "{ include_groups: [staff], exclude_groups: ['Shy people'], on_opt_out: delete }";
const LOOSE: &str = "{ max_removals: 1, max_removals_percent: 100 }";

/// Four people with a photo each.
fn company(scope: &str) -> World {
    let mut world = World::with(CONTOSO, Settings::default());
    world.portraits(0, 4, 0);
    world.set("scope", scope);
    world
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn set_members(world: &World, group: &str, members: &[usize]) {
    let members: Vec<_> = members.iter().map(|number| id(*number).into()).collect();
    let change = |group: &mut Entry| group.more.get_or_insert_default().members = members;
    world.emulator().change_tenant(|tenant| assert!(tenant.change(group, change)));
}

fn served(world: &World) -> Vec<bool> {
    (0..4).map(|number| world.user_photo(&person(number)).is_some()).collect()
}

fn deletes(world: &World) -> Vec<String> {
    let sent = world.requests().into_iter().filter(|request| &*request.method == "DELETE");
    sent.map(|request| request.target.to_string()).collect()
}

#[test]
fn members_of_nested_groups_are_served_and_exclude_wins() {
    let world = company(SCOPE);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["delivered"], &outcome["out_of_scope"]), (&2.into(), &2.into()));
    assert_eq!(served(&world), [true, true, false, false]);
    world.run(&["plan", "--all"]).exits(0).says(&["out_of_scope", "scope.exclude_groups", "scope.include_groups"]);
    world.run(&["explain", &person(2)]).exits(0).says(&["out_of_scope", "exclude_groups"]);
    // Nobody asked for them, so nobody has to act: consent is no problem.
    world.run(&["status"]).exits(0).says(&["2 up to date", "0 need a person"]);
    assert_eq!(world.puts().len(), 2);
}

#[test]
fn a_change_of_membership_is_noticed_though_no_file_was_touched() {
    let world = company(SCOPE);
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), 2);
    set_members(&world, SHYER, &[1]);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["delivered"], &outcome["out_of_scope"], &outcome["removed"]), (&1.into(), &2.into(), &0.into()));
    assert_eq!(served(&world), [true, true, true, false], "what was delivered stays, as on_opt_out says");
    // The one who left gets nothing more.
    world.portraits(1, 2, 100);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo(&person(1)).unwrap().body, portrait(1));
    assert_eq!(world.puts().len(), 3);
}

#[test]
fn a_group_that_is_not_there_halts_before_anything_is_sent() {
    for (scope, name, words) in [
        ("{ include_groups: [staff, gone] }", "gone", "scope.include_groups[1] names a group that the directory does not know"),
        ("{ exclude_groups: [gone] }", "gone", "scope.exclude_groups[0] names a group that the directory does not know"),
        ("{ exclude_groups: [Twins] }", "Twins", "scope.exclude_groups[0] names a group of whose name there are several"),
    ] {
        let world = company(scope);
        for arguments in [&["reconcile", "--json"][..], &["reconcile", "--force", "--json"]] {
            let outcome = world.run(arguments).exits(4).says(&[words]);
            assert_eq!(outcome.json()["halted"]["guard"], "scope");
            assert!(!outcome.stderr.contains(name), "a group's name is not for the log: {}", outcome.stderr);
        }
        world.run(&["plan"]).exits(4).says(&["scope", words]);
        assert!(world.puts().is_empty());
    }
}

#[test]
fn whoever_opts_out_is_taken_out_once_and_comes_back_when_they_do() {
    let mut world = company(DELETE);
    world.set("guard", LOOSE);
    world.run(&["reconcile"]).exits(0);
    set_members(&world, SHYER, &[1, 2]);
    world.run(&["plan"]).exits(0).says(&["remove", "users/p001@contoso.com.jpg", "out_of_scope", "1 to remove"]);
    assert_eq!(deletes(&world), [""; 0]);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["removed"], &outcome["delivered"]), (&1.into(), &0.into()));
    assert_eq!(served(&world), [true, false, false, false]);
    assert_eq!(deletes(&world), [format!("/v1.0/users/{}/photo/$value", id(1))]);
    world.run(&["explain", &person(1)]).exits(0).says(&["removed", "out_of_scope"]);
    world.run(&["reconcile"]).exits(0);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(deletes(&world).len(), 1, "once is enough");

    set_members(&world, SHYER, &[]);
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    assert_eq!(served(&world), [true, true, true, false]);
}

#[test]
fn a_photo_that_was_never_ours_is_not_taken_out() {
    let mut world = company(DELETE);
    world.set("guard", LOOSE);
    world.run(&["reconcile"]).exits(0);
    // p002, excluded from the start, has put up a picture by hand.
    let path = format!("/v1.0/users/{}/photo/$value", id(2));
    assert_eq!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(70)), 200);
    set_members(&world, SHYER, &[2, 3]);
    world.run(&["reconcile"]).exits(0);
    assert!(deletes(&world).is_empty());
    assert_eq!(world.user_photo(&person(2)).unwrap().body, portrait(70));
    // One who has taken it out alone needs no help.
    assert_eq!(world.send("DELETE", &format!("/v1.0/users/{}/photo/$value", id(1)), &[], b""), 204);
    set_members(&world, SHYER, &[1]);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["removed"], deletes(&world).len()), (&0.into(), 1), "only the test's own");
}

#[test]
fn who_has_put_up_another_picture_since_keeps_it() {
    let mut world = company(DELETE);
    world.set("guard", LOOSE);
    world.run(&["reconcile"]).exits(0);
    let path = format!("/v1.0/users/{}/photo/$value", id(1));
    assert_eq!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(71)), 200);
    set_members(&world, SHYER, &[1]);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["removed"], deletes(&world).len()), (&0.into(), 0));
    assert_eq!(world.user_photo(&person(1)).unwrap().body, portrait(71));
    world.run(&["explain", &person(1)]).exits(0).says(&["not_ours"]);
}

#[test]
fn too_many_who_opt_out_at_once_halt_the_removals() {
    let mut world = company(DELETE);
    world.set("guard", LOOSE);
    world.run(&["reconcile"]).exits(0);
    set_members(&world, SHYER, &[0, 1]);
    let outcome = world.run(&["reconcile", "--json"]).exits(4).json();
    assert_eq!(outcome["halted"]["guard"], "removals");
    assert_eq!(served(&world), [true, true, true, false], "who is in scope now is served all the same");
    // They get nothing new meanwhile.
    world.portraits(0, 2, 300);
    world.run(&["reconcile"]).exits(4).says(&["Removals were halted", "0 photos delivered"]);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, portrait(0));
    world.run(&["reconcile", "--force"]).exits(0).says(&["2 photos removed"]);
    assert_eq!(served(&world), [false, false, true, false]);
    assert_eq!(deletes(&world).len(), 2);
}

#[test]
fn an_opt_out_overtakes_a_photo_that_is_still_due() {
    let mut world = company(DELETE);
    world.set("guard", LOOSE);
    world.run(&["reconcile", "--limit", "0"]);
    set_members(&world, SHYER, &[0, 1, 2]);
    world.run(&["reconcile"]).exits(0);
    assert!(world.puts().is_empty());
    assert!(deletes(&world).is_empty());
    set_members(&world, SHYER, &[2]);
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
}

#[test]
fn missing_lists_the_people_in_scope_without_a_photo_and_unmatched_the_files_nobody_claims() {
    let world = company(SCOPE);
    std::fs::remove_file(world.photos().join("users/p000@contoso.com.jpg")).unwrap();
    std::fs::remove_file(world.photos().join("users/p002@contoso.com.jpg")).unwrap();
    std::fs::remove_file(world.photos().join("users/p003@contoso.com.jpg")).unwrap();
    world.write("Anna Berg.jpg", &portrait(9));
    world.write("users/old/p000@contoso.com.jpg", &portrait(9));
    let missing = world.run(&["plan", "--missing"]).exits(0);
    let told = "p000@contoso.com: neither file nor photo\np001@contoso.com: no photo in Microsoft 365\n";
    assert_eq!(missing.stdout, told);
    assert_eq!(world.run(&["plan", "--missing", "--json"]).exits(0).json()["missing"], serde_json::json!(["p000@contoso.com"]));
    let unmatched = world.run(&["plan", "--unmatched", "--json"]).exits(0).json();
    let paths: Vec<&str> = unmatched["rows"].as_array().unwrap().iter().map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["Anna Berg.jpg", "users/old/p000@contoso.com.jpg"]);
    let said = world.run(&["plan", "--unmatched"]).exits(0);
    assert!(!said.stdout.contains("users/p001"), "{}", said.stdout);
    assert!(world.puts().is_empty());
    // Nobody can be said to be missing where the source is.
    std::fs::rename(world.photos(), world.path("elsewhere")).unwrap();
    let missing = world.run(&["plan", "--missing"]).exits(4).says(&["does not exist"]);
    assert_eq!(missing.stdout, "");
}

#[test]
fn the_photo_of_a_person_follows_no_group_into_scope() {
    // Groups, teams and contacts are no people: scope leaves them alone.
    let mut world = company(SCOPE);
    world.set("mapping", "{ rules: [{ files: 'groups/{alias}.{ext}', group: { mailNickname: '{alias}' } }] }");
    world.write("groups/shyer.jpg", &portrait(5));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    let target: TargetId = format!("group:{SHYER}").parse().unwrap();
    assert!(world.emulator().with_tenant(|tenant| tenant.photo(&target)).is_some());
}
