//! Floor 1: the picture. Whatever HR drops becomes what Microsoft 365 shows well: bytes in, bytes out.
//!
//! [`prepare()`] judges a file by its content, refuses what is damaged or beyond the limits with a plain reason,
//! and gives back an upright, framed, small JPEG without metadata. What already fits travels byte for byte.
//! The same bytes and the same [`Recipe`] give the same bytes.
//!
//! This room works on memory and one processor core only. It must not know files and their names, targets,
//! the clock, the disk or the network; of the crate it imports `model` alone. It is synchronous and may take
//! a second for a large photo: call it where blocking is allowed.

mod careful;
mod chunks;
mod colour;
mod decode;
mod decoded;
mod encode;
mod exif;
mod face;
#[cfg(feature = "fast-jpeg")]
mod fast;
mod format;
mod frame;
mod framed;
mod glance;
mod heif;
mod layout;
mod memory;
mod needed;
mod ordinary;
mod orient;
mod pixels;
mod prepare;
mod prepared;
mod recipe;
mod scale;
mod segments;
mod sniff;
mod strip;
mod tiff;
mod untrusted;
mod walk;
mod whole;

pub(crate) use glance::glance;
pub(crate) use memory::memory;
pub use prepare::Limits;
pub(crate) use prepare::{MAX_TIME, prepare, prepare_converted};
pub(crate) use prepared::{PhotoRemark, Prepared, Treatment};
pub use recipe::{Crop, Recipe};
pub(crate) use recipe::{SeveralFaces, differences};
pub(crate) use sniff::{Format, other_extensions, picture_extensions, sniff};
pub(crate) use untrusted::{is_av1, is_hevc, jpeg_pixels};
pub(crate) use whole::is_cut_short;

#[cfg(test)]
mod tests;
