//! What is held, by cause: one row a cause, however many things it holds.

use super::terminal::{Color, TextStyle, cut, padded};
use super::text;
use crate::model::{Actor, Reason};
use crate::status::{Cause, Causes, HeldItem, Standing};

/// Causes told by themselves; the rest is told in one row, which still counts.
const ROWS: usize = 8;
/// So few causes are told in full on a terminal: there is room for what was found and what to do.
const ROOMY: usize = 1;
/// Columns of a count, and of the longest code.
const COUNT: usize = 6;
const CODE: usize = 21;
/// Columns of what to do, on a narrow terminal and on a wide one.
const REMEDY: usize = 24;
/// What the table leaves to examples at least.
const LEAST: usize = 12;

/// The causes of everything that is held, and what can't be used beside photos.
pub(super) fn table(standing: &Standing, style: TextStyle) -> String {
    let unusable: String = standing.unusable().map(|(reason, count)| beside(style, reason, count)).collect();
    rows(&standing.causes, style) + &unusable
}

/// The causes, what needs a person first.
pub(super) fn rows(causes: &Causes, style: TextStyle) -> String {
    let causes = &causes.0;
    let mut text = String::new();
    let shown = if causes.len() > ROWS { ROWS - 1 } else { ROWS };
    for cause in causes.iter().take(shown) {
        text += &match style.columns() {
            None => style.line(&in_full(cause)),
            Some(_) if causes.len() <= ROOMY => roomy(style, cause),
            Some(columns) => row(style, cause, columns),
        };
    }
    let rest = causes.get(shown..).unwrap_or_default();
    if !rest.is_empty() {
        let count: u32 = rest.iter().map(|cause| cause.count).sum();
        text += &style.line(&format!("{count:>COUNT$}  for {} more causes (--all)", rest.len()));
    }
    text
}

/// A cause on one line of a terminal: count, code, examples, what to do.
fn row(style: TextStyle, cause: &Cause, columns: usize) -> String {
    let count = style.color(color(cause), &format!("{:>COUNT$}", cause.count));
    let left = columns.saturating_sub(COUNT + CODE + 6);
    let for_remedy = REMEDY.max(left / 3).min(left.saturating_sub(LEAST));
    let (remedy, room) = (cut(&remedy(cause), for_remedy), left.saturating_sub(for_remedy));
    let files = cause.more_files().map(|files| format!("{files} files: ")).unwrap_or_default();
    let examples = padded(&cut(&format!("{files}{}", examples(cause, room.saturating_sub(files.len()))), room), room);
    format!("{count}  {}  {examples}  {remedy}\n", padded(cause.reason.as_str(), CODE)).trim_end().to_owned() + "\n"
}

/// As many names as fit, two at most.
fn examples(cause: &Cause, room: usize) -> String {
    let names: Vec<&str> = cause.examples.iter().take(2).map(name).collect();
    let both = names.join(", ");
    match names.first() {
        Some(first) if cut(&both, room) != both => cut(first, room),
        _ => both,
    }
}

fn remedy(cause: &Cause) -> String {
    let who = match cause.actor() {
        Actor::Administrator => "IT: ",
        Actor::Hr => "HR: ",
        Actor::Itself | Actor::Nobody => "",
    };
    match (cause.waits, cause.until) {
        (true, Some(until)) => format!("retried {}", text::clock(until)),
        _ if cause.alone => format!("{who}put it up by hand"),
        _ => format!("{who}{}", cause.reason.remedy()),
    }
}

/// A cause on a line of its own, whole: for pipes, and as the first line of a list.
pub(super) fn in_full(cause: &Cause) -> String {
    let count = &cause.count;
    let (found, cure) = match &cause.examples[..] {
        [one] if *count == 1 => (format!(": {}: {}", place(one), one.detail), &one.cure),
        [] => (String::new(), &cause.cure),
        some => {
            let places: Vec<String> = some.iter().take(2).map(place).collect();
            (format!(", such as {}", places.join(" and ")), &cause.cure)
        }
    };
    let until = cause.until.filter(|_| cause.waits).map(|until| format!("; retried at {}", text::local(until)));
    let look = match &cause.examples[..] {
        [one] if *count == 1 => one.next_look.map(|look| format!(" It is tried again by itself at {}.", text::local(look))),
        _ => None,
    };
    format!(
        "{count:>COUNT$}  {}{found}{} → {}{cure}{}",
        heading(cause),
        until.unwrap_or_default(),
        who(cause),
        look.unwrap_or_default()
    )
}

/// What a cause means, with its code; and how many files are held, where several are for one target.
pub(super) fn heading(cause: &Cause) -> String {
    let files = cause.more_files().map(|files| format!(", {files} files are held")).unwrap_or_default();
    format!("{} ({}){files}", cause.meaning(), cause.reason)
}

