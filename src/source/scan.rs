//! One look at the whole source: a stat a file, nothing read.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::source_file::is_link;
use super::unseen::Unseen;
use super::{RootId, SourceSettings};
use crate::files::{NoAnswer, Patience, Progress, fingerprint, run_in_time};
use crate::model::{Fingerprint, Problem, Reason, SourcePath, is_obeyed};

/// Deepest nesting of directories that is walked; deeper ones are a problem, not a loop without end.
pub(super) const MAX_DEPTH: usize = 64;
/// A file system that answers nothing for so long hangs. The walk as a whole takes the time it takes.
pub(super) const PATIENCE: Patience = Patience { still: Duration::from_secs(10), whole: Duration::MAX };

/// One file that was seen.
#[derive(Clone, Debug)]
pub(crate) struct ScannedFile {
    /// Where.
    pub path: SourcePath,
    /// What its stat said.
    pub fingerprint: Fingerprint,
    /// Why it can't be read, where the stat already tells.
    pub problem: Option<Box<Problem>>,
}

/// What one look saw.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Files that aren't ignored, sorted by path.
    pub files: Vec<ScannedFile>,
    /// What can't be listed as a file: names that aren't UTF-8, directories that can't be read. The text is the
    /// path, with odd bytes escaped.
    pub problems: Vec<(String, Problem)>,
    /// Whether everything was seen. If not, an absent file proves nothing.
    pub complete: bool,
    /// Which directory the root was, before and after alike.
    pub root: RootId,
    /// Files and folders passed over by the settings.
    pub ignored: usize,
    /// The device of the root.
    pub root_device: u64,
    /// Devices of all directories that were listed: more than one where something is mounted below the root.
    pub devices: BTreeSet<u64>,
    /// What could not be named or looked into.
    pub unseen: Unseen,
}

/// Why the source can't be looked at at all. Each is a reason to stop: it may be an unmounted share.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScanError {
    /// No such directory.
    #[error("the source directory {} does not exist", .0.display())]
    Missing(PathBuf),
    /// Something else than a directory.
    #[error("the source {} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// The marker file is not there.
    #[error("the marker file {:?} is not in the source directory {} (source.require), so the share does not seem to be mounted", .1, .0.display())]
    NoMarker(PathBuf, String),
    /// It can't be listed.
    #[error("the source directory {} can't be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It answers nothing.
    #[error("the file system of the source directory {} does not answer (waited {} s)", .0.display(), .1.0.as_secs())]
    NoAnswer(PathBuf, NoAnswer),
}

/// Looks at the whole source. Blocks, but never for long without an answer.
pub(crate) fn scan(settings: &SourceSettings) -> Result<Scan, ScanError> {
    let (root, own) = (&settings.root, settings.clone());
    let walked = run_in_time(root, PATIENCE, move |progress| walk(&own, progress));
    walked.unwrap_or_else(|silent| Err(ScanError::NoAnswer(root.clone(), silent)))
}

/// Whether the source answers at all, whatever it says.
pub(super) fn answers(root: &Path) -> Result<(), NoAnswer> {
    let own = root.to_owned();
    run_in_time(root, Patience::of(PATIENCE.still), move |_| _ = fs::read_dir(own).map(|mut entries| _ = entries.next()))
}

fn walk(settings: &SourceSettings, progress: &Progress) -> Result<Scan, ScanError> {
    let root = &settings.root;
    check_root(settings)?;
    let unreadable = |error| ScanError::Unreadable(root.clone(), error);
    let mut walk = SourceWalk::new(settings, progress);
    walk.scan.root = RootId::read(root).map_err(unreadable)?;
    walk.scan.complete = true;
    walk.scan.root_device = fs::metadata(root).map_err(unreadable)?.dev();
    walk.scan.devices.insert(walk.scan.root_device);
    let entries = fs::read_dir(root).map_err(unreadable)?;
    walk.visit_directory(entries, 0);
    // A share that went away on the way leaves an empty directory, and no error.
    walk.scan.complete &= RootId::read(root).is_ok_and(|now| now == walk.scan.root);
    walk.scan.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.scan)
}

/// Whether the source is there at all.
pub(super) fn check_root(settings: &SourceSettings) -> Result<(), ScanError> {
    let root = &settings.root;
    match fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(ScanError::NotADirectory(root.clone())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(ScanError::Missing(root.clone())),
        Err(error) => return Err(ScanError::Unreadable(root.clone(), error)),
    }
    if let Some(marker) = &settings.require
        && !root.join(marker).exists()
    {
        return Err(ScanError::NoMarker(root.clone(), marker.clone()));
    }
    Ok(())
}

