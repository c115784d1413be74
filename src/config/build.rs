//! The second step: the settings are put to work. Here the secret is read and the emulator starts.

use std::path::Path;
use std::sync::Arc;

use super::build_error::BuildError;
use super::expand::Env;
use super::graph::CloudName;
use super::load::Config;
use super::sign_in;
use crate::clock::Clock;
use crate::emulator;
use crate::engine::{Engine, Kitchen};
use crate::graph;
use crate::ledger::Identity;

/// What a configuration becomes.
pub struct Built {
    /// Everything but the ledger.
    pub engine: Engine,
    /// Whose ledger it must be.
    pub identity: Identity,
}

/// Puts a configuration to work. Starts the embedded emulator if that is the tenant; `save` is where it keeps the
/// photos it receives.
pub(crate) async fn build(config: &Config, clock: &Clock, env: Env<'_>, save: Option<&Path>) -> Result<Built, BuildError> {
    let mut embedded = None;
    let cloud = match config.graph.cloud {
        CloudName::Emulator => {
            let running = emulator::start(
                emulator::Settings { save: save.map(Path::to_owned), ..emulator::Settings::default() },
                emulator::Tenant::default(),
                clock.clone(),
            )
            .await?;
            let cloud = graph::Cloud::Custom { graph_url: running.graph_url(), login_url: running.login_url() };
            embedded = Some(Arc::new(running));
            cloud
        }
        CloudName::Global => graph::Cloud::Global,
        CloudName::UsGov => graph::Cloud::UsGov,
        CloudName::UsGovDod => graph::Cloud::UsGovDod,
        CloudName::China => graph::Cloud::China,
        CloudName::Custom => {
            let text = |url: &Option<reqwest::Url>| url.as_ref().map(ToString::to_string).unwrap_or_default();
            graph::Cloud::Custom { graph_url: text(&config.graph.graph_url), login_url: text(&config.graph.login_url) }
        }
    };
    let settings = match &embedded {
        // The embedded tenant knows nobody; whoever comes may sign in.
        Some(running) => graph::Settings {
            cloud,
            tenant: "embedded".to_owned(),
            client_id: "photosyncd".to_owned(),
            credential: sign_in::emulator_credential(config, running),
            ca_file: None,
            timeout: config.graph.timeout,
        },
        None => graph::Settings {
            cloud,
            tenant: config.graph.tenant.clone().unwrap_or_default(),
            client_id: config.graph.client_id.clone().unwrap_or_default(),
            credential: sign_in::credential(config, env)?,
            ca_file: config.graph.ca_file.clone(),
            timeout: config.graph.timeout,
        },
    };
    let identity = Identity {
        cloud: config.graph.cloud.to_string(),
        tenant: if embedded.is_some() { String::new() } else { settings.tenant.to_lowercase() },
    };
    sign_in::check_rules_for_me(config)?;
    let engine = Engine {
        source: Arc::new(config.source.clone()),
        mapping: Arc::new(config.mapping.clone()),
        scope: Arc::new(config.scope.clone()),
        recipe: Arc::new(config.recipe.clone()),
        limits: config.limits,
        removal: config.removal,
        guard: config.guard.clone(),
        upload: config.upload.clone(),
        backup: Arc::new(config.backup.clone()),
        drift: Arc::new(config.drift.clone()),
        graph: graph::Client::new(settings, clock.clone())?,
        embedded,
        converter: config.converter.clone().map(Arc::new),
        kitchen: Kitchen::new(),
        clock: clock.clone(),
    };
    Ok(Built { engine, identity })
}
