//! Colours right: pictures with a colour profile become sRGB, which is what an untagged picture is taken for.

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::pixels::{Channels, Pixels, inks_as_colours};

/// Profiles under which no colour moves by more than this many steps of 255 count as sRGB.
const UNSEEN_STEPS: u8 = 2;

/// What became of a picture's profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Applied {
    /// It changed no colour that anybody sees.
    Nothing,
    /// Colours were converted.
    Converted,
    /// It is damaged or not for this kind of picture; the picture is taken for sRGB.
    Ignored,
}

/// The profile of pictures that say only that their colours are Adobe RGB's.
pub(super) fn adobe_rgb() -> Option<Vec<u8>> {
    ColorProfile::new_adobe_rgb().encode().ok()
}

/// Whether a picture with this profile looks the same without it.
pub(super) fn shows_as_srgb(profile: &[u8], components: usize) -> bool {
    let channels = if components == 1 { Channels::Grey } else { Channels::Rgb };
    let mut probe = probe(channels);
    to_srgb(&mut probe, profile) == Applied::Nothing
}

/// Converts in place.
pub(super) fn to_srgb(pixels: &mut Pixels, profile: &[u8]) -> Applied {
    let Some(transform) = Converter::new(profile, pixels.channels) else {
        return Applied::Ignored;
    };
    let colours = probe(pixels.channels);
    let Some(shown) = transform.convert(&colours.data) else {
        return Applied::Ignored;
    };
    if colours.data.iter().zip(&shown).all(|(one, other)| one.abs_diff(*other) <= UNSEEN_STEPS) {
        return Applied::Nothing;
    }
    match transform.convert(&pixels.data) {
        Some(data) if data.len() == pixels.data.len() => {
            pixels.data = data;
            Applied::Converted
        }
        _ => Applied::Ignored,
    }
}

/// Whether the profile speaks of printer's inks, and can be applied.
pub(super) fn is_for_inks(profile: &[u8]) -> bool {
    Converter::new(profile, Channels::Inks).is_some()
}

/// Inks to sRGB by their profile; as pure colours where it doesn't serve.
pub(super) fn inks_to_srgb(pixels: &Pixels, profile: &[u8]) -> (Option<Pixels>, Applied) {
    let inks: Vec<u8> = pixels.data.iter().map(|&kept| 255 - kept).collect();
    let converted = Converter::new(profile, Channels::Inks).and_then(|transform| transform.convert(&inks));
    match converted.and_then(|data| Pixels::new(pixels.width, pixels.height, Channels::Rgb, data)) {
        Some(colours) => (Some(colours), Applied::Converted),
        None => (inks_as_colours(pixels), Applied::Ignored),
    }
}

struct Converter {
    channels: Channels,
    /// The profile speaks of three colours, whatever the picture has.
    of_colours: bool,
    transform: std::sync::Arc<moxcms::Transform8BitExecutor>,
}

impl Converter {
    fn new(profile: &[u8], channels: Channels) -> Option<Self> {
        let profile = ColorProfile::new_from_slice(profile).ok()?;
        let of_colours = profile.color_space == DataColorSpace::Rgb;
        let layout = match (channels, profile.color_space) {
            (Channels::Rgb | Channels::Grey, DataColorSpace::Rgb) => Layout::Rgb,
            (Channels::Inks, DataColorSpace::Cmyk) => Layout::Rgba,
            (Channels::Grey, DataColorSpace::Gray) => Layout::Gray,
            _ => return None,
        };
        let srgb = ColorProfile::new_srgb();
        let transform = profile.create_transform_8bit(layout, &srgb, Layout::Rgb, TransformOptions::default()).ok()?;
        Some(Self { channels, of_colours, transform })
    }

    fn convert(&self, data: &[u8]) -> Option<Vec<u8>> {
        let mut rgb = vec![0; data.len() / self.channels.bytes() * 3];
        if self.channels == Channels::Grey && self.of_colours {
            let tripled: Vec<u8> = data.iter().flat_map(|&grey| [grey; 3]).collect();
            self.transform.transform(&tripled, &mut rgb).ok()?;
        } else {
            self.transform.transform(data, &mut rgb).ok()?;
        }
        Some(match self.channels {
            Channels::Rgb | Channels::Inks => rgb,
            // Grey stays grey: the three colours are one.
            Channels::Grey => rgb.iter().copied().skip(1).step_by(3).collect(),
        })
    }
}

/// Colours from all over the cube, to see what a profile does.
fn probe(channels: Channels) -> Pixels {
    const LEVELS: [u8; 5] = [0, 64, 128, 192, 255];
    let data: Vec<u8> = match channels {
        Channels::Grey => (0..=255).collect(),
        Channels::Rgb | Channels::Inks => LEVELS
            .iter()
            .flat_map(|&red| LEVELS.iter().flat_map(move |&green| LEVELS.iter().flat_map(move |&blue| [red, green, blue])))
            .collect(),
    };
    let width = u32::try_from(data.len() / channels.bytes()).unwrap_or(1);
    Pixels { width, height: 1, channels, data }
}
