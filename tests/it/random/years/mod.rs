//! Years of a company by a seed: HR's files come, change and go, people put up and take down pictures of their own, the
//! share and Graph fail, the program dies at any moment, the ledger is lost or damaged, a person forces, undoes, restores
//! and verifies. The parts, the ledger, the files and HTTP are those that run; only the wall clock leaps.
//!
//! What must never be: a photo at somebody whose file never held it; a photo taken out that is not ours, before its file
//! was gone for the grace time, beyond the limits without force, or within a day after a damaged ledger; a photo of
//! somebody else overwritten without a copy; an undo that brings back anything else than what was there. And once the
//! world is quiet, everybody has what HR and the settings say, and a second pass sends nothing.
//!
//! `PHOTOSYNCD_SEEDS=500 cargo test --release --test it years` plays more of them; `PHOTOSYNCD_SEED=…` one alone.

mod checks;
mod company;
mod program;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::config::{Built, build};
use photosyncd::testing::emulator::{Fault, Photo, Reset, Settings};
use photosyncd::testing::ledger::{Identity, Ledger, OpenError, Reader};
use photosyncd::testing::model::{PassCause, Reason, TargetId, Timestamp};
use photosyncd::testing::passes::{Pass, Summary, pass, restore, verify};

use crate::world::{Leaping, SECRET, World, blake3, ledger_is_sound, people, person, portrait, tree};

const PEOPLE: usize = 8;
/// A group, then a team: Graph can't take the photo of a team out.
const GROUP: usize = PEOPLE;
const TEAM: usize = PEOPLE + 1;
const ALL: usize = PEOPLE + 2;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const GRACE: Duration = Duration::from_secs(6 * 3600);
const MOST_REMOVALS: usize = 2;

/// What a slot of the tenant shows.
#[derive(Clone, PartialEq)]
enum Shown {
    Nothing,
    /// A picture out of the directory, by its seed.
    Ours(u32),
    /// Somebody else's: what they put up, and what the tenant gives out of that.
    Theirs(Vec<u8>, Vec<u8>),
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Ours(picture) => write!(f, "our {picture}"),
            Self::Theirs(own, _) => write!(f, "theirs ({})", &blake3(own)[..8]),
        }
    }
}

/// What the ledger can know of what is shown.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Memory {
    Sure,
    /// The answer was lost, or the program with it.
    Unheard,
    /// The ledger was lost since.
    Forgotten,
}

/// One person, group or team.
#[derive(Clone, Debug)]
struct Slot {
    file: Option<u32>,
    /// The file has its other name.
    renamed: bool,
    /// Every picture that a file of this slot ever held.
    held: BTreeSet<u32>,
    shown: Shown,
    /// Which upload of the tenant it shows.
    sequence: Option<u64>,
    /// The ledger may not know that what is shown is ours: the answer was lost, or the ledger.
    memory: Memory,
    gone_since: Option<Timestamp>,
    /// The file came back: how long it had been gone, and the moment.
    back: Option<(Timestamp, u32)>,
    /// Moments, counted over the whole story: when HR's file changed, when somebody else changed what is shown, and when
    /// a person had something put back.
    filed: u32,
    touched: u32,
    put_back: u32,
    /// What was put back stands until the file changes.
    kept: bool,
}

struct Years {
    world: World,
    chance: fastrand::Rng,
    seed: u64,
    leapt: Arc<AtomicU64>,
    clock: Clock,
    slots: Vec<Slot>,
    next_picture: u32,
    moment: u32,
    backup: bool,
    drift: &'static str,
    checks: bool,
    /// The moment of the last pass that saw everything.
    seen: u32,
    /// Something is being put back.
    putting_back: bool,
    /// Whose requests go wrong.
    faulty: BTreeSet<usize>,
    /// Removals that nobody forced, oldest first.
    unforced: VecDeque<Timestamp>,
    locked_until: Timestamp,
    parts: Pass,
    identity: Identity,
    ledger: Option<Ledger>,
    counts: BTreeMap<&'static str, usize>,
}

