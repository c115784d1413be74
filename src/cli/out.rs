//! The one way to a terminal: writes to stdout and stderr. A reader that has gone (`| head`) or a full disk is no reason to
//! panic, and what others wrote (names of files, codes of servers) steers no terminal: whatever a terminal would obey goes
//! out as a sign in its place, but for line ends, tabs, and the colours of [`super::terminal`].

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::terminal::{COLORS, TextStyle};
use crate::model::{is_obeyed, spelled};

/// Set once stdout can't be written any more.
static GONE: AtomicBool = AtomicBool::new(false);
/// Set if that was not for a reader that has seen enough.
static CUT: AtomicBool = AtomicBool::new(false);

/// Set once something was written to stdout.
static BEGUN: AtomicBool = AtomicBool::new(false);

/// Whether something was written to stdout.
pub(super) fn is_begun() -> bool {
    BEGUN.load(Ordering::Relaxed)
}

/// Whether what was to be written is not all there, though somebody may rely on it.
pub(super) fn is_cut() -> bool {
    CUT.load(Ordering::Relaxed)
}

/// Takes the cursor home and clears what is below.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// Writes text for the person, or for the program, that asked.
pub(super) fn write(text: fmt::Arguments<'_>) {
    send(&shown(&spelled(&text.to_string())));
}

/// Writes text in the place of everything that a terminal shows.
pub(super) fn replace(text: &str) {
    send(&format!("{CLEAR}{}", shown(&spelled(text))));
}

/// Text as standard output takes it.
fn shown(text: &str) -> Cow<'_, str> {
    static COLOURED: OnceLock<bool> = OnceLock::new();
    harmless(text, *COLOURED.get_or_init(|| TextStyle::stdout().has_colours()))
}

fn send(text: &str) {
    if GONE.load(Ordering::Relaxed) {
        return;
    }
    BEGUN.store(true, Ordering::Relaxed);
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        GONE.store(true, Ordering::Relaxed);
        // Whoever closed the pipe has seen enough.
        if error.kind() != io::ErrorKind::BrokenPipe {
            CUT.store(true, Ordering::Relaxed);
            complain(format_args!("photosyncd: the output can't be written: {error}\n"));
        }
    }
}

/// Writes to whoever looks after the command: why it failed, and how far it is.
pub(super) fn complain(text: fmt::Arguments<'_>) {
    // Nobody is left to be told of a fault.
    _ = io::stderr().write_all(harmless(&spelled(&text.to_string()), false).as_bytes());
}

/// A table for the output: its lines end as those of a terminal do, which obeys a carriage return.
pub(super) fn lines(table: &str) -> String {
    table.replace("\r\n", "\n")
}

/// Text that steers no terminal. `coloured`: colours stay.
fn harmless(text: &str, coloured: bool) -> Cow<'_, str> {
    let obeyed = |letter: char| !matches!(letter, '\n' | '\t') && is_obeyed(letter);
    if !text.chars().any(obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let colour = COLORS.iter().find(|colour| coloured && rest.starts_with(**colour));
        let taken = colour.map_or(letter.len_utf8(), |colour| colour.len());
        match colour {
            Some(colour) => shown.push_str(colour),
            None if obeyed(letter) => shown.push('\u{fffd}'),
            None => shown.push(letter),
        }
        rest = &rest[taken..];
    }
    Cow::Owned(shown)
}

/// Bytes of one log line: nothing but its own end begins a new one. `coloured`: the colours of the log stay.
pub(super) fn log_line(line: &[u8], coloured: bool) -> Cow<'_, [u8]> {
    let text = String::from_utf8_lossy(line);
    let body = text.strip_suffix('\n').unwrap_or(&text);
    let (mut shown, mut rest) = (String::with_capacity(text.len()), body);
    while let Some(letter) = rest.chars().next() {
        let colour = if coloured { colour_of_log(rest) } else { 0 };
        let taken = colour.max(letter.len_utf8());
        match letter {
            _ if colour > 0 => shown.push_str(&rest[..colour]),
            '\t' => shown.push(letter),
            letter if is_obeyed(letter) => shown.push('\u{fffd}'),
            letter => shown.push(letter),
        }
        rest = &rest[taken..];
    }
    if shown == body && matches!(text, Cow::Borrowed(_)) {
        Cow::Borrowed(line)
    } else {
        Cow::Owned(format!("{shown}\n").into_bytes())
    }
}

/// The length of a colour at the beginning: `ESC [`, a number, `m`.
fn colour_of_log(text: &str) -> usize {
    let Some(rest) = text.strip_prefix("\u{1b}[") else { return 0 };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits) && rest[digits..].starts_with('m') { digits + 3 } else { 0 }
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

/// As `eprintln!`, without its panic.
macro_rules! tell {
    ($($text:tt)*) => { $crate::cli::out::complain(format_args!("{}\n", format_args!($($text)*))) };
}

pub(super) use {put, say, tell};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_steers_no_terminal() {
        let named = "\u{1b}]0;title\u{7}\u{1b}[2J\u{1b}[8m\u{9b}31m\u{202e}";
        for coloured in [true, false] {
            let shown = harmless(named, coloured);
            assert!(!shown.chars().any(is_obeyed), "{shown:?}");
        }
        assert_eq!(harmless("two\n\tlines 写", false), "two\n\tlines 写");
        let ours = super::super::terminal::TextStyle::coloured().color(super::super::terminal::Color::Bad, "x");
        assert_eq!(harmless(&ours, true), ours);
        assert_eq!(harmless(&ours, false), "\u{fffd}[1;31mx\u{fffd}[0m");
    }

    #[test]
    fn a_log_line_is_one_line() {
        let line = |text: &str, coloured| String::from_utf8(log_line(text.as_bytes(), coloured).into_owned()).unwrap();
        assert_eq!(line("WARN all is well\n", false), "WARN all is well\n");
        assert_eq!(line("WARN a\n2026 ERROR forged\r\n", false), "WARN a\u{fffd}2026 ERROR forged\u{fffd}\n");
        assert_eq!(line("\u{1b}[33m WARN\u{1b}[0m \u{1b}[2J\u{9b}x\n", true), "\u{1b}[33m WARN\u{1b}[0m \u{fffd}[2J\u{fffd}x\n");
        assert_eq!(line("\u{1b}[33m WARN\n", false), "\u{fffd}[33m WARN\n");
        assert_eq!(log_line(b"not \xff text\n", false), "not \u{fffd} text\n".as_bytes());
    }
}
