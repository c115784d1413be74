//! Where everything stands: the sum, and the causes that add up to what of it is held.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cause::{Cause, Causes};
use super::held::HeldItem;
use super::sum::Sum;
use crate::ledger::{Apart, Counts, LedgerError, Reader};
use crate::model::{Actor, Problem, Reason};

/// Examples kept of each cause.
pub(super) const EXAMPLES: usize = 3;

/// Where everything stands.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Standing {
    /// Everything there is, by where it stands.
    pub sum: Sum,
    /// Why what is held is held. Their counts add up to what the sum says is held, waits or is kept.
    pub causes: Causes,
    /// What can't be used and is no photo: rows of the table, folders. By reason.
    pub unusable: BTreeMap<Reason, u32>,
}

impl Standing {
    /// As the ledger knows it. `held`: what it lists as held. `unusable`: what the newest pass could not use beside photos.
    pub(crate) fn read(reader: &Reader, held: &[HeldItem], unusable: BTreeMap<Reason, u32>) -> Result<Self, LedgerError> {
        let (Counts { in_step, due, .. }, apart) = (reader.counts()?, reader.apart()?);
        let causes = Causes::of(held.iter().cloned(), EXAMPLES);
        let Apart { out_of_scope, unmatched } = apart;
        let default_pictures = reader.default_pictures_in_step()?;
        let drifted = u32::try_from(reader.drifted()?.len()).unwrap_or(u32::MAX);
        let up_to_date = in_step.saturating_sub(drifted);
        let mut sum = Sum { up_to_date, drifted, default_pictures, queued: due, out_of_scope, unmatched, ..Sum::default() };
        for cause in &causes.0 {
            *sum.part_of(cause) += cause.count;
        }
        Ok(Self { sum, causes, unusable })
    }

    /// What can't be used and is no photo, as far as somebody has to act.
    pub(crate) fn unusable(&self) -> impl Iterator<Item = (Reason, u32)> {
        self.unusable.iter().filter(|(reason, _)| !reason.may_stand()).map(|(reason, count)| (*reason, *count))
    }
}

/// How many things are held, and tried again without anybody's doing.
pub(crate) fn resolve_themselves(reader: &Reader) -> Result<u32, LedgerError> {
    let mut sum = Sum::default();
    for cause in &Causes::of(reader.held()?.into_iter().map(HeldItem::from), 0).0 {
        *sum.part_of(cause) += cause.count;
    }
    Ok(sum.resolves_itself)
}

impl Sum {
    /// Which part things of this cause count for.
    fn part_of(&mut self, cause: &Cause) -> &mut u32 {
        match cause.reason {
            _ if cause.waits => &mut self.waiting,
            reason if reason.is_kept() => &mut self.kept,
            reason if reason.may_stand() => &mut self.out_of_scope,
            reason if reason.actor() == Actor::Itself => &mut self.resolves_itself,
            _ => &mut self.need_person,
        }
    }
}

/// How many of them there are, by reason.
pub(crate) fn by_reason<'a>(problems: impl Iterator<Item = &'a Problem>) -> BTreeMap<Reason, u32> {
    let mut counts = BTreeMap::new();
    for problem in problems {
        *counts.entry(problem.reason).or_default() += 1;
    }
    counts
}
