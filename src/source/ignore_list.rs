//! Which paths are passed over in silence: by the configuration's patterns, and by the list of clutter.

use std::fmt;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::clutter;

/// What is passed over. A folder goes with everything below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct IgnoreList {
    patterns: GlobSet,
    texts: Vec<String>,
    clutter: bool,
}

/// Why a path is passed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum IgnoreReason {
    /// By this pattern of `source.ignore`.
    Pattern(String),
    /// Since it is, or lies in, what the list of clutter names.
    Clutter {
        /// The file or folder.
        name: String,
        /// The name in the list.
        entry: &'static str,
        /// By whom it is made.
        by: &'static str,
    },
}

impl IgnoreList {
    /// These patterns, and the list of clutter if wanted. An error: why they can't be used.
    pub(crate) fn new(patterns: &[String], clutter: bool) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for text in patterns {
            set.add(Self::pattern(text)?);
        }
        let set = set.build().map_err(|error| format!("these patterns are too much together: {}", error.kind()))?;
        Ok(Self { patterns: set, texts: patterns.to_vec(), clutter })
    }

    /// One pattern.
    pub(crate) fn pattern(text: &str) -> Result<Glob, String> {
        Glob::new(text).map_err(|error| format!("{text:?} is not a valid glob: {}", error.kind()))
    }

    /// Whether a file or folder, whose path below the source this is, is passed over. Those above it are not looked at.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.patterns.is_match(path) || self.clutter && clutter::is_clutter(file_name(path))
    }

    /// Whether it or a folder above it is passed over.
    pub(crate) fn matches_within(&self, path: &str) -> bool {
        ancestors_and_self(path).any(|part| self.matches(part))
    }

    /// Why it or a folder above it is passed over.
    pub(crate) fn reason(&self, path: &str) -> Option<IgnoreReason> {
        ancestors_and_self(path).find_map(|part| {
            if let Some(at) = self.patterns.matches(part).first() {
                return Some(IgnoreReason::Pattern(self.texts.get(*at).cloned().unwrap_or_default()));
            }
            let (by, entry) = clutter::find(file_name(part)).filter(|_| self.clutter)?;
            Some(IgnoreReason::Clutter { name: file_name(part).to_owned(), entry, by })
        })
    }
}

/// The folders above a path, the outermost first, and the path itself.
fn ancestors_and_self(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end]).chain([path])
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl fmt::Display for IgnoreReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pattern(text) => write!(f, "the pattern {text} of source.ignore takes it"),
            Self::Clutter { name, entry, by } => {
                let name = name.escape_debug();
                let entry = entry.escape_debug();
                write!(f, "{name} is on the built-in list of clutter ({by}: {entry}; source.ignore_clutter)")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_count_case_and_the_list_does_not() {
        let ignore = IgnoreList::new(&["**/*.raw".into(), "old/**".into()], true).unwrap();
        for path in ["a.raw", "x/a.raw", "old/a.jpg", "#RECYCLE/users/a.jpg", "users/@eadir/a.jpg/x.jpg", "users/THUMBS.DB"] {
            assert!(ignore.matches_within(path) && ignore.reason(path).is_some(), "{path}");
        }
        for path in ["a.RAW", "Old/a.jpg", "users/a.jpg", "old"] {
            assert!(!ignore.matches_within(path) && ignore.reason(path).is_none(), "{path}");
        }
        let bare = IgnoreList::new(&[], false).unwrap();
        assert!(!bare.matches_within("#recycle/a.jpg") && bare.reason("#recycle/a.jpg").is_none());
        assert_eq!(ignore.reason("x/a.raw").unwrap().to_string(), "the pattern **/*.raw of source.ignore takes it");
        assert_eq!(
            ignore.reason("#Recycle/users/a.jpg").unwrap().to_string(),
            "#Recycle is on the built-in list of clutter (Synology: #recycle; source.ignore_clutter)"
        );
    }
}
