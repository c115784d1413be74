//! The boxes of an ISO media file, each with a length and a name of four letters, and the numbers in them.

/// A place in bytes that is read from front to back. Whatever is not there is none.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a> {
    rest: &'a [u8],
}

/// One box: its name and what it holds.
#[derive(Clone, Copy)]
pub(super) struct Box<'a> {
    pub(super) name: [u8; 4],
    pub(super) content: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(super) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(super) const fn len(&self) -> usize {
        self.rest.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// A number of so many bytes, the greatest first; none of more than eight.
    pub(super) fn number(&mut self, bytes: usize) -> Option<u64> {
        if bytes > 8 {
            return None;
        }
        Some(self.take(bytes)?.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|taken| taken[0])
    }

    pub(super) fn short(&mut self) -> Option<u16> {
        u16::try_from(self.number(2)?).ok()
    }

    pub(super) fn long(&mut self) -> Option<u32> {
        u32::try_from(self.number(4)?).ok()
    }

    pub(super) fn name(&mut self) -> Option<[u8; 4]> {
        self.take(4)?.try_into().ok()
    }

    /// The version and the flags at the beginning of many boxes.
    pub(super) fn version(&mut self) -> Option<(u8, u32)> {
        let both = self.long()?;
        Some((both.to_be_bytes()[0], both & 0x00FF_FFFF))
    }

    /// The next box; none at the end, or where what is there is none.
    pub(super) fn next_box(&mut self) -> Option<Box<'a>> {
        let whole = self.rest;
        let (size, name) = (self.long()?, self.name()?);
        let size = match size {
            0 => whole.len(),
            1 => usize::try_from(self.number(8)?).ok()?,
            size => size as usize,
        };
        let head = whole.len() - self.rest.len();
        let content = self.take(size.checked_sub(head)?)?;
        Some(Box { name, content })
    }

    /// All boxes up to the end, or up to what is none.
    pub(super) fn boxes(mut self) -> impl Iterator<Item = Box<'a>> {
        std::iter::from_fn(move || self.next_box())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_read_up_to_what_is_none() {
        let file = b"\0\0\0\x0Aabcd12\0\0\0\x01efgh\0\0\0\0\0\0\0\x123\x34\0\0\0\0ijkl56";
        let boxes: Vec<_> = Bytes::new(file).boxes().map(|found| (found.name, found.content)).collect();
        assert_eq!(boxes, [(*b"abcd", &b"12"[..]), (*b"efgh", b"34"), (*b"ijkl", b"56")]);
        for end in 1..10 {
            assert_eq!(Bytes::new(&file[..end]).boxes().count(), 0, "{end}");
        }
        assert_eq!(Bytes::new(b"\0\0\0\x04abcd").boxes().count(), 0, "smaller than its own head");
    }
}
