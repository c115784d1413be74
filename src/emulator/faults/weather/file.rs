//! The weather as it is written down.

use serde::{Deserialize, Deserializer};

use super::latency::Latency;
use super::outage::OutageShape;
use super::phase::{Fault, Faults, WeatherPhase};
use super::units::{Checked, checked};

/// What a weather file says; the format stands in the room's documentation.
#[derive(Clone, Default, Debug)]
pub struct Weather {
    pub(super) seed: u64,
    /// The phases count from the first request, not from the start of the server.
    pub(super) begins_with_request: bool,
    /// The one that stands first is asked first.
    pub(super) phases: Vec<WeatherPhase>,
}

/// Why a weather file was not taken: what, where, and how to write it.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct WeatherError(#[from] serde_yaml::Error);

impl Weather {
    /// Reads a weather file.
    pub fn from_yaml(text: &str) -> Result<Self, WeatherError> {
        Ok(serde_yaml::from_str(text)?)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Begin {
    #[default]
    FirstRequest,
    Server,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWeather {
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    begin: Begin,
    latency: Option<Latency>,
    #[serde(default)]
    faults: Vec<Fault>,
    #[serde(default)]
    phases: Vec<WeatherPhase>,
}

impl Checked for Weather {
    type Raw = RawWeather;
    const EXPECTED: &'static str = "a weather such as { faults: [{ share: 5%, status: 503 }] }";

    fn check(raw: RawWeather) -> Result<Self, String> {
        let begins_with_request = raw.begin == Begin::FirstRequest;
        let mut phases = raw.phases;
        let refuses_at_once =
            |phase: &WeatherPhase| matches!(phase.outage, Some(OutageShape::Refused(_))) && phase.window.begins_at_once();
        if let Some(at) = phases.iter().position(refuses_at_once).filter(|_| begins_with_request) {
            return Err(format!(
                "phases[{at}] refuses connections from the beginning, so the first request, with which the weather begins, never \
                 comes: give it a `from`, or set `begin: server`"
            ));
        }
        // What stands at the top holds always, where no phase says otherwise.
        let faults = Faults::try_new(raw.faults)?;
        phases.push(WeatherPhase { latency: raw.latency, faults, ..WeatherPhase::default() });
        Ok(Self { seed: raw.seed, begins_with_request, phases })
    }
}

impl<'de> Deserialize<'de> for Weather {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer)
    }
}
