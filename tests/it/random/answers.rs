//! Any read of the directory or of a photo may be answered with anything that isn't Graph's own "not there": nobody's
//! photo is removed, nobody with an account is called missing, nothing is said to be done that was not.
//!
//! `PHOTOSYNCD_ANSWER_SEEDS=N` tries N seeds instead of the usual few dozen; `PHOTOSYNCD_SEED=S` begins at another.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use fastrand::Rng;
use photosyncd::testing::emulator::Fault;
use serde_json::{Value, json};

use crate::world::{Outcome, World, person, portrait};

const PEOPLE: usize = 5;
/// Seeds of a normal run.
const SEEDS: u64 = 32;
/// Worlds that are tried at once; most of the time is waiting.
const AT_ONCE: u64 = 8;

const STATUSES: &[u16] = &[
    200, 201, 202, 203, 204, 206, 400, 402, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415, 418, 422, 423, 429, 451, 500, 501,
    502, 503, 504, 507, 509, 520,
];
const CODES: &[&str] = &[
    "",
    "UnknownError",
    "ErrorItemNotFound",
    "ResourceNotFound",
    "NotFound",
    "itemNotFound",
    "ErrorInvalidUser",
    "ErrorInternalServerError",
    "MailboxNotEnabledForRESTAPI",
    "ErrorNonExistentMailbox",
    "ErrorUserResolutionFailedUserDoesNotExist",
    "Request_ResourceNotFound",
    "ImageNotFound",
    "ErrorEntityNotFound",
    "BadGateway",
    "SomethingNew",
];
const READS: &[&str] = &["/v1.0/users/", "/v1.0/users?", "/photo/$value", "/photo", "/v1.0/users", "/v1.0/"];

/// A read that goes wrong. Graph's own proof for the very place is left out: that would be the truth, or its lie.
fn fault(chance: &mut Rng) -> Fault {
    let path = READS[chance.usize(..READS.len())];
    loop {
        let (status, code) = (STATUSES[chance.usize(..STATUSES.len())], CODES[chance.usize(..CODES.len())]);
        let bare = json!({ "error": { "code": code, "message": "x" } });
        let body: Value = match chance.u8(..7) {
            0 => "<html><h1>Blocked</h1></html>".into(),
            1 => "".into(),
            2 if status != 404 || !["Request_ResourceNotFound", "ImageNotFound", "ErrorEntityNotFound"].contains(&code) => bare,
            3 => json!({ "error": { "code": "UnknownError", "message": bare.to_string() } }),
            4 => json!({ "error": { "code": "UnknownError", "message": json!({ "errorCode": code }).to_string() } }),
            5 => json!({ "code": code, "message": "x" }),
            6 => json!({ "error": code, "error_description": "x" }),
            _ => continue,
        };
        let fault = Fault { body: Some(body), ..Fault::status("GET", path, status) };
        // A throttled tenant is waited for without end, as it should be.
        let times = matches!(status, 429 | 509).then_some(2);
        return Fault { nth: chance.u64(1..4), every: chance.u64(1..3), times, ..fault };
    }
}

fn file(folder: &str, number: usize) -> String {
    format!("{folder}/{}.jpg", person(number))
}

struct Tried {
    world: World,
    seed: u64,
    /// Where each person's file lies; none if HR took it away.
    files: Vec<Option<&'static str>>,
    done: (u64, u64),
}

