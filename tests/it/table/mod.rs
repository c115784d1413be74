//! The table: a CSV that says for each file whose photo it is.

mod forms;
mod last_row;
mod lost_rows;
mod trust;

use crate::world::service::Service;
use crate::world::{World, portrait};

const HEAD: &str = "file,kind,property,value\n";

/// Writes the table beside the configuration.
fn table(world: &World, text: &str) {
    std::fs::write(world.path("people.csv"), text).unwrap();
}

fn tabled(text: &str) -> World {
    let mut world = World::new();
    world.set("mapping", "{ table: people.csv }");
    table(&world, text);
    world
}

#[test]
fn a_row_that_changes_sends_the_file_to_whom_it_names_now() {
    let world = tabled("file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,anna@contoso.com\n");
    world.write("IMG_1.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    table(&world, "file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,ben@contoso.com\n");
    world.run(&["plan", "--verbose"]).exits(0).says(&["table, line 2", "ben@contoso.com", "release", "1 to send"]);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(1));
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1), "nothing is removed");
    world.run(&["explain", "anna@contoso.com"]).exits(0).says(&["no file identifies it"]);
    // The file changes once more: anna's photo has nothing to do with it any more.
    world.write("IMG_1.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    assert_eq!(world.puts().len(), 3);
}

#[test]
fn a_photo_that_is_still_due_does_not_go_to_whom_the_table_named_before() {
    let world = tabled("file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,anna@contoso.com\n");
    world.write("IMG_1.jpg", &portrait(1));
    world.run(&["reconcile", "--limit", "0"]);
    table(&world, "file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,ben@contoso.com\n");
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert!(world.user_photo("anna@contoso.com").is_none());
    assert!(world.user_photo("ben@contoso.com").is_some());
}

#[test]
fn a_table_that_cant_be_used_is_78_and_nothing_is_done() {
    let world = tabled("file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,anna@contoso.com\n");
    world.write("IMG_1.jpg", &portrait(1));
    world.run(&["reconcile"]).exits(0);
    world.write("IMG_1.jpg", &portrait(2));
    for (bytes, words) in [
        (&b"file,kind,property,value\nM\xfcller.jpg,user,mail,Jos\xc3\xa9@y\n"[..], "UTF-8"),
        (b"file,kind,value\nIMG_1.jpg,user,anna@contoso.com\n", "property is missing"),
        (b"", "file is missing"),
    ] {
        std::fs::write(world.path("people.csv"), bytes).unwrap();
        world.run(&["reconcile"]).exits(78).says(&["people.csv", "mapping.table", words]);
        world.run(&["plan"]).exits(78).says(&[words]);
    }
    std::fs::remove_file(world.path("people.csv")).unwrap();
    world.run(&["reconcile"]).exits(78).says(&["people.csv", "can't be read"]);
    assert_eq!(world.puts().len(), 1);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
}

#[test]
fn rows_that_are_no_good_are_named_by_line_and_the_rest_goes_on() {
    let world = tabled(
        "\u{feff}file;kind;property;value\r\n\"IMG;1.jpg\";user;mail;anna@contoso.com\r\n\r\nnowhere.jpg;user;userPrincipalName;ben@contoso.com\r\n\
         IMG_2.jpg;robot;mail;x\r\nIMG_3.jpg;user;userPrincipalName;ben@contoso.com\r\nIMG_3.jpg;user;userPrincipalName;cleo@contoso.com\r\n",
    );
    for (seed, file) in (1..).zip(["IMG;1.jpg", "IMG_2.jpg", "IMG_3.jpg"]) {
        world.write(file, &portrait(seed));
    }
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 1);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    let problems = outcome.json()["problems"].as_array().unwrap().clone();
    let said = |line: &str, words: &str| {
        let place = format!("people.csv:{line}");
        problems.iter().any(|problem| {
            problem["path"].as_str().unwrap().ends_with(&place) && problem["detail"].as_str().unwrap().contains(words)
        })
    };
    assert!(said("4", "nowhere.jpg"), "{problems:#?}");
    assert!(said("5", "robot"), "{problems:#?}");
    assert!(said("7", "lines 6 and 7"), "{problems:#?}");
    assert_eq!(world.puts().len(), 1, "neither ben nor cleo gets the face that two rows claim");
    world.run(&["plan"]).exits(3).says(&["people.csv:4", "people.csv:7"]);
}

