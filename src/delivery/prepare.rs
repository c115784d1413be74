//! Prepares pictures within bounds: so many at once, with a time limit, by the converter where it is needed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::default_pictures::DefaultPictures;
use super::permits::{Permit, PreparePermits};
use super::prepared::{PhotoInfo, PreparedUpload, SMALL};
use super::retry::of_file;
use crate::clock::Clock;
use crate::files::NoAnswer;
use crate::model::{Digest, Fingerprint, Outcome, PhotoVersion, Problem, Reason, SourcePath, TargetKind, Timestamp};
use crate::photo::{
    Format, Limits, MAX_TIME, PhotoRemark, Prepared, Recipe, Treatment, glance, is_cut_short, memory, prepare, prepare_converted,
    sniff,
};
use crate::source::{Converter, FileContent, ReadError, SourceSettings, read_source_file, size_of};

/// A picture that is cut short may still be being written for so long after the last byte came: copies over a slow line
/// pause, and not every program says that it writes. After that it is held as corrupt.
const UNFINISHED: Duration = Duration::from_secs(30);
/// ... and is looked at again this often meanwhile: it may be whole a moment later.
const RECHECK: Duration = Duration::from_secs(2);
/// A file whose file system does not answer is tried again after this long.
const SILENT: Duration = Duration::from_secs(60);

/// How a picture is prepared: one of a file, or one that a converter made.
type Way = fn(Bytes, &Recipe, &Limits, &dyn Fn() -> bool) -> Result<Prepared, Problem>;

/// Makes pictures ready to be sent, or to be looked at. Needs no tenant and no ledger.
#[derive(Clone)]
pub(crate) struct Preparer {
    /// The HR directory.
    pub source: Arc<SourceSettings>,
    /// How pictures are prepared.
    pub recipe: Arc<Recipe>,
    /// What is refused before decoding.
    pub limits: Limits,
    /// Makes pictures of other formats, if there is one: HEIC and AVIF in this program's place, and such as it can't read.
    pub converter: Option<Arc<Converter>>,
    /// How many at once.
    pub permits: Arc<PreparePermits>,
    /// What people get who have no picture.
    pub defaults: Arc<DefaultPictures>,
    /// Reads the time.
    pub clock: Clock,
}

impl Preparer {
    /// Reads a file, once there is room for it; the room is given back when the permit is dropped. Blocks.
    pub(super) fn read(&self, path: &SourcePath) -> Result<(FileContent, Permit<'_>), ReadError> {
        let bytes = size_of(&self.source, path).unwrap_or(0).min(self.source.max_bytes);
        let permit = self.permits.file(bytes);
        Ok((read_source_file(&self.source, path)?, permit))
    }

    /// Prepares a picture. Blocks; waits for a place and for room first.
    pub(crate) fn picture(&self, source: Bytes, recipe: &Recipe) -> Result<Prepared, Problem> {
        let format = sniff(&source).filter(|format| format.may_be_converted());
        let (Some(converter), Some(format)) = (&self.converter, format) else {
            return self.decoded(source, recipe, prepare);
        };
        // Nobody knows what it takes, so it runs alone.
        let alone = self.permits.picture(u64::MAX);
        let made = converter.convert(source)?;
        drop(alone);
        let mut prepared = self.decoded(made, recipe, prepare_converted).map_err(|problem| match problem.reason {
            Reason::PhotoCorrupt | Reason::PhotoUnsupported => {
                Problem::new(Reason::PhotoUnsupported, format!("what the converter made can't be used: {}", problem.detail))
                    .with_cure(
                        "Export the picture as JPEG, or correct the converter (photo.heic_converter) and run `photosyncd retry`.",
                    )
            }
            _ => problem,
        })?;
        prepared.format = format;
        prepared.treatment = Treatment::Encoded;
        prepared.notes.insert(0, PhotoRemark::Converted);
        Ok(prepared)
    }

    /// Refuses a file that can't be used for what it is, as far as that is seen without decoding it. One that ends early is
    /// decoded: some of these can be used. Blocks.
    pub(crate) fn glance(&self, path: &SourcePath) -> Result<(), Problem> {
        if path.is_default_picture() {
            // It was prepared before it was planned for.
            return Ok(());
        }
        let (bytes, _room) = match self.read(path) {
            Ok((content, room)) => (content.bytes, room),
            Err(ReadError::Problem(problem)) => return Err(problem),
            // The file is not at fault: it would be tried again.
            Err(ReadError::NoAnswer(_)) => return Ok(()),
        };
        glance(&bytes, &self.limits, self.converter.is_some())?;
        if is_cut_short(&bytes) {
            self.picture(bytes, &self.recipe)?;
        }
        Ok(())
    }

