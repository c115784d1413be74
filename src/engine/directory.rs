//! Many references at once: one sweep over the directory instead of a question each, and from then on only what
//! changed. A change of an object takes the confirmation from every file that is bound to it or named like it.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::Engine;
use super::ask::Resolved;
use super::pass::PassError;
use crate::graph::{Change, Class, DeltaEnd, Failure};
use crate::ledger::Ledger;
use crate::mapping::{AccountRules, resolve};
use crate::model::{DirectoryObject, ObjectId, Property, Reference, TargetKind};

/// From this many references of one kind on, a sweep is cheaper: it costs a request for each 999 objects of the
/// tenant, questions cost one for each 15 references.
pub const SWEEP_FROM: usize = 1_500;

/// What can be swept.
const COLLECTIONS: [TargetKind; 2] = [TargetKind::User, TargetKind::Group];

/// What the sweeps of one pass found.
#[derive(Debug, Default)]
pub(super) struct Swept {
    /// The answer to each question, in their order: none where it is to be asked alone.
    pub(super) answers: Vec<Option<Resolved>>,
    /// Links to what changes from then on, by collection.
    pub(super) links: Vec<(TargetKind, String)>,
    /// Objects there are, by collection.
    pub(super) counts: Vec<(TargetKind, usize)>,
}

/// What a sweep found for one question. Objects are turned into targets as they come: a hundred thousand of them would
/// be most of the memory of a pass.
#[derive(Debug)]
enum Found {
    Unswept,
    Nobody,
    One(Resolved),
    /// More than one, or one that a sweep does not tell enough of.
    Unclear,
}

impl Found {
    fn take(&mut self, reference: &Reference, object: &DirectoryObject, accounts: AccountRules) {
        // A group without the marker may be a team all the same.
        let clear = reference.kind != TargetKind::Team || object.team != Some(false);
        let resolved = resolve(reference, std::slice::from_ref(object), accounts).map_err(Box::new);
        *self = match self {
            Self::Unswept => return,
            Self::Nobody if clear => Self::One(resolved),
            // Pages may repeat an object.
            Self::One(Ok(before)) if resolved.as_ref() == Ok(before) => return,
            _ => Self::Unclear,
        };
    }

    fn answer(self, reference: &Reference, accounts: AccountRules) -> Option<Resolved> {
        match self {
            Self::Unswept | Self::Unclear => None,
            Self::Nobody => Some(resolve(reference, &[], accounts).map_err(Box::new)),
            Self::One(resolved) => Some(resolved),
        }
    }
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
        let mut swept = Swept::default();
        let accounts = self.mapping.accounts;
        let mut found: Vec<Found> = questions.iter().map(|_| Found::Unswept).collect();
        for wanted in COLLECTIONS {
            let of_kind = |(_, reference): &&(String, Reference)| collection(reference.kind) == Some(wanted);
            if questions.iter().filter(of_kind).count() < self.mapping.sweep_from {
                continue;
            }
            // The link first: what changes while the sweep runs is then told twice, not never.
            if unheard.contains(&wanted)
                && let Some(link) = self.graph.link_from_now(wanted).await?
            {
                swept.links.push((wanted, link));
            }
            let mut names: HashSet<(TargetKind, Property)> = HashSet::new();
            for (found, (_, reference)) in found.iter_mut().zip(questions).filter(|(_, question)| of_kind(question)) {
                names.insert((reference.kind, reference.property));
                *found = Found::Nobody;
            }
            let mut count = 0;
            let take = |page: Vec<DirectoryObject>| {
                count += page.len();
                for object in page {
                    for (kind, property) in &names {
                        let Some(value) = object.value_of(*property) else { continue };
                        let key = key(*kind, *property, value);
                        let Ok(at) = questions.binary_search_by(|(asked, _)| asked.cmp(&key)) else { continue };
                        found[at].take(&questions[at].1, &object, accounts);
                    }
                }
            };
            if self.graph.sweep(wanted, take).await? > 0 {
                // Whoever was not seen may be one of those that could not be read: each is asked about alone.
                let of_kind = found.iter_mut().zip(questions).filter(|(_, question)| of_kind(question));
                of_kind.filter(|(found, _)| matches!(found, Found::Nobody)).for_each(|(found, _)| *found = Found::Unclear);
            }
            swept.counts.push((wanted, count));
        }
        let found = found.into_iter().zip(questions);
        swept.answers = found.map(|(found, (_, reference))| found.answer(reference, accounts)).collect();
        Ok(swept)
    }

    /// Hears what changed in the directory since the last pass, where a sweep left a link, and takes the
    /// confirmation from the files it concerns. Tells the collections it heard nothing of: a sweep of them is to leave
    /// a link, also in place of one that leads nowhere.
    pub(super) async fn hear_changes(&self, ledger: &Ledger) -> Result<Vec<TargetKind>, PassError> {
        let mut unheard = COLLECTIONS.to_vec();
        for (collection, link) in ledger.links().await? {
            let now = self.clock.now();
            let mut touched = Touched::default();
            let heard = self.graph.changes(collection, Some(&link), |page| touched.take(collection, page)).await;
            match heard {
                Ok(DeltaEnd::Link(link)) => {
                    let Touched { ids, keys } = touched;
                    ledger.unconfirm(collection, kinds(collection), ids, keys, link, now).await?;
                    unheard.retain(|kind| *kind != collection);
                }
                Ok(DeltaEnd::StartOver) => ledger.drop_link(collection, kinds(collection)).await?,
                Err(failure) if failure.class == Class::SignIn => return Err(PassError::Directory(failure)),
                // Nothing is known to have changed, and nothing counts as confirmed: bindings go stale by themselves.
                Err(failure) => tracing::warn!("The directory's changes could not be read: {failure}"),
            }
        }
        Ok(unheard)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reason;

    #[test]
    fn a_sweep_answers_only_what_is_clear() {
        let accounts = AccountRules::default();
        let object = |id: &str| DirectoryObject { id: id.into(), team: Some(id == "team"), ..Default::default() };
        let guest = DirectoryObject { guest: Some(true), ..object("guest") };
        let answer = |kind, start: Found, objects: &[DirectoryObject]| {
            let reference = Reference::new(kind, Property::Mail, "a@b");
            let mut found = start;
            for object in objects {
                found.take(&reference, object, accounts);
            }
            let told = |resolved: Resolved| resolved.map(|target| target.to_string()).map_err(|problem| problem.reason);
            found.answer(&reference, accounts).map(told)
        };
        let (user, team) = (TargetKind::User, TargetKind::Team);
        assert_eq!(answer(user, Found::Nobody, &[]), Some(Err(Reason::TargetMissing)));
        assert_eq!(answer(user, Found::Nobody, &[object("a")]), Some(Ok("user:a".into())));
        assert_eq!(answer(user, Found::Nobody, &[object("a"), object("a")]), Some(Ok("user:a".into())), "a page told it again");
        assert_eq!(answer(user, Found::Nobody, std::slice::from_ref(&guest)), Some(Err(Reason::Guest)));
        for unclear in [[object("a"), object("b")], [object("a"), guest.clone()], [guest.clone(), guest]] {
            assert_eq!(answer(user, Found::Nobody, &unclear), None);
        }
        assert_eq!(answer(user, Found::Nobody, &[object("a"), object("b"), object("a")]), None);
        assert_eq!(answer(team, Found::Nobody, &[object("team")]), Some(Ok("team:team".into())));
        assert_eq!(answer(team, Found::Nobody, &[object("group")]), None);
        assert_eq!(answer(user, Found::Unswept, &[object("a")]), None);
    }
}
