//! From checked data to the settings of whoever notices changes.

use super::Config;
use super::build::ignore;
use crate::flow::SettleSettings;
use crate::source::WatchSettings;

/// How the source is watched.
pub(crate) fn watch_settings(config: &Config) -> WatchSettings {
    WatchSettings {
        mode: config.source.watch,
        poll_interval: config.source.poll_interval,
        ignore: ignore(config),
        follow_symlinks: config.source.follow_symlinks,
        require: config.source.require.as_ref().map(ToString::to_string),
    }
}

/// How long files are left alone before they are read.
pub(crate) fn settle_settings(config: &Config) -> SettleSettings {
    SettleSettings { settle: config.source.settle }
}
