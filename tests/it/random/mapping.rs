//! Random tenants and trees: every upload goes to the one object that the rules name, whatever the order.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fastrand::Rng;
use photosyncd::testing::emulator::{Quirks, Settings};

use crate::world::{World, portrait};

const NAMES: [&str; 7] = ["Anna", "Ben", "Cleo", "Dora", "Emil", "Frieda", "Götz"];
/// Folder, kind, property.
const RULES: [(&str, &str, &str); 6] = [
    ("users", "user", "userPrincipalName"),
    ("badges", "user", "employeeId"),
    ("names", "user", "displayName"),
    ("mails", "user", "mail"),
    ("groups", "group", "mailNickname"),
    ("teams", "team", "mailNickname"),
];

/// An object of the tenant: its id and what it is called.
struct Object {
    is_user: bool,
    id: String,
    properties: BTreeMap<&'static str, String>,
    served: bool,
    team: bool,
    yaml: String,
}

fn object(at: usize, chance: &mut Rng) -> Object {
    let id = format!("00000000-0000-4000-8000-{at:012}");
    let is_user = at < 7;
    let mut properties = BTreeMap::new();
    let name = |chance: &mut Rng| NAMES[chance.usize(..NAMES.len())];
    let (mut served, mut team) = (true, false);
    let mut yaml = format!("  - {{ id: {id}");
    if is_user {
        properties.insert("userPrincipalName", format!("{}.{at}@contoso.com", NAMES[at % NAMES.len()]));
        properties.insert("displayName", name(chance).to_owned());
        properties.insert("employeeId", chance.u8(0..9).to_string());
        properties.insert("mail", format!("{}@contoso.com", name(chance)));
        match chance.u8(0..8) {
            0 => yaml.push_str(", userType: Guest"),
            1 => yaml.push_str(", accountEnabled: false"),
            _ => {}
        }
        served = !(yaml.contains("Guest") || yaml.contains("false"));
    } else {
        properties.insert("mailNickname", name(chance).to_lowercase());
        team = chance.bool();
        yaml.push_str(if team { ", team: marked" } else { "" });
    }
    for (property, value) in &properties {
        write!(yaml, ", {property}: '{value}'").unwrap();
    }
    yaml.push_str(" }\n");
    Object { is_user, id, properties, served, team, yaml }
}

/// The tenant in this order, in pages of this size.
fn world(objects: &[Object], order: &mut Rng, page_size: usize) -> World {
    let mut yaml = String::new();
    for (key, users) in [("users", true), ("groups", false)] {
        let mut rows: Vec<&str> =
            objects.iter().filter(|object| object.is_user == users).map(|object| object.yaml.as_str()).collect();
        order.shuffle(&mut rows);
        write!(yaml, "{key}:\n{}", rows.concat()).unwrap();
    }
    let quirks = Quirks { page_size, ..Quirks::default() };
    let mut world = World::with(&yaml, Settings { quirks, ..Settings::default() });
    let rules =
        RULES.map(|(folder, kind, property)| format!("{{ files: '{folder}/{{x}}.*', {kind}: {{ {property}: '{{x}}' }} }}"));
    world.set("mapping", &format!("{{ rules: [{}] }}", rules.join(", ")));
    world
}

/// Files: rule and value, and a picture each.
fn tree(chance: &mut Rng) -> BTreeMap<String, (usize, String, u32)> {
    let mut files = BTreeMap::new();
    for _ in 0..chance.usize(8..18) {
        let rule = chance.usize(..RULES.len());
        let name = NAMES[chance.usize(..NAMES.len())];
        let value = match RULES[rule].2 {
            // The last two of nine are nobody's.
            "userPrincipalName" => {
                let at = chance.usize(..9);
                format!("{}.{at}@contoso.com", NAMES[at % NAMES.len()])
            }
            "employeeId" => chance.u8(0..10).to_string(),
            "mail" => format!("{}@CONTOSO.com", name.to_uppercase()),
            _ => name.to_owned(),
        };
        let extension = ["jpg", "JPEG"][chance.usize(..2)];
        files.insert(format!("{}/{value}.{extension}", RULES[rule].0), (rule, value, chance.u32(0..4)));
    }
    files
}

/// What the words of the rules say, without a thought of how the program goes about it: slot and picture.
fn wanted(objects: &[Object], files: &BTreeMap<String, (usize, String, u32)>) -> BTreeMap<String, u32> {
    let mut claims: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (rule, value, picture) in files.values() {
        let (_, kind, property) = RULES[*rule];
        let mut found = objects.iter().filter(|object| {
            object.is_user == (kind == "user")
                && object.properties.get(property).is_some_and(|have| have.to_lowercase() == value.to_lowercase())
        });
        let (Some(object), None) = (found.next(), found.next()) else { continue };
        if object.served && (kind != "team" || object.team) {
            claims.entry(format!("{kind}:{}", object.id)).or_default().push(*picture);
        }
    }
    let twin = |slot: &str| match slot.split_once(':') {
        Some(("group", id)) => format!("team:{id}"),
        Some(("team", id)) => format!("group:{id}"),
        _ => String::new(),
    };
    let alone = claims.iter().filter(|(slot, pictures)| {
        let others = claims.get(&twin(slot)).into_iter().flatten();
        // Files with the same picture are one.
        pictures.iter().chain(others).all(|other| *other == pictures[0])
    });
    alone.map(|(slot, pictures)| (slot.clone(), pictures[0])).collect()
}

#[test]
fn every_upload_goes_to_the_one_object_that_the_rules_name_whatever_the_order() {
    let mut sent = 0;
    for seed in 0..10 {
        let mut chance = Rng::with_seed(seed);
        let objects: Vec<Object> = (0..11).map(|at| object(at, &mut chance)).collect();
        let files = tree(&mut chance);
        let wanted = wanted(&objects, &files);
        sent += wanted.len();
        for page_size in [1, 2, 3] {
            let world = world(&objects, &mut chance, page_size);
            let mut paths: Vec<&String> = files.keys().collect();
            chance.shuffle(&mut paths);
            for path in paths {
                world.write(path, &portrait(files[path].2));
            }
            let outcome = world.run(&["reconcile", "--json"]);
            let told = format!("seed {seed}, pages of {page_size}: {}", outcome.stdout);
            assert_eq!(outcome.json()["delivered"], wanted.len(), "{told}");
            for (slot, picture) in &wanted {
                assert!(world.photo(slot).is_some_and(|photo| photo.body == portrait(*picture)), "{slot}, {told}");
            }
            let slots: BTreeSet<String> = world.puts().iter().map(|request| request.target.to_string()).collect();
            assert_eq!((slots.len(), world.puts().len()), (wanted.len(), wanted.len()), "{told}");
            // A second look finds nothing to do, and holds what was held.
            let again = world.run(&["reconcile", "--json"]).json();
            assert_eq!((&again["delivered"], &again["blocked"]), (&0.into(), &outcome.json()["blocked"]), "{told}");
        }
    }
    assert!(sent > 20, "{sent} photos only: the tenants are too thin to prove anything");
}
