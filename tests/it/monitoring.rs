//! What is given to those who watch and run the service elsewhere fits the program: alerts and dashboard ask for metrics that
//! it has, by labels and words that they have, and the configuration for Kubernetes is one that it takes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use serde_json::Value;

use crate::world::service::{Service, free_port, get};
use crate::world::{Spawned, World, photosyncd};

/// Each metric with its labels, and each label with its words.
type Metrics = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(path)).unwrap()
}

/// What a service that made a pass shows.
fn metrics() -> Metrics {
    let mut world = World::people(1);
    world.settle_soon();
    let port = free_port();
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    world.portraits(0, 1, 0);
    let service = Service::ready(&world);
    world.until("in step", || service.shows("1 up to date"));
    let (sample, label) = (Regex::new(r"^(\w+)(?:\{(.*)\})? \S+$").unwrap(), Regex::new(r#"(\w+)="([^"]*)""#).unwrap());
    let mut metrics = Metrics::new();
    for line in get(port, "/metrics").unwrap().1.lines().filter(|line| !line.starts_with('#')) {
        let found = sample.captures(line).unwrap_or_else(|| panic!("{line}"));
        let labels = metrics.entry(found[1].to_owned()).or_default();
        for pair in label.captures_iter(found.get(2).map_or("", |labels| labels.as_str())) {
            labels.entry(pair[1].to_owned()).or_default().insert(pair[2].to_owned());
        }
    }
    metrics
}

/// Every text that a document holds under one of these keys.
fn texts<'d>(document: &'d Value, keys: &[&str], found: &mut Vec<&'d str>) {
    match document {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.extend(value.as_str().filter(|_| keys.contains(&key.as_str())));
                texts(value, keys, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, keys, found)),
        _ => {}
    }
}

/// What a question asks for that there is not.
fn unknown(question: &str, metrics: &Metrics) -> Vec<String> {
    let metric = Regex::new(r"(photosyncd_\w+)(?:\{([^}]*)\})?").unwrap();
    let matcher = Regex::new(r#"(\w+)(=~|!=|=)"([^"]*)""#).unwrap();
    let grouping = Regex::new(r"(?:by|on) \(([^)]*)\)").unwrap();
    let ours = ["job", "instance"];
    let (mut faults, mut labels) = (Vec::new(), BTreeSet::from(ours));
    for found in metric.captures_iter(question) {
        let Some(known) = metrics.get(&found[1]) else {
            faults.push(found[1].to_owned());
            continue;
        };
        labels.extend(known.keys().map(String::as_str));
        for one in matcher.captures_iter(found.get(2).map_or("", |labels| labels.as_str())) {
            let (label, words) = (&one[1], one[3].split('|'));
            let there = |word: &str| known.get(label).is_some_and(|words| words.contains(word));
            faults.extend(words.filter(|word| !ours.contains(&label) && !there(word)).map(|word| format!("{label}={word}")));
        }
    }
    let groups = grouping.captures_iter(question);
    let groups: Vec<String> = groups.flat_map(|found| found[1].split(", ").map(str::to_owned).collect::<Vec<_>>()).collect();
    faults.extend(groups.into_iter().filter(|label| !labels.contains(label.as_str())));
    faults
}

#[test]
fn alerts_and_dashboard_ask_for_what_there_is() {
    let metrics = metrics();
    let alerts: Value = serde_yaml::from_str(&read("prometheus/alerts.yaml")).unwrap();
    let dashboard: Value = serde_json::from_str(&read("grafana/photosyncd.json")).unwrap();
    let mut questions = Vec::new();
    texts(&alerts, &["expr"], &mut questions);
    let of_alerts = questions.len();
    texts(&dashboard, &["expr", "query"], &mut questions);
    assert!(of_alerts > 10 && questions.len() > of_alerts + 20, "{questions:?}");
    for question in &questions {
        assert_eq!(unknown(question, &metrics), [""; 0], "{question}");
    }
    // Each condition is alerted once.
    let named = Regex::new(r#"photosyncd_condition\{name=~?"([^"]*)"\}"#).unwrap();
    let mut alerted: Vec<&str> = Vec::new();
    for question in &questions[..of_alerts] {
        alerted.extend(named.captures_iter(question).flat_map(|found| found.get(1).unwrap().as_str().split('|')));
    }
    alerted.sort_unstable();
    assert!(alerted.iter().eq(&metrics["photosyncd_condition"]["name"]), "{alerted:?}");
}

#[test]
fn a_question_for_what_there_is_not_is_found() {
    let labels = BTreeMap::from([("state".to_owned(), BTreeSet::from(["due".to_owned()]))]);
    let metrics = Metrics::from([("photosyncd_targets".to_owned(), labels)]);
    let faults = |question: &str| unknown(question, &metrics);
    assert_eq!(faults(r#"sum by (state) (photosyncd_targets{job="$job", state="due"}) > 0"#), [""; 0]);
    assert_eq!(faults("rate(photosyncd_target[5m])"), ["photosyncd_target"]);
    assert_eq!(faults(r#"photosyncd_targets{state=~"due|gone"}"#), ["state=gone"]);
    assert_eq!(faults(r#"photosyncd_targets{kind="user"}"#), ["kind=user"]);
    assert_eq!(faults("sum by (kind, instance) (photosyncd_targets)"), ["kind"]);
}

#[test]
fn the_configuration_for_kubernetes_can_be_used() {
    let manifest = read("kubernetes/photosyncd.yaml");
    let text = manifest.split("  config.yaml: |\n").nth(1).unwrap().split("---\n").next().unwrap();
    let filled = text
        .replace("<tenant id>", "contoso.com")
        .replace("<client id of the application>", "11111111-2222-4333-8444-555555555555");
    let place = tempfile::tempdir().unwrap();
    let (file, token) = (place.path().join("config.yaml"), place.path().join("token"));
    std::fs::write(&token, "token").unwrap();
    std::fs::write(&file, filled.lines().map(|line| line.strip_prefix("    ").unwrap().to_owned() + "\n").collect::<String>())
        .unwrap();
    let mut command = photosyncd();
    command.args(["check", "--config"]).arg(&file).env("AZURE_FEDERATED_TOKEN_FILE", &token);
    Spawned::start(&mut command).finish().exits(0).says(&["can be used"]);
}
