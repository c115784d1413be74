//! Keeps the photos of others before ours go up, and reads them when they are to go back.
//!
//! A kept photo is a file of its own, readable by the service's user alone, whole on the disk and in the ledger before
//! anything leaves. Between the look at the tenant's photo and the upload another one may still be put up: Microsoft
//! documents no conditional upload.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::prepared::{PhotoInfo, PreparedUpload, SMALL};
use super::upload::keep_due;
use super::uploader::Uploader;
use crate::files::{Audience, Bounds, is_file, prune, read, replace};
use crate::graph::Failure;
use crate::ledger::{BackupRow, Due, DueAction, Ledger, LedgerError, Overwritten, Reader};
use crate::model::{Advice, Digest, Outcome, Problem, Reason, TargetId, Timestamp};

/// Longest id that a file name spells out, in bytes; longer ones (contacts) are cut and told apart by a hash.
const LONGEST_ID: usize = 120;
/// Largest photo that is put back, in bytes: far more than Graph takes.
const MAX_BYTES: u64 = 64_000_000;
/// A directory that doesn't tell within this time has nothing to show.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether ours may go out now.
pub(super) enum BackupResult {
    /// Nothing of others is lost.
    Go,
    /// Not now.
    Held(Outcome),
}

impl Uploader {
    /// Keeps what the tenant holds at a target, if it isn't ours and is to be overwritten or removed.
    pub(super) async fn secure(&self, ledger: &Ledger, pass: i64, due: &Due) -> Result<BackupResult, Failure> {
        let by_hand = matches!(due.action, DueAction::Restore { .. });
        if !self.backup.before_first_overwrite && !by_hand {
            return Ok(BackupResult::Go);
        }
        let there = self.directory.tenant.graph.photo(&due.target).await.map_err(keep_due)?;
        let etag = there.as_ref().and_then(|photo| photo.etag.clone());
        if etag.as_ref().is_some_and(|etag| due.is_ours(etag)) {
            return Ok(BackupResult::Go);
        }
        match self.keep(ledger, pass, due, there.map(|photo| photo.bytes), etag).await {
            Ok(()) => Ok(BackupResult::Go),
            Err(problem) => {
                tracing::error!(target.id = %due.target, "The tenant's photo can't be kept, so it is not overwritten: {}", problem.detail);
                let tries = due.attempts.saturating_add(1);
                let until = self.clock.now().plus(self.upload.retry.delay(tries, 1.0));
                Ok(BackupResult::Held(Outcome::Wait { until, problem, counts: true }))
            }
        }
    }

    async fn keep(
        &self,
        ledger: &Ledger,
        pass: i64,
        due: &Due,
        photo: Option<Bytes>,
        etag: Option<String>,
    ) -> Result<(), Problem> {
        let refused =
            |error: LedgerError| Problem::new(Reason::NoBackup, format!("the tenant's photo can't be noted: {}", error.advice()));
        let target = due.target.clone();
        let newest = ledger.read(move |reader| reader.newest_backup(&target)).await.map_err(refused)?;
        let digest = photo.as_ref().map(|bytes| Digest::of(bytes));
        // The same photo as at the last try is kept already, unless its file is gone.
        let same = newest.as_ref().filter(|newest| {
            let same = newest.digest == digest || etag.is_some() && newest.etag == etag;
            same && newest.overwritten != Overwritten::Yes
        });
        if let Some(same) = same
            && self.is_kept(same.file.as_deref()).await
        {
            return ledger.backup_stands(same.backup, pass).await.map_err(refused);
        }
        let at = self.clock.now();
        let mut file = None;
        let bytes = photo.as_ref().map_or(0, |photo| photo.len() as u64);
        if let Some(photo) = photo {
            if !is_jpeg(&photo) {
                tracing::warn!(target.id = %due.target, "The tenant's photo is kept, but it is not a JPEG: only a person can put it back, by hand");
            }
            let name = file_name(&due.target, at);
            let place = self.backup.directory.join(&name);
            let written = tokio::task::spawn_blocking(move || replace(&place, &photo, Audience::Owner)).await;
            written.unwrap_or_else(|panicked| Err(io::Error::other(panicked))).map_err(|error| {
                let place = self.backup.directory.display();
                Problem::new(Reason::NoBackup, format!("the tenant's photo can't be kept in {place}: {error}"))
            })?;
            file = Some(name);
        }
        // After a try without an answer, or where it isn't known what Graph called ours, this may be our own.
        let unanswered = newest.is_some_and(|newest| newest.overwritten == Overwritten::Perhaps);
        let doubtful = unanswered || due.names().any(|name| name.is_none()) && digest.is_some();
        let target = due.target.clone();
        let row =
            BackupRow { backup: 0, target, pass, at, file, digest, bytes, etag, doubtful, overwritten: Overwritten::Perhaps };
        ledger.add_backup(row).await.map_err(refused)
    }

    /// Whether a backup's file is where it was put; a backup of nothing has none.
    async fn is_kept(&self, file: Option<&str>) -> bool {
        let Some(place) = file.map(|file| self.backup.directory.join(file)) else { return true };
        tokio::task::spawn_blocking(move || is_file(&place, PATIENCE)).await.unwrap_or(false)
    }

