//! Finding the face, on a small grey copy of the picture. The model is inside the binary; nothing is sent anywhere.

use std::sync::OnceLock;

use image::metadata::Orientation;
use rustface::{ImageData, Model};

use super::frame::Rect;
use super::orient::{combined, upright, upright_size};
use super::pixels::{Channels, Pixels, inks_as_colours};
use super::scale::scale;

/// The face model; where it is from stands beside it.
static MODEL_BYTES: &[u8] = include_bytes!("model/seeta_fd_frontal_v1.0.bin");

/// Longest side of the copy that is searched, also of a smaller picture, which is enlarged to it: small faces are found
/// so, and the time is the same for all.
pub(super) const SEARCH_SIDE: u32 = 400;
/// The same of a second look for faces that are small in the picture.
const CLOSER_SIDE: u32 = 800;
/// Faces smaller than this share of the copy's shorter side are background; in a closer look, than the second.
const SMALLEST_FACE_SHARE: u32 = 8;
const CLOSER_SHARE: u32 = 24;
/// The model's own smallest face, in pixels of the copy.
const SMALLEST_FACE: u32 = 20;
/// The model's certainty from which something is a face; its authors name 0.95, 2.8 and 4.5 as usual.
const CERTAIN: f64 = 2.8;
/// The same in second looks, which have more places to be wrong at: the picture turned, and closer.
const CERTAIN_TURNED: f64 = 4.0;
const CERTAIN_CLOSER: f64 = 5.0;
/// From this score on, in tenths, nobody asks whether it stands on its head.
const SURE: u32 = 60;
/// From which certainty, beside a face, something as large is one too. Where one face is, others are likely.
const CERTAIN_OTHER: f64 = 1.5;

/// What a search found, in upright pixels of the whole picture. Scores are the model's certainty in tenths.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FaceSearch {
    One(Face),
    None,
    /// So many faces; the largest of them.
    Several(usize, Face),
}

/// A face.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Face {
    /// From the brow to the chin, in pixels of the picture as it is held after `turn`.
    pub(super) place: Rect,
    pub(super) score: u32,
    /// How the picture has to be turned beyond what its file says, for the face to be upright.
    pub(super) turn: Orientation,
}

impl FaceSearch {
    /// The best face's certainty in tenths; 0 where there is none.
    pub(super) const fn score(self) -> u32 {
        match self {
            Self::One(face) | Self::Several(_, face) => face.score,
            Self::None => 0,
        }
    }
}

/// Searches a picture as stored.
pub(super) fn find(pixels: &Pixels, orientation: Orientation) -> FaceSearch {
    search(pixels, orientation).unwrap_or(FaceSearch::None)
}

fn search(pixels: &Pixels, orientation: Orientation) -> Option<FaceSearch> {
    let copy = copy(pixels, orientation, SEARCH_SIDE)?;
    let usual = Look { least: CERTAIN, share: SMALLEST_FACE_SHARE, turn: Orientation::NoTransforms };
    // Second looks, only where nothing is found: in another light, lying on a side or upside down, and closer.
    let turned = || {
        let turns = [Orientation::Rotate90, Orientation::Rotate270, Orientation::Rotate180];
        let looks =
            turns.into_iter().filter_map(|turn| Look { turn, least: CERTAIN_TURNED, ..usual }.at(&upright(copy.clone(), turn)));
        looks.max_by_key(|(face, ..)| face.score)
    };
    let closer = || {
        let copy = self::copy(pixels, orientation, CLOSER_SIDE)?;
        Look { share: CLOSER_SHARE, least: CERTAIN_CLOSER, ..usual }.at(&copy)
    };
    let upright_found = usual.at(&copy).or_else(|| usual.at(&lit(copy.clone())));
    // Of a face that stands on its head, something is found, too: the right way up it is far more certain.
    let sure = upright_found.filter(|(face, ..)| face.score >= SURE);
    let found = match (sure, upright_found) {
        (Some(found), _) => Some(found),
        (None, Some(found)) => {
            Some(turned().filter(|(other, ..)| other.score >= found.0.score.saturating_mul(2)).unwrap_or(found))
        }
        (None, None) => turned().or_else(closer),
    };
    let (largest, others, searched) = found?;
    let turned = combined(orientation, largest.turn)?;
    let (seen_width, seen_height) = upright_size(turned, pixels.width, pixels.height);
    let up = |side: u32, seen: u32, searched: u32| {
        u32::try_from(u64::from(side) * u64::from(seen) / u64::from(searched.max(1))).unwrap_or(u32::MAX)
    };
    let Rect { left, top, width, height } = largest.place;
    let (across, down) = searched;
    let left = up(left, seen_width, across).min(seen_width);
    let top = up(top, seen_height, down).min(seen_height);
    let place = Rect { left, top, width: up(width, seen_width, across), height: up(height, seen_height, down) };
    let face = Face { place, ..largest };
    Some(if others == 0 { FaceSearch::One(face) } else { FaceSearch::Several(others + 1, face) })
}

