//! Turning pictures upright. Cameras store them as the sensor lay and say in the metadata how to hold them.

use image::metadata::Orientation;

use super::frame::Rect;
use super::pixels::{Channels, Pixels};

/// Whether width and height change places.
pub(super) const fn swaps(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    )
}

/// The size as seen by a person, from the size as stored.
pub(super) const fn upright_size(orientation: Orientation, width: u32, height: u32) -> (u32, u32) {
    if swaps(orientation) { (height, width) } else { (width, height) }
}

/// Where the pixel that a person sees at `x`, `y` is stored in a picture of `width` x `height` stored pixels.
fn stored(orientation: Orientation, width: u32, height: u32, x: u32, y: u32) -> (u32, u32) {
    let from_right = |x: u32| width.saturating_sub(1).saturating_sub(x);
    let from_bottom = |y: u32| height.saturating_sub(1).saturating_sub(y);
    match orientation {
        Orientation::NoTransforms => (x, y),
        Orientation::FlipHorizontal => (from_right(x), y),
        Orientation::Rotate180 => (from_right(x), from_bottom(y)),
        Orientation::FlipVertical => (x, from_bottom(y)),
        Orientation::Rotate90FlipH => (y, x),
        Orientation::Rotate90 => (y, from_bottom(x)),
        Orientation::Rotate270FlipH => (from_right(y), from_bottom(x)),
        Orientation::Rotate270 => (from_right(y), x),
    }
}

/// The stored rectangle that a person sees as `upright`. The rectangle lies inside the picture.
pub(super) fn stored_rect(orientation: Orientation, width: u32, height: u32, upright: Rect) -> Rect {
    let right = upright.left + upright.width.saturating_sub(1);
    let bottom = upright.top + upright.height.saturating_sub(1);
    let one = stored(orientation, width, height, upright.left, upright.top);
    let other = stored(orientation, width, height, right, bottom);
    Rect {
        left: one.0.min(other.0),
        top: one.1.min(other.1),
        width: one.0.abs_diff(other.0) + 1,
        height: one.1.abs_diff(other.1) + 1,
    }
}

/// The picture as a person should see it.
pub(super) fn upright(pixels: Pixels, orientation: Orientation) -> Pixels {
    if orientation == Orientation::NoTransforms {
        return pixels;
    }
    let Pixels { width, height, channels, data } = &pixels;
    let (upright_width, upright_height) = upright_size(orientation, *width, *height);
    let bytes = channels.bytes();
    let row = *width as usize;
    let mut turned = Vec::with_capacity(data.len());
    for y in 0..upright_height {
        for x in 0..upright_width {
            let (from_x, from_y) = stored(orientation, *width, *height, x, y);
            let start = (from_y as usize * row + from_x as usize) * bytes;
            turned.extend_from_slice(&data[start..start + bytes]);
        }
    }
    Pixels { width: upright_width, height: upright_height, channels: *channels, data: turned }
}

/// One way to hold a picture for two, one after the other.
pub(super) fn combined(first: Orientation, then: Orientation) -> Option<Orientation> {
    let marked = || Pixels::new(3, 2, Channels::Grey, vec![1, 2, 3, 4, 5, 6]);
    let wanted = upright(upright(marked()?, first), then);
    let mut all = (1..=8).filter_map(Orientation::from_exif);
    all.find(|one| marked().is_some_and(|marked| upright(marked, *one) == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Exif's own table: where row 0 and column 0 of the stored picture are seen.
    #[test]
    fn each_of_the_eight_ways_is_turned_upright() {
        // Stored: 1 2 3
        //         4 5 6
        for (exif, width, seen) in [
            (1, 3, [1, 2, 3, 4, 5, 6]),
            (2, 3, [3, 2, 1, 6, 5, 4]),
            (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]),
            (5, 2, [1, 4, 2, 5, 3, 6]),
            (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]),
            (8, 2, [3, 6, 2, 5, 1, 4]),
        ] {
            let orientation = Orientation::from_exif(exif).unwrap();
            let stored = Pixels::new(3, 2, Channels::Grey, vec![1, 2, 3, 4, 5, 6]).unwrap();
            let upright = upright(stored, orientation);
            assert_eq!((upright.width, upright.data.as_slice()), (width, seen.as_slice()), "orientation {exif}");
        }
    }

    #[test]
    fn a_rectangle_is_found_again_in_the_stored_picture() {
        let top_left = Rect { left: 0, top: 0, width: 2, height: 1 };
        for (exif, rect) in [(1, (0, 0, 2, 1)), (3, (8, 4, 2, 1)), (6, (0, 3, 1, 2)), (8, (9, 0, 1, 2))] {
            let found = stored_rect(Orientation::from_exif(exif).unwrap(), 10, 5, top_left);
            assert_eq!((found.left, found.top, found.width, found.height), rect, "orientation {exif}");
        }
    }
}
