//! The colours of HEIF pictures: how planes become red, green and blue, and how what is brighter than a screen's white
//! (HDR) is shown on one.

use heic_decoder::{ColorInfo, DecodedImage, RgbOptions};
use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, TransferCharacteristics};

use super::boxes::Bytes;
use super::items::Fault;

/// What is taken where nothing is told: the standard of these files names sRGB, of full range.
const UNTOLD: ColorInfo =
    ColorInfo { color_primaries: 1, transfer_characteristics: 13, matrix_coefficients: 6, full_range: true };
const UNSPECIFIED: u16 = 2;

/// How bright a screen's white is for HDR, and the brightest that is taken to be in a picture; in candela per square metre.
const WHITE: f32 = 203.0;
const BRIGHTEST: f32 = 1000.0;
/// Steps in which brightness is looked up.
const STEPS: usize = 4096;

/// The colours that a property `colr` of the kind `nclx` tells.
pub(super) fn told(property: &[u8]) -> Option<ColorInfo> {
    let mut bytes = Bytes::new(property);
    if bytes.name()? != *b"nclx" {
        return None;
    }
    let (color_primaries, transfer_characteristics, matrix_coefficients) = (bytes.short()?, bytes.short()?, bytes.short()?);
    let full_range = bytes.byte()? & 0x80 != 0;
    Some(ColorInfo { color_primaries, transfer_characteristics, matrix_coefficients, full_range })
}

/// The profile that a property `colr` holds.
pub(super) fn profile(property: &[u8]) -> Option<&[u8]> {
    property.strip_prefix(b"prof").or_else(|| property.strip_prefix(b"rICC"))
}

/// What holds of a picture: what its file tells of it, then what its own data does, then what is usual.
pub(super) fn of(told: Option<ColorInfo>, coded: Option<ColorInfo>) -> ColorInfo {
    let mut colours = told.or(coded).unwrap_or(UNTOLD);
    if colours.matrix_coefficients == UNSPECIFIED {
        colours.matrix_coefficients = UNTOLD.matrix_coefficients;
    }
    colours
}

/// A profile for colours that are told by numbers only; none for those that are sRGB's, or shown as if they were.
pub(super) fn profile_of(colours: ColorInfo) -> Option<Vec<u8>> {
    let color_primaries = match colours.color_primaries {
        9 => CicpColorPrimaries::Bt2020,
        11 => CicpColorPrimaries::Smpte431,
        12 => CicpColorPrimaries::Smpte432,
        _ => return None,
    };
    let transfer_characteristics = TransferCharacteristics::Srgb;
    let matrix_coefficients = moxcms::MatrixCoefficients::Identity;
    let told = CicpProfile { color_primaries, transfer_characteristics, matrix_coefficients, full_range: true };
    ColorProfile::new_from_cicp(told).encode().ok()
}

/// Red, green and blue, or grey alone where the picture has no colours; of HDR, as seen on a usual screen.
pub(super) fn shown(picture: &DecodedImage, colours: ColorInfo) -> Result<Vec<u8>, Fault> {
    let options = RgbOptions { color: Some(colours), ..RgbOptions::default() };
    let fault = |_| Fault::Unreadable("its way of coding colours");
    if let Some(curve) = Curve::of(colours) {
        let bright = picture.to_rgb16_with_options(&options).map_err(fault)?;
        return Ok(curve.shown(&bright.data));
    }
    let rgb = picture.to_rgb8_with_options(&options).map_err(fault)?.data;
    Ok(if picture.chroma_format_idc == 0 { rgb.into_iter().step_by(3).collect() } else { rgb })
}

/// Whether the picture may be brighter than a screen's white, and becomes sRGB by [`shown`].
pub(super) fn is_hdr(colours: ColorInfo) -> bool {
    Curve::of(colours).is_some()
}

/// How an HDR picture's numbers become light, and light becomes sRGB's.
struct Curve {
    /// Light of each number, as a share of white.
    light: Vec<f32>,
    wide: bool,
    hybrid: bool,
}

