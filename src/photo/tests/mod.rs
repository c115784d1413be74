//! Pictures made in code go through the whole room; known colours are looked for at known places.

mod bombs;
mod card;
mod colours;
mod corpus;
mod damage;
mod faces;
#[cfg(feature = "fast-jpeg")]
mod fast;
mod heif;
mod lossless;
mod make;
mod random_damage;
mod random_hidden;
mod random_jpegs;
mod random_pngs;
mod random_tiffs;
mod random_webps;
mod shown;
mod told;
mod writer;

use bytes::Bytes;

use super::{Crop, Limits, Prepared, Recipe, prepare};
use crate::model::{Problem, Reason};

/// The recipe of most tests: small, so that they are quick.
fn recipe(size: u32, crop: Crop) -> Recipe {
    Recipe::try_new(size, crop, 90, 3_900_000).unwrap()
}

fn run(source: Vec<u8>, recipe: &Recipe) -> Result<Prepared, Problem> {
    prepare(Bytes::from(source), recipe, &Limits::default(), &|| false)
}

/// Fails unless the source is refused for this reason with these words.
fn refused(source: Vec<u8>, reason: Reason, words: &str) {
    let outcome = run(source, &recipe(120, Crop::Upper));
    let problem = outcome.expect_err("the picture was taken");
    assert_eq!(problem.reason, reason, "{problem}");
    assert!(problem.detail.contains(words), "{:?} lacks {words:?}", problem.detail);
    assert!(!problem.cure.is_empty());
}

/// The finished picture, decoded by other code than this room's.
fn decoded(prepared: &Prepared) -> image::RgbImage {
    let picture = image::load_from_memory_with_format(&prepared.jpeg, image::ImageFormat::Jpeg).unwrap();
    assert_eq!((picture.width(), picture.height()), (prepared.width, prepared.height));
    picture.into_rgb8()
}

#[test]
fn a_late_picture_is_given_up() {
    let picture = Bytes::from(make::jpeg(&make::quarters(400, 300)));
    let asked = std::cell::Cell::new(0);
    for allowed in 0..2 {
        asked.set(0);
        let late = || asked.replace(asked.get() + 1) >= allowed;
        let problem = prepare(picture.clone(), &recipe(120, Crop::Upper), &Limits::default(), &late).unwrap_err();
        assert_eq!(problem.reason, Reason::PhotoTooLarge);
        assert!(problem.detail.contains("not ready after 60 s") && problem.cure.contains("retry"), "{problem}");
        assert_eq!(asked.get(), allowed + 1);
    }
    assert!(prepare(picture, &recipe(120, Crop::Upper), &Limits::default(), &|| false).is_ok());
}
