//! What goes wrong with the whole is told within seconds, by one name everywhere: log, webhook, probe, status and metrics.

use std::os::unix::fs::FileExt;
use std::sync::mpsc::Receiver;

use photosyncd::testing::emulator::Fault;
use serde_json::Value;

use crate::notify::{heard, listener};
use crate::world::service::{Service, free_port, get, status, status_now};
use crate::world::{Mount, World, person, portrait};

/// A service with a webhook and pages.
struct Watched {
    world: World,
    port: u16,
    told: Receiver<String>,
}

impl Watched {
    fn of(mut world: World) -> Self {
        let (url, told) = listener(&[200]);
        let port = free_port();
        world.settle_soon();
        world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
        world.set("notify", &format!("{{ webhook: '{url}' }}"));
        Self { world, port, told }
    }

    /// The names in one place.
    fn names(now: &Value) -> Vec<String> {
        now["conditions"].as_array().into_iter().flatten().map(|one| one["reason"].as_str().unwrap().to_owned()).collect()
    }

    /// The next news that is no digest.
    fn news(&self) -> Value {
        loop {
            let news = heard(&self.told);
            if news["event"] != "digest" {
                return news;
            }
        }
    }

    /// Waits until every place tells of it, by this name and no other.
    #[track_caller]
    fn told_as(&self, name: &str, ready: u16, exit: i32) {
        let Self { world, port, .. } = self;
        world.until(name, || Self::names(&status_now(world)) == [name]);
        world.until("the file", || Self::names(&status(world)) == [name]);
        let (code, line) = get(*port, "/readyz").unwrap();
        assert!(code == ready && line.contains(&format!("conditions: {name}\n")), "{name}: {code} {line}");
        let metrics = get(*port, "/metrics").unwrap().1;
        assert!(metrics.contains(&format!("photosyncd_condition{{name=\"{name}\"}} 1\n")), "{metrics}");
        assert_eq!(metrics.lines().filter(|line| line.starts_with("photosyncd_condition{") && line.ends_with(" 1")).count(), 1);
        assert_eq!(get(*port, "/livez").unwrap().0, 200);
        let told = world.run(&["status"]).exits(exit).says(&[name]).stdout;
        if ready == 503 {
            assert!(!told.lines().any(|line| line.starts_with("All ")), "nobody can say that of what changed since: {told}");
        }
        world.run(&["status", "--ready"]).exits(if ready == 200 { 0 } else { 3 });
    }

    /// Waits until nothing is wrong any more.
    #[track_caller]
    fn is_well(&self) {
        let Self { world, port, .. } = self;
        world.until("all is well", || Self::names(&status_now(world)).is_empty());
        assert_eq!(get(*port, "/readyz").unwrap().0, 200);
        world.run(&["status", "--ready"]).exits(0);
        assert!(
            !get(*port, "/metrics")
                .unwrap()
                .1
                .lines()
                .any(|line| line.starts_with("photosyncd_condition{") && line.ends_with(" 1"))
        );
    }

    fn started(&self) -> Service {
        let service = Service::ready(&self.world);
        self.world.until("all in step", || status_now(&self.world)["targets"]["in_step"] == 3);
        self.is_well();
        service
    }
}

fn three() -> World {
    let world = World::people(3);
    world.portraits(0, 3, 0);
    world
}

#[test]
fn a_directory_that_goes_away_and_comes_back() {
    let watched = Watched::of(three());
    watched.world.run(&["status", "--ready"]).exits(3).says(&["Not ready: no service answers at"]);
    let service = watched.started();
    let (photos, aside) = (watched.world.photos(), watched.world.path("aside"));
    std::fs::rename(&photos, &aside).unwrap();
    watched.told_as("missing_source", 503, 4);
    let news = watched.news();
    assert_eq!((&news["event"], &news["guard"]), (&"halted".into(), &"missing_source".into()));
    std::fs::rename(&aside, &photos).unwrap();
    watched.is_well();
    assert_eq!(watched.news()["event"], "halt_ended");
    service.run.terminate();
    service.finish().0.exits(0).says(&["missing_source"]);
    assert_eq!(watched.world.deletes(), 0);
}

