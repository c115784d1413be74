//! The success document of every kind of sign-in.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::super::token::Grant;
use crate::model::Timestamp;

/// A token said to live longer than this is renewed after it.
const LONGEST_LIFE: f64 = 86_400.0;
/// What the documentation shows, for an answer that does not say.
const USUAL_LIFE: f64 = 3_599.0;

/// What the sign-in service answers.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    access_token: String,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default, deserialize_with = "number")]
    expires_in: Option<f64>,
    #[serde(default, deserialize_with = "number")]
    expires_on: Option<f64>,
}

/// A number, or a text holding one: Azure's machine identities send texts.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

impl TokenAnswer {
    /// Reads an answer; none if it holds no token.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().filter(|answer: &Self| !answer.access_token.is_empty())
    }

    /// The refresh token of a person's sign-in.
    pub(super) fn refresh(&self) -> Option<SecretString> {
        self.refresh_token.as_deref().filter(|token| !token.is_empty()).map(SecretString::from)
    }

    /// The token and how long it lives from now.
    pub(super) fn grant(self, now: Timestamp) -> Grant {
        #[expect(clippy::cast_precision_loss, reason = "seconds since the epoch are far below 2^52")]
        let now = now.millis() as f64 / 1000.0;
        let life = self.expires_in.or_else(|| self.expires_on.map(|end| end - now));
        let life = life.filter(|life| life.is_finite() && *life >= 1.0).unwrap_or(USUAL_LIFE);
        Grant { lifetime: Duration::from_secs_f64(life.min(LONGEST_LIFE)), access_token: SecretString::from(self.access_token) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_come_as_numbers_texts_or_ends() {
        let now = Timestamp::from_millis(1_000_000_000);
        for (body, life) in [
            (r#"{"access_token":"t","expires_in":3599}"#, Some(3599)),
            (r#"{"access_token":"t","expires_in":"120"}"#, Some(120)),
            (r#"{"access_token":"t","expires_on":"1000300"}"#, Some(300)),
            (r#"{"access_token":"t","expires_in":"86399","expires_on":"1"}"#, Some(86_399)),
            (r#"{"access_token":"t"}"#, Some(3599)),
            (r#"{"access_token":"t","expires_in":-1}"#, Some(3599)),
            (r#"{"access_token":"t","expires_in":1e12}"#, Some(86_400)),
            (r#"{"access_token":"t","expires_in":null}"#, Some(3599)),
            (r#"{"access_token":""}"#, None),
            (r#"{"error":"x"}"#, None),
            ("<html>", None),
        ] {
            let lifetime = TokenAnswer::read(body.as_bytes()).map(|answer| answer.grant(now).lifetime.as_secs());
            assert_eq!(lifetime, life, "{body}");
        }
    }
}
