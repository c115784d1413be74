use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::model::{Problem, SourcePath};
use crate::report::hr_pages::Pages;
use crate::report::{Figures, Language, Pictures, csv, single_page};
use crate::status::HeldItem;

/// Held for these, in turn.
const REASONS: [Reason; 8] = [
    Reason::NoMailbox,
    Reason::TargetMissing,
    Reason::PhotoCorrupt,
    Reason::PhotoTooSmall,
    Reason::DuplicateFiles,
    Reason::IdentityChanged,
    Reason::PhotoUnsupported,
    Reason::FileChanging,
];
const NOON: Timestamp = Timestamp::from_millis(1_795_485_600_000);

fn row(at: usize) -> PhotoRow {
    let name = format!("{}.with.a.longish.name{at:05}@contoso.com", char::from(b'a' + u8::try_from(at % 26).unwrap()));
    let held = at.is_multiple_of(10).then(|| REASONS[at / 10 % REASONS.len()]);
    let why = held.map(|reason| Problem::new(reason, "no <mailbox>").with_cure("Give it one, see mapping.rules."));
    PhotoRow {
        object_id: Some("1".to_owned()),
        path: Some(format!("users/{name}.jpg")),
        others: if held == Some(Reason::DuplicateFiles) { vec![format!("old/{name}.jpg")] } else { Vec::new() },
        state: if held.is_some() { PhotoState::Held } else { PhotoState::UpToDate },
        since: Some(NOON),
        delivered: held.is_none().then_some(NOON),
        changed: held.is_none(),
        why,
        picture: None,
        ..PhotoRow::missing(name)
    }
}

fn report(count: usize, language: Language) -> Report {
    let unmatched = |at| HeldItem::new(&Problem::new(Reason::Unmatched, "no rule")).of_file(format!("stray/IMG_{at}.jpg"));
    Report {
        texts: Texts::new(language, BTreeMap::new()),
        instance: Instance { tenant: Some("contoso.com".to_owned()), cloud: "global".to_owned(), ..Instance::default() },
        made: NOON,
        since: NOON,
        photos: Photos { rows: (0..count).map(row).collect(), unmatched: (0..43).map(unmatched).collect(), unread: vec![] },
        asked_missing: false,
        names_unknown: false,
        halted: false,
        unseen: false,
    }
    .sorted()
}

/// Every page, by the name of its file, with pictures of so many bytes.
fn all(report: &Report, bytes: usize) -> BTreeMap<String, String> {
    let make = |_: &SourcePath, _, _| Some(Bytes::from(vec![7; bytes]));
    let pages = Pages::new(report, Pictures { make: &make, workers: 2 }, false);
    let mut all = BTreeMap::from([("index.html".to_owned(), pages.index())]);
    for (stem, content) in pages.others() {
        for page in 0..pages.pages(&content) {
            all.insert(file_name(&stem, page), pages.other(&stem, &content, page));
        }
    }
    all
}

/// Where the links of a page lead: a file, and an anchor.
fn links(page: &str) -> Vec<(String, String)> {
    let links = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|link| *link != "data:,");
    links.map(|link| link.split_once('#').unwrap_or((link, ""))).map(|(file, at)| (file.to_owned(), at.to_owned())).collect()
}

#[test]
fn pages_stay_below_a_megabyte_and_the_first_one_is_as_long_as_it_has_causes() {
    for (people, bytes) in [(3_000, 4_000), (3_000, 12_000), (20_000, 4_000)] {
        let pages = all(&report(people, Language::English), bytes);
        let (name, heaviest) = pages.iter().max_by_key(|(_, page)| page.len()).unwrap();
        assert!(heaviest.len() < 1_000_000, "{name} has {} bytes", heaviest.len());
        let index = &pages["index.html"];
        assert_eq!(index.matches("<div class=\"cause").count(), 9, "8 causes, and unmatched files");
        assert_eq!(index.matches("<div class=\"about\">").count(), 9 * 6, "six cards each");
        let cards = pages.iter().filter(|(name, _)| name.starts_with("people-"));
        assert_eq!(cards.map(|(_, page)| page.matches("<li id=\"p").count()).sum::<usize>(), people);
        let held = pages.iter().filter(|(name, _)| name.starts_with("held-"));
        assert_eq!(held.map(|(_, page)| page.matches("<div class=\"about\">").count()).sum::<usize>(), people / 10);
        assert_eq!(pages["unmatched.html"].matches("<li id=\"u").count(), 43);
        assert_eq!(index.contains("id=\"all\""), people < 10_000, "the search goes with what it looks through");
    }
}

#[test]
fn every_link_leads_to_a_card_or_a_page() {
    let pages = all(&report(3_000, Language::English), 10);
    let mut followed = 0;
    for (name, page) in &pages {
        for (file, at) in links(page) {
            let leads_to = if file.is_empty() { page } else { pages.get(&file).unwrap_or_else(|| panic!("{name} → {file}")) };
            assert!(at.is_empty() || leads_to.contains(&format!("id=\"{at}\"")), "{name} → {file}#{at}");
            followed += 1;
        }
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len(), "{name}: {ids:?}");
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("'unsafe"));
        assert!(!page.contains(" onclick=") && !page.contains(" style="));
    }
    assert!(followed > 3_000, "{followed}");
}

