//! How soon a saved file is on its way, and what the service costs when nothing happens.
//!
//! `cargo bench --bench latency` makes 200 single edits among 200 files and tells median and p99 from the close of the file
//! to the PUT at the emulator (target: p99 under 250 ms), then lets the service rest over 100,000 files for a minute, after
//! it uploaded them and once more after a start, and tells its share of a core and its memory (targets: under 0.5 %, under
//! 60 MB). It runs with the unit's settings for the allocator. `EDITS`, `FILES` and `REST` (seconds) change the numbers.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement of other processes")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{self, Running, Settings, Tenant};

/// Files in the small tree.
const SMALL: usize = 200;
/// Waiting longer than this for anything is a failure.
const PATIENCE: Duration = Duration::from_secs(600);

fn main() {
    if !std::env::args().any(|argument| argument == "--bench") {
        return; // `cargo test --benches` only wants to know that it builds
    }
    let number = |name: &str, usual: usize| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let (edits, files, rest) = (number("EDITS", 200), number("FILES", 100_000), number("REST", 60));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    latency(&runtime, edits);
    idle(&runtime, files, Duration::from_secs(rest as u64));
}

fn latency(runtime: &tokio::runtime::Runtime, edits: usize) {
    let place = tempfile::tempdir().unwrap();
    let emulator = tenant(runtime, SMALL);
    plant(place.path(), SMALL);
    let mut service = serve(place.path(), &emulator);
    wait("the first photos", || emulator.counters().stored == SMALL as u64);
    let mut spans: Vec<Duration> = (0..edits)
        .map(|edit| {
            let before = emulator.counters().stored;
            std::fs::write(file(place.path(), edit % SMALL), portrait(10_000 + edit)).unwrap();
            let closed = Instant::now();
            wait("the PUT", || emulator.counters().stored > before);
            let span = closed.elapsed();
            // Edits of people don't follow each other on the heel; a random pause keeps clear of any beat.
            std::thread::sleep(Duration::from_millis(fastrand::u64(50..250)));
            span
        })
        .collect();
    spans.sort_unstable();
    let at = |share: usize| spans[(spans.len() * share / 100).min(spans.len() - 1)].as_millis();
    println!(
        "{edits} edits among {SMALL} files, from close to PUT: median {} ms, p99 {} ms, longest {} ms",
        at(50),
        at(99),
        at(100)
    );
    end(&mut service);
}

fn idle(runtime: &tokio::runtime::Runtime, files: usize, rest: Duration) {
    let place = tempfile::tempdir().unwrap();
    let emulator = tenant(runtime, files);
    plant(place.path(), files);
    let mut service = serve(place.path(), &emulator);
    wait("all photos", || emulator.counters().stored == files as u64);
    at_rest(&service, &format!("after it uploaded {files}"), rest);
    end(&mut service);
    let mut service = serve(place.path(), &emulator);
    let status = place.path().join(".photosyncd/status.json");
    let runs = format!("\"pid\": {},", service.id());
    let is_ready = |text: String| text.contains("\"phase\": \"running\"") && text.contains(&runs);
    wait("the first pass", || std::fs::read_to_string(&status).is_ok_and(is_ready));
    at_rest(&service, &format!("started over {files} in step"), rest);
    end(&mut service);
}

/// What it costs while nothing happens, and the memory that it keeps.
fn at_rest(service: &Child, when: &str, rest: Duration) {
    std::thread::sleep(Duration::from_secs(5));
    let before = ticks(service);
    std::thread::sleep(rest);
    let used = ticks(service) - before;
    #[allow(clippy::cast_precision_loss, reason = "a share with two decimals")]
    let share = used as f64 / rest.as_secs_f64();
    let (now, peak) = (memory(service, "VmRSS:"), memory(service, "VmHWM:"));
    // The kernel counts in hundredths of a second: so many of them a second are so many per cent.
    println!("{when}, at rest for {} s: {share:.2} % of a core, {now} MB resident, {peak} MB at most", rest.as_secs());
}

fn tenant(runtime: &tokio::runtime::Runtime, people: usize) -> Running {
    let mut yaml = "users:\n".to_owned();
    for number in 0..people {
        writeln!(yaml, "  - {{ userPrincipalName: p{number}@contoso.com, id: 00000000-0000-4000-8000-{number:012} }}").unwrap();
    }
    let settings = Settings { log_limit: 0, ..Settings::default() };
    runtime.block_on(emulator::start(settings, Tenant::from_yaml(&yaml).unwrap(), Clock::system())).unwrap()
}

fn file(place: &Path, number: usize) -> std::path::PathBuf {
    place.join(format!("photos/{}/p{number}@contoso.com.jpg", number % 100))
}

fn plant(place: &Path, files: usize) {
    for folder in 0..100.min(files) {
        std::fs::create_dir_all(place.join(format!("photos/{folder}"))).unwrap();
    }
    for number in 0..files {
        std::fs::write(file(place, number), portrait(number)).unwrap();
    }
}

fn serve(place: &Path, emulator: &Running) -> Child {
    let url = emulator.graph_url();
    let config = place.join("config.yaml");
    std::fs::write(
        &config,
        format!(
            "source: {{ directory: photos, settle: 2s }}
mapping: {{ rules: [{{ files: '*/{{upn}}.{{ext}}', user: {{ userPrincipalName: '{{upn}}' }} }}] }}
graph: {{ cloud: custom, graph_url: '{url}', login_url: '{url}', tenant: contoso.com, client_id: photosyncd,
          credential: {{ client_secret: {{ env: PHOTOSYNCD_BENCH_SECRET }} }} }}
guard: {{ first_contact: replace }}
upload: {{ per_second: 100000, max_per_second: 100000, concurrency: 64 }}
log: {{ level: warn }}
"
        ),
    )
    .unwrap();
    Command::new(env!("CARGO_BIN_EXE_photosyncd"))
        .args(["run".as_ref(), "--config".as_ref(), config.as_os_str()])
        .env("PHOTOSYNCD_BENCH_SECRET", "secret")
        // As the unit sets them.
        .env("MALLOC_ARENA_MAX", "1")
        .env("MALLOC_TRIM_THRESHOLD_", "131072")
        .env("MALLOC_MMAP_THRESHOLD_", "131072")
        .env_remove("STATE_DIRECTORY")
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait(what: &str, happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < PATIENCE, "waited for {what}, in vain");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn end(service: &mut Child) {
    rustix::process::kill_process(rustix::process::Pid::from_child(service), rustix::process::Signal::TERM).unwrap();
    assert!(service.wait().unwrap().success());
}

/// Processor time used, in hundredths of a second.
fn ticks(service: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", service.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

/// Memory in MB, as the kernel counts it.
fn memory(service: &Child, which: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

/// A picture of its own for each: the number as spots.
fn portrait(number: usize) -> Vec<u8> {
    let pixels: Vec<u8> = (0..48 * 48).map(|at| if (number >> (at / 12 % 20)) & 1 == 1 { 200 } else { 60 }).collect();
    let mut bytes = Vec::new();
    jpeg_encoder::Encoder::new(&mut bytes, 80).encode(&pixels, 48, 48, jpeg_encoder::ColorType::Luma).unwrap();
    bytes
}
