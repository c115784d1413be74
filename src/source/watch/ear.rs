//! Turns the system's events into notes. Runs in the system's thread: it must not wait, nor look at anything.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use notify::event::{AccessKind, AccessMode, CreateKind, EventKind, ModifyKind, RenameMode};
use notify::{ErrorKind, Event};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::model::Sign;

/// What an event told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Note {
    /// Something happened here, below the root.
    At {
        path: PathBuf,
        sign: Sign,
        /// It is, or may be, a directory whose inside is not heard yet.
        inside: bool,
    },
    /// Something happened somewhere.
    Somewhere,
    /// Events were lost.
    Lost,
    /// No more watches can be had.
    Full,
    /// The root itself was removed or renamed.
    Root,
}

/// Hears one watch on one root.
#[derive(Debug)]
pub(super) struct Ear {
    pub(super) root: PathBuf,
    pub(super) notes: Sender<Note>,
    /// Set when a note found no room. Whoever empties the channel looks here.
    pub(super) lost: Arc<AtomicBool>,
}

impl notify::EventHandler for Ear {
    fn handle_event(&mut self, event: notify::Result<Event>) {
        for note in notes(&self.root, event) {
            if let Err(TrySendError::Full(_)) = self.notes.try_send(note) {
                self.lost.store(true, Ordering::Release);
            }
        }
    }
}

fn notes(root: &Path, event: notify::Result<Event>) -> Vec<Note> {
    let event = match event {
        Ok(event) => event,
        Err(error) if matches!(error.kind, ErrorKind::MaxFilesWatch) => return vec![Note::Full],
        Err(_) => return vec![Note::Lost],
    };
    // An overflow has no path; asked once an event, whatever its kind.
    if event.need_rescan() {
        return vec![Note::Lost];
    }
    let (sign, inside) = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => (Sign::Whole, false),
        // Our own reading opens files: nothing else about access is news. Of a rename, both ends were told before.
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return Vec::new(),
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => (Sign::Whole, true),
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => {
            if event.paths.iter().any(|path| path == root) {
                return vec![Note::Root];
            }
            (Sign::Touched, false)
        }
        // Changed attributes: a directory may have become readable.
        EventKind::Create(CreateKind::Folder)
        | EventKind::Modify(ModifyKind::Metadata(_))
        | EventKind::Any
        | EventKind::Other => (Sign::Touched, true),
        EventKind::Create(_) | EventKind::Modify(_) => (Sign::Growing, false),
    };
    let note = |path: PathBuf| match path.strip_prefix(root) {
        Ok(path) if !path.as_os_str().is_empty() => Note::At { path: path.to_owned(), sign, inside },
        _ => Note::Somewhere,
    };
    event.paths.into_iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use notify::EventHandler;
    use notify::event::{DataChange, Flag, MetadataKind, RemoveKind};

    use super::*;

    fn told(event: Event) -> Vec<Note> {
        notes(Path::new("/r"), Ok(event))
    }

    fn at(sign: Sign, inside: bool) -> Vec<Note> {
        vec![Note::At { path: "a".into(), sign, inside }]
    }

    #[test]
    fn each_event_becomes_its_note() {
        let name = |mode| EventKind::Modify(ModifyKind::Name(mode));
        for (kind, note) in [
            (EventKind::Create(CreateKind::File), at(Sign::Growing, false)),
            (EventKind::Create(CreateKind::Folder), at(Sign::Touched, true)),
            (EventKind::Modify(ModifyKind::Data(DataChange::Any)), at(Sign::Growing, false)),
            (EventKind::Modify(ModifyKind::Metadata(MetadataKind::Any)), at(Sign::Touched, true)),
            (EventKind::Access(AccessKind::Close(AccessMode::Write)), at(Sign::Whole, false)),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), vec![]),
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), vec![]),
            (name(RenameMode::From), at(Sign::Touched, false)),
            (name(RenameMode::To), at(Sign::Whole, true)),
            (name(RenameMode::Both), vec![]),
            (EventKind::Remove(RemoveKind::File), at(Sign::Touched, false)),
        ] {
            assert_eq!(told(Event::new(kind).add_path("/r/a".into())), note, "{kind:?}");
        }
        for kind in [EventKind::Remove(RemoveKind::Folder), name(RenameMode::From)] {
            assert_eq!(told(Event::new(kind).add_path("/r".into())), [Note::Root]);
        }
    }

    #[test]
    fn a_loss_is_heard_with_and_without_paths_and_once() {
        let rescan = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(told(rescan.clone()), [Note::Lost]);
        assert_eq!(told(rescan.add_path("/r/a".into()).add_path("/r/b".into())), [Note::Lost]);
        assert_eq!(notes(Path::new("/r"), Err(notify::Error::generic("?"))), [Note::Lost]);
        assert_eq!(notes(Path::new("/r"), Err(notify::Error::new(ErrorKind::MaxFilesWatch))), [Note::Full]);
    }

    #[test]
    fn a_full_channel_is_a_loss_and_nobody_waits() {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
        let mut ear = Ear { root: "/r".into(), notes: sender, lost: Arc::default() };
        for _ in 0..3 {
            ear.handle_event(Ok(Event::new(EventKind::Create(CreateKind::File)).add_path("/r/a".into())));
        }
        assert!(ear.lost.load(Ordering::Acquire));
        assert!(receiver.try_recv().is_ok() && receiver.try_recv().is_err());
    }
}
