//! References to users, groups and teams become objects: batches first, then alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::super::{Class, Client, Failure};
use super::asker::Asker;
use super::pages::MATCHES;
use super::question::{Collection, DirectoryQuery};
use super::wire::{DirectoryEntry, OnlyId, fold, near, same};
use crate::model::{DirectoryObject, Property, Reference, TargetKind};

/// The objects a reference may mean, or why it could not be asked.
pub(super) type LookupResult = Result<Vec<DirectoryObject>, Failure>;

/// One value of one property, however many references name it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Wanted {
    collection: Collection,
    property: Property,
    folded: String,
}

impl Client {
    /// Asks the directory which objects the references name. Answers stand in the order of the references; an empty
    /// one means that the directory knows no such object, several that the name is ambiguous.
    ///
    /// Waits as told while Graph throttles, five minutes at most over all. The first failure ends it; see
    /// [`Client::resolve_each`] for failures that concern single kinds or mailboxes.
    pub(crate) async fn resolve(&self, references: &[Reference]) -> Result<Vec<Vec<DirectoryObject>>, Failure> {
        self.resolve_each(references)
            .await
            .into_iter()
            .map(|found| match found {
                // The mailbox of one owner; the others' contacts are still good.
                Err(failure) if failure.class == Class::NoMailbox => Ok(Vec::new()),
                found => found,
            })
            .collect()
    }

    /// As [`Client::resolve`], with a failure for each reference that could not be asked: a missing permission for
    /// groups leaves users standing.
    pub(crate) async fn resolve_each(&self, references: &[Reference]) -> Vec<LookupResult> {
        self.resolve_by(&Asker::new(self), references).await
    }

    /// The same, but a wait that Graph asks for is a failure that says so, unless it is over in a moment.
    pub(crate) async fn resolve_soon(&self, references: &[Reference]) -> Vec<LookupResult> {
        self.resolve_by(&Asker::impatient(self), references).await
    }

    async fn resolve_by(&self, asker: &Asker<'_>, references: &[Reference]) -> Vec<LookupResult> {
        let mut found: HashMap<String, LookupResult> = HashMap::with_capacity(references.len());
        let mut unique: Vec<Reference> = Vec::new();
        for reference in references {
            found.entry(reference.key()).or_insert_with(|| {
                unique.push(reference.clone());
                Ok(Vec::new())
            });
        }
        let (contacts, objects): (Vec<_>, Vec<_>) =
            unique.into_iter().partition(|reference| reference.kind == TargetKind::Contact);
        for (reference, answer) in asker.objects(objects).await {
            found.insert(reference.key(), answer);
        }
        if !contacts.is_empty() {
            for (reference, answer) in asker.contacts(contacts).await {
                found.insert(reference.key(), answer);
            }
        }
        references.iter().map(|reference| found.get(&reference.key()).cloned().unwrap_or_else(|| Ok(Vec::new()))).collect()
    }
}

