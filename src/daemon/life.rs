//! From start to end, in this order: signals, lock and ledger, sign-in, watch, first pass, ready; and back.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::books::{self, beside};
use super::control::{ControlHandler, ControlSocket};
use super::looking::LookingSettings;
use super::page::Page;
use super::reload::Pages;
use super::shift::Shift;
use super::signals::{Signals, Wish};
use super::status::SharedStatus;
use super::systemd::Supervisor;
use super::{DaemonError, Start, news, reload};
use crate::config::{Built, Config, build};
use crate::delivery::ServiceState;
use crate::ledger::{Identity, Ledger};
use crate::pass::Pass;
use crate::status::Phase;
use crate::telemetry::{Notifier, Server};

/// The side rooms close within this, once nothing is left to do.
const CLOSING: Duration = Duration::from_secs(5);

/// Runs the service until it is told to stop. Errors: it can't start, or can't go on.
pub(crate) async fn run(start: Start) -> Result<(), DaemonError> {
    let mut signals = Signals::new().map_err(DaemonError::Signals)?;
    let config = start.config.clone();
    let Built { pass, identity } = build(&config, &start.clock, &start.env).await?;
    let ledger = Ledger::open(&config.ledger.path, &identity, start.clock.now())?;
    let board = Arc::new(SharedStatus::new(start.clock.clone(), Supervisor::of(start.env)));
    let page = Arc::new(Page::new(&config, &board));
    let pages = reload::pages(config.service.listen, &board, &page)
        .await
        .map_err(|(address, source)| DaemonError::Listen { address, source })?;
    let webhook = reload::webhook(&config, &start.clock).map_err(DaemonError::Webhook)?;
    let (webhooks, told) = mpsc::channel(1);
    _ = webhooks.try_send(webhook);
    let (passes, pass_now) = watch::channel(pass.clone());
    let mut service = Service {
        passes,
        webhooks,
        standing: Arc::default(),
        side: Side::open(&config),
        status: beside(&config.ledger.path, "status.json"),
        start,
        config,
        identity,
        ledger,
        board,
        page,
        pages,
    };
    let (ledger, standing, board) = (service.ledger.clone(), Arc::clone(&service.standing), Arc::clone(&service.board));
    service.side.attend(ControlHandler::new(pass_now, ledger, standing, board), told);
    let outcome = service.live(pass, &mut signals).await;
    service.close().await;
    outcome
}

struct Service {
    start: Start,
    config: Config,
    identity: Identity,
    ledger: Ledger,
    standing: Arc<ServiceState>,
    board: Arc<SharedStatus>,
    side: Side,
    /// Where the status is written.
    status: PathBuf,
    page: Arc<Page>,
    pages: Option<Server>,
    /// The pass of the configuration in force.
    passes: watch::Sender<Pass>,
    /// Takes another webhook, or none.
    webhooks: mpsc::Sender<Option<Notifier>>,
}

impl Service {
    async fn live(&mut self, pass: Pass, signals: &mut Signals) -> Result<(), DaemonError> {
        let mut shift = self.shift(pass);
        loop {
            let wish = tokio::select! {
                wish = signals.next() => wish,
                fault = shift.fault() => {
                    self.board.supervisor.stopping();
                    return Err(fault);
                }
            };
            match wish {
                Wish::Stop => {
                    tracing::info!("Asked to stop: nothing new is begun, uploads under way finish");
                    self.board.supervisor.stopping();
                    self.board.change(|now| now.phase = Phase::Stopping);
                    shift.end(self.config.service.drain, signals.stop()).await;
                    return Ok(());
                }
                Wish::Reload => {
                    self.board.supervisor.reloading();
                    match reload::read(&self.start, &self.config, &self.identity, &self.board, &self.page).await {
                        Ok(changed) => {
                            // A wish to stop that comes meanwhile is heard when the new shift has begun.
                            shift.end(self.config.service.drain, std::future::pending()).await;
                            self.config = changed.config;
                            self.page.follow(&self.config);
                            _ = self.webhooks.send(changed.webhook).await;
                            if let Pages::Now(pages) = changed.pages {
                                self.pages = pages;
                            }
                            reload::tell(&self.board, None);
                            shift = self.shift(changed.built.pass);
                            tracing::info!("The configuration was read again and has taken effect");
                        }
                        Err(why) => {
                            tracing::error!("The changed configuration is refused and the old one stays:\n{why}");
                            reload::tell(&self.board, Some(&why));
                        }
                    }
                    self.board.supervisor.status(&self.board.now().line());
                    self.board.supervisor.ready();
                }
            }
        }
    }

    fn shift(&self, pass: Pass) -> Shift {
        self.passes.send_replace(pass.clone());
        Shift::begin(pass, LookingSettings::of(&self.config), &self.ledger, &self.standing, &self.board)
    }

    /// The last word on the board, the side rooms, the ledger: closed with everything in one file.
    async fn close(self) {
        let Self { ledger, board, side, status, pages, .. } = self;
        books::count(&board, &ledger).await;
        board.change(|now| now.phase = Phase::Stopped);
        drop(pages);
        side.close().await;
        books::write_status(&status, &board.now(), false);
        // The last handle waits for the writer to end.
        _ = tokio::task::spawn_blocking(move || drop(ledger)).await;
    }
}

/// What goes on beside the work: the books, the watchdog, the control socket.
struct Side {
    control: Option<ControlSocket>,
    status: PathBuf,
    cancelled: CancellationToken,
    rooms: TaskTracker,
}

impl Side {
    fn open(config: &Config) -> Self {
        let control = ControlSocket::open(&config.ledger.path)
            .inspect_err(|error| {
                tracing::warn!("Commands can't reach this service while it runs: no control socket beside the ledger: {error}");
            })
            .ok();
        let status = beside(&config.ledger.path, "status.json");
        Self { control, status, cancelled: CancellationToken::new(), rooms: TaskTracker::new() }
    }

    fn attend(&mut self, handler: ControlHandler, webhooks: mpsc::Receiver<Option<Notifier>>) {
        let (board, ledger, standing) = (Arc::clone(&handler.board), handler.ledger.clone(), Arc::clone(&handler.standing));
        self.rooms.spawn(news::tell(Arc::clone(&board), webhooks, self.cancelled.clone()));
        if let Some(control) = self.control.take() {
            let cancelled = self.cancelled.clone();
            self.rooms.spawn(async move {
                control.serve(handler.routes(), cancelled).await;
                handler.close().await;
            });
        }
        self.rooms.spawn(books::keep(Arc::clone(&board), ledger, self.status.clone(), self.cancelled.clone()));
        self.rooms.spawn(books::reassure(Arc::clone(&board), self.cancelled.clone()));
        let (mut sign_in, mut forbidden) = (standing.sign_in.subscribe(), standing.forbidden.subscribe());
        let cancelled = self.cancelled.clone();
        self.rooms.spawn(async move {
            loop {
                board.sign_in(sign_in.borrow_and_update().as_ref());
                board.forbidden(&forbidden.borrow_and_update());
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
        self.rooms.close();
        if tokio::time::timeout(CLOSING, self.rooms.wait()).await.is_err() {
            tracing::warn!("A part of the service does not end; the process ends all the same");
        }
    }
}
