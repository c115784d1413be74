//! `run`: the service. Watches the directory and keeps the tenant in step until it is told to stop.

use super::args::{GlobalArgs, RunArgs};
use super::exit::{CliError, Exit};
use super::screen::Screen;
use super::setup;
use crate::clock::Clock;
use crate::daemon::{self, Start};

pub(super) async fn run(global: &GlobalArgs, _options: &RunArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let start = Start { config, path: global.config.clone(), env: setup::env, clock: Clock::system() };
    // It holds the whole service.
    Box::pin(daemon::run(start)).await?;
    Ok(Exit::InStep)
}
