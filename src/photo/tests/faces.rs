//! Faces framed as avatars, on photographs.

use image::metadata::Orientation;

use super::super::PhotoRemark;
use super::super::face::{FaceSearch, find};
use super::super::frame::{Rect, around};
use super::super::pixels::{Channels, Pixels};
use super::make::{self, photograph};
use super::{Crop, Reason, recipe, run};

fn pixels(picture: image::RgbImage) -> Pixels {
    Pixels::new(picture.width(), picture.height(), Channels::Rgb, picture.into_raw()).unwrap()
}

/// Measured by eye in the 512 x 512 photograph: brow to chin, and the top of the hair.
const FACE: Rect = Rect { left: 177, top: 70, width: 95, height: 120 };
const CROWN: u32 = 5;

#[test]
fn the_astronaut_is_framed_with_headroom() {
    let picture = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let FaceSearch::One { face, .. } = find(&pixels(picture), Orientation::NoTransforms) else { panic!("no face") };
    let centre = (face.left + face.width / 2, face.top + face.height / 2);
    assert!((190..260).contains(&centre.0) && (95..160).contains(&centre.1), "{face:?}");
    let shown = around(face, 512, 512);
    assert!(shown.left <= FACE.left && shown.left + shown.width >= FACE.left + FACE.width, "{shown:?}");
    assert!(shown.top <= CROWN && shown.top + shown.height > FACE.top + FACE.height + 10, "{shown:?}");
    assert!(shown.width < 400, "{shown:?} is hardly closer than the whole picture");
}

#[test]
fn a_face_is_found_in_a_picture_on_its_side() {
    let picture = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let FaceSearch::One { face: upright, .. } = find(&pixels(picture.clone()), Orientation::NoTransforms) else {
        panic!("no face")
    };
    let lying = pixels(image::imageops::rotate270(&picture));
    let FaceSearch::One { face: turned, .. } = find(&lying, Orientation::Rotate90) else { panic!("no face on its side") };
    assert!(upright.left.abs_diff(turned.left) < 12 && upright.top.abs_diff(turned.top) < 12, "{upright:?} {turned:?}");
    assert_eq!(find(&lying, Orientation::NoTransforms), FaceSearch::None);
}

#[test]
fn without_exactly_one_face_the_upper_part_is_shown_and_told() {
    for name in ["chelsea.png", "rocket.jpg"] {
        let face = run(photograph(name), &recipe(200, Crop::Face)).unwrap();
        let upper = run(photograph(name), &recipe(200, Crop::Upper)).unwrap();
        assert!(face.notes.contains(&PhotoRemark::NoFace), "{name}: {face:?}");
        assert!(face.jpeg == upper.jpeg, "{name}");
    }
    let one = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let mut two = image::RgbImage::new(1024, 512);
    image::imageops::replace(&mut two, &one, 0, 0);
    image::imageops::replace(&mut two, &one, 512, 0);
    let both = run(make::jpeg(&two), &recipe(200, Crop::Face)).unwrap();
    assert!(both.notes.contains(&PhotoRemark::SeveralFaces { count: 2 }), "{both:?}");
}

#[test]
fn with_a_least_score_pictures_without_a_clear_face_are_held() {
    let strict = |score| recipe(200, Crop::Face).with_least_face(score).unwrap();
    let framed = run(photograph("astronaut.png"), &strict(3.0)).unwrap();
    let Some(PhotoRemark::Face { score }) = framed.notes.iter().find(|note| matches!(note, PhotoRemark::Face { .. })).copied()
    else {
        panic!("{framed:?}")
    };
    assert!(score > 50, "{score} tenths");
    assert_eq!(framed.jpeg, run(photograph("astronaut.png"), &recipe(200, Crop::Face)).unwrap().jpeg);
    let above = run(photograph("astronaut.png"), &strict(f64::from(score + 1) / 10.0)).unwrap_err();
    assert_eq!(above.reason, Reason::NoFace);
    assert!(above.detail.contains(&format!("a score of {}.{}", score / 10, score % 10)), "{above}");
    let none = run(photograph("chelsea.png"), &strict(3.0)).unwrap_err();
    assert!(none.reason == Reason::NoFace && none.detail.contains("no face is found"), "{none}");
}

#[test]
fn a_picture_that_fits_already_is_looked_at_too_and_then_travels_as_it_is() {
    let portrait = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let (portrait, plain) = (make::jpeg(&portrait), make::jpeg(&make::quarters(300, 300)));
    let usual = recipe(648, Crop::Face);
    let strict = usual.clone().with_least_face(3.0).unwrap();
    assert_eq!(run(plain.clone(), &usual).unwrap().jpeg, plain);
    assert_eq!(run(plain, &strict).unwrap_err().reason, Reason::NoFace);
    let kept = run(portrait.clone(), &strict).unwrap();
    assert_eq!(kept.jpeg, portrait);
    assert!(kept.notes.iter().any(|note| matches!(note, PhotoRemark::Face { .. })), "{kept:?}");
}

/// The whole way: the finished picture is searched again, and has the face inside with air above.
#[test]
fn the_finished_avatar_has_the_face_inside_with_headroom() {
    let finished = super::decoded(&run(photograph("astronaut.png"), &recipe(300, Crop::Face)).unwrap());
    let (width, height) = finished.dimensions();
    let FaceSearch::One { face, .. } = find(&pixels(finished), Orientation::NoTransforms) else { panic!("no face") };
    assert!(face.left > width / 10 && face.left + face.width < width * 9 / 10, "{face:?} of {width}");
    assert!(face.top > height / 8, "{face:?}: no headroom");
    assert!(face.top + face.height < height * 9 / 10, "{face:?}: the chin is cut");
    let eyes = face.top + face.height * 2 / 5;
    assert!(eyes < height * 55 / 100, "{face:?}: the eyes are not in the upper half");
}
