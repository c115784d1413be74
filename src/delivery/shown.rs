//! What the tenant shows of targets whose photo would be replaced or removed, against what we know of ours: for a dry run. An
//! upload or a removal asks the same right before it would go out.

use std::collections::HashMap;

use super::photo_reads::{PhotoAnswer, PhotoQuestion};
use super::run_end::Until;
use super::uploader::Uploader;
use crate::graph::Failure;
use crate::model::{OwnNames, TargetId};

/// What the tenant shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shown {
    /// No photo.
    Nothing,
    /// One that is called as ours.
    Ours,
    /// One that is not, or where none of ours is known.
    Another,
    /// One, and nobody knows what Graph called ours.
    Unrecognised,
}

impl Uploader {
    /// What the tenant shows of each of these, as far as it says so. Nothing is said if it was ended before all were asked.
    pub(crate) async fn shown(
        &self,
        targets: HashMap<TargetId, OwnNames>,
        until: &Until,
    ) -> Result<HashMap<TargetId, Shown>, Failure> {
        let (by_name, nameless): (HashMap<_, _>, HashMap<_, _>) =
            targets.into_iter().partition(|(_, names)| names.known().next().is_some());
        let answered = self.who_has_a_photo(nameless.keys(), until).await?.unwrap_or_default();
        let as_shown = |(target, is_there): (TargetId, bool)| {
            let shown = match nameless.get(&target) {
                _ if !is_there => Shown::Nothing,
                Some(names) if !names.is_empty() => Shown::Unrecognised,
                _ => Shown::Another,
            };
            (target, shown)
        };
        let mut shown: HashMap<TargetId, Shown> = answered.into_iter().map(as_shown).collect();
        let (answers, read) = self.answers(by_name.keys().cloned(), PhotoQuestion::Name, until).await;
        if let Some(failure) = read.failure {
            return Err(failure);
        }
        if read.stopped.is_some() {
            return Ok(HashMap::new());
        }
        shown.extend(answers.into_iter().filter_map(|(target, answer)| {
            let shown = match answer {
                PhotoAnswer::Nothing => Shown::Nothing,
                PhotoAnswer::Named(name) if by_name[&target].known().any(|ours| ours == name) => Shown::Ours,
                PhotoAnswer::Named(_) => Shown::Another,
                PhotoAnswer::Unknown(problem) if problem.is_nowhere() => Shown::Nothing,
                PhotoAnswer::There | PhotoAnswer::Photo(_) | PhotoAnswer::Unknown(_) => return None,
            };
            Some((target, shown))
        }));
        Ok(shown)
    }
}