fn target(number: usize) -> TargetId {
    let id = match number {
        GROUP => "group:00000000-0000-4000-8000-000000000051".to_owned(),
        TEAM => "team:00000000-0000-4000-8000-000000000052".to_owned(),
        _ => format!("user:00000000-0000-4000-8000-{number:012}"),
    };
    id.parse().unwrap()
}

fn url(number: usize) -> String {
    let target = target(number).to_string();
    let (kind, id) = target.split_once(':').unwrap();
    format!("/v1.0/{kind}s/{id}/photo/$value")
}

impl Years {
    fn new(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let leapt = Arc::<AtomicU64>::default();
        let clock = Clock::from_source(Leaping(Clock::system(), Arc::clone(&leapt)));
        let tenant = format!(
            "{}groups:\n  - {{ mailNickname: sales, id: 00000000-0000-4000-8000-000000000051 }}\n  \
             - {{ mailNickname: space, id: 00000000-0000-4000-8000-000000000052, team: marked }}\n",
            people(PEOPLE)
        );
        let mut world = World::at(clock.clone(), &tenant, Settings::default());
        let (backup, checks) = (chance.u8(..4) > 0, chance.u8(..4) > 0);
        let drift = ["report", "hr_wins", "user_wins"][chance.usize(..3)];
        world.set("removal", "{ when_file_disappears: delete, grace: 6h }");
        world.set("guard", &format!("{{ first_contact: replace, max_removals: {MOST_REMOVALS}, max_removals_percent: 100 }}"));
        world.set("backup", &format!("{{ before_first_overwrite: {backup}, keep: 3650d }}"));
        world.set("drift", &format!("{{ check_every: {}, policy: {drift} }}", if checks { "1d" } else { "null" }));
        world.set(
            "upload",
            "{ concurrency: 2, per_second: 1000, max_per_second: 1000, retry: { initial: 100ms, max: 1s, give_up_after: 90d } }",
        );
        let env = |name: &str| (name == "PHOTOSYNCD_TEST_SECRET").then(|| SECRET.to_owned());
        let Built { pass: parts, identity } = world.wait(build(&world.path("config.yaml"), &clock, &env)).unwrap();
        let slot = Slot {
            file: None,
            renamed: false,
            held: BTreeSet::new(),
            shown: Shown::Nothing,
            sequence: None,
            memory: Memory::Sure,
            gone_since: None,
            back: None,
            filed: 0,
            touched: 0,
            put_back: 0,
            kept: false,
        };
        let mut years = Self {
            world,
            chance,
            seed,
            leapt,
            clock,
            slots: vec![slot; ALL],
            next_picture: 0,
            moment: 0,
            backup,
            drift,
            checks,
            seen: 0,
            putting_back: false,
            faulty: BTreeSet::new(),
            unforced: VecDeque::new(),
            locked_until: Timestamp::default(),
            parts,
            identity,
            ledger: None,
            counts: BTreeMap::new(),
        };
        years.ledger = Some(years.open());
        years
    }

    fn open(&self) -> Ledger {
        let opened = std::cell::OnceCell::new();
        // What was cut off lets go of it in its own time.
        self.world.until("the ledger", || match Ledger::open(&self.world.ledger(), &self.identity, self.clock.now()) {
            Ok(ledger) => opened.set(ledger).is_ok(),
            Err(OpenError::Held { .. }) => false,
            Err(error) => panic!("{error}"),
        });
        opened.into_inner().unwrap()
    }

    /// Where the file of a slot lies, or would.
    fn file(&self, number: usize) -> String {
        let ending = if self.slots[number].renamed { "jpeg" } else { "jpg" };
        match number {
            GROUP => format!("groups/sales.{ending}"),
            TEAM => format!("teams/space.{ending}"),
            _ => format!("users/{}.{ending}", person(number)),
        }
    }

