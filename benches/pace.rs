//! How close the program comes to the pace that a tenant allows: `cargo bench --bench pace` (about ten minutes).
//!
//! 2,000 photos to a pretended tenant that lets 20 writes a second through, 40 at once when rested; the program begins
//! at its default of 5 a second and may go up to 40, so that it has to find the limit. Once for each form of
//! Retry-After, and once with a limit that is cut to a quarter in mid-run and restored.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{self, RetryAfter, Running, Settings, Tenant, Throttling};

const PHOTOS: usize = 2_000;
const RATE: f64 = 20.0;
const BURST: u32 = 40;

#[tokio::main]
async fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let directory = tempfile::tempdir().unwrap();
    photos(&directory.path().join("photos/users"));
    for (name, form) in [
        ("seconds", RetryAfter::Seconds),
        ("date", RetryAfter::Date),
        ("fraction", RetryAfter::Fraction),
        ("missing", RetryAfter::Absent),
    ] {
        if only.as_ref().is_none_or(|only| only == name) {
            let running = tenant(form).await;
            measure(name, &running, directory.path()).await;
            running.stop().await;
        }
    }
    if only.as_ref().is_none_or(|only| only == "cut") {
        let running = tenant(RetryAfter::Seconds).await;
        tokio::join!(measure("cut", &running, directory.path()), async {
            let mut stored = Vec::new();
            for second in 0..150_u32 {
                if second == 45 {
                    running.set_rate(Some(RATE / 4.0), BURST);
                }
                if second == 90 {
                    running.set_rate(Some(RATE), BURST);
                }
                stored.push(running.counters().stored);
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let per_second: Vec<u64> = stored.windows(2).map(|pair| pair[1] - pair[0]).collect();
            println!("cut from second 45 to 90: {per_second:?}");
        });
        running.stop().await;
    }
}

async fn tenant(retry_after: RetryAfter) -> Running {
    let mut yaml = "users:\n".to_owned();
    for number in 0..PHOTOS {
        writeln!(yaml, "  - {{ userPrincipalName: p{number}@contoso.com, id: 00000000-0000-4000-8000-{number:012} }}").unwrap();
    }
    let throttle = Throttling { rate: Some(RATE), burst: BURST, retry_after, ..Throttling::default() };
    let settings = Settings { throttle, ..Settings::default() };
    emulator::start(settings, Tenant::from_yaml(&yaml).unwrap(), Clock::system()).await.unwrap()
}

fn photos(directory: &Path) {
    std::fs::create_dir_all(directory).unwrap();
    let mut pixels = vec![0; 96 * 96 * 3];
    for number in 0..PHOTOS {
        fastrand::Rng::with_seed(number as u64).fill(&mut pixels);
        let mut jpeg = Vec::new();
        jpeg_encoder::Encoder::new(&mut jpeg, 60).encode(&pixels, 96, 96, jpeg_encoder::ColorType::Rgb).unwrap();
        std::fs::write(directory.join(format!("p{number}@contoso.com.jpg")), jpeg).unwrap();
    }
}

async fn measure(name: &str, running: &Running, directory: &Path) {
    let config = directory.join("config.yaml");
    let url = running.graph_url();
    let text = format!(
        "source: {{ directory: photos }}\nledger: {{ path: {name}.db }}\nupload: {{ max_per_second: 40 }}\n\
         guard: {{ first_contact: replace }}\n\
         graph: {{ cloud: custom, graph_url: '{url}', login_url: '{url}', tenant: contoso.com, client_id: photosyncd, \
         credential: {{ client_secret: {{ env: PHOTOSYNCD_BENCH_SECRET }} }} }}\n"
    );
    std::fs::write(&config, text).unwrap();
    let clock = Clock::system();
    let (begun, counting) = (clock.now(), running.counters());
    let mut command = Command::new(env!("CARGO_BIN_EXE_photosyncd"));
    command.arg("reconcile").arg("--config").arg(&config).env("PHOTOSYNCD_BENCH_SECRET", "secret");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let status = tokio::task::spawn_blocking(move || command.status()).await.unwrap().unwrap();
    let seconds = clock.now().since(begun).as_secs_f64();
    let now = running.counters();
    let (stored, refused) = (now.stored - counting.stored, now.refused - counting.refused);
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let (stored_f, refused_f) = (stored as f64, refused as f64);
    println!(
        "{name}: {seconds:.1} s, {:.1} % of {RATE}/s ({:.1} % of what the bucket held in all), {:.2} % refused, \
         {} of {PHOTOS} stored, {} early, {status}",
        100.0 * stored_f / seconds / RATE,
        100.0 * stored_f / (seconds * RATE + f64::from(BURST)),
        100.0 * refused_f / (stored_f + refused_f),
        stored,
        now.early - counting.early,
    );
}
