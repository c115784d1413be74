//! `doctor`: checks all that a run needs, and says for each what was found and what to do. Changes nothing.

mod check;
mod local;
mod permissions;
mod service;
mod settings;
mod tenant;

use serde::Serialize;

use super::args::{DoctorArgs, GlobalArgs, PATIENCE};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::terminal::{Color, TextStyle};
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{Config, build};
#[cfg(test)]
pub(super) use check::CHECKS;
use check::{CheckLevel, CheckResult};

/// All checks as JSON. Field names are a contract.
#[derive(Serialize)]
struct DoctorDocument<'a> {
    ok: usize,
    skipped: usize,
    warnings: usize,
    faults: usize,
    checks: &'a [CheckResult],
}

pub(super) async fn run(global: &GlobalArgs, options: DoctorArgs) -> Result<Exit, CliError> {
    let checks = checks(global, &options).await;
    let quiet = options.quiet;
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let (ok, skipped) = (count(CheckLevel::Ok), count(CheckLevel::Skipped));
    let (warnings, faults) = (count(CheckLevel::Warning), count(CheckLevel::Fault));
    if global.json {
        say!("{}", text::json(&DoctorDocument { ok, skipped, warnings, faults, checks: &checks }));
        return Ok(check::exit(&checks));
    }
    let style = TextStyle::stdout();
    for check in checks.iter().filter(|check| !quiet || check.verdict >= CheckLevel::Warning) {
        put!("{}", words(style, check));
    }
    if !quiet || warnings + faults > 0 {
        let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
        say!("{ok} ok{skipped}, {}, {}.", text::count(warnings as u64, "warning"), text::count(faults as u64, "fault"));
    }
    Ok(check::exit(&checks))
}

async fn checks(global: &GlobalArgs, options: &DoctorArgs) -> Vec<CheckResult> {
    let config = match Config::load(&global.config, &setup::env) {
        Ok(config) => config,
        Err(faults) => return settings::unusable(&faults),
    };
    let clock = Clock::system();
    let mut checks = vec![CheckResult::ok("configuration", format!("{} has no faults", global.config.display()))];
    checks.extend(local::open_files(&config, &global.config));
    checks.extend(local::tools(&config));
    let built = match build(&config, &clock, &setup::env).await {
        Ok(built) => built,
        Err(error) => {
            checks.push(settings::unbuildable(&error));
            return checks;
        }
    };
    checks.extend(settings::unservable(&config, &clock).await);
    setup::be_patient(&built, Some(PATIENCE));
    checks.extend(local::credential(&config));
    let (source, coverage) = local::source(&config, &built.pass.proposer.scanner).await;
    checks.extend(source);
    checks.extend(local::ledger(&config, &built.identity).await);
    if options.offline {
        checks.extend(tenant::credential_end(&config, &built.pass));
        checks.push(CheckResult::skipped("sign_in", "no tenant was asked (--offline)"));
    } else {
        checks.extend(tenant::checks(&config, &built.pass, coverage.as_ref(), options.missing).await);
    }
    checks
}

/// One check for a person.
fn words(style: TextStyle, check: &CheckResult) -> String {
    let color = match check.verdict {
        CheckLevel::Ok => Color::Good,
        CheckLevel::Skipped => Color::Faint,
        CheckLevel::Warning => Color::Warning,
        CheckLevel::Fault => Color::Bad,
    };
    // The width of the label is that of its letters, without the colour's.
    let label = format!("{:<9}", check.verdict.word());
    let text = style.paragraph("         ", &format!("{}: {}", check.name.replace('_', " "), check.found));
    let mut words = format!("{}{}", style.color(color, &label), text.trim_start());
    if let Some(cure) = &check.cure {
        words.push_str(&style.paragraph("         → ", cure));
        words.push_str(&style.paragraph("           ", &format!("More: photosyncd help {}", check.readme)));
    }
    words
}
