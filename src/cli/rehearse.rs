//! `rehearse`: a whole pass against an embedded tenant and a throwaway ledger. Nothing leaves the machine.

use std::sync::Arc;
use std::time::Duration;

use super::args::{Global, Rehearse};
use super::exit::{Exit, Trouble};
use super::out::say;
use super::screen::Screen;
use super::{reconcile, setup};
use crate::clock::Clock;
use crate::config::{CloudName, build};
use crate::engine::{PassOptions, Selection, Until};
use crate::ledger::Ledger;
use crate::model::PassCause;

/// A rehearsal needs not spare a pretended tenant.
const PER_SECOND: f64 = 1_000.0;

pub(super) async fn run(global: &Global, options: Rehearse) -> Result<Exit, Trouble> {
    let screen = Screen::new(options.progress);
    let mut config = setup::configured(global, &screen)?;
    let clock = Clock::system();
    config.graph.cloud = CloudName::Emulator;
    config.upload.pace.per_second = PER_SECOND;
    config.upload.pace.max_per_second = PER_SECOND;
    let built = build(&config, &clock, &setup::env, options.save.as_deref()).await?;
    let state = tempfile::tempdir().map_err(|error| Trouble::internal("no place for the throwaway ledger", error))?;
    let ledger = Ledger::open(&state.path().join("rehearsal.db"), &built.identity, clock.now())?;
    let options = PassOptions {
        cause: PassCause::Rehearse,
        beside: None,
        force: false,
        only: Selection::default(),
        until: Until { patience: Duration::from_secs(60), max_duration: None, limit: None, cancelled: setup::interrupted()? },
    };
    if !global.json {
        say!("Rehearsal against a pretended tenant; nothing leaves this machine.");
    }
    let exit = reconcile::pass(&built.engine, &ledger, &options, &screen, global.json).await;
    drop(ledger);
    // Received photos are written out before the end.
    if let Some(embedded) = built.engine.embedded.clone() {
        drop(built);
        if let Some(running) = Arc::into_inner(embedded) {
            running.stop().await;
        }
    }
    exit
}
