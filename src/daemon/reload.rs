//! A changed configuration: read and checked whole before anything changes.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::Start;
use super::control::{GetStatus, ask};
use super::hr_report::ScheduledReport;
use super::status::{SharedStatus, condition};
use super::status_page::Page;
use crate::clock::Clock;
use crate::config::{Built, Config, Env, SecretCheck, build, identity, instance};
use crate::ledger::{OpenError, inspect};
use crate::model::Advice;
use crate::status::Condition;
use crate::telemetry::{Notifier, PageSource, Server, serve};

const LEDGER_MOVED: &str = "ledger.path changed, which takes a restart: `systemctl restart photosyncd`";

/// A configuration that can take effect.
pub(super) struct Changed {
    pub(super) config: Config,
    pub(super) built: Built,
    /// The report that is to be written from now on, if any.
    pub(super) report: Option<Arc<ScheduledReport>>,
    /// The pages, if they are to be served somewhere else than before.
    pub(super) pages: Pages,
    /// Who is told of what happens.
    pub(super) notifier: Notifier,
}

/// What becomes of the pages.
pub(super) enum Pages {
    /// They stay.
    AsBefore,
    /// They are served here from now on, or nowhere.
    Now(Option<Server>),
}

/// Reads the configuration again. Errors: every reason why it can't take effect, one a line.
pub(super) async fn read(
    start: &Start,
    running: &Config,
    identity: &crate::ledger::Identity,
    shared: &SharedStatus,
    page: &Arc<Page>,
) -> Result<Changed, String> {
    let (path, env) = (start.path.clone(), start.env);
    let read = tokio::task::spawn_blocking(move || Config::load(&path, &env)).await;
    let config = read.map_err(|error| error.to_string())?.map_err(|faults| faults.to_string())?;
    if config.ledger.path != running.ledger.path {
        return Err(LEDGER_MOVED.to_owned());
    }
    let built = build(&config, &start.clock, &start.env).await.map_err(|error| error.advice())?;
    if built.identity != *identity {
        return Err("the cloud or tenant changed; the ledger belongs to the old one. Give the new one a ledger of its own \
                    (ledger.path) and restart: `systemctl restart photosyncd`"
            .to_owned());
    }
    let report = ScheduledReport::of(&config).map_err(|faults| faults.to_string())?;
    // What a pass would refuse is refused while the old configuration still works.
    built.pass.proposer.scanner.table().await.map_err(|error| error.advice())?;
    let notifier = notifier(&config, &start.env, &start.clock)?;
    if config.log != running.log {
        tracing::warn!("log.format and log.level take effect at the next start");
    }
    let pages = if config.service.listen == running.service.listen {
        Pages::AsBefore
    } else {
        Pages::Now(pages(config.service.listen, shared, page).await.map_err(|(address, error)| not_served(address, &error))?)
    };
    Ok(Changed { config, built, report, pages, notifier })
}

/// Why a service with this configuration would not start, or not take it, beyond what building its parts shows. `under_way`:
/// a service runs now, and is asked to take it.
pub(crate) async fn refusal(
    config: &Config,
    env: Env<'_>,
    secret: SecretCheck,
    clock: &Clock,
    under_way: bool,
) -> Result<(), RefusedSettings> {
    let inspection = inspect(&config.ledger.path, &identity(config));
    let mut faults = Vec::new();
    if let Err(error @ OpenError::OtherTenant { .. }) = inspection.ledger {
        faults.push(error.advice());
    } else if under_way && inspection.holder.is_none() {
        faults.push(LEDGER_MOVED.to_owned());
    }
    faults.extend(unservable(config, env, secret, clock).await.err().map(|RefusedSettings(why)| why));
    RefusedSettings::of(&faults)
}

/// Why who is told, the report's words or the pages of this configuration can't be had.
pub(crate) async fn unservable(config: &Config, env: Env<'_>, secret: SecretCheck, clock: &Clock) -> Result<(), RefusedSettings> {
    let mut faults = Vec::new();
    faults.extend(open(config, env, secret, clock).err());
    faults.extend(config.report.words().err().map(|faults| faults.to_string()));
    faults.extend(unserved(config).await);
    RefusedSettings::of(&faults)
}

/// Why the pages can't be had where they are to be.
async fn unserved(config: &Config) -> Option<String> {
    let address = config.service.listen?;
    match TcpListener::bind(address).await {
        Ok(_) => None,
        // By the very service that is asked to take it.
        Err(error) if error.kind() == ErrorKind::AddrInUse && is_ours(config, address).await => None,
        Err(error) => Some(not_served(address, &error)),
    }
}

async fn is_ours(config: &Config, address: SocketAddr) -> bool {
    let status = ask(&config.ledger.path, &GetStatus {}).await;
    // Or it waits for that very address.
    let waits = |pages: &Condition| pages.reason == address.to_string();
    status.is_ok_and(|status| status.listen == Some(address) || status.pages.as_ref().is_some_and(waits))
}

fn not_served(address: SocketAddr, error: &std::io::Error) -> String {
    format!("the pages can't be served at {address} (service.listen): {error}")
}

/// A setting that a service refuses.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct RefusedSettings(String);

impl RefusedSettings {
    /// All at once, a line each.
    fn of(faults: &[String]) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self(faults.join("\n"))) }
    }
}

/// Who is told, by every way of the configuration; none of them is a way as well.
pub(crate) fn notifier(config: &Config, env: Env<'_>, clock: &Clock) -> Result<Notifier, String> {
    open(config, env, SecretCheck::Needed, clock)
}

fn open(config: &Config, env: Env<'_>, secret: SecretCheck, clock: &Clock) -> Result<Notifier, String> {
    let instance = instance(config);
    // Whoever reads the news elsewhere needs a name, not "all addresses".
    let page = config.service.listen.map(|address| {
        let everywhere = address.ip().is_unspecified();
        if everywhere { format!("http://{}:{}/", instance.host, address.port()) } else { format!("http://{address}/") }
    });
    let channels = config.notify.channels(env, secret);
    let opened = channels.and_then(|channels| Notifier::open(channels, &instance, page.as_deref(), clock.clone()));
    opened.map_err(|(key, why)| format!("notify.{key}: {why}"))
}

/// Serves the pages, if they are asked for.
pub(super) async fn pages(
    listen: Option<SocketAddr>,
    shared: &SharedStatus,
    page: &Arc<Page>,
) -> Result<Option<Server>, (SocketAddr, std::io::Error)> {
    let Some(address) = listen else {
        shared.change(|now| now.listen = None);
        return Ok(None);
    };
    let front: Arc<dyn PageSource> = page.clone();
    let server = serve(address, shared.read(), front).await.map_err(|error| (address, error))?;
    shared.change(|now| now.listen = Some(server.address()));
    tracing::info!("Status page at http://{0}/; for monitoring http://{0}/metrics, /livez and /readyz", server.address());
    Ok(Some(server))
}

/// Notes in the status what came of a reload.
pub(super) fn tell(shared: &SharedStatus, refused: Option<&str>) {
    let at = shared.clock.now();
    shared.change(|now| {
        match refused {
            None => now.totals.reloads += 1,
            Some(_) => now.totals.reloads_refused += 1,
        }
        let before = now.reload_refused.take();
        now.reload_refused = refused.map(|why| condition("configuration".to_owned(), why, before.as_ref(), at));
    });
}
