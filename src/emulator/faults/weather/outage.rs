//! Outages: everything in scope fails in one way.

use axum::http::StatusCode;

use super::accident::Accident;
use super::fault::WeatherFault;
use super::reader::{Found, FromNode, Section};
use super::scope::{Purpose, Subject};
use super::tree::Node;

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

const EXPECTED: &str = "one of refused, hanging, unavailable, unauthorized, forbidden, not_found_page, no_sign_in, \
                        or a fault such as { status: 502 }";

impl FromNode for OutageShape {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self> {
        if let Some(word) = node.text() {
            let shape = Self::of_word(word.trim());
            if shape.is_none() {
                found.push(WeatherFault::new(node.at, path, &format!("unknown outage {word:?}: use {EXPECTED}")));
            }
            return shape;
        }
        Section::read(node, path, found, EXPECTED, |section| {
            for key in ["share", "burst"] {
                if section.node(key).is_some() {
                    section.fault(key, "an outage hits every request: leave it out, or list it under `faults`");
                }
            }
            Accident::read(section, false).map(Self::All)
        })
    }
}

impl OutageShape {
    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
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
            _ => return None,
        })
    }
}
