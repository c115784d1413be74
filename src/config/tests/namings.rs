//! Namings of real life, each mapped as meant or refused with the reason (`namings.txt`: title, rules, `=>`, files).
//! The README's page on namings shows the same rules.

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
    Rules::compile(&config.mapping.rules).expect("the configuration was checked")
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
