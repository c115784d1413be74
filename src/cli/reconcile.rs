//! `reconcile`: one pass, delivered until nothing is due.

use std::collections::BTreeMap;
use std::time::Duration;

use super::args::{GlobalArgs, PATIENCE, ReconcileArgs};
use super::exit::{CliError, Exit};
use super::out::{put, say};
use super::screen::Screen;
use super::setup::{self, LedgerAccess};
use super::summary::summary as summary_text;
use super::terminal::TextStyle;
use super::text;
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{self, OverrideHalt};
use crate::delivery::Until;
use crate::ledger::Ledger;
use crate::model::{PassCause, Stopped};
use crate::pass::{Pass, PassOptions, Selection, Summary};
use crate::telemetry::Alert;

/// What a pass does before it sends.
const LOOKING: &str = "Looking at the photos and asking the directory";
/// How long the end of the command may wait until everybody is told, and how much longer than `--max-duration` it may take
/// for that.
const LAST_WORDS: Duration = Duration::from_secs(30);
const OVERTIME: Duration = Duration::from_secs(3);

pub(super) async fn run(global: &GlobalArgs, options: ReconcileArgs) -> Result<Exit, CliError> {
    let screen = Screen::new(options.progress);
    let config = setup::load_config(global, &screen)?;
    let clock = Clock::system();
    let (began, max_duration) = (clock.elapsed(), options.max_duration);
    let built = setup::build_pass(&config, &clock).await?;
    setup::be_patient(&built, options.patience);
    setup::tell_pauses(&built, &screen);
    let ledger = match setup::ledger_access(&config, &built, &clock).await? {
        LedgerAccess::Local(ledger) => ledger,
        LedgerAccess::Daemon if options.force => return force(&config, global).await,
        LedgerAccess::Daemon => {
            let words = "a running photosyncd service holds the ledger and makes passes by itself: it uploads a photo when \
                         its file changes, scans everything after `systemctl reload photosyncd`, and tries blocked photos again \
                         after `photosyncd retry`; `photosyncd reconcile --force` overrides a halt";
            return Err(CliError::new(Exit::Busy, words));
        }
    };
    let options = PassOptions {
        cause: PassCause::Reconcile,
        daemon: None,
        force: options.force,
        settle: config.settle.settle,
        only: Selection::new(&options.only),
        until: Until {
            patience: options.patience.unwrap_or(PATIENCE),
            waits_out_pauses: options.patience.is_none(),
            max_duration: options.max_duration,
            limit: options.limit,
            cancelled: setup::interrupted()?,
        },
    };
    let notifier = daemon::notifier(&config, &setup::env, &clock).map_err(|why| CliError::new(Exit::Configuration, why))?;
    let shown = screen.clone();
    let tell = move |progress| shown.show(progress);
    let summary = screen.during(LOOKING, Box::pin(built.pass.run(&ledger, &options, &tell))).await?;
    print(&summary, true, global.json);
    if let Some(news) = news(&summary) {
        let mut notifier = notifier.start(BTreeMap::new());
        notifier.tell(&news);
        let left = max_duration.map(|whole| whole.saturating_sub(clock.elapsed().saturating_sub(began)) + OVERTIME);
        notifier.close(left.unwrap_or(LAST_WORDS).min(LAST_WORDS)).await;
    }
    Ok(Exit::of(&summary))
}

/// The service makes its next pass past the halt that stands.
async fn force(config: &Config, global: &GlobalArgs) -> Result<Exit, CliError> {
    let halt = daemon::ask(&config.ledger.path, &OverrideHalt {}).await?.halt;
    if global.json {
        say!("{}", text::json(&serde_json::json!({ "forcing": halt })));
    } else {
        say!("The running service overrides this halt in its next pass, once: {halt}. `photosyncd status` shows the result.");
    }
    Ok(Exit::InStep)
}

/// What of a pass a person should know at once.
fn news(summary: &Summary) -> Option<Alert> {
    let Summary { pass, blocked, .. } = *summary;
    if let Some(halt) = &summary.halted {
        return Some(Alert::Halted { pass, guard: halt.guard });
    }
    if summary.forbidden {
        return Some(Alert::KindForbidden { pass: Some(pass), blocked });
    }
    (summary.stopped == Some(Stopped::SignIn)).then_some(Alert::SignIn { pass: Some(pass) })
}

/// Makes the pass and prints what came of it.
pub(super) async fn pass(
    pass: &Pass,
    ledger: &Ledger,
    options: &PassOptions,
    screen: &Screen,
    as_json: bool,
) -> Result<Exit, CliError> {
    let shown = screen.clone();
    let tell = move |progress| shown.show(progress);
    let summary = screen.during(LOOKING, Box::pin(pass.run(ledger, options, &tell))).await?;
    print(&summary, false, as_json);
    Ok(Exit::of(&summary))
}

fn print(summary: &Summary, kept: bool, as_json: bool) {
    if as_json {
        say!("{}", text::json(summary));
    } else {
        put!("{}", summary_text(summary, kept, TextStyle::stdout()));
    }
}
