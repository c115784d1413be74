//! Markdown as blocks of text.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Span {
    Plain(String),
    Code(String),
    Strong(String),
}

impl Span {
    pub(super) fn text(&self) -> &str {
        let (Self::Plain(text) | Self::Code(text) | Self::Strong(text)) = self;
        text
    }
}

/// A piece of a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Block {
    /// 1 is the page's title.
    Heading(u8, Vec<Span>),
    Paragraph(Vec<Span>),
    /// Lines as they are.
    Code(Vec<String>),
    List(Vec<Item>),
}

/// One of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Item {
    pub(super) head: Head,
    pub(super) body: Vec<Block>,
}

/// What stands before an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Head {
    Bullet,
    Number(u64),
    /// What the item defines.
    Term(Vec<Span>),
}

impl Item {
    /// The words in code that it defines.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let term = if let Head::Term(term) = &self.head { term.as_slice() } else { &[] };
        term.iter().filter_map(|span| if let Span::Code(word) = span { Some(word.as_str()) } else { None })
    }

    pub(super) fn defines(&self, word: &str) -> bool {
        self.words().any(|defined| defined == word)
    }
}

/// Reads a page.
pub(super) fn read(text: &str) -> Vec<Block> {
    blocks(&mut Parser::new(text))
}

/// The items of all lists, also of those within items.
pub(super) fn items(blocks: Vec<Block>) -> Vec<Item> {
    let mut found = Vec::new();
    for block in blocks {
        if let Block::List(list) = block {
            for item in list {
                let within = items(item.body.clone());
                found.push(item);
                found.extend(within);
            }
        }
    }
    found
}

/// Blocks up to the end of what they stand in.
fn blocks<'t>(events: &mut impl Iterator<Item = Event<'t>>) -> Vec<Block> {
    let mut found = Vec::new();
    // The text of an item stands without a paragraph around it if no item of its list has several.
    let mut loose = Vec::new();
    while let Some(event) = events.next() {
        let block = match event {
            Event::Start(Tag::Heading { level, .. }) => Block::Heading(depth(level), spans(events)),
            Event::Start(Tag::Paragraph) => Block::Paragraph(spans(events)),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => {
                Block::Code(text(events).lines().map(str::to_owned).collect())
            }
            Event::Start(Tag::List(first)) => Block::List(list(events, first)),
            Event::End(_) => break,
            inline => {
                loose.extend(span(inline, events));
                continue;
            }
        };
        if !loose.is_empty() {
            found.push(Block::Paragraph(std::mem::take(&mut loose)));
        }
        found.push(block);
    }
    if !loose.is_empty() {
        found.push(Block::Paragraph(loose));
    }
    found
}

fn list<'t>(events: &mut impl Iterator<Item = Event<'t>>, first: Option<u64>) -> Vec<Item> {
    let mut found = Vec::new();
    let mut number = first;
    while let Some(Event::Start(Tag::Item)) = events.next() {
        let mut body = blocks(events);
        let head = match (number, term(&mut body)) {
            (Some(number), _) => Head::Number(number),
            (None, Some(term)) => Head::Term(term),
            (None, None) => Head::Bullet,
        };
        number = number.map(|number| number + 1);
        found.push(Item { head, body });
    }
    found
}

/// Takes what an item defines off its text: what begins with code or bold text and ends at a colon.
fn term(body: &mut [Block]) -> Option<Vec<Span>> {
    let Some(Block::Paragraph(spans)) = body.first_mut() else { return None };
    if matches!(spans.first(), None | Some(Span::Plain(_))) {
        return None;
    }
    let colon = |span: &Span| if let Span::Plain(text) = span { text.find(": ") } else { None };
    let (at, place) = spans.iter().enumerate().find_map(|(at, span)| Some((at, colon(span)?)))?;
    let Span::Plain(text) = &spans[at] else { return None };
    let (before, after) = (text[..place].to_owned(), text[place + 2..].to_owned());
    let mut term: Vec<Span> = spans.drain(..=at).take(at).collect();
    if !before.is_empty() {
        term.push(Span::Plain(before));
    }
    if !after.is_empty() {
        spans.insert(0, Span::Plain(after));
    }
    Some(term)
}

/// What stands up to the end of a line of text.
fn spans<'t>(events: &mut impl Iterator<Item = Event<'t>>) -> Vec<Span> {
    let mut found = Vec::new();
    while let Some(event) = events.next() {
        if let Event::End(TagEnd::Heading(_) | TagEnd::Paragraph) = event {
            break;
        }
        found.extend(span(event, events));
    }
    found
}

fn span<'t>(event: Event<'t>, events: &mut impl Iterator<Item = Event<'t>>) -> Option<Span> {
    match event {
        Event::Text(text) => Some(Span::Plain(text.into_string())),
        Event::Code(code) => Some(Span::Code(code.into_string())),
        Event::SoftBreak | Event::HardBreak => Some(Span::Plain(" ".to_owned())),
        Event::Start(Tag::Strong) => Some(Span::Strong(text(events))),
        _ => None,
    }
}

/// The text up to the end of what it stands in.
fn text<'t>(events: &mut impl Iterator<Item = Event<'t>>) -> String {
    let parts = events.take_while(|event| !matches!(event, Event::End(_)));
    parts
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.into_string()),
            Event::SoftBreak | Event::HardBreak => Some(" ".to_owned()),
            _ => None,
        })
        .collect()
}

const fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        _ => 3,
    }
}
