//! Files of the HR directory: where they are, whether they may have changed, what they hold.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// A path below the source root: UTF-8 on one line, `/`-separated, never absolute, never with `.` or `..`.
///
/// May be a person's name: `Debug` prints it (for tests and debug logs), so keep it out of logs above debug.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourcePath(Arc<str>);

/// Why a text is no [`SourcePath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PathError {
    /// Empty text.
    #[error("the path is empty")]
    Empty,
    /// Leads with `/`, or holds an empty, `.` or `..` segment.
    #[error("the path is not a plain path below the source directory")]
    NotBelow,
    /// Holds what begins a new line or steers a terminal: no name of a person does, and every list would show it.
    #[error("the name holds a control character")]
    Control,
}

impl SourcePath {
    /// Checks and takes a relative path.
    pub(crate) fn new(text: &str) -> Result<Self, PathError> {
        if text.is_empty() {
            return Err(PathError::Empty);
        }
        if text.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return Err(PathError::NotBelow);
        }
        if text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')) {
            return Err(PathError::Control);
        }
        Ok(Self(text.into()))
    }

    /// Whether it lies below this folder.
    pub(crate) fn is_below(&self, folder: &str) -> bool {
        self.0.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for SourcePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What one stat of a file said. Equal fingerprints mean "not touched"; different ones mean "look inside".
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Fingerprint {
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since the epoch.
    pub mtime_ns: i64,
    /// Change time, nanoseconds since the epoch; moves even when a tool sets the mtime back.
    pub ctime_ns: i64,
    /// Inode number.
    pub inode: u64,
    /// Device number.
    pub device: u64,
}

/// Content hash (blake3) of a file's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// The blake3 hash of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// From the 32 bytes of a blake3 hash.
    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub(crate) const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_below_the_root_are_paths() {
        for bad in [
            "",
            "/a.jpg",
            "../a.jpg",
            "a/../b.jpg",
            "a//b.jpg",
            "./a.jpg",
            "a/",
            "a\0b",
            "a\n.jpg",
            "\u{1b}[2J/a",
            "a\u{9b}",
            "a\u{2028}b",
        ] {
            assert!(SourcePath::new(bad).is_err(), "{bad:?} was taken");
        }
        assert_eq!(SourcePath::new("users/a.jpg").map(|path| path.as_str().to_owned()), Ok("users/a.jpg".to_owned()));
    }
}
