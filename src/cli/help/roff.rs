//! A page of the reference as a manual page.

use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::blocks::{self, Block, Head, Span};
use super::topics::Topic;

/// The whole page.
pub(crate) fn page(topic: &Topic) -> String {
    let source = concat!("photosyncd ", env!("CARGO_PKG_VERSION"));
    let mut roff = Roff::new();
    roff.control("TH", [topic.page, topic.section, "", source, "photosyncd"]);
    // What is to be typed is neither hyphenated nor spread.
    roff.control("nh", []).control("ad", ["l"]);
    let blocks = blocks::read(topic.text);
    if let Some(Block::Heading(1, title)) = blocks.first() {
        roff.control("SH", ["NAME"]).text(inlines(title));
    }
    write(&mut roff, &blocks);
    roff.render()
}

/// What stands below the page's title, to be put behind something else.
pub(crate) fn sections(topic: &Topic) -> String {
    let mut roff = Roff::new();
    roff.control("nh", []).control("ad", ["l"]);
    write(&mut roff, &blocks::read(topic.text));
    roff.render()
}

fn write(roff: &mut Roff, blocks: &[Block]) {
    for block in blocks {
        match block {
            // It is the page's name already.
            Block::Heading(1, _) => {}
            Block::Heading(2, spans) => _ = roff.control("SH", [text(spans).to_uppercase().as_str()]),
            Block::Heading(_, spans) => _ = roff.control("SS", [text(spans).as_str()]),
            Block::Paragraph(spans) => _ = roff.control("PP", []).text(inlines(spans)),
            Block::Code(lines) => code(roff, lines),
            Block::List(items) => {
                for item in items {
                    let mark = match &item.head {
                        Head::Bullet => vec![roman("•")],
                        Head::Number(number) => vec![roman(format!("{number}."))],
                        Head::Term(term) => inlines(term),
                    };
                    let width = if matches!(item.head, Head::Term(_)) { "8" } else { "4" };
                    roff.control("TP", [width]).text(mark);
                    body(roff, &item.body);
                }
            }
        }
    }
}

/// What an item says: its first paragraph beside the mark, the rest below, as far in.
fn body(roff: &mut Roff, body: &[Block]) {
    let mut rest = body;
    if let [Block::Paragraph(spans), more @ ..] = body {
        roff.text(inlines(spans));
        rest = more;
    }
    if !rest.is_empty() {
        roff.control("RS", []);
        write(roff, rest);
        roff.control("RE", []);
    }
}

fn code(roff: &mut Roff, lines: &[String]) {
    roff.control("PP", []).control("RS", ["4"]).control("nf", []);
    for line in lines {
        roff.text([roman(line.as_str())]);
    }
    roff.control("fi", []).control("RE", []);
}

fn inlines(spans: &[Span]) -> Vec<Inline> {
    let inline = |span: &Span| match span {
        Span::Plain(text) => roman(text.as_str()),
        Span::Code(text) | Span::Strong(text) => bold(text.as_str()),
    };
    spans.iter().map(inline).collect()
}

fn text(spans: &[Span]) -> String {
    spans.iter().map(Span::text).collect()
}
