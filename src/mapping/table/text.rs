//! Bytes → text: which encoding a table is in, told from its bytes; and what else it is, where it is no table.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{Encoding as Codec, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::TableError;

/// How the bytes of a table were read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Encoding {
    /// UTF-8, with or without a byte order mark; plain ASCII too.
    #[default]
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// The Western European code page of Windows; what Excel calls "CSV".
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little-endian)",
            Self::Utf16Be => "UTF-16 (big-endian)",
            Self::Windows1252 => "Windows-1252",
        })
    }
}

/// What other files begin with.
const OTHERS: [(&[u8], &str); 14] = [
    (b"PK\x03\x04", "an Excel workbook (.xlsx), or another ZIP file"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89PNG", "a PNG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x1f\x8b", "a gzip file"),
    (b"7z\xbc\xaf", "a 7-Zip file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe\x00\x00", "text in UTF-32"),
    (b"\x00\x00\xfe\xff", "text in UTF-32"),
    (b"bplist", "a property list"),
];

/// What text begins with that is no table.
const OTHER_TEXTS: [(&str, &str); 6] = [
    ("<!doctype html", "a web page (HTML); a sign-in page may have been saved in its place"),
    ("<html", "a web page (HTML); a sign-in page may have been saved in its place"),
    ("<?xml", "an XML document"),
    ("<workbook", "an XML document"),
    ("{", "a JSON document"),
    ("[", "a JSON document"),
];

/// The text of a table.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), TableError> {
    if let Some((_, what)) = OTHERS.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(TableError::NotATable(what));
    }
    let (text, encoding) = text_of(bytes)?;
    let start: String = text.trim_start().chars().take(20).collect::<String>().to_ascii_lowercase();
    if let Some((_, what)) = OTHER_TEXTS.iter().find(|(other, _)| start.starts_with(other)) {
        return Err(TableError::NotATable(what));
    }
    if text.contains('\0') {
        return Err(TableError::NotATable("a binary file"));
    }
    Ok((text, encoding))
}

fn text_of(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), TableError> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, UTF_16LE, Encoding::Utf16Le),
        [0xfe, 0xff, rest @ ..] => utf16(rest, UTF_16BE, Encoding::Utf16Be),
        _ => match without_mark(bytes) {
            Some(Encoding::Utf16Be) => utf16(bytes, UTF_16BE, Encoding::Utf16Be),
            Some(_) => utf16(bytes, UTF_16LE, Encoding::Utf16Le),
            None => utf8(bytes),
        },
    }
}

/// UTF-16 without its mark: a header has Latin letters, so every other byte of it is zero, and none of the rest.
fn without_mark(bytes: &[u8]) -> Option<Encoding> {
    let start = &bytes[..bytes.len().min(32) & !1];
    let zero = |parity: usize| start.iter().skip(parity).step_by(2).all(|byte| *byte == 0);
    let full = |parity: usize| start.iter().skip(parity).step_by(2).all(|byte| *byte != 0);
    match start.len() {
        0..8 => None,
        _ if zero(1) && full(0) => Some(Encoding::Utf16Le),
        _ if zero(0) && full(1) => Some(Encoding::Utf16Be),
        _ => None,
    }
}

fn utf16<'b>(bytes: &'b [u8], codec: &'static Codec, encoding: Encoding) -> Result<(Cow<'b, str>, Encoding), TableError> {
    if bytes.len() % 2 == 1 {
        return Err(TableError::CutOff { line: 0 });
    }
    let text = codec.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(|text| (text, encoding)).ok_or(TableError::Encoding { line: 0 })
}

/// UTF-8, or else Windows-1252. A text in which some letters are whole UTF-8 and others are none is neither: guessing
/// would turn one of the names into another.
fn utf8(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), TableError> {
    let fault = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((Cow::Borrowed(text), Encoding::Utf8)),
        Err(fault) => fault,
    };
    let line = || 1 + memchr::memchr_iter(b'\n', &bytes[..fault.valid_up_to()]).count() as u64;
    if fault.error_len().is_none() {
        // Nothing else is wrong with it: the last letter lacks its end.
        return Err(TableError::CutOff { line: line() });
    }
    let whole_letters = bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii());
    let impossible = bytes.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d));
    if whole_letters || impossible {
        return Err(TableError::Encoding { line: line() });
    }
    let text = WINDOWS_1252.decode_without_bom_handling(bytes).0;
    Ok((text, Encoding::Windows1252))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        match decode(bytes) {
            Ok((text, encoding)) => format!("{encoding}: {text}"),
            Err(error) => error.to_string(),
        }
    }

    fn wide(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn every_way_to_save_a_text_is_told() {
        let text = "file;value\nMüller.jpg;1\n";
        assert_eq!(read(text.as_bytes()), format!("UTF-8: {text}"));
        assert_eq!(read(format!("\u{feff}{text}").as_bytes()), format!("UTF-8: {text}"));
        for (mark, little, name) in [(true, true, "little"), (true, false, "big"), (false, true, "little"), (false, false, "big")]
        {
            let text = if mark { format!("\u{feff}{text}") } else { text.to_owned() };
            let found = read(&wide(&text, little));
            assert_eq!(found, format!("UTF-16 ({name}-endian): {}", text.trim_start_matches('\u{feff}')));
        }
        assert_eq!(read(b"M\xfcller \x80"), "Windows-1252: Müller €");
    }

    #[test]
    fn what_is_no_text_is_named() {
        for (bytes, words) in [
            (&b"PK\x03\x04rest"[..], "an Excel workbook (.xlsx)"),
            (b"\xd0\xcf\x11\xe0\xa1", "(.xls)"),
            (b"%PDF-1.7", "a PDF"),
            (b"  <!DOCTYPE html><html>", "a web page"),
            (b"{\"a\": 1}", "JSON"),
            (b"file,value\0\0\0", "a binary file"),
            ("Jos\u{e9},M\u{fc}ller".as_bytes().split_last().unwrap().1, "UTF-8: Jos"),
            (b"Jos\xc3\xa9,M\xfcller\n", "neither UTF-8 nor Windows-1252"),
            (b"a\nM\x81ller\n", "line 2"),
            (b"file,value\na.jpg,Jos\xc3", "cut off"),
            (b"\xff\xfef\0i\0l", "cut off"),
            (b"\xff\xfe\x00\xd8a\0", "neither UTF-8"),
        ] {
            assert!(read(bytes).contains(words), "{words}: {}", read(bytes));
        }
    }
}
