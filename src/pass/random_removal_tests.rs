//! People who come and go, by a seed: files vanish, come back, are renamed, shares go away or are swapped, the directory
//! falls silent, users put up pictures of their own, and the program dies between any two writes. The planner, the
//! guard, what a pass writes down and the ledger are those that run; the tenant is a table.
//!
//! What must never be: a photo removed that is not the one we put there; more removals than the limits allow without
//! force; one whose file was there in either of the last two whole scans that were written down, or that was gone for less than the grace time.
//!
//! `PHOTOSYNCD_SEEDS=20000 cargo test random_removal` runs longer; `PHOTOSYNCD_SEED=…` runs one alone.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::commit::commit_of;
use super::guard_facts::Observations;
use super::proposal::Proposal;
use super::scan::ScanOutcome;
use crate::flow::LONGEST;
use crate::ledger::{Attempt, DueAction, Identity, Ledger, Reader};
use crate::model::Arrival;
use crate::model::{
    Digest, Fingerprint, ObjectId, Outcome, Problem, Property, Reason, RecipeId, Reference, SourcePath, TargetId, TargetKind,
    Timestamp, Trace,
};
use crate::plan::{Absence, Claim, ConflictPolicy, GuardSettings, Hidden, Holds, PlanInput, PlannedFile, guard, plan};
use crate::source::RootId;

const PEOPLE: usize = 24;
const GRACE: Duration = Duration::from_secs(3 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
const GUARD: GuardSettings = GuardSettings {
    max_changes_percent: 100.0,
    max_removals: 4,
    max_removals_percent: 50.0,
    refuse_empty_source: true,
    replace_at_first_contact: false,
};

/// What the tenant holds in one slot: what it calls it, the picture, and whether it is ours.
type Slot = Option<(u64, u8, bool)>;

struct World<'a> {
    chance: fastrand::Rng,
    ledger: &'a Ledger,
    seed: u64,
    now: Timestamp,
    /// The picture of each person, and the folder it lies in.
    files: Vec<Option<(u8, u8)>>,
    tenant: Vec<Slot>,
    etags: u64,
    root: RootId,
    /// Whole scans, newest last: when, and who had a file.
    scans: VecDeque<(Timestamp, Vec<bool>)>,
    /// Removals without force, newest last.
    unforced: VecDeque<Timestamp>,
    removed: usize,
    /// The share stays where it is.
    quiet: bool,
    /// Who has a file of another name that nobody could be asked about since: the old one is gone all the same.
    moved: HashSet<usize>,
    /// Whose upload was never heard of: the ledger can't know that photo.
    unheard: HashSet<usize>,
    /// Of these, whose answer is known to be missing.
    missed: HashSet<usize>,
}

impl<'a> World<'a> {
    fn new(seed: u64, ledger: &'a Ledger, roots: &[RootId]) -> Self {
        Self {
            chance: fastrand::Rng::with_seed(seed),
            ledger,
            seed,
            now: Timestamp::from_millis(1_700_000_000_000).plus(DAY * 4 * u32::try_from(seed % 10_000).unwrap()),
            files: (0..PEOPLE).map(|_| Some((1, 0))).collect(),
            tenant: vec![None; PEOPLE],
            etags: 0,
            root: roots[0],
            scans: VecDeque::new(),
            unforced: VecDeque::new(),
            removed: 0,
            quiet: false,
            moved: HashSet::new(),
            unheard: HashSet::new(),
            missed: HashSet::new(),
        }
    }

    fn target(&self, number: usize) -> TargetId {
        let id = ObjectId::new(&format!("{}-{number}", self.seed));
        match number % 6 {
            0 => TargetId::Group(id),
            1 => TargetId::Team(id),
            _ => TargetId::User(id),
        }
    }

    fn number(&self, target: &TargetId) -> usize {
        (0..PEOPLE).find(|number| self.target(*number) == *target).unwrap()
    }