/// A walk through the source.
struct SourceWalk<'a> {
    settings: &'a SourceSettings,
    progress: &'a Progress,
    /// The root without links; only where links are followed.
    real_root: Option<PathBuf>,
    scan: Scan,
    /// Path of the directory at hand below the root, with a trailing `/` unless it is the root.
    relative: String,
}

impl<'a> SourceWalk<'a> {
    fn new(settings: &'a SourceSettings, progress: &'a Progress) -> Self {
        let real_root = if settings.follow_symlinks { fs::canonicalize(&settings.root).ok() } else { None };
        Self { settings, progress, real_root, scan: Scan::default(), relative: String::new() }
    }

    fn visit_directory(&mut self, entries: fs::ReadDir, depth: usize) {
        for entry in entries {
            if !self.progress.step() {
                // Nobody waits for this walk any more.
                self.scan.complete = false;
                return;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let here = self.relative.clone();
                    self.mark_incomplete(here, &error);
                    return;
                }
            };
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                if self.settings.ignore.matches(&format!("{}{}", self.relative, name.to_string_lossy())) {
                    self.scan.ignored += 1;
                    continue;
                }
                match entry.file_type() {
                    Ok(kind) if kind.is_file() => self.scan.unseen.files.push(Path::new(&self.relative).join(&name)),
                    // Whatever is missing may be in there.
                    _ => self.scan.complete = false,
                }
                let path = format!("{}{}", self.relative, name.as_encoded_bytes().escape_ascii());
                let problem = Problem::new(Reason::FileUnreadable, "the name is not UTF-8 text")
                    .with_cure("Rename the file, or mount the share with a UTF-8 character set (iocharset=utf8).");
                self.scan.problems.push((path, problem));
                continue;
            };
            let parent = self.relative.len();
            self.relative.push_str(name);
            self.visit_entry(&entry.path(), || entry.metadata(), depth);
            self.relative.truncate(parent);
        }
    }

    /// Looks at one entry, whose path is `self.relative`.
    fn visit_entry(&mut self, path: &Path, metadata: impl FnOnce() -> io::Result<Metadata>, depth: usize) {
        if self.settings.ignore.matches(&self.relative) {
            self.scan.ignored += 1;
            return;
        }
        match metadata() {
            Ok(metadata) => self.visit(path, &metadata, depth),
            // Removed since it was listed: absent like any other.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.mark_incomplete(self.relative.clone(), &error),
        }
    }

    /// Takes what an lstat said of the entry at `self.relative`.
    fn visit(&mut self, path: &Path, metadata: &Metadata, depth: usize) {
        if metadata.is_symlink() { self.visit_link(path, metadata, depth) } else { self.visit_target(path, metadata, depth) }
    }

    fn visit_target(&mut self, path: &Path, metadata: &Metadata, depth: usize) {
        if metadata.is_dir() {
            self.scan.devices.insert(metadata.dev());
            return self.descend(path, depth);
        }
        let problem = (!metadata.is_file()).then(|| {
            Problem::new(Reason::FileUnreadable, "not a regular file")
                .with_cure("Put a picture file there, or ignore the path (source.ignore).")
        });
        self.add_file(metadata, problem);
    }

    fn visit_link(&mut self, path: &Path, metadata: &Metadata, depth: usize) {
        let Some(root) = &self.real_root else {
            return self.refuse_link(path, metadata, is_link("a symbolic link, which is not followed"));
        };
        match fs::canonicalize(path) {
            Ok(real) if real.starts_with(root) && !root.starts_with(&real) => match fs::metadata(&real) {
                // A linked directory is walked only from above: a link upwards would be walked for ever.
                Ok(target)
                    if target.is_dir()
                        && path
                            .parent()
                            .is_some_and(|parent| fs::canonicalize(parent).is_ok_and(|parent| parent.starts_with(&real))) =>
                {
                    self.refuse_link(path, metadata, is_link("a symbolic link to a directory above it"));
                }
                Ok(target) => self.visit_target(&real, &target, depth),
                Err(error) => self.mark_incomplete(self.relative.clone(), &error),
            },
            Ok(_) => self.refuse_link(path, metadata, is_link("a symbolic link out of the source directory")),
            Err(_) => self.refuse_link(path, metadata, is_link("a symbolic link to nothing")),
        }
    }

    /// A link that leads to no file may stand in the place of a folder.
    fn refuse_link(&mut self, path: &Path, metadata: &Metadata, problem: Problem) {
        if !fs::metadata(path).is_ok_and(|target| target.is_file()) {
            self.scan.unseen.links.push(self.relative.clone());
        }
        self.add_file(metadata, Some(problem));
    }

    fn descend(&mut self, path: &Path, depth: usize) {
        if depth >= MAX_DEPTH {
            let problem = Problem::new(Reason::FileUnreadable, format!("directories nest deeper than {MAX_DEPTH}"))
                .with_cure("Move the photos further up.");
            self.scan.problems.push((self.relative.clone(), problem));
            self.scan.complete = false;
            return;
        }
        match fs::read_dir(path) {
            Ok(entries) => {
                self.relative.push('/');
                self.visit_directory(entries, depth + 1);
            }
            Err(error) => self.mark_incomplete(self.relative.clone(), &error),
        }
    }

    fn add_file(&mut self, metadata: &Metadata, problem: Option<Problem>) {
        match SourcePath::new(&self.relative) {
            Ok(path) => {
                self.scan.files.push(ScannedFile { path, fingerprint: fingerprint(metadata), problem: problem.map(Box::new) });
            }
            Err(error) => {
                if metadata.is_file() {
                    self.scan.unseen.files.push(PathBuf::from(&self.relative));
                }
                let problem = Problem::new(Reason::FileUnreadable, error.to_string()).with_cure("Rename the file or its folder.");
                // Whatever the name holds is shown as a person could type it.
                let path = self.relative.chars().map(|letter| match letter {
                    letter if is_obeyed(letter) => letter.escape_default().to_string(),
                    letter => letter.to_string(),
                });
                self.scan.problems.push((path.collect(), problem));
            }
        }
    }

    fn mark_incomplete(&mut self, path: String, error: &io::Error) {
        self.scan.complete = false;
        self.scan.problems.push((path, Problem::new(Reason::FileUnreadable, format!("can't be looked at: {error}"))));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::*;

    fn settings(root: &Path) -> SourceSettings {
        SourceSettings {
            root: root.to_owned(),
            ignore: crate::source::IgnoreList::new(&["**/.*".into()], true).unwrap(),
            follow_symlinks: false,
            require: None,
            max_bytes: 1_000,
        }
    }

    fn listing(scan: &Scan) -> Vec<String> {
        let files = scan.files.iter().map(|seen| match &seen.problem {
            None => seen.path.to_string(),
            Some(problem) => format!("{}: {}", seen.path, problem.detail),
        });
        let mut problems: Vec<String> =
            scan.problems.iter().map(|(path, problem)| format!("{path}! {}", problem.detail)).collect();
        problems.sort();
        files.chain(problems).collect()
    }

    #[test]
    fn lists_files_in_order_and_names_what_it_can_not() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("x.jpg"), "x").unwrap();
        fs::create_dir(root.path().join("b")).unwrap();
        for name in ["b/z.jpg", "b.jpg", "a.jpg", ".hidden"] {
            fs::write(root.path().join(name), name).unwrap();
        }
        fs::write(root.path().join(std::ffi::OsStr::from_bytes(b"b/m\xfcller.jpg")), "x").unwrap();
        fs::write(root.path().join("b/two\n\u{1b}lines.jpg"), "x").unwrap();
        symlink(outside.path(), root.path().join("out")).unwrap();
        symlink(root.path().join("a.jpg"), root.path().join("in.jpg")).unwrap();
        symlink(root.path(), root.path().join("b/loop")).unwrap();
        let mut settings = settings(root.path());
        let found = scan(&settings).unwrap();
        assert_eq!(
            listing(&found),
            [
                "a.jpg",
                "b.jpg",
                "b/loop: a symbolic link, which is not followed",
                "b/z.jpg",
                "in.jpg: a symbolic link, which is not followed",
                "out: a symbolic link, which is not followed",
                "b/m\\xfcller.jpg! the name is not UTF-8 text",
                "b/two\\n\\u{1b}lines.jpg! the name holds a control character",
            ]
        );
        assert!(found.complete);
        assert_eq!(found.ignored, 1);
        settings.follow_symlinks = true;
        assert_eq!(
            listing(&scan(&settings).unwrap()),
            [
                "a.jpg",
                "b.jpg",
                "b/loop: a symbolic link out of the source directory",
                "b/z.jpg",
                "in.jpg",
                "out: a symbolic link out of the source directory",
                "b/m\\xfcller.jpg! the name is not UTF-8 text",
                "b/two\\n\\u{1b}lines.jpg! the name holds a control character",
            ]
        );
    }

    #[test]
    fn a_source_that_is_not_there_is_an_error_not_an_empty_one() {
        let root = tempfile::tempdir().unwrap();
        let gone = settings(&root.path().join("gone"));
        assert!(matches!(scan(&gone), Err(ScanError::Missing(_))));
        fs::write(root.path().join("file"), "x").unwrap();
        assert!(matches!(scan(&settings(&root.path().join("file"))), Err(ScanError::NotADirectory(_))));
        let marked = SourceSettings { require: Some(".mounted".into()), ..settings(root.path()) };
        assert!(matches!(scan(&marked), Err(ScanError::NoMarker(..))));
        fs::write(root.path().join(".mounted"), "").unwrap();
        assert_eq!(scan(&marked).unwrap().files.len(), 1);
    }
}
