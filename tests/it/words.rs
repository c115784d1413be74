//! What people read is plain English: the README, the reference, the example, what is packaged and every text of the
//! program are free of turns that only their writers use.

use std::path::Path;

/// Turns to avoid, and what to write. In lower case.
const AVOIDED: &[(&str, &str)] = &[
    ("beyond doubt", "unambiguous, exactly one"),
    ("speaks for", "identifies, is for"),
    ("anew", "again"),
    ("can't be had", "cannot be read, cannot be reached"),
    ("goes on", "continues, resumes"),
    ("and its kin", "and derivatives"),
    ("no eye", "visually identical"),
    ("waits for a known time", "is retried at a scheduled time"),
    ("pretended", "simulated"),
    ("not a span of time", "invalid duration"),
    ("can be named so", "is not a valid name"),
    ("name nobody that there can be", "invalid names"),
    ("ended without a word", "crashed or was killed"),
    ("did not keep what it was given", "failed to persist data"),
    ("the ledger refused", "ledger error"),
    ("can't be heard", "cannot install"),
    ("failed unexpectedly", "internal error"),
    ("nothing new is begun", "shutting down"),
    ("could tell of", "queue overflowed"),
    ("does not turn", "is stalled"),
    ("free to move", "re-queued"),
    ("fault of photosyncd", "internal error; bug of photosyncd"),
    ("does not keep up", "queue full"),
    ("webhook was not told", "delivery failed"),
    ("piece of news", "alert"),
    ("serves on", "stays in use"),
    ("so many deliveries", "N uploads"),
    ("so many lines", "maximum number of lines"),
    ("only what is no older", "only entries newer than"),
    ("rested tenant", "burst size"),
    ("how far it is", "show progress"),
    ("touch nothing else", "validate"),
    ("the whole story", "state and history"),
    ("nobody guessing", "unguessable"),
];

/// What is read outside the program.
const PAGES: [&str; 3] = ["README.md", "config.example.yaml", "CHANGELOG.md"];

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Files of the product with their texts: literals of Rust, the whole of pages and templates.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<_> = PAGES.iter().map(|page| ((*page).to_owned(), read(&root.join(page)))).collect();
    let mut directories = vec![root.join("src"), root.join("packaging")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let of_tests = name.contains("test") || name.contains("emulator/");
            match path.extension().and_then(|extension| extension.to_str()) {
                None if path.is_dir() => directories.push(path),
                Some("rs") if !of_tests => found.push((name.clone(), literals(&name, &read(&path)))),
                Some("md" | "html" | "js" | "yaml") => found.push((name, read(&path))),
                _ => {}
            }
        }
    }
    assert!(found.len() > 150, "{} texts only", found.len());
    found
}

/// What stands between quotes, and the comments of the command line, which are its help. The file's own tests come last.
fn literals(name: &str, source: &str) -> String {
    let source = source.split("\nmod tests").next().unwrap();
    let mut found = String::new();
    let mut rest = source.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '/' if rest.peek() == Some(&'/') => {
                let comment: String = std::iter::from_fn(|| rest.next_if(|c| *c != '\n')).collect();
                if name.ends_with("cli/args.rs") {
                    found.push_str(&comment);
                    found.push('\n');
                }
            }
            // A quote as a character is no text.
            '\'' if rest.peek() == Some(&'"') => _ = rest.next(),
            '"' => {
                while let Some(letter) = rest.next().filter(|letter| *letter != '"') {
                    found.push(letter);
                    if letter == '\\' {
                        // The end of a line within a text joins it to the next.
                        match rest.next() {
                            Some('\n') => {
                                found.pop();
                                while rest.next_if(|c| c.is_whitespace()).is_some() {}
                            }
                            Some(letter) => found.push(letter),
                            None => {}
                        }
                    }
                }
                found.push('\n');
            }
            _ => {}
        }
    }
    found
}

/// "5 is no number" where "5 is not a number" is meant.
fn says_is_no(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let fine = ["longer", "more", "different", "need", "one", "way", "removal"];
    let found = words.windows(4).find(|four| {
        let [subject, is, no, what] = four else { return false };
        (*is, *no) == ("is", "no") && !subject.eq_ignore_ascii_case("there") && !fine.contains(&what.trim_end_matches([',', '.']))
    });
    found.map(|four| four.join(" "))
}

#[test]
fn no_text_uses_a_turn_that_only_its_writers_use() {
    let mut faults = Vec::new();
    for (name, text) in texts() {
        let lower = text.to_lowercase();
        for (turn, instead) in AVOIDED {
            if let Some(at) = lower.match_indices(turn).map(|(at, _)| at).find(|at| is_word(&lower, *at, turn)) {
                let line = lower[..at].rfind('\n').map_or(0, |start| start + 1);
                let end = lower[at..].find('\n').map_or(lower.len(), |end| at + end);
                faults.push(format!("{name}: {turn:?} (write: {instead}): {}", &lower[line..end]));
            }
        }
        faults.extend(says_is_no(&text).map(|words| format!("{name}: {words:?} (write: is not a)")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether the turn stands there as words of its own.
fn is_word(text: &str, at: usize, turn: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !letter(text[..at].chars().next_back()) && !letter(text[at + turn.len()..].chars().next())
}

#[test]
fn the_readme_is_one_page() {
    let length = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).len();
    assert!(length <= 12_000, "{length} bytes; the rest belongs into src/cli/help");
}

#[test]
fn literals_are_told_from_code() {
    let source = "// \"a comment\"\nlet a = '\"'; let b = \"one \\\n    two \\\"x\\\"\"; f(\"three\");\nmod tests {\n\"four\"}";
    assert_eq!(literals("src/a.rs", source), "one two \\\"x\\\"\nthree\n");
    assert!(says_is_no("\"5\" is no number").is_some() && says_is_no("there is no ledger").is_none());
}
