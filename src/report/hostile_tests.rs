//! Every place of every page that shows a value from outside, with values that try to be more than text.
//!
//! A page with hostile values must have the very elements and attributes of the same page with plain ones, and show the
//! values as they are, as often: in text, in titles, in quoted attributes, in the data of the search.

use bytes::Bytes;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::hr_pages::Pages;
use super::*;
use crate::model::{ObjectId, Problem, Reason, SourcePath, TargetId, Timestamp, is_obeyed};
use crate::status::{Cause, Causes, HeldItem, Instance, PassEnd, PassLine, PhotoRow, PhotoState, Photos};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const PLAIN: &str = "plainvalue";

/// The pages, with this value wherever one comes from outside.
fn pages(value: &str) -> Vec<(&'static str, String)> {
    let own = || value.to_owned();
    let problem = || Problem::new(Reason::PhotoRefused, own()).with_cure(own());
    let row = |state: PhotoState| PhotoRow {
        object_id: Some(own()),
        path: Some(own()),
        display_name: Some(own()),
        department: Some(own()),
        others: vec![own()],
        state,
        since: Some(NOW),
        delivered: Some(NOW),
        changed: true,
        why: (state == PhotoState::Held).then(problem),
        ..PhotoRow::missing(own())
    };
    let kinds = [PhotoState::Held, PhotoState::UpToDate, PhotoState::Missing];
    let rows = kinds.into_iter().flat_map(|state| (0..13).map(move |_| state)).map(row).collect();
    let files: Vec<HeldItem> = (0..7).map(|_| HeldItem::new(&problem()).of_file(value).since(NOW)).collect();
    let instance = Instance { tenant: Some(own()), cloud: own(), host: own(), source: own() };
    let report = Report {
        texts: Texts::new(Language::English, std::collections::BTreeMap::new()),
        instance,
        made: NOW,
        since: NOW,
        photos: Photos { rows, unmatched: files.clone(), unread: files },
        asked_missing: true,
        names_unknown: true,
        halted: true,
        unseen: true,
    };
    let make = |_: &SourcePath, _, _| None;
    let paper = Pictures { make: &make, workers: 1 };
    let pages = Pages::new(&report, paper, false);
    let others: Vec<(&str, String)> = pages
        .others()
        .iter()
        .map(|(stem, content)| {
            let name = ["held-", "unmatched", "unread", "changed", "missing"].into_iter().find(|name| stem.starts_with(name));
            (name.unwrap_or("sheet"), pages.other(stem, content, 0))
        })
        .collect();
    assert_eq!(others.len(), 6);
    let picture = |after| Framed { path: own(), target: Some(own()), before: None, after, notes: vec![own(), own()] };
    let one = || Bytes::from_static(b"x");
    let pictures = [picture(Err(own())), picture(Ok([one(), one()]))];
    let item = HeldItem {
        label: Some(own()),
        target: Some(TargetId::User(ObjectId::new(value))),
        code: Some(own()),
        until: Some(NOW),
        ..HeldItem::new(&problem()).of_file(value).since(NOW)
    };
    let held = |until| Cause {
        reason: Reason::PhotoRefused,
        waits: until == Some(NOW),
        count: 40,
        files: 40,
        alone: false,
        since: Some(NOW),
        until,
        cure: own(),
        examples: vec![item.clone()],
    };
    let status = StatusPage {
        version: "1",
        tenant: own(),
        instance: own(),
        now: NOW,
        zone: TimeZone::UTC,
        verdict: Headline { tone: Tone::Good, words: own() },
        notices: vec![Notice { tone: Tone::Bad, title: own(), words: own(), since: Some(NOW) }],
        progress: Some(ProgressLine { done: 1, total: 2, words: own(), at: Some(NOW) }),
        counts: vec![("in step", 1, Tone::Good)],
        samples: Vec::new(),
        held: Ok(Causes(vec![held(None), held(Some(NOW))])),
        names: true,
        passes: vec![PassLine { cause: own(), end: PassEnd::Stopped(own()), ..PassLine::default() }],
        facts: vec![Fact { name: "Directory", words: own(), at: Some(NOW) }],
    };
    let preview = Previews::new(&pictures, own(), own()).page(0);
    let own = [
        ("index", pages.index()),
        ("single page", single_page(&report, paper)),
        ("preview", preview),
        ("status", status.html()),
        ("unreadable ledger", StatusPage { held: Err(own()), ..status }.html()),
    ];
    own.into_iter().chain(others).collect()
}

