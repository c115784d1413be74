//! The units of AV1 data, looked at before any is decoded: a file of a few kilobytes may ask for a thousand frames, one
//! as large as the other, of which none is shown.

use super::boxes::Bytes;
use super::items::Fault;

/// Layers of a picture that is shown better and better; a still one has one.
const MOST_FRAMES: usize = 4;
const SEQUENCE_HEADER: u8 = 1;
const FRAME_HEADER: u8 = 3;
const FRAME: u8 = 6;
const TILE_LIST: u8 = 8;

/// Refuses data that is no still picture.
pub(super) fn check(data: &[u8]) -> Result<(), Fault> {
    let kinds = kinds(data).ok_or(Fault::Damaged("its picture data ends early"))?;
    let count = |wanted: &[u8]| kinds.iter().filter(|kind| wanted.contains(kind)).count();
    if count(&[FRAME, FRAME_HEADER]) == 0 || count(&[SEQUENCE_HEADER]) == 0 {
        return Err(Fault::Damaged("there is no picture in its picture data"));
    }
    if count(&[FRAME, FRAME_HEADER]) > MOST_FRAMES || count(&[TILE_LIST]) > 0 {
        return Err(Fault::Unreadable("its picture data is a film's"));
    }
    Ok(())
}

/// What each unit is; none where one is cut short.
fn kinds(data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Bytes::new(data);
    let mut kinds = Vec::new();
    while !bytes.is_empty() {
        let head = bytes.byte()?;
        if head & 4 != 0 {
            bytes.byte()?;
        }
        let length = if head & 2 != 0 { length(&mut bytes)? } else { bytes.len() };
        bytes.take(length)?;
        kinds.push(head >> 3 & 15);
    }
    Some(kinds)
}

/// A number in steps of seven bits, the least first.
fn length(bytes: &mut Bytes<'_>) -> Option<usize> {
    let mut length = 0;
    for step in 0..8 {
        let byte = bytes.byte()?;
        length |= u64::from(byte & 0x7F) << (7 * step);
        if byte & 0x80 == 0 {
            return usize::try_from(length).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEQUENCE: [u8; 3] = [SEQUENCE_HEADER << 3 | 2, 1, 0];
    const PICTURE: [u8; 4] = [FRAME << 3 | 6, 0, 1, 0];

    #[test]
    fn a_still_picture_is_told_from_a_film_and_from_a_part() {
        let of = |frames: usize| [SEQUENCE.as_slice(), &PICTURE.repeat(frames)].concat();
        assert_eq!((check(&of(1)), check(&of(MOST_FRAMES))), (Ok(()), Ok(())));
        assert_eq!(check(&of(MOST_FRAMES + 1)), Err(Fault::Unreadable("its picture data is a film's")));
        let missing = Err(Fault::Damaged("there is no picture in its picture data"));
        assert_eq!((check(&of(0)), check(&PICTURE), check(&[])), (missing, missing, missing));
        let whole = of(1);
        for end in [1, 2, 4, 5, 6] {
            assert_eq!(check(&whole[..end]), Err(Fault::Damaged("its picture data ends early")), "{end}");
        }
        // The last may leave out its length.
        assert_eq!(check(&[SEQUENCE.as_slice(), &[FRAME << 3, 9, 9]].concat()), Ok(()));
        assert_eq!(
            check(&[0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]),
            Err(Fault::Damaged("its picture data ends early"))
        );
    }
}
