//! Rules of the ledger's own files: no word of ours is spelled in SQL, one file writes targets, nobody else speaks SQL, and
//! files need each other in one direction.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use photosyncd::testing::model::Reason;
use regex::Regex;

/// Kinds of targets as they stand in the ledger, whole or by their beginning; and states.
const WORDS: [&str; 14] =
    ["user", "group", "team", "contact", "me", "use", "gro", "tea", "con", "in_step", "due", "waiting", "blocked", "released"];

/// What the program does, without its comments and tests.
fn product(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The product's files in a directory below `src`, by their names without ending.
fn files(below: &str) -> BTreeMap<String, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(below);
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files.extend(
                self::files(format!("{below}/{name}").trim_start_matches('/'))
                    .into_iter()
                    .map(|(file, text)| (format!("{name}/{file}"), text)),
            );
        } else if path.extension().is_some_and(|ending| ending == "rs") && !name.ends_with("tests") {
            files.insert(name, product(&std::fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

/// Reasons, kinds and states that a text spells between quotes, be it as SQL or as a word of its own.
fn spelled(text: &str) -> Vec<String> {
    let reasons: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let sql = Regex::new(r"'([a-z_]{2,})[:*%]*'").unwrap();
    // A column that a query calls so is read by `get`.
    let word = Regex::new(r#"(get\()?"([a-z_]{2,})[:*%]*""#).unwrap();
    let in_sql = sql.captures_iter(text).map(|found| found[1].to_owned());
    let in_sql = in_sql.filter(|word| reasons.contains(word.as_str()) || WORDS.contains(&word.as_str()));
    let alone = word.captures_iter(text).filter(|found| found.get(1).is_none()).map(|found| found[2].to_owned());
    let alone = alone.filter(|word| reasons.contains(word.as_str()));
    in_sql.chain(alone).collect()
}

/// Whether a text writes targets.
fn writes_targets(text: &str) -> bool {
    Regex::new(r"(?i)\b(insert(\s+or\s+\w+)?\s+into|replace\s+into|update(\s+or\s+\w+)?|delete\s+from)\s+targets\b")
        .unwrap()
        .is_match(text)
}

/// Files beside it that a file names.
fn needs(text: &str, names: &BTreeSet<&str>) -> BTreeSet<String> {
    let used = Regex::new(r"super::(\{[^;]*\}|\w+)").unwrap();
    let word = Regex::new(r"\w+").unwrap();
    let found = used.captures_iter(text).flat_map(|used| {
        let list = used[1].to_owned();
        word.find_iter(&list).map(|word| word.as_str().to_owned()).collect::<Vec<_>>()
    });
    found.filter(|name| names.contains(name.as_str())).collect()
}

/// Files that need each other, perhaps through others.
fn circles(files: &BTreeMap<String, String>) -> Vec<String> {
    let names: BTreeSet<&str> = files.keys().map(String::as_str).filter(|name| *name != "mod").collect();
    let mut left: BTreeMap<&str, BTreeSet<String>> = names
        .iter()
        .map(|name| (*name, needs(&files[*name], &names).into_iter().filter(|other| other != name).collect()))
        .collect();
    loop {
        let known: BTreeSet<String> = left.keys().map(|name| (*name).to_owned()).collect();
        let before = left.len();
        left.retain(|_, needed| !needed.is_disjoint(&known));
        if left.len() == before {
            return left.into_keys().map(str::to_owned).collect();
        }
    }
}

#[test]
fn sql_spells_no_reason_no_kind_and_no_state() {
    let files = files("ledger");
    assert!(files.len() > 20, "{} files only: this test looks in the wrong place", files.len());
    for (name, text) in &files {
        assert!(spelled(text).is_empty(), "ledger/{name}.rs spells {:?}: build it from the enum", spelled(text));
    }
}

#[test]
fn targets_are_written_by_one_file_and_sql_by_one_room() {
    let writers: Vec<String> =
        files("ledger").into_iter().filter(|(_, text)| writes_targets(text)).map(|(name, _)| name).collect();
    assert_eq!(writers, ["targets"]);
    for (name, text) in files("") {
        let is_ledger = name.starts_with("ledger/");
        assert!(is_ledger || !text.contains("rusqlite"), "{name}.rs speaks SQL, which belongs to the ledger");
    }
}

#[test]
fn the_files_of_the_ledger_need_each_other_in_one_direction() {
    let circle = circles(&files("ledger"));
    assert!(circle.is_empty(), "these need each other, or somebody who does: {circle:?}");
}

#[test]
fn what_breaks_a_rule_is_seen() {
    for bad in [
        "WHERE reason = 'throttled'",
        "reason IN ('restored', 'x')",
        "GLOB 'group:*'",
        "substr(target, 1, 3) = 'use'",
        "state IN ('due')",
        "kind = 'team'",
        "let reason = \"user_photo\";",
    ] {
        assert_eq!(spelled(bad).len(), 1, "{bad}");
    }
    for good in ["name = 'halt'", "format!(\"state = {due}\")", "fn f<'user>(a: &'user str)", "row.get(\"reason\")"] {
        assert!(spelled(good).is_empty(), "{good}");
    }
    assert!(product("a\n// WHERE 'due'\n#[cfg(test)]\nmod tests {\n'due'").trim() == "a");
    for sql in
        ["INSERT INTO targets (a)", "insert or replace into targets", "UPDATE targets SET", "DELETE FROM\n    targets WHERE"]
    {
        assert!(writes_targets(sql), "{sql}");
    }
    assert!(!writes_targets("DELETE FROM targets_of SELECT FROM targets") && !writes_targets("UPDATE backups"));
    let three = [("a", "use super::b::B;"), ("b", "use super::{c, d};"), ("c", "super::a::f()"), ("d", "use super::writer::W;")];
    let three = three.map(|(name, text)| (name.to_owned(), text.to_owned()));
    assert_eq!(circles(&BTreeMap::from(three)), ["a", "b", "c"]);
}
