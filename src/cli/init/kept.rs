//! What the rules that were there say beside whom files are for: which of it goes into the rules that take their place.

use crate::config::RuleExtra;
use crate::mapping::{RuleSpec, Rules};
use crate::proposal::{MappingProposal, Sample};

/// It, sorted out.
pub(super) struct Kept {
    /// What each proposed rule says further.
    of_rule: Vec<Vec<RuleExtra>>,
    /// What is not said of all files any more that it was said of.
    pub(super) dropped: Vec<RuleExtra>,
}

impl Kept {
    /// A rule says what was said of all its files that had a rule before; where none had, what was said in the same words.
    pub(super) fn of(extras: &[RuleExtra], old: Option<&Rules>, proposal: &MappingProposal, sample: &Sample) -> Self {
        let specs: Vec<RuleSpec> = proposal.rules.iter().map(|rule| rule.spec.clone()).collect();
        let new = Rules::compile(&specs).unwrap_or_default();
        // By rule, the rules that took its files before.
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); specs.len()];
        for path in sample.paths() {
            if let Some((now, was)) = new.position(path).zip(old.and_then(|old| old.position(path)))
                && !before[now].contains(&was)
            {
                before[now].push(was);
            }
        }
        let said = |spec: &RuleSpec, before: &[usize]| {
            let is_said = |extra: &&RuleExtra| match before {
                [] => extra.is_of(spec.paths.text()),
                [first, rest @ ..] => {
                    let by = |rule: usize| extras.iter().any(|other| other.rule == rule && other.says_like(extra));
                    extra.rule == *first && rest.iter().all(|rule| by(*rule))
                }
            };
            let mut said: Vec<RuleExtra> = extras.iter().filter(is_said).cloned().collect();
            // Two rules for the same files may differ; the first of them took these.
            said.sort_by_key(|extra| extra.key);
            said.dedup_by_key(|extra| extra.key);
            said
        };
        let of_rule: Vec<Vec<RuleExtra>> = specs.iter().zip(&before).map(|(spec, before)| said(spec, before)).collect();
        let is_kept = |extra: &RuleExtra| {
            let mut takers = before.iter().zip(&of_rule).filter(|(before, _)| before.contains(&extra.rule)).peekable();
            match takers.peek() {
                Some(_) => takers.all(|(_, said)| said.iter().any(|other| other.says_like(extra))),
                None => of_rule.iter().flatten().any(|other| other.rule == extra.rule && other.key == extra.key),
            }
        };
        let dropped = extras.iter().filter(|extra| !is_kept(extra)).cloned().collect();
        Self { of_rule, dropped }
    }

    /// What this rule of the proposal says further.
    pub(super) fn of_rule(&self, at: usize) -> &[RuleExtra] {
        self.of_rule.get(at).map_or(&[], Vec::as_slice)
    }
}