    /// What is to go back: the kept photo, or nothing.
    pub(super) fn former(&self, kept: Option<(String, Digest)>, etag: Option<String>) -> Result<PreparedUpload, Problem> {
        let Some((file, digest)) = kept else { return Ok(PreparedUpload::Removal { etag }) };
        let place = self.backup.directory.join(file);
        let lost = |why: &str| {
            let cure = "Put the file back where it was, then run `photosyncd retry TARGET`; or `photosyncd accept TARGET` to let the photo of the file go there.";
            Problem::new(Reason::NoBackup, format!("the backup {} {why}", place.display())).with_cure(cure)
        };
        let kept = read(&place, Bounds::small(MAX_BYTES).unlinked());
        let bytes = kept.map_err(|error| lost(&format!("can't be read: {error}")))?.bytes;
        if Digest::of(&bytes) != digest {
            return Err(lost("does not hold what was kept"));
        }
        if !is_jpeg(&bytes) {
            let cure =
                "Put the photo up by hand (Teams, Outlook); or `photosyncd accept TARGET` to let the photo of the file go there.";
            return Err(lost("is not a JPEG, the only format that Graph documents").with_cure(cure));
        }
        // It goes back as it was: there is no smaller rendition of it.
        let about = Arc::new(PhotoInfo { digest, remarks: String::new() });
        Ok(PreparedUpload::Photo { small: bytes.len() > SMALL, jpeg: bytes.into(), about })
    }

    /// Lets go of backups that were kept long enough, files and rows, also of files that no row knows any more.
    pub(crate) async fn prune_backups(&self, ledger: &Ledger) -> Result<(), LedgerError> {
        let before = Timestamp::from_millis(
            self.clock.now().millis().saturating_sub(i64::try_from(self.backup.keep.as_millis()).unwrap_or(i64::MAX)),
        );
        let jumped_at = ledger.read(Reader::clock_jumped_at).await?;
        if jumped_at.is_some_and(|jump| jump >= before) {
            // Whatever the clock says, nobody knows how long they were kept by then.
            return Ok(());
        }
        let directory = self.backup.directory.clone();
        let pruned = tokio::task::spawn_blocking(move || prune(&directory, move |name| is_before(name, before))).await;
        if let Err(error) = pruned.unwrap_or_else(|panicked| Err(io::Error::other(panicked))) {
            tracing::warn!("Old backups can't be removed: {error}");
            return Ok(());
        }
        ledger.forget_backups(before).await
    }
}

fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xFF, 0xD8])
}

/// `user-<object id>-20261124T021100.123Z.jpg`
fn file_name(target: &TargetId, at: Timestamp) -> String {
    let spelled = target.to_string().replace([':', '/'], "-");
    let plain: String = spelled
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '=') { letter } else { '_' })
        .take(LONGEST_ID)
        .collect();
    let name = if plain == spelled && !matches!(target, TargetId::Contact { .. }) {
        plain
    } else {
        format!("{plain}-{:.16}", blake3::hash(target.to_string().as_bytes()).to_hex())
    };
    format!("{name}-{}.jpg", stamp(at))
}

fn stamp(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or_default();
    time.strftime("%Y%m%dT%H%M%S.%3fZ").to_string()
}

/// The time in a name that [`file_name`] made.
fn stamp_of(name: &str) -> Option<Timestamp> {
    let (_, stamp) = name.strip_suffix("Z.jpg")?.rsplit_once('-')?;
    let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S%.3f", stamp).ok()?;
    let time = jiff::tz::Offset::UTC.to_timestamp(time).ok()?;
    Some(Timestamp::from_millis(time.as_millisecond()))
}

/// By the time in its name; files of others have none.
fn is_before(name: &str, time: Timestamp) -> bool {
    stamp_of(name).is_some_and(|at| at < time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_whose_and_when_and_two_contacts_never_share_one() {
        let at = Timestamp::from_millis(1_700_000_000_123);
        let user: TargetId = "user:6e7b768e-07e2-4810-8459-485f84f8f204".parse().unwrap();
        assert_eq!(file_name(&user, at), "user-6e7b768e-07e2-4810-8459-485f84f8f204-20231114T221320.123Z.jpg");
        assert_eq!(stamp_of(&file_name(&user, at)), Some(at));
        let contact = |id: &str| format!("contact:{id}").parse::<TargetId>().unwrap();
        let long = "A".repeat(300);
        for (one, other) in [("o/a+b", "o/a_b"), ("o/f/c", "o-f/c"), (&*format!("{long}/b"), &*format!("{long}/c"))] {
            let (one, other) = (file_name(&contact(one), at), file_name(&contact(other), at));
            assert_ne!(one, other);
            assert!(one.len() < 200 && !one.contains('/'), "{one}");
            assert_eq!(stamp_of(&one), Some(at));
        }
        assert_eq!(stamp_of("holiday.jpg"), None);
    }

    #[test]
    fn what_is_old_goes_and_what_is_not_ours_stays() {
        let name = |second: i64| file_name(&TargetId::Me, Timestamp::from_millis(second * 1000));
        let before = Timestamp::from_millis(20_000);
        assert!(is_before(&name(10), before));
        for stays in [name(20).as_str(), name(30).as_str(), "notes.txt", "me-19700101T000010.000Z.jpg.7.new"] {
            assert!(!is_before(stays, before), "{stays}");
        }
    }
}
