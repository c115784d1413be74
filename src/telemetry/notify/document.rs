//! What a webhook gets: a JSON document with numbers, and a line for people.

use serde::Serialize;

use super::alert::Alert;
use super::message::whose;
use crate::model::{Timestamp, spelled};
use crate::status::Instance;

#[derive(Serialize)]
pub(super) struct AlertDocument<'a> {
    program: &'static str,
    version: &'static str,
    at: Timestamp,
    /// The tenant, as the configuration names it.
    tenant: Option<&'a str>,
    /// The machine.
    host: &'a str,
    text: String,
    #[serde(flatten)]
    news: &'a Alert,
}

impl<'a> AlertDocument<'a> {
    /// Who looks after several installations must see which one speaks; where its photos lie is nobody else's business.
    pub(super) fn of(news: &'a Alert, instance: &'a Instance, at: Timestamp) -> Self {
        let (tenant, host) = (instance.tenant.as_deref(), instance.host.as_str());

        let text = format!("{} ({})", spelled(&news.text()), whose(instance));
        Self { program: "photosyncd", version: env!("CARGO_PKG_VERSION"), at, tenant, host, text, news }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Guard;

    #[test]
    fn a_document_has_its_event_a_line_for_people_and_numbers() {
        let news = Alert::Halted { pass: 7, guard: Guard::Removals };
        let instance = Instance {
            tenant: Some("contoso.com".to_owned()),
            host: "hr01".to_owned(),
            source: "/srv/photos".to_owned(),
            ..Instance::default()
        };
        let json = serde_json::to_value(AlertDocument::of(&news, &instance, Timestamp::default())).unwrap();
        assert!(json["text"].as_str().unwrap().ends_with(" (hr01, tenant contoso.com)"), "{json}");
        assert_eq!((&json["tenant"], &json["host"]), (&"contoso.com".into(), &"hr01".into()));
        assert!(!json.to_string().contains("/srv"), "{json}");
        assert_eq!((&json["event"], &json["pass"], &json["guard"]), (&"halted".into(), &7.into(), &"removals".into()));
        assert!(json["text"].as_str().unwrap().contains("removals"));
    }
}
