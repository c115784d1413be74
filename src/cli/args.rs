//! The command line, as typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::emulate_args::EmulateArgs;
use super::export_args::ExportArgs;
pub(super) use super::values::Since;
use super::values::{duration, moment, name, pass, reason, since, whole};
use crate::model::{Reason, Timestamp};

/// Keeps the profile photos in a Microsoft 365 tenant equal to an HR image directory.
#[derive(Parser, Debug)]
#[command(name = "photosyncd", version, max_term_width = 100, disable_help_subcommand = true, after_help = MORE)]
pub struct Arguments {
    #[command(flatten)]
    pub(super) global: GlobalArgs,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The end of the help.
const MORE: &str = "\
Topics of `photosyncd help TOPIC`: commands, config, mapping, sign-in, pictures, reasons, operations, security, json.
`photosyncd help WORD` explains one setting, reason or field, for example `photosyncd help photo.crop`.";

/// The configuration, unless another one is named.
pub(super) const CONFIG: &str = "/etc/photosyncd/config.yaml";
/// Retries that come due within this time are waited for, unless something else is said.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args, Debug)]
pub(super) struct GlobalArgs {
    /// The configuration file
    #[arg(
        long,
        short,
        global = true,
        env = "PHOTOSYNCD_CONFIG",
        default_value = CONFIG,
        value_name = "FILE"
    )]
    pub(super) config: PathBuf,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Run as a service: watch the directory and upload what changes
    Run(RunArgs),
    /// Make one pass: scan, plan, upload until nothing is due
    Reconcile(ReconcileArgs),
    /// Show what a pass would do and why (dry run)
    Plan(PlanArgs),
    /// Propose rules for your photos, write a configuration with them, check it and show the plan
    Init(InitArgs),
    /// Write pages that show each picture before and after; asks no tenant
    Preview(PreviewArgs),
    /// Make a whole pass with your photos and rules against a simulated tenant; nothing leaves the machine
    Rehearse(RehearseArgs),
    /// Show what is up to date, queued, waiting or blocked, and what to do
    Status(StatusArgs),
    /// Check configuration, source, ledger, sign-in, permissions and mapping, with a fix for each fault
    Doctor(DoctorArgs),
    /// Write pages, or a table, for HR: who has which photo, what is held and why
    Report(ReportArgs),
    /// Write the tenant's photos of everybody in scope to files, and a table of who has none
    Export(ExportArgs),
    /// Explain the state and history of a file or target
    Explain(ExplainArgs),
    /// Try blocked and waiting targets again
    Retry(RetryArgs),
    /// Accept a changed identity, or let the HR photo replace a kept one
    Accept(AcceptArgs),
    /// Sign in a person, in a browser, for `graph.credential: { device_code: {} }`
    Login,
    /// Restore the photo that photosyncd overwrote
    Restore(RestoreArgs),
    /// Restore everything that a pass overwrote
    Undo(UndoArgs),
    /// Compare delivered photos with what the tenant shows
    Verify(VerifyArgs),
    /// Show the journal: passes and attempts, newest first
    History(HistoryArgs),
    /// Serve a simulated Microsoft 365 tenant on this machine
    Emulate(EmulateArgs),
    /// Validate the configuration file and the credential it refers to
    Check(CheckArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Print the JSON schema of the configuration, for editors
    Schema,
    /// Print the manual page, or write all of them
    Man(ManArgs),
    /// Show a page of the reference, or explain a command, a setting or a reason
    Help(HelpArgs),
}

impl Command {
    /// Whether it prints a document where one is asked for.
    pub(super) const fn has_document(&self) -> bool {
        !matches!(self, Self::Run(_) | Self::Completions(_) | Self::Schema | Self::Man(_) | Self::Help(_))
    }
}

#[derive(Args, Debug)]
pub(super) struct RunArgs {}

