//! Answers what is asked of the service.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::call::{
    AcceptTarget, Begun, ChangedCount, ControlCall, GetStatus, LONGEST, OverrideHalt, Overriding, PATIENCE, RestoreBackups,
    RetryTargets, StopVerify, VerifyPhotos,
};
use super::refused::CallRefused;
use crate::daemon::status::SharedStatus;
use crate::delivery::{CompareSelection, DriftSummary, ServiceState, Until};
use crate::ledger::{Ledger, LedgerError, Reader};
use crate::model::{PassCause, Timestamp, spelled};
use crate::pass::Pass;
use crate::status::ServiceStatus;

/// A service that has just begun has looked at everything within this time, or something keeps it from that.
const PLANNED: Duration = Duration::from_secs(3);
const NOT_PLANNED: &str = "the service sends nothing before a pass has looked at everything since its start, its last reload, or the \
     last change of the table; `photosyncd status` says what keeps it from that";

/// What requests are answered from.
#[derive(Clone)]
pub(in super::super) struct ControlHandler {
    /// That of the configuration in force.
    pass: watch::Receiver<Pass>,
    pub(in super::super) ledger: Ledger,
    pub(in super::super) service_state: Arc<ServiceState>,
    pub(in super::super) shared: Arc<SharedStatus>,
    /// Comparisons under way, by the names that those who asked gave them.
    comparing: Arc<Mutex<HashMap<String, CancellationToken>>>,
    /// The same, to be waited for.
    tasks: TaskTracker,
}

impl ControlHandler {
    pub(in super::super) fn new(
        pass: watch::Receiver<Pass>,
        ledger: Ledger,
        service_state: Arc<ServiceState>,
        shared: Arc<SharedStatus>,
    ) -> Self {
        Self { pass, ledger, service_state, shared, comparing: Arc::default(), tasks: TaskTracker::new() }
    }

    /// Every request there is. A new one is a type in `call`, a line here and a function below.
    pub(in super::super) fn routes(&self) -> Router {
        let quick = Router::new()
            .route(GetStatus::PATH, get(status))
            .route(RetryTargets::PATH, post(retry))
            .route(AcceptTarget::PATH, post(accept))
            .route(RestoreBackups::PATH, post(restore))
            .route(OverrideHalt::PATH, post(force))
            .route(StopVerify::PATH, post(stop_verify))
            .layer(from_fn(in_time));
        let slow = Router::new().route(VerifyPhotos::PATH, post(verify));
        quick.merge(slow).fallback(unknown).method_not_allowed_fallback(other_method).with_state(self.clone())
    }

    /// Waits for comparisons whose askers are gone.
    pub(in super::super) async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// What is due is sent, and what is held is looked at again.
    fn changed(&self, changed: usize) -> Json<ChangedCount> {
        self.service_state.nudge.notify_one();
        self.service_state.rescan.notify_one();
        self.shared.recount();
        tracing::info!("{changed} targets re-queued by a command");
        Json(ChangedCount { changed })
    }

    async fn compare(self, which: CompareSelection, until: Until) -> Result<DriftSummary, LedgerError> {
        let pass = self.pass.borrow().clone();
        let summary = pass.uploader.verify(&self.ledger, &which, &until).await?;
        self.service_state.nudge.notify_one();
        self.shared.recount();
        tracing::info!(
            checked = summary.checked,
            changed = summary.changed,
            gone = summary.gone,
            "A command had {} delivered photos compared with the tenant",
            summary.checked
        );
        Ok(summary)
    }
}

async fn status(State(handler): State<ControlHandler>) -> Json<ServiceStatus> {
    Json(handler.shared.now())
}

async fn retry(
    State(handler): State<ControlHandler>,
    CallBody(call): CallBody<RetryTargets>,
) -> Result<Json<ChangedCount>, CallRefused> {
    if handler.ledger.read(Reader::lacks_permission).await? {
        handler.pass.borrow().uploader.directory.tenant.graph.doubt_permissions(Duration::ZERO);
    }
    let count = handler.ledger.retry(call.targets, handler.shared.clock.now()).await?;
    Ok(handler.changed(count))
}

async fn accept(
    State(handler): State<ControlHandler>,
    CallBody(call): CallBody<AcceptTarget>,
) -> Result<Json<ChangedCount>, CallRefused> {
    let target = call.target.clone();
    if let Some(several) = handler.ledger.read(move |reader| reader.is_several(&target)).await? {
        return Err(CallRefused::new(StatusCode::CONFLICT, several));
    }
    let count = handler.ledger.accept(call.target, handler.shared.clock.now()).await?;
    Ok(handler.changed(count))
}

