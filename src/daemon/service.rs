//! From start to end, in this order: signals, lock and ledger, sign-in, watch, first pass, ready; and back.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::control::{ControlHandler, ControlSocket};
use super::hr_report::ScheduledReport;
use super::reload::Pages;
use super::scan_loop::ScanLoopSettings;
use super::signals::{SignalAction, Signals};
use super::status::SharedStatus;
use super::status_file::{self, sibling_path};
use super::status_page::Page;
use super::systemd::Supervisor;
use super::workers::Workers;
use super::{DaemonError, Start, alerts, reload, watchdog};
use crate::config::{BuildError, Built, Config, build};
use crate::delivery::ServiceState;
use crate::ledger::{Identity, Ledger};
use crate::pass::Pass;
use crate::status::Phase;
use crate::telemetry::{Notifier, Server};

/// An address that another program has is asked for again after this.
const PAGES_AGAIN: Duration = Duration::from_secs(10);
/// The background tasks end within this, once nothing is left to do.
const CLOSING: Duration = Duration::from_secs(5);

/// Runs the service until it is told to stop. Errors: it can't start, or can't go on.
pub(crate) async fn run(start: Start) -> Result<(), DaemonError> {
    let mut signals = Signals::new().map_err(DaemonError::Signals)?;
    let config = start.config.clone();
    let report = ScheduledReport::of(&config).map_err(BuildError::from)?;
    let Built { pass, identity } = build(&config, &start.clock, &start.env).await?;
    let ledger = Ledger::open(&config.ledger.path, &identity, start.clock.now())?;
    let shared = Arc::new(SharedStatus::new(start.clock.clone(), Supervisor::of(start.env)));
    let page = Arc::new(Page::new(&config, &shared));
    let pages = pages_or_later(&config, &shared, &page).await?;
    let notifier = reload::notifier(&config, &start.env, &start.clock).map_err(DaemonError::Notify)?;
    let (notifiers, told) = mpsc::channel(1);
    _ = notifiers.try_send(notifier);
    let (passes, pass_now) = watch::channel(pass.clone());
    let mut service = Service {
        passes,
        notifiers,
        state: Arc::default(),
        background: Background::open(&config),
        status: sibling_path(&config.ledger.path, "status.json"),
        start,
        report,
        config,
        identity,
        ledger,
        shared,
        page,
        pages,
    };
    let (ledger, service_state, shared) = (service.ledger.clone(), Arc::clone(&service.state), Arc::clone(&service.shared));
    service.background.spawn(ControlHandler::new(pass_now, ledger, service_state, shared), told);
    let outcome = service.run(pass, &mut signals).await;
    service.close().await;
    outcome
}

/// The pages, or none for now where another program has their address: it may end, and photos matter more. Errors: this machine
/// can't serve them there, now or later.
async fn pages_or_later(config: &Config, shared: &SharedStatus, page: &Arc<Page>) -> Result<Option<Server>, DaemonError> {
    match reload::pages(config.service.listen, shared, page).await {
        Ok(pages) => {
            shared.pages(None);
            Ok(pages)
        }
        Err((address, source)) if source.kind() == ErrorKind::AddrInUse => {
            let why = format!(
                "another program has {address} (service.listen); the service works without the pages and tries again every \
                 10 s; what to do: end that program (`ss -ltnp` names it), or give service.listen another port and reload"
            );
            shared.pages(Some((address, &why)));
            Ok(None)
        }
        Err((address, source)) => Err(DaemonError::Listen { address, source }),
    }
}

struct Service {
    start: Start,
    config: Config,
    report: Option<Arc<ScheduledReport>>,
    identity: Identity,
    ledger: Ledger,
    state: Arc<ServiceState>,
    shared: Arc<SharedStatus>,
    background: Background,
    /// Where the status is written.
    status: PathBuf,
    page: Arc<Page>,
    pages: Option<Server>,
    /// The pass of the configuration in force.
    passes: watch::Sender<Pass>,
    /// Takes other ways to tell people, or none.
    notifiers: mpsc::Sender<Notifier>,
}

