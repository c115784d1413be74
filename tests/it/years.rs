//! Years of a company by a seed: HR's files come, change and go, people put up and take down pictures of their own, the
//! share and Graph fail, the program dies at any moment, the ledger is lost or damaged, a person forces, undoes, restores
//! and verifies. The engine, the ledger, the files and HTTP are those that run; only the wall clock leaps.
//!
//! What must never be: a photo at somebody whose file never held it; a photo taken out that is not ours, before its file
//! was gone for the grace time, beyond the limits without force, or within a day after a damaged ledger; a photo of
//! somebody else overwritten without a copy; an undo that brings back anything else than what was there. And once the
//! world is quiet, everybody has what HR and the settings say, and a second pass sends nothing.
//!
//! `PHOTOSYNCD_SEEDS=500 cargo test --release --test it years` plays more of them; `PHOTOSYNCD_SEED=…` one alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use photosyncd::clock::{Clock, TimeSource};
use photosyncd::config::{Built, Config, build};
use photosyncd::emulator::{Fault, Photo, Reset, Settings};
use photosyncd::engine::{Engine, PassOptions, Selection, Summary, Until, Which};
use photosyncd::ledger::{Identity, Ledger, OpenError};
use photosyncd::model::{TargetId, Timestamp};

use tokio_util::sync::CancellationToken;

use crate::world::{SECRET, World, blake3, people, person, portrait, tree};

const PEOPLE: usize = 8;
/// A group, then a team: Graph can't take the photo of a team out.
const GROUP: usize = PEOPLE;
const TEAM: usize = PEOPLE + 1;
const ALL: usize = PEOPLE + 2;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const GRACE: Duration = Duration::from_secs(6 * 3600);
const MOST_REMOVALS: usize = 2;

/// The machine's clock, and what was leapt over since.
struct Leaping(Clock, Arc<AtomicU64>);

