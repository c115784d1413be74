//! The file that the proposal is put into: what it says, and how it is changed without losing anything of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::kept::Kept;
use super::yaml;
use crate::cli::exit::{CliError, Exit};
use crate::cli::setup;
use crate::config::{Config, ConfigEntry, EditError, rule_extras, with_entries};
use crate::files::{Audience, Bounds, is_there, link_target, overwrite, read_text, replace};
use crate::proposal::{MappingProposal, Sample};

/// How long a file may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// Largest configuration that is read, in bytes.
const CONFIG_BYTES: u64 = 1 << 20;

/// The file, as it was before.
pub(super) struct Target {
    path: PathBuf,
    /// Something is there already.
    is_there: bool,
    force: bool,
    /// The text that the proposal is put into: its own, else that of the configuration, else a start.
    text: String,
    /// What that says, if it is a configuration.
    settings: Option<Config>,
}

impl Target {
    /// Looks at the file; where it can't be written, that is told before anything is done.
    pub(super) fn look(path: PathBuf, config: &Path, force: bool) -> Result<Self, CliError> {
        let is_there = is_there(&path, PATIENCE);
        if let Some(target) = link_target(&path, PATIENCE).filter(|_| force || !is_there) {
            let directory = path.parent().unwrap_or(Path::new(""));
            let words = format!(
                "{} is a symbolic link, and init writes through none; nothing was changed. Name the file that it leads to: {}",
                path.display(),
                directory.join(target).display()
            );
            return Err(CliError::new(Exit::Configuration, words));
        }
        let text = if is_there {
            read_text(&path, Bounds::small(CONFIG_BYTES))
                .or_else(|error| if force { Err(error) } else { Ok(String::new()) })
                .map_err(|error| CliError::new(Exit::Configuration, format!("{} can't be read: {error}", path.display())))?
        } else {
            // What nobody can read is no start.
            let other = read_text(config, Bounds::small(CONFIG_BYTES)).ok();
            let is_usable = |text: &String| !matches!(edited(&path, text, &[]), Err(EditError::Syntax(..)));
            other.filter(is_usable).unwrap_or_else(|| yaml::START.to_owned())
        };
        let settings = Config::parse(&text, "", &base(&path), &setup::env).ok();
        Ok(Self { path, is_there, force, text, settings })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether nothing is there, or somebody said that it may be changed.
    pub(super) const fn may_write(&self) -> bool {
        self.force || !self.is_there
    }

    /// What the text says before it is changed.
    pub(super) const fn settings(&self) -> Option<&Config> {
        self.settings.as_ref()
    }

    /// What its rules say beside whom files are for, and goes into those that are proposed.
    pub(super) fn kept(&self, proposal: &MappingProposal, sample: &Sample) -> Kept {
        Kept::of(&rule_extras(&self.text), self.settings.as_ref().map(|own| &own.mapping.rules), proposal, sample)
    }

    /// Writes it with these entries; the copy that was made of what was there, if anything was.
    pub(super) fn write(&self, entries: &[ConfigEntry]) -> Result<Option<PathBuf>, CliError> {
        let text = edited(&self.path, &self.text, entries).map_err(|error| {
            let words = format!(
                "the proposal can't be put into {}: {error}. Nothing was changed: correct this there, or write another file with \
                 --out FILE and copy its mapping",
                self.path.display()
            );
            CliError::new(Exit::Configuration, words)
        })?;
        let failed = |error| failed(&self.path, &error);
        if !self.is_there {
            replace(&self.path, text.as_bytes(), Audience::Everybody).map_err(failed)?;
            return Ok(None);
        }
        let copy = self.free_name();
        replace(&copy, self.text.as_bytes(), Audience::Owner).map_err(failed)?;
        overwrite(&self.path, text.as_bytes()).map_err(failed)?;
        Ok(Some(copy))
    }

    /// A name for a copy that nothing has yet.
    fn free_name(&self) -> PathBuf {
        let numbers = std::iter::once(String::new()).chain((2_u64..).map(|number| format!("-{number}")));
        let mut names = numbers.map(|number| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(format!(".before-init{number}"));
            PathBuf::from(name)
        });
        let is_free = |name: &PathBuf| !is_there(name, PATIENCE) && link_target(name, PATIENCE).is_none();
        names.find(is_free).unwrap_or_default()
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::new(Exit::Configuration, format!("{} can't be written: {error}", path.display()))
}

fn edited(path: &Path, text: &str, entries: &[ConfigEntry]) -> Result<String, EditError> {
    with_entries(text, entries, &path.display().to_string(), &base(path), &setup::env)
}

/// Where relative paths in a configuration begin.
fn base(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from("/"));
    path.parent().unwrap_or(Path::new("/")).to_owned()
}
