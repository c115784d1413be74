//! A ledger that is as this program left it is not looked through again: its last line in the lock file says how it was.
//!
//! The change time of a file can't be set: whoever wrote into it, or put another in its place, broke the seal. What a disk
//! loses by itself breaks none; for that there is a look each day.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use super::recover::with;
use crate::files;
use crate::model::{Fingerprint, Timestamp};

/// Looked through once in so long whatever the seal says.
const LOOKED_THROUGH_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// The state directory is on a local disk.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
const WORD: &str = "closed";

/// How a ledger was when it was closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Seal {
    /// Another version may read its rows in another way.
    version: String,
    /// When it was looked through.
    pub(super) looked_through: Timestamp,
    file: Fingerprint,
}

impl Seal {
    /// Of a ledger that has just been closed; none if somebody else still has it open to write, or something of it is
    /// not in its file.
    pub(super) fn of(ledger: &Path, looked_through: Timestamp) -> Option<Self> {
        let not_in_file = files::fingerprint_of(&with(ledger, "-wal"), ANSWERS_WITHIN).is_some_and(|log| log.size > 0);
        let file = files::fingerprint_of(ledger, ANSWERS_WITHIN).filter(|_| !not_in_file)?;
        Some(Self { version: env!("CARGO_PKG_VERSION").to_owned(), looked_through, file })
    }

    /// What a line of the lock file says.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(WORD)?.split_whitespace();
        let version = words.next()?.to_owned();
        let looked_through = Timestamp::from_millis(words.next()?.parse().ok()?);
        let file = Fingerprint {
            size: words.next()?.parse().ok()?,
            mtime_ns: words.next()?.parse().ok()?,
            ctime_ns: words.next()?.parse().ok()?,
            inode: words.next()?.parse().ok()?,
            device: words.next()?.parse().ok()?,
        };
        Some(Self { version, looked_through, file })
    }

    /// Whether the ledger is as it was.
    pub(super) fn is_unbroken(&self, ledger: &Path) -> bool {
        Self::of(ledger, self.looked_through).as_ref() == Some(self)
    }

    /// Whether, besides, it was looked through not long ago.
    pub(super) fn holds(&self, ledger: &Path, now: Timestamp) -> bool {
        let is_fresh = self.looked_through <= now && now < self.looked_through.plus(LOOKED_THROUGH_EVERY);
        is_fresh && self.is_unbroken(ledger)
    }
}

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fingerprint { size, mtime_ns, ctime_ns, inode, device } = self.file;
        let looked_through = self.looked_through.millis();
        write!(f, "{WORD} {} {looked_through} {size} {mtime_ns} {ctime_ns} {inode} {device}", self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    #[test]
    fn it_breaks_when_the_file_is_touched_replaced_or_not_looked_through_for_a_day() {
        let place = tempfile::tempdir().unwrap();
        let ledger = place.path().join("ledger.db");
        assert_eq!(Seal::of(&ledger, NOW), None);
        std::fs::write(&ledger, "rows").unwrap();
        let written = Seal::of(&ledger, NOW).unwrap().to_string();
        let seal = Seal::read(&written).unwrap();
        assert!(seal.holds(&ledger, NOW));
        assert!(seal.holds(&ledger, NOW.plus(LOOKED_THROUGH_EVERY.checked_sub(Duration::from_millis(1)).unwrap())));
        assert!(!seal.holds(&ledger, NOW.plus(LOOKED_THROUGH_EVERY)) && seal.is_unbroken(&ledger));
        assert!(!seal.holds(&ledger, Timestamp::from_millis(NOW.millis() - 1)), "a clock that was set back");
        for changed in [written.replace(env!("CARGO_PKG_VERSION"), "0.0.1"), written.replace(" 4 ", " 5 ")] {
            assert!(!Seal::read(&changed).unwrap().holds(&ledger, NOW), "{changed}");
        }
        let log = place.path().join("ledger.db-wal");
        std::fs::write(&log, "").unwrap();
        assert!(seal.holds(&ledger, NOW), "an empty log holds nothing");
        std::fs::write(&log, "more rows").unwrap();
        assert!(!seal.holds(&ledger, NOW));
        std::fs::remove_file(log).unwrap();
        let copy = place.path().join("copy");
        std::fs::copy(&ledger, &copy).unwrap();
        std::fs::rename(copy, &ledger).unwrap();
        assert!(!seal.holds(&ledger, NOW));
    }

    #[test]
    fn what_is_no_seal_is_none() {
        for line in ["", "closed", "closed 0.2.0 x", "ledger opened", "closed 0.2.0 1 2 3 4 5", "closed 0.2.0 1 2 3 4 5 6 x6"] {
            assert_eq!(Seal::read(line).is_some(), line.ends_with("x6"), "{line}");
        }
    }
}
