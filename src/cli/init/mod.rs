//! `init`: proposes rules for the photos that are there, and writes a configuration with them. It looks at the names of the
//! files, at HR's table if there is one, and, where a configuration can sign in, at the directory.

mod render;
mod yaml;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::args::{CheckArgs, GlobalArgs, InitArgs, PlanArgs};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::terminal::TextStyle;
use super::{check, plan, setup, text};
use crate::clock::Clock;
use crate::config::{CloudName, Config, tenant};
use crate::files::{Audience, Bounds, is_there, overwrite, read, read_text, replace};
use crate::mapping::Sheet;
use crate::model::{Advice, DirectoryObject, TargetKind};
use crate::pass::ScanFailure;
use crate::proposal::{MappingProposal, People, Sample, TableProposal, propose, propose_table};
use crate::source::{SourceSettings, scan};
use render::Screenful;

/// How long a file may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest configuration and largest table that are read, in bytes.
const CONFIG_BYTES: u64 = 1 << 20;
const TABLE_BYTES: u64 = 64_000_000;

/// Where photos are, and who may be asked about them.
struct Start {
    config: Config,
    /// The text of a configuration that was there.
    text: Option<String>,
    /// Why it can't sign in yet.
    fault: Option<String>,
}

pub(super) async fn run(global: &GlobalArgs, options: InitArgs) -> Result<Exit, CliError> {
    let start = start(global, &options)?;
    let screen = Screen::default();
    let (people, unasked) = if options.offline || start.fault.is_some() || start.config.graph.cloud == CloudName::Emulator {
        (None, start.fault.clone())
    } else {
        screen.during("Asking the directory", people(&start.config)).await
    };
    let table = options.table.clone().map(absolute).transpose()?;
    let table = table.or_else(|| start.config.mapping.table.as_ref().map(|table| table.path.clone()));
    let (source, file, compared) = (start.config.source.clone(), table.clone(), people.is_some());
    let users = people.as_ref().map(People::users);
    let proposing = tokio::task::spawn_blocking(move || proposed(&source, file.as_deref(), people.as_ref()));
    let proposed = screen.during("Looking at the names of the files", proposing).await;
    let (sample, proposal) = proposed.map_err(|error| CliError::internal("the names could not be looked at", error))??;
    let out = options.out.clone().unwrap_or_else(|| global.config.clone());
    let written = write(&start, &options, &proposal, table.as_deref(), compared, &out)?;
    let screenful = Screenful {
        sample: &sample,
        proposal: &proposal,
        table: table.as_deref(),
        users,
        unasked,
        source: &start.config.source.root,
    };
    if global.json {
        say!("{}", text::json(&screenful.json(written.then_some(out.as_path()))));
        return if written { Ok(Exit::InStep) } else { Err(exists(&out)) };
    }
    super::out::put!("{}", screenful.text(TextStyle::stdout()));
    if !written {
        return Err(exists(&out));
    }
    say!("Written to {}.", out.display());
    let then = GlobalArgs { config: out.clone(), json: false };
    say!("\nphotosyncd check --config {}", out.display());
    check::run(&then, &CheckArgs { without_secret: false }).await?;
    say!("\nphotosyncd plan --config {}", out.display());
    let plan = PlanArgs { only: Vec::new(), unmatched: false, verbose: false, all: false, missing: false };
    Box::pin(plan::run(&then, plan)).await
}

fn exists(out: &Path) -> CliError {
    let words = format!(
        "{} exists and was left as it is; with --force its source and mapping are replaced (and a copy is kept), with --out FILE \
         another file is written",
        out.display()
    );
    CliError::new(Exit::Usage, words)
}

fn absolute(path: PathBuf) -> Result<PathBuf, CliError> {
    std::path::absolute(path).map_err(|error| CliError::internal("the current directory is unknown", error))
}

