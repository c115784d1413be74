//! Waits until files are whole: hears hints, and says when which part of the source is worth a look.
//!
//! Time is a [`Duration`] since any fixed moment that never goes back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{FileActivity, Hint, SourcePath};

/// A file that is whole waits this long for others, so that a burst becomes one pass ...
const GATHER: Duration = Duration::from_millis(40);
/// ... and, while others keep coming, at most this long.
const GATHER_AT_MOST: Duration = Duration::from_millis(500);
/// Something that is touched again and again is looked at after so many times `settle` all the same ...
const PATIENCE: u32 = 15;
/// ... and after this long at the latest.
const PATIENCE_AT_MOST: Duration = Duration::from_secs(30);
/// Beyond so many paths one look at everything is cheaper, and memory stays bounded.
const MOST: usize = 4096;

/// How long to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SettleSettings {
    /// What was written to and not closed is looked at when it was left alone for this long (`source.settle`).
    pub settle: Duration,
}

/// Gathers hints into scopes.
#[derive(Debug)]
pub(crate) struct Settle {
    quiet: Duration,
    /// Files that are whole, directories, and others that need no more patience.
    whole: BTreeSet<SourcePath>,
    gathering: Option<Heard>,
    /// What may still change.
    restless: BTreeMap<SourcePath, Restless>,
    everything: Option<Heard>,
    /// It is time for a look at everything, whatever was heard.
    ticked: bool,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    first: Duration,
    last: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Restless {
    heard: Heard,
    /// Somebody writes to it. Such a file is never taken before it is left alone.
    growing: bool,
}

impl Heard {
    const fn now(now: Duration) -> Self {
        Self { first: now, last: now }
    }

    fn again(heard: Option<Self>, now: Duration) -> Self {
        Self { first: heard.map_or(now, |heard| heard.first), last: now }
    }
}

impl Settle {
    /// Nothing heard yet.
    pub(crate) const fn new(settings: SettleSettings) -> Self {
        Self {
            quiet: settings.settle,
            whole: BTreeSet::new(),
            gathering: None,
            restless: BTreeMap::new(),
            everything: None,
            ticked: false,
        }
    }

    /// Takes a hint.
    pub(crate) fn hear(&mut self, hint: Hint, now: Duration) {
        match hint {
            Hint::Tick => self.ticked = true,
            Hint::Everything | Hint::Lost => self.everything = Some(Heard::again(self.everything, now)),
            Hint::At(path, FileActivity::Complete) => {
                self.restless.remove(&path);
                self.whole.insert(path);
                self.gathering = Some(Heard::again(self.gathering, now));
            }
            // That its times were set after it was closed says nothing against it.
            Hint::At(path, FileActivity::Touched) if self.whole.contains(&path) => {}
            Hint::At(path, sign) => {
                self.whole.remove(&path);
                if self.whole.is_empty() {
                    self.gathering = None;
                }
                let growing = sign == FileActivity::Writing;
                self.restless
                    .entry(path)
                    .and_modify(|restless| {
                        restless.heard.last = now;
                        restless.growing |= growing;
                    })
                    .or_insert(Restless { heard: Heard::now(now), growing });
            }
        }
        if self.whole.len() + self.restless.len() > MOST {
            self.give_up(now);
        }
    }

    /// Trades the paths for one look at everything. What grows is kept in mind as long as there is room.
    fn give_up(&mut self, now: Duration) {
        self.everything = Some(Heard::again(self.everything, now));
        self.whole.clear();
        self.gathering = None;
        self.restless.retain(|_, restless| restless.growing);
        if self.restless.len() > MOST / 2 {
            self.restless.clear();
        }
    }

    /// When [`take_paths`](Self::take_paths) has something next.
    pub(crate) fn next_paths_at(&self) -> Option<Duration> {
        let restless = self.restless.values().map(|restless| self.calm_at(restless)).min();
        self.gathered_at().into_iter().chain(restless).min()
    }

    /// When [`take_everything`](Self::take_everything) is worth while.
    pub(crate) fn everything_at(&self) -> Option<Duration> {
        if self.ticked {
            return Some(Duration::ZERO);
        }
        let pause = self.quiet.max(GATHER);
        self.everything.map(|heard| (heard.last + pause).min(heard.first + self.patience()))
    }

    /// Paths to look at now; none if there are none.
    pub(crate) fn take_paths(&mut self, now: Duration) -> BTreeSet<SourcePath> {
        let calm = self.restless.iter().filter(|(_, restless)| self.calm_at(restless) <= now);
        let mut paths: BTreeSet<SourcePath> = calm.map(|(path, _)| path.clone()).collect();
        self.restless.retain(|path, _| !paths.contains(path));
        if self.gathered_at().is_some_and(|at| at <= now) {
            self.gathering = None;
            paths.append(&mut self.whole);
        }
        paths
    }

    /// Whether to look at everything now.
    pub(crate) fn take_everything(&mut self, now: Duration) -> bool {
        if self.everything_at().is_none_or(|at| at > now) {
            return false;
        }
        (self.everything, self.ticked) = (None, false);
        // A look at everything sees these too.
        self.gathering = None;
        self.whole.clear();
        true
    }

    /// Whether somebody writes to this file.
    pub(crate) fn is_growing(&self, path: &SourcePath) -> bool {
        self.restless.get(path).is_some_and(|restless| restless.growing)
    }

    /// Files that somebody writes to: whatever the scope, a pass leaves them out, since they come by themselves later.
    pub(crate) fn growing(&self) -> impl Iterator<Item = &SourcePath> {
        self.restless.iter().filter(|(_, restless)| restless.growing).map(|(path, _)| path)
    }

    fn gathered_at(&self) -> Option<Duration> {
        self.gathering.map(|heard| (heard.last + GATHER).min(heard.first + GATHER_AT_MOST))
    }

    fn calm_at(&self, restless: &Restless) -> Duration {
        let calm = restless.heard.last + self.quiet;
        if restless.growing { calm } else { calm.min(restless.heard.first + self.patience()) }
    }

    fn patience(&self) -> Duration {
        // A long settle is meant: the bound must not undercut it.
        (self.quiet * PATIENCE).min(PATIENCE_AT_MOST).max(self.quiet).max(GATHER)
    }
}

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;
