//! HEIC and AVIF: the picture that phones save. A file holds several pictures and parts of pictures; the primary one is
//! shown, put together from its tiles, cut and turned as the file says. What Exif says beside that doesn't count: it
//! says the same once more.
//!
//! Each coded part is judged and decoded by itself, so that memory and time stay those of one part and the whole canvas.
//! HDR gain maps and depth are left: the picture without them is what a usual screen shows.

mod av1;
mod boxes;
mod colours;
mod hevc;
mod items;
mod shape;
mod units;

use heic_decoder::{ColorInfo, DecodedImage};

use super::decoded::{Decoded, check_memory, unreadable};
use super::pixels::{Channels, Pixels};
use super::sniff::Format;
use crate::model::{Problem, Reason};
use boxes::Bytes;
use items::{Fault, Items};
use shape::Shape;

/// Names under which alpha is kept: one for each of the two ways of coding, and one for both.
const ALPHA: [&[u8]; 3] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0", b"urn:mpeg:avc:2015:auxid:1\0"];
/// Properties that say how to show or decode a picture, and are followed here, or may be left.
const KNOWN: [&[u8; 4]; 16] = [
    b"hvcC", b"av1C", b"ispe", b"pixi", b"colr", b"irot", b"imir", b"clap", b"auxC", b"pasp", b"rloc", b"clli", b"mdcv", b"cclv",
    b"amve", b"a1lx",
];
/// Memory for each pixel of a part while it is decoded: numbers of four bytes, and once more while they are filtered.
const BYTES_BY_CHROMA: u64 = 26;

/// A picture that stands for itself or is put together from parts.
struct Plan {
    parts: Vec<u32>,
    columns: u32,
    width: u32,
    height: u32,
    part_width: u32,
    part_height: u32,
}

/// Decodes the primary picture; `check` judges sizes before anything of that size is made.
pub(super) fn decode(
    file: &[u8],
    format: Format,
    check: &dyn Fn(u32, u32) -> Result<(), Problem>,
    in_time: &dyn Fn() -> Result<(), Problem>,
) -> Result<Decoded, Problem> {
    let told = |fault| problem(format, fault);
    let items = Items::read(file).map_err(told)?;
    let (main, plan, shape) = planned(&items).map_err(told)?;
    check(plan.width, plan.height)?;
    check(shape.part.width, shape.part.height)?;
    let alphas: Vec<u32> = items.referring(main, b"auxl").filter(|id| is_alpha(&items, *id)).collect();
    let alpha = alphas.first().map(|id| plan_of(&items, *id)).transpose().map_err(told)?;
    if alpha.as_ref().is_some_and(|alpha| (alpha.width, alpha.height) != (plan.width, plan.height)) {
        return Err(told(Fault::Unreadable("its transparency has another size")));
    }
    check_memory(needed(&plan, alpha.is_some()), plan.width, plan.height)?;

    let told_colours = properties(&items, main, &plan, colours::told);
    let profile = properties(&items, main, &plan, |property| colours::profile(property).map(<[u8]>::to_vec));
    let mut canvas = Canvas::default();
    canvas.paint(&items, &plan, |coded| colours::of(told_colours, coded), format, in_time)?;
    let mut pixels = canvas.pixels(&plan).ok_or_else(|| told(Fault::Damaged("its parts don't fill it")))?;
    // HDR has become sRGB on the way.
    let on_screen = canvas.colours.filter(|colours| !colours::is_hdr(*colours));
    let profile = on_screen.and_then(|colours| profile.or_else(|| colours::profile_of(colours)));
    let alpha = match alpha {
        Some(plan) => {
            let mut canvas = Canvas::default();
            let full = |coded| ColorInfo { full_range: true, transfer_characteristics: 13, ..colours::of(None, coded) };
            canvas.paint(&items, &plan, full, format, in_time)?;
            let alpha = canvas.pixels(&plan).map(first_of_each).ok_or_else(|| told(Fault::Damaged("its parts don't fill it")))?;
            let premultiplied = items.refers(main, *b"prem").iter().any(|id| alphas.contains(id));
            lay_on_white(&mut pixels, &alpha, premultiplied);
            alpha.iter().any(|seen| *seen < u8::MAX).then_some(alpha)
        }
        None => None,
    };
    let (pixels, alpha) = shape.cut(pixels, alpha).ok_or_else(|| told(Fault::Damaged("it is cut outside of itself")))?;
    let full = (pixels.width, pixels.height);
    Ok(Decoded { pixels, full, reduction: 1, orientation: shape.orientation, profile, alpha, of_inks: false })
}

