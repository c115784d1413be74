//! Photos that somebody changes in the tenant after ours went up: found by what Graph calls them, and what then.

use photosyncd::testing::emulator::{Fault, MissingPhoto, Quirks, Settings};
use serde_json::Value;

use crate::world::{World, people, person, portrait, timed, tree};

fn path(number: usize) -> String {
    format!("/v1.0/users/00000000-0000-4000-8000-{number:012}/photo/$value")
}

fn puts_up(world: &World, number: usize, seed: u32) {
    assert_eq!(world.send("PUT", &path(number), &[("Content-Type", "image/jpeg")], &portrait(seed)), 200);
}

fn takes_down(world: &World, number: usize) {
    assert_eq!(world.send("DELETE", &path(number), &[], b""), 204);
}

fn body(world: &World, number: usize) -> Option<Vec<u8>> {
    world.user_photo(&person(number)).map(|photo| photo.body.to_vec())
}

/// Four people who hold ours; then the second one changes the photo, the third takes it out.
fn changed(drift: &str) -> World {
    changed_in(drift, Settings::default())
}

fn changed_in(drift: &str, settings: Settings) -> World {
    changed_at(&people(4), drift, settings)
}

fn changed_at(tenant: &str, drift: &str, settings: Settings) -> World {
    let mut world = World::with(tenant, settings);
    world.portraits(0, 4, 0);
    world.set("drift", drift);
    world.run(&["reconcile"]).exits(0);
    puts_up(&world, 1, 1_000);
    takes_down(&world, 2);
    world
}

fn counts(summary: &Value) -> [u64; 5] {
    ["checked", "same", "changed", "gone", "unknown"].map(|name| summary[name].as_u64().unwrap())
}

#[test]
fn verify_tells_same_changed_and_gone_and_only_reports() {
    for missing_photo in [MissingPhoto::ImageNotFound, MissingPhoto::OneByOne, MissingPhoto::EntityNotFound] {
        let settings = Settings { quirks: Quirks { missing_photo, ..Quirks::default() }, ..Settings::default() };
        let world = changed_in("{ check_every: 1d }", settings);
        let uploads = world.puts().len();
        let summary = world.run(&["verify", "--json"]).exits(3).json();
        assert_eq!(counts(&summary), [4, 2, 1, 1, 0]);
        let differing = summary["differing"].as_array().unwrap();
        assert_eq!((&differing[0]["target"], &differing[0]["then"]), (&person(1).into(), &"reported".into()));
        let seen = "2 of 4 photos are up to date; 2 were replaced or taken out in the tenant.";
        world.run(&["status"]).exits(0).says(&[seen, "another photo than ours for 1, and none for 1", &person(1)]);
        world.run(&["status", "--all"]).exits(0).says(&[&person(1), "changed since", "gone since"]);
        let status = world.run(&["status", "--json"]).exits(0).json();
        assert_eq!(status["drifted"].as_array().unwrap().len(), 2);
        told_alike_everywhere(&world, &status["sum"]);
        world.run(&["explain", &person(1)]).exits(0).says(&["the tenant shows another photo, known since"]);
        world.run(&["explain", &person(2)]).exits(0).says(&["the tenant shows no photo any more"]);
        world.run(&["explain", &person(0)]).exits(0).says(&["the tenant still showed our photo"]);
        // It is news once.
        world.run(&["verify"]).exits(3).says(&["4 compared: 2 as delivered, 1 changed in the tenant, 1 gone"]);
        let history = world.run(&["history", &person(1), "--json"]).exits(0).json();
        let outcomes: Vec<&str> =
            history["rows"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["drifted", "delivered"]);
        world.run(&["reconcile"]).exits(0);
        assert_eq!(world.puts().len(), uploads, "nothing is sent");
    }
}

