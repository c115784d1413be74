//! How long a pass takes and how much memory: an unchanged one over 10,000 and 100,000 small files, and a first one
//! over 10,000 files of 30 kB with hashing. Runs the release binary against `photosyncd emulate` in another process.
//!
//! `cargo bench --bench passes` prints medians of seven runs, beside `find -printf '%s %T@\n'` over the same files.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a program for the terminal")]
#![allow(clippy::disallowed_methods, reason = "measures time")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_photosyncd");
const RUNS: usize = 7;

fn main() {
    let place = tempfile::tempdir().unwrap();
    println!("| what | median | peak memory |\n| --- | --- | --- |");
    for files in [10_000, 100_000] {
        let world = World::new(&place.path().join(files.to_string()), files, 0);
        let first = world.pass();
        println!("| first pass, {files} files of 0.7 kB, uploads without limit | {:.2} s | {} MB |", seconds(first.0), first.1);
        // Files read within two seconds of their change are read once more.
        world.pass();
        let mut runs: Vec<(Duration, u64)> = (0..RUNS).map(|_| world.pass()).collect();
        runs.sort_unstable();
        let mut finds: Vec<Duration> = (0..RUNS).map(|_| world.find()).collect();
        finds.sort_unstable();
        let (pass, find) = (runs[RUNS / 2], finds[RUNS / 2]);
        println!("| unchanged pass, {files} files | {:.3} s (find: {:.3} s) | {} MB |", seconds(pass.0), seconds(find), pass.1);
    }
    let world = World::new(&place.path().join("hashed"), 10_000, 30_000);
    let first = world.plan();
    println!("| look, hash, ask and plan, 10000 files of 30 kB | {:.2} s | {} MB |", seconds(first.0), first.1);
}

fn seconds(span: Duration) -> f64 {
    span.as_secs_f64()
}

struct World {
    config: std::path::PathBuf,
    photos: std::path::PathBuf,
    emulator: Child,
}

impl World {
    /// Files of at least `size` bytes, each a valid picture of its own, and a tenant in which each finds its user.
    fn new(place: &Path, files: usize, size: usize) -> Self {
        let photos = place.join("photos");
        for at in 0..files {
            let directory = photos.join(format!("{:04}", at / 200));
            if at % 200 == 0 {
                fs::create_dir_all(&directory).unwrap();
            }
            fs::write(directory.join(format!("user{at:06}@contoso.com.jpg")), picture(at, size)).unwrap();
        }
        let config = place.join("config.yaml");
        let write = |url: &str| {
            let text = format!(
                "source: {{ directory: photos }}\n\
                 guard: {{ first_contact: replace }}\n\
                 mapping: {{ rules: [ {{ files: \"**/{{upn}}.{{ext}}\", user: {{ userPrincipalName: \"{{upn}}\" }} }} ] }}\n\
                 upload: {{ per_second: 100000, max_per_second: 100000, concurrency: 16 }}\n\
                 graph: {{ cloud: custom, tenant: contoso.com, client_id: bench, graph_url: \"{url}\", login_url: \"{url}\",\n\
                 \x20 credential: {{ client_secret: {{ env: BENCH_SECRET }} }} }}\n"
            );
            fs::write(&config, text).unwrap();
        };
        write("http://127.0.0.1:1");
        let mut emulator = Command::new(BINARY)
            .args(["emulate", "--json", "--listen", "127.0.0.1:0", "--log", "0", "--forget-bodies", "--config"])
            .arg(&config)
            .env("BENCH_SECRET", "x")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(emulator.stdout.take().unwrap()).read_line(&mut line).unwrap();
        write(line.split('"').find(|word| word.starts_with("http")).expect("the emulator names its URL"));
        Self { config, photos, emulator }
    }

    fn pass(&self) -> (Duration, u64) {
        self.run(&["reconcile"])
    }

    fn plan(&self) -> (Duration, u64) {
        self.run(&["plan"])
    }

    /// Time and peak memory (MB) of one command that must end well.
    fn run(&self, arguments: &[&str]) -> (Duration, u64) {
        let started = Instant::now();
        let mut child = Command::new(BINARY)
            .args(arguments)
            .arg("--config")
            .arg(&self.config)
            .env("BENCH_SECRET", "x")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let exit = loop {
            // The kernel keeps the high-water mark, so only what grows in the last milliseconds can be missed.
            let text = fs::read_to_string(&status).unwrap_or_default();
            let mark = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            peak = mark.and_then(|mark| mark.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
            match child.try_wait().unwrap() {
                Some(exit) => break exit,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        assert!(exit.success(), "{arguments:?} ended with {exit}");
        (started.elapsed(), peak / 1000)
    }

    fn find(&self) -> Duration {
        let started = Instant::now();
        let output = Command::new("find").arg(&self.photos).args(["-printf", "%s %T@\\n"]).output().unwrap();
        assert!(output.status.success());
        started.elapsed()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.emulator.kill().unwrap();
        self.emulator.wait().unwrap();
    }
}

/// A square picture that fits as it is: 48 pixels of a colour of its own, or noise of about `size` bytes.
fn picture(at: usize, size: usize) -> Vec<u8> {
    let width: u16 = if size == 0 { 48 } else { 160 };
    let pixels: Vec<u8> = (0..usize::from(width) * usize::from(width))
        .flat_map(|pixel| {
            let mixed = if size == 0 { at } else { pixel.wrapping_mul(2_654_435_761).wrapping_add(at * 40_503) >> 7 };
            let [red, green, blue, ..] = mixed.to_le_bytes();
            [red, green, blue]
        })
        .collect();
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 85);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_4_4);
    encoder.encode(&pixels, width, width, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}
