//! What goes on beside the service's work: the webhook, comparing with the tenant, commands that reach it.

use std::fs;
use std::time::Duration;

use photosyncd::testing::emulator::Fault;

use crate::notify::{heard, listener};
use crate::world::service::{Service, status, status_now};
use crate::world::{AT_ONCE, Mount, World, person, portrait};

#[test]
fn a_halt_is_told_once_and_so_is_its_end_and_force_goes_past_it() {
    let (url, told) = listener(&[200]);
    let mut world = World::people(20);
    world.settle_soon();
    world.set("notify", &format!("{{ webhook: '{url}' }}"));
    world.set("removal", AT_ONCE);
    world.set("guard", "{ first_contact: replace, max_removals: 2 }");
    world.portraits(0, 20, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("20 up to date"));
    world.run(&["reconcile", "--force"]).exits(75).says(&["it is not halted"]);
    for number in 0..5 {
        fs::remove_file(world.photos().join(format!("users/{}.jpg", person(number)))).unwrap();
    }
    // One look sees that they are gone, the next one would remove them.
    for (number, seed) in [(7, 600), (8, 601)] {
        world.portraits_of(number, seed);
        world.until("another look", || world.user_photo(&person(number)).is_some_and(|found| found.body == portrait(seed)));
    }
    let news = heard(&told);
    assert_eq!((&news["event"], &news["guard"]), (&"halted".into(), &"removals".into()), "{news}");
    // Another pass, which is halted as well, is no news.
    world.portraits_of(7, 700);
    world.until("harmless work goes on", || world.user_photo(&person(7)).is_some_and(|found| found.body == portrait(700)));
    assert!(told.try_recv().is_err());
    assert_eq!(world.emulator().counters().deleted, 0);
    world.run(&["reconcile", "--force"]).exits(0).says(&["overrides this halt", "5"]);
    world.until("the removals", || world.emulator().counters().deleted == 5);
    assert_eq!(heard(&told)["event"], "halt_ended");
    world.until("the end of the halt", || status(&world)["halted"].is_null());
    assert!(told.try_recv().is_err());
    service.run.terminate();
    let outcome = service.run.finish().exits(0).says(&["Overriding a safety halt (--force)"]);
    assert!(!outcome.stderr.contains("Geheimzeichen"));
}

#[test]
fn a_missing_permission_is_told_once() {
    let (url, told) = listener(&[200]);
    let mut world = World::people(8);
    world.settle_soon();
    world.set("notify", &format!("{{ webhook: '{url}' }}"));
    world.portraits(0, 8, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 403).with_code("ErrorAccessDenied", "Access is denied."));
    let service = Service::ready(&world);
    assert_eq!(heard(&told)["event"], "kind_forbidden");
    world.until("all blocked", || service.shows("8 held"));
    assert!(told.try_recv().is_err());
    // Every screen of the service says so, and none names anybody for it.
    world.run(&["status"]).exits(3).says(&["A permission is missing since"]);
    world.run(&["doctor"]).says(&["the running service says:", "Follow the checks of permissions here"]);
}

#[test]
fn a_changed_table_outside_the_source_is_noticed() {
    let mut world = World::people(2);
    world.settle_soon();
    let row = |number: usize| format!("odd.jpg,user,userPrincipalName,{}\n", person(number));
    let header = "file,kind,property,value\n";
    fs::write(world.path("people.csv"), header).unwrap();
    world.set("mapping", "{ table: people.csv }");
    world.write("odd.jpg", &portrait(3));
    let _service = Service::ready(&world);
    assert!(world.puts().is_empty());
    fs::write(world.path("people.csv"), format!("{header}{}", row(1))).unwrap();
    world.until("the photo", || world.user_photo(&person(1)).is_some());
    assert!(world.user_photo(&person(0)).is_none());
}

