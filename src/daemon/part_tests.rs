//! A look at a part and a look at everything always agree, by a seed: two ledgers over one source and one tenant, of which
//! one is written by parts wherever that can be, and the other by looks at everything.
//!
//! `PHOTOSYNCD_SEEDS=2000 cargo test part_and_whole` runs longer; `PHOTOSYNCD_SEED=…` runs one alone.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, TimeSource};
use crate::config::{Built, Config, build};
use crate::delivery::ServiceState;
use crate::emulator::{self, Entry, EntryKind, Tenant};
use crate::flow::LONGEST;
use crate::ledger::{Attempt, Ledger, Reader};
use crate::model::{Outcome, PassCause, Property, SourcePath, Timestamp, Trace};
use crate::pass::{Baseline, DaemonPass, Part, Pass, PassExtent, PassOptions, SettleFilter, Summary};

const PEOPLE: usize = 8;
/// Ways to name people: a person may have files by each of them.
const RULES: &str = "rules:\n\
    \x20   - { files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }\n\
    \x20   - { files: 'numbers/{number}.{ext}', user: { employeeId: '{number}' } }\n\
    \x20   - { files: 'groups/{alias}.{ext}', group: { mailNickname: '{alias}' } }\n";

const TABLE: &str =
    "    table: { file: people.csv, columns: { file: file, value: upn }, kind: user, property: userPrincipalName }\n";

/// The machine's clock, ten seconds ahead.
struct Ahead(Clock);

impl TimeSource for Ahead {
    fn wall(&self) -> Timestamp {
        self.0.now().plus(Duration::from_secs(10))
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// One ledger, and how it is written.
struct Side {
    pass: Pass,
    path: PathBuf,
    ledger: Ledger,
    baseline: Option<Arc<Baseline>>,
    parts: usize,
}

impl Side {
    async fn open(place: &Path, name: &str, yaml: &str, clock: Clock) -> Self {
        let file = place.join(format!("{name}.yaml"));
        fs::write(&file, yaml).unwrap();
        let env = |_: &str| Some("secret".to_owned());
        let config = Config::load(&file, &env).unwrap();
        let Built { pass, identity } = build(&config, &clock, &env).await.unwrap();
        let path = place.join(format!("{name}.db"));
        let ledger = Ledger::open(&path, &identity, clock.now()).unwrap();
        Self { pass, path, ledger, baseline: None, parts: 0 }
    }

    async fn look(&mut self, part: Option<Part>) -> Summary {
        let is_part = part.is_some();
        let filter = SettleFilter::default();
        let daemon = DaemonPass { state: Arc::<ServiceState>::default(), filter, part, told: None };
        let options = PassOptions::of_service(PassCause::Hint, false, daemon, CancellationToken::new());
        let summary = self.pass.run(&self.ledger, &options, &|_| {}).await.unwrap();
        // As the schedule does.
        if !is_part {
            self.baseline.clone_from(&summary.baseline);
        } else if summary.halted.is_some() {
            self.baseline = None;
        }
        summary
    }

    /// Looks at these paths alone if that can be, and else at everything.
    async fn look_at(&mut self, paths: &BTreeSet<SourcePath>) -> Option<Summary> {
        let part = match &self.baseline {
            Some(baseline) => self.pass.proposer.part(&self.ledger, baseline, paths).await.unwrap(),
            None => None,
        };
        match part {
            Some(part) if part.len() == 0 => None,
            part => {
                self.parts += usize::from(part.is_some());
                Some(self.look(part).await)
            }
        }
    }

    /// Everything that is due arrives, for these people.
    async fn deliver(&self, chosen: impl Fn(&str) -> bool) {
        let now = self.pass.uploader.clock.now();
        let due = move |reader: &Reader| reader.due(now, LONGEST, 1_000, &HashSet::new(), None);
        for due in self.ledger.read(due).await.unwrap() {
            if chosen(&due.target.to_string()) {
                let outcome = Outcome::Delivered { etag: None };
                self.ledger.record(Attempt { due, pass: 1, at: now, outcome, trace: Trace::default() }).await.unwrap();
            }
        }
    }

    fn forget_confirmations(&self) {
        let connection = rusqlite::Connection::open(&self.path).unwrap();
        connection.execute("UPDATE files SET bound_at = 1 WHERE bound_at IS NOT NULL", []).unwrap();
    }

    /// All that the ledger says, but for times.
    fn told(&self) -> String {
        let connection = rusqlite::Connection::open(&self.path).unwrap();
        let mut told = String::new();
        for query in [
            "SELECT path, size, mtime_ns, inode, hex(digest), rule, reference, label, target, bound_at IS NULL, reason, detail, cure
                FROM files ORDER BY path",
            "SELECT target, label, path, hex(desired_digest), desired_recipe, generation, hex(delivered_digest), state, reason, detail,
                attempts FROM targets ORDER BY target",
            "SELECT target, label, path, root FROM gone ORDER BY target",
            "SELECT name, value FROM meta WHERE name = 'settings' OR name GLOB 'seen_r*' OR name GLOB 'seen_t*' ORDER BY name",
        ] {
            let mut statement = connection.prepare(query).unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                for column in 0..columns {
                    write!(told, "{:?} ", row.get::<_, rusqlite::types::Value>(column).unwrap()).unwrap();
                }
                told.push('\n');
            }
        }
        told
    }
}

struct Story {
    chance: fastrand::Rng,
    source: PathBuf,
    tenant: emulator::Running,
    table: Option<PathBuf>,
}

impl Story {
    fn some_path(&mut self) -> String {
        let number = self.chance.usize(..PEOPLE);
        match self.chance.u8(..10) {
            0..6 => format!("users/{number}@contoso.com.jpg"),
            6..8 => format!("numbers/{number}.jpg"),
            8 => format!("groups/team{}.jpg", number % 2),
            _ => format!("other/{number}.jpg"),
        }
    }

