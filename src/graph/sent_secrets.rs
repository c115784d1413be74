//! What was sent in secret, so that no answer can make us repeat it. A server, or a proxy before it, may put anything of a
//! request into its answer: a code, a message, an id, the address of a redirect. What holds such a thing is left out,
//! whether as a whole, in part, or percent-encoded; what looks like a token of anybody's, too.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, PoisonError, RwLock};

use percent_encoding::percent_decode_str;
use reqwest::header::HeaderValue;

use super::Failure;

/// So many secrets are remembered, the newest: a token or two, and what was shown at the sign-in.
const REMEMBERED: usize = 16;
/// So many letters and digits of a secret in a row are a part of it; fewer may be a word.
const PART: usize = 10;
/// A secret with fewer letters and digits can't be told from words.
const SHORTEST: usize = 6;
/// Runs of letters and digits as long as this, of every sort, are no words.
const LONG_RUN: usize = 32;
/// A text may be encoded more than once.
const ENCODED: usize = 3;

/// The secrets that one client sent. Clones share them.
#[derive(Clone, Default)]
pub(super) struct SentSecrets(Arc<RwLock<VecDeque<Secret>>>);

/// One of them, by its letters and digits alone: encodings change the rest.
struct Secret {
    /// As it was sent.
    raw: secrecy::SecretString,
    plain: secrecy::SecretString,
    parts: HashSet<[u8; PART]>,
}

impl SentSecrets {
    /// Remembers what is about to be sent.
    pub(super) fn note(&self, secret: &str) {
        let known = |kept: &VecDeque<Secret>| kept.iter().any(|one| secrecy::ExposeSecret::expose_secret(&one.raw) == secret);
        let plain = letters(secret);
        if plain.len() < SHORTEST || known(&self.0.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let parts = windows(&plain).collect();
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(REMEMBERED - 1);
        kept.push_front(Secret { raw: secret.to_owned().into(), plain: plain.into(), parts });
    }

    /// The same for `Bearer …`.
    pub(super) fn note_header(&self, header: &HeaderValue) {
        if let Ok(text) = header.to_str() {
            self.note(text.trim_start_matches("Bearer "));
        }
    }

    /// Whether a text repeats a secret or a part of one, or holds what looks like a token.
    pub(super) fn are_in(&self, text: &str) -> bool {
        if text.is_empty() {
            return false;
        }
        let text = decoded(text);
        if holds_token(&text) {
            return true;
        }
        let plain = letters(&text);
        let parts: Vec<[u8; PART]> = windows(&plain).collect();
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(|secret| {
            let whole = secrecy::ExposeSecret::expose_secret(&secret.plain);
            plain.contains(whole) || parts.iter().any(|part| secret.parts.contains(part))
        })
    }

    /// Whether the document of a success repeats a secret as a whole.
    pub(super) fn are_in_document(&self, body: &[u8]) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(|secret| {
            let raw = secrecy::ExposeSecret::expose_secret(&secret.raw);
            raw.len() >= PART && memchr::memmem::find(body, raw.as_bytes()).is_some()
        })
    }

    /// A text of an answer, unless it repeats a secret.
    pub(super) fn unless_in(&self, text: Option<String>) -> Option<String> {
        text.filter(|text| !self.are_in(text))
    }

    /// The failure without what repeats a secret.
    pub(super) fn taken_from(&self, mut failure: Failure) -> Failure {
        failure.code = self.unless_in(failure.code);
        failure.request_id = self.unless_in(failure.request_id.map(String::from)).map(Into::into);
        if self.are_in(&failure.message) {
            failure.message = Box::default();
        }
        // The address of a redirect stands in the words.
        if self.are_in(&failure.cause) {
            failure.cause = "the answer repeats what was sent in secret, so its words are not shown".into();
        }
        failure
    }
}

/// Without percent-encoding, however often it was encoded.
fn decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..ENCODED {
        let next = percent_decode_str(&text).decode_utf8_lossy().into_owned();
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// Letters and digits, in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn windows(plain: &str) -> impl Iterator<Item = [u8; PART]> {
    plain.as_bytes().windows(PART).filter_map(|part| part.try_into().ok())
}

