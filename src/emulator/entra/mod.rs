//! The sign-in host: token endpoint, device code, managed identity, what is registered for the application, and what
//! its permissions allow. It knows nothing of the directory or of photos.

mod application;
mod authority;
mod der;
mod device;
pub(super) mod managed_identity;
mod permissions;
mod settings;
pub(super) mod sign_in;
mod tokens;

pub use application::Federated;
pub(super) use application::{Application, certificate};
pub(super) use authority::Authority;
pub(super) use permissions::Act;
pub use settings::{Consent, ExpectedSecret, SignIn};
pub(super) use tokens::Token;
