//! A group and its team are one object with one photo, under whichever name its file stands.

use photosyncd::testing::emulator::{Entry, EntryKind, Quirks, Settings, TeamState};
use photosyncd::testing::model::Property;

use crate::world::{World, portrait};

const ID: &str = "00000000-0000-4000-8000-000000000001";
const FOLDERS: [&str; 2] = ["teams", "groups"];

fn shows(world: &World) -> Vec<u8> {
    world.photo(&format!("group:{ID}")).unwrap().body.to_vec()
}

fn team() -> World {
    let quirks = Quirks { one_team_photo: true, ..Quirks::default() };
    let settings = Settings { quirks, ..Settings::default() };
    let world = World::with("users:\n  - { userPrincipalName: ben@contoso.com }\n", settings);
    let mut team = Entry::new(EntryKind::Group, ID);
    team.set(Property::MailNickname, "proj");
    (team.unified, team.team) = (true, TeamState::Marked);
    world.emulator().change_tenant(|tenant| tenant.add(team).unwrap());
    world
}

/// Moves the file to the other folder.
fn moved(world: &World, from: usize) -> usize {
    let to = 1 - from;
    std::fs::create_dir_all(world.photos().join(FOLDERS[to])).unwrap();
    let file = |at: usize| world.photos().join(FOLDERS[at]).join("proj.jpg");
    std::fs::rename(file(from), file(to)).unwrap();
    to
}

#[test]
fn our_photo_under_the_one_name_is_ours_under_the_other() {
    for start in [0, 1] {
        for and_backup in [false, true] {
            let mut world = team();
            world.set("deliver", "only_where_missing");
            world.set("guard", "{}");
            world.set("removal", "{ when_file_disappears: delete, grace: 9m }");
            world.set("backup", &format!("{{ before_first_overwrite: {and_backup} }}"));
            world.write(&format!("{}/proj.jpg", FOLDERS[start]), &portrait(1));
            world.run(&["reconcile"]).exits(0);
            let mut at = start;
            for seed in 2..6 {
                at = moved(&world, at);
                let plan = world.run(&["plan", "--json"]).json();
                assert_eq!(plan["first_contact"]["kept"], 0, "{plan}");
                world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
                world.write(&format!("{}/proj.jpg", FOLDERS[at]), &portrait(seed));
                world.run(&["reconcile"]).exits(0);
                assert_eq!(shows(&world), portrait(seed), "{start} {seed}");
            }
            let kept = std::fs::read_dir(world.path(".photosyncd/backups")).map_or(0, Iterator::count);
            assert_eq!(kept, 0, "ours is no photo of others");
            // What somebody else has put there stays, under both names.
            let path = format!("/v1.0/groups/{ID}/photo/$value");
            assert!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(90)) < 300);
            at = moved(&world, at);
            world.write(&format!("{}/proj.jpg", FOLDERS[at]), &portrait(7));
            world.run(&["reconcile"]).says(&["has_photo"]);
            assert_eq!(shows(&world), portrait(90));
        }
    }
}

#[test]
fn a_comparison_takes_neither_name_for_anothers_photo() {
    let mut world = team();
    world.set("drift", "{ check_every: 1h, policy: hr_wins }");
    for folder in FOLDERS {
        world.write(&format!("{folder}/proj.jpg"), &portrait(1));
        world.run(&["reconcile"]).exits(0);
    }
    let sent = world.puts().len();
    let found = world.run(&["verify", "--json"]).exits(0).json();
    assert_eq!((&found["same"], &found["changed"]), (&2.into(), &0.into()), "{found}");
    assert_eq!(world.puts().len(), sent);
}
