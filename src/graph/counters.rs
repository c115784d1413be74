//! How much was asked of Graph since the client was made.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the client was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct RequestCounts {
    /// Requests to Graph, repeated ones included.
    pub requests: u64,
    /// Requests to the sign-in service.
    pub sign_in_requests: u64,
    /// Answers with status 429.
    pub throttled: u64,
    /// Bytes of photos sent, repeated ones included.
    pub bytes_sent: u64,
}

/// The live counts.
#[derive(Debug, Default)]
pub(super) struct RequestCounter {
    requests: AtomicU64,
    sign_in_requests: AtomicU64,
    throttled: AtomicU64,
    bytes_sent: AtomicU64,
}

impl RequestCounter {
    pub(super) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn sign_in_request(&self) {
        self.sign_in_requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn bytes(&self, bytes: usize) {
        self.bytes_sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> RequestCounts {
        RequestCounts {
            requests: self.requests.load(Ordering::Relaxed),
            sign_in_requests: self.sign_in_requests.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
            bytes_sent: self.bytes_sent.load(Ordering::Relaxed),
        }
    }
}
