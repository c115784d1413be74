//! Writes to stdout. A reader that has gone (`| head`) or a full disk is no reason to panic.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once stdout can't be written any more.
static GONE: AtomicBool = AtomicBool::new(false);

/// Writes text for the person, or for the program, that asked.
pub(super) fn write(text: fmt::Arguments<'_>) {
    if GONE.load(Ordering::Relaxed) {
        return;
    }
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        GONE.store(true, Ordering::Relaxed);
        // Whoever closed the pipe has seen enough.
        if error.kind() != io::ErrorKind::BrokenPipe {
            _ = writeln!(io::stderr(), "photosyncd: the output can't be written: {error}");
        }
    }
}

/// As `println!`, without its panic.
macro_rules! say {
    () => { $crate::cli::out::write(format_args!("\n")) };
    ($($text:tt)*) => { $crate::cli::out::write(format_args!("{}\n", format_args!($($text)*))) };
}

/// As `print!`, without its panic.
macro_rules! put {
    ($($text:tt)*) => { $crate::cli::out::write(format_args!($($text)*)) };
}

pub(super) use {put, say};
