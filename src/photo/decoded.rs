//! A decoded picture, and what holds for every decoder: its memory, its faults, and inks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;

use super::colour::is_for_inks;
use super::format::{grouped, size};
use super::pixels::{Channels, Pixels, inks_as_colours};
use super::sniff::Format;
use crate::model::{Problem, Reason};

/// Most memory that decoding one picture may take. 120 megapixels of plain JPEG fit.
pub(super) const MAX_MEMORY_BYTES: u64 = 512 * 1024 * 1024;

/// A picture as stored, with what its file says about showing it.
pub(super) struct Decoded {
    pub(super) pixels: Pixels,
    /// The size as stored, before the reduction.
    pub(super) full: (u32, u32),
    /// How many of the file's pixels one of these stands for, along each side: 1, 2, 4 or 8.
    pub(super) reduction: u32,
    pub(super) orientation: Orientation,
    pub(super) profile: Option<Vec<u8>>,
    /// How much of each pixel is seen, where any of them shone through and was laid on white.
    pub(super) alpha: Option<Vec<u8>>,
    /// It was kept in printer's inks.
    pub(super) of_inks: bool,
}

/// Runs a decoder. Decoders meet hostile bytes and are not ours: a panic in one is a picture that it can't read, no more.
pub(super) fn guarded<T>(format: Format, decode: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(unreadable(format, "the decoder broke on it")))
}

/// A picture that may be whole, but not of a kind that can be decoded here.
pub(super) fn unreadable(format: Format, why: impl std::fmt::Display) -> Problem {
    Problem::new(Reason::PhotoUnsupported, format!("this kind of {format} can't be read here ({why})"))
}

/// Inks stay inks as long as a profile can say how they look.
pub(super) fn shown_inks(pixels: Pixels, profile: Option<&[u8]>) -> Option<Pixels> {
    if pixels.channels == Channels::Inks && !profile.is_some_and(is_for_inks) {
        return inks_as_colours(&pixels);
    }
    Some(pixels)
}

/// Refuses what would take too much memory to decode.
pub(super) fn check_memory(bytes: u64, width: u32, height: u32) -> Result<(), Problem> {
    if bytes <= MAX_MEMORY_BYTES {
        return Ok(());
    }
    let detail = format!(
        "{} would take {} bytes of memory to decode; the limit is {}",
        size(width, height),
        grouped(bytes),
        grouped(MAX_MEMORY_BYTES)
    );
    Err(Problem::new(Reason::PhotoTooLarge, detail).with_cure("Use a smaller picture, or save it as a plain JPEG."))
}
