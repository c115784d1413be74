//! The way of one picture: judge, decode, cut and scale, turn upright, make colours right, encode.
//!
//! Turning and colours come after scaling: they are exact on any size and cost twenty times less on the small one.

use std::time::Duration;

use bytes::Bytes;
use image::metadata::Orientation;

use super::colour::{Applied, inks_to_srgb, to_srgb};
use super::decode::{REDUCES, check_jpeg, closed_jpeg, jpeg, other};
use super::decoded::{Decoded, guarded};
use super::encode::{MIN_SIDE, encode};
use super::face::SEARCH_SIDE;
use super::format::{grouped, size};
use super::frame::{Rect, fit, frame, reduction};
use super::framed::{look_for_face, note_face_check};
use super::heif;
use super::layout::Layout;
use super::orient::{stored_rect, upright, upright_size};
use super::pixels::{Channels, Pixels};
use super::prepared::{PhotoRemark, Prepared, Treatment};
use super::recipe::{Crop, Recipe};
use super::scale::scale_reduced;
use super::sniff as formats;
use super::sniff::{Format, sniff};
use super::strip::{fits, strip, stripped_bytes};
use super::walk;
use super::whole::{ROOM_FOR_THE_REST, ends_in_room};
use crate::model::{Problem, Reason};

/// What a source may be at most; checked before anything is decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of the file.
    pub max_source_bytes: u64,
    /// Width times height.
    pub max_pixels: u64,
    /// Bytes of memory for all pictures that are prepared at once, with their files.
    pub max_memory: u64,
}

impl Default for Limits {
    /// 64 MB, 120 megapixels and a gigabyte.
    fn default() -> Self {
        Self { max_source_bytes: 64_000_000, max_pixels: 120_000_000, max_memory: 1_000_000_000 }
    }
}

/// A picture is given up if it is not ready by then, whatever the limits let through: pictures within the usual limits
/// take a few seconds at most.
pub(crate) const MAX_TIME: Duration = Duration::from_secs(60);

/// Transparent pictures of which less is seen are no portraits, but a fault of an export.
const LEAST_SEEN_PERCENT: u64 = 2;

/// Makes of a file's bytes what Microsoft 365 shows well, or says why that can't be. Given up as soon as
/// `late` says that [`MAX_TIME`] is over. It is asked between the steps: no step can be cut short, but each is bounded by
/// the limits.
pub(crate) fn prepare(source: Bytes, recipe: &Recipe, limits: &Limits, late: &dyn Fn() -> bool) -> Result<Prepared, Problem> {
    prepare_held(source, recipe, limits, false, late)
}

/// The same of what a converter made: it was turned upright, whatever is still said of turning it.
pub(crate) fn prepare_converted(
    source: Bytes,
    recipe: &Recipe,
    limits: &Limits,
    late: &dyn Fn() -> bool,
) -> Result<Prepared, Problem> {
    prepare_held(source, recipe, limits, true, late)
}

fn prepare_held(
    source: Bytes,
    recipe: &Recipe,
    limits: &Limits,
    is_upright: bool,
    late: &dyn Fn() -> bool,
) -> Result<Prepared, Problem> {
    let format = admit(&source, limits)?;
    let check = |width, height| check_size(width, height, limits);
    if format == Format::Jpeg {
        let mut layout = walk::walk(&source)?;
        check(layout.width, layout.height)?;
        let mut source = source;
        if let Some(closed) = closed_jpeg(&source, &layout)? {
            source = closed;
            layout = Layout { mended: true, ..walk::walk(&source)? };
        }
        if is_upright {
            layout.orientation = Orientation::NoTransforms;
        }
        // Others are decoded by what takes nothing on trust.
        let is_pure = layout.ordinary && check_jpeg(&source, &layout)?;
        let fits = is_pure && guarded(format, || Ok(fits(&layout, stripped_bytes(&layout), recipe)))?;
        if fits && recipe.crop() != Crop::Face {
            return Ok(kept(&source, &layout, recipe));
        }
        return from_jpeg(source, layout, fits, recipe, late);
    }
    let mut notes = if formats::animated(format, &source) { vec![PhotoRemark::FirstFrame] } else { Vec::new() };
    let mut decoded = guarded(format, || match format {
        Format::Heic | Format::Avif => heif::decode(&source, format, &check, &|| in_time(late)),
        _ => other(&source, format, check),
    })?;
    if is_upright {
        decoded.orientation = Orientation::NoTransforms;
    }
    if decoded.of_inks {
        notes.push(PhotoRemark::Cmyk);
    }
    drop(source);
    in_time(late)?;
    let found = look_for_face(&decoded.pixels, 1, decoded.orientation, recipe, &mut notes)?;
    in_time(late)?;
    decoded.orientation = found.turned(decoded.orientation);
    let (width, height) = upright_size(decoded.orientation, decoded.full.0, decoded.full.1);
    let part = found.part(width, height, recipe.crop());
    note_face_check(found, part, recipe, &mut notes);
    finish(decoded, part, format, recipe, notes, late)
}

