//! What may block: looking at the root and setting watches. Lives in a thread of its own, since a share that doesn't
//! answer blocks for as long as it likes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fs, io};

use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::handler::{EventHandler, WatchEvent};
use super::mounts::mounted_below;
use super::settings::{WatchMode, WatchState};
use crate::source::root_info::RootInfo;
use crate::source::scan::MAX_DEPTH;
use crate::source::{IgnoreList, RootId, ScanError, SourceSettings};

/// After a refusal the watches are tried again at every so many checks of the root: somebody may have raised the limit.
const RETRY_EVERY: u32 = 300;

/// What a check of the root came to.
#[derive(Debug)]
pub(super) struct RootCheck {
    pub(super) state: WatchState,
    /// The watch began again: what happened before was not seen.
    pub(super) restarted: bool,
}

pub(super) struct WatchThread {
    source: SourceSettings,
    mode: WatchMode,
    events: mpsc::Sender<WatchEvent>,
    lost: Arc<AtomicBool>,
    watch: Option<ActiveWatch>,
    /// What the root was when the watch began.
    known: Option<(RootId, WatchState)>,
    /// The root was a mount point once: as a plain directory it is an unmounted one.
    was_mount_point: bool,
    /// The plain directory that it was before anything was mounted there.
    plain: Option<RootId>,
    failed_attempts: u32,
}

struct ActiveWatch {
    /// The root without links, as paths in events begin.
    root: PathBuf,
    inner: RecommendedWatcher,
    /// What was mounted below it when the watch began.
    mounts: Vec<String>,
}

/// Why there is no watch.
enum NotWatched {
    /// A limit of the system: the source itself is fine.
    Limit(String),
    /// The root went away meanwhile, or can't be read.
    Root(String),
}

impl WatchThread {
    pub(super) fn new(source: SourceSettings, mode: WatchMode, events: mpsc::Sender<WatchEvent>, lost: Arc<AtomicBool>) -> Self {
        Self { source, mode, events, lost, watch: None, known: None, was_mount_point: false, plain: None, failed_attempts: 0 }
    }

    /// Looks at the root, and begins to watch it again if it isn't the one that is watched.
    pub(super) fn check_root(&mut self) -> RootCheck {
        let root_info = match self.inspect_root() {
            Ok(root_info) => root_info,
            Err(why) => return self.unavailable(why),
        };
        if let Some((identity, state)) = &self.known
            && *identity == root_info.identity
        {
            let is_watched = match &self.watch {
                Some(watch) => watch.mounts == mounted_below(&watch.root),
                None => !self.wants_events(&root_info),
            };
            let is_refused = self.watch.is_none() && !is_watched;
            self.failed_attempts += u32::from(is_refused);
            if is_watched || is_refused && !self.failed_attempts.is_multiple_of(RETRY_EVERY) {
                return RootCheck { state: state.clone(), restarted: false };
            }
        }
        self.start_watch(&root_info)
    }

