//! `doctor`: checks all that a run needs, and says for each what was found and what to do. Changes nothing.

mod check;
mod local;
mod permissions;
mod tenant;

use serde::Serialize;

use super::args::{Doctor, Global};
use super::exit::{Exit, Trouble};
use super::out::{put, say};
use super::paper::{Ink, Paper};
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{Config, build};
use check::{Check, Verdict};

/// All checks as JSON. Field names are a contract.
#[derive(Serialize)]
struct Document<'a> {
    ok: usize,
    skipped: usize,
    warnings: usize,
    faults: usize,
    checks: &'a [Check],
}

pub(super) async fn run(global: &Global, options: Doctor) -> Result<Exit, Trouble> {
    let checks = checks(global, &options).await;
    let quiet = options.quiet;
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let (ok, skipped) = (count(Verdict::Ok), count(Verdict::Skipped));
    let (warnings, faults) = (count(Verdict::Warning), count(Verdict::Fault));
    if global.json {
        say!("{}", text::json(&Document { ok, skipped, warnings, faults, checks: &checks }));
        return Ok(check::exit(&checks));
    }
    let paper = Paper::stdout();
    for check in checks.iter().filter(|check| !quiet || check.verdict >= Verdict::Warning) {
        put!("{}", words(paper, check));
    }
    if !quiet || warnings + faults > 0 {
        let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
        say!("{ok} ok{skipped}, {}, {}.", text::count(warnings as u64, "warning"), text::count(faults as u64, "fault"));
    }
    Ok(check::exit(&checks))
}

async fn checks(global: &Global, options: &Doctor) -> Vec<Check> {
    let config = match Config::load(&global.config, &setup::env) {
        Ok(config) => config,
        Err(faults) => return local::unusable(&faults),
    };
    let clock = Clock::system();
    let mut checks = vec![Check::ok("configuration", format!("{} has no faults", global.config.display()))];
    checks.extend(local::tools(&config));
    let built = match build(&config, &clock, &setup::env).await {
        Ok(built) => built,
        Err(error) => {
            checks.push(local::unbuildable(&error));
            return checks;
        }
    };
    checks.extend(local::credential(&config));
    let (source, coverage) = local::source(&config, &built.pass.proposer.scanner).await;
    checks.extend(source);
    checks.extend(local::ledger(&config, &built.identity).await);
    if options.offline {
        checks.push(Check::skipped("sign_in", "no tenant was asked (--offline)"));
    } else {
        checks.extend(tenant::checks(&config, &built.pass, coverage.as_ref(), options.missing).await);
    }
    checks
}

/// One check for a person.
fn words(paper: Paper, check: &Check) -> String {
    let ink = match check.verdict {
        Verdict::Ok => Ink::Good,
        Verdict::Skipped => Ink::Faint,
        Verdict::Warning => Ink::Warning,
        Verdict::Fault => Ink::Bad,
    };
    // The width of the label is that of its letters, without the colour's.
    let label = format!("{:<9}", check.verdict.word());
    let text = paper.paragraph("         ", &format!("{}: {}", check.name.replace('_', " "), check.found));
    let mut words = format!("{}{}", paper.ink(ink, &label), text.trim_start());
    if let Some(cure) = &check.cure {
        words.push_str(&paper.paragraph("         → ", cure));
        words.push_str(&paper.paragraph("           ", &format!("README.md: {}", check.readme)));
    }
    words
}