#[test]
fn figures_add_up_and_are_the_same_everywhere() {
    for language in Language::ALL {
        let report = report(3_000, *language);
        let figures = Figures::of(&report);
        assert_eq!((figures.all(), figures.up_to_date, figures.held(), figures.unmatched), (3_000, 2_700, 300, 43));
        assert_eq!(figures.hr + figures.it + figures.itself, report.causes().iter().map(|cause| cause.rows.len()).sum::<usize>());
        let index = &all(&report, 10)["index.html"];
        let tiles = index.split("<dl class=\"tiles\">").nth(1).unwrap().split("</dl>").next().unwrap();
        let number = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().parse::<usize>().unwrap();
        let shown: Vec<usize> = tiles.split("<dd>").skip(1).map(|rest| number(rest.split("</dd>").next().unwrap())).collect();
        assert_eq!(shown.iter().sum::<usize>(), 3_000, "{shown:?}");
        assert_eq!(csv(&report).lines().count(), 1 + 3_000 + 43);
    }
    let verdict = "2,700 of 3,000 photos are up to date in Microsoft 365: 188 need HR, 75 need IT, 37 are tried again automatically. \
                   In addition, 43 files belong to nobody.";
    let english = &all(&report(3_000, Language::English), 10)["index.html"];
    assert!(english.contains(verdict), "{}", english.split("class=\"verdict").nth(1).unwrap().split("</p>").next().unwrap());
    assert!(
        english.contains("<title>Profile photos – contoso.com</title>") && english.contains("<html lang=\"en\" dir=\"ltr\">")
    );
    let german = &all(&report(3_000, Language::German), 10)["index.html"];
    let verdict = "2.700 von 3.000 Fotos sind in Microsoft 365 aktuell: 188 brauchen die Personalabteilung, 75 brauchen die IT";
    assert!(german.contains(verdict) && german.contains("<html lang=\"de\" dir=\"ltr\">"));
}

#[test]
fn hr_reads_no_settings_and_names_are_only_text() {
    let mut report = report(20, Language::English);
    report.photos.rows[0].name = "</script><img src=x onerror=alert(1)>".to_owned();
    let make = |_: &SourcePath, _, _| Some(Bytes::from_static(b"y"));
    let page = single_page(&report, Pictures { make: &make, workers: 1 });
    assert!(!page.contains("mapping.rules") && page.contains("no &lt;mailbox&gt;"));
    assert!(!page.contains("<img src=x") && page.contains("data:image/jpeg;base64,eQ=="));
    assert_eq!(page.matches("</script>").count(), 4, "those of the page itself");
    let (hr, it) = (page.find("<h2 id=\"hr\">").unwrap(), page.find("<h2 id=\"it\">").unwrap());
    assert!(hr < it && page.find("No mailbox").is_none_or(|at| at > it));
}

#[test]
fn the_table_has_the_same_rows_for_a_spreadsheet_of_the_language() {
    let text = csv(&report(11, Language::English));
    assert!(text.starts_with("\u{feff}kind,name,object_id,"), "{text}");
    assert_eq!(text.lines().count(), 1 + 11 + 43);
    assert!(
        text.contains("held,2026-11-24T02:00:00Z,,no,no_mailbox,no <mailbox>,\"Give it one, see mapping.rules.\",,,,\r\n"),
        "{text}"
    );
    assert!(text.contains(",,,stray/IMG_42.jpg,unmatched,,,no,unmatched,no rule,"), "{text}");
    let german = csv(&report(11, Language::German));
    assert!(german.contains("stray/IMG_0.jpg;nicht zugeordnet;"), "{german}");
}

#[test]
fn people_stand_under_their_letter_whatever_it_is() {
    let mut report = report(0, Language::English);
    let kinds = [None, Some(TargetKind::Group), Some(TargetKind::Team), Some(TargetKind::Contact)];
    for (name, kind) in [("Zoe", 0), ("émile", 0), ("Eva", 0), ("0815", 0), ("Ёлкин", 0), ("--", 0), ("a", 1), ("b", 2), ("c", 3)]
    {
        report.photos.rows.push(PhotoRow { kind: kinds[kind], ..PhotoRow::missing(name.to_owned()) });
    }
    let report = report.sorted();
    let told: Vec<_> = report.sheet_groups().into_iter().map(|group| (group.label, group.stem, group.count)).collect();
    let wanted = [
        ("0–9", "people-0", 1),
        ("E", "people-e", 2),
        ("Z", "people-z", 1),
        ("Е", "people-u0415", 1),
        ("Others", "people-other", 1),
        ("Groups", "groups", 1),
        ("Teams", "teams", 1),
        ("Contacts", "contacts", 1),
    ];
    assert_eq!(told, wanted.map(|(label, stem, count)| (label.to_owned(), stem.to_owned(), count)));
}
