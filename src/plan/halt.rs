//! The guard's no, and what a person's yes to it reaches: exactly what was told, no further.

use serde::{Deserialize, Serialize};

use crate::model::{Extent, ToldHalts, named};

/// What a halt keeps from happening.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Holds {
    /// The whole pass: what was seen can't be trusted.
    Everything,
    /// Removals only; the rest goes on.
    Removals,
}

impl Extent {
    /// So many, whoever they are.
    pub(crate) fn of(amount: usize) -> Self {
        Self { amount, ..Self::default() }
    }

    /// Under these circumstances only.
    #[must_use]
    pub(crate) fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    /// These, and nobody else.
    pub(crate) fn of_these<T: ToString>(these: impl Iterator<Item = T>) -> Self {
        let mut who: Vec<u64> = these.map(|one| short_hash(&one.to_string())).collect();
        who.sort_unstable();
        Self { amount: who.len(), who, ..Self::default() }
    }

    fn holds(&self, other: &Self) -> bool {
        other.amount <= self.amount
            && other.about == self.about
            && other.who.iter().all(|one| self.who.binary_search(one).is_ok())
    }
}

/// Enough to tell whether somebody is among those that were told; 64 bits of a cryptographic hash.
fn short_hash(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    let (head, _) = hash.as_bytes().split_at(8);
    head.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

named! {
    /// The brakes.
    pub enum Guard {
        /// The directory with the photos is not there, or can't be read.
        MissingSource = "missing_source",
        /// Something else is at its place: the share is not mounted.
        UnmountedSource = "unmounted_source",
        /// Its file system answers nothing: the share hangs.
        HungSource = "hung_source",
        /// A group that the scope names can't be found.
        Scope = "scope",
        /// The source holds no files.
        EmptySource = "empty_source",
        /// The source is another one, with other files.
        SourceChanged = "source_changed",
        /// The table lost many of its rows.
        TableShrunk = "table_shrunk",
        /// The rules and the table match far fewer files.
        Coverage = "coverage",
        /// Many files would go to other accounts than before.
        MappingChanged = "mapping_changed",
        /// The directory knows far fewer objects.
        DirectoryShrunk = "directory_shrunk",
        /// Photos of others would be replaced at first contact with the tenant.
        FirstContact = "first_contact",
        /// Many delivered photos would be replaced.
        Changes = "changes",
        /// Many delivered photos would be removed.
        Removals = "removals",
    }
}

impl Guard {
    /// Whether a person may override it: a source or group that isn't there can't be read by force.
    pub fn may_be_forced(self) -> bool {
        !matches!(self, Self::MissingSource | Self::UnmountedSource | Self::HungSource | Self::Scope)
    }
}

/// The guard's no.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Halt {
    /// Which brake.
    pub guard: Guard,
    /// The numbers, and what to do.
    pub message: String,
    /// What it keeps from happening.
    pub(crate) holds: Holds,
    /// How many it found, and of how many, where it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<usize>,
    /// Of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<usize>,
    /// How far the harm would reach.
    #[serde(skip)]
    pub(crate) extent: Extent,
}

impl Halt {
    /// Stops the whole pass.
    pub(crate) fn new(guard: Guard, message: String) -> Self {
        Self { guard, message, holds: Holds::Everything, found: None, of: None, extent: Extent::default() }
    }

    /// Stops the whole pass, by numbers.
    pub(crate) fn counted(guard: Guard, (found, of): (usize, usize), extent: Extent, message: String) -> Self {
        Self { found: Some(found), of: Some(of), extent, ..Self::new(guard, message) }
    }

    /// Whether a person may override it.
    pub(crate) fn may_be_forced(&self) -> bool {
        self.guard.may_be_forced()
    }

    /// Where it stands among others: what can't be overridden first, then what stops the whole pass.
    pub(crate) fn rank(&self) -> (bool, bool) {
        (self.may_be_forced(), self.holds == Holds::Removals)
    }
}

impl ToldHalts {
    /// What these halts told.
    pub(crate) fn of<'a>(halts: impl IntoIterator<Item = &'a Halt>) -> Self {
        Self(halts.into_iter().map(|halt| (halt.guard.as_str().to_owned(), halt.extent.clone())).collect())
    }

    /// Whether this halt was told, at least as large as it is now.
    pub(crate) fn covers(&self, halt: &Halt) -> bool {
        halt.may_be_forced() && self.0.iter().any(|(guard, extent)| guard == halt.guard.as_str() && extent.holds(&halt.extent))
    }
}

/// Halts of one pass, parted by what a person overrode.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Parted {
    /// Overridden.
    pub forced: Vec<Halt>,
    /// They stand, the strongest first.
    pub standing: Vec<Halt>,
}

/// Parts halts into those that a person's yes reaches and those that stand. `told`: what the last pass told, if the
/// person has said yes to it.
pub(crate) fn part(halts: &[Halt], told: Option<&ToldHalts>) -> Parted {
    let (forced, mut standing): (Vec<_>, Vec<_>) =
        halts.iter().cloned().partition(|halt| told.is_some_and(|told| told.covers(halt)));
    standing.sort_by_key(Halt::rank);
    Parted { forced, standing }
}
