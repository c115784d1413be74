//! Reads one secret from where the configuration says it is kept. Nothing here prints it.

use std::path::{Component, Path, PathBuf};

use secrecy::SecretString;

use super::credential::SecretSource;
use super::expand::Env;
use crate::files::{self, Bounds, FileError, ReadFile};
use crate::model::Advice;

/// Longest secret, in bytes; Microsoft's have about 40.
const MAX_SECRET_BYTES: u64 = 16 * 1024;

/// Why a secret can't be had. Names where it is kept, never what it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// The file can't be opened or read.
    #[error("the secret file {} can't be read", shown_path(path, source))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read the file.
    #[error("the secret file {p} can be read by others (mode {mode:04o})", p = path.display())]
    ReadableByOthers {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to neither root nor the service's user.
    #[error("the secret file {p} belongs to another user (uid {owner}), who could change it", p = path.display())]
    WrongOwner {
        /// Which.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// It is a directory, a device or the like.
    #[error("the secret file {} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// Not a secret that Microsoft gives out.
    #[error("the secret in {0} is empty")]
    Empty(String),
    /// Too long or not UTF-8.
    #[error("the secret in {0} is not a text of at most {MAX_SECRET_BYTES} bytes")]
    NotText(String),
    /// The variable is not set.
    #[error("the environment variable {}, which holds the secret, is not set", shown(.0))]
    EnvUnset(String),
    /// systemd gave no credentials.
    #[error("the systemd credential {} is not there: $CREDENTIALS_DIRECTORY is not set", shown(.0))]
    NoCredentials(String),
    /// systemd gave other credentials.
    #[error("the systemd credential {} was not passed to the unit", shown(.0))]
    NoSuchCredential(String),
}

impl SecretError {
    /// Whether the service may see the secret all the same: with other rights, or as one of its credentials, which before
    /// systemd 254 a process beside it does not get even within the unit (`in_unit`).
    pub(super) fn is_of_this_process(&self, env: Env<'_>, in_unit: bool) -> bool {
        let credentials = || env("CREDENTIALS_DIRECTORY").is_some_and(|directory| Path::new(&directory).is_dir());
        match self {
            Self::Unreadable { source, .. } => source.kind() == std::io::ErrorKind::PermissionDenied,
            Self::NoSuchCredential(_) => !(in_unit && credentials()),
            Self::NoCredentials(_) => true,
            Self::EnvUnset(_)
            | Self::ReadableByOthers { .. }
            | Self::WrongOwner { .. }
            | Self::NotAFile(_)
            | Self::Empty(_)
            | Self::NotText(_) => false,
        }
    }
}

impl Advice for SecretError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::ReadableByOthers { path, .. } => Some(format!("run: chmod 600 {}", path.display())),
            Self::WrongOwner { path, .. } => Some(format!("run: chown root {}", path.display())),
            Self::Empty(_) | Self::NotText(_) => Some("put the client secret's value there".to_owned()),
            Self::NoCredentials(name) => {
                let outside = "or use client_secret: { file: PATH } outside systemd";
                Some(format!("add LoadCredential={}:PATH to the unit, {outside}", shown(name)))
            }
            Self::NoSuchCredential(name) => Some(format!("add LoadCredential={}:PATH to it", shown(name))),
            Self::Unreadable { .. } | Self::NotAFile(_) => {
                Some("put the secret into that file, readable by the service's user alone, or correct the setting".to_owned())
            }
            Self::EnvUnset(name) => Some(format!("set {} for the service, or write {{ file: PATH }} instead", shown(name))),
        }
    }
}

/// In the place of what may be the secret itself, which somebody wrote where its name belongs.
const HIDDEN: &str = "NAME (not shown: it may be a secret; write a name there)";

/// A name under which nothing was found. Names are written in one case, of letters, digits and little else; secrets are not.
fn shown(name: &str) -> &str {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let mixes = name.bytes().any(|byte| byte.is_ascii_uppercase()) && name.bytes().any(|byte| byte.is_ascii_lowercase());
    if is_plain && !mixes { name } else { HIDDEN }
}

