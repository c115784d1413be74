//! `explain`: the state and history of one file or target.

mod render;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use unicode_normalization::UnicodeNormalization;

use super::args::{ExplainArgs, GlobalArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::screen::Screen;
use super::terminal::TextStyle;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{CloudName, Config, scanner, tenant};
use crate::files::is_file;
use crate::graph::{Class, Failure};
use crate::ledger::{OpenError, Reader};
use crate::model::{Problem, Property, Reason, Reference, SourcePath, TargetKind, TargetQuery, did_you_mean, near};
use crate::plan::Holds;
use crate::source::size_of;
use crate::status::{FileStory, HeldItem, SourceFile, StandingHalt, Stories};
use render::Renderer;

/// More stories than these are listed, not told.
const TOLD: usize = 3;

pub(super) async fn run(global: &GlobalArgs, options: &ExplainArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let now = Clock::system().now();
    let path = below(&config, &options.what);
    let what = path.as_ref().map_or(options.what.as_str(), SourcePath::as_str);
    // A file may be asked for before there is a ledger.
    let reader = match setup::own_reader(&config) {
        Err(error) if path.is_some() && !matches!(error, OpenError::OtherTenant { .. }) => None,
        reader => Some(reader?),
    };
    let removes = config.removal.delete;
    let grace = removes.then_some(config.removal.grace);
    let mut stories = Stories::default();
    if let Some(reader) = &reader {
        stories = Stories::read(reader, &TargetQuery::new(what), grace, now)?;
    }
    if let Some(path) = &path {
        let is_claimed =
            |file: &FileStory| file.reference.is_some() && file.held.as_ref().is_none_or(|held| held.reason != Reason::Unmatched);
        let told = stories.files.iter().any(|file| file.path == path.as_str() && is_claimed(file));
        // What a pass saw before the settings passed it over tells nothing of what comes next.
        stories.now = as_it_is(&config, path)?.filter(|now| !told || now.ignored);
    }
    let mut asked = String::new();
    if let Some(reader) = reader.as_ref().filter(|_| stories.is_empty() && !what.contains('/')) {
        match by_directory(&config, what).await {
            Ok((found, forbidden)) => {
                for (id, _) in &found {
                    let more = Stories::read(reader, &TargetQuery::new(id), grace, now)?;
                    stories.files.extend(more.files);
                    stories.targets.extend(more.targets);
                }
                let known: Vec<&str> = found.iter().map(|(_, shown)| shown.as_str()).collect();
                asked = match known.as_slice() {
                    [] if config.graph.cloud == CloudName::Emulator => String::new(),
                    [] => nobody(&forbidden),
                    known => format!(
                        " The directory knows {}, but no file identifies it. A file that no pass has seen yet does not count: name \
                         it by its path.",
                        known.join(", ")
                    ),
                };
                asked.extend(
                    forbidden
                        .iter()
                        .map(|(kind, failure)| format!(" It could not be asked about {kind}s: {failure}. {}", failure.cure)),
                );
            }
            Err(trouble) => asked = format!(" The directory could not be asked: {trouble}."),
        }
    }
    if stories.is_empty() {
        if let Some(reader) = &reader {
            asked = unusable(reader, what)? + &asked;
        }
        let names = reader.as_ref().map_or(Ok(Vec::new()), Reader::all_names)?;
        let meant = did_you_mean(&near(what, names.iter().map(String::as_str)));
        return Err(CliError::new(Exit::Usage, unknown(&config, &options.what, &format!("{meant}{asked}"))));
    }
    if global.json {
        say!("{}", text::json(&stories));
        return Ok(Exit::InStep);
    }
    if stories.now.as_ref().is_some_and(|now| stories.files.iter().any(|file| tells_the_same(file, now))) {
        stories.now = None;
    }
    let style = TextStyle::stdout();
    for words in doubts(&config, reader.as_ref(), &stories)? {
        put!("{}", style.paragraph("", &words));
    }
    let renderer = Renderer { style, now };
    let many = stories.targets.len().max(stories.files.len()) > TOLD;
    put!("{}", if many { renderer.list(&stories) } else { renderer.all(&stories) });
    Ok(Exit::InStep)
}

/// Whether a pass saw what a look sees now: that no rule claims the file.
fn tells_the_same(told: &FileStory, now: &SourceFile) -> bool {
    let unmatched = told.held.as_ref().is_some_and(|held| held.reason == Reason::Unmatched);
    told.path == now.path && unmatched && now.rule.is_none() && now.problem.is_none() && !now.ignored
}

/// What may have changed since the ledger was written.
fn doubts(config: &Config, reader: Option<&Reader>, stories: &Stories) -> Result<Vec<String>, CliError> {
    let mut doubts = Vec::new();
    let halt = reader.map(StandingHalt::read).transpose()?.flatten();
    if let Some(halt) = halt.filter(|halt| halt.holds() == Holds::Everything) {
        doubts.push(format!(
            "Everything is halted by the guard ({}) since pass {}: what has changed since is not told here; `photosyncd plan` shows it.",
            halt.guard(),
            halt.pass()
        ));
    }
    for file in stories.files.iter().take(TOLD) {
        let path = SourcePath::new(&file.path).ok().filter(|path| !path.is_default_picture());
        let Some(path) = path else { continue };
        match as_it_is(config, &path) {
            Ok(Some(now)) if now.size != file.size => {
                doubts.push(format!("{path} has changed since a pass saw it last: the next one looks at it again."));
            }
            Ok(None) => doubts.push(format!("{path} is not there any more: the next pass will find it gone.")),
            // What keeps the source from being looked at, a pass and `doctor` tell.
            Ok(Some(_)) | Err(_) => {}
        }
    }
    Ok(doubts)
}

/// A file that isn't told of within this time is not one that was meant.
const PATIENCE: Duration = Duration::from_secs(10);

/// The path below the source that a word means, if a file lies there: as it is, from here, or from the root.
fn below(config: &Config, what: &str) -> Option<SourcePath> {
    let root = &config.source.root;
    if let Some(path) = SourcePath::new(what).ok().filter(|path| size_of(&config.source, path).is_some()) {
        return Some(path);
    }
    let here = std::path::absolute(Path::new(what)).ok().filter(|path| is_file(path, PATIENCE))?;
    SourcePath::new(here.strip_prefix(root).ok()?.to_str()?).ok()
}

/// What the rules make of a file now. Nobody is asked.
fn as_it_is(config: &Config, path: &SourcePath) -> Result<Option<SourceFile>, CliError> {
    let Some(found) = scanner(config, &Clock::system()).file_status(path)? else { return Ok(None) };
    let (rule, target, problem) = match found.claim {
        _ if found.ignored.is_some() => (None, None, None),
        None => (None, None, None),
        Some(Ok(claim)) => (Some(claim.rule.to_string()), Some(claim.reference.label()), None),
        Some(Err(problem)) => (None, None, Some(HeldItem::new(&problem))),
    };
    let ignored_by = found.ignored.map(|why| why.to_string());
    Ok(Some(SourceFile {
        path: path.to_string(),
        size: found.size,
        ignored: ignored_by.is_some(),
        ignored_by,
        rule,
        target,
        problem,
    }))
}

/// What the directory knows: the object id of each, and what people call it. And the kinds that it may not be asked about.
type Known = (Vec<(String, String)>, BTreeMap<TargetKind, Failure>);

/// Whoever goes by this name in the directory, whatever property it is.
async fn by_directory(config: &Config, what: &str) -> Result<Known, CliError> {
    if config.graph.cloud == CloudName::Emulator {
        return Ok(Known::default());
    }
    let tenant = tenant(config, &Clock::system(), &setup::env, None).await?;
    // A name copied from a Mac may have its marks apart.
    let what = &*what.nfc().collect::<String>();
    let properties: &[Property] = if what.contains('@') {
        &[Property::UserPrincipalName, Property::Mail]
    } else {
        &[Property::DisplayName, Property::EmployeeId, Property::OnPremisesSamAccountName, Property::MailNickname]
    };
    let users = properties.iter().map(|property| Reference::new(TargetKind::User, *property, what));
    let groups = properties.iter().filter(|property| property.fits(TargetKind::Group));
    let groups = groups.map(|property| Reference::new(TargetKind::Group, *property, what));
    let named: Vec<Reference> = users.chain(groups).collect();
    let answers = tenant.graph.resolve_soon(&named).await;
    let (mut found, mut forbidden) = Known::default();
    for (reference, answer) in named.iter().zip(answers) {
        match answer {
            Ok(objects) => found.extend(objects.into_iter().map(|object| {
                let name = object.user_principal_name.or(object.mail).or(object.display_name);
                let shown = name.map_or_else(String::new, |name| format!("{name}, "));
                (object.id.clone(), format!("{shown}object id {}", object.id))
            })),
            // Whoever may not ask for groups is told of people all the same.
            Err(failure) if failure.class == Class::KindForbidden => {
                forbidden.entry(reference.kind).or_insert(failure);
            }
            Err(failure) => return Err(CliError::new(Exit::Held, failure.to_string())),
        }
    }
    found.sort();
    found.dedup();
    Ok((found, forbidden))
}

/// What the last look at everything says of a name that is none of a photo: a row of the table, a name that can't be read.
fn unusable(reader: &Reader, what: &str) -> Result<String, CliError> {
    let unusable = reader.unusable()?;
    let named =
        unusable.iter().filter(|(place, problem)| place.ends_with(what) || problem.detail.contains(&format!("\"{what}\"")));
    let words = named.take(TOLD).map(|(place, problem)| {
        let Problem { reason, detail, cure } = problem;
        format!(" The last look at everything says of {place}: {detail} ({reason}). {cure}")
    });
    Ok(words.collect())
}

/// What to say where nobody was found, of the kinds that were asked about.
fn nobody(forbidden: &BTreeMap<TargetKind, Failure>) -> String {
    let who = match [TargetKind::User, TargetKind::Group].map(|kind| forbidden.contains_key(&kind)) {
        [false, false] => "nobody",
        [false, true] => "no user",
        [true, false] => "no group",
        [true, true] => return String::new(),
    };
    format!(" The directory knows {who} by that sign-in name, mail address, number, account or display name either.")
}

/// What to say where nothing is known.
fn unknown(config: &Config, what: &str, asked: &str) -> String {
    let rules: Vec<&str> = config.mapping.rules.names().map(AsRef::as_ref).collect();
    let rules = if rules.is_empty() { String::new() } else { format!(" Rules match files named {}.", rules.join(", ")) };
    format!(
        "nothing is known of {what:?}: there is no such file below {}, and no pass has seen a file for that name.{asked}{rules} \
         Give a path below the source, an object id, or a part of the name as the file spells it",
        config.source.root.display()
    )
}
