//! Value templates: `{first|lower}.{last|lower}@contoso.com`.

use regex::Captures;

use super::filter::{Filter, split};

/// A text with placeholders to fill.
#[derive(Clone, Debug)]
pub(crate) struct ValueTemplate(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Placeholder { name: String, filters: Vec<Filter> },
}

impl ValueTemplate {
    /// Compiles a value; every placeholder must be one of `known`, which `source` (`files`, `regex`) gives.
    /// `{{` and `}}` are braces.
    pub(crate) fn compile(text: &str, source: &str, known: &[String]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push(first);
                rest = &rest[2..];
            } else if let Some(inner) = rest.strip_prefix('{') {
                let body = split(inner, '}');
                let body = body.first().filter(|_| body.len() > 1).ok_or_else(|| format!("{text:?} has a {{ without its }}"))?;
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(placeholder(body, source, known)?);
                rest = &inner[body.len() + 1..];
            } else if first == '}' {
                return Err(format!("{text:?} has a }} without its {{"));
            } else {
                literal.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self(parts))
    }

    /// Whether it says "me", which as an owner is the person who signs in.
    pub(super) fn is_me(&self) -> bool {
        matches!(self.0.as_slice(), [Part::Text(text)] if text.eq_ignore_ascii_case("me"))
    }

    /// The filled text, without white space around it or around what fills it. None when a placeholder has nothing to
    /// fill it with, which must not make another name of the rest; an error when a filter can't do its work.
    pub(super) fn fill(&self, captures: &Captures<'_>) -> Result<Option<String>, String> {
        self.fill_with(|name| captures.name(name).map(|found| found.as_str()))
    }

    /// The same from whatever knows the values.
    pub(crate) fn fill_with<'a>(&self, value_of: impl Fn(&str) -> Option<&'a str>) -> Result<Option<String>, String> {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Placeholder { name, filters } => {
                    let found = value_of(name).unwrap_or_default().trim();
                    if found.is_empty() {
                        return Ok(None);
                    }
                    let value = filters.iter().try_fold(found.to_owned(), |value, filter| {
                        filter.apply(&value).map_err(|reason| format!("{{{name}}} is {found:?}: {reason}"))
                    })?;
                    if value.trim().is_empty() {
                        return Ok(None);
                    }
                    filled.push_str(&value);
                }
            }
        }
        let filled = filled.trim();
        Ok((!filled.is_empty()).then(|| filled.to_owned()))
    }

    /// The placeholders that it is made of.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| if let Part::Placeholder { name, .. } = part { Some(name.as_str()) } else { None })
    }

    /// Texts for which its filters may do something particular.
    pub(super) fn hints(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|part| match part {
            Part::Text(_) => Vec::new(),
            Part::Placeholder { filters, .. } => filters.iter().flat_map(Filter::hints).collect(),
        })
    }
}

fn placeholder(body: &str, source: &str, known: &[String]) -> Result<Part, String> {
    let parts = split(body, '|');
    let (name, filters) = parts.split_first().map_or(("", [].as_slice()), |(name, filters)| (name.trim(), filters));
    if !known.iter().any(|each| each == name) {
        let names: Vec<String> = known.iter().map(|each| format!("{{{each}}}")).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let what =
            if source == "regex" { format!("named group of regex, (?<{name}>…)") } else { format!("placeholder of {source}") };
        return Err(format!("{{{name}}} is not a {what}; known here: {names}"));
    }
    let filters = filters.iter().map(|filter| Filter::parse(filter)).collect::<Result<_, _>>()?;
    Ok(Part::Placeholder { name: name.to_owned(), filters })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(value: &str, path: &str) -> Result<Option<String>, String> {
        let regex = regex::Regex::new("^(?<a>[^-]*)-(?<b>.*)$").unwrap();
        ValueTemplate::compile(value, "files", &["a".into(), "b".into()])
            .and_then(|value| value.fill(&regex.captures(path).unwrap()))
    }

    #[test]
    fn text_placeholders_and_filters_join() {
        for (value, path, wanted) in [
            ("{a|lower}.{b|lower}@contoso.com", "Anna-BERG", Some("anna.berg@contoso.com")),
            ("{ a | lower | upper }", "Anna-x", Some("ANNA")),
            ("{a|replace:x:\\}}{b}", "x-y", Some("}y")),
            ("{{{a}}}", "x-y", Some("{x}")),
            ("{a}, {b}", " Berg - Anna ", Some("Berg, Anna")),
            ("{a}{b}", "-y", None),
            ("{a|trim_start:0}{b}", "000-y", None),
        ] {
            assert_eq!(filled(value, path), Ok(wanted.map(str::to_owned)), "{value} of {path}");
        }
        assert_eq!(filled("{a|guest:x.y}", "q-").unwrap_err(), "{a} is \"q\": it is not a mail address (filter guest)");
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        for (value, wanted) in [
            ("{sma}@contoso.com", "{sma} is not a placeholder of files; known here: {a}, {b}"),
            ("{a", "\"{a\" has a { without its }"),
            ("a}", "\"a}\" has a } without its {"),
            ("{}", "{} is not a placeholder of files; known here: {a}, {b}"),
        ] {
            assert_eq!(filled(value, "x-y").unwrap_err(), wanted);
        }
        assert_eq!(
            ValueTemplate::compile("{n}", "regex", &[]).unwrap_err(),
            "{n} is not a named group of regex, (?<n>…); known here: none"
        );
    }
}
