//! What a JPEG's segments beside the picture data tell about it: colours, profile, how to hold it.

use image::metadata::Orientation;

use super::colour::adobe_rgb;
use super::exif::{Exif, XMP, xmp_orientation};
use super::layout::{Colours, Component, rare};
use crate::model::Problem;

/// Colour profiles are a few kilobytes, printers' ones up to two megabytes.
const MAX_PROFILE_BYTES: usize = 4 * 1024 * 1024;

/// Pictures to be printed have 72 to 2400 dots an inch; in steps of 256.
const MOST_DOTS: u8 = 10;

/// What segments beside the picture tell about it.
#[derive(Default)]
pub(super) struct SegmentInfo<'a> {
    jfif: bool,
    adobe: Option<u8>,
    exif: Exif,
    xmp: Option<Orientation>,
    pieces: Vec<(u8, &'a [u8])>,
}

impl<'a> SegmentInfo<'a> {
    /// Says whether a reader needs the segment to show the picture.
    pub(super) fn hear(&mut self, mark: u8, content: &'a [u8]) -> bool {
        match (mark, content) {
            (0xE0, [b'J', b'F', b'I', b'F', 0, rest @ ..]) => {
                // Once, and as it is meant: a version, as many dots across as down, and no small picture.
                let plain = matches!(rest, [1, 0..=2, 0..=2, across, wide, down, tall, 0, 0]
                    if (across, wide) == (down, tall) && *across < MOST_DOTS);
                return !std::mem::replace(&mut self.jfif, true) && plain;
            }
            (0xEE, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform]) => {
                // Where the colours are the usual ones, which alone travel as they are, nobody needs to be told.
                self.adobe = Some(*transform);
            }
            (0xE1, [b'E', b'x', b'i', b'f', 0, _, exif @ ..]) => {
                let more = Exif::read(exif);
                self.exif.orientation = self.exif.orientation.or(more.orientation);
                self.exif.adobe_rgb |= more.adobe_rgb;
            }
            (0xE1, _) if content.starts_with(XMP) => self.xmp = self.xmp.or_else(|| xmp_orientation(content)),
            (0xE2, _) => self.pieces.extend(profile_piece(content)),
            _ => {}
        }
        false
    }

    /// What the components are, as libjpeg reads the marks, and whether others may read them in another way. Inks that
    /// no Adobe mark explains are some programs' opposite of the others'.
    pub(super) fn colours(&self, components: &[Component]) -> Result<(Colours, bool), Problem> {
        let ids = || components.iter().map(|component| component.id);
        let named = ids().eq(*b"RGB");
        Ok(match (components.len(), self.adobe) {
            (1, _) => (Colours::Grey, false),
            (3, Some(0)) => (if self.jfif { Colours::Differences } else { Colours::Plain }, true),
            (3, None) if named => (if self.jfif { Colours::Differences } else { Colours::Plain }, true),
            (3, adobe) => (Colours::Differences, named || adobe.is_some_and(|transform| transform != 1)),
            (_, Some(0)) => (Colours::Inks, true),
            (_, Some(_)) => (Colours::CodedInks, true),
            _ => return Err(rare("four colours of which it does not say what they are")),
        })
    }

    /// How to hold the picture: as Exif says, or XMP where Exif says nothing.
    pub(super) fn orientation(&self) -> Orientation {
        self.exif.orientation.or(self.xmp).unwrap_or(Orientation::NoTransforms)
    }

    /// The profile, put together from its pieces; Adobe RGB's where only Exif tells of it.
    pub(super) fn profile(self) -> Option<Vec<u8>> {
        assemble(self.pieces).or_else(|| self.exif.adobe_rgb.then(adobe_rgb).flatten())
    }
}

/// A profile longer than a segment comes in numbered pieces.
fn profile_piece(content: &[u8]) -> Option<(u8, &[u8])> {
    match content.strip_prefix(b"ICC_PROFILE\0") {
        Some([number, _count, piece @ ..]) => Some((*number, piece)),
        _ => None,
    }
}

fn assemble(mut pieces: Vec<(u8, &[u8])>) -> Option<Vec<u8>> {
    pieces.sort_by_key(|(number, _)| *number);
    pieces.dedup_by_key(|(number, _)| *number);
    let profile: Vec<u8> = pieces.iter().flat_map(|(_, piece)| piece.iter().copied()).take(MAX_PROFILE_BYTES).collect();
    (!profile.is_empty()).then_some(profile)
}
