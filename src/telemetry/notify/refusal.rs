//! Why somebody could not be told, and what to do about it.

use std::error::Error;
use std::time::Duration;

use reqwest::StatusCode;

/// Why a receiver could not be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    /// Without addresses, keys and names.
    pub(super) why: String,
    /// What a person does about it.
    pub(super) cure: &'static str,
    /// It stays so until somebody has done that.
    pub(super) for_good: bool,
    /// The receiver asked to wait so long.
    pub(super) after: Option<Duration>,
    /// Some were told.
    pub(super) partly: bool,
}

impl Refusal {
    /// One that may pass.
    pub(super) fn passing(why: String, cure: &'static str) -> Self {
        Self { why, cure, for_good: false, after: None, partly: false }
    }

    /// One that stays.
    pub(super) fn lasting(why: String, cure: &'static str) -> Self {
        Self { why, cure, for_good: true, after: None, partly: false }
    }

    /// By the status of an answer.
    pub(super) fn of_status(status: StatusCode, after: Option<Duration>) -> Self {
        let why = format!("HTTP {}", status.as_u16());
        let cure = match status.as_u16() {
            404 | 410 => {
                "nobody is at this address any more (was the workflow or webhook deleted?): make a new one, write its address \
                 into the configuration and reload"
            }
            401 | 403 => "the receiver takes nothing from this address: renew its key or make a new one, and reload",
            300..=399 => "the address leads elsewhere, and nothing follows it there: write where it leads to, and reload",
            408 | 425 | 429 | 500.. => "nothing, it is tried again; if it stays so, ask whoever runs the receiver",
            _ => "the receiver does not take what it is sent: look whether it is the right kind of address",
        };
        let for_good = !status.is_server_error() && !matches!(status.as_u16(), 408 | 425 | 429);
        Self { why, cure, for_good, after, partly: false }
    }

    /// No answer came.
    pub(super) fn of_silence(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::passing(
                "no answer in time".to_owned(),
                "nothing, it is tried again; if it stays so, look at the receiver",
            );
        }
        let why = innermost(&error.without_url());
        let cure = if why.to_lowercase().contains("certificate") {
            "have this machine trust whoever signed the receiver's certificate, or correct the address"
        } else {
            "look at the address, and whether this machine may reach it (name, firewall, proxy)"
        };
        Self::passing(why, cure)
    }
}

/// The innermost cause: the layers above it repeat it.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(below) = innermost.source() {
        innermost = below;
    }
    innermost.to_string()
}
