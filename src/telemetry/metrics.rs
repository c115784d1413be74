//! The status of the service in Prometheus' text format: base units, `_total` for what only grows, no names of people anywhere.

use std::fmt::{Display, Write};

use crate::model::Timestamp;
use crate::status::{ConditionKind, ServiceStatus, WatchMethod};

/// The document's media type.
pub(super) const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The document.
pub(super) fn render(now: &ServiceStatus) -> String {
    let mut page = MetricsText::default();
    let flag = |yes: bool| u8::from(yes);
    page.family("photosyncd_build_info", "gauge", "Which version runs; always 1.");
    page.sample("photosyncd_build_info", &[("version", &now.version)], 1);
    page.gauge("photosyncd_start_time_seconds", "When the service started, in seconds since the epoch.", seconds(now.started_at));
    page.gauge(
        "photosyncd_ready",
        "Whether the first pass was planned, the service is not stopping, and nothing keeps it from its work.",
        flag(now.is_ready()),
    );
    page.family("photosyncd_targets", "gauge", "Photo slots in the tenant by where they stand.");
    let counts = now.targets;
    for (state, count) in [
        ("in_step", counts.in_step),
        ("due", counts.due),
        ("waiting", counts.waiting),
        ("blocked", counts.blocked),
        ("kept", counts.kept),
    ] {
        page.sample("photosyncd_targets", &[("state", state)], count);
    }
    page.family("photosyncd_watch_state", "gauge", "How changes in the source are noticed: 1 at the state that holds.");
    for state in WatchMethod::ALL {
        page.sample("photosyncd_watch_state", &[("state", state.as_str())], flag(now.watch.state == *state));
    }
    page.family("photosyncd_condition", "gauge", "What is wrong with the service as a whole: 1 at each name that holds.");
    let standing = now.conditions();
    for kind in ConditionKind::all() {
        page.sample("photosyncd_condition", &[("name", kind.name())], flag(standing.iter().any(|(one, ..)| *one == kind)));
    }
    page.gauge("photosyncd_halted", "Whether the guard halted the last pass.", flag(now.halted.is_some()));
    page.gauge("photosyncd_sign_in_failing", "Whether sign-in fails.", flag(now.sign_in.is_some()));
    page.gauge(
        "photosyncd_permission_missing",
        "Whether a permission is missing for a kind of targets.",
        flag(now.forbidden.is_some()),
    );
    page.gauge(
        "photosyncd_ledger_failing",
        "Whether the ledger can't be written, or is gone under the service; nothing is sent then.",
        flag(now.ledger.is_some()),
    );
    page.gauge("photosyncd_pass_failing", "Whether the last pass could not be made.", flag(now.trouble.is_some()));
    page.gauge(
        "photosyncd_graph_unreachable",
        "Whether Microsoft Graph can't be reached.",
        flag(now.unreachable_since.is_some()),
    );
    page.gauge("photosyncd_upload_pace_hertz", "Current upload rate limit, photos per second.", now.rate_per_second);
    page.gauge(
        "photosyncd_throttled_until_timestamp_seconds",
        "Until when Microsoft Graph asked to wait, in seconds since the epoch; 0 if it did not.",
        now.paused_until.map_or(0.0, seconds),
    );
    if let Some(last) = &now.last_pass {
        page.gauge("photosyncd_source_files", "Files that the last pass saw.", last.scanned.unwrap_or_default());
        page.gauge(
            "photosyncd_source_files_unmatched",
            "Files of the last pass that no rule claims.",
            last.unmatched.unwrap_or_default(),
        );
        page.gauge(
            "photosyncd_last_pass_timestamp_seconds",
            "When the last pass ended, in seconds since the epoch.",
            last.ended_at.map_or(0.0, seconds),
        );
        #[expect(clippy::cast_precision_loss, reason = "a span of time, to the millisecond")]
        page.gauge(
            "photosyncd_last_pass_duration_seconds",
            "How long the last pass took.",
            last.elapsed_ms.unwrap_or_default() as f64 / 1000.0,
        );
    }
    let totals = now.totals;
    page.family("photosyncd_passes_total", "counter", "Passes by result.");
    for (result, count) in [("planned", totals.passes), ("halted", totals.passes_halted), ("failed", totals.passes_failed)] {
        page.sample("photosyncd_passes_total", &[("result", result)], count);
    }
    page.family("photosyncd_deliveries_total", "counter", "Upload attempts by result.");
    for (outcome, count) in [("delivered", totals.delivered), ("removed", totals.removed), ("failed", totals.failed)] {
        page.sample("photosyncd_deliveries_total", &[("outcome", outcome)], count);
    }
    page.family("photosyncd_reloads_total", "counter", "Configuration reloads by result.");
    for (result, count) in [("taken", totals.reloads), ("refused", totals.reloads_refused)] {
        page.sample("photosyncd_reloads_total", &[("result", result)], count);
    }
    page.counter("photosyncd_hints_total", "Changes in the source that the watcher told of.", totals.hints);
    page.counter(
        "photosyncd_watch_overflows_total",
        "Times that more changed at once than the watcher could be told, so that everything was looked at.",
        totals.watch_overflows,
    );
    page.counter("photosyncd_graph_requests_total", "Requests to Microsoft Graph, sign-in not counted.", totals.requests);
    page.counter("photosyncd_graph_throttled_total", "Requests that Microsoft Graph refused for pace.", totals.throttled);
    page.counter("photosyncd_graph_sent_bytes_total", "Bytes of photos sent, repeated ones included.", totals.bytes_sent);
    page.0
}

#[derive(Default)]
struct MetricsText(String);

impl MetricsText {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// Labels are words of this file or a version: nothing in them needs escaping.
    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels.iter().map(|(label, word)| format!("{label}=\"{word}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "counter", help);
        self.sample(name, &[], value);
    }
}

fn seconds(at: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since the epoch fit for 285,000 years")]
    let millis = at.millis() as f64;
    millis / 1000.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_sample_belongs_to_a_family_that_is_explained_once() {
        let page = render(&ServiceStatus { version: "1.2.3".to_owned(), ..ServiceStatus::default() });
        let mut families = Vec::new();
        for line in page.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a kind");
                assert!(!families.contains(&name), "{name} twice");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
                families.push(name);
            } else if !line.starts_with('#') {
                let name = line.split(['{', ' ']).next().expect("a name");
                assert_eq!(families.last(), Some(&name), "{line}");
                assert!(line.rsplit(' ').next().is_some_and(|value| value.parse::<f64>().is_ok()), "{line}");
            }
        }
        assert!(families.len() > 15, "{families:?}");
    }

    #[test]
    fn every_metric_is_explained_in_the_reference_and_none_that_does_not_exist() {
        let last_pass = Some(crate::status::PassLine::default());
        let page = render(&ServiceStatus { last_pass, ..ServiceStatus::default() });
        let made: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
        let reference = include_str!("../cli/help/json.md").split("## Metrics").nth(1).expect("the section");
        let is_metric = |word: &&str| word.starts_with("photosyncd_");
        let told: BTreeSet<&str> = reference.split('`').filter(is_metric).collect();
        assert_eq!(told, made);
    }
}