impl Curve {
    fn of(colours: ColorInfo) -> Option<Self> {
        let hybrid = match colours.transfer_characteristics {
            16 => false,
            18 => true,
            _ => return None,
        };
        #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
        let light = (0..=STEPS).map(|step| {
            let number = step as f32 / STEPS as f32;
            if hybrid { hlg(number) } else { pq(number) / WHITE }
        });
        Some(Self { light: light.collect(), wide: colours.color_primaries == 9, hybrid })
    }

    fn shown(&self, bright: &[u16]) -> Vec<u8> {
        let of = |number: u16| self.light[usize::from(number) * STEPS / usize::from(u16::MAX)];
        let mut shown = Vec::with_capacity(bright.len());
        for pixel in bright.chunks_exact(3) {
            let mut light = [of(pixel[0]), of(pixel[1]), of(pixel[2])];
            if self.hybrid {
                let together = 0.2627 * light[0] + 0.678 * light[1] + 0.0593 * light[2];
                let gain = BRIGHTEST / WHITE * together.max(0.0).powf(0.2);
                light = light.map(|part| part * gain);
            }
            let [red, green, blue] = light;
            if self.wide {
                light = [
                    1.6605 * red - 0.5876 * green - 0.0728 * blue,
                    -0.1246 * red + 1.1329 * green - 0.0083 * blue,
                    -0.0182 * red - 0.1006 * green + 1.1187 * blue,
                ];
            }
            // As browsers do it: the brightest of the three colours decides, so that hues stay.
            let most = light.into_iter().fold(0.0, f32::max);
            let brightest = BRIGHTEST / WHITE;
            let gain = (1.0 + most / (brightest * brightest)) / (1.0 + most);
            shown.extend(light.map(|part| srgb(part * gain)));
        }
        shown
    }
}

/// Candela per square metre of a number by the perceptual quantizer (SMPTE ST 2084).
fn pq(number: f32) -> f32 {
    let root = number.powf(1.0 / 78.843_75);
    let (above, below) = ((root - 0.835_937_5).max(0.0), 18.851_563 - 18.687_5 * root);
    10_000.0 * (above / below).powf(1.0 / 0.159_301_76)
}

/// Light in the scene of a number by hybrid log-gamma (ARIB STD-B67).
fn hlg(number: f32) -> f32 {
    if number <= 0.5 { number * number / 3.0 } else { (((number - 0.559_910_7) / 0.178_832_77).exp() + 0.284_668_92) / 12.0 }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
fn srgb(light: f32) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let number = if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    (number * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_is_what_the_standards_say() {
        for (number, light) in [(0.0, 0.0), (0.508_078, 100.0), (0.580_69, 203.0), (0.751_827, 1000.0), (1.0, 10_000.0)] {
            assert!((pq(number) - light).abs() < light / 200.0 + 0.01, "{number}: {}", pq(number));
        }
        for (number, light) in [(0.0, 0.0), (0.5, 1.0 / 12.0), (0.75, 0.265), (1.0, 1.0)] {
            assert!((hlg(number) - light).abs() < 0.002, "{number}: {}", hlg(number));
        }
    }

    #[test]
    fn what_is_not_told_is_what_is_usual() {
        assert_eq!(of(None, None), UNTOLD);
        let coded = ColorInfo { matrix_coefficients: UNSPECIFIED, full_range: false, ..UNTOLD };
        assert_eq!(of(None, Some(coded)), ColorInfo { full_range: false, ..UNTOLD });
        let named = told(b"nclx\0\x0C\0\x0D\0\x01\0").unwrap();
        assert_eq!((named.color_primaries, named.matrix_coefficients, named.full_range), (12, 1, false));
        assert_eq!(of(Some(named), Some(coded)), named);
        assert!(profile_of(named).is_some() && profile_of(UNTOLD).is_none());
        assert!(told(b"prof").is_none() && told(b"nclx\0\x0C").is_none());
    }
}
