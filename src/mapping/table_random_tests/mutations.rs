//! What becomes of a table on its way: cells, lines, quotes, encodings.

use super::*;

/// Rows that go above the header at most.
const ABOVE: usize = 6;

pub(super) fn choose<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
    &all[rng.usize(..all.len())]
}

impl Sheet {
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (at, row) in self.titles.iter().chain([&self.header]).chain(&self.rows).enumerate() {
            let cells = row.iter().enumerate().map(|(column, cell)| {
                let needs = cell.contains(['"', '\n', '\r', self.separator]) || cell.starts_with(' ');
                if needs || at > self.titles.len() && self.quoted.contains(&(at, column)) {
                    format!("\"{}\"", cell.replace('"', "\"\""))
                } else {
                    cell.clone()
                }
            });
            text.push_str(&cells.collect::<Vec<_>>().join(&self.separator.to_string()));
            text.push_str(self.line_end);
        }
        text
    }

    /// Changes cells and rows; says what it did.
    pub(super) fn mutate(&mut self, rng: &mut Rng, paths: &[SourcePath]) -> String {
        if self.rows.is_empty() {
            return "nothing".to_owned();
        }
        let at = rng.usize(..self.rows.len());
        let (one, other) = (rng.usize(..self.header.len()), rng.usize(..self.header.len()));
        match rng.u8(..8) {
            7 => {
                // Rows get above it.
                self.titles.extend(self.rows.drain(..=at.min(ABOVE)));
                format!("the header below {} rows", self.titles.len())
            }
            0 => {
                self.rows[at].swap(one, other);
                format!("cells {one} and {other} of row {at} change places")
            }
            1 => {
                let cell = self.rows[at][one].clone();
                self.rows[at].insert(one, cell);
                format!("cell {one} of row {at} twice")
            }
            2 => {
                let row = self.rows[at].clone();
                self.rows.insert(rng.usize(..=self.rows.len()), row);
                format!("row {at} twice")
            }
            3 => {
                let with = rng.usize(..self.rows.len());
                self.rows.swap(at, with);
                format!("rows {at} and {with} change places")
            }
            4 => {
                self.header.swap(one, other);
                format!("headers {one} and {other} change places")
            }
            _ => {
                let cell = &self.rows[at][self.file];
                let spelled = other_form(rng, cell);
                let clean = spelled.trim().replace('\\', "/");
                if paths.iter().any(|path| {
                    path.as_str() != *cell && clean.ends_with(path.as_str()) && clean.len() <= path.as_str().len() + 2
                }) {
                    return "nothing".to_owned();
                }
                let said = format!("row {at}: {cell:?} as {spelled:?}");
                self.rows[at][self.file] = spelled;
                said
            }
        }
    }
}

pub(super) fn other_form(rng: &mut Rng, path: &str) -> String {
    let back = path.replace('/', "\\");
    let (bare, ending) = path.rsplit_once('.').unwrap();
    let last = bare.rsplit('/').next().unwrap();
    match rng.u8(..32) {
        0 => path.to_uppercase(),
        1 => path.to_lowercase(),
        2 => back,
        3 => format!("C:\\photos\\{back}"),
        4 => format!("P:/{path}"),
        5 => format!("\\\\server\\share\\{back}"),
        6 => format!("file:///C:/photos/{}", path.replace(' ', "%20")),
        7 => format!("./{path}"),
        8 => format!(" /{path} "),
        9 => bare.to_owned(),
        10 => path.rsplit('/').next().unwrap().to_owned(),
        11 => path.nfd().collect(),
        12 => format!("\\\\server\\users\\{}", back.to_uppercase()),
        // What changes on the way without anybody's notice.
        13 => path.replace(' ', "\u{a0}"),
        14 => path.replace(' ', "  "),
        15 => format!("{bare} .{ending}"),
        16 => path.replace('_', "\u{2010}"),
        17 if last.bytes().all(|byte| byte.is_ascii_digit()) => format!("{bare}.0"),
        18 => format!("{path}.{ending}"),
        19 => format!("https://hr.contoso.com/{path}?size=2"),
        20 => format!("{path} + {path}"),
        21..26 => {
            let [before, behind] = choose(rng, AROUND);
            format!("{before}{path}{behind}")
        }
        26 => format!("{bare}{}", choose(rng, &[",jpg", " jpg", ".jpg.txt", ".0", ",00", " (neu).jpg", " fehlt"])),
        27 => format!("{path}{}neue/neu.jpg", choose(rng, &[", ", " | ", ",", " + ", " / ", " und ", " "])),
        28 => format!("neue/neu.jpg{}{path}", choose(rng, &[", ", " | ", ",", " + ", " / ", " und ", " ", " -> "])),
        29 => format!("[{path}](https://hr.contoso.com/{path})"),
        30 => format!("{path} (https://hr.contoso.com/at/{})", path.replace(' ', "%20")),
        31 => numbers(rng, path),
        _ => format!("..\\2024\\{back}"),
    }
}

