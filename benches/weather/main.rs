//! How close the program comes to what a tenant allows, in any weather: `cargo bench --bench weather` (some 20 minutes).
//!
//! 600 changed photos that travel as they are, to a pretended tenant whose bucket refills at 20 writes a second and holds
//! 20. Each weather is met four times: by `reconcile` with its defaults, twice by one that may go up to 40 a second and does
//! not know the bucket the first time (the second time with the same ledger, all photos changed), and by Microsoft's
//! JavaScript client where `node` and `npm` are there. Then how soon the full pace is back after bad weather.
//!
//! | argument | does |
//! | --- | --- |
//! | `TEXT` | only the weathers whose name contains it |
//! | `--column=TEXT` | only the columns whose name contains it |
//! | `--at-once=N` | N weathers at a time; 2 by default. They mostly wait, but on a busy machine 1 is the honest number |
//! | `--long` | measures the return after an outage of five minutes, too |
//!
//! Share is what was stored of what the bucket let through from the start of the process to its end: stored / (20 + 20 x
//! seconds). A failed call costs a token, as it does at Microsoft's.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

mod measure;
mod official_client;
mod pace_back;
mod photos;
mod tenant;
mod weathers;

use futures_util::StreamExt as _;

use crate::measure::Row;
use crate::official_client::OfficialClient;
use crate::weathers::WEATHERS;

/// What the command line asks for.
struct Choice {
    weather: Option<String>,
    column: Option<String>,
    at_once: usize,
    long: bool,
}

impl Choice {
    fn of(arguments: &[String]) -> Self {
        let value = |name: &str| arguments.iter().find_map(|argument| argument.strip_prefix(name)).map(str::to_owned);
        Self {
            weather: arguments.iter().find(|argument| !argument.starts_with('-')).cloned(),
            column: value("--column="),
            at_once: value("--at-once=").map_or(2, |number| number.parse().unwrap()),
            long: arguments.iter().any(|argument| argument == "--long"),
        }
    }

    fn takes_weather(&self, name: &str) -> bool {
        self.weather.as_ref().is_none_or(|wanted| name.contains(wanted.as_str()))
    }

    fn takes_column(&self, name: &str) -> bool {
        self.column.as_ref().is_none_or(|wanted| name.contains(wanted.as_str()))
    }
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return; // `cargo test --benches` only wants to know that it builds
    }
    let choice = Choice::of(&arguments);
    let official = if choice.takes_column(OfficialClient::COLUMN) { OfficialClient::install() } else { None };
    println!("load at the start: {}", load());
    println!("{}", Row::HEAD);
    let weathers = WEATHERS.iter().filter(|weather| choice.takes_weather(weather.name));
    let wanted = |column: &str| choice.takes_column(column);
    let measured = weathers.map(|weather| weather.meet(official.as_ref(), &wanted));
    let mut rows = futures_util::stream::iter(measured).buffered(choice.at_once.max(1));
    while let Some(rows) = rows.next().await {
        for row in rows {
            println!("{row}");
        }
    }
    for back in pace_back::BACK {
        if choice.takes_weather(back.name) && (choice.long || !back.long) && choice.column.is_none() {
            println!("{}", back.measure().await);
        }
    }
    println!("load at the end: {}", load());
}

/// Processes that wanted a processor, on average over the last minute, five and fifteen.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
