//! Bad configurations and what is said about them, word for word (`bad.txt`: configuration, `=>`, faults).

use super::faults;

const CASES: &str = include_str!("bad.txt");

#[test]
fn every_fault_is_told_with_its_place_and_cure() {
    let cases: Vec<_> = CASES.split("=====\n").collect();
    assert!(cases.len() > 80, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let (text, wanted) = case.split_once("=>\n").expect("every case has its faults");
        let found = faults(text);
        if found != wanted.trim_end() {
            wrong.push(format!("{text}=> told\n{found}\n=> wanted\n{wanted}"));
        }
        for secret in ["hunter", "u:pw"] {
            assert!(!found.contains(secret), "{found}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_faults_of_a_file_come_at_once_and_in_its_order() {
    let text = "\
graph:
  cloud: global
  tenant: contoso.com
  credential: { client_secret: hunter2 }
photo:
  size: 10
  size: 20
upload: { per_second: '${NOPE}', retry: { max: 1 } }
colour: red
drift: { policy: they_win }
source:
  watch: auto
";
    let wanted = "\
c.yaml:1:1: graph.client_id: is missing; cloud: global needs it: write the application (client) id of the app registration
c.yaml:4:17: graph.credential.client_secret: a secret does not belong in this file; write where it is: { file: PATH }, { env: NAME } or { systemd_credential: NAME }
c.yaml:6:3: photo.size: 10 is too low; give 48 to 2048 (pixels)
c.yaml:7:3: photo.size: is given twice; keep one
c.yaml:8:11: upload.per_second: the environment variable NOPE is not set; set it or write the value
c.yaml:8:43: upload.retry.max: \"1\" has no unit; write for example 1s, 1m or 1h
c.yaml:9:1: colour: unknown key; known here: source, mapping, scope, photo, graph, upload, removal, guard, backup, deliver, defaults, drift, ledger, service, notify, report, log
c.yaml:10:10: drift.policy: \"they_win\" is not known here; give report, hr_wins or user_wins
c.yaml:11:1: source.directory: is missing; name the directory with the photos";
    assert_eq!(faults(text), wanted);
}

#[test]
fn patterns_that_only_fail_together_are_told_and_not_dropped() {
    let text = format!("source: {{ directory: p, ignore: ['{}'] }}\n", "?".repeat(300_000));
    let found = faults(&text);
    assert!(found.starts_with("c.yaml:1:25: source.ignore: these patterns are too much together: "), "{found}");
}
