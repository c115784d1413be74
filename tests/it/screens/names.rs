//! Names that select nothing are said, with those that are near; empty ones are refused.

use crate::world::{World, person, portrait, portrait_file, tree};

#[test]
fn a_selector_with_a_typo_is_named_and_nothing_is_sent() {
    let world = World::people(4);
    world.portraits(0, 4, 0);
    for command in ["plan", "reconcile"] {
        let typo = world.run(&[command, "--only", "p001@contoso.cmo"]).exits(2);
        let typo = typo.says(&[
            "--only \"p001@contoso.cmo\" selects nothing",
            "Did you mean one of these: p001@contoso.com, users/p001@contoso.com.jpg?",
        ]);
        assert!(typo.stdout.is_empty(), "{}", typo.stdout);
        world.run(&[command, "--only", "sales/", "--only", &person(0)]).exits(2).says(&["\"sales\" selects nothing"]);
    }
    assert!(world.puts().is_empty());
    world.run(&["reconcile", "--only", &person(0), "--only", &portrait_file(1)]).exits(0).says(&["2 photos delivered"]);
    // What rests is known by its name, too.
    for name in [person(0), portrait_file(1), "users".to_owned(), "00000000-0000-4000-8000-000000000001".to_owned()] {
        world.run(&["reconcile", "--limit", "0", "--only", &name]);
        world.run(&["plan", "--only", &name]).exits(0);
    }
    world.run(&["plan", "--only", &person(0)]).exits(0).says(&["1 up to date"]);
}

#[test]
fn others_troubles_are_not_told_to_who_asked_for_one() {
    let world = World::people(2);
    world.portraits(0, 2, 0);
    world.write("users/nobody@contoso.com.jpg", &portrait(9));
    world.write("notes.txt", b"x");
    world.run(&["reconcile"]).exits(3);
    world.portraits(1, 2, 70);
    let one = world.run(&["reconcile", "--only", &person(1)]).exits(0);
    let one = one.says(&["1 photo delivered", "The files selected (--only) are up to date."]);
    assert!(!one.stdout.contains("nobody") && !one.stdout.contains("notes"), "{}", one.stdout);
    assert_eq!(world.run(&["reconcile", "--only", &person(1), "--json"]).exits(0).json()["problems"], serde_json::json!([]));
    world.run(&["reconcile", "--only", "users/nobody@contoso.com.jpg"]).exits(3).says(&["target_missing"]);
}

#[test]
fn a_name_must_name_something() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    for blank in ["", " ", "/", "./"] {
        let commands: [&[&str]; 8] = [
            &["explain", blank],
            &["restore", blank],
            &["retry", blank],
            &["accept", blank],
            &["verify", blank],
            &["history", blank],
            &["plan", "--only", blank],
            &["reconcile", "--only", blank],
        ];
        for command in commands {
            world.run(command).exits(2).says(&["the name is empty"]);
        }
    }
    world.run(&["verify", "p000@contoso.cmo"]).exits(2).says(&["Did you mean", "p000@contoso.com"]);
    world.run(&["status", "--reason", "target_mising"]).exits(2).says(&["Did you mean target_missing?"]);
}

#[test]
fn saved_photos_of_a_rehearsal_are_named_as_hr_names_people() {
    let mut world = World::people(1);
    world.set("mapping", "{ rules: [{ files: '{x}.jpg', user: { employeeId: '{x}' } }, { files: 'mail/{x}.jpg', user: { mail: '{x}' } }, { files: 'groups/{x}.jpg', group: { displayName: '{x}' } }] }");
    for (at, name) in ["004203", "mail/anna@contoso.com", "groups/Vertrieb Nord"].into_iter().enumerate() {
        world.write(&format!("{name}.jpg"), &portrait(u32::try_from(at).unwrap()));
    }
    world.run(&["rehearse", "--save", "saved"]).exits(0).says(&["knows everybody whom a file names"]);
    let saved: Vec<String> =
        tree(&world.path("saved")).into_keys().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(saved, ["group-Vertrieb_Nord.jpg", "user-004203.jpg", "user-anna@contoso.com.jpg"]);
}
