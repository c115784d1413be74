//! What happens in a story.

use std::time::Duration;

use super::super::prepared::PreparedUpload;
use super::weather::Change;
use crate::graph::{Accepted, Class, Failure};
use crate::ledger::Due;
use crate::model::{Outcome, Trace};

pub(super) enum Event {
    Prepared(Due, bool),
    /// What had to be asked before it is answered; it was let go at this time.
    Asked(Due, PreparedUpload, Duration),
    /// Its turn at the door has come; it was let go at this time.
    Leaves(Due, PreparedUpload, Duration),
    Answered(Box<Heard>),
    Panicked(Due),
    Record(Due, Outcome, Trace),
    Edit(usize),
    Crash,
    Jump,
    Outage(Option<Class>),
    Weather(Change),
    /// An outage is over for a while: what it cost is counted.
    Reckon,
}

/// What the client is about to hear.
pub(super) struct Heard {
    pub(super) due: Due,
    pub(super) prepared: PreparedUpload,
    pub(super) result: Result<(Outcome, Accepted), Failure>,
    pub(super) sent: Duration,
    pub(super) blame: Blame,
    /// It never left.
    pub(super) unsent: bool,
    /// The client waits no longer; what comes later is not heard.
    pub(super) given_up: bool,
}

/// Whose fault an answer is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Blame {
    Nobody,
    /// The target's or its picture's own.
    Target,
    Limit,
    Accident,
    Outage,
}

/// What comes of a request, and when it is heard of.
pub(super) struct Reply {
    /// The photo is stored, whatever is heard.
    pub(super) stores: bool,
    pub(super) result: Result<(Outcome, Accepted), Failure>,
    pub(super) takes: Duration,
    pub(super) blame: Blame,
}
