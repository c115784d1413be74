//! The way of one picture: judge, decode, cut and scale, turn upright, make colours right, encode.
//!
//! Turning and colours come after scaling: they are exact on any size and cost twenty times less on the small one.

use bytes::Bytes;
use image::metadata::Orientation;

use super::colour::{Applied, inks_to_srgb, to_srgb};
use super::decode::{Decoded, for_decoder, guarded, jpeg, other};
use super::encode::{MIN_SIDE, encode};
use super::face::{Found, find};
use super::frame::{Rect, around, fit, frame};
use super::orient::{stored_rect, upright, upright_size};
use super::pixels::{Channels, Pixels};
use super::prepared::{Note, Prepared, Treatment};
use super::recipe::{Crop, Recipe};
use super::scale::scale;
use super::sniff::{Format, sniff};
use super::strip::{fits, strip, stripped_bytes};
use super::words::{grouped, size};
use super::{layout, sniff as formats};
use crate::model::{Problem, Reason};

/// What a source may be at most; checked before anything is decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of the file.
    pub max_source_bytes: u64,
    /// Width times height.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 64 MB and 120 megapixels.
    fn default() -> Self {
        Self { max_source_bytes: 64_000_000, max_pixels: 120_000_000 }
    }
}

/// Makes of a file's bytes what Microsoft 365 shows well, or says why that can't be.
pub fn prepare(source: Bytes, recipe: &Recipe, limits: &Limits) -> Result<Prepared, Problem> {
    let format = admit(&source, limits)?;
    let check = |width, height| check_size(width, height, limits);
    let mut notes = Vec::new();
    let decoded = if format == Format::Jpeg {
        let layout = layout::walk(&source)?;
        check(layout.width, layout.height)?;
        if guarded(format, || Ok(fits(&layout, stripped_bytes(&layout), recipe)))? {
            return Ok(kept(source, &layout, recipe));
        }
        if layout.components == 4 {
            notes.push(Note::Cmyk);
        }
        let file = for_decoder(&source, &layout);
        drop(source);
        let pixels = guarded(format, || jpeg(&file, &layout))?;
        // Where the decoder made red, green and blue of inks already, their profile has nothing to say.
        let profile = layout.profile.filter(|_| layout.components != 4 || pixels.channels == Channels::Inks);
        Decoded { pixels, orientation: layout.orientation, profile, alpha_flattened: false }
    } else {
        if formats::animated(format, &source) {
            notes.push(Note::FirstFrame);
        }
        let decoded = guarded(format, || other(&source, format, check))?;
        drop(source);
        decoded
    };
    finish(decoded, format, recipe, notes)
}

/// The format, where it can be prepared and the file isn't too large to look at.
fn admit(source: &[u8], limits: &Limits) -> Result<Format, Problem> {
    let bytes = u64::try_from(source.len()).unwrap_or(u64::MAX);
    if bytes == 0 {
        return Err(Problem::new(Reason::PhotoCorrupt, "the file is empty"));
    }
    if bytes > limits.max_source_bytes {
        let detail = format!("the file has {} bytes; the limit is {}", grouped(bytes), grouped(limits.max_source_bytes));
        return Err(Problem::new(Reason::PhotoTooLarge, detail));
    }
    match sniff(source) {
        Some(format) if format.is_supported() => Ok(format),
        Some(Format::Text) => Err(Problem::new(Reason::PhotoUnsupported, "this is text, not a picture")),
        Some(Format::Heic) => Err(Problem::new(Reason::PhotoUnsupported, format!("{}; it can't be decoded here", Format::Heic))
            .with_cure(
                "Export the picture as JPEG, or set the iPhone to save JPEG (Settings, Camera, Formats, Most Compatible).",
            )),
        Some(format) => Err(Problem::new(Reason::PhotoUnsupported, format!("{format}; it can't be decoded here"))),
        None if source.iter().all(|&byte| byte == 0) => {
            Err(Problem::new(Reason::PhotoCorrupt, "the file holds zero bytes only; copying it never finished"))
        }
        None => Err(Problem::new(Reason::PhotoUnsupported, "not a picture of any format known here")),
    }
}

fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), Problem> {
    if width < MIN_SIDE || height < MIN_SIDE {
        let detail = format!("{}; Microsoft 365 takes {MIN_SIDE} x {MIN_SIDE} or more", size(width, height));
        return Err(Problem::new(Reason::PhotoTooSmall, detail));
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.max_pixels {
        let detail =
            format!("{} are {} in all; the limit is {}", size(width, height), grouped(pixels), grouped(limits.max_pixels));
        return Err(Problem::new(Reason::PhotoTooLarge, detail));
    }
    Ok(())
}

/// A JPEG whose picture data is already right.
fn kept(source: Bytes, layout: &layout::Layout, recipe: &Recipe) -> Prepared {
    let (width, height) = (layout.width, layout.height);
    let notes = if width.max(height) < recipe.size() { vec![Note::Small] } else { Vec::new() };
    let clean = layout.metadata.is_empty() && layout.end == source.len();
    let (jpeg, treatment) = if clean { (source, Treatment::Untouched) } else { (strip(&source, layout), Treatment::Stripped) };
    Prepared { jpeg, width, height, treatment, notes, format: Format::Jpeg }
}

/// What is shown, in upright pixels.
fn part(pixels: &Pixels, orientation: Orientation, crop: Crop, format: Format, notes: &mut Vec<Note>) -> Rect {
    let (width, height) = upright_size(orientation, pixels.width, pixels.height);
    if crop == Crop::Face {
        match guarded(format, || Ok(find(pixels, orientation))).unwrap_or(Found::None) {
            Found::One(face) => return around(face, width, height),
            Found::None => notes.push(Note::NoFace),
            Found::Several(count) => notes.push(Note::SeveralFaces { count }),
        }
    }
    frame(crop, width, height)
}

/// The picture with its profile applied. A profile that can't be is no reason to refuse a picture.
fn in_srgb(mut picture: Pixels, profile: &[u8], format: Format) -> Result<(Pixels, Applied), Problem> {
    if picture.channels != Channels::Inks {
        let applied = guarded(format, || Ok(to_srgb(&mut picture, profile))).unwrap_or(Applied::Ignored);
        return Ok((picture, applied));
    }
    let (coloured, applied) = guarded(format, || Ok(inks_to_srgb(&picture, profile)))?;
    let coloured = coloured.ok_or_else(|| Problem::new(Reason::PhotoCorrupt, "the picture's inks can't be converted"))?;
    Ok((coloured, applied))
}

/// Everything after decoding.
fn finish(decoded: Decoded, format: Format, recipe: &Recipe, mut notes: Vec<Note>) -> Result<Prepared, Problem> {
    let Decoded { pixels, orientation, profile, alpha_flattened } = decoded;
    let (stored_width, stored_height) = (pixels.width, pixels.height);
    let (seen_width, seen_height) = upright_size(orientation, stored_width, stored_height);
    let part = part(&pixels, orientation, recipe.crop(), format, &mut notes);
    let (width, height) = fit(part, recipe.size());
    if width < MIN_SIDE || height < MIN_SIDE {
        let detail = format!(
            "{} become {width} x {height} at the size set; Microsoft 365 takes {MIN_SIDE} x {MIN_SIDE} or more",
            size(seen_width, seen_height)
        );
        return Err(Problem::new(Reason::PhotoTooSmall, detail).with_cure("Use a picture that is less long and narrow."));
    }
    let stored_part = stored_rect(orientation, stored_width, stored_height, part);
    let (across, down) = upright_size(orientation, width, height);
    let Some(scaled) = scale(&pixels, stored_part, across, down) else {
        return Err(Problem::new(Reason::PhotoCorrupt, format!("{} can't be scaled", size(seen_width, seen_height))));
    };
    drop(pixels);
    let mut picture = upright(scaled, orientation);
    if orientation != Orientation::NoTransforms {
        notes.push(Note::Turned);
    }
    if alpha_flattened {
        notes.push(Note::AlphaFlattened);
    }
    if let Some(profile) = profile {
        let (coloured, applied) = in_srgb(picture, &profile, format)?;
        picture = coloured;
        match applied {
            Applied::Nothing => {}
            Applied::Converted => notes.push(Note::ProfileApplied),
            Applied::Ignored => notes.push(Note::ProfileIgnored),
        }
    }
    if width.max(height) < recipe.size() {
        notes.push(Note::Small);
    }
    let Some(encoded) = encode(&picture, recipe.quality(), recipe.max_bytes()) else {
        let detail = format!("no JPEG of it has {} bytes or less", grouped(recipe.max_bytes()));
        return Err(Problem::new(Reason::PhotoTooLarge, detail).with_cure("Raise photo.max_bytes."));
    };
    if encoded.quality < recipe.quality() || encoded.width < width || encoded.height < height {
        notes.push(Note::Squeezed { quality: encoded.quality });
    }
    let (jpeg, width, height) = (encoded.jpeg.into(), encoded.width, encoded.height);
    Ok(Prepared { jpeg, width, height, treatment: Treatment::Encoded, notes, format })
}
