//! An export from start to end: who is in scope, their photos, the tables.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::{self, Receiver};

use super::error::ExportError;
use super::file_names::{FileNames, distinct};
use super::folder::Folder;
use super::journal::Asked;
use super::person::Person;
use super::tables::{self, PHOTOS, WITHOUT};
use crate::delivery::{PhotoAnswer, PhotoQuestion, ReadEnd, Shown, Until, Uploader};
use crate::lookup::{Directory, ScopeError};
use crate::model::{DirectoryObject, ObjectId, OwnNames, Problem, Reason, Stopped, TargetId};

/// The word for whoever's photo could not be written.
const NOT_WRITTEN: &str = "not_written";
/// Photos that may wait to be written.
const WAITING: usize = 16;

/// What to export, and where to.
#[derive(Clone, Debug)]
pub(crate) struct ExportSettings {
    /// The directory.
    pub out: PathBuf,
    /// How files are named.
    pub names: FileNames,
    /// Width and height in pixels; none: as large as there is.
    pub size: Option<u16>,
    /// Only members of these groups; everybody in scope if there are none.
    pub scope: Vec<String>,
    /// People to whom the default picture of a group was given, and what Graph called it: it is told apart from a photo of
    /// their own.
    pub defaults: HashMap<TargetId, OwnNames>,
    /// Which tenant, so that two are never mixed.
    pub tenant: String,
}

/// What an export came to. The counts of people add up.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExportEnd {
    /// People in scope.
    pub people: usize,
    /// With a photo in a file.
    pub exported: usize,
    /// Of these, by an earlier run that was cut off.
    pub resumed: usize,
    /// Without a photo in Microsoft 365.
    pub without_photo: usize,
    /// Of whom it could not be said, or whose photo could not be written.
    pub unknown: usize,
    /// Not asked about, since the run ended early.
    pub not_asked: usize,
    /// Accounts that the directory listed in a way that can't be read: nobody knows who they are.
    pub unlisted: usize,
    /// Files of an earlier export that were removed, since they are nobody's now.
    pub removed: usize,
    /// The next run resumes this one.
    pub is_open: bool,
    /// How the questions ended.
    pub read: ReadEnd,
    /// Why nothing can be said of somebody, or their photo could not be written.
    pub problems: Vec<Unsaid>,
}

/// Somebody of whom nothing can be said.
#[derive(Clone, Debug)]
pub(crate) struct Unsaid {
    /// Their sign-in name.
    pub name: String,
    /// Whose photo.
    pub target: TargetId,
    /// Why.
    pub problem: Problem,
}

