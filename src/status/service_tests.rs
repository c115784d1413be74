use serde_json::{Value, json};

use super::*;
use crate::model::TargetKind;

fn condition<R>(reason: R) -> Condition<R> {
    Condition { reason, message: "words".to_owned(), since: Timestamp::from_millis(1_000) }
}

fn lacking() -> MissingPermissions {
    let photos = [TargetKind::User, TargetKind::Team, TargetKind::Group].map(Permission::Photos);
    MissingPermissions(photos.into_iter().chain([Permission::Directory]).collect())
}

/// Everything that can be said at once.
fn full() -> ServiceStatus {
    let at = Some(Timestamp::from_millis(2_000));
    ServiceStatus {
        listen: Some("127.0.0.1:9180".parse().unwrap()),
        version: "1.2.3".to_owned(),
        pid: 7,
        started_at: Timestamp::from_millis(1_000),
        phase: Phase::Running,
        targets: Counts { in_step: 1, due: 2, waiting: 3, blocked: 4, kept: 5 },
        resolve_themselves: 3,
        next_due: at,
        watch: WatchStatus { state: WatchMethod::Polling, detail: Some("nfs".to_owned()), since: Timestamp::from_millis(1_000) },
        rate_per_second: 4.5,
        paused_until: at,
        outage: at.map(|_| "refused (HTTP 404)".to_owned()),
        unreachable_since: at,
        sign_in: Some(condition(Reason::SignIn)),
        forbidden: Some(condition(lacking())),
        halted: Some(condition(Guard::Removals)),
        ledger: Some(condition("ledger".to_owned())),
        trouble: Some(condition(PassFailure::Table)),
        reload_refused: Some(condition("configuration".to_owned())),
        notify: Some(condition("webhook".to_owned())),
        pages: Some(condition("in_use".to_owned())),
        conditions: vec![condition("removals".to_owned())],
        last_pass: Some(PassLine { pass: 9, cause: "start".to_owned(), scanned: Some(3), ..PassLine::default() }),
        next_full_pass: at,
        totals: Totals { passes: 1, reloads_refused: 2, ..Totals::default() },
    }
}

/// What `status.json` says is a contract, whatever the types are called.
#[test]
fn names_and_words_in_the_json_stay() {
    let json = serde_json::to_value(full()).unwrap();
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted =
        "version pid started_at phase targets next_due watch rate_per_second paused_until unreachable_since outage sign_in \
                      forbidden halted ledger trouble reload_refused last_pass next_full_pass totals listen conditions notify pages resolve_themselves"
            .split_whitespace()
            .collect::<Vec<_>>();
    wanted.sort_unstable();
    let mut sorted = names;
    sorted.sort_unstable();
    assert_eq!(sorted, wanted);
    assert_eq!(json["forbidden"]["reason"], "directory group team user", "in the order of their letters");
    let halted = json!({ "reason": "removals", "message": "words", "since": "1970-01-01T00:00:01Z" });
    assert_eq!((&json["halted"], &json["phase"], &json["watch"]["state"]), (&halted, &"running".into(), &"poll".into()));
    let none = serde_json::to_value(ServiceStatus::default()).unwrap();
    assert!(none["halted"].is_null() && none["last_pass"].is_null() && none["watch"]["state"] == "starting");
    let states: Vec<&str> = WatchMethod::ALL.iter().map(|state| state.as_str()).collect();
    assert_eq!(states, ["starting", "native", "poll", "off", "away"]);
    assert_eq!(
        PassFailure::ALL.iter().map(|no| no.as_str()).collect::<Vec<_>>(),
        ["directory", "table", "table_unusable", "pass"]
    );
    let totals = json["totals"].as_object().unwrap();
    assert_eq!(totals.values().filter(|value| value.is_u64()).count(), 13);
}

/// A command reads what the service answers; one of another version leaves fields out, or has more.
#[test]
fn it_is_read_as_it_was_written() {
    let json = serde_json::to_value(full()).unwrap();
    assert_eq!(serde_json::from_value::<ServiceStatus>(json.clone()).unwrap(), full());
    let mut other = json;
    let fields = other.as_object_mut().unwrap();
    fields.remove("next_due");
    fields.insert("of_tomorrow".to_owned(), Value::Bool(true));
    let read = serde_json::from_value::<ServiceStatus>(other).unwrap();
    assert_eq!(read, ServiceStatus { next_due: None, ..full() });
    assert!(serde_json::from_str::<ServiceStatus>("\"a mistake\"").is_err());
}
