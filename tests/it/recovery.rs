//! Disks that are full, closed or damaged: said plainly, nothing overwritten, and the tenant untouched.

use std::os::unix::fs::{FileExt, PermissionsExt};

use crate::world::service::{Service, free_port, get};
use crate::world::{Mount, World, ledger_is_sound, person, portrait, portrait_file, tree};

/// Ledgers that were moved aside.
fn aside(world: &World) -> Vec<std::path::PathBuf> {
    let state = world.path(".photosyncd");
    let found = std::fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path());
    found
        .filter(|path| {
            path.to_string_lossy().contains(".damaged-")
                && !path.to_string_lossy().ends_with("-wal")
                && !path.to_string_lossy().ends_with("-shm")
        })
        .collect()
}

#[test]
fn a_full_disk_is_reported_and_delivery_resumes_when_there_is_space() {
    let mut world = World::company(200);
    std::fs::create_dir(world.path("state")).unwrap();
    let Some(_disk) = Mount::new(&world.path("state"), "8m") else { return };
    let ledger = world.path("state/photosyncd.db");
    world.set("ledger", &format!("{{ path: '{}' }}", ledger.display()));
    world.run(&["reconcile", "--limit", "20"]).exits(3);
    let ballast = world.path("state/ballast");
    let delivered = world.puts().len();
    for leave in [0, 4096, 65_536] {
        fill(&ballast, 8 << 20, leave);
        world.run(&["reconcile"]).exits(78).says(&["the disk of the ledger", "is full", "free some space", "nothing is lost"]);
    }
    let status = world.run(&["status"]);
    assert!(matches!(status.code, Some(3 | 78)), "{}", status.stderr);
    // A photo may have gone out before its row could not be written; it is sent once more.
    assert!(world.puts().len() <= delivered + 3 * 8, "{}", world.puts().len());
    std::fs::remove_file(&ballast).unwrap();
    world.run(&["reconcile"]).exits(0).says(&["up to date"]);
    for number in 0..200 {
        assert_eq!(world.user_photo(&person(number)).unwrap().body, portrait(u32::try_from(number).unwrap()));
    }
    ledger_is_sound(&ledger);
    assert_eq!(world.deletes(), 0);
}

/// Fills the disk up with one file, but for so many bytes.
fn fill(ballast: &std::path::Path, most: u64, leave: u64) {
    let file = std::fs::File::create(ballast).unwrap();
    let mut size = most;
    while let Err(error) = file.write_all_at(&vec![1; usize::try_from(size).unwrap()], 0) {
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        size -= 4096;
    }
    file.set_len(size.saturating_sub(leave)).unwrap();
}

#[test]
fn the_service_pauses_while_the_disk_is_full_and_resumes_by_itself() {
    let mut world = World::company(30);
    std::fs::create_dir(world.path("state")).unwrap();
    let Some(_disk) = Mount::new(&world.path("state"), "8m") else { return };
    world.set("ledger", &format!("{{ path: '{}' }}", world.path("state/photosyncd.db").display()));
    world.set("source", "{ directory: photos, settle: 100ms }");
    let port = free_port();
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}' }}"));
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("30 up to date"));
    let status = || serde_json::from_slice(&std::fs::read(world.path("state/status.json")).unwrap()).unwrap_or_default();
    world.until("the status file", || {
        let now: serde_json::Value = status();
        now["targets"]["in_step"] == 30
    });
    let ballast = world.path("state/ballast");
    fill(&ballast, 8 << 20, 0);
    world.portraits(0, 30, 100);
    world.until("the trouble", || service.shows("Nothing is sent: the disk of the ledger is full"));
    world.until("the status file", || {
        let now: serde_json::Value = status();
        now["ledger"]["reason"] == "ledger"
    });
    assert!(get(port, "/metrics").unwrap().1.contains("photosyncd_ledger_failing 1\n"));
    let sent = world.puts().len();
    assert!(sent <= 30 + 8, "{sent}");
    world.pass_time(std::time::Duration::from_secs(8));
    assert_eq!(world.puts().len(), sent, "nothing is sent that can't be written down");
    std::fs::remove_file(&ballast).unwrap();
    world.until("all new photos", || {
        (0..30).all(|n| world.user_photo(&person(n)).unwrap().body == portrait(100 + u32::try_from(n).unwrap()))
    });
    world.until("all is well", || {
        let now: serde_json::Value = status();
        now["ledger"].is_null() && now["targets"]["in_step"] == 30
    });
    assert!(get(port, "/metrics").unwrap().1.contains("photosyncd_ledger_failing 0\n"));
    service.run.terminate();
    let outcome = service.run.finish().exits(0).says(&["The ledger can be written again"]);
    assert_eq!(outcome.stderr.matches("Nothing is sent until").count(), 1, "said once\n{}", outcome.stderr);
    assert_eq!(world.deletes(), 0);
}

#[test]
fn a_disk_that_is_full_from_the_start_leaves_nothing_behind() {
    let mut world = World::company(3);
    std::fs::create_dir(world.path("state")).unwrap();
    let Some(disk) = Mount::new(&world.path("state"), "64k") else { return };
    std::fs::write(world.path("state/ballast"), vec![1; 60_000]).unwrap();
    world.set("ledger", &format!("{{ path: '{}' }}", world.path("state/photosyncd.db").display()));
    world.run(&["reconcile"]).exits(78).says(&["is full", "free some space"]);
    assert!(world.requests().is_empty() || world.puts().is_empty());
    std::fs::remove_file(world.path("state/ballast")).unwrap();
    drop(disk);
    let _disk = Mount::new(&world.path("state"), "2m").unwrap();
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
}

