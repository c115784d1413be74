//! Reads which paths a Rust file names, without a compiler: comments, strings and what is for tests only are left out,
//! grouped imports are unfolded over any number of lines.

/// A path as it is written, segment by segment, where, and whether it is passed on (`pub use`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) line: usize,
    pub(super) path: Vec<String>,
    pub(super) passed_on: bool,
}

type Token = (usize, String);

/// The code alone: comments and what stands between quotes become spaces, lines stay.
pub(super) fn code(text: &str) -> String {
    let bytes: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let starts = |at: usize, what: &str| what.chars().enumerate().all(|(on, c)| bytes.get(at + on) == Some(&c));
    while at < bytes.len() {
        let from = at;
        let hashes = bytes[at + 1..].iter().take_while(|c| **c == '#').count();
        let in_word = from > 0 && (bytes[from - 1].is_alphanumeric() || bytes[from - 1] == '_');
        if starts(at, "//") {
            while at < bytes.len() && bytes[at] != '\n' {
                at += 1;
            }
        } else if starts(at, "/*") {
            let mut depth = 0;
            while at < bytes.len() {
                let (opens, closes) = (starts(at, "/*"), starts(at, "*/"));
                depth += i32::from(opens) - i32::from(closes);
                at += if opens || closes { 2 } else { 1 };
                if depth == 0 {
                    break;
                }
            }
        } else if bytes[at] == 'r' && !in_word && bytes.get(at + 1 + hashes) == Some(&'"') {
            let end = format!("\"{}", "#".repeat(hashes));
            at += 2 + hashes;
            while at < bytes.len() && !starts(at, &end) {
                at += 1;
            }
            at += end.len();
        } else if bytes[at] == '"' {
            at += 1;
            while at < bytes.len() && bytes[at] != '"' {
                at += if bytes[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if bytes[at] == '\'' && (bytes.get(at + 1) == Some(&'\\') || bytes.get(at + 2) == Some(&'\'')) {
            // A character; a lifetime has no second quote.
            at += if bytes[at + 1] == '\\' { 3 } else { 2 };
            while at < bytes.len() && bytes[at] != '\'' {
                at += 1;
            }
            at += 1;
        } else {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        out.extend(bytes[from..at.min(bytes.len())].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
    }
    out
}

/// Words, `::` and other signs, each with its line.
fn tokens(code: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let end = match first {
                _ if is_word(first) => rest.find(|c: char| !is_word(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                _ => first.len_utf8(),
            };
            found.push((line, rest[..end].to_owned()));
            rest = rest[end..].trim_start();
        }
    }
    found
}

/// Leaves out each item that stands behind `#[cfg(test)]`: up to its `;`, or to the end of its braces.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        if !MARK.iter().enumerate().all(|(on, sign)| tokens.get(at + on).is_some_and(|(_, token)| token == sign)) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0;
        let is_use = tokens[at..].iter().map(|(_, token)| token.as_str()).find(|token| matches!(*token, "use" | "mod" | "fn"));
        while let Some((_, token)) = tokens.get(at) {
            depth += i32::from(matches!(token.as_str(), "{" | "[" | "(")) - i32::from(matches!(token.as_str(), "}" | "]" | ")"));
            at += 1;
            if depth == 0 && (token == ";" || token == "}" && is_use != Some("use")) {
                break;
            }
        }
    }
    kept
}

/// Reads a path from `at` on, unfolding braces; `as` and generics end it. Says where it ends.
fn unfold(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let is = |at: usize, sign: &str| tokens.get(at).is_some_and(|(_, token)| token == sign);
    let mut path = before.to_vec();
    let line = tokens.get(at).map_or(0, |(line, _)| *line);
    loop {
        if is(at, "{") {
            at += 1;
            while at < tokens.len() && !is(at, "}") {
                at = unfold(tokens, at, &path, found);
                while at < tokens.len() && !is(at, ",") && !is(at, "}") {
                    at += 1;
                }
                at += usize::from(is(at, ","));
            }
            return at + 1;
        }
        let Some((_, word)) =
            tokens.get(at).filter(|(_, word)| word == "*" || word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        else {
            break;
        };
        path.push(word.clone());
        at += 1;
        if !is(at, "::") {
            break;
        }
        at += 1;
    }
    found.push((line, path));
    at
}

/// Every path that a file names: what it uses, and what it names in place from `crate`, `self`, `super` or one of
/// these modules of its own.
pub(super) fn named(text: &str, own: &[String]) -> Vec<Named> {
    let tokens = without_tests(&tokens(&code(text)));
    let is = |at: usize, sign: &str| tokens.get(at).is_some_and(|(_, token)| token == sign);
    let (mut all, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        let word = tokens[at].1.as_str();
        let mut found = Vec::new();
        let mut passed_on = false;
        if word == "use" {
            // `pub use`, `pub(crate) use`.
            passed_on = at > 0 && (is(at - 1, "pub") || is(at - 1, ")"));
            at = unfold(&tokens, at + 1, &[], &mut found);
        } else if is(at + 1, "::")
            && !(at > 0 && (is(at - 1, "::") || is(at - 1, "$")))
            && (matches!(word, "crate" | "self" | "super") || own.iter().any(|own| own == word))
        {
            at = unfold(&tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
        all.extend(found.into_iter().map(|(line, path)| Named { line, path, passed_on }));
    }
    all
}
