//! Bad configurations and what is said about them, word for word (`bad.txt`: configuration, `=>`, faults).

use proptest::prelude::*;

use super::faults;

const CASES: &str = include_str!("bad.txt");

#[test]
fn every_fault_is_told_with_its_place_and_cure() {
    let cases: Vec<_> = CASES.split("=====\n").collect();
    assert!(cases.len() > 80, "{}", cases.len());
    for case in cases {
        let (text, wanted) = case.split_once("=>\n").expect("every case has its faults");
        let found = faults(text);
        assert_eq!(found, wanted.trim_end(), "\n{text}");
        for secret in ["hunter", "u:pw"] {
            assert!(!found.contains(secret), "{found}");
        }
    }
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
c.yaml:4:17: graph.credential.client_secret: a secret does not belong in this file; write client_secret: { file: PATH }, { env: NAME } or { systemd_credential: NAME }
c.yaml:6:3: photo.size: 10 is too low; give 48 to 2048 (pixels)
c.yaml:7:3: photo.size: is given twice; keep one
c.yaml:8:11: upload.per_second: the environment variable NOPE is not set; set it or write the value
c.yaml:8:43: upload.retry.max: \"1\" has no unit; write for example 1s, 1m or 1h
c.yaml:9:1: colour: unknown key; known here: source, mapping, scope, photo, graph, upload, removal, guard, backup, drift, ledger, service, notify, log
c.yaml:10:10: drift.policy: \"they_win\" is not known here; give report, hr_wins or user_wins
c.yaml:11:1: source.directory: is missing; name the directory with the photos";
    assert_eq!(faults(text), wanted);
}

#[test]
fn hostile_files_end_in_one_fault() {
    let mut bomb = "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n".to_owned();
    for pair in "abcdefghi".as_bytes().windows(2) {
        let (before, name) = (char::from(pair[0]), char::from(pair[1]));
        bomb.extend([format!("{name}: &{name} ["), vec![format!("*{before}"); 9].join(", "), "]\n".to_owned()]);
    }
    for text in ["[".repeat(5_000), "{a: ".repeat(5_000), bomb] {
        let found = faults(&text);
        assert!(found.lines().count() == 1 && found.contains("not valid YAML"), "{found}");
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(256))]
    #[test]
    fn no_text_whatever_makes_it_panic(text in "([a-z]{1,3}: |source: |[\\[\\]{},&*!|>'\"%@#?-]|\\n|  |\\t|[äé\u{1F600}]|\\$\\{|[0-9.]){0,40}") {
        let _ = faults(&text);
    }
}
