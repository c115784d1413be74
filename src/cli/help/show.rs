//! A page of the reference on a terminal.

use super::blocks::{Block, Head, Item, Span};
use crate::cli::terminal::{Color, TextStyle};

/// Blocks as text, each behind an empty line.
pub(super) fn blocks(style: TextStyle, blocks: &[Block]) -> String {
    within(style, blocks, 0)
}

fn within(style: TextStyle, blocks: &[Block], indent: usize) -> String {
    let space = " ".repeat(indent);
    let mut words = String::new();
    for block in blocks {
        if !words.is_empty() {
            words.push('\n');
        }
        match block {
            Block::Heading(depth, spans) => {
                let heading = if *depth == 2 { text(spans).to_uppercase() } else { text(spans) };
                words.push_str(&style.color(Color::Strong, style.paragraph("", &heading).trim_end()));
                words.push('\n');
            }
            Block::Paragraph(spans) => words.push_str(&style.paragraph(&space, &text(spans))),
            Block::Code(lines) => {
                for line in lines {
                    words.push_str(format!("{space}    {line}").trim_end());
                    words.push('\n');
                }
            }
            Block::List(items) => {
                // Short items stand close together, and so do those within an item.
                let is_short = |item: &Item| item.body.len() <= 1 && !matches!(item.head, Head::Term(_));
                let is_dense = indent > 0 || items.iter().all(is_short);
                let items: Vec<String> = items.iter().map(|each| item(style, each, indent)).collect();
                words.push_str(&items.join(if is_dense { "" } else { "\n" }));
            }
        }
    }
    words
}

fn item(style: TextStyle, item: &Item, indent: usize) -> String {
    let space = " ".repeat(indent);
    let mark = match &item.head {
        Head::Bullet => format!("{space}- "),
        Head::Number(number) => format!("{space}{number}. "),
        Head::Term(term) => {
            let bare: String = term.iter().map(Span::text).collect();
            let term = style.color(Color::Strong, style.paragraph(&space, &bare).trim_end());
            return format!("{term}\n{}", within(style, &item.body, indent + 4));
        }
    };
    let mut body = item.body.as_slice();
    let mut words = String::new();
    if let [Block::Paragraph(spans), rest @ ..] = body {
        words.push_str(&style.paragraph(&mark, &text(spans)));
        body = rest;
    }
    if !body.is_empty() {
        words.push('\n');
        words.push_str(&within(style, body, mark.len()));
    }
    words
}

/// Spans in a line.
pub(super) fn text(spans: &[Span]) -> String {
    let shown = |span: &Span| if let Span::Code(code) = span { format!("`{code}`") } else { span.text().to_owned() };
    spans.iter().map(shown).collect()
}
