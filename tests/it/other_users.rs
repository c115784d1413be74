//! Commands run by somebody else than the service's user: what may not be looked at is not taken for nothing.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use crate::world::World;

const NOBODY: u32 = 65_534;

/// What a command of nobody's says, and its exit code; none where this user can't become nobody.
fn as_nobody(world: &World, command: &[&str]) -> Option<(Option<i32>, String)> {
    let done = world.command(command).uid(NOBODY).gid(NOBODY).output().ok()?;
    Some((done.status.code(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap()))
}

#[test]
fn a_ledger_of_another_user_is_neither_missing_nor_on_a_broken_disk() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    for (place, mode) in [(".", 0o755), ("config.yaml", 0o644), (".photosyncd", 0o700)] {
        set_permissions(world.path(place), Permissions::from_mode(mode)).unwrap();
    }
    for mode in [0o700, 0o711] {
        set_permissions(world.path(".photosyncd"), Permissions::from_mode(mode)).unwrap();
        for command in [&["status"][..], &["plan"], &["history"]] {
            let Some((code, said)) = as_nobody(&world, command) else { return };
            assert_eq!(code, Some(78), "{command:?}: {said}");
            assert!(said.contains("may not be read by the user") && said.contains("sudo -u photosyncd"), "{command:?}: {said}");
        }
    }
    // Root has made the first pass, where the service's user may write.
    set_permissions(world.path(".photosyncd"), Permissions::from_mode(0o777)).unwrap();
    let (code, said) = as_nobody(&world, &["reconcile"]).unwrap();
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("belongs to another user (uid 0)") && said.contains("chown"), "{said}");
}
