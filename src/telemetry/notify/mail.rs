//! News by mail.

use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use secrecy::{ExposeSecret as _, SecretString};

use super::message::Message;
use super::smtp::{DIALOGUE, Smtp};

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
    pub sign_in: Option<(String, SecretString)>,
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

const NO_ANSWER: &str = "the mail server gave no answer in time";

/// Sends mail.
#[derive(Debug)]
pub(super) struct Mailer {
    server: Smtp,
    from: Address,
    to: Vec<Address>,
}

impl Mailer {
    pub(super) fn new(settings: MailSettings, timeout: Duration) -> Result<Self, String> {
        let MailSettings { from, to, host, port, tls, sign_in } = settings;
        let parameters = || TlsParameters::new(host.clone()).map_err(|error| error.to_string());
        let tls = match tls {
            MailTls::StartTls => Tls::Required(parameters()?),
            MailTls::Tls => Tls::Wrapper(parameters()?),
            MailTls::None => Tls::None,
        };
        let credentials = sign_in.map(|(user, password)| Credentials::new(user, password.expose_secret().to_owned()));
        Ok(Self { server: Smtp { host, port, tls, credentials, timeout, patience: DIALOGUE }, from, to })
    }

    /// Sends it; or says whether another try makes sense, and why, without the server's words: they may repeat addresses.
    pub(super) async fn send(&self, message: &Message) -> Result<(), (bool, String)> {
        let mut mail = lettre::Message::builder()
            .from(Mailbox::new(Some("photosyncd".to_owned()), self.from.clone()))
            .subject(format!("{} ({})", message.title, message.host))
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        for to in &self.to {
            mail = mail.to(Mailbox::new(None, to.clone()));
        }
        let mail = mail.body(body(message)).map_err(|error| (false, error.to_string()))?;
        match self.server.send(&mail).await {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) => Err((!error.is_permanent(), why(&error))),
            None => Err((true, NO_ANSWER.to_owned())),
        }
    }
}

fn why(error: &lettre::transport::smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => NO_ANSWER.to_owned(),
        None if error.is_tls() => format!("TLS with the mail server failed: {}", cause(error)),
        None => format!("the mail server can't be used: {}", cause(error)),
    }
}

/// The innermost cause: the layers above it repeat it.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(below) = innermost.source() {
        innermost = below;
    }
    innermost.to_string()
}

/// The text: the sentence, what to do, the facts, and where to look.
fn body(message: &Message) -> String {
    let mut lines = vec![message.text.clone(), String::new()];
    if let Some(cure) = &message.cure {
        lines.extend([cure.clone(), String::new()]);
    }
    lines.extend(message.facts.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.extend(message.page.iter().map(|page| format!("Status page: {page}")));
    lines.join("\r\n") + "\r\n"
}

/// Keeps answering machines quiet (RFC 3834).
#[derive(Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
