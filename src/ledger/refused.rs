//! Which targets are blocked for want of a permission, as conditions on their rows.

use super::literal::literal;
use crate::model::Reason;
use crate::model::target_state::StateName;

/// Name that the last success of a kind is kept under; the kind follows.
pub(super) const PERMITTED_AT: &str = "permitted_at_";

/// A row that is blocked for want of a permission.
pub(super) fn is_refused() -> String {
    let (blocked, lacking) = (literal(StateName::Blocked.as_str()), literal(Reason::NotPermitted.as_str()));
    format!("state = {blocked} AND reason = {lacking}")
}

/// What is refused this shortly after another of the kind was delivered is no matter of the kind, in milliseconds: it is
/// tried a few times before it is believed.
pub(super) const AFTER: u32 = 60_000;

/// A row that the permission of its whole kind seems to be missing for: nothing of the kind was delivered since, or
/// shortly before.
pub(super) fn is_of_kind() -> String {
    let at = literal(PERMITTED_AT);
    let refused = is_refused();
    format!("({refused} AND since - {AFTER} > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = {at} || kind), -1))")
}
