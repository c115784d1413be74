//! Pictures, made by a seed.

/// A small square JPEG that may travel as it is, another one for each seed.
pub(crate) fn portrait(seed: u32) -> Vec<u8> {
    let mut chance = fastrand::Rng::with_seed(u64::from(seed));
    let (ground, face) = ([chance.u8(..), chance.u8(..), chance.u8(..)], [chance.u8(..), chance.u8(..), chance.u8(..)]);
    let spots: Vec<(u32, u32, u32)> = (0..12).map(|_| (chance.u32(0..120), chance.u32(0..120), chance.u32(4..20))).collect();
    let mut pixels = ground.repeat(120 * 120);
    for (left, top, side) in spots {
        for y in top..(top + side).min(120) {
            let line = (y * 120 + left) as usize * 3..(y * 120 + (left + side).min(120)) as usize * 3;
            pixels[line].copy_from_slice(&face.repeat((left + side).min(120).abs_diff(left) as usize));
        }
    }
    jpeg(120, 120, 85, &pixels)
}

/// A JPEG of colour noise, which compresses badly.
pub(crate) fn noise(side: u16, quality: u8) -> Vec<u8> {
    let mut pixels = vec![0; usize::from(side) * usize::from(side) * 3];
    fastrand::Rng::with_seed(7).fill(&mut pixels);
    jpeg(side, side, quality, &pixels)
}

pub(crate) fn jpeg(width: u16, height: u16, quality: u8, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, quality);
    encoder.encode(pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

pub(crate) fn blake3(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
