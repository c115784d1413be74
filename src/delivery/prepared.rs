//! What is ready to be sent.

use std::sync::Arc;

use bytes::Bytes;

use crate::model::Digest;

/// Accounts without a mailbox take no more than 100 KB.
pub(super) const SMALL: usize = 100_000;

/// What is ready to be sent.
#[derive(Clone, Debug)]
pub(super) enum PreparedUpload {
    /// A photo; `small` if it is the smaller rendition.
    Photo {
        /// The JPEG.
        jpeg: Bytes,
        /// Made smaller than the recipe says, since the target refused the usual one; or can't be made smaller.
        small: bool,
        /// What else is known of it.
        about: Arc<PhotoInfo>,
    },
    /// Our photo is to be taken out, if it is still the one that Graph called so.
    Removal {
        /// What Graph called it.
        etag: Option<String>,
    },
}

/// What is known of a finished photo.
#[derive(Debug)]
pub(super) struct PhotoInfo {
    /// Hash of the JPEG.
    pub(super) digest: Digest,
    /// What is worth telling about it; empty if nothing is.
    pub(super) remarks: String,
}

impl PreparedUpload {
    /// Whether a smaller rendition could be made of it.
    pub(super) fn is_large(&self) -> bool {
        matches!(self, Self::Photo { jpeg, small: false, .. } if jpeg.len() > SMALL)
    }

    /// What the journal says about it.
    pub(super) fn note(&self) -> Option<String> {
        let Self::Photo { small, about, .. } = self else { return None };
        let smaller = (*small && self.bytes() <= SMALL as u64).then(|| format!("a smaller rendition of {} bytes", self.bytes()));
        let remarks = Some(about.remarks.clone()).filter(|remarks| !remarks.is_empty());
        let all: Vec<String> = smaller.into_iter().chain(remarks).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    pub(super) const fn is_photo(&self) -> bool {
        matches!(self, Self::Photo { .. })
    }

    pub(super) fn digest(&self) -> Option<Digest> {
        match self {
            Self::Photo { about, .. } => Some(about.digest),
            Self::Removal { .. } => None,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Photo { jpeg, .. } => jpeg.len() as u64,
            Self::Removal { .. } => 0,
        }
    }
}
