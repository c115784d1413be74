//! Blocks of 8 x 8 values: how they are coded, and how samples are made of them.

use super::bits::{Bits, Huffman};

/// The values of one block, in rows.
pub(super) type Block = [i16; 64];

/// Where the values of a block stand in the order in which they are coded.
pub(super) const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42,
    49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Longest number that can be coded for a value of a picture of eight bits; progressive ones may have one bit more.
const MOST_BITS: u8 = 15;

/// Which values a scan tells, and which of their bits.
#[derive(Clone, Copy)]
pub(super) struct Band {
    pub(super) first: usize,
    pub(super) last: usize,
    /// The bits below are told by later scans.
    pub(super) low: u8,
    /// An earlier scan told the bits above.
    pub(super) refines: bool,
}

/// What is carried from block to block within a scan.
#[derive(Default)]
pub(super) struct Carried {
    /// The last mean value of each component.
    pub(super) means: [i32; 4],
    /// So many blocks have nothing new.
    pub(super) empty: i32,
}

/// What is kept of a block while scans tell of it: its values, or only which of them are there.
pub(super) trait Values: Copy {
    /// Nothing told yet.
    const NONE: Self;
    /// Whether samples can be made of it.
    const SHOWN: bool;

    /// Adds what a scan tells of the mean.
    fn tell_mean(&mut self, bits: i32);

    /// Sets the value at a place, which was zero until now; none where there is no such place.
    fn set(&mut self, place: usize, value: i32) -> Option<()>;

    /// Moves a value that isn't zero by a step away from it, unless that was done.
    fn grow(&mut self, place: usize, step: i32);

    /// Which values aren't zero: the first one lowest.
    fn known(&self) -> u64;

    /// The samples; zeros where they can't be made.
    fn samples(&self, steps: &[u16; 64]) -> [u8; 64];
}

impl Values for Block {
    const NONE: Self = [0; 64];
    const SHOWN: bool = true;

    fn tell_mean(&mut self, bits: i32) {
        self[0] |= short(bits);
    }

    fn set(&mut self, place: usize, value: i32) -> Option<()> {
        self[*ZIGZAG.get(place)?] = short(value);
        Some(())
    }

    fn grow(&mut self, place: usize, step: i32) {
        let value = &mut self[ZIGZAG[place]];
        if i32::from(*value) & step == 0 {
            *value = value.wrapping_add(short(if *value > 0 { step } else { -step }));
        }
    }

    fn known(&self) -> u64 {
        (0..64).filter(|place| self[ZIGZAG[*place]] != 0).fold(0, |known, place| known | 1 << place)
    }

    fn samples(&self, steps: &[u16; 64]) -> [u8; 64] {
        samples(self, steps)
    }
}

/// Which values of a block are there: all that has to be known to step from one to the next.
#[derive(Clone, Copy)]
pub(super) struct KnownValues(u64);

impl Values for KnownValues {
    const NONE: Self = Self(0);
    const SHOWN: bool = false;

    fn tell_mean(&mut self, _: i32) {}

    #[inline]
    fn set(&mut self, place: usize, _: i32) -> Option<()> {
        self.0 |= 1_u64.checked_shl(u32::try_from(place).ok()?)?;
        Some(())
    }

    fn grow(&mut self, _: usize, _: i32) {}

    fn known(&self) -> u64 {
        self.0
    }

    fn samples(&self, _: &[u16; 64]) -> [u8; 64] {
        [0; 64]
    }
}

#[expect(clippy::cast_possible_truncation, reason = "hostile data may go round; pictures don't")]
const fn short(value: i32) -> i16 {
    value as i16
}

/// A whole block in one go.
#[inline]
pub(super) fn sequential(bits: &mut Bits<'_>, dc: &Huffman, ac: &Huffman, mean: &mut i32, block: &mut impl Values) -> Option<()> {
    first_mean(bits, dc, mean, 0, block)?;
    let mut place = 1;
    while place < 64 {
        let symbol = ac.symbol(bits)?;
        let (run, size) = (usize::from(symbol >> 4), symbol & 15);
        if size == 0 {
            if run < 15 {
                break;
            }
            place += 16;
            continue;
        }
        place += run;
        block.set(place, bits.signed(size)?)?;
        place += 1;
    }
    Some(())
}

/// The mean, as its difference to the last one.
#[inline]
pub(super) fn first_mean(bits: &mut Bits<'_>, dc: &Huffman, mean: &mut i32, low: u8, block: &mut impl Values) -> Option<()> {
    let size = dc.symbol(bits)?;
    if size > MOST_BITS {
        return None;
    }
    *mean = mean.wrapping_add(bits.signed(size)?);
    block.tell_mean(mean.wrapping_shl(u32::from(low)));
    Some(())
}

/// One more bit of the mean.
pub(super) fn more_mean(bits: &mut Bits<'_>, low: u8, block: &mut impl Values) -> Option<()> {
    block.tell_mean(bits.bit()? << low);
    Some(())
}

