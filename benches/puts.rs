//! Photos per second without a limit: `cargo bench --bench puts`.
//!
//! 60 KB photos that need no preparation, from the directory through ledger and queue to a pretended tenant in a process
//! of its own, 8 and 16 in flight; then, where `wrk` is installed, what wrk reaches with the same body at the same server.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PHOTOS: usize = 10_000;
const PROGRAM: &str = env!("CARGO_BIN_EXE_photosyncd");
/// What Linux counts processor time in.
const TICKS: f64 = 100.0;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path();
    lay_out(place);
    for in_flight in [8, 16] {
        let (mut server, url) = serve(place);
        let ours = ours(place, &url, in_flight);
        let wrk = wrk(place, &url, in_flight);
        match wrk {
            Some(wrk) => println!("{in_flight} in flight: wrk {wrk:.0}/s, ours is {:.2} of it", ours / wrk),
            None => println!("{in_flight} in flight: wrk is not installed"),
        }
        server.kill().unwrap();
        server.wait().unwrap();
    }
}

fn lay_out(place: &Path) {
    let users = place.join("photos/users");
    std::fs::create_dir_all(&users).unwrap();
    let mut pixels = vec![0; 232 * 232 * 3];
    fastrand::Rng::with_seed(7).fill(&mut pixels);
    let mut jpeg = Vec::new();
    jpeg_encoder::Encoder::new(&mut jpeg, 85).encode(&pixels, 232, 232, jpeg_encoder::ColorType::Rgb).unwrap();
    println!("photos of {} bytes", jpeg.len());
    let first = place.join("photo.jpg");
    std::fs::write(&first, &jpeg).unwrap();
    let mut tenant = "users:\n".to_owned();
    for number in 0..PHOTOS {
        writeln!(tenant, "  - {{ userPrincipalName: p{number}@contoso.com, id: 00000000-0000-4000-8000-{number:012} }}").unwrap();
        std::fs::hard_link(&first, users.join(format!("p{number}@contoso.com.jpg"))).unwrap();
    }
    std::fs::write(place.join("tenant.yaml"), tenant).unwrap();
}

fn serve(place: &Path) -> (Child, String) {
    let seed = place.join("tenant.yaml");
    let mut server = Command::new(PROGRAM)
        .args(["emulate", "--forget-bodies", "--log", "0", "--listen", "127.0.0.1:0", "--json", "--seed"])
        .arg(seed)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    (server, said["graph_url"].as_str().unwrap().to_owned())
}

/// Photos per second.
fn ours(place: &Path, url: &str, in_flight: usize) -> f64 {
    let config = place.join("config.yaml");
    let text = format!(
        "source: {{ directory: photos }}\nledger: {{ path: {in_flight}.db }}\n\
         guard: {{ first_contact: replace }}\n\
         upload: {{ concurrency: {in_flight}, per_second: 100000, max_per_second: 100000 }}\n\
         graph: {{ cloud: custom, graph_url: '{url}', login_url: '{url}', tenant: contoso.com, client_id: photosyncd, \
         credential: {{ client_secret: {{ env: PHOTOSYNCD_BENCH_SECRET }} }} }}\n"
    );
    std::fs::write(&config, text).unwrap();
    // The first run looks, asks and writes down; the second has little left to do but to deliver.
    let (_, first_cpu) = reconcile(&config, &["--limit", "1"]);
    let (json, cpu) = reconcile(&config, &[]);
    let (_, idle_cpu) = reconcile(&config, &[]);
    let (seconds, photos) = (json["elapsed_ms"].as_f64().unwrap() / 1000.0, json["delivered"].as_f64().unwrap());
    println!(
        "{in_flight} in flight: {photos} photos in {seconds:.2} s, {:.0}/s, {:.3} ms of processor each ({:.3} with looking)",
        photos / seconds,
        1000.0 * (cpu - idle_cpu) / photos,
        1000.0 * (cpu + first_cpu) / photos,
    );
    photos / seconds
}

/// What it says, and the seconds of processor time that it took.
fn reconcile(config: &Path, arguments: &[&str]) -> (serde_json::Value, f64) {
    let mut child = Command::new(PROGRAM)
        .args(["reconcile", "--json", "--config"])
        .arg(config)
        .args(arguments)
        .env("PHOTOSYNCD_BENCH_SECRET", "secret")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = serde_json::from_reader(child.stdout.take().unwrap()).unwrap();
    let stat = format!("/proc/{}/stat", child.id());
    let cpu = loop {
        // Until somebody waits for it, a process that has ended still tells what it took.
        let text = std::fs::read_to_string(&stat).unwrap();
        let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
        if fields[0] == "Z" {
            break (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS;
        }
        pause();
    };
    child.wait().unwrap();
    (said, cpu)
}

fn pause() {
    let (_sender, receiver) = std::sync::mpsc::channel::<()>();
    _ = receiver.recv_timeout(Duration::from_millis(5));
}

/// Photos per second that wrk reaches, if there is wrk.
fn wrk(place: &Path, url: &str, in_flight: usize) -> Option<f64> {
    let script = place.join("put.lua");
    let text = format!(
        "local file = io.open('{}', 'rb')\nwrk.method = 'PUT'\nwrk.body = file:read('*a')\n\
         wrk.headers['Content-Type'] = 'image/jpeg'\nwrk.headers['Authorization'] = 'Bearer {}'\nlocal n = 0\n\
         request = function()\n  n = (n + 1) % {PHOTOS}\n\
         return wrk.format(nil, string.format('/v1.0/users/00000000-0000-4000-8000-%012d/photo/$value', n))\nend\n\
         done = function(summary) io.write('REFUSED ' .. summary.errors.status .. '\\n') end\n",
        place.join("photo.jpg").display(),
        token(url)?,
    );
    std::fs::write(&script, text).unwrap();
    let out = Command::new("wrk")
        .args(["-t", "1", "-c", &in_flight.to_string(), "-d", "8s", "-s"])
        .arg(&script)
        .arg(url)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(text.contains("REFUSED 0"), "{text}{}", String::from_utf8_lossy(&out.stderr));
    text.lines().find_map(|line| line.strip_prefix("Requests/sec:")?.trim().parse().ok())
}

fn token(url: &str) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        _ = rustls::crypto::ring::default_provider().install_default();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "photosyncd"),
            ("client_secret", "secret"),
            ("scope", &format!("{url}/.default")),
        ];
        let answer = reqwest::Client::new().post(format!("{url}/contoso.com/oauth2/v2.0/token")).form(&form).send().await;
        let said: serde_json::Value = answer.unwrap().json().await.unwrap();
        said["access_token"].as_str().map(str::to_owned)
    })
}
