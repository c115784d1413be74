//! What is hinted at when real files change. Waits for hints, never for time to pass.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::model::{Sign, SourcePath};
use crate::source::{Ignore, ScanError, SourceSettings, scan};

/// Longest wait for anything; a busy machine is slow, and nothing here takes longer than a look at the root.
const LONGEST: Duration = Duration::from_secs(30);

/// The files at this path and below it.
fn below(source: &SourceSettings, path: &str) -> Vec<String> {
    match scan(&SourceSettings { root: source.root.join(path), ..source.clone() }) {
        Ok(scan) => scan.files.iter().map(|seen| format!("{path}/{}", seen.path)).collect(),
        Err(ScanError::NotADirectory(_)) => vec![path.to_owned()],
        Err(error) => panic!("{error}"),
    }
}

struct Watched {
    parent: TempDir,
    watcher: Watcher,
    hints: mpsc::Receiver<Hint>,
}

/// The source at a place, without what the tests of watching have no part in.
fn source(root: PathBuf) -> SourceSettings {
    let ignore = Ignore::new(&["**/.*".into()], true).unwrap();
    SourceSettings { root, ignore, follow_symlinks: false, require: None, max_bytes: 1 << 20 }
}

impl Watched {
    async fn new() -> Self {
        Self::with(WatchMode::Auto, 1024).await
    }

    /// Watches `photos` in a directory of its own, which holds `photos/users`.
    async fn with(mode: WatchMode, room: usize) -> Self {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir_all(parent.path().join("photos/users")).unwrap();
        Self::over(parent, mode, room).await
    }

    async fn over(parent: TempDir, mode: WatchMode, room: usize) -> Self {
        let source = source(parent.path().join("photos"));
        Self::start(parent, source, mode, room).await
    }

    async fn start(parent: TempDir, source: SourceSettings, mode: WatchMode, room: usize) -> Self {
        let (sender, hints) = mpsc::channel(room);
        let watch = WatchSettings { mode, poll_interval: Duration::from_millis(200) };
        let watcher = Watcher::start(source, watch, sender).await;
        Self { parent, watcher, hints }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.parent.path().join("photos").join(path)
    }

    fn write(&self, path: &str) {
        fs::write(self.at(path), path).unwrap();
    }

    async fn next(&mut self) -> Hint {
        tokio::time::timeout(LONGEST, self.hints.recv()).await.expect("no hint came").expect("the watcher ended")
    }

    /// All hints up to this one.
    async fn until(&mut self, last: &Hint) -> Vec<Hint> {
        let mut all = Vec::new();
        loop {
            let hint = self.next().await;
            let done = hint == *last;
            all.push(hint);
            if done {
                return all;
            }
        }
    }

    /// All hints that are under way: those before one more file, which is written now.
    async fn settled(&mut self) -> Vec<Hint> {
        self.write("last");
        let mut all = self.until(&whole("last")).await;
        all.retain(|hint| !matches!(hint, Hint::At(path, _) if path.as_str() == "last"));
        all
    }

    async fn state(&self, wanted: impl Fn(&WatchState) -> bool) -> WatchState {
        let mut state = self.watcher.state();
        let found = tokio::time::timeout(LONGEST, state.wait_for(|state| wanted(state))).await;
        found.unwrap_or_else(|_| panic!("the state stays {:?}", self.watcher.state().borrow())).unwrap().clone()
    }
}

#[tokio::test]
async fn nothing_is_hinted_at_in_recycle_bins_and_thumbnails() {
    let mut watched = Watched::new().await;
    watched.state(|state| *state == WatchState::Native).await;
    for folder in ["#Recycle/users", "users/@eaDir/a.jpg", "users/.trash-1000/files"] {
        fs::create_dir_all(watched.at(folder)).unwrap();
        watched.write(&format!("{folder}/b.jpg"));
    }
    fs::write(watched.at("users/DESKTOP.INI"), "x").unwrap();
    watched.write("users/c.jpg");
    fs::rename(watched.at("users/c.jpg"), watched.at("#Recycle/users/c.jpg")).unwrap();
    let named: Vec<String> = watched
        .settled()
        .await
        .into_iter()
        .map(|hint| if let Hint::At(path, _) = hint { path.to_string() } else { String::new() })
        .filter(|path| !matches!(path.as_str(), "" | "users"))
        .collect();
    assert!(named.iter().all(|path| path == "users/c.jpg") && !named.is_empty(), "{named:?}");
}

fn hint(path: &str, sign: Sign) -> Hint {
    Hint::At(SourcePath::new(path).unwrap(), sign)
}

fn whole(path: &str) -> Hint {
    hint(path, Sign::Whole)
}