    fn claim(&self, number: usize) -> Claim {
        let kind = match number % 6 {
            0 => TargetKind::Group,
            1 => TargetKind::Team,
            _ => TargetKind::User,
        };
        let reference = Reference::new(kind, Property::MailNickname, &format!("{}-{number}", self.seed));
        Claim { rule: "rule".into(), reference }
    }

    /// One pass; a crash may end it before or after what it wants is written down.
    async fn pass(&mut self, silent: bool, force: bool) {
        let away = !self.quiet && self.chance.u8(..20) == 0;
        let whole = away || self.chance.u8(..12) > 0;
        let mut seen: Vec<(SourcePath, usize, u8)> = Vec::new();
        for (number, file) in self.files.iter().enumerate() {
            let unlisted = !whole && self.chance.bool();
            if let Some((picture, folder)) = file.filter(|_| !away && !unlisted) {
                seen.push((SourcePath::new(&format!("{folder}/{number:02}")).unwrap(), number, picture));
            }
        }
        seen.sort();
        // An empty source that a person insists on counts as one that was seen.
        if whole {
            self.scans.push_back((self.now, (0..PEOPLE).map(|number| !away && self.files[number].is_some()).collect()));
        }
        let files: Vec<PlannedFile> = seen
            .iter()
            .map(|(path, number, picture)| PlannedFile {
                path: path.clone(),
                fingerprint: Fingerprint { mtime_ns: i64::from(*picture), ..Fingerprint::default() },
                content: Ok(Digest::from_bytes([*picture; 32])),
                read_at: self.now,
                confirmed: true,
                account_created: None,
                claim: Some(Ok(self.claim(*number))),
                resolved: Some(if silent && self.chance.bool() { silence() } else { Ok(self.target(*number)) }),
                whom: None,
            })
            .collect();
        let asked: Vec<usize> = seen
            .iter()
            .zip(&files)
            .filter(|(_, file)| matches!(file.resolved, Some(Ok(_))))
            .map(|((_, number, _), _)| *number)
            .collect();
        let notes = self.ledger.read(Reader::file_stamps).await.unwrap();
        let now = self.now;
        let remembered = self.ledger.read(move |reader| reader.remembered(now)).await.unwrap();
        let known = notes.files.len();
        let mut paths: Vec<SourcePath> =
            notes.files.into_iter().map(|note| note.path).chain(files.iter().map(|file| file.path.clone())).collect();
        paths.sort();
        paths.dedup();
        let concerned = paths.clone();
        let mut view = self.ledger.read(move |reader| reader.view(&concerned)).await.unwrap();
        let spoken: Vec<TargetId> = seen.iter().map(|(_, number, _)| self.target(*number)).collect();
        view.targets.extend(self.ledger.read(move |reader| reader.known_targets(&spoken)).await.unwrap());
        let there = view.files.iter().filter(|known| files.iter().any(|file| file.path == known.path)).count();
        let scan = ScanOutcome { complete: whole, root: self.root, known: (known, there), ..ScanOutcome::default() };
        let root = scan.root.to_string();
        let plan = plan(&PlanInput {
            files: &files,
            complete: whole,
            view: &view,
            accounts: &HashMap::new(),
            recipe: &RecipeId::new("r"),
            on_conflict: ConflictPolicy::Hold,
            scope: None,
            delete_on_opt_out: false,
            absence: Some(Absence {
                gone: &remembered.gone,
                root: &root,
                still: &[],
                arriving: false,
                hidden: &Hidden::default(),
                grace: GRACE,
                locked_until: None,
                now: self.now,
            }),
        });
        let observations = Observations::default();
        let delivered = self.ledger.read(Reader::delivered).await.unwrap();
        let halts = guard(&plan, &observations.facts(&scan, &files, &view, &plan, &remembered, delivered), &GUARD);
        let new_facts = observations.new_facts(&scan, &remembered);
        let known = Proposal { asked_at: self.now, ..Proposal::default() };
        let mut proposal = Proposal { scan, files, view, plan, halts, new_facts, keeps_account: true, ..known };
        if !force && let Some(halt) = proposal.halts.first() {
            if halt.holds == Holds::Everything {
                self.unlearn(whole);
                return;
            }
            proposal.plan.hold_removals();
        }
        for removal in &proposal.plan.removals {
            let number = self.number(&removal.target);
            self.may_go(number, force);
        }
        if self.chance.u8(..15) == 0 {
            // It dies before anything is written down: nothing was decided.
            for removal in &proposal.plan.removals {
                let number = self.number(&removal.target);
                if !force && !self.moved.contains(&number) {
                    self.unforced.pop_back();
                }
            }
            self.unlearn(whole);
            return;
        }
        self.ledger.commit(commit_of(proposal, &RecipeId::new("r"), force, self.now), self.now).await.unwrap();
        self.moved.retain(|number| !asked.contains(number));
        self.deliver().await;
    }

