//! From the command line to an engine and a ledger.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;

use super::args::Global;
use super::exit::Trouble;
use super::screen::Screen;
use crate::clock::Clock;
use crate::config::{Built, Config, LogFormat, LogLevel, build};
use crate::ledger::{Ledger, Reader};
use crate::telemetry::{self, LogOutput};

/// Reads a variable of the environment; one that is not text counts as not set.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads the configuration and starts logging as it says.
pub(super) fn configured(global: &Global, screen: &Screen) -> Result<Config, Trouble> {
    let config = Config::load(&global.config, &env)?;
    let output = match config.log.format {
        LogFormat::Auto => LogOutput::Auto,
        LogFormat::Text => LogOutput::Text,
        LogFormat::Json => LogOutput::Json,
        LogFormat::Journald => LogOutput::Journald,
    };
    let level = match config.log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let screen = screen.clone();
    telemetry::start(output, level, move || screen.writer());
    Ok(config)
}

/// The engine of a configuration.
pub(super) async fn built(config: &Config, clock: &Clock) -> Result<Built, Trouble> {
    Ok(build(config, clock, &env, None).await?)
}

/// The ledger of a configuration, for this process alone.
pub(super) fn ledger(config: &Config, built: &Built, clock: &Clock) -> Result<Ledger, Trouble> {
    Ok(Ledger::open(&config.ledger.path, &built.identity, clock.now())?)
}

/// The ledger of a configuration, to read.
pub(super) fn reader(config: &Config) -> Result<Reader, Trouble> {
    Ok(Reader::open(&config.ledger.path)?)
}

/// Cancelled by the first TERM or INT; a second one ends the process at once.
pub(super) fn interrupted() -> Result<CancellationToken, Trouble> {
    let failed = |error: io::Error| Trouble::internal("signals can't be heard", error);
    let (mut term, mut int) =
        (signal(SignalKind::terminate()).map_err(failed)?, signal(SignalKind::interrupt()).map_err(failed)?);
    let cancelled = CancellationToken::new();
    let token = cancelled.clone();
    tokio::spawn(async move {
        for _ in 0..2 {
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            if token.is_cancelled() {
                #[expect(clippy::exit, reason = "the second signal means: now")]
                std::process::exit(i32::from(super::Exit::Held as u8));
            }
            token.cancel();
        }
    });
    Ok(cancelled)
}
