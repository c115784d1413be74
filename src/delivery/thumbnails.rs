//! Small pictures of files, made as they are made for delivery.

use bytes::Bytes;

use super::prepare::Preparer;
use crate::model::{Digest, SourcePath};
use crate::photo::{Crop, Recipe};

/// JPEG quality, and that of pictures which would be heavy: a page has many.
const QUALITY: u8 = 72;
const LOW_QUALITY: u8 = 45;
/// Bytes of a picture that is not heavy.
const LIGHT: usize = 8_000;

impl Preparer {
    /// A thumbnail of this side in pixels; none where the file no longer holds this content, if one is named, or can't be
    /// shown. Blocks.
    pub(crate) fn thumbnail(&self, path: &SourcePath, content: Option<Digest>, side: u32) -> Option<Bytes> {
        let (reading, _room) = if path.is_default_picture() {
            (self.default_content(content?)?, None)
        } else {
            self.read(path).ok().map(|(reading, room)| (reading, Some(room)))?
        };
        if content.is_some_and(|content| content != reading.digest) {
            return None;
        }
        let made = |crop: Crop, quality: u8| {
            let recipe = Recipe::try_new(side, crop, quality, self.recipe.max_bytes()).ok()?;
            self.picture(reading.bytes.clone(), &recipe).ok().map(|prepared| prepared.jpeg)
        };
        let crop = self.recipe.crop();
        // What is held for its face is to be seen all the same.
        let (crop, jpeg) =
            made(crop, QUALITY).map(|jpeg| (crop, jpeg)).or_else(|| Some((Crop::Upper, made(Crop::Upper, QUALITY)?)))?;
        if jpeg.len() <= LIGHT { Some(jpeg) } else { made(crop, LOW_QUALITY).or(Some(jpeg)) }
    }
}