/// What people and programs put around a name.
const AROUND: &[[&str; 2]] = &[
    ["\u{201e}", "\u{201c}"],
    ["\u{ab}", "\u{bb}"],
    ["\u{2018}", "\u{2019}"],
    ["<", ">"],
    ["(", ")"],
    ["[", "]"],
    ["<img src=\"", "\">"],
    ["siehe ", ""],
    ["Foto: ", ""],
    ["", "."],
    ["", "*"],
    ["", " (neu)"],
    ["", " (123 KB)"],
];

/// The path with the numbers that its name begins with as a spreadsheet shows them, or with zeros before them.
fn numbers(rng: &mut Rng, path: &str) -> String {
    let name = path.rfind('/').map_or(0, |at| at + 1);
    let end = path[name..].find(|letter: char| !letter.is_ascii_digit()).map_or(path.len(), |length| name + length);
    let (before, number, behind) = (&path[..name], &path[name..end], &path[end..]);
    match number.split_at_checked(1).filter(|(first, _)| !first.is_empty()) {
        None => path.to_owned(),
        Some((first, rest)) if rng.bool() => format!("{before}{first}.{rest}0E+0{}{behind}", rest.len()),
        Some(_) => format!("{before}00{number}{behind}"),
    }
}

/// Changes letters; says what it did.
pub(super) fn mutate_text(rng: &mut Rng, text: &mut String, separator: char) -> String {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let place = *choose(rng, &places);
    let of = |text: &str, wanted: &[char]| {
        text.char_indices().filter(|(_, c)| wanted.contains(c)).map(|(at, _)| at).collect::<Vec<_>>()
    };
    match rng.u8(..9) {
        0..3 => {
            text.insert(place, '"');
            format!("a quote at {place}")
        }
        3..5 => match of(text, &['"']).as_slice() {
            [] => "nothing".to_owned(),
            quotes => {
                let place = *choose(rng, quotes);
                text.remove(place);
                format!("no quote at {place}")
            }
        },
        5 => {
            text.insert(place, '\n');
            format!("a line break at {place}")
        }
        6 => match of(text, &['\n', '\r']).as_slice() {
            [] => "nothing".to_owned(),
            breaks => {
                let place = *choose(rng, breaks);
                text.remove(place);
                format!("no line break at {place}")
            }
        },
        7 => {
            let other = if separator == ',' { ";" } else { "," };
            let lines: Vec<String> = text.split_inclusive(['\n', '\r']).map(str::to_owned).collect();
            let changed = rng.usize(..lines.len());
            let change = |(at, line): (usize, &String)| if at == changed { line.replace(separator, other) } else { line.clone() };
            *text = lines.iter().enumerate().map(change).collect();
            format!("{other} in line {}", changed + 1)
        }
        _ => {
            let end = *choose(rng, &["\n", "\r\n", "\r"]);
            *text = text.replace("\r\n", "\n").replace(['\r', '\n'], end);
            if rng.bool() {
                text.truncate(text.trim_end().len());
            }
            format!("lines end with {end:?}")
        }
    }
}

/// Saves the text in some encoding, right or wrong.
pub(super) fn encode(rng: &mut Rng, text: &str) -> (Vec<u8>, &'static str) {
    let wide = |mark: bool, bytes: fn(u16) -> [u8; 2]| {
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{text}").encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    let latin = || text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect::<Vec<u8>>();
    match rng.u8(..12) {
        0 => (wide(true, u16::to_le_bytes), "UTF-16LE"),
        1 => (wide(true, u16::to_be_bytes), "UTF-16BE"),
        2 => (wide(false, u16::to_le_bytes), "UTF-16LE without mark"),
        3 => (latin(), "Windows-1252"),
        4 => (text.chars().map(|c| if c.is_ascii() { c as u8 } else { b'?' }).collect(), "ASCII with ?"),
        5 => (text.bytes().map(char::from).collect::<String>().into_bytes(), "UTF-8 twice"),
        6 => (format!("\u{feff}{text}").into_bytes(), "UTF-8 with mark"),
        7 => (text.nfd().collect::<String>().into_bytes(), "UTF-8 decomposed"),
        _ => (text.as_bytes().to_vec(), "UTF-8"),
    }
}
