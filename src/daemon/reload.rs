//! A changed configuration: read and checked whole before anything changes.

use std::net::SocketAddr;
use std::sync::Arc;

use super::Start;
use super::status::SharedStatus;
use super::status_page::Page;
use crate::clock::Clock;
use crate::config::{Built, Config, build};
use crate::model::Advice;
use crate::status::Condition;
use crate::telemetry::{Notifier, PageSource, Server, serve};

/// A configuration that can take effect.
pub(super) struct Changed {
    pub(super) config: Config,
    pub(super) built: Built,
    /// The pages, if they are to be served somewhere else than before.
    pub(super) pages: Pages,
    /// Who is told of what happens.
    pub(super) webhook: Option<Notifier>,
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
        return Err("ledger.path changed, which takes a restart: `systemctl restart photosyncd`".to_owned());
    }
    let built = build(&config, &start.clock, &start.env).await.map_err(|error| error.advice())?;
    if built.identity != *identity {
        return Err("the cloud or tenant changed; the ledger belongs to the old one. Give the new one a ledger of its own \
                    (ledger.path) and restart: `systemctl restart photosyncd`"
            .to_owned());
    }
    // What a pass would refuse is refused while the old configuration still works.
    built.pass.proposer.scanner.table().await.map_err(|error| error.advice())?;
    let webhook = webhook(&config, &start.clock).map_err(|why| format!("notify.webhook: {why}"))?;
    if config.log != running.log {
        tracing::warn!("log.format and log.level take effect at the next start");
    }
    let pages = if config.service.listen == running.service.listen {
        Pages::AsBefore
    } else {
        Pages::Now(
            pages(config.service.listen, shared, page)
                .await
                .map_err(|(address, error)| format!("the pages can't be served at {address} (service.listen): {error}"))?,
        )
    };
    Ok(Changed { config, built, pages, webhook })
}

/// The webhook, if there is one.
pub(super) fn webhook(config: &Config, clock: &Clock) -> Result<Option<Notifier>, String> {
    config.notify.webhook.as_ref().map(|webhook| Notifier::start(webhook.url().clone(), clock.clone())).transpose()
}

/// Serves the pages, if they are asked for.
pub(super) async fn pages(
    listen: Option<SocketAddr>,
    shared: &SharedStatus,
    page: &Arc<Page>,
) -> Result<Option<Server>, (SocketAddr, std::io::Error)> {
    let Some(address) = listen else { return Ok(None) };
    let front: Arc<dyn PageSource> = page.clone();
    let server = serve(address, shared.read(), front).await.map_err(|error| (address, error))?;
    tracing::info!("Status page at http://{0}/; for monitoring http://{0}/metrics, /livez and /readyz", server.address());
    Ok(Some(server))
}

/// Notes in the status what came of a reload.
pub(super) fn tell(shared: &SharedStatus, refused: Option<&str>) {
    let since = shared.clock.now();
    shared.change(|now| {
        match refused {
            None => now.totals.reloads += 1,
            Some(_) => now.totals.reloads_refused += 1,
        }
        now.reload_refused = refused.map(|why| Condition { reason: "configuration".to_owned(), message: why.to_owned(), since });
    });
}
