//! Whether a picture looks as if its writing was not finished.

use super::sniff::{Format, sniff};

/// So many zero bytes at the end are room that was taken for what was to follow.
const ROOM: usize = 64;
/// So many at the end of compressed data are no picture.
const LONG_ROOM: usize = 512;
/// So many, or this part of the file, at the end of plain pixels.
const MANY: usize = 4_096;
const MANY_SHARE: usize = 12;
/// What is said of it.
pub(super) const ROOM_FOR_THE_REST: &str = "the file ends in zero bytes in the middle of the picture; copying it never finished";
/// What a PNG ends with: the chunk IEND and its checksum.
const PNG_END: &[u8] = b"IEND\xAE\x42\x60\x82";

/// Whether bytes are missing at the end. Asked only about pictures that can't be decoded: one that can is whole enough.
pub(crate) fn is_cut_short(bytes: &[u8]) -> bool {
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    if bytes.len() == zeros || zeros >= ROOM {
        return true;
    }
    let at = |place: usize| Some(u32::from_le_bytes(bytes.get(place..place + 4)?.try_into().ok()?) as usize);
    match sniff(bytes) {
        Some(Format::Jpeg) => !bytes[..bytes.len() - zeros].ends_with(&[0xFF, 0xD9]),
        Some(Format::Png) => !bytes.ends_with(PNG_END),
        Some(Format::Gif) => !bytes.ends_with(b";"),
        Some(Format::Webp) => at(4).is_none_or(|size| size.saturating_add(8) > bytes.len()),
        Some(Format::Bmp) => at(2).is_none_or(|size| size > bytes.len()),
        Some(Format::Heic | Format::Avif) => !boxes_end(bytes),
        // A TIFF may keep its parts in any order.
        _ => false,
    }
}

/// Whether a picture ends in room that was taken for the rest of it: decoders may read zeros as a picture, grey from there on.
pub(super) fn ends_in_room(format: Format, bytes: &[u8]) -> bool {
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    match format {
        // Behind the end of a picture anything may stand.
        Format::Jpeg if zeros >= ROOM => {
            let written = &bytes[..bytes.len() - zeros];
            let last = memchr::memmem::rfind(written, &[0xFF, 0xDA]).unwrap_or(0);
            memchr::memmem::find(&written[last..], &[0xFF, 0xD9]).is_none()
        }
        Format::Webp if zeros >= LONG_ROOM => matches!(last_chunk(bytes), Some(b"VP8 " | b"VP8L" | b"ALPH" | b"ANMF")),
        Format::Avif if zeros >= LONG_ROOM => last_box(bytes) == Some(*b"mdat"),
        // Lines of black look the same; so many of them, to the last value, come from no camera.
        Format::Bmp => match kind_of_bmp(bytes) {
            // Compressed lines end with a mark.
            Some((_, 1 | 2)) => zeros >= ROOM,
            // With 32 bits, zero may be glass, and with few bits any colour.
            Some((16 | 24, _)) => ends_in_black(zeros, bytes.len()),
            _ => false,
        },
        _ => false,
    }
}

/// The name of the chunk that a WebP file ends with.
fn last_chunk(bytes: &[u8]) -> Option<&[u8]> {
    let mut place = 12;
    loop {
        let size = u32::from_le_bytes(bytes.get(place + 4..place + 8)?.try_into().ok()?) as usize;
        let next = place.saturating_add(8).saturating_add(size).saturating_add(size % 2);
        if next >= bytes.len() {
            return bytes.get(place..place + 4);
        }
        place = next;
    }
}

/// The type of the box that an ISO media file ends with.
fn last_box(bytes: &[u8]) -> Option<[u8; 4]> {
    let mut place: usize = 0;
    loop {
        let head = bytes.get(place..place + 8)?;
        let size = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
            0 => bytes.len(),
            1 => usize::try_from(u64::from_be_bytes(bytes.get(place + 8..place + 16)?.try_into().ok()?)).ok()?.max(16),
            size => (size as usize).max(8),
        };
        place = place.saturating_add(size);
        if place >= bytes.len() {
            return head[4..].try_into().ok();
        }
    }
}

