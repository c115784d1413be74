//! Shares that hang: said by their own name, in nobody's way, and over when they answer again.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::notify::{heard, listener};
use crate::world::service::{Service, free_port, get, status_now};
use crate::world::{Fuse, Hangs, Spawned, World, person, photosyncd, portrait, portrait_file};

/// From TERM to the end.
const IN_TIME: Duration = Duration::from_secs(10);

/// Three people with a photo each, on a share that can be made to hang.
fn share() -> Option<(World, Fuse)> {
    let mut world = World::people(3);
    world.settle_soon();
    world.portraits(0, 3, 0);
    let share = Fuse::over(&world.photos())?;
    Some((world, share))
}

/// How long it takes to end.
fn end(service: Service) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a test measures another process")]
    let began = Instant::now();
    service.run.terminate();
    service.finish().0.exits(0);
    began.elapsed()
}

#[test]
fn a_share_that_hangs_is_told_and_all_goes_on_when_it_answers() {
    let Some((mut world, share)) = share() else { return };
    let (url, told) = listener(&[200]);
    let port = free_port();
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    world.set("notify", &format!("{{ webhook: '{url}' }}"));
    let service = Service::ready(&world);
    world.until("all are delivered", || status_now(&world)["targets"]["in_step"] == 3);
    assert_eq!(get(port, "/readyz").unwrap().0, 200);
    share.hang(Hangs::Everything);
    world.until("the pass halts", || status_now(&world)["halted"]["reason"] == "hung_source");
    world.until("the watch tells", || status_now(&world)["watch"]["state"] == "away");
    let (code, line) = get(port, "/readyz").unwrap();
    assert!(code == 503 && line.contains("does not answer"), "{code} {line}");
    assert_eq!(get(port, "/livez").unwrap().0, 200);
    assert!(get(port, "/").unwrap().1.contains("does not answer"));
    assert!(get(port, "/metrics").unwrap().1.contains("photosyncd_halted 1"));
    world.run(&["status"]).exits(4).says(&["does not answer", "look at the share and its server"]);
    let event = heard(&told);
    assert_eq!((&event["event"], &event["guard"]), (&"halted".into(), &"hung_source".into()));
    share.put("users", &format!("{}.jpg", person(0)), &portrait(50));
    share.hang(Hangs::Nothing);
    world.until("it is over", || status_now(&world)["halted"] == Value::Null && status_now(&world)["watch"]["state"] == "poll");
    world.until("the new photo is there", || world.user_photo(&person(0)).is_some_and(|photo| photo.body == portrait(50)));
    assert_eq!(get(port, "/readyz").unwrap().0, 200);
    assert_eq!(heard(&told)["event"], "halt_ended");
    service.run.terminate();
    service.finish().0.exits(0).says(&["hung_source", "does not answer"]);
    assert_eq!(world.deletes(), 0);
}

#[test]
fn a_service_ends_in_time_whatever_hangs() {
    let Some((world, share)) = share() else { return };
    // In the first look, ...
    share.hang(Hangs::Everything);
    let service = Service::start(&world, &[]);
    world.until("it looks", || share.is_waited_for());
    assert!(end(service) < IN_TIME, "at the start");
    // ... when the hang is known, ...
    let service = Service::start(&world, &[]);
    world.until("it knows", || service.shows("does not answer"));
    assert!(end(service) < IN_TIME, "when it is known");
    // ... and while a file is read.
    share.hang(Hangs::Reading("p001@contoso.com.jpg"));
    let service = Service::start(&world, &[]);
    world.until("it reads", || share.is_waited_for());
    assert!(end(service) < IN_TIME, "in a read");
    share.hang(Hangs::Nothing);
    world.run(&["reconcile"]).exits(0);
    world.all_in_place(3, 0);
}

