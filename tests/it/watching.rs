//! What people do to the directory while the service watches: every change ends in the tenant, once.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use photosyncd::testing::clock::Clock;

use crate::world::service::{Service, free_port, get, status};
use crate::world::{World, jpeg, person, portrait, portrait_file};

fn quick(world: &mut World) {
    world.set("source", "{ directory: photos, settle: 200ms, full_pass_every: 1h }");
}

fn holds(world: &World, number: usize, photo: &[u8]) -> bool {
    world.user_photo(&person(number)).is_some_and(|found| found.body == photo)
}

#[test]
fn every_way_to_save_a_file_is_one_upload() {
    let mut world = World::people(8);
    quick(&mut world);
    fs::create_dir(world.photos().join("users")).unwrap();
    world.write(&portrait_file(7), &portrait(7));
    let service = Service::ready(&world);
    world.until("the first photo", || holds(&world, 7, &portrait(7)));
    let at = |name: &str| world.photos().join(name);

    world.write(&portrait_file(0), &portrait(0));
    world.until("a copied file", || holds(&world, 0, &portrait(0)));

    fs::write(world.path("outside.jpg"), portrait(1)).unwrap();
    fs::rename(world.path("outside.jpg"), at(&portrait_file(1))).unwrap();
    world.until("a file moved in", || holds(&world, 1, &portrait(1)));

    // As rsync does.
    let hidden = at("users/.p002@contoso.com.jpg.NvyoVy");
    fs::write(&hidden, portrait(2)).unwrap();
    fs::rename(&hidden, at(&portrait_file(2))).unwrap();
    world.until("a file in rsync's way", || holds(&world, 2, &portrait(2)));

    // As an editor does: the old one aside, a new one in its place, the old one away.
    fs::rename(at(&portrait_file(0)), at("users/p000@contoso.com.jpg~")).unwrap();
    fs::write(at(&portrait_file(0)), portrait(100)).unwrap();
    fs::remove_file(at("users/p000@contoso.com.jpg~")).unwrap();
    world.until("an edited file", || holds(&world, 0, &portrait(100)));

    fs::hard_link(at(&portrait_file(1)), at(&portrait_file(3))).unwrap();
    world.until("a linked file", || holds(&world, 3, &portrait(1)));

    world.until("all in step", || service.shows("5 up to date"));
    assert_eq!(world.puts().len(), 6, "{:?}", world.puts().iter().map(|put| &put.target).collect::<Vec<_>>());
}

/// A file that came a moment ago is not read again before it has settled, and speaks for its person all the same.
#[test]
fn a_second_file_of_somebody_holds_the_first_one_from_the_moment_that_it_is_there() {
    let mut world = World::people(2);
    world.set("source", "{ directory: photos, settle: 2s, full_pass_every: 1h }");
    world.set("mapping", "{ rules: [{ files: 'users/**/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }");
    world.portraits(0, 2, 0);
    let _service = Service::ready(&world);
    world.until("both photos", || world.puts().len() == 2);
    let held = || world.run(&["status", "--json"]).json()["blocked"].as_array().unwrap().len();
    fs::create_dir(world.photos().join("users/b")).unwrap();
    for round in 0..3 {
        fs::write(world.path("outside.jpg"), portrait(50 + round)).unwrap();
        fs::rename(world.path("outside.jpg"), world.photos().join("users/b/p000@contoso.com.png")).unwrap();
        world.until("the second file", || held() > 0);
        world.write(&portrait_file(0), &portrait(60 + round));
        assert!(!world.within(Duration::from_secs(3), || world.puts().len() > 2), "one of two files was sent");
    }
}

