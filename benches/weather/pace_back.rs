//! How soon the full pace is back after bad weather.

use std::process::Stdio;
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{Running, Weather};

use crate::measure::float;
use crate::photos::Directory;
use crate::tenant::{RATE, in_place, tenant};

/// How often it is looked how many are stored.
const LOOK: Duration = Duration::from_millis(100);
/// So many looks are the span over which the pace is taken: ten seconds.
const WINDOW: usize = 100;
/// The share of the rate that counts as the full pace.
const FULL: f64 = 0.95;
/// The bad weather begins so long after the first request.
const CALM: u64 = 10;

/// Bad weather that ends.
pub(crate) struct Back {
    pub(crate) name: &'static str,
    pub(crate) long: bool,
    photos: usize,
    lasts: u64,
    brings: &'static str,
    wanted: u32,
}

pub(crate) const BACK: &[Back] = &[
    Back {
        name: "back after 60 s of 503 for 20 %",
        long: false,
        photos: 1_900,
        lasts: 60,
        brings: "faults: [{ share: 20%, status: 503 }]",
        wanted: 10,
    },
    Back {
        name: "back after an outage of 5 minutes",
        long: true,
        photos: 1_000,
        lasts: 300,
        brings: "outage: unavailable",
        wanted: 15,
    },
];

impl Back {
    /// Measures it; the line to print.
    pub(crate) async fn measure(&self) -> String {
        let directory = Directory::of(self.photos);
        let weather = format!(
            "seed: 4\nlatency: {{ median: 250ms, p99: 1s }}\nphases: [{{ from: {CALM}s, for: {}s, {} }}]",
            self.lasts, self.brings
        );
        let running = tenant(self.photos, Some(Weather::from_yaml(&weather).unwrap())).await;
        let mut command = directory.reconcile("", "a.db", &running);
        command.args(["--patience", "30m"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let run = tokio::task::spawn_blocking(move || command.status());
        let stored = watch(&running, self.photos, &|| run.is_finished()).await;
        let status = run.await.unwrap().unwrap();
        let lost = self.photos - in_place(&running, &directory);
        running.stop().await;
        let looks_a_second = 1000 / usize::try_from(LOOK.as_millis()).unwrap();
        let end = usize::try_from(CALM + self.lasts).unwrap() * looks_a_second;
        let told = match back_at(&stored, end) {
            Some(at) => format!("{:.1} s", float(at - end) / float(looks_a_second)),
            None => "not seen while there was work".to_owned(),
        };
        format!(
            "{}: {told} until {:.0} % of {RATE}/s hold over {} s (wanted: {} s); {lost} lost, {status}",
            self.name,
            100.0 * FULL,
            WINDOW / looks_a_second,
            self.wanted
        )
    }
}

/// How many were stored at each look, from the first request on.
async fn watch(running: &Running, photos: usize, over: &dyn Fn() -> bool) -> Vec<u64> {
    while running.counters().requests == 0 && !over() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (clock, mut looks) = (Clock::system(), Vec::new());
    let begun = clock.elapsed();
    while !over() {
        looks.push(running.counters().stored);
        if running.counters().stored >= photos as u64 {
            break;
        }
        let next = begun + LOOK * u32::try_from(looks.len()).unwrap();
        tokio::time::sleep(next.saturating_sub(clock.elapsed())).await;
    }
    looks
}

/// The first look from `end` on after which the pace is full over a window.
fn back_at(stored: &[u64], end: usize) -> Option<usize> {
    let wanted = FULL * RATE * float(WINDOW) * LOOK.as_secs_f64();
    (end..stored.len().saturating_sub(WINDOW)).find(|at| {
        let count = usize::try_from(stored[at + WINDOW] - stored[*at]).unwrap();
        float(count) >= wanted
    })
}
