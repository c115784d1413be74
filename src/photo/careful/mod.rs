//! Decodes any JPEG that is coded the usual way (Huffman, eight bits), however it is laid out: one scan or many, any
//! sampling, restarts, tables that change on the way, the height told afterwards, no end mark.
//!
//! Quick decoders show some of these layouts wrong, and paint over what is missing. This one is a few times slower and
//! takes nothing on trust: a picture comes out only if each block of each component was really there.

mod bits;
mod block;
mod plane;
mod standard;

use bits::{Bits, Huffman};
use block::{Band, Block, Carried, KnownValues, Values, first_mean, first_values, more_mean, more_values, sequential};
use bytes::Bytes;
use plane::{Plane, joined};

use super::layout::{Colours, Component, Layout, Part, Process};
use super::pixels::{differences_to_colours, differences_to_inks};

/// More bytes than this behind a scan's last block are blocks that were not found: somewhere before, some were overwritten.
const MOST_LEFT: usize = 512;

/// Bytes of memory that [`decode`] takes for the picture.
pub(super) fn memory(layout: &Layout) -> u64 {
    let (across, down) = layout.most_sampled();
    let pixels = u64::from(layout.width.next_multiple_of(8 * across)) * u64::from(layout.height.next_multiple_of(8 * down));
    let each = if layout.process == Process::Progressive { 3 } else { 1 };
    let of_one =
        |component: &Component| pixels * u64::from(component.across) * u64::from(component.down) / u64::from(across * down);
    let planes: u64 = layout.components.iter().map(of_one).sum();
    planes * each + u64::from(layout.width) * u64::from(layout.height) * layout.components.len() as u64
}

/// The pixels of a picture that was walked already: grey, red, green and blue, or inks as JPEG keeps them (255 is none).
/// None where the picture data is damaged or not all there.
pub(super) fn decode(file: &[u8], layout: &Layout) -> Option<Vec<u8>> {
    let mut reader = Reader::<Block>::read(file, layout)?;
    if !reader.is_whole() {
        return None;
    }
    for plane in &mut reader.planes {
        plane.finish()?;
    }
    let mut pixels = joined(&reader.planes, layout.width as usize, layout.height as usize);
    match layout.colours {
        Colours::Differences => differences_to_colours(&mut pixels),
        Colours::CodedInks => differences_to_inks(&mut pixels),
        Colours::Grey | Colours::Plain | Colours::Inks => {}
    }
    Some(pixels)
}

/// Whether scans and tables hold nothing but the picture; none where the picture data is damaged or not all there. Steps from code
/// to code and makes no picture, which costs little beside decoding.
pub(super) fn is_pure(file: &[u8], layout: &Layout) -> Option<bool> {
    let reader = Reader::<KnownValues>::read(file, layout)?;
    reader.is_whole().then_some(reader.is_pure && reader.dc.iter().chain(&reader.ac).flatten().all(Huffman::is_tight))
}

/// A file of which only the end mark is missing, with one; without what may follow the picture. None where more is
/// missing.
pub(super) fn closed(file: &[u8], layout: &Layout) -> Option<Bytes> {
    let reader = Reader::<KnownValues>::read(file, layout)?;
    if !reader.is_whole() {
        return None;
    }
    let [.., high, low] = layout.height.to_be_bytes();
    // The height that is told behind the only scan.
    let height: &[u8] = if layout.late_height && layout.scans().count() == 1 { &[0xFF, 0xDC, 0, 4, high, low] } else { &[] };
    Some([file.get(..reader.end)?, height, &[0xFF, 0xD9]].concat().into())
}

struct Reader<'a, V> {
    layout: &'a Layout,
    planes: Vec<Plane<V>>,
    steps: [Option<[u16; 64]>; 4],
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    interval: usize,
    /// Just after the last scan's data.
    end: usize,
    /// No scan holds more than its data.
    is_pure: bool,
}

/// Components that a scan tells of: the plane, and its tables.
type Told = (usize, usize, usize);

impl<'a, V: Values> Reader<'a, V> {
    /// Goes through the file.
    fn read(file: &[u8], layout: &'a Layout) -> Option<Self> {
        let (width, height) = (layout.width as usize, layout.height as usize);
        let (across, down) = layout.most_sampled();
        let (across, down) = (across as usize, down as usize);
        let planes = layout.components.iter().map(|component| {
            let (own_across, own_down) = (usize::from(component.across), usize::from(component.down));
            let seen = ((width * own_across).div_ceil(across), (height * own_down).div_ceil(down));
            let blocks = (width.div_ceil(8 * across) * own_across, height.div_ceil(8 * down) * own_down);
            Plane::new((own_across, own_down), seen, blocks, layout.process == Process::Progressive)
        });
        let planes = planes.collect();
        let mut reader = Self {
            layout,
            planes,
            steps: [None; 4],
            dc: [const { None }; 4],
            ac: [const { None }; 4],
            interval: 0,
            end: 0,
            is_pure: true,
        };
        for Part { mark, content, data } in &layout.parts {
            let content = file.get(content.clone())?;
            match mark {
                0xDB => reader.steps(content)?,
                0xC4 => reader.codes(content)?,
                0xDD => reader.interval = usize::from(u16::from_be_bytes(*content.first_chunk()?)),
                _ => {
                    let read = reader.scan(content, file.get(data.clone())?)?;
                    reader.end = data.start + read;
                    if data.end.saturating_sub(reader.end) > MOST_LEFT {
                        return None;
                    }
                    reader.is_pure &= reader.end == data.end;
                }
            }
        }
        Some(reader)
    }

