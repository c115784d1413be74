//! Writes JPEGs in every layout that the standard knows for eight bits and Huffman codes, also such as no program at
//! hand writes. Plain rather than small: each code has a fixed length.
#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers")]

use super::make::segment;

/// A picture: its components, each of so many samples.
pub(super) type Samples<'a> = &'a dyn Fn(usize, usize) -> Vec<u8>;

/// How a file is laid out.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct JpegPlan {
    pub(super) width: usize,
    pub(super) height: usize,
    /// How often each component is sampled, across and down.
    pub(super) sampling: Vec<(usize, usize)>,
    pub(super) ids: Vec<u8>,
    /// C0, C1 or C2.
    pub(super) process: u8,
    /// Components of each scan, in one of the orders that the standard allows.
    pub(super) scans: Vec<JpegScan>,
    /// Units between restarts, for each scan in turn.
    pub(super) restarts: Vec<u16>,
    pub(super) wide_steps: bool,
    pub(super) late_height: bool,
    /// Tables stand anew before each scan.
    pub(super) tables_each_scan: bool,
    /// Put before each segment but the first.
    pub(super) gap: Vec<u8>,
    /// Put right behind the last scan's data, in place of the end mark if that is left out.
    pub(super) tail: Vec<u8>,
    pub(super) end_mark: bool,
}

#[derive(Clone, Debug)]
pub(super) struct JpegScan {
    pub(super) components: Vec<usize>,
    pub(super) first: u8,
    pub(super) last: u8,
    pub(super) high: u8,
    pub(super) low: u8,
}

impl JpegScan {
    pub(super) fn whole(components: &[usize]) -> Self {
        Self { components: components.to_vec(), first: 0, last: 63, high: 0, low: 0 }
    }

    pub(super) fn part(components: &[usize], first: u8, last: u8, high: u8, low: u8) -> Self {
        Self { components: components.to_vec(), first, last, high, low }
    }
}

const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42,
    49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
/// All values are divided by this.
const STEP: i32 = 3;

/// One component's blocks, as far as units need them.
struct Blocks {
    across: usize,
    down: usize,
    own: (usize, usize),
    row: usize,
    values: Vec<[i32; 64]>,
}

/// Writes the file; `picture` gives the components' values at a pixel.
pub(super) fn write(plan: &JpegPlan, picture: Samples<'_>, segments: &[Vec<u8>]) -> Vec<u8> {
    let most = |of: fn(&(usize, usize)) -> usize| plan.sampling.iter().map(of).max().unwrap();
    let most = (most(|sampled| sampled.0), most(|sampled| sampled.1));
    let planes: Vec<Blocks> = (0..plan.sampling.len()).map(|component| blocks(plan, component, most, picture)).collect();
    let units = (plan.width.div_ceil(8 * most.0), plan.height.div_ceil(8 * most.1));

    let mut file = vec![0xFF, 0xD8];
    for segment in segments {
        file.extend(segment);
    }
    let put = |file: &mut Vec<u8>, segment: Vec<u8>| {
        file.extend(&plan.gap);
        file.extend(segment);
    };
    let height = if plan.late_height { 0 } else { u16::try_from(plan.height).unwrap() };
    let mut header = vec![8];
    header.extend(height.to_be_bytes());
    header.extend(u16::try_from(plan.width).unwrap().to_be_bytes());
    header.push(u8::try_from(plan.sampling.len()).unwrap());
    for (index, (across, down)) in plan.sampling.iter().enumerate() {
        header.extend([plan.ids[index], u8::try_from(across << 4 | down).unwrap(), u8::from(index > 0)]);
    }
    put(&mut file, segment(0xDB, &steps(plan.wide_steps)));
    put(&mut file, segment(plan.process, &header));
    for (index, scan) in plan.scans.iter().enumerate() {
        if index == 0 || plan.tables_each_scan {
            put(&mut file, segment(0xC4, &codes(0x00)));
            put(&mut file, segment(0xC4, &[codes(0x10), codes(0x01), codes(0x11)].concat()));
        }
        let restart = plan.restarts.get(index % plan.restarts.len().max(1)).copied().unwrap_or(0);
        if restart > 0 || index > 0 {
            put(&mut file, segment(0xDD, &restart.to_be_bytes()));
        }
        let mut head = vec![u8::try_from(scan.components.len()).unwrap()];
        for &component in &scan.components {
            head.extend([plan.ids[component], if component > 0 { 0x11 } else { 0x00 }]);
        }
        head.extend([scan.first, scan.last, scan.high << 4 | scan.low]);
        put(&mut file, segment(0xDA, &head));
        file.extend(data(plan, scan, &planes, units, usize::from(restart)));
        if index == 0 && plan.late_height {
            file.extend(segment(0xDC, &u16::try_from(plan.height).unwrap().to_be_bytes()));
        }
    }
    file.extend(&plan.tail);
    if plan.end_mark {
        file.extend([0xFF, 0xD9]);
    }
    file
}

