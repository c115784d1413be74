//! `check`: whether the configuration can be used, with its secret; what a reload asks before it disturbs the service.
//!
//! It looks at no photo, ledger or tenant: a share that is away is no fault of the configuration.

use super::args::{Check, Global};
use super::exit::{Exit, Trouble};
use super::out::say;
use super::setup;
use crate::clock::Clock;
use crate::config::{CloudName, Config};

pub(super) async fn run(global: &Global, options: &Check) -> Result<Exit, Trouble> {
    let mut config = Config::load(&global.config, &setup::env)?;
    if options.without_secret {
        // The embedded tenant needs none; all the rest is built as ever.
        config.graph.cloud = CloudName::Emulator;
    }
    drop(setup::built(&config, &Clock::system()).await?);
    if global.json {
        say!("{{\"usable\": true}}");
    } else {
        say!("The configuration {} can be used.", global.config.display());
    }
    Ok(Exit::InStep)
}
