//! Which part of a picture is shown, in upright pixels.

use super::recipe::Crop;

/// How much of a portrait's height beyond 3:4 goes away above the square: heads keep their hair, and the empty wall above
/// them goes. Shorter ones, as for passports, have no wall there.
const UPPER_PERCENT_ABOVE: u32 = 10;

/// An avatar's side in faces, and where the crown and the chin are, in percent of the face's height: the box that the
/// detector gives reaches from above the forehead to above the chin. Measured against 468 landmarks of 130 portraits.
const AVATAR_PERCENT: u64 = 184;
const CROWN_PERCENT: u64 = 47;
const CHIN_PERCENT: u64 = 14;
/// A face far away is not blown up: its square has at least this many pixels, where the picture has them.
const SMALLEST_AVATAR: u64 = 96;
/// What already is a good avatar isn't made another: how high the face is, where its eyes are, and how far its middle is
/// from the picture's, in percent of the picture.
const GOOD_HEIGHTS: std::ops::RangeInclusive<u64> = 48..=65;
const GOOD_EYES: std::ops::RangeInclusive<u64> = 34..=49;
const GOOD_MIDDLES: std::ops::RangeInclusive<u64> = 41..=59;
/// Where the eyes are in the detector's box, from its top.
const EYES_PERCENT: u64 = 36;
/// A picture that would lose less of its sides than this isn't cut.
const WHOLE_PERCENT: u64 = 93;

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
        Crop::Face | Crop::Upper => {
            let wall = spare_y.saturating_sub(side / 3);
            // Divided first, so that no height can overflow.
            wall / 100 * UPPER_PERCENT_ABOVE + wall % 100 * UPPER_PERCENT_ABOVE / 100
        }
    };
    Rect { left: spare_x / 2, top, width: side, height: side }
}

/// The square around a face, as an avatar: the eyes a little above the middle, air above the head, chin and crown
/// inside; where only one of them fits, as in portraits for passports, the chin. Never outside the picture.
pub(super) fn around(face: Rect, width: u32, height: u32) -> Rect {
    let (width, height) = (u64::from(width), u64::from(height));
    let tall = u64::from(face.height.max(face.width));
    let part = |percent: u64| tall * percent / 100;
    let side = part(AVATAR_PERCENT).max(SMALLEST_AVATAR).min(width).min(height);

    let centre = u64::from(face.left) + u64::from(face.width) / 2;
    let left = centre.saturating_sub(side / 2).min(width - side);

    // The crown at the upper edge, with its share of a larger square; before all, the chin has to be inside.
    let face_top = u64::from(face.top);
    let above = part(CROWN_PERCENT).max(side * CROWN_PERCENT / AVATAR_PERCENT);
    let chin = face_top + tall + part(CHIN_PERCENT);
    let top = face_top.saturating_sub(above).max(chin.saturating_sub(side)).min(height - side);
    let pixels = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    Rect { left: pixels(left), top: pixels(top), width: pixels(side), height: pixels(side) }
}

/// Whether a square picture with this face is a good avatar as it is, or as good as can be made of it.
pub(super) fn is_framed(face: Rect, side: u32) -> bool {
    let percent = |part: u64| part * 100 / u64::from(side.max(1));
    let tall = u64::from(face.height.max(face.width));
    let eyes = u64::from(face.top) + tall * EYES_PERCENT / 100;
    let middle = u64::from(face.left) + u64::from(face.width) / 2;
    let is_good =
        GOOD_HEIGHTS.contains(&percent(tall)) && GOOD_EYES.contains(&percent(eyes)) && GOOD_MIDDLES.contains(&percent(middle));
    is_good || percent(around(face, side, side).width.into()) >= WHOLE_PERCENT
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

/// By how much a picture's sides may be divided before the part is scaled to `width` x `height`. Twice as many
/// pixels as are shown leave nothing to be seen of the division; less does.
pub(super) fn reduction(part: Rect, width: u32, height: u32) -> u32 {
    let enough = |reduction: u32| part.width / reduction >= width * 2 && part.height / reduction >= height * 2;
    [8, 4, 2].into_iter().find(|reduction| enough(*reduction)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_crop_shows_its_part() {
        for (crop, width, height, shown) in [
            (Crop::Upper, 300, 500, (0, 10, 300, 300)),
            (Crop::Upper, 300, 400, (0, 0, 300, 300)),
            (Crop::Upper, 500, 300, (100, 0, 300, 300)),
            (Crop::Center, 300, 500, (0, 100, 300, 300)),
            (Crop::None, 300, 500, (0, 0, 300, 500)),
            (Crop::Face, 300, 500, (0, 10, 300, 300)),
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

    #[test]
    fn what_is_framed_already_is_left() {
        let face = |left, top, side| Rect { left, top, width: side, height: side };
        let framed = around(face(400, 300, 200), 1000, 1000);
        assert!(is_framed(face(400 - framed.left, 300 - framed.top, 200), framed.width), "what comes out needs no other frame");
        for (what, face, good) in [
            ("as an avatar", face(100, 95, 200), true),
            ("small", face(150, 100, 100), false),
            ("at the left", face(20, 100, 180), false),
            ("low", face(110, 200, 180), false),
            ("as large as the picture", face(20, 20, 360), true),
        ] {
            assert_eq!(is_framed(face, 400), good, "{what}");
        }
    }

    #[test]
    fn an_avatar_has_the_face_inside_with_air_above() {
        let face = |left, top, side| Rect { left, top, width: side, height: side };
        for (what, face, width, height) in [
            ("in the middle", face(400, 300, 200), 1000, 1000),
            ("at the left edge", face(0, 300, 200), 1000, 1000),
            ("at the top right", face(800, 0, 200), 1000, 1000),
            ("at the bottom", face(400, 800, 200), 1000, 1000),
            ("tight", face(50, 100, 300), 400, 500),
            ("tight landscape", face(150, 50, 300), 600, 400),
            ("for a passport", face(51, 103, 241), 350, 450),
            ("far away", face(500, 500, 40), 2000, 1500),
            ("larger than the picture", face(0, 0, 100), 60, 60),
        ] {
            let shown = around(face, width, height);
            assert!(shown.left + shown.width <= width && shown.top + shown.height <= height, "{what}: {shown:?}");
            assert_eq!(shown.width, shown.height, "{what}");
            if what != "larger than the picture" {
                assert!(shown.left <= face.left && face.left + face.width <= shown.left + shown.width, "{what}: {shown:?}");
                assert!(shown.top <= face.top && face.top + face.height <= shown.top + shown.height, "{what}: {shown:?}");
                let (crown, chin) = (face.top.saturating_sub(face.height * 45 / 100), face.top + face.height * 114 / 100);
                assert!(chin.min(height) <= shown.top + shown.height, "{what}: {shown:?} cuts the chin");
                assert!(shown.top <= crown || chin - crown > shown.height, "{what}: {shown:?} cuts the crown");
            }
        }
        assert_eq!(around(face(400, 300, 200), 1000, 1000), Rect { left: 316, top: 206, width: 368, height: 368 });
    }
}
