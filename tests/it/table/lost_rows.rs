//! A file that a row named falls to no rule once the row is gone, whatever that row was worth.

use super::table;
use super::trust::{MAPPING, company, row};
use crate::world::{World, person, portrait};

/// What is to become of each of the files 0 to 4, which rows that lead to nobody name in the first week.
fn named_in_vain() -> (World, String) {
    let world = company(6);
    let header = "file,kind,property,value,remark\n";
    let healthy = format!("{header}{}", row("badges/5.jpg", 11, ""));
    let bad = [
        "badges/0.jpg,user,userPrincipalName,#N/A,\n".to_owned(),
        "badges/1.jpg,user,userPrincipalName,p007@contoso.com,,x,y\n".to_owned(),
        row("badges/2.png", 8, ""),
        format!("{}{}", row("badges/3.jpg", 9, ""), row("badges/3.jpg", 10, "")),
        "see badges/4.jpg,user,userPrincipalName,p010@contoso.com,\n".to_owned(),
    ];
    table(&world, &format!("{healthy}{}", bad.concat()));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for number in 0..5 {
        assert_eq!(outcome.problem(&format!("badges/{number}.jpg"))["reason"], "table_row", "{number}");
    }
    (world, healthy)
}

fn nobody_got_any(world: &World) {
    assert_eq!((0..5).filter(|number| world.user_photo(&person(*number)).is_some()).count(), 0);
}

#[test]
fn a_file_that_a_bad_row_named_goes_to_nobody_by_a_rule_once_that_row_is_gone() {
    let (world, healthy) = named_in_vain();
    table(&world, &healthy);
    for _ in 0..2 {
        let outcome = world.run(&["reconcile", "--json"]).exits(3);
        for number in 0..5 {
            let problem = outcome.problem(&format!("badges/{number}.jpg"));
            assert_eq!(problem["reason"], "identity_changed", "{problem}");
            assert!(problem["detail"].as_str().unwrap().starts_with("the table named it"), "{problem}");
        }
        // Whatever becomes of its picture.
        world.write("badges/4.jpg", &portrait(40));
    }
    nobody_got_any(&world);
    world
        .run(&["explain", "badges/0.jpg"])
        .exits(0)
        .says(&["line 3 named this file, until that row was gone", "accept \"badges/0.jpg\""]);
    world.run(&["accept", "badges/0.jpg"]).exits(0);
    world.run(&["reconcile"]).exits(3).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, portrait(0));
    // A row that is right ends it, too.
    table(&world, &format!("{healthy}{}", row("badges/1.jpg", 7, "")));
    world.run(&["reconcile"]).exits(3).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo(&person(7)).unwrap().body, portrait(1));
}

#[test]
fn neither_a_while_away_nor_a_while_without_a_rule_lets_it_fall_to_one() {
    let (mut world, healthy) = named_in_vain();
    for number in 0..3 {
        std::fs::remove_file(world.photos().join(format!("badges/{number}.jpg"))).unwrap();
    }
    table(&world, &healthy);
    world.run(&["reconcile"]).exits(3);
    world.set("mapping", "{ table: people.csv, rules: [ { files: 'none/{n}.{ext}', user: { employeeId: '{n}' } } ] }");
    for number in 0..3 {
        world.write(&format!("badges/{number}.jpg"), &portrait(number));
    }
    world.run(&["reconcile"]).exits(4);
    world.run(&["reconcile", "--force"]).exits(0);
    world.set("mapping", MAPPING);
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    for number in 0..5 {
        assert_eq!(outcome.problem(&format!("badges/{number}.jpg"))["reason"], "identity_changed", "{number}");
    }
    nobody_got_any(&world);
}

#[test]
fn a_file_that_comes_when_its_row_has_gone_goes_to_nobody_else() {
    let world = company(5);
    let healthy = format!("file,kind,property,value,remark\n{}", row("badges/0.jpg", 9, ""));
    let rows = [
        row("5.jpg", 7, ""),
        row("badges/6.jpg", 6, ""),
        "badges/7.jpg,user,userPrincipalName,#N/A,\n".to_owned(),
        "badges/8.jpg,user,id,00000000-0000-4000-8000-000000000008,\n".to_owned(),
    ];
    table(&world, &format!("{healthy}{}", rows.concat()));
    world.run(&["reconcile"]).exits(3);
    table(&world, &healthy);
    world.run(&["reconcile"]).exits(0);
    for number in 5..9 {
        world.write(&format!("badges/{number}.jpg"), &portrait(number));
    }
    for _ in 0..2 {
        let outcome = world.run(&["reconcile", "--json"]).exits(3);
        for (number, words) in [(5, "the table gave it to p007@contoso.com"), (7, "the table named it and did not say for whom")]
        {
            let problem = outcome.problem(&format!("badges/{number}.jpg"));
            assert_eq!(problem["reason"], "identity_changed", "{problem}");
            assert!(problem["detail"].as_str().unwrap().starts_with(words), "{problem}");
        }
    }
    // Whom a rule gives what the row gave gets it, by whatever property the row named them.
    let has = |number: u32| world.user_photo(&person(number as usize)).is_some_and(|photo| photo.body == portrait(number));
    assert_eq!([5, 6, 7, 8].map(has), [false, true, false, true]);
    world.run(&["accept", "badges/5.jpg"]).exits(0);
    world.run(&["reconcile"]).exits(3).says(&["1 photo delivered"]);
    assert!(has(5));
}

#[test]
fn both_accounts_are_named_where_a_row_is_gone() {
    let world = company(3);
    let rows = |count| (0..count).map(|number| row(&format!("badges/{number}.jpg"), 3 + number, "")).collect::<String>();
    let header = "file,kind,property,value,remark\n";
    table(&world, &format!("{header}{}", rows(3)));
    world.run(&["reconcile"]).exits(0);
    table(&world, &format!("{header}{}", rows(2)));
    for _ in 0..2 {
        world.run(&["reconcile"]).exits(3);
    }
    for screen in [&["status"][..], &["explain", "badges/2.jpg"]] {
        let told = world.run(screen).stdout.replace('\n', " ");
        for words in ["no row names it any more", &person(2), &person(5), "created", "id "] {
            assert!(told.contains(words), "{words} in {told}");
        }
        assert!(told.matches("created").count() >= 2 && !told.contains("line 4 matches"), "{told}");
    }
}