impl Asker<'_> {
    /// Objects of users, groups, teams and the signed-in user.
    pub(super) async fn objects(&self, references: Vec<Reference>) -> Vec<(Reference, LookupResult)> {
        let answers = self.values(&references).await;
        let answered = references.into_iter().map(|reference| {
            let answer = match wanted(&reference) {
                _ if reference.kind == TargetKind::Me => self.is_person().map(|()| vec![me()]),
                Some(wanted) => answers.get(&wanted).cloned().unwrap_or_else(|| Ok(Vec::new())),
                None => Ok(Vec::new()),
            };
            async move {
                let answer = if reference.kind == TargetKind::Team { self.confirm_teams(answer).await } else { answer };
                (reference, answer)
            }
        });
        stream::iter(answered.collect::<Vec<_>>()).buffered(self.in_flight).collect().await
    }

    /// Asks each distinct value once.
    async fn values(&self, references: &[Reference]) -> HashMap<Wanted, LookupResult> {
        let groups = group(references);
        let batches = groups.iter().flat_map(|((collection, property), values)| {
            DirectoryQuery::batches(*collection, *property, values.values().cloned().collect())
        });
        let answers = stream::iter(batches.map(|batch| self.batch(batch)).collect::<Vec<_>>());
        let answers: Vec<Vec<(Wanted, LookupResult)>> = answers.buffer_unordered(self.in_flight).collect().await;
        let mut found: HashMap<Wanted, LookupResult> = answers.into_iter().flatten().collect();
        let mut alone: Vec<DirectoryQuery> = Vec::new();
        for ((collection, property), values) in groups {
            for (folded, value) in values {
                if !found.contains_key(&Wanted { collection, property, folded }) {
                    alone.push(DirectoryQuery { collection, property, values: vec![value] });
                }
            }
        }
        let answers = stream::iter(alone.into_iter().map(|question| self.alone(question)).collect::<Vec<_>>());
        let answers: Vec<(Wanted, LookupResult)> = answers.buffer_unordered(self.in_flight).collect().await;
        found.extend(answers);
        found
    }

    /// Answers for those values of a batch that were found or could not be asked; the others are to be asked alone.
    async fn batch(&self, batch: DirectoryQuery) -> Vec<(Wanted, LookupResult)> {
        if batch.values.len() == 1 {
            return vec![self.alone(batch).await];
        }
        let advanced = batch.advanced();
        let result =
            self.all::<DirectoryEntry>(&batch.url(self.root(), advanced), batch.collection.kind(), advanced, MATCHES).await;
        let wanted = |value: &str| Wanted { collection: batch.collection, property: batch.property, folded: fold(value) };
        match result {
            Ok(entries) => {
                let mut by_value: HashMap<Wanted, Vec<DirectoryObject>> = HashMap::new();
                let asked: Vec<String> = batch.values.iter().map(|value| fold(value)).collect();
                // One without a usable id is asked about alone, and told then.
                for object in entries.into_iter().filter_map(DirectoryEntry::into_object) {
                    let Some(value) = object.value_of(batch.property).map(fold) else { continue };
                    if asked.contains(&value) {
                        add(by_value.entry(wanted(&value)).or_default(), object);
                    }
                }
                by_value.into_iter().map(|(wanted, objects)| (wanted, Ok(objects))).collect()
            }
            // Not this server's way of asking: each alone.
            Err(failure) if was_refused(&failure) || not_this_way(&failure) => Vec::new(),
            Err(failure) => batch.values.iter().map(|value| (wanted(value), Err(failure.clone()))).collect(),
        }
    }

    /// The final answer for one value.
    async fn alone(&self, question: DirectoryQuery) -> (Wanted, LookupResult) {
        let value = question.values.first().cloned().unwrap_or_default();
        let wanted = Wanted { collection: question.collection, property: question.property, folded: fold(&value) };
        (wanted, self.alone_objects(&question, &value).await)
    }

    async fn alone_objects(&self, question: &DirectoryQuery, value: &str) -> LookupResult {
        let kind = question.collection.kind();
        if matches!(
            (question.collection, question.property),
            (_, Property::Id) | (Collection::Users, Property::UserPrincipalName)
        ) {
            let Some(url) = question.direct_url(self.root()) else { return Ok(Vec::new()) };
            return match self.one::<DirectoryEntry>(&url, kind).await {
                Ok(entry) => Ok(vec![believed(entry, question.property, value)?]),
                Err(failure) if failure.is_absence() => Ok(Vec::new()),
                Err(failure) => Err(failure),
            };
        }
        let advanced = question.advanced();
        let mut result = self.all::<DirectoryEntry>(&question.url(self.root(), advanced), kind, advanced, MATCHES).await;
        if !advanced && result.as_ref().is_err_and(was_refused) {
            // Some properties of some objects can be filtered in the advanced form only.
            result = self.all::<DirectoryEntry>(&question.url(self.root(), true), kind, true, MATCHES).await;
        }
        let mut found = Vec::new();
        for entry in result? {
            match believed(entry, question.property, value) {
                Ok(object) => add(&mut found, object),
                // A filter that compares more loosely than names are told apart.
                Err(Odd { near: true, .. }) => {}
                Err(odd) => return Err(odd.into()),
            }
        }
        Ok(found)
    }

    /// Some old teams lack the mark on their group: an object marked as no team is asked once more by its address.
    async fn confirm_teams(&self, answer: LookupResult) -> LookupResult {
        let mut objects = answer?;
        for object in objects.iter_mut().filter(|object| object.team == Some(false)) {
            let mut url = format!("{}/teams", self.root());
            super::super::path::push_segment(&mut url, &object.id);
            url.push_str("?$select=id");
            match self.one::<OnlyId>(&url, TargetKind::Team).await {
                Ok(team) if team.id.eq_ignore_ascii_case(&object.id) => object.team = Some(true),
                Ok(_) => return Err(Failure::odd("names another team than the one that was asked for")),
                Err(failure) if failure.is_absence() => {}
                Err(failure) if failure.class == Class::KindForbidden => object.team = None,
                Err(failure) => return Err(failure),
            }
        }
        Ok(objects)
    }
}

