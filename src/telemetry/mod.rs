//! What the program tells about itself while it runs: logs, numbers, how it stands, and news to people.
//!
//! It must not know what is being logged. Names, mail addresses, tokens and secrets are kept out by those who log.

mod connections;
mod host;
mod http;
mod logging;
mod metrics;
mod notify;

pub(crate) use connections::{Connections, Limits};
pub(crate) use http::{PageSource, Server, serve};
pub(crate) use logging::{LogOutput, colours, is_journalled, start};
pub(crate) use notify::{
    Alert, ChannelSettings, MailSettings, MailTls, NewsTone, Notifier, Outbox, Password, Untold, is_loopback,
};
