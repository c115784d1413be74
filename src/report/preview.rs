//! The preview sheet: each picture as HR dropped it, as it would be sent, and round as Teams shows it.

use askama::Template;
use askama::filters::Safe;
use bytes::Bytes;

use super::filters;
use super::page::{PageFrame, PageLinks};

/// One picture on the sheet.
#[derive(Clone, Debug)]
pub(crate) struct Framed {
    /// Where it lies.
    pub path: String,
    /// Whom it speaks for, if anybody.
    pub target: Option<String>,
    /// Whole, small; none if it can't be decoded.
    pub before: Option<Bytes>,
    /// As it would be sent, or why it would not.
    pub after: Result<Bytes, String>,
    /// Format, sizes, and what was done to it.
    pub notes: Vec<String>,
}

/// A page of a preview.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sheet<'a> {
    /// The pictures on it.
    pub pictures: &'a [Framed],
    /// Its number, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// How the pictures were prepared, in words.
    pub recipe: &'a str,
}

const STYLE: &str = "
ul { list-style: none; padding: 0; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(33rem, 100%), 1fr)); }
li { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; }
li.held { border-color: var(--bad); }
h2 { font-size: 1rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
.pictures { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
figure { margin: 0; } figcaption { font-size: .8rem; color: var(--faint); }
img { display: block; max-height: 10rem; max-width: 12rem; }
img.round { border-radius: 50%; width: 6rem; height: 6rem; object-fit: cover; }
p { margin: .5rem 0 0; font-size: .9rem; } .held p.why { color: var(--bad); font-weight: 600; }
";

/// A page's template.
#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage<'a> {
    page: PageFrame,
    sheet: &'a Sheet<'a>,
    links: Option<Safe<PageLinks>>,
}

/// One page as HTML.
pub(crate) fn sheet(sheet: &Sheet<'_>) -> String {
    let page = PageFrame::new(format!("Preview {} of {}", sheet.number, sheet.of), STYLE, None);
    PreviewPage { page, sheet, links: PageLinks::new("Pages", sheet.number, sheet.of, file_name) }.to_string()
}

/// The name of a page's file.
pub(super) fn file_name(number: usize) -> String {
    if number == 1 { "index.html".to_owned() } else { format!("preview-{number}.html") }
}

impl Sheet<'_> {
    /// The name of its file.
    pub(crate) fn file_name(&self) -> String {
        file_name(self.number)
    }

    fn unusable(&self) -> usize {
        self.pictures.iter().filter(|picture| picture.after.is_err()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_pictures_reasons_and_the_way_to_the_others() {
        let pictures = [
            Framed { path: "a<b>.jpg".into(), target: None, before: None, after: Err("damaged".into()), notes: vec![] },
            Framed {
                path: "c.jpg".into(),
                target: Some("anna@contoso.com".into()),
                before: Some(Bytes::from_static(b"x")),
                after: Ok(Bytes::from_static(b"y")),
                notes: vec!["turned upright".into()],
            },
        ];
        let page = sheet(&Sheet { pictures: &pictures, number: 1, of: 2, recipe: "648 pixels" });
        for part in [
            "a&lt;b&gt;.jpg",
            "damaged",
            "c.jpg → anna@contoso.com",
            "data:image/jpeg;base64,eQ==",
            "preview-2.html",
            "turned upright",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert!(!page.contains("<script") && !page.contains("http://") && !page.contains("https://"));
    }
}
