//! `init`: proposes rules for the photos that are there, and writes a configuration with them. It looks at the names of the
//! files, at HR's table if there is one, and, where a configuration can sign in, at the directory.

mod kept;
mod render;
mod table_choice;
mod target;
mod yaml;

use std::path::{Path, PathBuf};

use super::args::{CheckArgs, GlobalArgs, InitArgs, PlanArgs};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::terminal::TextStyle;
use super::{check, plan, setup, text};
use crate::clock::Clock;
use crate::config::{CloudName, Config, ConfigEntry, tenant};
use crate::files::{Bounds, is_there, read};
use crate::model::{Advice, DirectoryObject, TargetKind};
use crate::pass::ScanFailure;
use crate::proposal::{FULL_NAME, MappingProposal, People, Sample, TableProposal, UnfitTable, propose, propose_table};
use crate::source::{SourceSettings, scan};
use kept::Kept;
use render::Screenful;
use table_choice::TableChoice;
use target::{PATIENCE, Target};

/// Largest table that is read, in bytes.
const TABLE_BYTES: u64 = 64_000_000;

/// Where photos are, and who may be asked about them.
struct Start {
    config: Config,
    /// Why it can't sign in yet.
    fault: Option<String>,
}

pub(super) async fn run(global: &GlobalArgs, options: InitArgs) -> Result<Exit, CliError> {
    let out = options.out.clone().unwrap_or_else(|| global.config.clone());
    let start = start(global, &options, &out)?;
    let target = Target::look(out, &global.config, options.force)?;
    let screen = Screen::default();
    let (people, unasked) = if options.offline || start.fault.is_some() || start.config.graph.cloud == CloudName::Emulator {
        (None, start.fault.clone())
    } else {
        screen.during("Asking the directory", people(&start.config)).await
    };
    let table = table(&options, &start.config, &target)?;
    let (source, file, compared) = (start.config.source.clone(), table.clone(), people.is_some());
    let users = people.as_ref().map(People::users);
    let proposing = tokio::task::spawn_blocking(move || proposed(&source, file.as_ref(), people.as_ref()));
    let proposed = screen.during("Looking at the names of the files", proposing).await;
    let (sample, proposal) = proposed.map_err(|error| CliError::internal("the names could not be looked at", error))??;
    let kept = target.kept(&proposal, &sample);
    let written = target.may_write().then(|| target.write(&entries(&start, &target, &proposal, &kept, table.as_ref(), compared)));
    let written = written.transpose()?;
    let screenful = Screenful {
        sample: &sample,
        proposal: &proposal,
        table: table.as_ref(),
        users,
        unasked,
        source: &start.config.source.root,
        kept: &kept,
    };
    let out = target.path();
    if global.json {
        let copy = written.as_ref().and_then(Option::as_deref);
        say!("{}", text::json(&screenful.json(written.is_some().then_some(out), copy)));
        return if written.is_some() { Ok(Exit::InStep) } else { Err(exists(out)) };
    }
    super::out::put!("{}", screenful.text(TextStyle::stdout()));
    let Some(copy) = written else { return Err(exists(out)) };
    say!("Written to {}.", out.display());
    if let Some(copy) = copy {
        say!("What it was before is kept as {}.", copy.display());
    }
    let then = GlobalArgs { config: out.to_owned(), json: false };
    say!("\nphotosyncd check --config {}", out.display());
    check::run(&then, &CheckArgs { without_secret: false }).await?;
    say!("\nphotosyncd plan --config {}", out.display());
    let plan = PlanArgs { only: Vec::new(), unmatched: false, verbose: false, all: false, missing: false };
    Box::pin(plan::run(&then, plan)).await
}

fn exists(out: &Path) -> CliError {
    let words = format!(
        "{} exists and was left as it is; with --force source.directory and the rules and table of its mapping are replaced (and a \
         copy is kept), with --out FILE another file is written",
        out.display()
    );
    CliError::new(Exit::Usage, words)
}

fn absolute(path: PathBuf) -> Result<PathBuf, CliError> {
    std::path::absolute(path).map_err(|error| CliError::internal("the current directory is unknown", error))
}

