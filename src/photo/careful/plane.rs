//! The samples of one component, and how the components of a picture become its pixels.

use super::block::{Block, Values};

const SIDE: usize = 8;

/// One component of a picture.
pub(super) struct Plane<V> {
    /// How often it is sampled while the most often sampled one is `most` times.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Samples that are seen.
    pub(super) width: usize,
    pub(super) height: usize,
    /// Blocks in a row, those included that fill the last unit up.
    blocks: usize,
    values: Vec<V>,
    samples: Vec<u8>,
    /// Set by the first scan that tells of it.
    pub(super) steps: Option<[u16; 64]>,
    /// For each value, how many of its bits are still to come; none where no scan told of it.
    pub(super) missing: [Option<u8>; 64],
}

impl<V: Values> Plane<V> {
    /// `blocks` counts those that fill the last unit up; values are kept where several scans tell of each block.
    pub(super) fn new(sampled: (usize, usize), seen: (usize, usize), blocks: (usize, usize), keeps_values: bool) -> Self {
        let all = blocks.0 * blocks.1;
        Self {
            across: sampled.0,
            down: sampled.1,
            width: seen.0,
            height: seen.1,
            blocks: blocks.0,
            values: if keeps_values { vec![V::NONE; all] } else { Vec::new() },
            samples: if V::SHOWN { vec![0; all * 64] } else { Vec::new() },
            steps: None,
            missing: [None; 64],
        }
    }

    /// The size in blocks of 8 x 8, without those that only fill the last unit up.
    pub(super) fn own_blocks(&self) -> (usize, usize) {
        (self.width.div_ceil(SIDE), self.height.div_ceil(SIDE))
    }

    pub(super) fn values(&mut self, column: usize, row: usize) -> Option<&mut V> {
        self.values.get_mut(row * self.blocks + column)
    }

    /// Takes a block whose values are all known.
    pub(super) fn put(&mut self, column: usize, row: usize, block: &V) -> Option<()> {
        if !V::SHOWN {
            return Some(());
        }
        let start = row * SIDE * self.blocks * SIDE + column * SIDE;
        let lines = self.samples.get_mut(start..)?.chunks_mut(self.blocks * SIDE);
        for (line, samples) in lines.zip(block.samples(self.steps.as_ref()?).chunks_exact(SIDE)) {
            line.get_mut(..SIDE)?.copy_from_slice(samples);
        }
        Some(())
    }

    /// Makes samples of the values that were collected.
    pub(super) fn finish(&mut self) -> Option<()> {
        for (index, block) in std::mem::take(&mut self.values).iter().enumerate() {
            self.put(index % self.blocks, index / self.blocks, block)?;
        }
        Some(())
    }
}

impl Plane<Block> {
    fn line(&self, row: usize) -> &[u8] {
        let start = row.min(self.height - 1) * self.blocks * SIDE;
        &self.samples[start..start + self.width]
    }

    /// One row of the picture. Where there are fewer samples than pixels, they lie in the middle of the pixels that they
    /// stand for, and what is between them is blended.
    fn row(&self, y: usize, most: (usize, usize), columns: &[Between], out: &mut Vec<u8>) {
        out.clear();
        let Between { one, other, share } = Between::of(y, self.down, most.1, self.height);
        let (upper, lower) = (self.line(one), self.line(other));
        if self.across == most.0 && share == 0 {
            out.extend_from_slice(&upper[..columns.len()]);
            return;
        }
        let (wide, tall) = (2 * most.0, 2 * most.1);
        out.extend(columns.iter().map(|column| {
            let blend = |line: &[u8]| {
                usize::from(line[column.one]) * (wide - column.share) + usize::from(line[column.other]) * column.share
            };
            let sum = blend(upper) * (tall - share) + blend(lower) * share;
            u8::try_from((sum + wide * tall / 2) / (wide * tall)).unwrap_or(u8::MAX)
        }));
    }
}

/// Two neighbouring samples and how much of the second is in a pixel, in parts of twice the most often sampled.
#[derive(Clone, Copy)]
struct Between {
    one: usize,
    other: usize,
    share: usize,
}

impl Between {
    fn of(pixel: usize, sampled: usize, most: usize, side: usize) -> Self {
        let last = side - 1;
        // The pixel's middle, from the middle of the first sample.
        let Some(place) = ((2 * pixel + 1) * sampled).checked_sub(most) else {
            return Self { one: 0, other: 0, share: 0 };
        };
        let (one, share) = (place / (2 * most), place % (2 * most));
        Self { one: one.min(last), other: (one + 1).min(last), share }
    }
}

/// The picture, all components of a pixel beside each other.
pub(super) fn joined(planes: &[Plane<Block>], width: usize, height: usize) -> Vec<u8> {
    let most = (most(planes, |plane| plane.across), most(planes, |plane| plane.down));
    let columns: Vec<Vec<Between>> =
        planes.iter().map(|plane| (0..width).map(|x| Between::of(x, plane.across, most.0, plane.width)).collect()).collect();
    let mut pixels = vec![0; width * height * planes.len()];
    let mut row = Vec::with_capacity(width);
    for (y, line) in pixels.chunks_exact_mut(width * planes.len()).enumerate() {
        for (index, (plane, columns)) in planes.iter().zip(&columns).enumerate() {
            plane.row(y, most, columns, &mut row);
            for (pixel, value) in line.chunks_exact_mut(planes.len()).zip(&row) {
                pixel[index] = *value;
            }
        }
    }
    pixels
}

fn most(planes: &[Plane<Block>], of: impl Fn(&Plane<Block>) -> usize) -> usize {
    planes.iter().map(of).max().unwrap_or(1)
}
