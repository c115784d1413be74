//! Finds out how a JPEG file is laid out: its segments walked from the first to the end mark, without decoding.
//!
//! The walk proves that the file is whole as far as marks can tell: every segment lies inside the file, the picture
//! data holds no mark that may not stand there, and the end mark is there. It does not decode: wrong bits inside
//! the picture data, a hole of zero bytes in it, or an end mark that was put after a cut stay unseen. Nor can it tell
//! whether a file without an end mark lacks more than that: such a layout is open.

use std::ops::Range;

use memchr::memchr;

use super::format::{grouped, size};
use super::layout::{Component, Layout, Part, Process, SCAN, rare};
use super::ordinary::is_ordinary;
use super::segments::SegmentInfo;
use crate::model::{Problem, Reason};

/// Progressive pictures come in about ten scans; thousands of them burn minutes from a few kilobytes.
const MAX_SCANS: usize = 100;
/// Up to here the limit of pixels says enough.
const USUAL_SCANS: usize = 10;
/// Scans times pixels: a hundred scans over 12 megapixels, ten over 120. A few seconds of decoding.
const MAX_SCANNED_PIXELS: u64 = 1_200_000_000;

/// Walks the file; damage and processes that nobody decodes are problems.
pub(super) fn walk(bytes: &[u8]) -> Result<Layout, Problem> {
    let mut walk = Walk { bytes, position: 2, header: None, late_height: false, parts: Vec::new(), scans: 0, picture_bytes: 0 };
    let mut told = SegmentInfo::default();
    let mut metadata = Vec::new();
    let open = loop {
        let gap = walk.skip_filling();
        if !gap.is_empty() {
            metadata.push(gap);
        }
        let start = walk.position;
        match walk.step() {
            Ok(Step::End) => break None,
            Ok(Step::Needed) => {}
            Ok(Step::About(mark, content)) => {
                if !told.hear(mark, content) {
                    metadata.push(start..walk.position);
                }
            }
            Err(problem) if walk.scans == 0 || walk.scans > MAX_SCANS => return Err(problem),
            Err(problem) => {
                walk.position = start;
                break Some(problem);
            }
        }
    };
    let Some(header) = walk.header.take() else {
        return Err(corrupt("the JPEG ends before its size is told"));
    };
    if walk.scans == 0 {
        return Err(corrupt("the JPEG holds no picture data"));
    }
    if header.height == 0 {
        return Err(open.unwrap_or_else(|| corrupt("the JPEG doesn't say how tall it is")));
    }
    header.check_plausible(walk.picture_bytes)?;
    header.check_effort(walk.scans)?;
    let (colours, colours_disputed) = told.colours(&header.components)?;
    let mut layout = Layout {
        width: header.width,
        height: header.height,
        components: header.components,
        process: header.process,
        colours,
        colours_disputed,
        late_height: walk.late_height,
        parts: walk.parts,
        orientation: told.orientation(),
        profile: told.profile(),
        metadata,
        end: walk.position,
        ordinary: false,
        mended: false,
        open,
    };
    layout.ordinary = is_ordinary(bytes, &layout);
    Ok(layout)
}

/// What the frame header says.
struct Header {
    process: Process,
    width: u32,
    height: u32,
    components: Vec<Component>,
}

impl Header {
    /// Each block of 8 x 8 brightness values takes two bits at least, one where scans may leave out the rest. Less
    /// data can't be the picture that the header promises; a forged header would only make the decoder fill memory.
    fn check_plausible(&self, picture_bytes: usize) -> Result<(), Problem> {
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
    fn check_effort(&self, scans: usize) -> Result<(), Problem> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        if scans <= USUAL_SCANS || u64::try_from(scans).unwrap_or(u64::MAX).saturating_mul(pixels) <= MAX_SCANNED_PIXELS {
            return Ok(());
        }
        let detail = format!("{} in {scans} scans would take too long to decode", size(self.width, self.height));
        Err(Problem::new(Reason::PhotoTooLarge, detail).with_cure("Open the picture and save it again as a plain JPEG."))
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    position: usize,
    header: Option<Header>,
    late_height: bool,
    parts: Vec<Part>,
    scans: usize,
    picture_bytes: usize,
}

/// What was stepped over.
enum Step<'a> {
    End,
    /// Something that the picture needs.
    Needed,
    /// Something about the picture, with its mark.
    About(u8, &'a [u8]),
}

impl<'a> Walk<'a> {
    /// Steps over the next mark and its segment.
    fn step(&mut self) -> Result<Step<'a>, Problem> {
        let start = self.position;
        let mark = self.mark()?;
        match mark {
            0xD9 => return Ok(Step::End),
            0xC0 => self.header(Process::Baseline)?,
            0xC1 => self.header(Process::Extended)?,
            0xC2 => self.header(Process::Progressive)?,
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xCC => return Err(rare("a rare coding process")),
            0xC4 | 0xDB | 0xDD => {
                let content = self.segment()?.len();
                self.part(mark, content, self.position);
            }
            0xDC => {
                let content = self.segment()?;
                if !self.height(content) {
                    return Ok(Step::About(mark, content));
                }
            }
            SCAN => self.scan()?,
            0xE0..=0xEF | 0xFE => return Ok(Step::About(mark, self.segment()?)),
            _ => return Err(corrupt(format!("the JPEG holds the unknown mark {mark:02X} at byte {}", grouped(start)))),
        }
        Ok(Step::Needed)
    }

