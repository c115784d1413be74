//! Targets that a person names on the command line.

use super::exit::{CliError, Exit};
use crate::ledger::Reader;
use crate::model::{Fit, TargetId, TargetQuery, did_you_mean, near};

/// The targets that the ledger knows by this name; the name must fit them at least so well. Errors: there is none.
pub(super) fn targets(reader: &Reader, name: &str, weakest: Fit) -> Result<Vec<TargetId>, CliError> {
    let found = reader.find(&TargetQuery::new(name))?.up_to(weakest).targets;
    if found.is_empty() {
        let how = match weakest {
            Fit::Part => "its name, a part of it, its object id or its file",
            Fit::Folder => "its whole name, object id, file or folder",
            Fit::Exact | Fit::Former => "its whole name, object id or file",
        };
        let names = reader.all_names()?;
        let meant = did_you_mean(&near(name, names.iter().map(String::as_str)));
        return Err(CliError::new(Exit::Usage, format!("no target is called {name:?}; give {how}.{meant}")));
    }
    Ok(found)
}
