use super::*;
use crate::model::{Problem, Reason};
use crate::report::csv;

fn row(name: &str, state: PhotoState) -> PhotoRow {
    let at = Timestamp::from_millis(1_795_485_600_000);
    let why = Problem::new(Reason::NoMailbox, "no <mailbox>").with_cure("Give it one.");
    PhotoRow {
        object_id: Some("1".to_owned()),
        path: Some(format!("users/{name}.jpg")),
        state,
        since: Some(at),
        delivered: (state == PhotoState::UpToDate).then_some(at),
        changed: state == PhotoState::UpToDate,
        why: (state == PhotoState::Held).then_some(why),
        ..PhotoRow::missing(name.to_owned())
    }
}

fn report(count: usize, per_sheet: Option<usize>) -> Report {
    let state = |at: usize| if at.is_multiple_of(10) { PhotoState::Held } else { PhotoState::UpToDate };
    Report {
        made: "today".to_owned(),
        since: "Monday".to_owned(),
        rows: (0..count).map(|at| row(&format!("person.with.a.longish.name{at:05}@contoso.com"), state(at))).collect(),
        per_sheet,
        asked_missing: false,
        unmatched: 0,
    }
}

#[test]
fn ten_thousand_people_stay_in_pages_below_two_megabytes() {
    let report = report(10_000, Some(200));
    let index = report.index(&[]);
    assert!(index.len() < 2_000_000, "{}", index.len());
    assert_eq!(report.sheets(), 50);
    let thumbnails = vec![Some(Bytes::from(vec![0; 5_000])); 200];
    let sheet = report.sheet(50, &thumbnails);
    assert!(sheet.len() < 2_000_000, "{}", sheet.len());
    assert!(sheet.contains("id=\"p9999\"") && !sheet.contains("id=\"p9799\""));
    assert!(index.contains("people-50.html#p9999"));
    assert!(index.contains("And 500 more"));
}

#[test]
fn names_and_reasons_are_only_text_and_nothing_is_fetched() {
    let mut report = report(2, None);
    report.rows[1].name = "</script><img src=x onerror=alert(1)>".to_owned();
    let page = report.index(&[None, Some(Bytes::from_static(b"y"))]);
    assert_eq!(page.matches("</script>").count(), 2, "the two of the page itself");
    assert!(!page.contains("<img src=x") && page.contains("no &lt;mailbox&gt;"));
    assert!(page.contains("data:image/jpeg;base64,eQ=="));
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("'unsafe"));
    // Nothing runs by attributes, which no hash would cover.
    assert!(!page.contains(" onclick=") && !page.contains(" style="));
}

#[test]
fn the_table_has_the_same_rows() {
    let report = report(11, Some(5));
    let text = csv(&report.rows);
    assert_eq!(text.lines().count(), 12);
    assert!(text.contains("held,2026-11-24T02:00:00Z,,no,no_mailbox,no <mailbox>,Give it one.\r\n"), "{text}");
}
