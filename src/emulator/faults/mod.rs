//! What goes wrong: faults as they are scripted, and the quota. Nothing here knows what a request is about.

mod script;
mod throttle;

pub(super) use script::Script;
pub use script::{Fault, Reset};
pub(super) use throttle::{Bucket, Mailboxes, Place};
pub use throttle::{RetryAfter, Throttled, Throttling};
