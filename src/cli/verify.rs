//! `verify`: whether the tenant still shows what was delivered.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::args::{BoundsArgs, GlobalArgs, PATIENCE, VerifyArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::screen::Screen;
use super::setup::LedgerAccess;
use super::terminal::{Color, TextStyle};
use super::{named, setup, text};
use crate::clock::Clock;
use crate::daemon::{self, VerifyPhotos};
use crate::delivery::{CompareSelection, DriftFound, DriftSummary, Until};
use crate::model::{Fit, Stopped, TargetId, Timestamp};

/// What takes long.
const COMPARING: &str = "Comparing delivered photos with Microsoft 365";
/// Differences of one kind told one by one; `--json` has them all.
const SHOWN: usize = 10;
/// Names told of what can't be said.
const NAMED: usize = 2;
/// What a comparison of nothing means: where nothing was delivered, ...
const NOTHING: &str = "Nothing to compare: this ledger knows of no delivered photo. A new ledger cannot recognise photos that \
                       were delivered before, since Microsoft 365 encodes each picture again.";
/// ... and where what was is not what is wanted now, or not of those who were named.
const NOT_IN_STEP: &str = "Nothing to compare: only photos that photosyncd delivered, and that are up to date, are compared. \
                           `photosyncd explain NAME` says how one stands.";

pub(super) async fn run(global: &GlobalArgs, options: VerifyArgs) -> Result<Exit, CliError> {
    let screen = Screen::default();
    let config = setup::load_config(global, &screen)?;
    let clock = Clock::system();
    let reader = setup::reader(&config)?;
    let mut only: Option<HashSet<TargetId>> = None;
    for name in &options.targets {
        only.get_or_insert_default().extend(named::targets(&reader, name, Fit::Folder)?);
    }
    let nothing = if only.is_some() || reader.delivered()? > 0 { NOT_IN_STEP } else { NOTHING };
    drop(reader);
    let built = setup::build_pass(&config, &clock).await?;
    let (cancelled, BoundsArgs { patience, max_duration }) = (setup::interrupted()?, options.bounds);
    setup::be_patient(&built, patience);
    let summary = match setup::ledger_access(&config, &built, &clock).await? {
        LedgerAccess::Local(ledger) => {
            let which = CompareSelection { before: Timestamp::from_millis(i64::MAX), only: only.map(Arc::new), behind: None };
            let (waits_out_pauses, patience) = (patience.is_none(), patience.unwrap_or(PATIENCE));
            let until = Until { patience, waits_out_pauses, max_duration, limit: None, cancelled };
            screen.during(COMPARING, Box::pin(built.pass.uploader.verify(&ledger, &which, &until))).await?
        }
        LedgerAccess::Daemon => {
            let targets = only.map(|only| only.iter().map(ToString::to_string).collect());
            let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
            let (max_duration_ms, patience_ms) = (max_duration.map(millis), patience.map(millis));
            let call = VerifyPhotos { id: None, targets, max_duration_ms, patience_ms };
            screen.during(COMPARING, daemon::verify(&config.ledger.path, call, &cancelled)).await?
        }
    };
    if global.json {
        say!("{}", text::json(&summary));
    } else {
        print(&summary, nothing, TextStyle::stdout());
    }
    Ok(match summary.stopped {
        Some(Stopped::SignIn) => Exit::SignIn,
        _ if summary.unreachable && summary.checked == 0 => Exit::Unreachable,
        _ if summary.is_same() => Exit::InStep,
        _ => Exit::Held,
    })
}

/// Causes of the same words together, the differences first.
fn print(summary: &DriftSummary, nothing: &str, style: TextStyle) {
    let DriftSummary { checked, same, changed, gone, unknown, made_due, .. } = summary;
    if let Some(item) = summary.problems.first() {
        let what = match summary.stopped {
            Some(Stopped::SignIn) => "Sign-in failed, or a permission is missing",
            _ if summary.unreachable => "Microsoft 365 can't be reached",
            Some(Stopped::Directory) => "Microsoft 365 does not answer as it should",
            _ => "Stopped",
        };
        let words = style.paragraph("", &format!("{what}: {}.", item.detail.trim_end_matches('.')));
        put!("{}\n{}", style.color(Color::Bad, words.trim_end()), style.paragraph("→ ", &item.cure));
    }
    let sum =
        format!("{checked} compared: {same} as delivered, {changed} changed in the tenant, {gone} gone, {unknown} not known.");
    put!("{}", style.paragraph("", &sum));
    let mut alike: BTreeMap<(&str, &str), Vec<&DriftFound>> = BTreeMap::new();
    for found in &summary.differing {
        alike.entry((&found.found, &found.then)).or_default().push(found);
    }
    for ((found, then), some) in alike {
        if found == "unknown" {
            let names: Vec<&str> = some.iter().take(NAMED).map(|found| found.target.as_str()).collect();
            put!("{}", style.line(&format!("{:>6}  {found}: {then}: {}", some.len(), names.join(", "))));
            continue;
        }
        for one in some.iter().take(SHOWN) {
            put!("{}", style.line(&format!("  {} ({}): {found}: {then}", one.target, one.object_id)));
        }
        if some.len() > SHOWN {
            say!("  … and {} more {found}: {then}; --json has them all", some.len() - SHOWN);
        }
    }
    if *made_due > 0 {
        say!("The next pass sends {made_due} again, as drift.policy says.");
    }
    if *checked == 0 && summary.stopped.is_none() {
        put!("{}", style.paragraph("", nothing));
    }
    match summary.stopped {
        Some(Stopped::SignIn | Stopped::Directory | Stopped::Group) | None => {}
        Some(_) => say!("Stopped early; run again to compare the rest."),
    }
}
