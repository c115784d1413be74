//! `verify`: whether the tenant still shows what was delivered.

use std::collections::HashSet;
use std::sync::Arc;

use super::args::{Global, Verify};
use super::exit::{Exit, Trouble};
use super::out::{put, say};
use super::screen::Screen;
use super::{setup, text};
use crate::clock::Clock;
use crate::engine::{DriftSummary, Until, Which};
use crate::model::Timestamp;

/// Differences shown on a terminal at most; `--json` has them all.
const SHOWN: usize = 50;

pub(super) async fn run(global: &Global, options: Verify) -> Result<Exit, Trouble> {
    let config = setup::configured(global, &Screen::default())?;
    let clock = Clock::system();
    drop(setup::reader(&config)?);
    let built = setup::built(&config, &clock).await?;
    let ledger = setup::ledger(&config, &built, &clock)?;
    let mut only = None;
    for name in &options.targets {
        let found = ledger.named(name.clone()).await?;
        if found.is_empty() {
            return Err(Trouble::new(Exit::Usage, format!("no target is called {name}; give its whole name, object id or file")));
        }
        only.get_or_insert_with(HashSet::new).extend(found);
    }
    let which = Which { before: Timestamp::from_millis(i64::MAX), only: only.map(Arc::new), behind: None };
    let cancelled = setup::interrupted()?;
    let until = Until { patience: std::time::Duration::ZERO, max_duration: options.max_duration, limit: None, cancelled };
    let pass = ledger.begin_pass("verify", clock.now()).await?;
    let summary = built.engine.check_drift(&ledger, pass, &which, &until).await?;
    let kept = DriftSummary { differing: Vec::new(), problems: Vec::new(), ..summary.clone() };
    ledger.end_pass(pass, serde_json::to_string(&kept).unwrap_or_default(), clock.now()).await?;
    if global.json {
        say!("{}", text::json(&summary));
    } else {
        print(&summary);
    }
    Ok(match summary.stopped {
        Some("sign_in") => Exit::SignIn,
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
