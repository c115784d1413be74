//! How a picture is cut and turned, one step after the other, as its file lists them.

use image::metadata::Orientation;

use super::super::frame::Rect;
use super::super::orient::{combined, stored_rect, upright_size};
use super::super::pixels::Pixels;
use super::boxes::Bytes;

/// The part that is left of a picture as stored, and how it is turned after that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    pub(super) part: Rect,
    pub(super) orientation: Orientation,
}

impl Shape {
    pub(super) const fn whole(width: u32, height: u32) -> Self {
        Self { part: Rect { left: 0, top: 0, width, height }, orientation: Orientation::NoTransforms }
    }

    /// Follows a property, if it is one that cuts or turns; none where that can't be done.
    pub(super) fn change(&mut self, name: [u8; 4], content: &[u8]) -> Option<()> {
        match &name {
            b"irot" => {
                let turn = match content.first()? & 3 {
                    1 => Orientation::Rotate270,
                    2 => Orientation::Rotate180,
                    3 => Orientation::Rotate90,
                    _ => return Some(()),
                };
                self.orientation = combined(self.orientation, turn)?;
            }
            b"imir" => {
                let flip = if content.first()? & 1 == 0 { Orientation::FlipVertical } else { Orientation::FlipHorizontal };
                self.orientation = combined(self.orientation, flip)?;
            }
            b"clap" => self.clap(content)?,
            _ => {}
        }
        Some(())
    }

    /// The clean aperture: width, height, and how far its middle lies from the picture's, each as a fraction.
    fn clap(&mut self, content: &[u8]) -> Option<()> {
        let (width, height) = upright_size(self.orientation, self.part.width, self.part.height);
        let mut bytes = Bytes::new(content);
        let mut fraction = || Some((i64::from(bytes.long()?.cast_signed()), i64::from(bytes.long()?)));
        let (wide, high, right, down) = (fraction()?, fraction()?, fraction()?, fraction()?);
        let (left, width) = aperture(width, wide, right)?;
        let (top, height) = aperture(height, high, down)?;
        let cut = stored_rect(self.orientation, self.part.width, self.part.height, Rect { left, top, width, height });
        self.part = Rect { left: self.part.left + cut.left, top: self.part.top + cut.top, ..cut };
        Some(())
    }

    /// The part that is left, of the picture and of what is seen of each pixel.
    pub(super) fn cut(&self, pixels: Pixels, alpha: Option<Vec<u8>>) -> Option<(Pixels, Option<Vec<u8>>)> {
        if (self.part.width, self.part.height) == (pixels.width, pixels.height) {
            return Some((pixels, alpha));
        }
        let Rect { left, top, width, height } = self.part;
        let rows = |data: &[u8], bytes: usize| {
            let row = pixels.width as usize * bytes;
            let from = left as usize * bytes;
            let lines = data.chunks_exact(row).skip(top as usize).take(height as usize);
            lines.filter_map(|line| line.get(from..from + width as usize * bytes)).flatten().copied().collect::<Vec<_>>()
        };
        let alpha = alpha.map(|alpha| rows(&alpha, 1));
        let data = rows(&pixels.data, pixels.channels.bytes());
        Some((Pixels::new(width, height, pixels.channels, data)?, alpha))
    }
}

/// Where an aperture begins, and how long it is; fractions are rounded to whole pixels inside of it.
fn aperture(side: u32, length: (i64, i64), from_middle: (i64, i64)) -> Option<(u32, u32)> {
    if length.1 <= 0 || from_middle.1 <= 0 {
        return None;
    }
    let length_pixels = length.0 / length.1;
    // Twice the distance of the aperture's beginning from the picture's, over one denominator.
    let twice = (i64::from(side) - length_pixels).checked_mul(from_middle.1)?.checked_add(from_middle.0.checked_mul(2)?)?;
    let begin = u32::try_from(twice.div_euclid(from_middle.1.checked_mul(2)?)).ok()?;
    let length = u32::try_from(length_pixels).ok().filter(|length| *length > 0)?;
    (begin.checked_add(length)? <= side).then_some((begin, length))
}

#[cfg(test)]
mod tests {
    use super::super::super::pixels::Channels;
    use super::*;

    fn clap(width: u32, height: u32, right: i32, down: i32) -> Vec<u8> {
        let numbers = [width, 1, height, 1, right.cast_unsigned(), 2, down.cast_unsigned(), 2];
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    #[test]
    fn turns_add_up() {
        for (steps, together) in [
            (vec![1_u8], Orientation::Rotate270),
            (vec![1, 1], Orientation::Rotate180),
            (vec![1, 3], Orientation::NoTransforms),
            (vec![3], Orientation::Rotate90),
            (vec![2, 2], Orientation::NoTransforms),
        ] {
            let mut shape = Shape::whole(30, 20);
            for step in &steps {
                shape.change(*b"irot", &[*step]).unwrap();
            }
            assert_eq!(shape.orientation, together, "{steps:?}");
        }
        let mut shape = Shape::whole(30, 20);
        shape.change(*b"irot", &[3]).unwrap();
        shape.change(*b"imir", &[1]).unwrap();
        assert_eq!(shape.orientation, Orientation::Rotate90FlipH);
    }

    #[test]
    fn a_cut_after_a_turn_is_found_in_what_is_stored() {
        let mut shape = Shape::whole(30, 20);
        shape.change(*b"irot", &[3]).unwrap();
        // Seen 20 wide and 30 high; cut to its upper left quarter.
        shape.change(*b"clap", &clap(10, 15, -10, -15)).unwrap();
        assert_eq!(shape.part, Rect { left: 0, top: 10, width: 15, height: 10 });
        let pixels = Pixels::new(30, 20, Channels::Grey, (0..=255).cycle().take(600).collect()).unwrap();
        let (cut, alpha) = shape.cut(pixels, Some(vec![9; 600])).unwrap();
        assert_eq!((cut.width, cut.height, cut.data[0], cut.data[15]), (15, 10, 44, 74));
        assert_eq!(alpha.unwrap().len(), 150);
    }

    #[test]
    fn a_cut_outside_of_the_picture_is_refused() {
        for content in
            [clap(31, 20, 0, 0), clap(0, 20, 0, 0), clap(10, 10, 60, 0), clap(10, 10, i32::MIN, 0), vec![0; 32], vec![]]
        {
            assert_eq!(Shape::whole(30, 20).change(*b"clap", &content), None, "{content:?}");
        }
        let mut shape = Shape::whole(30, 20);
        assert!(shape.change(*b"clap", &clap(30, 20, 0, 0)).is_some() && shape.part.width == 30);
    }
}
