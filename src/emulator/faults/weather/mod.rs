//! Weather: accidents, outages and latencies by chance and by script. The format is described where the room is.

mod accident;
mod answers;
mod file;
mod forecast;
mod latency;
mod outage;
mod phase;
mod scope;
#[cfg(test)]
mod tests;
mod units;

pub use file::{Weather, WeatherError};
pub(crate) use forecast::Forecast;
pub(crate) use scope::{Purpose, Subject};