/// The upper bits of some values.
pub(super) fn first_values(
    bits: &mut Bits<'_>,
    ac: &Huffman,
    band: Band,
    empty: &mut i32,
    block: &mut impl Values,
) -> Option<()> {
    if *empty > 0 {
        *empty -= 1;
        return Some(());
    }
    let mut place = band.first;
    while place <= band.last {
        let symbol = ac.symbol(bits)?;
        let (run, size) = (symbol >> 4, symbol & 15);
        if size == 0 && run < 15 {
            *empty = (1 << run) - 1 + bits.number(run)?;
            break;
        }
        place += usize::from(run);
        if size > 0 {
            let value = bits.signed(size)? << band.low;
            (place <= band.last).then(|| block.set(place, value))??;
        }
        place += 1;
    }
    Some(())
}

/// One more bit of some values: of those known already, and of those that begin with it.
pub(super) fn more_values(bits: &mut Bits<'_>, ac: &Huffman, band: Band, empty: &mut i32, block: &mut impl Values) -> Option<()> {
    let step = 1_i32 << band.low;
    let known = block.known();
    let mut place = band.first;
    while *empty == 0 && place <= band.last {
        let symbol = ac.symbol(bits)?;
        let (mut run, size) = (symbol >> 4, symbol & 15);
        if size == 0 && run < 15 {
            *empty = (1 << run) + bits.number(run)?;
            break;
        }
        let new = match size {
            0 => 0,
            _ if bits.bit()? == 1 => step,
            _ => -step,
        };
        // Known values on the way get their bit; so many unknown ones stay unknown.
        while place <= band.last {
            if known >> place & 1 == 1 {
                refine(bits, step, place, block)?;
            } else if run == 0 {
                break;
            } else {
                run -= 1;
            }
            place += 1;
        }
        if new != 0 {
            (place <= band.last).then(|| block.set(place, new))??;
        }
        place += 1;
    }
    if *empty > 0 {
        let mut left = known & (u64::MAX >> (63 - band.last)) & u64::MAX.checked_shl(u32::try_from(place).ok()?).unwrap_or(0);
        while left != 0 {
            refine(bits, step, left.trailing_zeros() as usize, block)?;
            left &= left - 1;
        }
        *empty -= 1;
    }
    Some(())
}

fn refine(bits: &mut Bits<'_>, step: i32, place: usize, block: &mut impl Values) -> Option<()> {
    if bits.bit()? == 1 {
        block.grow(place, step);
    }
    Some(())
}

/// The 64 samples of a block, by the integers that libjpeg uses for it (its accurate method), so that the outcome is the
/// same to the last bit.
fn samples(block: &Block, steps: &[u16; 64]) -> [u8; 64] {
    // No picture has larger values; hostile ones must not overflow.
    let mut work: [i64; 64] = std::array::from_fn(|at| (i64::from(block[at]) * i64::from(steps[at])).clamp(-32768, 32767));
    for column in 0..8 {
        let turned = transformed(std::array::from_fn(|row| work[row * 8 + column]), 11);
        for (row, value) in turned.into_iter().enumerate() {
            work[row * 8 + column] = value;
        }
    }
    let mut samples = [0; 64];
    for (row, out) in work.chunks_exact(8).zip(samples.chunks_exact_mut(8)) {
        let turned = transformed(std::array::from_fn(|column| row[column]), 18);
        for (value, sample) in turned.into_iter().zip(out) {
            *sample = u8::try_from((value + 128).clamp(0, 255)).unwrap_or(u8::MAX);
        }
    }
    samples
}

/// One row or column, with the point moved by so many bits.
fn transformed(v: [i64; 8], shift: u32) -> [i64; 8] {
    // Cosines with 13 bits behind the point, as in Loeffler, Ligtenberg and Moschytz.
    let z = (v[2] + v[6]) * 4433;
    let (two, three) = (z - v[6] * 15_137, z + v[2] * 6270);
    let (zero, one) = ((v[0] + v[4]) << 13, (v[0] - v[4]) << 13);
    let even = [zero + three, one + two, one - two, zero - three];

    let z5 = (v[7] + v[3] + v[5] + v[1]) * 9633;
    let (z1, z2) = ((v[7] + v[1]) * -7373, (v[5] + v[3]) * -20_995);
    let (z3, z4) = ((v[7] + v[3]) * -16_069 + z5, (v[5] + v[1]) * -3196 + z5);
    let odd = [v[1] * 12_299 + z1 + z4, v[3] * 25_172 + z2 + z3, v[5] * 16_819 + z2 + z4, v[7] * 2446 + z1 + z3];

    let half = 1 << (shift - 1);
    std::array::from_fn(|at| {
        let sum = if at < 4 { even[at] + odd[at] } else { even[7 - at] - odd[7 - at] };
        (sum + half) >> shift
    })
}