    fn picture(&mut self) -> Vec<u8> {
        vec![self.chance.u8(..3); 4]
    }

    /// Something happens to one file, or two; says where.
    fn happen(&mut self) -> Vec<String> {
        let (path, other) = (self.some_path(), self.some_path());
        let (at, to) = (self.source.join(&path), self.source.join(&other));
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        match self.chance.u8(..20) {
            // What is there is overwritten, in place or from beside it.
            0..9 if at.is_file() => fs::write(&at, self.picture()).unwrap(),
            9..13 if at.is_file() => {
                let beside = at.with_extension("tmp");
                fs::write(&beside, self.picture()).unwrap();
                fs::rename(&beside, &at).unwrap();
                return vec![path.replace(".jpg", ".tmp"), path];
            }
            13 if at.is_file() => {
                let touched = fs::File::options().write(true).open(&at).unwrap();
                let before = fs::metadata(&at).unwrap().modified().unwrap();
                touched.set_modified(before + Duration::from_secs(1)).unwrap();
            }
            14 | 15 if at.is_file() => {
                fs::rename(&at, &to).unwrap();
                return vec![path, other];
            }
            16 if at.is_file() => fs::remove_file(&at).unwrap(),
            17 => _ = fs::remove_file(&at).and_then(|()| std::os::unix::fs::symlink("nowhere", &at)),
            _ => {
                _ = fs::remove_file(&at);
                fs::write(&at, self.picture()).unwrap();
            }
        }
        vec![path]
    }

    fn table(&mut self) {
        let Some(table) = &self.table else { return };
        let mut text = "file,upn\n".to_owned();
        for number in 0..PEOPLE {
            let whom = if self.chance.u8(..6) == 0 { self.chance.usize(..PEOPLE) } else { number };
            writeln!(text, "other/{number}.jpg,{whom}@contoso.com").unwrap();
        }
        fs::write(table, text).unwrap();
    }

