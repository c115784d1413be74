//! Delivers one photo: read, check, prepare; then PUT. Touches no ledger and holds nothing across the network but the bytes.

use super::prepared::PreparedUpload;
use super::uploader::Uploader;
use crate::graph::{Accepted, Class, Failure};
use crate::ledger::{Due, DueAction};
use crate::model::{Outcome, Problem, Reason, TargetKind};

impl Uploader {
    /// Makes ready what is wanted at a target: reads the file, checks that it is still the one, prepares the picture.
    pub(super) async fn make_ready(&self, want: DueAction, kind: TargetKind, small: bool) -> Result<PreparedUpload, Outcome> {
        let (path, version, given) = match want {
            DueAction::Upload { path, version, given } => (path, version, given),
            DueAction::Remove { etag } => return Ok(PreparedUpload::Removal { etag }),
            DueAction::Restore { kept, etag, .. } => {
                let uploader = self.clone();
                let former = tokio::task::spawn_blocking(move || uploader.former(kept, etag)).await;
                let panicked = |error: tokio::task::JoinError| Err(Problem::new(Reason::NoBackup, error.to_string()));
                return former.unwrap_or_else(panicked).map_err(|problem| Outcome::Blocked { problem });
            }
        };
        let part = self.preparer.clone();
        match tokio::task::spawn_blocking(move || part.photo(&path, &version, kind, small)).await {
            Ok(Ok(prepared)) if given.is_some() && prepared.digest() == given => Err(Outcome::Same),
            Ok(Ok(prepared)) => Ok(prepared),
            Ok(Err(outcome)) => Err(outcome),
            // A decoder that panics is a picture that can't be used; the others go on.
            Err(panicked) => {
                let problem = Problem::new(Reason::PhotoCorrupt, format!("the picture can't be prepared ({panicked})"));
                Err(Outcome::Blocked { problem })
            }
        }
    }

    /// Hands what was prepared to Graph.
    pub(super) async fn send(&self, due: &Due, prepared: PreparedUpload) -> Result<(Outcome, Accepted), Failure> {
        let target = &due.target;
        let ours = match prepared {
            PreparedUpload::Photo { jpeg, .. } => {
                let accepted = self.directory.tenant.graph.put_photo(target, jpeg).await?;
                return Ok((Outcome::Delivered { etag: accepted.etag.clone() }, accepted));
            }
            PreparedUpload::Removal { etag } => etag,
        };
        // Our photo goes out of the tenant, unless somebody has put another one there.
        let there = match self.directory.tenant.graph.photo_etag(target).await {
            // With the account its photo is gone.
            Err(failure) if failure.status == Some(404) && !self.directory.gone(std::iter::once(target)).await.is_empty() => None,
            answer => answer.map_err(keep_due)?,
        };
        match there {
            None => Ok((Outcome::Absent, Accepted::default())),
            // What can't be recognised as ours may be somebody else's.
            Some(there) if ours.as_ref() != Some(&there) && !due.is_ours(&there) => Ok((Outcome::NotOurs, Accepted::default())),
            Some(_) => {
                let accepted = self.directory.tenant.graph.delete_photo(target).await.map_err(keep_due)?;
                Ok((Outcome::Removed, accepted))
            }
        }
    }

    /// Whether what Graph calls the photo is worth one more request: who may have to take it out again, or to keep what
    /// somebody puts there later, must know it.
    pub(super) fn must_know_ours(&self, due: &Due) -> bool {
        let watched = self.backup.before_first_overwrite || self.drift.check_every.is_some() || self.deliver.may_leave();
        let DueAction::Upload { version, .. } = &due.action else { return false };
        watched || self.directory.scope.delete_on_opt_out || self.removal.delete || version.is_default_picture()
    }
}

/// What is there can't be concluded from a mailbox that is out of reach, or from an account that one service does not know:
/// a removal, or the copy of what is to be replaced, stays due.
pub(super) fn keep_due(failure: Failure) -> Failure {
    match failure.class {
        Class::TargetMissing
        | Class::TargetNotReady
        | Class::NoMailbox
        | Class::NoExchange
        | Class::Guest
        | Class::FewTries
        | Class::Bug => failure.undecided(),
        _ => failure,
    }
}
