//! `restore` and `undo`: what was in the tenant before ours goes back there, and stays.

use super::args::{BoundsArgs, GlobalArgs, PATIENCE, RestoreArgs, UndoArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::screen::Screen;
use super::setup::LedgerAccess;
use super::terminal::TextStyle;
use super::{causes, named, setup, text};
use crate::clock::Clock;
use crate::config::{Built, Config};
use crate::daemon::{self, RestoreBackups};
use crate::delivery::{RestoreSummary, Until};
use crate::ledger::Ledger;
use crate::model::{Fit, PassCause, Stopped, TargetId};
use crate::plan::Holds;
use crate::status::{Causes, Returns, StandingHalt};

/// How often the ledger is looked at while a service puts photos back.
const LOOK: std::time::Duration = std::time::Duration::from_millis(200);

pub(super) async fn restore(global: &GlobalArgs, options: RestoreArgs) -> Result<Exit, CliError> {
    let screen = Screen::default();
    let config = setup::load_config(global, &screen)?;
    let reader = setup::reader(&config)?;
    // A part of a name, or a folder, is enough to ask, but not to write.
    let mut which = Vec::new();
    for target in named::targets(&reader, &options.target, Fit::Former)? {
        let up_to = |at| options.at.is_none_or(|latest| at <= latest);
        // One that may be a photo of ours only if there is nothing better.
        let backups = reader.backups(&target)?;
        let mut fitting = backups.iter().filter(|backup| up_to(backup.at));
        let found = fitting.clone().find(|backup| !backup.doubtful).or_else(|| fitting.next());
        which.extend(found.map(|backup| (target, backup.backup)));
    }
    let which = reader.one_an_object(which)?;
    drop(reader);
    if which.is_empty() {
        let words = format!(
            "there is no backup for {}; photos are kept from the moment on when backup.before_first_overwrite is true, for {} days",
            options.target,
            config.backup.keep.as_secs() / 86_400
        );
        return Err(CliError::new(Exit::Held, words));
    }
    let (clock, bounds) = (Clock::system(), options.bounds);
    let built = setup::build_pass(&config, &clock).await?;
    let ledger = match setup::ledger_access(&config, &built, &clock).await? {
        LedgerAccess::Local(ledger) => ledger,
        LedgerAccess::Daemon => return beside(global, &config, which, false, 0, &bounds).await,
    };
    go(global, &screen, (&built, &ledger), PassCause::Restore, which, 0, &bounds).await
}

pub(super) async fn undo(global: &GlobalArgs, options: UndoArgs) -> Result<Exit, CliError> {
    let screen = Screen::default();
    let config: Config = setup::load_config(global, &screen)?;
    let reader = setup::reader(&config)?;
    let all = reader.undo_of(options.pass)?;
    if all.is_empty() {
        let words = format!(
            "pass {} delivered and removed nothing that is still in the journal; `photosyncd history` shows the passes",
            options.pass
        );
        return Err(CliError::new(Exit::Usage, words));
    }
    let which: Vec<_> = all.iter().filter_map(|(target, _, backup)| Some((target.clone(), (*backup)?))).collect();
    let is_back = |target: &TargetId| which.iter().any(|(other, _)| other == target || Some(other) == target.twin().as_ref());
    let without = all.iter().filter(|(target, ..)| !is_back(target)).count();
    let which = reader.one_an_object(which)?;
    drop(reader);
    let clock = Clock::system();
    let built = setup::build_pass(&config, &clock).await?;
    match setup::ledger_access(&config, &built, &clock).await? {
        LedgerAccess::Local(ledger) => {
            go(global, &screen, (&built, &ledger), PassCause::Undo, which, without, &options.bounds).await
        }
        LedgerAccess::Daemon => beside(global, &config, which, true, without, &options.bounds).await,
    }
}

async fn go(
    global: &GlobalArgs,
    screen: &Screen,
    (built, ledger): (&Built, &Ledger),
    cause: PassCause,
    which: Vec<(TargetId, i64)>,
    without_backup: usize,
    bounds: &BoundsArgs,
) -> Result<Exit, CliError> {
    setup::be_patient(built, bounds.patience);
    let until = Until {
        patience: bounds.patience.unwrap_or(PATIENCE),
        waits_out_pauses: bounds.patience.is_none(),
        max_duration: bounds.max_duration,
        limit: None,
        cancelled: setup::interrupted()?,
    };
    let shown = screen.clone();
    let tell = move |progress| shown.show(progress);
    let restoring = built.pass.uploader.restore(ledger, cause, which, &until, &tell);
    let summary = RestoreSummary { without_backup, ..screen.during("Putting photos back", Box::pin(restoring)).await? };
    Ok(told(global, &summary))
}

/// The service puts them back; what came of it is read from its ledger.
async fn beside(
    global: &GlobalArgs,
    config: &Config,
    which: Vec<(TargetId, i64)>,
    undo: bool,
    without_backup: usize,
    bounds: &BoundsArgs,
) -> Result<Exit, CliError> {
    if let Some(halt) = StandingHalt::read(&setup::reader(config)?)?.filter(|halt| halt.holds() == Holds::Everything) {
        let words = format!(
            "the guard halts everything ({}), and nothing is sent until that is settled: {}",
            halt.guard(),
            halt.message()
        );
        return Err(CliError::new(Exit::Halted, words));
    }
    let clock = Clock::system();
    let (began, cancelled) = (clock.elapsed(), setup::interrupted()?);
    let named = which.iter().map(|(target, backup)| (target.to_string(), *backup)).collect();
    let call = RestoreBackups { which: named, undo };
    let pass = daemon::ask(&config.ledger.path, &call).await?.pass;
    let targets: Vec<TargetId> = which.into_iter().map(|(target, _)| target).collect();
    let reader = setup::reader(config)?;
    let mut summary = RestoreSummary { pass, wanted: targets.len(), without_backup, ..RestoreSummary::default() };
    loop {
        let spent = clock.elapsed().saturating_sub(began);
        let found = Returns::read(&reader, &targets, pass, bounds.patience.unwrap_or(PATIENCE), clock.now())?;
        let Returns { restored, not_ours, waiting, blocked, soon } = found;
        summary = RestoreSummary { restored, not_ours, waiting, blocked, ..summary };
        summary.elapsed_ms = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX);
        let over = bounds.max_duration.is_some_and(|most| spent >= most);
        if cancelled.is_cancelled() {
            summary.stopped = Some(Stopped::Signal);
        } else if over && soon > 0 {
            summary.stopped = Some(Stopped::MaxDuration);
        }
        if soon == 0 || over || cancelled.is_cancelled() {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = cancelled.cancelled() => {}
        }
    }
    summary.problems = Returns::problems(&reader, &targets)?;
    Ok(told(global, &summary))
}