/// Plan, run and report have the same figures, and HR is not told that what is gone is there.
fn told_alike_everywhere(world: &World, sum: &Value) {
    let of = |sum: &Value| [sum["up_to_date"].clone(), sum["drifted"].clone()];
    assert_eq!(of(sum), [2, 2]);
    assert_eq!(of(&world.run(&["plan", "--json"]).exits(0).json()["sum"]), [2, 2]);
    assert_eq!(of(&world.run(&["reconcile", "--json"]).exits(0).json()["sum"]), [2, 2]);
    assert_eq!(world.run(&["plan", "--missing", "--json"]).exits(0).json()["no_photo"], serde_json::json!([person(2)]));
    for missing in [&["--csv"][..], &["--csv", "--missing"]] {
        let report = world.run(&[&["report", "--out", "out", "--json"], missing].concat()).exits(0).json();
        assert_eq!(of(&report["figures"]), [2, 2]);
        let index = std::fs::read_to_string(world.path("out/index.html")).unwrap();
        assert!(index.contains("2 of 4 photos are up to date in Microsoft 365: 2 were replaced or taken out there."), "{index}");
        let table = std::fs::read_to_string(world.path("out/people.csv")).unwrap();
        let row = |number| table.lines().find(|line| line.contains(&person(number))).unwrap().trim_end().to_owned();
        assert!(row(0).contains(",up to date,") && row(0).ends_with(",yes"), "{table}");
        assert!(row(1).contains(",replaced or taken out in Microsoft 365,") && row(1).ends_with(",yes"), "{table}");
        assert!(row(2).contains(",replaced or taken out in Microsoft 365,") && row(2).ends_with(",no"), "{table}");
    }
}

#[test]
fn verify_of_some_asks_about_them_alone_and_all_same_is_zero() {
    let world = changed("{ check_every: 1d }");
    let looks =
        || world.requests().iter().filter(|request| &*request.method == "GET" && request.target.contains("/photo")).count();
    let before = looks();
    assert_eq!(counts(&world.run(&["verify", &person(0), "--json"]).exits(0).json()), [1, 1, 0, 0, 0]);
    world.run(&["verify", &person(0), "users/p003@contoso.com.jpg"]).exits(0).says(&["2 compared: 2 as delivered"]);
    assert_eq!(looks() - before, 3);
    world.run(&["verify", "nobody"]).exits(2);
    world.emulator().add_fault(Fault::status("GET", &path(0), 403));
    world.run(&["verify", &person(0)]).exits(5);
}

#[test]
fn what_graph_called_ours_is_learned_late_where_nobody_wanted_to_know() {
    let mut world = World::people(2);
    world.portraits(0, 2, 0);
    world.run(&["verify"]).exits(78);
    world.run(&["reconcile"]).exits(0);
    let asked = world.requests().iter().filter(|request| &*request.method == "GET" && request.target.contains("/photo")).count();
    assert_eq!(asked, 0, "no request more than needed");
    let first = world.run(&["verify", "--json"]).exits(3);
    assert_eq!(counts(&first.json()), [2, 0, 0, 0, 2]);
    world.run(&["verify"]).exits(0);
    puts_up(&world, 0, 1_000);
    assert_eq!(counts(&world.run(&["verify", "--json"]).exits(3).json()), [2, 1, 1, 0, 0]);
    // A new ledger can't prove anything, and says so.
    world.set("ledger", "{ path: another.db }");
    world.run(&["reconcile", "--limit", "0"]).exits(3);
    world.run(&["verify"]).exits(0).says(&["0 compared", "new ledger cannot recognise"]);
}

#[test]
fn what_was_only_seen_is_neither_removed_nor_taken_for_ours() {
    let mut world = World::people(3);
    world.portraits(0, 3, 0);
    world.run(&["reconcile"]).exits(0);
    // Nobody had asked what Graph calls ours; meanwhile two put up pictures of their own.
    puts_up(&world, 0, 1_000);
    puts_up(&world, 1, 1_001);
    world.run(&["verify"]).exits(3);
    world.run(&["verify"]).exits(0).says(&["3 compared: 3 as delivered"]);
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    world.set("guard", "{ first_contact: replace, max_removals: 10, max_removals_percent: 100 }");
    world.set("backup", "{ before_first_overwrite: true }");
    std::fs::remove_file(world.photos().join(format!("users/{}.jpg", person(0)))).unwrap();
    world.portraits(1, 2, 50);
    world.run(&["reconcile"]).exits(0);
    for _ in 0..2 {
        world.run(&["reconcile"]).exits(3).says(&["removal_not_possible"]);
    }
    assert_eq!(body(&world, 0), Some(portrait(1_000)), "it may be somebody else's");
    assert_eq!(body(&world, 1), Some(portrait(51)));
    let kept: Vec<_> = tree(&world.path(".photosyncd/backups")).into_values().collect();
    assert_eq!(kept.len(), 2, "what may be somebody else's is kept before it goes");
}

#[test]
fn hr_wins_sends_it_again() {
    let world = changed("{ check_every: 1d, policy: hr_wins }");
    let summary = world.run(&["verify", "--json"]).exits(3).json();
    assert_eq!((counts(&summary), &summary["made_due"]), ([4, 2, 1, 1, 0], &2.into()));
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    assert_eq!((body(&world, 1), body(&world, 2)), (Some(portrait(1)), Some(portrait(2))));
    world.run(&["verify"]).exits(0);
    let uploads = world.puts().len();
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.puts().len(), uploads);
}