impl Tried {
    fn new(seed: u64) -> Self {
        let mut world = World::people(PEOPLE);
        world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
        world.set("guard", "{ first_contact: replace, max_removals: 1000, max_removals_percent: 100 }");
        world.set("mapping", "{ rules: [{ files: '**/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
        if seed.is_multiple_of(3) {
            world.set("backup", "{ before_first_overwrite: true }");
        }
        let mut tried = Self { world, seed, files: vec![Some("users"); PEOPLE], done: (0, 0) };
        tried.world.portraits(0, PEOPLE, u32::try_from(seed % 1_000).unwrap());
        tried.pass(&["reconcile", "--json"]);
        tried
    }

    /// Runs, and compares what is said with what the tenant saw.
    fn pass(&mut self, arguments: &[&str]) -> Outcome {
        let outcome = self.world.run(arguments);
        let (json, seed) = (outcome.json(), self.seed);
        let of = |method: &str| {
            let good =
                |request: &photosyncd::testing::emulator::RequestRecord| &*request.method == method && request.status < 300;
            self.world.requests().iter().filter(|request| good(request)).count() as u64
        };
        let (puts, removals) = (of("PUT"), of("DELETE"));
        let told = |name: &str| json[name].as_u64().unwrap();
        assert_eq!(told("delivered"), puts - self.done.0, "seed {seed}: {json}");
        assert_eq!(told("removed"), removals - self.done.1, "seed {seed}: {json}");
        self.done = (puts, removals);
        self.look(&outcome);
        outcome
    }

    fn look(&self, outcome: &Outcome) {
        let seed = self.seed;
        assert!(!outcome.stdout.contains("target_missing"), "seed {seed}: {}", outcome.stdout);
        for (number, _) in self.files.iter().enumerate().filter(|(_, file)| file.is_some()) {
            assert!(self.world.user_photo(&person(number)).is_some(), "seed {seed}: the photo of {number} is gone");
        }
    }

    fn edit(&mut self, chance: &mut Rng) {
        let number = chance.usize(..PEOPLE);
        let place = |folder: &str| self.world.photos().join(file(folder, number));
        match (self.files[number], chance.u8(..4)) {
            (Some(folder), 0) => {
                std::fs::remove_file(place(folder)).unwrap();
                self.files[number] = None;
            }
            (Some(folder), 1 | 2) => {
                let to = if folder == "users" { "moved" } else { "users" };
                std::fs::create_dir_all(self.world.photos().join(to)).unwrap();
                std::fs::rename(place(folder), place(to)).unwrap();
                self.files[number] = Some(to);
            }
            (folder, _) => {
                // Whoever had no file and maybe no photo is looked at when the new one has arrived.
                let folder = folder.unwrap_or("users");
                self.world.write(&file(folder, number), &portrait(chance.u32(..)));
                if self.files[number].is_none() {
                    self.world.emulator().clear_faults();
                    self.settle();
                    self.files[number] = Some(folder);
                }
            }
        }
    }

    /// Without faults, all comes right by itself, once a person has tried again what was refused for good.
    fn settle(&mut self) {
        self.world.emulator().clear_faults();
        let mut last = self.pass(&["reconcile", "--json"]);
        for _ in 0..3 {
            self.world.run(&["retry"]);
            last = self.pass(&["reconcile", "--json"]);
            if last.code == Some(0) {
                return;
            }
        }
        panic!("seed {}: does not come right: {}", self.seed, last.stdout);
    }

    fn years(&mut self) -> usize {
        let mut chance = Rng::with_seed(self.seed);
        let mut hits = 0;
        for _ in 0..2 {
            for _ in 0..chance.usize(1..4) {
                self.edit(&mut chance);
            }
            for _ in 0..chance.usize(1..4) {
                self.world.emulator().add_fault(fault(&mut chance));
            }
            let before = self.world.requests().len();
            for _ in 0..2 {
                self.pass(&["reconcile", "--patience", "0s", "--max-duration", "8s", "--json"]);
            }
            if self.seed.is_multiple_of(4) {
                let verified = self.world.run(&["verify", "--max-duration", "8s", "--json"]);
                self.look(&verified);
                assert_eq!(verified.json()["gone"], 0, "seed {}: {}", self.seed, verified.stdout);
            }
            hits += self.world.requests()[before..].iter().filter(|request| request.status >= 400).count();
            self.settle();
        }
        for (number, file) in self.files.iter().enumerate() {
            let photo = self.world.user_photo(&person(number)).map(|photo| photo.body);
            if let Some(folder) = file {
                let wanted = std::fs::read(self.world.photos().join(self::file(folder, number))).unwrap();
                assert_eq!(photo.as_deref(), Some(&wanted[..]), "seed {}: {number}", self.seed);
            }
        }
        hits
    }
}

#[test]
fn whatever_a_read_answers_nobody_is_missing_and_nothing_is_said_to_be_done() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = number("PHOTOSYNCD_ANSWER_SEEDS").unwrap_or(SEEDS);
    let first = number("PHOTOSYNCD_SEED").unwrap_or(1);
    let (next, hits) = (AtomicU64::new(first), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(seeds) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + seeds {
                        return;
                    }
                    hits.fetch_add(Tried::new(seed).years(), Ordering::SeqCst);
                }
            });
        }
    });
    let hits = hits.into_inner();
    println!("{seeds} seeds, {hits} answers that were refusals");
    assert!(hits as u64 > seeds, "the faults were hit");
}
