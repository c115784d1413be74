//! `explain`: the whole story of one file or target.

mod story;
mod words;

use std::collections::HashMap;
use std::path::Path;

use super::args::{Explain, Global};
use super::exit::{Exit, Trouble};
use super::out::{put, say};
use super::paper::Paper;
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{CloudName, Config};
use crate::ledger::{Reader, TargetRow};
use crate::model::{KnownFile, Property, Reference, SourcePath, TargetId, TargetKind, Timestamp};
use story::{Document, GoneStory, Held, NowStory, TargetStory};
use words::Teller;

/// Tries kept of each target.
const TRIES: usize = 20;
/// More stories than these are listed, not told.
const TOLD: usize = 3;

pub(super) async fn run(global: &Global, options: &Explain) -> Result<Exit, Trouble> {
    let config = setup::configured(global, &Screen::default())?;
    let now = Clock::system().now();
    let path = below(&config, &options.what);
    let what = path.as_ref().map_or(options.what.as_str(), SourcePath::as_str);
    // A file may be asked for before there is a ledger.
    let reader = match setup::reader(&config) {
        Err(_) if path.is_some() => None,
        reader => Some(reader?),
    };
    let mut document = Document::default();
    if let Some(reader) = &reader {
        document = found(&config, reader, what, now)?;
    }
    if let Some(path) = &path {
        let told = document.files.iter().any(|file| file.path == path.as_str() && file.reference.is_some());
        // What a pass saw before the settings passed it over tells nothing of what comes next.
        document.now = as_it_is(&config, path).await?.filter(|now| !told || now.ignored);
    }
    let mut asked = String::new();
    if let Some(reader) = reader.as_ref().filter(|_| document.is_empty() && what.contains('@')) {
        match by_directory(&config, what).await {
            Ok(ids) => {
                for id in &ids {
                    let more = found(&config, reader, id, now)?;
                    document.files.extend(more.files);
                    document.targets.extend(more.targets);
                }
                asked = match ids.first() {
                    None => " The directory knows nobody by that sign-in name or mail address either.".to_owned(),
                    Some(id) => format!(" The directory knows the account (object id {id}), but no file speaks for it."),
                };
            }
            Err(trouble) => asked = format!(" The directory could not be asked: {trouble}."),
        }
    }
    if document.is_empty() {
        return Err(Trouble::new(Exit::Usage, unknown(&config, &options.what, &asked)));
    }
    if global.json {
        say!("{}", text::json(&document));
        return Ok(Exit::InStep);
    }
    let teller = Teller { paper: Paper::stdout(), now };
    let many = document.targets.len().max(document.files.len()) > TOLD;
    put!("{}", if many { teller.list(&document) } else { teller.all(&document) });
    Ok(Exit::InStep)
}

impl Document {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.targets.is_empty() && self.now.is_none()
    }
}

/// What the ledger knows. What is named exactly outdoes what holds the name as a part.
fn found(config: &Config, reader: &Reader, what: &str, now: Timestamp) -> Result<Document, Trouble> {
    let remembered = reader.remembered(now)?;
    let mut rows = exact(reader.targets(what)?, |row: &TargetRow| names(what, &row.label, row.path.as_ref(), Some(&row.target)));
    // Whose file is gone is known by that file all the same.
    let by_path = remembered.gone.iter().filter(|gone| gone.path.as_str() == what);
    for gone in by_path.filter(|gone| !rows.iter().any(|row| row.target == gone.target)).collect::<Vec<_>>() {
        rows.extend(reader.targets(&gone.target.to_string())?);
    }
    let removes = config.removal.delete;
    let due_at = |since: Timestamp| since.plus(config.removal.grace).max(remembered.locked_until.unwrap_or_default());
    let gone: HashMap<&TargetId, GoneStory> = remembered
        .gone
        .iter()
        .filter(|gone| !gone.under_way)
        .map(|gone| {
            let due_at = removes.then(|| due_at(gone.since));
            (&gone.target, GoneStory { path: gone.path.to_string(), since: gone.since, due_at })
        })
        .collect();
    let mut files = exact(reader.files(what)?, |file: &KnownFile| {
        names(what, file.label.as_deref().unwrap_or_default(), Some(&file.path), file.target.as_ref())
    });
    // A file that another one speaks for is told with that one.
    for target in files.iter().filter(|file| file.held.is_none()).filter_map(|file| file.target.as_ref()) {
        if !rows.iter().any(|row| row.target == *target) {
            rows.extend(reader.targets(&target.to_string())?);
        }
    }
    for row in &rows {
        let Some(path) = row.path.as_ref().filter(|path| !files.iter().any(|file| file.path == **path)) else { continue };
        files.extend(reader.files(path.as_str())?.into_iter().filter(|file| file.path == *path));
    }
    let story = |row: TargetRow| {
        let tries = reader.attempts(&row.target, TRIES)?;
        let gone = gone.get(&row.target).cloned();
        let backups = reader.backups(&row.target)?;
        Ok::<_, Trouble>(TargetStory::of(row, gone, backups, tries))
    };
    let targets = rows.into_iter().map(story).collect::<Result<_, _>>()?;
    Ok(Document { files: files.iter().map(Into::into).collect(), targets, now: None })
}

