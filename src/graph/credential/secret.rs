//! Client credentials with a shared secret.

use secrecy::{ExposeSecret, SecretString};

/// The form fields of the proof.
pub(super) fn proof(secret: &SecretString) -> Vec<(&'static str, String)> {
    vec![("client_secret", secret.expose_secret().to_owned())]
}
