//! Outages: everything in scope fails in one way.

use axum::http::StatusCode;
use serde::{Deserialize, Deserializer};

use super::accident::{Accident, RawAccident};
use super::scope::{Purpose, Subject};
use super::units::{Checked, checked};

/// How an outage looks from outside.
#[derive(Clone, Debug)]
pub(super) enum OutageShape {
    /// Nobody listens.
    Refused(Accident),
    /// All requests fail alike.
    All(Accident),
    /// Requests to Graph fail alike; tokens are still issued.
    Graph(Accident),
    /// No tokens are issued, and those issued before have ended.
    NoSignIn { tokens: Accident, graph: Accident },
}

impl OutageShape {
    /// What strikes this request, if anything.
    pub(super) fn accident(&self, subject: &Subject<'_>) -> Option<&Accident> {
        let sign_in = subject.purpose == Purpose::SignIn;
        match self {
            Self::Refused(accident) | Self::All(accident) => Some(accident),
            Self::Graph(accident) => (!sign_in).then_some(accident),
            Self::NoSignIn { tokens, graph } => Some(if sign_in { tokens } else { graph }),
        }
    }
}

impl Checked for OutageShape {
    type Raw = RawAccident;
    const EXPECTED: &'static str = "one of refused, hanging, unavailable, unauthorized, forbidden, not_found_page, no_sign_in, \
                                    or a fault such as { status: 502 }";

    fn check(raw: RawAccident) -> Result<Self, String> {
        if raw.share.is_some() || raw.burst.is_some() {
            return Err("an outage hits every request: leave out `share` and `burst`, or list it under `faults`".to_owned());
        }
        Accident::check(raw, false).map(Self::All)
    }

    fn word(word: &str) -> Result<Self, String> {
        Ok(match word.trim() {
            "refused" => Self::Refused(Accident::reset()),
            "hanging" => Self::All(Accident::hang()),
            "unavailable" => Self::All(Accident::status(StatusCode::SERVICE_UNAVAILABLE)),
            "unauthorized" => Self::Graph(Accident::status(StatusCode::UNAUTHORIZED)),
            "forbidden" => Self::Graph(Accident::status(StatusCode::FORBIDDEN)),
            "not_found_page" => Self::All(Accident::html(StatusCode::NOT_FOUND)),
            "no_sign_in" => Self::NoSignIn {
                tokens: Accident::status(StatusCode::SERVICE_UNAVAILABLE),
                graph: Accident::status(StatusCode::UNAUTHORIZED),
            },
            other => return Err(format!("unknown outage {other:?}: use {}", Self::EXPECTED)),
        })
    }
}

impl<'de> Deserialize<'de> for OutageShape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer)
    }
}
