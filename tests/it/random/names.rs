//! Names that wander, by a seed: employee numbers move between accounts, are given twice or to nobody, accounts go and
//! come, files come, change and go, links to changes wear out or lead nowhere, the ledger is lost. Asked one by one or
//! swept and followed, by the seed. Names move a moment after they were confirmed, while pictures wait to be sent, and
//! while nothing else happens.
//!
//! What must never be: a photo at an account that does not bear the number of its file when the photo comes, or at another
//! account than the file was bound to before, unless a person has accepted that. And once the world is quiet, every file
//! is in step or held for the reason that a look at the tenant gives; also after any pass that comes half an hour after the
//! one before.
//!
//! `PHOTOSYNCD_SEEDS=500 cargo test --release --test it names_that_move` plays more of them; `PHOTOSYNCD_SEED=…` one alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::config::{Built, build};
use photosyncd::testing::emulator::{Entry, EntryKind, Fault, Quirks, Settings};
use photosyncd::testing::ledger::{Identity, Ledger, Reader};
use photosyncd::testing::model::{Property, Reason, Stopped};
use photosyncd::testing::passes::{Pass, Summary, pass, sweeping_from};

use super::impatient;
use crate::world::{Leaping, SECRET, World, portrait};

/// What waits to be sent is confirmed once more after a minute, and what rests is asked about after half an hour.
const SENT: u64 = 61;
const RESTS: u64 = 31 * 60;
/// ... and at the latest after this.
const MOST: Duration = Duration::from_secs(59 * 60);

/// Numbers, with a file each; and accounts at the start.
const NUMBERS: usize = 6;
const ACCOUNTS: usize = 8;
const HOUR: u64 = 3_600;

/// An account, and which upload it shows.
#[derive(Debug)]
struct Account {
    number: Option<usize>,
    shows: Option<u64>,
    is_there: bool,
}

/// A file: its picture, those it had, and the account it is bound to.
#[derive(Clone, Debug, Default)]
struct Badge {
    picture: Option<u32>,
    /// Its file has its other name.
    renamed: bool,
    held: Vec<u32>,
    bound: Option<usize>,
}

struct Names {
    world: World,
    chance: fastrand::Rng,
    seed: u64,
    leapt: Arc<AtomicU64>,
    clock: Clock,
    parts: Pass,
    identity: Identity,
    ledger: Option<Ledger>,
    accounts: Vec<Account>,
    badges: Vec<Badge>,
    next_picture: u32,
    /// Photos wait to be sent.
    waits: bool,
    counts: BTreeMap<&'static str, usize>,
}

fn id(account: usize) -> String {
    format!("00000000-0000-4000-8000-{account:012}")
}

/// The value of `employeeId`; who has no number has one that no file names.
fn value(account: usize, number: Option<usize>) -> String {
    number.map_or_else(|| format!("none-{account}"), |number| number.to_string())
}

impl Names {
    fn new(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let leapt = Arc::<AtomicU64>::default();
        let clock = Clock::from_source(Leaping(Clock::system(), Arc::clone(&leapt)));
        // Small pages: a walk over what changed takes several.
        let quirks = Quirks { page_size: chance.usize(1..5), ..Quirks::default() };
        let mut world = World::at(clock.clone(), "users: []\n", Settings { quirks, ..Settings::default() });
        world.set(
            "upload",
            "{ concurrency: 2, per_second: 1000, max_per_second: 1000, retry: { initial: 100ms, max: 1s, give_up_after: 90d } }",
        );
        let env = |name: &str| (name == "PHOTOSYNCD_TEST_SECRET").then(|| SECRET.to_owned());
        let Built { pass: parts, identity } = world.wait(build(&world.path("config.yaml"), &clock, &env)).unwrap();
        let sweep_from = [1, 3, usize::MAX][chance.usize(..3)];
        let parts = sweeping_from(parts, sweep_from);
        let ledger = Ledger::open(&world.ledger(), &identity, clock.now()).unwrap();
        let mut names = Self {
            world,
            chance,
            seed,
            leapt,
            clock,
            parts,
            identity,
            ledger: Some(ledger),
            accounts: Vec::new(),
            badges: vec![Badge::default(); NUMBERS],
            next_picture: 0,
            waits: false,
            counts: BTreeMap::new(),
        };
        (0..ACCOUNTS).for_each(|account| names.hires((account < NUMBERS).then_some(account)));
        (0..NUMBERS).for_each(|number| names.writes(number));
        names
    }

