//! One mail over one connection: each recipient is asked for by itself, so that one who is refused keeps it from nobody.

use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
#[expect(deprecated, reason = "see `smtp_line`")]
use lettre::transport::smtp::client::AsyncNetworkStream;
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailParameter};
use secrecy::ExposeSecret as _;

use super::mail_settings::{LOOK, MailSettings, MailTls, REACH};
use super::refusal::{Refusal, innermost};
use super::smtp_line::SmtpLine;
use crate::model::plain;

/// Of a server's words, so many letters are passed on.
const WORDS: usize = 200;

/// What goes to whom, by which server.
pub(super) struct Envelope<'a> {
    pub(super) settings: &'a MailSettings,
    pub(super) to: &'a [Address],
    pub(super) mail: &'a [u8],
}

/// What the server said of each recipient.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// How many it takes the mail for.
    pub(super) taken: usize,
    /// Whom it puts off, and in which words.
    pub(super) later: Vec<(Address, String)>,
    /// What it said of those for whom it takes nothing.
    pub(super) refused: Vec<String>,
}

/// How the connection is encrypted, if it is.
pub(super) fn parameters(settings: &MailSettings) -> Result<Option<TlsParameters>, String> {
    let parameters = || TlsParameters::new(settings.host.clone()).map_err(|error| error.to_string());
    (settings.tls != MailTls::None).then(parameters).transpose()
}

/// Sends it to whoever the server takes it for.
pub(super) async fn exchange(envelope: Envelope<'_>) -> Result<Answered, Refusal> {
    let Envelope { settings, to, mail } = envelope;
    let explained = |error: Error| refusal(settings, &error);
    let mut connection = connect(settings).await?;
    let is_ascii = to.iter().chain([&settings.from]).all(|address| AsRef::<str>::as_ref(address).is_ascii());
    let parameters = if is_ascii { Vec::new() } else { vec![MailParameter::SmtpUtfEight] };
    connection.command(Mail::new(Some(settings.from.clone()), parameters)).await.map_err(explained)?;
    let mut answered = Answered::default();
    for address in to {
        match connection.command(Rcpt::new(address.clone(), Vec::new())).await {
            Ok(_) => answered.taken += 1,
            Err(error) if error.status().is_some() => {
                tracing::debug!("The mail server refused {address}: {}", innermost(&error));
                let words = words(settings, &error);
                if error.is_permanent() { answered.refused.push(words) } else { answered.later.push((address.clone(), words)) }
            }
            Err(error) => return Err(explained(error)),
        }
    }
    if answered.taken > 0 {
        connection.command(Data).await.map_err(explained)?;
        connection.message(mail).await.map_err(explained)?;
    }
    // It has the mail: how it says goodbye changes nothing.
    _ = connection.quit().await;
    Ok(answered)
}

async fn connect(settings: &MailSettings) -> Result<AsyncSmtpConnection, Refusal> {
    let explained = |error: Error| refusal(settings, &error);
    let tls = || parameters(settings).map_err(|why| Refusal::lasting(why, LOOK));
    let (name, server) = (ClientId::default(), (settings.host.as_str(), settings.port));
    let at_once = if settings.tls == MailTls::Tls { tls()? } else { None };
    let mut connection = open(server, at_once, &name).await.map_err(explained)?;
    if settings.tls == MailTls::StartTls
        && let Some(tls) = tls()?
    {
        connection.starttls(tls, &name).await.map_err(explained)?;
    }
    if let Some((user, password)) = &settings.sign_in {
        let credentials = Credentials::new(user.clone(), password.now().expose_secret().to_owned());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(explained)?;
    }
    Ok(connection)
}

/// Of what the server says no more is read than a dialogue needs.
#[expect(deprecated, reason = "see `smtp_line`")]
async fn open(server: (&str, u16), tls: Option<TlsParameters>, name: &ClientId) -> Result<AsyncSmtpConnection, Error> {
    let stream = AsyncNetworkStream::connect_tokio1(server, None, tls, None).await?;
    AsyncSmtpConnection::connect_with_transport(Box::new(SmtpLine::over(stream)), name).await
}