/// Distinct values by where and how they are asked for.
fn group(references: &[Reference]) -> BTreeMap<(Collection, Property), BTreeMap<String, Arc<str>>> {
    let mut groups: BTreeMap<(Collection, Property), BTreeMap<String, Arc<str>>> = BTreeMap::new();
    for reference in references {
        if let Some(wanted) = wanted(reference) {
            let group = groups.entry((wanted.collection, wanted.property)).or_default();
            group.entry(wanted.folded).or_insert_with(|| Arc::clone(&reference.value));
        }
    }
    groups
}

/// What to ask for; nothing for a reference that no object can have.
fn wanted(reference: &Reference) -> Option<Wanted> {
    let collection = Collection::of(reference.kind)?;
    let possible = reference.property.fits(reference.kind) && !reference.value.is_empty();
    possible.then(|| Wanted { collection, property: reference.property, folded: fold(&reference.value) })
}

fn me() -> DirectoryObject {
    DirectoryObject { id: "me".to_owned(), ..DirectoryObject::default() }
}

/// Why an object of an answer is not believed.
struct Odd {
    why: &'static str,
    /// Its value is the one that was asked for, but for accents.
    near: bool,
}

impl From<Odd> for Failure {
    fn from(found: Odd) -> Self {
        Failure::odd(found.why)
    }
}

/// The object of an answer, if it can be the one that was asked for: it has a usable id, and the value that it was asked
/// for by. A server that ignores a filter, or mixes up answers, must neither give somebody another's face nor make
/// somebody missing.
fn believed(entry: DirectoryEntry, property: Property, wanted: &str) -> Result<DirectoryObject, Odd> {
    let Some(object) = entry.into_object() else {
        return Err(Odd { why: "names an object without a usable id", near: false });
    };
    match object.value_of(property) {
        Some(have) if same(have, wanted) => Ok(object),
        have => {
            let near = have.is_some_and(|have| near(have, wanted));
            Err(Odd { why: "names another object than the one that was asked for", near })
        }
    }
}

/// Adds an object once; pages may repeat.
fn add(objects: &mut Vec<DirectoryObject>, object: DirectoryObject) {
    if !objects.iter().any(|known| known.id.eq_ignore_ascii_case(&object.id)) {
        objects.push(object);
    }
}

/// The server does not understand this way of asking. A refused sign-in has statuses of its own.
pub(super) fn was_refused(failure: &Failure) -> bool {
    matches!(failure.status, Some(400 | 501)) && matches!(failure.class, Class::Bug | Class::Transient)
}

/// A question for many failed in a way that may be its own; each is then asked alone.
fn not_this_way(failure: &Failure) -> bool {
    matches!(failure.status, Some(200..=299 | 404 | 405 | 500))
        && matches!(failure.class, Class::Bug | Class::Transient | Class::FewTries | Class::TargetMissing)
}
