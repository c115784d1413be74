//! Prepares pictures to be looked at, without a tenant or a ledger.

use bytes::Bytes;

use super::Engine;
use super::look::{Quiet, look};
use super::pass::PassError;
use super::picture::remarks;
use super::select::Selection;
use crate::ledger::FileStamps;
use crate::model::{Problem, SourcePath};
use crate::photo::{Crop, Prepared, Recipe};
use crate::source::read;

/// Longest side of the picture that shows what HR dropped, in pixels.
const SMALL: u32 = 320;

/// One file, as it is and as it would be sent.
#[derive(Clone, Debug)]
pub(crate) struct Previewed {
    /// Where it lies.
    pub path: SourcePath,
    /// Whom it speaks for, if anybody.
    pub target: Option<String>,
    /// The whole picture, small; none if it can't be decoded.
    pub before: Option<Bytes>,
    /// As it would be sent, or why it would not.
    pub after: Result<Prepared, Problem>,
    /// What is worth telling about it.
    pub remarks: Vec<String>,
    /// Bytes of the file.
    pub size: u64,
}

impl Engine {
    /// The files that a selection names, those whose picture can't be used first.
    pub(crate) async fn preview(&self, only: &Selection) -> Result<Vec<Previewed>, PassError> {
        let looked =
            self.aside(|engine| look(engine, FileStamps::default(), None, &Quiet::default())).await?.map_err(PassError::Look)?;
        let files: Vec<(SourcePath, Option<String>)> = looked
            .files
            .iter()
            .filter(|file| only.is_everything() || only.takes(file, None))
            .map(|file| {
                let claim = file.claim.as_ref().and_then(|claim| claim.as_ref().ok());
                (file.path.clone(), claim.map(|claim| claim.reference.label()))
            })
            .collect();
        let mut tasks = tokio::task::JoinSet::new();
        for (at, (path, target)) in files.into_iter().enumerate() {
            let engine = self.clone();
            tasks.spawn_blocking(move || (at, engine.look_at(path, target)));
        }
        let mut all = Vec::new();
        while let Some(done) = tasks.join_next().await {
            all.push(done.map_err(|error| PassError::Panicked(error.to_string()))?);
        }
        all.sort_by_key(|(at, previewed)| (previewed.after.is_ok(), *at));
        Ok(all.into_iter().map(|(_, previewed)| previewed).collect())
    }

    fn look_at(&self, path: SourcePath, target: Option<String>) -> Previewed {
        let reading = match read(&self.source, &path) {
            Ok(reading) => reading,
            Err(problem) => return Previewed { path, target, before: None, after: Err(problem), remarks: Vec::new(), size: 0 },
        };
        let before = Recipe::try_new(SMALL, Crop::None, 80, self.recipe.max_bytes())
            .ok()
            .and_then(|whole| self.picture(reading.bytes.clone(), &whole).ok())
            .map(|small| small.jpeg);
        let size = reading.fingerprint.size;
        let after = self.picture(reading.bytes, &self.recipe);
        let remarks = after.as_ref().map(|prepared| remarks(&path, prepared)).unwrap_or_default();
        Previewed { path, target, before, after, remarks, size }
    }
}
