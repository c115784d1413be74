//! A whole company by employee number: how many requests, how long, how much memory.
//!
//! `cargo bench --bench directory` makes a tree of 100,000 photos of 48 x 48 pixels and a tenant of 100,000 users,
//! serves the tenant with one process of the program and syncs with others; `PEOPLE=5000` makes it smaller.
//! Targets: 101 requests and a few more for the first look, 1 to 3 for a later one, memory under 300 MB.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement of other processes")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How often the peak of a process is read: short against what a pass takes.
const LOOK: Duration = Duration::from_millis(10);

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // `cargo test --benches` only wants to know that it builds
    }
    let people = std::env::var("PEOPLE").map_or(100_000, |text| text.parse().unwrap());
    let place = tempfile::tempdir().unwrap();
    let (seed, config) = (place.path().join("seed.yaml"), place.path().join("config.yaml"));
    plant(place.path(), &seed, people);
    let mut emulator = program(&["emulate", "--listen", "127.0.0.1:0", "--log", "0", "--forget-bodies", "--json"])
        .args(["--seed".as_ref(), seed.as_os_str()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(emulator.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = serde_json::from_str::<Value>(&line).unwrap()["graph_url"].as_str().unwrap().to_owned();
    std::fs::write(&config, settings(&url)).unwrap();
    println!("{people} people, {people} files");
    println!("| pass | requests | delivered | seconds | peak MB |");
    println!("| --- | --- | --- | --- | --- |");
    for (name, arguments) in [
        ("first look, nothing sent", &["reconcile", "--limit", "0"][..]),
        ("all photos sent", &["reconcile"]),
        ("nothing changed", &["reconcile"]),
        ("nothing changed", &["reconcile"]),
        ("plan", &["plan"]),
    ] {
        let (seconds, peak, json) = measure(&config, arguments);
        let count = |key: &str| json[key].as_u64().map_or_else(|| "-".to_owned(), |count| count.to_string());
        println!("| {name} | {} | {} | {seconds:.1} | {peak} |", count("requests"), count("delivered"));
    }
    emulator.kill().unwrap();
    emulator.wait().unwrap();
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_photosyncd"));
    command.args(arguments).env("PHOTOSYNCD_BENCH_SECRET", "secret").env_remove("STATE_DIRECTORY").stdin(Stdio::null());
    command
}

/// Runs the program; says seconds, peak memory in MB, and what it printed.
fn measure(config: &Path, arguments: &[&str]) -> (f64, u64, Value) {
    let out = config.with_extension("out");
    let started = Instant::now();
    let mut child = program(arguments)
        .args(["--json".as_ref(), "--config".as_ref(), config.as_os_str()])
        .stdout(std::fs::File::create(&out).unwrap())
        .spawn()
        .unwrap();
    let mut highest = 0;
    while child.try_wait().unwrap().is_none() {
        highest = highest.max(peak(&child));
        std::thread::sleep(LOOK);
    }
    let seconds = started.elapsed().as_secs_f64();
    (seconds, highest / 1024, serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap_or_default())
}

/// Peak resident memory in kB, as the kernel counts it; 0 once the process is over.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn settings(url: &str) -> String {
    format!(
        "source: {{ directory: photos }}
mapping: {{ rules: [{{ files: 'badges/{{number}}.{{ext}}', user: {{ employeeId: '{{number}}' }} }}] }}
graph: {{ cloud: custom, graph_url: '{url}', login_url: '{url}', tenant: contoso.com, client_id: photosyncd,
          credential: {{ client_secret: {{ env: PHOTOSYNCD_BENCH_SECRET }} }} }}
guard: {{ first_contact: replace }}
upload: {{ per_second: 100000, max_per_second: 100000, concurrency: 64 }}
"
    )
}

/// The tree and the tenant.
fn plant(place: &Path, seed: &Path, people: usize) {
    let photos = place.join("photos/badges");
    std::fs::create_dir_all(&photos).unwrap();
    let mut yaml = "users:\n".to_owned();
    for number in 0..people {
        std::fs::write(photos.join(format!("{}.jpg", 100_000 + number)), portrait(number)).unwrap();
        writeln!(
            yaml,
            "  - {{ userPrincipalName: person.number{number}@contoso.com, id: 00000000-0000-4000-8000-{number:012}, \
             mail: person.number{number}@contoso.com, mailNickname: person.number{number}, employeeId: '{}' }}",
            100_000 + number
        )
        .unwrap();
    }
    std::fs::write(seed, yaml).unwrap();
}

/// A picture of its own for each person: their number as spots.
fn portrait(number: usize) -> Vec<u8> {
    let pixels: Vec<u8> = (0..48 * 48).map(|at| if (number >> (at / 12 % 20)) & 1 == 1 { 200 } else { 60 }).collect();
    let mut bytes = Vec::new();
    jpeg_encoder::Encoder::new(&mut bytes, 80).encode(&pixels, 48, 48, jpeg_encoder::ColorType::Luma).unwrap();
    bytes
}
