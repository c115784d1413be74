//! From the command line to the parts of a pass and a ledger.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::args::GlobalArgs;
use super::exit::{CliError, Exit};
use super::out::tell;
use super::screen::Screen;
use crate::clock::Clock;
use crate::config::{Built, CloudName, Config, LogFormat, build, identity};
use crate::daemon::{self, ControlError, GetStatus};
use crate::delivery::Until;
use crate::ledger::{self, Ledger, OpenError, Reader};
use crate::model::chain;
use crate::telemetry::{self, LogOutput};

/// Reads a variable of the environment; one that is not text counts as not set.
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Reads the configuration and starts logging as it says.
pub(super) fn load_config(global: &GlobalArgs, screen: &Screen) -> Result<Config, CliError> {
    let config = Config::load(&global.config, &env)?;
    let output = match config.log.format {
        LogFormat::Auto => LogOutput::Auto,
        LogFormat::Text => LogOutput::Text,
        LogFormat::Json => LogOutput::Json,
        LogFormat::Journald => LogOutput::Journald,
    };
    telemetry::start(output, config.log.level, screen.clone());
    Ok(config)
}

/// The same for a command that only looks at what a service does: while one runs, a file with faults, which it does not use,
/// is no hindrance. Says so.
pub(super) async fn load_config_beside_service(global: &GlobalArgs) -> Result<Config, CliError> {
    let faults = match load_config(global, &Screen::default()) {
        Ok(config) => return Ok(config),
        Err(faults) => faults,
    };
    let Some(remains) = Config::remains(&global.config, &env) else { return Err(faults) };
    if daemon::ask(&remains.ledger.path, &GetStatus {}).await.is_err() {
        return Err(faults);
    }
    tell!(
        "The configuration {} can't be used as it stands, and the running service does not use it: it works by the one before. `photosyncd check` names the faults.",
        global.config.display()
    );
    Ok(remains)
}

/// All that a pass needs.
pub(super) async fn build_pass(config: &Config, clock: &Clock) -> Result<Built, CliError> {
    Ok(build(config, clock, &env).await?)
}

/// A wait that Microsoft 365 asks for, at sign-in or before a question, is not longer than this, if so asked.
pub(super) fn be_patient(built: &Built, patience: Option<Duration>) {
    if let Some(patience) = patience {
        built.pass.uploader.directory.tenant.graph.be_patient(patience);
    }
}

/// Has the screen say when directory questions pause.
pub(super) fn tell_pauses(built: &Built, screen: &Screen) {
    let graph = built.pass.uploader.directory.tenant.graph.clone();
    screen.tell_pauses(move || graph.asked_pause());
}

/// For questions that somebody waits for: no pause or outage is waited out for longer than this.
pub(super) fn until(patience: Duration) -> Until {
    Until { patience, waits_out_pauses: false, max_duration: None, limit: None, cancelled: CancellationToken::new() }
}

/// A ledger to change: in our own hands, or in those of the service that runs.
pub(super) enum LedgerAccess {
    /// Nobody else has it.
    Local(Ledger),
    /// The service takes requests.
    Daemon,
}

/// The ledger of a configuration, or the service that holds it. Held by anybody else, it can't be had.
pub(super) async fn ledger_access(config: &Config, built: &Built, clock: &Clock) -> Result<LedgerAccess, CliError> {
    match Ledger::open(&config.ledger.path, &built.identity, clock.now()) {
        Ok(ledger) => Ok(LedgerAccess::Local(ledger)),
        Err(held @ OpenError::Held { .. }) => match daemon::ask(&config.ledger.path, &GetStatus {}).await {
            Ok(_) => Ok(LedgerAccess::Daemon),
            Err(ControlError::Nobody { .. }) => Err(held.into()),
            Err(error @ ControlError::Silent(_)) => {
                let why = silence(&config.ledger.path).unwrap_or_else(|| chain(&error));
                Err(CliError::new(Exit::Busy, format!("the running service does not answer: {why}")))
            }
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// What is said of a process that holds a ledger and does not answer; none if nobody holds it any more.
pub(super) fn silence(ledger: &Path) -> Option<String> {
    let holder = ledger::holder(ledger)?;
    Some(format!(
        "{holder} holds the ledger {} and does not answer: it was stopped (SIGSTOP), or hangs. `systemctl status photosyncd` says more; \
         `systemctl restart photosyncd` ends it and starts it again (a service without systemd: end that process, start it again)",
        ledger.display()
    ))
}

/// The ledger of a configuration, to read: this tenant's, and nobody else's.
pub(super) fn reader(config: &Config) -> Result<Reader, CliError> {
    Ok(own_reader(config)?)
}

/// The same, to be told why not.
pub(super) fn own_reader(config: &Config) -> Result<Reader, OpenError> {
    let path = &config.ledger.path;
    // What remains of a file with faults may not say whose it is.
    let is_known = config.graph.tenant.is_some() || config.graph.cloud == CloudName::Emulator;
    if is_known { Reader::of(path, &identity(config)) } else { Reader::open(path) }
}

/// Cancelled by the first TERM or INT; a second one ends the process at once.
pub(super) fn interrupted() -> Result<CancellationToken, CliError> {
    let failed = |error: io::Error| CliError::internal("cannot install signal handlers", error);
    let (mut term, mut int) =
        (signal(SignalKind::terminate()).map_err(failed)?, signal(SignalKind::interrupt()).map_err(failed)?);
    let cancelled = CancellationToken::new();
    let token = cancelled.clone();
    tokio::spawn(async move {
        for _ in 0..2 {
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
            if token.is_cancelled() {
                #[expect(clippy::exit, reason = "the second signal means: now")]
                std::process::exit(i32::from(Exit::Held as u8));
            }
            token.cancel();
        }
    });
    Ok(cancelled)
}
