//! `notify`: who is told when a person is needed.

use std::fmt;

use lettre::Address;

use super::credential::{SecretSource, read_secret_source};
use super::expand::Env;
use super::graph::parse_url;
use super::keyword::keywords;
use super::reader::Section;
use super::secret::{SecretCheck, read_secret, read_secret_for};
use crate::model::Advice as _;
use crate::telemetry::{ChannelSettings, MailSettings, MailTls, Password, is_loopback};

/// The address of a webhook. Many services keep a key in it, so only its host is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Webhook(reqwest::Url);

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({}://{}/...)", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

keywords! {
    /// How the connection to the mail server is protected.
    TlsMode {
        /// Upgraded before anything is said; port 587.
        StartTls = "starttls",
        /// From the first byte; port 465.
        Tls = "tls",
        /// Not; port 25 of this machine.
        Off = "none",
    }
}

/// A mail server, and who gets mail by it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MailServer {
    from: Address,
    to: Vec<Address>,
    host: String,
    port: u16,
    tls: TlsMode,
    /// Who signs in, and where the password is.
    sign_in: Option<(String, SecretSource)>,
}

/// Who is told. By default nobody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct NotifySettings {
    /// Gets JSON.
    pub webhook: Option<Webhook>,
    /// A workflow of Microsoft Teams.
    pub teams: Option<Webhook>,
    /// An incoming webhook of Slack.
    pub slack: Option<Webhook>,
    /// Mail.
    pub mail: Option<MailServer>,
}

impl NotifySettings {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let mut url = |key| section.scalar(key, |scalar| webhook(&scalar.text()?));
        let (webhook, teams, slack) = (url("webhook"), url("teams"), url("slack"));
        let mail = section.value("mail").and_then(|_| section.section("mail", MailServer::read));
        Self { webhook, teams, slack, mail }
    }

    /// All of them, with the mail server's password if there is one; left empty where this process may not see it.
    pub(crate) fn channels(&self, env: Env<'_>, secret: SecretCheck) -> Result<Vec<ChannelSettings>, (&'static str, String)> {
        let url = |way: &Option<Webhook>, make: fn(reqwest::Url) -> ChannelSettings| way.as_ref().map(|url| make(url.0.clone()));
        let urls = [
            url(&self.webhook, ChannelSettings::Webhook),
            url(&self.teams, ChannelSettings::Teams),
            url(&self.slack, ChannelSettings::Slack),
        ];
        let mut channels: Vec<ChannelSettings> = urls.into_iter().flatten().collect();
        if let Some(mail) = &self.mail {
            channels.push(ChannelSettings::Mail(mail.settings(env, secret).map_err(|why| ("mail.password", why))?));
        }
        Ok(channels)
    }
}

impl MailServer {
    /// None when it has a fault.
    fn read(section: &mut Section<'_, '_>) -> Option<Self> {
        let from = section.scalar("from", |scalar| address(&scalar.text()?));
        let to = section.texts("to", |text| address(text).map(drop)).unwrap_or_default();
        let tls = section.keyword("tls", TlsMode::StartTls);
        let server = section.scalar("smtp", |scalar| host_and_port(&scalar.text()?, tls));
        let user = section.text("user");
        let password = read_secret_source(section, "password");
        for (key, example) in [("from", "photosyncd@contoso.com"), ("to", "[it@contoso.com]"), ("smtp", "smtp.contoso.com:587")] {
            if !section.has_value(key) {
                section.fault(key, format!("is missing; write for example {example}"));
            }
        }
        if section.has_value("to") && to.is_empty() && !section.is_faulty() {
            section.fault("to", "names nobody; write for example [it@contoso.com]");
        }
        match (&user, section.has_key("password")) {
            (Some(_), false) => section.fault("password", "is missing; write where it is: { file: PATH }"),
            (None, true) if !section.has_value("user") => section.fault("user", "is missing; whose password is it?"),
            _ => {}
        }
        if let Some((host, _)) = server.as_ref().filter(|(host, _)| tls == TlsMode::Off && !is_loopback(host)) {
            section.fault("tls", format!("none would send mail to {host} unprotected; write starttls or tls"));
        }
        if section.is_faulty() {
            return None;
        }
        let ((host, port), to) = (server?, to.iter().filter_map(|text| text.parse().ok()).collect());
        Some(Self { from: from?, to, host, port, tls, sign_in: user.zip(password) })
    }

