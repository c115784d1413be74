//! Which file each row means: the path as written first, else the one file whose path ends like the cell, or that the
//! cell ends like, in any case. What could be several things holds all of them.

use std::borrow::Cow;
use std::collections::HashMap;

use super::bound::{BoundTable, Finding, Hold};
use super::mention::mentioned;
use super::name::{folded, gists, holds_several, is_picture, last, meant, stem};
use super::spelling::{Place, spelled};
use super::{MOST_TOLD, Row, Table, TableFault};
use crate::mapping::pattern::composed;
use crate::model::{Reference, SourcePath};

/// From so many rows on that could mean several files of one name, none of that name is looked at more closely.
const MANY: usize = 50;

/// One file of the source.
struct File<'p> {
    path: &'p SourcePath,
    folded: String,
    /// Rows that spell its path, and rows that can mean no other file.
    exact: Vec<usize>,
    near: Vec<usize>,
}

impl File<'_> {
    fn stem(&self) -> &str {
        stem(last(&self.folded))
    }

    fn is_named_only_by(&self, row: usize) -> bool {
        self.exact.iter().chain(&self.near).eq([&row])
    }

    fn keys(&self) -> impl Iterator<Item = String> {
        gists(last(&self.folded))
    }
}

/// The only file of this name, or one of several.
#[derive(Clone, Copy)]
enum Hit {
    One(usize),
    Many,
}

/// Files by their folded path or its ends.
#[derive(Default)]
struct Index<'f> {
    whole: HashMap<&'f str, Hit>,
    tails: HashMap<&'f str, Hit>,
}

impl<'f> Index<'f> {
    fn of(files: &'f [File<'_>], text: impl Fn(&'f File<'_>) -> &'f str) -> Self {
        let mut index = Self::default();
        let add = |map: &mut HashMap<&'f str, Hit>, text, at| {
            map.entry(text).and_modify(|hit| *hit = Hit::Many).or_insert(Hit::One(at));
        };
        for (at, file) in files.iter().enumerate() {
            let text = text(file);
            add(&mut index.whole, text, at);
            for tail in tails(text) {
                add(&mut index.tails, tail, at);
            }
        }
        index
    }
}

/// The shorter and shorter ends of a path, without the whole.
fn tails(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[at + 1..])
}

/// What a row that spells no path may mean.
enum Meaning {
    One(usize),
    /// Several files, or one as far as can be seen.
    Unclear,
    Nothing,
}

impl Meaning {
    const fn of(hit: Hit) -> Self {
        match hit {
            Hit::One(at) => Self::One(at),
            Hit::Many => Self::Unclear,
        }
    }
}

/// Both ways to look a cell up: with the ending of its name, and for cells without one.
struct Lookup<'f> {
    named: Index<'f>,
    bare: Index<'f>,
    complete: bool,
}

impl Lookup<'_> {
    fn meaning(&self, cell: &str, is_foreign: bool) -> Meaning {
        let indexes = if is_picture(cell) { vec![&self.named] } else { vec![&self.named, &self.bare] };
        let whole = indexes.iter().filter_map(|index| index.whole.get(cell));
        if let (false, Some(hit)) = (is_foreign, joined(whole.clone().copied())) {
            return Meaning::of(hit);
        }
        let longer = indexes.iter().flat_map(|index| tails(cell).filter_map(|tail| index.whole.get(tail)));
        let shorter = indexes.iter().filter_map(|index| index.tails.get(cell));
        match joined(whole.chain(longer).chain(shorter).copied()) {
            None => Meaning::Nothing,
            // Among what could not be looked at may be another one.
            Some(hit) if self.complete => Meaning::of(hit),
            Some(_) => Meaning::Unclear,
        }
    }
}

/// One file, if all hits are this one.
fn joined(hits: impl Iterator<Item = Hit>) -> Option<Hit> {
    hits.reduce(|a, b| match (a, b) {
        (Hit::One(a), Hit::One(b)) if a == b => Hit::One(a),
        _ => Hit::Many,
    })
}

