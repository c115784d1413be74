//! Many references at once: one sweep over the directory instead of a question each, and from then on only what
//! changed. A change of an object takes the confirmation from every file that is bound to it or named like it.

use std::collections::HashSet;

use super::asked::Asked;
use super::directory::Directory;
use super::error::LookupError;
use super::question::{Answer, Question, Resolved, found};
use super::watch_link::WatchLink;
use crate::graph::{Change, Class, DeltaEnd, Failure};
use crate::ledger::{Ledger, Reader};
use crate::mapping::AccountRules;
use crate::model::{ChangedNames, DirectoryObject, ObjectId, Problem, Property, Reference, TargetKind};

/// From this many references of one kind on, a sweep is cheaper: it costs a request for each 999 objects of the
/// tenant, questions cost one for each 15 references.
pub(crate) const SWEEP_FROM: usize = 1_500;

/// What can be swept.
const COLLECTIONS: [TargetKind; 2] = [TargetKind::User, TargetKind::Group];

/// What the sweeps of one pass found.
#[derive(Debug, Default)]
pub(super) struct SweepOutcome {
    /// The answer to each question, in their order: none where it is to be asked alone.
    pub(super) answers: Vec<Option<Answer>>,
    /// Links to what changes from then on, by collection.
    pub(super) links: Vec<(TargetKind, String)>,
    /// Objects there are, by collection.
    pub(super) counts: Vec<(TargetKind, usize)>,
}

/// What a sweep found for one question. Objects are turned into targets as they come: a hundred thousand of them would
/// be most of the memory of a pass.
#[derive(Debug)]
enum SweepMatch {
    NotSwept,
    NoMatch,
    One(Resolved),
    /// More than one, or one that a sweep does not tell enough of.
    Unclear,
    /// The sweep failed.
    Unanswered(Box<Problem>),
}

impl SweepMatch {
    fn take(&mut self, reference: &Reference, object: &DirectoryObject, accounts: AccountRules) {
        // A group without the marker may be a team all the same.
        let clear = reference.kind != TargetKind::Team || object.team != Some(false);
        let resolved = found(reference, std::slice::from_ref(object), accounts);
        *self = match self {
            Self::NotSwept | Self::Unanswered(_) => return,
            Self::NoMatch if clear => Self::One(resolved),
            // Pages may repeat an object.
            Self::One(Ok(before)) if resolved.as_ref() == Ok(before) => return,
            _ => Self::Unclear,
        };
    }

