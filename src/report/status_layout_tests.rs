//! The page as text: what is on it, that nothing on it can be more than text, and what it weighs.

use jiff::tz::TimeZone;

use super::*;
use crate::model::{ObjectId, Problem, Reason, TargetId};
use crate::report::plot::Sample;
use crate::report::status::{Fact, Headline, Notice, ProgressLine};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn page() -> StatusPage {
    StatusPage {
        version: "1.2.3",
        tenant: "contoso.com".to_owned(),
        instance: "photosyncd on hr01 · tenant contoso.com · /srv/photos".to_owned(),
        now: NOW,
        zone: TimeZone::fixed(jiff::tz::offset(2)),
        verdict: Headline { tone: Tone::Good, words: "All photos are up to date.".to_owned() },
        notices: Vec::new(),
        progress: None,
        counts: vec![("up to date", 12_345, Tone::Good), ("queued", 0, Tone::Plain)],
        samples: Vec::new(),
        held: Ok(Causes::default()),
        names: false,
        passes: Vec::new(),
        facts: vec![Fact { name: "Running since", words: String::new(), at: Some(NOW) }],
    }
}

fn held(count: u32, examples: Vec<HeldItem>) -> Cause {
    Cause {
        reason: Reason::PhotoRefused,
        waits: false,
        count,
        files: count,
        alone: false,
        since: Some(NOW),
        until: None,
        cure: "Use another one, then run `photosyncd retry TARGET`.".to_owned(),
        examples,
    }
}

fn item(id: usize) -> HeldItem {
    HeldItem {
        target: Some(format!("user:00000000-0000-4000-8000-{id:012}").parse().unwrap()),
        kind: Some(TargetKind::User),
        status: Some(400),
        code: Some("BadRequest".to_owned()),
        request_id: Some("0f8fad5b-d9cb-469f-a165-70867728950e".to_owned()),
        label: Some("anna@contoso.com".to_owned()),
        ..HeldItem::new(&Problem::new(Reason::PhotoRefused, "no good")).of_file("anna.jpg").since(NOW)
    }
}

#[test]
fn a_quiet_service_has_a_quiet_page() {
    let page = page().html();
    for part in [
        "<title>All photos are up to date. · contoso.com · photosyncd</title>",
        "<p>photosyncd on hr01 · tenant contoso.com · /srv/photos</p>",
        "role=\"status\" data-live><p class=\"good\">All photos are up to date.</p>",
        "<div class=\"good\"><dt>up to date</dt><dd>12\u{a0}345</dd>",
        "As of <time datetime=\"2023-11-14T22:13:20Z\">00:13:20</time> (UTC+02:00)",
        "<h2>Held and waiting</h2>\n<p>Nothing.</p>",
        "None yet.",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("Needs attention"));
}

#[test]
fn nothing_leaves_the_page_and_nothing_but_its_own_script_and_style_runs() {
    let (page, policy) = (page().html(), policy());
    for (open, close) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let mut parts = page.split(open);
        let inside = parts.nth(1).and_then(|rest| rest.split(close).next()).expect("one");
        assert!(parts.next().is_none(), "a second {open}");
        assert!(policy.contains(&hash(inside)), "the policy does not know the page's {open}");
    }
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    for other in ["http://", "https://", "src=", " style=", " onload=", " onclick="] {
        assert!(!page.contains(other), "{other} is on the page");
    }
}

