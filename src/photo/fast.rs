//! Large JPEGs straight at a fraction of their size, by libjpeg (feature `fast-jpeg`): what is thrown away by scaling is
//! not computed in the first place.
//!
//! libjpeg paints over damage and calls it a warning. Here a warning ends the attempt, and the decoder of the usual
//! build has the last word on that file.

use std::io;
use std::os::raw::c_int;
use std::panic::resume_unwind;

use mozjpeg::decompress::DecompressBuilder;
use mozjpeg_sys::{jpeg_common_struct, jpeg_error_mgr};

use super::layout::Layout;
use super::pixels::{Channels, Pixels};

/// The picture with each side divided by `reduction` (1, 2, 4 or 8, rounded up); none where the usual decoder should
/// see to it.
///
/// Unwinds where the file is damaged: call it guarded. No more memory is taken than the usual decoder would.
pub(super) fn reduced(file: &[u8], layout: &Layout, reduction: u32) -> Option<Pixels> {
    let eighths = 8 / u8::try_from(reduction).ok()?;
    let channels = match layout.components.len() {
        1 => Channels::Grey,
        3 => Channels::Rgb,
        _ => return None,
    };
    let decode = || -> io::Result<Pixels> {
        let mut header = DecompressBuilder::new().with_err(strict()).from_mem(file)?;
        header.scale(eighths);
        let mut picture = if channels == Channels::Grey { header.grayscale()? } else { header.rgb()? };
        let (width, height) = (picture.width(), picture.height());
        let data = picture.read_scanlines::<u8>()?;
        // Data left over or missing shows at the end only.
        picture.finish()?;
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        Pixels::new(side(width), side(height), channels, data).ok_or_else(|| io::ErrorKind::InvalidData.into())
    };
    let expected = (layout.width.div_ceil(reduction), layout.height.div_ceil(reduction));
    decode().ok().filter(|pixels| (pixels.width, pixels.height) == expected)
}

/// Takes every warning for an error, and an error for the end.
fn strict() -> jpeg_error_mgr {
    jpeg_error_mgr {
        error_exit: Some(damaged),
        emit_message: Some(told),
        output_message: Some(quiet),
        format_message: None,
        reset_error_mgr: Some(quiet),
        msg_code: 0,
        msg_parm: mozjpeg_sys::msg_parm_union::default(),
        trace_level: 0,
        num_warnings: 0,
        jpeg_message_table: std::ptr::null(),
        last_jpeg_message: 0,
        addon_message_table: std::ptr::null(),
        first_addon_message: 0,
        last_addon_message: 0,
    }
}

/// Not a panic: no hook is called, and [`super::decoded::guarded`] or its like catches it.
extern "C-unwind" fn damaged(_: &mut jpeg_common_struct) {
    resume_unwind(Box::new("libjpeg refuses"));
}

/// Warnings are below zero; what is above is chatter.
extern "C-unwind" fn told(_: &mut jpeg_common_struct, level: c_int) {
    if level < 0 {
        resume_unwind(Box::new("libjpeg warns"));
    }
}

extern "C-unwind" fn quiet(_: &mut jpeg_common_struct) {}
