//! References to users, groups and teams become objects: batches first, then alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::super::{Class, Client, Failure};
use super::asker::Asker;
use super::attribute::{Filtering, filtering};
use super::collection::Collection;
use super::pages::MATCHES;
use super::question::{DirectoryQuery, selecting};
use super::wire::{DirectoryEntry, OnlyId, near};
use crate::model::{DirectoryObject, Property, Reference, TargetKind};

/// So many questions tell for all, from so many on.
const SAMPLE: (usize, usize) = (8, 40);

/// The objects a reference may mean, or why it could not be asked.
pub(super) type LookupResult = Result<Vec<DirectoryObject>, Failure>;

/// What to look for, however many references name it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Wanted {
    collection: Collection,
    properties: Vec<Property>,
    folded: Vec<String>,
}

/// What came of one question.
enum Answered {
    /// The final answer.
    Found(LookupResult),
    /// This server can't filter so: only a look at everybody tells.
    NoFilter,
}

impl Client {
    /// Asks the directory which objects the references name. Answers stand in the order of the references; an empty
    /// one means that the directory knows no such object, several that the name is ambiguous.
    ///
    /// Waits as told while Graph throttles, five minutes at most without an answer between. The first failure ends it; see
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

    /// Looks for each distinct thing once.
    async fn values(&self, references: &[Reference]) -> HashMap<Wanted, LookupResult> {
        let groups = group(references);
        let batches = groups
            .iter()
            .flat_map(|((collection, _), group)| DirectoryQuery::batches(*collection, group.values().cloned().collect()));
        let answers = stream::iter(batches.map(|batch| self.batch(batch)).collect::<Vec<_>>());
        let answers: Vec<Vec<(Wanted, Answered)>> = answers.buffer_unordered(self.in_flight).collect().await;
        let mut found: HashMap<Wanted, LookupResult> = HashMap::new();
        let mut unfiltered: BTreeMap<Collection, Vec<Reference>> = BTreeMap::new();
        let mut alone: BTreeMap<Wanted, DirectoryQuery> = BTreeMap::new();
        for ((collection, properties), group) in groups {
            for (folded, reference) in group {
                let wanted = Wanted { collection, properties: properties.clone(), folded };
                alone.insert(wanted, DirectoryQuery { collection, references: vec![reference] });
            }
        }
        let mut take = |answers: Vec<(Wanted, Answered)>, alone: &mut BTreeMap<Wanted, DirectoryQuery>| {
            for (wanted, answered) in answers {
                let asked = alone.remove(&wanted);
                match answered {
                    Answered::Found(result) => _ = found.insert(wanted, result),
                    Answered::NoFilter => unfiltered
                        .entry(wanted.collection)
                        .or_default()
                        .extend(asked.into_iter().flat_map(|asked| asked.references)),
                }
            }
        };
        take(answers.into_iter().flatten().collect(), &mut alone);
        take(self.each_alone(alone.values().cloned().collect()).await, &mut alone);
        for (collection, references) in unfiltered {
            found.extend(self.everybody(collection, references).await);
        }
        found
    }

    /// Answers for those of a batch that were found or could not be asked; the others are to be asked alone.
    async fn batch(&self, batch: DirectoryQuery) -> Vec<(Wanted, Answered)> {
        if batch.references.len() == 1 {
            return vec![self.alone(batch).await];
        }
        let all = |answer: &dyn Fn() -> Answered| {
            batch.references.iter().filter_map(|asked| Some((wanted(asked)?, answer()))).collect()
        };
        if batch.filtering() == Filtering::None {
            return all(&|| Answered::NoFilter);
        }
        let advanced = batch.filtering() == Filtering::Advanced;
        let result =
            self.all::<DirectoryEntry>(&batch.url(self.root(), advanced), batch.collection.kind(), advanced, MATCHES).await;
        match result {
            Ok(entries) => {
                let mut answers: HashMap<Wanted, Vec<DirectoryObject>> = HashMap::new();
                // One without a usable id is asked about alone, and told then.
                for object in entries.into_iter().filter_map(DirectoryEntry::into_object) {
                    for asked in batch.references.iter().filter(|asked| object.has_all(asked)) {
                        let Some(wanted) = wanted(asked) else { continue };
                        add(answers.entry(wanted).or_default(), object.clone());
                    }
                }
                answers.into_iter().map(|(wanted, objects)| (wanted, Answered::Found(Ok(objects)))).collect()
            }
            // Not this server's way of asking: each alone.
            Err(failure) if was_refused(&failure) || not_this_way(&failure) => Vec::new(),
            Err(failure) => all(&|| Answered::Found(Err(failure.clone()))),
        }
    }

