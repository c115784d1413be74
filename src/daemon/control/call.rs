//! What can be asked of a service, and what it answers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::daemon::status_file::sibling_path;
use crate::delivery::DriftSummary;
use crate::status::ServiceStatus;

/// A request, its answer and the work between take this long at most, each; a ledger held by somebody else answers after
/// 5 s. Comparing photos takes as long as it takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of a request or an answer at most: a line for each of some hundred thousand targets.
pub(super) const LONGEST: usize = 16 << 20;

/// The socket of the service that holds this ledger.
pub(super) fn socket(ledger: &Path) -> PathBuf {
    sibling_path(ledger, "control.sock")
}

/// A request by its place, and the answer to it. A refusal is a refusal instead, with a status that says so.
pub(crate) trait ControlCall: Serialize + DeserializeOwned {
    /// Asked with GET, and without a body; everything else is a POST of a JSON document.
    const IS_QUESTION: bool = false;
    /// The place.
    const PATH: &'static str;
    /// What came of it.
    type Answer: Serialize + DeserializeOwned;
}

/// How the service stands, as in `status.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GetStatus {}

impl ControlCall for GetStatus {
    const IS_QUESTION: bool = true;
    const PATH: &'static str = "/status";
    type Answer = ServiceStatus;
}

/// Blocked and waiting targets become due: these, or all.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetryTargets {
    /// Names, object ids or files.
    pub targets: Option<Vec<String>>,
}

impl ControlCall for RetryTargets {
    const PATH: &'static str = "/retry";
    type Answer = ChangedCount;
}

/// A name that now leads to another account may take its photo there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptTarget {
    /// A name, object id or file.
    pub target: String,
}

impl ControlCall for AcceptTarget {
    const PATH: &'static str = "/accept";
    type Answer = ChangedCount;
}

/// So many targets or files were changed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ChangedCount {
    /// How many.
    pub changed: usize,
}

/// These backups go back to their targets, and stay there until the file changes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreBackups {
    /// Targets as the ledger names them, each with the number of its backup.
    pub which: Vec<(String, i64)>,
    /// It undoes a pass.
    pub undo: bool,
}

impl ControlCall for RestoreBackups {
    const PATH: &'static str = "/restore";
    type Answer = Begun;
}

/// It is under way.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Begun {
    /// Under this pass of the journal.
    pub pass: i64,
}

/// The next pass, which is made at once, overrides the halt that stands.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OverrideHalt {}

impl ControlCall for OverrideHalt {
    const PATH: &'static str = "/force";
    type Answer = Overriding;
}

/// The next pass overrides this.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Overriding {
    /// What was halted, in words.
    pub halt: String,
}

/// Delivered photos are compared with the tenant. It ends early when the one who asked is gone, or asks to stop.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyPhotos {
    /// A name for this comparison, of the asker's choice, by which it can be stopped.
    pub id: Option<String>,
    /// Targets as the ledger names them; all if none.
    pub targets: Option<Vec<String>>,
    /// Ends it after so many milliseconds.
    pub max_duration_ms: Option<u64>,
    /// Ends it where Microsoft 365 asks to wait for more milliseconds than these; none: a pause is waited out.
    pub patience_ms: Option<u64>,
}

impl ControlCall for VerifyPhotos {
    const PATH: &'static str = "/verify";
    type Answer = DriftSummary;
}

/// A comparison under way ends, and tells what it found until now.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopVerify {
    /// Which.
    pub id: String,
}

impl ControlCall for StopVerify {
    const PATH: &'static str = "/verify/stop";
    type Answer = ChangedCount;
}