/// The configuration to start from: that of `--config`, else the one that is written, else the least that names the directory.
fn start(global: &GlobalArgs, options: &InitArgs, out: &Path) -> Result<Start, CliError> {
    let directory = options.directory.clone().map(absolute).transpose()?;
    let known = [&*global.config, out].into_iter().find(|path| is_there(path, PATIENCE));
    let (found, fault) = match (known.map(|path| (path, Config::load(path, &setup::env))), &directory) {
        (Some((_, Err(faults))), None) => return Err(faults.into()),
        (Some((path, Err(faults))), Some(_)) => {
            let faults = faults.to_string();
            let first = faults.lines().next().unwrap_or_default();
            (None, Some(format!("{} can't be used yet ({first})", path.display())))
        }
        (Some((_, Ok(config))), _) => (Some(config), None),
        (None, _) => (None, None),
    };
    let config = match (found, directory) {
        (Some(mut config), directory) => {
            config.source.root = directory.unwrap_or(config.source.root);
            config
        }
        (None, Some(directory)) => {
            let text = format!("source:\n  {}", yaml::source(&directory).lines);
            Config::parse(&text, "the proposal", Path::new("/"), &setup::env)?
        }
        (None, None) => {
            let words = format!(
                "name the directory with the photos, for example photosyncd init /srv/photos; {} does not exist, so nothing else \
                 names it",
                global.config.display()
            );
            return Err(CliError::new(Exit::Usage, words));
        }
    };
    Ok(Start { config, fault })
}

/// The table that was named; else the one of the configuration that is written, which stays as it is; else that of `--config`.
fn table(options: &InitArgs, config: &Config, target: &Target) -> Result<Option<TableChoice>, CliError> {
    if let Some(path) = options.table.clone().map(absolute).transpose()? {
        return Ok(Some(TableChoice { path, form: None, stays: false }));
    }
    let own = target.settings().and_then(|own| own.mapping.table.as_ref());
    Ok(own.or(config.mapping.table.as_ref()).map(|table| TableChoice {
        path: table.path.clone(),
        form: Some(table.form.clone()),
        stays: own.is_some(),
    }))
}

/// What is put into the configuration.
fn entries(
    start: &Start,
    target: &Target,
    proposal: &MappingProposal,
    kept: &Kept,
    table: Option<&TableChoice>,
    compared: bool,
) -> Vec<ConfigEntry> {
    let mut entries = Vec::new();
    let root = &start.config.source.root;
    if target.settings().is_none_or(|own| own.source.root != *root) {
        entries.push(yaml::source(root));
    }
    if let (Some(found), Some(table)) = (&proposal.table, table.filter(|table| !table.stays)) {
        entries.push(yaml::table(found, &table.path, compared));
    }
    entries.push(yaml::rules(proposal, kept, compared));
    entries
}

/// Everybody in the directory; or why it could not be asked.
async fn people(config: &Config) -> (Option<People>, Option<String>) {
    let graph = match tenant(config, &Clock::system(), &setup::env, None).await {
        Ok(tenant) => tenant.graph,
        Err(error) => return (None, Some(error.advice())),
    };
    let (mut users, mut groups): (Vec<DirectoryObject>, Vec<DirectoryObject>) = Default::default();
    let names: Vec<_> = FULL_NAME.iter().filter_map(|name| name.parse().ok()).collect();
    let asked = graph.sweep(TargetKind::User, &names, |page| users.extend(page)).await;
    if let Err(failure) = asked {
        return (None, Some(format!("the directory could not be asked: {failure}. {}", failure.cure)));
    }
    let fault = graph.sweep(TargetKind::Group, &[], |page| groups.extend(page)).await.err();
    let fault = fault.map(|failure| format!("groups could not be asked for, so none are proposed: {failure}. {}", failure.cure));
    (Some(People::new(users, groups)), fault)
}

/// Looks at the names and at the table. Blocks, within bounds.
fn proposed(
    source: &SourceSettings,
    table: Option<&TableChoice>,
    people: Option<&People>,
) -> Result<(Sample, MappingProposal), CliError> {
    let seen = scan(source).map_err(|error| CliError::new(Exit::Configuration, ScanFailure::from(error).advice()))?;
    let sample = Sample::new(seen.files.into_iter().map(|file| file.path).collect());
    let table = table.map(|table| of_table(table, &sample, people)).transpose()?;
    let proposal = propose(&sample, people, table);
    Ok((sample, proposal))
}

fn of_table(
    table: &TableChoice,
    sample: &Sample,
    people: Option<&People>,
) -> Result<Result<TableProposal, UnfitTable>, CliError> {
    let path = &table.path;
    let fault = |source: ScanFailure| CliError::new(Exit::Configuration, source.advice());
    let file = read(path, Bounds::small(TABLE_BYTES))
        .map_err(|source| fault(ScanFailure::TableUnreadable { path: path.clone(), source }))?;
    propose_table(&file.bytes, table.form.as_ref(), sample, people)
        .map_err(|source| fault(ScanFailure::TableUnusable { path: path.clone(), source }))
}