    fn count(&mut self, what: &'static str, times: usize) {
        *self.counts.entry(what).or_default() += times;
    }

    fn hires(&mut self, number: Option<usize>) {
        let account = self.accounts.len();
        let mut user = Entry::new(EntryKind::User, &id(account));
        user.set(Property::UserPrincipalName, &format!("a{account}@contoso.com"));
        user.set(Property::EmployeeId, &value(account, number));
        self.world.emulator().change_tenant(|tenant| tenant.add(user).unwrap());
        self.accounts.push(Account { number, shows: None, is_there: true });
    }

    fn leaves(&mut self, account: usize) {
        if std::mem::take(&mut self.accounts[account].is_there) {
            self.world.emulator().change_tenant(|tenant| assert!(tenant.remove(&id(account))));
            self.count("accounts deleted", 1);
        }
    }

    fn is_given(&mut self, account: usize, number: Option<usize>) {
        if self.accounts[account].is_there {
            self.accounts[account].number = number;
            let change = |user: &mut Entry| user.set(Property::EmployeeId, &value(account, number));
            self.world.emulator().change_tenant(|tenant| assert!(tenant.change(&id(account), change)));
            self.count("numbers moved", 1);
        }
    }

    /// Where the file of a number lies, or would.
    fn path(&self, number: usize) -> String {
        format!("badges/{number}.{}", if self.badges[number].renamed { "jpeg" } else { "jpg" })
    }

    fn renames(&mut self, number: usize) {
        let before = self.world.photos().join(self.path(number));
        self.badges[number].renamed ^= true;
        if self.badges[number].picture.is_some() {
            std::fs::rename(before, self.world.photos().join(self.path(number))).unwrap();
            self.count("files renamed", 1);
        }
    }

    fn writes(&mut self, number: usize) {
        self.next_picture += 1;
        self.world.write(&self.path(number), &portrait(self.next_picture));
        let badge = &mut self.badges[number];
        badge.picture = Some(self.next_picture);
        badge.held.push(self.next_picture);
    }

    fn removes(&mut self, number: usize) {
        if self.badges[number].picture.take().is_some() {
            std::fs::remove_file(self.world.photos().join(self.path(number))).unwrap();
        }
    }

    fn lives(&mut self) {
        for _ in 0..self.chance.usize(1..4) {
            let (account, number) = (self.chance.usize(..self.accounts.len()), self.chance.usize(..NUMBERS));
            match self.chance.u8(..13) {
                0..3 => self.writes(number),
                3 => self.renames(number),
                4 => self.removes(number),
                5 => self.is_given(account, None),
                6 => self.is_given(account, Some(number)),
                7..9 => {
                    // Two accounts change numbers.
                    let other = self.chance.usize(..self.accounts.len());
                    let (one, two) = (self.accounts[account].number, self.accounts[other].number);
                    if self.accounts[account].is_there && self.accounts[other].is_there {
                        self.is_given(account, two);
                        self.is_given(other, one);
                    }
                }
                9 => self.leaves(account),
                10 => self.hires(Some(number)),
                _ => self.accepts(number),
            }
        }
    }

    /// A person says that the file may follow its number.
    fn accepts(&mut self, number: usize) {
        let accepted = self.world.wait(self.ledger.as_ref().unwrap().accept(self.path(number), self.clock.now())).unwrap();
        if accepted > 0 {
            // That is the account which the last pass has shown, and nobody who bears the number later.
            let shown = self.world.bound(&self.path(number));
            self.badges[number].bound = shown.and_then(|shown| (0..self.accounts.len()).find(|at| shown.ends_with(&id(*at))));
            self.count("accepted", 1);
        }
    }

