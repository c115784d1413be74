//! Joins ear and hands: one loop that waits for whatever comes first.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::ear::Note;
use super::hands::{Checked, Hands};
use super::{WatchSettings, WatchState};
use crate::model::{Hint, Sign, SourcePath};
use crate::source::SourceSettings;

/// Pause between two looks at the root: an unmounted share is noticed within it.
const GUARD_EVERY: Duration = Duration::from_secs(2);
/// A source that says nothing over so many of these pauses counts as away.
const SILENT_LOOKS: u32 = 5;
/// Notes that may wait: as many as the kernel itself keeps by default (`fs.inotify.max_queued_events`).
const NOTES: usize = 16_384;
/// Notes taken at once.
const HANDFUL: usize = 256;
/// Directories that may wait to be listened into; beyond, looking at everything is cheaper.
const INSIDES: usize = 4096;

enum Ask {
    Check,
    Reach(BTreeSet<PathBuf>),
    GiveUp,
}

enum Answer {
    Checked(Checked),
    /// The directories among what was asked about; none: the watches ran out.
    Reached(Option<Vec<PathBuf>>),
}

type Asked = (Ask, oneshot::Sender<Answer>);

/// Starts thread and loop, and waits for the first look at the root.
pub(super) async fn start(
    source: SourceSettings,
    watch: WatchSettings,
    hints: mpsc::Sender<Hint>,
    stop: CancellationToken,
) -> watch::Receiver<WatchState> {
    let (note, notes) = mpsc::channel(NOTES);
    let lost = Arc::new(AtomicBool::new(false));
    let (ask, asked) = std::sync::mpsc::channel::<Asked>();
    let mut hands = Hands::new(source.clone(), watch.mode, note.clone(), Arc::clone(&lost));
    let thread = std::thread::Builder::new().name("source-watch".to_owned()).spawn(move || {
        for (ask, reply) in asked {
            let answer = match ask {
                Ask::Check => Answer::Checked(hands.check()),
                Ask::Reach(paths) => Answer::Reached(hands.reach(&paths)),
                Ask::GiveUp => Answer::Checked(hands.give_up()),
            };
            // Nobody waits any more: it is over.
            if reply.send(answer).is_err() {
                break;
            }
        }
    });
    let (state, states) = watch::channel(WatchState::Away { why: "it was not looked at yet".to_owned() });
    let mut turn = Turn {
        source,
        poll_interval: watch.poll_interval,
        hints,
        notes,
        _note: note,
        lost,
        ask,
        waiting: None,
        silent_looks: 0,
        check: true,
        full: false,
        insides: BTreeSet::new(),
        owed: None,
        known: None,
        state,
    };
    match thread {
        Ok(_) => turn.ask(),
        Err(error) => turn.alone(&format!("no thread can be started to watch it: {error}")),
    }
    if let Some(waiting) = &mut turn.waiting {
        match tokio::time::timeout(GUARD_EVERY * SILENT_LOOKS, waiting).await {
            Ok(Ok(answer)) => {
                turn.heed(answer);
                turn.owed = None;
            }
            Ok(Err(_)) => turn.waiting = None,
            Err(_) => turn.silent(),
        }
    }
    tokio::spawn(turn.run(stop));
    states
}

struct Turn {
    source: SourceSettings,
    poll_interval: Duration,
    hints: mpsc::Sender<Hint>,
    notes: mpsc::Receiver<Note>,
    /// Keeps the channel open while nothing is watched.
    _note: mpsc::Sender<Note>,
    lost: Arc<AtomicBool>,
    ask: std::sync::mpsc::Sender<Asked>,
    waiting: Option<oneshot::Receiver<Answer>>,
    silent_looks: u32,
    /// To ask next: a look at the root, ...
    check: bool,
    /// ... to stop listening, since the watches ran out, ...
    full: bool,
    /// ... to listen inside of these; the root's own path, which is empty, stands for all.
    insides: BTreeSet<PathBuf>,
    /// The hint at everything that is to go out as soon as there is room; that events were lost outlasts other reasons.
    owed: Option<Hint>,
    /// What the last look at the root came to.
    known: Option<WatchState>,
    state: watch::Sender<WatchState>,
}

