//! The second step: from checked data to parts that work, each by itself, so that a command builds only what it needs.
//! Here the secret is read and the emulator starts.

use std::path::Path;
use std::sync::Arc;

use super::build_error::BuildError;
use super::expand::Env;
use super::graph::CloudName;
use super::load::Config;
use super::secret::SecretCheck;
use super::sign_in;
use crate::clock::Clock;
use crate::delivery::{DefaultPictures, DeliverPolicies, PreparePermits, Preparer, Uploader};
use crate::ledger::Identity;
use crate::lookup::{Directory, SWEEP_FROM, TenantClient};
use crate::pass::{Defaults, Pass, Proposer, Scanner};
use crate::status::Instance;
use crate::{emulator, graph};

/// What a configuration becomes.
pub struct Built {
    /// What makes passes: everything but the ledger.
    pub pass: Pass,
    /// Whose ledger it must be.
    pub identity: Identity,
}

/// All that a pass needs: starts the embedded emulator if that is the tenant, reads the secret.
pub(crate) async fn build(config: &Config, clock: &Clock, env: Env<'_>) -> Result<Built, BuildError> {
    let tenant = tenant(config, clock, env, None).await?;
    pass(config, clock, tenant)
}

/// All that a pass against this tenant needs.
pub(crate) fn pass(config: &Config, clock: &Clock, tenant: TenantClient) -> Result<Built, BuildError> {
    sign_in::check_rules_for_me(config)?;
    let scanner = scanner(config, clock);
    let directory = Directory {
        tenant,
        accounts: scanner.mapping.accounts,
        sweep_from: SWEEP_FROM,
        scope: Arc::new(config.scope.clone()),
        recipe: scanner.recipe.clone(),
        watched: Arc::new(scanner.mapping.watched()),
        clock: clock.clone(),
    };
    let preparer = preparer(config, clock);
    let defaults = Defaults::new(preparer.clone());
    let uploader = Uploader {
        directory: directory.clone(),
        preparer,
        upload: config.upload.clone(),
        backup: Arc::new(config.backup.clone()),
        deliver: Arc::new(DeliverPolicies::new(config.deliver.clone())),
        drift: Arc::new(config.drift.clone()),
        removal: config.removal,
        clock: clock.clone(),
    };
    let proposer = Proposer { scanner, directory, guard: config.guard.clone(), removal: config.removal, defaults };
    Ok(Built { pass: Pass { proposer, uploader }, identity: identity(config) })
}

/// What looks at the source. Needs no tenant, and no secret.
pub(crate) fn scanner(config: &Config, clock: &Clock) -> Scanner {
    Scanner {
        source: Arc::new(config.source.clone()),
        mapping: Arc::new(config.mapping.clone()),
        recipe: config.recipe.id(),
        clock: clock.clone(),
    }
}

/// What prepares pictures. Needs no tenant, and no secret.
pub(crate) fn preparer(config: &Config, clock: &Clock) -> Preparer {
    Preparer {
        source: Arc::new(config.source.clone()),
        recipe: Arc::new(config.recipe.clone()),
        limits: config.limits,
        converter: config.converter.clone().map(Arc::new),
        permits: PreparePermits::new(config.limits.max_memory),
        defaults: Arc::new(DefaultPictures::new(config.defaults.clone())),
        clock: clock.clone(),
    }
}

/// The tenant: the embedded one is started, for another the secret is read. `save`: where the embedded one keeps the
/// photos it receives.
pub(crate) async fn tenant(
    config: &Config,
    clock: &Clock,
    env: Env<'_>,
    save: Option<&Path>,
) -> Result<TenantClient, BuildError> {
    if config.graph.cloud == CloudName::Emulator {
        return embedded(config, clock, save).await;
    }
    let settings = graph_settings(config, sign_in::credential(config, env)?)?;
    Ok(TenantClient { graph: graph::Client::new(settings, clock.clone())?, embedded: None })
}

/// A tenant inside this process, whatever tenant the configuration names. It knows nobody; whoever comes may sign in.
pub(crate) async fn embedded(config: &Config, clock: &Clock, save: Option<&Path>) -> Result<TenantClient, BuildError> {
    let settings = emulator::Settings { save: save.map(Path::to_owned), ..emulator::Settings::default() };
    let running = emulator::start(settings, emulator::Tenant::default(), clock.clone()).await?;
    let settings = graph::GraphSettings {
        cloud: graph::Cloud::Custom { graph_url: running.graph_url(), login_url: running.login_url() },
        tenant: "embedded".to_owned(),
        client_id: "photosyncd".to_owned(),
        credential: sign_in::emulator_credential(config, &running),
        ca_file: None,
        proxies: graph::Proxies::default(),
        timeout: config.graph.timeout,
    };
    Ok(TenantClient { graph: graph::Client::new(settings, clock.clone())?, embedded: Some(Arc::new(running)) })
}

/// Builds all that can be built without starting anything, asking anybody or knowing the secret; where the secret can be
/// read, it is tried, too. Says all that is wrong at once.
pub(crate) fn check(config: &Config, clock: &Clock, env: Env<'_>, secret: SecretCheck) -> Vec<BuildError> {
    let mut faults = Vec::new();
    faults.extend(sign_in::check_rules_for_me(config).err());
    faults.extend(config.report.words().map_err(BuildError::from).err());
    if config.graph.cloud != CloudName::Emulator {
        let (credential, unusable) = sign_in::checked(config, env, secret);
        faults.extend(unusable);
        let settings = graph_settings(config, credential.unwrap_or_else(sign_in::no_secret));
        let client = settings.and_then(|settings| Ok(graph::Client::new(settings, clock.clone())?));
        faults.extend(client.err());
    }
    faults
}

/// Which installation a configuration describes, on this machine.
pub(crate) fn instance(config: &Config) -> Instance {
    let tenant = config.graph.tenant.clone().filter(|_| config.graph.cloud != CloudName::Emulator);
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Instance { tenant, cloud: config.graph.cloud.to_string(), host, source: config.source.root.display().to_string() }
}

/// Whose ledger a configuration needs.
pub(crate) fn identity(config: &Config) -> Identity {
    let tenant = match config.graph.cloud {
        CloudName::Emulator => String::new(),
        _ => config.graph.tenant.as_deref().unwrap_or_default().to_lowercase(),
    };
    Identity { cloud: config.graph.cloud.to_string(), tenant }
}

fn graph_settings(config: &Config, credential: graph::Credential) -> Result<graph::GraphSettings, BuildError> {
    let text = |url: &Option<reqwest::Url>| url.as_ref().map(ToString::to_string).unwrap_or_default();
    let cloud = match config.graph.cloud {
        CloudName::Global => graph::Cloud::Global,
        CloudName::UsGov => graph::Cloud::UsGov,
        CloudName::UsGovDod => graph::Cloud::UsGovDod,
        CloudName::China => graph::Cloud::China,
        // Nobody asks for the emulator's: it is embedded.
        CloudName::Custom | CloudName::Emulator => {
            graph::Cloud::Custom { graph_url: text(&config.graph.graph_url), login_url: text(&config.graph.login_url) }
        }
    };
    Ok(graph::GraphSettings {
        cloud,
        tenant: config.graph.tenant.clone().unwrap_or_default(),
        client_id: config.graph.client_id.clone().unwrap_or_default(),
        credential,
        ca_file: config.graph.ca_file.clone(),
        proxies: graph::Proxies::of_process().map_err(graph::SetupError::from)?,
        timeout: config.graph.timeout,
    })
}