impl Table {
    /// Finds out which of the files its rows mean. `complete`: these are all files there are.
    pub(crate) fn bind<'p>(self, paths: impl Iterator<Item = &'p SourcePath>, complete: bool) -> BoundTable {
        let mut files: Vec<File<'p>> =
            paths.map(|path| File { path, folded: folded(path.as_str()), exact: Vec::new(), near: Vec::new() }).collect();
        let inexact = self.take_exact(&mut files);
        // Rows by the name of the file: those that may mean one, those that can mean several.
        let mut doubted: HashMap<String, Vec<usize>> = HashMap::new();
        let mut unclear: HashMap<String, Vec<usize>> = HashMap::new();
        let mut absent = Vec::new();
        let mut near = Vec::new();
        let mut there = Vec::new();
        if !inexact.is_empty() {
            let bare = |file: &File<'_>| file.folded.len() - last(&file.folded).len() + file.stem().len();
            let lookup = Lookup {
                named: Index::of(&files, |file| &file.folded),
                bare: Index::of(&files, |file| &file.folded[..bare(file)]),
                complete,
            };
            for at in inexact {
                let cell = folded(&self.rows[at].file);
                let meaning = lookup.meaning(&cell, self.rows[at].is_foreign);
                if !matches!(meaning, Meaning::Nothing) {
                    there.push(at);
                }
                match meaning {
                    Meaning::One(file) => {
                        near.push((file, at));
                        // It may be found by one of several names.
                        for key in meant(&cell).into_iter().filter(|_| holds_several(&cell)) {
                            doubted.entry(key).or_default().push(at);
                        }
                    }
                    Meaning::Unclear => {
                        for key in meant(&cell) {
                            unclear.entry(key.clone()).or_default().push(at);
                            doubted.entry(key).or_default().push(at);
                        }
                    }
                    Meaning::Nothing => {
                        absent.push(at);
                        let value = self.reference(at).filter(|_| !is_picture(&cell)).map(|names| folded(&names.value));
                        // Where cells have moved, what looks like a value may be the file.
                        let moved = value.iter().flat_map(|value| gists(value));
                        for key in meant(&cell).into_iter().chain(moved) {
                            doubted.entry(key).or_default().push(at);
                        }
                    }
                }
            }
        }
        for (file, at) in near {
            files[file].near.push(at);
        }
        // A row that can't be used may mean another file than the one it seems to name.
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| row.names.is_err()) {
            for key in meant(&folded(&row.file)) {
                doubted.entry(key).or_default().push(at);
            }
        }
        let mut found = HashMap::new();
        let mut nameless = Vec::new();
        for file in &files {
            match self.finding(file, &unclear, &doubted) {
                Some(finding) => _ = found.insert(file.path.clone(), finding),
                None => nameless.push(file),
            }
        }
        self.hold_spelled(&nameless, &absent, &there, &mut found);
        self.hold_mentioned(&nameless, &absent, &mut found);
        let without_file = absent;
        let absent = without_file.iter().filter(|at| self.rows[**at].names.is_ok()).take(MOST_TOLD);
        let absent = absent.map(|at| {
            let Row { line, file, .. } = &self.rows[*at];
            TableFault { line: *line, message: format!("the file {file:?} is not in the source directory") }
        });
        let cut = self.cut.as_ref().and_then(|(at, _)| files.iter().find(|file| file.is_named_only_by(*at)));
        BoundTable { absent: absent.collect(), without_file, found, cut: cut.map(|file| file.path.clone()), table: self }
    }

    /// Gives the files the rows that spell their paths; what is left are the other rows.
    fn take_exact(&self, files: &mut [File<'_>]) -> Vec<usize> {
        let mut rows: HashMap<Cow<'_, str>, (Vec<usize>, bool)> = HashMap::with_capacity(self.rows.len());
        let (foreign, own): (Vec<usize>, Vec<usize>) = (0..self.rows.len()).partition(|at| self.rows[*at].is_foreign);
        for at in own {
            rows.entry(composed(&self.rows[at].file)).or_default().0.push(at);
        }
        for file in files {
            if let Some((rows, is_there)) = rows.get_mut(&composed(file.path.as_str())) {
                file.exact.clone_from(rows);
                *is_there = true;
            }
        }
        let mut left: Vec<usize> =
            rows.into_values().filter(|(_, is_there)| !is_there).flat_map(|(rows, _)| rows).chain(foreign).collect();
        left.sort_unstable();
        left
    }

    fn finding(
        &self,
        file: &File<'_>,
        unclear: &HashMap<String, Vec<usize>>,
        doubted: &HashMap<String, Vec<usize>>,
    ) -> Option<Finding> {
        let rows = if file.exact.is_empty() { &file.near } else { &file.exact };
        let Some(first) = rows.first() else {
            let row = &self.rows[*file.keys().find_map(|key| doubted.get(&key))?.first()?];
            return Some(Finding::Held(row.may_mean()));
        };
        if let Some((row, why)) = rows.iter().find_map(|at| Some((&self.rows[*at], self.rows[*at].names.as_ref().err()?))) {
            return Some(Finding::Held(Hold::of_named(row.line, why.to_string())));
        }
        let names = self.reference(*first);
        // Who spells it otherwise may mean it, too.
        let others =
            file.exact.iter().chain(&file.near).filter(|at| self.reference(**at).is_some_and(|other| Some(other) != names));
        let mut others = others.peekable();
        let several = || {
            let rows = file.keys().filter_map(|key| unclear.get(&key)).flatten();
            rows.enumerate().find(|(count, at)| {
                self.reference(**at) != names && (*count >= MANY || may_mean(&self.rows[**at].file, &file.folded))
            })
        };
        let other = match others.peek() {
            Some(other) => Some(**other),
            // What the path is spelled like counts before what it may be one of.
            None if file.exact.is_empty() => several().map(|(_, at)| *at),
            None => None,
        };
        Some(match other {
            None => Finding::Row(*first),
            Some(other) => {
                let (one, other) = (self.rows[*first].line, self.rows[other].line);
                Finding::Held(Hold::of_named(one, format!("lines {one} and {other} may both mean this file, and disagree")))
            }
        })
    }

    fn reference(&self, at: usize) -> Option<&Reference> {
        self.rows[at].names.as_ref().ok()
    }

    /// Holds files that no row is known to name, and whose names stand among other things in a row's cell. Where that row
    /// found a file, the others are what stands before it.
    fn hold_spelled(&self, nameless: &[&File<'_>], absent: &[usize], there: &[usize], found: &mut HashMap<SourcePath, Finding>) {
        let names: Vec<&str> = nameless.iter().map(|file| last(&file.folded)).collect();
        let whole = absent.iter().map(|at| Place { text: folded(&self.rows[*at].file), bare: true });
        let before = there.iter().map(|at| {
            let mut text = folded(&self.rows[*at].file);
            text.truncate(text.len() - last(&text).len());
            Place { text, bare: false }
        });
        for (file, cell) in spelled(&names, whole.chain(before)) {
            let at = absent.iter().chain(there).nth(cell);
            found.extend(at.map(|at| (nameless[file].path.clone(), Finding::Held(self.rows[*at].may_mean()))));
        }
    }

    /// Holds files that no row is known to name, and that some text of the table may.
    fn hold_mentioned(&self, nameless: &[&File<'_>], absent: &[usize], found: &mut HashMap<SourcePath, Finding>) {
        // A name in quotes that holds the separator may be two cells that quotes have made one.
        let odd: Vec<&Row> = absent
            .iter()
            .map(|at| &self.rows[*at])
            .filter(|row| row.names.is_ok() && row.file.as_bytes().contains(&self.separator))
            .collect();
        let unread = self.unread.iter().map(|unread| (unread.line, &*unread.text, &*unread.why));
        let odd = odd.into_iter().map(|row| (row.line, &*row.file, "its file is not there, and its name may be two cells"));
        let texts: Vec<(u64, &str, &str)> = unread.chain(odd).collect();
        let stems: Vec<&str> = nameless.iter().map(|file| file.stem()).collect();
        let whole: Vec<&str> = nameless.iter().map(|file| last(&file.folded)).collect();
        // What is searched for here is found in many a text by chance, and is named only where it stands by itself.
        let named = spelled(&whole, texts.iter().map(|(_, text, _)| Place { text: folded(text), bare: true }));
        for (file, text) in mentioned(&stems, &texts.iter().map(|(_, text, _)| *text).collect::<Vec<_>>()) {
            let (line, _, why) = texts[text];
            let hold = Hold { line, why: format!("{why}; it may name this file"), is_named: named.contains_key(&file) };
            found.entry(nameless[file].path.clone()).or_insert(Finding::Held(hold));
        }
    }
}

/// Whether a cell and a folded path end alike, as far as both go.
fn may_mean(cell: &str, path: &str) -> bool {
    let cell = folded(cell);
    let bare = |text: &str| text[..text.len() - last(text).len() + stem(last(text)).len()].to_owned();
    let (cell, path) = (bare(&cell), bare(path));
    let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    ends(&cell, &path) || ends(&path, &cell)
}
