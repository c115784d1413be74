use serde_json::{Value, json};

use super::*;
use crate::model::Reason;

fn line(ended_at: Option<i64>, summary: Option<Value>) -> PassLine {
    PassLine::from(&PassRow {
        pass: 7,
        cause: "timer".to_owned(),
        started_at: Timestamp::from_millis(1_000),
        ended_at: ended_at.map(Timestamp::from_millis),
        summary,
    })
}

#[test]
fn a_pass_is_told_by_what_it_wrote_down() {
    let whole =
        line(Some(3_500), Some(json!({ "scanned": 5, "unmatched": 1, "due": 2, "blocked": 3, "halted": null, "more": 1 })));
    assert_eq!((whole.scanned, whole.unmatched, whole.due, whole.blocked), (Some(5), Some(1), Some(2), Some(3)));
    assert_eq!((whole.elapsed_ms, &whole.end), (Some(2_500), &PassEnd::Whole));
    let halted = line(Some(2_000), Some(json!({ "halted": { "guard": "empty_source", "message": "x" }, "stopped": "signal" })));
    assert_eq!(halted.end, PassEnd::Halted("empty_source".to_owned()));
    let problem = json!({ "path": null, "target": null, "reason": "sign_in", "detail": "no", "cure": "yes" });
    let stopped = line(Some(2_000), Some(json!({ "stopped": "sign_in", "problems": [problem] })));
    assert_eq!((stopped.end.stopped(), stopped.problems[0].reason), (Some(Stopped::SignIn), Reason::SignIn));
    let odd = line(Some(2_000), Some(json!({ "stopped": "of another version" })));
    assert_eq!((odd.end.stopped(), odd.end), (None, PassEnd::Stopped("of another version".to_owned())));
    assert_eq!(line(None, None).end, PassEnd::Open);
    let failed = line(Some(2_000), Some(json!({ "looked": false, "halted": null, "stopped": null })));
    assert_eq!((failed.looked, failed.end), (Some(false), PassEnd::Stopped("failed".to_owned())));
    let unreadable = line(Some(2_000), Some(json!({ "scanned": "many" })));
    assert_eq!((unreadable.end, unreadable.scanned), (PassEnd::Whole, None));
}

/// Part of `status.json`: a contract.
#[test]
fn the_service_tells_its_first_fields() {
    let json = serde_json::to_value(line(Some(3_500), Some(json!({ "scanned": 5, "unmatched": 1 })))).unwrap();
    let expected = json!({
        "pass": 7, "cause": "timer", "ended_at": "1970-01-01T00:00:03Z", "elapsed_ms": 2_500, "scanned": 5, "unmatched": 1
    });
    assert_eq!(json, expected);
}
