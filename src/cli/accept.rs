//! `accept`: a name that now leads to another account may take its photo there; so may the file of a target whose own
//! photo was kept.

use super::args::{AcceptArgs, GlobalArgs};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::setup::{self, LedgerAccess};
use crate::clock::Clock;
use crate::daemon::{self, AcceptTarget};
use crate::ledger::Consent;

pub(super) async fn run(global: &GlobalArgs, options: AcceptArgs) -> Result<Exit, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let clock = Clock::system();
    // A ledger that isn't there holds nothing; it must not be made here.
    let reader = setup::reader(&config)?;
    if let Some(several) = reader.is_several(&options.target)? {
        return Err(CliError::new(Exit::Usage, several));
    }
    let stays = reader.stays_by_setting(&options.target)?;
    let consent = reader.consent(&options.target)?;
    drop(reader);
    let built = setup::build_pass(&config, &clock).await?;
    let target = options.target.clone();
    let count = match setup::ledger_access(&config, &built, &clock).await? {
        LedgerAccess::Local(ledger) => ledger.accept(target, clock.now()).await?,
        LedgerAccess::Daemon => daemon::ask(&config.ledger.path, &AcceptTarget { target }).await?.changed,
    };
    if count == 0 && stays {
        let words = format!(
            "the photo of {} is kept by the settings (has_photo), which no yes changes: deliver: always, in general, in a rule or for a group, replaces it at the next pass",
            options.target
        );
        return Err(CliError::new(Exit::Usage, words));
    }
    if count == 0 {
        let words = format!(
            "no file held for a changed identity, and no target whose own photo is kept, is or names {}; `photosyncd status` names them",
            options.target
        );
        return Err(CliError::new(Exit::Usage, words));
    }
    if global.json {
        say!("{{\"accepted\": {count}}}");
    } else {
        say!("{}", words(consent));
    }
    Ok(Exit::InStep)
}

const fn words(consent: Consent) -> &'static str {
    match consent {
        Consent::Sends => {
            "Accepted; the next pass sends the photo of the file. If its name leads to yet another account by then, it is held again."
        }
        Consent::NoFile => "Accepted; no file identifies it, so nothing is sent.",
        Consent::TakenOut => "Accepted: the photo is taken out.",
        Consent::Undone => "Accepted: the photo is taken out. What was put back stays until the file's picture changes.",
    }
}