/// One way to look at a copy.
#[derive(Clone, Copy)]
struct Look {
    least: f64,
    share: u32,
    turn: Orientation,
}

impl Look {
    /// The largest face, how many others there are, and the size of what was searched.
    fn at(self, copy: &Pixels) -> Option<(Face, usize, (u32, u32))> {
        let short = copy.width.min(copy.height);
        if short < SMALLEST_FACE {
            return None;
        }
        let mut detector = rustface::create_detector_with_model(model()?.clone());
        detector.set_min_face_size((short / self.share).max(SMALLEST_FACE));
        detector.set_score_thresh(CERTAIN_OTHER);
        detector.set_pyramid_scale_factor(0.8);
        detector.set_slide_window_step(4, 4);
        let faces = detector.detect(&ImageData::new(&copy.data, copy.width, copy.height));

        let largest = faces.iter().filter(|face| face.score() >= self.least).max_by_key(|face| face.bbox().width())?;
        // Somebody far behind is no second portrait: only faces half as large as the largest count.
        let large = faces.iter().filter(|face| face.bbox().width().saturating_mul(2) >= largest.bbox().width()).count();
        let side = |side: i64| u32::try_from(side.max(0)).unwrap_or(0);
        let found = largest.bbox();
        // What reaches beyond an edge is seen as far as the edge.
        let (left, top) = (side(found.x().into()), side(found.y().into()));
        let place = Rect { left, top, width: found.width(), height: found.height() };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "scores are small and above the threshold")]
        let score = (largest.score() * 10.0).floor() as u32;
        Some((Face { place, score, turn: self.turn }, large.saturating_sub(1), (copy.width, copy.height)))
    }
}

/// A grey copy of the picture as it is held, with this longest side.
fn copy(pixels: &Pixels, orientation: Orientation, side: u32) -> Option<Pixels> {
    let long = pixels.width.max(pixels.height).max(1);
    let sized = |part: u32| u32::try_from(u64::from(part) * u64::from(side) / u64::from(long)).unwrap_or(side).max(1);
    let whole = Rect { left: 0, top: 0, width: pixels.width, height: pixels.height };
    Some(upright(grey(scale(pixels, whole, sized(pixels.width), sized(pixels.height))?)?, orientation))
}

/// The copy with its shadows lifted and its lights lowered, half the way to as many pixels of each brightness.
fn lit(mut copy: Pixels) -> Pixels {
    let mut counts = [0_usize; 256];
    for value in &copy.data {
        counts[usize::from(*value)] += 1;
    }
    let (mut below, all) = (0, copy.data.len().max(1));
    let mut even = [0_u8; 256];
    for (value, count) in counts.into_iter().enumerate() {
        below += count;
        even[value] = u8::try_from(usize::midpoint(below * 255 / all, value)).unwrap_or(u8::MAX);
    }
    for value in &mut copy.data {
        *value = even[usize::from(*value)];
    }
    copy
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
