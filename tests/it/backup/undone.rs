//! What undo can't do by itself, and what it does once: photos of teams and contacts that were none before, and the one photo
//! of a group and its team.

use photosyncd::testing::emulator::Settings;

use super::ON;
use crate::world::{CONTOSO, World, portrait};

const SPACE: &str = "00000000-0000-4000-8000-000000000052";

fn world() -> World {
    let mut world = World::with(CONTOSO, Settings::default());
    world.set("backup", ON);
    world
}

/// The yes to what a person took out by hand leaves it undone, also where an undo was of one target only.
#[test]
fn what_a_person_takes_out_by_hand_stays_undone() {
    for undone in [&["undo", "1"][..], &["restore", "space"]] {
        let world = world();
        world.write("teams/space.jpg", &portrait(1));
        if undone[0] == "undo" {
            world.write("contacts/anna@contoso.com/fred@example.com.jpg", &portrait(2));
        }
        world.run(&["reconcile"]).exits(0);
        let sent = world.puts().len();
        world.run(undone).exits(3).says(&["removal_not_possible", "by hand", "photosyncd accept"]);
        world.run(&["accept", "space"]).exits(0).says(&["What was put back stays until the file's picture changes"]);
        if undone[0] == "undo" {
            world.run(&["accept", "contacts/anna@contoso.com/fred@example.com.jpg"]).exits(0).says(&["What was put back stays"]);
        }
        for _ in 0..2 {
            world.run(&["reconcile"]).exits(0);
        }
        assert_eq!(world.puts().len(), sent, "{undone:?}: the file's photo stays away");
        world.run(&["status"]).exits(0);
        // Until its picture changes, or somebody says that it may go again.
        if undone[0] == "undo" {
            world.write("teams/space.jpg", &portrait(3));
        } else {
            world.run(&["accept", "space"]).exits(0);
        }
        world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    }
}

/// The file moved from the team to its group: both have a backup, and the group's is a photo of ours.
#[test]
fn a_group_and_its_team_get_one_photo_back() {
    for undone in [&["restore", "space"][..], &["undo", "1"]] {
        let world = world();
        let (team, group) = (format!("/v1.0/teams/{SPACE}/photo/$value"), format!("/v1.0/groups/{SPACE}/photo/$value"));
        assert!(world.send("PUT", &team, &[("Content-Type", "image/jpeg")], &portrait(901)) < 300);
        let own = world.fetch(&team);
        world.write("teams/space.jpg", &portrait(1));
        world.run(&["reconcile"]).exits(0);
        // In Microsoft 365 one object has one photo.
        assert!(world.send("PUT", &group, &[("Content-Type", "image/jpeg")], &portrait(1)) < 300);
        std::fs::create_dir_all(world.photos().join("groups")).unwrap();
        std::fs::rename(world.photos().join("teams/space.jpg"), world.photos().join("groups/space.jpg")).unwrap();
        world.run(&["reconcile"]).exits(0);
        let sent = world.puts().len();
        world.run(undone).exits(0).says(&["1 of 1 put back"]);
        assert_eq!(world.puts().len(), sent + 1, "{undone:?}");
        if undone[0] == "restore" {
            assert_eq!(
                world.photo(&format!("group:{SPACE}")).unwrap().body,
                own,
                "the tenant's own, from which the file is kept"
            );
            world.run(&["reconcile"]).exits(0);
            assert_eq!(world.puts().len(), sent + 1, "it stays");
        }
    }
}