/// The real one, where it is installed.
#[test]
fn rsync_in_each_of_its_ways_is_one_upload_a_file() {
    if Command::new("rsync").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("left out: rsync is not installed");
        return;
    }
    let mut world = World::people(20);
    quick(&mut world);
    let service = Service::ready(&world);
    let mut puts = 0;
    for (seed, way) in [(0, "--times"), (100, "--inplace"), (200, "--delay-updates"), (300, "--checksum")] {
        fs::create_dir_all(world.path("export/users")).unwrap();
        for number in 0..20 {
            fs::write(world.path("export").join(portrait_file(number)), portrait(seed + u32::try_from(number).unwrap())).unwrap();
        }
        let (from, to) = (world.path("export/"), world.photos());
        let ended = Command::new("rsync").args(["--recursive", way]).arg(from.join("")).arg(to).status().unwrap();
        assert!(ended.success());
        world.until(way, || (0..20).all(|number| holds(&world, number, &portrait(seed + u32::try_from(number).unwrap()))));
        puts += 20;
        assert_eq!(world.puts().len(), puts, "{way}");
    }
    world.until("all in step", || service.shows("20 up to date"));
}

#[test]
fn a_slow_writer_is_one_upload_of_the_whole_file() {
    let mut world = World::people(2);
    world.set("source", "{ directory: photos, settle: 2s }");
    world.write(&portrait_file(1), &portrait(50));
    let service = Service::ready(&world);
    let whole = jpeg(640, 640, 90, &noise(640 * 640));
    let mut file = fs::File::create(world.photos().join(portrait_file(0))).unwrap();
    let step = whole.len().div_ceil(50);
    for (count, piece) in whole.chunks(step).enumerate() {
        file.write_all(piece).unwrap();
        if count % 10 == 5 {
            // Others make the service look meanwhile.
            world.write(&portrait_file(1), &portrait(51 + u32::try_from(count).unwrap()));
        }
        world.pass_time(Duration::from_millis(100));
    }
    drop(file);
    world.until("the whole file", || world.user_photo(&person(0)).is_some());
    world.until("all in step", || service.shows("2 up to date"));
    let uploads = world.puts().iter().filter(|put| put.target.contains("000000000000/")).count();
    assert_eq!(uploads, 1, "of the whole file only");
    assert!(status(&world)["last_pass"]["pass"].as_i64().unwrap() > 3, "it looked while the file was written");
}

fn noise(pixels: usize) -> Vec<u8> {
    let mut chance = fastrand::Rng::with_seed(5);
    (0..pixels).flat_map(|at| [chance.u8(..32), u8::try_from(at / 2048 % 256).unwrap(), chance.u8(..16)]).collect()
}

#[test]
fn a_directory_moved_in_with_a_thousand_files() {
    let mut world = World::people(1000);
    quick(&mut world);
    let service = Service::ready(&world);
    fs::create_dir(world.path("users")).unwrap();
    for number in 0..1000 {
        fs::write(world.path(&portrait_file(number)), portrait(u32::try_from(number).unwrap())).unwrap();
    }
    fs::rename(world.path("users"), world.photos().join("users")).unwrap();
    world.until("all in step", || service.shows("1000 up to date"));
    assert_eq!(world.puts().len(), 1000);
}

/// While the service is stopped nobody takes what the kernel tells, so that its queue overflows for certain.
/// `PHOTOSYNCD_FILES=50000 cargo test --release --test it -- watching::more_files` does it with more photos.
#[test]
fn more_files_at_once_than_the_kernel_can_tell_of() {
    let photos = std::env::var("PHOTOSYNCD_FILES").map_or(1_000, |text| text.parse().unwrap());
    let queue: usize = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap().trim().parse().unwrap();
    let mut world = World::people(photos);
    quick(&mut world);
    let port = free_port();
    world.set("service", &format!("{{ listen: \"127.0.0.1:{port}\" }}"));
    fs::create_dir(world.photos().join("users")).unwrap();
    let service = Service::ready(&world);
    let overflows =
        |count: &str| get(port, "/metrics").unwrap().1.contains(&format!("photosyncd_watch_overflows_total {count}\n"));
    assert!(overflows("0"));
    service.run.halt();
    // Clutter fills the queue; what becomes of the photos nobody is told.
    for number in 0..queue {
        fs::write(world.photos().join(format!("users/{number}.part")), "").unwrap();
    }
    for number in 0..photos {
        world.write(&portrait_file(number), &portrait(u32::try_from(number).unwrap()));
    }
    let clock = Clock::system();
    service.run.go_on();
    world.until("a loss that is told", || !overflows("0"));
    while world.emulator().counters().stored < photos as u64 {
        let before = world.emulator().counters().stored;
        world.until("one more photo", || world.emulator().counters().stored > before);
    }
    world.until("all in step", || service.shows(&format!("{photos} up to date")));
    println!("{photos} photos in step {:.1} s after the overflow", clock.elapsed().as_secs_f64());
    assert_eq!(world.puts().len(), photos);
    for number in [0, photos / 2, photos - 1] {
        assert!(holds(&world, number, &portrait(u32::try_from(number).unwrap())));
    }
    service.run.terminate();
    service.run.finish().exits(0).says(&["inotify queue overflowed"]);
}

