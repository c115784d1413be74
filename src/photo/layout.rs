//! How a JPEG file is laid out: its segments walked from the first to the end mark, without decoding.
//!
//! The walk proves that the file is whole as far as marks can tell: every segment lies inside the file, the picture
//! data holds no mark that may not stand there, and the end mark is there. It does not decode: wrong bits inside
//! the picture data, a hole of zero bytes in it, or an end mark that was put after a cut stay unseen.

use std::ops::Range;

use image::metadata::Orientation;
use memchr::memchr;

use super::words::{grouped, size};
use crate::model::{Problem, Reason};

/// Progressive pictures come in about ten scans; thousands of them burn minutes from a few kilobytes.
const MAX_SCANS: usize = 100;
/// Up to here the limit of pixels says enough.
const USUAL_SCANS: usize = 10;
/// Scans times pixels: a hundred scans over 12 megapixels, ten over 120. A few seconds of decoding.
const MAX_SCANNED_PIXELS: u64 = 1_200_000_000;
/// Colour profiles are a few kilobytes, printers' ones up to two megabytes.
const MAX_PROFILE_BYTES: usize = 4 * 1024 * 1024;

/// How a JPEG is coded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Process {
    /// The plain one, which every reader knows.
    Baseline,
    /// The plain one with more tables than some readers have.
    Extended,
    /// From coarse to fine, which every reader knows too.
    Progressive,
}

/// What the marks of a JPEG file tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: u8,
    pub(super) process: Process,
    /// The picture comes in one scan, top to bottom.
    pub(super) one_scan: bool,
    /// The components are red, green and blue themselves, not brightness and two colour differences.
    pub(super) plain_rgb: bool,
    /// Four components are brightness, two colour differences and black, not the inks themselves.
    pub(super) coded_inks: bool,
    pub(super) orientation: Orientation,
    /// The colour profile, put together from its pieces.
    pub(super) profile: Option<Vec<u8>>,
    /// Segments that hold metadata, in the order of the file.
    pub(super) metadata: Vec<Range<usize>>,
    /// Just after the end mark; what follows is no part of the picture.
    pub(super) end: usize,
}

/// Walks the file; damage and processes that nobody decodes are problems.
pub(super) fn walk(bytes: &[u8]) -> Result<Layout, Problem> {
    let mut walk = Walk { bytes, position: 2, header: None, adobe: None, restarts: false, scans: 0, picture_bytes: 0 };
    let mut metadata = Vec::new();
    let mut orientation = None;
    let mut profile: Vec<(u8, &[u8])> = Vec::new();
    let end = loop {
        let start = walk.position;
        let mark = walk.mark()?;
        match mark {
            0xD9 => break walk.position,
            0xC0 => walk.header(Process::Baseline)?,
            0xC1 => walk.header(Process::Extended)?,
            0xC2 => walk.header(Process::Progressive)?,
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xCC => return Err(rare("a rare coding process")),
            0xC4 | 0xDB => drop(walk.segment()?),
            0xDD => walk.restarts |= walk.segment()? != [0, 0],
            0xDC => return Err(rare("its height only after the picture")),
            0xDA => walk.scan()?,
            0xE0..=0xEF | 0xFE => {
                let content = walk.segment()?;
                match (mark, content) {
                    (0xE0, [b'J', b'F', b'I', b'F', 0, _, _, _, _, _, _, _, 0, 0]) => continue,
                    (0xEE, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform]) => {
                        walk.adobe = Some(*transform);
                        continue;
                    }
                    (0xE1, [b'E', b'x', b'i', b'f', 0, 0, exif @ ..]) if orientation.is_none() => {
                        orientation = Orientation::from_exif_chunk(exif);
                    }
                    (0xE2, _) => profile.extend(profile_piece(content)),
                    _ => {}
                }
                metadata.push(start..walk.position);
            }
            _ => return Err(corrupt(format!("the JPEG holds the unknown mark {mark:02X} at byte {}", grouped(start)))),
        }
    };
    let Some(header) = walk.header else {
        return Err(corrupt("the JPEG ends before its size is told"));
    };
    if walk.scans == 0 {
        return Err(corrupt("the JPEG holds no picture data"));
    }
    header.check_plausible(walk.picture_bytes)?;
    header.check_effort(walk.scans)?;
    Ok(Layout {
        width: header.width,
        height: header.height,
        components: header.components,
        process: header.process,
        one_scan: walk.scans == 1,
        plain_rgb: header.components == 3 && (walk.adobe == Some(0) || header.rgb_names),
        coded_inks: header.components == 4 && walk.adobe == Some(2),
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        profile: assemble(profile),
        metadata,
        end,
    })
}

/// What the frame header says.
#[derive(Clone, Copy)]
struct Header {
    process: Process,
    width: u32,
    height: u32,
    components: u8,
    rgb_names: bool,
}

impl Header {
    /// Each block of 8 x 8 brightness values takes two bits at least, one where scans may leave out the rest. Less
    /// data can't be the picture that the header promises; a forged header would only make the decoder fill memory.
    fn check_plausible(self, picture_bytes: usize) -> Result<(), Problem> {
        let blocks = u64::from(self.width / 8) * u64::from(self.height / 8);
        let least = if self.process == Process::Progressive { blocks / 8 } else { blocks / 4 };
        if u64::try_from(picture_bytes).unwrap_or(u64::MAX) < least {
            let promised = size(self.width, self.height);
            let held = grouped(picture_bytes);
            return Err(corrupt(format!("the JPEG promises {promised} but holds {held} bytes of picture data")));
        }
        Ok(())
    }