#[test]
fn a_read_only_state_directory_is_78_and_the_tenant_is_left_alone() {
    let world = World::company(3);
    world.run(&["reconcile"]).exits(0);
    world.portraits(0, 3, 100);
    let state = world.path(".photosyncd");
    for path in tree(&state).into_keys() {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o400)).unwrap();
    }
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o500)).unwrap();
    let before = tree(&state);
    let Some(outcome) = world.run_unprivileged(&["reconcile"]) else { return };
    outcome.exits(78).says(&["state directory", "can't be written", "ledger.path"]);
    assert_eq!(tree(&state), before);
    assert_eq!(world.puts().len(), 3);
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// Overwrites part of the ledger, which nobody has open.
fn damage(world: &World, from: f64, to: f64) {
    let mut bytes = std::fs::read(world.ledger()).unwrap();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a test's file")]
    let at = |share: f64| (bytes.len() as f64 * share) as usize;
    let range = at(from)..at(to);
    bytes[range].fill(0x5a);
    std::fs::write(world.ledger(), bytes).unwrap();
}

#[test]
fn a_damaged_ledger_is_kept_aside_and_rebuilt_without_harm() {
    let world = World::company(40);
    for (from, to) in [(0.3, 0.9), (0.0, 0.01), (0.0, 1.0)] {
        world.run(&["reconcile"]).exits(0);
        let known = aside(&world).len();
        damage(&world, from, to);
        let damaged = std::fs::read(world.ledger()).unwrap();
        // Readers say so and change nothing.
        world.run(&["status"]).exits(78).says(&["photosyncd"]);
        assert_eq!(std::fs::read(world.ledger()).unwrap(), damaged);
        std::fs::remove_file(world.photos().join(portrait_file(0))).unwrap();
        world.run(&["reconcile"]).exits(0).says(&["is damaged", "was moved to", "a new one is begun", "39 photos delivered"]);
        assert_eq!(aside(&world).len(), known + 1);
        assert!(aside(&world).iter().any(|path| std::fs::read(path).unwrap() == damaged), "it is kept as it was");
        world.portraits(0, 1, 0);
    }
    assert_eq!(world.deletes(), 0);
}

#[test]
fn after_a_rebuild_nothing_is_removed_for_a_day() {
    let world = World::company(5);
    world.run(&["reconcile"]).exits(0);
    damage(&world, 0.0, 1.0);
    world.run(&["reconcile"]).exits(0);
    std::fs::remove_file(world.photos().join(portrait_file(0))).unwrap();
    for _ in 0..3 {
        let outcome = world.run(&["reconcile", "--json"]).exits(0).json();
        assert_eq!((&outcome["removed"], &outcome["pending_removals"]), (&0.into(), &1.into()));
    }
    world.days_later(1);
    assert_eq!(world.run(&["reconcile", "--json"]).exits(0).json()["removed"], 1);
}

#[test]
fn a_lost_ledger_costs_uploads_and_no_photo() {
    let world = World::company(5);
    world.run(&["reconcile"]).exits(0);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(world.path(&format!(".photosyncd/photosyncd.db{end}")));
    }
    std::fs::remove_file(world.photos().join(portrait_file(0))).unwrap();
    // Gone, or emptied: whoever only looks says so, and begins no new one.
    for emptied in [false, true] {
        if emptied {
            std::fs::write(world.ledger(), b"").unwrap();
        }
        for command in [&["status"][..], &["plan"], &["explain", &person(1)], &["doctor", "--quiet"]] {
            let said = world.run(command).exits(if command[0] == "doctor" { 0 } else { 78 });
            let told = format!("{}{}", said.stdout, said.stderr);
            assert!(told.contains("is gone, though there was one") && told.contains("ut it back"), "{command:?}: {told}");
        }
        assert_eq!(std::fs::metadata(world.ledger()).is_ok_and(|found| found.len() == 0), emptied);
    }
    world.run(&["reconcile"]).exits(0).says(&["is gone, though there was one", "4 photos delivered"]);
    world.run(&["reconcile"]).exits(0).says(&["Nothing had to be sent"]);
    assert_eq!(world.deletes(), 0);
    assert_eq!(world.user_photo(&person(0)).unwrap().body, portrait(0));
}

#[test]
fn a_file_that_is_not_a_ledger_is_refused_and_left_alone() {
    let mut world = World::company(2);
    std::fs::write(world.path("people.csv"), "file,kind,property,value\n".repeat(100)).unwrap();
    world.set("ledger", &format!("{{ path: '{}' }}", world.path("people.csv").display()));
    for _ in 0..2 {
        world.run(&["reconcile"]).exits(78).says(&["is not a photosyncd ledger", "move it away"]);
    }
    assert_eq!(std::fs::read_to_string(world.path("people.csv")).unwrap(), "file,kind,property,value\n".repeat(100));
    assert!(world.puts().is_empty());
}
