//! One AV1 picture by itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use heic_decoder::{ChromaSampling, ColorInfo, DecodedImage, Metadata};
use re_rav1d::pixel::{ColorPrimaries, MatrixCoefficients, TransferCharacteristic, YUVRange};
use re_rav1d::{Decoder, Error, Picture, PixelLayout, PlanarImageComponent, Settings};

use super::items::Fault;
use super::units;

/// The decoder loses a block of this size with each picture that it lets go.
const LOST: usize = 48;
/// So many are taken at once, side by side.
const TOGETHER: usize = 1_024;
/// The allocator keeps so many freed blocks of a size at hand, or fewer.
const AT_HAND: usize = 8;
/// Blocks to be lost. One that was taken in the midst of the memory a picture needed would cost the next one as much again.
static TO_LOSE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

fn block() -> Vec<u8> {
    std::hint::black_box(Vec::with_capacity(LOST))
}

/// Lets go of a picture in such a way that what is lost with it is one of these blocks.
fn let_go(picture: Picture) {
    let at_hand = [(); AT_HAND].map(|()| block());
    let mut blocks = TO_LOSE.lock().unwrap_or_else(PoisonError::into_inner);
    if blocks.is_empty() {
        blocks.extend((0..TOGETHER).map(|_| block()));
    }
    drop(blocks.pop());
    drop(picture);
    drop(at_hand);
}

/// Decodes a picture that is said to have this size, on this thread.
pub(super) fn decode(data: Vec<u8>, width: u32, height: u32) -> Result<DecodedImage, Fault> {
    units::check(&data)?;
    let mut settings = Settings::new();
    settings.set_n_threads(1);
    settings.set_max_frame_delay(1);
    settings.set_all_layers(false);
    // None would be no limit.
    settings.set_frame_size_limit(width.saturating_mul(height).max(1));
    let mut decoder = Decoder::with_settings(&settings).map_err(|_| Fault::Unreadable("its decoder doesn't start"))?;
    match decoder.send_data(data, None, None, None) {
        Ok(()) | Err(Error::Again) => {}
        Err(error) => return Err(fault(error)),
    }
    let picture = decoder.get_picture().map_err(fault)?;
    let is_as_said = (picture.width(), picture.height()) == (width, height);
    let planes = if is_as_said { planes(&picture) } else { None };
    let_go(picture);
    match planes {
        Some(planes) => Ok(planes),
        None if is_as_said => Err(Fault::Damaged("its picture data has gaps")),
        None => Err(Fault::Damaged("it is coded in another size than it says")),
    }
}

fn fault(error: Error) -> Fault {
    match error {
        Error::UnsupportedBitstream => Fault::Unreadable("its way of coding AV1"),
        Error::NotEnoughMemory => Fault::Unreadable("it takes too much memory"),
        _ => Fault::Damaged("its picture data"),
    }
}

fn planes(picture: &Picture) -> Option<DecodedImage> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let depth = picture.bits_per_component()?.0;
    let (format, sub_x, sub_y) = match picture.pixel_layout() {
        PixelLayout::I400 => (0, 1, 1),
        PixelLayout::I420 => (1, 2, 2),
        PixelLayout::I422 => (2, 2, 1),
        PixelLayout::I444 => (3, 1, 1),
    };
    let (cb_width, cb_height) =
        if format == 0 { (0, 0) } else { (width.div_ceil(sub_x as usize), height.div_ceil(sub_y as usize)) };
    let plane = |component, width, height| {
        if width == 0 { Some(Vec::new()) } else { samples(picture, component, width, height, depth) }
    };
    let depth = u32::try_from(depth).ok()?;
    // Where brightness is sampled twice as often, colours are taken to lie between its samples, as viewers do.
    let origin = |sub: u32| if sub == 2 { 0.5 } else { 0.0 };
    Some(DecodedImage {
        alpha: None,
        width,
        height,
        bit_depth_luma: depth,
        bit_depth_chroma: depth,
        chroma_format_idc: format,
        color_info: Some(colours(picture)),
        chroma_sampling: ChromaSampling { sub_x, sub_y, origin_x: origin(sub_x), origin_y: origin(sub_y) },
        y: plane(PlanarImageComponent::Y, width, height)?,
        cb: plane(PlanarImageComponent::U, cb_width, cb_height)?,
        cr: plane(PlanarImageComponent::V, cb_width, cb_height)?,
        cb_width,
        cb_height,
        metadata: Metadata::default(),
    })
}

fn samples(picture: &Picture, component: PlanarImageComponent, width: usize, height: usize, depth: usize) -> Option<Vec<i32>> {
    let (stride, _) = picture.plane_data_geometry(component);
    let plane = picture.plane(component);
    let bytes = if depth > 8 { 2 } else { 1 };
    let mut samples = Vec::with_capacity(width * height);
    for row in 0..height {
        let row = plane.get(row * stride as usize..)?.get(..width * bytes)?;
        if bytes == 1 {
            samples.extend(row.iter().map(|&sample| i32::from(sample)));
        } else {
            samples.extend(row.chunks_exact(2).map(|pair| i32::from(u16::from_ne_bytes([pair[0], pair[1]]))));
        }
    }
    Some(samples)
}

/// What the decoder says of a picture. It panics at numbers that the standard reserves; they say nothing.
fn said<T>(ask: impl FnOnce() -> T, nothing: T) -> T {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or(nothing)
}

/// By the numbers of the standard that both formats name colours by.
fn colours(picture: &Picture) -> ColorInfo {
    let color_primaries = match said(|| picture.color_primaries(), ColorPrimaries::Unspecified) {
        ColorPrimaries::BT709 => 1,
        ColorPrimaries::BT470BG => 5,
        ColorPrimaries::BT2020 => 9,
        ColorPrimaries::P3DCI => 11,
        ColorPrimaries::P3Display => 12,
        _ => 2,
    };
    let transfer_characteristics = match said(|| picture.transfer_characteristic(), TransferCharacteristic::Unspecified) {
        TransferCharacteristic::PerceptualQuantizer => 16,
        TransferCharacteristic::HybridLogGamma => 18,
        _ => 2,
    };
    let matrix_coefficients = match said(|| picture.matrix_coefficients(), MatrixCoefficients::Unspecified) {
        MatrixCoefficients::Identity => 0,
        MatrixCoefficients::BT709 => 1,
        MatrixCoefficients::Unspecified => 2,
        MatrixCoefficients::BT470M => 4,
        MatrixCoefficients::BT470BG | MatrixCoefficients::ST170M => 6,
        MatrixCoefficients::ST240M => 7,
        MatrixCoefficients::BT2020NonConstantLuminance => 9,
        // Not one that can be converted here.
        _ => 255,
    };
    ColorInfo {
        color_primaries,
        transfer_characteristics,
        matrix_coefficients,
        full_range: picture.color_range() == YUVRange::Full,
    }
}