    /// The picture that is to be sent to a slot of this kind, if the file still holds it.
    pub(super) fn photo(
        &self,
        path: &SourcePath,
        version: &PhotoVersion,
        kind: TargetKind,
        small: bool,
    ) -> Result<PreparedUpload, Outcome> {
        if path.is_default_picture() {
            return self.default_photo(version, small);
        }
        let (FileContent { bytes, digest, fingerprint }, _room) = self.read(path).map_err(|error| match error {
            ReadError::Problem(problem) => of_file(problem),
            ReadError::NoAnswer(silent) => self.silent(silent),
        })?;
        if digest != version.digest || self.recipe.id() != version.recipe {
            return Err(Outcome::Superseded);
        }
        let content = FileContent { bytes: bytes.clone(), digest, fingerprint };
        let uploaded = self.upload_of(content, path.as_str(), &self.recipe_for(kind), small);
        uploaded.map_err(|problem| self.unless_unfinished(problem, &bytes, &fingerprint))
    }

    /// What is made of a file for Microsoft 365. Blocks.
    pub(super) fn upload_of(
        &self,
        content: FileContent,
        name: &str,
        recipe: &Recipe,
        small: bool,
    ) -> Result<PreparedUpload, Problem> {
        let FileContent { bytes, digest, .. } = content;
        let given = bytes.as_ptr_range();
        let smaller = small.then(|| recipe.smaller(SMALL));
        let prepared = self.picture(bytes, smaller.as_ref().unwrap_or(recipe))?;
        // What travels byte for byte was hashed when it was read.
        let untouched = prepared.jpeg.as_ptr_range() == given;
        let digest = if untouched { digest } else { Digest::of(&prepared.jpeg) };
        let about = Arc::new(PhotoInfo { digest, remarks: remarks(name, &prepared).join("; ") });
        Ok(PreparedUpload::Photo { jpeg: prepared.jpeg, small, about })
    }

    /// How the picture for a slot of this kind is prepared: a group's is no portrait.
    pub(crate) fn recipe_for(&self, kind: TargetKind) -> Recipe {
        match kind {
            TargetKind::User | TargetKind::Contact | TargetKind::Me => self.recipe.as_ref().clone(),
            TargetKind::Group | TargetKind::Team => self.recipe.of_group(),
        }
    }

    /// Neither the file nor the target is at fault.
    fn silent(&self, silent: NoAnswer) -> Outcome {
        let problem = Problem::new(Reason::Transient, format!("the file can't be read: {silent}"))
            .with_cure("Look at the share and its server; the photo is sent when it answers.");
        Outcome::Wait { until: self.clock.now().plus(SILENT), problem, counts: false }
    }

    /// A picture that can't be used, unless its writing may not be finished: then it is given time.
    fn unless_unfinished(&self, problem: Problem, bytes: &[u8], stamps: &Fingerprint) -> Outcome {
        let converted = self.converter.is_some() && sniff(bytes).is_some_and(Format::may_be_converted);
        let is_broken = problem.reason == Reason::PhotoCorrupt || (converted && problem.reason == Reason::PhotoUnsupported);
        let until = Timestamp::from_millis(stamps.mtime_ns / 1_000_000).plus(UNFINISHED);
        let now = self.clock.now();
        // A stamp from the future is none that the time to come will make older.
        let is_young = now < until && until <= now.plus(UNFINISHED);
        if !(is_broken && is_young && is_cut_short(bytes)) {
            return of_file(problem);
        }
        let seconds = RECHECK.as_secs();
        tracing::info!(
            "Waiting for a picture that ends early and was written a moment ago; it is looked at again in {seconds} s"
        );
        let detail = format!("the file was written a moment ago and ends early: {}", problem.detail);
        Outcome::Wait { until: until.min(now.plus(RECHECK)), problem: Problem::new(Reason::FileChanging, detail), counts: false }
    }

    fn decoded(&self, source: Bytes, recipe: &Recipe, prepare: Way) -> Result<Prepared, Problem> {
        let (bytes, most) = (memory(&source, self.limits.max_pixels), self.permits.most());
        if bytes > most && bytes < u64::MAX {
            let (takes, most) = (bytes.div_ceil(1_000_000), most / 1_000_000);
            let detail = format!("preparing it would take {takes} MB of memory; there are {most} MB for one picture");
            return Err(
                Problem::new(Reason::PhotoTooLarge, detail).with_cure("Use a smaller picture, or raise photo.max_memory.")
            );
        }
        let _permit = self.permits.picture(bytes);
        let began = self.clock.elapsed();
        let late = || self.clock.elapsed().saturating_sub(began) > MAX_TIME;
        prepare(source, recipe, &self.limits, &late)
    }
}

/// What is worth telling about a picture: what it is if not what its name says, and what was done to it.
pub(crate) fn remarks(path: &str, prepared: &Prepared) -> Vec<String> {
    let named = wrong_extension(path, prepared.format).map(|extension| format!("{}, though named .{extension}", prepared.format));
    named.into_iter().chain(prepared.notes.iter().map(ToString::to_string)).collect()
}

/// The extension, if it isn't one of the format's.
fn wrong_extension(path: &str, format: Format) -> Option<String> {
    let extension = Path::new(path).extension()?.to_str()?.to_lowercase();
    (!format.extensions().contains(&extension.as_str())).then_some(extension)
}