async fn restore(
    State(handler): State<ControlHandler>,
    CallBody(call): CallBody<RestoreBackups>,
) -> Result<Json<Begun>, CallRefused> {
    let ControlHandler { ledger, service_state, shared, .. } = &handler;
    if tokio::time::timeout(PLANNED, service_state.planned()).await.is_err() {
        return Err(CallRefused::new(StatusCode::CONFLICT, NOT_PLANNED));
    }
    let parsed = call.which.iter().map(|(target, backup)| target.parse().map(|target| (target, *backup)));
    let Ok(which) = parsed.collect::<Result<Vec<_>, _>>() else { return Err(CallRefused::target()) };
    let which = ledger.read(move |reader| reader.one_an_object(which)).await?;
    let wanted = which.len();
    let cause = if call.undo { PassCause::Undo } else { PassCause::Restore };
    let pass = ledger.begin_pass(cause, shared.clock.now(), shared.clock.steady()).await?;
    ledger.restore(which, shared.clock.now()).await?;
    let summary = serde_json::json!({ "pass": pass, "wanted": wanted });
    ledger.end_pass(pass, summary.to_string(), shared.clock.now()).await?;
    // What comes of them is journaled under it.
    service_state.journal_under(pass);
    shared.recount();
    tracing::info!(pass, "A command has {wanted} kept photos put back");
    Ok(Json(Begun { pass }))
}

async fn force(
    State(handler): State<ControlHandler>,
    CallBody(OverrideHalt {}): CallBody<OverrideHalt>,
) -> Result<Json<Overriding>, CallRefused> {
    let Some(halt) = handler.shared.now().halted else {
        return Err(CallRefused::new(StatusCode::CONFLICT, "it is not halted: there is nothing to override"));
    };
    if !halt.reason.may_be_forced() {
        return Err(CallRefused::new(StatusCode::LOCKED, format!("{}: {}", halt.reason, halt.message)));
    }
    tracing::warn!(
        guard = halt.reason.as_str(),
        "Overriding a safety halt with the next pass (--force): {}",
        spelled(&halt.message)
    );
    handler.service_state.force_next();
    Ok(Json(Overriding { halt: halt.message }))
}

/// Compares for as long as the one who asked stays.
async fn verify(
    State(handler): State<ControlHandler>,
    CallBody(call): CallBody<VerifyPhotos>,
) -> Result<Json<DriftSummary>, CallRefused> {
    let parsed = call.targets.map(|targets| targets.iter().map(|target| target.parse()).collect::<Result<_, _>>());
    let Ok(only) = parsed.transpose() else { return Err(CallRefused::target()) };
    let which = CompareSelection { before: Timestamp::from_millis(i64::MAX), only: only.map(Arc::new), behind: None };
    let comparing = Comparing::begin(&handler, call.id);
    let until = Until {
        patience: call.patience_ms.map_or(Duration::MAX, Duration::from_millis),
        waits_out_pauses: call.patience_ms.is_none(),
        max_duration: call.max_duration_ms.map(Duration::from_millis),
        limit: None,
        cancelled: comparing.cancelled.clone(),
    };
    // A task of its own: when nobody waits any more, what waits here is dropped, and the comparison ends in good order.
    let task = handler.tasks.spawn(handler.clone().compare(which, until));
    let summary = task.await.map_err(|error| CallRefused::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))??;
    drop(comparing);
    Ok(Json(summary))
}

async fn stop_verify(
    State(handler): State<ControlHandler>,
    CallBody(call): CallBody<StopVerify>,
) -> Result<Json<ChangedCount>, CallRefused> {
    let comparing = handler.comparing.lock().unwrap_or_else(PoisonError::into_inner).get(&call.id).cloned();
    let Some(cancelled) = comparing else {
        return Err(CallRefused::new(StatusCode::NOT_FOUND, "no such comparison is under way"));
    };
    cancelled.cancel();
    Ok(Json(ChangedCount { changed: 1 }))
}

/// A comparison under way; it is asked to end when this is dropped.
struct Comparing {
    all: Arc<Mutex<HashMap<String, CancellationToken>>>,
    id: Option<String>,
    cancelled: CancellationToken,
}

impl Comparing {
    fn begin(handler: &ControlHandler, id: Option<String>) -> Self {
        let (all, cancelled) = (Arc::clone(&handler.comparing), CancellationToken::new());
        if let Some(id) = &id {
            all.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), cancelled.clone());
        }
        Self { all, id, cancelled }
    }
}

impl Drop for Comparing {
    fn drop(&mut self) {
        self.cancelled.cancel();
        if let Some(id) = &self.id {
            self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        }
    }
}

/// A call from the body of its request, whatever the request says of its type: `curl -d` says nothing true.
struct CallBody<C>(C);

impl<C: ControlCall, S: Sync> FromRequest<S> for CallBody<C> {
    type Rejection = CallRefused;

    async fn from_request(request: Request, _: &S) -> Result<Self, CallRefused> {
        let bad = |why: String| CallRefused::new(StatusCode::BAD_REQUEST, format!("the request can't be understood: {why}"));
        let body = axum::body::to_bytes(request.into_body(), LONGEST).await.map_err(|error| bad(error.to_string()))?;
        // A list would be read as the fields in their order.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(bad("it is not a JSON object".to_owned()));
        }
        serde_json::from_slice(&body).map(Self).map_err(|error| bad(error.to_string()))
    }
}

/// A request that takes too long is told so.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(PATIENCE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => CallRefused::new(StatusCode::SERVICE_UNAVAILABLE, "no answer in time; the result is not known").into_response(),
    }
}

async fn other_method() -> CallRefused {
    CallRefused::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "the request can't be understood: status is asked with GET, all else with POST",
    )
}

async fn unknown() -> CallRefused {
    CallRefused::new(StatusCode::NOT_FOUND, "the request can't be understood: no such request")
}
