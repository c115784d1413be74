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

/// Turns brightness, two differences and black into inks, in place.
pub(super) fn differences_to_inks(data: &mut [u8]) {
    // Sixteen bits behind the point, as the JPEG standard's formulas.
    let kept = |value: i32| 255 - u8::try_from((value >> 16).clamp(0, 255)).unwrap_or(u8::MAX);
    for pixel in data.chunks_exact_mut(Channels::Inks.bytes()) {
        let bright = (i32::from(pixel[0]) << 16) + (1 << 15);
        let (blue, red) = (i32::from(pixel[1]) - 128, i32::from(pixel[2]) - 128);
        pixel[0] = kept(bright + 91_881 * red);
        pixel[1] = kept(bright - 22_554 * blue - 46_802 * red);
        pixel[2] = kept(bright + 116_130 * blue);
    }
}

/// Lays pixels of `COLOURS` colours and an alpha value on white, in place. Tells whether anything shone through.
pub(super) fn flatten<const COLOURS: usize>(mut data: Vec<u8>) -> (Vec<u8>, bool) {
    let mut written = 0;
    let mut shone = false;
    let step = COLOURS + 1;
    for start in (0..data.len() - data.len() % step).step_by(step) {
        let alpha = u32::from(data[start + COLOURS]);
        shone |= alpha < 255;
        for colour in 0..COLOURS {
            let over = u32::from(data[start + colour]) * alpha + 255 * (255 - alpha);
            data[written] = u8::try_from((over + 127) / 255).unwrap_or(u8::MAX);
            written += 1;
        }
    }
    data.truncate(written);
    (data, shone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_laid_on_white() {
        let (data, shone) = flatten::<3>(vec![9, 8, 7, 0, 200, 100, 0, 255, 0, 0, 0, 128]);
        assert_eq!((data, shone), (vec![255, 255, 255, 200, 100, 0, 127, 127, 127], true));
        assert_eq!(flatten::<1>(vec![7, 255, 9, 255]), (vec![7, 9], false));
    }

    #[test]
    fn pixels_have_as_much_data_as_their_size_says() {
        assert!(Pixels::new(2, 2, Channels::Rgb, vec![0; 12]).is_some());
        assert!(Pixels::new(2, 2, Channels::Rgb, vec![0; 11]).is_none());
        assert!(Pixels::new(0, 2, Channels::Rgb, vec![]).is_none());
        assert!(Pixels::new(u32::MAX, u32::MAX, Channels::Rgb, vec![]).is_none());
    }
}
