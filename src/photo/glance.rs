//! What can be said of a picture without decoding it: whether it would be refused for what it is, or for its size.

use image::{ImageDecoder, ImageFormat};

use super::decode::header;
use super::prepare::{Limits, admit, check_size};
use super::sniff::{Format, sniff};
use super::{heif, walk};
use crate::model::Problem;

/// Refuses what [`prepare`](super::prepare()) would refuse before it decodes anything. `converts`: a converter
/// makes others of some.
pub(crate) fn glance(source: &[u8], limits: &Limits, converts: bool) -> Result<(), Problem> {
    if converts && sniff(source).is_some_and(Format::may_be_converted) {
        return Ok(());
    }
    let kind = match admit(source, limits)? {
        Format::Jpeg => {
            let layout = walk::walk(source)?;
            return check_size(layout.width, layout.height, limits);
        }
        format @ (Format::Heic | Format::Avif) => {
            let (width, height) = heif::size(source, format)?;
            return check_size(width, height, limits);
        }
        Format::Png => ImageFormat::Png,
        Format::Webp => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        _ => return Ok(()),
    };
    match header(source, kind) {
        Ok(decoder) => check_size(decoder.dimensions().0, decoder.dimensions().1, limits),
        // Whoever decodes it says what is wrong.
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::model::Reason;
    use crate::photo::{Crop, Recipe, prepare};

    #[test]
    fn what_is_refused_at_a_glance_is_refused_when_prepared() {
        let png = |side: u32| {
            let mut bytes = Vec::new();
            image::RgbImage::new(side, side).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
            bytes
        };
        let limits = Limits { max_source_bytes: 100_000, max_pixels: 90_000, ..Limits::default() };
        let recipe = Recipe::try_new(648, Crop::Center, 90, 3_900_000).unwrap();
        for (bytes, reason) in [
            (Vec::new(), Some(Reason::PhotoCorrupt)),
            (vec![0; 900], Some(Reason::PhotoCorrupt)),
            (b"Dear Sir or Madam".to_vec(), Some(Reason::PhotoUnsupported)),
            (b"PK\x03\x04 a document".to_vec(), Some(Reason::PhotoUnsupported)),
            (vec![b'x'; 100_001], Some(Reason::PhotoTooLarge)),
            (png(20), Some(Reason::PhotoTooSmall)),
            (png(400), Some(Reason::PhotoTooLarge)),
            (png(100), None),
        ] {
            let glanced = glance(&bytes, &limits, false).err().map(|problem| problem.reason);
            assert_eq!(glanced, reason);
            let prepared = prepare(bytes.into(), &recipe, &limits, &|| false);
            assert_eq!(prepared.err().map(|problem| problem.reason), reason);
        }
    }
}
