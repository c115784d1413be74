//! What a file is, by its content. Names and extensions are not asked.

use std::fmt;

/// Bytes looked at to tell text from pictures and to find the root element of XML.
const TEXT_PROBE_BYTES: usize = 1024;

/// Kinds of files that HR drops. Some of them can be prepared; the others are known so that they can be named.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF.
    Tiff,
    /// HEIC or HEIF, as iPhones save.
    Heic,
    /// AVIF.
    Avif,
    /// JPEG XL.
    JpegXl,
    /// JPEG 2000.
    Jpeg2000,
    /// SVG drawing.
    Svg,
    /// Windows icon.
    Icon,
    /// Photoshop document.
    Photoshop,
    /// PDF document.
    Pdf,
    /// PostScript or EPS.
    PostScript,
    /// A camera's raw file.
    CameraRaw,
    /// A film.
    Video,
    /// A ZIP archive, which is also what Office documents are.
    Zip,
    /// An old Office document.
    Office,
    /// Text of any kind.
    Text,
}

impl Format {
    /// Every format.
    const ALL: [Self; 20] = [
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Gif,
        Self::Bmp,
        Self::Tiff,
        Self::Heic,
        Self::Avif,
        Self::JpegXl,
        Self::Jpeg2000,
        Self::Svg,
        Self::Icon,
        Self::Photoshop,
        Self::Pdf,
        Self::PostScript,
        Self::CameraRaw,
        Self::Video,
        Self::Zip,
        Self::Office,
        Self::Text,
    ];

    /// Whether a finished picture comes in this format, whether or not it can be prepared here. Drawings, raw files and
    /// project files lie beside the picture that was made of them.
    pub(crate) const fn is_picture(self) -> bool {
        matches!(
            self,
            Self::Jpeg
                | Self::Png
                | Self::Webp
                | Self::Gif
                | Self::Bmp
                | Self::Tiff
                | Self::Heic
                | Self::Avif
                | Self::JpegXl
                | Self::Jpeg2000
        )
    }

    /// Whether pictures of this format can be prepared here.
    pub(crate) const fn is_supported(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp | Self::Gif | Self::Bmp | Self::Tiff | Self::Heic | Self::Avif)
    }

    /// Whether an operator's converter, where there is one, reads pictures of this format.
    pub(crate) const fn may_be_converted(self) -> bool {
        matches!(self, Self::Heic | Self::Avif)
            || !self.is_supported() && (self.is_picture() || matches!(self, Self::CameraRaw | Self::Photoshop))
    }

    /// The name people know it by.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG picture",
            Self::Png => "PNG picture",
            Self::Webp => "WebP picture",
            Self::Gif => "GIF picture",
            Self::Bmp => "BMP picture",
            Self::Tiff => "TIFF picture",
            Self::Heic => "HEIC picture (iPhone)",
            Self::Avif => "AVIF picture",
            Self::JpegXl => "JPEG XL picture",
            Self::Jpeg2000 => "JPEG 2000 picture",
            Self::Svg => "SVG drawing",
            Self::Icon => "Windows icon",
            Self::Photoshop => "Photoshop document",
            Self::Pdf => "PDF document",
            Self::PostScript => "PostScript document",
            Self::CameraRaw => "camera raw picture",
            Self::Video => "video",
            Self::Zip => "ZIP archive or Office document",
            Self::Office => "Office document",
            Self::Text => "text file",
        }
    }

    /// Lower-case file name extensions that go with the format; others are odd, though harmless.
    pub(crate) const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif", "jif", "jfi", "pjpeg", "pjp"],
            Self::Png => &["png", "apng"],
            Self::Webp => &["webp"],
            Self::Gif => &["gif"],
            Self::Bmp => &["bmp", "dib"],
            Self::Tiff => &["tif", "tiff"],
            Self::Heic => &["heic", "heif", "hif", "heics", "heifs"],
            Self::Avif => &["avif", "avifs"],
            Self::JpegXl => &["jxl"],
            Self::Jpeg2000 => &["jp2", "j2k", "jpx", "jpf"],
            Self::Svg => &["svg"],
            Self::Icon => &["ico"],
            Self::Photoshop => &["psd", "psb"],
            Self::Pdf => &["pdf"],
            Self::PostScript => &["eps"],
            Self::CameraRaw => &[
                "cr2", "cr3", "crw", "raf", "rw2", "orf", "nef", "nrw", "arw", "srf", "sr2", "dng", "pef", "srw", "x3f", "3fr",
                "iiq", "rwl", "raw",
            ],
            Self::Video => {
                &["mp4", "mov", "m4v", "avi", "mpg", "mpeg", "mts", "m2ts", "3gp", "mkv", "webm", "wmv", "lrv", "insv"]
            }
            Self::Zip => &["zip", "docx", "docm", "pptx", "xlsx", "xlsm", "odt", "ods", "odp", "7z", "rar", "tar", "gz", "tgz"],
            Self::Office => &["doc", "ppt", "xls"],
            Self::Text => &["txt", "csv", "tsv", "xml", "json", "html", "htm", "rtf", "log", "ini", "yaml", "yml"],
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The extensions of pictures, in lower case.
pub(crate) fn picture_extensions() -> impl Iterator<Item = &'static str> {
    extensions(true)
}

