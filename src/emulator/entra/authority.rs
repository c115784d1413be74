//! The sign-in host: who may sign in, and what was given out.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::device::{Agreed, Devices};
use super::settings::SignIn;
use super::tokens::{Token, Tokens};
use crate::clock::Clock;
use crate::emulator::reply::Reply;

/// What all sign-ins share.
pub(crate) struct Authority {
    pub(super) settings: SignIn,
    pub(super) clock: Clock,
    /// Root of the server, without a slash at the end.
    pub(super) root: String,
    pub(super) devices: Devices,
    tokens: Tokens,
}

impl Authority {
    pub(crate) fn new(settings: SignIn, clock: Clock, root: String) -> Self {
        Self { settings, clock, root, devices: Devices::default(), tokens: Tokens::default() }
    }

    /// A new access token. `agreed`: what a person agreed to; an application has its roles.
    pub(crate) fn issue(&self, user: Option<String>, agreed: Agreed) -> String {
        self.tokens.issue(&self.settings, user, agreed, self.clock.now())
    }

    /// A refresh token for somebody who agreed to everything.
    pub(crate) fn issue_refresh_token(&self) -> String {
        self.devices.open_token()
    }

    /// The token of a request, or Graph's 401.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<Arc<Token>, Reply> {
        self.tokens.check(headers, self.clock.now())
    }

    /// Makes every token given out so far invalid, refresh tokens included.
    pub(crate) fn revoke(&self) {
        self.tokens.revoke();
        self.devices.revoke();
    }
}
