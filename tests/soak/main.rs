//! A long life of the service, at random: files come, change, move and go, Microsoft 365 slows down and fails, the
//! service is asked to stop or killed. At the end the tenant must hold exactly what the directory holds.
//!
//! `PHOTOSYNCD_SOAK=30m cargo test --release --test soak -- --ignored --nocapture --exact soak`; `PHOTOSYNCD_SEED` plays one again.

#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code, unused_imports, reason = "a test that shares a world with others")]

mod hostile;
mod liar;
#[path = "../it/world/mod.rs"]
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{Fault, Reset, Settings};

use world::service::{Service, status};
use world::{World, person, portrait, portrait_file};

const PEOPLE: usize = 200;
/// Without another wish in `PHOTOSYNCD_SOAK`.
const SPAN: Duration = Duration::from_secs(60);
/// All must be in its place this long after the world is quiet.
const QUIET: Duration = Duration::from_secs(180);

#[derive(Default, Debug)]
struct Counts {
    edits: u32,
    renames: u32,
    removals: u32,
    faults: u32,
    throttles: u32,
    stops: u32,
    kills: u32,
}

struct Soak {
    world: World,
    chance: fastrand::Rng,
    /// The seed of the picture that each person's file holds.
    files: BTreeMap<usize, u32>,
    next: u32,
    counts: Counts,
    service: Option<Service>,
    /// Resident memory, KiB: when, and how much.
    memory: Vec<(Duration, u64)>,
    clock: Clock,
}

impl Soak {
    fn edit(&mut self, number: usize) {
        self.next += 1;
        self.world.write(&portrait_file(number), &portrait(self.next));
        self.files.insert(number, self.next);
        self.counts.edits += 1;
    }

    /// One thing that happens.
    fn step(&mut self) {
        let number = self.chance.usize(0..PEOPLE);
        match self.chance.u32(0..100) {
            0..60 => self.edit(number),
            60..75 => {
                let other = self.chance.usize(0..PEOPLE);
                if let Some(seed) = self.files.remove(&number) {
                    std::fs::rename(
                        self.world.photos().join(portrait_file(number)),
                        self.world.photos().join(portrait_file(other)),
                    )
                    .unwrap();
                    self.files.insert(other, seed);
                    self.counts.renames += 1;
                }
            }
            75..85 => {
                // Never so many at once that the guard must step in.
                if self.files.len() > PEOPLE * 3 / 4 && self.files.remove(&number).is_some() {
                    std::fs::remove_file(self.world.photos().join(portrait_file(number))).unwrap();
                    self.counts.removals += 1;
                }
            }
            85..93 => {
                let fault = match self.chance.u32(0..5) {
                    0 => Fault::status("PUT", "/photo", 503),
                    1 => Fault::status("PUT", "/photo", 429).with_header("Retry-After", "1"),
                    2 => Fault::reset("PUT", "/photo", Reset::Before),
                    3 => Fault::reset("PUT", "/photo", Reset::After),
                    _ => Fault::status("GET", "/users", 500),
                };
                self.world.emulator().add_fault(fault.times(self.chance.u64(1..6)));
                self.counts.faults += 1;
            }
            93..96 => {
                let rate = self.chance.bool().then(|| f64::from(self.chance.u32(5..40)));
                self.world.emulator().set_rate(rate, 10);
                self.counts.throttles += u32::from(rate.is_some());
            }
            96..98 => {
                let service = self.service.take().unwrap();
                service.run.terminate();
                service.finish().0.exits(0);
                self.counts.stops += 1;
                self.start();
            }
            _ => {
                self.service.take().unwrap().run.kill();
                self.counts.kills += 1;
                self.start();
            }
        }
    }

    fn start(&mut self) {
        self.service = Some(Service::ready(&self.world));
    }

    /// Notes how much memory the service takes.
    fn weigh(&mut self) {
        let pid = status(&self.world)["pid"].as_u64().unwrap_or_default();
        let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        if let Some(kib) = line.and_then(|line| line.trim().split(' ').next()?.parse().ok()) {
            self.memory.push((self.clock.elapsed(), kib));
        }
    }

    /// Who has another photo than their file, or one without a file.
    fn differing(&self) -> Vec<usize> {
        let wrong = |number: &usize| {
            let there = self.world.user_photo(&person(*number)).map(|photo| photo.body.to_vec());
            there != self.files.get(number).map(|seed| portrait(*seed))
        };
        (0..PEOPLE).filter(wrong).collect()
    }