impl Turn {
    async fn run(mut self, stop: CancellationToken) {
        let mut guard = ticks(GUARD_EVERY);
        let mut poll = ticks(self.poll_interval);
        let mut handful = Vec::with_capacity(HANDFUL);
        let hints = self.hints.clone();
        loop {
            self.ask();
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = hints.closed() => return,
                answer = answered(&mut self.waiting) => match answer {
                    Some(answer) => self.heed(answer),
                    None => self.alone("the thread that watched ended by a fault of photosyncd; restart it"),
                },
                _ = guard.tick() => self.look_again(),
                room = hints.reserve(), if self.owed.is_some() => match room {
                    Ok(room) => {
                        if let Some(hint) = self.owed.take() {
                            room.send(hint);
                        }
                    }
                    Err(_) => return,
                },
                _ = poll.tick(), if self.polls() => self.owe(),
                _ = self.notes.recv_many(&mut handful, HANDFUL) => handful.drain(..).for_each(|note| self.note(note)),
            }
            if self.lost.swap(false, Ordering::AcqRel) {
                self.miss();
            }
        }
    }

    fn look_again(&mut self) {
        if self.waiting.is_none() {
            self.check = true;
            return;
        }
        self.silent_looks += 1;
        if self.silent_looks == SILENT_LOOKS {
            self.silent();
        }
    }

    fn polls(&self) -> bool {
        self.silent_looks < SILENT_LOOKS && matches!(self.known, Some(WatchState::Polling { .. }))
    }

    /// Without the thread nothing is heard, nor is the root guarded; polling still finds everything.
    fn alone(&mut self, why: &str) {
        self.waiting = None;
        let state = WatchState::Polling { why: why.to_owned() };
        self.known = Some(state.clone());
        self.tell(state);
    }

    fn silent(&mut self) {
        self.silent_looks = SILENT_LOOKS;
        let why = format!("the file system of {} does not answer", self.source.root.display());
        self.tell(WatchState::Away { why });
    }

    /// Asks the next question, if none is open.
    fn ask(&mut self) {
        if self.waiting.is_some() {
            return;
        }
        let next = if std::mem::take(&mut self.full) {
            Ask::GiveUp
        } else if std::mem::take(&mut self.check) {
            Ask::Check
        } else if !self.insides.is_empty() {
            Ask::Reach(std::mem::take(&mut self.insides))
        } else {
            return;
        };
        let (reply, waiting) = oneshot::channel();
        if self.ask.send((next, reply)).is_ok() {
            self.waiting = Some(waiting);
        }
    }

    fn heed(&mut self, answer: Answer) {
        self.waiting = None;
        // What it did while it was silent, nobody knows.
        if self.silent_looks >= SILENT_LOOKS {
            self.owe();
        }
        self.silent_looks = 0;
        match answer {
            Answer::Checked(checked) => {
                if checked.anew {
                    self.owe();
                }
                self.known = Some(checked.state);
            }
            Answer::Reached(None) => self.full = true,
            Answer::Reached(Some(directories)) => {
                for directory in directories {
                    self.hint(&directory, Sign::Whole);
                }
            }
        }
        if let Some(known) = self.known.clone() {
            self.tell(known);
        }
    }

    fn tell(&self, state: WatchState) {
        self.state.send_if_modified(|told| {
            let news = *told != state;
            *told = state;
            news
        });
    }

    fn owe(&mut self) {
        self.owed.get_or_insert(Hint::Everything);
    }

    fn miss(&mut self) {
        self.owed = Some(Hint::Lost);
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Somewhere => self.owe(),
            Note::Lost => self.miss(),
            Note::Full => self.full = true,
            Note::Root => self.check = true,
            Note::At { path, sign, inside } => {
                self.hint(&path, sign);
                if inside {
                    self.insides.insert(path);
                    if self.insides.len() > INSIDES {
                        self.insides = BTreeSet::from([PathBuf::new()]);
                    }
                }
            }
        }
    }

    fn hint(&mut self, path: &Path, sign: Sign) {
        let Some(hint) = self.worded(path, sign) else { return };
        let full = matches!(self.hints.try_send(hint), Err(TrySendError::Full(_)));
        // Where links are followed, the file may have other names.
        if self.source.follow_symlinks {
            self.owe();
        }
        if full {
            self.miss();
        }
    }

    /// The hint for a path; none if it is ignored.
    fn worded(&self, path: &Path, sign: Sign) -> Option<Hint> {
        let Some(text) = path.to_str() else {
            // The scan names such files; its directory is looked at when all is quiet.
            let parent = path.ancestors().skip(1).find_map(Path::to_str)?;
            return Some(SourcePath::new(parent).map_or(Hint::Everything, |parent| Hint::At(parent, Sign::Touched)));
        };
        if text.is_empty() {
            return Some(Hint::Everything);
        }
        if self.source.ignore.takes_within(text) {
            return None;
        }
        SourcePath::new(text).ok().map(|path| Hint::At(path, sign))
    }
}

/// The answer to the open question, if there is one; none: there will be none.
async fn answered(waiting: &mut Option<oneshot::Receiver<Answer>>) -> Option<Answer> {
    match waiting {
        Some(waiting) => waiting.await.ok(),
        None => std::future::pending().await,
    }
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = tokio::time::interval(every);
    // Without the one at once.
    ticks.reset();
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
