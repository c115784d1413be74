//! The test world: a directory of photos, a configuration, a pretended tenant, and the real program.

mod company;
mod files;
mod fuse;
mod ledger;
mod mount;
mod picture;
mod program;
pub(crate) mod raw_server;
pub(crate) mod service;
pub(crate) mod staff;
mod tenant;
mod time;

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{self, Running, Settings, Tenant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) use self::company::{AT_ONCE, LOOSE, people, person, portrait_file};
use self::files::hand_over;
pub(crate) use self::files::tree;
pub(crate) use self::fuse::{Fuse, Hangs};
pub(crate) use self::ledger::{BROKEN_ROWS, ledger_is_sound};
pub(crate) use self::mount::Mount;
pub(crate) use self::picture::{blake3, jpeg, noise, portrait};
pub(crate) use self::program::{Outcome, Spawned, photosyncd};
pub(crate) use self::tenant::{CONTOSO, dead_end, slow_uploads};
pub(crate) use self::time::{Leaping, timed};

/// The client secret of every test; it must never be seen anywhere.
pub(crate) const SECRET: &str = "Kanarienvogel~7Q8~geheim";
/// A run that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct World {
    directory: TempDir,
    settings: BTreeMap<&'static str, String>,
    emulator: Option<Running>,
    runtime: Runtime,
}

impl World {
    /// With the tenant [`CONTOSO`] and an emulator that is in a good mood.
    pub(crate) fn new() -> Self {
        Self::with(CONTOSO, Settings::default())
    }

    /// With a tenant of people `p000@contoso.com` and so on.
    pub(crate) fn people(count: usize) -> Self {
        Self::people_with(count, Settings::default())
    }

    pub(crate) fn people_with(count: usize, settings: Settings) -> Self {
        Self::with(&people(count), settings)
    }

    pub(crate) fn with(tenant: &str, settings: Settings) -> Self {
        Self::at(Clock::system(), tenant, settings)
    }

    /// With an emulator that lives by this clock.
    pub(crate) fn at(clock: Clock, tenant: &str, settings: Settings) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let tenant = Tenant::from_yaml(tenant).unwrap();
        let emulator = runtime.block_on(emulator::start(settings, tenant, clock)).unwrap();
        let (graph, login) = (emulator.graph_url(), emulator.login_url());
        let mut world =
            Self { directory: tempfile::tempdir().unwrap(), settings: BTreeMap::new(), emulator: Some(emulator), runtime };
        std::fs::create_dir(world.photos()).unwrap();
        world.set("source", "{ directory: photos, settle: 0s }");
        world.point_at(&graph, &login);
        // Stories of other things are asked nothing when they meet a tenant; `first_contact.rs` has the default.
        world.set("guard", "{ first_contact: replace }");
        world.set("upload", "{ per_second: 1000, max_per_second: 1000, retry: { initial: 100ms, max: 1s, give_up_after: 1m } }");
        world
    }

    /// The Graph and the sign-in host that the configuration names.
    pub(crate) fn point_at(&mut self, graph: &str, login: &str) {
        self.graph(graph, login, "credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }");
    }

    /// The credential that the configuration names, against this world's emulator.
    pub(crate) fn sign_in_by(&mut self, credential: &str) {
        let (graph, login) = (self.emulator().graph_url(), self.emulator().login_url());
        self.graph(&graph, &login, &format!("credential: {credential}"));
    }

    /// The graph section, with further keys.
    pub(crate) fn graph(&mut self, graph: &str, login: &str, more: &str) {
        self.set(
            "graph",
            &format!(
                "{{ cloud: custom, graph_url: '{graph}', login_url: '{login}', tenant: contoso.com, client_id: photosyncd, \
                 timeout: 20s, {more} }}"
            ),
        );
    }

    /// Sets a section of the configuration, written in YAML's flow style.
    pub(crate) fn set(&mut self, section: &'static str, value: &str) {
        self.settings.insert(section, value.to_owned());
        let text: Vec<_> = self.settings.iter().map(|(section, value)| format!("{section}: {value}\n")).collect();
        std::fs::write(self.path("config.yaml"), text.concat()).unwrap();
    }

    /// A place in the world's directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn photos(&self) -> PathBuf {
        self.path("photos")
    }

    pub(crate) fn ledger(&self) -> PathBuf {
        self.path(".photosyncd/photosyncd.db")
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.spawn(arguments).finish()
    }

    pub(crate) fn run_with_secret(&self, secret: &str, arguments: &[&str]) -> Outcome {
        Spawned::start(self.command(arguments).env("PHOTOSYNCD_TEST_SECRET", secret)).finish()
    }

    /// Runs the program as somebody to whom files can be closed. None where root can't become such a one: then the
    /// program itself is out of reach for others.
    pub(crate) fn run_unprivileged(&self, arguments: &[&str]) -> Option<Outcome> {
        const NOBODY: u32 = 65_534;
        if !rustix::process::geteuid().is_root() {
            return Some(self.run(arguments));
        }
        hand_over(self.directory.path(), NOBODY);
        let mut command = self.command(arguments);
        command.uid(NOBODY).gid(NOBODY);
        let reachable = command.stdout(Stdio::null()).stderr(Stdio::null()).arg("--help").status().is_ok();
        let mut command = self.command(arguments);
        reachable.then(|| Spawned::start(command.uid(NOBODY).gid(NOBODY)).finish())
    }

    /// Runs the program and leaves it at work.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Spawned {
        Spawned::start(&mut self.command(arguments))
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = photosyncd();
        command
            .args(arguments)
            .env("PHOTOSYNCD_CONFIG", self.path("config.yaml"))
            .current_dir(self.directory.path())
            .env("PHOTOSYNCD_TEST_SECRET", SECRET);
        command
    }

    /// Waits until something has happened; fails the test if it does not.
    pub(crate) fn until(&self, what: &str, happened: impl Fn() -> bool) {
        assert!(self.within(PATIENCE, happened), "waited for {what}, in vain");
    }

    /// Waits until something has happened, for so long at most; whether it has.
    pub(crate) fn within(&self, span: Duration, happened: impl Fn() -> bool) -> bool {
        let waiting = async {
            while !happened() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        self.runtime.block_on(async { tokio::time::timeout(span, waiting).await }).is_ok()
    }

    /// What comes of work in this process.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Waits this long, for moments chosen at random.
    pub(crate) fn pass_time(&self, span: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(span).await });
    }
}
