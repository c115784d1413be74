//! One mail to one server, within limits of size and time.

use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
#[expect(deprecated, reason = "see `smtp_line`")]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::smtp_line::SmtpLine;

/// A whole dialogue: servers that slow strangers down greet after half a minute.
pub(super) const DIALOGUE: Duration = Duration::from_secs(90);

/// A mail server, and how to speak to it.
#[derive(Debug)]
pub(super) struct Smtp {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) credentials: Option<Credentials>,
    /// For the connection.
    pub(super) timeout: Duration,
    /// For all of it.
    pub(super) patience: Duration,
}

impl Smtp {
    /// Sends it; none if there was no answer in time.
    pub(super) async fn send(&self, mail: &Message) -> Option<Result<(), Error>> {
        tokio::time::timeout(self.patience, self.dialogue(mail)).await.ok()
    }

    async fn dialogue(&self, mail: &Message) -> Result<(), Error> {
        let hello = ClientId::default();
        let mut connection = self.connect(&hello).await?;
        if let Tls::Required(parameters) = &self.tls {
            connection.starttls(parameters.clone(), &hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        connection.send(mail.envelope(), &mail.formatted()).await?;
        connection.abort().await;
        Ok(())
    }

    #[expect(deprecated, reason = "see `smtp_line`")]
    async fn connect(&self, hello: &ClientId) -> Result<AsyncSmtpConnection, Error> {
        let at = (self.host.as_str(), self.port);
        let stream = AsyncNetworkStream::connect_tokio1(at, Some(self.timeout), self.tls_at_once(), None).await?;
        AsyncSmtpConnection::connect_with_transport(Box::new(SmtpLine::over(stream)), hello).await
    }

    fn tls_at_once(&self) -> Option<TlsParameters> {
        match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// A server that says this much by itself before the endless words, each once a command has come. What it could say before
    /// nobody listened any more.
    fn endless(polite: &'static [&'static str], words: &'static str) -> (u16, std::thread::JoinHandle<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut commands = BufReader::new(stream.try_clone().unwrap()).lines();
            for line in polite {
                stream.write_all(line.as_bytes()).unwrap();
                _ = commands.next();
            }
            let (words, mut said) = (words.repeat(1000), 0);
            while said < 100_000_000 && stream.write_all(words.as_bytes()).is_ok() {
                said += words.len();
            }
            said
        });
        (port, server)
    }

    fn mail() -> Message {
        let mail = Message::builder().from("a@b.example".parse().unwrap()).to("c@d.example".parse().unwrap());
        mail.body("text".to_owned()).unwrap()
    }

    fn smtp(port: u16, tls: Tls, patience: Duration) -> Smtp {
        Smtp { host: "localhost".to_owned(), port, tls, credentials: None, timeout: Duration::from_secs(5), patience }
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_not_kept() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let parameters = || TlsParameters::new("localhost".to_owned()).unwrap();
        let (greeted, hello) = (&["220 ready\r\n"][..], &["220 ready\r\n", "250 hello\r\n"][..]);
        for (tls, polite, words) in [
            (Tls::None, &[][..], "a"),
            (Tls::None, &[][..], "220-\r\n"),
            (Tls::None, greeted, "2"),
            (Tls::None, greeted, "250-SIZE\r\n"),
            (Tls::None, hello, "250-ok\r\n"),
            (Tls::Required(parameters()), &[][..], "a"),
            (Tls::Required(parameters()), &["220 ready\r\n", "250-hello\r\n250 STARTTLS\r\n"][..], "220-\r\n"),
            (Tls::Wrapper(parameters()), &[][..], "\u{16}\u{3}\u{1}\u{40}"),
        ] {
            let (port, server) = endless(polite, words);
            let outcome = smtp(port, tls, DIALOGUE).send(&mail()).await;
            assert!(matches!(outcome, Some(Err(ref error)) if !error.is_permanent()), "{words:?}: {outcome:?}");
            // What the sockets of both ends hold is some megabytes.
            let said = server.join().unwrap();
            assert!(said < 30_000_000, "{polite:?} {words:?}: {said}");
        }
    }

    #[tokio::test]
    async fn a_server_that_says_nothing_is_left() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(smtp(port, Tls::None, Duration::from_millis(100)).send(&mail()).await.is_none());
    }
}
