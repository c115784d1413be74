//! `scope`, `removal`, `guard`, `backup`, `drift`: whom to leave alone, and the brakes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::keyword::keywords;
use super::reader::Section;
use super::units::secs;
use crate::model::DriftPolicy;

const DAY: u64 = 86_400;

keywords! {
    /// What happens to a delivered photo when its target becomes excluded.
    OptOut {
        /// It stays in the tenant.
        Keep = "keep",
        /// It is removed from the tenant.
        Delete = "delete",
    }
}

keywords! {
    /// What happens in the tenant when a file is gone from the source.
    WhenFileDisappears {
        /// Nothing.
        Keep = "keep",
        /// The photo is removed, after the grace time and within the guard.
        Delete = "delete",
    }
}

/// Whose photos are sent at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Scope {
    /// Groups (id, mail or mailNickname) whose transitive members are served; empty: everyone. Default empty.
    pub include_groups: Vec<String>,
    /// Groups whose transitive members are never served; wins over the above. Default empty.
    pub exclude_groups: Vec<String>,
    /// What happens to the delivered photo of a target that became excluded. Default `keep`.
    pub on_opt_out: OptOut,
}

impl Scope {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            include_groups: section.texts("include_groups", |_| Ok(())).unwrap_or_default(),
            exclude_groups: section.texts("exclude_groups", |_| Ok(())).unwrap_or_default(),
            on_opt_out: section.keyword("on_opt_out", OptOut::Keep),
        }
    }
}

/// Files that are gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Removal {
    /// What happens in the tenant. Default `keep`.
    pub when_file_disappears: WhenFileDisappears,
    /// How long a file must be gone first, 0s to 365d. Default 7d.
    pub grace: Duration,
}

impl Removal {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            when_file_disappears: section.keyword("when_file_disappears", WhenFileDisappears::Keep),
            grace: section.duration("grace", secs(0)..=secs(365 * DAY)).unwrap_or(secs(7 * DAY)),
        }
    }
}

/// The brakes over a pass.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Guard {
    /// A pass that would change more of the known targets stops, 0 to 100 percent. Default 100: no limit.
    pub max_changes_percent: f64,
    /// A pass that would remove more photos stops, 0 to 1000000. Default 10.
    pub max_removals: u32,
    /// A pass that would remove more of the known photos stops, 0 to 100 percent. Default 2.
    pub max_removals_percent: f64,
    /// Whether a source without any file stops the pass. Default true.
    pub refuse_empty_source: bool,
}

impl Guard {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            max_changes_percent: section.float("max_changes_percent", 0.0..=100.0, 100.0, "percent"),
            max_removals: section.integer("max_removals", 0..=1_000_000, 10, "photos"),
            max_removals_percent: section.float("max_removals_percent", 0.0..=100.0, 2.0, "percent"),
            refuse_empty_source: section.boolean("refuse_empty_source", true),
        }
    }
}

/// Photos that were in the tenant before ours.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Backup {
    /// Whether the tenant's photo is saved before it is overwritten for the first time. Default false.
    pub before_first_overwrite: bool,
    /// Where to, absolute. Default `backups` in the state directory.
    pub directory: PathBuf,
    /// How long saved photos are kept, 1d to 3650d. Default 90d.
    pub keep: Duration,
}

impl Backup {
    pub(super) fn read(section: &mut Section<'_, '_>, state_directory: &Path) -> Self {
        Self {
            before_first_overwrite: section.boolean("before_first_overwrite", false),
            directory: section.path("directory").unwrap_or_else(|| state_directory.join("backups")),
            keep: section.duration("keep", secs(DAY)..=secs(3650 * DAY)).unwrap_or(secs(90 * DAY)),
        }
    }
}

/// Photos that were changed in the tenant by others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Drift {
    /// Pause between two comparisons with the tenant, 1h to 365d; none: never. Default none.
    pub check_every: Option<Duration>,
    /// What happens to what differs. Default `report`.
    pub policy: DriftPolicy,
    /// Groups (id, mail or mailNickname) with a policy of their own for their transitive members; the first that a person
    /// is in decides, before rules. Default empty.
    pub by_group: Vec<(String, DriftPolicy)>,
}

impl Drift {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self {
            check_every: section.duration("check_every", secs(3600)..=secs(365 * DAY)),
            policy: section.keyword("policy", DriftPolicy::Report),
            by_group: section
                .list("by_group")
                .unwrap_or_default()
                .into_iter()
                .filter_map(|element| section.element(&element, read_group))
                .collect(),
        }
    }
}

/// A group and its policy; none when it has a fault.
fn read_group(section: &mut Section<'_, '_>) -> Option<(String, DriftPolicy)> {
    let (group, policy) = (section.text("group"), section.keyword("policy", DriftPolicy::Report));
    for key in ["group", "policy"] {
        if !section.has_value(key) {
            section.fault(key, "is missing; write for example { group: sales, policy: user_wins }");
        }
    }
    if section.is_faulty() { None } else { Some((group?, policy)) }
}
