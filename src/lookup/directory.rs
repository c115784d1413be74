//! The directory of the tenant, as passes and the dispatcher ask it: whom a reference means, and who is in scope.

use std::sync::Arc;

use super::tenant::TenantClient;
use super::watched::Watched;
use crate::clock::Clock;
use crate::mapping::AccountRules;
use crate::model::RecipeId;

/// Groups as the settings name them.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScopeSettings {
    /// Members of these are served; everybody if there are none.
    pub include_groups: Vec<String>,
    /// Members of these never are.
    pub exclude_groups: Vec<String>,
    /// The delivered photo of a user who goes out of scope is taken out of the tenant.
    pub delete_on_opt_out: bool,
}

/// Asks the directory.
#[derive(Clone)]
pub(crate) struct Directory {
    /// Whose directory.
    pub tenant: TenantClient,
    /// Accounts that are held back.
    pub accounts: AccountRules,
    /// From this many references of one kind on, the directory is swept instead of asked; see `SWEEP_FROM`.
    pub sweep_from: usize,
    /// Whose photos are sent at all.
    pub scope: Arc<ScopeSettings>,
    /// How pictures are prepared: what is wanted with it may need an answer before it is sent.
    pub recipe: RecipeId,
    /// Properties of which changes are heard, too.
    pub watched: Arc<Watched>,
    /// Reads the time.
    pub clock: Clock,
}
