//! What a JPEG shows, whatever is around it: for the fuzzers.

use super::careful;
use super::walk::walk;

/// Its pixels; none where it is damaged.
pub(crate) fn jpeg_pixels(file: &[u8]) -> Option<Vec<u8>> {
    careful::decode(file, &walk(file).ok()?)
}
