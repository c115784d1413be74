//! `run`: the service. Watches the directory and keeps the tenant in step until it is told to stop.

use super::args::{Global, Run};
use super::exit::{Exit, Trouble};
use super::screen::Screen;
use super::setup;
use crate::clock::Clock;
use crate::daemon::{self, Start};

pub(super) async fn run(global: &Global, _options: &Run) -> Result<Exit, Trouble> {
    let config = setup::configured(global, &Screen::default())?;
    daemon::run(Start { config, path: global.config.clone(), env: setup::env, clock: Clock::system() }).await?;
    Ok(Exit::InStep)
}
