//! Joins the system's events and the thread that may block: one loop that waits for whatever comes first.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::handler::WatchEvent;
use super::settings::{WatchSettings, WatchState};
use super::thread::{RootCheck, WatchThread};
use crate::model::{FileActivity, Hint, SourcePath};
use crate::source::SourceSettings;

/// Pause between two checks of the root: an unmounted share is noticed within it.
const ROOT_CHECK_EVERY: Duration = Duration::from_secs(2);
/// A source that answers nothing over so many of these pauses counts as away.
const MAX_MISSED_CHECKS: u32 = 5;
/// Events that may wait: as many as the kernel itself keeps by default (`fs.inotify.max_queued_events`).
const MAX_QUEUED_EVENTS: usize = 16_384;
/// Events taken at once.
const BATCH: usize = 256;
/// New directories that may wait to be watched; beyond, looking at everything is cheaper.
const MAX_NEW_DIRECTORIES: usize = 4096;

enum Command {
    CheckRoot,
    WatchDirectories(BTreeSet<PathBuf>),
    FallBackToPolling,
}

enum ThreadReply {
    RootChecked(RootCheck),
    /// The directories among those named; none: the watches ran out.
    DirectoriesWatched(Option<Vec<PathBuf>>),
}

type PendingCommand = (Command, oneshot::Sender<ThreadReply>);

/// Starts thread and loop, and waits for the first check of the root.
pub(super) async fn start(
    source: SourceSettings,
    watch: WatchSettings,
    hints: mpsc::Sender<Hint>,
    stop: CancellationToken,
) -> watch::Receiver<WatchState> {
    let (sender, events) = mpsc::channel(MAX_QUEUED_EVENTS);
    let lost = Arc::new(AtomicBool::new(false));
    let (commands, queue) = std::sync::mpsc::channel::<PendingCommand>();
    let mut thread = WatchThread::new(source.clone(), watch.mode, sender.clone(), Arc::clone(&lost));
    let spawned = std::thread::Builder::new().name("source-watch".to_owned()).spawn(move || {
        for (command, reply_to) in queue {
            let reply = match command {
                Command::CheckRoot => ThreadReply::RootChecked(thread.check_root()),
                Command::WatchDirectories(paths) => ThreadReply::DirectoriesWatched(thread.watch_new_directories(&paths)),
                Command::FallBackToPolling => ThreadReply::RootChecked(thread.fall_back_to_polling()),
            };
            // Nobody waits any more: it is over.
            if reply_to.send(reply).is_err() {
                break;
            }
        }
    });
    let (state, states) = watch::channel(WatchState::Away { why: "it was not looked at yet".to_owned() });
    let mut watch_loop = WatchLoop {
        source,
        poll_interval: watch.poll_interval,
        hints,
        events,
        _keep_open: sender,
        lost,
        commands,
        reply_due: None,
        missed_checks: 0,
        check_due: true,
        out_of_watches: false,
        new_directories: BTreeSet::new(),
        rescan: None,
        root_state: None,
        state,
    };
    match spawned {
        Ok(_) => watch_loop.send_command(),
        Err(error) => watch_loop.thread_lost(&format!("no thread can be started to watch it: {error}")),
    }
    if let Some(reply_due) = &mut watch_loop.reply_due {
        match tokio::time::timeout(ROOT_CHECK_EVERY * MAX_MISSED_CHECKS, reply_due).await {
            Ok(Ok(reply)) => {
                watch_loop.on_reply(reply);
                watch_loop.rescan = None;
            }
            Ok(Err(_)) => watch_loop.reply_due = None,
            Err(_) => watch_loop.without_events(),
        }
    }
    tokio::spawn(watch_loop.run(stop));
    states
}

struct WatchLoop {
    source: SourceSettings,
    poll_interval: Duration,
    hints: mpsc::Sender<Hint>,
    events: mpsc::Receiver<WatchEvent>,
    /// Keeps the channel open while nothing is watched.
    _keep_open: mpsc::Sender<WatchEvent>,
    lost: Arc<AtomicBool>,
    commands: std::sync::mpsc::Sender<PendingCommand>,
    reply_due: Option<oneshot::Receiver<ThreadReply>>,
    missed_checks: u32,
    /// The next command: to check the root, ...
    check_due: bool,
    /// ... to stop watching and poll, since the watches ran out, ...
    out_of_watches: bool,
    /// ... to watch these; the root's own path, which is empty, stands for all.
    new_directories: BTreeSet<PathBuf>,
    /// The hint at everything that is to go out as soon as there is room; that events were lost outlasts other reasons.
    rescan: Option<Hint>,
    /// What the last check of the root came to.
    root_state: Option<WatchState>,
    state: watch::Sender<WatchState>,
}