/// Those that fit exactly, or all if none does.
fn exact<T>(rows: Vec<T>, fits: impl Fn(&T) -> bool) -> Vec<T> {
    if rows.iter().any(&fits) { rows.into_iter().filter(fits).collect() } else { rows }
}

fn names(what: &str, label: &str, path: Option<&SourcePath>, target: Option<&TargetId>) -> bool {
    label.eq_ignore_ascii_case(what)
        || path.is_some_and(|path| path.as_str() == what)
        || target.is_some_and(|target| {
            target.to_string() == what || target.object_id().is_some_and(|id| id.as_str().eq_ignore_ascii_case(what))
        })
}

/// The path below the source that a word means, if a file lies there: as it is, from here, or from the root.
fn below(config: &Config, what: &str) -> Option<SourcePath> {
    let root = &config.source.root;
    if let Some(path) = SourcePath::new(what).ok().filter(|path| root.join(path.as_str()).is_file()) {
        return Some(path);
    }
    let here = std::path::absolute(Path::new(what)).ok().filter(|path| path.is_file())?;
    SourcePath::new(here.strip_prefix(root).ok()?.to_str()?).ok()
}

/// What the rules make of a file now. Nobody is asked.
async fn as_it_is(config: &Config, path: &SourcePath) -> Result<Option<NowStory>, Trouble> {
    let mut config = config.clone();
    // Only rules and table are read: no tenant is asked, and no secret is needed.
    config.graph.cloud = CloudName::Emulator;
    let built = setup::built(&config, &Clock::system()).await?;
    let Some(found) = built.engine.file_now(path)? else { return Ok(None) };
    let (rule, target, problem) = match found.claim {
        _ if found.ignored.is_some() => (None, None, None),
        None => (None, None, None),
        Some(Ok(claim)) => (Some(claim.rule.to_string()), Some(claim.reference.label()), None),
        Some(Err(problem)) => (None, None, Some(Held::of(&problem, None))),
    };
    let ignored_by = found.ignored.map(|why| why.to_string());
    Ok(Some(NowStory {
        path: path.to_string(),
        size: found.size,
        ignored: ignored_by.is_some(),
        ignored_by,
        rule,
        target,
        problem,
    }))
}

/// The object ids of whoever has this sign-in name or mail address.
async fn by_directory(config: &Config, what: &str) -> Result<Vec<String>, Trouble> {
    if config.graph.cloud == CloudName::Emulator {
        return Ok(Vec::new());
    }
    let built = setup::built(config, &Clock::system()).await?;
    let named = [Property::UserPrincipalName, Property::Mail].map(|property| Reference::new(TargetKind::User, property, what));
    let found = built.engine.graph.resolve(&named).await;
    let found = found.map_err(|failure| Trouble::new(Exit::Held, failure.to_string()))?;
    let mut ids: Vec<String> = found.into_iter().flatten().map(|object| object.id).collect();
    ids.sort();
    ids.dedup();
    Ok(ids)
}

/// What to say where nothing is known.
fn unknown(config: &Config, what: &str, asked: &str) -> String {
    let rules: Vec<&str> = config.mapping.rules.names().map(AsRef::as_ref).collect();
    let rules = if rules.is_empty() { String::new() } else { format!(" Rules take files named {}.", rules.join(", ")) };
    format!(
        "nothing is known of {what:?}: no file below {} is called so, and no pass has seen a file for anybody of that name.{asked}{rules} \
         Give a path below the source, an object id, or a part of the name as the file spells it",
        config.source.root.display()
    )
}
