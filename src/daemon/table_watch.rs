//! Notices that the table (`mapping.table`) changed: it may lie outside the source, where nothing watches.

use std::path::PathBuf;
use std::time::Duration;

use crate::files::fingerprint_of;
use crate::model::Fingerprint;

/// A share that does not tell the stamps within this time has no table to show for now.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at the table's stamps now and then.
pub(super) struct TableWatch {
    path: Option<PathBuf>,
    every: Duration,
    next: Duration,
    /// As it was when looked at last; none if it was not there.
    seen: Option<Fingerprint>,
    /// Whether it was looked at already.
    begun: bool,
}

impl TableWatch {
    /// Looks every so often, at the first moment for the first time.
    pub(super) const fn new(path: Option<PathBuf>, every: Duration) -> Self {
        Self { path, every, next: Duration::ZERO, seen: None, begun: false }
    }

    /// When to look again; none: there is no table.
    pub(super) fn next(&self) -> Option<Duration> {
        self.path.as_ref().map(|_| self.next)
    }

    /// The table's stamps, if it is time to look.
    pub(super) fn look(&mut self, now: Duration) -> Option<impl Future<Output = Option<Fingerprint>> + use<>> {
        let path = self.path.clone().filter(|_| now >= self.next)?;
        self.next = now + self.every;
        // A share may take its time.
        Some(async { tokio::task::spawn_blocking(move || fingerprint_of(&path, PATIENCE)).await.ok().flatten() })
    }

    /// Whether it is another one than when it was looked at last.
    pub(super) fn saw(&mut self, stamps: Option<Fingerprint>) -> bool {
        let another = self.begun && self.seen != stamps;
        (self.seen, self.begun) = (stamps, true);
        another
    }
}
