//! The files that a proposal is made from.

use unicode_normalization::UnicodeNormalization;

use crate::mapping::is_picture_ending;
use crate::model::SourcePath;

/// Files that proposals are counted by at most; more are thinned out evenly.
const MOST: usize = 5_000;

/// Pictures of the source.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    /// Sorted.
    pub(super) files: Vec<SampleFile>,
    /// How many there are in the source.
    total: usize,
    /// Files that are not pictures by their names.
    others: usize,
}

/// One of them.
#[derive(Debug)]
pub(super) struct SampleFile {
    pub(super) path: SourcePath,
    /// The folder, without its `/`; composed, as the stem is.
    pub(super) folder: String,
    /// The name without its ending.
    pub(super) stem: String,
}

impl Sample {
    /// Of all files of the source, sorted.
    pub(crate) fn new(paths: Vec<SourcePath>) -> Self {
        let all = paths.len();
        let mut files: Vec<SampleFile> = paths.into_iter().filter_map(SampleFile::new).collect();
        let total = files.len();
        if total > MOST {
            let mut at = 0;
            files.retain(|_| {
                at += 1;
                at * MOST / total > (at - 1) * MOST / total
            });
        }
        Self { files, total, others: all - total }
    }

    /// Those that are looked at.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &SourcePath> {
        self.files.iter().map(|file| &file.path)
    }

    /// How many pictures there are.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// How many of them are looked at.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether all are.
    pub(super) fn is_whole(&self) -> bool {
        self.files.len() == self.total
    }

    /// Files that are not pictures by their names.
    pub(crate) const fn others(&self) -> usize {
        self.others
    }

    /// So many of them at most, spread evenly.
    pub(super) fn some(&self, most: usize) -> impl Iterator<Item = &SampleFile> {
        let step = self.files.len().div_ceil(most.max(1)).max(1);
        self.files.iter().step_by(step)
    }
}

impl SampleFile {
    fn new(path: SourcePath) -> Option<Self> {
        let text: String = path.as_str().nfc().collect();
        let (folder, name) = text.rsplit_once('/').unwrap_or(("", &text));
        let (stem, ending) = name.rsplit_once('.')?;
        if stem.is_empty() || !is_picture_ending(ending) {
            return None;
        }
        Some(Self { folder: folder.to_owned(), stem: stem.to_owned(), path })
    }
}
