//! Faces framed as avatars, on photographs.

use image::metadata::Orientation;

use super::super::PhotoRemark;
use super::super::face::{Face, FaceSearch, find};
use super::super::frame::{Rect, around};
use super::super::pixels::{Channels, Pixels};
use super::make::{self, photograph};
use super::{Crop, Reason, recipe, run};

fn pixels(picture: image::RgbImage) -> Pixels {
    Pixels::new(picture.width(), picture.height(), Channels::Rgb, picture.into_raw()).unwrap()
}

fn found(pixels: &Pixels, orientation: Orientation) -> Rect {
    match find(pixels, orientation) {
        FaceSearch::One(Face { place, turn: Orientation::NoTransforms, .. }) => place,
        other => panic!("{other:?}"),
    }
}

/// Measured by eye in the 512 x 512 photograph: brow to chin, and the hair but for its uppermost quarter.
const FACE: Rect = Rect { left: 177, top: 70, width: 95, height: 120 };
const HAIR: u32 = 24;

#[test]
fn the_astronaut_is_framed_with_headroom() {
    let picture = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let face = found(&pixels(picture), Orientation::NoTransforms);
    let centre = (face.left + face.width / 2, face.top + face.height / 2);
    assert!((190..260).contains(&centre.0) && (95..160).contains(&centre.1), "{face:?}");
    let shown = around(face, 512, 512);
    assert!(shown.left <= FACE.left && shown.left + shown.width >= FACE.left + FACE.width, "{shown:?}");
    assert!(shown.top <= HAIR && shown.top + shown.height > FACE.top + FACE.height + 10, "{shown:?}");
    assert!(shown.width < 400, "{shown:?} is hardly closer than the whole picture");
}

#[test]
fn a_face_is_found_in_a_picture_on_its_side() {
    let picture = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let upright = found(&pixels(picture.clone()), Orientation::NoTransforms);
    let lying = pixels(image::imageops::rotate270(&picture));
    let turned = found(&lying, Orientation::Rotate90);
    assert!(upright.left.abs_diff(turned.left) < 12 && upright.top.abs_diff(turned.top) < 12, "{upright:?} {turned:?}");
    for (told, turn) in [(Orientation::NoTransforms, Orientation::Rotate90), (Orientation::Rotate180, Orientation::Rotate270)] {
        let FaceSearch::One(face) = find(&lying, told) else { panic!("nobody found lying") };
        assert_eq!(face.turn, turn);
        assert!(upright.left.abs_diff(face.place.left) < 12 && upright.top.abs_diff(face.place.top) < 12, "{face:?}");
    }
}

#[test]
fn without_a_face_the_upper_part_is_shown_and_told() {
    for name in ["chelsea.png", "rocket.jpg"] {
        let face = run(photograph(name), &recipe(200, Crop::Face)).unwrap();
        let upper = run(photograph(name), &recipe(200, Crop::Upper)).unwrap();
        assert!(face.notes.contains(&PhotoRemark::NoFace), "{name}: {face:?}");
        assert!(face.jpeg == upper.jpeg, "{name}");
    }
}

#[test]
fn several_faces_are_held_unless_the_largest_is_asked_for() {
    let one = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let smaller = image::imageops::resize(&one, 400, 400, image::imageops::FilterType::Triangle);
    let mut two = image::RgbImage::new(912, 512);
    image::imageops::replace(&mut two, &one, 0, 0);
    image::imageops::replace(&mut two, &smaller, 512, 0);
    let usual = recipe(200, Crop::Face);
    let problem = run(make::jpeg(&two), &usual).unwrap_err();
    assert!(problem.reason == Reason::SeveralFaces && problem.detail.starts_with("2 faces"), "{problem}");
    assert!(problem.cure.contains("photo.several_faces"), "{problem}");
    let group = run(make::jpeg(&two), &usual.of_group()).unwrap();
    assert!(group.jpeg == run(make::jpeg(&two), &recipe(200, Crop::Upper)).unwrap().jpeg);
    let largest = run(make::jpeg(&two), &usual.with_largest_face().unwrap()).unwrap();
    assert!(largest.notes.contains(&PhotoRemark::LargestFace { count: 2 }), "{largest:?}");
    let shown = super::decoded(&largest);
    let face = found(&pixels(shown), Orientation::NoTransforms);
    assert!(face.height > 90, "{face:?} of 200");
}

