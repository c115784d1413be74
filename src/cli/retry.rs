//! `retry`: blocked and waiting targets become due; the next pass, or the running daemon, tries them.

use super::args::{GlobalArgs, RetryArgs};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::setup::{self, LedgerAccess};
use crate::clock::Clock;
use crate::daemon::{self, RetryTargets};

pub(super) async fn run(global: &GlobalArgs, options: RetryArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let clock = Clock::system();
    // A ledger that isn't there has nothing to retry; it must not be made here.
    let lacked = setup::reader(&config)?.lacks_permission()?;
    let built = setup::build_pass(&config, &clock).await?;
    let which = (!options.targets.is_empty()).then_some(options.targets);
    let named = which.clone();
    let (count, who) = match setup::ledger_access(&config, &built, &clock).await? {
        LedgerAccess::Local(ledger) => (ledger.retry(which, clock.now()).await?, "`photosyncd reconcile`"),
        LedgerAccess::Daemon => {
            (daemon::ask(&config.ledger.path, &RetryTargets { targets: which }).await?.changed, "the running service")
        }
    };
    let note = built.pass.uploader.directory.tenant.graph.token_note().filter(|_| lacked && count > 0);
    if global.json {
        let mut told = serde_json::json!({ "retried": count });
        if let Some(note) = note {
            told["note"] = note.into();
        }
        say!("{told}");
    } else {
        say!("{count} made due; {who} tries them.");
        if let Some(note) = note {
            say!("A permission was missing. {note}");
        }
    }
    match named {
        Some(wanted) if count == 0 => {
            let words = format!("no blocked or waiting target is called {}; `photosyncd status` names them", wanted.join(", "));
            Err(CliError::new(Exit::Usage, words))
        }
        _ => Ok(Exit::InStep),
    }
}