impl Service {
    async fn run(&mut self, pass: Pass, signals: &mut Signals) -> Result<(), DaemonError> {
        let mut workers = self.workers(pass);
        loop {
            let action = tokio::select! {
                action = signals.next() => action,
                () = tokio::time::sleep(PAGES_AGAIN), if self.wants_pages() => {
                    // What else may be wrong with the address by now is no reason to end.
                    self.pages = pages_or_later(&self.config, &self.shared, &self.page).await.unwrap_or_default();
                    continue;
                }
                fault = workers.failure() => {
                    self.shared.supervisor.stopping();
                    return Err(fault);
                }
            };
            match action {
                SignalAction::Stop => {
                    tracing::info!("Shutting down: finishing uploads in progress");
                    self.shared.supervisor.stopping();
                    self.shared.change(|now| now.phase = Phase::Stopping);
                    workers.stop(self.config.service.drain, signals.stop()).await;
                    return Ok(());
                }
                SignalAction::Reload => {
                    self.shared.supervisor.reloading();
                    match reload::read(&self.start, &self.config, &self.identity, &self.shared, &self.page).await {
                        Ok(changed) => {
                            // A wish to stop that comes meanwhile is heard when the new workers have begun.
                            workers.stop(self.config.service.drain, std::future::pending()).await;
                            (self.config, self.report) = (changed.config, changed.report);
                            self.page.follow(&self.config);
                            _ = self.notifiers.send(changed.notifier).await;
                            if let Pages::Now(pages) = changed.pages {
                                self.pages = pages;
                                self.shared.pages(None);
                            }
                            reload::tell(&self.shared, None);
                            workers = self.workers(changed.built.pass);
                            tracing::info!("The configuration was read again and has taken effect");
                        }
                        Err(why) => {
                            let faults = why.lines().collect::<Vec<_>>().join("; ");
                            tracing::error!("The changed configuration is refused and the old one stays: {faults}");
                            reload::tell(&self.shared, Some(&why));
                        }
                    }
                    self.shared.supervisor.status(&self.shared.now().line());
                    self.shared.supervisor.ready();
                }
            }
        }
    }

    /// The pages are to be served, and are not.
    const fn wants_pages(&self) -> bool {
        self.config.service.listen.is_some() && self.pages.is_none()
    }

    fn workers(&self, pass: Pass) -> Workers {
        self.passes.send_replace(pass.clone());
        Workers::start(pass, ScanLoopSettings::of(&self.config), self.report.clone(), &self.ledger, &self.state, &self.shared)
    }

    /// The last status, the background tasks, the ledger: closed with everything in one file.
    async fn close(self) {
        let Self { ledger, shared, background, status, pages, .. } = self;
        status_file::count(&shared, &ledger).await;
        shared.change(|now| now.phase = Phase::Stopped);
        drop(pages);
        background.close().await;
        status_file::write_status(&status, &shared.now(), false);
        // The last handle waits for the writer to end.
        _ = tokio::task::spawn_blocking(move || drop(ledger)).await;
    }
}

/// What goes on beside the work: the status file, the watchdog, the control socket.
struct Background {
    control: Option<ControlSocket>,
    status: PathBuf,
    cancelled: CancellationToken,
    tasks: TaskTracker,
}

impl Background {
    fn open(config: &Config) -> Self {
        let control = ControlSocket::open(&config.ledger.path)
            .inspect_err(|error| {
                tracing::warn!("Commands can't reach this service while it runs: no control socket beside the ledger: {error}");
            })
            .ok();
        let status = sibling_path(&config.ledger.path, "status.json");
        Self { control, status, cancelled: CancellationToken::new(), tasks: TaskTracker::new() }
    }

    fn spawn(&mut self, handler: ControlHandler, notifiers: mpsc::Receiver<Notifier>) {
        let (shared, ledger, service_state) =
            (Arc::clone(&handler.shared), handler.ledger.clone(), Arc::clone(&handler.service_state));
        self.tasks.spawn(alerts::run(Arc::clone(&shared), ledger.clone(), notifiers, self.cancelled.clone()));
        if let Some(control) = self.control.take() {
            let cancelled = self.cancelled.clone();
            self.tasks.spawn(async move {
                control.serve(handler.routes(), cancelled).await;
                handler.close().await;
            });
        }
        self.tasks.spawn(status_file::run(Arc::clone(&shared), ledger, self.status.clone(), self.cancelled.clone()));
        self.tasks.spawn(watchdog::run(Arc::clone(&shared), self.cancelled.clone()));
        let (mut sign_in, mut forbidden) = (service_state.sign_in.subscribe(), service_state.forbidden.subscribe());
        let cancelled = self.cancelled.clone();
        self.tasks.spawn(async move {
            loop {
                shared.sign_in(sign_in.borrow_and_update().as_ref());
                shared.forbidden(&forbidden.borrow_and_update());
                tokio::select! {
                    changed = sign_in.changed() => if changed.is_err() { return },
                    changed = forbidden.changed() => if changed.is_err() { return },
                    () = cancelled.cancelled() => return,
                }
            }
        });
    }

    async fn close(self) {
        self.cancelled.cancel();
        self.tasks.close();
        if tokio::time::timeout(CLOSING, self.tasks.wait()).await.is_err() {
            tracing::warn!("A part of the service does not end; the process ends all the same");
        }
    }
}