#[test]
fn questions_that_are_refused_for_few_are_no_outage() {
    let world = World::people(12);
    world.portraits(0, 3, 0);
    let watched = Watched::of(world);
    let service = watched.started();
    let Watched { world, .. } = &watched;
    let unanswered = |count: u64| {
        world.until("they are looked at", || {
            let told = world.run(&["status", "--json"]).json();
            let causes = told["causes"].as_array().unwrap().iter();
            causes.filter(|cause| cause["reason"] == "transient").filter_map(|cause| cause["count"].as_u64()).sum::<u64>()
                == count
        });
    };
    // Whatever question names them is one that this tenant does not understand.
    let refused = |number: usize| Fault::status("GET", person(number).split('@').next().unwrap(), 400);
    world.emulator().add_fault(refused(3).with_code("Request_BadRequest", "no"));
    world.portraits(3, 4, 0);
    unanswered(1);
    assert_eq!(Watched::names(&status_now(world)), [] as [&str; 0]);
    for number in 4..12 {
        world.emulator().add_fault(refused(number).with_code("Request_BadRequest", "no"));
    }
    world.portraits(4, 12, 0);
    unanswered(9);
    world.until("an outage", || Watched::names(&status_now(world)) == ["graph_unreachable"]);
    world.emulator().clear_faults();
    world.run(&["retry"]);
    watched.is_well();
    service.run.terminate();
    service.finish();
}

#[test]
fn a_share_that_is_unmounted_is_no_empty_source() {
    for delivered in [true, false] {
        let mut world = World::people(3);
        if !delivered {
            // Nothing was delivered from it yet: its files are known all the same.
            world
                .set("mapping", "{ rules: [{ files: 'users/{upn}.jpg', user: { employeeId: '{upn|replace:@contoso.com:}' } }] }");
        }
        let Some(share) = Mount::new(&world.photos(), "8m") else { return };
        world.portraits(0, 3, 0);
        let watched = Watched::of(world);
        let service = Service::ready(&watched.world);
        let stands = if delivered { "in_step" } else { "blocked" };
        watched.world.until("all are known", || status_now(&watched.world)["targets"][stands] == 3);
        drop(share);
        watched.told_as("unmounted_source", 503, 4);
        let _share = Mount::new(&watched.world.photos(), "8m").unwrap();
        watched.world.portraits(0, 3, 0);
        watched.is_well();
        service.run.terminate();
        service.finish().0.exits(0).says(&["unmounted_source"]);
        assert_eq!(watched.world.deletes(), 0);
    }
}

#[test]
fn a_table_that_cant_be_used_and_a_directory_in_its_place() {
    let mut world = World::people(3);
    for number in 0..3 {
        world.write(&format!("{number}.jpg"), &portrait(number));
    }
    let rows = |count: usize| {
        let rows: Vec<String> =
            (0..count).map(|number| format!("{number}.jpg,user,userPrincipalName,{}\n", person(number))).collect();
        format!("file,kind,property,value\n{}", rows.concat())
    };
    let table = world.path("people.csv");
    std::fs::write(&table, rows(3)).unwrap();
    world.set("mapping", "{ table: people.csv, rules: [] }");
    let watched = Watched::of(world);
    let service = watched.started();
    // Gone.
    std::fs::remove_file(&table).unwrap();
    watched.told_as("table_unusable", 503, 78);
    let port = watched.port;
    let before = "As of the last pass that could look: all 3 photos are up to date. What has changed since is not counted.";
    watched.world.run(&["status"]).says(&[before]);
    assert!(get(port, "/readyz").unwrap().1.contains("3 up to date, as of the last pass that could look"));
    let page = || get(port, "/").unwrap().1;
    watched.world.until("the page", || page().contains("What has changed since the last pass that could look is not counted."));
    watched.world.run(&["report", "--out", "pages"]);
    let report = std::fs::read_to_string(watched.world.path("pages/index.html")).unwrap();
    assert!(report.contains("What has changed since is not sent, and not counted here."), "{report}");
    let began = watched.news();
    assert_eq!((&began["event"], &began["name"]), (&"condition_began".into(), &"table_unusable".into()));
    std::fs::write(&table, rows(3)).unwrap();
    watched.is_well();
    assert_eq!(watched.news()["event"], "condition_ended");
    // Another file altogether.
    std::fs::write(&table, "Name;Raum\nAnna;7\n").unwrap();
    watched.told_as("table_unusable", 503, 78);
    std::fs::remove_file(&table).unwrap();
    std::fs::create_dir(&table).unwrap();
    watched.told_as("table_unusable", 503, 78);
    std::fs::remove_dir(&table).unwrap();
    std::fs::write(&table, rows(3)).unwrap();
    watched.is_well();
    service.run.terminate();
    service.finish().0.exits(0).says(&["No pass could be made", "people.csv", "It is over: table_unusable"]);
}

