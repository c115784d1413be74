//! `init`: rules that would lead to wrong people are told, and not proposed.

use crate::world::{World, portrait};
use photosyncd::testing::emulator::Settings;

const FIRST: [&str; 12] = ["Anna", "Bo", "Carl", "Dora", "Emil", "Frida", "Gus", "Hanna", "Ida", "Jon", "Karl", "Lea"];
const LAST: [&str; 12] = ["Berg", "Holm", "Lund", "Dahl", "Vik", "Moe", "Lie", "Aas", "Bakke", "Ness", "Strand", "Ruud"];

/// Twelve people, and before them a second Anna Berg, with or without names in the directory.
fn world(is_named: bool) -> World {
    let user = |first: &str, last: &str, upn: String, number: usize| {
        let names = if is_named {
            format!(", displayName: '{first} {last}', givenName: {first}, surname: {last}")
        } else {
            String::new()
        };
        format!("  - {{ userPrincipalName: {upn}@contoso.com, employeeId: '{number}'{names} }}\n")
    };
    let mut yaml = format!("users:\n{}", user("Anna", "Berg", "anna.berg".to_owned(), 500));
    for (at, (first, last)) in FIRST.iter().zip(LAST).enumerate() {
        let second = if at == 0 { "2" } else { "" };
        yaml.push_str(&user(first, last, format!("{first}.{last}{second}").to_lowercase(), 1000 + at));
    }
    World::with(&yaml, Settings::default())
}

fn fill(world: &World, name: impl Fn(usize) -> String) {
    for at in 0..FIRST.len() {
        world.write(&name(at), &portrait(u32::try_from(at).unwrap()));
    }
}

#[test]
fn a_namesake_is_held_and_everybody_else_has_a_photo() {
    for style in ["{f} {l}", "{l}_{f}", "{l}, {f}"] {
        let world = world(true);
        fill(&world, |at| format!("{}.jpg", style.replace("{l}", LAST[at]).replace("{f}", FIRST[at])));
        world.run(&["init", "--force"]).exits(3).says(&["11 of 12 files lead to one account", "11 to send"]);
        assert_eq!(world.run(&["plan", "--json"]).exits(3).json()["sum"]["to_send"], 11, "{style}");
    }
}

#[test]
fn an_address_made_of_a_name_that_two_people_have_is_told_and_not_proposed() {
    let world = world(false);
    fill(&world, |at| format!("{} {}.jpg", FIRST[at], LAST[at]));
    let why = "It picks one of several people of the same name for 1 file, such as Anna Berg.jpg";
    world.run(&["init", "--force"]).says(&["Not proposed:", why, "anna.berg2@contoso.com"]);
    let text = std::fs::read_to_string(world.path("config.yaml")).unwrap();
    assert!(text.lines().any(|line| line.trim_start().starts_with("# Not proposed:")), "{text}");
    let json = world.run(&["init", "--force", "--json"]).json();
    assert_eq!(json["doubts"].as_array().unwrap().len(), 1, "{json:#}");
    // By the whole sign-in name it is certain.
    std::fs::rename(world.path("photos/Anna Berg.jpg"), world.path("photos/anna.berg2@contoso.com.jpg")).unwrap();
    world.run(&["init", "--force"]).exits(0).says(&["12 to send"]);
}

#[test]
fn a_number_beside_a_name_that_is_somebody_elses_makes_no_rule() {
    let world = world(true);
    fill(&world, |at| format!("{} {} ({}).jpg", FIRST[at], LAST[at], 1000 + (at * 7 + 3) % 12));
    // Nor does that of somebody who has left, where it leads to another Bo.
    world.write("Bo Quist (1001).jpg", &portrait(50));
    let json = world.run(&["init", "--force", "--json"]).exits(0).json();
    assert!(!json["rules"].to_string().contains("employeeId"), "{json:#}");
    assert_eq!(world.run(&["plan", "--json"]).exits(3).json()["sum"]["to_send"], 11, "{json:#}");
}

#[test]
fn where_numbers_agree_with_most_names_and_not_with_all_nothing_is_proposed() {
    let world = world(true);
    let number = |at: usize| 1000 + if at < 8 { at } else { 8 + (at - 7) % 4 };
    fill(&world, |at| format!("{} {} ({}).jpg", FIRST[at], LAST[at], number(at)));
    world
        .run(&["init", "--force"])
        .says(&["it leads 8 files to whom their names say and 4 files to others", "such as Ida Bakke"]);
    assert_eq!(world.run(&["plan", "--json"]).json()["sum"]["to_send"], 0);
}

#[test]
fn a_cameras_name_is_no_example_of_a_name() {
    let world = world(true);
    fill(&world, |at| format!("{} {}.jpg", FIRST[at], LAST[at]));
    world.write("IMG_2190.jpg", &portrait(40));
    world.write("A IMG_2191.jpg", &portrait(41));
    let outcome = world.run(&["init", "--offline", "--force"]);
    let (proposal, _) = outcome.stdout.split_once("Written to").unwrap();
    assert!(!proposal.contains("IMG_2190.jpg →") && !proposal.contains("IMG_2191.jpg →"), "{proposal}");
}
