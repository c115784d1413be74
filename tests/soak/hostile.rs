//! A long life among liars: a server that mixes what is true with lies, a directory in which honest files change beside
//! links, pipes, bombs and odd names, a clock that jumps. Nothing crashes, nothing hangs, memory stays within a bound, what
//! lies outside is left alone, nobody gets another's photo, and in the end every honest photo is there.
//!
//! `PHOTOSYNCD_SOAK=30m cargo test --release --test soak -- --ignored --nocapture among_liars`

use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{Settings, SignIn};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::liar::Liar;
use crate::world::service::{Service, free_port, get, status_now};
use crate::world::{SECRET, World, blake3, person, portrait, portrait_file, tree};

/// Those with a file of their own, and those at whose names only others' tricks lie.
const HONEST: usize = 60;
const TRICKED: usize = 30;
/// Megabytes: what pictures may take at once, and the program beside.
const PICTURES: u64 = 128;
const BOUND: u64 = PICTURES + 120;
/// All honest photos must be there so long after the last lie.
const QUIET: Duration = Duration::from_secs(180);
const ADDRESS_SPACE: [&str; 4] = ["jpg", "png", "JPG", "gif"];

struct Among {
    world: World,
    liar: Liar,
    chance: fastrand::Rng,
    service: Option<Service>,
    port: u16,
    /// Whose picture it is, by its hash.
    owners: HashMap<String, usize>,
    /// The last picture of each honest person.
    wanted: BTreeMap<usize, u32>,
    next: u32,
    peak: u64,
    events: BTreeMap<&'static str, u32>,
    /// What the service said before it was started again.
    said: String,
}

impl Among {
    fn count(&mut self, what: &'static str) {
        *self.events.entry(what).or_default() += 1;
    }

    fn edit(&mut self, number: usize) {
        self.next += 1;
        let picture = portrait(self.next);
        self.owners.insert(blake3(&picture), number);
        self.put(&portrait_file(number), |path| std::fs::write(path, &picture).unwrap());
        self.wanted.insert(number, self.next);
        self.count("edits");
    }

    /// Puts something at a path, in the place of whatever is there.
    fn put(&self, path: &str, make: impl FnOnce(&PathBuf)) {
        let path = self.world.photos().join(path);
        let near = path.with_extension("part");
        for old in [&near, &path] {
            _ = std::fs::remove_file(old);
            _ = std::fs::remove_dir_all(old);
        }
        make(&near);
        std::fs::rename(near, path).unwrap();
    }

