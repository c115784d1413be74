//! The test world: a directory of photos, a configuration, a pretended tenant, and the real program.

mod program;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use photosyncd::testing::clock::Clock;
use photosyncd::testing::emulator::{self, Photo, RequestRecord, Running, Settings, Tenant};
use photosyncd::testing::model::Property;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) use self::program::{Outcome, Spawned, photosyncd};

/// The client secret of every test; it must never be seen anywhere.
pub(crate) const SECRET: &str = "Kanarienvogel~7Q8~geheim";
/// A run that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Users, a group, a team and two contacts, for stories that don't care.
pub(crate) const CONTOSO: &str = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a, mail: anna@contoso.com }
  - { userPrincipalName: ben@contoso.com, id: 00000000-0000-4000-8000-00000000000b }
  - { userPrincipalName: cleo@contoso.com, id: 00000000-0000-4000-8000-00000000000c, employeeId: '0042' }
  - { userPrincipalName: dora@contoso.com, id: 00000000-0000-4000-8000-00000000000d }
groups:
  - { mailNickname: sales, id: 00000000-0000-4000-8000-000000000051 }
  - { mailNickname: space, id: 00000000-0000-4000-8000-000000000052, team: marked }
contacts:
  - { owner: anna@contoso.com, emailAddresses: [fred@example.com], id: contact-fred }
  - { owner: anna@contoso.com, folder: Friends, emailAddresses: [gina@example.com], id: contact-gina }
";

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
        world.set("source", "{ directory: photos }");
        world.point_at(&graph, &login);
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

    /// Writes a file below `photos/`.
    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.photos().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// A file below `photos/` that was written a while ago.
    pub(crate) fn write_long_ago(&self, path: &str, bytes: &[u8]) {
        self.write(path, bytes);
        let file = std::fs::File::options().write(true).open(self.photos().join(path)).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(600)).unwrap();
    }

    /// A photo for each of the people `from..to`; `seed` makes other pictures of them.
    pub(crate) fn portraits(&self, from: usize, to: usize, seed: u32) {
        for number in from..to {
            self.write(&format!("users/{}.jpg", person(number)), &portrait(seed + u32::try_from(number).unwrap()));
        }
    }

    /// The photo of one person.
    pub(crate) fn portraits_of(&self, number: usize, seed: u32) {
        self.write(&format!("users/{}.jpg", person(number)), &portrait(seed));
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
            .arg("--config")
            .arg(self.path("config.yaml"))
            .current_dir(self.directory.path())
            .env("PHOTOSYNCD_TEST_SECRET", SECRET);
        command
    }

    /// Another tenant stands where the old one stood; the configuration points there.
    pub(crate) fn replug(&mut self, tenant: &str, settings: Settings) {
        self.replug_at(Clock::system(), tenant, settings);
    }

    pub(crate) fn replug_at(&mut self, clock: Clock, tenant: &str, settings: Settings) {
        self.unplug();
        let tenant = Tenant::from_yaml(tenant).unwrap();
        let emulator = self.runtime.block_on(emulator::start(settings, tenant, clock)).unwrap();
        let (graph, login) = (emulator.graph_url(), emulator.login_url());
        self.emulator = Some(emulator);
        self.point_at(&graph, &login);
    }

    /// The tenant can't be reached any more.
    pub(crate) fn unplug(&mut self) {
        let emulator = self.emulator.take().unwrap();
        self.runtime.block_on(emulator.stop());
    }

    pub(crate) fn emulator(&self) -> &Running {
        self.emulator.as_ref().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<RequestRecord> {
        self.emulator().requests()
    }

    /// Photo uploads that reached the emulator, whatever became of them.
    pub(crate) fn puts(&self) -> Vec<RequestRecord> {
        self.requests().into_iter().filter(|request| &*request.method == "PUT").collect()
    }

    /// The photo in the slot of a user, named by sign-in name.
    pub(crate) fn user_photo(&self, upn: &str) -> Option<Photo> {
        let kind = photosyncd::testing::emulator::EntryKind::User;
        self.emulator().with_tenant(|tenant| {
            let user = tenant.find(kind, Property::UserPrincipalName, upn).first()?.id.to_string();
            tenant.photo(&format!("user:{user}").parse().unwrap())
        })
    }

    /// The photo in a slot named as the ledger names it: `group:ID`, `contact:OWNER/ID`.
    pub(crate) fn photo(&self, target: &str) -> Option<Photo> {
        self.emulator().with_tenant(|tenant| tenant.photo(&target.parse().unwrap()))
    }

    /// Waits until something has happened; fails the test if it does not.
    pub(crate) fn until(&self, what: &str, happened: impl Fn() -> bool) {
        let waiting = async {
            while !happened() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let waited = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, waiting).await });
        assert!(waited.is_ok(), "waited for {what}, in vain");
    }

    /// What comes of work in this process.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Waits this long, for moments chosen at random.
    pub(crate) fn pass_time(&self, span: Duration) {
        self.runtime.block_on(async { tokio::time::sleep(span).await });
    }

    /// An HTTP request of the test's own, with a token of the emulator; answers with the status.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> u16 {
        let answer = self.exchange(method, path, headers, body);
        let head = String::from_utf8_lossy(&answer).into_owned();
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {head}"))
    }

    /// The body that the emulator answers a GET of the test's own with.
    pub(crate) fn fetch(&self, path: &str) -> Vec<u8> {
        let answer = self.exchange("GET", path, &[], b"");
        let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..head]));
        answer[head + 4..].to_vec()
    }

    fn exchange(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut stream = std::net::TcpStream::connect(self.emulator().addr()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let token = self.emulator().issue_token(None);
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n");
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "Content-Length: {}\r\n\r\n", body.len()).unwrap();
        std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        std::io::Write::write_all(&mut stream, body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }
}

