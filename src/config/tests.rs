//! Stories about whole configurations; the parts are tested beside their code.

mod bad;
mod edit_random;
mod example;
mod good;
mod namings;
mod schema;
mod secrets;
mod wrong_types;
mod yaml;

use std::path::Path;

use super::{Config, ConfigFaults};

/// Parses in `/etc/photosyncd` with `HR=/srv/hr` and `PACE=7` in the environment.
fn parse(text: &str) -> Result<Config, ConfigFaults> {
    parse_in(text, &[("HR", "/srv/hr"), ("PACE", "7"), ("YES", "true")])
}

fn parse_in(text: &str, env: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
    let env = |name: &str| env.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let parsed = Config::parse(text, "c.yaml", Path::new("/etc/photosyncd"), &env);
    assert!(parsed.is_err() || schema::fits(text), "what is taken fits the schema: {text}");
    parsed
}

/// Everything in it, to be compared.
fn shown(config: &Config) -> String {
    format!("{config:#?}")
}

/// The faults, a line each; empty when there are none.
fn faults(text: &str) -> String {
    parse(text).err().map(|faults| faults.to_string()).unwrap_or_default()
}
