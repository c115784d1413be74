//! A decoded picture in memory: one or three bytes a pixel, rows from the top, without padding.

/// Grey pictures stay grey, which keeps them right and small.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Channels {
    Grey,
    Rgb,
}

impl Channels {
    /// Bytes a pixel takes.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
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
