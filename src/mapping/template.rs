//! Path templates: `users/{upn}.{ext}`.

use super::ending;

/// Longest template or regular expression taken, in characters: a limit, so that compiling stays cheap.
pub(super) const LONGEST: usize = 1_000;

/// One part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text that stands for itself.
    Text(String),
    /// `{name}`: one or more characters of one path segment, as few as the rest allows; `{ext}`: the ending of a picture.
    Placeholder(String),
    /// `?`: one character of a segment.
    One,
    /// `*`: any characters of a segment, also none; alone behind the last dot it is `{ext}`.
    Any,
    /// `**`: anything, folders too.
    Tree,
    /// `**/`: any folders, also none.
    Folders,
}

impl Piece {
    /// Whether it could end in several places: another such piece right behind it could be split anywhere.
    const fn is_open(&self) -> bool {
        matches!(self, Self::Placeholder(_) | Self::Any | Self::Tree)
    }
}

/// A template in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// Its parts; no two texts in a row, except where the extension begins.
    pub(super) pieces: Vec<Piece>,
    /// From this part on case is ignored (`.JPG` is `.jpg`): what follows the last dot of the last segment.
    pub(super) extension: usize,
}

impl Template {
    /// Reads a template; `{{` and `}}` are braces.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.starts_with('/') {
            return Err("give a path below the source directory, such as \"users/{upn}.{ext}\"".into());
        }
        if text.chars().count() > LONGEST {
            return Err(format!("is longer than {LONGEST} characters"));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, length) = next(rest, text)?;
            rest = rest.get(length..).unwrap_or_default();
            take(&mut pieces, piece, text)?;
        }
        Ok(Self::with_extension(pieces))
    }

    /// The names of its placeholders.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |piece: &Piece| if let Piece::Placeholder(name) = piece { Some(name.clone()) } else { None };
        self.pieces.iter().filter_map(name).collect()
    }

    /// The regular expression that matches what it claims.
    pub(super) fn expression(&self) -> String {
        let mut out = String::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            if at == self.extension {
                out.push_str("(?i)");
            }
            match piece {
                Piece::Text(text) => out.push_str(&regex::escape(text)),
                Piece::Placeholder(name) if name == "ext" => out.extend(["(?<ext>", &ending::expression(), ")"]),
                Piece::Placeholder(name) => out.extend(["(?<", name, ">[^/]+?)"]),
                Piece::One => out.push_str("[^/]"),
                // `{sam}.*` on `anna.berg.jpg` is anna.berg's: anything else would be another person's name.
                Piece::Any if self.is_extension(at) => out.push_str(&ending::expression()),
                Piece::Any => out.push_str("[^/]*?"),
                Piece::Tree => out.push_str("(?s:.*)"),
                Piece::Folders => out.push_str("(?s:.*/)?"),
            }
        }
        out
    }

    /// A folder that it covers, with this name wherever any may stand, and with its `/`; empty for the source itself.
    pub(super) fn folder(&self, name: &str) -> String {
        let mut path = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => path.push_str(text),
                Piece::One => path.push('a'),
                Piece::Placeholder(_) | Piece::Any | Piece::Tree => path.push_str(name),
                Piece::Folders => {}
            }
        }
        path.truncate(path.rfind('/').map_or(0, |slash| slash + 1));
        path
    }

    /// Whether this part is all that stands behind the last dot.
    pub(super) const fn is_extension(&self, at: usize) -> bool {
        at == self.extension && at + 1 == self.pieces.len()
    }

    /// Cuts the text that holds the last dot of the last segment behind that dot.
    fn with_extension(mut pieces: Vec<Piece>) -> Self {
        for at in (0..pieces.len()).rev() {
            let Some(Piece::Text(text)) = pieces.get(at) else { continue };
            let Some(mark) = text.rfind(['.', '/']) else { continue };
            if text[mark..].starts_with('/') {
                break;
            }
            let (before, after) = (text[..=mark].to_owned(), text[mark + 1..].to_owned());
            let cut = [Piece::Text(before), Piece::Text(after)];
            pieces.splice(at..=at, cut.into_iter().filter(|piece| *piece != Piece::Text(String::new())));
            return Self { pieces, extension: at + 1 };
        }
        Self { extension: pieces.len(), pieces }
    }
}

