//! Exit codes that scripts rely on.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::world::{SECRET, Spawned, World, person, photosyncd, portrait};
use photosyncd::testing::emulator::Fault;

#[test]
fn a_command_line_that_makes_no_sense_is_2() {
    for arguments in
        [&[][..], &["reconsile"], &["reconcile", "--limit", "many"], &["reconcile", "--patience", "soon"], &["explain"]]
    {
        Spawned::start(photosyncd().args(arguments)).finish().exits(2);
    }
    Spawned::start(photosyncd().arg("--help")).finish().exits(0).says(&["reconcile", "plan", "rehearse", "--config"]);
    Spawned::start(photosyncd().arg("--version")).finish().exits(0).says(&[env!("CARGO_PKG_VERSION")]);
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    world.run(&["explain", "nobody-knows-me"]).exits(2).says(&["nothing is known of"]);
    world.run(&["retry", "nobody-knows-me"]).exits(2).says(&["status"]);
}

#[test]
fn a_second_instance_is_75_and_told_who_holds_the_ledger() {
    let world = World::people(2);
    world.portraits(0, 2, 0);
    world
        .emulator()
        .add_fault(Fault { method: Some("PUT".to_owned()), ..Fault::default() }.delayed(Duration::from_secs(5)).times(1));
    let first = world.spawn(&["reconcile"]);
    world.until("an upload under way", || !world.puts().is_empty());
    world.run(&["reconcile"]).exits(75).says(&["is held by process", "since 20"]);
    world.run(&["retry"]).exits(75);
    // Readers are welcome meanwhile.
    world.run(&["status"]);
    world.run(&["plan"]);
    world.run(&["explain", "p000@contoso.com"]).exits(0);
    first.finish().exits(0);
    assert_eq!(world.puts().len(), 2);
}

#[test]
fn a_ledger_of_a_newer_version_is_78_and_left_alone() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    world.ledger_has_format(99);
    let before = std::fs::read(world.ledger()).unwrap();
    for command in ["reconcile", "plan", "status", "retry"] {
        world.run(&[command]).exits(78).says(&["newer photosyncd", "99"]);
    }
    assert_eq!(std::fs::read(world.ledger()).unwrap(), before);
}

#[test]
fn a_ledger_of_another_tenant_is_78() {
    let mut world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    let url = world.emulator().graph_url();
    let other = "tenant: fabrikam.com, client_id: photosyncd, credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }";
    world.set("graph", &format!("{{ cloud: custom, graph_url: '{url}', login_url: '{url}', {other} }}"));
    world.run(&["reconcile"]).exits(78).says(&["contoso.com", "fabrikam.com", "ledger.path"]);
    world.set("ledger", "{ path: fabrikam.db }");
    world.run(&["reconcile"]).exits(0);
}

#[test]
fn a_file_that_was_never_a_ledger_is_78_and_nothing_is_overwritten() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    std::fs::create_dir(world.path(".photosyncd")).unwrap();
    std::fs::write(world.ledger(), "this is no ledger").unwrap();
    for _ in 0..2 {
        world.run(&["reconcile"]).exits(78).says(&["photosyncd.db"]);
    }
    assert_eq!(std::fs::read(world.ledger()).unwrap(), b"this is no ledger");
}

#[test]
fn a_state_directory_that_cant_be_written_is_78() {
    let mut world = World::people(1);
    world.portraits(0, 1, 0);
    // A file where a directory is wanted stops root as well.
    std::fs::write(world.path("occupied"), "").unwrap();
    world.set("ledger", "{ path: ../occupied/photosyncd.db }");
    world.run(&["reconcile"]).exits(78).says(&["state directory", "ledger.path"]);
    let closed = world.path("closed");
    std::fs::create_dir(&closed).unwrap();
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o500)).unwrap();
    world.set("ledger", "{ path: ../closed/photosyncd.db }");
    let Some(outcome) = world.run_unprivileged(&["reconcile"]) else { return };
    outcome.exits(78).says(&["state directory", "ledger.path"]);
    assert!(world.puts().is_empty());
}

#[test]
fn a_table_names_whom_no_file_name_could() {
    let mut world = World::people(2);
    world.set("mapping", "{ table: people.csv }");
    world.run(&["reconcile"]).exits(78).says(&["people.csv", "mapping.table"]);
    std::fs::write(
        world.path("people.csv"),
        "\u{feff}file;kind;property;value\nDSC_0001.jpg;user;userPrincipalName;p000@contoso.com\n",
    )
    .unwrap();
    world.write("DSC_0001.jpg", &portrait(1));
    world.write("users/p001@contoso.com.jpg", &portrait(2));
    world.run(&["reconcile"]).exits(0);
    assert_eq!(world.user_photo("p000@contoso.com").unwrap().body, portrait(1));
    assert_eq!(world.user_photo("p001@contoso.com").unwrap().body, portrait(2));
    std::fs::write(world.path("people.csv"), "who,what\n").unwrap();
    world.run(&["reconcile"]).exits(78).says(&["people.csv"]);
}

/// Whoever pastes what is suggested acts on the same tenant.
#[test]
fn suggested_commands_name_the_configuration_that_was_named() {
    let mut world = World::people(12);
    world.set("guard", "{ first_contact: replace, max_changes_percent: 10 }");
    world.portraits(0, 10, 0);
    world.run(&["reconcile"]).exits(0);
    world.portraits(0, 6, 100);
    std::fs::rename(world.path("config.yaml"), world.path("north of here.yaml")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = photosyncd();
        command.args(arguments).args(["--config", "north of here.yaml"]);
        command.current_dir(world.path("")).env("PHOTOSYNCD_TEST_SECRET", SECRET);
        Spawned::start(&mut command).finish()
    };
    let suggested = "photosyncd reconcile --config 'north of here.yaml' --force";
    run(&["reconcile"]).exits(4).says(&[suggested]);
    run(&["status"]).says(&[suggested]);
    run(&["status", "--json"]).says(&["`photosyncd reconcile --force`"]);
    // As it stands there.
    let place = std::path::Path::new(env!("CARGO_BIN_EXE_photosyncd")).parent().unwrap();
    let path = format!("{}:{}", place.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", suggested]).env("PATH", path).env("PHOTOSYNCD_TEST_SECRET", SECRET).current_dir(world.path(""));
    Spawned::start(&mut shell).finish().exits(0).says(&["6 photos delivered"]);
}

#[test]
fn the_ledger_of_another_tenant_is_told_of_by_no_command() {
    let world = World::people(2);
    world.portraits(0, 2, 0);
    world.run(&["reconcile"]).exits(0);
    world.ledger_belongs_to("fabrikam.example");
    let (before, photo) = (world.so_far(), format!("users/{}.jpg", person(0)));
    for command in [
        &["status"][..],
        &["status", "--json"],
        &["status", "--csv"],
        &["plan"],
        &["plan", "--missing"],
        &["explain", &person(0)],
        &["explain", &photo],
        &["history"],
        &["report", "--out", "pages"],
        &["verify"],
        &["restore", &person(0)],
        &["undo", "1"],
        &["accept", &person(0)],
        &["retry"],
        &["reconcile"],
    ] {
        let outcome = world.run(command).exits(78).says(&["fabrikam.example", "ledger.path"]);
        assert!(!outcome.stdout.contains(".jpg"), "{command:?}: {}", outcome.stdout);
    }
    assert_eq!((world.so_far(), world.puts().len()), (before, 2));
}