    /// Final answers, each asked for alone. Where some, taken by chance, are refused all alike, it is an outage: nobody asks
    /// about a thousand others then, one by one.
    async fn each_alone(&self, mut questions: Vec<DirectoryQuery>) -> Vec<(Wanted, Answered)> {
        let ask = async |questions: Vec<DirectoryQuery>| {
            let answers = stream::iter(questions.into_iter().map(|question| self.alone(question)).collect::<Vec<_>>());
            answers.buffer_unordered(self.in_flight).collect::<Vec<_>>().await
        };
        if questions.len() < SAMPLE.1 {
            return ask(questions).await;
        }
        fastrand::shuffle(&mut questions);
        let others = questions.split_off(SAMPLE.0);
        let mut answers = ask(questions).await;
        match all_refused(&answers) {
            None => answers.extend(ask(others).await),
            Some(failure) => {
                let wanted = others.iter().filter_map(|question| wanted(question.references.first()?));
                let refused: Vec<_> = wanted.map(|wanted| (wanted, Answered::Found(Err(failure.clone())))).collect();
                answers.extend(refused);
            }
        }
        answers
    }

    /// The final answer for one.
    async fn alone(&self, question: DirectoryQuery) -> (Wanted, Answered) {
        let Some((reference, wanted)) = question.references.first().and_then(|asked| Some((asked, wanted(asked)?))) else {
            // Never asked: what can't be looked for is in no group.
            let nothing = Wanted { collection: question.collection, properties: Vec::new(), folded: Vec::new() };
            return (nothing, Answered::Found(Ok(Vec::new())));
        };
        if question.is_addressed() {
            return (wanted, Answered::Found(self.addressed(&question, reference).await));
        }
        (wanted, self.filtered(&question, reference).await)
    }

