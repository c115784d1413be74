//! Making the finished JPEG: no metadata, full colour resolution, and small enough.

use jpeg_encoder::{ColorType, Encoder, EncodingError, SamplingFactor};

use super::frame::Rect;
use super::pixels::{Channels, Pixels};
use super::scale::scale;

/// How far one step lowers the quality.
const QUALITY_STEP: u8 = 10;
/// Below this quality a smaller picture looks better than a worse one.
const QUALITY_FLOOR: u8 = 40;
/// Sides shrink to this share in one step.
const SHRINK_PERCENT: u32 = 80;
/// Microsoft 365 keeps no picture smaller than this.
pub(super) const MIN_SIDE: u32 = 48;

/// A JPEG and what it took to make it small enough.
pub(super) struct Encoded {
    pub(super) jpeg: Vec<u8>,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) quality: u8,
}

/// The picture as a JPEG of at most `max_bytes`: first the quality goes down in steps, then the size.
/// None where even the smallest doesn't fit, or the encoder refuses.
pub(super) fn encode(pixels: &Pixels, quality: u8, max_bytes: usize) -> Option<Encoded> {
    let mut smaller: Option<Pixels> = None;
    let mut quality = quality;
    loop {
        let current = smaller.as_ref().unwrap_or(pixels);
        let jpeg = jpeg(current, quality).ok()?;
        if jpeg.len() <= max_bytes {
            return Some(Encoded { jpeg, width: current.width, height: current.height, quality });
        }
        if quality > QUALITY_FLOOR {
            quality = quality.saturating_sub(QUALITY_STEP).max(QUALITY_FLOOR);
            continue;
        }
        let (width, height) = (shrunk(current.width), shrunk(current.height));
        if (width, height) == (current.width, current.height) {
            return None;
        }
        // Always from the first picture: scaling a scaled one again would blur it.
        let whole = Rect { left: 0, top: 0, width: pixels.width, height: pixels.height };
        smaller = Some(scale(pixels, whole, width, height)?);
    }
}

fn shrunk(side: u32) -> u32 {
    (side.saturating_mul(SHRINK_PERCENT) / 100).max(MIN_SIDE.min(side))
}

fn jpeg(pixels: &Pixels, quality: u8) -> Result<Vec<u8>, EncodingError> {
    let side = |side: u32| u16::try_from(side).unwrap_or(u16::MAX);
    let colours = match pixels.channels {
        Channels::Grey => ColorType::Luma,
        Channels::Rgb => ColorType::Rgb,
        Channels::Inks => ColorType::Cmyk,
    };
    let mut jpeg = Vec::with_capacity(pixels.data.len() / 8);
    let mut encoder = Encoder::new(&mut jpeg, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    encoder.encode(&pixels.data, side(pixels.width), side(pixels.height), colours)?;
    Ok(jpeg)
}
