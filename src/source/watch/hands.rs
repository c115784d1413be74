//! What may block: looking at the root and setting watches. Lives in a thread of its own, since a share that doesn't
//! answer blocks for as long as it likes.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::ear::{Ear, Note};
use super::{WatchMode, WatchState};
use crate::source::filesystem::Ground;
use crate::source::scan::DEEPEST;
use crate::source::{Ignore, RootId, ScanError, SourceSettings};

/// After a refusal the watches are tried again at every so manieth look at the root: somebody may have raised the limit.
const RETRY: u32 = 300;

/// What a look at the root came to.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) state: WatchState,
    /// The watch began anew: whatever happened before went unheard.
    pub(super) anew: bool,
}

pub(super) struct Hands {
    source: SourceSettings,
    mode: WatchMode,
    notes: mpsc::Sender<Note>,
    lost: Arc<AtomicBool>,
    watch: Option<Watch>,
    /// What the root was when the watch began.
    known: Option<(RootId, WatchState)>,
    /// The root was a mount point once: as a plain directory it is an unmounted one.
    mounted: bool,
    refused_looks: u32,
}

struct Watch {
    /// The root without links, as paths in events begin.
    root: PathBuf,
    inner: RecommendedWatcher,
}

/// Why there is no watch.
enum Refusal {
    /// A limit of the system: the source itself is fine.
    Limit(String),
    /// The root went away meanwhile, or can't be read.
    Root(String),
}

impl Hands {
    pub(super) fn new(source: SourceSettings, mode: WatchMode, notes: mpsc::Sender<Note>, lost: Arc<AtomicBool>) -> Self {
        Self { source, mode, notes, lost, watch: None, known: None, mounted: false, refused_looks: 0 }
    }

    /// Looks at the root, and begins to watch it anew if it isn't the one that is watched.
    pub(super) fn check(&mut self) -> Checked {
        let ground = match self.look() {
            Ok(ground) => ground,
            Err(why) => return self.away(why),
        };
        if let Some((identity, state)) = &self.known
            && *identity == ground.identity
        {
            let refused = self.watch.is_none() && self.wants_events(&ground);
            if !refused {
                return Checked { state: state.clone(), anew: false };
            }
            self.refused_looks += 1;
            if !self.refused_looks.is_multiple_of(RETRY) {
                return Checked { state: state.clone(), anew: false };
            }
        }
        self.begin(&ground)
    }

