//! `check`: whether the configuration can be used, with its secret and its table; what a reload asks before it disturbs
//! the service.
//!
//! It refuses whatever the service would refuse at its start or at a reload. It looks at no photo and asks no tenant: a
//! share that is away is no fault of the configuration.

use super::args::{CheckArgs, GlobalArgs};
use super::exit::{CliError, Exit};
use super::open_files::open_files;
use super::out::say;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{Config, SecretCheck, check, instance, preparer, scanner};
use crate::daemon;
use crate::mapping::Table;
use crate::model::plain;
use crate::pass::Scanner;

/// Names of cameras that a warning names.
const NAMED: usize = 3;
/// Rows that can't be used, named at most.
const SHOWN: usize = 5;

pub(super) async fn run(global: &GlobalArgs, options: &CheckArgs) -> Result<Exit, CliError> {
    let config = Config::load(&global.config, &setup::env)?;
    // systemd names the service's process to what it runs for a reload.
    let in_unit = options.without_secret && setup::env("MAINPID").is_some_and(|process| !process.is_empty());
    let secret = if options.without_secret { SecretCheck::IfReadable { in_unit } } else { SecretCheck::Needed };
    let clock = Clock::system();
    let mut faults: Vec<CliError> = check(&config, &clock, &setup::env, secret).into_iter().map(CliError::from).collect();
    let refused = daemon::refusal(&config, &setup::env, secret, &clock, in_unit).await;
    faults.extend(refused.err().map(CliError::from));
    let scanner = scanner(&config, &clock);
    let table = scanner.table().await.map_err(|error| faults.push(error.into())).unwrap_or_default();
    if let Some(faults) = CliError::of_all(faults) {
        return Err(faults);
    }
    let warnings = warnings(&scanner).into_iter().chain(default_warnings(&config, &clock).await);
    let warnings = warnings.chain(open_files(&config, &global.config));
    let warnings: Vec<String> = warnings.map(|(found, cure)| format!("{found}. {cure}")).collect();
    if global.json {
        let table = table.as_ref().map(|table| serde_json::json!({ "read": table.summary(), "unusable_rows": table.bad() }));
        say!("{}", text::json_line(&serde_json::json!({ "usable": true, "table": table, "warnings": warnings })));
        return Ok(Exit::InStep);
    }
    say!("{}", plain(&instance(&config).title()));
    say!("The configuration {} can be used.", global.config.display());
    if let (Some(table), Some(file)) = (table, &config.mapping.table) {
        say!("The table {}: {}.", file.path.display(), table.summary());
        for line in remarks(&table) {
            say!("  {line}");
        }
    }
    for warning in &warnings {
        say!("Warning: {warning}");
    }
    Ok(Exit::InStep)
}

/// What a person should know of the rules, though they can be used, and what to do about it.
pub(super) fn warnings(scanner: &Scanner) -> Vec<(String, String)> {
    let rules = &scanner.mapping.rules;
    let cameras = rules.camera_numbers().into_iter().map(|(rule, names)| {
        let more = if names.len() > NAMED { ", …" } else { "" };
        let some = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
        let found = format!(
            "the rule {rule} would take the number of pictures named by a camera ({some}{more}) for somebody's; files named so \
             are held (camera_number)"
        );
        let cure = "Make the rule ask for more than a number; or write the letters into it if the number is meant: \
                    \"IMG_{number}.{ext}\".";
        (found, cure.to_owned())
    });
    let unseen = rules.folders().into_iter().filter_map(|(rule, folders)| {
        let why: Option<Vec<_>> =
            folders.iter().map(|folder| scanner.source.ignore.reason(folder.trim_end_matches('/'))).collect();
        let why = why?.into_iter().next()?;
        let cure = "Move the photos to another folder, or change that setting.";
        Some((format!("the rule {rule} covers files only that are passed over: {why}"), cure.to_owned()))
    });
    cameras.chain(unseen).collect()
}

/// Default pictures that can't be used, and what to do about it.
pub(super) async fn default_warnings(config: &Config, clock: &Clock) -> Vec<(String, String)> {
    let (defaults, preparer) = (config.defaults.clone(), preparer(config, clock));
    let pictures = tokio::task::spawn_blocking(move || preparer.default_pictures()).await.unwrap_or_default();
    let unusable = defaults.iter().zip(pictures).filter_map(|(picture, state)| Some((picture, state.err()?)));
    let told = unusable.map(|(picture, problem)| {
        let found = format!(
            "the default picture {} of the group {} can't be used ({}): {}",
            picture.file.display(),
            picture.group,
            problem.reason,
            problem.detail.trim_end_matches('.')
        );
        (found, problem.cure)
    });
    told.collect()
}

/// What is to be said of a table that can be used.
fn remarks(table: &Table) -> Vec<String> {
    let mut lines: Vec<String> =
        table.faults().iter().take(SHOWN).map(|fault| format!("line {}: {}", fault.line, fault.message)).collect();
    if let Some(more) = table.bad().checked_sub(lines.len()).filter(|more| *more > 0) {
        lines.push(format!("and {more} more rows that can't be used"));
    }
    if let Some(line) = table.open_end() {
        lines.push(format!(
            "line {line} has no line end: the table may have been cut off, so no rule decides about files that it does not name"
        ));
    }
    for (line, how) in table.spoilt().take(SHOWN) {
        lines.push(format!("line {line}: {how}"));
    }
    if table.is_empty() {
        lines.push("it names no file: a pass would halt (table_shrunk)".to_owned());
    }
    lines
}
