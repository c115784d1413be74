//! What `plan` says is what the next `reconcile` does: for companies by chance.

use photosyncd::testing::emulator::{Entry, Settings};
use serde_json::Value;

use crate::world::{AT_ONCE, World, people, portrait, portrait_file};

const PEOPLE: usize = 6;
const DEFAULT: u32 = 900;

fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// Groups: who gets a default picture, who is left out, whose own photo stays; and one that is a team, too.
const GROUPS: [&str; 4] = ["staff", "out", "kind", "space"];

fn group(at: usize) -> String {
    id(900 + at)
}

fn company() -> World {
    let groups: Vec<String> = GROUPS
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let team = if *name == "space" { ", team: marked" } else { "" };
            format!("  - {{ mailNickname: {name}, id: {}, members: []{team} }}\n", group(at))
        })
        .collect();
    World::with(&(people(PEOPLE) + "groups:\n" + &groups.concat()), Settings::default())
}

/// Settings by chance; some kinds of companies each.
fn settle(world: &mut World, chance: &mut fastrand::Rng) {
    world.set("removal", ["{ when_file_disappears: keep }", AT_ONCE][chance.usize(..2)]);
    world.set("guard", "{ max_removals: 1000, max_removals_percent: 100, first_contact: replace, refuse_empty_source: false }");
    world.set("scope", ["{ exclude_groups: [out] }", "{ exclude_groups: [out], on_opt_out: delete }"][chance.usize(..2)]);
    let policies = [
        "always",
        "only_where_missing",
        "{ policy: always, by_group: [{ group: kind, policy: only_where_missing }] }",
        "{ policy: only_where_missing, by_group: [{ group: kind, policy: always }] }",
    ];
    world.set("deliver", policies[chance.usize(..policies.len())]);
    std::fs::write(world.path("staff.jpg"), portrait(DEFAULT)).unwrap();
    world.set("defaults", ["[]", "[{ group: staff, file: staff.jpg }]"][chance.usize(..2)]);
}

/// Something happens in the source or in the tenant.
fn happens(world: &World, chance: &mut fastrand::Rng, fresh: u32) {
    let number = chance.usize(..PEOPLE);
    let file = portrait_file(number);
    let remove = |path: &str| _ = std::fs::remove_file(world.photos().join(path));
    let photo = format!("/v1.0/users/{}/photo/$value", id(number));
    match chance.u8(..12) {
        0..4 => world.write(&file, &portrait(fresh)),
        4 => remove(&file),
        5 => assert_eq!(world.send("PUT", &photo, &[("Content-Type", "image/jpeg")], &portrait(500 + fresh)), 200),
        6 => _ = world.send("DELETE", &photo, &[], b""),
        7 | 8 => {
            // In and out of a group.
            let (at, member) = (chance.usize(..3), id(number).into());
            let joins_or_leaves = |entry: &mut Entry| {
                let members = &mut entry.more.get_or_insert_default().members;
                match members.iter().position(|known| *known == member) {
                    Some(found) => _ = members.remove(found),
                    None => members.push(member),
                }
            };
            world.emulator().change_tenant(|tenant| assert!(tenant.change(&group(at), joins_or_leaves)));
        }
        9 => world.write(["groups/space.jpg", "teams/space.jpg"][chance.usize(..2)], &portrait(fresh)),
        10 => remove(["groups/space.jpg", "teams/space.jpg"][chance.usize(..2)]),
        _ => {
            let ways = [("groups", "teams"), ("teams", "groups")];
            let (from, to) = ways[chance.usize(..2)];
            std::fs::create_dir_all(world.photos().join(to)).unwrap();
            _ = std::fs::rename(world.photos().join(format!("{from}/space.jpg")), world.photos().join(format!("{to}/space.jpg")));
        }
    }
}

/// A number of a document.
fn number(document: &Value, name: &str) -> u64 {
    document[name].as_u64().unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

/// `PHOTOSYNCD_SEEDS=200 cargo test --test it random::foreseen` tries more.
#[test]
fn a_plan_says_what_the_next_pass_does() {
    let seeds = std::env::var("PHOTOSYNCD_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(4_u64);
    let first = std::env::var("PHOTOSYNCD_SEED").ok().and_then(|text| text.parse().ok());
    let (mut sent, mut removed, mut kept) = (0, 0, 0);
    for seed in first.map_or(0..seeds, |seed| seed..seed + 1) {
        let mut chance = fastrand::Rng::with_seed(seed);
        let mut world = company();
        world.hurry();
        settle(&mut world, &mut chance);
        // A source is never empty.
        world.write("readme.txt", b"x");
        world.write("users/p999@contoso.com.jpg", &portrait(999));
        for step in 0..12 {
            for _ in 0..chance.usize(1..5) {
                let fresh = u32::try_from(step).unwrap() * 10 + chance.u32(..10);
                happens(&world, &mut chance, fresh);
            }
            let deletes = world.deletes();
            let plan = world.run(&["plan", "--json", "--all"]);
            let pass = world.run(&["reconcile", "--json"]);
            let place = format!("seed {seed}, step {step}:\n{}\n{}\n{}", plan.stdout, plan.stderr, pass.stdout);
            let (plan, pass) = (plan.json(), pass.json());
            let foreseen = |name: &str| number(&plan["sum"], name);
            let found = |name: &str| number(&pass["sum"], name);
            let to_deliver = foreseen("to_send") + foreseen("to_replace") + foreseen("to_prepare_again");
            assert_eq!(to_deliver, number(&pass, "delivered"), "{place}");
            assert_eq!(foreseen("to_remove"), (world.deletes() - deletes) as u64, "{place}");
            assert_eq!(foreseen("to_remove"), number(&pass, "removed"), "{place}");
            assert_eq!(foreseen("to_remove_later"), number(&pass, "pending_removals"), "{place}");
            for part in ["need_person", "kept", "unmatched", "waiting", "resolves_itself"] {
                assert_eq!(foreseen(part), found(part), "{part}: {place}");
            }
            // Whoever opted out has no photo then, and stays out.
            let of_opt_out = |row: &&Value| row["action"] == "remove" && row["reason"] == "out_of_scope";
            let opted_out = plan["rows"].as_array().unwrap().iter().filter(of_opt_out).count() as u64;
            assert_eq!(foreseen("out_of_scope") + opted_out, found("out_of_scope"), "{place}");
            assert_eq!(foreseen("up_to_date") + to_deliver, found("up_to_date"), "{place}");
            sent += to_deliver;
            removed += foreseen("to_remove");
            kept += foreseen("kept");
        }
    }
    assert!(first.is_some() || sent > 0 && removed > 0 && kept > 0, "{sent} sent, {removed} removed, {kept} kept");
}
