//! What the program tells about itself while it runs: logs now.
//!
//! It must not know what is being logged. Names, mail addresses, tokens and secrets are kept out by those who log.

mod logging;

pub use logging::{LogOutput, start};