/// The way of a JPEG. Where this build decodes at a fraction of the size, a face is looked for in a small copy, and
/// what is shown then decides at which fraction the picture itself is decoded.
fn from_jpeg(
    source: Bytes,
    mut layout: Layout,
    fits: bool,
    recipe: &Recipe,
    late: &dyn Fn() -> bool,
) -> Result<Prepared, Problem> {
    let orientation = layout.orientation;
    let (width, height) = upright_size(orientation, layout.width, layout.height);
    let for_part = |part: Rect| {
        let (width, height) = fit(part, recipe.size());
        reduction(part, width, height)
    };
    let whole = Rect { left: 0, top: 0, width, height };
    let (for_search, spare) = if recipe.crop() == Crop::Face {
        let (width, height) = fit(whole, SEARCH_SIDE);
        (reduction(whole, width, height), (fits || REDUCES).then(|| source.clone()))
    } else {
        (for_part(frame(recipe.crop(), width, height)), None)
    };
    let (mut pixels, mut reduced) = jpeg(&source, &layout, for_search)?;
    drop(source);
    in_time(late)?;
    let mut notes = if layout.components.len() == 4 { vec![PhotoRemark::Cmyk] } else { Vec::new() };
    let found = look_for_face(&pixels, reduced, orientation, recipe, &mut notes)?;
    in_time(late)?;
    let orientation = found.turned(orientation);
    let (width, height) = upright_size(orientation, layout.width, layout.height);
    let part = found.part(width, height, recipe.crop());
    note_face_check(found, if fits && found.is_framed(width) { whole } else { part }, recipe, &mut notes);
    if let Some(source) = spare {
        if fits && found.is_framed(width) {
            let mut whole = kept(&source, &layout, recipe);
            whole.notes.extend(notes);
            return Ok(whole);
        }
        let enough = for_part(part);
        if enough < reduced {
            drop(pixels);
            (pixels, reduced) = jpeg(&source, &layout, enough)?;
            in_time(late)?;
        }
    }
    // Where the decoder made red, green and blue of inks already, their profile has nothing to say.
    let profile = layout.profile.take().filter(|_| layout.components.len() != 4 || pixels.channels == Channels::Inks);
    let full = (layout.width, layout.height);
    let decoded = Decoded { pixels, full, reduction: reduced, orientation, profile, alpha: None, of_inks: false };
    finish(decoded, part, Format::Jpeg, recipe, notes, late)
}

fn in_time(late: &dyn Fn() -> bool) -> Result<(), Problem> {
    if !late() {
        return Ok(());
    }
    Err(Problem::new(Reason::PhotoTooLarge, format!("it was not ready after {} s", MAX_TIME.as_secs()))
        .with_cure("Use a smaller picture, or save it as a plain JPEG; `photosyncd retry` tries this one once more."))
}

/// The format, where it can be prepared and the file isn't too large to look at.
pub(super) fn admit(source: &[u8], limits: &Limits) -> Result<Format, Problem> {
    let bytes = u64::try_from(source.len()).unwrap_or(u64::MAX);
    if bytes == 0 {
        return Err(Problem::new(Reason::PhotoCorrupt, "the file is empty"));
    }
    if bytes > limits.max_source_bytes {
        let detail = format!("the file has {} bytes; the limit is {}", grouped(bytes), grouped(limits.max_source_bytes));
        return Err(Problem::new(Reason::PhotoTooLarge, detail));
    }
    match sniff(source) {
        Some(format) if ends_in_room(format, source) => Err(Problem::new(Reason::PhotoCorrupt, ROOM_FOR_THE_REST)),
        Some(format) if format.is_supported() => Ok(format),
        Some(Format::Text) => Err(Problem::new(Reason::PhotoUnsupported, "this is text, not a picture")),
        Some(format) => Err(Problem::new(Reason::PhotoUnsupported, format!("{format}; it can't be decoded here"))),
        None if source.iter().all(|&byte| byte == 0) => {
            Err(Problem::new(Reason::PhotoCorrupt, "the file holds zero bytes only; copying it never finished"))
        }
        None => Err(Problem::new(Reason::PhotoUnsupported, "not a picture of any format known here")),
    }
}

