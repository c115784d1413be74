//! Many references at once: one sweep over the directory instead of a question each, and from then on only what
//! changed. A change of an object takes the confirmation from every file that is bound to it or named like it.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::Engine;
use super::pass::PassError;
use crate::graph::{Change, Class, DeltaEnd, Failure};
use crate::ledger::Ledger;
use crate::model::{DirectoryObject, ObjectId, Property, Reference, TargetKind};

/// From this many references of one kind on, a sweep is cheaper: it costs a request for each 999 objects of the
/// tenant, questions cost one for each 15 references.
const SWEEP_FROM: usize = 1_500;

/// What can be swept.
pub(super) const COLLECTIONS: [TargetKind; 2] = [TargetKind::User, TargetKind::Group];

/// What the sweeps of one pass found.
#[derive(Debug, Default)]
pub(super) struct Swept {
    /// What was found for each question, in their order: none where it was not swept for.
    pub(super) found: Vec<Option<Vec<DirectoryObject>>>,
    /// Links to what changes from then on, by collection.
    pub(super) links: Vec<(TargetKind, String)>,
    /// Objects there are, by collection.
    pub(super) counts: Vec<(TargetKind, usize)>,
}

/// The collection that objects of a kind are found in, if it can be swept.
fn collection(kind: TargetKind) -> Option<TargetKind> {
    match kind {
        TargetKind::User => Some(TargetKind::User),
        TargetKind::Group | TargetKind::Team => Some(TargetKind::Group),
        TargetKind::Contact | TargetKind::Me => None,
    }
}

/// The kinds of targets that objects of a collection stand for.
pub(super) fn kinds(collection: TargetKind) -> &'static [TargetKind] {
    match collection {
        TargetKind::User => &[TargetKind::User],
        _ => &[TargetKind::Group, TargetKind::Team],
    }
}

impl Engine {
    /// Answers by sweep whatever there are enough questions for; they are sorted by key. Where changes are heard
    /// already, no new link is taken: it would not tell what happened since the old one, to files not asked about now.
    pub(super) async fn sweep(&self, questions: &[(String, Reference)], unheard: &[TargetKind]) -> Result<Swept, Failure> {
        let mut swept = Swept { found: vec![None; questions.len()], links: Vec::new(), counts: Vec::new() };
        for wanted in COLLECTIONS {
            let of_kind = || questions.iter().filter(|(_, reference)| collection(reference.kind) == Some(wanted));
            if of_kind().count() < SWEEP_FROM {
                continue;
            }
            // The link first: what changes while the sweep runs is then told twice, not never.
            if unheard.contains(&wanted)
                && let Some(link) = self.graph.link_from_now(wanted).await?
            {
                swept.links.push((wanted, link));
            }
            let names: HashSet<(TargetKind, Property)> =
                of_kind().map(|(_, reference)| (reference.kind, reference.property)).collect();
            let found = &mut swept.found;
            for (answer, _) in found.iter_mut().zip(questions).filter(|(_, question)| collection(question.1.kind) == Some(wanted))
            {
                *answer = Some(Vec::new());
            }
            let mut count = 0;
            let take = |page: Vec<DirectoryObject>| {
                count += page.len();
                for object in page {
                    for (kind, property) in &names {
                        let Some(value) = object.value_of(*property) else { continue };
                        let key = key(*kind, *property, value);
                        let Ok(at) = questions.binary_search_by(|(asked, _)| asked.cmp(&key)) else { continue };
                        if let Some(Some(answer)) = found.get_mut(at) {
                            // Most names mean one object; room for four by habit would be most of the memory of a pass.
                            answer.reserve_exact(1);
                            answer.push(slim(&object));
                        }
                    }
                }
            };
            self.graph.sweep(wanted, take).await?;
            swept.counts.push((wanted, count));
        }
        // A group without the marker may be a team all the same; that is asked one by one.
        for (answer, (_, reference)) in swept.found.iter_mut().zip(questions) {
            answer.take_if(|found| reference.kind == TargetKind::Team && found.iter().any(|object| object.team == Some(false)));
        }
        Ok(swept)
    }

    /// Hears what changed in the directory since the last pass, where a sweep left a link, and takes the
    /// confirmation from the files it concerns.
    pub(super) async fn hear_changes(&self, ledger: &Ledger) -> Result<(), PassError> {
        for (collection, link) in ledger.links().await? {
            let now = self.clock.now();
            let mut touched = Touched::default();
            let heard = self.graph.changes(collection, Some(&link), |page| touched.take(collection, page)).await;
            match heard {
                Ok(DeltaEnd::Link(link)) => {
                    let Touched { ids, keys } = touched;
                    ledger.unconfirm(collection, kinds(collection), ids, keys, link, now).await?;
                }
                Ok(DeltaEnd::StartOver) => ledger.drop_link(collection, kinds(collection)).await?,
                Err(failure) if failure.class == Class::SignIn => return Err(PassError::Directory(failure)),
                // Nothing is known to have changed, and nothing counts as confirmed: bindings go stale by themselves.
                Err(failure) => tracing::warn!("The directory's changes could not be read: {failure}"),
            }
        }
        Ok(())
    }
}

/// Whom changes concern.
#[derive(Default)]
struct Touched {
    ids: HashSet<ObjectId>,
    keys: HashSet<String>,
}

impl Touched {
    fn take(&mut self, collection: TargetKind, page: Vec<Change>) {
        for change in page {
            match change {
                Change::Gone(id) => _ = self.ids.insert(id),
                Change::Now(object) => {
                    self.ids.insert(ObjectId::new(&object.id));
                    for kind in kinds(collection) {
                        let values =
                            Property::ALL.into_iter().filter_map(|property| Some((property, object.value_of(property)?)));
                        self.keys.extend(values.map(|(property, value)| key(*kind, property, value)));
                    }
                }
            }
        }
    }
}

/// The key under which a reference would name an object by this value: composed, as references are.
fn key(kind: TargetKind, property: Property, value: &str) -> String {
    if value.is_ascii() {
        return Reference::new(kind, property, value).key();
    }
    Reference::new(kind, property, &value.nfc().collect::<String>()).key()
}

/// What deciding takes; the rest of a hundred thousand objects would only fill the memory.
fn slim(object: &DirectoryObject) -> DirectoryObject {
    DirectoryObject {
        display_name: None,
        mail: None,
        mail_nickname: None,
        employee_id: None,
        on_premises_sam_account_name: None,
        ..object.clone()
    }
}
