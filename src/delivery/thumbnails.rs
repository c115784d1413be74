//! Small pictures of what was delivered, made again from the files as they were made for delivery.

use bytes::Bytes;
use tokio::task::JoinError;

use super::prepare::Preparer;
use crate::model::{Digest, SourcePath};
use crate::photo::Recipe;
use crate::source::read_source_file;

/// Side of a thumbnail in pixels.
const SIDE: u32 = 120;
const QUALITY: u8 = 72;

impl Preparer {
    /// A thumbnail of each of these versions, none where the file no longer holds it or can't be prepared.
    pub(crate) async fn thumbnails(&self, wanted: Vec<Option<(SourcePath, Digest)>>) -> Result<Vec<Option<Bytes>>, JoinError> {
        let recipe = Recipe::try_new(SIDE, self.recipe.crop(), QUALITY, self.recipe.max_bytes()).ok();
        let mut tasks = tokio::task::JoinSet::new();
        let mut thumbnails = vec![None; wanted.len()];
        for (at, (path, digest)) in wanted.into_iter().enumerate().filter_map(|(at, one)| Some((at, one?))) {
            let (preparer, recipe) = (self.clone(), recipe.clone());
            tasks.spawn_blocking(move || (at, recipe.and_then(|recipe| preparer.thumbnail(&path, digest, &recipe))));
        }
        while let Some(done) = tasks.join_next().await {
            let (at, thumbnail) = done?;
            thumbnails[at] = thumbnail;
        }
        Ok(thumbnails)
    }

    fn thumbnail(&self, path: &SourcePath, digest: Digest, recipe: &Recipe) -> Option<Bytes> {
        let reading = read_source_file(&self.source, path).ok().filter(|reading| reading.digest == digest)?;
        self.picture(reading.bytes, recipe).ok().map(|prepared| prepared.jpeg)
    }
}
