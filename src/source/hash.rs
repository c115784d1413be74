//! Hashes many files at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::SourceSettings;
use super::source_file::OpenFile;
use crate::model::{Digest, Fingerprint, Problem, SourcePath};

/// Threads that read: more than cores, since cold disks answer several questions at once quicker.
const READER_THREADS: usize = 8;

/// The hash of each file, in the order given, with the fingerprint it was read under. Blocks until all are read.
pub(crate) fn hash_all(settings: &SourceSettings, paths: &[SourcePath]) -> Vec<Result<(Digest, Fingerprint), Problem>> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..READER_THREADS.min(paths.len()) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = paths.get(at) else { break };
                    if sender.send((at, hash(settings, path))).is_err() {
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
        all.into_iter().flatten().collect()
    })
}

fn hash(settings: &SourceSettings, path: &SourcePath) -> Result<(Digest, Fingerprint), Problem> {
    let mut hasher = blake3::Hasher::new();
    let fingerprint = OpenFile::open(settings, path)?.each_chunk(|chunk| _ = hasher.update(chunk))?;
    Ok((Digest::from_bytes(*hasher.finalize().as_bytes()), fingerprint))
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
        let all = hash_all(&settings, &paths);
        assert_eq!(all.len(), 50);
        assert!(all[0].is_err());
        for (path, outcome) in paths.iter().zip(&all).skip(1) {
            assert_eq!(outcome.as_ref().unwrap().0.as_bytes(), blake3::hash(path.as_str().as_bytes()).as_bytes());
        }
    }
}
