//! One request to Graph, alone or out of a batch.

use std::sync::Arc;

use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;

use super::route::Person;
use crate::emulator::entra::Token;
use crate::emulator::query::Query;
use crate::emulator::reply::Reply;
use crate::emulator::tenant::Tenant;

/// One request below the Graph root, alone or out of a batch.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path as sent, percent-encoded.
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body was larger than a request may be; `body` is empty then.
    pub(crate) too_large: bool,
    pub(crate) token: Arc<Token>,
}

impl Call {
    /// The user that a path names. `/me` needs a delegated token.
    pub(crate) fn person(&self, tenant: &Tenant, who: &Person) -> Result<u32, Reply> {
        match who {
            Person::Named(name) => tenant.user(name).ok_or_else(|| Reply::no_resource(name)),
            Person::Me => {
                let name = self.token.user.as_deref().ok_or_else(|| {
                    Reply::error(
                        StatusCode::BAD_REQUEST,
                        "BadRequest",
                        "/me request is only valid with delegated authentication flow.",
                    )
                })?;
                tenant.user(name).ok_or_else(|| Reply::no_resource(name))
            }
        }
    }
}
