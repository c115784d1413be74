//! One picture, prepared within its bounds: a place in the kitchen, the converter where it is needed, a time limit.

use std::path::Path;

use bytes::Bytes;

use super::Engine;
use crate::model::{Problem, Reason, SourcePath};
use crate::photo::{Format, MAX_TIME, PhotoRemark, Prepared, Recipe, Treatment, prepare, sniff};

impl Engine {
    /// Prepares a picture. Blocks; waits for a place first.
    pub(super) fn picture(&self, source: Bytes, recipe: &Recipe) -> Result<Prepared, Problem> {
        let _turn = self.kitchen.enter();
        let converter = self.converter.as_ref().filter(|_| sniff(&source) == Some(Format::Heic));
        let Some(converter) = converter else { return self.decoded(source, recipe) };
        let made = converter.convert(source)?;
        let mut prepared = self.decoded(made, recipe).map_err(|problem| match problem.reason {
            Reason::PhotoCorrupt | Reason::PhotoUnsupported => {
                Problem::new(Reason::PhotoUnsupported, format!("what the converter made can't be used: {}", problem.detail))
                    .with_cure(
                        "Export the picture as JPEG, or correct the converter (photo.heic_converter) and run `photosyncd retry`.",
                    )
            }
            _ => problem,
        })?;
        prepared.format = Format::Heic;
        prepared.treatment = Treatment::Encoded;
        prepared.notes.insert(0, PhotoRemark::Converted);
        Ok(prepared)
    }

    fn decoded(&self, source: Bytes, recipe: &Recipe) -> Result<Prepared, Problem> {
        let began = self.clock.elapsed();
        let late = || self.clock.elapsed().saturating_sub(began) > MAX_TIME;
        prepare(source, recipe, &self.limits, &late)
    }
}

/// What is worth telling about a picture: what it is if not what its name says, and what was done to it.
pub(super) fn remarks(path: &SourcePath, prepared: &Prepared) -> Vec<String> {
    let named = wrong_extension(path, prepared.format).map(|extension| format!("{}, though named .{extension}", prepared.format));
    named.into_iter().chain(prepared.notes.iter().map(ToString::to_string)).collect()
}

/// The extension, if it isn't one of the format's.
fn wrong_extension(path: &SourcePath, format: Format) -> Option<String> {
    let extension = Path::new(path.as_str()).extension()?.to_str()?.to_lowercase();
    (!format.extensions().contains(&extension.as_str())).then_some(extension)
}
