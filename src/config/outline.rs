//! Where the keys and values of a YAML text stand in it, in bytes.

use std::ops::Range;

use saphyr_parser::{Event, Parser, Span};

/// A value.
pub(super) struct Part {
    /// Of what is not between braces only the start counts.
    pub(super) span: Range<usize>,
    /// Of a section: each key, where it stands, and its value.
    pub(super) keys: Option<Vec<(String, Range<usize>, Part)>>,
    /// It stands between braces.
    pub(super) is_inline: bool,
    /// It is nothing.
    pub(super) is_null: bool,
    /// What a scalar says.
    text: String,
}

impl Part {
    /// The place of a key; the first one counts.
    pub(super) fn find(&self, key: &str) -> Option<usize> {
        self.keys.as_ref()?.iter().position(|(name, ..)| name == key)
    }
}

/// The whole of a text that parses, and is not nested without end; none if it says nothing.
pub(super) fn outline(text: &str) -> Option<Part> {
    let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    places.push(text.len());
    let mut reading = Reading { parser: Parser::new_from_str(text), places, text };
    loop {
        let (event, span) = reading.parser.next()?.ok()?;
        if matches!(event, Event::Scalar(..) | Event::MappingStart(..) | Event::SequenceStart(..)) {
            let part = reading.part(event, span)?;
            return (!part.is_null).then_some(part);
        }
    }
}

struct Reading<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    /// Where each character begins.
    places: Vec<usize>,
    text: &'t str,
}

impl<'t> Reading<'t> {
    fn bytes(&self, span: Span) -> Range<usize> {
        let place = |index: usize| self.places.get(index).copied().unwrap_or(self.text.len());
        place(span.start.index())..place(span.end.index())
    }

    fn next(&mut self) -> Option<(Event<'t>, Span)> {
        self.parser.next()?.ok()
    }

    /// Where what begins with a brace or bracket at `start` is closed, if `last` is the end of the last thing in it: the
    /// parser's own ends may lie before or behind.
    fn closed(&self, start: usize, last: usize) -> Option<usize> {
        let close = match self.text[start..].chars().next()? {
            '{' => '}',
            '[' => ']',
            _ => return None,
        };
        let mut at = last;
        loop {
            let rest = &self.text[at..];
            let next = rest.chars().next()?;
            match next {
                '#' => at += rest.find('\n')?,
                next if next == close => return Some(at + 1),
                // A comma, blanks, or the colon of a key without a value.
                next => at += next.len_utf8(),
            }
        }
    }

    /// The value that begins with this event.
    fn part(&mut self, event: Event<'t>, span: Span) -> Option<Part> {
        let mut part = Part { span: self.bytes(span), keys: None, is_inline: false, is_null: false, text: String::new() };
        match event {
            Event::Scalar(text, style, ..) => {
                let is_plain = style == saphyr_parser::ScalarStyle::Plain;
                part.is_null = is_plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                part.text = text.into_owned();
                // The parser counts the white space behind a plain one.
                part.span.end = part.span.start + self.text[part.span.clone()].trim_end().len();
            }
            Event::SequenceStart(..) => {
                let mut last = part.span.start + 1;
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        part.span.end = self.closed(part.span.start, last).unwrap_or_else(|| self.bytes(span).end);
                        break;
                    }
                    last = last.max(self.part(event, span)?.span.end);
                }
            }
            Event::MappingStart(..) => {
                part.is_inline = self.text[part.span.start..].starts_with('{');
                let (mut keys, mut last) = (Vec::new(), part.span.start + 1);
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::MappingEnd) {
                        part.span.end = self.closed(part.span.start, last).unwrap_or_else(|| self.bytes(span).end);
                        break;
                    }
                    let key = self.part(event, span)?;
                    let (event, span) = self.next()?;
                    let value = self.part(event, span)?;
                    last = last.max(key.span.end).max(value.span.end);
                    keys.push((key.text, key.span, value));
                }
                part.keys = Some(keys);
            }
            _ => {}
        }
        Some(part)
    }
}
