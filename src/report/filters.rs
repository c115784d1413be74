//! What templates write as `value|name`.
#![expect(
    clippy::inline_always,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    unreachable_pub,
    reason = "what askama makes of a filter"
)]

use askama::filters::Safe;
use askama::{Result, Template, Values, filter_fn};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::html::part;
use crate::model::spelled;

/// Text that may be broken where addresses and paths have their joints.
#[filter_fn]
pub(super) fn jointed(text: impl AsRef<str>, _: &dyn Values) -> Result<Safe<Joints>> {
    let parts = text.as_ref().split_inclusive(['@', '/', '.', '_']).map(str::to_owned).collect();
    Ok(part(Joints { parts }))
}

/// Text of which what stands between backticks is code.
#[filter_fn]
pub(super) fn code(text: impl AsRef<str>, _: &dyn Values) -> Result<Safe<Pieces>> {
    Ok(part(Pieces::of(&spelled(text.as_ref()))))
}

/// A JPEG inside the page.
#[filter_fn]
pub(super) fn data_url(jpeg: &Bytes, _: &dyn Values) -> Result<String> {
    Ok(format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)))
}

/// `12 345`, with a space that does not break.
#[filter_fn]
pub(super) fn thousands(count: impl ToString, _: &dyn Values) -> Result<String> {
    let digits = count.to_string();
    let mut words = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            words.push('\u{a0}');
        }
        words.push(digit);
    }
    Ok(words)
}

#[derive(Template)]
#[template(source = "{% for part in parts %}{{ part }}<wbr>{% endfor %}", ext = "html")]
pub(super) struct Joints {
    parts: Vec<String>,
}

/// Texts, each with the code that follows it.
#[derive(Template)]
#[template(path = "pieces.html")]
pub(super) struct Pieces {
    pieces: Vec<(String, Option<String>)>,
}

impl Pieces {
    fn of(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('`')
            // One without its other half is a character like any.
            && let Some((code, after)) = after.split_once('`')
        {
            pieces.push((before.to_owned(), Some(code.to_owned())));
            rest = after;
        }
        pieces.push((rest.to_owned(), None));
        Self { pieces }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code_and_still_only_text() {
        assert_eq!(Pieces::of("run `a <b>` or `c`.").to_string(), "run <code>a &lt;b&gt;</code> or <code>c</code>.");
        assert_eq!(Pieces::of("one ` alone <").to_string(), "one ` alone &lt;");
        assert_eq!(Pieces::of("`a` b ` c").to_string(), "<code>a</code> b ` c");
    }
}
