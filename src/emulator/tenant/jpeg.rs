//! The little the tenant knows of JPEG: whether a body is one, and what it gives back when asked.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{ExtendedColorType, ImageDecoder, ImageEncoder, ImageReader, Limits};

/// Decoder memory for one picture; above what 4 MB of JPEG can sensibly hold.
const MEMORY: u64 = 256 * 1024 * 1024;

/// Width and height as the frame header says them; none if the bytes are no JPEG or end before that header.
pub(crate) fn dimensions(bytes: &[u8]) -> Option<(u16, u16)> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        rest = rest.strip_prefix(&[0xFF])?;
        let (&marker, after) = rest.split_first()?;
        match marker {
            // Fill bytes may stand before any marker.
            0xFF => {}
            // Markers without a length.
            0x01 | 0xD0..=0xD7 => rest = after,
            // The scan or the end came before any frame header.
            0xD8..=0xDA => return None,
            _ => {
                let (length, segment) = after.split_at_checked(2)?;
                let length = usize::from(u16::from_be_bytes([length[0], length[1]])).checked_sub(2)?;
                let (segment, next) = segment.split_at_checked(length)?;
                if matches!(marker, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF) {
                    let size = segment.get(1..5)?;
                    return Some((u16::from_be_bytes([size[2], size[3]]), u16::from_be_bytes([size[0], size[1]])));
                }
                rest = next;
            }
        }
    }
}

/// The picture as Graph hands it out: encoded again, without metadata, no larger than `limit` pixels on its
/// longer side. A body that can't be decoded comes back as it is. CPU work: run it off the runtime.
pub(crate) fn reencode(body: &Bytes, limit: u32) -> Bytes {
    decode(body, limit).unwrap_or_else(|| body.clone())
}

fn decode(body: &[u8], limit: u32) -> Option<Bytes> {
    let mut reader = ImageReader::with_format(Cursor::new(body), image::ImageFormat::Jpeg);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let mut picture = image::DynamicImage::from_decoder(decoder).ok()?;
    if width.max(height) > limit {
        picture = picture.resize(limit, limit, FilterType::Triangle);
    }
    let picture = picture.into_rgb8();
    let mut out = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut out, 90);
    encoder.write_image(picture.as_raw(), picture.width(), picture.height(), ExtendedColorType::Rgb8).ok()?;
    Some(out.into())
}

/// A plain grey square.
pub(crate) fn plain(width: u16) -> Option<Bytes> {
    let pixels = vec![0x80; usize::from(width) * usize::from(width)];
    let mut out = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut out, 80);
    encoder.write_image(&pixels, width.into(), width.into(), ExtendedColorType::L8).ok()?;
    Some(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_frame_header_and_nothing_it_should_not() {
        let jpeg = plain(100).unwrap();
        assert_eq!(dimensions(&jpeg), Some((100, 100)));
        for end in 0..33 {
            assert_eq!(dimensions(&jpeg[..end]), None, "a stub of {end} bytes");
        }
        assert_eq!(dimensions(b"\x89PNG\r\n"), None);
        assert_eq!(dimensions(b"\xFF\xD8\xFF\xDA\0\x02"), None);
        assert_eq!(dimensions(b"\xFF\xD8\xFF\xE0\0\0"), None);
    }

    #[test]
    fn hands_out_smaller_pictures_but_never_larger_ones() {
        let jpeg = plain(100).unwrap();
        assert_eq!(dimensions(&reencode(&jpeg, 64)), Some((64, 64)));
        assert_eq!(dimensions(&reencode(&jpeg, 648)), Some((100, 100)));
        let broken = jpeg.slice(..jpeg.len() / 2);
        assert!(!reencode(&broken, 64).is_empty());
    }
}
