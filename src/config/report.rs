//! `report`: the pages for HR that the service writes by itself, and their words.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::document::YamlDocument;
use super::fault::{ConfigFaults, FaultList, Position, join};
use super::node::{Key, Node};
use super::reader::Section;
use super::suggest::nearest;
use super::units::{DAY, secs};
use crate::files::{Bounds, FileError, read_text};
use crate::report::{Language, Texts, check_text, text_keys};

/// Largest file of texts, in bytes; the program's own have some ten thousand.
const MAX_FILE_BYTES: u64 = 256 << 10;

/// The pages for HR.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ReportSettings {
    /// Where they are written; the place that `report` takes if it is given no other. Default none.
    pub directory: Option<PathBuf>,
    /// How often the service writes them there, 15m to 90d; none: never. Default none.
    pub every: Option<Duration>,
    /// Whether they show display names and departments, which are asked of Microsoft 365. Default false.
    pub names: bool,
    /// Their language. Default `en`.
    pub language: Language,
    /// A file with other words. Default none.
    pub texts: Option<PathBuf>,
}

impl ReportSettings {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let directory = section.path("directory");
        let every = section.duration("every", secs(15 * 60)..=secs(90 * DAY));
        if every.is_some() && directory.is_none() && !section.is_faulty_at("directory") {
            section
                .fault("every", "needs report.directory: write where the service is to put the pages, for example /srv/report");
        }
        Self {
            directory,
            every,
            names: section.boolean("names", false),
            language: section.keyword("language", Language::English),
            texts: section.path("texts"),
        }
    }

    /// The words of the pages. Errors: every fault of the file that replaces some of them.
    pub(crate) fn words(&self) -> Result<Texts, ConfigFaults> {
        let Some(path) = &self.texts else { return Ok(Texts::new(self.language, BTreeMap::new())) };
        let file = path.display().to_string();
        let text = read(path).map_err(|why| ConfigFaults::of_file(&file, format!("{why} (report.texts)")))?;
        words(&text, &file).map(|words| Texts::new(self.language, words))
    }
}

/// The file's text. Errors: why it can't be used.
fn read(path: &Path) -> Result<String, String> {
    read_text(path, Bounds::small(MAX_FILE_BYTES)).map_err(|error| match error {
        FileError::NotAFile(what) => {
            format!("is {what}, not a file; name a YAML file, as `photosyncd report --texts` prints one")
        }
        FileError::TooLarge { .. } => format!("has more than {MAX_FILE_BYTES} bytes; is it the right file?"),
        FileError::NotText => "is not UTF-8 text; save it as UTF-8".to_owned(),
        error => format!("cannot be read: {error}; correct the path or make the file readable"),
    })
}

/// The texts of a file by key.
fn words(text: &str, file: &str) -> Result<BTreeMap<String, String>, ConfigFaults> {
    let mut faults = FaultList::default();
    let document = match YamlDocument::parse(text) {
        Ok(document) => document,
        Err((at, message)) => {
            faults.push(at, "", &message);
            return Err(faults.finish(file));
        }
    };
    faults.extend(document.repeated);
    let mut words = BTreeMap::new();
    collect(&document.root, "", Position::START, &text_keys(), &mut words, &mut faults);
    if faults.count() == 0 { Ok(words) } else { Err(faults.finish(file)) }
}

fn collect(
    node: &Node,
    path: &str,
    at: Position,
    known: &[String],
    words: &mut BTreeMap<String, String>,
    faults: &mut FaultList,
) {
    let is_text = known.iter().any(|key| key == path);
    let is_section = path.is_empty() || known.iter().any(|key| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
    match node {
        Node::Section(entries) if is_section => {
            for (key, entry) in entries {
                let name = if let Key::Text(name) = key { name.as_str() } else { key.name() };
                collect(&entry.value, &join(path, name), entry.at, known, words, faults);
            }
        }
        // A key without a text keeps the usual one.
        Node::Null if is_text || is_section => {}
        Node::Text(text) if is_text => match check_text(path, text) {
            Ok(()) => _ = words.insert(path.to_owned(), text.clone()),
            Err(message) => faults.push(at, path, &message),
        },
        _ if is_text => faults.push(at, path, "expected a text; put it in quotes"),
        _ if is_section => faults.push(at, path, "expected a section with keys below it, found something else"),
        _ => {
            let (above, name) = path.rsplit_once('.').unwrap_or(("", path));
            let beside: Vec<&str> = known
                .iter()
                .filter_map(|key| if above.is_empty() { Some(key.as_str()) } else { key.strip_prefix(above)?.strip_prefix('.') })
                .map(|rest| rest.split('.').next().unwrap_or(rest))
                .collect();
            let message = match nearest(name, &beside) {
                Some(near) => format!("unknown key; did you mean {near}?"),
                None => "unknown key; `photosyncd report --texts` prints all there are".to_owned(),
            };
            faults.push(at, path, &message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> String {
        words(text, "fr.yaml").err().map(|faults| faults.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_file_of_texts_is_read_and_each_fault_told_with_its_place() {
        for language in Language::ALL {
            assert_eq!(words(language.file(), "x").expect("our own").len(), text_keys().len());
        }
        let read = words("title: Photos\nverdict_way: { one: 'une', other: '{n}' }\nreasons:\nskip: ~\n", "x").expect("good");
        assert_eq!((&*read["title"], &*read["verdict_way.one"], read.len()), ("Photos", "une", 3));
        for (text, wanted) in [
            ("titl: x\n", "fr.yaml:1:1: titl: unknown key; did you mean title?"),
            ("title: 5\n", "fr.yaml:1:1: title: expected a text; put it in quotes"),
            ("title: [a]\n", "fr.yaml:1:1: title: expected a text; put it in quotes"),
            ("states: up\n", "fr.yaml:1:1: states: expected a section with keys below it, found something else"),
            ("- a\n", "fr.yaml:1:1: expected a section with keys below it, found something else"),
            ("show_all: Tout\n", "fr.yaml:1:1: show_all: {n} is missing"),
            ("title: a\ntitle: b\n", "fr.yaml:2:1: title: is given twice; keep one"),
            (
                "reasons:\n  photo_blank: { meening: x }\n",
                "fr.yaml:2:18: reasons.photo_blank.meening: unknown key; did you mean meaning?",
            ),
            ("zzz: { a: b }\n", "fr.yaml:1:1: zzz: unknown key; `photosyncd report --texts` prints all there are"),
        ] {
            assert_eq!(faults(text), wanted, "{text}");
        }
        assert!(faults("title: [\n").starts_with("fr.yaml:2:1: this is not valid YAML"), "{}", faults("title: [\n"));
    }
}