fn steps(wide: bool) -> Vec<u8> {
    let step = u8::try_from(STEP).unwrap();
    (0..2)
        .flat_map(
            |table| {
                if wide { [&[0x10 | table], &[0, step].repeat(64)[..]].concat() } else { [&[table], &[step; 64][..]].concat() }
            },
        )
        .collect()
}

/// A table in which each symbol but 255 stands for itself, in eight bits.
fn codes(head: u8) -> Vec<u8> {
    let (count, bits) = if head < 0x10 { (16, 5) } else { (255, 8) };
    let mut counts = [0; 16];
    counts[bits - 1] = count;
    [&[head], &counts[..], &(0..count).collect::<Vec<u8>>()].concat()
}

fn blocks(plan: &JpegPlan, component: usize, most: (usize, usize), picture: Samples<'_>) -> Blocks {
    let (across, down) = plan.sampling[component];
    let seen = ((plan.width * across).div_ceil(most.0), (plan.height * down).div_ceil(most.1));
    let (row, rows) = (plan.width.div_ceil(8 * most.0) * across, plan.height.div_ceil(8 * most.1) * down);
    // The value in the middle of what a sample stands for.
    let middle = |at: usize, sampled: usize, most: usize, side: usize| ((2 * at + 1) * most / (2 * sampled)).min(side - 1);
    let sample = |x: usize, y: usize| {
        let (x, y) = (x.min(seen.0 - 1), y.min(seen.1 - 1));
        f64::from(picture(middle(x, across, most.0, plan.width), middle(y, down, most.1, plan.height))[component]) - 128.0
    };
    let mut values = Vec::new();
    for block in 0..row * rows {
        let (left, top) = (block % row * 8, block / row * 8);
        let samples: [f64; 64] = std::array::from_fn(|at| sample(left + at % 8, top + at / 8));
        values.push(transformed(&samples));
    }
    Blocks { across, down, own: (seen.0.div_ceil(8), seen.1.div_ceil(8)), row, values }
}

fn transformed(samples: &[f64; 64]) -> [i32; 64] {
    static WAVES: std::sync::LazyLock<[[f64; 8]; 8]> = std::sync::LazyLock::new(|| {
        let scale = |u: usize| if u == 0 { (0.125_f64).sqrt() } else { 0.5 };
        let wave = |x: usize, u: usize| ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / 16.0).cos();
        std::array::from_fn(|u| std::array::from_fn(|x| scale(u) * wave(x, u)))
    });
    let line = |values: [f64; 8]| -> [f64; 8] { std::array::from_fn(|u| (0..8).map(|x| values[x] * WAVES[u][x]).sum::<f64>()) };
    let rows: Vec<[f64; 8]> = samples.chunks_exact(8).map(|row| line(row.try_into().unwrap())).collect();
    let columns: Vec<[f64; 8]> = (0..8).map(|u| line(std::array::from_fn(|y| rows[y][u]))).collect();
    std::array::from_fn(|at| (columns[ZIGZAG[at] % 8][ZIGZAG[at] / 8] / f64::from(STEP)).round() as i32)
}

#[derive(Default)]
struct Out {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Out {
    fn put(&mut self, value: u32, bits: u32) {
        for bit in (0..bits).rev() {
            self.held = self.held << 1 | (value >> bit & 1);
            self.count += 1;
            if self.count == 8 {
                let byte = u8::try_from(self.held & 255).unwrap();
                self.bytes.push(byte);
                if byte == 0xFF {
                    self.bytes.push(0);
                }
                (self.held, self.count) = (0, 0);
            }
        }
    }