    /// Whether a person is told that the photo there may be ours and may be somebody else's.
    fn is_left_to_a_person(&self, number: usize) -> bool {
        if self.files.contains_key(&number) {
            return false;
        }
        let status = self.world.run(&["status", "--json"]).json();
        let blocked = status["blocked"].as_array().unwrap();
        blocked.iter().any(|row| row["target"] == person(number) && row["reason"] == "removal_not_possible")
    }
}

/// How long, as it was wished.
fn span() -> Duration {
    std::env::var("PHOTOSYNCD_SOAK").map_or(SPAN, |text| photosyncd::testing::config::parse_duration(&text).unwrap())
}

fn seed() -> u64 {
    std::env::var("PHOTOSYNCD_SEED").map_or_else(|_| fastrand::u64(..), |text| text.parse().unwrap())
}

#[test]
#[ignore = "takes as long as it is told to"]
fn soak() {
    let (span, seed) = (span(), seed());
    println!("PHOTOSYNCD_SEED={seed}, {} s", span.as_secs());
    let mut world = World::people_with(PEOPLE, Settings::default());
    world.set("source", "{ directory: photos, settle: 100ms, full_pass_every: 1m }");
    world.set("removal", "{ when_file_disappears: delete, grace: 1s }");
    world.set("guard", "{ max_removals: 1000000, max_removals_percent: 100 }");
    let mut soak = Soak {
        world,
        chance: fastrand::Rng::with_seed(seed),
        files: BTreeMap::new(),
        next: 0,
        counts: Counts::default(),
        service: None,
        memory: Vec::new(),
        clock: Clock::system(),
    };
    for number in 0..PEOPLE {
        soak.edit(number);
    }
    soak.start();
    let mut weighed = Duration::ZERO;
    while soak.clock.elapsed() < span {
        soak.step();
        let pause = Duration::from_millis(soak.chance.u64(0..200));
        soak.world.pass_time(pause);
        if soak.clock.elapsed().saturating_sub(weighed) > Duration::from_secs(1) {
            weighed = soak.clock.elapsed();
            soak.weigh();
        }
    }
    soak.world.emulator().clear_faults();
    soak.world.emulator().set_rate(None, 0);
    let quiet = soak.clock.elapsed();
    let is_open = |soak: &Soak| soak.differing().iter().any(|number| !soak.is_left_to_a_person(*number));
    while is_open(&soak) && soak.clock.elapsed().saturating_sub(quiet) < QUIET {
        soak.world.pass_time(Duration::from_millis(500));
        soak.weigh();
    }
    let differing = soak.differing();
    let (took, puts) = (soak.clock.elapsed().saturating_sub(quiet), soak.world.puts().len());
    let service = soak.service.take().unwrap();
    service.run.terminate();
    let outcome = service.finish().0;
    println!("{:?}", soak.counts);
    println!("{puts} uploads, {} files at the end, in step {:.1} s after the last event", soak.files.len(), took.as_secs_f64());
    let kib = |at: Option<&(Duration, u64)>| at.map_or(0, |(_, kib)| *kib);
    let peak = soak.memory.iter().max_by_key(|(_, kib)| *kib);
    let (first, last) = (kib(soak.memory.first()), kib(soak.memory.last()));
    println!("resident memory in KiB: first {first}, last {last}, peak {}, {} samples", kib(peak), soak.memory.len());
    for number in &differing {
        let (file, photo) = (soak.files.contains_key(number), soak.world.user_photo(&person(*number)).is_some());
        println!("{}: file {file}, photo {photo}\n{}", person(*number), soak.world.run(&["explain", &person(*number)]).stdout);
        println!("{}", soak.world.run(&["history", &person(*number)]).stdout);
    }
    // A photo whose upload nobody heard of, since the answer was lost or the service killed before it came, can't be told
    // from one that somebody else put up; when its file goes, it stays, and a person is told.
    let (unknown, differing): (Vec<usize>, Vec<usize>) =
        differing.into_iter().partition(|number| soak.is_left_to_a_person(*number));
    println!("{} photos without a file are left to a person, since nobody knows that they are ours", unknown.len());
    assert!(unknown.len() <= (soak.counts.kills + soak.counts.faults) as usize, "{:?} can't explain {unknown:?}", soak.counts);
    assert!(differing.is_empty(), "{} of {PEOPLE} differ: {differing:?}\n{}", differing.len(), outcome.stderr);
    outcome.exits(0);
    // What is left to a person is told by the exit code, too.
    let (exit, words) = if unknown.is_empty() { (0, "Nothing had to be sent") } else { (3, "0 photos delivered") };
    soak.world.run(&["reconcile"]).exits(exit).says(&[words]);
}
