//! Large pictures and bombs of every format at once: all within one budget of memory.

use std::io::Cursor;
use std::time::Duration;

use image::{GrayImage, ImageFormat, RgbImage};

use crate::world::service::{Service, status_now};
use crate::world::{World, person};

/// The budget, in megabytes.
const BUDGET: u64 = 128;
/// What the service takes besides: program, ledger, connections, what the allocator keeps.
const BESIDE: u64 = 70;
const FORMATS: [ImageFormat; 6] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Gif, ImageFormat::Bmp];
/// What small files say of themselves: more than is read, and more than there is memory for.
const SIDES: [u16; 2] = [16_000, 7_000];
/// Pictures of one colour, which are small as files: such as one alone may take, two of them not,
const ALONE: [(ImageFormat, u32); 5] = [
    (ImageFormat::Png, 3_400),
    (ImageFormat::Jpeg, 3_500),
    (ImageFormat::WebP, 2_300),
    (ImageFormat::Tiff, 4_000),
    (ImageFormat::Bmp, 3_200),
];
/// and such for which there is not enough at all.
const TOO_LARGE: [(ImageFormat, u32); 3] = [(ImageFormat::Png, 7_000), (ImageFormat::Jpeg, 7_000), (ImageFormat::WebP, 5_000)];

// Written as bytes, since the tests are built without optimisation, and these are pixels by the million.
fn flat((format, side): (ImageFormat, u32)) -> Vec<u8> {
    let (pixels, mut bytes) = ((side * side) as usize, Cursor::new(Vec::new()));
    match format {
        ImageFormat::Tiff | ImageFormat::Bmp => {
            GrayImage::from_raw(side, side, vec![90; pixels]).unwrap().write_to(&mut bytes, format).unwrap();
        }
        ImageFormat::Jpeg => {
            let side = u16::try_from(side).unwrap();
            let encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
            encoder.encode(&[200, 90, 40].repeat(pixels), side, side, jpeg_encoder::ColorType::Rgb).unwrap();
        }
        _ => RgbImage::from_raw(side, side, [200, 90, 40].repeat(pixels)).unwrap().write_to(&mut bytes, format).unwrap(),
    }
    bytes.into_inner()
}

fn picture(format: ImageFormat) -> Vec<u8> {
    // The colours of a GIF take long to choose.
    let side = if format == ImageFormat::Gif { 300 } else { 1_200 };
    #[expect(clippy::cast_possible_truncation, reason = "colours")]
    let picture = RgbImage::from_fn(side, side, |x, y| image::Rgb([(x / 16) as u8, (y / 16) as u8, ((x + y) / 32) as u8]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A small file that says that it holds a picture of this side.
fn bomb(format: ImageFormat, side: u16) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::new(64, 64).write_to(&mut bytes, format).unwrap();
    let mut bytes = bytes.into_inner();
    let long = u32::from(side);
    match format {
        ImageFormat::Png => {
            bytes[16..24].copy_from_slice(&[long.to_be_bytes(), long.to_be_bytes()].concat());
            let sum = checksum(&bytes[12..29]);
            bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        }
        ImageFormat::Gif => {
            // The screen, and the picture on it.
            let sides = [side.to_le_bytes(), side.to_le_bytes()].concat();
            bytes[6..10].copy_from_slice(&sides);
            let frame = bytes.windows(5).position(|five| five == [0x2C, 0, 0, 0, 0]).unwrap();
            bytes[frame + 5..frame + 9].copy_from_slice(&sides);
        }
        ImageFormat::Bmp => bytes[18..26].copy_from_slice(&[long.to_le_bytes(), long.to_le_bytes()].concat()),
        ImageFormat::WebP => {
            // Fourteen bits each, less one.
            let sides = (long - 1) | (long - 1) << 14 | u32::from_le_bytes(bytes[21..25].try_into().unwrap()) & 0xF000_0000;
            bytes[21..25].copy_from_slice(&sides.to_le_bytes());
        }
        ImageFormat::Jpeg => {
            let header = bytes.windows(2).position(|two| two == [0xFF, 0xC0]).unwrap();
            bytes[header + 5..header + 9].copy_from_slice(&[side.to_be_bytes(), side.to_be_bytes()].concat());
        }
        _ => {
            // Width and length stand in the first two entries of the only directory.
            let at = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
            for entry in 0..2 {
                bytes[at + 2 + entry * 12 + 8..][..4].copy_from_slice(&long.to_le_bytes());
            }
        }
    }
    bytes
}

/// A PNG of a colour profile that is 300 MB long when it is blown up: one byte, over and over.
fn profile() -> Vec<u8> {
    let mut bits = vec![true, true, false];
    let mut put = |code: u32, length: u32| bits.extend((0..length).rev().map(|at| code >> at & 1 == 1));
    put(0b0011_0000, 8);
    for _ in 0..300_000_000 / 258 {
        // A length of 258, a distance of 1, by the codes that need no table.
        put(0b1100_0101, 8);
        put(0, 5);
    }
    put(0, 7);
    let bytes = bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)));
    let length = 1 + 300_000_000 / 258 * 258_u32;
    let content: Vec<u8> =
        b"x\0\0\x78\x9C".iter().copied().chain(bytes).chain(((length % 65_521) << 16 | 1).to_be_bytes()).collect();
    let body = [b"iCCP".as_slice(), &content].concat();
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let png = picture(ImageFormat::Png);
    [&png[..33], &length, &body, &checksum(&body).to_be_bytes(), &png[33..]].concat()
}

