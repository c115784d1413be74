//! Hashes many files at once.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};
use std::thread;

use super::SourceSettings;
use super::scan::answers;
use super::source_file::{ReadError, with_open_file};
use super::unseen::Unseen;
use crate::files::NoAnswer;
use crate::model::{Digest, Fingerprint, Problem, SourcePath};

/// Threads that read: more than cores, since cold disks answer several questions at once quicker.
const READER_THREADS: usize = 8;

/// What a file holds, and under which stamps; or why that isn't known.
pub(crate) type FileHash = Result<(Digest, Fingerprint), Problem>;

/// The hash of each file, in the order given, with the fingerprint it was read under. Blocks until all are read. A file
/// that does not answer is a problem of its own; an error: the source as a whole does not.
pub(crate) fn hash_all(settings: &SourceSettings, paths: &[SourcePath]) -> Result<Vec<FileHash>, NoAnswer> {
    let next = AtomicUsize::new(0);
    let hangs = OnceLock::new();
    let (sender, receiver) = mpsc::channel();
    let all = thread::scope(|scope| {
        for _ in 0..READER_THREADS.min(paths.len()) {
            let (sender, next, hangs) = (sender.clone(), &next, &hangs);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { break };
                    let outcome = hash(settings, path.as_str().as_ref());
                    if matches!(outcome, Err(ReadError::NoAnswer(_)))
                        && hangs.get_or_init(|| answers(&settings.root).err()).is_some()
                    {
                        break;
                    }
                    if sender.send((at, outcome.map_err(Problem::from))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut all: Vec<Option<_>> = vec![None; paths.len()];
        for (at, outcome) in receiver {
            all[at] = Some(outcome);
        }
        all
    });
    match hangs.into_inner().flatten() {
        Some(silent) => Err(silent),
        None => Ok(all.into_iter().flatten().collect()),
    }
}

/// What is in files whose names can't be told; none if one of them can't be read: then it may be anything. Blocks.
pub(crate) fn hash_unnamed(settings: &SourceSettings, unseen: &Unseen) -> Option<HashSet<Digest>> {
    unseen.files.iter().map(|path| Some(hash(settings, path).ok()?.0)).collect()
}

fn hash(settings: &SourceSettings, path: &Path) -> Result<(Digest, Fingerprint), ReadError> {
    with_open_file(settings, path, |file, progress| {
        let mut hasher = blake3::Hasher::new();
        let fingerprint = file.each_chunk(progress, |chunk| _ = hasher.update(chunk))?;
        Ok((Digest::from_bytes(*hasher.finalize().as_bytes()), fingerprint))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        let root = tempfile::tempdir().unwrap();
        let settings = SourceSettings {
            root: root.path().to_owned(),
            ignore: crate::source::IgnoreList::default(),
            follow_symlinks: false,
            require: None,
            max_bytes: 1_000,
        };
        let paths: Vec<SourcePath> = (0..50).map(|at| SourcePath::new(&format!("{at}")).unwrap()).collect();
        for path in paths.iter().skip(1) {
            std::fs::write(root.path().join(path.as_str()), path.as_str()).unwrap();
        }
        let all = hash_all(&settings, &paths).unwrap();
        assert_eq!(all.len(), 50);
        assert!(all[0].is_err());
        for (path, outcome) in paths.iter().zip(&all).skip(1) {
            assert_eq!(outcome.as_ref().unwrap().0.as_bytes(), blake3::hash(path.as_str().as_bytes()).as_bytes());
        }
    }
}
