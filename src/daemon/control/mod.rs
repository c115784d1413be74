//! The control socket: what commands ask of the service that holds the ledger, as HTTP over a Unix socket.
//!
//! The socket can be opened by the service's user only; whoever may open it may open the ledger too. `call` has the
//! requests and their answers, `client` asks, `server` bounds what a connection may take, `handler` answers.

mod call;
mod client;
mod handler;
mod refused;
mod server;

pub(crate) use call::{AcceptTarget, GetStatus, OverrideHalt, RestoreBackups, RetryTargets, VerifyPhotos};
pub(crate) use client::{ControlError, ask, verify};
pub(super) use handler::ControlHandler;
pub(super) use server::ControlSocket;
