//! The weather as it is written down.

use super::fault::WeatherError;
use super::latency::Latency;
use super::outage::OutageShape;
use super::phase::{Faults, WeatherPhase};
use super::reader::{Found, FromNode, FromText, Section};
use super::tree::Node;
use super::units::one_of;

const EXPECTED: &str = "a weather such as { faults: [{ share: 5%, status: 503 }] }";

/// What a weather file says; the format stands in the room's documentation.
#[derive(Clone, Default, Debug)]
pub struct Weather {
    pub(super) seed: u64,
    /// The phases count from the first request, not from the start of the server.
    pub(super) begins_with_request: bool,
    /// The one that stands first is asked first.
    pub(super) phases: Vec<WeatherPhase>,
}

impl Weather {
    /// Reads a weather file, or tells everything that is wrong with it.
    pub fn from_yaml(text: &str) -> Result<Self, WeatherError> {
        read(text)
    }
}

/// Reads a text that holds one value.
pub(super) fn read<T: FromNode>(text: &str) -> Result<T, WeatherError> {
    let node = Node::parse(text).map_err(|fault| WeatherError::new(vec![fault]))?;
    let mut found = Found::new();
    match T::from_node(&node, "", &mut found) {
        Some(value) if found.is_empty() => Ok(value),
        _ => Err(WeatherError::new(found)),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Begin {
    FirstRequest,
    Server,
}

impl FromText for Begin {
    const EXPECTED: &'static str = "first_request or server";

    fn from_text(text: &str) -> Result<Self, String> {
        one_of(text, [("first_request", Self::FirstRequest), ("server", Self::Server)])
    }
}

impl FromNode for Weather {
    fn from_node(node: &Node, path: &str, found: &mut Found) -> Option<Self> {
        Section::read(node, path, found, EXPECTED, |section| {
            let seed = section.value("seed").unwrap_or_default();
            let begins_with_request = section.value("begin").unwrap_or(Begin::FirstRequest) == Begin::FirstRequest;
            let latency: Option<Latency> = section.value("latency");
            let faults = Faults::read(section);
            let mut phases: Vec<WeatherPhase> = section.value("phases").unwrap_or_default();
            let refuses_at_once =
                |phase: &WeatherPhase| matches!(phase.outage, Some(OutageShape::Refused(_))) && phase.window.begins_at_once();
            if begins_with_request && phases.iter().any(refuses_at_once) {
                section.fault(
                    "phases",
                    "one of them refuses connections from the beginning, so the first request, with which the weather begins, \
                     never comes: give it a `from`, or set `begin: server`",
                );
            }
            // What stands at the top holds always, where no phase says otherwise.
            phases.push(WeatherPhase { latency, faults, ..WeatherPhase::default() });
            Some(Self { seed, begins_with_request, phases })
        })
    }
}
