//! `log`: what log lines look like, and which are written.

use tracing_subscriber::filter::LevelFilter;

use super::keyword::keywords;
use super::reader::Section;

keywords! {
    /// How log lines look.
    LogFormat {
        /// Journald under systemd, text on a terminal, else JSON.
        Auto = "auto",
        /// Lines for people.
        Text = "text",
        /// One JSON document a line.
        Json = "json",
        /// Fields sent to the systemd journal.
        Journald = "journald",
    }
}

/// The log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LogSettings {
    /// How lines look. Default `auto`.
    pub format: LogFormat,
    /// The least serious lines written. Default `info`.
    pub level: LevelFilter,
}

impl LogSettings {
    pub(super) fn read(section: &mut Section<'_, '_>) -> Self {
        Self { format: section.keyword("format", LogFormat::Auto), level: section.keyword("level", LevelFilter::INFO) }
    }
}