#[test]
fn user_wins_leaves_it_until_the_file_changes_or_somebody_accepts() {
    let mut world = changed("{ check_every: 1d, policy: user_wins }");
    world.run(&["verify"]).exits(3);
    let pass = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&pass["delivered"], &pass["kept"], &pass["blocked"]), (&0.into(), &2.into(), &0.into()));
    world.set("photo", "{ quality: 70 }");
    world.run(&["reconcile"]).exits(0);
    assert_eq!((body(&world, 1), body(&world, 2)), (Some(portrait(1_000)), None));
    world.run(&["status"]).exits(0).says(&["2 with their own photo kept", "user_photo"]);
    world.run(&["explain", &person(1)]).exits(0).says(&["user_photo", "the tenant shows another photo", "photosyncd accept"]);
    world.portraits(1, 2, 500);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(body(&world, 1), Some(portrait(501)));
    world.run(&["accept", &person(2)]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(body(&world, 2), Some(portrait(2)));
    world.run(&["verify"]).exits(0);
}

#[test]
fn a_rule_may_have_a_policy_of_its_own() {
    let mut world = changed("{ check_every: 1d, policy: hr_wins }");
    world.write("free/p003@contoso.com.jpg", &portrait(30));
    std::fs::remove_file(world.photos().join("users/p003@contoso.com.jpg")).unwrap();
    world.set(
        "mapping",
        "{ rules: [{ files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }, \
           { files: 'free/{upn}.{ext}', user: { userPrincipalName: '{upn}' }, drift: user_wins }] }",
    );
    world.run(&["reconcile"]).exits(0);
    puts_up(&world, 3, 3_000);
    world.run(&["verify"]).exits(3);
    world.run(&["reconcile"]).exits(0);
    assert_eq!((body(&world, 1), body(&world, 3)), (Some(portrait(1)), Some(portrait(3_000))));
}

#[test]
fn a_group_may_have_a_policy_of_its_own() {
    // The second person is in a group of the group; the third is in none.
    let tenant = "groups:
  - { mailNickname: staff, members: [creative] }
  - { mailNickname: creative, members: [p001@contoso.com] }
  - { mailNickname: free, members: [p001@contoso.com] }
";
    let drift = "{ check_every: 1d, policy: hr_wins, \
        by_group: [{ group: staff, policy: user_wins }, { group: free, policy: report }] }";
    let mut world = changed_at(&format!("{}{tenant}", people(4)), drift, Settings::default());
    let summary = world.run(&["verify", "--json"]).exits(3).json();
    assert_eq!((counts(&summary), &summary["made_due"]), ([4, 2, 1, 1, 0], &1.into()));
    world.run(&["reconcile"]).exits(0);
    assert_eq!((body(&world, 1), body(&world, 2)), (Some(portrait(1_000)), Some(portrait(2))));
    world.run(&["doctor"]).says(&["every group that the configuration names is there"]);

    // A group that is not there: nobody knows whose word counts, so nothing is done, and it is said.
    world.set("drift", "{ check_every: 1d, policy: hr_wins, by_group: [{ group: nobodys, policy: user_wins }] }");
    puts_up(&world, 3, 3_000);
    let outcome = world.run(&["verify", "--json"]).exits(3);
    let summary = outcome.json();
    assert_eq!((&summary["stopped"], &summary["made_due"]), (&"group".into(), &0.into()));
    let problem = &summary["problems"][0];
    assert!(problem["detail"].as_str().unwrap().contains("drift.by_group[0] names a group that the directory does not know"));
    assert!(problem["cure"].as_str().unwrap().contains("object id"));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(body(&world, 3), Some(portrait(3_000)), "untouched");
    world.run(&["doctor"]).exits(78).says(&["drift.by_group[0]"]);
    world.set("drift", "{ by_group: [{ group: a }, { policy: hr_wins }, { group: b, policy: none }] }");
    world.run(&["check"]).exits(78).says(&["drift.by_group[0].policy", "drift.by_group[1].group", "drift.by_group[2].policy"]);
}

#[test]
fn a_pass_compares_when_it_is_time_and_not_before() {
    let world = changed("{ check_every: 6h, policy: hr_wins }");
    let pass = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&pass["drift_checked"], &pass["delivered"]), (&0.into(), &0.into()));
    world.hours_later(7);
    // Not when a part was asked for.
    let pass = world.run(&["reconcile", "--only", "users", "--json"]).exits(0).json();
    assert_eq!(pass["drift_checked"], 0);
    let pass = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&pass["drift_checked"], &pass["drifted"], &pass["delivered"]), (&4.into(), &2.into(), &2.into()));
    assert_eq!((body(&world, 1), body(&world, 2)), (Some(portrait(1)), Some(portrait(2))));
    let pass = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!(pass["drift_checked"], 0);
}

