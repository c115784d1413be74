//! `retry`: blocked and waiting targets become due; the next pass, or the running daemon, tries them.

use super::args::{Global, Retry};
use super::exit::{Exit, Trouble};
use super::out::say;
use super::screen::Screen;
use super::setup::{self, Hands};
use crate::clock::Clock;
use crate::daemon::Request;

pub(super) async fn run(global: &Global, options: Retry) -> Result<Exit, Trouble> {
    let config = setup::configured(global, &Screen::default())?;
    let clock = Clock::system();
    // A ledger that isn't there has nothing to retry; it must not be made here.
    drop(setup::reader(&config)?);
    let built = setup::built(&config, &clock).await?;
    let which = (!options.targets.is_empty()).then_some(options.targets);
    let named = which.clone();
    let (count, who) = match setup::hands(&config, &built, &clock).await? {
        Hands::Ours(ledger) => (ledger.retry(which, clock.now()).await?, "`photosyncd reconcile`"),
        Hands::Service => (setup::changed(&config, &Request::Retry { targets: which }).await?, "the running service"),
    };
    if global.json {
        say!("{{\"retried\": {count}}}");
    } else {
        say!("{count} made due; {who} tries them.");
    }
    match named {
        Some(wanted) if count == 0 => {
            let words = format!("no blocked or waiting target is called {}; `photosyncd status` names them", wanted.join(", "));
            Err(Trouble::new(Exit::Usage, words))
        }
        _ => Ok(Exit::InStep),
    }
}