#[test]
fn a_ledger_that_is_full() {
    let mut world = three();
    std::fs::create_dir(world.path("state")).unwrap();
    let Some(_disk) = Mount::new(&world.path("state"), "8m") else { return };
    world.set("ledger", &format!("{{ path: '{}' }}", world.path("state/photosyncd.db").display()));
    let (url, told) = listener(&[200]);
    let port = free_port();
    world.settle_soon();
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    world.set("notify", &format!("{{ webhook: '{url}' }}"));
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("3 up to date"));
    let ballast = std::fs::File::create(world.path("state/ballast")).unwrap();
    let mut size = 8 << 20;
    while ballast.write_all_at(&vec![1; size], 0).is_err() {
        size -= 4096;
    }
    world.portraits(0, 3, 50);
    world.until("the probe", || {
        get(port, "/readyz").is_some_and(|(code, line)| code == 503 && line.contains("conditions: ledger_unwritable"))
    });
    assert!(get(port, "/metrics").unwrap().1.contains("photosyncd_condition{name=\"ledger_unwritable\"} 1\n"));
    let screen = world.run(&["status"]).exits(78).says(&["ledger_unwritable"]).stdout;
    assert!(!screen.contains("\nAll ") && screen.contains("What has changed since is not counted."), "{screen}");
    let began = heard(&told);
    assert_eq!((&began["event"], &began["name"]), (&"condition_began".into(), &"ledger_unwritable".into()));
    drop(ballast);
    std::fs::remove_file(world.path("state/ballast")).unwrap();
    world.until("all is well", || get(port, "/readyz").is_some_and(|(code, _)| code == 200));
    assert_eq!(heard(&told)["event"], "condition_ended");
    service.run.terminate();
    service.finish().0.exits(0).says(&["Nothing is sent until the ledger can be written", "The ledger can be written again"]);
}

#[test]
fn a_sign_in_that_is_lost() {
    let watched = Watched::of(three());
    let service = watched.started();
    watched.world.emulator().revoke_tokens();
    watched.world.emulator().add_fault(Fault::status("POST", "/oauth2/v2.0/token", 401));
    watched.world.portraits(0, 3, 50);
    watched.told_as("sign_in", 503, 5);
    assert_eq!(watched.news()["event"], "sign_in");
    watched.world.emulator().clear_faults();
    watched.is_well();
    assert_eq!(watched.news()["event"], "sign_in_works");
    service.run.terminate();
    service.finish().0.exits(0).says(&["Sign-in fails", "Sign-in works again"]);
}

#[test]
fn a_ledger_that_is_taken_away_from_under_the_service() {
    let watched = Watched::of(three());
    let service = watched.started();
    let (world, aside) = (&watched.world, watched.world.path("aside"));
    let is_gone = || {
        let told = |(code, line): (u16, String)| code == 503 && line.contains("conditions: ledger_gone\n");
        world.until("ledger_gone", || get(watched.port, "/readyz").is_some_and(told));
        world.until("the file", || Watched::names(&status(world)) == ["ledger_gone"]);
        let began = watched.news();
        assert_eq!((&began["event"], &began["name"]), (&"condition_began".into(), &"ledger_gone".into()));
    };
    let is_back = || {
        std::fs::rename(&aside, world.ledger()).unwrap();
        watched.is_well();
        assert_eq!(watched.news()["event"], "condition_ended");
    };
    // Moved away: what reads the file says who has it, and what is next.
    std::fs::rename(world.ledger(), &aside).unwrap();
    is_gone();
    let sent = world.puts().len();
    world.portraits(0, 3, 50);
    for command in ["status", "retry"] {
        world.run(&[command]).exits(78).says(&[
            "is gone while it is open",
            &format!("process {}", status(world)["pid"]),
            "systemctl restart",
        ]);
    }
    assert!(!world.within(std::time::Duration::from_secs(3), || world.puts().len() > sent), "nothing is sent meanwhile");
    is_back();
    world.until("they are sent now", || world.puts().len() >= sent + 3);
    world.until("all in step", || status_now(world)["targets"]["in_step"] == 3);
    // Another one in its place.
    std::fs::rename(world.ledger(), &aside).unwrap();
    std::fs::copy(&aside, world.ledger()).unwrap();
    is_gone();
    world.run(&["status"]).exits(78).says(&["ledger_gone", "is another file", "systemctl restart"]);
    is_back();
    service.run.terminate();
    service.finish().0.exits(0).says(&["Nothing is sent until the ledger can be written", "It is over: ledger_gone"]);
}

#[test]
fn a_ledger_that_another_program_has_locked() {
    let watched = Watched::of(three());
    let service = watched.started();
    let world = &watched.world;
    let lock = world.lock_ledger();
    world.portraits(0, 3, 50);
    watched.told_as("ledger_unwritable", 503, 78);
    let path = world.ledger().display().to_string();
    world.run(&["status"]).exits(78).says(&["is locked by another program", &path, "fuser", "tries again by itself"]);
    drop(lock);
    watched.is_well();
    let shows = |number: usize| world.user_photo(&person(number)).unwrap().body == portrait(50 + u32::try_from(number).unwrap());
    world.until("they are sent now", || (0..3).all(shows));
    service.run.terminate();
    service.finish().0.exits(0).says(&["is locked by another program", &path]);
}
