//! Turns what the system tells into events of our own. Runs in the system's thread: it must not wait, nor look at anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use notify::event::{AccessKind, AccessMode, CreateKind, EventKind, ModifyKind, RenameMode};
use notify::{ErrorKind, Event};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::model::FileActivity;

/// What an event told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum WatchEvent {
    /// Something happened here, below the root.
    Changed {
        path: PathBuf,
        activity: FileActivity,
        /// It is, or may be, a directory that is not watched yet.
        may_be_directory: bool,
    },
    /// Something happened somewhere.
    Unknown,
    /// Events were lost.
    Lost,
    /// No more watches can be had.
    OutOfWatches,
    /// The root itself was removed or renamed.
    RootGone,
}

/// Takes what one watch on one root tells.
#[derive(Debug)]
pub(super) struct EventHandler {
    pub(super) root: PathBuf,
    pub(super) events: Sender<WatchEvent>,
    /// Set when an event found no room. Whoever empties the channel looks here.
    pub(super) lost: Arc<AtomicBool>,
}

impl notify::EventHandler for EventHandler {
    fn handle_event(&mut self, event: notify::Result<Event>) {
        for change in events_of_notification(&self.root, event) {
            if let Err(TrySendError::Full(_)) = self.events.try_send(change) {
                self.lost.store(true, Ordering::Release);
            }
        }
    }
}

fn events_of_notification(root: &Path, event: notify::Result<Event>) -> Vec<WatchEvent> {
    let event = match event {
        Ok(event) => event,
        Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => return vec![WatchEvent::OutOfWatches],
        Err(_) => return vec![WatchEvent::Lost],
    };
    // An overflow has no path; asked once an event, whatever its kind.
    if event.need_rescan() {
        return vec![WatchEvent::Lost];
    }
    let (activity, may_be_directory) = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => (FileActivity::Complete, false),
        // Our own reading opens files: nothing else about access is news. Of a rename, both ends were told before.
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return Vec::new(),
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => (FileActivity::Complete, true),
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => {
            if event.paths.iter().any(|path| path == root) {
                return vec![WatchEvent::RootGone];
            }
            (FileActivity::Touched, false)
        }
        // Changed attributes: a directory may have become readable.
        EventKind::Create(CreateKind::Folder)
        | EventKind::Modify(ModifyKind::Metadata(_))
        | EventKind::Any
        | EventKind::Other => (FileActivity::Touched, true),
        EventKind::Create(_) | EventKind::Modify(_) => (FileActivity::Writing, false),
    };
    let change = |path: PathBuf| match path.strip_prefix(root) {
        Ok(path) if !path.as_os_str().is_empty() => WatchEvent::Changed { path: path.to_owned(), activity, may_be_directory },
        _ => WatchEvent::Unknown,
    };
    event.paths.into_iter().map(change).collect()
}

#[cfg(test)]
mod tests {
    use notify::EventHandler as _;
    use notify::event::{DataChange, Flag, MetadataKind, RemoveKind};

    use super::*;

    fn events_of(event: Event) -> Vec<WatchEvent> {
        events_of_notification(Path::new("/r"), Ok(event))
    }

    fn at(activity: FileActivity, may_be_directory: bool) -> Vec<WatchEvent> {
        vec![WatchEvent::Changed { path: "a".into(), activity, may_be_directory }]
    }

    #[test]
    fn each_event_becomes_its_note() {
        let name = |mode| EventKind::Modify(ModifyKind::Name(mode));
        for (kind, change) in [
            (EventKind::Create(CreateKind::File), at(FileActivity::Writing, false)),
            (EventKind::Create(CreateKind::Folder), at(FileActivity::Touched, true)),
            (EventKind::Modify(ModifyKind::Data(DataChange::Any)), at(FileActivity::Writing, false)),
            (EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), at(FileActivity::Touched, true)),
            (EventKind::Access(AccessKind::Close(AccessMode::Write)), at(FileActivity::Complete, false)),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), vec![]),
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), vec![]),
            (name(RenameMode::From), at(FileActivity::Touched, false)),
            (name(RenameMode::To), at(FileActivity::Complete, true)),
            (name(RenameMode::Both), vec![]),
            (EventKind::Remove(RemoveKind::File), at(FileActivity::Touched, false)),
        ] {
            assert_eq!(events_of(Event::new(kind).add_path("/r/a".into())), change, "{kind:?}");
        }
        for kind in [EventKind::Remove(RemoveKind::Folder), name(RenameMode::From)] {
            assert_eq!(events_of(Event::new(kind).add_path("/r".into())), [WatchEvent::RootGone]);
        }
    }

    #[test]
    fn a_loss_is_heard_with_and_without_paths_and_once() {
        let rescan = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(events_of(rescan.clone()), [WatchEvent::Lost]);
        assert_eq!(events_of(rescan.add_path("/r/a".into()).add_path("/r/b".into())), [WatchEvent::Lost]);
        assert_eq!(events_of_notification(Path::new("/r"), Err(notify::Error::generic("?"))), [WatchEvent::Lost]);
        assert_eq!(
            events_of_notification(Path::new("/r"), Err(notify::Error::new(ErrorKind::MaxFilesWatch))),
            [WatchEvent::OutOfWatches]
        );
    }

    #[test]
    fn a_full_channel_is_a_loss_and_nobody_waits() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let mut handler = EventHandler { root: "/r".into(), events: sender, lost: Arc::default() };
        for _ in 0..3 {
            handler.handle_event(Ok(Event::new(EventKind::Create(CreateKind::File)).add_path("/r/a".into())));
        }
        assert!(handler.lost.load(Ordering::Acquire));
        assert!(receiver.try_recv().is_ok() && receiver.try_recv().is_err());
    }
}
