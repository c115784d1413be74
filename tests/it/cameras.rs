//! Numbers that cameras give, and what lies beside photos: neither is anybody's photo.

use photosyncd::testing::emulator::Settings;

use crate::world::{World, portrait};

const TENANT: &str = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a, employeeId: '1042' }
  - { userPrincipalName: ben@contoso.com, id: 00000000-0000-4000-8000-00000000000b, employeeId: '2042' }
";

fn world(files: &str) -> World {
    let mut world = World::with(TENANT, Settings::default());
    world.set("mapping", &format!("{{ rules: [{{ {files}, user: {{ employeeId: '{{number}}' }} }}] }}"));
    world
}

/// README had it so.
const CARELESS: &str = r"regex: '(.*/)?[^/\d]*(?<number>\d{4,6})[^/\d]*\.(jpe?g|png)', ignore_case: true";

#[test]
fn a_cameras_number_is_held_told_and_warned_of() {
    let world = world(CARELESS);
    world.write("IMG_1042.JPG", &portrait(1));
    world.write("Sales/DSC_2042.JPG", &portrait(2));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for (path, name) in [("IMG_1042.JPG", "IMG_1042"), ("Sales/DSC_2042.JPG", "DSC_2042")] {
        let problem = outcome.problem(path);
        assert_eq!(problem["reason"], "camera_number");
        assert!(problem["detail"].as_str().unwrap().contains(name), "{problem}");
    }
    assert!(world.puts().is_empty());
    world.run(&["check"]).exits(0).says(&["can be used", "Warning: the rule", "IMG_1042", "camera_number"]);
    let warnings = world.run(&["check", "--json"]).exits(0).json()["warnings"].as_array().unwrap().len();
    assert_eq!(warnings, 1);
    world.run(&["doctor", "--offline"]).says(&["rules", "named by a camera", "IMG_1042"]);
    world.run(&["explain", "IMG_1042.JPG"]).exits(0).says(&["camera_number"]);
    world.write("1042.jpg", &portrait(3));
    world.run(&["reconcile"]).exits(3);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(3), "the camera's picture is no rival");
}

#[test]
fn a_rule_that_spells_the_letters_says_that_the_number_is_meant() {
    let world = world("files: 'IMG_{number}.{ext}'");
    world.write("IMG_1042.JPG", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    assert!(!world.run(&["check"]).exits(0).stdout.contains("Warning"));
}

#[test]
fn a_photo_that_a_cameras_number_brought_there_before_stays_until_a_person_looks() {
    let mut world = world("files: 'IMG_{number}.{ext}'");
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    world.write("IMG_1042.JPG", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    world.set("mapping", &format!("{{ rules: [{{ {CARELESS}, user: {{ employeeId: '{{number}}' }} }}] }}"));
    world.write("IMG_1042.JPG", &portrait(2));
    for _ in 0..3 {
        let outcome = world.run(&["reconcile", "--json"]).exits(3);
        assert_eq!(outcome.problem("IMG_1042.JPG")["reason"], "camera_number");
    }
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    world.set("mapping", "{ rules: [{ files: 'IMG_{number}.{ext}', user: { employeeId: '{number}' } }] }");
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(2));
}

#[test]
fn sidecars_beside_a_photo_hold_nothing_and_win_nothing() {
    for rest in ["", "on_conflict: newest, "] {
        for rule in ["files: 'users/{upn}.{ext}'", "files: '**/{upn}.*'", r"regex: 'users/(?<upn>[^/]+@contoso\.com)\..+'"] {
            let mut world = World::new();
            world.set("mapping", &format!("{{ {rest}rules: [{{ {rule}, user: {{ userPrincipalName: '{{upn}}' }} }}] }}"));
            world.write_long_ago("users/anna@contoso.com.jpg", &portrait(1));
            for sidecar in
                ["xmp", "AAE", "CR2", "jpg_original", "jpg~", "bak", "txt", "lnk", "json", "THM", "MOV", "jpg.xmp", "pp3"]
            {
                world.write(&format!("users/anna@contoso.com.{sidecar}"), &portrait(7));
            }
            let summary = world.run(&["reconcile", "--json"]).exits(0).json();
            assert_eq!((&summary["delivered"], &summary["matched"]), (&1.into(), &1.into()), "{rule}: {summary}");
            assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
        }
    }
}
