//! Filters of a placeholder: `{name|lower}`, `{name|replace:_:.}`, chained with `|`.

use super::fold;

/// What the filters are, for messages.
pub(super) const KNOWN: &str = "lower, upper, replace:FROM:TO, trim_start:TEXT, pad:WIDTH:CHARACTER, ascii, guest:TENANT";

/// Widest padding, in characters: no property of a directory is longer.
const WIDEST: usize = 64;

/// One step from what the file name says to what the directory says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// All letters small.
    Lower,
    /// All letters capital.
    Upper,
    /// Every occurrence of the first text becomes the second, which may be empty.
    Replace(String, String),
    /// The text is taken off the start as often as it stands there.
    TrimStart(String),
    /// Filled up on the left to a width in characters; longer texts stay.
    Pad(usize, char),
    /// Letters without their marks.
    Ascii,
    /// A mail address as the UPN of a guest of that tenant: `local_domain#EXT#@tenant`.
    Guest(String),
}

impl Filter {
    /// Reads `name:argument:argument`; `\` before `:`, `|`, `}` or `\` takes its meaning away.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<String> = split(text, ':').into_iter().map(unescape).collect::<Result<_, _>>()?;
        let (name, arguments) = parts.split_first().map_or(("", [].as_slice()), |(name, rest)| (name.trim(), rest));
        match (name, arguments) {
            ("lower", []) => Ok(Self::Lower),
            ("upper", []) => Ok(Self::Upper),
            ("ascii", []) => Ok(Self::Ascii),
            ("lower" | "upper" | "ascii", _) => Err(format!("the filter {name} takes nothing behind it")),
            ("replace", [from, to]) if !from.is_empty() => Ok(Self::Replace(from.clone(), to.clone())),
            ("replace", _) => Err(r"replace needs what to replace and by what, as in replace:_:. (write a : as \:)".into()),
            ("trim_start", [text]) if !text.is_empty() => Ok(Self::TrimStart(text.clone())),
            ("trim_start", _) => Err("trim_start needs the text to take off, as in trim_start:0".into()),
            ("pad", [width, filler]) => pad(width, filler),
            ("pad", _) => Err(PAD.into()),
            ("guest", [tenant]) if is_domain(tenant) => Ok(Self::Guest(tenant.clone())),
            ("guest", _) => Err("guest needs the tenant's first domain, as in guest:contoso.onmicrosoft.com".into()),
            _ => Err(format!("no filter is called {name:?}; known are {KNOWN}")),
        }
    }

    /// What the filter makes of a text, or why it can't.
    pub(super) fn apply(&self, text: &str) -> Result<String, String> {
        match self {
            Self::Lower => Ok(text.to_lowercase()),
            Self::Upper => Ok(text.to_uppercase()),
            Self::Replace(from, to) => Ok(text.replace(from, to)),
            Self::TrimStart(start) => Ok(text.trim_start_matches(start.as_str()).to_owned()),
            Self::Pad(width, filler) => {
                let missing = width.saturating_sub(text.chars().count());
                Ok(std::iter::repeat_n(*filler, missing).chain(text.chars()).collect())
            }
            Self::Ascii => fold::ascii(text).map_err(|letter| format!("{letter:?} has no plain letter (filter ascii)")),
            Self::Guest(tenant) => match text.split_once('@') {
                Some((local, domain)) if !local.is_empty() && !domain.is_empty() && !domain.contains('@') => {
                    Ok(format!("{local}_{domain}#EXT#@{tenant}"))
                }
                _ => Err("it is not a mail address (filter guest)".into()),
            },
        }
    }

    /// Texts for which it may do something particular; for the search for rules that never get a turn.
    pub(super) fn hints(&self) -> Vec<String> {
        match self {
            Self::Replace(from, _) => vec![from.clone()],
            Self::TrimStart(text) => vec![text.clone()],
            _ => Vec::new(),
        }
    }
}

const PAD: &str = "pad needs a width of 1 to 64 and one character, as in pad:6:0";

fn pad(width: &str, filler: &str) -> Result<Filter, String> {
    let width = width.parse().ok().filter(|width| (1..=WIDEST).contains(width)).ok_or(PAD)?;
    let mut letters = filler.chars();
    match (letters.next(), letters.next()) {
        (Some(filler), None) => Ok(Filter::Pad(width, filler)),
        _ => Err(PAD.into()),
    }
}

fn is_domain(text: &str) -> bool {
    text.contains('.') && text.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

/// Splits at a mark that no `\` stands before; the parts keep their `\`.
pub(super) fn split(text: &str, mark: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, letter) in text.char_indices() {
        if letter == mark && !escaped {
            parts.push(&text[start..at]);
            start = at + letter.len_utf8();
        }
        escaped = letter == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        out.push(match (letter, letter == '\\') {
            (_, true) => letters
                .next()
                .filter(|next| matches!(next, ':' | '|' | '}' | '\\'))
                .ok_or_else(|| r"a \ stands only before : | } or another \".to_owned())?,
            (plain, false) => plain,
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_does_what_it_says() {
        for (filter, text, wanted) in [
            ("lower", "ANNA Ä", Ok("anna ä")),
            ("upper", "anna", Ok("ANNA")),
            ("replace:_:.", "a_b_c", Ok("a.b.c")),
            ("replace: :", "a b", Ok("ab")),
            (r"replace:\::\|", "a:b", Ok("a|b")),
            (r"replace:\\:\}", r"a\b", Ok("a}b")),
            ("trim_start:0", "000420", Ok("420")),
            ("trim_start:CONTOSO_", "CONTOSO_jdoe", Ok("jdoe")),
            ("pad:6:0", "42", Ok("000042")),
            ("pad:2:0", "0042", Ok("0042")),
            ("ascii", "Bjørn", Ok("Bjorn")),
            ("ascii", "Жан", Err("'Ж' has no plain letter (filter ascii)")),
            ("guest:contoso.onmicrosoft.com", "anna@fabrikam.com", Ok("anna_fabrikam.com#EXT#@contoso.onmicrosoft.com")),
            ("guest:contoso.onmicrosoft.com", "anna", Err("it is not a mail address (filter guest)")),
        ] {
            let found = Filter::parse(filter).unwrap().apply(text);
            assert_eq!(found.as_deref().map_err(String::as_str), wanted, "{filter} of {text}");
        }
    }

    #[test]
    fn what_is_unknown_or_incomplete_is_refused() {
        for (filter, word) in [
            ("lowr", "no filter is called \"lowr\"; known are lower, upper, replace"),
            ("", "no filter is called \"\""),
            ("lower:x", "takes nothing"),
            ("replace:_", "by what"),
            ("replace::x", "by what"),
            ("replace:a:b:c", "by what"),
            ("trim_start", "take off"),
            ("pad:0:0", "1 to 64"),
            ("pad:65:0", "1 to 64"),
            ("pad:6:00", "one character"),
            ("guest:contoso", "first domain"),
            ("guest:a@b.c", "first domain"),
            (r"replace:\n:x", r"a \ stands only before"),
        ] {
            let fault = Filter::parse(filter).unwrap_err();
            assert!(fault.contains(word), "{filter}: {fault}");
        }
    }
}