    fn loses_the_ledger(&mut self) {
        self.ledger = None;
        std::fs::remove_file(self.world.ledger()).unwrap();
        self.ledger = Some(Ledger::open(&self.world.ledger(), &self.identity, self.clock.now()).unwrap());
        self.badges.iter_mut().for_each(|badge| badge.bound = None);
        self.count("ledgers lost", 1);
    }

    fn leap(&self, seconds: u64) {
        self.leapt.fetch_add(seconds * 1_000, Ordering::Relaxed);
    }

    /// Who bears a number.
    fn bearers(&self, number: usize) -> Vec<usize> {
        let bears = |account: &usize| self.accounts[*account].is_there && self.accounts[*account].number == Some(number);
        (0..self.accounts.len()).filter(bears).collect()
    }

    fn pass(&mut self, limit: Option<u64>) -> Summary {
        let until = impatient(limit);
        // Forced: so few accounts would set off the brakes all the time.
        let from = self.world.requests().len();
        let pass = self.world.wait(pass(&self.parts, self.ledger.as_ref().unwrap(), true, until)).unwrap();
        let ended = pass.stopped.is_none_or(|stop| stop == Stopped::Limit);
        assert!(pass.halted.is_none() && ended, "seed {}: {pass:?}", self.seed);
        let within = pass.confirm_at.is_some_and(|at| at.since(self.clock.now()) <= MOST);
        assert!(within, "seed {}: the next question is at {:?}", self.seed, pass.confirm_at);
        self.waits = pass.due + pass.waiting > 0;
        self.count("photos that waited", pass.due as usize + pass.waiting as usize);
        let requests = self.world.requests().split_off(from);
        let of = |what: &str| requests.iter().filter(|request| request.target.contains(what)).count();
        self.count("pages of sweeps", of("/users?$select"));
        self.count("pages of changes", of("$deltatoken=ZW") + of("$skiptoken=ZW"));
        self.looks();
        for number in 0..NUMBERS {
            let bearers = self.bearers(number);
            let badge = &mut self.badges[number];
            // While it is away it stays bound.
            if let (Some(_), [one]) = (badge.picture, bearers.as_slice()) {
                badge.bound.get_or_insert(*one);
            }
        }
        pass
    }

    /// What came to an account since the last look came by right.
    fn looks(&mut self) {
        for account in 0..self.accounts.len() {
            let Some(photo) = self.world.photo(&format!("user:{}", id(account))) else { continue };
            if self.accounts[account].shows.replace(photo.sequence) == Some(photo.sequence) {
                continue;
            }
            let of = |badge: &Badge| badge.held.iter().any(|picture| portrait(*picture) == *photo.body);
            let number = self.badges.iter().position(of).unwrap_or_else(|| panic!("seed {}: a face from nowhere", self.seed));
            let (place, badge) = (format!("seed {}, badge {number} at account {account}", self.seed), &self.badges[number]);
            assert_eq!(self.bearers(number), [account], "{place}: who bears the number");
            assert!(badge.bound.is_none_or(|bound| bound == account), "{place}: bound to {:?}", badge.bound);
            self.count("photos delivered", 1);
        }
    }

    /// What goes wrong with hearing of changes or sending photos, or nothing; says whether anything does.
    fn fails(&mut self) -> bool {
        let fault = match self.chance.u8(..12) {
            0 => Fault::status("GET", "/users/delta", 500),
            1 => Fault::status("GET", "/users/delta", 410),
            2 => Fault::status("GET", "/users/delta", 400).with_code("syncStateNotFound", "gone"),
            3 => Fault::status("GET", "/users/delta", 400).with_code("BadRequest", "no such link"),
            4 => Fault::status("PUT", "/photo", 503),
            5 => Fault::status("PUT", "/photo", 429).with_header("Retry-After", "1"),
            _ => return false,
        };
        let times = self.chance.u64(1..3);
        self.world.emulator().add_fault(fault.times(times));
        self.count("faults", 1);
        true
    }