fn away(state: &WatchState) -> bool {
    matches!(state, WatchState::Away { .. })
}

fn native(state: &WatchState) -> bool {
    *state == WatchState::Native
}

#[tokio::test]
async fn each_way_to_put_a_file_ends_with_a_sign_that_it_is_whole() {
    let mut watched = Watched::new().await;
    assert!(native(&watched.watcher.state().borrow()));
    // cp
    watched.write("users/a.jpg");
    assert_eq!(watched.until(&whole("users/a.jpg")).await[0], hint("users/a.jpg", Sign::Growing));
    // mv from elsewhere
    fs::write(watched.parent.path().join("b"), "b").unwrap();
    fs::rename(watched.parent.path().join("b"), watched.at("users/b.jpg")).unwrap();
    assert_eq!(watched.until(&whole("users/b.jpg")).await, [whole("users/b.jpg")]);
    // rsync: a hidden file, renamed
    watched.write("users/.c.jpg.x7Yz");
    fs::rename(watched.at("users/.c.jpg.x7Yz"), watched.at("users/c.jpg")).unwrap();
    assert_eq!(watched.until(&whole("users/c.jpg")).await, [whole("users/c.jpg")], "nothing of the hidden file");
    // an editor: the old one aside, a new one in its place
    fs::rename(watched.at("users/a.jpg"), watched.at("users/a.jpg~")).unwrap();
    watched.write("users/a.jpg");
    fs::remove_file(watched.at("users/a.jpg~")).unwrap();
    let hints = watched.settled().await;
    let of_it: Vec<&Hint> =
        hints.iter().filter(|hint| matches!(hint, Hint::At(path, _) if path.as_str() == "users/a.jpg")).collect();
    assert_eq!(of_it.first(), Some(&&hint("users/a.jpg", Sign::Touched)));
    assert_eq!(of_it.last(), Some(&&whole("users/a.jpg")));
    // truncated and written again
    watched.write("users/a.jpg");
    watched.until(&whole("users/a.jpg")).await;
    // Neither written nor renamed: linked, changed in its attributes, removed.
    fs::hard_link(watched.at("users/a.jpg"), watched.at("users/link.jpg")).unwrap();
    fs::set_permissions(watched.at("users/b.jpg"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(watched.at("users/c.jpg")).unwrap();
    let hints = watched.settled().await;
    assert!(hints.contains(&hint("users/link.jpg", Sign::Growing)), "{hints:?}");
    assert!(hints.contains(&hint("users/b.jpg", Sign::Touched)), "{hints:?}");
    assert!(hints.contains(&hint("users/c.jpg", Sign::Touched)), "{hints:?}");
    assert!(!hints.contains(&Hint::Everything), "{hints:?}");
}

#[tokio::test]
async fn a_slow_writer_grows_until_it_closes() {
    let mut watched = Watched::new().await;
    let mut file = File::create(watched.at("slow.jpg")).unwrap();
    for _ in 0..20 {
        file.write_all(&[7; 1024]).unwrap();
        assert_eq!(watched.until(&hint("slow.jpg", Sign::Growing)).await.last(), Some(&hint("slow.jpg", Sign::Growing)));
    }
    let hints = watched.settled().await;
    assert!(!hints.contains(&whole("slow.jpg")), "{hints:?}");
    drop(file);
    watched.until(&whole("slow.jpg")).await;
}

#[tokio::test]
async fn looking_and_reading_are_no_news() {
    let mut watched = Watched::new().await;
    watched.write("users/a.jpg");
    watched.settled().await;
    let source = source(watched.at(""));
    for seen in scan(&source).unwrap().files {
        crate::source::read(&source, &seen.path).unwrap();
    }
    assert_eq!(watched.settled().await, []);
}

#[tokio::test]
async fn a_directory_moved_in_is_hinted_at_and_then_heard() {
    let mut watched = Watched::new().await;
    let outside = watched.parent.path().join("import");
    fs::create_dir_all(outside.join("deep")).unwrap();
    for number in 0..1000 {
        fs::write(outside.join(format!("deep/{number}.jpg")), "x").unwrap();
    }
    fs::rename(&outside, watched.at("import")).unwrap();
    watched.until(&whole("import")).await;
    // The second hint comes when its inside is listened to.
    watched.until(&whole("import")).await;
    assert_eq!(below(&source(watched.at("")), "import").len(), 1000);
    watched.write("import/deep/0.jpg");
    watched.until(&whole("import/deep/0.jpg")).await;
    fs::rename(watched.at("import"), watched.at("imported")).unwrap();
    watched.until(&whole("imported")).await;
    watched.until(&whole("imported")).await;
    watched.write("imported/deep/1.jpg");
    watched.until(&whole("imported/deep/1.jpg")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_in_directories_made_in_a_hurry_are_all_found() {
    const COUNT: usize = 500;
    let mut watched = Watched::new().await;
    let root = watched.at("");
    let making = std::thread::spawn(move || {
        for number in 0..COUNT {
            let directory = root.join(format!("d{number}/a/b"));
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join("photo.jpg"), "x").unwrap();
        }
    });
    let source = source(watched.at(""));
    let mut found: BTreeSet<String> = BTreeSet::new();
    while found.len() < COUNT {
        // Looks once at each hint, where and when it comes, as a pass would.
        let files = match watched.next().await {
            Hint::Everything | Hint::Lost => scan(&source).unwrap().files.iter().map(|seen| seen.path.to_string()).collect(),
            Hint::At(path, Sign::Whole) => below(&source, path.as_str()),
            Hint::At(..) => continue,
        };
        found.extend(files);
    }
    making.join().unwrap();
}

#[tokio::test]
async fn what_nobody_takes_becomes_everything() {
    let mut watched = Watched::with(WatchMode::Auto, 4).await;
    for number in 0..100 {
        watched.write(&format!("users/{number}.jpg"));
    }
    let hints = watched.until(&Hint::Lost).await;
    assert!(hints.len() <= 10, "{hints:?}");
}

#[tokio::test]
async fn names_that_are_not_text_are_hints_at_their_directory() {
    use std::os::unix::ffi::OsStrExt;
    let mut watched = Watched::new().await;
    fs::write(watched.at("users").join(std::ffi::OsStr::from_bytes(b"m\xfcller.jpg")), "x").unwrap();
    assert_eq!(watched.next().await, hint("users", Sign::Touched));
}

#[tokio::test]
async fn links_out_are_not_watched_and_hidden_directories_neither() {
    let parent = tempfile::tempdir().unwrap();
    fs::create_dir_all(parent.path().join("photos/.snapshots/users")).unwrap();
    fs::create_dir_all(parent.path().join("outside")).unwrap();
    symlink(parent.path().join("outside"), parent.path().join("photos/link")).unwrap();
    let mut watched = Watched::over(parent, WatchMode::Auto, 1024).await;
    watched.write(".snapshots/users/a.jpg");
    fs::write(watched.parent.path().join("outside/a.jpg"), "x").unwrap();
    assert_eq!(watched.settled().await, []);
}

#[tokio::test]
async fn a_root_that_is_a_link_is_watched_where_it_leads_and_followed_when_it_turns() {
    let parent = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        fs::create_dir(parent.path().join(name)).unwrap();
    }
    symlink("one", parent.path().join("photos")).unwrap();
    let mut watched = Watched::over(parent, WatchMode::Auto, 1024).await;
    watched.write("a.jpg");
    watched.until(&whole("a.jpg")).await;
    symlink("two", watched.parent.path().join("new")).unwrap();
    fs::rename(watched.parent.path().join("new"), watched.parent.path().join("photos")).unwrap();
    watched.until(&Hint::Everything).await;
    watched.write("b.jpg");
    watched.until(&whole("b.jpg")).await;
}

#[tokio::test]
async fn a_root_that_goes_and_comes_back_is_watched_again() {
    let mut watched = Watched::new().await;
    fs::remove_dir_all(watched.at("")).unwrap();
    let WatchState::Away { why } = watched.state(away).await else { unreachable!() };
    assert!(why.contains("does not exist"), "{why}");
    fs::create_dir(watched.at("")).unwrap();
    watched.until(&Hint::Everything).await;
    assert!(native(&watched.watcher.state().borrow()));
    watched.write("a.jpg");
    watched.until(&whole("a.jpg")).await;
    // Renamed, with a new one in its place at once: what happens in the old one is no longer told.
    fs::rename(watched.at(""), watched.parent.path().join("old")).unwrap();
    fs::create_dir(watched.at("")).unwrap();
    watched.until(&Hint::Everything).await;
    fs::write(watched.parent.path().join("old/stray.jpg"), "x").unwrap();
    assert!(!watched.settled().await.contains(&whole("stray.jpg")));
}

#[tokio::test]
async fn a_root_that_is_not_there_at_the_start_is_waited_for() {
    let parent = tempfile::tempdir().unwrap();
    let source = SourceSettings { require: Some(".mounted".into()), ..source(parent.path().join("photos")) };
    let mut watched = Watched::start(parent, source, WatchMode::Auto, 1024).await;
    assert!(away(&watched.watcher.state().borrow()));
    fs::create_dir(watched.at("")).unwrap();
    watched.state(|state| matches!(state, WatchState::Away { why } if why.contains("source.require"))).await;
    watched.write(".mounted");
    watched.until(&Hint::Everything).await;
    fs::remove_file(watched.at(".mounted")).unwrap();
    watched.state(away).await;
}

#[tokio::test]
async fn polling_hints_at_everything_again_and_again_and_off_never() {
    let mut polled = Watched::with(WatchMode::Poll, 1).await;
    assert!(matches!(&*polled.watcher.state().borrow(), WatchState::Polling { why } if why.contains("source.watch: poll")));
    let watched = Watched::with(WatchMode::Off, 1024).await;
    watched.write("a.jpg");
    for _ in 0..5 {
        assert_eq!(polled.next().await, Hint::Everything);
    }
    let Watched { watcher, mut hints, .. } = watched;
    assert_eq!(*watcher.state().borrow(), WatchState::Off);
    assert!(hints.try_recv().is_err());
    drop(watcher);
    assert!(tokio::time::timeout(LONGEST, hints.recv()).await.unwrap().is_none(), "a dropped watcher ends");
}

/// Runs one of the ignored tests below in namespaces of its own, after `before`; says so where that isn't permitted.
#[expect(clippy::print_stderr, reason = "a test that can't run here must not look like one that did")]
fn apart(before: &str, test: &str) {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
        command.arg(std::env::current_exe().unwrap());
        command
    };
    if !unshare(before).output().is_ok_and(|output| output.status.success()) {
        return eprintln!("SKIPPED {test}: namespaces are not permitted here");
    }
    let name = format!("source::watch::tests::{test}");
    let output = unshare(&format!("{before} && exec \"$0\" --exact {name} --ignored --nocapture")).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn without_watches_it_polls_and_says_what_to_raise() {
    apart("echo 20 > /proc/sys/user/max_inotify_watches", "inside_with_20_watches");
}

#[tokio::test]
#[ignore = "run by without_watches_it_polls_and_says_what_to_raise, where only 20 watches can be had"]
async fn inside_with_20_watches() {
    let mut later = Watched::new().await;
    assert!(native(&later.watcher.state().borrow()));
    for number in 0..30 {
        fs::create_dir(later.at(&format!("users/{number}"))).unwrap();
    }
    let WatchState::Polling { why } = later.state(|state| !native(state)).await else { panic!("not polling") };
    assert!(why.contains("fs.inotify.max_user_watches") && why.contains("sysctl"), "{why}");
    for _ in 0..3 {
        later.until(&Hint::Everything).await;
    }
    let at_start = Watched::over(later.parent, WatchMode::Native, 1024).await;
    assert!(matches!(&*at_start.watcher.state().borrow(), WatchState::Polling { why } if why.contains("max_user_watches")));
}

#[test]
fn an_unmounted_share_is_away_until_it_is_back() {
    apart("mount -t tmpfs none /mnt", "inside_with_mounts");
}

fn mount(on: &Path) {
    assert!(Command::new("mount").args(["-t", "tmpfs", "none"]).arg(on).status().unwrap().success());
}

fn unmount(on: &Path) {
    // Lazily, as when a server goes: open files don't hold it.
    assert!(Command::new("umount").arg("-l").arg(on).status().unwrap().success());
}

#[tokio::test]
#[ignore = "run by an_unmounted_share_is_away_until_it_is_back, where mounting is permitted"]
async fn inside_with_mounts() {
    let parent = tempfile::tempdir().unwrap();
    let photos = parent.path().join("photos");
    fs::create_dir(&photos).unwrap();
    mount(&photos);
    let mut watched = Watched::over(parent, WatchMode::Auto, 1024).await;
    watched.write("a.jpg");
    watched.until(&whole("a.jpg")).await;
    unmount(&photos);
    let WatchState::Away { why } = watched.state(away).await else { unreachable!() };
    assert!(why.contains("nothing is mounted"), "{why}");
    // Whatever is written to the bare mount point now is not the source's.
    fs::write(photos.join("stray.jpg"), "x").unwrap();
    mount(&photos);
    watched.state(native).await;
    let hints = watched.until(&Hint::Everything).await;
    assert!(!hints.contains(&whole("stray.jpg")), "{hints:?}");
    watched.write("b.jpg");
    watched.until(&whole("b.jpg")).await;
    // Another one mounted in its place, within less than a look.
    unmount(&photos);
    mount(&photos);
    watched.until(&Hint::Everything).await;
    watched.write("c.jpg");
    watched.until(&whole("c.jpg")).await;
    unmount(&photos);
}
