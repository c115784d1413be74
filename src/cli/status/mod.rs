//! `status`: how everything stands, in as many lines for a hundred thousand photos as for ten; the lists on request.

mod lists;
mod render;

use std::time::Duration;

use serde::Serialize;

use super::args::{GlobalArgs, StatusArgs};
use super::exit::{CliError, Exit};
use super::out::{lines, put, replace, say};
use super::terminal::TextStyle;
use super::{setup, text};
use crate::clock::Clock;
use crate::config::{Config, instance};
use crate::daemon::{self, ControlError, GetStatus};
use crate::ledger::{Counts, Reader};
use crate::model::{Stopped, chain, plain};
use crate::status::{ConditionKind, Instance, Overview, PassLine, ServiceStatus};
use lists::Lists;
use render::View;

/// How often `--watch` looks.
const EVERY: Duration = Duration::from_secs(2);

/// The status as JSON. Field names are a contract.
#[derive(Serialize)]
struct Document<'a> {
    /// Which installation this is.
    instance: &'a Instance,
    #[serde(flatten)]
    overview: &'a Overview,
    /// The running service, as in its `status.json`; null if none runs.
    service: Option<&'a ServiceStatus>,
    /// Who holds the ledger and does not answer.
    silent: Option<&'a str>,
}

pub(super) async fn run(global: &GlobalArgs, options: &StatusArgs) -> Result<Exit, CliError> {
    let config = setup::load_config_beside_service(global).await?;
    if options.ready {
        return Ok(ready(&config, global.json).await);
    }
    if !options.watch {
        let (text, exit) = look(global, options, &config).await?;
        put!("{text}");
        return Ok(exit);
    }
    let (interrupted, on_terminal) = (setup::interrupted()?, TextStyle::stdout().columns().is_some());
    let mut before = String::new();
    loop {
        let (text, exit) = look(global, options, &config).await?;
        if on_terminal {
            replace(&text);
        } else if text != before {
            say!("{text}");
        }
        before = text;
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = interrupted.cancelled() => return Ok(exit),
        }
    }
}

/// Whether a service runs and nothing keeps it from its work. Only the service is asked, so that a probe costs nothing.
async fn ready(config: &Config, as_json: bool) -> Exit {
    let (ready, message) = match daemon::ask(&config.ledger.path, &GetStatus {}).await {
        Ok(service) => (service.is_ready(), plain(&service.line()).into_owned()),
        Err(error) => (false, format!("Not ready: {}", silence(config, &error).unwrap_or_else(|| chain(&error)))),
    };
    if as_json {
        say!("{}", text::json(&serde_json::json!({ "ready": ready, "message": message })));
    } else {
        say!("{message}");
    }
    if ready { Exit::InStep } else { Exit::Held }
}

/// One look: what to print, and how it stands.
async fn look(global: &GlobalArgs, options: &StatusArgs, config: &Config) -> Result<(String, Exit), CliError> {
    // A service that runs has its own ledger, whatever the file says by now.
    let (reader, service, silent) = match daemon::ask(&config.ledger.path, &GetStatus {}).await {
        Ok(service) => (Reader::open(&config.ledger.path)?, Some(service), None),
        Err(error) => (setup::reader(config)?, None, silence(config, &error)),
    };
    let overview = Overview::read(&reader, Clock::system().now())?;
    let (last, instance) = (overview.last_pass(), instance(config));
    let exit = exit(&overview, last.as_ref(), service.as_ref());
    let style = TextStyle::stdout();
    let view = View {
        instance: &instance,
        overview: &overview,
        last: last.as_ref(),
        service: service.as_ref(),
        silent: silent.as_deref(),
    };
    if options.csv || options.all || !options.reason.is_empty() {
        return listed(global, options, &reader, &view).map(|text| (text, exit));
    }
    if global.json {
        return Ok((document(&view), exit));
    }
    Ok((render::screen(&view, style), exit))
}

/// Who holds the ledger, if that is why nobody answers.
fn silence(config: &Config, error: &ControlError) -> Option<String> {
    matches!(error, ControlError::Silent(_)).then(|| setup::silence(&config.ledger.path)).flatten()
}

/// The lists that were asked for.
fn listed(global: &GlobalArgs, options: &StatusArgs, reader: &Reader, view: &View<'_>) -> Result<String, CliError> {
    let lists = Lists::read(reader, view.overview, &options.reason)?;
    if options.csv {
        return Ok(lines(&lists.csv()));
    }
    if global.json {
        return Ok(if options.reason.is_empty() { document(view) } else { text::json(&lists) + "\n" });
    }
    let style = TextStyle::stdout();
    if options.reason.is_empty() {
        return Ok(render::screen(view, style) + &lists.text(style) + &lists::rest(view.overview, style));
    }
    Ok(lists.text(style))
}

fn document(view: &View<'_>) -> String {
    text::json(&Document { instance: view.instance, overview: view.overview, service: view.service, silent: view.silent }) + "\n"
}

fn exit(overview: &Overview, last: Option<&PassLine>, service: Option<&ServiceStatus>) -> Exit {
    let stopped = last.and_then(|pass| pass.end.stopped());
    let conditions = service.map(ServiceStatus::conditions).unwrap_or_default();
    let stands = |which: &dyn Fn(ConditionKind) -> bool| conditions.iter().any(|(kind, ..)| which(*kind));
    match overview.targets {
        _ if overview.halted.is_some() || stands(&|kind| matches!(kind, ConditionKind::Halted(_))) => Exit::Halted,
        _ if stopped == Some(Stopped::SignIn) || stands(&|kind| kind == ConditionKind::SignIn) => Exit::SignIn,
        _ if stands(&|kind| matches!(kind, ConditionKind::Ledger | ConditionKind::LedgerGone | ConditionKind::TableUnusable)) => {
            Exit::Configuration
        }
        _ if last.is_some_and(|pass| pass.unreachable) && service.is_none() => Exit::Unreachable,
        // Nothing was looked at to the end: who says that all is as it should be?
        _ if last.is_none_or(|pass| pass.ended_at.is_none() || pass.looked == Some(false)) && service.is_none() => Exit::Held,
        Counts { due: 0, waiting: 0, blocked: 0, .. } if overview.standing.unusable().next().is_none() => Exit::InStep,
        _ => Exit::Held,
    }
}
