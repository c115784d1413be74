//! Reads default pictures where the settings say, and prepares each once for everybody who gets it.

use std::sync::PoisonError;
use std::time::Duration;

use super::default_pictures::Ready;
use super::prepare::Preparer;
use super::prepared::PreparedUpload;
use super::retry::of_file;
use crate::files::{Bounds, FileError, Links, Patience, fingerprint_of, read};
use crate::model::{Digest, Fingerprint, Outcome, PhotoVersion, Problem, Reason};
use crate::source::FileContent;

/// How long reading one may take.
const PATIENCE: Patience = Patience { still: Duration::from_secs(10), whole: Duration::from_secs(60) };

impl Preparer {
    /// What each default picture holds now, or why it can't be used: read and prepared where it changed. Blocks.
    pub(crate) fn default_pictures(&self) -> Vec<Result<(Digest, Fingerprint), Problem>> {
        let state = |at: usize| {
            let Ready { stamps, digest, photo } = self.default_picture(at)?;
            photo.map(|_| (digest, stamps))
        };
        (0..self.defaults.all.len()).map(state).collect()
    }

    /// The default picture of this version, if there is one still.
    pub(super) fn default_photo(&self, version: &PhotoVersion, small: bool) -> Result<PreparedUpload, Outcome> {
        if self.recipe.id().of_default_picture() != version.recipe {
            return Err(Outcome::Superseded);
        }
        let found = (0..self.defaults.all.len()).find_map(|at| {
            let ready = self.default_picture(at).ok().filter(|ready| ready.digest == version.digest)?;
            Some((at, ready))
        });
        let Some((at, ready)) = found else { return Err(Outcome::Superseded) };
        if !small {
            return ready.photo.map_err(of_file);
        }
        let content = self.read_default(at).map_err(of_file)?;
        if content.digest != version.digest {
            return Err(Outcome::Superseded);
        }
        self.upload_of_default(at, content, true).map_err(of_file)
    }

    /// The file of the default picture that holds this.
    pub(super) fn default_content(&self, digest: Digest) -> Option<FileContent> {
        let mut contents = (0..self.defaults.all.len()).filter_map(|at| self.read_default(at).ok());
        contents.find(|content| content.digest == digest)
    }

    /// One of them, read and prepared again only if its stamps moved: thousands of people may get it.
    fn default_picture(&self, at: usize) -> Result<Ready, Problem> {
        let stamps = fingerprint_of(&self.defaults.all[at].file, PATIENCE.still);
        let known = || self.defaults.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ready) = known()[at].as_ref().filter(|ready| Some(ready.stamps) == stamps) {
            return Ok(ready.clone());
        }
        let content = self.read_default(at)?;
        let (stamps, digest) = (content.fingerprint, content.digest);
        let photo = self.upload_of_default(at, content, false);
        let ready = Ready { stamps, digest, photo };
        known()[at] = Some(ready.clone());
        Ok(ready)
    }

    /// A silhouette has no face to be found.
    fn upload_of_default(&self, at: usize, content: FileContent, small: bool) -> Result<PreparedUpload, Problem> {
        let name = self.defaults.all[at].file.to_string_lossy();
        self.upload_of(content, &name, &self.recipe.without_least_face(), small)
    }

    fn read_default(&self, at: usize) -> Result<FileContent, Problem> {
        let bounds = Bounds { max_bytes: self.source.max_bytes, links: Links::Follow, patience: PATIENCE };
        let file = read(&self.defaults.all[at].file, bounds).map_err(|error| {
            let reason = match error {
                FileError::TooLarge { .. } => Reason::PhotoTooLarge,
                FileError::Changed => Reason::FileChanging,
                _ => Reason::FileUnreadable,
            };
            Problem::new(reason, format!("the default picture can't be read: {error}")).with_cure(CURE)
        })?;
        Ok(FileContent { digest: Digest::of(&file.bytes), bytes: file.bytes.into(), fingerprint: file.fingerprint })
    }
}

/// What to do about one that can't be used.
const CURE: &str = "Put a picture there that can be read, or correct the entry in defaults. Until then nothing is sent or removed because of it.";