fn told(global: &GlobalArgs, summary: &RestoreSummary) -> Exit {
    if global.json {
        say!("{}", text::json(summary));
    } else {
        print(summary);
    }
    if summary.stopped == Some(Stopped::SignIn) || summary.forbidden {
        Exit::SignIn
    } else if summary.waiting == 0 && summary.blocked == 0 && summary.without_backup == 0 {
        Exit::InStep
    } else {
        Exit::Held
    }
}

fn print(summary: &RestoreSummary) {
    let RestoreSummary { pass, wanted, restored, not_ours, without_backup, waiting, blocked, requests, .. } = summary;
    let requests = requests.map(|requests| format!(", {}", text::count(requests, "request"))).unwrap_or_default();
    say!("{restored} of {wanted} put back (pass {pass}{requests}), {waiting} waiting, {blocked} not possible.");
    if *not_ours > 0 {
        say!("{not_ours} had no photo before photosyncd; the photo there now was not sent by it and stays.");
    }
    if *without_backup > 0 {
        say!("{without_backup} without a backup: the photo before was ours, or photos were not kept then.");
    }
    if *restored > 0 {
        say!("They stay until their file changes; `photosyncd accept TARGET` lets the file's photo go there again.");
    }
    put!("{}", causes::rows(&Causes::of(summary.problems.iter().cloned(), 3), TextStyle::stdout()));
}
