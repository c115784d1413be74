//! What a plan comes to: the same parts as everywhere, with what is queued told by what becomes of it.

use std::collections::HashSet;
use std::fmt::Display;

use serde::Serialize;

use super::sum::{DRIFTED, Sum};
use crate::ledger::DriftRow;
use crate::model::{Actor, Reason};
use crate::plan::PlanRow;

/// What a plan comes to: each photo counts once. Field names of the JSON are a contract: fields may be added, these stay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub(crate) struct PlanSum {
    /// Photos that would be sent to targets without one of ours.
    pub to_send: u32,
    /// Photos that would replace one of ours.
    pub to_replace: u32,
    /// Photos that would be prepared again in another way, and sent if they come out different.
    pub to_prepare_again: u32,
    /// Photos that would be taken out of the tenant.
    pub to_remove: u32,
    /// Photos that are taken out later, if their files do not come back.
    pub to_remove_later: u32,
    /// Targets that would be forgotten: their photos stay in the tenant.
    pub to_release: u32,
    /// The same as after a pass.
    #[serde(flatten)]
    pub sum: Sum,
}

impl PlanSum {
    /// Counts the rows of a plan. `drifted`: where the tenant shows another photo than ours, or none.
    pub(crate) fn of(rows: impl Iterator<Item = PlanRow>, drifted: &[DriftRow]) -> Self {
        let drifted: HashSet<String> = drifted.iter().map(drifted_thing).collect();
        let mut all = Self::default();
        let mut things = HashSet::new();
        for row in rows.filter(|row| !row.is_outdone()) {
            if row.action == "hold" && !row.thing().is_none_or(|thing| things.insert(thing)) {
                continue;
            }
            if row.action == "unchanged" && row.thing().is_some_and(|thing| drifted.contains(&thing)) {
                all.sum.drifted += 1;
                continue;
            }
            *all.part_of(&row) += 1;
            all.sum.default_pictures += u32::from(row.default_picture && row.action == "unchanged");
        }
        let Self { to_send, to_replace, to_prepare_again, to_remove, .. } = all;
        all.sum.queued = to_send + to_replace + to_prepare_again + to_remove;
        all
    }

    /// Takes in default pictures in the tenant that have no row, since they stay as they are.
    pub(crate) fn leave_default_pictures(&mut self, count: u32) {
        self.sum.up_to_date += count;
        self.sum.default_pictures += count;
    }

    fn part_of(&mut self, row: &PlanRow) -> &mut u32 {
        let Sum { up_to_date, waiting, need_person, resolves_itself, kept, out_of_scope, unmatched, .. } = &mut self.sum;
        match (row.action, row.change, row.reason) {
            ("deliver", Some("changed"), _) => &mut self.to_replace,
            ("deliver", Some("recipe"), _) => &mut self.to_prepare_again,
            ("deliver", ..) => &mut self.to_send,
            ("remove", ..) => &mut self.to_remove,
            ("remove_later", ..) => &mut self.to_remove_later,
            ("release", ..) => &mut self.to_release,
            ("unchanged", ..) => up_to_date,
            ("wait", ..) => waiting,
            ("unmatched", ..) => unmatched,
            (_, _, Some(reason)) if reason.is_kept() => kept,
            (_, _, Some(reason)) if reason.may_stand() => out_of_scope,
            (_, _, Some(reason)) if reason.actor() == Actor::Itself => resolves_itself,
            _ => need_person,
        }
    }

    /// In words: what would be done, then what would not. It adds up to everything there is.
    pub(crate) fn words(&self) -> String {
        let Sum { up_to_date, drifted, waiting, need_person, resolves_itself, kept, out_of_scope, unmatched, .. } = self.sum;
        let all = [
            (self.to_send, true, "to send"),
            (self.to_replace, true, "to replace"),
            (self.to_prepare_again, false, "to prepare again"),
            (self.to_remove, true, "to remove"),
            (self.to_remove_later, false, "to remove later"),
            (self.to_release, false, "to release"),
            (up_to_date, true, "up to date"),
            (drifted, false, DRIFTED),
            (waiting, false, "retried later"),
            (need_person + resolves_itself, true, "held"),
            (kept, false, "with their own photo kept"),
            (out_of_scope, false, "out of scope"),
            (unmatched, true, "unmatched"),
        ];
        let told = all.into_iter().filter(|(count, always, _)| *always || *count > 0);
        told.map(|(count, _, words)| format!("{count} {words}")).collect::<Vec<_>>().join(", ")
    }

    /// Whether a pass would do nothing.
    pub(crate) const fn is_nothing(&self) -> bool {
        self.sum.queued == 0 && self.to_release == 0
    }
}

fn thing(kind: impl Display, name: &str) -> String {
    format!("{kind} {name}")
}

/// The same as [`PlanRow::thing`] has it.
fn drifted_thing(row: &DriftRow) -> String {
    let target = &row.object_id;
    target.object_id().map_or_else(|| thing(target.kind(), &row.target), |id| thing(target.kind(), id.as_str()))
}

impl PlanRow {
    /// What a row is about, where several may be about one.
    fn thing(&self) -> Option<String> {
        let kind = self.kind?;
        Some(thing(kind, self.object_id.as_ref().or(self.target.as_ref())?))
    }

    /// Whether another file is sent in the place of this one.
    pub(crate) fn is_outdone(&self) -> bool {
        self.action == "same" || self.action == "hold" && self.reason.is_none()
    }

    /// Whether it is held for a reason that is nobody's own: the directory could not be asked, or a permission is missing.
    pub(crate) fn is_systemic(&self) -> bool {
        let reasons = [Reason::Transient, Reason::Throttled, Reason::SignIn, Reason::NotPermitted];
        // What was blocked at a try is a matter of its target.
        self.action == "hold" && !self.is_known && self.reason.is_some_and(|reason| reasons.contains(&reason))
    }
}
