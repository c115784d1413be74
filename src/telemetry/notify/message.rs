//! News for people: what a chat or a mail shows of an alert, and of which installation.

use super::alert::{Alert, Tone};
use crate::model::{Timestamp, spelled};
use crate::status::Instance;

/// One piece of news, in words.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Message {
    pub(super) tone: Tone,
    /// A few words.
    pub(super) title: String,
    /// One sentence.
    pub(super) text: String,
    /// Which installation, when, and numbers: each with its name.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What to do.
    pub(super) cure: Option<String>,
    /// The status page, where it is served.
    pub(super) page: Option<String>,
    /// The machine, to tell several apart in a list.
    pub(super) host: String,
    /// The same for each try, and another for other news: letters, digits, full stops and such.
    pub(super) id: String,
}

impl Message {
    pub(super) fn of(news: &Alert, instance: &Instance, page: Option<&str>, at: Timestamp) -> Self {
        let mut facts = vec![("Machine", instance.host.clone())];
        facts.extend(instance.tenant.clone().map(|tenant| ("Tenant", tenant)));
        facts.push(("Time", at.to_string()));
        facts.extend(news.numbers().into_iter().map(|(name, number)| (name, number.to_string())));
        Self {
            tone: news.tone(),
            title: format!("photosyncd: {}", news.title()),
            text: spelled(&news.text()).into_owned(),
            facts,
            cure: news.cure().map(|cure| spelled(cure).into_owned()),
            page: page.map(ToOwned::to_owned),
            host: instance.host.clone(),
            id: id(news, instance, at),
        }
    }
}

fn id(news: &Alert, instance: &Instance, at: Timestamp) -> String {
    let all = [at.millis().to_string().as_str(), news.event(), news.subject().unwrap_or_default(), &instance.host].join(".");
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let parts = all.split('.').map(|part| part.chars().filter(|letter| is_plain(*letter)).collect::<String>());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

/// The machine and the tenant, in a few words.
pub(super) fn whose(instance: &Instance) -> String {
    let host = &instance.host;
    instance.tenant.as_ref().map_or_else(|| host.clone(), |tenant| format!("{host}, tenant {tenant}"))
}
