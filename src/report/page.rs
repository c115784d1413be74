//! What every page has: a head that lets nothing in and nothing out, and a look that follows the reader's.

use std::fmt::Write;

use super::html::{Text, hash};

/// Colours with a contrast of 4.5 at least, on light ground and on dark.
const STYLE: &str = include_str!("page.css");

/// The head of a page and the beginning of its body. `style` comes after the common one; `script` is the only one that
/// may run, and only if its bytes are these.
pub(super) fn open(page: &mut String, title: &str, style: &str, script: Option<&str>) {
    let style = format!("{STYLE}{style}");
    let script = script.map(|script| format!("; script-src {}", hash(script))).unwrap_or_default();
    _ = write!(
        page,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src {}{script}; \
         base-uri 'none'; form-action 'none'\">\
         <meta name=\"referrer\" content=\"no-referrer\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{}</title><style>{style}</style></head><body>",
        hash(&style),
        Text(title)
    );
}

/// The end of a page, with its script.
pub(super) fn close(page: &mut String, script: Option<&str>) {
    if let Some(script) = script {
        _ = write!(page, "<script>{script}</script>");
    }
    page.push_str("</body></html>\n");
}

/// Links to the other pages of a row of pages.
pub(super) fn pages(page: &mut String, label: &str, number: usize, of: usize, name: impl Fn(usize) -> String) {
    // A page that is the only one of its row needs no links; from elsewhere (number 0) one leads there.
    if of == 0 || (of == 1 && number == 1) {
        return;
    }
    _ = write!(page, "<nav class=\"pages\" aria-label=\"{0}\"><span>{0}:</span>", Text(label));
    for other in 1..=of {
        let here = if other == number { " aria-current=\"page\"" } else { "" };
        _ = write!(page, "<a href=\"{}\"{here}>{other}</a>", name(other));
    }
    page.push_str("</nav>");
}
