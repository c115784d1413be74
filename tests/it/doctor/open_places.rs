//! What others may change is told, each place by itself; what is as it should be, or meant, is not.

use std::os::unix::fs::chown;

use super::*;

/// Places, with modes that are told and modes that are not.
const PLACES: [(&str, &[u32], &[u32]); 7] = [
    ("config.yaml", &[0o666, 0o662], &[0o644, 0o600, 0o640]),
    ("people.csv", &[0o666], &[0o644, 0o640]),
    (".", &[0o777, 0o703], &[0o755, 0o700, 0o1777]),
    ("photos", &[0o777], &[0o755, 0o770, 0o2775]),
    (".photosyncd", &[0o777], &[0o700, 0o755]),
    (".photosyncd/backups", &[0o777], &[0o700]),
    ("converter", &[0o777], &[0o755]),
];

fn told(world: &World) -> String {
    let warned = |outcome: &str| outcome.lines().filter(|line| line.contains("chmod")).count();
    let (check, doctor) = (world.run(&["check"]).exits(0), world.run(&["doctor", "--offline", "--quiet"]).exits(0));
    assert_eq!(warned(&check.stdout), warned(&doctor.stdout), "{}\n{}", check.stdout, doctor.stdout);
    doctor.stdout
}

#[test]
fn what_everybody_may_change_is_told_by_check_and_doctor() {
    let mut world = healthy();
    std::fs::write(world.path("people.csv"), "file,kind,property,value\n").unwrap();
    std::fs::write(world.path("converter"), "#!/bin/sh\n").unwrap();
    std::fs::create_dir_all(world.path(".photosyncd/backups")).unwrap();
    let converter = world.path("converter").display().to_string();
    world.set("photo", &format!("{{ heic_converter: ['{converter}'] }}"));
    world.set("mapping", "{ table: people.csv, rules: [{ files: '*/**', user: { userPrincipalName: 'anna@contoso.com' } }] }");
    for (place, _, shut) in PLACES {
        mode(&world, place, shut[0]);
    }
    for (place, open, shut) in PLACES {
        for bits in open {
            mode(&world, place, *bits);
            let said = told(&world);
            assert!(said.matches("chmod o-w").count() == 1, "{place} {bits:o}: {said}");
        }
        for bits in shut {
            mode(&world, place, *bits);
            let said = told(&world);
            assert!(!said.contains("chmod"), "{place} {bits:o}: {said}");
        }
        mode(&world, place, shut[0]);
    }
    // A group that is not the owner's alone; of the source it is often meant to be.
    if chown(world.path("config.yaml"), None, Some(4_321)).is_ok() {
        mode(&world, "config.yaml", 0o664);
        assert!(told(&world).contains("chmod g-w"));
        mode(&world, "config.yaml", 0o644);
        chown(world.photos(), None, Some(4_321)).unwrap();
        mode(&world, "photos", 0o775);
        assert!(!told(&world).contains("chmod"));
    }
}

#[test]
fn a_ledger_that_others_may_read_is_told_and_closed_when_it_is_opened() {
    let world = healthy();
    std::fs::create_dir_all(world.path(".photosyncd")).unwrap();
    std::fs::write(world.ledger(), "").unwrap();
    mode(&world, ".photosyncd/photosyncd.db", 0o644);
    assert!(told(&world).contains("others may read it"));
    world.run(&["reconcile"]).exits(0);
    let files = std::fs::read_dir(world.path(".photosyncd")).unwrap().map(|entry| entry.unwrap().path());
    for file in files.filter(|file| file.is_file() && file.to_str().unwrap().contains(".db")) {
        let bits = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
        assert_eq!(bits & 0o777, 0o600, "{}", file.display());
    }
    assert!(!told(&world).contains("others may read it"));
}
