//! Which part of a picture is shown, in upright pixels.

use super::recipe::Crop;

/// How much of a portrait's height beyond the square goes away above the square: heads keep their hair,
/// and the empty wall above them goes.
const UPPER_PERCENT_ABOVE: u32 = 10;

/// Part of a picture, in pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Rect {
    pub(super) left: u32,
    pub(super) top: u32,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// The part of a picture of this size that `crop` shows where no face is known. Never empty, never outside.
pub(super) fn frame(crop: Crop, width: u32, height: u32) -> Rect {
    let side = width.min(height);
    let (spare_x, spare_y) = (width - side, height - side);
    let top = match crop {
        Crop::None => return Rect { left: 0, top: 0, width, height },
        Crop::Center => spare_y / 2,
        // Divided first, so that no height can overflow.
        Crop::Face | Crop::Upper => spare_y / 100 * UPPER_PERCENT_ABOVE + spare_y % 100 * UPPER_PERCENT_ABOVE / 100,
    };
    Rect { left: spare_x / 2, top, width: side, height: side }
}

/// The size a part is shown at: scaled to fit `size`, never enlarged.
pub(super) fn fit(part: Rect, size: u32) -> (u32, u32) {
    let long = part.width.max(part.height);
    if long <= size {
        return (part.width, part.height);
    }
    let scaled = |side: u32| {
        let rounded = (u64::from(side) * u64::from(size) + u64::from(long) / 2) / u64::from(long.max(1));
        u32::try_from(rounded).unwrap_or(size).clamp(1, size)
    };
    (scaled(part.width), scaled(part.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crop_shows_its_part() {
        for (crop, width, height, shown) in [
            (Crop::Upper, 300, 500, (0, 20, 300, 300)),
            (Crop::Upper, 500, 300, (100, 0, 300, 300)),
            (Crop::Center, 300, 500, (0, 100, 300, 300)),
            (Crop::None, 300, 500, (0, 0, 300, 500)),
            (Crop::Face, 300, 500, (0, 20, 300, 300)),
            (Crop::Upper, 1, u32::MAX, (0, 429_496_729, 1, 1)),
        ] {
            let Rect { left, top, width: w, height: h } = frame(crop, width, height);
            assert_eq!((left, top, w, h), shown, "{crop} of {width} x {height}");
        }
    }

    #[test]
    fn a_part_is_made_smaller_but_never_larger() {
        let part = |width, height| Rect { left: 0, top: 0, width, height };
        assert_eq!(fit(part(4000, 3000), 648), (648, 486));
        assert_eq!(fit(part(100, 50), 648), (100, 50));
        assert_eq!(fit(part(100_000, 1), 648), (648, 1));
        assert_eq!(fit(part(u32::MAX, u32::MAX), 2048), (2048, 2048));
    }
}