    /// Somebody comes, goes or gets another name.
    fn directory(&mut self) {
        let number = self.chance.usize(..PEOPLE);
        let chance = self.chance.u8(..3);
        self.tenant.change_tenant(|tenant| match chance {
            0 => _ = tenant.remove(&id(number)),
            1 => _ = tenant.add(person(number)),
            _ => _ = tenant.change(&id(number), |entry| entry.set(Property::EmployeeId, &format!("{}", (number + 1) % PEOPLE))),
        });
    }
}

fn yaml(url: &str, limit: u32, removal: &str, on_conflict: &str, of_table: &str) -> String {
    format!(
        "source: {{ directory: photos, watch: off, settle: 0s }}\n\
         graph: {{ cloud: custom, graph_url: '{url}', login_url: '{url}', tenant: contoso.com, client_id: c, \
         credential: {{ client_secret: {{ env: SECRET }} }} }}\n\
         guard: {{ max_changes_percent: {limit}, first_contact: replace }}\n\
         {removal}mapping:\n    on_conflict: {on_conflict}\n{of_table}    {RULES}"
    )
}

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

fn person(number: usize) -> Entry {
    let mut entry = Entry::new(EntryKind::User, &id(number));
    entry.set(Property::UserPrincipalName, &format!("{number}@contoso.com"));
    entry.set(Property::EmployeeId, &number.to_string());
    entry
}

/// Tells one story; says how often a part was looked at.
async fn story(seed: u64) -> usize {
    let mut chance = fastrand::Rng::with_seed(seed);
    let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let source = place.path().join("photos");
    fs::create_dir(&source).unwrap();
    let tenant =
        emulator::start(emulator::Settings::default(), Tenant::from_yaml("users: []").unwrap(), Clock::system()).await.unwrap();
    tenant.change_tenant(|tenant| {
        (0..PEOPLE).for_each(|number| tenant.add(person(number)).unwrap());
        for number in 0..2 {
            let mut team = Entry::new(EntryKind::Group, &id(100 + number));
            team.set(Property::MailNickname, &format!("team{number}"));
            tenant.add(team).unwrap();
        }
    });
    let table = chance.bool().then(|| place.path().join("people.csv"));
    let of_table = if table.is_some() { TABLE } else { "" };
    let on_conflict = ["hold", "newest"][chance.usize(..2)];
    let removal = ["", "removal: { when_file_disappears: delete, grace: 1h }\n"][chance.usize(..2)];
    let limit = [100, 60][chance.usize(..2)];
    let yaml = yaml(&tenant.graph_url(), limit, removal, on_conflict, of_table);
    // Ahead of the files' stamps, so that a table that was just written counts as settled; or not.
    let clock = if chance.u8(..3) > 0 { Clock::from_source(Ahead(Clock::system())) } else { Clock::system() };
    let mut parts = Side::open(place.path(), "parts", &yaml, clock.clone()).await;
    let mut whole = Side::open(place.path(), "whole", &yaml, clock).await;
    let mut story = Story { chance, source, tenant, table };
    story.table();
    for number in 0..PEOPLE {
        fs::create_dir_all(story.source.join("users")).unwrap();
        fs::write(story.source.join(format!("users/{number}@contoso.com.jpg")), story.picture()).unwrap();
    }
    for step in 0..30 {
        // Of what happens in the directory no hint tells, and everything is looked at; another table is seen in any case.
        let directory = story.chance.u8(..20) == 0;
        let mut hinted = BTreeSet::new();
        for _ in 0..story.chance.usize(1..4) {
            hinted.extend(story.happen().iter().map(|path| SourcePath::new(path).unwrap()));
        }
        if directory {
            story.directory();
            // Time goes by: who was confirmed a moment ago is asked about by both.
            parts.forget_confirmations();
            whole.forget_confirmations();
        } else if story.chance.u8(..20) == 0 {
            story.table();
        }
        let looked = if step == 0 || directory { Some(parts.look(None).await) } else { parts.look_at(&hinted).await };
        let everything = whole.look(None).await;
        let (one, other) = (parts.told(), whole.told());
        let differ =
            one.lines().zip(other.lines()).filter(|(one, other)| one != other).map(|(one, other)| format!("{one}\n{other}\n"));
        let differ: String = differ.collect();
        assert!(
            one == other,
            "seed {seed}, step {step}: {hinted:?} {:?} {:?} {yaml}\n{differ}",
            everything.halted.as_ref().map(|halt| halt.guard),
            looked.as_ref().map(|looked| (looked.extent, &looked.halted, looked.stopped, looked.elapsed_ms))
        );
        if let Some(looked) = looked.filter(|looked| looked.extent == PassExtent::Part && looked.halted.is_none()) {
            assert_eq!(looked.unchanged, everything.unchanged, "seed {seed}, step {step}: {hinted:?} {yaml}");
        }
        if story.chance.u8(..3) > 0 {
            let some = story.chance.usize(..=PEOPLE).to_string();
            let chosen = |target: &str| !target.ends_with(&some);
            parts.deliver(chosen).await;
            whole.deliver(chosen).await;
        }
    }
    story.tenant.stop().await;
    parts.parts
}

/// Shares keep times to two seconds: within them, a table that is written again may look as it did.
#[tokio::test]
async fn beside_a_table_that_was_just_written_everything_is_looked_at() {
    for (is_ahead, extent) in [(false, PassExtent::Everything), (true, PassExtent::Part)] {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir_all(place.path().join("photos/users")).unwrap();
        fs::write(place.path().join("people.csv"), "file,upn\nother/1.jpg,1@contoso.com\n").unwrap();
        let photo = place.path().join("photos/users/2@contoso.com.jpg");
        fs::write(&photo, "x").unwrap();
        let tenant = Tenant::from_yaml("users: []").unwrap();
        let tenant = emulator::start(emulator::Settings::default(), tenant, Clock::system()).await.unwrap();
        tenant.change_tenant(|tenant| (0..3).for_each(|number| tenant.add(person(number)).unwrap()));
        let clock = if is_ahead { Clock::from_source(Ahead(Clock::system())) } else { Clock::system() };
        let yaml = yaml(&tenant.graph_url(), 100, "", "hold", TABLE);
        let mut side = Side::open(place.path(), "one", &yaml, clock).await;
        side.look(None).await;
        fs::write(&photo, "y").unwrap();
        let hinted = BTreeSet::from([SourcePath::new("users/2@contoso.com.jpg").unwrap()]);
        assert_eq!(side.look_at(&hinted).await.unwrap().extent, extent);
        tenant.stop().await;
    }
}

#[tokio::test]
async fn part_and_whole_always_agree() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("PHOTOSYNCD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PHOTOSYNCD_SEEDS").unwrap_or(12),
    };
    let mut parts = 0;
    for seed in seeds.clone() {
        parts += story(seed).await;
    }
    assert!(parts as u64 >= 2 * (seeds.end - seeds.start), "{parts} parts: nothing was tried");
}
