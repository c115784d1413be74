//! One Microsoft Graph client for any cloud: sign-in, directory questions, photo writes, and the one function
//! that classes every failure.
//!
//! This room knows HTTP and what Graph's answers mean. It must not know files in the source, the ledger, the pace
//! of photos (it sends when it is told to and reports what it was told; that of directory questions is its own), configuration
//! files, or the emulator, which pretends to be Graph and must not share its misunderstandings.
//!
//! The way of one request: `photos` or `directory` builds it → `client` adds a token from `token` and sends it over
//! `transport` → success, or `classify` says what the answer means (`error_kind`), with a cause and a cure (`messages`, `permission`).
//! The token goes to the configured Graph host over TLS (or to loopback) and nowhere else: redirects are not
//! followed, and links in answers are followed on the same host only.

mod absence;
mod answer;
mod classify;
mod client;
mod cloud;
mod counters;
mod credential;
mod cure;
mod directory;
mod error_body;
mod error_kind;
mod failure;
mod login;
mod messages;
mod path;
mod patience;
mod permission;
mod photos;
mod policy;
mod proxy;
mod question_pace;
mod retry_after;
mod sent_secrets;
mod settings;
mod throttle;
mod token;
mod transport;
mod unreachable;
mod untrusted;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod testing;

pub(crate) use client::Client;
pub(crate) use cloud::{Cloud, UrlFault};
pub(crate) use counters::RequestCounts;
pub(crate) use credential::{Credential, SavedSignIn, SecretNow, check_certificate, delegated_permissions};
pub(crate) use cure::Cure;
pub(crate) use directory::{Change, DeltaEnd};
pub(crate) use failure::{Class, Failure, Operation, Recourse, ThrottleScope, Verb};
pub(crate) use permission::{Need, needs};
pub(crate) use photos::{Accepted, TenantPhoto};
pub(crate) use policy::PhotoPolicy;
pub(crate) use proxy::{Proxies, ProxyFault};
pub(crate) use retry_after::retry_after;
pub(crate) use settings::{GraphSettings, SetupError};
pub(crate) use untrusted::read_body;
