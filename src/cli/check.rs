//! `check`: whether the configuration can be used, with its secret; what a reload asks before it disturbs the service.
//!
//! It looks at no photo, ledger or tenant: a share that is away is no fault of the configuration.

use super::args::{Check, Global};
use super::exit::{Exit, Trouble};
use super::out::say;
use super::setup;
use crate::clock::Clock;
use crate::config::{CloudName, Config};
use crate::engine::Engine;

/// Names of cameras that a warning names.
const NAMED: usize = 3;

pub(super) async fn run(global: &Global, options: &Check) -> Result<Exit, Trouble> {
    let mut config = Config::load(&global.config, &setup::env)?;
    if options.without_secret {
        // The embedded tenant needs none; all the rest is built as ever.
        config.graph.cloud = CloudName::Emulator;
    }
    let built = setup::built(&config, &Clock::system()).await?;
    let warnings: Vec<String> = warnings(&built.engine).into_iter().map(|(found, cure)| format!("{found}. {cure}")).collect();
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

/// What a person should know of the rules, though they can be used, and what to do about it.
pub(super) fn warnings(engine: &Engine) -> Vec<(String, String)> {
    let rules = &engine.mapping.rules;
    let cameras = rules.camera_numbers().into_iter().map(|(rule, names)| {
        let more = if names.len() > NAMED { ", …" } else { "" };
        let some = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let found = format!(
            "the rule {rule} would take the number of pictures named by a camera ({some}{more}) for somebody's; files named so \
             are held (camera_number)"
        );
        let cure = "Make the rule ask for more than a number; or write the letters into it if the number is meant: \
                    \"IMG_{number}.{ext}\".";
        (found, cure.to_owned())
    });
    let unseen = rules.folders().into_iter().filter_map(|(rule, folders)| {
        let why: Option<Vec<_>> = folders.iter().map(|folder| engine.source.ignore.why(folder.trim_end_matches('/'))).collect();
        let why = why?.into_iter().next()?;
        let cure = "Move the photos to another folder, or change that setting.";
        Some((format!("the rule {rule} covers files only that are passed over: {why}"), cure.to_owned()))
    });
    cameras.chain(unseen).collect()
}
