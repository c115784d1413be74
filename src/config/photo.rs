//! `photo`: how a picture is prepared, and what is too much.

use super::reader::Section;
use crate::photo::Crop;
use crate::source::Converter;

/// How a picture is prepared.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Photo {
    /// Largest width and height of the prepared picture in pixels, 48 to 2048. Default 648, the largest Microsoft 365 keeps.
    pub size: u32,
    /// How it becomes square. Default `upper`.
    pub crop: Crop,
    /// With crop `face`: pictures without a face of this score are held for a person, 3 to 100. Default none is.
    pub min_face_score: Option<f64>,
    /// JPEG quality to start from, 30 to 100; lowered as far as `max_bytes` needs. Default 90.
    pub quality: u8,
    /// Largest prepared picture, 10KB to 4MB (Graph refuses more). Default 3900000.
    pub max_bytes: u64,
    /// Largest source file that is read, 10KB to 1GB. Default 64MB.
    pub max_source_bytes: u64,
    /// The command that makes a JPEG or PNG of a HEIC picture: a program and its arguments, `{input}` and `{output}` among
    /// them if it wants files. Default none.
    pub heic_converter: Option<Vec<String>>,
    /// Most pixels (width times height) that are decoded, 2304 (48 x 48) to 1000000000. Default 120000000.
    pub max_pixels: u64,
}

impl Photo {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let size = section.integer("size", 48..=2048, 648, "pixels");
        let crop = section.keyword("crop", Crop::Upper);
        let min_face_score = section.optional_float("min_face_score", 3.0..=100.0, "score");
        if min_face_score.is_some() && crop != Crop::Face {
            section.fault("min_face_score", "needs crop: face; without it no face is looked for");
        }
        let quality = section.integer("quality", 30..=100, 90, "JPEG quality");
        let max_bytes = section.size("max_bytes", 10_000..=4_000_000, 3_900_000);
        let max_source_bytes = section.size("max_source_bytes", 10_000..=1_000_000_000, 64_000_000);
        let max_pixels = section.integer("max_pixels", 2304..=1_000_000_000, 120_000_000, "pixels");
        let heic_converter = section.texts("heic_converter", |_| Ok(()));
        if let Some(fault) = heic_converter.as_ref().and_then(|command| Converter::new(command, max_source_bytes).err()) {
            section.fault("heic_converter", fault);
        }
        Self { size, crop, min_face_score, quality, max_bytes, max_source_bytes, heic_converter, max_pixels }
    }
}