    fn align(&mut self) {
        while self.count > 0 {
            self.put(1, 1);
        }
    }

    fn mean(&mut self, difference: i32) {
        let size = size(difference);
        self.put(size, 5);
        self.signed(difference, size);
    }

    fn value(&mut self, run: usize, value: i32) {
        let size = size(value);
        self.put(u32::try_from(run << 4).unwrap() | size, 8);
        self.signed(value, size);
    }

    fn signed(&mut self, value: i32, size: u32) {
        let coded = if value < 0 { value + (1 << size) - 1 } else { value };
        self.put(u32::try_from(coded).unwrap(), size);
    }
}

fn size(value: i32) -> u32 {
    32 - value.unsigned_abs().leading_zeros()
}

fn data(plan: &JpegPlan, scan: &JpegScan, planes: &[Blocks], units: (usize, usize), restart: usize) -> Vec<u8> {
    let mut out = Out::default();
    let (columns, rows) = match scan.components.as_slice() {
        [one] => planes[*one].own,
        _ => units,
    };
    let mut means = [0; 4];
    for unit in 0..columns * rows {
        if restart > 0 && unit > 0 && unit % restart == 0 {
            out.align();
            out.bytes.extend([0xFF, 0xD0 + u8::try_from((unit / restart - 1) % 8).unwrap()]);
            means = [0; 4];
        }
        for (index, &component) in scan.components.iter().enumerate() {
            let plane = &planes[component];
            let (across, down) = if scan.components.len() == 1 { (1, 1) } else { (plane.across, plane.down) };
            for part in 0..across * down {
                let (x, y) = (unit % columns * across + part % across, unit / columns * down + part / across);
                let values = &plane.values[y * plane.row + x];
                if plan.process == 0xC2 {
                    progressive(&mut out, scan, values, &mut means[index]);
                } else {
                    out.mean(values[0] - means[index]);
                    means[index] = values[0];
                    first(&mut out, values, 1, 63, 0);
                }
            }
        }
    }
    out.align();
    out.bytes
}

/// A value without its lower bits, rounded towards zero.
fn upper(value: i32, low: u8) -> i32 {
    value.signum() * (value.abs() >> low)
}

fn first(out: &mut Out, values: &[i32; 64], from: usize, to: usize, low: u8) {
    let mut run = 0;
    for value in values[from..=to].iter().map(|value| upper(*value, low)) {
        if value == 0 {
            run += 1;
            continue;
        }
        while run > 15 {
            out.put(0xF0, 8);
            run -= 16;
        }
        out.value(run, value);
        run = 0;
    }
    if run > 0 {
        out.put(0, 8);
    }
}

fn progressive(out: &mut Out, scan: &JpegScan, values: &[i32; 64], mean: &mut i32) {
    let (from, to) = (usize::from(scan.first), usize::from(scan.last));
    match (from, scan.high) {
        (0, 0) => {
            let value = values[0] >> scan.low;
            out.mean(value - *mean);
            *mean = value;
        }
        (0, _) => out.put(u32::try_from(values[0] >> scan.low & 1).unwrap(), 1),
        (_, 0) => first(out, values, from, to, scan.low),
        _ => {
            let kept: Vec<i32> = values[from..=to].iter().map(|value| value.abs() >> scan.low).collect();
            let last_new = kept.iter().rposition(|value| *value == 1);
            let (mut run, mut more) = (0, Vec::new());
            for (index, value) in kept.iter().enumerate() {
                if *value == 0 {
                    run += 1;
                    continue;
                }
                while run > 15 && last_new.is_some_and(|last| index <= last) {
                    out.put(0xF0, 8);
                    run -= 16;
                    more.drain(..).for_each(|bit| out.put(bit, 1));
                }
                if *value > 1 {
                    more.push(u32::try_from(value & 1).unwrap());
                    continue;
                }
                out.put(u32::try_from(run << 4 | 1).unwrap(), 8);
                out.put(u32::from(values[from + index] > 0), 1);
                more.drain(..).for_each(|bit| out.put(bit, 1));
                run = 0;
            }
            if run > 0 || !more.is_empty() {
                out.put(0, 8);
                more.drain(..).for_each(|bit| out.put(bit, 1));
            }
        }
    }
}
