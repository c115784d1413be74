//! Everything there is, by where it stands: the sum that every screen, page and document shows.

use serde::{Deserialize, Serialize};

/// Everything there is, parted: each photo slot that a file is for, each file that is held before its target is known, and
/// each file that no rule claims counts exactly once. Field names of the JSON are a contract: fields may be added.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sum {
    /// Microsoft 365 was given what the source holds, and nobody found it otherwise since.
    pub up_to_date: u32,
    /// It was given that, and a comparison found another photo there, or none; that is only reported.
    pub drifted: u32,
    /// Those of them that are the default pictures of groups.
    pub default_pictures: u32,
    /// To be sent or removed now.
    pub queued: u32,
    /// Tried again at a known time.
    pub waiting: u32,
    /// Held until a person acts.
    pub need_person: u32,
    /// Held, and tried again without anybody's doing.
    pub resolves_itself: u32,
    /// The photo in Microsoft 365 stays, as a person or the settings decided.
    pub kept: u32,
    /// Not served: excluded by the settings.
    pub out_of_scope: u32,
    /// Files that no rule claims.
    pub unmatched: u32,
}

impl Sum {
    /// Photos: everything but files that no rule claims.
    pub(crate) const fn photos(&self) -> u32 {
        let Self { up_to_date, drifted, queued, waiting, need_person, resolves_itself, kept, out_of_scope, .. } = *self;
        up_to_date + drifted + queued + waiting + need_person + resolves_itself + kept + out_of_scope
    }

    /// The parts in words, in their order; those that people always ask for stand even where they are zero.
    pub(crate) fn parts(&self) -> Vec<String> {
        let Self { up_to_date, drifted, queued, waiting, need_person, resolves_itself, kept, out_of_scope, unmatched, .. } =
            *self;
        let needs = if need_person == 1 { "needs a person" } else { "need a person" };
        let good = match self.default_pictures {
            0 => "up to date".to_owned(),
            1 => "up to date (1 of them a default picture)".to_owned(),
            some => format!("up to date ({some} of them default pictures)"),
        };
        let resolve = if resolves_itself == 1 { "resolves by itself" } else { "resolve by themselves" };
        let all = [
            (up_to_date, true, good.as_str()),
            (drifted, false, DRIFTED),
            (queued, true, "queued"),
            (waiting, false, "retried later"),
            (need_person, true, needs),
            (resolves_itself, false, resolve),
            (kept, false, "with their own photo kept"),
            (out_of_scope, false, "out of scope"),
            (unmatched, true, "unmatched"),
        ];
        let told = all.into_iter().filter(|(count, always, _)| *always || *count > 0);
        told.map(|(count, _, words)| format!("{count} {words}")).collect()
    }

    /// How everything stands, in one sentence.
    pub(crate) fn verdict(&self) -> String {
        let photos = self.photos();
        let served = photos - self.out_of_scope - self.kept;
        match (served, self.unmatched) {
            (0, 0) if photos == 0 => return "No photo is known yet.".to_owned(),
            (0, 0) => return "No photo is to be sent.".to_owned(),
            (0, 1) if photos == 0 => {
                return "The one file matches no rule: check mapping.rules and source.directory.".to_owned();
            }
            (0, unmatched) if photos == 0 => {
                return format!("None of the {unmatched} files matches a rule: check mapping.rules and source.directory.");
            }
            _ => {}
        }
        let how = match served {
            0 => "No photo is to be sent".to_owned(),
            1 if self.up_to_date == 1 => "The one photo is up to date".to_owned(),
            all if self.up_to_date == all => format!("All {all} photos are up to date"),
            all => format!("{} of {all} photos are up to date", self.up_to_date),
        };
        let on_the_way = self.queued + self.waiting + self.resolves_itself;
        let needs = match (self.need_person, on_the_way) {
            (0, 0) => String::new(),
            (0, 1) => "; 1 is queued or retried".to_owned(),
            (0, some) => format!("; {some} are queued or retried"),
            (1, _) => "; 1 needs a person".to_owned(),
            (some, _) => format!("; {some} need a person"),
        };
        let drifted = match self.drifted {
            0 => String::new(),
            1 => format!("; 1 was {DRIFTED}"),
            some => format!("; {some} were {DRIFTED}"),
        };
        let unmatched = match self.unmatched {
            0 => String::new(),
            1 => "; 1 file matches no rule and was not sent".to_owned(),
            some => format!("; {some} files match no rule and were not sent"),
        };
        format!("{how}{needs}{drifted}{unmatched}.")
    }

