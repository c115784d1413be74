//! Machines in time, without a clock: each is told what time it is and answers when the next step may come.
//!
//! Pure. It must not know what is being sent, to whom, or why.

mod breaker;
mod cuts;
mod pacer;
mod quota;
mod rate;
mod retry;
mod settle;
mod weather;

pub(crate) use breaker::{Breaker, FailurePattern, Gate, Sign, longest_wait};
pub(crate) use pacer::{PaceSettings, Pacer, Verdict};
pub(crate) use retry::{LONGEST, RetryPolicy};
pub(crate) use settle::{Settle, SettleSettings};

#[cfg(test)]
mod pace_simulation;
