//! The file and what it brings, without a server.

use std::time::Duration;

use super::{Forecast, Purpose, Subject, Weather};
use crate::emulator::faults::{Disturbance, Ending, ResetAt};
use crate::model::{TargetKind, Timestamp};

const PUT: Subject<'_> =
    Subject { method: "PUT", target: "/v1.0/users/1/photo/$value", purpose: Purpose::Photos, kind: Some(TargetKind::User) };
const LOOK_UP: Subject<'_> =
    Subject { method: "GET", target: "/v1.0/groups/1", purpose: Purpose::Directory, kind: Some(TargetKind::Group) };
const TOKEN: Subject<'_> = Subject { method: "POST", target: "/t/oauth2/v2.0/token", purpose: Purpose::SignIn, kind: None };

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn forecast(yaml: &str) -> Forecast {
    Forecast::new(Weather::from_yaml(yaml).unwrap(), secs(100))
}

/// How a request ends: a status, or a word.
fn ending(disturbance: &Disturbance) -> String {
    match &disturbance.ending {
        None => "true".to_owned(),
        Some(Ending::Answer(reply)) => reply.status.as_u16().to_string(),
        Some(Ending::Reset(ResetAt::BeforeBody)) => "reset before body".to_owned(),
        Some(Ending::Reset(ResetAt::Halfway)) => "reset in body".to_owned(),
        Some(Ending::Reset(ResetAt::AfterBody)) => "reset after body".to_owned(),
        Some(Ending::Hang(span)) => format!("hang {}", span.as_secs()),
        Some(Ending::Cut) => "cut".to_owned(),
    }
}

fn strike(forecast: &mut Forecast, subject: &Subject<'_>, at: u64) -> Disturbance {
    forecast.strike(subject, secs(100 + at), Timestamp::default())
}