    fn look(&mut self) -> Result<Ground, String> {
        let root = &self.source.root;
        let ground = Ground::of(root).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ScanError::Missing(root.clone()).to_string(),
            io::ErrorKind::NotADirectory => ScanError::NotADirectory(root.clone()).to_string(),
            _ => format!("the source directory {} can't be opened: {error}", root.display()),
        })?;
        if let Some(marker) = &self.source.require
            && !root.join(marker).exists()
        {
            return Err(ScanError::NoMarker(root.clone(), marker.clone()).to_string());
        }
        if self.mounted && !ground.mount_point {
            let root = root.display();
            return Err(format!("nothing is mounted at {root} any more; mount it, or restart photosyncd if that is meant"));
        }
        self.mounted |= ground.mount_point;
        Ok(ground)
    }

    fn away(&mut self, why: String) -> Checked {
        self.watch = None;
        self.known = None;
        Checked { state: WatchState::Away { why }, anew: false }
    }

    fn wants_events(&self, ground: &Ground) -> bool {
        match self.mode {
            WatchMode::Native => true,
            WatchMode::Auto => ground.silent.is_none(),
            WatchMode::Poll | WatchMode::Off => false,
        }
    }

    fn begin(&mut self, ground: &Ground) -> Checked {
        self.watch = None;
        let state = if self.wants_events(ground) {
            match self.listen() {
                Ok(watch) => {
                    self.watch = Some(watch);
                    self.refused_looks = 0;
                    WatchState::Native
                }
                Err(Refusal::Limit(why)) => {
                    let again = self.known.as_ref().is_some_and(|(identity, _)| *identity == ground.identity);
                    let state = WatchState::Polling { why };
                    self.known = Some((ground.identity, state.clone()));
                    return Checked { state, anew: !again };
                }
                Err(Refusal::Root(why)) => return self.away(why),
            }
        } else {
            match (self.mode, ground.silent) {
                (WatchMode::Off, _) => WatchState::Off,
                (WatchMode::Auto, Some(name)) => {
                    WatchState::Polling { why: format!("it lies on {name}, which tells nobody of changes made elsewhere") }
                }
                _ => WatchState::Polling { why: "so configured (source.watch: poll)".to_owned() },
            }
        };
        self.known = Some((ground.identity, state.clone()));
        Checked { state, anew: true }
    }

    fn listen(&self) -> Result<Watch, Refusal> {
        let unreadable = |error: io::Error| {
            Refusal::Root(format!("the source directory {} can't be read: {error}", self.source.root.display()))
        };
        // Without links: notify passes over a root that is one.
        let root = fs::canonicalize(&self.source.root).map_err(unreadable)?;
        let ear = Ear { root: root.clone(), notes: self.notes.clone(), lost: Arc::clone(&self.lost) };
        let inner = RecommendedWatcher::new(ear, notify::Config::default().with_follow_symlinks(false))
            .map_err(|error| Refusal::Limit(no_instance(&error)))?;
        let mut watch = Watch { root, inner };
        let top = watch.root.clone();
        match watch.inner.watch(&top, RecursiveMode::NonRecursive) {
            Ok(()) => {}
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => return Err(Refusal::Limit(no_watches())),
            Err(error) => {
                return Err(Refusal::Root(format!(
                    "the source directory {} can't be watched: {error}",
                    self.source.root.display()
                )));
            }
        }
        watch.arm_below(&top, "", 0, &self.source.ignore).map_err(|()| Refusal::Limit(no_watches()))?;
        Ok(watch)
    }

    /// Begins to listen inside of those that are directories, and names them: now is the time to look at what was put
    /// there before. None: the watches ran out.
    pub(super) fn reach(&mut self, paths: &BTreeSet<PathBuf>) -> Option<Vec<PathBuf>> {
        let Some(watch) = &mut self.watch else { return Some(Vec::new()) };
        let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
        for path in paths {
            if path.ancestors().skip(1).any(|above| reached.contains(above)) {
                continue;
            }
            let full = watch.root.join(path);
            if fs::symlink_metadata(&full).is_ok_and(|found| found.is_dir()) {
                let Some(relative) = path.to_str() else { continue };
                if watch.arm(&full, relative, path.components().count(), &self.source.ignore).is_err() {
                    return None;
                }
                reached.insert(path.clone());
            }
        }
        Some(reached.into_iter().collect())
    }

    /// The watches ran out: what is heard would be a part only. Polls instead.
    pub(super) fn give_up(&mut self) -> Checked {
        // Told more than once, or by a watch that is gone already.
        let (Some(_), Some((_, known))) = (self.watch.take(), &mut self.known) else { return self.check() };
        *known = WatchState::Polling { why: no_watches() };
        Checked { state: known.clone(), anew: true }
    }
}

impl Watch {
    /// Watches a directory and all below it, as far as a scan would look. A directory that can't be read is passed over:
    /// the scan names it. An error: the watches ran out.
    fn arm(&mut self, directory: &Path, relative: &str, depth: usize, ignore: &Ignore) -> Result<(), ()> {
        // Watched before it is listed: a directory that is made meanwhile is seen one way or the other.
        match self.inner.watch(directory, RecursiveMode::NonRecursive) {
            Ok(()) => self.arm_below(directory, relative, depth, ignore),
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => Err(()),
            Err(_) => Ok(()),
        }
    }

    fn arm_below(&mut self, directory: &Path, relative: &str, depth: usize, ignore: &Ignore) -> Result<(), ()> {
        if depth >= DEEPEST {
            return Ok(());
        }
        let Ok(entries) = fs::read_dir(directory) else { return Ok(()) };
        for entry in entries.flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let below = if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
            if !ignore.takes(&below) {
                self.arm(&entry.path(), &below, depth + 1, ignore)?;
            }
        }
        Ok(())
    }
}

fn no_watches() -> String {
    let limit = limit("max_user_watches");
    let shown = limit.map(|limit| format!(" (now {limit}; each directory takes one)")).unwrap_or_default();
    let more = limit.unwrap_or(65_536).saturating_mul(2).max(65_536);
    format!(
        "the system's limit fs.inotify.max_user_watches{shown} is reached; raise it: \
         echo fs.inotify.max_user_watches={more} > /etc/sysctl.d/60-photosyncd.conf && sysctl --system"
    )
}

fn no_instance(error: &notify::Error) -> String {
    let shown = limit("max_user_instances").map(|limit| format!(" (now {limit})")).unwrap_or_default();
    format!(
        "the system gives no watcher ({error}); if its limit fs.inotify.max_user_instances{shown} is reached, raise it: \
         echo fs.inotify.max_user_instances=1024 > /etc/sysctl.d/60-photosyncd.conf && sysctl --system"
    )
}

fn limit(name: &str) -> Option<u64> {
    fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?.trim().parse().ok()
}
