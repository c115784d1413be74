//! Who has which photo: every photo slot that the ledger knows, and what is held before it is known whose it is.

use std::collections::BTreeMap;

use super::held::HeldItem;
use crate::ledger::{LedgerError, Reader, TargetRow};
use crate::model::target_state::DriftKind;
use crate::model::{DeliveryState, Digest, Problem, Reason, SourcePath, TargetKind, Timestamp, named};

named! {
    /// Where a photo stands, for somebody who asked for it.
    pub(crate) enum PhotoState {
        /// Microsoft 365 has the photo of the file.
        UpToDate = "up_to_date",
        /// It had it, and a comparison found another one there, or none; that is only reported.
        Drifted = "drifted",
        /// It goes out soon, or is tried again by itself.
        OnItsWay = "on_its_way",
        /// Somebody must act.
        Held = "held",
        /// The tenant's own photo stands, as decided.
        Kept = "kept",
        /// Microsoft 365 has the default picture of a group, no photo of their own.
        DefaultPicture = "default_picture",
        /// Not served, as decided.
        OutOfScope = "out_of_scope",
        /// The file is gone; the photo was delivered before.
        NoFile = "no_file",
        /// A person in scope without a file, and without a photo in Microsoft 365 as far as that is known.
        Missing = "missing",
        /// A person in scope without a file, of whom Microsoft 365 shows a photo.
        OnlyPhoto = "only_photo",
        /// A file that belongs to nobody.
        Unmatched = "unmatched",
        /// A file, folder or line of the table that can't be read.
        Unread = "unread",
    }
}

/// One person, group, team or contact.
#[derive(Clone, Debug)]
pub(crate) struct PhotoRow {
    /// Its kind, where that is known.
    pub kind: Option<TargetKind>,
    /// As HR names it.
    pub name: String,
    /// As Microsoft 365 shows it, where that was asked.
    pub display_name: Option<String>,
    /// The person's department, where that was asked.
    pub department: Option<String>,
    /// As Microsoft 365 names it.
    pub object_id: Option<String>,
    /// The file.
    pub path: Option<String>,
    /// Further files that are held with it.
    pub others: Vec<String>,
    /// Whether Microsoft 365 has a photo, where that was asked, or a comparison found another one, or none.
    pub in_tenant: Option<bool>,
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
            display_name: None,
            department: None,
            object_id: None,
            path: None,
            others: Vec::new(),
            in_tenant: None,
            state: PhotoState::Missing,
            since: None,
            delivered: None,
            changed: false,
            why: None,
            picture: None,
        }
    }

    /// None for a target that has nothing of ours and is to get nothing.
    fn of_target(row: TargetRow, held: Vec<HeldItem>, lately: Timestamp) -> Option<Self> {
        let own = row.path.as_ref().map(SourcePath::as_str);
        let others: Vec<String> = held.iter().filter_map(|item| item.path.clone()).filter(|path| own != Some(path)).collect();
        let (held, held_since) = held.into_iter().next().map(|item| (item.problem(), item.since)).unzip();
        let problem = held.or(row.problem);
        let reason = problem.as_ref().map(|problem| problem.reason);
        let is_default = row.path.as_ref().is_some_and(SourcePath::is_default_picture);
        let was_never_sent = row.delivered.is_none() && !matches!(row.state, DeliveryState::Blocked { .. });
        // Another photo there, or none, as the last comparison found.
        let is_in_step = row.state == DeliveryState::InStep && !row.released;
        let in_tenant = row.drift.as_ref().filter(|_| is_in_step).map(|(found, _)| found != DriftKind::Gone.as_str());
        let state = match &row.state {
            _ if row.released && row.delivered.is_none() => return None,
            // It is not theirs: whoever has a photo of their own, or is to get the default picture, has no file.
            _ if is_default && (reason == Some(Reason::HasPhoto) || was_never_sent) => return None,
            // Nor is what stands in its place by now.
            _ if is_default && in_tenant == Some(true) => PhotoState::OnlyPhoto,
            _ if is_default && in_tenant == Some(false) => PhotoState::Missing,
            _ if is_default && row.delivered.is_some() => PhotoState::DefaultPicture,
            _ if row.released => PhotoState::NoFile,
            // The file is gone, and the photo stays until somebody takes it out by hand.
            _ if reason == Some(Reason::RemovalNotPossible) => PhotoState::NoFile,
            _ if reason == Some(Reason::OutOfScope) => PhotoState::OutOfScope,
            _ if reason.is_some_and(Reason::is_kept) => PhotoState::Kept,
            DeliveryState::Waiting { .. } | DeliveryState::Due => PhotoState::OnItsWay,
            DeliveryState::Blocked { .. } => PhotoState::Held,
            DeliveryState::InStep if in_tenant.is_some() => PhotoState::Drifted,
            DeliveryState::InStep => PhotoState::UpToDate,
        };
        let delivered = row.delivered;
        Some(Self {
            kind: Some(row.target.kind()),
            object_id: row.target.object_id().map(ToString::to_string),
            others,
            in_tenant,
            state,
            since: held_since.flatten().or(Some(row.since)),
            changed: delivered.as_ref().is_some_and(|(_, at)| *at >= lately),
            why: problem.filter(|why| match state {
                PhotoState::UpToDate | PhotoState::Drifted | PhotoState::DefaultPicture => false,
                PhotoState::NoFile => why.reason == Reason::RemovalNotPossible,
                _ => true,
            }),
            picture: delivered.as_ref().and_then(|(version, _)| Some((row.path.clone()?, version.digest))),
            delivered: delivered.map(|(_, at)| at),
            path: row.path.map(|path| path.to_string()),
            ..Self::missing(row.label)
        })
    }

    /// Whoever was never planned for; several files for one are one.
    fn of_held(items: &[HeldItem]) -> Option<Self> {
        let (first, others) = items.split_first()?;
        let state = match first.reason {
            Reason::OutOfScope => PhotoState::OutOfScope,
            reason if reason.is_kept() => PhotoState::Kept,
            _ => PhotoState::Held,
        };
        let name = first.label.clone().or_else(|| first.path.clone()).unwrap_or_default();
        Some(Self {
            kind: first.kind,
            object_id: first.object_id().map(str::to_owned),
            path: first.path.clone(),
            others: others.iter().filter_map(|item| item.path.clone()).collect(),
            state,
            since: first.since,
            why: Some(first.problem()),
            ..Self::missing(name)
        })
    }
}

