//! The whole configuration: from a file, or from its text.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::document::YamlDocument;
use super::fault::{ConfigFaults, FaultList};
use super::ledger::state_directory;
use super::reader::{ConfigReader, Section};
use super::{Backup, Drift, Env, Graph, Guard, Ledger, Log, Mapping, Notify, Photo, Removal, Scope, Service, Source, Upload};

/// Largest file that is read, in bytes. A configuration is a few kilobytes; a picture named by mistake is not.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A whole configuration, checked: plain data, grouped like the file. Holds no secret, only where secrets are kept.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Config {
    /// The HR directory.
    pub source: Source,
    /// How a path names a target.
    pub mapping: Mapping,
    /// Whose photos are sent at all.
    pub scope: Scope,
    /// How a picture is prepared.
    pub photo: Photo,
    /// The tenant and the sign-in.
    pub graph: Graph,
    /// How fast photos are sent.
    pub upload: Upload,
    /// Files that are gone.
    pub removal: Removal,
    /// The brakes over a pass.
    pub guard: Guard,
    /// Photos that were in the tenant before ours.
    pub backup: Backup,
    /// Photos that were changed in the tenant by others.
    pub drift: Drift,
    /// The memory.
    pub ledger: Ledger,
    /// The daemon.
    pub service: Service,
    /// Who is told.
    pub notify: Notify,
    /// The log.
    pub log: Log,
    /// Where state is kept, absolute: `$STATE_DIRECTORY`, else `.photosyncd` beside the file. Not a key of the file.
    pub state_directory: PathBuf,
}

impl Config {
    /// Reads and parses a file.
    pub(crate) fn load(path: &Path, env: Env<'_>) -> Result<Self, ConfigFaults> {
        let file = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            ConfigFaults::of_file(
                &file,
                format!("cannot be read: {error}; name another file with --config or make this one readable"),
            )
        };
        let mut text = Vec::new();
        File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut text)).map_err(unreadable)?;
        if text.len() as u64 > MAX_FILE_BYTES {
            let message =
                format!("has more than {MAX_FILE_BYTES} bytes, which no configuration has; name another file with --config");
            return Err(ConfigFaults::of_file(&file, message));
        }
        let text = String::from_utf8(text)
            .map_err(|_| ConfigFaults::of_file(&file, "is not UTF-8 text; save it as UTF-8".to_owned()))?;
        let absolute = std::path::absolute(path).map_err(unreadable)?;
        Self::parse(&text, &file, absolute.parent().unwrap_or(Path::new("/")), env)
    }

    /// Parses text; pure. `file` is for messages; relative paths start at `base`, which is absolute.
    pub(crate) fn parse(text: &str, file: &str, base: &Path, env: Env<'_>) -> Result<Self, ConfigFaults> {
        parse_known(text, file, base, env).0
    }

    /// Whether groups decide anything, so that their members must be asked for.
    pub(crate) fn names_groups(&self) -> bool {
        let Scope { include_groups, exclude_groups, .. } = &self.scope;
        !(include_groups.is_empty() && exclude_groups.is_empty() && self.drift.by_group.is_empty())
    }

    fn read(root: &mut Section<'_, '_>) -> Self {
        let state_directory = state_directory(root.base(), root.env());
        Self {
            source: root.section("source", Source::read),
            mapping: root.section("mapping", Mapping::read),
            scope: root.section("scope", Scope::read),
            photo: root.section("photo", Photo::read),
            graph: root.section("graph", Graph::read),
            upload: root.section("upload", Upload::read),
            removal: root.section("removal", Removal::read),
            guard: root.section("guard", Guard::read),
            backup: root.section("backup", |section| Backup::read(section, &state_directory)),
            drift: root.section("drift", Drift::read),
            ledger: root.section("ledger", |section| Ledger::read(section, &state_directory)),
            service: root.section("service", Service::read),
            notify: root.section("notify", Notify::read),
            log: root.section("log", Log::read),
            state_directory,
        }
    }
}

/// Parses, and says besides which keys were asked for.
pub(super) fn parse_known(text: &str, file: &str, base: &Path, env: Env<'_>) -> (Result<Config, ConfigFaults>, Vec<String>) {
    let document = match YamlDocument::parse(text) {
        Ok(document) => document,
        Err((at, message)) => {
            let mut faults = FaultList::default();
            faults.push(at, "", &message);
            return (Err(faults.told(file)), Vec::new());
        }
    };
    let mut reader = ConfigReader::new(base, env);
    let config = reader.root(&document.root, Config::read);
    let mut faults = document.repeated;
    faults.extend(reader.faults);
    (if faults.count() == 0 { Ok(config) } else { Err(faults.told(file)) }, reader.known)
}
