//! The command line of `emulate`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::{listen, rate, whole};

#[derive(Args, Debug)]
#[command(after_long_help = concat!("Weather file (--weather), an example with every key:\n\n", include_str!("weather.yaml")))]
pub(super) struct EmulateArgs {
    /// Where to listen; loopback only, port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8365", value_parser = listen)]
    pub(super) listen: SocketAddr,
    /// The tenant as YAML; without it, one is grown from the source and mapping of the configuration
    #[arg(long, value_name = "FILE")]
    pub(super) seed: Option<PathBuf>,
    /// Photo writes per second that are let through; no limit if not given
    #[arg(long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Burst size of the simulated rate limit
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = whole::<u32>)]
    pub(super) burst: u32,
    /// Faults, outages and latencies by share and by script, as YAML; the help's end (--help) shows every key
    #[arg(long, value_name = "FILE")]
    pub(super) weather: Option<PathBuf>,
    /// How a refused write is told to wait
    #[arg(long, value_enum, default_value_t = RetryAfterForm::Seconds)]
    pub(super) retry_after: RetryAfterForm,
    /// The only client secret that signs in; any if not given
    #[arg(long, value_name = "SECRET")]
    pub(super) client_secret: Option<String>,
    /// Keep received photos in this directory
    #[arg(long, value_name = "DIR")]
    pub(super) save: Option<PathBuf>,
    /// Requests remembered for /emulator/requests; 0 remembers none
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = whole::<usize>)]
    pub(super) log: usize,
    /// Forget the bytes of received photos, to measure speed
    #[arg(long)]
    pub(super) forget_bodies: bool,
}

/// Forms of the Retry-After header.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RetryAfterForm {
    /// Whole seconds
    Seconds,
    /// Seconds with decimals
    Fraction,
    /// An HTTP date
    Date,
    /// No header
    None,
}
