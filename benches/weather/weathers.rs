//! The weathers that are met, and in which ways.

use photosyncd::testing::emulator::Weather;

use crate::measure::{Row, run};
use crate::official_client::OfficialClient;
use crate::photos::Directory;
use crate::tenant::tenant;

/// Answers take so long where a weather does not say otherwise.
const USUAL: &str = "{ median: 250ms, p99: 1s }";

/// A weather, and the share of the bucket that is to be used in it at the default ceiling.
pub(crate) struct MeasuredWeather {
    pub(crate) name: &'static str,
    at_least: Option<u32>,
    latency: &'static str,
    rest: &'static str,
}

const fn of(name: &'static str, at_least: u32, latency: &'static str, rest: &'static str) -> MeasuredWeather {
    MeasuredWeather { name, at_least: Some(at_least), latency, rest }
}

pub(crate) const WEATHERS: &[MeasuredWeather] = &[
    of("calm", 94, USUAL, ""),
    of("503 for 1 %", 92, USUAL, "faults: [{ share: 1%, status: 503 }]"),
    of("503 for 5 %", 87, USUAL, "faults: [{ share: 5%, status: 503 }]"),
    of("503 for 5 %, Retry-After 1", 84, USUAL, "faults: [{ share: 5%, status: 503, retry_after: 1s }]"),
    of("503 for 20 %", 62, USUAL, "faults: [{ share: 20%, status: 503 }]"),
    of(
        "13 % of six kinds",
        75,
        USUAL,
        "faults:
  - { share: 3%, status: 503, retry_after: 1s }
  - { share: 2%, status: 500 }
  - { share: 2%, status: 504 }
  - { share: 2%, html: 502 }
  - { share: 2%, reset: before_body }
  - { share: 2%, reset: after_body }",
    ),
    of("outage of 10 s", 63, USUAL, "phases: [{ from: 5s, for: 10s, outage: unavailable }]"),
    of("latency 600 ms", 88, "600ms", ""),
    of("latency 1.5 s", 82, "1500ms", ""),
    MeasuredWeather { name: "latency 1.5 s, 1 % over 5 s", at_least: None, latency: "{ median: 1500ms, p99: 5s }", rest: "" },
];

impl MeasuredWeather {
    fn weather(&self, seed: u32) -> Weather {
        Weather::from_yaml(&format!("seed: {seed}\nlatency: {}\n{}", self.latency, self.rest)).unwrap()
    }

    /// Meets it in every way that is wanted.
    pub(crate) async fn meet(&self, official: Option<&OfficialClient>, wanted: &dyn Fn(&str) -> bool) -> Vec<Row> {
        let directory = Directory::of(600);
        let mut rows = Vec::new();
        if wanted("20/s") {
            let running = tenant(600, Some(self.weather(1))).await;
            rows.push(
                run(self.name, "20/s", self.at_least, &directory, &running, directory.reconcile("", "a.db", &running)).await,
            );
            running.stop().await;
        }
        let (first, second) = ("40/s at first", "40/s again");
        if wanted(first) || wanted(second) {
            let running = tenant(600, Some(self.weather(2))).await;
            let upload = "upload: { max_per_second: 40 }";
            rows.push(run(self.name, first, None, &directory, &running, directory.reconcile(upload, "b.db", &running)).await);
            directory.change();
            running.set_weather(Some(self.weather(3)));
            rows.push(run(self.name, second, None, &directory, &running, directory.reconcile(upload, "b.db", &running)).await);
            running.stop().await;
        }
        if let Some(official) = official {
            let running = tenant(600, Some(self.weather(1))).await;
            let command = official.command(&directory, &running);
            rows.push(run(self.name, OfficialClient::COLUMN, None, &directory, &running, command).await);
            running.stop().await;
        }
        rows
    }
}
