//! A look at some paths only: what hints name, and what lies below it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;

use super::Settings;
use super::scan::{Scan, ScanError, Walk, check_root};
use crate::model::SourcePath;

/// What one look at some paths saw.
#[derive(Debug)]
pub struct Glimpse {
    /// What is there, as a whole scan would list it. Never complete: it proves nothing about files it doesn't name.
    pub scan: Scan,
    /// Paths that were asked for where nothing is now, sorted. May be back in a moment (editors save that way), and may
    /// have been a directory: a reason to look, never to remove.
    pub gone: Vec<SourcePath>,
}

/// Looks at these files, and at these directories with everything below them; one stat a file, nothing read.
pub fn scan_paths(settings: &Settings, paths: &BTreeSet<SourcePath>) -> Result<Glimpse, ScanError> {
    check_root(settings)?;
    let mut walk = Walk::new(settings);
    let mut gone = Vec::new();
    // Directories come before what is below them, which then is no news.
    let mut walked: BTreeSet<&str> = BTreeSet::new();
    for path in paths {
        match walk.approach(path) {
            Found::Nothing => gone.push(path.clone()),
            Found::Entry { at, depth, directory } => {
                if parents(path.as_str()).any(|parent| walked.contains(parent)) {
                    continue;
                }
                if directory {
                    walked.insert(path.as_str());
                }
                match fs::symlink_metadata(&at) {
                    Ok(metadata) => walk.look(&at, &metadata, depth),
                    Err(error) if is_absence(&error) => gone.push(path.clone()),
                    Err(error) => walk.unseen(path.as_str().to_owned(), &error),
                }
            }
            Found::Passed => {}
        }
    }
    let mut scan = walk.scan;
    scan.complete = false;
    scan.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    // Two hints below one link end at the link.
    scan.files.dedup_by(|a, b| a.path == b.path);
    Ok(Glimpse { scan, gone })
}

enum Found {
    /// Something to look at; `walk.relative` is its path.
    Entry { at: PathBuf, depth: usize, directory: bool },
    /// Neither it nor, perhaps, what was above it.
    Nothing,
    /// Ignored, or a problem that is already told.
    Passed,
}

impl Walk<'_> {
    /// Goes down to a path the way a whole scan would: past nothing that is ignored, through no link that isn't
    /// followed. Where such a link stands in the way, the link is what is found.
    fn approach(&mut self, path: &SourcePath) -> Found {
        self.relative.clear();
        let mut at = self.settings.root.clone();
        let segments: Vec<&str> = path.as_str().split('/').collect();
        for (depth, segment) in segments.iter().enumerate() {
            if depth > 0 {
                self.relative.push('/');
            }
            self.relative.push_str(segment);
            if self.settings.ignore.takes(&self.relative) {
                self.scan.ignored += 1;
                return Found::Passed;
            }
            at.push(segment);
            let metadata = match fs::symlink_metadata(&at) {
                Ok(metadata) => metadata,
                Err(error) if is_absence(&error) => return Found::Nothing,
                Err(error) => {
                    self.unseen(self.relative.clone(), &error);
                    return Found::Passed;
                }
            };
            let last = depth + 1 == segments.len();
            if last {
                return Found::Entry { at, depth, directory: metadata.is_dir() };
            }
            if metadata.is_symlink() {
                let inside =
                    self.real_root.as_ref().and_then(|root| fs::canonicalize(&at).ok().filter(|real| real.starts_with(root)));
                match inside {
                    Some(real) => at = real,
                    None => return Found::Entry { at, depth, directory: false },
                }
            } else if !metadata.is_dir() {
                // The directory that held the path was replaced by something else, which has its own hint.
                return Found::Nothing;
            }
        }
        Found::Passed
    }
}

/// The paths of the directories above a path, the nearest last.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;
    use crate::source::scan;

    fn settings(root: &Path) -> Settings {
        Settings {
            root: root.to_owned(),
            ignore: crate::source::Ignore::new(&["**/.*".into()], true),
            follow_symlinks: false,
            require: None,
            max_bytes: 1_000,
        }
    }

    fn glimpse(settings: &Settings, paths: &[&str]) -> Glimpse {
        scan_paths(settings, &paths.iter().map(|path| SourcePath::new(path).unwrap()).collect()).unwrap()
    }

    fn files(glimpse: &Glimpse) -> Vec<&str> {
        glimpse.scan.files.iter().map(|seen| seen.path.as_str()).collect()
    }

    fn gone(glimpse: &Glimpse) -> Vec<&str> {
        glimpse.gone.iter().map(SourcePath::as_str).collect()
    }

    #[test]
    fn sees_files_directories_and_gaps() {
        let root = tempfile::tempdir().unwrap();
        let settings = settings(root.path());
        std::fs::create_dir_all(root.path().join("b/deep/er")).unwrap();
        std::fs::create_dir_all(root.path().join(".trash/b")).unwrap();
        for name in ["a.jpg", "b/1.jpg", "b/deep/2.jpg", "b/deep/er/3.jpg", "b.jpg", "b/.tmp", ".trash/b/x.jpg"] {
            std::fs::write(root.path().join(name), name).unwrap();
        }
        let seen = glimpse(&settings, &["a.jpg", "b/deep", "b/deep/2.jpg", "b/deep/no.jpg", "none/x", "a.jpg/x"]);
        assert_eq!(files(&seen), ["a.jpg", "b/deep/2.jpg", "b/deep/er/3.jpg"]);
        assert_eq!(gone(&seen), ["a.jpg/x", "b/deep/no.jpg", "none/x"]);
        assert!(!seen.scan.complete);
        let seen = glimpse(&settings, &["b", ".trash/b/x.jpg", ".trash/b", "b/.tmp"]);
        assert_eq!(files(&seen), ["b/1.jpg", "b/deep/2.jpg", "b/deep/er/3.jpg"]);
        assert!(seen.gone.is_empty());
    }

    #[test]
    fn whatever_is_asked_for_looks_as_in_a_whole_scan() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("x.jpg"), "x").unwrap();
        std::fs::create_dir(root.path().join("real")).unwrap();
        std::fs::write(root.path().join("real/a.jpg"), "x").unwrap();
        symlink(outside.path(), root.path().join("out")).unwrap();
        symlink("real", root.path().join("in")).unwrap();
        symlink("nothing", root.path().join("dangling")).unwrap();
        let mut settings = settings(root.path());
        for follow in [false, true] {
            settings.follow_symlinks = follow;
            let whole = scan(&settings).unwrap();
            let some = glimpse(&settings, &["real", "out/x.jpg", "out/y.jpg", "in/a.jpg", "dangling"]);
            let told = |scan: &Scan| {
                let words = scan.files.iter().map(|seen| {
                    format!("{} {:?} {:?}", seen.path, seen.fingerprint, seen.obstacle.as_ref().map(|problem| &problem.detail))
                });
                words.collect::<Vec<_>>()
            };
            assert_eq!(told(&some.scan), told(&whole), "following: {follow}");
            assert!(some.gone.is_empty());
        }
    }

    #[test]
    fn a_source_that_is_not_there_is_an_error_here_too() {
        let root = tempfile::tempdir().unwrap();
        let missing = settings(&root.path().join("gone"));
        assert!(matches!(scan_paths(&missing, &BTreeSet::new()), Err(ScanError::Missing(_))));
        let unmarked = Settings { require: Some(".mounted".into()), ..settings(root.path()) };
        assert!(matches!(scan_paths(&unmarked, &BTreeSet::new()), Err(ScanError::NoMarker(..))));
    }
}