#[test]
fn a_shorter_table_lets_go_of_what_it_no_longer_names() {
    let world = tabled(
        "file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,anna@contoso.com\nIMG_2.jpg,user,userPrincipalName,ben@contoso.com\n",
    );
    world.write("IMG_1.jpg", &portrait(1));
    world.write("IMG_2.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    table(&world, "file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,anna@contoso.com\n");
    let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
    assert_eq!((&outcome["unmatched"], &outcome["removed"], &outcome["unchanged"]), (&1.into(), &0.into(), &1.into()));
    world.run(&["status"]).exits(0).says(&["1 up to date"]);
    assert!(world.user_photo("ben@contoso.com").is_some());
    assert_eq!(world.puts().len(), 2);
}

#[test]
fn a_new_rule_does_not_wait_behind_a_run_that_was_for_one_file_only() {
    let mut world = tabled(
        "file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,anna@contoso.com\nIMG_2.jpg,user,userPrincipalName,ben@contoso.com\n",
    );
    world.write("IMG_1.jpg", &portrait(1));
    world.write("IMG_2.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    world.set("mapping", "{ table: other.csv }");
    std::fs::write(
        world.path("other.csv"),
        "file,kind,property,value\nIMG_1.jpg,user,userPrincipalName,cleo@contoso.com\nIMG_2.jpg,user,userPrincipalName,dora@contoso.com\n",
    )
    .unwrap();
    world.run(&["reconcile", "--only", "IMG_1.jpg"]);
    assert!(world.user_photo("dora@contoso.com").is_none());
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo("cleo@contoso.com").unwrap().body, portrait(1));
    assert_eq!(world.user_photo("dora@contoso.com").unwrap().body, portrait(2));
}

#[test]
fn the_service_notices_a_changed_table_that_lies_elsewhere_and_waits_until_it_is_whole() {
    let row = |file: usize, name: &str| format!("IMG_{file}.jpg,user,userPrincipalName,{name}@contoso.com\n");
    let mut world = tabled(&format!("{HEAD}{}{}", row(1, "anna"), row(2, "ben")));
    world.set("source", "{ directory: photos, poll_interval: 1s, settle: 1s }");
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    for number in 1..=3 {
        world.write(&format!("IMG_{number}.jpg"), &portrait(number));
    }
    let service = Service::start(&world, &[]);
    world.until("both", || world.emulator().counters().stored == 2);
    world.until("all in step", || service.shows("2 up to date"));
    // Written bit by bit: what is missing meanwhile counts for nothing, though files change at the same time.
    let whole = format!("{HEAD}{}{}{}", row(1, "anna"), row(2, "ben"), row(3, "cleo"));
    for end in (HEAD.len() + 10..whole.len()).step_by(7) {
        table(&world, &whole[..end]);
        world.write("IMG_9.jpg", &portrait(u32::try_from(end).unwrap()));
        world.pass_time(std::time::Duration::from_millis(100));
    }
    table(&world, &whole);
    world.until("the new row's photo", || world.user_photo("cleo@contoso.com").is_some());
    table(&world, &format!("{HEAD}{}{}{}", row(1, "anna"), row(2, "dora"), row(3, "cleo")));
    world.until("the changed row's photo", || world.user_photo("dora@contoso.com").is_some());
    assert_eq!(world.user_photo("dora@contoso.com").unwrap().body, portrait(2));
    service.run.terminate();
    service.run.finish().exits(0);
    assert!(world.requests().iter().all(|request| &*request.method != "DELETE"), "nobody lost a photo on the way");
    assert_eq!(world.puts().len(), 4);
}

/// They are no photos, and stand in no sum: whoever asks is told which they are, also where a service looked last.
#[test]
fn rows_without_a_file_and_names_that_cant_be_read_are_listed_by_status_and_explained() {
    use std::os::unix::ffi::OsStrExt;

    let rows = "IMG_1.jpg,user,userPrincipalName,anna@contoso.com\nIMG_2.jpg,user,userPrincipalName,ben@contoso.com\n";
    let world = tabled(&format!("{HEAD}{rows}"));
    world.write("IMG_1.jpg", &portrait(1));
    let odd = world.photos().join(std::ffi::OsStr::from_bytes(b"m\xfcller.jpg"));
    std::fs::write(&odd, portrait(2)).unwrap();
    world.run(&["reconcile"]).exits(3);
    world.run(&["status"]).says(&["status --reason file_unreadable` says which"]);
    world.run(&["status", "--reason", "file_unreadable"]).says(&["m\\xfcller.jpg", "not UTF-8"]);
    for list in [&["status", "--all"][..], &["status", "--csv"], &["status", "--csv", "--reason", "file_missing"]] {
        world.run(list).says(&["people.csv:3", "IMG_2.jpg", "file_missing"]);
    }
    let outcome = world.run(&["explain", "IMG_2.jpg"]).exits(2);
    assert!(outcome.stderr.contains("people.csv:3") && outcome.stderr.contains("file_missing"), "{}", outcome.stderr);
    // A look at a part leaves the list as it is; a look at everything renews it.
    world.run(&["reconcile", "--only", "IMG_1.jpg"]);
    world.run(&["status", "--reason", "file_missing"]).says(&["IMG_2.jpg"]);
    std::fs::remove_file(odd).unwrap();
    world.write_long_ago("IMG_2.jpg", &portrait(3));
    world.run(&["reconcile"]).exits(0);
    let list = world.run(&["status", "--all"]).exits(0).stdout;
    assert!(!list.contains("IMG_2.jpg") && !list.contains("xfcller"), "{list}");
}
