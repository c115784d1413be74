//! Prepares pictures to be looked at, without a tenant or a ledger.

use bytes::Bytes;

use super::pass_error::PassError;
use super::scan::MatchedFile;
use super::scanner::Scanner;
use super::select::Selection;
use crate::delivery::{Preparer, remarks};
use crate::model::{Problem, SourcePath, TargetKind};
use crate::photo::{Crop, Prepared, Recipe};
use crate::source::{ScannedFile, read_source_file};

/// Longest side of the pictures that show what HR dropped and what would be sent, in pixels.
const SMALL: u32 = 320;
/// The same of the one that shows it beside a message.
const BESIDE: u32 = 96;

/// One file, as it is and as it would be sent.
#[derive(Clone, Debug)]
pub(crate) struct PreviewedPicture {
    /// Where it lies.
    pub path: SourcePath,
    /// Whom it is for, if anybody.
    pub target: Option<String>,
    /// The whole picture, small; none if it can't be decoded.
    pub before: Option<Bytes>,
    /// As it would be sent, or why it would not.
    pub after: Result<PreviewedPhoto, Problem>,
    /// What is worth telling about it.
    pub remarks: Vec<String>,
    /// Bytes of the file; none if even that could not be looked at.
    pub size: Option<u64>,
}

/// A picture that would be sent.
#[derive(Clone, Debug)]
pub(crate) struct PreviewedPhoto {
    /// What it is and what was done to it; its bytes are not kept.
    pub about: Prepared,
    /// Bytes that would be sent.
    pub bytes: usize,
    /// The same small, and as small as it stands beside a message.
    pub shown: [Bytes; 2],
}

/// The files that a selection names, those whose picture can't be used first. `tell` hears how many are done, of how many.
pub(crate) async fn preview(
    scanner: &Scanner,
    preparer: &Preparer,
    only: &Selection,
    tell: &dyn Fn(usize, usize),
) -> Result<Vec<PreviewedPicture>, PassError> {
    let scan = scanner.scan_all().await?;
    let claim = |file: &MatchedFile| file.claim.as_ref().and_then(|claim| claim.as_ref().ok()).cloned();
    let files: Vec<(ScannedFile, Option<(String, TargetKind)>)> = scan
        .files
        .into_iter()
        .map(|file| (claim(&file), file.seen))
        .filter(|(claim, seen)| only.is_everything() || only.takes(&seen.path, claim.as_ref(), None))
        .map(|(claim, seen)| (seen, claim.map(|claim| (claim.reference.label(), claim.reference.kind))))
        .collect();
    let total = files.len();
    let mut tasks = tokio::task::JoinSet::new();
    for (at, (seen, target)) in files.into_iter().enumerate() {
        let preparer = preparer.clone();
        tasks.spawn_blocking(move || (at, look_at(&preparer, seen, target)));
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.push(done.map_err(|error| PassError::Panicked(error.to_string()))?);
        tell(all.len(), total);
    }
    all.sort_by_key(|(at, previewed)| (previewed.after.is_ok(), *at));
    Ok(all.into_iter().map(|(_, previewed)| previewed).collect())
}

fn look_at(preparer: &Preparer, seen: ScannedFile, target: Option<(String, TargetKind)>) -> PreviewedPicture {
    let (target, kind) = target.unzip();
    let ScannedFile { path, fingerprint, problem } = seen;
    // What can't be read has its size all the same, if it could be looked at.
    let size = Some(fingerprint.size).filter(|size| *size > 0 || problem.is_none());
    let recipe = preparer.recipe_for(kind.unwrap_or(TargetKind::User));
    let reading = match read_source_file(&preparer.source, &path) {
        Ok(reading) => reading,
        Err(error) => {
            return PreviewedPicture { path, target, before: None, after: Err(error.into()), remarks: Vec::new(), size };
        }
    };
    let before = whole(preparer, SMALL).and_then(|whole| preparer.picture(reading.bytes.clone(), &whole).ok());
    let before = before.map(|small| small.jpeg);
    let size = Some(reading.fingerprint.size);
    let after = preparer.picture(reading.bytes, &recipe);
    let remarks = after.as_ref().map(|prepared| remarks(path.as_str(), prepared)).unwrap_or_default();
    let after = after.map(|about| {
        let shown = [SMALL, BESIDE].map(|side| smaller(preparer, &about.jpeg, side));
        PreviewedPhoto { bytes: about.jpeg.len(), shown, about: Prepared { jpeg: Bytes::new(), ..about } }
    });
    PreviewedPicture { path, target, before, after, remarks, size }
}

/// The whole picture, at most this large.
fn whole(preparer: &Preparer, side: u32) -> Option<Recipe> {
    Recipe::try_new(side, Crop::None, 80, preparer.recipe.max_bytes()).ok()
}

/// A picture that was prepared, smaller; itself if that can't be made of it.
fn smaller(preparer: &Preparer, jpeg: &Bytes, side: u32) -> Bytes {
    let small = whole(preparer, side).and_then(|whole| preparer.picture(jpeg.clone(), &whole).ok());
    small.map_or_else(|| jpeg.clone(), |small| small.jpeg)
}
