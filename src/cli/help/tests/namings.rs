//! Naming schemes to copy: each rule can be read, and does with the files beside it what is said there.

use super::{Block, Span, section, topic};
use crate::config::Config;
use crate::mapping::Rules;
use crate::model::SourcePath;

fn rules(yaml: &[String]) -> Rules {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("c.yaml");
    let rules = yaml.join("\n    ");
    std::fs::write(&file, format!("source: {{ directory: p }}\nmapping:\n  rules:\n    {rules}\n")).unwrap();
    Config::load(&file, &|_| None).unwrap_or_else(|faults| panic!("{yaml:?}: {faults}")).mapping.rules
}

#[test]
fn every_naming_scheme_does_what_is_said_of_it() {
    let mut blocks = section(topic("mapping"), "Naming schemes").into_iter().peekable();
    let (mut schemes, mut files) = (0, 0);
    while let Some(block) = blocks.next() {
        let Block::Code(yaml) = block else { continue };
        let rules = rules(&yaml);
        let Some(Block::List(items)) = blocks.next() else { panic!("{yaml:?} has no examples") };
        for item in items {
            let [Block::Paragraph(spans)] = &item.body[..] else { panic!("{item:?}") };
            let (path, rest) = spans.split_first().unwrap();
            let found = rules.find(&SourcePath::new(path.text()).unwrap());
            match (rest, found) {
                ([Span::Plain(arrow), Span::Code(value)], Some(Ok(found))) if arrow == " → " => {
                    // The kind and the property stand before the value.
                    let told = found.reference.to_string();
                    assert!(told.ends_with(&format!(" {value}")) || told == *value, "{yaml:?}: {told}");
                }
                ([Span::Plain(held)], Some(Err(problem))) => {
                    let why = held.strip_prefix(" is held (").and_then(|why| why.strip_suffix(')'));
                    assert!(why.is_some_and(|why| problem.detail.contains(why)), "{held}: {}", problem.detail);
                }
                (rest, found) => panic!("{path:?} {rest:?}: {found:?}"),
            }
            files += 1;
        }
        schemes += 1;
    }
    assert!(schemes > 25 && files > 60, "{schemes} {files}");
}
