//! The files of `src/`, and which of them use which.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Named, named};

/// Files below `src/`, by their modules: `engine/pass.rs` is `[engine, pass]`.
pub(super) struct Tree {
    files: BTreeMap<Vec<String>, (String, Vec<Named>)>,
}

fn module(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") || path == "lib.rs" {
        parts.pop();
    }
    parts
}

impl Tree {
    /// Of files that are not for tests, with their text.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let files: Vec<_> = files.into_iter().map(|(path, text)| (module(path), path, text)).collect();
        let below = |of: &[String]| -> Vec<String> {
            let children = files.iter().filter(|(module, ..)| module.len() == of.len() + 1 && module.starts_with(of));
            children.map(|(module, ..)| module[of.len()].clone()).collect()
        };
        let read = |(module, path, text): &(Vec<String>, &str, &str)| {
            (module.clone(), ((*path).to_owned(), named(text, &below(module))))
        };
        Self { files: files.iter().map(read).collect() }
    }

    /// A path as it is named in a module, from the root on; none if it leads out of the crate.
    fn absolute(&self, from: &[String], path: &[String]) -> Option<Vec<String>> {
        let mut whole = from.to_vec();
        for (at, word) in path.iter().enumerate() {
            match word.as_str() {
                "crate" if at == 0 => whole.clear(),
                "self" => {}
                "super" => _ = whole.pop(),
                _ if at == 0 && !self.files.contains_key(&[from, &path[..1]].concat()) => return None,
                _ => whole.push(word.clone()),
            }
        }
        Some(whole)
    }

    /// The file that defines what a path from the root leads to: re-exports are followed to where they come from.
    fn file_of(&self, path: &[String], depth: u8) -> Option<&Vec<String>> {
        let (module, (_, names)) = (0..=path.len()).rev().find_map(|end| self.files.get_key_value(&path[..end]))?;
        let Some(word) = path.get(module.len()).filter(|_| depth > 0) else { return Some(module) };
        let passed = names.iter().filter(|named| named.passed_on && named.path.last() == Some(word));
        let mut sources = passed.filter_map(|named| self.absolute(module, &named.path)).filter(|source| source != path);
        sources.find_map(|source| self.file_of(&source, depth - 1)).or(Some(module))
    }

    /// Which rooms a file names, and where.
    pub(super) fn rooms(&self, path: &str) -> Vec<(usize, String)> {
        let module = module(path);
        let Some((_, names)) = self.files.get(&module) else { return Vec::new() };
        let rooms = names.iter().filter_map(|named| {
            let first = self.absolute(&module, &named.path)?.into_iter().next()?;
            Some((named.line, first))
        });
        let mut rooms: Vec<_> = rooms.collect();
        rooms.dedup();
        rooms
    }

    /// Files that stand in a circle of uses within one room, by room.
    pub(super) fn circles(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut uses: BTreeMap<&Vec<String>, BTreeSet<&Vec<String>>> = BTreeMap::new();
        for (module, (_, names)) in &self.files {
            for named in names.iter().filter(|named| !named.passed_on) {
                let Some(path) = self.absolute(module, &named.path) else { continue };
                if let Some(other) = self.file_of(&path, 4).filter(|other| *other != module && other.first() == module.first()) {
                    uses.entry(module).or_default().insert(other);
                }
            }
        }
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (module, (path, _)) in &self.files {
            let (mut seen, mut next) = (BTreeSet::new(), vec![module]);
            while let Some(at) = next.pop() {
                next.extend(uses.get(at).into_iter().flatten().copied().filter(|other| seen.insert(*other)));
            }
            if seen.contains(module) {
                found.entry(module.first().cloned().unwrap_or_default()).or_default().insert(path.clone());
            }
        }
        found
    }
}