    /// Notes a segment whose content ends at `end`; its data, if it has any, ends here.
    fn part(&mut self, mark: u8, content: usize, end: usize) {
        self.parts.push(Part { mark, content: end - content..end, data: end..self.position });
    }

    /// Some programs leave room between segments: zero bytes, or marks' first bytes more often than needed.
    fn skip_filling(&mut self) -> Range<usize> {
        let start = self.position;
        while matches!(self.bytes.get(self.position..), Some([0, ..] | [0xFF, 0xFF, ..])) {
            self.position += 1;
        }
        start..self.position
    }

    /// The next mark.
    fn mark(&mut self) -> Result<u8, Problem> {
        match self.bytes.get(self.position..).unwrap_or_default() {
            [0xFF, mark, ..] => {
                self.position += 2;
                Ok(*mark)
            }
            [] | [0xFF] => Err(self.cut_off()),
            _ => Err(corrupt(format!("the JPEG holds stray bytes at byte {}", grouped(self.position)))),
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
        // A height of zero is told after the first scan.
        let height = u32::from(u16::from_be_bytes([*high, *low]));
        let width = u32::from(u16::from_be_bytes([*wide, *narrow]));
        if width == 0 {
            return Err(corrupt("the JPEG says that it has no pixels"));
        }
        let components: Vec<Component> = tables
            .chunks_exact(3)
            .map(|told| Component { id: told[0], across: told[1] >> 4, down: told[1] & 15, table: told[2] })
            .collect();
        let sampled = |component: &Component| (1..=4).contains(&component.across) && (1..=4).contains(&component.down);
        if !components.iter().all(|component| sampled(component) && component.table < 4) {
            return Err(corrupt("the JPEG's header holds numbers that can't be"));
        }
        self.header = Some(Header { process, width, height, components });
        Ok(())
    }

    /// The height, where the header had none. Elsewhere it only says what is known, and isn't needed.
    fn height(&mut self, content: &[u8]) -> bool {
        if let (Some(header), Some(told), 1) = (&mut self.header, content.first_chunk::<2>(), self.scans)
            && header.height == 0
        {
            header.height = u32::from(u16::from_be_bytes(*told));
            self.late_height = true;
            return true;
        }
        false
    }

    /// Steps over the picture data that follows a scan header, up to the next mark.
    fn scan(&mut self) -> Result<(), Problem> {
        let content = self.segment()?.len();
        if self.header.is_none() {
            return Err(corrupt("the JPEG's picture data comes before its size"));
        }
        self.scans += 1;
        if self.scans > MAX_SCANS {
            return Err(corrupt(format!("the JPEG has more than {MAX_SCANS} scans; no camera or program writes that")));
        }
        let start = self.position;
        let restarts = self.restarts();
        let found = loop {
            let rest = self.bytes.get(self.position..).unwrap_or_default();
            let Some(found) = memchr(0xFF, rest) else {
                break false;
            };
            match rest.get(found + 1) {
                None => break false,
                Some(0) => self.position += found + 2,
                // A fill byte: look at the next one again.
                Some(0xFF) => self.position += found + 1,
                Some(0xD0..=0xD7) if restarts => self.position += found + 2,
                Some(_) => {
                    self.position += found;
                    // Fill bytes before the mark are no data.
                    let data = self.bytes.get(start..self.position).unwrap_or_default();
                    self.position -= data.iter().rev().take_while(|byte| **byte == 0xFF).count();
                    break true;
                }
            }
        };
        if !found {
            self.position = self.bytes.len();
        }
        self.picture_bytes = self.picture_bytes.saturating_add(self.position - start);
        self.part(SCAN, content, start);
        if found { Ok(()) } else { Err(self.cut_off()) }
    }

    /// Whether restart marks may stand in the picture data that follows.
    fn restarts(&self) -> bool {
        let last = self.parts.iter().rev().find(|part| part.mark == 0xDD);
        last.and_then(|part| self.bytes.get(part.content.clone())).is_some_and(|interval| !interval.starts_with(&[0, 0]))
    }

    fn cut_off(&self) -> Problem {
        let place = if self.scans > 0 { "in the middle of the picture data" } else { "before the picture data" };
        corrupt(format!("the JPEG ends {place} ({} of its bytes are there)", grouped(self.bytes.len())))
    }
}

fn corrupt(detail: impl Into<String>) -> Problem {
    Problem::new(Reason::PhotoCorrupt, detail)
}