/// A path where a file lies is none; where there is none, its last part may be a secret.
fn shown_path(path: &Path, source: &std::io::Error) -> String {
    let last = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match source.kind() {
        std::io::ErrorKind::PermissionDenied => path.display().to_string(),
        _ => path.with_file_name(shown(last)).display().to_string(),
    }
}

/// How much a check asks of the secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SecretCheck {
    /// It must be there and fit.
    Needed,
    /// It is tried where it can be read: a reload is checked by a process that may not see it. `in_unit`: the process has
    /// the service's environment.
    IfReadable {
        /// Whether it has.
        in_unit: bool,
    },
}

/// Reads a secret; none where it is not this process that has to see it.
pub(super) fn read_secret_for(
    source: &SecretSource,
    env: Env<'_>,
    check: SecretCheck,
) -> Result<Option<SecretString>, SecretError> {
    match (read_secret(source, env), check) {
        // The environment of this process says nothing of the service's.
        (Err(SecretError::EnvUnset(_)), SecretCheck::IfReadable { in_unit: false }) => Ok(None),
        (Err(error), SecretCheck::IfReadable { in_unit }) if error.is_of_this_process(env, in_unit) => Ok(None),
        (read, _) => read.map(Some),
    }
}

/// Reads a secret; one newline at its end is cut off.
pub(crate) fn read_secret(source: &SecretSource, env: Env<'_>) -> Result<SecretString, SecretError> {
    let credentials = env("CREDENTIALS_DIRECTORY").filter(|directory| !directory.is_empty()).map(PathBuf::from);
    match source {
        SecretSource::Env(name) => {
            checked_text(env(name).ok_or_else(|| SecretError::EnvUnset(name.clone()))?.into_bytes(), &format!("${name}"))
        }
        SecretSource::SystemdCredential(name) => {
            let directory = credentials.ok_or_else(|| SecretError::NoCredentials(name.clone()))?;
            match read_file(&directory.join(name), true) {
                Err(SecretError::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                    Err(SecretError::NoSuchCredential(name.clone()))
                }
                result => result,
            }
        }
        SecretSource::File(path) => read_file(path, credentials.is_some_and(|directory| is_below(path, &directory))),
    }
}

/// By its text alone: a path with `..` lies nowhere.
fn is_below(path: &Path, directory: &Path) -> bool {
    path.starts_with(directory) && !path.components().any(|part| part == Component::ParentDir)
}

/// `is_protected` says that systemd keeps the file from others, whatever its mode.
fn read_file(path: &Path, is_protected: bool) -> Result<SecretString, SecretError> {
    let unreadable = |source| SecretError::Unreadable { path: path.to_owned(), source };
    let ReadFile { bytes, mode, owner, .. } =
        files::read(path, Bounds::small(MAX_SECRET_BYTES)).map_err(|error| match error {
            FileError::NotAFile(_) => SecretError::NotAFile(path.to_owned()),
            FileError::TooLarge { .. } => SecretError::NotText(path.display().to_string()),
            FileError::Io(source) => unreadable(source),
            error => unreadable(std::io::Error::other(error)),
        })?;
    if !is_protected {
        if mode & 0o077 != 0 {
            return Err(SecretError::ReadableByOthers { path: path.to_owned(), mode });
        }
        if owner != 0 && owner != rustix::process::geteuid().as_raw() {
            return Err(SecretError::WrongOwner { path: path.to_owned(), owner });
        }
    }
    checked_text(bytes, &path.display().to_string())
}

fn checked_text(bytes: Vec<u8>, place: &str) -> Result<SecretString, SecretError> {
    if bytes.len() as u64 > MAX_SECRET_BYTES {
        return Err(SecretError::NotText(place.to_owned()));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| SecretError::NotText(place.to_owned()))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.trim().is_empty() { Err(SecretError::Empty(place.to_owned())) } else { Ok(text.into()) }
}
