//! The whole configuration: from a file, or from its text.

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use super::document::YamlDocument;
use super::expand::Env;
use super::fault::{ConfigFaults, FaultList};
use super::graph::TenantAccess;
use super::ledger::{LedgerFile, state_directory};
use super::log::LogSettings;
use super::notify::NotifySettings;
use super::reader::{ConfigReader, Section};
use super::report::ReportSettings;
use super::service::ServiceSettings;
use super::shape::Shape;
use super::source::SourceSection;
use super::{backup, defaults, deliver, drift, guard, mapping, photo, removal, scope, source, upload};
use crate::delivery::{BackupSettings, DefaultPicture, DriftSettings, Policies, RemovalSettings, UploadSettings};
use crate::files::{Bounds, FileError, read_text};
use crate::flow::SettleSettings;
use crate::lookup::ScopeSettings;
use crate::model::DeliverPolicy;
use crate::pass::MappingSettings;
use crate::photo::{Limits, Recipe};
use crate::plan::GuardSettings;
use crate::source::{Converter, SourceSettings, WatchSettings};

/// Largest file that is read, in bytes. A configuration is a few kilobytes; a picture named by mistake is not.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A whole configuration, checked: the settings of the rooms, and what is not a setting. Holds no secret, only where
/// secrets are kept.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The HR directory.
    pub source: SourceSettings,
    /// How changes in it are noticed.
    pub watch: WatchSettings,
    /// How long files are left alone before they are read.
    pub settle: SettleSettings,
    /// Pause between two looks at the whole of it.
    pub full_pass_every: Duration,
    /// How a path names a target.
    pub mapping: MappingSettings,
    /// Whose photos are sent at all.
    pub scope: ScopeSettings,
    /// How a picture is prepared.
    pub recipe: Recipe,
    /// What is refused before it is decoded.
    pub limits: Limits,
    /// What makes a JPEG or PNG of a HEIC picture.
    pub converter: Option<Converter>,
    /// The tenant and the sign-in.
    pub graph: TenantAccess,
    /// How fast photos are sent.
    pub upload: UploadSettings,
    /// Files that are gone.
    pub removal: RemovalSettings,
    /// The brakes over a pass.
    pub guard: GuardSettings,
    /// Photos that were in the tenant before ours.
    pub backup: BackupSettings,
    /// Photos that were changed in the tenant by others.
    pub drift: DriftSettings,
    /// Whose photo is replaced.
    pub deliver: Policies<DeliverPolicy>,
    /// What people get who have neither a file nor a photo, by group.
    pub defaults: Vec<DefaultPicture>,
    /// The memory.
    pub ledger: LedgerFile,
    /// The daemon.
    pub service: ServiceSettings,
    /// Who is told.
    pub notify: NotifySettings,
    /// The pages for HR.
    pub report: ReportSettings,
    /// The log.
    pub log: LogSettings,
}

impl Config {
    /// Reads and parses a file.
    pub(crate) fn load(path: &Path, env: Env<'_>) -> Result<Self, ConfigFaults> {
        let file = path.display().to_string();
        let unreadable = |error: &dyn Display| {
            ConfigFaults::of_file(
                &file,
                format!("cannot be read: {error}; name another file with --config or make this one readable"),
            )
        };
        let text = read_text(path, Bounds::small(MAX_FILE_BYTES)).map_err(|error| match error {
            FileError::TooLarge { .. } => {
                let message =
                    format!("has more than {MAX_FILE_BYTES} bytes, which no configuration has; name another file with --config");
                ConfigFaults::of_file(&file, message)
            }
            FileError::NotText => ConfigFaults::of_file(&file, "is not UTF-8 text; save it as UTF-8".to_owned()),
            error => unreadable(&error),
        })?;
        let absolute = std::path::absolute(path).map_err(|error| unreadable(&error))?;
        Self::parse(&text, &file, absolute.parent().unwrap_or(Path::new("/")), env)
    }

    /// Parses text; pure. `file` is for messages; relative paths start at `base`, which is absolute.
    pub(crate) fn parse(text: &str, file: &str, base: &Path, env: Env<'_>) -> Result<Self, ConfigFaults> {
        parse_known(text, file, base, env).0
    }