    fn goes_on(&mut self) {
        self.lives();
        let span = match self.chance.u8(..10) {
            0..2 if !self.waits => self.chance.u64(..2),
            0..3 => self.chance.u64(SENT..RESTS),
            3..6 => self.chance.u64(RESTS..HOUR),
            6..9 => self.chance.u64(HOUR..30 * HOUR),
            _ => self.chance.u64(7 * 24 * HOUR..9 * 24 * HOUR),
        };
        self.leap(span);
        if self.chance.u8(..10) == 0 {
            let now = self.clock.now();
            let tried = self.world.wait(self.ledger.as_ref().unwrap().retry(None, now)).unwrap();
            self.count("tried again by hand", tried);
        }
        let limit = (self.chance.u8(..5) == 0).then(|| self.chance.u64(..2));
        let fails = self.fails();
        self.pass(limit);
        self.world.emulator().clear_faults();
        if span >= RESTS && !fails && !self.waits && limit.is_none() {
            self.is_as_the_tenant_says();
        }
        if self.chance.u8(..30) == 0 {
            self.loses_the_ledger();
        }
    }

    fn comes_to_rest(&mut self) {
        for _ in 0..3 {
            self.leap(25 * HOUR);
            self.pass(None);
        }
        let puts = self.world.puts().len();
        assert_eq!(self.pass(None).delivered, 0);
        assert_eq!(self.world.puts().len(), puts, "seed {}: a second pass", self.seed);
        self.is_as_the_tenant_says();
    }

    /// Every file is in step, or held for the reason that a look at the tenant gives.
    fn is_as_the_tenant_says(&mut self) {
        let held = self.world.wait(self.ledger.as_ref().unwrap().read(Reader::held)).unwrap();
        for number in 0..NUMBERS {
            let place = format!("seed {}, badge {number}: {:?}, {held:?}", self.seed, self.badges[number]);
            let problem = held.iter().find(|row| row.path.as_ref().is_some_and(|held| *held.as_str() == self.path(number)));
            let reason = problem.map(|row| row.problem.reason);
            let badge = &self.badges[number];
            let Some(picture) = badge.picture else {
                assert_eq!(reason, None, "{place}: {problem:?}");
                continue;
            };
            let wanted = match self.bearers(number).as_slice() {
                [] => Some(Reason::TargetMissing),
                [one] if badge.bound == Some(*one) => {
                    let body = self.world.photo(&format!("user:{}", id(*one))).map(|photo| photo.body.to_vec());
                    assert_eq!(body, Some(portrait(picture)), "{place}");
                    None
                }
                [_] => Some(Reason::IdentityChanged),
                _ => Some(Reason::TargetAmbiguous),
            };
            assert_eq!(reason, wanted, "{place}");
            let of = wanted.map_or("in step", Reason::as_str);
            self.count(of, 1);
        }
    }
}

#[test]
fn names_that_move_between_accounts_take_no_photo_along() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("PHOTOSYNCD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PHOTOSYNCD_SEEDS").unwrap_or(12),
    };
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in seeds.clone() {
        println!("PHOTOSYNCD_SEED={seed}");
        let mut names = Names::new(seed);
        for _ in 0..40 {
            names.goes_on();
        }
        names.comes_to_rest();
        for (what, count) in names.counts {
            *all.entry(what).or_default() += count;
        }
    }
    println!("{} stories: {all:?}", seeds.end - seeds.start);
    if seeds.end - seeds.start > 1 {
        for what in [
            "photos delivered",
            "files renamed",
            "pages of sweeps",
            "pages of changes",
            "accepted",
            "photos that waited",
            "tried again by hand",
            "in step",
            "identity_changed",
        ] {
            assert!(all.get(what).is_some_and(|count| *count > 0), "{what}: never seen");
        }
    }
}