    async fn addressed(&self, question: &DirectoryQuery, reference: &Reference) -> LookupResult {
        let Some(url) = question.direct_url(self.root()) else { return Ok(Vec::new()) };
        match self.one::<DirectoryEntry>(&url, question.collection.kind()).await {
            Ok(entry) => {
                let first = Reference { further: Vec::new(), ..reference.clone() };
                let object = believed(entry, &first)?;
                // It is the one of that name, and what it says of itself beside that is as Graph knows it.
                Ok(if object.has_all(reference) { vec![object] } else { Vec::new() })
            }
            Err(failure) if failure.is_absence() => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    }

    async fn filtered(&self, question: &DirectoryQuery, reference: &Reference) -> Answered {
        let kind = question.collection.kind();
        let filtering = question.filtering();
        if filtering == Filtering::None {
            return Answered::NoFilter;
        }
        let advanced = filtering == Filtering::Advanced;
        let mut result = self.all::<DirectoryEntry>(&question.url(self.root(), advanced), kind, advanced, MATCHES).await;
        if !advanced && result.as_ref().is_err_and(was_refused) {
            // Some properties of some objects can be filtered in the advanced form only.
            result = self.all::<DirectoryEntry>(&question.url(self.root(), true), kind, true, MATCHES).await;
        }
        if result.as_ref().is_err_and(was_refused)
            && reference.criteria().any(|(property, _)| matches!(property, Property::Other(_)))
        {
            return Answered::NoFilter;
        }
        Answered::Found(result.and_then(|entries| {
            let mut found = Vec::new();
            for entry in entries {
                match believed(entry, reference) {
                    Ok(object) => add(&mut found, object),
                    // A filter that compares more loosely than names are told apart.
                    Err(Odd { near: true, .. }) => {}
                    Err(odd) => return Err(odd.into()),
                }
            }
            Ok(found)
        }))
    }

    /// Answers by a look at everybody, for what can't be filtered.
    async fn everybody(&self, collection: Collection, references: Vec<Reference>) -> Vec<(Wanted, LookupResult)> {
        let mut properties: Vec<Property> =
            references.iter().flat_map(Reference::criteria).map(|(property, _)| property).collect();
        properties.sort_unstable();
        properties.dedup();
        let mut by_first: HashMap<(Property, String), Vec<usize>> = HashMap::new();
        for (at, reference) in references.iter().enumerate() {
            by_first.entry((reference.property, reference.property.folded(&reference.value))).or_default().push(at);
        }
        let mut found: Vec<Vec<DirectoryObject>> = references.iter().map(|_| Vec::new()).collect();
        let select = selecting(collection, &properties);
        let swept = self.sweep(collection, &select, |page| {
            for object in page {
                for property in &properties {
                    for value in object.values_of(*property) {
                        let named = by_first.get(&(*property, property.folded(value)));
                        for at in named.into_iter().flatten().filter(|at| object.has_all(&references[**at])) {
                            add(&mut found[*at], object.clone());
                        }
                    }
                }
            }
        });
        let skipped = swept.await;
        let answers = references.iter().zip(found).filter_map(|(reference, found)| {
            let answer = match &skipped {
                Ok(0) => Ok(found),
                Ok(_) if !found.is_empty() => Ok(found),
                // Whoever was not seen may be one of those that could not be read.
                Ok(_) => Err(Failure::odd("lists objects without a usable id")),
                Err(failure) => Err(failure.clone()),
            };
            Some((wanted(reference)?, answer))
        });
        answers.collect()
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

/// Distinct references by where and how they are asked for.
fn group(references: &[Reference]) -> BTreeMap<(Collection, Vec<Property>), BTreeMap<Vec<String>, Reference>> {
    let mut groups: BTreeMap<(Collection, Vec<Property>), BTreeMap<Vec<String>, Reference>> = BTreeMap::new();
    for reference in references {
        if let Some(Wanted { collection, properties, folded }) = wanted(reference) {
            groups.entry((collection, properties)).or_default().entry(folded).or_insert_with(|| reference.clone());
        }
    }
    groups
}

/// What to ask for; nothing for a reference that no object can have.
fn wanted(reference: &Reference) -> Option<Wanted> {
    let collection = Collection::of(reference.kind)?;
    let possible = reference.criteria().all(|(property, value)| property.fits(reference.kind) && !value.is_empty());
    let (properties, folded) = reference.criteria().map(|(property, value)| (property, property.folded(value))).unzip();
    possible.then_some(Wanted { collection, properties, folded })
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

/// The object of an answer, if it can be the one that was asked for: it has a usable id, and the values that it was asked
/// for by. A server that ignores a filter, or mixes up answers, must neither give somebody another's face nor make
/// somebody missing.
fn believed(entry: DirectoryEntry, reference: &Reference) -> Result<DirectoryObject, Odd> {
    let Some(object) = entry.into_object() else {
        return Err(Odd { why: "names an object without a usable id", near: false });
    };
    if object.has_all(reference) {
        return Ok(object);
    }
    // Where only something that can't be filtered differs, the filter did what it can.
    let near = |(property, value): (Property, &Arc<str>)| {
        let filtered = Collection::of(reference.kind).is_none_or(|of| filtering(of, property) != Filtering::None);
        !filtered || object.has(property, value) || object.values_of(property).any(|have| near(have, value))
    };
    let near = reference.criteria().all(near);
    Err(Odd { why: "names another object than the one that was asked for", near })
}

/// Adds an object once; pages may repeat.
fn add(objects: &mut Vec<DirectoryObject>, object: DirectoryObject) {
    if !objects.iter().any(|known| known.id.eq_ignore_ascii_case(&object.id)) {
        objects.push(object);
    }
}

/// What all of these were refused with, if it is the same.
fn all_refused(answers: &[(Wanted, Answered)]) -> Option<Failure> {
    let mut failures = answers.iter().map(|(_, answered)| match answered {
        Answered::Found(Err(failure)) if was_refused(failure) || not_this_way(failure) => Some(failure),
        _ => None,
    });
    let first = failures.next()??;
    let alike = |failure: Option<&Failure>| failure.is_some_and(|one| (one.status, &one.code) == (first.status, &first.code));
    failures.all(alike).then(|| first.clone())
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