#[test]
fn comparing_with_the_tenant_keeps_no_edit_waiting() {
    let mut world = World::people(12);
    world.settle_soon();
    world.set("drift", "{ check_every: 1h, policy: hr_wins }");
    world.portraits(0, 10, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("10 up to date"));
    // Somebody puts up another photo in the tenant.
    let path = format!("/v1.0/users/{}/photo/$value", person(4));
    assert!(world.send("PUT", &path, &[("Content-Type", "image/jpeg")], &portrait(900)) < 300);
    world.minutes_later(150);
    world.until("ours again", || world.user_photo(&person(4)).is_some_and(|found| found.body == portrait(4)));
    // Now comparing takes for ever.
    let slow = Fault { method: Some("GET".to_owned()), path: Some("/photo".to_owned()), ..Fault::default() };
    world.emulator().add_fault(slow.delayed(Duration::from_secs(15)));
    let asked =
        || world.requests().iter().filter(|request| &*request.method == "GET" && request.target.contains("/photo")).count();
    let before = asked();
    world.minutes_later(150);
    world.until("comparing", || asked() > before);
    world.emulator().clear_faults();
    world.portraits(10, 11, 0);
    world.until("the edit", || world.user_photo(&person(10)).is_some());
    service.run.terminate();
    service.run.finish().exits(0).says(&["compared with the tenant"]);
}

#[test]
fn a_full_disk_beside_commands_is_reported_and_delivery_resumes() {
    let mut world = World::people(60);
    world.settle_soon();
    fs::create_dir(world.path("state")).unwrap();
    let Some(_disk) = Mount::new(&world.path("state"), "4m") else { return };
    world.set("ledger", &format!("{{ path: '{}' }}", world.path("state/photosyncd.db").display()));
    world.portraits(0, 2, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    let ballast = fs::File::create(world.path("state/ballast")).unwrap();
    let mut piece = vec![1; 65_536];
    while !piece.is_empty() {
        if std::io::Write::write_all(&mut &ballast, &piece).is_err() {
            piece.truncate(piece.len() / 16);
        }
    }
    world.portraits(2, 60, 0);
    world.until("it is said", || service.shows("the disk of the ledger is full"));
    let sent = world.puts().len();
    assert!(sent <= 2 + 8, "{sent} photos went out that nobody could note");
    drop(ballast);
    fs::remove_file(world.path("state/ballast")).unwrap();
    world.until("it resumes by itself", || service.shows("60 up to date"));
    service.run.terminate();
    service.run.finish().exits(0);
}

#[test]
fn photos_are_put_back_beside_the_service() {
    let mut world = World::people(6);
    world.settle_soon();
    world.set("backup", "{ before_first_overwrite: true }");
    let url = |number: usize| format!("/v1.0/users/{}/photo/$value", person(number));
    let mut own = Vec::new();
    for number in 0..4 {
        let seed = 900 + u32::try_from(number).unwrap();
        assert!(world.send("PUT", &url(number), &[("Content-Type", "image/jpeg")], &portrait(seed)) < 300);
        own.push(world.fetch(&url(number)));
    }
    world.portraits(0, 6, 0);
    world.pass_time(Duration::from_millis(200));
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("6 up to date"));
    world.run(&["restore", &person(0)]).exits(0).says(&["1 of 1 put back"]);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, own[0]);
    let json = world.run(&["undo", "1", "--json"]).exits(0).json();
    assert_eq!((&json["wanted"], &json["restored"], &json["waiting"]), (&6.into(), &6.into(), &0.into()), "{json}");
    assert!(json["requests"].is_null(), "the service sent them, among its others: {json}");
    for (number, own) in own.iter().enumerate() {
        assert_eq!(world.user_photo(&person(number)).unwrap().body, *own);
    }
    assert!(world.user_photo(&person(5)).is_none());
    world.until("they are kept", || service.shows("6 with their own photo kept"));
}

#[test]
fn changed_rules_resolve_everybody_again() {
    let mut world = World::people(3);
    world.settle_soon();
    world.set("mapping", "{ rules: [{ files: '{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    world.write("p000@contoso.com.jpg", &portrait(0));
    world.write("staff/p001.jpg", &portrait(1));
    let service = Service::ready(&world);
    world.until("the first", || service.shows("1 up to date"));
    world.set("mapping", "{ rules: [{ files: 'staff/{name}.{ext}', user: { userPrincipalName: '{name}@contoso.com' } }] }");
    service.run.hang_up();
    world.until("the other", || world.user_photo(&person(1)).is_some());
    world.until("both are on record", || world.puts().len() >= 2);
    world.until("one in step", || status(&world)["targets"]["in_step"] == 1);
    assert_eq!(world.puts().len(), 2);
    assert_eq!(world.emulator().counters().deleted, 0);
}

#[test]
fn a_pause_that_graph_asks_for_is_kept_and_said() {
    let mut world = World::people(5);
    world.settle_soon();
    world.portraits(0, 5, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 429).with_header("Retry-After", "3").times(1));
    let service = Service::ready(&world);
    world.until("it is said", || service.shows("throttled until"));
    world.until("all in step", || service.shows("5 up to date"));
    assert!(world.puts().len() <= 5 + 4, "{}", world.puts().len());
}