    /// What of a file with faults names the installation: where its ledger lies, its source and its tenant, each if it can be
    /// read by itself. None if the ledger's place can't.
    pub(crate) fn remains(path: &Path, env: Env<'_>) -> Option<Self> {
        let text = read_text(path, Bounds::small(MAX_FILE_BYTES)).ok()?;
        let absolute = std::path::absolute(path).ok()?;
        let base = absolute.parent().unwrap_or(Path::new("/"));
        let sections = top_sections(&text);
        let section = |name: &str| sections.iter().find(|(key, _)| *key == name).map(|(_, lines)| lines.as_str());
        let parse = |parts: &[&str]| Self::parse(&parts.concat(), "", base, env).ok();
        let source = section("source").filter(|source| parse(&[source]).is_some()).unwrap_or("source: { directory: . }\n");
        let graph = section("graph").filter(|graph| parse(&[source, graph]).is_some()).unwrap_or_default();
        parse(&[source, graph, section("ledger").unwrap_or_default()])
    }

    /// Whether groups decide anything, so that their members must be asked for.
    pub(crate) fn names_groups(&self) -> bool {
        let ScopeSettings { include_groups, exclude_groups, .. } = &self.scope;
        !(include_groups.is_empty()
            && exclude_groups.is_empty()
            && self.drift.policies.by_group.is_empty()
            && self.deliver.by_group.is_empty()
            && self.defaults.is_empty())
    }

    fn read(root: &mut Section<'_, '_>) -> Self {
        let state_directory = state_directory(root.base(), root.env());
        let SourceSection { source, watch, settle, full_pass_every } = root.section("source", source::read);
        let (mapping, by_rule) = root.section("mapping", mapping::read);
        let scope = root.section("scope", scope::read);
        let (recipe, limits, converter) = root.section("photo", photo::read);
        Self {
            source: SourceSettings { max_bytes: limits.max_source_bytes, ..source },
            watch,
            settle,
            full_pass_every,
            mapping,
            scope,
            recipe,
            limits,
            converter,
            graph: root.section("graph", TenantAccess::read),
            upload: root.section("upload", upload::read),
            removal: root.section("removal", removal::read),
            guard: root.section("guard", guard::read),
            backup: root.section("backup", |section| backup::read(section, &state_directory)),
            deliver: deliver::read(root, by_rule.deliver),
            defaults: defaults::read(root),
            drift: root.section("drift", |section| drift::read(section, by_rule.drift)),
            ledger: root.section("ledger", |section| LedgerFile::read(section, &state_directory)),
            service: root.section("service", ServiceSettings::read),
            notify: root.section("notify", NotifySettings::read),
            report: root.section("report", ReportSettings::read),
            log: root.section("log", LogSettings::read),
        }
    }
}

/// The sections of a file by their keys, as text: what begins at the start of a line, up to the next such.
fn top_sections(text: &str) -> Vec<(&str, String)> {
    let mut sections: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        let key = line
            .split_once(':')
            .map(|(key, _)| key)
            .filter(|key| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        match (key, sections.last_mut()) {
            (Some(key), _) => sections.push((key, format!("{line}\n"))),
            (None, Some((_, lines))) => {
                lines.push_str(line);
                lines.push('\n');
            }
            (None, None) => {}
        }
    }
    sections
}

/// The keys that were asked for, by path, with what they may hold.
pub(super) type Known = Vec<(String, Shape)>;

/// Parses, and says besides which keys were asked for.
pub(super) fn parse_known(text: &str, file: &str, base: &Path, env: Env<'_>) -> (Result<Config, ConfigFaults>, Known) {
    let document = match YamlDocument::parse(text) {
        Ok(document) => document,
        Err((at, message)) => {
            let mut faults = FaultList::default();
            faults.push(at, "", &message);
            return (Err(faults.finish(file)), Vec::new());
        }
    };
    let mut reader = ConfigReader::new(base, env);
    let config = reader.root(&document.root, Config::read);
    let mut faults = document.repeated;
    faults.extend(reader.faults);
    (if faults.count() == 0 { Ok(config) } else { Err(faults.finish(file)) }, reader.known)
}