/// What a browser makes of a page.
#[derive(Default)]
struct Parsed {
    /// Elements with their attributes, in order; those into which text is cut are left out.
    elements: Vec<String>,
    /// Texts, values of attributes, and texts in data.
    texts: String,
}

impl Parsed {
    /// Reads the HTML that our templates are written in; anything else is a fault.
    fn of(page: &str) -> Self {
        let mut parsed = Self::default();
        let mut rest = page.strip_prefix("<!doctype html>").expect("a doctype");
        while let Some(at) = rest.find('<') {
            parsed.texts.push_str(&decoded(&rest[..at]));
            rest = &rest[at + 1..];
            let end = rest.find([' ', '>']).expect("an end of the name");
            let (name, mut attributes) = rest.split_at(end);
            assert!(name.trim_matches('/').bytes().all(|byte| byte.is_ascii_alphanumeric()), "<{name}");
            let mut element = name.to_owned();
            while let Some(attribute) = attributes.strip_prefix(' ') {
                let end = attribute.find(['=', ' ', '>']).expect("an end of the attribute");
                let (name, after) = attribute.split_at(end);
                assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{name}");
                element = format!("{element} {name}");
                attributes = after;
                if let Some(quoted) = after.strip_prefix("=\"") {
                    let (value, after) = quoted.split_once('"').expect("the end of a value");
                    parsed.texts.extend(["\n", &decoded(value), "\n"]);
                    attributes = after;
                }
            }
            rest = attributes.strip_prefix("/>").or_else(|| attributes.strip_prefix('>')).expect("the end of an element");
            if name == "script" || name == "style" {
                let (raw, after) = rest.split_once(&format!("</{name}>")).expect("the end of a script");
                if element.contains("type") {
                    let data: Vec<Vec<String>> = serde_json::from_str(raw).expect("the data");
                    parsed.texts.extend(data.into_iter().flatten());
                }
                rest = after;
            }
            if !matches!(name, "wbr" | "code" | "/code") {
                parsed.elements.push(element);
            }
        }
        parsed
    }
}

/// Text without character references.
fn decoded(text: &str) -> String {
    assert!(!text.contains(['>', '\u{0}']), "{text}");
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&amp;", "&")
}

/// As a page shows it.
fn shown(value: &str) -> String {
    value.chars().map(|c| if is_obeyed(c) { '\u{fffd}' } else { c }).collect()
}

/// A text that could break out of each of the contexts, and is not a part of itself.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("</script><script>alert(1)</script>"),
        Just("<!--<script>"),
        Just("</title></style>"),
        Just("<img src=x onerror=alert(1)>"),
        Just("\" onmouseover=\"alert(1)"),
        Just("' autofocus='"),
        Just("javascript:alert(1)"),
        Just("&lt;b&gt;&#60;&amp;"),
        Just("]]>\\u003c\\\"\\"),
        Just("{{ 7 }}{% if %}"),
        Just("@a/b.c_d"),
        Just("\u{0}\n\r\t\u{7f}\u{85}\u{1b}[2J"),
        Just("\u{202e}\u{2066}\u{200f}\u{61c}"),
        Just("\u{2028}\u{2029}写é"),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("'"),
        Just("&"),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| format!("[{}]", pieces.concat()))
}

proptest! {
    #![proptest_config(crate::testing::cases(200))]
    #[test]
    fn values_from_outside_are_text_wherever_they_stand(value in hostile()) {
        for ((name, plain), (_, page)) in pages(PLAIN).into_iter().zip(pages(&value)) {
            let (plain, parsed) = (Parsed::of(&plain), Parsed::of(&page));
            prop_assert_eq!(&plain.elements, &parsed.elements, "{}", name);
            let times = plain.texts.matches(PLAIN).count();
            prop_assert!(times >= 3, "{}", name);
            prop_assert_eq!(parsed.texts.matches(&shown(&value)).count(), times, "{}: {:?} in {}", name, value, page);
            prop_assert!(!page.chars().any(|c| c != '\n' && shown(&c.to_string()) == "\u{fffd}" && c != '\u{fffd}'), "{}", name);
        }
    }
}

#[test]
fn no_template_says_that_a_value_is_safe() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/report/templates");
    let mut read = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for bare in ["safe", "escape", "='{{", "={{", "onclick", " style=", "javascript:"] {
            assert!(!text.contains(bare), "{bare} in {}", path.display());
        }
        read += 1;
    }
    assert!(read >= 10);
}
