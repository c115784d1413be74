//! `emulate`: a pretended tenant, served on loopback until a signal comes.

use std::error::Error;
use std::path::Path;

use super::args::GlobalArgs;
use super::emulate_args::{EmulateArgs, RetryAfterForm};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::setup;
use crate::clock::Clock;
use crate::config::scanner;
use crate::emulator::{self, ExpectedSecret, RetryAfter, Settings, SignIn, Tenant, Throttling, Weather};
use crate::files::{Bounds, read_text};
use crate::model::chain;

/// Largest file of the emulator's own, in bytes: a tenant of some hundred thousand people.
const MAX_BYTES: u64 = 64_000_000;

pub(super) async fn run(global: &GlobalArgs, options: EmulateArgs) -> Result<Exit, CliError> {
    let clock = Clock::system();
    let weather = options.weather.as_deref().map(|file| read("weather", file, Weather::from_yaml)).transpose()?;
    let tenant = match &options.seed {
        Some(seed) => read("seed", seed, Tenant::from_yaml)?,
        None => grown(global, &clock).await?,
    };
    let settings = Settings {
        listen: options.listen,
        sign_in: SignIn {
            secret: options.client_secret.map_or(ExpectedSecret::Any, ExpectedSecret::Exactly),
            ..SignIn::default()
        },
        throttle: Throttling {
            rate: options.rate,
            burst: options.burst,
            retry_after: match options.retry_after {
                RetryAfterForm::Seconds => RetryAfter::Seconds,
                RetryAfterForm::Fraction => RetryAfter::Fraction,
                RetryAfterForm::Date => RetryAfter::Date,
                RetryAfterForm::None => RetryAfter::Absent,
            },
            ..Throttling::default()
        },
        weather,
        log_limit: options.log,
        keep_bodies: !options.forget_bodies,
        save: options.save,
        ..Settings::default()
    };
    let objects = tenant.count();
    let running =
        emulator::start(settings, tenant, clock).await.map_err(|error| CliError::new(Exit::Configuration, chain(&error)))?;
    let stop = setup::interrupted()?;
    if global.json {
        say!(
            "{{\"graph_url\": \"{}\", \"login_url\": \"{}\", \"objects\": {objects}}}",
            running.graph_url(),
            running.login_url()
        );
    } else {
        say!("A simulated tenant with {objects} objects listens on {}. To use it:", running.graph_url());
        say!("  graph:\n    cloud: custom\n    graph_url: {}\n    login_url: {}", running.graph_url(), running.login_url());
        say!(
            "    tenant: contoso.com\n    client_id: photosyncd\n    credential: {{ client_secret: {{ env: PHOTOSYNCD_SECRET }} }}"
        );
        say!("What it received: {0}/emulator/photos and {0}/emulator/requests. Stop it with Ctrl-C.", running.graph_url());
    }
    stop.cancelled().await;
    all_saved(running).await?;
    Ok(Exit::InStep)
}

/// Stops a simulated tenant; fails where a photo that it received was to be saved, and is not.
pub(super) async fn all_saved(running: emulator::Running) -> Result<(), CliError> {
    let Some(unsaved) = running.stop_saving().await else { return Ok(()) };
    let photos = match unsaved.count {
        1 => "1 photo that was received is not saved".to_owned(),
        some => format!("{some} photos that were received are not saved; of the first"),
    };
    let words = format!("{photos}: {}; name another directory with --save, or move away what is in the way", unsaved.first);
    Err(CliError::new(Exit::Configuration, words))
}

/// Reads one of the emulator's own files.
fn read<T, E: Error>(what: &str, file: &Path, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, CliError> {
    let failed =
        |error: &dyn Error| CliError::new(Exit::Configuration, format!("the {what} {}: {}", file.display(), chain(error)));
    let text = read_text(file, Bounds::small(MAX_BYTES)).map_err(|error| failed(&error))?;
    parse(&text).map_err(|error| failed(&error))
}

/// A tenant in which every reference of the configured source finds its object.
async fn grown(global: &GlobalArgs, clock: &Clock) -> Result<Tenant, CliError> {
    let config = setup::load_config(global, &Screen::default())?;
    let mut tenant = Tenant::default();
    tenant.grow(&scanner(&config, clock).references().await?);
    Ok(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_in_the_help_is_a_weather() {
        Weather::from_yaml(include_str!("weather.yaml")).unwrap();
    }
}