/// A GIF of 64 x 64 whose frame is a hundred times as wide and tall.
fn frame() -> Vec<u8> {
    let head = b"GIF89a\x40\0\x40\0\x80\0\0\0\0\0\xFF\xFF\xFF\x2C\0\0\0\0\0\x19\0\x19\0\x08";
    let data = weezl::encode::Encoder::new(weezl::BitOrder::Lsb, 8).encode(&vec![0; 6_400 * 6_400]).unwrap();
    let blocks = data.chunks(255).flat_map(|block| [&[u8::try_from(block.len()).unwrap()], block].concat());
    head.iter().copied().chain(blocks).chain(*b"\0;").collect()
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

/// The most memory that the process ever had, in megabytes.
fn peak(process: u64) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[test]
fn large_pictures_and_bombs_of_every_format_at_once_stay_within_the_budget() {
    let small = SIDES.into_iter().flat_map(|side| FORMATS.map(|format| bomb(format, side)));
    // One that needs nothing but room for the file.
    let long = std::iter::once([b"\x89PNG\r\n\x1A\n".as_slice(), &vec![7; 30_000_000]].concat());
    let bombs: Vec<Vec<u8>> = TOO_LARGE.into_iter().map(flat).chain(small).chain(long).chain([frame()]).collect();
    let good: Vec<Vec<u8>> = ALONE.into_iter().map(flat).chain(FORMATS.into_iter().map(picture)).chain([profile()]).collect();
    let (good, bombs, files) = (good.len(), bombs.len(), [good, bombs].concat());
    let mut world = World::people(files.len());
    world.set("photo", &format!("{{ max_memory: {BUDGET}MB }}"));
    world.set("upload", "{ per_second: 1000, max_per_second: 1000, concurrency: 64 }");
    for (number, bytes) in files.iter().enumerate() {
        world.write_long_ago(&format!("users/{}.jpg", person(number)), bytes);
    }
    // As the unit has it.
    let malloc = [("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "131072"), ("MALLOC_MMAP_THRESHOLD_", "131072")];
    let service = Service::start(&world, &malloc);
    let stands = |state: &str| status_now(&world)["targets"][state].as_u64().unwrap_or(0);
    world.until("the service listens", || world.ledger().with_file_name("control.sock").exists());
    // Twelve seconds of processor time, beside whatever else is being tested.
    let through = || stands("in_step") + stands("blocked") == files.len() as u64;
    assert!(world.within(Duration::from_secs(240), through), "still at work: {}", world.run(&["status", "--all"]).stdout);
    let (blocked, peak) = (stands("blocked"), peak(status_now(&world)["pid"].as_u64().unwrap()));
    println!("{good} pictures and {bombs} bombs: at most {peak} MB of {BUDGET} + {BESIDE}");
    assert_eq!(blocked, bombs as u64, "the bombs alone: {}", world.run(&["status", "--all"]).stdout);
    assert!(peak <= BUDGET + BESIDE, "{peak} MB");
    service.run.terminate();
    service.finish().0.exits(0);
}