/// Whether so many zeros at the end of so many plain values are no picture.
pub(super) fn ends_in_black(zeros: usize, of: usize) -> bool {
    zeros >= MANY.max(of / MANY_SHARE)
}

/// Bits of a pixel of a bitmap, and how they are compressed.
fn kind_of_bmp(bytes: &[u8]) -> Option<(u16, u16)> {
    let two = |place: usize| bytes.get(place..place + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    matches!(two(14)?, 40 | 52 | 56 | 108 | 124).then_some((two(28)?, two(30)?))
}

/// Whether the boxes of an ISO media file end where the file does, or before.
fn boxes_end(bytes: &[u8]) -> bool {
    let mut place: usize = 0;
    // Each step is 8 bytes at least.
    while place < bytes.len() {
        let Some(head) = bytes.get(place..place + 8) else { return false };
        let size = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
            // To the end of the file, wherever that is.
            0 => return true,
            1 => match bytes.get(place + 8..place + 16).and_then(|size| size.try_into().ok()).map(u64::from_be_bytes) {
                Some(size) => usize::try_from(size).unwrap_or(usize::MAX).max(16),
                None => return false,
            },
            size => (size as usize).max(8),
        };
        place = place.saturating_add(size);
    }
    place == bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &[u8], tail: &[u8]) -> Vec<u8> {
        [head, &[7; 100], tail].concat()
    }

    #[test]
    fn what_ends_early_is_told_from_what_is_whole() {
        let sized = |bytes: Vec<u8>, place: usize, less: usize| {
            let size = u32::try_from(bytes.len() - less).unwrap().to_le_bytes();
            [&bytes[..place], &size, &bytes[place + 4..]].concat()
        };
        let ftyp = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        let whole = [
            of(b"\xFF\xD8\xFF\xE0", b"\xFF\xD9"),
            of(b"\xFF\xD8\xFF\xE0", b"\xFF\xD9\0\0\0"),
            of(b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", PNG_END),
            of(b"GIF89a", b";"),
            sized(of(b"RIFF....WEBPVP8 ", b""), 4, 8),
            sized(of(b"BM....\0\0\0\0\x36\0\0\0\x28\0\0\0", b""), 2, 0),
            [&ftyp[..], b"\0\0\0\x6Cmdat", &[7; 100]].concat(),
        ];
        for bytes in whole {
            assert!(sniff(&bytes).is_some(), "{:?}", &bytes[..12]);
            assert!(!is_cut_short(&bytes), "{:?}", &bytes[..12]);
            assert!(is_cut_short(&bytes[..bytes.len() - 30]), "{:?}", &bytes[..12]);
            let room = [&bytes[..bytes.len() - 30], &[0; 100]].concat();
            assert!(is_cut_short(&room), "room taken for the rest: {:?}", &bytes[..12]);
        }
        // The data of a picture that ends in room, and a box behind it that is nothing else.
        let avif = b"\0\0\0\x18ftypavif\0\0\0\0avifmif1";
        let of_boxes = |tail: &[u8]| [&avif[..], b"\0\0\x04\0mdat", &[7; 500], &[0; 516], tail].concat();
        assert!(ends_in_room(Format::Avif, &of_boxes(b"")));
        assert!(!ends_in_room(Format::Avif, &of_boxes(&[b"\0\0\x04\0free".as_slice(), &[0; 1016]].concat())));
        assert!(!ends_in_room(Format::Avif, &of_boxes(b"\0\0\0\x08free")));
        for (bytes, cut) in [(&b""[..], true), (&[0; 10], true), (b"Dear HR", false)] {
            assert_eq!(is_cut_short(bytes), cut, "{bytes:?}");
        }
    }
}
