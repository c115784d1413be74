//! `emulate`: a pretended tenant, served on loopback until a signal comes.

use super::args::{EmulateArgs, GlobalArgs, RetryAfterForm};
use super::exit::{CliError, Exit};
use super::out::say;
use super::screen::Screen;
use super::setup;
use crate::clock::Clock;
use crate::emulator::{self, ExpectedSecret, RetryAfter, Settings, SignIn, Tenant, Throttling};

pub(super) async fn run(global: &GlobalArgs, options: EmulateArgs) -> Result<Exit, CliError> {
    let clock = Clock::system();
    let tenant = match &options.seed {
        Some(seed) => {
            let failed = |error: &dyn std::fmt::Display| {
                CliError::new(Exit::Configuration, format!("the seed {}: {error}", seed.display()))
            };
            let text = std::fs::read_to_string(seed).map_err(|error| failed(&error))?;
            Tenant::from_yaml(&text).map_err(|error| failed(&error))?
        }
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
        log_limit: options.log,
        keep_bodies: !options.forget_bodies,
        save: options.save,
        ..Settings::default()
    };
    let objects = tenant.count();
    let running = emulator::start(settings, tenant, clock).await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        CliError::new(Exit::Configuration, format!("{error}{cause}"))
    })?;
    let stop = setup::interrupted()?;
    if global.json {
        say!(
            "{{\"graph_url\": \"{}\", \"login_url\": \"{}\", \"objects\": {objects}}}",
            running.graph_url(),
            running.login_url()
        );
    } else {
        say!("A pretended tenant with {objects} objects listens on {}. To use it:", running.graph_url());
        say!("  graph:\n    cloud: custom\n    graph_url: {}\n    login_url: {}", running.graph_url(), running.login_url());
        say!(
            "    tenant: contoso.com\n    client_id: photosyncd\n    credential: {{ client_secret: {{ env: PHOTOSYNCD_SECRET }} }}"
        );
        say!("What it received: {0}/emulator/photos and {0}/emulator/requests. Stop it with Ctrl-C.", running.graph_url());
    }
    stop.cancelled().await;
    running.stop().await;
    Ok(Exit::InStep)
}

/// A tenant in which every reference of the configured source finds its object.
async fn grown(global: &GlobalArgs, clock: &Clock) -> Result<Tenant, CliError> {
    let mut config = setup::load_config(global, &Screen::default())?;
    config.graph.cloud = crate::config::CloudName::Emulator;
    let built = setup::build_engine(&config, clock).await?;
    let mut tenant = Tenant::default();
    tenant.grow(&built.engine.references().await?);
    Ok(tenant)
}