impl TimeSource for Leaping {
    fn wall(&self) -> Timestamp {
        self.0.now().plus(Duration::from_millis(self.1.load(Ordering::Relaxed)))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

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

/// One person, group or team.
#[derive(Clone, Debug)]
struct Slot {
    file: Option<u32>,
    /// Every picture that a file of this slot ever held.
    held: BTreeSet<u32>,
    shown: Shown,
    /// Which upload of the tenant it shows.
    sequence: Option<u64>,
    /// The ledger may not know that what is shown is ours: the answer was lost, or the ledger.
    unknown: bool,
    gone_since: Option<Timestamp>,
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
    engine: Engine,
    identity: Identity,
    ledger: Option<Ledger>,
    counts: BTreeMap<&'static str, usize>,
}

fn path(number: usize) -> String {
    match number {
        GROUP => "groups/sales.jpg".to_owned(),
        TEAM => "teams/space.jpg".to_owned(),
        _ => format!("users/{}.jpg", person(number)),
    }
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
        world.set("guard", &format!("{{ max_removals: {MOST_REMOVALS}, max_removals_percent: 100 }}"));
        world.set("backup", &format!("{{ before_first_overwrite: {backup}, keep: 3650d }}"));
        world.set("drift", &format!("{{ check_every: {}, policy: {drift} }}", if checks { "1d" } else { "null" }));
        world.set(
            "upload",
            "{ concurrency: 2, per_second: 1000, max_per_second: 1000, retry: { initial: 100ms, max: 1s, give_up_after: 90d } }",
        );
        let env = |name: &str| (name == "PHOTOSYNCD_TEST_SECRET").then(|| SECRET.to_owned());
        let config = Config::load(&world.path("config.yaml"), &env).unwrap();
        let Built { engine, identity } = world.wait(build(&config, &clock, &env, None)).unwrap();
        let slot = Slot {
            file: None,
            held: BTreeSet::new(),
            shown: Shown::Nothing,
            sequence: None,
            unknown: false,
            gone_since: None,
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
            engine,
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

    fn leap(&mut self, span: Duration) {
        self.leapt.fetch_add(u64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn photo(&self, number: usize) -> Option<Photo> {
        self.world.photo(&target(number).to_string())
    }

    // What happens in the company.

    fn writes(&mut self, number: usize) {
        self.next_picture += 1;
        self.moment += 1;
        self.world.write(&path(number), &portrait(self.next_picture));
        let slot = &mut self.slots[number];
        slot.file = Some(self.next_picture);
        slot.held.insert(self.next_picture);
        (slot.gone_since, slot.filed, slot.kept) = (None, self.moment, false);
    }

    fn removes(&mut self, number: usize) {
        if self.slots[number].file.take().is_some() {
            std::fs::remove_file(self.world.photos().join(path(number))).unwrap();
            self.slots[number].gone_since = Some(self.clock.now());
            self.count("files removed");
        }
    }

    fn puts_up(&mut self, number: usize) {
        self.next_picture += 1;
        self.moment += 1;
        let own = portrait(100_000 + self.next_picture);
        assert!(self.world.send("PUT", &url(number), &[("Content-Type", "image/jpeg")], &own) < 300);
        let shown = self.world.fetch(&url(number));
        let sequence = self.photo(number).map(|photo| photo.sequence);
        let slot = &mut self.slots[number];
        (slot.shown, slot.sequence, slot.touched, slot.unknown) = (Shown::Theirs(own, shown), sequence, self.moment, false);
        self.count("photos put up");
    }

    fn takes_down(&mut self, number: usize) {
        if number != TEAM && self.slots[number].shown != Shown::Nothing {
            self.moment += 1;
            assert!(self.world.send("DELETE", &url(number), &[], b"") < 300);
            let slot = &mut self.slots[number];
            (slot.shown, slot.sequence, slot.touched, slot.unknown) = (Shown::Nothing, None, self.moment, false);
            self.count("photos taken down");
        }
    }

    fn lives(&mut self) {
        for _ in 0..self.chance.usize(..4) {
            let number = self.chance.usize(..ALL);
            match self.chance.u8(..10) {
                0..4 => self.writes(number),
                4..6 => self.removes(number),
                6..9 => self.puts_up(number),
                _ => self.takes_down(number),
            }
        }
        let span = match self.chance.u8(..4) {
            0 => self.chance.u64(1..3600),
            1..3 => self.chance.u64(3600..12 * 3600),
            _ => self.chance.u64(86_400..3 * 86_400),
        };
        self.leap(Duration::from_secs(span));
    }

    // What the program does.

    fn until() -> Until {
        Until { patience: Duration::ZERO, max_duration: None, limit: None, cancelled: CancellationToken::new() }
    }

    /// Does something with engine and ledger; it may be cut off for good at any point where it waits. None: it was.
    fn act<T, F: Future<Output = T> + Send>(
        &mut self,
        cut_after: Option<u32>,
        forced: bool,
        act: impl FnOnce(Engine, Ledger) -> F,
    ) -> Option<T> {
        let before: Vec<Slot> = self.slots.clone();
        let ledger = self.ledger.clone().unwrap();
        let work = act(self.engine.clone(), ledger);
        let outcome = self.world.wait(async {
            let mut work = pin!(work);
            let mut left = cut_after;
            poll_fn(|context| {
                if left == Some(0) {
                    return Poll::Ready(None);
                }
                left = left.map(|left| left - 1);
                work.as_mut().poll(context).map(Some)
            })
            .await
        });
        if outcome.is_none() {
            self.dies();
        }
        self.looks(&before, outcome.is_none(), forced);
        outcome
    }

    /// All that was in memory is gone; what is on the disk must be sound.
    fn dies(&mut self) {
        self.ledger = None;
        let sound: String = rusqlite::Connection::open(self.world.ledger())
            .unwrap()
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok");
        self.ledger = Some(self.open());
        self.count("deaths");
    }

    fn pass(&mut self, force: bool, cut_after: Option<u32>) -> Option<Summary> {
        let options = PassOptions { cause: "reconcile", force, only: Selection::default(), until: Self::until(), beside: None };
        let pass = self.act(cut_after, force, |engine, ledger| async move { engine.pass(&ledger, &options, &|_| {}).await });
        let pass = pass?.unwrap();
        if pass.halted.is_none() && self.faulty.is_empty() {
            self.seen = self.moment;
        }
        Some(pass)
    }

    fn verifies(&mut self) {
        let which = Which { before: Timestamp::from_millis(i64::MAX), only: None, behind: None };
        self.act(None, false, |engine, ledger| async move { engine.verify(&ledger, &which, &Self::until()).await.unwrap() });
        self.count("verified");
    }

    /// Puts kept photos back, and says at whom.
    fn puts_back(&mut self, which: Vec<(TargetId, i64)>, cause: &'static str) {
        self.moment += 1;
        let moment = self.moment;
        for (target_of, _) in &which {
            let number = (0..ALL).find(|number| target(*number) == *target_of).unwrap();
            self.slots[number].put_back = moment;
        }
        self.putting_back = true;
        self.act(None, false, |engine, ledger| async move {
            engine.restore(&ledger, cause, which, &Self::until(), &|_| {}).await.unwrap()
        });
        self.putting_back = false;
        for slot in self.slots.iter_mut().filter(|slot| slot.put_back == moment) {
            // A file that changed before, and that no pass has seen, is a new one.
            slot.kept = !matches!(slot.shown, Shown::Ours(_)) && slot.filed <= self.seen;
        }
        self.count(cause);
    }

    fn restores(&mut self) {
        let number = self.chance.usize(..ALL);
        let newest = self.world.wait(self.ledger.as_ref().unwrap().newest_backup(target(number))).unwrap();
        if let Some(newest) = newest {
            self.puts_back(vec![(target(number), newest.backup)], "restore");
        }
    }

    /// A pass that nothing disturbs, and what was there before it again.
    fn undoes(&mut self) {
        let before = self.slots.clone();
        let Some(pass) = self.pass(false, None) else { return };
        let after = self.slots.clone();
        let all = self.world.wait(self.ledger.as_ref().unwrap().undo_of(pass.pass)).unwrap();
        let which: Vec<_> = all.into_iter().filter_map(|(target, _, backup)| Some((target, backup?))).collect();
        if which.is_empty() {
            return;
        }
        self.puts_back(which, "undo");
        for number in 0..ALL {
            let (had, came, there) = (&before[number], &after[number], &self.slots[number]);
            let place = self.place(number);
            match &had.shown {
                _ if came.sequence == had.sequence => assert_eq!(there.sequence, had.sequence, "{place}: not of that pass"),
                // A photo after a try that nobody heard of can't be told from ours.
                _ if had.unknown => {}
                Shown::Theirs(_, shown) => {
                    let body = self.photo(number).map(|photo| photo.body.to_vec());
                    assert!(body.as_ref() == Some(shown), "{place}: had another: {had:?}, now {there:?}");
                }
                Shown::Nothing if number != TEAM => assert_eq!(there.shown, Shown::Nothing, "{place}: had none"),
                Shown::Nothing | Shown::Ours(_) => {}
            }
        }
    }

    fn loses_the_ledger(&mut self, damaged: bool) {
        self.ledger = None;
        let path = self.world.ledger();
        if damaged {
            let mut bytes = std::fs::read(&path).unwrap();
            let from = bytes.len() / 3;
            bytes[from..].fill(0xA5);
            std::fs::write(&path, bytes).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        self.locked_until = self.clock.now().plus(DAY);
        self.ledger = Some(self.open());
        for slot in &mut self.slots {
            slot.unknown |= slot.shown != Shown::Nothing;
            // What was put back, nobody knows any more.
            (slot.put_back, slot.kept) = (0, false);
        }
        self.unforced.clear();
        self.count(if damaged { "damaged ledgers" } else { "lost ledgers" });
    }

    // What must never be.

    fn place(&self, number: usize) -> String {
        format!("seed {}, {}", self.seed, path(number))
    }

    /// Compares what the tenant shows now with what it showed before.
    fn looks(&mut self, before: &[Slot], cut: bool, forced: bool) {
        let kept: Vec<Vec<u8>> = tree(&self.world.path(".photosyncd/backups")).into_values().collect();
        let now = self.clock.now();
        for (number, was) in before.iter().enumerate() {
            let photo = self.photo(number);
            let sequence = photo.as_ref().map(|photo| photo.sequence);
            if sequence == was.sequence {
                continue;
            }
            let place = self.place(number);
            assert!(self.putting_back || !was.kept, "{place}: what was put back was overwritten: {was:?}");
            let body = photo.map(|photo| photo.body.to_vec());
            // Whatever took its place: the photo of somebody else is kept.
            if let Shown::Theirs(own, shown) = &was.shown {
                assert!(body.is_some(), "{place}: the photo of somebody else was taken out");
                let safe = !self.backup || kept.contains(shown) || kept.contains(own);
                assert!(safe, "{place}: the photo of somebody else was overwritten and is not kept");
            }
            let shown = match &body {
                None => Shown::Nothing,
                Some(body) => match self.slots[number].held.iter().find(|picture| portrait(**picture) == *body) {
                    Some(picture) => Shown::Ours(*picture),
                    None => Shown::Theirs(body.clone(), self.world.fetch(&url(number))),
                },
            };
            if let Shown::Theirs(own, _) = &shown {
                assert!(kept.contains(own), "{place}: a face from nowhere");
            }
            if shown == Shown::Nothing {
                self.was_taken_out(number, now, forced);
            }
            let slot = &mut self.slots[number];
            // An answer that was lost leaves a photo that the ledger can't know.
            slot.unknown = matches!(shown, Shown::Ours(_)) && (cut || self.faulty.contains(&number));
            (slot.shown, slot.sequence) = (shown, sequence);
        }
    }

    fn was_taken_out(&mut self, number: usize, now: Timestamp, forced: bool) {
        let slot = &self.slots[number];
        let place = self.place(number);
        assert_ne!(number, TEAM, "nobody can take it out");
        if self.putting_back && slot.put_back == self.moment {
            return;
        }
        let gone_since = slot.gone_since.unwrap_or_else(|| panic!("{place}: its file is there"));
        assert!(now.since(gone_since) >= GRACE, "{place}: taken out after {:?}", now.since(gone_since));
        assert!(now >= self.locked_until, "{place}: taken out within a day after the ledger was damaged");
        self.count("photos removed");
        if !forced {
            self.unforced.push_back(now);
        }
        while self.unforced.front().is_some_and(|at| now.since(*at) >= DAY) {
            self.unforced.pop_front();
        }
        assert!(self.unforced.len() <= MOST_REMOVALS, "{} removals within a day", self.unforced.len());
    }

    /// One thing that goes wrong with Graph, or nothing.
    fn fails(&mut self) {
        if self.chance.u8(..3) > 0 {
            return;
        }
        let number = self.chance.usize(..ALL);
        let id = target(number).object_id().unwrap().to_string();
        self.world.emulator().add_fault(match self.chance.u8(..6) {
            0 => Fault::reset("PUT", &id, Reset::After).times(1),
            1 => Fault::reset("GET", &id, Reset::Before).times(1),
            2 => Fault::status("PUT", &id, 503).times(2),
            3 => Fault { nth: self.chance.u64(1..3), ..Fault::status("GET", &format!("{id}/photo"), 404) }.times(1),
            4 => Fault::reset("DELETE", &id, Reset::After).times(1),
            _ => Fault::status("GET", "/users", 500).times(2),
        });
        self.faulty.insert(number);
        self.count("faults");
    }

    fn calms(&mut self) {
        self.world.emulator().clear_faults();
        self.faulty.clear();
        let retried = self.ledger.as_ref().unwrap().retry(None, self.clock.now());
        self.world.wait(retried).unwrap();
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
                assert_eq!(pass.halted.map(|halt| halt.guard), Some("empty_source"), "{}", self.seed);
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
                    assert!(
                        number == TEAM || slot.unknown || slot.put_back > 0,
                        "{place} is gone, and its photo is there: {slot:?}"
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
        for what in ["photos removed", "undo", "restore", "deaths", "damaged ledgers", "lost ledgers", "shares away", "verified"]
        {
            assert!(all.contains_key(what), "{what}: never tried");
        }
    }
}
