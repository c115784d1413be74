//! `reconcile`: one pass, delivered until nothing is due.

use super::args::{Global, Reconcile};
use super::exit::{Exit, Trouble};
use super::out::{put, say};
use super::screen::Screen;
use super::setup::{self, Hands};
use super::text;
use crate::clock::Clock;
use crate::engine::{Engine, PassOptions, Selection, Summary, Until};
use crate::ledger::Ledger;

pub(super) async fn run(global: &Global, options: Reconcile) -> Result<Exit, Trouble> {
    let screen = Screen::new(options.progress);
    let config = setup::configured(global, &screen)?;
    let clock = Clock::system();
    let built = setup::built(&config, &clock).await?;
    let ledger = match setup::hands(&config, &built, &clock).await? {
        Hands::Ours(ledger) => ledger,
        Hands::Service => {
            let words = "a running photosyncd service holds the ledger and makes passes by itself: it looks when a file \
                         changes, at everything when it is told to (`systemctl reload photosyncd`), and tries what is \
                         blocked again with `photosyncd retry`. To go past a halt with --force, stop it first";
            return Err(Trouble::new(Exit::Busy, words));
        }
    };
    let options = PassOptions {
        cause: "reconcile",
        beside: None,
        force: options.force,
        only: Selection::new(options.only),
        until: Until {
            patience: options.patience,
            max_duration: options.max_duration,
            limit: options.limit,
            cancelled: setup::interrupted()?,
        },
    };
    pass(&built.engine, &ledger, &options, &screen, global.json).await
}

/// Makes the pass and prints what came of it.
pub(super) async fn pass(
    engine: &Engine,
    ledger: &Ledger,
    options: &PassOptions,
    screen: &Screen,
    as_json: bool,
) -> Result<Exit, Trouble> {
    let shown = screen.clone();
    let outcome = engine.pass(ledger, options, &move |progress| shown.show(progress)).await;
    screen.clear();
    let summary = outcome?;
    print(&summary, as_json);
    Ok(Exit::of(&summary))
}

fn print(summary: &Summary, as_json: bool) {
    if as_json {
        say!("{}", text::json(summary));
    } else {
        put!("{}", text::summary(summary));
    }
}
