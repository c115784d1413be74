//! Coded picture data, bit by bit, and the tables that give its codes a meaning.

use std::cell::Cell;

use super::standard;

/// So many bits of a code are looked up at once; few codes are longer.
const AT_ONCE: u8 = 9;
/// A code or a number has 16 bits at most.
const LONGEST: u8 = 16;

/// The data of one scan. It never makes up what is missing: at its end there are no more bits.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// Where the next byte is taken from.
    place: usize,
    /// Bits that were taken and come next, the first one uppermost; zeros below them.
    held: u64,
    count: u8,
    /// What fills bytes up before marks is ones, and no mark has fill bytes before it, as programs write them.
    is_plain: bool,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data, place: 0, held: 0, count: 0, is_plain: true }
    }

    /// Just after the last byte of which a bit was read.
    pub(super) fn position(&self) -> usize {
        let mut position = self.place;
        for _ in 0..self.count / 8 {
            let stuffed = self.data.get(..position).is_some_and(|taken| taken.ends_with(&[0xFF, 0]));
            position -= 1 + usize::from(stuffed);
        }
        position
    }

    /// Takes as many bytes as there is room for.
    #[inline]
    fn fill(&mut self) {
        let ahead = self.data.get(self.place..).unwrap_or_default();
        if let Some(ahead) = ahead.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes)).filter(|ahead| !holds_mark(*ahead))
        {
            let bytes = (63 - self.count) / 8;
            self.held |= ahead >> self.count;
            self.count += 8 * bytes;
            self.held &= !(u64::MAX >> self.count);
            self.place += usize::from(bytes);
            return;
        }
        while self.count <= 56 {
            let Some(byte) = self.data.get(self.place) else { return };
            let stuffed = *byte == 0xFF;
            if stuffed && self.data.get(self.place + 1) != Some(&0) {
                return;
            }
            self.place += 1 + usize::from(stuffed);
            self.held |= u64::from(*byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The bits that come next, the first one uppermost: 16 at least, or zeros in place of those that aren't there.
    #[inline]
    fn ahead(&mut self) -> u64 {
        if self.count < LONGEST {
            self.fill();
        }
        self.held
    }

    /// Steps over so many bits, 16 at most.
    #[inline]
    pub(super) fn skip(&mut self, bits: u8) -> Option<()> {
        if self.count < bits {
            self.fill();
        }
        self.count = self.count.checked_sub(bits)?;
        self.held <<= bits;
        Some(())
    }

    pub(super) fn bit(&mut self) -> Option<i32> {
        self.number(1)
    }

    /// A number of so many bits, 16 at most.
    #[inline]
    pub(super) fn number(&mut self, bits: u8) -> Option<i32> {
        let number = self.ahead() >> 48 >> (LONGEST - bits.min(LONGEST));
        self.skip(bits)?;
        i32::try_from(number).ok()
    }

    /// A number of so many bits with its sign: those that begin with a zero are negative.
    #[inline]
    pub(super) fn signed(&mut self, bits: u8) -> Option<i32> {
        let number = self.number(bits)?;
        Some(if bits > 0 && number >> (bits - 1) == 0 { number - (1 << bits) + 1 } else { number })
    }

    /// Whether whatever was there beside codes is as programs write it, up to here where the data ends.
    pub(super) const fn is_plain_to_end(&self) -> bool {
        self.is_plain && self.is_filled_up()
    }

    /// Whether the rest of a byte is ones.
    const fn is_filled_up(&self) -> bool {
        let rest = self.count % 8;
        rest == 0 || (!self.held) >> (64 - rest) == 0
    }

    /// Steps over the restart mark of this number, which has to come next.
    pub(super) fn restart(&mut self, number: u8) -> Option<()> {
        self.is_plain &= self.is_filled_up();
        self.place = self.position();
        (self.held, self.count) = (0, 0);
        let marks = self.data.get(self.place..)?;
        let fill = marks.iter().take_while(|byte| **byte == 0xFF).count();
        if fill == 0 || marks.get(fill) != Some(&(0xD0 + number)) {
            return None;
        }
        self.is_plain &= fill == 1;
        self.place += fill + 1;
        Some(())
    }
}

/// Whether one of the eight bytes is FF: a mark's first, or a byte with another one that only says that it is none.
const fn holds_mark(bytes: u64) -> bool {
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    const HIGHEST: u64 = LOWEST << 7;
    (!bytes).wrapping_sub(LOWEST) & bytes & HIGHEST != 0
}

/// Which code stands for which symbol.
pub(super) struct Huffman {
    /// How many codes there are of 1 to 16 bits.
    counts: [u8; LONGEST as usize],
    symbols: Vec<u8>,
    /// By the bits that come next: the symbol, and how many of them its code takes; 0 where it takes more than these.
    short: [(u8, u8); 1 << AT_ONCE],
    /// A bit for each symbol that was read.
    seen: [Cell<u64>; 4],
}

impl Huffman {
    /// Reads a table, and gives back what follows it.
    pub(super) fn read(content: &[u8]) -> Option<(Self, &[u8])> {
        let (counts, rest) = content.split_first_chunk::<16>()?;
        let symbols = counts.iter().map(|count| usize::from(*count)).sum();
        let (symbols, rest) = rest.split_at_checked(symbols)?;
        let mut short = [(0, 0); 1 << AT_ONCE];
        let (mut code, mut next) = (0_usize, symbols.iter());
        for (length, count) in (1..=AT_ONCE).zip(counts) {
            let each = 1 << (AT_ONCE - length);
            for symbol in next.by_ref().take(usize::from(*count)) {
                if let Some(begins) = short.get_mut(code * each..(code + 1) * each) {
                    begins.fill((*symbol, length));
                }
                code += 1;
            }
            code <<= 1;
        }
        Some((Self { counts: *counts, symbols: symbols.to_vec(), short, seen: Default::default() }, rest))
    }

    #[inline]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let ahead = bits.ahead();
        let (symbol, length) = self.short[(ahead >> (64 - AT_ONCE)) as usize];
        if length == 0 {
            return self.long_symbol((ahead >> 48) as usize, bits);
        }
        bits.skip(length)?;
        self.see(symbol);
        Some(symbol)
    }

    #[inline]
    fn see(&self, symbol: u8) {
        let seen = &self.seen[usize::from(symbol >> 6)];
        seen.set(seen.get() | 1 << (symbol & 63));
    }

    /// Whether the table holds nothing but what was read with it, or is the one that programs write without counting: of any
    /// other, what it has for codes that never come may be anything.
    pub(super) fn is_tight(&self) -> bool {
        let seen: u32 = self.seen.iter().map(|seen| seen.get().count_ones()).sum();
        seen == 0 || seen as usize == self.symbols.len() || standard::is_one(&self.counts, &self.symbols)
    }

    /// The symbol whose code the 16 bits begin with.
    fn long_symbol(&self, ahead: usize, bits: &mut Bits<'_>) -> Option<u8> {
        let (mut first, mut index) = (0, 0);
        for (length, count) in (1..=LONGEST).zip(self.counts) {
            let within = (ahead >> (LONGEST - length)).checked_sub(first)?;
            if within < usize::from(count) {
                bits.skip(length)?;
                let symbol = self.symbols.get(index + within).copied()?;
                self.see(symbol);
                return Some(symbol);
            }
            index += usize::from(count);
            first = (first + usize::from(count)) << 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One bit after the other, as the standard's own flow chart has it.
    fn plain(data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut place = 0;
        while let Some(byte) = data.get(place) {
            let stuffed = *byte == 0xFF;
            if stuffed && data.get(place + 1) != Some(&0) {
                break;
            }
            place += 1 + usize::from(stuffed);
            bytes.extend((0..8).rev().map(|bit| byte >> bit & 1));
        }
        bytes
    }

    #[test]
    fn numbers_and_places_are_those_of_the_single_bits() {
        for seed in 0..400 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut data: Vec<u8> =
                (0..random.usize(0..60)).map(|_| *random.choice(&[0, 0xFF, 0x80, 9, 0xFE]).unwrap()).collect();
            if random.bool() {
                data = data.into_iter().flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] }).collect();
            }
            let expected = plain(&data);
            let (mut bits, mut read) = (Bits::new(&data), 0);
            loop {
                let count = random.u8(0..=16);
                let there = expected.get(read..read + usize::from(count));
                let number = there.map(|bits| bits.iter().fold(0, |number, bit| number << 1 | i32::from(*bit)));
                assert_eq!(bits.number(count), number, "seed {seed}, {count} bits behind {read}");
                if number.is_none() {
                    break;
                }
                read += usize::from(count);
                let stuffed = |bytes: &usize| plain(&data[..*bytes]).len() >= read && data[..*bytes].last() != Some(&0xFF);
                let position = (0..=data.len()).find(stuffed).unwrap();
                assert_eq!(bits.position(), position, "seed {seed} behind {read}");
            }
        }
    }

    #[test]
    fn codes_of_every_length_have_their_symbols() {
        // One code of each length: 0, 10, 110 and so on; the one of ones only is none.
        let table = [vec![1; 16], (1..=16).collect()].concat();
        let (codes, rest) = Huffman::read(&table).unwrap();
        assert!(rest.is_empty());
        for length in 1..=16_u32 {
            let code = ((1_u64 << length) - 2) << (64 - length) | (u64::MAX >> length >> 1) & 0x1234_5678_9ABC;
            let bytes = code.to_be_bytes().into_iter();
            let data: Vec<u8> = bytes.flat_map(|byte| if byte == 0xFF { vec![0xFF, 0] } else { vec![byte] }).collect();
            let mut bits = Bits::new(&data);
            assert_eq!(codes.symbol(&mut bits).map(u32::from), Some(length));
            assert_eq!(bits.position(), plain_bytes(&data, length));
        }
        assert_eq!(codes.symbol(&mut Bits::new(&[0xFF, 0, 0xFF, 0])), None);
        assert_eq!(codes.symbol(&mut Bits::new(&[0xFF, 0])), None, "a code that is cut");
        assert!(Huffman::read(&table[..20]).is_none());
    }

    /// Bytes that so many bits take, with those that are stuffed in.
    fn plain_bytes(data: &[u8], bits: u32) -> usize {
        (0..=data.len()).find(|bytes| plain(&data[..*bytes]).len() >= bits as usize).unwrap()
    }
}
