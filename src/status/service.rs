//! The status of the running service, in numbers and states: what it writes to `status.json` and answers to commands, and
//! what `/metrics`, the unit's status line, the page and the webhook are made from.
//!
//! Holds nothing personal: counts, times, and what is wrong with the service as a whole.

use std::net::SocketAddr;

use std::collections::BTreeSet;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::pass::PassLine;
use crate::ledger::Counts;
use crate::model::{Permission, Reason, Timestamp, named};
use crate::plan::Guard;

/// Where the service is in its life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// The first pass is not planned yet.
    #[default]
    Starting,
    /// It watches and delivers.
    Running,
    /// Nothing new is begun; what is under way is let finish.
    Stopping,
    /// It has ended in good order.
    Stopped,
}

named! {
    /// How changes in the source are noticed.
    #[derive(Default)]
    pub(crate) enum WatchMethod {
        /// Not looked at yet.
        #[default]
        Starting = "starting",
        /// By the system's events.
        Native = "native",
        /// By looking at everything every so often.
        Polling = "poll",
        /// Not at all, as configured.
        Off = "off",
        /// The source is not there.
        Away = "away",
    }
}

/// How changes in the source are noticed just now.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct WatchStatus {
    /// By which means.
    pub state: WatchMethod,
    /// Why it is not what was asked for, in words; none if it is.
    pub detail: Option<String>,
    /// Since when.
    #[serde(default)]
    pub since: Timestamp,
}

named! {
    /// What keeps passes from being made.
    pub(crate) enum PassFailure {
        /// The directory can't be asked.
        Directory = "directory",
        /// The table is just being changed.
        Table = "table",
        /// The table can't be read or used.
        TableUnusable = "table_unusable",
        /// Anything else.
        Pass = "pass",
    }
}

/// What the application lacks permissions for; in JSON their words, with blanks between them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct MissingPermissions(pub BTreeSet<Permission>);

impl<'de> Deserialize<'de> for MissingPermissions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = String::deserialize(deserializer)?;
        words.split_whitespace().map(str::parse).collect::<Result<_, _>>().map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for MissingPermissions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words: Vec<&str> = self.0.iter().map(|permission| permission.as_str()).collect();
        serializer.serialize_str(&words.join(" "))
    }
}

/// Something that is wrong with the service as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Condition<R = String> {
    /// What, as a stable word.
    pub reason: R,
    /// What, in words.
    pub message: String,
    /// Since when.
    pub since: Timestamp,
}

/// Counts since the service started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Totals {
    /// Passes that were planned.
    pub passes: u64,
    /// Passes that the guard halted.
    pub passes_halted: u64,
    /// Passes that could not be made.
    pub passes_failed: u64,
    /// Photos that Graph accepted.
    pub delivered: u64,
    /// Photos that were taken out of the tenant.
    pub removed: u64,
    /// Tries that ended in a wait or a block.
    pub failed: u64,
    /// What the watcher told: look here.
    pub hints: u64,
    /// Times that more changed at once than the watcher could be told.
    pub watch_overflows: u64,
    /// Requests to Graph.
    pub requests: u64,
    /// Answers with status 429.
    pub throttled: u64,
    /// Bytes of photos sent.
    pub bytes_sent: u64,
    /// Configurations that took effect while running.
    pub reloads: u64,
    /// Configurations that were refused while running.
    pub reloads_refused: u64,
}

/// The status of the service. Field names are a contract: fields may be added, these stay. Fields that are missing are
/// read as their defaults, so that a command understands a service of another version.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ServiceStatus {
    /// The program's version.
    pub version: String,
    /// The process.
    pub pid: u32,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// Where it is in its life.
    pub phase: Phase,
    /// How many targets stand where.
    pub targets: Counts,
    /// So many of those that are blocked are tried again without anybody's doing.
    pub resolve_themselves: u32,
    /// When the next wait ends.
    pub next_due: Option<Timestamp>,
    /// Where the pages are served, if they are.
    pub listen: Option<SocketAddr>,
    /// How changes are noticed.
    pub watch: WatchStatus,
    /// Photos sent per second at most, at the moment.
    pub rate_per_second: f64,
    /// Until when Microsoft 365 asked to wait.
    pub paused_until: Option<Timestamp>,
    /// Since when Microsoft 365 can't be reached, or serves nobody.
    pub unreachable_since: Option<Timestamp>,
    /// What it answers everybody since then; none if nothing answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outage: Option<String>,
    /// Why nobody can sign in.
    pub sign_in: Option<Condition<Reason>>,
    /// What the application may not do.
    pub forbidden: Option<Condition<MissingPermissions>>,
    /// The guard's no.
    pub halted: Option<Condition<Guard>>,
    /// Why the ledger can't be written; nothing is sent then.
    pub ledger: Option<Condition>,
    /// Why the last pass could not be made.
    pub trouble: Option<Condition<PassFailure>>,
    /// Why the last reload was refused.
    pub reload_refused: Option<Condition>,
    /// By which ways nobody can be told, and why.
    pub notify: Option<Condition>,
    /// Why the pages can't be served for now.
    pub pages: Option<Condition>,
    /// All that is wrong with the service as a whole, by name; made from the fields above.
    pub conditions: Vec<Condition>,
    /// The newest pass.
    pub last_pass: Option<PassLine>,
    /// When everything is looked at again.
    pub next_full_pass: Option<Timestamp>,
    /// Counts since the start.
    pub totals: Totals,
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
