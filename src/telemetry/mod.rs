//! What the program tells about itself while it runs: logs, numbers, and how it stands.
//!
//! It must not know what is being logged. Names, mail addresses, tokens and secrets are kept out by those who log.

mod http;
mod logging;
mod metrics;
mod snapshot;

pub use http::{Server, serve};
pub use logging::{LogOutput, start};
pub use snapshot::{LastPass, Phase, Snapshot, Totals, Trouble, Watch};