    /// What was seen is not written down: to the ledger it never was.
    fn unlearn(&mut self, scanned: bool) {
        if scanned {
            self.scans.pop_back();
        }
    }

    /// A removal was decided: looks for what must never be.
    fn may_go(&mut self, number: usize, force: bool) {
        assert!(number % 6 != 1, "nobody can remove the photo of a team");
        if self.moved.contains(&number) {
            return;
        }
        let scans: Vec<_> = self.scans.iter().rev().take(2).collect();
        assert!(scans.len() == 2 && scans.iter().all(|(_, there)| !there[number]), "the file was there");
        let gone_since = self.scans.iter().rev().take_while(|(_, there)| !there[number]).last().unwrap().0;
        assert!(self.now.since(gone_since) >= GRACE, "removed too early");
        if force {
            return;
        }
        self.unforced.push_back(self.now);
        while self.unforced.front().is_some_and(|at| self.now.since(*at) >= DAY) {
            self.unforced.pop_front();
        }
        assert!(self.unforced.len() <= GUARD.max_removals, "{} removals within a day", self.unforced.len());
    }

    async fn deliver(&mut self) {
        let now = self.now;
        let due = move |reader: &Reader| reader.due(now, LONGEST, 1_000, &HashSet::new(), None);
        for due in self.ledger.read(due).await.unwrap() {
            if self.chance.u8(..10) == 0 {
                continue;
            }
            let number = self.number(&due.target);
            let outcome = match &due.action {
                DueAction::Upload { version, .. } => {
                    self.etags += 1;
                    self.tenant[number] = Some((self.etags, version.digest.as_bytes()[0], true));
                    Outcome::Delivered { etag: Some(self.etags.to_string()) }
                }
                DueAction::Restore { .. } => panic!("nobody asked for a backup"),
                DueAction::Remove { etag } => match self.tenant[number] {
                    Some((there, ..)) if etag.as_ref() != Some(&there.to_string()) => Outcome::NotOurs,
                    slot => {
                        assert!(slot.is_none_or(|(_, _, ours)| ours), "somebody else's photo was removed");
                        self.tenant[number] = None;
                        self.removed += 1;
                        Outcome::Removed
                    }
                },
            };
            // The answer may be lost, with the program or without.
            if self.chance.u8(..10) == 0 {
                self.unheard.insert(number);
                if self.chance.bool() && matches!(due.action, DueAction::Upload { .. }) {
                    self.missed.insert(number);
                    let problem = Problem::new(Reason::Transient, "no answer");
                    let outcome = Outcome::Wait { until: self.now, problem, counts: true };
                    let trace = Trace { arrival: Arrival::Unknown, ..Trace::default() };
                    self.ledger.record(Attempt { due, pass: 1, at: self.now, outcome, trace }).await.unwrap();
                }
            } else {
                if outcome != Outcome::NotOurs {
                    self.unheard.remove(&number);
                    self.missed.remove(&number);
                }
                let attempt = Attempt { due, pass: 1, at: self.now, outcome, trace: Trace::default() };
                self.ledger.record(attempt).await.unwrap();
            }
        }
    }

