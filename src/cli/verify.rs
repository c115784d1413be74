//! `verify`: whether the tenant still shows what was delivered.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::args::{BoundsArgs, GlobalArgs, PATIENCE, VerifyArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::screen::Screen;
use super::setup::LedgerAccess;
use super::{named, setup, text};
use crate::clock::Clock;
use crate::daemon::{self, VerifyPhotos};
use crate::delivery::{CompareSelection, DriftSummary, Until};
use crate::model::{Fit, Stopped, TargetId, Timestamp};

/// Differences shown on a terminal at most; `--json` has them all.
const SHOWN: usize = 50;

pub(super) async fn run(global: &GlobalArgs, options: VerifyArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let clock = Clock::system();
    let reader = setup::reader(&config)?;
    let mut only: Option<HashSet<TargetId>> = None;
    for name in &options.targets {
        only.get_or_insert_default().extend(named::targets(&reader, name, Fit::Folder)?);
    }
    drop(reader);
    let built = setup::build_pass(&config, &clock).await?;
    let (cancelled, BoundsArgs { patience, max_duration }) = (setup::interrupted()?, options.bounds);
    setup::be_patient(&built, patience);
    let summary = match setup::ledger_access(&config, &built, &clock).await? {
        LedgerAccess::Local(ledger) => {
            let which = CompareSelection { before: Timestamp::from_millis(i64::MAX), only: only.map(Arc::new), behind: None };
            let (waits_out_pauses, patience) = (patience.is_none(), patience.unwrap_or(PATIENCE));
            let until = Until { patience, waits_out_pauses, max_duration, limit: None, cancelled };
            built.pass.uploader.verify(&ledger, &which, &until).await?
        }
        LedgerAccess::Daemon => {
            let targets = only.map(|only| only.iter().map(ToString::to_string).collect());
            let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            let (max_duration_ms, patience_ms) = (max_duration.map(millis), patience.map(millis));
            let call = VerifyPhotos { id: None, targets, max_duration_ms, patience_ms };
            daemon::verify(&config.ledger.path, call, &cancelled).await?
        }
    };
    if global.json {
        say!("{}", text::json(&summary));
    } else {
        print(&summary);
    }
    Ok(match summary.stopped {
        Some(Stopped::SignIn) => Exit::SignIn,
        _ if summary.is_same() => Exit::InStep,
        _ => Exit::Held,
    })
}

fn print(summary: &DriftSummary) {
    let DriftSummary { checked, same, changed, gone, unknown, made_due, .. } = summary;
    say!("{checked} compared: {same} as delivered, {changed} changed in the tenant, {gone} gone, {unknown} not known.");
    for found in summary.differing.iter().take(SHOWN) {
        say!("  {} ({}): {}: {}", found.target, found.object_id, found.found, found.then);
    }
    if summary.differing.len() > SHOWN {
        say!("  … and {} more; --json has them all", summary.differing.len() - SHOWN);
    }
    if *made_due > 0 {
        say!("The next pass sends {made_due} again, as drift.policy says.");
    }
    if *checked == 0 && summary.stopped.is_none() {
        say!(
            "Nothing that was delivered is known here. A new ledger knows nothing of what was delivered before, and the tenant's pictures can't prove it: Microsoft 365 encodes each anew."
        );
    }
    if summary.stopped.is_some() {
        say!("Stopped early; run again to compare the rest.");
    }
    put!("{}", text::problems(&summary.problems));
}