#[test]
fn what_can_not_be_used_is_told_with_its_place_and_its_cure() {
    for (yaml, told) in [
        ("", &["expected a weather such as", "not nothing"][..]),
        ("- 5%", &["expected a weather such as", "not a list"]),
        ("rain", &["expected a weather such as", "not \"rain\""]),
        ("fault: []", &["line 1 column 1: fault: unknown key", "faults"]),
        ("faults:\n  - { shaer: 5%, status: 503 }", &["line 2 column 7: faults[0].shaer: unknown key", "share, burst"]),
        ("faults:\n  - { share: 5, status: 503 }", &["line 2 column 14: faults[0].share: ", "\"5\"", "for example 5%"]),
        ("faults:\n  - { status: 503 }", &["line 2 column 5: faults[0]: `share` is missing"]),
        ("faults: { share: 5%, status: 503 }", &["faults: expected a list", "not a section with keys"]),
        ("faults: [{ share: 5% }]", &["faults[0]: say what goes wrong"]),
        ("faults: [{ share: 5%, status: 503, cut: true }]", &["`status` and `cut` exclude each other"]),
        ("faults: [{ share: 5%, html: 502, code: X }]", &["faults[0].code: `code` belongs to `status`"]),
        ("faults: [{ share: 5%, status: 99 }]", &["faults[0].status", "200 to 599"]),
        ("faults: [{ share: 5%, status: many }]", &["faults[0].status", "\"many\" is not a status"]),
        ("faults: [{ share: 5%, status: [503] }]", &["faults[0].status: expected a status such as 503, not a list"]),
        ("faults: [{ share: 5%, status: 503, headers: { 'a b': c } }]", &["not a valid header"]),
        ("faults: [{ share: 5%, status: 503, headers: { a: [b] } }]", &["faults[0].headers.a: expected a text"]),
        ("faults: [{ share: 5%, status: 503, body: x, code: y }]", &["`body` replaces"]),
        ("faults: [{ share: 5%, status: 503, retry_after_form: date }]", &["needs `retry_after`"]),
        ("faults: [{ share: 5%, status: 503, retry_after: 2 }]", &["retry_after", "add a unit", "2s"]),
        ("faults: [{ share: 5%, status: 503, retry_after: 2s, retry_after_form: none }]", &["unknown word \"none\"", "date"]),
        ("faults: [{ share: 5%, reset: after }]", &["unknown word \"after\"", "after_body"]),
        ("faults: [{ share: 5%, reset: before_body, processed: true }]", &["use `reset: after_body`"]),
        ("faults: [{ share: 5%, reset: in_body, quota: true }]", &["use `reset: after_body`"]),
        ("faults: [{ share: 5%, cut: true, quota: false }]", &["leave out `processed` and `quota`"]),
        ("faults: [{ share: 5%, cut: perhaps }]", &["faults[0].cut: unknown word \"perhaps\""]),
        ("faults: [{ share: 5%, hang: 11m }]", &["at most 10m"]),
        ("faults: [{ share: 5%, json: wrong }]", &["unknown word \"wrong\"", "broken"]),
        ("faults: [{ share: 5%, burst: 0, status: 503 }]", &["`burst` is 1 to"]),
        ("faults: [{ share: 60%, status: 503 }, { share: 41%, status: 500 }]", &["add up to 101.0%"]),
        ("latency: 5", &["latency", "add a unit, for example 5s"]),
        ("latency: { median: 1s }", &["latency", "{ median: 250ms, p99: 3s }"]),
        ("latency: { median: 1s, p90: 2s, p99: 3s }", &["latency: expected a latency"]),
        ("latency: { percentiles: { 101: 2s } }", &["latency.percentiles: invalid percentile \"101\""]),
        ("phases:\n  - { from: 10s }", &["line 2 column 5: phases[0]: say what the phase brings"]),
        ("phases:\n  - { from: 10s, outage: rain }", &["phases[0].outage", "unknown outage \"rain\"", "refused, hanging"]),
        ("phases: [{ outage: { share: 5%, status: 503 } }]", &["phases[0].outage.share: an outage hits every request"]),
        ("phases: [{ outage: hanging, faults: [{ share: 5%, status: 503 }] }]", &["make two phases"]),
        ("phases: [{ from: 1s, outage: refused, only: { methods: [PUT] } }]", &["reset: before_body"]),
        ("phases: [{ outage: refused }]", &["phases: ", "begin: server"]),
        ("phases: [{ every: 10s, outage: hanging }]", &["`every` needs `for`"]),
        ("phases: [{ every: 10s, for: 10s, outage: hanging }]", &["longer than `for`"]),
        ("phases: [{ for: 0s, outage: hanging }]", &["`for` is 0"]),
        ("phases: [{ times: 2, for: 1s, outage: hanging }]", &["belongs to `every`"]),
        ("phases: [{ only: { kinds: [users] }, outage: hanging }]", &["only.kinds[0]", "unknown word \"users\"", "user, group"]),
        ("phases: [{ only: { methods: [FETCH] }, outage: hanging }]", &["only.methods[0]", "invalid method", "GET, PUT"]),
        ("begin: now", &["begin: unknown word \"now\"", "first_request"]),
        ("seed: -1", &["seed: invalid number \"-1\""]),
        ("faults: [{ share: 5%, share: 6%, status: 503 }]", &["faults[0].share: is given twice"]),
        ("faults: [", &["this is not valid YAML"]),
        ("latency: 1s\n---\nlatency: 2s", &["line 2 column 1: a second document"]),
        ("phases: &all [{ outage: hanging }, *all]", &["without end"]),
        ("? [a]\n: b", &["stands where a key is expected"]),
    ] {
        let error = Weather::from_yaml(yaml).expect_err(yaml).to_string();
        for words in told {
            assert!(error.contains(words), "{yaml}\n{error}\ndoes not say {words:?}");
        }
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once_in_the_order_of_the_file() {
    let yaml = "latency: fast
faults:
  - { share: 5, status: 5031, retry_after: soon }
  - { share: 5%, html: many, cut: true, hang: 1h }
phases:
  - { from: 1, every: 1s, for: 2s, outage: rain }
  - { only: { kinds: [users, groups], paths: x }, latency: { from: 2s, to: 1s } }
seeds: 7
";
    let told = Weather::from_yaml(yaml).unwrap_err().to_string();
    let lines: Vec<&str> = told.lines().collect();
    let keys = [
        "line 1 column 10: latency: ",
        "line 3 column 14: faults[0].share: ",
        "line 3 column 25: faults[0].status: ",
        "line 3 column 44: faults[0].retry_after: ",
        "line 4 column 24: faults[1].html: ",
        "line 4 column 35: faults[1].cut: ",
        "line 4 column 47: faults[1].hang: ",
        "line 6 column 13: phases[0].from: ",
        "line 6 column 23: phases[0].every: ",
        "line 6 column 44: phases[0].outage: ",
        "line 7 column 23: phases[1].only.kinds[0]: ",
        "line 7 column 30: phases[1].only.kinds[1]: ",
        "line 7 column 39: phases[1].only.paths: ",
        "line 7 column 60: phases[1].latency: ",
        "line 8 column 1: seeds: ",
    ];
    assert_eq!((lines.len(), lines[0]), (keys.len() + 1, "15 faults"), "{told}");
    for (line, key) in lines[1..].iter().zip(keys) {
        assert!(line.trim_start().starts_with(key), "{told}\ndoes not say {key:?}");
    }
}

#[test]
fn what_aliases_repeat_is_read_and_bounded() {
    let shared = "faults: [&five { share: 5%, status: 503, body: { error: { code: 7, list: [1, yes, ~] } } }, *five]";
    assert_eq!(Weather::from_yaml(shared).unwrap().phases.len(), 1);
    let level = |level: usize| format!("a{level}: &a{level} [{}]\n", [format!("*a{}", level - 1).as_str(); 10].join(", "));
    let bomb = format!("a0: &a0 [x]\n{}", (1..12).map(level).collect::<Vec<_>>().concat());
    assert!(Weather::from_yaml(&bomb).unwrap_err().to_string().contains("holds more than a weather can"));
    let deep = format!("faults: {}{}", "[".repeat(100), "]".repeat(100));
    assert!(Weather::from_yaml(&deep).unwrap_err().to_string().contains("holds more than a weather can"));
}

#[test]
fn the_same_seed_brings_the_same_weather() {
    let fates = |yaml: &str| -> Vec<String> {
        let mut forecast = forecast(yaml);
        (0..400).map(|_| ending(&strike(&mut forecast, &PUT, 0))).collect()
    };
    let faults = "faults: [{ share: 20%, status: 503 }, { share: 10%, burst: 3, status: 500 }]";
    let seven = fates(&format!("seed: 7\n{faults}"));
    assert_eq!(seven, fates(&format!("seed: 7\n{faults}")));
    assert_ne!(seven, fates(&format!("seed: 8\n{faults}")));
    assert_eq!(seven, fates(&format!("seed: 7\nlatency: {{ median: 1s, p99: 3s }}\n{faults}")), "latencies change no fault");
    let third = seven.windows(3).filter(|three| three.iter().all(|end| end == "500")).count();
    assert!(third > 5, "bursts are three in a row: {third}");
}

#[test]
fn the_first_phase_that_has_something_to_say_decides_and_the_top_comes_last() {
    let mut forecast = forecast(
        "begin: server
latency: 1s
faults: [{ share: 100%, status: 500 }]
phases:
  - { from: 10s, for: 10s, only: { methods: [PUT] }, latency: 2s }
  - { from: 15s, for: 10s, only: { kinds: [group, user] }, outage: forbidden }
  - { from: 15s, for: 10s, faults: [{ share: 100%, reset: after_body, latency: 3s }] }",
    );
    for (subject, at, end, seconds) in [
        (&PUT, 0, "500", 1),
        (&PUT, 10, "500", 2),
        (&PUT, 15, "403", 2),
        (&PUT, 20, "403", 1),
        (&LOOK_UP, 15, "403", 1),
        (&TOKEN, 15, "reset after body", 3),
        (&PUT, 25, "500", 1),
    ] {
        let disturbance = strike(&mut forecast, subject, at);
        assert_eq!((ending(&disturbance).as_str(), disturbance.delay), (end, secs(seconds)), "{subject:?} at {at}");
    }
}

#[test]
fn time_begins_with_the_first_request_or_with_the_server() {
    for (begin, first_at_12, second_at_23) in [("first_request", "true", "hang 600"), ("server", "hang 600", "true")] {
        let mut forecast = forecast(&format!("begin: {begin}\nphases: [{{ from: 10s, for: 10s, outage: hanging }}]"));
        assert_eq!(ending(&strike(&mut forecast, &PUT, 12)), first_at_12, "{begin}");
        assert_eq!(ending(&strike(&mut forecast, &PUT, 23)), second_at_23, "{begin}");
    }
}

#[test]
fn a_refusing_phase_tells_when_it_changes() {
    let mut forecast =
        forecast("phases: [{ from: 10s, for: 5s, every: 20s, times: 2, outage: refused }, { outage: unavailable }]");
    let at = |seconds: u64| secs(100 + seconds);
    assert_eq!(forecast.refuses(at(50)), (false, None), "not begun");
    assert!(forecast.begin(at(0)) && !forecast.begin(at(1)));
    for (seconds, expected) in [
        (0, (false, Some(secs(10)))),
        (11, (true, Some(secs(4)))),
        (16, (false, Some(secs(14)))),
        (34, (true, Some(secs(1)))),
        (35, (false, None)),
    ] {
        assert_eq!(forecast.refuses(at(seconds)), expected, "{seconds}");
    }
    assert_eq!(ending(&strike(&mut forecast, &PUT, 12)), "reset before body", "on connections that were there before");
    assert_eq!(ending(&strike(&mut forecast, &PUT, 16)), "503");
}

#[test]
fn a_refusal_asks_everybody_to_wait_and_accidents_behind_the_front_door_draw_on_the_quota() {
    for (fault, announced, quota, processed) in [
        ("status: 503, retry_after: 2s", None, true, false),
        ("status: 429, retry_after: 1500ms", Some(secs(2)), false, false),
        ("status: 503, quota: false", None, false, false),
        ("html: 502", None, false, false),
        ("html: 502, quota: true", None, true, false),
        ("json: empty", None, true, false),
        ("reset: before_body", None, false, false),
        ("reset: in_body", None, false, false),
        ("reset: after_body, processed: true", None, true, true),
        ("hang: 5s", None, true, false),
        ("cut: true", None, true, true),
        ("latency: 1s", None, true, true),
    ] {
        let mut forecast = forecast(&format!("faults: [{{ share: 100%, {fault} }}]"));
        let found = strike(&mut forecast, &PUT, 0);
        assert_eq!((found.announced, found.draws_quota, found.processed), (announced, quota, processed), "{fault}");
    }
}
