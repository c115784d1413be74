//! Two people with numbers, whom names lead to in turn.

use photosyncd::testing::emulator::{Entry, Settings};

use super::World;

pub(crate) const ANNA: &str = "00000000-0000-4000-8000-00000000000a";
pub(crate) const BEN: &str = "00000000-0000-4000-8000-00000000000b";

/// A tenant of these users, as a seed lists them.
pub(crate) fn staff(users: &str) -> World {
    World::with(&format!("users:\n{users}"), Settings::default())
}

/// Anna and Ben, with numbers.
pub(crate) fn anna_and_ben() -> World {
    staff(&format!(
        "  - {{ userPrincipalName: anna@contoso.com, id: {ANNA}, employeeId: '1', displayName: Anna Berg }}
  - {{ userPrincipalName: ben@contoso.com, id: {BEN}, employeeId: '2', displayName: Ben Berg }}\n"
    ))
}

/// Something changes in the tenant for the object of this id.
pub(crate) fn change(world: &World, id: &str, change: impl FnOnce(&mut Entry)) {
    world.emulator().change_tenant(|tenant| assert!(tenant.change(id, change), "no {id}"));
}
