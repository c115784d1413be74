//! How pictures are prepared, and the id under which a prepared picture is known.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use crate::model::RecipeId;

/// Grows whenever this room would make other bytes of the same picture and recipe, so that they become due again.
const ALGORITHM: u32 = 5;

/// Smallest and largest side in pixels. Microsoft 365 keeps 48 x 48 to 648 x 648 and scales down from larger ones.
const SIZES: std::ops::RangeInclusive<u32> = 48..=2048;
/// JPEG qualities.
const QUALITIES: std::ops::RangeInclusive<u8> = 1..=100;
/// Bytes of a finished picture. Graph takes 4 MB; under 10 kB not every picture can be squeezed.
const BYTES: std::ops::RangeInclusive<usize> = 10_000..=4_000_000;

/// Scores of faces. Below 3 the search sees no face at all.
const SCORES: std::ops::RangeInclusive<f64> = 3.0..=100.0;

/// Which part of a picture is shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Crop {
    /// A square around the face, as an avatar; [`Crop::Upper`] where none is found.
    Face,
    /// A square towards the top of a portrait, in the middle of a landscape.
    Upper,
    /// A square in the middle.
    Center,
    /// The whole picture, whatever its shape.
    None,
}

impl Crop {
    /// Every way of cropping, in the order of the documentation.
    pub(crate) const ALL: [Self; 4] = [Self::Face, Self::Upper, Self::Center, Self::None];

    /// The word used in the configuration.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Upper => "upper",
            Self::Center => "center",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Crop {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|crop| crop.as_str() == text)
            .ok_or_else(|| format!("{text:?} is not a crop (face, upper, center, none)"))
    }
}

/// What becomes of a person's picture with several faces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum SeveralFaces {
    /// It is held: the picture doesn't say whose it is.
    Hold,
    /// The largest is framed.
    Largest,
}

/// How every picture is prepared. Values that make no sense can't be built.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Recipe {
    size: u32,
    crop: Crop,
    quality: u8,
    max_bytes: usize,
    least_face: Option<u32>,
    several: SeveralFaces,
    converter: Option<String>,
}

impl Default for Recipe {
    /// The largest that Microsoft 365 keeps, towards the top of a portrait.
    fn default() -> Self {
        let (size, crop, quality, max_bytes) = (648, Crop::Upper, 90, 3_900_000);
        Self { size, crop, quality, max_bytes, least_face: None, several: SeveralFaces::Hold, converter: None }
    }
}

impl Recipe {
    /// Pictures of at most `size` x `size` pixels, as JPEG of `quality`, of at most `max_bytes` bytes.
    ///
    /// Size is 48 to 2048 pixels, quality 1 to 100, bytes 10,000 to 4,000,000; the error names the limit passed.
    pub fn try_new(size: u32, crop: Crop, quality: u8, max_bytes: usize) -> Result<Self, String> {
        if !SIZES.contains(&size) {
            return Err(format!("a picture size of {size} pixels is outside 48 to 2048"));
        }
        if !QUALITIES.contains(&quality) {
            return Err(format!("a JPEG quality of {quality} is outside 1 to 100"));
        }
        if !BYTES.contains(&max_bytes) {
            return Err(format!("a limit of {max_bytes} bytes for finished pictures is outside 10,000 to 4,000,000"));
        }
        Ok(Self { size, crop, quality, max_bytes, least_face: None, several: SeveralFaces::Hold, converter: None })
    }

