//! Microsoft 365 says no: each refusal is told with its cure, and the rest of the photos arrive.

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{ExpectedSecret, Fault, Reset, Settings, SignIn};

use crate::world::{CONTOSO, SECRET, World, people, person, portrait};

#[test]
fn a_wrong_secret_stops_everything_and_says_so() {
    let sign_in = SignIn { secret: ExpectedSecret::Exactly(SECRET.to_owned()), ..SignIn::default() };
    let world = World::people_with(3, Settings { sign_in, ..Settings::default() });
    world.portraits(0, 3, 0);
    let outcome =
        world.run_with_secret("Verwechselt~0815", &["reconcile"]).exits(5).says(&["Sign-in failed", "AADSTS7000215", "secret"]);
    assert!(!outcome.stderr.contains("Verwechselt"));
    assert!(world.requests().iter().all(|request| request.target.contains("/token")), "no question is asked without a token");
    world.run(&["status"]).exits(5).says(&["Sign-in failed", "AADSTS7000215", "Paste the secret's value"]);
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    world.run(&["status"]).exits(0);
}

#[test]
fn an_expired_secret_is_told_from_a_wrong_one() {
    let sign_in = SignIn { secret: ExpectedSecret::Expired(SECRET.to_owned()), ..SignIn::default() };
    let world = World::people_with(1, Settings { sign_in, ..Settings::default() });
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(5).says(&["AADSTS7000222", "expired"]);
}

#[test]
fn a_token_that_is_taken_back_in_the_middle_is_renewed_once() {
    let world = World::people(20);
    world.portraits(0, 20, 0);
    world.emulator().add_fault(Fault { nth: 5, ..Fault::status("PUT", "/photo", 401).times(1) });
    world.run(&["reconcile"]).exits(0).says(&["20 photos delivered"]);
    assert_eq!(world.requests().iter().filter(|request| request.target.contains("/token")).count(), 2);
}

#[test]
fn sign_in_that_breaks_in_the_middle_stops_all_and_blames_no_photo() {
    let mut world = World::people(20);
    world.set("upload", "{ concurrency: 4, per_second: 1000, max_per_second: 1000 }");
    world.portraits(0, 20, 0);
    world.emulator().add_fault(Fault { nth: 5, ..Fault::status("PUT", "/photo", 401) });
    let outcome = world.run(&["reconcile", "--json"]).exits(5).json();
    assert_eq!((&outcome["stopped"], &outcome["blocked"]), (&"sign_in".into(), &0.into()));
    assert!(world.puts().len() < 20, "{}", world.puts().len());
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(0);
    assert!((0..20).all(|number| world.user_photo(&person(number)).is_some_and(|photo| photo.uploads == 1)));
}

/// A photo that this answer refuses for good, among others that are taken.
fn blocked(status: u16, code: &str, reason: &str, exit: i32, tries: usize) -> String {
    let world = World::people(6);
    world.portraits(0, 6, 0);
    let path = "000000000003/photo";
    world.emulator().add_fault(Fault::status("PUT", path, status).with_code(code, "no"));
    let outcome = world.run(&["reconcile", "--json"]).exits(exit);
    let json = outcome.json();
    assert_eq!((&json["delivered"], &json["blocked"], &json["waiting"]), (&5.into(), &1.into(), &0.into()), "{json}");
    let problem = outcome.problem("users/p003@contoso.com.jpg");
    assert_eq!(problem["reason"], reason, "{problem}");
    assert_eq!(world.puts().iter().filter(|put| put.target.contains(path)).count(), tries);
    // The cause removed, `retry` sends it.
    world.emulator().clear_faults();
    world.run(&["reconcile"]).exits(3);
    assert!(world.user_photo(&person(3)).is_none(), "a blocked photo waits for a person");
    world.run(&["retry", &person(3)]).exits(0).says(&["1 made due"]);
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo(&person(3)).unwrap().body, portrait(3));
    format!("{} {}", problem["detail"].as_str().unwrap(), problem["cure"].as_str().unwrap())
}

#[test]
fn forbidden_for_one_user() {
    let words = blocked(403, "ErrorInsufficientPermissionsInAccessToken", "not_permitted", 5, 1);
    assert!(words.contains("guest") && words.contains("ProfilePhoto.ReadWrite.All"), "{words}");
}

#[test]
fn no_mailbox() {
    let words = blocked(404, "ErrorNonExistentMailbox", "no_mailbox", 3, 1);
    assert!(words.contains("mailbox") && words.contains("licence"), "{words}");
}

#[test]
fn gone_between_question_and_upload() {
    blocked(404, "Request_ResourceNotFound", "target_missing", 3, 1);
}

#[test]
fn not_found_in_the_store_is_tried_a_few_times() {
    let words = blocked(404, "ErrorItemNotFound", "no_mailbox", 3, 5);
    assert!(words.contains("5 tries"), "{words}");
}

#[test]
fn too_large_for_graph() {
    let words = blocked(413, "RequestEntityTooLarge", "photo_too_large", 3, 1);
    assert!(words.contains("max_bytes"), "{words}");
}

#[test]
fn refused_as_a_picture() {
    blocked(400, "ErrorInvalidImage", "photo_refused", 3, 1);
}

