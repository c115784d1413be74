//! `source`: the HR directory and how it is watched.

use std::time::Duration;

use super::reader::Section;
use super::units::{DAY, secs};
use crate::flow::SettleSettings;
use crate::model::SourcePath;
use crate::source::{IgnoreList, SourceSettings, WatchMode, WatchSettings};

/// What a source ignores by default, besides clutter: hidden and temporary files.
const IGNORE: [&str; 5] = ["**/.*", "**/Thumbs.db", "**/~$*", "**/*.tmp", "**/*.part"];

/// The source, and when to look at it.
#[derive(Clone, Debug)]
pub(super) struct SourceSection {
    pub(super) source: SourceSettings,
    pub(super) watch: WatchSettings,
    pub(super) settle: SettleSettings,
    /// Pause between two looks at the whole directory.
    pub(super) full_pass_every: Duration,
}

/// Reads it. The directory is required, and relative to the file. By default it is polled every 30s (1s to 1d) where the
/// system tells of no changes, files settle for 2s (0s to 10m), and everything is looked at every hour (10s to 7d).
///
/// `source.max_bytes` is left open: `photo` says it.
pub(super) fn read(section: &mut Section<'_, '_>) -> SourceSection {
    let root = section.path("directory");
    if root.is_none() && !section.has_value("directory") {
        section.fault("directory", "is missing; name the directory with the photos");
    }
    let mode = section.keyword("watch", WatchMode::Auto);
    let poll_interval = section.duration("poll_interval", secs(1)..=secs(DAY)).unwrap_or(secs(30));
    let settle = section.duration("settle", secs(0)..=secs(600)).unwrap_or(secs(2));
    let full_pass_every = section.duration("full_pass_every", secs(10)..=secs(7 * DAY)).unwrap_or(secs(3600));
    let patterns = section.texts("ignore", |text| IgnoreList::pattern(text).map(drop));
    let patterns = patterns.unwrap_or_else(|| IGNORE.map(str::to_owned).to_vec());
    let ignore = IgnoreList::new(&patterns, section.boolean("ignore_clutter", true));
    let follow_symlinks = section.boolean("follow_symlinks", false);
    let require = section.scalar("require", |scalar| {
        let path = SourcePath::new(&scalar.text()?).map_err(|error| format!("{error}; give a path such as .mounted"))?;
        Ok(path.to_string())
    });
    SourceSection {
        source: SourceSettings {
            root: root.unwrap_or_default(),
            ignore: ignore.map_err(|fault| section.fault("ignore", fault)).unwrap_or_default(),
            follow_symlinks,
            require,
            max_bytes: 0,
        },
        watch: WatchSettings { mode, poll_interval },
        settle: SettleSettings { settle },
        full_pass_every,
    }
}
