//! What every page has: a head that lets nothing in and nothing out, and a look that follows the reader's.

use askama::Template;
use askama::filters::Safe;

use super::html::{hash, own, part};

/// Colours with a contrast of 4.5 at least, on light ground and on dark.
const STYLE: &str = include_str!("page.css");

/// The head and end of a page (`page.html`).
pub(super) struct PageFrame {
    title: String,
    style: &'static str,
    script: Option<&'static str>,
    language: String,
    direction: String,
}

impl PageFrame {
    /// `style` comes after the common one; `script` is the only one that may run, and only if its bytes are these.
    pub(super) fn new(title: String, style: &'static str, script: Option<&'static str>) -> Self {
        Self { title, style, script, language: "en".to_owned(), direction: "ltr".to_owned() }
    }

    /// The same in another language.
    #[must_use]
    pub(super) fn in_language(self, language: &str, direction: &str) -> Self {
        Self { language: language.to_owned(), direction: direction.to_owned(), ..self }
    }

    pub(super) fn policy(&self) -> String {
        let script = self.script.map(|script| format!("; script-src {}", hash(script))).unwrap_or_default();
        let styles = [hash(STYLE), hash(self.style)].join(" ");
        format!("default-src 'none'; img-src data:; style-src {styles}{script}; base-uri 'none'; form-action 'none'")
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    pub(super) fn language(&self) -> &str {
        &self.language
    }

    pub(super) fn direction(&self) -> &str {
        &self.direction
    }

    /// By it, a page is known as one of ours.
    pub(super) const fn mark() -> Safe<&'static str> {
        own("<meta name=\"generator\" content=\"photosyncd\">")
    }

    pub(super) const fn styles(&self) -> [Safe<&'static str>; 2] {
        [own(STYLE), own(self.style)]
    }

    pub(super) fn script(&self) -> Option<Safe<&'static str>> {
        self.script.map(own)
    }
}

/// Links to the other pages of a row of pages.
#[derive(Template)]
#[template(path = "page_links.html")]
pub(super) struct PageLinks {
    label: String,
    links: Vec<PageLink>,
}

struct PageLink {
    file: String,
    number: usize,
    is_this: bool,
}

impl PageLinks {
    /// A page that is the only one of its row needs no links; from elsewhere (number 0) one leads there.
    pub(super) fn new(label: &str, number: usize, of: usize, file: impl Fn(usize) -> String) -> Option<Safe<Self>> {
        if of == 0 || (of == 1 && number == 1) {
            return None;
        }
        let link = |other| PageLink { file: file(other), number: other, is_this: other == number };
        Some(part(Self { label: label.to_owned(), links: (1..=of).map(link).collect() }))
    }
}
