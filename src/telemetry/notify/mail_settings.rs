//! Who sends mail to whom, by which server, and what to look at where that fails.

use std::fmt;
use std::sync::Arc;

use lettre::Address;
use secrecy::SecretString;

/// What to do where the server answers, and does not take it.
pub(super) const LOOK: &str = "look at notify.mail: sender, recipients and what the server allows them";
/// What to do where it does not answer.
pub(super) const REACH: &str = "look at notify.mail.smtp, and whether this machine may reach it (name, firewall)";

/// Who sends mail to whom, by which server.
#[derive(Clone, Debug)]
pub(crate) struct MailSettings {
    /// The sender's address.
    pub from: Address,
    /// Who gets it.
    pub to: Vec<Address>,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// Who signs in, where the server wants that.
    pub sign_in: Option<(String, Password)>,
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MailTls {
    /// By STARTTLS, or not at all sent.
    StartTls,
    /// From the first byte.
    Tls,
    /// Not; to this machine only.
    None,
}

/// Reads the password as it is now.
#[derive(Clone)]
pub(crate) struct Password(Arc<dyn Fn() -> SecretString + Send + Sync>);

impl Password {
    /// Read so.
    pub(crate) fn new(now: impl Fn() -> SecretString + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The password.
    pub(super) fn now(&self) -> SecretString {
        (self.0)()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(...)")
    }
}
