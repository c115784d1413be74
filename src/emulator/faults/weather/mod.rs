//! Weather: accidents, outages and latencies by chance and by script. The format is described where the room is.

mod accident;
mod answers;
mod fault;
mod file;
mod forecast;
mod latency;
mod outage;
mod phase;
mod reader;
mod scope;
#[cfg(test)]
mod tests;
mod tree;
mod units;

pub use fault::WeatherError;
pub use file::Weather;
pub(crate) use forecast::Forecast;
pub(crate) use scope::{Purpose, Subject};
