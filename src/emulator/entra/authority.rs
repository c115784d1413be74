//! The sign-in host: who may sign in, and what was given out.

use std::sync::{Arc, Mutex, PoisonError};

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
    /// What tokens grant from now on; none: everything.
    roles: Mutex<Option<Vec<String>>>,
}

impl Authority {
    pub(crate) fn new(settings: SignIn, clock: Clock, root: String) -> Self {
        let roles = Mutex::new(settings.roles.clone());
        Self { settings, clock, root, devices: Devices::default(), tokens: Tokens::default(), roles }
    }

    /// A new access token. `agreed`: what a person agreed to; an application has its roles.
    pub(crate) fn issue(&self, user: Option<String>, agreed: Agreed) -> String {
        let roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.tokens.issue((roles, self.settings.token_lifetime), user, agreed, self.clock.now())
    }

    /// An administrator grants these, and no others; tokens that were given out do not change.
    pub(crate) fn grant(&self, roles: Option<Vec<String>>) {
        *self.roles.lock().unwrap_or_else(PoisonError::into_inner) = roles;
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
