//! The figures of a report: every photo is counted once.

use super::hr_report::{Report, actor};
use super::texts::{Texts, fill};
use crate::model::Actor;
use crate::status::{PhotoRow, PhotoState};

/// How many photos stand where. The first eight part all photos; what follows is counted besides.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize)]
pub(crate) struct Figures {
    /// Microsoft 365 has the photo of the file.
    pub up_to_date: usize,
    /// It had it, and a comparison found another one there, or none.
    pub drifted: usize,
    /// They go out soon, or are tried again by themselves at a known time.
    pub on_its_way: usize,
    /// Held, and HR can mend it.
    pub hr: usize,
    /// Held, and an administrator can mend it.
    pub it: usize,
    /// Held, and it mends itself.
    pub itself: usize,
    /// The tenant's own photo stands, as decided.
    pub kept: usize,
    /// Not served, as decided.
    pub out_of_scope: usize,
    /// The file is gone; the photo was delivered before.
    pub no_file: usize,
    /// People in scope without a file, and without a photo in Microsoft 365 as far as that is known; none if nobody asked.
    pub missing: Option<usize>,
    /// People in scope without a file, of whom Microsoft 365 shows a photo; none if nobody asked.
    pub only_photo: Option<usize>,
    /// People without a file of whom Microsoft 365 shows the default picture of a group.
    pub default_picture: usize,
    /// Files that belong to nobody.
    pub unmatched: usize,
    /// Files, folders and lines of the table that can't be read.
    pub unread: usize,
    /// Accepted by Microsoft 365 lately.
    pub changed: usize,
}

impl Figures {
    /// Those of a report.
    pub(crate) fn of(report: &Report) -> Self {
        let mut figures = Self {
            missing: report.asked_missing.then_some(0),
            only_photo: report.asked_missing.then_some(0),
            unmatched: report.photos.unmatched.len(),
            unread: report.photos.unread.len(),
            ..Self::default()
        };
        for row in &report.photos.rows {
            figures.changed += usize::from(row.changed);
            match figures.place(row) {
                Some(count) => *count += 1,
                None if row.state == PhotoState::OnlyPhoto => figures.only_photo = figures.only_photo.map(|count| count + 1),
                None => figures.missing = figures.missing.map(|count| count + 1),
            }
        }
        figures
    }

    fn place(&mut self, row: &PhotoRow) -> Option<&mut usize> {
        Some(match row.state {
            PhotoState::UpToDate => &mut self.up_to_date,
            PhotoState::Drifted => &mut self.drifted,
            PhotoState::OnItsWay => &mut self.on_its_way,
            PhotoState::Held => match actor(row) {
                Actor::Hr => &mut self.hr,
                Actor::Administrator => &mut self.it,
                Actor::Itself | Actor::Nobody => &mut self.itself,
            },
            PhotoState::Kept => &mut self.kept,
            PhotoState::DefaultPicture => &mut self.default_picture,
            PhotoState::OutOfScope => &mut self.out_of_scope,
            // Whoever keeps a photo that only a person can remove is not served either.
            PhotoState::NoFile if row.why.is_some() => &mut self.out_of_scope,
            PhotoState::NoFile => &mut self.no_file,
            PhotoState::Missing | PhotoState::OnlyPhoto | PhotoState::Unmatched | PhotoState::Unread => return None,
        })
    }

    /// All photos.
    pub(crate) const fn all(&self) -> usize {
        self.up_to_date + self.drifted + self.on_its_way + self.held() + self.kept + self.out_of_scope
    }

    /// Those that are held.
    pub(crate) const fn held(&self) -> usize {
        self.hr + self.it + self.itself
    }

    /// All photos by where they stand: what, how many, and how that looks. What is never missed is left out if there is
    /// none of it.
    pub(super) fn tiles<'a>(&self, texts: &'a Texts) -> Vec<(&'a str, usize, &'static str)> {
        let all = [
            (&texts.tile_up_to_date, self.up_to_date, "good", true),
            (&texts.tile_drifted, self.drifted, "warn", false),
            (&texts.tile_on_its_way, self.on_its_way, "plain", true),
            (&texts.tile_hr, self.hr, "bad", true),
            (&texts.tile_it, self.it, "bad", true),
            (&texts.tile_itself, self.itself, "warn", false),
            (&texts.tile_kept, self.kept, "plain", false),
            (&texts.tile_out_of_scope, self.out_of_scope, "plain", false),
        ];
        let shown = all.into_iter().filter(|(_, count, _, always)| *always || *count > 0);
        shown.map(|(words, count, class, _)| (words.as_str(), count, if count > 0 { class } else { "plain" })).collect()
    }

    /// What is counted besides.
    pub(super) fn beside<'a>(&self, texts: &'a Texts) -> Vec<(&'a str, usize, &'static str)> {
        let mut beside = Vec::new();
        if self.unmatched > 0 {
            beside.push((texts.tile_unmatched.as_str(), self.unmatched, "warn"));
        }
        if self.unread > 0 {
            beside.push((texts.tile_unread.as_str(), self.unread, "warn"));
        }
        if self.no_file > 0 {
            beside.push((texts.tile_no_file.as_str(), self.no_file, "plain"));
        }
        if self.default_picture > 0 {
            beside.push((texts.tile_default_picture.as_str(), self.default_picture, "plain"));
        }
        if let Some(missing) = self.missing {
            beside.push((texts.tile_missing.as_str(), missing, if missing > 0 { "warn" } else { "plain" }));
        }
        if let Some(only_photo) = self.only_photo.filter(|count| *count > 0) {
            beside.push((texts.tile_only_photo.as_str(), only_photo, "warn"));
        }
        beside.push((texts.tile_changed.as_str(), self.changed, "plain"));
        beside
    }

    /// All in one sentence, and whether all is well.
    pub(super) fn verdict(&self, texts: &Texts) -> (String, bool) {
        let wanted = self.up_to_date + self.drifted + self.on_its_way + self.held();
        let mut words = match self.up_to_date {
            _ if wanted == 0 => texts.verdict_none.clone(),
            good if good == wanted => texts.count(&texts.verdict_all, wanted),
            good => {
                let begin = fill(&texts.verdict_some, &[("good", &texts.number(good)), ("all", &texts.number(wanted))]);
                let rest = [
                    (&texts.verdict_drifted, self.drifted),
                    (&texts.verdict_way, self.on_its_way),
                    (&texts.verdict_hr, self.hr),
                    (&texts.verdict_it, self.it),
                    (&texts.verdict_itself, self.itself),
                ];
                let rest = rest.into_iter().filter(|(_, count)| *count > 0).map(|(text, count)| texts.count(text, count));
                format!("{begin} {}.", rest.collect::<Vec<_>>().join(", "))
            }
        };
        if self.unmatched > 0 {
            words = format!("{words} {}", texts.count(&texts.verdict_unmatched, self.unmatched));
        }
        (words, self.held() == 0)
    }
}
