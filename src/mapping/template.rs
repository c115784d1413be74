//! Path templates (`users/{upn}.{ext}`) and value templates (`{sam}@contoso.com`).

use std::fmt::Write;

use regex::{Captures, Regex};

/// Longest template taken, in characters: a limit, so that compiling stays cheap.
const LONGEST: usize = 1_000;

/// A compiled path template.
#[derive(Clone, Debug)]
pub(super) struct PathTemplate {
    pattern: Regex,
    names: Vec<String>,
}

impl PathTemplate {
    /// Compiles `users/{upn}.{ext}`. `{name}` stands for one or more characters of one path segment and ends at
    /// the first place where the rest of the template fits; `{ext}` holds no dot; `*`, `?` stay in a segment, `**`
    /// crosses them. What follows the last dot of the template matches in any case (`.JPG` is `.jpg`).
    pub(super) fn compile(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.starts_with('/') {
            return Err("files: give a path below the source directory, such as \"users/{upn}.{ext}\"".into());
        }
        if text.chars().count() > LONGEST {
            return Err(format!("files: longer than {LONGEST} characters"));
        }
        let (pattern, names) = Translation::of(text)?;
        let pattern = Regex::new(&pattern).map_err(|error| format!("files: {text:?} can't be compiled: {error}"))?;
        Ok(Self { pattern, names })
    }

    /// The placeholder names it fills.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// What the placeholders stand for in this path; none if the path isn't of this form.
    pub(super) fn captures<'p>(&self, path: &'p str) -> Option<Captures<'p>> {
        self.pattern.captures(path)
    }
}

/// A template on its way to a regular expression.
struct Translation {
    out: String,
    names: Vec<String>,
    /// The last thing written was a placeholder or wildcard: another one right behind it could be split anywhere.
    open: bool,
}

impl Translation {
    fn of(text: &str) -> Result<(String, Vec<String>), String> {
        let mut this = Self { out: String::from(r"\A"), names: Vec::new(), open: false };
        // Only an extension of the last segment ignores case.
        let extension = text.rfind('.').filter(|dot| !text[*dot..].contains('/')).map_or(text.len(), |dot| dot + 1);
        let mut at = 0;
        while at < text.len() {
            if at == extension {
                this.out.push_str("(?i)");
            }
            at += this.step(&text[at..], text)?;
        }
        this.out.push_str(r"\z");
        Ok((this.out, this.names))
    }

    /// Translates the next token; returns its length in bytes.
    fn step(&mut self, rest: &str, whole: &str) -> Result<usize, String> {
        if let Some(inner) = rest.strip_prefix('{') {
            let end = inner.find('}').ok_or_else(|| format!("files: {whole:?} has a {{ without its }}"))?;
            self.placeholder(&inner[..end], whole)?;
            return Ok(end + 2);
        }
        for (token, pattern) in [("**/", "(?:.*/)?"), ("**", ".*"), ("*", "[^/]*?"), ("?", "[^/]")] {
            if rest.starts_with(token) {
                if self.open {
                    return Err(format!("files: {whole:?} is ambiguous: put some text between a placeholder and {token}"));
                }
                self.open = !token.ends_with('/') && token != "?";
                self.out.push_str(pattern);
                return Ok(token.len());
            }
        }
        let Some(character) = rest.chars().next() else { return Ok(1) };
        if character == '}' {
            return Err(format!("files: {whole:?} has a }} without its {{"));
        }
        self.open = false;
        self.out.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
        Ok(character.len_utf8())
    }

