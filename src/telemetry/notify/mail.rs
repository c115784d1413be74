//! News by mail: to whoever the server takes it for, with the password of now.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};

use super::mail_settings::{LOOK, MailSettings, REACH};
use super::message::Message;
use super::refusal::Refusal;
use super::smtp::{Envelope, exchange};

/// One mail with all its answers: servers that slow strangers down greet after half a minute, and may think for long about
/// what they are asked (RFC 5321, 4.5.3.2).
const LONGEST: Duration = Duration::from_secs(90);

/// Sends mail.
#[derive(Debug)]
pub(super) struct Mailer {
    settings: MailSettings,
    /// A mail that some got, and others may get later.
    open: Mutex<Option<Open>>,
}

/// A mail that some got.
#[derive(Clone, Debug)]
struct Open {
    id: String,
    /// Who is put off.
    left: Vec<Address>,
    /// How many got it.
    reached: usize,
    /// What was said of those who never get it.
    refused: Vec<String>,
}

impl Mailer {
    pub(super) fn new(settings: MailSettings) -> Result<Self, String> {
        // An address of the sixth version stands in brackets only where a port follows.
        let settings = MailSettings { host: settings.host.trim_matches(['[', ']']).to_owned(), ..settings };
        super::smtp::parameters(&settings)?;
        Ok(Self { settings, open: Mutex::default() })
    }

    /// Sends it to whoever has not got it; says of whom the server takes nothing, or why it is to be tried again.
    pub(super) async fn send(&self, message: &Message) -> Result<Option<Refusal>, Refusal> {
        let mut open = self.opened(&message.id);
        let mail = self.mail(message).map_err(|why| Refusal::lasting(why, LOOK))?;
        let envelope = Envelope { settings: &self.settings, to: &open.left, mail: &mail };
        let slow = || Refusal::passing("the mail server gave no answer in time".to_owned(), REACH);
        let answered = tokio::time::timeout(LONGEST, exchange(envelope)).await.map_err(|_| slow())??;
        open.reached += answered.taken;
        open.refused.extend(answered.refused);
        open.left = answered.later.iter().map(|(address, _)| address.clone()).collect();
        let later = answered.later.into_iter().next().map(|(_, words)| words);
        let outcome = self.outcome(&open, later);
        let kept = outcome.is_err().then_some(open).filter(|open| !open.left.is_empty());
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        outcome
    }

    /// Who is still to get it, and who got it.
    fn opened(&self, id: &str) -> Open {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|open| open.id == id);
        let new = || Open { id: id.to_owned(), left: self.settings.to.clone(), reached: 0, refused: Vec::new() };
        open.unwrap_or_else(new)
    }

    fn outcome(&self, open: &Open, later: Option<String>) -> Result<Option<Refusal>, Refusal> {
        let all = self.settings.to.len();
        let of_all = |count: usize| if all == 1 { "the recipient".to_owned() } else { format!("{count} of {all} recipients") };
        if let Some(words) = later {
            let why = format!("the mail server puts off {}: {words}", of_all(open.left.len()));
            return Err(Refusal {
                partly: open.reached > 0,
                ..Refusal::passing(why, "nothing, it is tried again; if it stays so, ask whoever runs the mail server")
            });
        }
        let Some(words) = open.refused.first() else { return Ok(None) };
        let why = format!("the mail server refused {}: {words}", of_all(open.refused.len()));
        let cure = "correct notify.mail.to (log.level: debug says which), and reload";
        let refusal = Refusal::lasting(why, cure);
        if open.reached == 0 { Err(refusal) } else { Ok(Some(refusal)) }
    }

    fn mail(&self, message: &Message) -> Result<Vec<u8>, String> {
        let from = &self.settings.from;
        let mut mail = lettre::Message::builder()
            .from(Mailbox::new(Some("photosyncd".to_owned()), from.clone()))
            .subject(format!("{} ({})", message.title, message.host))
            // The same for each try: who gets it twice sees it once.
            .message_id(Some(format!("<{}@{}>", message.id, from.domain())))
            .header(lettre::message::header::MIME_VERSION_1_0)
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        for to in &self.settings.to {
            mail = mail.to(Mailbox::new(None, to.clone()));
        }
        mail.body(body(message)).map(|mail| mail.formatted()).map_err(|error| error.to_string())
    }
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
