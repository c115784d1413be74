//! Work that blocks, on a thread that may.

use super::pass_error::PassError;

/// Runs it there.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PassError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| PassError::Panicked(error.to_string()))
}