#[derive(Args, Debug)]
pub(super) struct ReconcileArgs {
    /// Only this file, directory or target (may be given several times)
    #[arg(long, value_name = "PATH_OR_TARGET", value_parser = name)]
    pub(super) only: Vec<String>,
    /// Stop after N uploads
    #[arg(long, value_name = "N", value_parser = whole::<u64>)]
    pub(super) limit: Option<u64>,
    /// Wait for retries that come due within this time, and for no longer pause that Microsoft 365 asks for; if not given,
    /// 60s for retries, and such a pause is waited out
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) patience: Option<Duration>,
    /// Stop after this time
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) max_duration: Option<Duration>,
    /// Override exactly the safety halts that the last run reported, once
    #[arg(long)]
    pub(super) force: bool,
    /// Show progress on stderr: a bar on a terminal, or one JSON object per line each second
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub(super) progress: ProgressForm,
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressForm {
    /// A bar where stderr is a terminal, nothing elsewhere
    #[default]
    Auto,
    /// One JSON document a line
    Json,
    /// Nothing
    Off,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct PlanArgs {
    /// Only this file, directory or target (may be given several times)
    #[arg(long, value_name = "PATH_OR_TARGET", value_parser = name)]
    pub(super) only: Vec<String>,
    /// List only the files that match no rule
    #[arg(long)]
    pub(super) unmatched: bool,
    /// Also tell the rule that claims each file, and the object that it leads to
    #[arg(long, short)]
    pub(super) verbose: bool,
    /// List everything, also what is up to date and what is held as before
    #[arg(long, conflicts_with = "unmatched")]
    pub(super) all: bool,
    /// List the people in scope without a photo; asks for every user of the tenant
    #[arg(long, conflicts_with = "unmatched")]
    pub(super) missing: bool,
}

#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// The directory with the photos; if not given, source.directory of the configuration
    #[arg(value_name = "DIR")]
    pub(super) directory: Option<PathBuf>,
    /// HR's list as CSV, with columns of any name
    #[arg(long, value_name = "FILE")]
    pub(super) table: Option<PathBuf>,
    /// Where to write the configuration; if not given, the file of --config
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Change a configuration that exists: source.directory, and the rules and table of mapping; a copy is kept
    #[arg(long)]
    pub(super) force: bool,
    /// Ask no tenant: judge by the names alone
    #[arg(long)]
    pub(super) offline: bool,
}

#[derive(Args, Debug)]
pub(super) struct AcceptArgs {
    /// The target by name, object id or file
    #[arg(value_name = "TARGET", value_parser = name)]
    pub(super) target: String,
}

#[derive(Args, Debug)]
pub(super) struct RestoreArgs {
    /// The target by name, object id or file
    #[arg(value_name = "TARGET", value_parser = name)]
    pub(super) target: String,
    /// Not the newest backup, but the newest one made up to this time (2026-11-24T08:00:00Z)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) at: Option<Timestamp>,
    #[command(flatten)]
    pub(super) bounds: BoundsArgs,
}

#[derive(Args, Debug)]
pub(super) struct UndoArgs {
    /// The number of the pass, as `status` and `history` show it
    #[arg(value_name = "PASS", value_parser = pass)]
    pub(super) pass: i64,
    #[command(flatten)]
    pub(super) bounds: BoundsArgs,
}

#[derive(Args, Debug)]
pub(super) struct BoundsArgs {
    /// Wait for retries that come due within this time, and for no longer pause that Microsoft 365 asks for; if not given,
    /// 60s for retries, and such a pause is waited out
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) patience: Option<Duration>,
    /// Stop after this time
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) max_duration: Option<Duration>,
}

#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    /// Targets by name, object id or file; all that were delivered if none is given
    #[arg(value_name = "TARGET", value_parser = name)]
    pub(super) targets: Vec<String>,
    #[command(flatten)]
    pub(super) bounds: BoundsArgs,
}

