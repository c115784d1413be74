//! `check`: whether the configuration can be used, with its secret; what a reload asks before it disturbs the service.
//!
//! It looks at no photo, ledger or tenant: a share that is away is no fault of the configuration.

use std::sync::Arc;

use super::args::{Check, Global};
use super::exit::{Exit, Trouble};
use super::out::say;
use super::setup;
use crate::clock::Clock;
use crate::config::{CloudName, Config};

/// Names of cameras that a warning names.
const NAMED: usize = 3;

pub(super) async fn run(global: &Global, options: &Check) -> Result<Exit, Trouble> {
    let mut config = Config::load(&global.config, &setup::env)?;
    if options.without_secret {
        // The embedded tenant needs none; all the rest is built as ever.
        config.graph.cloud = CloudName::Emulator;
    }
    let built = setup::built(&config, &Clock::system()).await?;
    let warnings: Vec<String> = built.engine.mapping.rules.camera_numbers().iter().map(camera_warning).collect();
    if global.json {
        say!("{}", serde_json::json!({ "usable": true, "warnings": warnings }));
    } else {
        say!("The configuration {} can be used.", global.config.display());
        for warning in &warnings {
            say!("Warning: {warning}");
        }
    }
    Ok(Exit::InStep)
}

/// About a rule that would take the number of a camera's picture for that of a person.
pub(super) fn camera_warning((rule, names): &(Arc<str>, Vec<&str>)) -> String {
    let more = if names.len() > NAMED { ", …" } else { "" };
    format!(
        "the rule {rule} would take the number of pictures named by a camera ({}{more}) for somebody's; files named so are held \
         (camera_number). Make the rule ask for more than a number, or write the letters into it if they are meant: \
         \"IMG_{{number}}.{{ext}}\".",
        names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ")
    )
}
