//! Finding the face, on a small grey copy of the picture. The model is inside the binary; nothing is sent anywhere.

use std::sync::OnceLock;

use image::metadata::Orientation;
use rustface::{ImageData, Model};

use super::frame::Rect;
use super::orient::upright;
use super::pixels::{Channels, Pixels, inks_as_colours};
use super::scale::scale;

/// The face model; where it is from stands beside it.
static MODEL_BYTES: &[u8] = include_bytes!("model/seeta_fd_frontal_v1.0.bin");

/// Longest side of the copy that is searched. Portraits need no more, and the time grows with its square.
pub(super) const SEARCH_SIDE: u32 = 400;
/// Faces smaller than this share of the copy's shorter side are background.
const SMALLEST_FACE_SHARE: u32 = 8;
/// The model's own smallest face, in pixels of the copy.
const SMALLEST_FACE: u32 = 20;
/// The model's certainty from which something is a face; its authors name 0.95, 2.8 and 4.5 as usual.
const CERTAIN: f64 = 2.8;

/// What a search found, in upright pixels of the whole picture. Scores are the model's certainty in tenths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FaceSearch {
    One { face: Rect, score: u32 },
    None,
    Several { count: usize, score: u32 },
}

impl FaceSearch {
    /// The best face's certainty in tenths; 0 where there is none.
    pub(super) const fn score(self) -> u32 {
        match self {
            Self::One { score, .. } | Self::Several { score, .. } => score,
            Self::None => 0,
        }
    }
}

/// Searches a picture as stored.
pub(super) fn find(pixels: &Pixels, orientation: Orientation) -> FaceSearch {
    search(pixels, orientation).unwrap_or(FaceSearch::None)
}

fn search(pixels: &Pixels, orientation: Orientation) -> Option<FaceSearch> {
    let whole = Rect { left: 0, top: 0, width: pixels.width, height: pixels.height };
    let (width, height) = super::frame::fit(whole, SEARCH_SIDE);
    let copy = upright(grey(scale(pixels, whole, width, height)?)?, orientation);
    let short = copy.width.min(copy.height);
    if short < SMALLEST_FACE {
        return None;
    }
    let mut detector = rustface::create_detector_with_model(model()?.clone());
    detector.set_min_face_size((short / SMALLEST_FACE_SHARE).max(SMALLEST_FACE));
    detector.set_score_thresh(CERTAIN);
    detector.set_pyramid_scale_factor(0.8);
    detector.set_slide_window_step(4, 4);
    let faces = detector.detect(&ImageData::new(&copy.data, copy.width, copy.height));

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "scores are small and above the threshold")]
    let score = faces.iter().map(|face| (face.score() * 10.0).floor() as u32).max()?;

    // Somebody far behind is no second portrait: only faces half as large as the largest count.
    let largest = faces.iter().map(|face| face.bbox().width()).max()?;
    let mut portraits = faces.iter().filter(|face| face.bbox().width().saturating_mul(2) >= largest);
    let face = portraits.next()?.bbox();
    let others = portraits.count();
    if others > 0 {
        return Some(FaceSearch::Several { count: others + 1, score });
    }
    let (_, seen_height) = super::orient::upright_size(orientation, pixels.width, pixels.height);
    let up = |side: i64| u32::try_from(side.max(0) * i64::from(seen_height) / i64::from(copy.height)).unwrap_or(0);
    let (left, top) = (up(face.x().into()), up(face.y().into()));
    let face = Rect { left, top, width: up(face.width().into()), height: up(face.height().into()) };
    Some(FaceSearch::One { face, score })
}

/// Read once; it is a megabyte of numbers.
fn model() -> Option<&'static Model> {
    static MODEL: OnceLock<Option<Model>> = OnceLock::new();
    MODEL.get_or_init(|| rustface::read_model(MODEL_BYTES).ok()).as_ref()
}

fn grey(pixels: Pixels) -> Option<Pixels> {
    let pixels = match pixels.channels {
        Channels::Grey => return Some(pixels),
        Channels::Rgb => pixels,
        Channels::Inks => inks_as_colours(&pixels)?,
    };
    let luma = |rgb: &[u8]| match rgb {
        [red, green, blue] => {
            let sum = 77 * u32::from(*red) + 150 * u32::from(*green) + 29 * u32::from(*blue);
            u8::try_from(sum / 256).unwrap_or(u8::MAX)
        }
        _ => 0,
    };
    let data = pixels.data.chunks_exact(3).map(luma).collect();
    Pixels::new(pixels.width, pixels.height, Channels::Grey, data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_whole() {
        assert!(model().is_some());
    }

    #[test]
    fn a_picture_without_a_face_has_none() {
        let plain = Pixels::new(300, 200, Channels::Grey, vec![128; 60_000]).unwrap();
        assert_eq!(find(&plain, Orientation::NoTransforms), FaceSearch::None);
        let sliver = Pixels::new(2000, 10, Channels::Grey, vec![128; 20_000]).unwrap();
        assert_eq!(find(&sliver, Orientation::NoTransforms), FaceSearch::None);
    }
}
