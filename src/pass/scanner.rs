//! What it takes to look at the source and to say whom its files are for. Nobody is asked.

use std::sync::Arc;

use super::table_file::TableFile;
use crate::clock::Clock;
use crate::lookup::Watched;
use crate::mapping::{AccountRules, BoundTable, Rules, Scope};
use crate::model::{Digest, Problem, RecipeId, SourcePath};
use crate::plan::{Claim, ConflictPolicy};
use crate::source::SourceSettings;

/// What decides whom a file is for.
#[derive(Clone, Debug)]
pub(crate) struct MappingSettings {
    /// The rules, in order.
    pub rules: Rules,
    /// A table that comes before the rules.
    pub table: Option<TableFile>,
    /// Several files for one target.
    pub on_conflict: ConflictPolicy,
    /// Accounts that are held back.
    pub accounts: AccountRules,
}

impl MappingSettings {
    /// The properties that targets may be named by.
    pub(crate) fn watched(&self) -> Watched {
        let of_table = self.table.as_ref().map(|table| table.form.every_property);
        // Without one for every row, each names its own.
        Watched::new(self.rules.properties().chain(of_table.flatten()), of_table == Some(None))
    }
}

/// Looks at the source.
#[derive(Clone)]
pub(crate) struct Scanner {
    /// The HR directory.
    pub source: Arc<SourceSettings>,
    /// Whom files are for.
    pub mapping: Arc<MappingSettings>,
    /// How pictures are prepared: another recipe means that every file is planned for again.
    pub recipe: RecipeId,
    /// Reads the time.
    pub clock: Clock,
}

impl Scanner {
    /// Whom a file is for, by the table or else by the rules.
    pub(super) fn claim(&self, table: Option<&BoundTable>, path: &SourcePath) -> Option<Result<Claim, Box<Problem>>> {
        let found = if let Some(found) = table.and_then(|table| table.find(path)) {
            found
        } else {
            let found = self.mapping.rules.find(path)?;
            table.and_then(BoundTable::bars_rules).map_or(found, Err)
        };
        Some(found.map(|found| Claim { rule: found.rule, reference: found.reference }).map_err(Box::new))
    }

    /// What decides whom files are for and what is wanted for them, besides the files: if it changes, every file
    /// is planned for again. Which accounts are held back stands at the end, readable.
    pub(super) fn settings_hash(&self, table: Option<Digest>, scope: Option<&Scope>) -> String {
        let mut hasher = blake3::Hasher::new();
        let text = format!("{:?} {} {:?}", self.mapping.rules, self.recipe, self.mapping.on_conflict);
        hasher.update(text.as_bytes());
        if let (Some(digest), Some(file)) = (table, &self.mapping.table) {
            hasher.update(digest.as_bytes());
            hasher.update(format!("{:?}", file.form).as_bytes());
        }
        hasher.update(scope.map(Scope::fingerprint).unwrap_or_default().as_bytes());
        format!("{}{}", hasher.finalize().to_hex(), self.accounts_text())
    }

    pub(super) fn accounts_text(&self) -> String {
        let AccountRules { guests, disabled } = self.mapping.accounts;
        format!(" guests {guests:?}, disabled {disabled:?}")
    }
}
