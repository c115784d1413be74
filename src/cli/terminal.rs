//! What text is written on: a terminal of some width, with or without colours, or a pipe, which takes lines as they are.

use std::io::IsTerminal;

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use crate::model::{Timestamp, plain};

/// Text is never set wider than this: longer lines are hard to read.
const WIDEST: usize = 100;
/// Below this, wrapping makes it worse.
const NARROWEST: usize = 30;

/// What begins a colour, in the order of [`Color`], and what ends it.
pub(super) const COLORS: [&str; 6] = ["\u{1b}[32m", "\u{1b}[33m", "\u{1b}[1;31m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[0m"];

/// A colour, by what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Color {
    Good,
    Warning,
    Bad,
    Strong,
    Faint,
}

/// Where text goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct TextStyle {
    /// Columns; none: lines are not wrapped.
    width: Option<usize>,
    colours: bool,
    /// Times are told as everywhere, not as where the machine stands.
    utc: bool,
}

impl TextStyle {
    /// Standard output as it is.
    pub(super) fn stdout() -> Self {
        let out = std::io::stdout();
        if !out.is_terminal() {
            return Self::default();
        }
        let width = rustix::termios::tcgetwinsize(&out).ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0);
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            width: width.map(|width| width.clamp(NARROWEST, WIDEST)),
            colours: set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb"),
            utc: false,
        }
    }

    /// With lines no longer than this, also in a pipe.
    pub(super) fn at_most(self, width: usize) -> Self {
        Self { width: Some(self.width.map_or(width, |own| own.min(width))), ..self }
    }

    /// A time as the clock on this machine's wall shows it.
    pub(super) fn time(self, at: Timestamp) -> String {
        let zone = if self.utc { TimeZone::UTC } else { TimeZone::system() };
        match jiff::Timestamp::from_millisecond(at.millis()) {
            Ok(time) => time.to_zoned_datetime(zone).strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
            Err(_) => at.to_string(),
        }
    }

    /// Of a width, without colours, with times as everywhere.
    #[cfg(test)]
    pub(super) fn plain(width: Option<usize>) -> Self {
        Self { width, colours: false, utc: true }
    }

    /// As a terminal with colours takes it.
    #[cfg(test)]
    pub(super) fn coloured() -> Self {
        Self { colours: true, ..Self::default() }
    }

    /// Text in a colour, where there are colours.
    pub(super) fn color(self, color: Color, text: &str) -> String {
        let [good, warning, bad, strong, faint, end] = COLORS;
        let begin = match color {
            Color::Good => good,
            Color::Warning => warning,
            Color::Bad => bad,
            Color::Strong => strong,
            Color::Faint => faint,
        };
        if self.colours { format!("{begin}{}{end}", plain(text)) } else { text.to_owned() }
    }

    /// A paragraph: `first` before its first line, as many spaces before the others, a newline at the end. What a file
    /// name may hold besides text is shown, not obeyed.
    pub(super) fn paragraph(self, first: &str, text: &str) -> String {
        let indent = first.width();
        let room = self.width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(NARROWEST / 2));
        let mut lines = String::from(first);
        let mut used = 0;
        for line in text.lines() {
            if used > 0 {
                Self::turn(&mut lines, indent);
                used = 0;
            }
            for word in line.split(' ') {
                let word = plain(word);
                let width = (*word).width();
                if used > 0 && used + 1 + width > room {
                    Self::turn(&mut lines, indent);
                    used = 0;
                }
                if used > 0 {
                    lines.push(' ');
                    used += 1;
                }
                lines.push_str(&word);
                used += width;
            }
        }
        lines.push('\n');
        lines
    }

    fn turn(lines: &mut String, indent: usize) {
        lines.push('\n');
        lines.extend(std::iter::repeat_n(' ', indent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_wrap_on_a_terminal_only_and_count_columns() {
        let narrow = TextStyle { width: Some(30), ..TextStyle::default() };
        assert_eq!(
            narrow.paragraph("  → ", "Give the account a mailbox, then try"),
            "  → Give the account a\n    mailbox, then try\n"
        );
        // Each of these signs takes two columns.
        assert_eq!(narrow.paragraph("", "写真写真写真写真 写真写真写真写真"), "写真写真写真写真\n写真写真写真写真\n");
        let pipe = TextStyle::default();
        let long = "word ".repeat(100);
        assert_eq!(pipe.paragraph("- ", long.trim_end()).lines().count(), 1);
        assert_eq!(pipe.paragraph("- ", "two\nlines"), "- two\n  lines\n");
        assert_eq!(pipe.color(Color::Bad, "x"), "x");
        assert_eq!(TextStyle { colours: true, ..TextStyle::default() }.color(Color::Bad, "x"), "\u{1b}[1;31mx\u{1b}[0m");
    }
}
