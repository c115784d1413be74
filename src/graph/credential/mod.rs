//! How the application proves who it is, and who issues its tokens.

mod certificate;
mod consent;
mod delegated;
mod form;
mod grant;
mod issuer;
mod login;
mod managed;
mod refusal;
mod saved_sign_in;
mod validity;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

pub(crate) use certificate::check_certificate;
pub(crate) use consent::delegated_permissions;
pub(crate) use delegated::{DeviceCode, SignedInPerson};
pub(super) use issuer::TokenIssuer;
pub(crate) use saved_sign_in::SavedSignIn;

/// What the application proves itself with. `Debug` shows no secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub(crate) enum Credential {
    /// A client secret; it ends after two years at most.
    ClientSecret(SecretString),
    /// The same, kept in a file that may be given another one.
    KeptSecret {
        /// As it was at the beginning.
        secret: SecretString,
        /// As it is now.
        now: SecretNow,
    },
    /// A certificate registered with the application, and its RSA key.
    Certificate {
        /// The certificate, PEM; further ones of a chain are ignored.
        certificate_pem: String,
        /// Its private key, PEM (PKCS#8 or PKCS#1), not encrypted.
        key_pem: SecretString,
    },
    /// The identity of the Azure machine, container or Arc server this runs on.
    ManagedIdentity {
        /// Client id of a user-assigned identity; none for the system-assigned one.
        client_id: Option<String>,
    },
    /// A token of another identity provider, read anew from a file for each sign-in.
    WorkloadIdentity {
        /// The file.
        token_file: PathBuf,
    },
    /// A person, signed in once by device code.
    Delegated {
        /// Where the sign-in is kept.
        saved: SavedSignIn,
        /// What the person must agree to; see [`delegated_permissions`].
        permissions: Vec<&'static str>,
        /// Nobody else may sign in after the first: `me` stands for them.
        one_person: bool,
    },
}

/// Reads a secret once more; none if it can't be read now.
#[derive(Clone)]
pub(crate) struct SecretNow(Arc<dyn Fn() -> Option<SecretString> + Send + Sync>);

impl SecretNow {
    /// Read so.
    pub(crate) fn new(read: impl Fn() -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The secret, if it can be read.
    async fn read(&self) -> Option<SecretString> {
        let read = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || read()).await.ok().flatten()
    }
}

impl fmt::Debug for SecretNow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretNow")
    }
}
