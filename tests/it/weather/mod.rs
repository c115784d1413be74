//! The service, with its defaults, in bad weather.

mod outages;
mod verdicts;
