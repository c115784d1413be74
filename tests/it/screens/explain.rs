//! `explain` finds people by whatever they are called, and tells the same story each time.

use crate::world::{World, person, portrait};
use photosyncd::testing::emulator::Settings;

const PEOPLE: &str = "
users:
  - { userPrincipalName: anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a, displayName: Änne Berg, mail: a.berg@contoso.com, employeeId: '0042', onPremisesSamAccountName: aberg, mailNickname: anneb }
  - { userPrincipalName: ben@contoso.com, id: 00000000-0000-4000-8000-00000000000b, displayName: Ben Holm, employeeId: '0043' }
  - { userPrincipalName: ben2@contoso.com, id: 00000000-0000-4000-8000-00000000000c, displayName: Ben Holm }
groups:
  - { mailNickname: sales, id: 00000000-0000-4000-8000-000000000051, displayName: Sales Team }
";

fn company() -> World {
    let mut world = World::with(PEOPLE, Settings::default());
    world.set("mapping", "{ rules: [{ files: '{upn}.{ext}', user: { userPrincipalName: '{upn}' } }, { files: 'old/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    world.write_long_ago("old/anna@contoso.com.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    std::fs::rename(world.photos().join("old/anna@contoso.com.jpg"), world.photos().join("anna@contoso.com.jpg")).unwrap();
    world.run(&["reconcile"]).exits(0);
    world
}

#[test]
fn every_name_of_a_person_leads_to_the_same_story() {
    let world = company();
    let path = world.photos().join("anna@contoso.com.jpg");
    let story = world.run(&["explain", "anna@contoso.com.jpg"]).exits(0).says(&["anna@contoso.com: up to date"]).stdout;
    for name in [
        path.to_str().unwrap(),
        "./anna@contoso.com.jpg",
        "anna@contoso.com",
        "ANNA@contoso.com",
        "a.berg@contoso.com",
        "0042",
        "Änne Berg",
        "änne berg",
        "a\u{308}nne BERG",
        "aberg",
        "anneb",
        "00000000-0000-4000-8000-00000000000A",
        "user:00000000-0000-4000-8000-00000000000a",
        "old/anna@contoso.com.jpg",
    ] {
        let told = world.run(&["explain", name]).exits(0).stdout;
        assert_eq!(told, story, "{name}");
    }
}

#[test]
fn whoever_has_no_photo_is_named_and_near_misses_are_proposed() {
    let world = company();
    world
        .run(&["explain", "0043"])
        .exits(2)
        .says(&["The directory knows ben@contoso.com, object id", "but no file identifies it"]);
    world.run(&["explain", "ben holm"]).exits(2).says(&["ben@contoso.com", "ben2@contoso.com"]);
    world.run(&["explain", "Sales Team"]).exits(2).says(&["000000000051"]);
    world
        .run(&["explain", "ana@contoso.com"])
        .exits(2)
        .says(&["Did you mean one of these: anna@contoso.com", "knows nobody by that"]);
    world.run(&["explain", "anna@contoso.com.jpeg"]).exits(2).says(&["Did you mean", "anna@contoso.com.jpg"]);
    world.run(&["explain", "no/such.jpg"]).exits(2).says(&["there is no such file below"]);
    for blank in ["", " ", "./"] {
        world.run(&["explain", blank]).exits(2).says(&["the name is empty"]);
    }
}

#[test]
fn both_accounts_are_named_where_a_name_changed_hands() {
    let mut world = company();
    let ids = ["00000000-0000-4000-8000-00000000000a", "11111111-0000-4000-8000-00000000000a"];
    let again = PEOPLE.replacen(ids[0], ids[1], 1).replacen("Änne Berg", "Anna Newcomer", 1);
    let left = "  - { userPrincipalName: former.anna@contoso.com, id: 00000000-0000-4000-8000-00000000000a, displayName: Änne Berg }\ngroups:";
    world.replug(&again.replace("groups:", left), Settings::default());
    world.write("anna@contoso.com.jpg", &portrait(2));
    world.hours_later(2);
    world.run(&["reconcile"]).exits(3);
    for name in ["anna@contoso.com.jpg", "anna@contoso.com"] {
        world.run(&["explain", name]).exits(0).says(&[
            "identity_changed",
            "Anna Newcomer (anna@contoso.com",
            "Änne Berg (former.anna@contoso.com",
            ids[0],
            ids[1],
            "photosyncd accept",
        ]);
    }
}

#[test]
fn a_path_that_no_pass_reads_is_told_as_the_plan_tells_it() {
    let mut world = World::people(3);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    let link = format!("users/{}.jpg", person(1));
    std::os::unix::fs::symlink(world.photos().join(format!("users/{}.jpg", person(0))), world.photos().join(&link)).unwrap();
    std::fs::create_dir(world.path("outside")).unwrap();
    std::fs::write(world.path("outside/x.jpg"), portrait(7)).unwrap();
    let out = format!("users/{}.jpg", person(2));
    std::os::unix::fs::symlink(world.path("outside/x.jpg"), world.photos().join(&out)).unwrap();
    for (source, held) in [("false", &[&link, &out][..]), ("true", &[&out])] {
        world.set("source", &format!("{{ directory: photos, settle: 0s, follow_symlinks: {source} }}"));
        let plan = world.run(&["plan"]).stdout;
        for path in held {
            assert!(plan.contains("symbolic link"), "{plan}");
            let told = world.run(&["explain", path]).exits(0).says(&["will be held", "file_unreadable", "symbolic link"]);
            assert!(!told.stdout.contains("the next pass sees it"), "{}", told.stdout);
        }
    }
    world.run(&["explain", &link]).exits(0).says(&["the next pass sees it"]);
}