#[derive(Args, Debug)]
pub(super) struct HistoryArgs {
    /// Only this target, by name, object id or file
    #[arg(value_name = "TARGET", value_parser = name)]
    pub(super) target: Option<String>,
    /// Only entries newer than DURATION ago (24h, 7d), or since TIME (2026-11-24T08:00:00Z)
    #[arg(long, value_name = "DURATION|TIME", value_parser = since)]
    pub(super) since: Option<Since>,
    /// Only what failed
    #[arg(long)]
    pub(super) failed: bool,
    /// Maximum number of lines
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = whole::<usize>)]
    pub(super) limit: usize,
    /// Print comma-separated values, with a header
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
}

#[derive(Args, Debug)]
pub(super) struct PreviewArgs {
    /// Files or directories below the source; everything if none is given
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<String>,
    /// The directory to write the pages to
    #[arg(long, value_name = "DIR", default_value = "preview")]
    pub(super) out: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct RehearseArgs {
    /// Keep the photos that the simulated tenant received in this directory
    #[arg(long, value_name = "DIR")]
    pub(super) save: Option<PathBuf>,
    /// Show progress on stderr: a bar on a terminal, or one JSON object per line each second
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    pub(super) progress: ProgressForm,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct StatusArgs {
    /// List what is held for this reason, one by one (may be given several times); `unmatched` lists the files that no
    /// rule claims
    #[arg(long, value_name = "CODE", value_parser = reason)]
    pub(super) reason: Vec<Reason>,
    /// List everything that is held, below the summary
    #[arg(long, conflicts_with_all = ["reason", "csv"])]
    pub(super) all: bool,
    /// Print what is held as comma-separated values, with a header
    #[arg(long, conflicts_with = "json")]
    pub(super) csv: bool,
    /// Look again every two seconds, until interrupted
    #[arg(long)]
    pub(super) watch: bool,
    /// Only ask the running service whether it can work, as /readyz says; for the health check of a container
    #[arg(long, conflicts_with_all = ["reason", "all", "csv", "watch"])]
    pub(super) ready: bool,
}

#[derive(Args, Debug)]
pub(super) struct DoctorArgs {
    /// Ask no tenant: check only what is on this machine
    #[arg(long)]
    pub(super) offline: bool,
    /// Also count the people in scope without a photo; asks for every user of the tenant
    #[arg(long, conflicts_with = "offline")]
    pub(super) missing: bool,
    /// Print warnings and faults only
    #[arg(long, short)]
    pub(super) quiet: bool,
}

#[derive(Args, Debug)]
pub(super) struct ReportArgs {
    /// A directory for the pages, or one file that ends in .html or .csv; if not given, report.directory, else "report"
    #[arg(long, value_name = "DIR|FILE")]
    pub(super) out: Option<PathBuf>,
    /// Write a table (people.csv) beside the pages
    #[arg(long)]
    pub(super) csv: bool,
    /// Photos accepted within this time are listed as changed
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration)]
    pub(super) since: Duration,
    /// Also list the people in scope without a photo; asks for every user of the tenant
    #[arg(long)]
    pub(super) missing: bool,
    /// Print the words of the pages as YAML, to be translated or changed (report.texts)
    #[arg(long)]
    pub(super) texts: bool,
}

#[derive(Args, Debug)]
pub(super) struct ExplainArgs {
    /// A path below the source, an object id, or (a part of) the target's name
    #[arg(value_name = "PATH_OR_TARGET", value_parser = name)]
    pub(super) what: String,
}

#[derive(Args, Debug)]
pub(super) struct RetryArgs {
    /// Targets by name, object id or file; all if none is given
    #[arg(value_name = "TARGET", value_parser = name)]
    pub(super) targets: Vec<String>,
}

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    /// Leave the secret unread; for a unit's reload, which may not see its credentials
    #[arg(long)]
    pub(super) without_secret: bool,
}

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(super) shell: Shell,
}

#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// Write the pages of all commands to this directory
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct HelpArgs {
    /// A topic (commands, config, mapping, sign-in, pictures, reasons, operations, security, json), a command, or a word
    /// that a topic explains
    #[arg(value_name = "TOPIC")]
    pub(super) topic: Option<String>,
}
