//! What comparing with the tenant found.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::Stopped;
use crate::status::{HeldItem, short};

/// What comparing found. Field names are a contract: fields may be added, these stay.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct DriftSummary {
    /// Targets compared.
    pub checked: u64,
    /// The tenant shows our photo.
    pub same: u64,
    /// The tenant shows another photo.
    pub changed: u64,
    /// The tenant shows no photo.
    pub gone: u64,
    /// It can't be said: what Graph called our photo was not known until now, or Graph did not answer.
    pub unknown: u64,
    /// Of those that can't be said: compared for the first time, so that a change is noticed from now on.
    #[serde(default)]
    pub learned: u64,
    /// Those that differ and are due again, as `hr_wins` says.
    pub made_due: u64,
    /// Microsoft 365 could not be reached: nobody answered, not even in its place.
    #[serde(default)]
    pub unreachable: bool,
    /// Why it ended early.
    pub stopped: Option<Stopped>,
    /// What differs or can't be said.
    pub differing: Vec<DriftFound>,
    /// What stopped it.
    #[serde(with = "short")]
    pub problems: Vec<HeldItem>,
}

/// One target that differs, or of which nothing can be said. Personal: for the person who asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct DriftFound {
    /// As HR names it.
    pub target: String,
    /// As Graph names it.
    pub object_id: String,
    /// `changed`, `gone` or `unknown`.
    pub found: Cow<'static, str>,
    /// What becomes of it: `reported`, `due` or `kept`; or why nothing can be said.
    pub then: String,
}