/// Whether a text holds what looks like a token: a JWT, what follows `Bearer`, or a long run that no language has.
fn holds_token(text: &str) -> bool {
    let of_token = |letter: char| letter.is_ascii_alphanumeric() || "+/_~=-".contains(letter);
    let run = |from: &str| from.chars().take_while(|letter| of_token(*letter)).count();
    if text.match_indices("eyJ").any(|(at, _)| run(&text[at..]) >= LONG_RUN / 2) {
        return true;
    }
    if let Some(at) = text.to_ascii_lowercase().find("bearer ")
        && run(text.get(at + "bearer ".len()..).unwrap_or_default().trim_start()) >= PART
    {
        return true;
    }
    text.split(|letter| !of_token(letter)).any(|run| {
        let has = |of: fn(&char) -> bool| run.chars().any(|letter| of(&letter));
        run.len() >= LONG_RUN && has(char::is_ascii_digit) && has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJodHRwczovL2dyYXBo.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg";
    const SECRET: &str = "Kanarienvogel~7Q8~geheim";

    fn sent() -> SentSecrets {
        let sent = SentSecrets::default();
        sent.note(TOKEN);
        sent.note(SECRET);
        sent.note("s3cret & more");
        sent
    }

    #[test]
    fn a_secret_is_known_whole_in_part_and_encoded() {
        let sent = sent();
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        for secret in [TOKEN, SECRET, "s3cret & more"] {
            for text in [
                secret.to_owned(),
                format!("Error_{secret}_x"),
                encode(secret),
                encode(&encode(secret)),
                encode(secret).to_lowercase(),
                secret.to_uppercase(),
                serde_json::to_string(&format!("<b>{secret}</b>")).unwrap(),
                secret.chars().flat_map(|letter| [letter, '\n']).collect(),
            ] {
                assert!(sent.are_in(&text), "{text:?}");
            }
        }
        for secret in [TOKEN, SECRET] {
            assert!(sent.are_in(&secret[..PART + 3]) && sent.are_in(&secret[secret.len() - PART - 2..]), "{secret}");
        }
        assert!(sent.are_in_document(format!("{{\"displayName\":\"{TOKEN}\"}}").as_bytes()));
        assert!(!sent.are_in_document(b"{\"displayName\":\"Anna\"}"));
    }

    #[test]
    fn words_of_a_service_are_no_secrets() {
        let sent = sent();
        for text in [
            "",
            "Request_ResourceNotFound",
            "-1, Microsoft.SharePoint.Client.ResourceNotFoundException",
            "6e7b768e-07e2-4810-8459-485f84f8f204",
            "6E7B768E-07E2-4810-8459-485F84F8F204",
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent is the client secret value.",
            "The bearer token is missing or empty",
            "Microsoft.Exchange.Data.Storage.ObjectNotFoundException",
            "ErrorUserResolutionFailedUserDoesNotExist",
            "Kanarienvogel",
        ] {
            assert_eq!(sent.are_in(text), text == "Kanarienvogel", "{text:?}");
        }
    }

    #[test]
    fn tokens_of_others_are_known_by_their_looks() {
        let none = SentSecrets::default();
        for text in [
            "eyJhbGciOiJub25lIn0.e30.x",
            "bad header: Bearer abcdefghijkl",
            "k9Qx7Zp2Lm4Vb8Nc1Ws6Td3Rf5Yg0HjKu",
            "code=0.AXoAq1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVw",
        ] {
            assert!(none.are_in(text), "{text:?}");
        }
    }

    #[test]
    fn only_the_newest_are_kept() {
        let sent = SentSecrets::default();
        let secret =
            |number: usize| format!("a-secret-of-mine-number-{number:04}-{}", blake3::hash(&number.to_ne_bytes()).to_hex());
        for number in 0..=REMEMBERED {
            sent.note(&secret(number));
            sent.note(&secret(number));
        }
        let holds = |number: usize| sent.are_in_document(secret(number).as_bytes());
        assert!(!holds(0) && (1..=REMEMBERED).all(holds));
    }
}