#[test]
fn a_tenant_that_asks_to_slow_down_is_asked_again_and_one_that_is_down_is_left() {
    let world = changed("{ check_every: 1d }");
    let slow = Fault::status("GET", "/photo/$value", 429).with_header("Retry-After", "1").times(1);
    world.emulator().add_fault(slow);
    assert_eq!(counts(&world.run(&["verify", "--json"]).exits(3).json()), [4, 2, 1, 1, 0]);
    let mut world = world;
    world.unplug();
    world.run(&["verify", "--max-duration", "2s"]).exits(3);
}

#[test]
fn the_journal_is_told_newest_first_in_text_json_and_csv() {
    let mut world = World::people(3);
    world.portraits(0, 3, 0);
    world.run(&["history"]).exits(78);
    let refused = Fault::status("PUT", &path(1), 404).with_code("ErrorNonExistentMailbox", "No mailbox.");
    world.emulator().add_fault(refused);
    world.run(&["reconcile"]).exits(3);
    world.run(&["reconcile"]).exits(3);
    let rows = world.run(&["history", "--json"]).exits(0).json()["rows"].as_array().unwrap().clone();
    let entries: Vec<(&str, i64)> =
        rows.iter().map(|row| (row["entry"].as_str().unwrap(), row["pass"].as_i64().unwrap())).collect();
    assert_eq!(entries, [("pass", 2), ("try", 1), ("pass", 1)]);
    let failed = &rows[1];
    assert_eq!(
        (&failed["outcome"], &failed["status"], &failed["code"]),
        (&"blocked".into(), &404.into(), &"ErrorNonExistentMailbox".into())
    );
    assert!(failed["request_id"].is_string() && failed["at"].as_str().unwrap().ends_with('Z') && failed["target"] == person(1));
    assert_eq!(rows[2]["summary"]["delivered"], 2);

    let text = world.run(&["history"]).exits(0).says(&[
        "pass 1 (reconcile): ended",
        "2 delivered",
        "blocked",
        "HTTP 404",
        "ErrorNonExistentMailbox",
        "request ",
    ]);
    assert_eq!(text.stdout.lines().filter(|line| line.contains("pass 2")).count(), 1);
    world.run(&["history", &person(0)]).exits(0).says(&["delivered", "HTTP 200"]);
    let none = world.run(&["history", &person(0), "--failed", "--json"]).exits(0).json();
    assert_eq!(none["rows"], serde_json::json!([]));
    let since = world.run(&["history", "--since", "2100-01-01T00:00:00Z", "--json"]).exits(0).json();
    assert_eq!(since["rows"], serde_json::json!([]));
    assert_eq!(
        world.run(&["history", "--since", "1h", "--limit", "2", "--json"]).exits(0).json()["rows"].as_array().unwrap().len(),
        2
    );
    let csv = world.run(&["history", "--csv"]).exits(0);
    let lines: Vec<&str> = csv.stdout.lines().collect();
    assert!(lines[0].starts_with("at,entry,pass,target") && lines.len() == 4, "{}", csv.stdout);
    assert!(lines[2].contains(&format!(",try,1,{},user:", person(1))) && lines[2].contains(",404,ErrorNonExistentMailbox,"));
    world.run(&["history", "nobody"]).exits(2);
    world.run(&["history", "--since", "yesterday"]).exits(2);
    world.set("ledger", "{ path: other.db }");
    world.run(&["history"]).exits(78);
}

#[test]
fn accounts_that_are_gone_keep_nobody_waiting() {
    let mut world = World::people(12);
    world.set("upload", "{ per_second: 1000, max_per_second: 1000 }");
    world.portraits(0, 12, 0);
    world.run(&["reconcile"]).exits(0);
    world.run(&["verify"]);
    for number in 0..6 {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        world.emulator().change_tenant(|tenant| assert!(tenant.remove(&id)));
    }
    let (json, took) = timed(|| world.run(&["verify", "--json"]).exits(3).json());
    assert_eq!((&json["same"], &json["unknown"], &json["stopped"]), (&6.into(), &6.into(), &serde_json::Value::Null), "{json}");
    assert!(took < std::time::Duration::from_secs(10), "{took:?}");
}
