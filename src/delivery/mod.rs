//! Decides when, and delivers: claims what is due, prepares ahead, keeps to the pace, sends, and turns every answer into
//! an outcome. Compares what was delivered with the tenant, and puts backups back. It must not know how the source is
//! scanned or how a plan comes about.

mod backup;
mod confirm;
mod default_pictures;
mod deliver_policies;
mod deliver_policy;
mod dispatcher;
mod door;
mod drain;
mod drift;
mod drift_policy;
mod drift_summary;
mod exchange;
mod flight;
mod forgive;
mod good_rate;
mod launch;
mod own_etag;
mod patience;
mod pauses;
mod permits;
mod photo_reads;
mod policies;
mod prepare;
mod prepare_default;
mod prepared;
mod progress;
mod queue;
#[cfg(test)]
mod random_simulation_tests;
mod refusal_rows;
mod response;
mod restore;
mod retry;
mod run_end;
mod scheduler;
mod service;
mod service_state;
mod settings;
mod shown;
mod silence;
mod start;
#[cfg(test)]
mod testing;
mod thumbnails;
mod token_refusals;
mod upload;
mod uploader;

pub(crate) use default_pictures::{DefaultPicture, DefaultPictures};
pub(crate) use deliver_policies::DeliverPolicies;
pub(crate) use drift::CompareSelection;
pub(crate) use drift_summary::{DriftFound, DriftSummary};
pub(crate) use permits::PreparePermits;
pub(crate) use photo_reads::{PhotoAnswer, PhotoQuestion, ReadEnd};
pub(crate) use policies::Policies;
pub(crate) use prepare::{Preparer, remarks};
pub(crate) use progress::Progress;
pub(crate) use restore::RestoreSummary;
pub use run_end::Until;
pub(crate) use run_end::{DispatchSummary, StopReason};
pub(crate) use service_state::{Forbidden, HEARTBEAT, ServiceState};
pub(crate) use settings::{BackupSettings, DriftSettings, RemovalSettings, UploadSettings};
pub(crate) use shown::Shown;
pub(crate) use uploader::Uploader;