    fn settings(&self, env: Env<'_>, secret: SecretCheck) -> Result<MailSettings, String> {
        let password = |source: &SecretSource| {
            let first = read_secret_for(source, env, secret).map_err(|error| error.advice())?.unwrap_or_default();
            let file = matches!(source, SecretSource::File(_)).then(|| source.clone());
            // A file is read at each sending, so that a new password needs no reload; where it can't be, the one before holds.
            let now = move || file.as_ref().and_then(|file| read_secret(file, &|_| None).ok()).unwrap_or_else(|| first.clone());
            Ok::<_, String>(Password::new(now))
        };
        let sign_in =
            self.sign_in.as_ref().map(|(user, source)| Ok::<_, String>((user.clone(), password(source)?))).transpose()?;
        let tls = match self.tls {
            TlsMode::StartTls => MailTls::StartTls,
            TlsMode::Tls => MailTls::Tls,
            TlsMode::Off => MailTls::None,
        };
        Ok(MailSettings { from: self.from.clone(), to: self.to.clone(), host: self.host.clone(), port: self.port, tls, sign_in })
    }
}

/// As any URL, but many chat services keep their key behind the question mark.
fn webhook(text: &str) -> Result<Webhook, String> {
    parse_url(text.split(['?', '#']).next().unwrap_or_default())?;
    reqwest::Url::parse(text).map(Webhook).map_err(|error| format!("is not a URL ({error})"))
}

fn address(text: &str) -> Result<Address, String> {
    text.parse().map_err(|_| "is not a mail address; write for example it@contoso.com".to_owned())
}

/// `smtp.contoso.com` or `smtp.contoso.com:587`.
fn host_and_port(text: &str, tls: TlsMode) -> Result<(String, u16), String> {
    let usual = match tls {
        TlsMode::StartTls => 587,
        TlsMode::Tls => 465,
        TlsMode::Off => 25,
    };
    // Whoever writes user and password in front of it is not to find them in a log.
    let wrong = || format!("is not a server; write a name and a port, and nothing else, for example smtp.contoso.com:{usual}");
    let url = reqwest::Url::parse(&format!("smtp://{text}")).map_err(|_| wrong())?;
    let is_plain =
        matches!(url.path(), "" | "/") && url.username().is_empty() && url.query().is_none() && url.fragment().is_none();
    let host = url.host_str().filter(|host| is_plain && !host.is_empty()).ok_or_else(wrong)?;
    Ok((host.to_owned(), url.port().unwrap_or(usual)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_in_a_webhooks_address_is_not_shown() {
        for url in ["https://hooks.example.com/T0/Geheimzeichen", "https://hooks.example.com/run?sig=Geheimzeichen#Geheimzeichen"]
        {
            let hook = webhook(url).unwrap();
            assert_eq!(hook.0.as_str(), url);
            let shown = format!("{hook:?} {hook:#?}");
            assert!(shown.contains("hooks.example.com") && !shown.contains("Geheim"), "{shown}");
        }
        let refused = webhook("http://hooks.example.com/Geheimzeichen?sig=Geheimzeichen").unwrap_err();
        assert!(!refused.contains("Geheim"), "{refused}");
    }

    #[test]
    fn servers_have_a_name_and_the_usual_port() {
        for (text, tls, host, port) in [
            ("smtp.contoso.com", TlsMode::StartTls, "smtp.contoso.com", 587),
            ("smtp.contoso.com", TlsMode::Tls, "smtp.contoso.com", 465),
            ("127.0.0.1:2525", TlsMode::Off, "127.0.0.1", 2525),
            ("[::1]:25", TlsMode::Off, "[::1]", 25),
        ] {
            assert_eq!(host_and_port(text, tls), Ok((host.to_owned(), port)), "{text}");
        }
        for bad in ["", "smtp://smtp.contoso.com", "a b", "me@smtp.contoso.com", "smtp.contoso.com/x", "smtp.contoso.com:99999"] {
            assert!(host_and_port(bad, TlsMode::StartTls).is_err(), "{bad}");
        }
    }
}