    fn placeholder(&mut self, name: &str, whole: &str) -> Result<(), String> {
        if !is_name(name) {
            return Err(format!("files: {{{name}}} is no placeholder; use letters, digits and _, as in {{upn}}"));
        }
        if self.names.iter().any(|known| known == name) {
            return Err(format!("files: {{{name}}} stands twice in {whole:?}; give the second one another name"));
        }
        if self.open {
            return Err(format!("files: {whole:?} is ambiguous: put some text between {{{name}}} and what stands before it"));
        }
        let class = if name == "ext" { "[^/.]+" } else { "[^/]+?" };
        _ = write!(self.out, "(?P<{name}>{class})");
        self.names.push(name.to_owned());
        self.open = true;
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.len() <= 64
}

/// A text with placeholders to fill.
#[derive(Clone, Debug)]
pub(super) struct ValueTemplate(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Placeholder(String),
}

impl ValueTemplate {
    /// Compiles a value; every placeholder must be one of `known`. `key` names the value in messages.
    pub(super) fn compile(text: &str, key: &str, known: &[String]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or_else(|| format!("{key}: {text:?} has a {{ without its }}"))? + open;
            let name = &rest[open + 1..close];
            if !known.iter().any(|each| each == name) {
                let names: Vec<String> = known.iter().map(|each| format!("{{{each}}}")).collect();
                return Err(format!("{key}: {{{name}}} is not a placeholder of files; known here: {}", names.join(", ")));
            }
            if open > 0 {
                parts.push(Part::Text(rest[..open].to_owned()));
            }
            parts.push(Part::Placeholder(name.to_owned()));
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    /// The filled text, without white space around it.
    pub(super) fn fill(&self, captures: &Captures<'_>) -> String {
        let filled: String = self
            .0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Placeholder(name) => captures.name(name).map_or("", |found| found.as_str()),
            })
            .collect();
        filled.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(template: &str, path: &str) -> Option<Vec<String>> {
        let template = PathTemplate::compile(template).unwrap();
        let captures = template.captures(path)?;
        Some(template.names().iter().map(|name| captures[name.as_str()].to_owned()).collect())
    }

    #[test]
    fn placeholders_stay_in_a_segment_and_end_where_the_rest_fits() {
        let table: &[(&str, &str, Option<&[&str]>)] = &[
            ("users/{upn}.{ext}", "users/anna.b@contoso.com.jpg", Some(&["anna.b@contoso.com", "jpg"])),
            ("users/{upn}.{ext}", "users/x/anna@contoso.com.jpg", None),
            ("users/{upn}.{ext}", "users/anna", None),
            ("users/{upn}.{ext}", "users/.jpg", None),
            ("{number}_{rest}.jpg", "0042_anna_berg.JPG", Some(&["0042", "anna_berg"])),
            ("*-{number}.jpg", "berg-anna-0042.jpg", Some(&["anna-0042"])),
            ("**/{upn}.jpg", "a/b/c@d.jpg", Some(&["c@d"])),
            ("**/{upn}.jpg", "c@d.jpg", Some(&["c@d"])),
            ("Users/{upn}.jpg", "users/c@d.jpg", None),
            ("{upn}.jpg", "c(d)+[x].jpg", Some(&["c(d)+[x]"])),
            ("contacts/{owner}/{address}.{ext}", "contacts/o@x/a@y.z.png", Some(&["o@x", "a@y.z", "png"])),
        ];
        for (template, path, expected) in table {
            let expected = expected.map(|values| values.iter().map(ToString::to_string).collect::<Vec<_>>());
            assert_eq!(captured(template, path), expected, "{template} on {path}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        for (template, word) in [
            ("", "below the source"),
            ("/users/{upn}.jpg", "below the source"),
            ("{a}{b}.jpg", "ambiguous"),
            ("{a}*.jpg", "ambiguous"),
            ("{a}-{a}.jpg", "twice"),
            ("{a.jpg", "without its }"),
            ("a}.jpg", "without its {"),
            ("{1a}.jpg", "no placeholder"),
        ] {
            let error = PathTemplate::compile(template).unwrap_err();
            assert!(error.contains(word), "{template}: {error}");
        }
        let error = ValueTemplate::compile("{sma}@contoso.com", "user.mail", &["sam".into()]).unwrap_err();
        assert_eq!(error, "user.mail: {sma} is not a placeholder of files; known here: {sam}");
    }
}
