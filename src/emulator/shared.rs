//! What all requests share, and what one request is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::http::{HeaderMap, Method, StatusCode};
use bytes::Bytes;

use super::device::Devices;
use super::faults::Script;
use super::log::Log;
use super::photos::Slot;
use super::query::Query;
use super::reply::Reply;
use super::route::Person;
use super::settings::Settings;
use super::signin::{Token, Tokens};
use super::tenant::Tenant;
use super::throttle::{Bucket, Mailboxes, http_date};
use crate::clock::Clock;

/// One request below the Graph root, alone or out of a batch.
pub(super) struct Call {
    pub(super) method: Method,
    /// Path as sent, percent-encoded.
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The body was larger than a request may be; `body` is empty then.
    pub(super) too_large: bool,
    pub(super) token: Arc<Token>,
}

impl Call {
    /// The user that a path names. `/me` needs a delegated token.
    pub(super) fn person(&self, tenant: &Tenant, who: &Person) -> Result<u32, Reply> {
        match who {
            Person::Named(name) => tenant.user(name).ok_or_else(|| Reply::no_resource(name)),
            Person::Me => {
                let name = self.token.user.as_deref().ok_or_else(|| {
                    Reply::error(
                        StatusCode::BAD_REQUEST,
                        "BadRequest",
                        "/me request is only valid with delegated authentication flow.",
                    )
                })?;
                tenant.user(name).ok_or_else(|| Reply::no_resource(name))
            }
        }
    }
}

/// What all requests share.
pub(super) struct Shared {
    tenant: RwLock<Tenant>,
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    /// `http://127.0.0.1:PORT`
    pub(super) root: String,
    script: Mutex<Script>,
    bucket: Mutex<Bucket>,
    pub(super) mailboxes: Mailboxes,
    log: Mutex<Log>,
    pub(super) tokens: Tokens,
    pub(super) devices: Devices,
    saver: Mutex<Option<Sender<Slot>>>,
    pub(super) requests: AtomicU64,
    pub(super) stored: AtomicU64,
    pub(super) deleted: AtomicU64,
    date: Mutex<(i64, String)>,
}

impl Shared {
    pub(super) fn new(settings: Settings, mut tenant: Tenant, clock: Clock, root: String) -> Self {
        let mut script = Script::default();
        for fault in tenant.faults.drain(..).chain(settings.faults.iter().cloned()) {
            script.add(fault);
        }
        tenant.photos.forget = !settings.keep_bodies;
        Self {
            bucket: Mutex::new(Bucket::new(settings.throttle.clone(), clock.elapsed())),
            log: Mutex::new(Log::new(settings.log_limit)),
            tenant: RwLock::new(tenant),
            settings,
            clock,
            root,
            script: Mutex::new(script),
            mailboxes: Mailboxes::default(),
            tokens: Tokens::default(),
            devices: Devices::default(),
            saver: Mutex::new(None),
            requests: AtomicU64::new(0),
            stored: AtomicU64::new(0),
            deleted: AtomicU64::new(0),
            date: Mutex::new((i64::MIN, String::new())),
        }
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Tenant> {
        self.tenant.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Tenant> {
        self.tenant.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where received photos are announced for writing to disk; none ends the writing.
    pub(super) fn set_saver(&self, saver: Option<Sender<Slot>>) {
        *self.saver.lock().unwrap_or_else(PoisonError::into_inner) = saver;
    }

    /// Counts a stored photo and has it written to disk where that is wanted.
    pub(super) fn stored(&self, slot: Slot) {
        self.stored.fetch_add(1, Ordering::Relaxed);
        if self.settings.save.is_some()
            && let Some(saver) = &*self.saver.lock().unwrap_or_else(PoisonError::into_inner)
        {
            // Fails only when the server is stopping.
            let _ = saver.send(slot);
        }
    }

    /// The `Date` of an answer; written anew once a second.
    pub(super) fn date(&self) -> String {
        let now = self.clock.now();
        let second = now.millis().div_euclid(1000);
        let mut date = self.date.lock().unwrap_or_else(PoisonError::into_inner);
        if date.0 != second {
            *date = (second, http_date(now));
        }
        date.1.clone()
    }

    /// Names for files and lists: sign-in name, alias, address or id of what a slot belongs to.
    pub(super) fn labels(&self, slots: &[Slot]) -> HashMap<Slot, String> {
        let tenant = self.read();
        let label = |slot: &Slot| {
            let entry = tenant.rows.get(slot.at as usize).map(|row| &row.entry)?;
            let name = entry.user_principal_name.as_deref().or(entry.mail_nickname.as_deref()).or(entry.mail.as_deref());
            Some((*slot, name.unwrap_or(&entry.id).to_owned()))
        };
        slots.iter().filter_map(label).collect()
    }
}
