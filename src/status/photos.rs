//! Who has which photo: every photo slot that the ledger knows, and what is held before it is known whose it is.

use std::collections::{HashMap, HashSet};

use super::held::HeldItem;
use crate::ledger::{LedgerError, Reader, TargetRow};
use crate::model::{DeliveryState, Digest, Problem, Reason, SourcePath, TargetId, TargetKind, Timestamp};

/// Where a photo stands, for somebody who asked for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum PhotoState {
    /// Microsoft 365 has the photo of the file.
    UpToDate,
    /// It goes out soon, or is tried again by itself.
    OnItsWay,
    /// Somebody must act.
    Held,
    /// The tenant's own photo stands, as decided.
    Kept,
    /// Not served, as decided.
    OutOfScope,
    /// The file is gone; the photo was delivered before.
    NoFile,
    /// A person in scope without a photo.
    Missing,
}

impl PhotoState {
    /// In words; those in tables are a contract.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::UpToDate => "up to date",
            Self::OnItsWay => "on its way",
            Self::Held => "held",
            Self::Kept => "own photo kept",
            Self::OutOfScope => "out of scope",
            Self::NoFile => "file is gone",
            Self::Missing => "no photo",
        }
    }
}

/// One person, group, team or contact.
#[derive(Clone, Debug)]
pub(crate) struct PhotoRow {
    /// Its kind, where that is known.
    pub kind: Option<TargetKind>,
    /// As HR names it.
    pub name: String,
    /// As Microsoft 365 names it.
    pub object_id: Option<String>,
    /// The file.
    pub path: Option<String>,
    /// Where its photo stands.
    pub state: PhotoState,
    /// Since when.
    pub since: Option<Timestamp>,
    /// When Microsoft 365 accepted the photo.
    pub delivered: Option<Timestamp>,
    /// Whether that was lately.
    pub changed: bool,
    /// Why it is not up to date.
    pub why: Option<Problem>,
    /// What the photo that was accepted is made from.
    pub picture: Option<(SourcePath, Digest)>,
}

impl PhotoRow {
    /// A person without a photo.
    pub(crate) fn missing(name: String) -> Self {
        Self {
            kind: Some(TargetKind::User),
            name,
            object_id: None,
            path: None,
            state: PhotoState::Missing,
            since: None,
            delivered: None,
            changed: false,
            why: None,
            picture: None,
        }
    }

    /// Its place: kind by kind, in alphabetical order.
    pub(crate) fn order(&self) -> (u8, String) {
        let kind = match self.kind {
            Some(TargetKind::Me) => 0,
            Some(TargetKind::User) => 1,
            Some(TargetKind::Group) => 2,
            Some(TargetKind::Team) => 3,
            Some(TargetKind::Contact) => 4,
            None => 5,
        };
        (kind, self.name.to_lowercase())
    }

    /// None for a target that has nothing of ours and is to get nothing.
    fn of_target(row: TargetRow, held: Option<HeldItem>, lately: Timestamp) -> Option<Self> {
        let (held, held_since) = held.map(|item| (item.problem(), item.since)).unzip();
        let problem = held.or(row.problem);
        let reason = problem.as_ref().map(|problem| problem.reason);
        let state = match &row.state {
            _ if row.released && row.delivered.is_none() => return None,
            _ if row.released => PhotoState::NoFile,
            _ if reason == Some(Reason::OutOfScope) => PhotoState::OutOfScope,
            _ if reason.is_some_and(Reason::is_kept) => PhotoState::Kept,
            DeliveryState::Waiting { .. } | DeliveryState::Due => PhotoState::OnItsWay,
            DeliveryState::Blocked { .. } => PhotoState::Held,
            DeliveryState::InStep if held_since.is_some() => PhotoState::Held,
            DeliveryState::InStep => PhotoState::UpToDate,
        };
        let delivered = row.delivered;
        Some(Self {
            kind: Some(row.target.kind()),
            name: row.label,
            object_id: row.target.object_id().map(ToString::to_string),
            state,
            since: held_since.flatten().or(Some(row.since)),
            changed: delivered.as_ref().is_some_and(|(_, at)| *at >= lately),
            why: problem.filter(|_| !matches!(state, PhotoState::UpToDate | PhotoState::NoFile)),
            picture: delivered.as_ref().and_then(|(version, _)| Some((row.path.clone()?, version.digest))),
            delivered: delivered.map(|(_, at)| at),
            path: row.path.map(|path| path.to_string()),
        })
    }

    fn of_held(item: &HeldItem) -> Self {
        Self {
            kind: item.kind,
            name: item.label.clone().or_else(|| item.path.clone()).unwrap_or_default(),
            object_id: item.object_id().map(str::to_owned),
            path: item.path.clone(),
            state: if item.reason.is_kept() { PhotoState::Kept } else { PhotoState::Held },
            since: item.since,
            delivered: None,
            changed: false,
            why: Some(item.problem()),
            picture: None,
        }
    }
}

/// Everybody whom the ledger knows; `lately`: since when a photo counts as changed.
pub(crate) fn photos(reader: &Reader, lately: Timestamp) -> Result<Vec<PhotoRow>, LedgerError> {
    let mut held: HashMap<Option<TargetId>, Vec<HeldItem>> = HashMap::new();
    for item in reader.held()?.into_iter().map(HeldItem::from) {
        held.entry(item.target.clone()).or_default().push(item);
    }
    let mut all = Vec::new();
    for row in reader.everything()? {
        let items = held.remove(&Some(row.target.clone())).unwrap_or_default();
        all.extend(PhotoRow::of_target(row, items.into_iter().next(), lately));
    }
    // Whoever was never planned for: held before.
    let mut things = HashSet::new();
    all.extend(held.values().flatten().filter(|item| things.insert(&item.thing)).map(PhotoRow::of_held));
    all.sort_by_cached_key(PhotoRow::order);
    Ok(all)
}
