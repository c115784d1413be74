//! `accept`: a name that now leads to another account may take its photo there; so may the file of a target whose own
//! photo was kept.

use super::args::{Accept, Global};
use super::exit::{Exit, Trouble};
use super::out::say;
use super::screen::Screen;
use super::setup::{self, Hands};
use crate::clock::Clock;
use crate::daemon::Request;

pub(super) async fn run(global: &Global, options: Accept) -> Result<Exit, Trouble> {
    let config = setup::configured(global, &Screen::default())?;
    let clock = Clock::system();
    // A ledger that isn't there holds nothing; it must not be made here.
    drop(setup::reader(&config)?);
    let built = setup::built(&config, &clock).await?;
    let target = options.target.clone();
    let count = match setup::hands(&config, &built, &clock).await? {
        Hands::Ours(ledger) => ledger.accept(target, clock.now()).await?,
        Hands::Service => setup::changed(&config, &Request::Accept { target }).await?,
    };
    if count == 0 {
        let words = format!(
            "no file held for a changed identity, and no target whose own photo is kept, is or names {}; `photosyncd status` names them",
            options.target
        );
        return Err(Trouble::new(Exit::Usage, words));
    }
    if global.json {
        say!("{{\"accepted\": {count}}}");
    } else {
        say!("Accepted; the next pass sends the photo of the file.");
    }
    Ok(Exit::InStep)
}