    /// Holds pictures for a person in which no face has this score, 3 to 100; only with [`Crop::Face`].
    pub(crate) fn with_least_face(mut self, score: f64) -> Result<Self, String> {
        if !SCORES.contains(&score) {
            return Err(format!("a face score of {score} is outside 3 to 100"));
        }
        if self.crop != Crop::Face {
            return Err("needs crop: face; without it no face is looked for".to_owned());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "3 to 100")]
        let tenths = (score * 10.0).round() as u32;
        self.least_face = Some(tenths);
        Ok(self)
    }

    /// The same, but a picture without a face, or with several, is as good as any.
    #[must_use]
    pub(crate) fn without_least_face(&self) -> Self {
        let several = if self.crop == Crop::Face { SeveralFaces::Largest } else { self.several };
        Self { least_face: None, several, ..self.clone() }
    }

    /// Frames the largest of several faces, instead of holding the picture; only with [`Crop::Face`].
    pub(crate) fn with_largest_face(mut self) -> Result<Self, String> {
        if self.crop != Crop::Face {
            return Err("needs crop: face; without it no face is looked for".to_owned());
        }
        self.several = SeveralFaces::Largest;
        Ok(self)
    }

    /// The same for the picture of a group or team, which is no portrait: no face is looked for, and the upper part is shown.
    #[must_use]
    pub(crate) fn of_group(&self) -> Self {
        let crop = if self.crop == Crop::Face { Crop::Upper } else { self.crop };
        Self { crop, least_face: None, several: SeveralFaces::Hold, ..self.clone() }
    }

    /// With the name of what turns formats that can't be decoded here into such that can; another name is another recipe.
    #[must_use]
    pub(crate) fn with_converter(mut self, name: String) -> Self {
        self.converter = Some(name);
        self
    }

    /// The same with a lower limit of bytes.
    #[must_use]
    pub(crate) fn smaller(&self, max_bytes: usize) -> Self {
        Self { max_bytes: self.max_bytes.min(max_bytes.max(*BYTES.start())), ..self.clone() }
    }

    /// Longest side of a finished picture in pixels.
    pub(crate) const fn size(&self) -> u32 {
        self.size
    }

    /// Which part of a picture is shown.
    pub(crate) const fn crop(&self) -> Crop {
        self.crop
    }

    /// JPEG quality to start from.
    pub(crate) const fn quality(&self) -> u8 {
        self.quality
    }

    /// Most bytes of a finished picture.
    pub(crate) const fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// The least score of a face in tenths, if pictures without one are held.
    pub(crate) const fn least_face(&self) -> Option<u32> {
        self.least_face
    }

    /// What becomes of a picture with several faces.
    pub(super) const fn several(&self) -> SeveralFaces {
        self.several
    }

    /// Names this recipe and this room's way of following it; another id means other bytes may come out.
    pub(crate) fn id(&self) -> RecipeId {
        let Self { size, crop, quality, max_bytes, least_face, several, converter } = self;
        let mut id = format!("{ALGORITHM}-{size}-{crop}-q{quality}-{max_bytes}");
        if let Some(least) = least_face {
            _ = write!(id, "-face{least}");
        }
        if *several == SeveralFaces::Largest {
            id.push_str("-largest");
        }
        if let Some(converter) = converter {
            _ = write!(id, "-conv{converter}");
        }
        RecipeId::new(&id)
    }
}

/// What differs between two recipes, by their ids, as `size 648 → 432, quality 90 → 80`; none where an id can't be read.
pub(crate) fn differences(from: &RecipeId, to: &RecipeId) -> Option<String> {
    let was_default = from.is_of_default_picture() && !to.is_of_default_picture();
    let (from, to) = (Parts::read(from.as_str())?, Parts::read(to.as_str())?);
    let mut all = Vec::new();
    if was_default {
        all.push("it was the default picture".to_owned());
    }
    let mut differs = |what: &str, from: &str, to: &str| {
        if from != to {
            all.push(format!("{what} {from} → {to}"));
        }
    };
    differs("size", from.size, to.size);
    differs("crop", from.crop, to.crop);
    differs("quality", from.quality, to.quality);
    differs("max_bytes", from.max_bytes, to.max_bytes);
    differs("min_face_score", &from.least_face(), &to.least_face());
    differs("several_faces", from.several(), to.several());
    if from.converter != to.converter {
        all.push("another converter".to_owned());
    }
    if from.algorithm != to.algorithm {
        all.push("this version of photosyncd prepares pictures in another way".to_owned());
    }
    (!all.is_empty()).then(|| all.join(", "))
}

