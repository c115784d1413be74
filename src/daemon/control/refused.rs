//! How it is said that something was not done.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::ledger::LedgerError;
use crate::model::Advice;

/// The document of a refusal.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Refusal {
    /// Why.
    pub(super) refused: String,
}

/// What was not done, and why.
#[derive(Debug)]
pub(super) struct CallRefused {
    status: StatusCode,
    why: String,
}

impl CallRefused {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }

    pub(super) fn target() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "a target can't be understood")
    }
}

impl From<LedgerError> for CallRefused {
    fn from(error: LedgerError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error.advice())
    }
}

impl IntoResponse for CallRefused {
    fn into_response(self) -> Response {
        (self.status, Json(Refusal { refused: self.why })).into_response()
    }
}
