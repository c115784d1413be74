//! What the program tells about itself while it runs: logs, and news to a webhook.
//!
//! It must not know what is being logged. Names, mail addresses, tokens and secrets are kept out by those who log.

mod logging;
mod notify;

pub use logging::{LogOutput, start};
pub use notify::{News, Notifier};
