//! What text is written on: a terminal of some width, with or without colours, or a pipe, which takes lines as they are.

use std::io::IsTerminal;

use jiff::tz::TimeZone;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::{Timestamp, plain};

/// Text is never set wider than this: longer lines are hard to read.
const WIDEST: usize = 100;
/// Below this, wrapping makes it worse.
const NARROWEST: usize = 30;
/// Columns of a terminal that doesn't say how many it has.
const USUAL: usize = 80;

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
    /// Columns of the terminal; none: lines are neither wrapped nor cut.
    columns: Option<usize>,
    colours: bool,
    /// Times are told as everywhere, not as where the machine stands.
    utc: bool,
}

impl TextStyle {
    /// Standard output as it is.
    pub(super) fn stdout() -> Self {
        let out = std::io::stdout();
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty() && value != "0");
        let forced = set("CLICOLOR_FORCE").is_some() && set("NO_COLOR").is_none();
        if !out.is_terminal() {
            return Self { colours: forced, ..Self::default() };
        }
        let width = rustix::termios::tcgetwinsize(&out).ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0);
        let said = || set("COLUMNS").and_then(|columns| columns.parse().ok());
        let columns = width.or_else(said).unwrap_or(USUAL);
        let able = set("TERM").is_some_and(|term| term != "dumb");
        Self {
            columns: Some(columns.max(NARROWEST)),
            colours: forced || able && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()),
            utc: false,
        }
    }

    /// Columns of the terminal; none where lines are taken as they are.
    pub(super) const fn columns(self) -> Option<usize> {
        self.columns
    }

    /// Whether there are colours.
    pub(super) const fn has_colours(self) -> bool {
        self.colours
    }

    /// How wide a paragraph is set.
    fn width(self) -> Option<usize> {
        self.columns.map(|columns| columns.min(WIDEST))
    }

    /// One line, cut to the terminal; colours take no room.
    pub(super) fn line(self, text: &str) -> String {
        let cut = self.columns.map_or_else(|| plain(text).into_owned(), |columns| cut(text, columns));
        format!("{cut}\n")
    }

    /// With lines no longer than this, also in a pipe.
    pub(super) fn at_most(self, width: usize) -> Self {
        Self { columns: Some(self.columns.map_or(width, |own| own.min(width))), ..self }
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
        Self { columns: width, colours: false, utc: true }
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
        if !self.colours {
            return text.to_owned();
        }
        let lines: Vec<_> = text.split('\n').map(plain).collect();
        format!("{begin}{}{end}", lines.join("\n"))
    }

    /// A paragraph: `first` before its first line, as many spaces before the others, a newline at the end. What a file
    /// name may hold besides text is shown, not obeyed.
    pub(super) fn paragraph(self, first: &str, text: &str) -> String {
        let indent = first.width();
        let room = self.width().map_or(usize::MAX, |width| width.saturating_sub(indent).max(NARROWEST / 2));
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

/// Text of so many columns at most; what is cut off is shown by a mark. Control characters don't count as text.
pub(super) fn cut(text: &str, columns: usize) -> String {
    let text = plain(text);
    if (*text).width() <= columns {
        return text.into_owned();
    }
    let mut room = columns.saturating_sub(1);
    let mut kept = String::new();
    for letter in text.chars() {
        let width = letter.width().unwrap_or(0);
        if width > room {
            break;
        }
        room -= width;
        kept.push(letter);
    }
    kept.push('…');
    kept
}

/// Text that fills so many columns at least.
pub(super) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_wrap_on_a_terminal_only_and_count_columns() {
        let narrow = TextStyle { columns: Some(30), ..TextStyle::default() };
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

    #[test]
    fn lines_are_cut_by_columns_and_only_on_a_terminal() {
        assert_eq!(cut("写真写真写真", 7), "写真写…");
        assert_eq!(cut("anna", 4), "anna");
        assert_eq!(cut("anna.b", 4), "ann…");
        assert_eq!(TextStyle::plain(Some(30)).line(&"x".repeat(40)), format!("{}…\n", "x".repeat(29)));
        assert_eq!(TextStyle::plain(None).line(&"x".repeat(400)).len(), 401);
        assert_eq!(padded("写", 4), "写  ");
    }
}
