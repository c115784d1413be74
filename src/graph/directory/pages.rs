//! Follows the pages of one collection as far as any real one goes: a server may hand out links without end, in circles,
//! or with ever more objects, and neither time nor memory are for it to spend.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::super::Failure;

/// Pages without a single object, in a row: a few are known to come where a filter leaves nothing of a page.
const MOST_EMPTY: usize = 50;
/// Following one collection ends after this; a million users come in a quarter of an hour.
const LONGEST: Duration = Duration::from_secs(3600);

/// How much one collection may have at most.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Pages, of up to 999 objects each.
    pub(super) pages: usize,
    /// Objects on all pages.
    pub(super) objects: usize,
    /// Tries of a page while Graph fails in a way that may be this question's alone.
    pub(super) most_failed: u32,
}

/// Where there are other ways to ask, or a mailbox of its own that may be broken: two tries tell.
pub(super) const ASKED_OTHERWISE: u32 = 2;
/// Where nothing else tells.
const NOTHING_ELSE: u32 = 4;

/// What a filter finds that names 15 values at most. Names that people read may be shared by some hundreds.
pub(super) const MATCHES: Bounds = Bounds { pages: 60, objects: 20_000, most_failed: ASKED_OTHERWISE };
/// The contacts or folders of one mailbox.
pub(super) const MAILBOX: Bounds = Bounds { pages: 1_000, objects: 200_000, most_failed: ASKED_OTHERWISE };
/// All members of a group. No tenant has more than a few million accounts.
pub(super) const MEMBERS: Bounds = Bounds { pages: 5_000, objects: 3_000_000, most_failed: NOTHING_ELSE };
/// All users or groups of a tenant. Only what is looked for is kept of them.
pub(super) const EVERYBODY: Bounds = Bounds { pages: 10_000, objects: 5_000_000, most_failed: NOTHING_ELSE };
/// Changes since the last look. Where there are more, it is cheaper to ask about everybody once more.
pub(super) const CHANGES: Bounds = Bounds { pages: 5_000, objects: 200_000, most_failed: NOTHING_ELSE };

/// How far a collection was followed.
pub(super) struct Pages {
    bounds: Bounds,
    /// Ends then, on the client's clock.
    until: Duration,
    count: usize,
    objects: usize,
    empty: usize,
    /// Hashes of the links that were followed.
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl Pages {
    /// From `now` on the client's clock.
    pub(super) fn new(bounds: Bounds, now: Duration) -> Self {
        let (seen, hasher) = (HashSet::new(), RandomState::new());
        Self { bounds, until: now + LONGEST, count: 0, objects: 0, empty: 0, seen, hasher }
    }

    /// Takes account of a page of so many objects that was found under `url`. Fails where no real collection goes on.
    pub(super) fn page(&mut self, url: &str, objects: usize, now: Duration) -> Result<(), Failure> {
        self.count += 1;
        self.objects += objects;
        self.empty = if objects == 0 { self.empty + 1 } else { 0 };
        let is_new = self.seen.insert(self.hasher.hash_one(url));
        let Bounds { pages, objects, most_failed: _ } = self.bounds;
        let why = if !is_new {
            "leads in a circle: a page names one that was read before as the next".to_owned()
        } else if self.count > pages {
            format!("has more than {pages} pages, so it does not end")
        } else if self.objects > objects {
            format!("lists more than {objects} objects, which no such collection has")
        } else if self.empty > MOST_EMPTY {
            format!("has more than {MOST_EMPTY} empty pages in a row")
        } else if now > self.until {
            format!("did not end within {} minutes", LONGEST.as_secs() / 60)
        } else {
            return Ok(());
        };
        Err(Failure::odd(&why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(7);

    fn fails(bounds: Bounds, pages: impl IntoIterator<Item = (String, usize, Duration)>) -> Option<(usize, String)> {
        let mut read = Pages::new(bounds, NOW);
        (1..).zip(pages).find_map(|(number, (url, objects, at))| Some((number, read.page(&url, objects, at).err()?.to_string())))
    }

    #[test]
    fn a_collection_ends_somewhere() {
        let pages = |count: usize, objects: usize| (0..count).map(move |page| (format!("p{page}"), objects, NOW));
        let bounds = Bounds { pages: 60, objects: 2_000, most_failed: ASKED_OTHERWISE };
        assert_eq!(fails(bounds, pages(60, 30)), None);
        assert!(fails(bounds, pages(1_000_000, 1)).is_some_and(|(page, why)| page == 61 && why.contains("60 pages")));
        assert!(fails(bounds, pages(1_000_000, 999)).is_some_and(|(page, why)| page == 3 && why.contains("2000 objects")));
        assert!(fails(bounds, pages(1_000_000, 0)).is_some_and(|(page, why)| page == 51 && why.contains("empty")));
        let circle = (0..).map(|page| (format!("p{}", page % 5), 1, NOW));
        assert!(fails(bounds, circle).is_some_and(|(page, why)| page == 6 && why.contains("circle")));
        let slow = (0..).map(|page| (format!("p{page}"), 1, NOW + LONGEST / 10 * page));
        assert!(fails(bounds, slow).is_some_and(|(page, why)| page == 12 && why.contains("60 minutes")));
    }
}