/// The most that is taken at once: the canvas, a copy of it that is cut, and one part while it is decoded.
fn needed(plan: &Plan, has_alpha: bool) -> u64 {
    let whole = u64::from(plan.width) * u64::from(plan.height) * if has_alpha { 8 } else { 6 };
    let part = u64::from(plan.part_width) * u64::from(plan.part_height) * BYTES_BY_CHROMA;
    whole.saturating_add(part)
}

/// The memory that decoding takes beside the file; nothing is decoded. None of what is refused before.
pub(super) fn memory(file: &[u8], admitted: impl Fn(u32, u32) -> Option<u64>) -> Option<u64> {
    let items = Items::read(file).ok()?;
    let (main, plan, _) = planned(&items).ok()?;
    admitted(plan.width, plan.height)?;
    let has_alpha = items.referring(main, b"auxl").any(|id| is_alpha(&items, id));
    // A part's data is copied out of the file, and once more as a file of its own.
    Some(needed(&plan, has_alpha).saturating_add(file.len() as u64 * 2))
}

/// The size of the primary picture as it is shown, without turning; nothing is decoded.
pub(super) fn size(file: &[u8], format: Format) -> Result<(u32, u32), Problem> {
    let planned = Items::read(file).and_then(|items| planned(&items).map(|(_, _, shape)| (shape.part.width, shape.part.height)));
    planned.map_err(|fault| problem(format, fault))
}

fn problem(format: Format, fault: Fault) -> Problem {
    match fault {
        Fault::Damaged(why) => Problem::new(Reason::PhotoCorrupt, format!("the {format} is damaged or not complete ({why})")),
        Fault::Unreadable(why) => unreadable(format, why)
            .with_cure("Export the picture as JPEG, or name a converter that reads it (photo.heic_converter)."),
    }
}

/// The item whose pixels are shown, what it is put together from, and how it is cut and turned.
fn planned(items: &Items<'_>) -> Result<(u32, Plan, Shape), Fault> {
    // One picture may stand for another, cut or turned in another way.
    let mut chain = vec![items.primary()];
    while let Some(last) = chain.last().filter(|id| items.kind(**id) == Some(*b"iden")) {
        match items.refers(*last, *b"dimg") {
            [one] if !chain.contains(one) => chain.push(*one),
            _ => return Err(Fault::Damaged("a picture that stands for another doesn't say for which")),
        }
    }
    let main = chain.last().copied().unwrap_or_default();
    let plan = plan_of(items, main)?;
    let mut shape = Shape::whole(plan.width, plan.height);
    for id in chain.iter().rev() {
        for (property, _) in items.properties(*id) {
            shape.change(property.name, property.content).ok_or(Fault::Damaged("it is cut or turned in a way that can't be"))?;
        }
    }
    Ok((main, plan, shape))
}