impl WatchLoop {
    async fn run(mut self, stop: CancellationToken) {
        let mut guard = ticks(ROOT_CHECK_EVERY);
        let mut poll = ticks(self.poll_interval);
        let mut batch = Vec::with_capacity(BATCH);
        let hints = self.hints.clone();
        loop {
            self.send_command();
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = hints.closed() => return,
                reply = next_reply(&mut self.reply_due) => match reply {
                    Some(reply) => self.on_reply(reply),
                    None => self.thread_lost("the watch thread ended unexpectedly; restart the service"),
                },
                _ = guard.tick() => self.root_check_tick(),
                room = hints.reserve(), if self.rescan.is_some() => match room {
                    Ok(room) => {
                        if let Some(hint) = self.rescan.take() {
                            room.send(hint);
                        }
                    }
                    Err(_) => return,
                },
                _ = poll.tick(), if self.polls() => {
                    self.rescan.get_or_insert(Hint::Tick);
                },
                _ = self.events.recv_many(&mut batch, BATCH) => batch.drain(..).for_each(|event| self.on_event(event)),
            }
            if self.lost.swap(false, Ordering::AcqRel) {
                self.mark_lost();
            }
        }
    }

    fn root_check_tick(&mut self) {
        if self.reply_due.is_none() {
            self.check_due = true;
            return;
        }
        self.missed_checks += 1;
        if self.missed_checks == MAX_MISSED_CHECKS {
            self.without_events();
        }
    }

    fn polls(&self) -> bool {
        self.missed_checks < MAX_MISSED_CHECKS && matches!(self.root_state, Some(WatchState::Polling { .. }))
    }

    /// Without the thread nothing is heard, nor is the root guarded; polling still finds everything.
    fn thread_lost(&mut self, why: &str) {
        self.reply_due = None;
        let state = WatchState::Polling { why: why.to_owned() };
        self.root_state = Some(state.clone());
        self.publish(state);
    }

    fn without_events(&mut self) {
        self.missed_checks = MAX_MISSED_CHECKS;
        let why = format!("the file system of {} does not answer", self.source.root.display());
        self.publish(WatchState::Away { why });
    }

    /// Sends the next command, if none is under way.
    fn send_command(&mut self) {
        if self.reply_due.is_some() {
            return;
        }
        let next = if std::mem::take(&mut self.out_of_watches) {
            Command::FallBackToPolling
        } else if std::mem::take(&mut self.check_due) {
            Command::CheckRoot
        } else if !self.new_directories.is_empty() {
            Command::WatchDirectories(std::mem::take(&mut self.new_directories))
        } else {
            return;
        };
        let (reply, reply_due) = oneshot::channel();
        if self.commands.send((next, reply)).is_ok() {
            self.reply_due = Some(reply_due);
        }
    }

    fn on_reply(&mut self, reply: ThreadReply) {
        self.reply_due = None;
        // What happened while it did not answer, nobody knows.
        if self.missed_checks >= MAX_MISSED_CHECKS {
            self.request_rescan();
        }
        self.missed_checks = 0;
        match reply {
            ThreadReply::RootChecked(checked) => {
                if checked.restarted {
                    self.request_rescan();
                }
                self.root_state = Some(checked.state);
            }
            ThreadReply::DirectoriesWatched(None) => self.out_of_watches = true,
            ThreadReply::DirectoriesWatched(Some(directories)) => {
                for directory in directories {
                    self.send_hint(&directory, FileActivity::Complete);
                }
            }
        }
        if let Some(root_state) = self.root_state.clone() {
            self.publish(root_state);
        }
    }

    fn publish(&self, state: WatchState) {
        self.state.send_if_modified(|told| {
            let news = *told != state;
            *told = state;
            news
        });
    }

    fn request_rescan(&mut self) {
        self.rescan.get_or_insert(Hint::Everything);
    }

    fn mark_lost(&mut self) {
        self.rescan = Some(Hint::Lost);
    }

    fn on_event(&mut self, event: WatchEvent) {
        match event {
            WatchEvent::Unknown => self.request_rescan(),
            WatchEvent::Lost => self.mark_lost(),
            WatchEvent::OutOfWatches => self.out_of_watches = true,
            WatchEvent::RootGone => self.check_due = true,
            WatchEvent::Changed { path, activity, may_be_directory } => {
                self.send_hint(&path, activity);
                if may_be_directory {
                    self.new_directories.insert(path);
                    if self.new_directories.len() > MAX_NEW_DIRECTORIES {
                        self.new_directories = BTreeSet::from([PathBuf::new()]);
                    }
                }
            }
        }
    }

    fn send_hint(&mut self, path: &Path, activity: FileActivity) {
        let Some(hint) = self.hint_for(path, activity) else { return };
        let full = matches!(self.hints.try_send(hint), Err(TrySendError::Full(_)));
        // Where links are followed, the file may have other names.
        if self.source.follow_symlinks {
            self.request_rescan();
        }
        if full {
            self.mark_lost();
        }
    }

    /// The hint for a path; none if it is ignored.
    fn hint_for(&self, path: &Path, activity: FileActivity) -> Option<Hint> {
        let Some(text) = path.to_str() else {
            // The scan names such files; its directory is looked at when all is quiet.
            let parent = path.ancestors().skip(1).find_map(Path::to_str)?;
            return Some(SourcePath::new(parent).map_or(Hint::Everything, |parent| Hint::At(parent, FileActivity::Touched)));
        };
        if text.is_empty() {
            return Some(Hint::Everything);
        }
        if self.source.ignore.matches_within(text) {
            return None;
        }
        SourcePath::new(text).ok().map(|path| Hint::At(path, activity))
    }
}

/// The reply to the command under way, if there is one; none: the thread has ended.
async fn next_reply(reply_due: &mut Option<oneshot::Receiver<ThreadReply>>) -> Option<ThreadReply> {
    match reply_due {
        Some(reply_due) => reply_due.await.ok(),
        None => std::future::pending().await,
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = tokio::time::interval(every);
    // Without the tick at once.
    ticks.reset();
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
