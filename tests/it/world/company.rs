//! Companies of people `p000@contoso.com` and so on, with a photo each.

use std::fmt::Write as _;

use super::{World, portrait};

/// Photos go as soon as two passes find their file gone, ...
pub(crate) const AT_ONCE: &str = "{ when_file_disappears: delete, grace: 0s }";
/// ... however many.
pub(crate) const LOOSE: &str = "{ first_contact: replace, max_removals: 1000, max_removals_percent: 100 }";

impl World {
    /// So many people with a file each, none of them delivered; a photo whose file goes is removed at once.
    pub(crate) fn company(people: usize) -> Self {
        let mut world = Self::people(people);
        world.set("removal", AT_ONCE);
        world.set("guard", LOOSE);
        world.portraits(0, people, 0);
        world
    }

    /// No pace holds uploads back.
    pub(crate) fn hurry(&mut self) {
        self.set("upload", "{ per_second: 100000, max_per_second: 100000, concurrency: 16 }");
    }

    /// A change is acted upon soon after it was seen.
    pub(crate) fn settle_soon(&mut self) {
        self.set("source", "{ directory: photos, settle: 100ms, poll_interval: 1s }");
    }

    /// Everybody has the picture of this seed, and nobody else's.
    #[track_caller]
    pub(crate) fn all_in_place(&self, photos: usize, seed: u32) {
        for number in 0..photos {
            let photo = self.user_photo(&person(number)).unwrap_or_else(|| panic!("{} has no photo", person(number)));
            assert_eq!(photo.body, portrait(seed + u32::try_from(number).unwrap()), "{} has another face", person(number));
        }
    }
}

/// `p007@contoso.com`
pub(crate) fn person(number: usize) -> String {
    format!("p{number:03}@contoso.com")
}

pub(crate) fn people(count: usize) -> String {
    let mut yaml = "users:\n".to_owned();
    for number in 0..count {
        writeln!(yaml, "  - {{ userPrincipalName: {}, id: 00000000-0000-4000-8000-{number:012} }}", person(number)).unwrap();
    }
    yaml
}

/// Where the file of a person lies, below `photos/`.
pub(crate) fn portrait_file(number: usize) -> String {
    format!("users/{}.jpg", person(number))
}