#[test]
fn what_time_may_mend_is_tried_again_within_the_hour_and_a_fault_meanwhile_hides_nothing() {
    for (status, code, reason, before) in [
        (404, "ErrorNonExistentMailbox", "no_mailbox", 3),
        (404, "Request_ResourceNotFound", "target_missing", 3),
        (403, "ErrorInsufficientPermissionsInAccessToken", "not_permitted", 5),
        (400, "ErrorInvalidImage", "photo_refused", 3),
    ] {
        let young = format!(", createdDateTime: '{}' }}", Clock::system().now());
        let world = World::with(&people(2).replace(" }", &young), Settings::default());
        world.portraits(0, 2, 0);
        let path = "000000000001/photo";
        world.emulator().add_fault(Fault::status("PUT", path, status).with_code(code, "no"));
        let first = world.run(&["reconcile", "--json"]).exits(before).problem("users/p001@contoso.com.jpg");
        assert_eq!(first["reason"], reason, "{first}");
        let look = || world.run(&["status", "--json"]).json()["blocked"][0]["next_look"].clone();
        assert!(look().is_string(), "{reason}");
        world.run(&["explain", &person(1)]).says(&["tried again by itself at"]);
        // Nothing is tried before.
        let tried = world.puts().len();
        world.minutes_later(40);
        world.run(&["reconcile"]).exits(3);
        assert_eq!(world.puts().len(), tried, "{reason}");
        world.emulator().clear_faults();
        world.emulator().add_fault(Fault::status("PUT", path, 500));
        world.minutes_later(20);
        let second = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3).problem("users/p001@contoso.com.jpg");
        assert_eq!((&second["reason"], &second["detail"]), (&first["reason"], &first["detail"]));
        assert!(world.puts().len() > tried && look().is_string(), "{second}");
        world.emulator().clear_faults();
        world.minutes_later(60);
        world.run(&["reconcile"]).exits(0);
        assert!(world.user_photo(&person(1)).is_some(), "{reason}");
    }
}

#[test]
fn a_whole_kind_that_is_forbidden_stops_early_and_the_others_arrive() {
    let roles = ["ProfilePhoto.ReadWrite.All", "User.Read.All", "GroupMember.Read.All"].map(str::to_owned).to_vec();
    let teams: Vec<_> = (0..30).map(|number| format!("  - {{ mailNickname: team{number:02}, team: marked }}\n")).collect();
    let teams = teams.concat();
    let tenant = CONTOSO.replace("contacts:\n", &format!("{teams}contacts:\n"));
    let world =
        World::with(&tenant, Settings { sign_in: SignIn { roles: Some(roles), ..SignIn::default() }, ..Settings::default() });
    for number in 0..30 {
        world.write(&format!("teams/team{number:02}.jpg"), &portrait(number));
    }
    for (seed, upn) in (100..).zip(["anna", "ben", "dora"]) {
        world.write(&format!("users/{upn}@contoso.com.jpg"), &portrait(seed));
    }
    world.write("groups/sales.jpg", &portrait(200));
    let outcome = world.run(&["reconcile", "--json"]).exits(5);
    let json = outcome.json();
    assert_eq!((&json["delivered"], &json["blocked"], &json["due"]), (&4.into(), &30.into(), &0.into()), "{json}");
    let problem = outcome.problem("teams/team07.jpg");
    assert_eq!(problem["reason"], "not_permitted");
    assert!(problem["cure"].as_str().unwrap().contains("TeamSettings.ReadWrite.All"), "{problem}");
    let tries = world.puts().iter().filter(|put| put.target.contains("/teams/")).count();
    // Twenty tell that it is the kind's fault, not that of people whom Graph protects; what is in flight then comes on top.
    assert!((20..30).contains(&tries), "{tries} tries of a kind that is forbidden");
    assert!(outcome.stderr.contains("TeamSettings.ReadWrite.All"), "{}", outcome.stderr);
}

#[test]
fn a_look_up_that_is_forbidden_names_its_permission_and_the_others_arrive() {
    let roles = ["ProfilePhoto.ReadWrite.All", "User.Read.All"].map(str::to_owned).to_vec();
    let world =
        World::with(CONTOSO, Settings { sign_in: SignIn { roles: Some(roles), ..SignIn::default() }, ..Settings::default() });
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.write("groups/sales.jpg", &portrait(2));
    let outcome = world.run(&["reconcile", "--json"]).exits(5);
    let problem = outcome.problem("groups/sales.jpg");
    assert_eq!(problem["reason"], "not_permitted");
    assert!(problem["cure"].as_str().unwrap().contains("GroupMember.Read.All"), "{problem}");
    assert_eq!(outcome.json()["delivered"], 1);
}

/// A fault that passes: everything arrives in one run.
fn passes(fault: Fault, uploads: usize) {
    let world = World::people(6);
    world.portraits(0, 6, 0);
    world.emulator().add_fault(fault);
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["delivered"], &outcome["waiting"]), (&6.into(), &0.into()), "{outcome}");
    assert_eq!(world.puts().len(), uploads);
    for number in 0..6 {
        assert_eq!(world.user_photo(&person(number)).unwrap().body, portrait(u32::try_from(number).unwrap()));
    }
}

#[test]
fn an_internal_error_that_passes() {
    passes(Fault::status("PUT", "/photo", 500).times(4), 10);
}

#[test]
fn a_page_of_some_gateway() {
    let mut fault = Fault::status("PUT", "/photo", 502).times(2);
    fault.body = Some("<html>Bad Gateway</html>".into());
    passes(fault, 8);
}

#[test]
fn an_overload_that_passes() {
    passes(Fault::status("PUT", "/photo", 503).with_header("Retry-After", "1").times(1), 7);
}

#[test]
fn a_connection_that_breaks_before_the_photo_is_stored() {
    passes(Fault::reset("PUT", "/photo", Reset::Before).times(3), 9);
}

#[test]
fn a_connection_that_breaks_after_the_photo_was_stored() {
    passes(Fault::reset("PUT", "/photo", Reset::After).times(3), 9);
}

#[test]
fn a_fault_in_the_middle_of_the_questions_that_passes() {
    passes(Fault::status("GET", "/users", 500).times(1), 6);
}
