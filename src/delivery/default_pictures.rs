//! The pictures of people who have neither a file nor a photo, as the settings name them and as they were prepared last.

use std::path::PathBuf;
use std::sync::Mutex;

use super::prepared::PreparedUpload;
use crate::model::{Digest, Fingerprint, Problem};

/// The picture of the members of a group who have no other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DefaultPicture {
    /// The group, by id, mail address, alias or display name.
    pub group: String,
    /// The file, absolute.
    pub file: PathBuf,
}

/// All of them, in the order of the settings: the first whose group somebody is in applies.
#[derive(Debug, Default)]
pub(crate) struct DefaultPictures {
    pub(super) all: Vec<DefaultPicture>,
    /// As they were prepared last.
    pub(super) ready: Mutex<Vec<Option<Ready>>>,
}

/// One that was read and prepared.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) stamps: Fingerprint,
    pub(super) digest: Digest,
    pub(super) photo: Result<PreparedUpload, Problem>,
}

impl DefaultPictures {
    /// As the settings say.
    pub(crate) fn new(all: Vec<DefaultPicture>) -> Self {
        let ready = Mutex::new(vec![None; all.len()]);
        Self { all, ready }
    }

    /// All of them, in their order.
    pub(crate) fn all(&self) -> &[DefaultPicture] {
        &self.all
    }

    /// The groups, in their order.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|picture| picture.group.as_str())
    }
}
