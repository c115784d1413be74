//! The photo slots, what lies in them, and the sizes it is handed out in.

use std::collections::HashMap;

use bytes::Bytes;

use crate::model::TargetKind;

/// Sides of the sizes that mailboxes keep, largest first. From Microsoft's page on getting a profile photo.
const SIZES: [u16; 9] = [LARGEST, 504, 432, 360, 240, 120, 96, 64, 48];
/// The largest size that is handed out.
pub(crate) const LARGEST: u16 = 648;
/// The smallest side taken in; the smallest size that is handed out.
pub(crate) const SMALLEST: u16 = 48;

/// What kind of object a slot belongs to. A group and its team have one id and a slot each.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum SlotKind {
    /// A user's.
    User,
    /// A Microsoft 365 group's.
    Group,
    /// A team's.
    Team,
    /// A contact's.
    Contact,
}

impl SlotKind {
    /// The word in lists and file names.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Team => "team",
            Self::Contact => "contact",
        }
    }
}

impl From<SlotKind> for TargetKind {
    fn from(kind: SlotKind) -> Self {
        match kind {
            SlotKind::User => Self::User,
            SlotKind::Group => Self::Group,
            SlotKind::Team => Self::Team,
            SlotKind::Contact => Self::Contact,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Slot {
    pub(crate) kind: SlotKind,
    pub(crate) at: u32,
}

/// A photo as it was uploaded.
#[derive(Clone, Debug)]
pub struct Photo {
    /// The bytes as they came; empty where the server was told to forget bodies.
    pub body: Bytes,
    /// Length of the upload in bytes.
    pub length: usize,
    /// Width in pixels, from the frame header.
    pub width: u16,
    /// Height in pixels, from the frame header.
    pub height: u16,
    /// How many uploads this slot has taken.
    pub uploads: u64,
    /// Which upload of the whole tenant this was, counted from 1.
    pub sequence: u64,
}

impl Photo {
    /// The weak `ETag` it is served under: another one for each upload, also of the same bytes.
    pub fn etag(&self) -> String {
        format!("W/\"{}\"", blake3::hash(&self.sequence.to_le_bytes()).to_hex())
    }

    /// The sizes that it is offered in, largest first.
    pub(crate) fn sizes(&self) -> impl DoubleEndedIterator<Item = u16> {
        let side = self.width.min(self.height);
        SIZES.into_iter().filter(move |size| *size <= side)
    }
}

/// All slots that hold or held a photo.
#[derive(Default)]
pub(crate) struct Photos {
    slots: HashMap<Slot, Photo>,
    /// Uploads of slots that are empty again, so that their counts continue.
    emptied: HashMap<Slot, u64>,
    sequence: u64,
    /// Keep lengths, not bodies.
    pub(crate) forget: bool,
}

impl Photos {
    /// Stores an upload and hands back what it replaced, so that the caller can free it outside the lock.
    pub(crate) fn put(&mut self, slot: Slot, body: Bytes, (width, height): (u16, u16)) -> Option<Photo> {
        self.sequence += 1;
        let before = self.slots.get(&slot).map(|photo| photo.uploads).or_else(|| self.emptied.remove(&slot));
        let length = body.len();
        let body = if self.forget { Bytes::new() } else { body };
        let uploads = before.unwrap_or(0) + 1;
        self.slots.insert(slot, Photo { body, length, width, height, uploads, sequence: self.sequence })
    }

    pub(crate) fn get(&self, slot: Slot) -> Option<&Photo> {
        self.slots.get(&slot)
    }

    /// Empties a slot. False if it was empty.
    pub(crate) fn delete(&mut self, slot: Slot) -> bool {
        match self.slots.remove(&slot) {
            Some(photo) => {
                self.emptied.insert(slot, photo.uploads);
                true
            }
            None => false,
        }
    }

    pub(crate) fn all(&self) -> Vec<(Slot, Photo)> {
        let mut all: Vec<_> = self.slots.iter().map(|(slot, photo)| (*slot, photo.clone())).collect();
        all.sort_unstable_by_key(|(slot, _)| *slot);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_upload_counts_and_has_its_own_etag() {
        let mut photos = Photos::default();
        let slot = Slot { kind: SlotKind::User, at: 0 };
        let body = Bytes::from_static(b"same");
        photos.put(slot, body.clone(), (48, 50));
        let first = photos.get(slot).unwrap().clone();
        photos.put(slot, body.clone(), (48, 50));
        let second = photos.get(slot).unwrap().clone();
        assert_ne!(first.etag(), second.etag());
        assert_eq!((second.uploads, second.sizes().next(), first.etag().len()), (2, Some(48), 68));
        assert!(photos.delete(slot) && !photos.delete(slot));
        photos.forget = true;
        photos.put(slot, body, (48, 50));
        let third = &photos.all()[0].1;
        assert_eq!((third.uploads, third.body.len(), third.length), (3, 0, 4));
    }
}
