//! The report that the service writes by itself.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use crate::world::World;
use crate::world::service::{Service, free_port, get};

const EVERY_DAY: &str = "{ directory: hr/report, every: 1d }";

/// Permissions, and which file it is.
fn stamps(path: &Path) -> (u32, u64) {
    std::fs::metadata(path).map(|found| (found.permissions().mode() & 0o7777, found.ino())).unwrap_or_default()
}

/// As if the report had been written two days ago.
fn make_old(index: &Path) {
    let file = std::fs::File::options().write(true).open(index).unwrap();
    file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(2 * 86_400)).unwrap();
}

#[test]
fn the_service_writes_it_when_it_is_due_whole_and_for_nobody_else() {
    let mut world = World::people(3);
    let port = free_port();
    world.set("source", "{ directory: photos, settle: 100ms }");
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    world.set("report", EVERY_DAY);
    world.portraits(0, 3, 0);
    let (folder, index) = (world.path("hr/report"), world.path("hr/report/index.html"));
    // A first pass that holds the photos as changing would tell of nobody.
    let last = world.path("photos/users/p002@contoso.com.jpg");
    let changed = last.metadata().unwrap().modified().unwrap();
    world.until("the photos lie still", || changed.elapsed().is_ok_and(|since| since > Duration::from_millis(200)));
    let service = Service::ready(&world);
    world.until("the report", || index.exists());
    world.until("its end", || get(port, "/").is_some_and(|(_, page)| page.contains("<dt>Report for HR</dt><dd>written")));
    let listed = || {
        let mut names: Vec<_> =
            std::fs::read_dir(&folder).unwrap().map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(listed(), ["index.html", "people-p.html", "people.csv"]);
    assert_eq!(stamps(&folder).0, 0o700);
    for name in listed() {
        assert_eq!(stamps(&folder.join(&name)).0, 0o600, "{name}");
    }
    let (_, first) = stamps(&index);
    // A reload makes no other one before its time.
    service.run.hang_up();
    world.until("the reload", || service.count("READY=1") == 2);
    // The administrator opens it to HR.
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o2750)).unwrap();
    assert_eq!(stamps(&index).1, first, "not due");
    make_old(&index);
    service.run.hang_up();
    world.until("the next report", || {
        let page = std::fs::read_to_string(&index).unwrap();
        assert!(page.trim_end().ends_with("</html>"), "a reader saw half a page");
        stamps(&index).1 != first
    });
    world.until("its end", || !folder.join(".index.html.new").exists());
    assert_eq!((stamps(&folder).0, stamps(&index).0), (0o2750, 0o640), "what the administrator opened stays so");
    service.run.terminate();
    service.finish().0.exits(0);
}

#[test]
fn a_report_that_can_t_be_written_is_told_and_stops_nothing() {
    let mut world = World::people(2);
    let port = free_port();
    world.set("source", "{ directory: photos, settle: 100ms }");
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    std::fs::create_dir_all(world.path("hr/report")).unwrap();
    world.set("report", "{ directory: link, every: 1d }");
    std::os::unix::fs::symlink(world.path("hr/report"), world.path("link")).unwrap();
    world.portraits(0, 2, 0);
    let service = Service::ready(&world);
    world.until("the fault", || get(port, "/").is_some_and(|(_, page)| page.contains("could not be written")));
    world.until("all sent", || service.shows("2 up to date"));
    assert_eq!(std::fs::read_dir(world.path("hr/report")).unwrap().count(), 0, "nothing went through the link");
    // A configuration whose words can't be used is refused, and the old one stays.
    std::fs::write(world.path("fr.yaml"), "titl: x\n").unwrap();
    world.set("report", "{ directory: hr/report, every: 1d, texts: fr.yaml }");
    service.run.hang_up();
    world.until("the refusal", || get(port, "/").is_some_and(|(_, page)| page.contains("did you mean title?")));
    service.run.terminate();
    let (outcome, _) = service.finish();
    outcome.exits(0).says(&["The report for HR could not be written", "is a symbolic link"]);
}