/// The configuration to start from: one that is there, or the least that names the directory.
fn start(global: &GlobalArgs, options: &InitArgs) -> Result<Start, CliError> {
    let directory = options.directory.clone().map(absolute).transpose()?;
    let found = is_there(&global.config, PATIENCE).then(|| Config::load(&global.config, &setup::env));
    let text = match &found {
        Some(_) => read_text(&global.config, Bounds::small(CONFIG_BYTES)).ok(),
        None => None,
    };
    let (found, fault) = match (found, &directory) {
        (Some(Err(faults)), None) => return Err(faults.into()),
        (Some(Err(faults)), Some(_)) => {
            let faults = faults.to_string();
            let first = faults.lines().next().unwrap_or_default();
            (None, Some(format!("{} can't be used yet ({first})", global.config.display())))
        }
        (Some(Ok(config)), _) => (Some(config), None),
        (None, _) => (None, None),
    };
    let config = match (found, directory) {
        (Some(mut config), directory) => {
            config.source.root = directory.unwrap_or(config.source.root);
            config
        }
        (None, Some(directory)) => Config::parse(&yaml::source(&directory), "the proposal", Path::new("/"), &setup::env)?,
        (None, None) => {
            let words = format!(
                "name the directory with the photos, for example photosyncd init /srv/photos; {} does not exist, so nothing else \
                 names it",
                global.config.display()
            );
            return Err(CliError::new(Exit::Usage, words));
        }
    };
    Ok(Start { config, text, fault })
}

/// Everybody in the directory; or why it could not be asked.
async fn people(config: &Config) -> (Option<People>, Option<String>) {
    let graph = match tenant(config, &Clock::system(), &setup::env, None).await {
        Ok(tenant) => tenant.graph,
        Err(error) => return (None, Some(error.advice())),
    };
    let (mut users, mut groups): (Vec<DirectoryObject>, Vec<DirectoryObject>) = Default::default();
    let asked = graph.sweep(TargetKind::User, &[], |page| users.extend(page)).await;
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
    table: Option<&Path>,
    people: Option<&People>,
) -> Result<(Sample, MappingProposal), CliError> {
    let seen = scan(source).map_err(|error| CliError::new(Exit::Configuration, ScanFailure::from(error).advice()))?;
    let sample = Sample::new(seen.files.into_iter().map(|file| file.path).collect());
    let table = table.map(|file| of_table(file, &sample, people)).transpose()?.flatten();
    let proposal = propose(&sample, people, table);
    Ok((sample, proposal))
}

fn of_table(path: &Path, sample: &Sample, people: Option<&People>) -> Result<Option<TableProposal>, CliError> {
    let fault = |source: ScanFailure| CliError::new(Exit::Configuration, source.advice());
    let file = read(path, Bounds::small(TABLE_BYTES))
        .map_err(|source| fault(ScanFailure::TableUnreadable { path: path.to_owned(), source }))?;
    let sheet = Sheet::read(&file.bytes).map_err(|source| fault(ScanFailure::TableUnusable { path: path.to_owned(), source }))?;
    Ok(propose_table(&file.bytes, &sheet, sample, people))
}

/// Writes the configuration; false where one is there and nobody said that it may be changed.
fn write(
    start: &Start,
    options: &InitArgs,
    proposal: &MappingProposal,
    table: Option<&Path>,
    compared: bool,
    out: &Path,
) -> Result<bool, CliError> {
    let there = is_there(out, PATIENCE);
    if there && !options.force {
        return Ok(false);
    }
    let (source, mapping) = (yaml::source(&start.config.source.root), yaml::mapping(proposal, table, compared));
    let text = match &start.text {
        Some(text) if options.directory.is_some() => yaml::put_into(text, &[("source", &source), ("mapping", &mapping)]),
        Some(text) => yaml::put_into(text, &[("mapping", &mapping)]),
        None => yaml::whole(&source, &mapping),
    };
    let failed = |error| CliError::new(Exit::Configuration, format!("{} can't be written: {error}", out.display()));
    if there {
        let mut copy = out.as_os_str().to_owned();
        copy.push(".before-init");
        let before = read(out, Bounds::small(CONFIG_BYTES)).map_err(|error| failed(std::io::Error::other(error)))?;
        replace(Path::new(&copy), &before.bytes, Audience::Owner).map_err(failed)?;
        overwrite(out, text.as_bytes()).map_err(failed)?;
    } else {
        replace(out, text.as_bytes(), Audience::Everybody).map_err(failed)?;
    }
    Ok(true)
}
