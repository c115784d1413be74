//! JSON that other programs rely on: names and types.

use photosyncd::testing::emulator::Fault;
use serde_json::Value;

use crate::world::service::Service;
use crate::world::{World, person, portrait};

/// Checks that an object has exactly these fields, each of its type: `n` number, `s` text, `a` list, `o` object, and
/// with a `?` also null.
#[track_caller]
fn shaped(value: &Value, shape: &[(&str, &str)]) {
    let object = value.as_object().unwrap_or_else(|| panic!("no object: {value}"));
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    let mut wanted: Vec<&str> = shape.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(names, wanted);
    for (name, kinds) in shape {
        let kind = match &object[*name] {
            Value::Null => '?',
            Value::Number(_) => 'n',
            Value::String(_) => 's',
            Value::Array(_) => 'a',
            Value::Object(_) => 'o',
            Value::Bool(_) => 'b',
        };
        assert!(kinds.contains(kind), "{name} is {}", object[*name]);
    }
}

#[track_caller]
fn is_time(value: &Value) {
    let text = value.as_str().unwrap();
    assert!(text.parse::<jiff::Timestamp>().is_ok() && text.ends_with('Z'), "{text}");
}

const SUMMARY: &[(&str, &str)] = &[
    ("pass", "n"),
    ("looked", "b"),
    ("default_pictures", "n"),
    ("scanned", "n"),
    ("unmatched", "n"),
    ("matched", "n"),
    ("out_of_scope", "n"),
    ("same_picture", "n"),
    ("unresolved", "n"),
    ("unchanged", "n"),
    ("delivered", "n"),
    ("removed", "n"),
    ("waiting", "n"),
    ("blocked", "n"),
    ("kept", "n"),
    ("drift_checked", "n"),
    ("drifted", "n"),
    ("requests", "n"),
    ("throttled", "n"),
    ("bytes_sent", "n"),
    ("elapsed_ms", "n"),
    ("halted", "?o"),
    ("also_halted", "a"),
    ("beyond_force", "b"),
    ("forced", "a"),
    ("pending_removals", "n"),
    ("due", "n"),
    ("stopped", "?s"),
    ("not_waited_for", "?s"),
    ("unreachable", "b"),
    ("sum", "o"),
    ("causes", "a"),
    ("unusable", "o"),
    ("problems", "a"),
];
/// Everything there is, by where it stands.
const SUM: &[(&str, &str)] = &[
    ("up_to_date", "n"),
    ("drifted", "n"),
    ("default_pictures", "n"),
    ("queued", "n"),
    ("waiting", "n"),
    ("need_person", "n"),
    ("resolves_itself", "n"),
    ("kept", "n"),
    ("out_of_scope", "n"),
    ("unmatched", "n"),
];
const CAUSE: &[(&str, &str)] = &[
    ("reason", "s"),
    ("count", "n"),
    ("files", "n"),
    ("needs_person", "b"),
    ("who", "s"),
    ("since", "?s"),
    ("until", "?s"),
    ("cure", "s"),
    ("examples", "a"),
];
const PROBLEM: &[(&str, &str)] = &[("path", "?s"), ("target", "?s"), ("reason", "s"), ("detail", "s"), ("cure", "s")];
const HELD: &[(&str, &str)] = &[
    ("kind", "?s"),
    ("target", "?s"),
    ("object_id", "?s"),
    ("path", "?s"),
    ("reason", "s"),
    ("detail", "s"),
    ("status", "?n"),
    ("code", "?s"),
    ("request_id", "?s"),
    ("since", "s"),
    ("cure", "s"),
];

/// One photo delivered, one blocked, one unknown, one nobody claims.
fn mixed() -> World {
    let world = World::people(2);
    world.portraits(0, 3, 0);
    world.write("readme.txt", b"hello");
    world.emulator().add_fault(Fault::status("PUT", "000000000001/photo", 404).with_code("ErrorNonExistentMailbox", "no"));
    world
}

