//! The page at `/`: joins the status, the last hour and the ledger, and has them laid out.
//!
//! The ledger is read beside its writer, at most once a second however many look.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::Mutex;

use super::status::SharedStatus;
use super::status_text;
use crate::config::{Config, instance};
use crate::ledger::{JournalFilter, Reader};
use crate::model::Advice;
use crate::report::{StatusPage, policy};
use crate::status::{Causes, HeldItem, Instance, PassLine};
use crate::telemetry::PageSource;

/// A page is shown for this long before it is made anew.
const FRESH: Duration = Duration::from_secs(1);
/// Of each cause, so many are shown.
const MOST_OF_EACH: usize = 20;
/// Passes shown.
const PASSES: usize = 10;

/// The page, and how it is to be shown.
pub(super) struct Page {
    shared: Arc<SharedStatus>,
    ledger: PathBuf,
    /// Which installation this is.
    instance: std::sync::Mutex<Instance>,
    policy: String,
    /// It names people and files.
    names: AtomicBool,
    /// It is served under any name.
    any_host: AtomicBool,
    /// The last one, and when it was made.
    made: Mutex<Option<(Duration, Arc<str>)>>,
}

/// What the ledger tells, or why it does not.
type AlertState = Result<(Causes, Vec<PassLine>), String>;

impl Page {
    pub(super) fn new(config: &Config, shared: &Arc<SharedStatus>) -> Self {
        let page = Self {
            shared: Arc::clone(shared),
            ledger: config.ledger.path.clone(),
            instance: std::sync::Mutex::default(),
            policy: policy(),
            names: AtomicBool::default(),
            any_host: AtomicBool::default(),
            made: Mutex::default(),
        };
        page.follow(config);
        page
    }

    /// Takes up a changed configuration.
    pub(super) fn follow(&self, config: &Config) {
        *self.instance.lock().unwrap_or_else(PoisonError::into_inner) = instance(config);
        self.names.store(config.service.names, Ordering::Relaxed);
        self.any_host.store(config.service.allow_remote, Ordering::Relaxed);
    }

    async fn made(&self) -> Arc<str> {
        // Whoever comes while it is made waits for the same one.
        let mut made = self.made.lock().await;
        if let Some((at, page)) = &*made
            && self.shared.clock.elapsed().saturating_sub(*at) < FRESH
        {
            return Arc::clone(page);
        }
        let (ledger, shared, names) = (self.ledger.clone(), Arc::clone(&self.shared), self.names.load(Ordering::Relaxed));
        let instance = self.instance.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let work = move || make(&shared, &instance, read(&ledger), names);
        let page: Arc<str> = match tokio::task::spawn_blocking(work).await {
            Ok(page) => page.into(),
            Err(error) => error.to_string().into(),
        };
        *made = Some((self.shared.clock.elapsed(), Arc::clone(&page)));
        page
    }
}

impl PageSource for Page {
    fn policy(&self) -> &str {
        &self.policy
    }

    fn any_host(&self) -> bool {
        self.any_host.load(Ordering::Relaxed)
    }

    fn page(&self) -> Pin<Box<dyn Future<Output = Arc<str>> + Send + '_>> {
        Box::pin(self.made())
    }
}

fn read(ledger: &std::path::Path) -> AlertState {
    let reader = Reader::open(ledger).map_err(|error| error.advice())?;
    let read = || {
        let causes = Causes::of(reader.held()?.into_iter().map(HeldItem::from), MOST_OF_EACH);
        let passes = reader.passes(&JournalFilter { limit: PASSES, ..JournalFilter::default() })?;
        Ok((causes, passes.iter().map(PassLine::from).collect()))
    };
    read().map_err(|error: crate::ledger::LedgerError| error.advice())
}

fn make(shared: &SharedStatus, instance: &Instance, told: AlertState, names: bool) -> String {
    let (snapshot, samples, now) = (shared.now(), shared.samples.all(), shared.clock.now());
    let (held, passes) = told.map_or_else(|why| (Err(why), Vec::new()), |(causes, passes)| (Ok(causes), passes));
    let status = StatusPage {
        version: env!("CARGO_PKG_VERSION"),
        tenant: instance.tenant.clone().unwrap_or_else(|| "simulated tenant".to_owned()),
        instance: instance.title(),
        now,
        zone: TimeZone::system(),
        verdict: status_text::verdict(&snapshot),
        notices: status_text::notices(&snapshot),
        progress: shared.backlog.progress(&snapshot, &samples, now),
        counts: status_text::counts(&snapshot),
        samples,
        held,
        names,
        passes,
        facts: status_text::facts(&snapshot, shared.last_report()),
    };
    status.html()
}
