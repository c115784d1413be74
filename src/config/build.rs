//! The second step: from checked data to the rooms' own settings. Here the secret is read and the emulator starts.

use std::path::Path;
use std::sync::Arc;

use super::{CloudName, Config, Env, OptOut, SecretError, WhenFileDisappears, sign_in};
use crate::clock::Clock;
use crate::emulator;
use crate::engine::{
    BackupSettings, DriftSettings, Engine, Kitchen, MappingSettings, RemovalSettings, SWEEP_FROM, ScopeSettings, UploadSettings,
};
use crate::flow::{PaceSettings, RetryPolicy};
use crate::graph;
use crate::ledger::Identity;
use crate::mapping::{AccountRules, RuleFault, Rules};
use crate::model::Advice;
use crate::photo::{Limits, Recipe};
use crate::plan::GuardSettings;
use crate::source::{self, Ignore};

/// What a configuration becomes.
pub struct Built {
    /// Everything but the ledger.
    pub engine: Engine,
    /// Whose ledger it must be.
    pub identity: Identity,
}

/// Why a configuration can't be put to work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// A combination that no single key shows.
    #[error("{0}")]
    Setting(String),
    /// The credential, apart from what is secret about it.
    #[error("{what}")]
    Credential {
        /// What is wrong.
        what: String,
        /// What to do.
        hint: Option<&'static str>,
    },
    /// The rules.
    #[error("{what}")]
    Rules {
        /// What is wrong.
        what: String,
        /// What to do.
        hint: Option<&'static str>,
    },
    /// The secret can't be had.
    #[error("graph.credential: {0}")]
    Secret(#[from] SecretError),
    /// No client can be made.
    #[error(transparent)]
    Graph(#[from] graph::SetupError),
    /// The embedded emulator does not start.
    #[error("the embedded emulator does not start")]
    Emulator(#[from] emulator::StartError),
}

impl Advice for BuildError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Credential { hint, .. } | Self::Rules { hint, .. } => hint.map(str::to_owned),
            Self::Secret(error) => error.hint(),
            Self::Graph(error) => error.hint(),
            Self::Setting(_) | Self::Emulator(_) => None,
        }
    }
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
        Some(running) => graph::GraphSettings {
            cloud,
            tenant: "embedded".to_owned(),
            client_id: "photosyncd".to_owned(),
            credential: sign_in::embedded(config, running),
            ca_file: None,
            timeout: config.graph.timeout,
        },
        None => graph::GraphSettings {
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
    let engine = Engine {
        source: Arc::new(source_settings(config)),
        mapping: Arc::new(mapping_settings(config)?),
        scope: Arc::new(ScopeSettings {
            include_groups: config.scope.include_groups.clone(),
            exclude_groups: config.scope.exclude_groups.clone(),
            delete_on_opt_out: config.scope.on_opt_out == OptOut::Delete,
        }),
        recipe: Arc::new(recipe(config)?),
        limits: Limits { max_source_bytes: config.photo.max_source_bytes, max_pixels: config.photo.max_pixels },
        removal: RemovalSettings {
            delete: config.removal.when_file_disappears == WhenFileDisappears::Delete,
            grace: config.removal.grace,
        },
        guard: guard_settings(config),
        upload: upload_settings(config)?,
        backup: Arc::new(BackupSettings {
            before_first_overwrite: config.backup.before_first_overwrite,
            directory: config.backup.directory.clone(),
            keep: config.backup.keep,
        }),
        drift: Arc::new(drift_settings(config)),
        graph: graph::Client::new(settings, clock.clone())?,
        embedded,
        converter: converter(config)?.map(Arc::new),
        kitchen: Kitchen::new(),
        clock: clock.clone(),
    };
    Ok(Built { engine, identity })
}

fn source_settings(config: &Config) -> source::Settings {
    source::Settings {
        root: config.source.directory.clone(),
        ignore: ignore(config),
        follow_symlinks: config.source.follow_symlinks,
        require: config.source.require.as_ref().map(ToString::to_string),
        max_bytes: config.photo.max_source_bytes,
    }
}

/// Every glob was compiled once by the parser, so none is lost here.
pub(super) fn ignore(config: &Config) -> Ignore {
    Ignore::new(&config.source.ignore, config.source.ignore_clutter)
}

fn mapping_settings(config: &Config) -> Result<MappingSettings, BuildError> {
    sign_in::check_me(config)?;
    let faults = |faults: Vec<RuleFault>| {
        let faults: Vec<String> =
            faults.into_iter().map(|fault| format!("mapping.rules[{}]: {}", fault.rule, fault.message)).collect();
        BuildError::Rules { what: faults.join("; "), hint: None }
    };
    Ok(MappingSettings {
        rules: Rules::compile(&config.mapping.rules).map_err(faults)?,
        table: config.mapping.table.clone(),
        on_conflict: config.mapping.on_conflict,
        accounts: AccountRules { guests: config.mapping.guests, disabled: config.mapping.disabled },
        sweep_from: SWEEP_FROM,
    })
}

/// How pictures are prepared.
fn recipe(config: &Config) -> Result<Recipe, BuildError> {
    let fault = |fault| BuildError::Setting(format!("photo: {fault}"));
    let max_bytes = usize::try_from(config.photo.max_bytes).unwrap_or(usize::MAX);
    let mut recipe = Recipe::try_new(config.photo.size, config.photo.crop, config.photo.quality, max_bytes).map_err(fault)?;
    if let Some(score) = config.photo.min_face_score {
        recipe = recipe.with_least_face(score).map_err(fault)?;
    }
    if let Some(converter) = converter(config)? {
        recipe = recipe.with_converter(converter.id());
    }
    Ok(recipe)
}

fn converter(config: &Config) -> Result<Option<source::Converter>, BuildError> {
    let new = |command: &Vec<String>| source::Converter::new(command, config.photo.max_source_bytes);
    let built = config.photo.heic_converter.as_ref().map(new).transpose();
    built.map_err(|fault| BuildError::Setting(format!("photo.heic_converter: {fault}")))
}

fn guard_settings(config: &Config) -> GuardSettings {
    GuardSettings {
        max_changes_percent: config.guard.max_changes_percent,
        max_removals: usize::try_from(config.guard.max_removals).unwrap_or(usize::MAX),
        max_removals_percent: config.guard.max_removals_percent,
        refuse_empty_source: config.guard.refuse_empty_source,
    }
}

fn drift_settings(config: &Config) -> DriftSettings {
    let rules = config.mapping.rules.iter().zip(&config.mapping.drift);
    let by_rule = rules.filter_map(|(rule, policy)| Some((rule.paths.text().into(), (*policy)?))).collect();
    let by_group = config.drift.by_group.clone();
    DriftSettings { check_every: config.drift.check_every, policy: config.drift.policy, by_rule, by_group }
}

fn upload_settings(config: &Config) -> Result<UploadSettings, BuildError> {
    let retry = &config.upload.retry;
    Ok(UploadSettings {
        concurrency: usize::from(config.upload.concurrency),
        pace: PaceSettings { per_second: config.upload.per_second, max_per_second: config.upload.max_per_second },
        retry: RetryPolicy::try_new(retry.initial, retry.max, retry.give_up_after)
            .map_err(|fault| BuildError::Setting(format!("upload.retry: {fault}")))?,
    })
}
