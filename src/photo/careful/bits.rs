//! Coded picture data, bit by bit, and the tables that give its codes a meaning.

/// The data of one scan. It never makes up what is missing: at its end there are no more bits.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    position: usize,
    byte: u8,
    left: u8,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data, position: 0, byte: 0, left: 0 }
    }

    /// Just after the last byte of which a bit was read.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    pub(super) fn bit(&mut self) -> Option<i32> {
        if self.left == 0 {
            let byte = *self.data.get(self.position)?;
            let stuffed = byte == 0xFF;
            if stuffed && self.data.get(self.position + 1) != Some(&0) {
                return None;
            }
            self.position += 1 + usize::from(stuffed);
            (self.byte, self.left) = (byte, 8);
        }
        self.left -= 1;
        Some(i32::from(self.byte >> self.left & 1))
    }

    /// A number of so many bits, 16 at most.
    pub(super) fn number(&mut self, bits: u8) -> Option<i32> {
        let mut number = 0;
        for _ in 0..bits {
            number = number << 1 | self.bit()?;
        }
        Some(number)
    }

    /// A number of so many bits with its sign: those that begin with a zero are negative.
    pub(super) fn signed(&mut self, bits: u8) -> Option<i32> {
        let number = self.number(bits)?;
        Some(if bits > 0 && number >> (bits - 1) == 0 { number - (1 << bits) + 1 } else { number })
    }

    /// Steps over the restart mark of this number, which has to come next.
    pub(super) fn restart(&mut self, number: u8) -> Option<()> {
        self.left = 0;
        let marks = self.data.get(self.position..)?;
        let fill = marks.iter().take_while(|byte| **byte == 0xFF).count();
        if fill == 0 || marks.get(fill) != Some(&(0xD0 + number)) {
            return None;
        }
        self.position += fill + 1;
        Some(())
    }
}

/// Which code stands for which symbol.
pub(super) struct Huffman {
    /// How many codes there are of 1 to 16 bits.
    counts: [u8; 16],
    symbols: Vec<u8>,
}

impl Huffman {
    /// Reads a table, and gives back what follows it.
    pub(super) fn read(content: &[u8]) -> Option<(Self, &[u8])> {
        let (counts, rest) = content.split_first_chunk::<16>()?;
        let symbols = counts.iter().map(|count| usize::from(*count)).sum();
        let (symbols, rest) = rest.split_at_checked(symbols)?;
        Some((Self { counts: *counts, symbols: symbols.to_vec() }, rest))
    }

    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        for count in self.counts {
            code |= bits.bit()?;
            let within = usize::try_from(code - first).ok()?;
            if within < usize::from(count) {
                return self.symbols.get(index + within).copied();
            }
            index += usize::from(count);
            first = (first + i32::from(count)) << 1;
            code <<= 1;
        }
        None
    }
}