/// An id taken apart.
#[derive(Default)]
struct Parts<'a> {
    algorithm: &'a str,
    size: &'a str,
    crop: &'a str,
    quality: &'a str,
    max_bytes: &'a str,
    least_face: Option<u32>,
    largest: bool,
    converter: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn read(id: &'a str) -> Option<Self> {
        let mut words = id.split('-');
        let mut next = || words.next();
        let mut parts = Parts {
            algorithm: next()?,
            size: next()?,
            crop: next()?,
            quality: next()?.strip_prefix('q')?,
            max_bytes: next()?,
            ..Self::default()
        };
        for word in words {
            match (word.strip_prefix("face"), word.strip_prefix("conv")) {
                (Some(least), _) => parts.least_face = Some(least.parse().ok()?),
                (_, Some(converter)) => parts.converter = Some(converter),
                // What marks it as a default picture's.
                _ if word == "default" => {}
                _ if word == "largest" => parts.largest = true,
                _ => return None,
            }
        }
        Some(parts)
    }

    const fn several(&self) -> &'static str {
        if self.largest { "largest" } else { "hold" }
    }

    fn least_face(&self) -> String {
        self.least_face.map_or_else(|| "null".to_owned(), |least| format!("{}.{}", least / 10, least % 10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_refused_with_the_limits() {
        for (size, quality, max_bytes, words) in [
            (47, 90, 100_000, "48 to 2048"),
            (2049, 90, 100_000, "48 to 2048"),
            (648, 0, 100_000, "1 to 100"),
            (648, 101, 100_000, "1 to 100"),
            (648, 90, 9_999, "10,000 to 4,000,000"),
            (648, 90, 4_000_001, "10,000 to 4,000,000"),
        ] {
            let refused = Recipe::try_new(size, Crop::Upper, quality, max_bytes);
            assert!(refused.as_ref().is_err_and(|text| text.contains(words)), "{refused:?} lacks {words:?}");
        }
    }

    #[test]
    fn another_recipe_has_another_id_and_the_same_recipe_the_same() {
        let recipe = |size, crop, quality, bytes| Recipe::try_new(size, crop, quality, bytes).unwrap().id();
        let ids = [
            recipe(648, Crop::Upper, 90, 3_900_000),
            recipe(360, Crop::Upper, 90, 3_900_000),
            recipe(648, Crop::Face, 90, 3_900_000),
            recipe(648, Crop::Upper, 89, 3_900_000),
            recipe(648, Crop::Upper, 90, 100_000),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[index + 1..].contains(id), "{id} names two recipes");
        }
        assert_eq!(ids[0], recipe(648, Crop::Upper, 90, 3_900_000));
    }

    #[test]
    fn what_differs_between_recipes_is_told() {
        let recipe = |size, crop, quality| Recipe::try_new(size, crop, quality, 100_000).unwrap();
        let told = |from: &Recipe, to: &Recipe| differences(&from.id(), &to.id());
        let usual = recipe(648, Crop::Face, 90);
        assert_eq!(told(&usual, &recipe(432, Crop::Face, 80)).unwrap(), "size 648 → 432, quality 90 → 80");
        let strict = usual.clone().with_least_face(12.5).unwrap();
        assert_eq!(told(&usual, &strict).unwrap(), "min_face_score null → 12.5");
        assert_eq!(told(&strict, &strict.clone().with_converter("ab12".into())).unwrap(), "another converter");
        assert_eq!(told(&strict, &strict.clone().with_largest_face().unwrap()).unwrap(), "several_faces hold → largest");
        assert_eq!(told(&usual, &usual), None);
        let default = usual.id().of_default_picture();
        assert_eq!(differences(&default, &usual.id()).unwrap(), "it was the default picture");
        assert_eq!(differences(&default, &recipe(432, Crop::Face, 90).id().of_default_picture()).unwrap(), "size 648 → 432");
        let old = RecipeId::new("0-648-face-q90-100000");
        assert!(differences(&old, &usual.id()).unwrap().contains("in another way"));
        assert_eq!(differences(&RecipeId::new("r1"), &usual.id()), None);
    }

    #[test]
    fn a_face_score_needs_the_search_for_faces() {
        let recipe = |crop| Recipe::try_new(648, crop, 90, 100_000).unwrap();
        assert!(recipe(Crop::Upper).with_least_face(10.0).is_err_and(|words| words.contains("crop: face")));
        assert!(recipe(Crop::Face).with_least_face(2.0).is_err_and(|words| words.contains("3 to 100")));
        assert!(recipe(Crop::Face).with_least_face(f64::NAN).is_err());
    }

    #[test]
    fn crops_survive_their_text_form() {
        for crop in Crop::ALL {
            assert_eq!(crop.to_string().parse(), Ok(crop));
        }
        assert!("Face".parse::<Crop>().is_err());
    }
}