pub(super) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), Problem> {
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
fn kept(source: &Bytes, layout: &Layout, recipe: &Recipe) -> Prepared {
    let (width, height) = (layout.width, layout.height);
    let notes = if width.max(height) < recipe.size() { vec![PhotoRemark::Small] } else { Vec::new() };
    let jpeg = strip(source, layout);
    let clean = jpeg.as_ptr_range() == source.as_ptr_range() && !layout.mended;
    let treatment = if clean { Treatment::Untouched } else { Treatment::Stripped };
    Prepared { jpeg, width, height, treatment, notes, format: Format::Jpeg }
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

/// Refuses a picture of which next to nothing is seen in the part that is shown.
fn check_seen(alpha: &[u8], width: u32, part: Rect) -> Result<(), Problem> {
    let rows = alpha.chunks_exact(width.max(1) as usize).skip(part.top as usize).take(part.height as usize);
    let (left, right) = (part.left as usize, (part.left + part.width) as usize);
    let seen: u64 = rows.filter_map(|row| row.get(left..right)).flatten().map(|alpha| u64::from(*alpha)).sum();
    let all = u64::from(part.width) * u64::from(part.height) * 255;
    if seen * 100 >= all * LEAST_SEEN_PERCENT {
        return Ok(());
    }
    let detail = format!("the picture is transparent: less than {LEAST_SEEN_PERCENT} % of what would be shown can be seen");
    Err(Problem::new(Reason::PhotoBlank, detail))
}

/// Everything after decoding.
fn finish(
    decoded: Decoded,
    part: Rect,
    format: Format,
    recipe: &Recipe,
    mut notes: Vec<PhotoRemark>,
    late: &dyn Fn() -> bool,
) -> Result<Prepared, Problem> {
    let Decoded { pixels, full: (stored_width, stored_height), reduction, orientation, profile, alpha, .. } = decoded;
    let (seen_width, seen_height) = upright_size(orientation, stored_width, stored_height);
    let (width, height) = fit(part, recipe.size());
    if width < MIN_SIDE || height < MIN_SIDE {
        let detail = format!(
            "{} become {width} x {height} at the size set; Microsoft 365 takes {MIN_SIDE} x {MIN_SIDE} or more",
            size(seen_width, seen_height)
        );
        return Err(Problem::new(Reason::PhotoTooSmall, detail).with_cure("Use a picture that is less long and narrow."));
    }
    let stored_part = stored_rect(orientation, stored_width, stored_height, part);
    if let Some(alpha) = &alpha {
        check_seen(alpha, stored_width, stored_part)?;
    }
    let (across, down) = upright_size(orientation, width, height);
    let Some(scaled) = scale_reduced(&pixels, reduction, stored_part, across, down) else {
        return Err(Problem::new(Reason::PhotoCorrupt, format!("{} can't be scaled", size(seen_width, seen_height))));
    };
    drop(pixels);
    in_time(late)?;
    let mut picture = upright(scaled, orientation);
    if orientation != Orientation::NoTransforms && !notes.contains(&PhotoRemark::TurnedByFace) {
        notes.push(PhotoRemark::Turned);
    }
    if alpha.is_some() {
        notes.push(PhotoRemark::AlphaFlattened);
    }
    if let Some(profile) = profile {
        let (coloured, applied) = in_srgb(picture, &profile, format)?;
        picture = coloured;
        match applied {
            Applied::Nothing => {}
            Applied::Converted => notes.push(PhotoRemark::ProfileApplied),
            Applied::Ignored => notes.push(PhotoRemark::ProfileIgnored),
        }
    }
    if width.max(height) < recipe.size() {
        notes.push(PhotoRemark::Small);
    }
    let Some(encoded) = encode(&picture, recipe.quality(), recipe.max_bytes()) else {
        let detail = format!("no JPEG of it has {} bytes or less", grouped(recipe.max_bytes()));
        return Err(Problem::new(Reason::PhotoTooLarge, detail).with_cure("Raise photo.max_bytes."));
    };
    if encoded.quality < recipe.quality() || encoded.width < width || encoded.height < height {
        notes.push(PhotoRemark::Squeezed { quality: encoded.quality });
    }
    let (jpeg, width, height) = (encoded.jpeg.into(), encoded.width, encoded.height);
    Ok(Prepared { jpeg, width, height, treatment: Treatment::Encoded, notes, format })
}