/// `p007@contoso.com`
pub(crate) fn person(number: usize) -> String {
    format!("p{number:03}@contoso.com")
}

pub(crate) fn people(count: usize) -> String {
    let mut yaml = "users:\n".to_owned();
    for number in 0..count {
        writeln!(yaml, "  - {{ userPrincipalName: {}, id: 00000000-0000-4000-8000-{number:012} }}", person(number)).unwrap();
    }
    yaml
}

/// A small square JPEG that may travel as it is, another one for each seed.
pub(crate) fn portrait(seed: u32) -> Vec<u8> {
    let mut chance = fastrand::Rng::with_seed(u64::from(seed));
    let (ground, face) = ([chance.u8(..), chance.u8(..), chance.u8(..)], [chance.u8(..), chance.u8(..), chance.u8(..)]);
    let spots: Vec<(u32, u32, u32)> = (0..12).map(|_| (chance.u32(0..120), chance.u32(0..120), chance.u32(4..20))).collect();
    let pixels = (0..120_u32 * 120).flat_map(|at| {
        let (x, y) = (at % 120, at / 120);
        if spots.iter().any(|(left, top, side)| x.wrapping_sub(*left) < *side && y.wrapping_sub(*top) < *side) {
            face
        } else {
            ground
        }
    });
    jpeg(120, 120, 85, &pixels.collect::<Vec<_>>())
}

/// A JPEG of colour noise, which compresses badly.
pub(crate) fn noise(side: u16, quality: u8) -> Vec<u8> {
    let mut pixels = vec![0; usize::from(side) * usize::from(side) * 3];
    fastrand::Rng::with_seed(7).fill(&mut pixels);
    jpeg(side, side, quality, &pixels)
}

pub(crate) fn jpeg(width: u16, height: u16, quality: u8, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    encoder.encode(pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

pub(crate) fn blake3(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// A loopback address where nobody listens.
pub(crate) fn dead_end() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Gives a tree to another user.
fn hand_over(place: &Path, user: u32) {
    std::os::unix::fs::lchown(place, Some(user), Some(user)).unwrap();
    if place.is_dir() && !place.is_symlink() {
        for entry in std::fs::read_dir(place).unwrap() {
            hand_over(&entry.unwrap().path(), user);
        }
    }
}

/// What the directory said about every file is so old from now on: it is asked anew.
pub(crate) fn days_later(world: &World, days: i64) {
    let ledger = rusqlite::Connection::open(world.ledger()).unwrap();
    ledger.execute("UPDATE files SET bound_at = bound_at - ?1", [days * 86_400_000]).unwrap();
}

/// Every file below a directory, with its bytes.
pub(crate) fn tree(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(directory) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(tree(&path));
        } else {
            let bytes = std::fs::read(&path).unwrap_or_default();
            found.insert(path, bytes);
        }
    }
    found
}
