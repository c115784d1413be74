//! What is wanted at a target, what Graph accepted, and where between the two it stands.

use std::fmt;
use std::sync::Arc;

use super::{Digest, Reason, Timestamp};

/// Names a way of preparing pictures; changes exactly when the output could.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RecipeId(Arc<str>);

impl RecipeId {
    /// From its text form.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Its text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RecipeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A source digest prepared by a recipe: the thing that is desired at, or delivered to, a target.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PhotoVersion {
    /// Hash of the source bytes.
    pub digest: Digest,
    /// How they are prepared.
    pub recipe: RecipeId,
}

/// Grows each time the desired version of a target changes; a late outcome of an older one can't win.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Generation(pub i64);

/// Where a target stands. In flight is not a state of the ledger: a PUT repeated after a crash is harmless.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DeliveryState {
    /// The tenant was given the desired version.
    InStep,
    /// To be delivered now.
    Due,
    /// To be tried again at a known time.
    Waiting {
        /// When.
        until: Timestamp,
        /// Why it did not work so far.
        reason: Reason,
    },
    /// Needs a person or a change.
    Blocked {
        /// Why.
        reason: Reason,
    },
}