/// A cause on a few lines: what was found, where, what to do.
fn roomy(style: TextStyle, cause: &Cause) -> String {
    let count = format!("{:>COUNT$}  ", cause.count);
    let indent = " ".repeat(COUNT + 2);
    let head = style.line(&format!("{count}{}", heading(cause)));
    let head = head.replacen(&count, &style.color(color(cause), &count), 1);
    let (found, cure) = match &cause.examples[..] {
        [one] if cause.count == 1 => (format!("{}: {}", place(one), one.detail), &one.cure),
        some => (some.iter().take(2).map(place).collect::<Vec<_>>().join(", "), &cause.cure),
    };
    let until = cause.until.filter(|_| cause.waits).map(|until| format!("retried at {}", text::local(until)));
    let mut told = head + &style.paragraph(&indent, &found);
    told += &until.map(|until| style.paragraph(&indent, &until)).unwrap_or_default();
    told + &style.paragraph(&format!("{indent}→ "), &format!("{}{cure}", who(cause)))
}

/// What can't be used and is no photo: rows of the table, folders, default pictures and their groups.
fn beside(style: TextStyle, reason: Reason, count: u32) -> String {
    let what = match (reason, count) {
        (Reason::TableRow, 1) => "row of the table can't be used",
        (Reason::TableRow, _) => "rows of the table can't be used",
        (_, 1) => "thing beside the photos can't be used",
        _ => "things beside the photos can't be used",
    };
    style.line(&format!("{count:>COUNT$}  {what} ({reason}) → `photosyncd status --reason {reason}` says which"))
}

fn who(cause: &Cause) -> &'static str {
    match cause.actor() {
        Actor::Administrator => "Administrator: ",
        Actor::Hr => "HR: ",
        Actor::Itself | Actor::Nobody => "",
    }
}

fn color(cause: &Cause) -> Color {
    if cause.needs_person() { Color::Bad } else { Color::Warning }
}

/// The file and whom it is for.
pub(super) fn place(item: &HeldItem) -> String {
    match (&item.path, &item.label) {
        (Some(path), Some(target)) if !path.contains(target.as_str()) => format!("{path} → {target}"),
        (Some(one), _) | (None, Some(one)) => one.clone(),
        (None, None) => "Microsoft 365".to_owned(),
    }
}

/// The file's own name, or whom it is for.
fn name(item: &HeldItem) -> &str {
    let file = item.path.as_deref().map(|path| path.rsplit('/').next().unwrap_or(path));
    file.or(item.label.as_deref()).unwrap_or("Microsoft 365")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Problem, Timestamp};

    fn causes(many: usize, each: u32) -> Causes {
        let reasons = Reason::ALL.iter().filter(|reason| !reason.may_stand()).take(many);
        let items = reasons.flat_map(|reason| {
            (0..each).map(move |number| HeldItem {
                path: Some(format!("users/anna.{number:03}@contoso.com.jpg")),
                label: Some(format!("anna.{number:03}@contoso.com")),
                since: Some(Timestamp::from_millis(i64::from(number))),
                ..HeldItem::new(&Problem::new(*reason, "found"))
            })
        });
        Causes::of(items, 3)
    }

    fn width(line: &str) -> usize {
        unicode_width::UnicodeWidthStr::width(line)
    }

    #[test]
    fn rows_do_not_grow_with_what_they_count_and_fit_the_terminal() {
        for columns in [60, 80, 120, 200] {
            let style = TextStyle::plain(Some(columns));
            for (many, each, lines) in [(3, 1, 3), (8, 300, 8), (8, 3_000, 8), (12, 5, 8)] {
                let text = rows(&causes(many, each), style);
                assert_eq!(text.lines().count(), lines, "{text}");
                assert!(text.lines().all(|line| width(line) <= columns), "{columns}:\n{text}");
            }
            let roomy = rows(&causes(1, 300), style);
            assert!(roomy.lines().count() <= 8 && roomy.lines().all(|line| width(line) <= columns), "{roomy}");
        }
        assert_eq!(rows(&causes(12, 5), TextStyle::plain(None)).lines().count(), 8);
    }

    #[test]
    fn the_rest_of_the_causes_still_counts() {
        let text = rows(&causes(12, 5), TextStyle::plain(None));
        let counts = text.lines().map(|line| line.split_whitespace().next().unwrap().parse::<u32>().unwrap());
        assert_eq!(counts.sum::<u32>(), 60);
        assert!(text.ends_with("25  for 5 more causes (--all)\n"), "{text}");
    }

    #[test]
    fn a_row_says_how_many_why_where_and_what_to_do() {
        let text = rows(&causes(8, 40), TextStyle::plain(Some(80)));
        let first = text.lines().next().unwrap();
        assert!(first.starts_with("    40  camera_number          anna.039@contoso.com.j"), "{text}");
        assert!(text.contains("HR: check the spelling"), "{text}");
        let one = rows(&causes(1, 1), TextStyle::plain(None));
        let reason = causes(1, 1).0[0].reason;
        assert!(one.contains(&format!("({reason}): users/anna.000@contoso.com.jpg: found → ")), "{one}");
        assert!(one.contains(reason.cure()), "{one}");
    }
}
