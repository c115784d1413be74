//! In place of the emulator, in a build without it: nothing starts, so nothing below is ever called. With it, the rooms
//! above need not know which build they are in.

use std::path::PathBuf;

use crate::clock::Clock;
use crate::model::Reference;

/// The only thing that comes of a start.
#[derive(Debug, thiserror::Error)]
#[error(
    "this build of photosyncd has no emulator; set graph.cloud to global or another cloud, or install a build with the \
     feature \"emulator\", which is on by default"
)]
pub(crate) struct StartError;

/// Never read.
#[derive(Default)]
pub(crate) struct Settings {
    /// Where received photos would go.
    pub(crate) save: Option<PathBuf>,
}

/// Never served.
#[derive(Default)]
pub(crate) struct Tenant(());

impl Tenant {
    /// Compiled, but never called: nothing hands out a tenant to change.
    #[expect(clippy::unused_self, reason = "called like the emulator's own")]
    pub(crate) const fn grow(&mut self, _references: &[Reference]) {}
}

/// A server at work: there is none.
pub(crate) enum Running {}

impl Running {
    pub(crate) fn graph_url(&self) -> String {
        match *self {}
    }

    pub(crate) fn login_url(&self) -> String {
        match *self {}
    }

    pub(crate) fn issue_refresh_token(&self) -> String {
        match *self {}
    }

    pub(crate) fn change_tenant<R>(&self, _change: impl FnOnce(&mut Tenant) -> R) -> R {
        match *self {}
    }
}

/// Always fails.
#[expect(clippy::unused_async, reason = "called like the emulator's own")]
pub(crate) async fn start(_settings: Settings, _tenant: Tenant, _clock: Clock) -> Result<Running, StartError> {
    Err(StartError)
}
