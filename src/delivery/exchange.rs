//! One upload from the questions before it to the answer, and no longer than that is worth waiting for.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::backup::BackupResult;
use super::confirm::{ConfirmError, Confirmations};
use super::door::Door;
use super::own_etag::News;
use super::patience::{Patience, no_answer};
use super::pauses::{Pauses, paused};
use super::prepared::PreparedUpload;
use super::response::Response;
use super::uploader::Uploader;
use crate::graph::{Accepted, Class, Failure};
use crate::ledger::{Due, Ledger, LedgerError};
use crate::model::{Outcome, Reason, TargetId};

/// What an upload needs beside its photo.
pub(super) struct Exchange {
    pub(super) uploader: Uploader,
    pub(super) ledger: Ledger,
    /// What was kept before and what came of it stand under one pass, whatever passes go by meanwhile.
    pub(super) pass: i64,
    pub(super) only: Option<Arc<HashSet<TargetId>>>,
    /// Photos a second that the directory is asked about ahead; none for a probe.
    pub(super) pace: f64,
    pub(super) confirmations: Arc<Confirmations>,
    pub(super) door: Arc<Door>,
    pub(super) told: UnboundedSender<News>,
    pub(super) pauses: Arc<watch::Sender<Pauses>>,
    pub(super) patience: Patience,
}

/// What the questions came to.
type Asked = Result<Option<Outcome>, Failure>;

impl Exchange {
    pub(super) async fn run(mut self, due: &Due, prepared: PreparedUpload) -> Result<Response, LedgerError> {
        let clock = self.uploader.clock.clone();
        let begun = self.patience.begun;
        let mut pauses = self.pauses.subscribe();
        let asked = tokio::select! {
            biased;
            // Whoever asks everybody to wait does not want the questions either.
            until = paused(&mut pauses, &due.target, &clock) => {
                let now = clock.elapsed();
                let result = Err(held_back(until.saturating_sub(now)));
                return Ok(Response { result, sent: begun, came: now, unsent: true, given_up: true });
            }
            asked = async {
                let (only, pace, known) = (self.only.clone(), self.pace, &self.confirmations);
                let asked = ask(&self.uploader, &self.ledger, self.pass, only, pace, known, due).await?;
                if matches!(asked, Ok(None)) {
                    tokio::time::sleep(self.door.wait(pace, clock.elapsed())).await;
                }
                Ok::<_, LedgerError>(asked)
            } => Ok(asked?),
            given_up = self.patience.ends(&clock) => Err(given_up),
        };
        let sent = clock.elapsed();
        let unsent = |result, given_up| Response { result, sent: begun, came: sent, unsent: true, given_up };
        match asked {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(outcome))) => return Ok(unsent(Ok((outcome, Accepted::default())), false)),
            Ok(Err(failure)) => {
                self.pauses.send_modify(|pauses| pauses.heard(&due.target, &failure, sent));
                return Ok(unsent(Err(failure), false));
            }
            Err(given_up) => return Ok(unsent(Err(no_answer(sent.saturating_sub(begun))), given_up)),
        }
        let (mut result, given_up) = tokio::select! {
            result = self.uploader.send(due, prepared) => (result, false),
            given_up = self.patience.ends(&clock) => (Err(no_answer(clock.elapsed().saturating_sub(sent))), given_up),
        };
        let came = clock.elapsed();
        match &mut result {
            Ok((Outcome::Delivered { etag: etag @ None }, _)) if self.uploader.must_know_ours(due) => {
                // The run may have ended.
                _ = self.told.send(News::Accepted(due.target.clone()));
                *etag = tokio::select! {
                    etag = self.uploader.own_etag(&due.target, &self.told, &self.pauses) => etag,
                    () = self.patience.runs_out(&clock) => None,
                };
            }
            Ok(_) => {}
            Err(failure) => self.pauses.send_modify(|pauses| pauses.heard(&due.target, failure, came)),
        }
        Ok(Response { result, sent, came, unsent: false, given_up })
    }
}

/// What is said of a photo that a pause met on its way.
fn held_back(wait: Duration) -> Failure {
    let cure = Reason::Throttled.cure();
    Failure { retry_after: Some(wait), ..Failure::local(Class::Throttled, "Graph asked to slow down before it was sent", cure) }
}

/// What has to be known, and kept, before the photo may leave; an outcome if it may not.
async fn ask(
    uploader: &Uploader,
    ledger: &Ledger,
    pass: i64,
    only: Option<Arc<HashSet<TargetId>>>,
    pace: f64,
    confirmations: &Confirmations,
    due: &Due,
) -> Result<Asked, LedgerError> {
    match uploader.confirmed(ledger, due, only, pace, confirmations).await {
        Ok(true) => {}
        // Its name moved on: the next pass says what becomes of it.
        Ok(false) => return Ok(Ok(Some(Outcome::Superseded))),
        Err(ConfirmError::Directory(failure)) => return Ok(Err(failure)),
        Err(ConfirmError::Ledger(error)) => return Err(error),
    }
    Ok(match uploader.keeps_its_own(due).await {
        Ok(Some(problem)) => Ok(Some(Outcome::Blocked { problem })),
        Err(failure) => Err(failure),
        // What it replaces is kept first, where that is asked for.
        Ok(None) => match uploader.secure(ledger, pass, due).await {
            Ok(BackupResult::Go) => Ok(None),
            Ok(BackupResult::Held(outcome)) => Ok(Some(outcome)),
            Err(failure) => Err(failure),
        },
    })
}
