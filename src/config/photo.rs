//! `photo`: how a picture is prepared, and what is too much.

use super::reader::Section;
use crate::photo::{Crop, Limits, Recipe, SeveralFaces};
use crate::source::Converter;

/// Reads it: the recipe, what is refused before decoding, and the converter of HEIC pictures, if there is one.
///
/// A picture has 648 pixels a side by default (48 to 2048), of quality 90 (30 to 100), lowered as far as 3900000 bytes
/// need (10KB to 4MB, as Graph refuses more). Read are files of up to 64MB (10KB to 1GB) and 120000000 pixels (2304, which
/// is 48 x 48, to 1000000000). All pictures that are prepared at once, on all cores, take up to 1GB together (128MB to 64GB).
pub(super) fn read(section: &mut Section<'_, '_>) -> (Recipe, Limits, Option<Converter>) {
    let size = section.integer("size", 48..=2048, 648_u32, "pixels");
    let crop = section.keyword("crop", Crop::Upper);
    let min_face_score = section.optional_float("min_face_score", 3.0..=100.0, "score");
    let several = section.keyword("several_faces", SeveralFaces::Hold);
    let quality = section.integer("quality", 30..=100, 90_u8, "JPEG quality");
    let max_bytes = section.size("max_bytes", 10_000..=4_000_000, 3_900_000);
    let max_source_bytes = section.size("max_source_bytes", 10_000..=1_000_000_000, 64_000_000);
    let max_pixels = section.integer("max_pixels", 2304..=1_000_000_000, 120_000_000_u64, "pixels");
    let max_memory = section.size("max_memory", 128_000_000..=64_000_000_000, 1_000_000_000);
    let command = section.texts("heic_converter", |_| Ok(()));
    let converter = command.and_then(|command| {
        let converter = Converter::new(&command, max_source_bytes);
        converter.map_err(|fault| section.fault("heic_converter", fault)).ok()
    });
    let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    let recipe = Recipe::try_new(size, crop, quality, max_bytes);
    let mut recipe = recipe.map_err(|fault| section.fault("", fault)).unwrap_or_default();
    if let Some(score) = min_face_score {
        match recipe.clone().with_least_face(score) {
            Ok(judging) => recipe = judging,
            Err(fault) => section.fault("min_face_score", fault),
        }
    }
    if several == SeveralFaces::Largest {
        match recipe.clone().with_largest_face() {
            Ok(framing) => recipe = framing,
            Err(fault) => section.fault("several_faces", fault),
        }
    }
    if let Some(converter) = &converter {
        recipe = recipe.with_converter(converter.id());
    }
    (recipe, Limits { max_source_bytes, max_pixels, max_memory }, converter)
}