fn plan_of(items: &Items<'_>, id: u32) -> Result<Plan, Fault> {
    let size = |id| told_size(items, id).ok_or(Fault::Damaged("it doesn't say how large it is"));
    follow(items, id)?;
    match &items.kind(id).ok_or(Fault::Damaged("the picture that it names is missing"))? {
        b"hvc1" | b"av01" => {
            let (width, height) = size(id)?;
            Ok(Plan { parts: vec![id], columns: 1, width, height, part_width: width, part_height: height })
        }
        b"grid" => {
            let (columns, rows, width, height) =
                grid(&items.bytes(id)?).ok_or(Fault::Damaged("it doesn't say how its tiles lie"))?;
            let parts = items.refers(id, *b"dimg").to_vec();
            if parts.len() as u64 != u64::from(columns) * u64::from(rows) {
                return Err(Fault::Damaged("some of its tiles are missing"));
            }
            let mut sizes = parts.iter().map(|part| size(*part));
            let (part_width, part_height) = sizes.next().unwrap_or(Err(Fault::Damaged("it has no tiles")))?;
            for other in sizes {
                if other? != (part_width, part_height) {
                    return Err(Fault::Unreadable("its tiles have several sizes"));
                }
            }
            for part in &parts {
                follow(items, *part)?;
            }
            // Each tile shows something; so no file asks for more than four times its canvas.
            let fills = |count: u32, part: u32, whole: u32| {
                let (count, part, whole) = (u64::from(count), u64::from(part), u64::from(whole));
                count * part >= whole && (count - 1) * part < whole
            };
            if !fills(columns, part_width, width) || !fills(rows, part_height, height) {
                return Err(Fault::Damaged("its tiles don't fill it"));
            }
            Ok(Plan { parts, columns, width, height, part_width, part_height })
        }
        b"iovl" => Err(Fault::Unreadable("several pictures laid over each other")),
        b"jpeg" | b"avc1" | b"j2k1" | b"vvc1" | b"unci" | b"mski" => {
            Err(Fault::Unreadable("coded in a way that phones don't use"))
        }
        _ => Err(Fault::Unreadable("its kind of picture")),
    }
}

