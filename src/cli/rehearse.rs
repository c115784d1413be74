//! `rehearse`: a whole pass against an embedded tenant and a throwaway ledger. Nothing leaves the machine.

use std::sync::Arc;
use std::time::Duration;

use super::args::{GlobalArgs, RehearseArgs};
use super::emulate::all_saved;
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::{reconcile, setup};
use crate::clock::Clock;
use crate::config::{self, Built, embedded};
use crate::delivery::Until;
use crate::files::workplace;
use crate::flow::PaceSettings;
use crate::ledger::Ledger;
use crate::model::PassCause;
use crate::pass::{PassOptions, Selection};

/// A rehearsal needs not spare a simulated tenant.
const PER_SECOND: f64 = 1_000.0;

pub(super) async fn run(global: &GlobalArgs, options: RehearseArgs) -> Result<Exit, CliError> {
    let screen = Screen::new(options.progress);
    let config = setup::load_config(global, &screen)?;
    let clock = Clock::system();
    let tenant = embedded(&config, &clock, options.save.as_deref()).await?;
    let Built { mut pass, identity } = config::pass(&config, &clock, tenant)?;
    pass.uploader.upload.pace = PaceSettings { per_second: PER_SECOND, max_per_second: PER_SECOND };
    let state = workplace().map_err(|error| CliError::internal("no place for the throwaway ledger", error))?;
    let ledger = Ledger::open(&state.path().join("rehearsal.db"), &identity, clock.now())?;
    let options = PassOptions {
        cause: PassCause::Rehearse,
        daemon: None,
        force: false,
        settle: config.settle.settle,
        only: Selection::default(),
        until: Until {
            patience: Duration::from_secs(60),
            waits_out_pauses: true,
            max_duration: None,
            limit: None,
            cancelled: setup::interrupted()?,
        },
    };
    if !global.json {
        say!("Rehearsal against a simulated tenant, which knows everybody whom a file names; nothing leaves this machine.");
    }
    let exit = reconcile::pass(&pass, &ledger, &options, &screen, global.json).await;
    drop(ledger);
    // Received photos are written out before the end.
    let embedded = pass.uploader.directory.tenant.embedded.clone();
    drop(pass);
    if let Some(running) = embedded.and_then(Arc::into_inner) {
        all_saved(running).await?;
    }
    exit
}