    fn leap(&mut self, span: Duration) {
        self.leapt.fetch_add(u64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn photo(&self, number: usize) -> Option<Photo> {
        self.world.photo(&target(number).to_string())
    }

    fn goes_on(&mut self) {
        self.lives();
        match self.chance.u8(..100) {
            0..60 => {
                self.fails();
                let cut = (self.chance.u8(..3) == 0).then(|| self.chance.u32(1..120));
                self.pass(false, cut);
            }
            60..65 => _ = self.pass(true, None),
            65..75 => self.undoes(),
            75..82 => self.restores(),
            82..90 => self.verifies(),
            90..95 => {
                // The share is not there; its mount point is.
                let aside = self.world.path("aside");
                std::fs::rename(self.world.photos(), &aside).unwrap();
                std::fs::create_dir(self.world.photos()).unwrap();
                let before = self.world.puts().len();
                let pass = self.pass(false, None).unwrap();
                // Before anything was delivered it is an empty directory like any.
                let guard = pass.halted.map(|halt| halt.guard.as_str());
                assert!(matches!(guard, Some("unmounted_source" | "empty_source")), "{}: {guard:?}", self.seed);
                assert_eq!(self.world.puts().len(), before);
                std::fs::remove_dir(self.world.photos()).unwrap();
                std::fs::rename(&aside, self.world.photos()).unwrap();
                self.count("shares away");
            }
            _ => {
                let damaged = self.chance.bool();
                self.loses_the_ledger(damaged);
            }
        }
        self.calms();
    }

    /// Nothing happens any more: everybody comes to have what they should.
    fn comes_to_rest(&mut self) {
        for _ in 0..8 {
            self.leap(DAY + HOUR);
            self.calms();
            self.pass(true, None).unwrap();
        }
        let puts = self.world.puts().len();
        let last = self.pass(false, None).unwrap();
        assert_eq!((last.delivered, last.removed, self.world.puts().len()), (0, 0, puts), "seed {}: a second pass", self.seed);
        let held = self.world.wait(self.ledger.as_ref().unwrap().read(Reader::held)).unwrap();
        for number in 0..ALL {
            let slot = self.slots[number].clone();
            let place = self.place(number);
            match (slot.file, &slot.shown) {
                (Some(file), Shown::Ours(there)) if file == *there => {}
                (Some(_), _) => {
                    let told = slot.put_back.max(if self.drift == "hr_wins" && self.checks { 0 } else { slot.touched });
                    assert!(told > slot.filed, "{place} shows {:?}: {slot:?}", slot.shown);
                }
                (None, Shown::Ours(_)) => {
                    let told = held
                        .iter()
                        .any(|row| row.target == Some(target(number)) && row.problem.reason == Reason::RemovalNotPossible);
                    let known = number == TEAM || slot.memory == Memory::Forgotten || slot.put_back > 0;
                    assert!(
                        known || slot.memory == Memory::Unheard && told,
                        "{place} is gone, its photo is there, and nobody is told: {slot:?}"
                    );
                }
                (None, _) => {}
            }
        }
    }
}

#[test]
fn years_of_a_company() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("PHOTOSYNCD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PHOTOSYNCD_SEEDS").unwrap_or(8),
    };
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in seeds.clone() {
        println!("PHOTOSYNCD_SEED={seed}");
        let mut years = Years::new(seed);
        for number in 0..ALL {
            if years.chance.u8(..4) > 0 {
                years.writes(number);
            }
            if years.chance.bool() {
                years.puts_up(number);
            }
        }
        for _ in 0..40 {
            years.goes_on();
        }
        years.comes_to_rest();
        for (what, count) in years.counts {
            *all.entry(what).or_default() += count;
        }
    }
    println!("{} stories: {all:?}", seeds.end - seeds.start);
    if seeds.end - seeds.start > 1 {
        for what in [
            "files renamed",
            "pictures written again",
            "photos removed",
            "undo",
            "restore",
            "deaths",
            "damaged ledgers",
            "lost ledgers",
            "shares away",
            "verified",
        ] {
            assert!(all.contains_key(what), "{what}: never tried");
        }
    }
}
