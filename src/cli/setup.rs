//! From the command line to an engine and a ledger.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::args::Global;
use super::exit::Trouble;
use super::screen::Screen;
use crate::clock::Clock;
use crate::config::{Built, Config, LogFormat, build};
use crate::daemon::{self, Answer, ControlError, Request};
use crate::ledger::{Ledger, OpenError, Reader};
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
    let screen = screen.clone();
    telemetry::start(output, config.log.level, move || screen.writer());
    Ok(config)
}

/// The engine of a configuration.
pub(super) async fn built(config: &Config, clock: &Clock) -> Result<Built, Trouble> {
    Ok(build(config, clock, &env, None).await?)
}

/// A ledger to change: in our own hands, or in those of the service that runs.
pub(super) enum Hands {
    /// Nobody else has it.
    Ours(Ledger),
    /// The service takes requests.
    Service,
}

/// The ledger of a configuration, or the service that holds it. Held by anybody else, it can't be had.
pub(super) async fn hands(config: &Config, built: &Built, clock: &Clock) -> Result<Hands, Trouble> {
    match Ledger::open(&config.ledger.path, &built.identity, clock.now()) {
        Ok(ledger) => Ok(Hands::Ours(ledger)),
        Err(held @ OpenError::Held { .. }) => match daemon::ask(&config.ledger.path, &Request::Status).await {
            Ok(_) => Ok(Hands::Service),
            Err(ControlError::Nobody { .. }) => Err(held.into()),
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Has the service that runs change something; says how many targets or files it was.
pub(super) async fn changed(config: &Config, request: &Request) -> Result<usize, Trouble> {
    match daemon::ask(&config.ledger.path, request).await? {
        Answer::Changed(count) => Ok(count),
        other => Err(Trouble::internal("the running service answers something else", format!("{other:?}"))),
    }
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