    fn inspect_root(&mut self) -> Result<RootInfo, String> {
        let root = &self.source.root;
        let root_info = RootInfo::read(root).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ScanError::Missing(root.clone()).to_string(),
            io::ErrorKind::NotADirectory => ScanError::NotADirectory(root.clone()).to_string(),
            _ => format!("the source directory {} can't be opened: {error}", root.display()),
        })?;
        if let Some(marker) = &self.source.require
            && !root.join(marker).exists()
        {
            return Err(ScanError::NoMarker(root.clone(), marker.clone()).to_string());
        }
        if self.was_mount_point && !root_info.mount_point {
            // What was mounted over the photos is gone again; an empty directory is where a share should be.
            let uncovered = self.plain == Some(root_info.identity) && holds_anything(root);
            self.was_mount_point = !uncovered;
        }
        if self.was_mount_point && !root_info.mount_point {
            let root = root.display();
            return Err(format!("nothing is mounted at {root} any more; mount it, or restart photosyncd if that is meant"));
        }
        self.was_mount_point |= root_info.mount_point;
        if !self.was_mount_point {
            self.plain = Some(root_info.identity);
        }
        Ok(root_info)
    }

    fn unavailable(&mut self, why: String) -> RootCheck {
        self.watch = None;
        self.known = None;
        RootCheck { state: WatchState::Away { why }, restarted: false }
    }

    fn wants_events(&self, root_info: &RootInfo) -> bool {
        match self.mode {
            WatchMode::Native => true,
            WatchMode::Auto => root_info.without_events.is_none(),
            WatchMode::Poll | WatchMode::Off => false,
        }
    }

    fn start_watch(&mut self, root_info: &RootInfo) -> RootCheck {
        self.watch = None;
        let state = if self.wants_events(root_info) {
            match self.open_watch() {
                Ok(watch) => {
                    self.watch = Some(watch);
                    self.failed_attempts = 0;
                    WatchState::Native
                }
                Err(NotWatched::Limit(why)) => {
                    let known_before = self.known.as_ref().is_some_and(|(identity, _)| *identity == root_info.identity);
                    let state = WatchState::Polling { why };
                    self.known = Some((root_info.identity, state.clone()));
                    return RootCheck { state, restarted: !known_before };
                }
                Err(NotWatched::Root(why)) => return self.unavailable(why),
            }
        } else {
            match (self.mode, root_info.without_events) {
                (WatchMode::Off, _) => WatchState::Off,
                (WatchMode::Auto, Some(name)) => {
                    WatchState::Polling { why: format!("it is on {name}, which does not report changes made by other machines") }
                }
                _ => WatchState::Polling { why: "so configured (source.watch: poll)".to_owned() },
            }
        };
        self.known = Some((root_info.identity, state.clone()));
        RootCheck { state, restarted: true }
    }

    fn open_watch(&self) -> Result<ActiveWatch, NotWatched> {
        let unreadable = |error: io::Error| {
            NotWatched::Root(format!("the source directory {} can't be read: {error}", self.source.root.display()))
        };
        // Without links: notify passes over a root that is one.
        let root = fs::canonicalize(&self.source.root).map_err(unreadable)?;
        let handler = EventHandler { root: root.clone(), events: self.events.clone(), lost: Arc::clone(&self.lost) };
        let inner = RecommendedWatcher::new(handler, notify::Config::default().with_follow_symlinks(false))
            .map_err(|error| NotWatched::Limit(no_instance(&error)))?;
        let mut watch = ActiveWatch { mounts: mounted_below(&root), root, inner };
        let top = watch.root.clone();
        match watch.inner.watch(&top, RecursiveMode::NonRecursive) {
            Ok(()) => {}
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => return Err(NotWatched::Limit(no_watches())),
            Err(error) => {
                return Err(NotWatched::Root(format!(
                    "the source directory {} can't be watched: {error}",
                    self.source.root.display()
                )));
            }
        }
        watch.watch_subdirectories(&top, "", 0, &self.source.ignore).map_err(|()| NotWatched::Limit(no_watches()))?;
        Ok(watch)
    }

    /// Begins to listen inside of those that are directories, and names them: now is the time to look at what was put
    /// there before. None: the watches ran out.
    pub(super) fn watch_new_directories(&mut self, paths: &BTreeSet<PathBuf>) -> Option<Vec<PathBuf>> {
        let Some(watch) = &mut self.watch else { return Some(Vec::new()) };
        let mut watched: BTreeSet<PathBuf> = BTreeSet::new();
        for path in paths {
            if path.ancestors().skip(1).any(|above| watched.contains(above)) {
                continue;
            }
            let full = watch.root.join(path);
            if fs::symlink_metadata(&full).is_ok_and(|found| found.is_dir()) {
                let Some(relative) = path.to_str() else { continue };
                if watch.watch_tree(&full, relative, path.components().count(), &self.source.ignore).is_err() {
                    return None;
                }
                watched.insert(path.clone());
            }
        }
        Some(watched.into_iter().collect())
    }

    /// The watches ran out: what is heard would be a part only. Polls instead.
    pub(super) fn fall_back_to_polling(&mut self) -> RootCheck {
        // Told more than once, or by a watch that is gone already.
        let (Some(_), Some((_, known))) = (self.watch.take(), &mut self.known) else { return self.check_root() };
        *known = WatchState::Polling { why: no_watches() };
        RootCheck { state: known.clone(), restarted: true }
    }
}

impl ActiveWatch {
    /// Watches a directory and all below it, as far as a scan would look. A directory that can't be read is passed over:
    /// the scan names it. An error: the watches ran out.
    fn watch_tree(&mut self, directory: &Path, relative: &str, depth: usize, ignore: &IgnoreList) -> Result<(), ()> {
        // Watched before it is listed: a directory that is made meanwhile is seen one way or the other.
        match self.inner.watch(directory, RecursiveMode::NonRecursive) {
            Ok(()) => self.watch_subdirectories(directory, relative, depth, ignore),
            Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => Err(()),
            Err(_) => Ok(()),
        }
    }

    fn watch_subdirectories(&mut self, directory: &Path, relative: &str, depth: usize, ignore: &IgnoreList) -> Result<(), ()> {
        if depth >= MAX_DEPTH {
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
            if !ignore.matches(&below) {
                self.watch_tree(&entry.path(), &below, depth + 1, ignore)?;
            }
        }
        Ok(())
    }
}

fn holds_anything(root: &Path) -> bool {
    fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some())
}

fn no_watches() -> String {
    let of_system = limit("fs/inotify/max_user_watches");
    // A container may have less than its host.
    let of_namespace = limit("user/max_inotify_watches").filter(|own| of_system.is_some_and(|all| *own < all));
    let (name, limit) = match of_namespace {
        Some(own) => ("user.max_inotify_watches", Some(own)),
        None => ("fs.inotify.max_user_watches", of_system),
    };
    let shown = limit.map(|limit| format!(" (now {limit}; each directory takes one)")).unwrap_or_default();
    let more = limit.unwrap_or(65_536).saturating_mul(2).max(65_536);
    format!(
        "the system's limit {name}{shown} is reached; raise it: \
         echo {name}={more} > /etc/sysctl.d/60-photosyncd.conf && sysctl --system"
    )
}

fn no_instance(error: &notify::Error) -> String {
    let shown = limit("fs/inotify/max_user_instances").map(|limit| format!(" (now {limit})")).unwrap_or_default();
    format!(
        "the system gives no watcher ({error}); if its limit fs.inotify.max_user_instances{shown} is reached, raise it: \
         echo fs.inotify.max_user_instances=1024 > /etc/sysctl.d/60-photosyncd.conf && sysctl --system"
    )
}

fn limit(name: &str) -> Option<u64> {
    fs::read_to_string(format!("/proc/sys/{name}")).ok()?.trim().parse().ok()
}
