//! Namings of real life, each mapped as meant or refused with the reason (`namings.txt`: title, rules, `=>`, files).
//! The help on mapping shows the same rules.

use super::parse;
use crate::mapping::Rules;
use crate::model::SourcePath;

const CASES: &str = include_str!("namings.txt");

/// Marks of their own don't survive every editor, so the file writes them as `\u{...}`.
const MARKS: [(&str, &str); 3] = [(r"\u{301}", "\u{301}"), (r"\u{308}", "\u{308}"), (r"\u{200b}", "\u{200b}")];

fn unescaped(text: &str) -> String {
    MARKS.iter().fold(text.to_owned(), |text, (written, mark)| text.replace(written, mark))
}

fn rules(yaml: &str) -> Rules {
    let text = yaml.replace("\n- ", "\n    - ");
    let config = parse(&format!("source: {{ directory: p }}\nmapping:\n  rules:\n{text}"));
    let config = config.unwrap_or_else(|faults| panic!("{yaml}{faults}"));
    config.mapping.rules
}

#[test]
fn every_naming_is_mapped_as_meant_or_refused_with_the_reason() {
    let mut namings = 0;
    for case in CASES.split("=====\n") {
        let (yaml, files) = case.split_once("=>\n").expect("rules, then files");
        let rules = rules(yaml);
        for line in files.lines() {
            let (path, wanted) = line.split_once(" => ").expect("a file and what it means");
            let found = rules.find(&SourcePath::new(&unescaped(path)).expect("a path"));
            let said = match found {
                None => "nobody".to_owned(),
                Some(Ok(found)) => found.reference.to_string(),
                Some(Err(problem)) => format!("held: {}", problem.detail),
            };
            match wanted.strip_prefix("held: ") {
                Some(reason) => assert!(said.starts_with("held: ") && said.contains(reason), "{yaml}{path}: {said}"),
                None => assert_eq!(said, wanted, "{yaml}{path}"),
            }
            namings += 1;
        }
    }
    assert!(namings > 90, "{namings}");
}

#[test]
fn no_naming_gives_a_person_the_number_of_a_cameras_picture() {
    let cameras = [
        "IMG_1042",
        "IMG_104213",
        "DSC_2042",
        "DSC02042",
        "DSCF1234",
        "DSCN1234",
        "P1010042",
        "PXL_20230114_104213042",
        "WhatsApp Image 2023-01-14 at 10.42.13",
        "IMG-20230114-WA0001",
        "Screenshot_20230114-104213",
        "Scan_0001",
        "image0001",
        "20230114_104213",
        "2023-01-14 10.42.13",
    ];
    for case in CASES.split("=====\n") {
        let (yaml, _) = case.split_once("=>\n").expect("rules, then files");
        let rules = rules(yaml);
        for path in cameras.iter().flat_map(|name| ["", "users/", "badges/", "a/b/"].map(|folder| format!("{folder}{name}.jpg")))
        {
            let Some(Ok(found)) = rules.find(&SourcePath::new(&path).expect("a path")) else { continue };
            let value = found.reference.value;
            assert!(!value.chars().all(|c| c.is_ascii_digit()), "{yaml}{path}: {value}");
        }
        // One takes all before a _, also the day of a phone's picture: told, and such a file is held.
        let told = rules.camera_numbers().into_iter().flat_map(|(_, names)| names).collect::<Vec<_>>();
        let takes_any = yaml.contains("{number}_{name}.{ext}");
        assert_eq!(told, if takes_any { vec!["20230114_104213"] } else { Vec::new() }, "{yaml}");
    }
}
