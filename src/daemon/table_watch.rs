//! Notices that the table (`mapping.table`) or a default picture changed: they may lie outside the source, where nothing
//! watches.

use std::path::PathBuf;
use std::time::Duration;

use crate::files::fingerprint_of;
use crate::model::Fingerprint;

/// A share that does not tell the stamps within this time has no table to show for now.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at the stamps of files now and then.
pub(super) struct TableWatch {
    paths: Vec<PathBuf>,
    every: Duration,
    next: Duration,
    /// As they were when looked at last; none for one that was not there.
    seen: Vec<Option<Fingerprint>>,
    /// Whether they were looked at already.
    begun: bool,
}

impl TableWatch {
    /// Looks every so often, at the first moment for the first time.
    pub(super) const fn new(paths: Vec<PathBuf>, every: Duration) -> Self {
        Self { paths, every, next: Duration::ZERO, seen: Vec::new(), begun: false }
    }

    /// When to look again; none: there is nothing to look at.
    pub(super) fn next(&self) -> Option<Duration> {
        (!self.paths.is_empty()).then_some(self.next)
    }

    /// The stamps, if it is time to look.
    pub(super) fn look(&mut self, now: Duration) -> Option<impl Future<Output = Vec<Option<Fingerprint>>> + use<>> {
        let paths = Some(self.paths.clone()).filter(|paths| !paths.is_empty() && now >= self.next)?;
        self.next = now + self.every;
        // A share may take its time.
        let stamps = move || paths.iter().map(|path| fingerprint_of(path, PATIENCE)).collect();
        Some(async { tokio::task::spawn_blocking(stamps).await.unwrap_or_default() })
    }

    /// Whether one is another than when it was looked at last.
    pub(super) fn saw(&mut self, stamps: Vec<Option<Fingerprint>>) -> bool {
        let another = self.begun && self.seen != stamps;
        (self.seen, self.begun) = (stamps, true);
        another
    }
}
