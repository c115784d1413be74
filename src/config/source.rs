//! `source`: the HR directory and how it is watched.

use std::path::PathBuf;
use std::time::Duration;

use super::reader::Section;
use super::units::secs;
use crate::model::SourcePath;
use crate::source::WatchMode;

/// The HR directory.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Source {
    /// The directory with the photos, absolute. Required; in the file, relative to the file.
    pub directory: PathBuf,
    /// How changes are noticed. Default `auto`.
    pub watch: WatchMode,
    /// Pause between two looks when polling, 1s to 1d. Default 30s.
    pub poll_interval: Duration,
    /// A file must be unchanged for this long before it is read, 0s to 10m. Default 2s.
    pub settle: Duration,
    /// Pause between two looks at the whole directory, 10s to 7d. Default 1h.
    pub full_pass_every: Duration,
    /// Globs, relative to the directory, of files that are passed over in silence. Default: hidden and temporary files.
    pub ignore: Vec<String>,
    /// Whether the built-in list of clutter is passed over, too: recycle bins, snapshots, thumbnails. Default true.
    pub ignore_clutter: bool,
    /// Whether symbolic links are followed, within the directory only. Default false.
    pub follow_symlinks: bool,
    /// A file below the directory that must exist, or the source counts as absent. Default none.
    pub require: Option<SourcePath>,
}

const IGNORE: [&str; 5] = ["**/.*", "**/Thumbs.db", "**/~$*", "**/*.tmp", "**/*.part"];

impl Source {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        let directory = section.path("directory");
        if directory.is_none() && !section.has_value("directory") {
            section.fault("directory", "is missing; name the directory with the photos");
        }
        Self {
            directory: directory.unwrap_or_default(),
            watch: section.keyword("watch", WatchMode::Auto),
            poll_interval: section.duration("poll_interval", secs(1)..=secs(86_400)).unwrap_or(secs(30)),
            settle: section.duration("settle", secs(0)..=secs(600)).unwrap_or(secs(2)),
            full_pass_every: section.duration("full_pass_every", secs(10)..=secs(7 * 86_400)).unwrap_or(secs(3600)),
            ignore: section.texts("ignore", check_glob).unwrap_or_else(|| IGNORE.map(str::to_owned).to_vec()),
            ignore_clutter: section.boolean("ignore_clutter", true),
            follow_symlinks: section.boolean("follow_symlinks", false),
            require: section.scalar("require", |scalar| {
                SourcePath::new(&scalar.text()?).map_err(|error| format!("{error}; give a path such as .mounted"))
            }),
        }
    }
}

fn check_glob(glob: &str) -> Result<(), String> {
    globset::Glob::new(glob).map(|_| ()).map_err(|error| format!("{glob:?} is no glob: {}", error.kind()))
}