#[test]
fn a_picture_lying_on_its_side_is_turned_and_told() {
    let picture = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    for lying in [image::imageops::rotate90(&picture), image::imageops::rotate180(&picture), image::imageops::rotate270(&picture)]
    {
        for source in [make::jpeg(&lying), make::as_format(lying, image::ImageFormat::Png)] {
            let prepared = run(source, &recipe(300, Crop::Face)).unwrap();
            assert!(prepared.notes.contains(&PhotoRemark::TurnedByFace), "{prepared:?}");
            assert!(!prepared.notes.contains(&PhotoRemark::Turned), "{prepared:?}");
            found(&pixels(super::decoded(&prepared)), Orientation::NoTransforms);
        }
    }
}

/// Small ones are enlarged for the search, dim ones lit, and those on a wide white page looked at closer.
#[test]
fn faces_are_found_where_they_are_small_or_dim() {
    let portrait = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let sized = |side: u32| image::imageops::resize(&portrait, side, side, image::imageops::FilterType::Lanczos3);
    let mut page = image::RgbImage::from_pixel(1240, 1754, image::Rgb([250; 3]));
    image::imageops::replace(&mut page, &sized(420), 120, 140);
    let mut dim = sized(400);
    dim.pixels_mut().flat_map(|pixel| &mut pixel.0).for_each(|value| *value /= 8);
    for (what, picture) in [("small", sized(100)), ("on a page", page), ("dim", dim)] {
        let prepared = run(make::jpeg(&picture), &recipe(300, Crop::Face)).unwrap();
        assert!(prepared.notes.iter().any(|note| matches!(note, PhotoRemark::Face { .. })), "{what}: {prepared:?}");
    }
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
fn a_picture_that_fits_already_is_framed_once_and_then_travels_as_it_is() {
    let portrait = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let (portrait, plain) = (make::jpeg(&portrait), make::jpeg(&make::quarters(300, 300)));
    let usual = recipe(648, Crop::Face);
    assert_eq!(run(plain.clone(), &usual).unwrap().jpeg, plain, "nothing to frame");
    assert_eq!(run(plain, &usual.clone().with_least_face(3.0).unwrap()).unwrap_err().reason, Reason::NoFace);
    let framed = run(portrait.clone(), &usual).unwrap();
    assert!(framed.jpeg != portrait && framed.width < 400, "{framed:?}");
    let again = run(framed.jpeg.to_vec(), &usual).unwrap();
    assert!(again.jpeg == framed.jpeg, "{again:?} is framed already");
    assert!(again.notes.iter().any(|note| matches!(note, PhotoRemark::Face { .. })), "{again:?}");
}

#[test]
fn what_would_not_do_for_face_check_is_told() {
    let portrait = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let portrait = image::imageops::resize(&portrait, 1024, 1024, image::imageops::FilterType::Triangle);
    let notes = |size| run(make::jpeg(&portrait), &recipe(size, Crop::Face)).unwrap().notes;
    let told = |notes: &[PhotoRemark]| notes.iter().any(|note| note.to_string().contains("Face Check"));
    assert!(!told(&notes(648)) && told(&notes(120)), "{:?} {:?}", notes(648), notes(120));
    assert!(!told(&run(make::jpeg(&portrait), &recipe(120, Crop::Upper)).unwrap().notes), "nobody looked for a face");
}

/// The whole way: the finished picture is searched again, and has the face inside with air above.
#[test]
fn the_finished_avatar_has_the_face_inside_with_headroom() {
    let finished = super::decoded(&run(photograph("astronaut.png"), &recipe(300, Crop::Face)).unwrap());
    let (width, height) = finished.dimensions();
    let face = found(&pixels(finished), Orientation::NoTransforms);
    assert!(face.left > width / 10 && face.left + face.width < width * 9 / 10, "{face:?} of {width}");
    assert!(face.top > height / 8, "{face:?}: no headroom");
    assert!(face.top + face.height < height * 9 / 10, "{face:?}: the chin is cut");
    let eyes = face.top + face.height * 2 / 5;
    assert!(eyes < height * 55 / 100, "{face:?}: the eyes are not in the upper half");
}