    fn answer(self, reference: &Reference, accounts: AccountRules) -> Option<Answer> {
        match self {
            Self::NotSwept | Self::Unclear => None,
            Self::NoMatch => Some(Answer::Said(found(reference, &[], accounts))),
            Self::One(resolved) => Some(Answer::Said(resolved)),
            Self::Unanswered(problem) => Some(Answer::Unanswered(problem)),
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

impl Directory {
    /// Answers by sweep whatever there are enough questions for; they are sorted by key. Where changes are heard
    /// already, no new link is taken: it would not tell what happened since the old one, to files not asked about now.
    /// A sweep that fails ends it only if there are too many questions that must be answered to ask them alone.
    pub(super) async fn sweep(&self, questions: &[Question], without_link: &[TargetKind]) -> Result<SweepOutcome, Failure> {
        let mut swept = SweepOutcome::default();
        let mut found: Vec<SweepMatch> = questions.iter().map(|_| SweepMatch::NotSwept).collect();
        for wanted in COLLECTIONS {
            let of_kind = |question: &Question| collection(question.reference.kind) == Some(wanted);
            // Several properties are several comparisons, and a question holds fifteen.
            let count = |which: &dyn Fn(&Question) -> bool| {
                let asked = questions.iter().filter(|question| which(question));
                asked.map(|question| question.reference.criteria().count()).sum::<usize>()
            };
            if count(&of_kind) < self.sweep_from {
                continue;
            }
            match self.sweep_one(wanted, questions, &mut found, without_link.contains(&wanted)).await {
                Ok((link, count)) => {
                    swept.links.extend(link.map(|link| (wanted, link)));
                    swept.counts.push((wanted, count));
                }
                Err(failure) => {
                    let many = count(&|question| question.required && of_kind(question)) >= self.sweep_from;
                    if failure.class == Class::SignIn || many {
                        return Err(failure);
                    }
                    for (found, question) in found.iter_mut().zip(questions).filter(|(_, question)| of_kind(question)) {
                        *found = if question.required {
                            SweepMatch::NotSwept
                        } else {
                            SweepMatch::Unanswered(Box::new(failure.problem()))
                        };
                    }
                }
            }
        }
        let answers = found.into_iter().zip(questions);
        swept.answers = answers.map(|(found, question)| found.answer(&question.reference, self.accounts)).collect();
        Ok(swept)
    }

    /// Sweeps one collection; says how many objects there are, and where to hear of changes from now on.
    async fn sweep_one(
        &self,
        wanted: TargetKind,
        questions: &[Question],
        found: &mut [SweepMatch],
        links: bool,
    ) -> Result<(Option<String>, usize), Failure> {
        let accounts = self.accounts;
        // The link first: what changes while the sweep runs is then told twice, not never.
        let link = if links { self.link_from_now(wanted).await? } else { None };
        let mut asked = Asked::default();
        for (at, (found, question)) in found.iter_mut().zip(questions).enumerate() {
            if collection(question.reference.kind) == Some(wanted) {
                asked.add(at, &question.reference);
                *found = SweepMatch::NoMatch;
            }
        }
        let properties = asked.properties();
        let mut count = 0;
        let take = |page: Vec<DirectoryObject>| {
            count += page.len();
            for object in page {
                asked.named_by(&object, questions, |at| found[at].take(&questions[at].reference, &object, accounts));
            }
        };
        if self.tenant.graph.sweep(wanted, &properties, take).await? > 0 {
            // Whoever was not seen may be one of those that could not be read: each is asked about alone.
            let of_kind = found.iter_mut().zip(questions).filter(|(_, asked)| collection(asked.reference.kind) == Some(wanted));
            for (found, _) in of_kind.filter(|(found, _)| matches!(found, SweepMatch::NoMatch)) {
                *found = SweepMatch::Unclear;
            }
        }
        Ok((link, count))
    }

    /// Hears what changed in the directory since the last pass, where a sweep left a link, and takes the
    /// confirmation from the files it concerns. Tells the collections it heard nothing of: a sweep of them is to leave
    /// a link, also in place of one that leads nowhere.
    pub(crate) async fn follow_changes(&self, ledger: &Ledger) -> Result<Vec<TargetKind>, LookupError> {
        let mut without_link = COLLECTIONS.to_vec();
        for (collection, kept) in ledger.read(Reader::links).await? {
            let now = self.clock.now();
            let mut touched = Touched::default();
            let heard = match WatchLink::parse(&kept).filter(|kept| kept.hears(&self.watched.properties())) {
                Some(kept) => {
                    let end = self.tenant.graph.changes(collection, Some(kept.link), |page| touched.take(collection, page)).await;
                    end.map(|end| match end {
                        DeltaEnd::Link(link) => Some(kept.followed_by(&link)),
                        DeltaEnd::StartOver => None,
                    })
                }
                // Targets are named by something now that it does not tell of.
                None => Ok(None),
            };
            match heard {
                Ok(Some(link)) => {
                    let Touched { ids, names } = touched;
                    ledger.unconfirm(collection, kinds(collection), ids, names, link, now).await?;
                    without_link.retain(|kind| *kind != collection);
                }
                Ok(None) => ledger.drop_link(collection, kinds(collection)).await?,
                Err(failure) if failure.class == Class::SignIn => return Err(LookupError::Directory(failure)),
                // Nothing is known to have changed, and nothing counts as confirmed: bindings go stale by themselves.
                Err(failure) => tracing::warn!("The directory's changes could not be read: {failure}"),
            }
        }
        Ok(without_link)
    }

    /// A link to what changes from now on, and of which properties; none if the server keeps no such account.
    async fn link_from_now(&self, collection: TargetKind) -> Result<Option<String>, Failure> {
        let watched = self.watched.properties();
        let link = self.tenant.graph.link_from_now(collection, &watched).await?;
        Ok(link.map(|link| WatchLink { properties: watched.iter().map(|one| one.as_str()).collect(), link: &link }.kept()))
    }
}

/// Whom changes concern.
#[derive(Default)]
struct Touched {
    ids: HashSet<ObjectId>,
    names: ChangedNames,
}

impl Touched {
    fn take(&mut self, collection: TargetKind, page: Vec<Change>) {
        for change in page {
            match change {
                Change::Gone(id) => _ = self.ids.insert(id),
                Change::Now(object) => {
                    self.ids.insert(ObjectId::new(&object.id));
                    let properties = Property::OWN.into_iter().chain(object.others.iter().map(|(property, _)| *property));
                    let told = properties.flat_map(|property| object.values_of(property).map(move |value| (property, value)));
                    let told: Vec<(Property, &str)> = told.collect();
                    self.names.add(kinds(collection), &told);
                }
            }
        }
    }
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
        let answer = |kind, start: SweepMatch, objects: &[DirectoryObject]| {
            let reference = Reference::new(kind, Property::Mail, "a@b");
            let mut found = start;
            for object in objects {
                found.take(&reference, object, accounts);
            }
            found.answer(&reference, accounts).map(|answer| match answer {
                Answer::Said(resolved) => resolved.map(|found| found.target.to_string()).map_err(|none| none.problem.reason),
                Answer::Unanswered(problem) => Err(problem.reason),
            })
        };
        let (user, team) = (TargetKind::User, TargetKind::Team);
        assert_eq!(answer(user, SweepMatch::NoMatch, &[]), Some(Err(Reason::TargetMissing)));
        assert_eq!(answer(user, SweepMatch::NoMatch, &[object("a")]), Some(Ok("user:a".into())));
        assert_eq!(
            answer(user, SweepMatch::NoMatch, &[object("a"), object("a")]),
            Some(Ok("user:a".into())),
            "a page told it again"
        );
        assert_eq!(answer(user, SweepMatch::NoMatch, std::slice::from_ref(&guest)), Some(Err(Reason::Guest)));
        for unclear in [[object("a"), object("b")], [object("a"), guest.clone()], [guest.clone(), guest]] {
            assert_eq!(answer(user, SweepMatch::NoMatch, &unclear), None);
        }
        assert_eq!(answer(user, SweepMatch::NoMatch, &[object("a"), object("b"), object("a")]), None);
        assert_eq!(answer(team, SweepMatch::NoMatch, &[object("team")]), Some(Ok("team:team".into())));
        assert_eq!(answer(team, SweepMatch::NoMatch, &[object("group")]), None);
        assert_eq!(answer(user, SweepMatch::NotSwept, &[object("a")]), None);
    }
}
