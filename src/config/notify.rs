//! `notify`: who is told when a person is needed.

use std::fmt;

use super::graph::parse_url;
use super::reader::Section;

/// The address of a webhook. Many services keep a key in it, so only its host is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Webhook(reqwest::Url);

impl Webhook {
    /// The whole address, key included.
    pub(crate) const fn url(&self) -> &reqwest::Url {
        &self.0
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({}://{}/...)", self.0.scheme(), self.0.host_str().unwrap_or_default())
    }
}

/// Who is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct NotifySettings {
    /// https URL that gets a POST when a person is needed; none: nobody is told. Default none.
    pub webhook: Option<Webhook>,
}

impl NotifySettings {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self { webhook: section.scalar("webhook", |scalar| webhook(&scalar.text()?)) }
    }
}

/// As any URL, but many chat services keep their key behind the question mark.
fn webhook(text: &str) -> Result<Webhook, String> {
    parse_url(text.split(['?', '#']).next().unwrap_or_default())?;
    reqwest::Url::parse(text).map(Webhook).map_err(|error| format!("is not a URL ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_in_a_webhooks_address_is_not_shown() {
        for url in ["https://hooks.example.com/T0/Geheimzeichen", "https://hooks.example.com/run?sig=Geheimzeichen#Geheimzeichen"]
        {
            let notify = NotifySettings { webhook: Some(webhook(url).unwrap()) };
            assert_eq!(notify.webhook.as_ref().unwrap().url().as_str(), url);
            let shown = format!("{notify:?} {notify:#?}");
            assert!(shown.contains("hooks.example.com") && !shown.contains("Geheim"), "{shown}");
        }
        let refused = webhook("http://hooks.example.com/Geheimzeichen?sig=Geheimzeichen").unwrap_err();
        assert!(!refused.contains("Geheim"), "{refused}");
    }
}
