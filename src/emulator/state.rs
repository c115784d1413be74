//! What all requests share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tokio::sync::watch;

use super::entra::Authority;
use super::faults::{Bucket, Disturbance, Forecast, Mailboxes, Script, Subject, Weather};
use super::reply::http_date;
use super::request_log::RequestLog;
use super::settings::Settings;
use super::tenant::{Slot, Tenant};
use crate::clock::Clock;

/// What all requests share.
pub(crate) struct State {
    tenant: RwLock<Tenant>,
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    /// `http://127.0.0.1:PORT`
    pub(crate) root: String,
    script: Mutex<Script>,
    weather: Mutex<Option<Forecast>>,
    weather_changed: watch::Sender<()>,
    bucket: Mutex<Bucket>,
    pub(crate) mailboxes: Mailboxes,
    log: Mutex<RequestLog>,
    pub(crate) authority: Authority,
    saver: Mutex<Option<Sender<Slot>>>,
    pub(crate) requests: AtomicU64,
    pub(crate) stored: AtomicU64,
    pub(crate) deleted: AtomicU64,
    date: Mutex<(i64, String)>,
}

impl State {
    pub(crate) fn new(settings: Settings, mut tenant: Tenant, clock: Clock, root: String) -> Self {
        let mut script = Script::default();
        for fault in tenant.faults.drain(..).chain(settings.faults.iter().cloned()) {
            script.add(fault);
        }
        let forecast = settings.weather.clone().map(|weather| Forecast::new(weather, clock.elapsed()));
        tenant.photos.forget = !settings.keep_bodies;
        Self {
            bucket: Mutex::new(Bucket::new(settings.throttle.clone(), clock.elapsed())),
            log: Mutex::new(RequestLog::new(settings.log_limit)),
            authority: Authority::new(settings.sign_in.clone(), clock.clone(), root.clone()),
            tenant: RwLock::new(tenant),
            settings,
            clock,
            root,
            script: Mutex::new(script),
            weather: Mutex::new(forecast),
            weather_changed: watch::Sender::new(()),
            mailboxes: Mailboxes::default(),
            saver: Mutex::new(None),
            requests: AtomicU64::new(0),
            stored: AtomicU64::new(0),
            deleted: AtomicU64::new(0),
            date: Mutex::new((i64::MIN, String::new())),
        }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Tenant> {
        self.tenant.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Tenant> {
        self.tenant.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What befalls a request: a scripted fault, or else the weather.
    pub(crate) fn disturb(&self, subject: &Subject<'_>) -> Disturbance {
        let now = self.clock.elapsed();
        let fault = self.script().pick(subject.method, subject.target);
        match (fault, &mut *self.weather()) {
            (Some(fault), _) => fault.disturbance(),
            (None, None) => Disturbance::default(),
            (None, Some(forecast)) => {
                if forecast.begin(now) {
                    self.weather_changed.send_replace(());
                }
                forecast.strike(subject, now, self.clock.now())
            }
        }
    }

    fn weather(&self) -> MutexGuard<'_, Option<Forecast>> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another weather from now on.
    pub(crate) fn set_weather(&self, weather: Option<Weather>) {
        *self.weather() = weather.map(|weather| Forecast::new(weather, self.clock.elapsed()));
        self.weather_changed.send_replace(());
    }

    /// Whether connections are refused, and after which time that may change.
    pub(crate) fn refuses(&self) -> (bool, Option<Duration>) {
        self.weather().as_ref().map_or((false, None), |forecast| forecast.refuses(self.clock.elapsed()))
    }

    /// Tells when the weather changes otherwise than by its script.
    pub(crate) fn weather_changes(&self) -> watch::Receiver<()> {
        self.weather_changed.subscribe()
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where received photos are announced for writing to disk; none ends the writing.
    pub(crate) fn set_saver(&self, saver: Option<Sender<Slot>>) {
        *self.saver.lock().unwrap_or_else(PoisonError::into_inner) = saver;
    }

    /// Counts a stored photo and has it written to disk where that is wanted.
    pub(crate) fn stored(&self, slot: Slot) {
        self.stored.fetch_add(1, Ordering::Relaxed);
        if self.settings.save.is_some()
            && let Some(saver) = &*self.saver.lock().unwrap_or_else(PoisonError::into_inner)
        {
            // Fails only when the server is stopping.
            let _ = saver.send(slot);
        }
    }

    /// The `Date` of an answer; rendered once a second.
    pub(crate) fn date(&self) -> String {
        let now = self.clock.now();
        let second = now.millis().div_euclid(1000);
        let mut date = self.date.lock().unwrap_or_else(PoisonError::into_inner);
        if date.0 != second {
            *date = (second, http_date(now));
        }
        date.1.clone()
    }

    /// Names for files and lists: sign-in name, alias, address or id of what a slot belongs to.
    pub(crate) fn labels(&self, slots: &[Slot]) -> HashMap<Slot, String> {
        let tenant = self.read();
        let label = |slot: &Slot| {
            let entry = tenant.rows.get(slot.at as usize).map(|row| &row.entry)?;
            Some((*slot, entry.known_as().to_owned()))
        };
        slots.iter().filter_map(label).collect()
    }
}