#[test]
fn whatever_it_is_told_is_only_text() {
    let evil = "</script><img src=x onerror=alert(1)>\"'&`<b>`\u{202e}";
    let mut status = page();
    status.verdict.words = evil.to_owned();
    status.notices = vec![Notice { tone: Tone::Bad, title: evil.to_owned(), words: evil.to_owned(), since: Some(NOW) }];
    status.facts = vec![Fact { name: "Directory", words: evil.to_owned(), at: None }];
    let evil_item = HeldItem {
        target: Some(TargetId::User(ObjectId::new(evil))),
        code: Some(evil.to_owned()),
        label: None,
        ..HeldItem::new(&Problem::new(Reason::PhotoRefused, evil))
    };
    status.names = true;
    status.held = Ok(Causes(vec![Cause { cure: evil.to_owned(), ..held(1, vec![evil_item]) }]));
    status.passes = vec![PassLine { cause: evil.to_owned(), end: PassEnd::Stopped(evil.to_owned()), ..PassLine::default() }];
    let told = status.html();
    assert!(!told.contains("<img") && !told.contains("<b>") && !told.contains('\u{202e}'), "{told}");
    assert_eq!(told.matches("</script>").count(), 1);
    assert_eq!(told.matches("&lt;img src=x onerror=alert(1)&gt;").count(), 11, "{told}");
    status.held = Err(evil.to_owned());
    assert!(!status.html().contains("<img"));
}

#[test]
fn what_is_held_is_told_by_reason_with_its_cure_and_who_it_is_by_id() {
    let mut status = page();
    let soon = Some(NOW.plus(std::time::Duration::from_secs(60)));
    let waits = Cause {
        reason: Reason::Throttled,
        waits: true,
        until: soon,
        examples: vec![HeldItem { until: soon, ..item(7) }],
        ..held(1, Vec::new())
    };
    let nameless = HeldItem { target: None, ..item(0) };
    let nameless = Cause { reason: Reason::TargetMissing, ..held(3, vec![nameless]) };
    status.held = Ok(Causes(vec![held(2_000, (0..20).map(item).collect()), nameless, waits]));
    let page = status.html();
    for part in [
        "<h2>Needs a person</h2>",
        "<h3>Microsoft 365 refuses the picture: 2\u{a0}000 <code>photo_refused</code></h3>",
        "<p>Use another one, then run <code>photosyncd retry TARGET</code>.</p>",
        "-summary\">Which: 20 of 2\u{a0}000</summary>",
        "<td><code>00000000-0000-4000-8000-000000000019</code></td><td>user</td>",
        "1\u{a0}980 more: <code>photosyncd status --json</code> lists all.",
        "No object id is known for them",
        "<h2>Waiting, tried again by itself</h2>",
        "the next is tried at <time datetime=\"2023-11-14T22:14:20Z\">00:14:20</time>",
        "<th scope=\"col\">Next try</th>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    for name in ["Who and why", "anna", "no good"] {
        assert!(!page.contains(name), "nobody asked for names");
    }
    status.names = true;
    let page = status.html();
    assert!(
        page.contains("<th scope=\"col\">Who and why</th>") && page.contains("anna.jpg → anna@contoso.com: no good"),
        "{page}"
    );
}

#[test]
fn how_far_it_is_stands_on_it() {
    let mut status = page();
    assert!(!status.html().contains("<progress"));
    status.progress = Some(ProgressLine { done: 1_200, total: 3_000, words: "about 4 min left".to_owned(), at: None });
    let page = status.html();
    assert!(page.contains("<progress value=\"1200\" max=\"3000\" aria-label=\"Photos sent\"></progress> 1\u{a0}200 of 3\u{a0}000 sent; about 4 min left</p>"), "{page}");
}

#[test]
fn every_id_is_there_once() {
    let mut status = page();
    status.held = Ok(Causes((0..5).map(|id| held(1, vec![item(id)])).collect()));
    let page = status.html();
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "{ids:?}");
    assert!(all > 12);
}

#[test]
fn the_worst_page_is_light() {
    let mut status = page();
    status.names = true;
    status.held = Ok(Causes((0..Reason::ALL.len()).map(|_| held(100_000, (0..20).map(item).collect())).collect()));
    status.samples = (0..241)
        .map(|n| Sample {
            at: Timestamp::from_millis(NOW.millis() - 15_000 * (240 - n)),
            span: 15.0,
            delivered: 7,
            failed: 2,
            throttled: 1,
            allowed: 5.1,
        })
        .collect();
    let page = status.html();
    assert!(page.len() < 256 * 1024, "{} bytes", page.len());
}
