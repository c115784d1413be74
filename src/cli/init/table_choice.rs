//! HR's list, as it is looked at.

use std::path::PathBuf;

use crate::mapping::TableForm;

/// HR's list.
#[derive(Clone)]
pub(super) struct TableChoice {
    pub(super) path: PathBuf,
    /// Its columns, where the configuration names them.
    pub(super) form: Option<TableForm>,
    /// It stands in the configuration that is written, and stays there as it is.
    pub(super) stays: bool,
}
