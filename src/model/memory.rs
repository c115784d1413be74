//! What the ledger remembers of files and targets for the passes to come, as data: it is planned elsewhere, and written
//! down elsewhere.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{DeliveryState, Digest, Fingerprint, Generation, PhotoVersion, Problem, Reason, SourcePath, TargetId, Timestamp};

/// One file as the ledger remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownFile {
    /// Where.
    pub path: SourcePath,
    /// What the stat said when it was read last.
    pub fingerprint: Fingerprint,
    /// What it held then; none if it could not be read.
    pub digest: Option<Digest>,
    /// When it was read.
    pub read_at: Timestamp,
    /// The rule that claimed it.
    pub rule: Option<Arc<str>>,
    /// Key of the reference it was bound by.
    pub reference: Option<Arc<str>>,
    /// What the reference says to a person.
    pub label: Option<Arc<str>>,
    /// The object it was bound to: pinned, so that a name that moves on takes no photo along.
    pub target: Option<TargetId>,
    /// When the directory last said so.
    pub bound_at: Option<Timestamp>,
    /// Why it is held, and since when.
    pub held: Option<Box<(Problem, Timestamp)>>,
    /// The object that its name leads to now, if it is held for that.
    pub moved_to: Option<TargetId>,
}

impl KnownFile {
    /// In place of a reference: a row of the table named this file, and led to nobody.
    pub(crate) fn named_in_vain(path: &SourcePath) -> Arc<str> {
        format!("{NAMED}{path}").into()
    }

    /// Whether it was only named so.
    pub(crate) fn is_named_in_vain(&self) -> bool {
        self.reference.as_deref().is_some_and(is_named_in_vain)
    }
}

/// Whether this stands in place of a reference. No kind of target is called so.
pub(crate) fn is_named_in_vain(reference: &str) -> bool {
    reference.starts_with(NAMED)
}

const NAMED: &str = "table:";

/// One target as the ledger remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownTarget {
    /// The file that speaks for it; none when it was released.
    pub path: Option<SourcePath>,
    /// The version wanted.
    pub desired: Option<PhotoVersion>,
    /// Counts changes of `desired`.
    pub generation: Generation,
    /// The version Graph accepted last.
    pub delivered: Option<PhotoVersion>,
    /// Nobody knows whether the tenant still holds that: the outcome of a later wish was never heard.
    pub uncertain: bool,
    /// A photo of ours may be there though nobody heard so.
    pub unconfirmed: bool,
    /// Where it stands.
    pub state: DeliveryState,
    /// Its own photo in the tenant is kept.
    pub kept: Option<Kept>,
}

/// The tenant's own photo stands, as a person or the settings decided, as long as the file holds the same picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    /// Why.
    pub reason: Reason,
    /// What the file held when that was decided.
    pub digest: Digest,
    /// It is still to be put back there.
    pub restoring: bool,
}

/// A photo delivered by us whose file was gone at an earlier pass, as the ledger remembers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Gone {
    /// Whose photo.
    pub target: TargetId,
    /// The target as HR names it.
    pub label: String,
    /// The file that is gone.
    pub path: SourcePath,
    /// When it was first seen to be gone.
    pub since: Timestamp,
    /// Identity of the source's root when it was last seen to be gone; empty where it was seen there since.
    pub root: String,
    /// Its removal is wanted already, and not done yet.
    pub under_way: bool,
    /// What was delivered from it.
    pub digest: Option<Digest>,
    /// As of the last pass: what became of the file.
    pub fate: Fate,
}

/// What became of a file whose photo is ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Fate {
    /// It is gone.
    #[default]
    Gone,
    /// It is there, and identifies somebody else.
    ForAnother,
    /// A file with the same picture is there, and nobody can tell whose it is.
    Elsewhere,
}

impl Fate {
    /// The file is so, and since then.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Gone => "the file has been gone since",
            Self::ForAnother => "the file has identified somebody else since",
            Self::Elsewhere => "the picture lies in a file of nobody known since",
        }
    }
}

/// What the planner asks of the ledger. Files that stand still, and their targets, need not be in it.
#[derive(Debug, Default)]
pub(crate) struct LedgerView {
    /// Files seen before, sorted by path: those that are to be planned for, and those that are gone.
    pub files: Vec<KnownFile>,
    /// Targets that those files spoke for, or speak for now.
    pub targets: HashMap<TargetId, KnownTarget>,
    /// By key, what files at other paths were bound to by the references of files that are new at theirs.
    pub pins: HashMap<Arc<str>, Vec<TargetId>>,
}

/// How far the harm would reach. A person who overrides a halt has agreed to this much, and to no more.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Extent {
    /// How many it concerns.
    pub amount: usize,
    /// Under which circumstances: the directory, the collection.
    pub about: String,
    /// Whom it concerns, where the guard knows: short hashes of object ids, sorted.
    pub who: Vec<u64>,
}

/// What a pass told of its halts, as the next one remembers it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ToldHalts(pub(crate) Vec<(String, Extent)>);