#[test]
fn reconcile() {
    let world = mixed();
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    let json = outcome.json();
    shaped(&json, SUMMARY);
    let numbers = ["pass", "scanned", "unmatched", "matched", "unresolved", "unchanged", "delivered", "blocked"];
    let numbers = numbers.map(|name| json[name].as_u64().unwrap());
    assert_eq!(numbers, [1, 4, 1, 3, 1, 0, 1, 2]);
    assert_eq!(json["bytes_sent"], portrait(0).len() + portrait(1).len());
    let problems = json["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 3);
    for problem in problems {
        shaped(problem, PROBLEM);
    }
    let requests = world.requests().iter().filter(|request| request.target.starts_with("/v1.0/")).count();
    assert_eq!(json["requests"], requests);
}

#[test]
fn status() {
    let world = mixed();
    world.run(&["status", "--json"]).exits(78).says(&["there is no ledger", "reconcile"]);
    assert!(!world.path(".photosyncd").exists());
    world.run(&["reconcile"]).exits(3);
    let json = world.run(&["status", "--json"]).exits(3).json();
    shaped(
        &json,
        &[
            ("targets", "o"),
            ("blocked", "a"),
            ("waiting", "a"),
            ("halted", "?o"),
            ("gone", "a"),
            ("drifted", "a"),
            ("last_pass", "o"),
            ("service", "?o"),
            ("silent", "?s"),
            ("instance", "o"),
            ("sum", "o"),
            ("causes", "a"),
            ("unusable", "o"),
        ],
    );
    shaped(&json["instance"], &[("tenant", "?s"), ("cloud", "s"), ("host", "s"), ("source", "s")]);
    shaped(&json["sum"], SUM);
    for cause in json["causes"].as_array().unwrap() {
        shaped(cause, CAUSE);
        shaped(&cause["examples"][0], PROBLEM);
    }
    let list = world.run(&["status", "--json", "--reason", "target_missing"]).exits(3).json();
    shaped(&list, &[("held", "a")]);
    assert_eq!(list["held"].as_array().unwrap().len(), 1);
    shaped(&json["targets"], &[("in_step", "n"), ("due", "n"), ("waiting", "n"), ("blocked", "n"), ("kept", "n")]);
    assert_eq!(json["targets"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>(), 3);
    let blocked = json["blocked"].as_array().unwrap();
    assert_eq!(blocked.len(), 2);
    for row in blocked {
        // Only where time may mend it.
        let mut shape = HELD.to_vec();
        if row["reason"] == "no_mailbox" {
            shape.push(("next_look", "s"));
            is_time(&row["next_look"]);
        }
        shaped(row, &shape);
        is_time(&row["since"]);
        assert_eq!(row["kind"], "user");
    }
    let refused = blocked.iter().find(|row| row["reason"] == "no_mailbox").unwrap();
    assert_eq!((&refused["target"], &refused["status"]), (&person(1).into(), &404.into()));
    assert_eq!((&refused["code"], &refused["path"]), (&"ErrorNonExistentMailbox".into(), &"users/p001@contoso.com.jpg".into()));
    assert_eq!(refused["object_id"], "00000000-0000-4000-8000-000000000001");
    assert!(uuid::Uuid::parse_str(refused["request_id"].as_str().unwrap()).is_ok());
    let pass = &json["last_pass"];
    shaped(pass, &[("pass", "n"), ("cause", "s"), ("started_at", "s"), ("ended_at", "?s"), ("summary", "?o")]);
    is_time(&pass["ended_at"]);
    shaped(&pass["summary"], SUMMARY);
    assert!(!pass.to_string().contains("contoso"), "the journal of passes holds no names");
    assert_eq!(pass["summary"]["sum"], json["sum"]);
    let counts = |causes: &Value| -> Vec<(Value, Value)> {
        causes.as_array().unwrap().iter().map(|cause| (cause["reason"].clone(), cause["count"].clone())).collect()
    };
    assert_eq!(counts(&pass["summary"]["causes"]), counts(&json["causes"]));
    let history = world.run(&["history", "--json"]).exits(0).json();
    let rows = history["rows"].as_array().unwrap();
    assert_eq!(rows.iter().find(|row| row["entry"] == "pass").unwrap()["summary"], pass["summary"]);
}

#[test]
fn a_pass_of_the_service_counts_nothing_and_says_nothing_of_it() {
    let world = mixed();
    let service = Service::ready(&world);
    let summary = world.run(&["status", "--json"]).json()["last_pass"]["summary"].clone();
    let shape: Vec<_> = SUMMARY.iter().filter(|(name, _)| !["sum", "causes"].contains(name)).copied().collect();
    shaped(&summary, &shape);
    service.run.terminate();
    service.finish().0.exits(0);
}

#[test]
fn waiting_rows_say_until_when() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 500));
    let json = world.run(&["reconcile", "--patience", "0s", "--json"]).exits(3).json();
    assert_eq!((&json["waiting"], &json["problems"][0]["reason"]), (&1.into(), &"transient".into()));
    let json = world.run(&["status", "--json"]).exits(3).json();
    let mut shape = HELD.to_vec();
    shape.push(("until", "s"));
    shaped(&json["waiting"][0], &shape);
    is_time(&json["waiting"][0]["until"]);
}

#[test]
fn a_halt() {
    let world = World::people(1);
    let json = world.run(&["reconcile", "--json"]).exits(4).json();
    shaped(&json, SUMMARY);
    shaped(&json["halted"], &[("guard", "s"), ("message", "s"), ("holds", "s"), ("found", "n"), ("of", "n")]);
}

#[test]
fn explain_tells_the_whole_story() {
    let world = mixed();
    world.run(&["reconcile"]).exits(3);
    let json = world.run(&["explain", "users/p001@contoso.com.jpg", "--json"]).exits(0).json();
    let (file, target) = (&json["files"][0], &json["targets"][0]);
    assert_eq!(file["path"], "users/p001@contoso.com.jpg");
    assert_eq!(file["reference"], "user:userPrincipalName:p001@contoso.com");
    assert_eq!(file["bound_to"], "user:00000000-0000-4000-8000-000000000001");
    assert_eq!((&target["state"], &target["problem"]["reason"]), (&"blocked".into(), &"no_mailbox".into()));
    assert_eq!((&target["tries"][0]["status"], &target["tries"][0]["outcome"]), (&404.into(), &"blocked".into()));
    is_time(&target["since"]);
    world.run(&["explain", "p001"]).exits(0).says(&["users/p001@contoso.com.jpg", "HTTP 404", "no_mailbox", "licence"]);
    world.run(&["explain", "00000000-0000-4000-8000-000000000000"]).exits(0).says(&["up to date since", "delivered"]);
    world.run(&["explain", "readme.txt"]).exits(0).says(&["none matches", "source.ignore"]);
}