#[test]
fn a_source_that_is_polled_is_followed_all_the_same() {
    let mut world = World::people(3);
    world.set("source", "{ directory: photos, settle: 100ms, watch: poll, poll_interval: 1s }");
    world.portraits(0, 1, 0);
    let service = Service::ready(&world);
    world.until("the first", || service.shows("1 up to date"));
    world.until("it polls", || status(&world)["watch"]["state"] == "poll");
    world.portraits(1, 3, 0);
    world.until("the others", || service.shows("3 up to date"));
    assert_eq!(world.puts().len(), 3);
    // More looks at what stays as it is are nothing to tell.
    let looks = || status_now(&world)["last_pass"]["pass"].as_u64().unwrap();
    let before = looks();
    world.until("it looked again and again", || looks() >= before + 4);
    service.run.terminate();
    let told = service.finish().0.exits(0).stderr;
    let told: Vec<&str> = told.lines().filter(|line| line.contains(" files, ") && line.contains("Pass ")).collect();
    assert!(told.len() as u64 <= before + 1, "{before} passes, then four: {told:#?}");
    assert!(told.iter().any(|line| line.contains("3 files")), "{told:#?}");
}

#[test]
fn verify_is_done_by_the_service_that_runs() {
    let mut world = World::people(6);
    world.settle_soon();
    world.set("drift", "{ check_every: 1d, policy: hr_wins }");
    world.portraits(0, 6, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("6 up to date"));
    world.run(&["verify"]).exits(0).says(&["6 compared: 6 as delivered"]);
    let photo = |number: usize| format!("/v1.0/users/00000000-0000-4000-8000-{number:012}/photo/$value");
    assert_eq!(world.send("PUT", &photo(1), &[("Content-Type", "image/jpeg")], &portrait(1_000)), 200);
    assert_eq!(world.send("DELETE", &photo(2), &[], b""), 204);
    world.run(&["verify", "nobody"]).exits(2).says(&["no target is called \"nobody\""]);
    let some = world.run(&["verify", "--json", &person(0), "users/p001@contoso.com.jpg"]).exits(3).json();
    assert_eq!([&some["checked"], &some["same"], &some["changed"], &some["made_due"]], [2, 1, 1, 1]);
    assert_eq!((&some["differing"][0]["target"], &some["differing"][0]["then"]), (&person(1).into(), &"due".into()));
    world.until("ours again", || world.user_photo(&person(1)).is_some_and(|found| found.body == portrait(1)));
    world.run(&["verify"]).exits(3).says(&["1 gone", &person(2)]);
    world.until("ours again", || world.user_photo(&person(2)).is_some_and(|found| found.body == portrait(2)));
    world.run(&["history"]).exits(0).says(&["verify"]);
}

#[test]
fn a_verify_that_nobody_waits_for_any_more_ends() {
    let mut world = World::people(40);
    world.settle_soon();
    world.portraits(0, 40, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("40 up to date"));
    world.emulator().add_fault(
        Fault { method: Some("GET".into()), path: Some("/photo".into()), ..Fault::default() }.delayed(Duration::from_millis(300)),
    );
    let asked =
        || world.requests().iter().filter(|request| &*request.method == "GET" && request.target.contains("/photo")).count();
    // Asked to stop, it tells what it has.
    let before = asked();
    let verify = world.spawn(&["verify", "--json"]);
    world.until("some were asked about", || asked() - before > 20);
    verify.terminate();
    let summary = verify.finish().exits(3).json();
    assert_eq!(summary["stopped"], "signal");
    assert!((1..40).contains(&summary["checked"].as_u64().unwrap()), "{summary}");
    assert_eq!(world.run(&["verify", "--max-duration", "500ms", "--json"]).exits(3).json()["stopped"], "max_duration");
    // One who is killed says nothing, and is noticed all the same.
    let before = asked();
    let verify = world.spawn(&["verify"]);
    world.until("some were asked about", || asked() - before > 4);
    verify.kill();
    world.until("the end of it", || {
        let passes = world.run(&["history", "--json", "--limit", "1"]).exits(0).json();
        passes["rows"][0]["summary"]["stopped"] == "signal"
    });
    assert!(asked() - before < 40);
    drop(service);
}