    /// Small files can ask for minutes of work, by going over a large picture again and again.
    fn check_effort(self, scans: usize) -> Result<(), Problem> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        if scans <= USUAL_SCANS || u64::try_from(scans).unwrap_or(u64::MAX).saturating_mul(pixels) <= MAX_SCANNED_PIXELS {
            return Ok(());
        }
        let detail = format!("{} in {scans} scans would take too long to decode", size(self.width, self.height));
        Err(Problem::new(Reason::PhotoTooLarge, detail).with_cure("Open the picture and save it anew as a plain JPEG."))
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    position: usize,
    header: Option<Header>,
    adobe: Option<u8>,
    restarts: bool,
    scans: usize,
    picture_bytes: usize,
}

impl<'a> Walk<'a> {
    /// The next mark; any number of fill bytes may stand before it.
    fn mark(&mut self) -> Result<u8, Problem> {
        let start = self.position;
        loop {
            let byte = *self.bytes.get(self.position).ok_or_else(|| self.cut_off())?;
            self.position += 1;
            match byte {
                0xFF => {}
                _ if self.position - start < 2 => {
                    return Err(corrupt(format!("the JPEG holds stray bytes at byte {}", grouped(start))));
                }
                mark => return Ok(mark),
            }
        }
    }

    /// The content of the segment whose mark was just read.
    fn segment(&mut self) -> Result<&'a [u8], Problem> {
        let Some([high, low]) = self.bytes.get(self.position..).and_then(|rest| rest.first_chunk::<2>()) else {
            return Err(self.cut_off());
        };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length < 2 {
            return Err(corrupt(format!("the JPEG has a segment without length at byte {}", grouped(self.position))));
        }
        let content = self.bytes.get(self.position + 2..self.position + length).ok_or_else(|| self.cut_off())?;
        self.position += length;
        Ok(content)
    }

    fn header(&mut self, process: Process) -> Result<(), Problem> {
        let content = self.segment()?;
        if self.header.is_some() {
            return Err(corrupt("the JPEG tells its size twice"));
        }
        let [precision, high, low, wide, narrow, components, tables @ ..] = content else {
            return Err(corrupt("the JPEG's header is too short"));
        };
        if *precision != 8 {
            return Err(rare(&format!("{precision} bits a colour")));
        }
        if tables.len() != usize::from(*components) * 3 {
            return Err(corrupt("the JPEG's header has the wrong length"));
        }
        if !matches!(components, 1 | 3 | 4) {
            return Err(rare(&format!("{components} colour components")));
        }
        let height = u32::from(u16::from_be_bytes([*high, *low]));
        let width = u32::from(u16::from_be_bytes([*wide, *narrow]));
        if height == 0 || width == 0 {
            return Err(corrupt("the JPEG says that it has no pixels"));
        }
        let rgb_names = tables.iter().step_by(3).eq(b"RGB");
        self.header = Some(Header { process, width, height, components: *components, rgb_names });
        Ok(())
    }

    /// Steps over the picture data that follows a scan header, up to the next mark.
    fn scan(&mut self) -> Result<(), Problem> {
        self.segment()?;
        if self.header.is_none() {
            return Err(corrupt("the JPEG's picture data comes before its size"));
        }
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(corrupt(format!("the JPEG has more than {MAX_SCANS} scans; no camera or program writes that")));
        }
        let start = self.position;
        loop {
            let rest = self.bytes.get(self.position..).unwrap_or_default();
            let found = memchr(0xFF, rest).ok_or_else(|| self.cut_off())?;
            match rest.get(found + 1) {
                None => return Err(self.cut_off()),
                Some(0) => self.position += found + 2,
                // A fill byte: look at the next one again.
                Some(0xFF) => self.position += found + 1,
                Some(0xD0..=0xD7) if self.restarts => self.position += found + 2,
                Some(_) => {
                    self.position += found;
                    self.picture_bytes = self.picture_bytes.saturating_add(self.position - start);
                    return Ok(());
                }
            }
        }
    }

    fn cut_off(&self) -> Problem {
        let place = if self.scans > 0 { "in the middle of the picture data" } else { "before the picture data" };
        corrupt(format!("the JPEG ends {place} ({} of its bytes are there)", grouped(self.bytes.len())))
    }
}

/// A profile longer than a segment comes in numbered pieces.
fn profile_piece(content: &[u8]) -> Option<(u8, &[u8])> {
    match content.strip_prefix(b"ICC_PROFILE\0") {
        Some([number, _count, piece @ ..]) => Some((*number, piece)),
        _ => None,
    }
}

fn assemble(mut pieces: Vec<(u8, &[u8])>) -> Option<Vec<u8>> {
    pieces.sort_by_key(|(number, _)| *number);
    pieces.dedup_by_key(|(number, _)| *number);
    let profile: Vec<u8> = pieces.iter().flat_map(|(_, piece)| piece.iter().copied()).take(MAX_PROFILE_BYTES).collect();
    (!profile.is_empty()).then_some(profile)
}

fn corrupt(detail: impl Into<String>) -> Problem {
    Problem::new(Reason::PhotoCorrupt, detail)
}

fn rare(what: &str) -> Problem {
    Problem::new(Reason::PhotoUnsupported, format!("a JPEG with {what}; it can't be decoded here"))
        .with_cure("Open the picture and save it anew as a plain JPEG.")
}
