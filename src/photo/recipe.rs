//! How pictures are prepared, and the id under which a prepared picture is known.

use std::fmt;
use std::str::FromStr;

use crate::model::RecipeId;

/// Grows whenever this room would make other bytes of the same picture and recipe, so that they become due again.
const ALGORITHM: u32 = 1;

/// Smallest and largest side in pixels. Microsoft 365 keeps 48 x 48 to 648 x 648 and scales down from larger ones.
const SIZES: std::ops::RangeInclusive<u32> = 48..=2048;
/// JPEG qualities.
const QUALITIES: std::ops::RangeInclusive<u8> = 1..=100;
/// Bytes of a finished picture. Graph takes 4 MB; under 10 kB not every picture can be squeezed.
const BYTES: std::ops::RangeInclusive<usize> = 10_000..=4_000_000;

/// Which part of a picture is shown.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Crop {
    /// A square around the face, as an avatar; [`Crop::Upper`] where not exactly one face is found.
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
    pub const ALL: [Self; 4] = [Self::Face, Self::Upper, Self::Center, Self::None];

    /// The word used in the configuration.
    pub const fn as_str(self) -> &'static str {
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
            .ok_or_else(|| format!("{text:?} is no crop (face, upper, center, none)"))
    }
}

/// How every picture is prepared. Values that make no sense can't be built.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Recipe {
    size: u32,
    crop: Crop,
    quality: u8,
    max_bytes: usize,
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
        Ok(Self { size, crop, quality, max_bytes })
    }

    /// Longest side of a finished picture in pixels.
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// Which part of a picture is shown.
    pub const fn crop(&self) -> Crop {
        self.crop
    }

    /// JPEG quality to start from.
    pub const fn quality(&self) -> u8 {
        self.quality
    }

    /// Most bytes of a finished picture.
    pub const fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Names this recipe and this room's way of following it; another id means other bytes may come out.
    pub fn id(&self) -> RecipeId {
        let Self { size, crop, quality, max_bytes } = self;
        RecipeId::new(&format!("{ALGORITHM}-{size}-{crop}-q{quality}-{max_bytes}"))
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
    fn crops_survive_their_text_form() {
        for crop in Crop::ALL {
            assert_eq!(crop.to_string().parse(), Ok(crop));
        }
        assert!("Face".parse::<Crop>().is_err());
    }
}