    fn live(&mut self, roots: &[RootId]) {
        for _ in 0..self.chance.usize(..4) {
            let number = self.chance.usize(..PEOPLE);
            let (picture, folder) = (self.chance.u8(1..6), self.chance.u8(..2));
            let before = self.files[number];
            self.files[number] = match (self.chance.u8(..10), self.files[number]) {
                (0..5, Some(_)) => None,
                (_, Some((picture, _))) if self.chance.bool() => Some((picture, folder)),
                _ => Some((picture, folder)),
            };
            if self.files[number].is_some_and(|(_, folder)| before.is_none_or(|(_, before)| before != folder)) {
                self.moved.insert(number);
            }
        }
        match self.chance.u8(..25) {
            0 => self.root = roots[self.chance.usize(..roots.len())],
            1 => {
                let number = self.chance.usize(..PEOPLE);
                self.etags += 1;
                self.tenant[number] = Some((self.etags, 200, false));
            }
            2 => self.files.iter_mut().take(12).for_each(|file| *file = None),
            _ => {}
        }
        self.now = self.now.plus(Duration::from_secs(self.chance.u64(60..2 * 3600)));
    }
}

async fn story(seed: u64, ledger: &Ledger, roots: &[RootId]) -> usize {
    let mut world = World::new(seed, ledger, roots);
    for _ in 0..40 {
        world.live(roots);
        let (silent, force) = (world.chance.u8(..6) == 0, world.chance.u8(..20) == 0);
        world.pass(silent, force).await;
    }
    // A quiet world, and a person who says yes: everybody with a file has its picture, and everybody else none of ours.
    world.quiet = true;
    for _ in 0..12 {
        world.now = world.now.plus(GRACE);
        world.pass(false, true).await;
    }
    let held = world.ledger.read(Reader::held).await.unwrap();
    let is_told = |number: usize| {
        let target = world.target(number);
        held.iter().any(|row| row.target.as_ref() == Some(&target) && row.problem.reason == Reason::RemovalNotPossible)
    };
    for number in 0..PEOPLE {
        let team = number % 6 == 1;
        match (world.files[number], world.tenant[number]) {
            (Some((picture, _)), Some((_, there, true))) => assert_eq!(there, picture, "{number}"),
            (None, Some((_, _, true))) => {
                assert!(team || world.unheard.contains(&number), "{number} is gone, and the photo is there");
                assert!(
                    team || !world.missed.contains(&number) || is_told(number),
                    "{number} is left to a person, who is not told"
                );
            }
            // Put up by hand after ours was delivered: nobody looks at that here.
            (_, Some((_, _, false))) | (None, None) => {}
            (Some(_), None) => panic!("{number} has no photo"),
        }
    }
    world.removed
}

/// The directory gives no answer.
fn silence() -> Result<TargetId, Box<Problem>> {
    Err(Box::new(Problem::new(Reason::Transient, "no answer")))
}

#[tokio::test]
async fn nobody_loses_a_photo_that_was_not_meant_to_go() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("PHOTOSYNCD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PHOTOSYNCD_SEEDS").unwrap_or(60),
    };
    let place = || tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let roots: BTreeMap<u8, _> = (0..3).map(|number| (number, place())).collect();
    let roots: Vec<RootId> = roots.values().map(|root| RootId::read(root.path()).unwrap()).collect();
    let mut removed = 0;
    for seed in seeds.clone() {
        let state = place();
        let identity = Identity { cloud: "global".into(), tenant: "t".into() };
        let ledger = Ledger::open(&state.path().join("ledger.db"), &identity, Timestamp::from_millis(0)).unwrap();
        removed += tell(seed, &ledger, &roots).await;
    }
    assert!(removed as u64 >= seeds.end - seeds.start, "{removed} removals: nothing was tried");
}

/// Tells a story, and names its seed if it ends in a panic.
async fn tell(seed: u64, ledger: &Ledger, roots: &[RootId]) -> usize {
    struct Named(u64);
    impl Drop for Named {
        fn drop(&mut self) {
            use std::io::Write as _;
            _ = writeln!(std::io::stderr(), "the story of seed {} failed; PHOTOSYNCD_SEED={} tells it again", self.0, self.0);
        }
    }
    let named = Named(seed);
    let removed = story(seed, ledger, roots).await;
    std::mem::forget(named);
    removed
}