    /// The same while nothing that changes is counted: the sum is of what was before.
    pub(crate) fn verdict_before(&self, what: Uncounted) -> String {
        let none = self.photos() == 0 && self.unmatched == 0;
        let before = lower(&self.verdict());
        match what {
            Uncounted::Halted if none => "Nothing was sent yet: what the pass found is held back by the halt.".to_owned(),
            Uncounted::Halted => {
                format!("Before the halt: {before} What has changed since is held back, and not counted.")
            }
            Uncounted::Unseen if none => "No photo is known yet: no pass could look.".to_owned(),
            Uncounted::Unseen => {
                format!("As of the last pass that could look: {before} What has changed since is not counted.")
            }
        }
    }
}

/// What was replaced or taken out in the tenant, in words behind its number.
pub(super) const DRIFTED: &str = "replaced or taken out in the tenant";

/// Why the sum is not of today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Uncounted {
    /// The guard halts everything.
    Halted,
    /// No pass can look.
    Unseen,
}

/// A sentence as the second half of one.
fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sentence_says_how_everything_stands() {
        let sum =
            |up_to_date, queued, need_person, unmatched| Sum { up_to_date, queued, need_person, unmatched, ..Sum::default() };
        for (sum, words) in [
            (Sum::default(), "No photo is known yet."),
            (sum(0, 0, 0, 8), "None of the 8 files matches a rule: check mapping.rules and source.directory."),
            (sum(1, 0, 0, 0), "The one photo is up to date."),
            (sum(8, 0, 0, 1), "All 8 photos are up to date; 1 file matches no rule and was not sent."),
            (sum(2_700, 0, 300, 0), "2700 of 3000 photos are up to date; 300 need a person."),
            (sum(2, 3, 0, 0), "2 of 5 photos are up to date; 3 are queued or retried."),
            (
                Sum { drifted: 2, ..sum(4, 0, 1, 0) },
                "4 of 7 photos are up to date; 1 needs a person; 2 were replaced or taken out in the tenant.",
            ),
            (Sum { kept: 2, ..sum(3, 0, 0, 0) }, "All 3 photos are up to date."),
            (Sum { out_of_scope: 2, ..Sum::default() }, "No photo is to be sent."),
        ] {
            assert_eq!(sum.verdict(), words);
        }
        let halted = "Before the halt: all 8 photos are up to date. What has changed since is held back, and not counted.";
        assert_eq!(sum(8, 0, 0, 0).verdict_before(Uncounted::Halted), halted);
        assert!(Sum::default().verdict_before(Uncounted::Halted).starts_with("Nothing was sent yet"));
        let unseen = "As of the last pass that could look: all 8 photos are up to date. What has changed since is not counted.";
        assert_eq!(sum(8, 0, 0, 0).verdict_before(Uncounted::Unseen), unseen);
        let all = Sum { waiting: 4, resolves_itself: 1, ..sum(1, 2, 1, 3) };
        let parts = "1 up to date, 2 queued, 4 retried later, 1 needs a person, 1 resolves by itself, 3 unmatched";
        assert_eq!(all.parts().join(", "), parts);
        let defaults = Sum { default_pictures: 2, ..sum(3, 0, 0, 0) };
        assert_eq!(defaults.parts()[0], "3 up to date (2 of them default pictures)");
        assert_eq!(Sum::default().parts().join(", "), "0 up to date, 0 queued, 0 need a person, 0 unmatched");
    }
}
