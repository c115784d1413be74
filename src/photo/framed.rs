//! The face that a picture is framed around: whether there is one, whether it is the only one, and how much of the finished
//! picture it is.

use image::metadata::Orientation;

use super::decoded::guarded;
use super::face::{Face, FaceSearch, find};
use super::frame::{Rect, around, fit, frame, is_framed};
use super::orient::combined;
use super::pixels::Pixels;
use super::prepared::PhotoRemark;
use super::recipe::{Crop, Recipe, SeveralFaces};
use super::sniff::Format;
use crate::model::{Problem, Reason};

/// What Microsoft's Face Check asks of an account's photo: the face's share, and pixels on each side.
const FACE_CHECK_PERCENT: u64 = 50;
const FACE_CHECK_SIDE: u32 = 200;

/// The face to frame, if the recipe asks for one and there is one; in upright pixels of the whole picture. A problem where
/// the recipe holds pictures without a clear face, or with several, and this is one.
pub(super) fn look_for_face(
    pixels: &Pixels,
    reduction: u32,
    orientation: Orientation,
    recipe: &Recipe,
    notes: &mut Vec<PhotoRemark>,
) -> Result<FramedFace, Problem> {
    if recipe.crop() != Crop::Face {
        return Ok(FramedFace(None));
    }
    let found = guarded(Format::Jpeg, || Ok(find(pixels, orientation))).unwrap_or(FaceSearch::None);
    let tenths = |score: u32| format!("{}.{}", score / 10, score % 10);
    if let Some(least) = recipe.least_face().filter(|least| found.score() < *least) {
        let what = match found {
            FaceSearch::None => "no face is found".to_owned(),
            _ => format!("the best face found has a score of {}", tenths(found.score())),
        };
        return Err(Problem::new(Reason::NoFace, format!("{what}; the least is {} (photo.min_face_score)", tenths(least))));
    }
    let face = match (found, recipe.several()) {
        (FaceSearch::None, _) => {
            notes.push(PhotoRemark::NoFace);
            return Ok(FramedFace(None));
        }
        (FaceSearch::Several(count, _), SeveralFaces::Hold) => {
            return Err(Problem::new(
                Reason::SeveralFaces,
                format!("{count} faces are found; it can't be told whose the picture is"),
            ));
        }
        (FaceSearch::Several(count, face), SeveralFaces::Largest) => {
            notes.push(PhotoRemark::LargestFace { count });
            face
        }
        (FaceSearch::One(face), _) => face,
    };
    notes.push(PhotoRemark::Face { score: face.score });
    if face.turn != Orientation::NoTransforms {
        notes.push(PhotoRemark::TurnedByFace);
    }
    let up = |side: u32| side.saturating_mul(reduction);
    let Rect { left, top, width, height } = face.place;
    let place = Rect { left: up(left), top: up(top), width: up(width), height: up(height) };
    Ok(FramedFace(Some(Face { place, ..face })))
}

/// The face that is framed, if one is.
#[derive(Clone, Copy)]
pub(super) struct FramedFace(Option<Face>);

impl FramedFace {
    /// How the picture is held, after its file and its face.
    pub(super) fn turned(self, orientation: Orientation) -> Orientation {
        self.0.and_then(|face| combined(orientation, face.turn)).unwrap_or(orientation)
    }

    /// What is shown, in upright pixels.
    pub(super) fn part(self, width: u32, height: u32, crop: Crop) -> Rect {
        self.0.map_or_else(|| frame(crop, width, height), |face| around(face.place, width, height))
    }

    /// Whether a square picture needs no other frame.
    pub(super) fn is_framed(self, side: u32) -> bool {
        self.0.is_none_or(|face| face.turn == Orientation::NoTransforms && is_framed(face.place, side))
    }
}

/// Says what keeps the finished picture of one face from being used for Microsoft's Face Check.
pub(super) fn note_face_check(found: FramedFace, part: Rect, recipe: &Recipe, notes: &mut Vec<PhotoRemark>) {
    let Some(face) = found.0 else { return };
    let percent = u64::from(face.place.height) * 100 / u64::from(part.height.max(1));
    if percent < FACE_CHECK_PERCENT {
        notes.push(PhotoRemark::SmallForFaceCheck { percent: u32::try_from(percent).unwrap_or(0) });
    }
    let (width, height) = fit(part, recipe.size());
    if width.min(height) < FACE_CHECK_SIDE {
        notes.push(PhotoRemark::FewForFaceCheck);
    }
}
