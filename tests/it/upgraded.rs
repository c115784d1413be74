//! A ledger that a version before left, with targets in every state, goes on where it stood.

use rusqlite::Connection;

use crate::world::{World, person, portrait};

/// Whose photo is in step, kept, held, out of scope or gone: nothing is to be sent or removed.
const AT_REST: [usize; 14] = [0, 1, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18, 22, 23];

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// The tenant as it was: another account has the name of the eighteenth by now.
fn tenant() -> String {
    let user = |number: usize| {
        let id = if number == 18 { id(918) } else { id(number) };
        format!("  - {{ userPrincipalName: {}, id: {id} }}\n", person(number))
    };
    let users: String = (0..30).map(user).collect();
    format!(
        "users:\n{users}groups:
  - {{ mailNickname: sales, id: 00000000-0000-4000-8000-000000000051 }}
  - {{ mailNickname: space, id: 00000000-0000-4000-8000-000000000052, team: marked }}
  - {{ mailNickname: leavers, id: 00000000-0000-4000-8000-000000000053, members: [p022@contoso.com] }}
contacts:
  - {{ owner: p000@contoso.com, emailAddresses: [fred@example.com], id: contact-fred }}
"
    )
}

/// The source as it was then, and the ledger that was left beside it.
fn left_by(dump: &str) -> World {
    let mut world = World::with(&tenant(), photosyncd::testing::emulator::Settings::default());
    world.set("scope", "{ exclude_groups: [leavers] }");
    world.set("removal", "{ when_file_disappears: delete, grace: 7d }");
    for number in [0, 1, 4, 5, 6, 9, 10, 11, 12, 15, 17, 18, 19, 21, 22, 23, 25] {
        world.portraits(number, number + 1, 0);
    }
    for number in [2, 3, 20] {
        world.portraits(number, number + 1, 40);
    }
    world.portraits(16, 17, 70);
    for number in [12, 16] {
        world.write(&format!("users/{}.png", person(number)), &portrait(5_000 + u32::try_from(number).unwrap()));
    }
    world.write("users/nobody@contoso.com.jpg", &portrait(80));
    world.write("users/p024@contoso.com.jpg", b"no picture");
    world.write("groups/sales.jpg", &portrait(51));
    world.write("contacts/p000@contoso.com/fred@example.com.jpg", &portrait(153));
    std::fs::create_dir_all(world.ledger().parent().unwrap()).unwrap();
    Connection::open(world.ledger()).unwrap().execute_batch(dump).unwrap();
    world
}

#[test]
fn a_ledger_of_a_version_before_goes_on_where_it_stood() {
    for dump in [
        include_str!("../ledgers/format-2-before-the-state-machine.sql"),
        include_str!("../ledgers/format-2-by-the-state-machine.sql"),
    ] {
        let world = left_by(dump);
        // A reader changes nothing, and says who brings it up to date.
        world.run(&["status"]).exits(78).says(&["format 2", "photosyncd reconcile"]);
        world.run(&["plan"]).exits(78);
        // Graph had asked everybody to wait for an hour: that ends with the wish that was told so. Where pictures are prepared
        // in another way today, there is another wish already, and nothing to retry.
        world.run(&["reconcile", "--max-duration", "1s"]).exits(3);
        world.run(&["retry", &person(21)]);
        let summary = world.run(&["reconcile", "--patience", "1s", "--max-duration", "30s", "--json"]).exits(3).json();
        assert_eq!((&summary["halted"], &summary["removed"]), (&serde_json::Value::Null, &0.into()), "{summary}");
        let changes: Vec<String> = world
            .requests()
            .iter()
            .filter(|request| ["PUT", "DELETE"].contains(&&*request.method))
            .map(|request| format!("{} {}", request.method, request.target))
            .collect();
        for number in AT_REST {
            assert!(!changes.iter().any(|change| change.contains(&format!("{}/photo", id(number)))), "{number}: {changes:?}");
        }
        assert!(!changes.iter().any(|change| change.contains("/groups/") || change.contains("/teams/")), "{changes:?}");
        for number in [5, 6, 21] {
            assert!(changes.iter().any(|change| change.contains(&id(number))), "{number} was due: {changes:?}");
        }
        // What was told of each stays.
        for (number, words) in [
            (1, "put back by hand"),
            (8, "gone since"),
            (9, "shows another photo"),
            (11, "user_photo"),
            (16, "duplicate_files"),
            (18, "identity_changed"),
            (22, "out_of_scope"),
        ] {
            world.run(&["explain", &person(number)]).exits(0).says(&[words]);
        }
        let again = world.puts().len();
        world.run(&["reconcile", "--patience", "1s", "--max-duration", "30s"]).exits(3);
        assert_eq!(world.puts().len(), again, "a second pass sends nothing");
    }
}
