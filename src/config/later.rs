//! Keys whose feature is still to come: read and checked like any other, then refused unless they say the default.
//! When a feature arrives, its line goes.

use super::load::Config;

/// Key, the only value it may have, and whether the configuration asks for another.
type Later = (&'static str, &'static str, fn(&Config) -> bool);

const LATER: &[Later] = &[("service.listen", "null", |c| c.service.listen.is_some())];

/// Key and message of everything that is asked for too early.
pub(super) fn refusals(config: &Config) -> impl Iterator<Item = (String, String)> {
    let asked = LATER.iter().filter(|(_, _, asks)| asks(config));
    asked.map(|(key, only, _)| ((*key).to_owned(), format!("this is not supported yet; leave it at {only}")))
}