/// Who has which photo, and the files that belong to nobody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Photos {
    /// Everybody whom the ledger knows; whoever has several files that are held stands here once.
    pub rows: Vec<PhotoRow>,
    /// Files that no rule claims.
    pub unmatched: Vec<HeldItem>,
    /// What can't be read at all: names, folders, lines of the table. The ledger knows nothing of it.
    pub unread: Vec<HeldItem>,
}

impl Photos {
    /// Reads it; `lately`: since when a photo counts as changed.
    pub(crate) fn read(reader: &Reader, lately: Timestamp) -> Result<Self, LedgerError> {
        // As the counts have it: a file is about its target if that is blocked, and about itself otherwise.
        let mut things: BTreeMap<(bool, String), Vec<HeldItem>> = BTreeMap::new();
        let mut unmatched = Vec::new();
        for item in reader.held()?.into_iter().chain(reader.left_out()?).map(HeldItem::from) {
            match item.reason {
                Reason::Unmatched => unmatched.push(item),
                // What is told of a target that waits stands in its own row.
                _ if item.until.is_some() => {}
                reason => things.entry((reason == Reason::OutOfScope, item.thing.clone())).or_default().push(item),
            }
        }
        let mut rows = Vec::new();
        for row in reader.everything()? {
            let target = row.target.to_string();
            // That a file of a blocked target is out of scope, the target says itself.
            things.remove(&(true, target.clone()));
            let held = things.remove(&(false, target)).unwrap_or_default();
            rows.extend(PhotoRow::of_target(row, held, lately));
        }
        rows.extend(things.values().filter_map(|items| PhotoRow::of_held(items)));
        Ok(Self { rows, unmatched, unread: Vec::new() })
    }
}
