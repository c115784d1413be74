//! A decoded picture in memory: one, three or four bytes a pixel, rows from the top, without padding.

/// Grey pictures stay grey, which keeps them right and small.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Channels {
    Grey,
    Rgb,
    /// Cyan, magenta, yellow and black as JPEG keeps them: 255 is no ink.
    Inks,
}

impl Channels {
    /// Bytes a pixel takes.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Inks => 4,
        }
    }
}

/// `data` holds exactly `width * height * channels.bytes()` bytes.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pixels {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: Channels,
    pub(super) data: Vec<u8>,
}

impl Pixels {
    /// None where the data doesn't go with the size.
    pub(super) fn new(width: u32, height: u32, channels: Channels, data: Vec<u8>) -> Option<Self> {
        let bytes = usize::try_from(width).ok()?.checked_mul(usize::try_from(height).ok()?)?.checked_mul(channels.bytes())?;
        (bytes > 0 && data.len() == bytes).then_some(Self { width, height, channels, data })
    }
}

/// Inks as if they were pure colours: good for a guess, and where no profile says better.
pub(super) fn inks_as_colours(pixels: &Pixels) -> Option<Pixels> {
    let over = |colour: u8, black: u8| u8::try_from(u16::from(colour) * u16::from(black) / 255).unwrap_or(u8::MAX);
    let data = pixels
        .data
        .chunks_exact(Channels::Inks.bytes())
        .flat_map(|ink| [over(ink[0], ink[3]), over(ink[1], ink[3]), over(ink[2], ink[3])])
        .collect();
    Pixels::new(pixels.width, pixels.height, Channels::Rgb, data)
}

/// Turns brightness and two differences into red, green and blue, in place.
pub(super) fn differences_to_colours(data: &mut [u8]) {
    for pixel in data.chunks_exact_mut(Channels::Rgb.bytes()) {
        pixel.copy_from_slice(&coloured([pixel[0], pixel[1], pixel[2]]));
    }
}

/// Turns brightness, two differences and black into inks, in place.
pub(super) fn differences_to_inks(data: &mut [u8]) {
    for pixel in data.chunks_exact_mut(Channels::Inks.bytes()) {
        let colours = coloured([pixel[0], pixel[1], pixel[2]]);
        pixel[..3].copy_from_slice(&colours.map(|colour| 255 - colour));
    }
}

/// Sixteen bits behind the point, as the JPEG standard's formulas.
fn coloured([bright, blue, red]: [u8; 3]) -> [u8; 3] {
    let value = |sum: i32| u8::try_from((sum >> 16).clamp(0, 255)).unwrap_or(u8::MAX);
    let bright = (i32::from(bright) << 16) + (1 << 15);
    let (blue, red) = (i32::from(blue) - 128, i32::from(red) - 128);
    [value(bright + 91_881 * red), value(bright - 22_554 * blue - 46_802 * red), value(bright + 116_130 * blue)]
}

/// Lays pixels of `COLOURS` colours and an alpha value on white, in place. Gives back the alpha values too, if anything
/// shines through. Premultiplied colours are weighed with the alpha value already.
pub(super) fn flatten<const COLOURS: usize>(mut data: Vec<u8>, premultiplied: bool) -> (Vec<u8>, Option<Vec<u8>>) {
    let step = COLOURS + 1;
    let alpha: Vec<u8> = data.chunks_exact(step).map(|pixel| pixel[COLOURS]).collect();
    let mut written = 0;
    for (index, alpha) in alpha.iter().map(|alpha| u32::from(*alpha)).enumerate() {
        for colour in 0..COLOURS {
            let weighed = u32::from(data[index * step + colour]) * if premultiplied { 255 } else { alpha };
            data[written] = u8::try_from((weighed + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX);
            written += 1;
        }
    }
    data.truncate(written);
    let shone = alpha.iter().any(|alpha| *alpha < u8::MAX);
    (data, shone.then_some(alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_laid_on_white() {
        let pixels = vec![9, 8, 7, 0, 200, 100, 0, 255, 0, 0, 0, 128];
        assert_eq!(flatten::<3>(pixels, false), (vec![255, 255, 255, 200, 100, 0, 127, 127, 127], Some(vec![0, 255, 128])));
        assert_eq!(flatten::<1>(vec![7, 255, 9, 255], false), (vec![7, 9], None));
        // Half of 200, kept as 100: with half of white beneath.
        assert_eq!(flatten::<1>(vec![100, 128, 0, 0, 90, 255, 255, 9], true).0, [227, 255, 90, 255]);
    }

    #[test]
    fn pixels_have_as_much_data_as_their_size_says() {
        assert!(Pixels::new(2, 2, Channels::Rgb, vec![0; 12]).is_some());
        assert!(Pixels::new(2, 2, Channels::Rgb, vec![0; 11]).is_none());
        assert!(Pixels::new(0, 2, Channels::Rgb, vec![]).is_none());
        assert!(Pixels::new(u32::MAX, u32::MAX, Channels::Rgb, vec![]).is_none());
    }
}
