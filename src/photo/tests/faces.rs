//! Faces framed as avatars, on photographs.

use image::metadata::Orientation;

use super::super::Note;
use super::super::face::{Found, find};
use super::super::frame::{Rect, around};
use super::super::pixels::{Channels, Pixels};
use super::make::{self, photograph};
use super::{Crop, recipe, run};

fn pixels(picture: image::RgbImage) -> Pixels {
    Pixels::new(picture.width(), picture.height(), Channels::Rgb, picture.into_raw()).unwrap()
}

/// Measured by eye in the 512 x 512 photograph: brow to chin, and the top of the hair.
const FACE: Rect = Rect { left: 177, top: 70, width: 95, height: 120 };
const CROWN: u32 = 5;

#[test]
fn the_astronaut_is_framed_with_headroom() {
    let picture = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let Found::One { face, .. } = find(&pixels(picture), Orientation::NoTransforms) else { panic!("no face") };
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
    let Found::One { face: upright, .. } = find(&pixels(picture.clone()), Orientation::NoTransforms) else { panic!("no face") };
    let lying = pixels(image::imageops::rotate270(&picture));
    let Found::One { face: turned, .. } = find(&lying, Orientation::Rotate90) else { panic!("no face on its side") };
    assert!(upright.left.abs_diff(turned.left) < 12 && upright.top.abs_diff(turned.top) < 12, "{upright:?} {turned:?}");
    assert_eq!(find(&lying, Orientation::NoTransforms), Found::None);
}

#[test]
fn without_exactly_one_face_the_upper_part_is_shown_and_told() {
    for name in ["chelsea.png", "rocket.jpg"] {
        let face = run(photograph(name), &recipe(200, Crop::Face)).unwrap();
        let upper = run(photograph(name), &recipe(200, Crop::Upper)).unwrap();
        assert!(face.notes.contains(&Note::NoFace), "{name}: {face:?}");
        assert!(face.jpeg == upper.jpeg, "{name}");
    }
    let one = image::load_from_memory(&photograph("astronaut.png")).unwrap().into_rgb8();
    let mut two = image::RgbImage::new(1024, 512);
    image::imageops::replace(&mut two, &one, 0, 0);
    image::imageops::replace(&mut two, &one, 512, 0);
    let both = run(make::jpeg(&two), &recipe(200, Crop::Face)).unwrap();
    assert!(both.notes.contains(&Note::SeveralFaces { count: 2 }), "{both:?}");
}
