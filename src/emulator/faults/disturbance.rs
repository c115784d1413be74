//! What befalls one request: how it ends, when, and whether it is carried out all the same.

use std::time::Duration;

use crate::emulator::reply::Reply;

/// When the connection of a request is reset.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ResetAt {
    /// Before the body is read.
    BeforeBody,
    /// When half of the body has arrived.
    Halfway,
    /// After the whole body has arrived.
    AfterBody,
}

/// How a request ends instead of with its true answer.
pub(crate) enum Ending {
    /// Another answer.
    Answer(Reply),
    /// No answer: the connection is reset.
    Reset(ResetAt),
    /// No answer for so long; then the connection is reset.
    Hang(Duration),
    /// Half of the true answer; then the connection is reset.
    Cut,
}

/// Nothing happens, by default: the true answer at once.
#[derive(Default)]
pub(crate) struct Disturbance {
    /// None: the true answer.
    pub(crate) ending: Option<Ending>,
    /// The request is carried out although another ending follows.
    pub(crate) processed: bool,
    /// A request that is not carried out draws on the quota all the same.
    pub(crate) draws_quota: bool,
    /// The answer waits so long.
    pub(crate) delay: Duration,
    /// The wait that the answer asks of everybody.
    pub(crate) announced: Option<Duration>,
}
