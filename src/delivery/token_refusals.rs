//! Whose refusal of the token, or for want of a permission to read, is everybody's: that of two different ones with nobody
//! answered between. An account that Graph always refuses so, while it answers for others, must not stop them.

use std::collections::HashSet;
use std::time::Duration;

use super::uploader::Uploader;
use crate::graph::{Class, Failure, Recourse};
use crate::model::{TargetId, TargetKind};

/// What a refusal tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TokenRefusal {
    /// Nothing yet: it is asked again, after others.
    First,
    /// It is this one's own trouble: others are answered.
    Own,
    /// The token is good for nobody.
    Everybody,
}

/// Who was refused.
#[derive(Debug, Default)]
pub(super) struct TokenRefusals {
    /// Since somebody else was answered, and when these requests left.
    suspects: Vec<(TargetId, Duration)>,
    /// Others were answered since.
    own: HashSet<TargetId>,
    /// Who was answered and left last, and when.
    answered: Option<(TargetId, Duration)>,
    /// Kinds of which somebody was answered, and who of the others was refused for want of a permission.
    permitted: HashSet<TargetKind>,
    forbidden: HashSet<TargetId>,
}

impl TokenRefusals {
    /// This one was refused; its request left at `left`.
    pub(super) fn refused(&mut self, target: &TargetId, left: Duration) -> TokenRefusal {
        let is_refuted = self.answered.as_ref().is_some_and(|(other, at)| other != target && *at > left);
        if is_refuted || self.own.contains(target) {
            return TokenRefusal::Own;
        }
        let is_first = self.suspects.is_empty();
        if !self.suspects.iter().any(|(suspect, _)| suspect == target) {
            self.suspects.push((target.clone(), left));
        }
        if is_first { TokenRefusal::First } else { TokenRefusal::Everybody }
    }

    /// This one was not refused; its request left at `left`.
    pub(super) fn answered(&mut self, target: &TargetId, left: Duration) {
        self.own.remove(target);
        self.permitted.insert(target.kind());
        if self.answered.as_ref().is_none_or(|(_, at)| *at <= left) {
            self.answered = Some((target.clone(), left));
        }
        let refuted = self.suspects.extract_if(.., |(suspect, at)| suspect == target || *at <= left);
        self.own.extend(refuted.map(|(suspect, _)| suspect).filter(|suspect| suspect != target));
    }

    /// This one was refused for want of a permission: where anybody of its kind was answered, it is there.
    pub(super) fn forbidden(&mut self, target: &TargetId) -> TokenRefusal {
        if self.permitted.contains(&target.kind()) {
            return TokenRefusal::Own;
        }
        let is_first = !self.forbidden.iter().any(|other| other.kind() == target.kind());
        self.forbidden.insert(target.clone());
        if is_first { TokenRefusal::First } else { TokenRefusal::Everybody }
    }

    /// Whether anybody was refused by Graph itself since somebody was answered.
    pub(super) const fn is_any(&self) -> bool {
        !self.suspects.is_empty()
    }

    /// Whether only one was refused, so that it may be its own trouble.
    pub(super) fn is_one(&self) -> bool {
        self.suspects.len() == 1
    }

    /// Graph was asked something else, and takes the token: it is their photos that it refuses so.
    pub(super) fn is_proven(&mut self) {
        self.own.extend(self.suspects.drain(..).map(|(suspect, _)| suspect));
    }
}

impl Uploader {
    /// What it tells that this one was refused so, if the failure is a refusal; where nobody else is asked, Graph is, whether
    /// it takes the token.
    pub(super) async fn refused(
        &self,
        refusals: &mut TokenRefusals,
        (target, failure): (&TargetId, &Failure),
        left: Duration,
    ) -> Option<TokenRefusal> {
        if failure.recourse != Some(Recourse::AskOthers) {
            return (failure.class == Class::KindForbidden).then(|| refusals.forbidden(target));
        }
        let told = refusals.refused(target, left);
        if told == TokenRefusal::Everybody && refusals.is_one() && self.directory.tenant.graph.prove_token().await.is_ok() {
            refusals.is_proven();
            return Some(TokenRefusal::Own);
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::TokenRefusal::{Everybody, First, Own};
    use super::*;
    use crate::model::ObjectId;

    const SECOND: Duration = Duration::from_secs(1);

    fn one(name: &str) -> TargetId {
        TargetId::User(ObjectId::new(name))
    }

    #[test]
    fn one_account_that_is_refused_while_others_are_answered_stops_nobody() {
        let mut refusals = TokenRefusals::default();
        assert_eq!(refusals.refused(&one("a"), 2 * SECOND), First);
        refusals.answered(&one("b"), SECOND);
        assert_eq!(refusals.refused(&one("a"), 3 * SECOND), Everybody, "who was answered had left before");
        refusals.answered(&one("b"), 4 * SECOND);
        assert_eq!(refusals.refused(&one("c"), 3 * SECOND), Own, "who left later was answered");
        assert_eq!([refusals.refused(&one("a"), 5 * SECOND), refusals.refused(&one("a"), 9 * SECOND)], [Own, Own]);
        refusals.answered(&one("a"), 10 * SECOND);
        assert_eq!(refusals.refused(&one("a"), 11 * SECOND), First, "it was answered meanwhile");
    }

    #[test]
    fn two_accounts_in_a_row_are_everybody() {
        let mut refusals = TokenRefusals::default();
        assert_eq!([refusals.refused(&one("a"), SECOND), refusals.refused(&one("b"), SECOND)], [First, Everybody]);
        assert!(!refusals.is_one() && refusals.is_any());
        refusals.is_proven();
        assert!(!refusals.is_any());
        assert_eq!([refusals.refused(&one("a"), SECOND), refusals.refused(&one("b"), SECOND)], [Own, Own]);
        assert_eq!([refusals.refused(&one("c"), SECOND), refusals.refused(&one("d"), SECOND)], [First, Everybody]);
    }

    #[test]
    fn a_permission_is_that_of_a_kind() {
        let group = |name: &str| TargetId::Group(ObjectId::new(name));
        let mut refusals = TokenRefusals::default();
        refusals.answered(&one("a"), SECOND);
        assert_eq!([refusals.forbidden(&one("b")), refusals.forbidden(&group("c"))], [Own, First], "users may be read");
        refusals.answered(&one("d"), 2 * SECOND);
        assert_eq!(refusals.forbidden(&group("e")), Everybody, "and no group, whatever users are answered");
        refusals.answered(&group("f"), 3 * SECOND);
        assert_eq!(refusals.forbidden(&group("c")), Own);
    }

    #[test]
    fn one_alone_is_its_own_where_the_token_is_proven() {
        let mut refusals = TokenRefusals::default();
        assert_eq!([refusals.refused(&one("a"), SECOND), refusals.refused(&one("a"), SECOND)], [First, Everybody]);
        assert!(refusals.is_one());
        refusals.is_proven();
        assert_eq!([refusals.refused(&one("a"), SECOND), refusals.refused(&one("b"), SECOND)], [Own, First]);
    }
}