/// What the server said to all, or why it said nothing.
fn refusal(settings: &MailSettings, error: &Error) -> Refusal {
    let trust = "have this machine trust whoever signed the mail server's certificate, or correct notify.mail.smtp";
    let (why, cure) = match error.status().map(u16::from) {
        Some(530 | 534 | 535) => {
            (words(settings, error), "the mail server takes no such sign-in: correct notify.mail.user or the password")
        }
        Some(_) => (words(settings, error), LOOK),
        None if error.is_tls() => (format!("TLS failed: {}", innermost(error)), trust),
        None => (innermost(error), REACH),
    };
    Refusal { for_good: error.is_permanent(), ..Refusal::passing(format!("the mail server: {why}"), cure) }
}

/// Its code and its words, without whom they name.
fn words(settings: &MailSettings, error: &Error) -> String {
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    format!("{code} {}", nameless(&innermost(error), settings))
}

/// Without addresses, the parts of ours before the @, and the user.
fn nameless(words: &str, settings: &MailSettings) -> String {
    let addresses = || settings.to.iter().chain([&settings.from]);
    let user = settings.sign_in.as_ref().map(|(user, _)| user.as_str());
    let is_name = |word: &str| {
        let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        word.contains('@') || user == Some(bare) || addresses().any(|address| address.user().eq_ignore_ascii_case(bare))
    };
    let told: Vec<&str> = words.split_whitespace().map(|word| if is_name(word) { "…" } else { word }).collect();
    plain(&told.join(" ")).chars().take(WORDS).collect()
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

    fn settings(port: u16, tls: MailTls) -> MailSettings {
        let (from, to) = ("photosyncd@contoso.com".parse().unwrap(), vec!["left@contoso.com".parse().unwrap()]);
        MailSettings { from, to, host: "localhost".to_owned(), port, tls, sign_in: None }
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_not_kept() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (greeted, hello) = (&["220 ready\r\n"][..], &["220 ready\r\n", "250 hello\r\n"][..]);
        for (tls, polite, words) in [
            (MailTls::None, &[][..], "a"),
            (MailTls::None, &[][..], "220-\r\n"),
            (MailTls::None, greeted, "2"),
            (MailTls::None, greeted, "250-SIZE\r\n"),
            (MailTls::None, hello, "250-ok\r\n"),
            (MailTls::StartTls, &[][..], "a"),
            (MailTls::StartTls, &["220 ready\r\n", "250-hello\r\n250 STARTTLS\r\n"][..], "220-\r\n"),
            (MailTls::Tls, &[][..], "\u{16}\u{3}\u{1}\u{40}"),
        ] {
            let (port, server) = endless(polite, words);
            let settings = settings(port, tls);
            let outcome = exchange(Envelope { settings: &settings, to: &settings.to, mail: b"text" }).await;
            assert!(outcome.as_ref().is_err_and(|refusal| !refusal.for_good), "{words:?}: {outcome:?}");
            // What the sockets of both ends hold is some megabytes.
            let said = server.join().unwrap();
            assert!(said < 30_000_000, "{polite:?} {words:?}: {said}");
        }
    }

    #[test]
    fn a_servers_words_are_passed_on_without_names() {
        let password = super::super::mail_settings::Password::new(secrecy::SecretString::default);
        let settings = MailSettings { sign_in: Some(("svc-mail".to_owned(), password)), ..settings(25, MailTls::None) };
        let words = "5.1.1 <left@contoso.com>: no such user Left, said (svc-mail) anna@fabrikam.com\u{7}";
        assert_eq!(nameless(words, &settings), "5.1.1 … no such user … said … …");
        assert_eq!(nameless(&"x ".repeat(500), &settings).chars().count(), WORDS);
    }
}