/// Told how many of how many people are known.
pub(crate) type Tell = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// The word for the table, and why.
type Problems = HashMap<ObjectId, (&'static str, Problem)>;

/// Exports.
pub(crate) async fn export(
    uploader: &Uploader,
    settings: ExportSettings,
    until: &Until,
    tell: Tell,
) -> Result<ExportEnd, ExportError> {
    let began = uploader.clock.elapsed();
    let (out, tenant) = (settings.out.clone(), settings.tenant.clone());
    // Whether it can be written there is known before anybody is asked.
    let mut folder = blocking(move || Folder::open(&out, &tenant)).await?;
    let (people, unlisted) = match until.unless_stopped(people(&uploader.directory, &settings)).await {
        Ok(people) => people?,
        Err(stopped) => {
            let read = ReadEnd { stopped: Some(stopped), ..ReadEnd::default() };
            return Ok(ExportEnd { read, ..ExportEnd::default() });
        }
    };
    let ExportSettings { names, size, scope, tenant, mut defaults, .. } = settings;
    let asked = Asked { tenant, name: names.to_string(), size, scope };
    let people = Arc::new(people);
    let in_scope = Arc::clone(&people);
    let (folder, todo) = blocking(move || {
        let ids: HashSet<ObjectId> = in_scope.iter().map(|person| person.id.clone()).collect();
        folder.begin(asked, &ids, &[PHOTOS, WITHOUT])?;
        let todo = todo(&folder, &in_scope);
        Ok((folder, todo))
    })
    .await?;
    let resumed = folder.people().values().flatten().count();
    let targets: Vec<TargetId> = todo.iter().map(|(id, _)| TargetId::User(id.clone())).collect();
    let (sender, receiver) = mpsc::channel(WAITING);
    let counted = people.len() - todo.len();
    let progress = (tell, counted, people.len());
    let writing = tokio::task::spawn_blocking(move || write(folder, todo, receiver, &progress));
    let question = size.map_or(PhotoQuestion::Photo, PhotoQuestion::Size);
    let left = until.max_duration.map(|span| span.saturating_sub(uploader.clock.elapsed().saturating_sub(began)));
    let until = Until { max_duration: left, ..until.clone() };
    let read = uploader.read_photos(targets, question, &until, sender).await;
    let (folder, problems) = writing.await.map_err(ExportError::Panicked)??;
    let end = ExportEnd { resumed, unlisted, read, ..ExportEnd::default() };
    if end.read.stopped.is_none() {
        defaults.retain(|target, _| target.object_id().is_some_and(|id| matches!(folder.people().get(id), Some(Some(_)))));
        keep_ours(uploader, &mut defaults, &until).await;
    }
    let defaults = defaults.into_keys().filter_map(|target| target.object_id().cloned()).collect();
    blocking(move || finish(folder, (&people, &defaults), &problems, end)).await
}

/// Leaves out those who show another photo by now, as far as that is said: a person may put up their own at any time.
async fn keep_ours(uploader: &Uploader, defaults: &mut HashMap<TargetId, OwnNames>, until: &Until) {
    let shown = uploader.shown(defaults.clone(), until).await.unwrap_or_default();
    defaults.retain(|target, _| shown.get(target) != Some(&Shown::Another));
}

/// Everybody in scope, sorted by sign-in name, and how many accounts can't be read.
async fn people(directory: &Directory, settings: &ExportSettings) -> Result<(Vec<Person>, usize), ExportError> {
    let failed = |error| match error {
        ScopeError::Halt(halt) => ExportError::Scope(halt),
        ScopeError::Directory(failure) => ExportError::Directory(failure),
    };
    let mut members: Option<HashSet<ObjectId>> = None;
    for group in &settings.scope {
        let of_group = directory.members_of(group, &format!("--scope {group:?}")).await;
        members.get_or_insert_default().extend(of_group.map_err(|error| match error {
            ScopeError::Halt(halt) => ExportError::Group(halt.message),
            error @ ScopeError::Directory(_) => failed(error),
        })?);
    }
    let mut people = Vec::new();
    let take = |object: DirectoryObject| {
        let id = ObjectId::new(&object.id);
        if members.as_ref().is_none_or(|members| members.contains(&id)) {
            let stem = settings.names.stem(&object);
            let display_name = object.display_name.unwrap_or_default();
            people.push(Person { id, name: object.user_principal_name.unwrap_or(object.id), display_name, stem });
        }
    };
    let unlisted = directory.people(take).await.map_err(failed)?;
    people.sort_unstable_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    Ok((people, unlisted))
}

/// Whom to ask about, with the names of their files: as if everybody were asked, so that a resumed export gives the same
/// names, and none that somebody's file has already.
fn todo(folder: &Folder, people: &[Person]) -> Vec<(ObjectId, String)> {
    let mut names: Vec<(ObjectId, String)> = people.iter().map(|person| (person.id.clone(), person.stem.clone())).collect();
    distinct(&mut names, []);
    names.retain(|(id, _)| !folder.people().contains_key(id));
    let given = folder.people().values().flatten();
    distinct(&mut names, given.map(|name| Path::new(name).with_extension("").to_string_lossy().into_owned()));
    names
}

/// Writes what is answered, until there is nothing more; says of whom nothing is known, and why. Blocks.
fn write(
    mut folder: Folder,
    todo: Vec<(ObjectId, String)>,
    mut answers: Receiver<(TargetId, PhotoAnswer)>,
    (tell, known, all): &(Tell, usize, usize),
) -> Result<(Folder, Problems), ExportError> {
    let stems: HashMap<ObjectId, String> = todo.into_iter().collect();
    let mut problems = HashMap::new();
    let mut known = *known;
    while let Some((target, answer)) = answers.blocking_recv() {
        let TargetId::User(id) = target else { continue };
        let stem = stems.get(&id).map_or(id.as_str(), String::as_str);
        match answer {
            PhotoAnswer::Photo(photo) => match folder.add(&id, stem, &photo.bytes) {
                Ok(()) => {}
                // It is somebody's own file, say: the others are exported all the same.
                Err(ExportError::Output(error)) if error.is_of_one_file() => {
                    let cure = "Move that file away and run the export again: only what is still open is read then. Or export \
                                into another directory (--out).";
                    let problem = Problem::new(Reason::FileUnreadable, error.to_string()).with_cure(cure);
                    problems.insert(id, (NOT_WRITTEN, problem));
                }
                Err(error) => return Err(error),
            },
            PhotoAnswer::Nothing => folder.add_nobody(&id)?,
            PhotoAnswer::Unknown(problem) => {
                problems.insert(id, ("unknown", problem));
            }
            // That was not asked.
            PhotoAnswer::There | PhotoAnswer::Named(_) => continue,
        }
        known += 1;
        tell(known, *all);
    }
    Ok((folder, problems))
}

/// Writes the tables, and what there is left to do when everybody is known. Blocks.
fn finish(
    mut folder: Folder,
    (people, defaults): (&[Person], &HashSet<ObjectId>),
    problems: &Problems,
    mut end: ExportEnd,
) -> Result<ExportEnd, ExportError> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for person in people {
        match (folder.people().get(&person.id), problems.get(&person.id)) {
            (Some(Some(file)), _) => with.push((person, file.as_str(), defaults.contains(&person.id))),
            (Some(None), _) => without.push((person, "none", "")),
            (None, Some((word, problem))) => {
                without.push((person, *word, problem.detail.as_str()));
                let target = TargetId::User(person.id.clone());
                end.problems.push(Unsaid { name: person.name.clone(), target, problem: problem.clone() });
            }
            (None, None) => without.push((person, "not_asked", "")),
        }
    }
    (end.people, end.exported, end.unknown) = (people.len(), with.len(), end.problems.len());
    end.without_photo = without.iter().filter(|(_, word, _)| *word == "none").count();
    end.not_asked = end.people - end.exported - end.without_photo - end.unknown;
    // Everybody was asked, and some were answered by an earlier run: a few refusals are no lost permission.
    if end.read.stopped == Some(Stopped::SignIn) && end.not_asked == 0 && end.exported + end.without_photo > 0 {
        end.read = ReadEnd::default();
    }
    let (photos, without) = (tables::photos(with.into_iter()), tables::without(without.into_iter()));
    folder.table(PHOTOS, &photos)?;
    folder.table(WITHOUT, &without)?;
    // What only another run can tell, or write, keeps it open.
    let waits = |(word, problem): &(&str, Problem)| *word == NOT_WRITTEN || problem.reason.is_passing();
    let was_whole = end.not_asked == 0 && end.read.stopped.is_none();
    end.is_open = !was_whole || end.unlisted > 0 || problems.values().any(waits);
    // Nobody in scope is more likely a mistake than news.
    if was_whole && end.people > 0 && end.unlisted == 0 {
        let pending = people.iter().map(|person| &person.id).filter(|id| !folder.people().contains_key(id)).collect();
        end.removed = folder.tidy(&pending)?;
        if !end.is_open {
            folder.done()?;
        }
    }
    Ok(end)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ExportError> + Send + 'static) -> Result<T, ExportError> {
    tokio::task::spawn_blocking(work).await.map_err(ExportError::Panicked)?
}