#[test]
fn no_command_waits_for_a_share_that_hangs() {
    let Some((world, share)) = share() else { return };
    world.run(&["reconcile"]).exits(0);
    let file = portrait_file(0);
    share.hang(Hangs::Everything);
    let commands: [(&[&str], &[i32]); 8] = [
        (&["plan"], &[4]),
        (&["reconcile"], &[4]),
        (&["rehearse"], &[4]),
        (&["preview", "--out", "sheets"], &[78]),
        (&["doctor"], &[3, 5]),
        (&["report", "--out", "pages"], &[0]),
        (&["explain", &file], &[0]),
        (&["check"], &[0]),
    ];
    // Two that write the ledger would only meet each other.
    let running = commands.map(|(arguments, codes)| (arguments, codes, world.spawn(arguments)));
    for (arguments, codes, command) in running {
        let outcome = command.finish();
        let said = format!("{}\n{}", outcome.stdout, outcome.stderr);
        assert!(outcome.code.is_some_and(|code| codes.contains(&code)), "{arguments:?} {:?} {said}", outcome.code);
        let silent = matches!(arguments[0], "report" | "explain" | "check");
        assert!(silent || said.contains("does not answer"), "{arguments:?} {said}");
    }
    assert_eq!(world.deletes(), 0);
}

#[test]
fn one_file_that_hangs_holds_itself_alone() {
    let Some((world, share)) = share() else { return };
    share.hang(Hangs::Reading("p001@contoso.com.jpg"));
    let outcome = world.run(&["reconcile", "--json"]).exits(3);
    assert_eq!(outcome.json()["delivered"], 2);
    let problem = outcome.problem(&portrait_file(1));
    assert!(problem["reason"] == "file_unreadable" && problem.to_string().contains("does not answer"), "{problem}");
    share.hang(Hangs::Nothing);
    world.run(&["reconcile"]).exits(0);
    world.all_in_place(3, 0);
}

#[test]
fn a_table_and_a_configuration_that_hang_are_told() {
    let mut world = World::people(1);
    world.portraits(0, 1, 0);
    let hr = world.path("hr");
    std::fs::create_dir(&hr).unwrap();
    std::fs::write(hr.join("people.csv"), "file,kind,property,value\nx.jpg,user,userPrincipalName,p000@contoso.com\n").unwrap();
    std::fs::write(hr.join("config.yaml"), "source: { directory: . }\n").unwrap();
    let Some(share) = Fuse::over(&hr) else { return };
    world.set(
        "mapping",
        "{ table: hr/people.csv, rules: [ { files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } } ] }",
    );
    world.run(&["reconcile"]).exits(0);
    share.hang(Hangs::Everything);
    let check = Spawned::start(photosyncd().args(["check", "--config"]).arg(hr.join("config.yaml")));
    for running in [check, world.spawn(&["reconcile"]), world.spawn(&["check"])] {
        running.finish().exits(78).says(&["could not be read within 10 s"]);
    }
    let service = Service::start(&world, &[]);
    world.until("it reads", || share.is_waited_for());
    assert!(end(service) < IN_TIME);
}

#[test]
fn a_service_that_does_not_answer_is_no_service_that_does_not_run() {
    let mut world = World::people(1);
    world.settle_soon();
    world.portraits(0, 1, 0);
    let service = Service::ready(&world);
    world.until("delivered", || status_now(&world)["targets"]["in_step"] == 1);
    let process = format!("process {} since", status_now(&world)["pid"]);
    service.run.halt();
    world.run(&["status"]).says(&["The service does not answer", &process, "systemctl restart"]);
    let told = world.run(&["status", "--json"]).json();
    assert!(told["service"].is_null() && told["silent"].as_str().unwrap().contains(&process), "{told}");
    for command in ["retry", "reconcile"] {
        world.run(&[command]).exits(75).says(&[&process, "does not answer", "systemctl restart"]);
    }
    world.run(&["status", "--ready"]).exits(3).says(&[&process]);
    service.run.go_on();
    world.until("it answers", || world.run(&["status", "--ready"]).code == Some(0));
    service.run.terminate();
    service.finish().0.exits(0);
}