#[test]
fn an_empty_mount_point_halts_it_and_nothing_is_forgotten() {
    let mut world = World::people(20);
    quick(&mut world);
    world.portraits(0, 20, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("20 up to date"));
    // The share goes: its mount point stays, empty.
    fs::rename(world.photos(), world.path("away")).unwrap();
    fs::create_dir(world.photos()).unwrap();
    world.until("the halt", || !status(&world)["halted"].is_null());
    world.until("the line", || service.shows("Halted: "));
    world.run(&["status"]).exits(4).says(&["halted by the guard"]);
    // It comes back, with one photo changed.
    fs::remove_dir(world.photos()).unwrap();
    fs::rename(world.path("away"), world.photos()).unwrap();
    world.write(&portrait_file(0), &portrait(500));
    world.until("the changed photo", || holds(&world, 0, &portrait(500)));
    world.until("the end of the halt", || status(&world)["halted"].is_null());
    assert_eq!(world.puts().len(), 21, "nothing else was sent");
    assert_eq!(world.emulator().counters().deleted, 0);
    service.run.terminate();
    let outcome = service.run.finish().exits(0);
    assert_eq!(outcome.stderr.matches("The pass was halted").count(), 1, "said once\n{}", outcome.stderr);
}

#[test]
fn a_root_that_is_removed_and_made_again_is_watched_again() {
    let mut world = World::people(4);
    quick(&mut world);
    world.portraits(0, 2, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    fs::remove_dir_all(world.photos()).unwrap();
    world.until("it is seen", || status(&world)["watch"]["state"] == "away");
    assert_eq!(world.emulator().counters().deleted, 0);
    world.portraits(0, 3, 0);
    world.until("the new photo", || holds(&world, 2, &portrait(2)));
    world.until("it watches", || status(&world)["watch"]["state"] == "native");
    world.write(&portrait_file(3), &portrait(3));
    world.until("another one", || holds(&world, 3, &portrait(3)));
    assert_eq!(world.puts().len(), 4);
}

#[test]
fn a_single_edit_overtakes_a_bulk_import() {
    let mut world = World::people(2000);
    quick(&mut world);
    world.set("upload", "{ per_second: 20, max_per_second: 20 }");
    world.portraits(0, 1999, 0);
    let service = Service::ready(&world);
    world.until("the import is under way", || world.emulator().counters().stored >= 10);
    world.write(&portrait_file(1999), &portrait(1999));
    let begun = world.emulator().counters().stored;
    // How soon it is seen depends on the machine; what goes first from then on does not.
    let known =
        || ["in_step", "due", "waiting"].iter().filter_map(|state| status(&world)["targets"][state].as_u64()).sum::<u64>();
    world.until("it is seen", || known() == 2000);
    let before = world.emulator().counters().stored;
    world.until("the edit", || holds(&world, 1999, &portrait(1999)));
    let (others, all) = (world.emulator().counters().stored - before, world.emulator().counters().stored - begun);
    assert!(others < 100 && all < 600, "{others} others went first after it was seen, {all} in all");
    service.run.kill();
}

#[test]
fn the_photo_of_a_file_that_is_gone_goes_when_the_grace_is_over() {
    let mut world = World::people(12);
    quick(&mut world);
    world.set("removal", "{ when_file_disappears: delete, grace: 2s }");
    world.portraits(0, 12, 0);
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("12 up to date"));
    fs::remove_file(world.photos().join(portrait_file(3))).unwrap();
    world.until("its photo is gone", || world.user_photo(&person(3)).is_none());
    world.until("all others stay", || service.shows("11 up to date"));
    assert_eq!(world.puts().len(), 12);
}