/// Refuses what can't be shown right without knowing more.
fn follow(items: &Items<'_>, id: u32) -> Result<(), Fault> {
    let unknown = |(property, essential): (boxes::Box<'_>, bool)| essential && !KNOWN.contains(&&property.name);
    if items.properties(id).any(unknown) {
        Err(Fault::Unreadable("it is to be shown in a way that isn't known here"))
    } else {
        Ok(())
    }
}

fn told_size(items: &Items<'_>, id: u32) -> Option<(u32, u32)> {
    let mut bytes = Bytes::new(items.property(id, *b"ispe")?);
    bytes.version()?;
    let (width, height) = (bytes.long()?, bytes.long()?);
    (width > 0 && height > 0).then_some((width, height))
}

/// Columns, rows, width and height.
fn grid(content: &[u8]) -> Option<(u32, u32, u32, u32)> {
    let mut bytes = Bytes::new(content);
    let (_, flags) = (bytes.byte()?, bytes.byte()?);
    let (rows, columns) = (u32::from(bytes.byte()?) + 1, u32::from(bytes.byte()?) + 1);
    let number = if flags & 1 == 1 { 4 } else { 2 };
    let (width, height) = (bytes.number(number)?, bytes.number(number)?);
    let side = |side: u64| u32::try_from(side).ok().filter(|side| *side > 0);
    Some((columns, rows, side(width)?, side(height)?))
}

fn is_alpha(items: &Items<'_>, id: u32) -> bool {
    items
        .property(id, *b"auxC")
        .is_some_and(|kind| kind.get(4..).is_some_and(|kind| ALPHA.iter().any(|name| kind.starts_with(name))))
}

/// The first answer of the picture's colour properties, or else of its first part's.
fn properties<T>(items: &Items<'_>, main: u32, plan: &Plan, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    let ids = std::iter::once(main).chain(plan.parts.first().copied());
    let mut all = ids.flat_map(|id| items.properties(id)).filter(|(property, _)| property.name == *b"colr");
    all.find_map(|(property, _)| read(property.content))
}

/// What the parts are painted on.
#[derive(Default)]
struct Canvas {
    data: Vec<u8>,
    bytes: usize,
    colours: Option<ColorInfo>,
}

impl Canvas {
    fn paint(
        &mut self,
        items: &Items<'_>,
        plan: &Plan,
        colours: impl Fn(Option<ColorInfo>) -> ColorInfo,
        format: Format,
        in_time: &dyn Fn() -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        for (place, id) in (0..).zip(&plan.parts) {
            let coded = coded(items, *id, plan.part_width, plan.part_height).map_err(|fault| problem(format, fault))?;
            in_time()?;
            let colours = *self.colours.get_or_insert_with(|| colours(coded.color_info));
            let shown = colours::shown(&coded, colours).map_err(|fault| problem(format, fault))?;
            drop(coded);
            self.put(&shown, plan, place).ok_or_else(|| problem(format, Fault::Damaged("its parts are of several kinds")))?;
            in_time()?;
        }
        Ok(())
    }

    fn put(&mut self, shown: &[u8], plan: &Plan, place: u32) -> Option<()> {
        let (across, down) = (plan.part_width as usize, plan.part_height as usize);
        let bytes = shown.len() / (across * down);
        let (width, height) = (plan.width as usize, plan.height as usize);
        if self.data.is_empty() {
            self.bytes = bytes;
            self.data = vec![0; width * height * bytes];
        }
        if bytes != self.bytes {
            return None;
        }
        let (left, top) = ((place % plan.columns) as usize * across, (place / plan.columns) as usize * down);
        let row = across.min(width.checked_sub(left)?) * bytes;
        for line in 0..down.min(height.checked_sub(top)?) {
            let from = line * across * bytes;
            let to = ((top + line) * width + left) * bytes;
            self.data.get_mut(to..to + row)?.copy_from_slice(shown.get(from..from + row)?);
        }
        Some(())
    }

    fn pixels(&mut self, plan: &Plan) -> Option<Pixels> {
        let channels = if self.bytes == 1 { Channels::Grey } else { Channels::Rgb };
        Pixels::new(plan.width, plan.height, channels, std::mem::take(&mut self.data))
    }
}

fn coded(items: &Items<'_>, id: u32, width: u32, height: u32) -> Result<DecodedImage, Fault> {
    let data = items.bytes(id)?;
    let coded = match items.kind(id) {
        Some(kind) if kind == *b"hvc1" => {
            let config = items.property(id, *b"hvcC").ok_or(Fault::Damaged("it doesn't say how it is coded"))?;
            hevc::decode(config, &data, width, height)?
        }
        Some(kind) if kind == *b"av01" => av1::decode(data, width, height)?,
        _ => return Err(Fault::Unreadable("its kind of tiles")),
    };
    if (coded.width, coded.height) != (width as usize, height as usize) {
        return Err(Fault::Damaged("it is coded in another size than it says"));
    }
    Ok(coded)
}

/// Whether this is a coded picture of this size: for the fuzzers, which reach the decoders so.
pub(super) fn is_av1(data: &[u8], width: u32, height: u32) -> bool {
    av1::decode(data.to_vec(), width, height)
        .is_ok_and(|coded| colours::shown(&coded, colours::of(None, coded.color_info)).is_ok())
}

/// The same of HEVC.
pub(super) fn is_hevc(config: &[u8], data: &[u8], width: u32, height: u32) -> bool {
    let coded = hevc::decode(config, data, width, height);
    coded.is_ok_and(|coded| colours::shown(&coded, colours::of(None, coded.color_info)).is_ok())
}

fn first_of_each(pixels: Pixels) -> Vec<u8> {
    match pixels.channels {
        Channels::Grey => pixels.data,
        channels => pixels.data.into_iter().step_by(channels.bytes()).collect(),
    }
}

fn lay_on_white(pixels: &mut Pixels, alpha: &[u8], premultiplied: bool) {
    for (pixel, &seen) in pixels.data.chunks_exact_mut(pixels.channels.bytes()).zip(alpha) {
        let seen = u32::from(seen);
        for colour in pixel {
            let weighed = u32::from(*colour) * if premultiplied { 255 } else { seen };
            *colour = u8::try_from((weighed + 255 * (255 - seen) + 127) / 255).unwrap_or(u8::MAX);
        }
    }
}
