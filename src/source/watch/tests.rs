//! What is hinted at when real files change. Waits for hints, never for time to pass.

mod files;
mod namespaces;
mod root;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use tokio::sync::mpsc;

use super::*;
use crate::model::{FileActivity, Hint, SourcePath};
use crate::source::{IgnoreList, ScanError, SourceSettings, scan};

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
    let ignore = IgnoreList::new(&["**/.*".into()], true).unwrap();
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
        let mut all = self.until(&complete("last")).await;
        all.retain(|hint| !matches!(hint, Hint::At(path, _) if path.as_str() == "last"));
        all
    }

    async fn state(&self, wanted: impl Fn(&WatchState) -> bool) -> WatchState {
        let mut state = self.watcher.state();
        let found = tokio::time::timeout(LONGEST, state.wait_for(|state| wanted(state))).await;
        found.unwrap_or_else(|_| panic!("the state stays {:?}", self.watcher.state().borrow())).unwrap().clone()
    }
}

fn hint(path: &str, sign: FileActivity) -> Hint {
    Hint::At(SourcePath::new(path).unwrap(), sign)
}

fn complete(path: &str) -> Hint {
    hint(path, FileActivity::Complete)
}

fn away(state: &WatchState) -> bool {
    matches!(state, WatchState::Away { .. })
}

fn native(state: &WatchState) -> bool {
    *state == WatchState::Native
}