/// The extensions of the other formats that are known here: films, documents, raw files.
pub(crate) fn other_extensions() -> impl Iterator<Item = &'static str> {
    extensions(false)
}

fn extensions(of_pictures: bool) -> impl Iterator<Item = &'static str> {
    Format::ALL.into_iter().filter(move |format| format.is_picture() == of_pictures).flat_map(Format::extensions).copied()
}

/// What these bytes are, by the marks at their beginning; none where nothing is known about them.
pub(crate) fn sniff(bytes: &[u8]) -> Option<Format> {
    let at = |offset: usize, mark: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(mark));
    Some(match bytes {
        [0xFF, 0xD8, 0xFF | 0, ..] | [0xFF, 0xD8] => Format::Jpeg,
        [0x89, b'P', b'N', b'G', ..] => Format::Png,
        [b'R', b'I', b'F', b'F', ..] if at(8, b"WEBP") => Format::Webp,
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Format::Gif,
        [b'B', b'M', ..] if is_bitmap_header(bytes) => Format::Bmp,
        [b'I', b'I', b'R', b'O' | b'S', ..] | [b'I', b'I', b'U', 0, ..] => Format::CameraRaw,
        [b'I', b'I', 0x2A, 0, ..] | [b'M', b'M', 0, 0x2A, ..] if at(8, b"CR\x02") => Format::CameraRaw,
        [b'I', b'I', 0x2A | 0x2B, 0, ..] | [b'M', b'M', 0, 0x2A | 0x2B, ..] => Format::Tiff,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => brand(bytes),
        [0xFF, 0x0A, ..] | [0, 0, 0, 0x0C, b'J', b'X', b'L', b' ', ..] => Format::JpegXl,
        [0, 0, 0, 0x0C, b'j', b'P', b' ', b' ', ..] | [0xFF, 0x4F, 0xFF, 0x51, ..] => Format::Jpeg2000,
        [0, 0, 1, 0, 1..=64, 0, ..] => Format::Icon,
        [b'8', b'B', b'P', b'S', ..] => Format::Photoshop,
        [b'%', b'P', b'D', b'F', ..] => Format::Pdf,
        [b'%', b'!', b'P', b'S', ..] | [0xC5, 0xD0, 0xD3, 0xC6, ..] => Format::PostScript,
        [b'P', b'K', 3, 4, ..] => Format::Zip,
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Format::Office,
        _ if at(0, b"FUJIFILM") => Format::CameraRaw,
        _ => return text(bytes),
    })
}

/// "BM" alone also begins words; the length of the second header has few values.
fn is_bitmap_header(bytes: &[u8]) -> bool {
    matches!(bytes.get(14..18), Some([12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// ISO media files name their kind in the first box: a main brand and compatible ones, four letters each.
fn brand(bytes: &[u8]) -> Format {
    let end = bytes.get(..4).map_or(0, |size| size.iter().fold(0_usize, |sum, &byte| (sum << 8) | usize::from(byte)));
    let brands = || bytes.get(8..end.clamp(12, 256).min(bytes.len())).unwrap_or_default().chunks_exact(4);
    let any = |wanted: &[&[u8; 4]]| brands().any(|found| wanted.iter().any(|brand| brand.as_slice() == found));
    if any(&[b"avif", b"avis"]) {
        Format::Avif
    } else if any(&[b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"]) {
        Format::Heic
    } else if any(&[b"crx "]) {
        Format::CameraRaw
    } else {
        Format::Video
    }
}

/// Text has no control characters but white space. UTF-16 is known by its mark only.
fn text(bytes: &[u8]) -> Option<Format> {
    let probe = bytes.get(..TEXT_PROBE_BYTES).unwrap_or(bytes);
    if probe.starts_with(&[0xFF, 0xFE]) || probe.starts_with(&[0xFE, 0xFF]) {
        return Some(Format::Text);
    }
    let probe = probe.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(probe);
    let printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x20..=0x7E | 0x80..);
    if probe.is_empty() || !probe.iter().all(printable) {
        return None;
    }
    let beginning = String::from_utf8_lossy(probe).trim_start().to_ascii_lowercase();
    if beginning.starts_with('<') && beginning.contains("<svg") {
        return Some(Format::Svg);
    }
    // High bytes alone make no text: at least its first half kilobyte has to be UTF-8 or mostly ASCII.
    let ascii = probe.iter().filter(|byte| byte.is_ascii()).count();
    (ascii >= probe.len() / 2 || std::str::from_utf8(probe).is_ok()).then_some(Format::Text)
}

/// Whether the file says that it moves. Only its first frame can be shown.
pub(super) fn animated(format: Format, bytes: &[u8]) -> bool {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let holds = |mark: &[u8]| head.windows(mark.len()).any(|window| window == mark);
    match format {
        Format::Gif => holds(b"NETSCAPE2.0"),
        Format::Webp => holds(b"ANIM"),
        Format::Png => holds(b"acTL"),
        _ => false,
    }
}