/// The first piece of `rest`, and how many bytes it takes.
fn next(rest: &str, whole: &str) -> Result<(Piece, usize), String> {
    for (mark, piece) in [
        ("{{", Piece::Text("{".into())),
        ("}}", Piece::Text("}".into())),
        ("**/", Piece::Folders),
        ("**", Piece::Tree),
        ("*", Piece::Any),
        ("?", Piece::One),
    ] {
        if rest.starts_with(mark) {
            return Ok((piece, mark.len()));
        }
    }
    if let Some(inner) = rest.strip_prefix('{') {
        let (name, _) = inner.split_once('}').ok_or_else(|| format!("{whole:?} has a {{ without its }}"))?;
        if !is_name(name) {
            return Err(format!("{{{name}}} is not a valid placeholder; use letters, digits and _, as in {{upn}}"));
        }
        return Ok((Piece::Placeholder(name.to_owned()), name.len() + 2));
    }
    if rest.starts_with('}') {
        return Err(format!("{whole:?} has a }} without its {{"));
    }
    let end = rest.find(['{', '}', '*', '?']).unwrap_or(rest.len());
    Ok((Piece::Text(rest[..end].to_owned()), end))
}

fn take(pieces: &mut Vec<Piece>, piece: Piece, whole: &str) -> Result<(), String> {
    let open = pieces.last().is_some_and(Piece::is_open);
    let shown = match &piece {
        Piece::Text(text) => {
            if let Some(Piece::Text(before)) = pieces.last_mut() {
                before.push_str(text);
            } else {
                pieces.push(piece);
            }
            return Ok(());
        }
        Piece::Placeholder(name) => format!("{{{name}}}"),
        Piece::One => "?".to_owned(),
        Piece::Any => "*".to_owned(),
        Piece::Tree => "**".to_owned(),
        Piece::Folders => "**/".to_owned(),
    };
    if matches!(piece, Piece::Placeholder(_)) && pieces.contains(&piece) {
        return Err(format!("{shown} stands twice in {whole:?}; give the second one another name"));
    }
    if open {
        return Err(format!("{whole:?} is ambiguous: put some text between {shown} and what stands before it"));
    }
    pieces.push(piece);
    Ok(())
}

fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.len() <= 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_stand_for_themselves_when_doubled() {
        let pieces = |text: &str| Template::parse(text).unwrap().pieces;
        let text = |text: &str| Piece::Text(text.into());
        assert_eq!(pieces("{{{upn}}}"), [text("{"), Piece::Placeholder("upn".into()), text("}")]);
        assert_eq!(pieces("a{{b}}c"), [text("a{b}c")]);
        assert_eq!(pieces("**/a*.jpg"), [Piece::Folders, text("a"), Piece::Any, text("."), text("jpg")]);
    }

    #[test]
    fn the_extension_is_what_follows_the_last_dot_of_the_last_segment() {
        for (template, wanted) in [
            ("a.b/{upn}.{ext}", r"a\.b/(?<upn>[^/]+?)\.(?i)(?<ext>PICTURES)"),
            ("{upn}.*", r"(?<upn>[^/]+?)\.(?i)PICTURES"),
            ("{upn}.j*", r"(?<upn>[^/]+?)\.(?i)j[^/]*?"),
            ("{upn}.tar.JPG", r"(?<upn>[^/]+?)\.tar\.(?i)JPG"),
            ("a.b/{upn}", r"a\.b/(?<upn>[^/]+?)"),
            ("{a}.x_{b}", r"(?<a>[^/]+?)\.(?i)x_(?<b>[^/]+?)"),
        ] {
            let wanted = wanted.replace("PICTURES", &ending::expression());
            assert_eq!(Template::parse(template).unwrap().expression(), wanted, "{template}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_the_reason() {
        for (template, word) in [
            ("", "below the source"),
            ("/users/{upn}.jpg", "below the source"),
            ("{a}{b}.jpg", "ambiguous"),
            ("{a}*.jpg", "ambiguous"),
            ("**{a}.jpg", "ambiguous"),
            ("{a}-{a}.jpg", "twice"),
            ("{a.jpg", "without its }"),
            ("a}.jpg", "without its {"),
            ("{1a}.jpg", "not a valid placeholder"),
            ("{a|lower}.jpg", "not a valid placeholder"),
        ] {
            let error = Template::parse(template).unwrap_err();
            assert!(error.contains(word), "{template}: {error}");
        }
    }
}
