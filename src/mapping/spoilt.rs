//! Numbers that a spreadsheet spoilt: what happened to them, and what they may have been.

/// Longest employee number (Graph's documentation of the user resource).
const LONGEST: usize = 16;

/// What may have happened to a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spoilt {
    /// In words, where it shows; a plain number may lack its zeros all the same.
    pub how: Option<&'static str>,
    /// Digits are lost: it may have been any number that begins like a candidate.
    pub is_short: bool,
    /// What it may have been; the number with more and fewer zeros before it.
    pub candidates: Vec<String>,
}

/// Looks at a number that nobody has. `widths`: how long such numbers are elsewhere. None if it is no number.
pub(crate) fn spoilt(value: &str, widths: &[usize]) -> Option<Spoilt> {
    let mut is_short = false;
    let (how, number) = if let Some(inner) = value.strip_prefix('\'') {
        (Some("it begins with an apostrophe, the mark of a spreadsheet for text"), digits(inner)?)
    } else if let Some(number) = digits(value) {
        (None, number)
    } else if let Some((number, shown)) = scientific(value) {
        is_short = shown < number.len();
        (
            Some(if is_short {
                "a spreadsheet has shortened a long number, and its last digits are lost"
            } else {
                "a spreadsheet has written the number with an exponent"
            }),
            number,
        )
    } else if let Some(number) = value.split_once(['.', ',']).and_then(|(whole, rest)| {
        let zeros = !rest.is_empty() && rest.len() < 3 && rest.bytes().all(|byte| byte == b'0');
        digits(whole).filter(|_| zeros)
    }) {
        (Some("a spreadsheet has given the number decimals"), number)
    } else {
        (Some("a spreadsheet has put separators between thousands"), thousands(value)?)
    };
    let short = number.trim_start_matches('0');
    let mut candidates: Vec<String> = [number.clone(), short.to_owned()].into();
    candidates.extend(widths.iter().filter(|width| **width > short.len()).map(|width| format!("{short:0>width$}")));
    candidates.retain(|candidate| !candidate.is_empty() && candidate.len() <= LONGEST && candidate != value);
    let mut seen = std::collections::HashSet::new();
    candidates.retain(|candidate| seen.insert(candidate.clone()));
    Some(Spoilt { how, is_short, candidates })
}

fn digits(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.to_owned())
}

/// `2.00E+03` and `2,00E+03` were some number like 2000; and how many of its digits are shown.
fn scientific(text: &str) -> Option<(String, usize)> {
    let (mantissa, exponent) = text.split_once(['E', 'e'])?;
    let exponent: usize = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (whole, rest) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let all = digits(&format!("{whole}{rest}"))?;
    let length = whole.len().checked_add(exponent).filter(|length| (1..=LONGEST).contains(length))?;
    Some((format!("{all:0<length$}").chars().take(length).collect(), all.len()))
}

fn thousands(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split(['.', ',', '\'', '’', ' ', '\u{a0}', '\u{202f}']).collect();
    let (first, rest) = parts.split_first()?;
    let fits = (1..=3).contains(&first.len()) && !rest.is_empty() && rest.iter().all(|part| part.len() == 3);
    digits(&parts.concat()).filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_did_is_told_with_what_it_was() {
        for (value, how, candidates) in [
            ("4203", "", "004203 00004203"),
            ("004203", "", "4203 00004203"),
            ("'2001", "apostrophe", "2001 002001 00002001"),
            ("2.00E+03", "shortened", "2000 002000 00002000"),
            ("2,00E+03", "shortened", "2000 002000 00002000"),
            ("1.23457E+11", "shortened", "123457000000"),
            ("2001.0", "decimals", "2001 002001 00002001"),
            ("2001,00", "decimals", "2001 002001 00002001"),
            ("12.345", "thousands", "12345 012345 00012345"),
            ("1 234 567", "thousands", "1234567 01234567"),
        ] {
            let found = spoilt(value, &[6, 8]).unwrap();
            assert_eq!(found.candidates.join(" "), candidates, "{value}");
            assert!(found.how.unwrap_or_default().contains(how) && found.how.is_none() == how.is_empty(), "{value}");
        }
        let is_short = |value: &str| spoilt(value, &[]).unwrap().is_short;
        assert!(is_short("2.00E+03") && is_short("1,23457E+11") && !is_short("1.081E+03") && !is_short("4203"));
        for value in ["anna", "", "1.2.3", "E1234", "12-34", "99999999999999999"] {
            assert_eq!(spoilt(value, &[6]), None, "{value}");
        }
    }
}