    /// Whether scans told every value of every component to its last bit. A picture from coarse to fine that was cut
    /// between two scans is a blur.
    fn is_whole(&self) -> bool {
        self.planes.iter().all(|plane| plane.missing.iter().all(|missing| *missing == Some(0)))
    }

    fn steps(&mut self, mut content: &[u8]) -> Option<()> {
        while let [head, rest @ ..] = content {
            let wide = flag(*head)?;
            let (values, rest) = rest.split_at_checked(64 << u8::from(wide))?;
            let mut steps = [0; 64];
            for (at, place) in block::ZIGZAG.into_iter().enumerate() {
                steps[place] =
                    if wide { u16::from_be_bytes([values[2 * at], values[2 * at + 1]]) } else { u16::from(values[at]) };
            }
            *self.steps.get_mut(usize::from(head & 15))? = Some(steps);
            content = rest;
        }
        Some(())
    }

    fn codes(&mut self, mut content: &[u8]) -> Option<()> {
        while let [head, rest @ ..] = content {
            let (table, rest) = Huffman::read(rest)?;
            let tables = if flag(*head)? { &mut self.ac } else { &mut self.dc };
            let former = tables.get_mut(usize::from(head & 15))?.replace(table);
            self.is_pure &= former.is_none_or(|former| former.is_tight());
            content = rest;
        }
        Some(())
    }

    /// Reads one scan; gives back how many bytes of the data it took.
    fn scan(&mut self, content: &[u8], data: &[u8]) -> Option<usize> {
        let (count, rest) = content.split_first()?;
        let (named, rest) = rest.split_at_checked(2 * usize::from(*count))?;
        let [first, last, bits] = *rest else { return None };
        let mut told: Vec<Told> = Vec::new();
        for pair in named.chunks_exact(2) {
            let plane = self.layout.components.iter().position(|component| component.id == pair[0])?;
            told.push((plane, usize::from(pair[1] >> 4), usize::from(pair[1] & 15)));
        }
        let sequential = self.layout.process != Process::Progressive;
        let band = if sequential {
            Band { first: 0, last: 63, low: 0, refines: false }
        } else {
            Band { first: usize::from(first), last: usize::from(last), low: bits & 15, refines: bits >> 4 > 0 }
        };
        let one_kind = sequential || (band.last == 0 && band.first == 0) || (band.first > 0 && told.len() == 1);
        if !one_kind || band.first > band.last || band.last > 63 || band.low > 13 || told.is_empty() || told.len() > 4 {
            return None;
        }
        for &(plane, ..) in &told {
            let steps = self.steps[usize::from(self.layout.components[plane].table & 3)];
            let plane = &mut self.planes[plane];
            if plane.steps.is_none() || sequential {
                plane.steps = Some(steps?);
            }
            let missing = &mut plane.missing[band.first..=band.last];
            // Told once, and then bit by bit: what comes again hides what was there before.
            let before = band.refines.then_some(bits >> 4);
            if !sequential && (missing.iter().any(|missing| *missing != before) || (band.refines && bits >> 4 != band.low + 1)) {
                return None;
            }
            missing.fill(Some(band.low));
        }
        self.units(&told, band, data)
    }

    /// Goes through all units of a scan, top to bottom: blocks of one component, or some of each of several.
    fn units(&mut self, told: &[Told], band: Band, data: &[u8]) -> Option<usize> {
        let (across, down) = self.layout.most_sampled();
        let (columns, rows) = match told {
            [(plane, ..)] => self.planes[*plane].own_blocks(),
            _ => (self.layout.width.div_ceil(8 * across) as usize, self.layout.height.div_ceil(8 * down) as usize),
        };
        let mut bits = Bits::new(data);
        let mut carried = Carried::default();
        let (mut restarts, mut since) = (0, 0);
        for row in 0..rows {
            for column in 0..columns {
                if self.interval > 0 && since == self.interval {
                    bits.restart(restarts)?;
                    restarts = (restarts + 1) % 8;
                    since = 0;
                    carried = Carried::default();
                }
                since += 1;
                for (index, &component) in told.iter().enumerate() {
                    let plane = &self.planes[component.0];
                    let (wide, tall) = if told.len() == 1 { (1, 1) } else { (plane.across, plane.down) };
                    for y in row * tall..(row + 1) * tall {
                        for x in column * wide..(column + 1) * wide {
                            self.block(&mut bits, component, index, band, &mut carried, (x, y))?;
                        }
                    }
                }
            }
        }
        self.is_pure &= bits.is_plain_to_end();
        Some(bits.position())
    }

    fn block(
        &mut self,
        bits: &mut Bits<'_>,
        (plane, dc, ac): Told,
        index: usize,
        band: Band,
        carried: &mut Carried,
        (column, row): (usize, usize),
    ) -> Option<()> {
        let dc = || self.dc.get(dc)?.as_ref();
        let ac = || self.ac.get(ac)?.as_ref();
        let plane = &mut self.planes[plane];
        let mean = &mut carried.means[index];
        if self.layout.process != Process::Progressive {
            let mut block = V::NONE;
            sequential(bits, dc()?, ac()?, mean, &mut block)?;
            return plane.put(column, row, &block);
        }
        let block = plane.values(column, row)?;
        match (band.first, band.refines) {
            (0, false) => first_mean(bits, dc()?, mean, band.low, block),
            (0, true) => more_mean(bits, band.low, block),
            (_, false) => first_values(bits, ac()?, band, &mut carried.empty, block),
            (_, true) => more_values(bits, ac()?, band, &mut carried.empty, block),
        }
    }
}

/// What the upper half of a table's first byte says: no or yes. The standard knows nothing else, and what other readers
/// would make of it nobody knows.
const fn flag(head: u8) -> Option<bool> {
    match head >> 4 {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}