#[test]
fn retry_makes_a_blocked_photo_due() {
    let world = mixed();
    world.run(&["reconcile"]).exits(3);
    world.emulator().clear_faults();
    assert_eq!(world.run(&["retry", "--json", &person(1)]).exits(0).json()["retried"], 1);
    assert_eq!(world.run(&["status", "--json"]).json()["targets"]["due"], 1);
    world.run(&["plan"]).exits(3).says(&["planned earlier, not delivered yet", "1 to send"]);
    world.run(&["reconcile"]).exits(3).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo(&person(1)).unwrap().body, portrait(1));
}

#[test]
fn verify_restore_and_history() {
    let mut world = World::people(2);
    world.portraits(0, 2, 0);
    world.set("backup", "{ before_first_overwrite: true }");
    world.run(&["reconcile"]).exits(0);
    world.run(&["restore", &person(0)]).exits(0);
    let put = [("Content-Type", "image/jpeg")];
    assert_eq!(world.send("PUT", "/v1.0/users/00000000-0000-4000-8000-000000000001/photo/$value", &put, &portrait(9)), 200);
    let verified = world.run(&["verify", "--json"]).exits(3).json();
    let counts = ["checked", "same", "changed", "gone", "unknown", "made_due"].map(|name| (name, "n"));
    let more = [("learned", "n"), ("unreachable", "b"), ("stopped", "?s"), ("differing", "a"), ("problems", "a")];
    shaped(&verified, &[&counts[..], &more].concat());
    shaped(&verified["differing"][0], &[("target", "s"), ("object_id", "s"), ("found", "s"), ("then", "s")]);
    let restored = world.run(&["undo", "1", "--json"]).exits(0).json();
    let counts = ["pass", "wanted", "restored", "not_ours", "without_backup", "waiting", "blocked", "requests", "elapsed_ms"]
        .map(|name| (name, "n"));
    shaped(&restored, &[&counts[..], &[("stopped", "?s"), ("problems", "a")]].concat());
    let history = world.run(&["history", &person(0), "--json"]).exits(0).json();
    shaped(&history, &[("rows", "a")]);
    let texts = ["at", "entry", "object_id", "outcome"].map(|name| (name, "s"));
    let perhaps = ["target", "path", "reason", "detail", "code", "request_id"].map(|name| (name, "?s"));
    let numbers = ["pass", "status", "bytes", "elapsed_ms"].map(|name| (name, "?n"));
    for row in history["rows"].as_array().unwrap() {
        shaped(row, &[&texts[..], &perhaps[..], &numbers[..]].concat());
        is_time(&row["at"]);
    }
}

/// Whatever a command fails for, a program is told by one document.
#[test]
fn a_command_that_fails_prints_one_document_too() {
    let commands: [&[&str]; 12] = [
        &["reconcile"],
        &["plan"],
        &["export", "--out", "out"],
        &["status"],
        &["explain", "anna"],
        &["retry"],
        &["accept", "anna"],
        &["restore", "anna"],
        &["undo", "7"],
        &["verify"],
        &["history"],
        &["check"],
    ];
    let told = |world: &World, command: &[&str], secret: &str| {
        let ended = world.run_with_secret(secret, &[command, &["--json"]].concat());
        let (code, text) = (ended.code.unwrap(), ended.stdout.clone());
        if code == 0 {
            return;
        }
        let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{command:?} {code}: {error}: {text:?}"));
        if let Some(error) = document.get("error").filter(|error| error.is_object()) {
            assert_eq!(error["exit"], code, "{command:?} {document}");
            assert!(!error["message"].as_str().unwrap().is_empty() && error.get("cure").is_some(), "{command:?} {document}");
        }
    };
    let mut world = World::people(1);
    world.portraits(0, 1, 0);
    for command in commands {
        // No ledger, and a wrong secret; then a ledger.
        told(&world, command, "wrong");
    }
    world.run(&["reconcile"]).exits(0);
    let held = Service::ready(&world);
    held.run.halt();
    for command in [&["reconcile"] as &[&str], &["retry"], &["accept", "anna"], &["verify"]] {
        told(&world, command, "wrong");
    }
    held.run.go_on();
    held.run.terminate();
    held.finish().0.exits(0);
    world.set("photo", "{ quality: best }");
    for command in commands {
        told(&world, command, "wrong");
    }
    let told = world.run(&["status", "--json"]).exits(78).json();
    assert_eq!((&told["error"]["exit"], &told["error"]["cure"]), (&78.into(), &Value::Null));
}
