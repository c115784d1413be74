//! Machines in time, without a clock: each is told what time it is and answers when the next step may come.
//!
//! Pure. It must not know what is being sent, to whom, or why.

mod pacer;
mod retry;

pub use pacer::{PaceSettings, Pacer, Verdict};
pub use retry::RetryPolicy;
