//! What is inside of pictures, whatever is around it: for the fuzzers.

use super::walk::walk;
use super::{careful, heif};

/// Its pixels; none where it is damaged.
pub(crate) fn jpeg_pixels(file: &[u8]) -> Option<Vec<u8>> {
    careful::decode(file, &walk(file).ok()?)
}

/// Decodes one coded picture of an AVIF file; whether it is one of this size.
pub(crate) fn is_av1(data: &[u8], width: u32, height: u32) -> bool {
    heif::is_av1(data, width, height)
}

/// The same of a HEIC file, whose property `hvcC` this is.
pub(crate) fn is_hevc(config: &[u8], data: &[u8], width: u32, height: u32) -> bool {
    heif::is_hevc(config, data, width, height)
}
