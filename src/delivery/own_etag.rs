//! What Graph calls a photo that it has just accepted: by this name alone is it known as ours later on.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;

use super::pauses::Pauses;
use super::uploader::Uploader;
use crate::graph::{Class, Failure, ThrottleScope};
use crate::model::TargetId;

/// Questions for one name.
const TRIES: u32 = 4;
/// Nobody waits longer for the next of them.
const LONGEST: Duration = Duration::from_secs(10);
/// Wait after Graph said "slow down" without saying how long.
const PAUSE: Duration = Duration::from_secs(1);

/// What is heard of an upload that is still on its way.
#[derive(Debug)]
pub(super) enum News {
    /// Graph has taken the photo; what it calls it is asked next.
    Accepted(TargetId),
    AskedToWait(AskedToWait),
}

/// Graph asked to slow down by its answer to a question beside an upload.
#[derive(Debug)]
pub(super) struct AskedToWait {
    pub(super) target: TargetId,
    pub(super) scope: Option<ThrottleScope>,
    pub(super) wait: Duration,
    /// When the question was sent.
    pub(super) sent: Duration,
}

impl Uploader {
    /// Asks for it, again after accidents and pauses; `told` and `pauses` hear of the latter at once, since they are
    /// everybody's. None if Graph does not say: then a person is asked before the photo is taken out.
    pub(super) async fn own_etag(
        &self,
        target: &TargetId,
        told: &UnboundedSender<News>,
        pauses: &watch::Sender<Pauses>,
    ) -> Option<String> {
        for tries in 1..=TRIES {
            let sent = self.clock.elapsed();
            let backed_off = || self.upload.retry.after_accident(tries, fastrand::f64());
            let wait = match self.directory.tenant.graph.photo_etag(target).await {
                Ok(Some(etag)) => return Some(etag),
                // Not everywhere a new photo shows at once.
                Ok(None) => backed_off(),
                Err(failure @ Failure { class: Class::Throttled, throttle_scope, .. }) => {
                    let wait = failure.retry_after.unwrap_or(PAUSE);
                    pauses.send_modify(|pauses| pauses.heard(target, &failure, self.clock.elapsed()));
                    // The run may have ended.
                    let asked = AskedToWait { target: target.clone(), scope: throttle_scope, wait, sent };
                    _ = told.send(News::AskedToWait(asked));
                    wait
                }
                Err(failure) if matches!(failure.class, Class::Transient | Class::Offline | Class::FewTries) => {
                    backed_off().max(failure.retry_after.unwrap_or_default())
                }
                Err(failure) => {
                    tracing::debug!(target.id = %target, "What Graph calls the photo can't be read: {failure}");
                    return None;
                }
            };
            if tries == TRIES || wait > LONGEST {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        None
    }
}