    /// Puts something at the name of somebody who has no file, or for a moment at that of somebody who has one.
    fn trick(&mut self) {
        let honest = self.chance.u32(0..4) == 0;
        let number = if honest { self.chance.usize(0..HONEST) } else { HONEST + self.chance.usize(0..TRICKED) };
        let ending = if honest { "jpg" } else { ADDRESS_SPACE[self.chance.usize(0..ADDRESS_SPACE.len())] };
        let path = format!("users/{}.{ending}", person(number));
        let (outside, other) = (self.world.path("outside"), self.world.photos().join(portrait_file(0)));
        let bytes = self.chance.usize(0..100_000);
        let kind = ["link outside", "link to another", "pipe", "directory", "bomb", "noise", "nothing", "text"];
        let kind = kind[self.chance.usize(0..kind.len())];
        self.put(&path, |path| match kind {
            "link outside" => symlink(outside.join("portrait.jpg"), path).unwrap(),
            "link to another" => symlink(other, path).unwrap(),
            "pipe" => mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).unwrap(),
            "directory" => std::fs::create_dir(path).unwrap(),
            "bomb" => std::fs::write(path, bomb()).unwrap(),
            "noise" => std::fs::write(path, [b"\xFF\xD8\xFF\xE0".as_slice(), &vec![0xA5; bytes]].concat()).unwrap(),
            "nothing" => std::fs::write(path, b"").unwrap(),
            _ => std::fs::write(path, b"=cmd|'/c calc'!A1\x1b[2J\n").unwrap(),
        });
        if honest {
            // What was there comes back, sooner or later.
            let seed = self.wanted[&number];
            self.world.pass_time(Duration::from_millis(self.chance.u64(0..300)));
            self.put(&portrait_file(number), |path| std::fs::write(path, portrait(seed)).unwrap());
        }
        self.count(kind);
    }

    /// A file with a name that steers terminals, or leads elsewhere.
    fn name(&mut self) {
        const NAMES: [&str; 5] =
            ["\x1b]0;owned\x07.jpg", "a\nb@contoso.com.jpg", "..jpg", "p001@contoso.com.jpg.jpg", "%2e%2e%2fp002.jpg"];
        let name = NAMES[self.chance.usize(0..NAMES.len())];
        std::fs::write(self.world.photos().join("users").join(name), portrait(7)).unwrap();
        self.count("odd names");
    }

    fn start(&mut self) {
        self.service = Some(Service::start(&self.world, &[("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "131072")]));
        let control = self.world.ledger().with_file_name("control.sock");
        self.world.until("the service listens", || std::os::unix::net::UnixStream::connect(&control).is_ok());
    }

    fn stop(&mut self) {
        let service = self.service.take().unwrap();
        service.run.terminate();
        let outcome = service.finish().0.exits(0);
        self.said.push_str(&outcome.stderr);
    }

    /// What must hold at any moment. A question that isn't answered within ten seconds fails the test.
    fn check(&mut self) {
        assert!(!self.service.as_mut().unwrap().run.is_over(), "the service ended by itself");
        assert_eq!(get(self.port, "/livez").map(|(status, _)| status), Some(200));
        let process = status_now(&self.world)["pid"].as_u64().unwrap();
        let memory = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let line = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        self.peak = self.peak.max(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024);
        assert!(self.peak <= BOUND, "{} MB", self.peak);
        for number in 0..HONEST + TRICKED {
            let photo = self.world.user_photo(&person(number));
            let owner = photo.map(|photo| self.owners.get(&blake3(&photo.body)).copied());
            assert!(owner.is_none() || owner == Some(Some(number)), "{} has the photo of {owner:?}", person(number));
        }
    }

    fn missing(&self) -> Vec<usize> {
        let is_there = |number: &usize| {
            self.world.user_photo(&person(*number)).is_some_and(|photo| photo.body == portrait(self.wanted[number]))
        };
        (0..HONEST).filter(|number| !is_there(number)).collect()
    }
}

/// A small file that says that it holds a picture of 100 megapixels.
fn bomb() -> Vec<u8> {
    let mut file = Vec::new();
    let picture = image::GrayImage::new(64, 64);
    picture.write_to(&mut std::io::Cursor::new(&mut file), image::ImageFormat::Bmp).unwrap();
    file[18..26].copy_from_slice(&[0x10, 0x27, 0, 0, 0x10, 0x27, 0, 0]);
    file
}

#[test]
#[ignore = "takes as long as it is told to"]
fn among_liars() {
    let span = crate::span();
    let seed = crate::seed();
    println!("PHOTOSYNCD_SEED={seed}, {} s", span.as_secs());
    // The token is for the tenant, wherever the way to it leads.
    let sign_in = SignIn { strict_scope: false, ..SignIn::default() };
    let mut world = World::people_with(HONEST + TRICKED, Settings { sign_in, ..Settings::default() });
    let port = free_port();
    let (graph, login) = (world.emulator().graph_url(), world.emulator().login_url());
    let liar = Liar::before(&graph, seed);
    world.graph(&liar.url(&graph), &login, "credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }");
    world.set("source", "{ directory: photos, settle: 100ms, full_pass_every: 1m }");
    world.set("photo", &format!("{{ max_memory: {PICTURES}MB }}"));
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    world.set("upload", "{ per_second: 200, max_per_second: 1000, retry: { initial: 100ms, max: 5s, give_up_after: 7d } }");
    std::fs::create_dir_all(world.path("outside")).unwrap();
    std::fs::write(world.path("outside/portrait.jpg"), portrait(1_000_000)).unwrap();
    let outside = tree(&world.path("outside"));
    let mut among = Among {
        world,
        liar,
        chance: fastrand::Rng::with_seed(seed),
        service: None,
        port,
        owners: HashMap::new(),
        wanted: BTreeMap::new(),
        next: 0,
        peak: 0,
        events: BTreeMap::new(),
        said: String::new(),
    };
    std::fs::create_dir_all(among.world.photos().join("users")).unwrap();
    for number in 0..HONEST {
        among.edit(number);
    }
    among.start();
    let clock = Clock::system();
    let mut checked = Duration::ZERO;
    while clock.elapsed() < span {
        match among.chance.u32(0..100) {
            0..45 => {
                let number = among.chance.usize(0..HONEST);
                among.edit(number);
            }
            45..85 => among.trick(),
            85..97 => among.name(),
            97..99 => among.liar.rest(),
            _ => {
                among.stop();
                let days = among.chance.i64(-4_000..4_000);
                among.world.clock_jumps_by_days(days);
                among.count("jumps of the clock");
                among.start();
            }
        }
        let pause = Duration::from_millis(among.chance.u64(0..300));
        among.world.pass_time(pause);
        if clock.elapsed().saturating_sub(checked) > Duration::from_secs(2) {
            checked = clock.elapsed();
            among.check();
        }
    }
    among.liar.honest();
    let quiet = clock.elapsed();
    while !among.missing().is_empty() && clock.elapsed().saturating_sub(quiet) < QUIET {
        among.world.pass_time(Duration::from_millis(500));
        among.check();
    }
    let (missing, took) = (among.missing(), clock.elapsed().saturating_sub(quiet));
    println!("{:?}\nlies: {:?}", among.events, among.liar.told());
    println!(
        "{} uploads; peak {} MB of {BOUND}; all in place {:.1} s after the last lie",
        among.world.puts().len(),
        among.peak,
        took.as_secs_f64()
    );
    for number in &missing {
        println!("{}", among.world.run(&["explain", &person(*number)]).stdout);
    }
    assert!(missing.is_empty(), "{missing:?}");
    among.stop();
    assert_eq!(tree(&among.world.path("outside")), outside);
    for secret in [SECRET, "Bearer ", "\u{1b}", "\u{7}"] {
        assert!(!among.said.contains(secret), "the log holds {secret:?}");
    }
}
