//! What is written outside the state directory: private, never through links, never over what photosyncd did not make.

use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::world::{World, photosyncd};

/// Each command that writes for others, and how it names the place.
const COMMANDS: [&[&str]; 5] =
    [&["report", "--csv", "--out"], &["preview", "--out"], &["rehearse", "--save"], &["man", "--out"], &["export", "--out"]];

/// What may stand at a name already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Planted {
    File,
    Link,
    DanglingLink,
    HardLink,
    Directory,
    Fifo,
    Socket,
}

const ALL: [Planted; 7] =
    [Planted::File, Planted::Link, Planted::DanglingLink, Planted::HardLink, Planted::Directory, Planted::Fifo, Planted::Socket];

impl Planted {
    fn plant(self, at: &Path, victim: &Path) {
        match self {
            Self::File => std::fs::write(at, "mine").unwrap(),
            Self::Link => symlink(victim, at).unwrap(),
            Self::DanglingLink => symlink(victim.with_extension("new"), at).unwrap(),
            Self::HardLink => std::fs::hard_link(victim, at).unwrap(),
            Self::Directory => std::fs::create_dir(at).unwrap(),
            Self::Fifo => mknodat(CWD, at, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap(),
            Self::Socket => drop(UnixListener::bind(at).unwrap()),
        }
    }

    /// Whether it stands there still, as it was.
    fn stands(self, at: &Path, victim: &Path) -> bool {
        let Ok(found) = std::fs::symlink_metadata(at) else { return false };
        let mine = |path: &Path| std::fs::read(path).is_ok_and(|bytes| bytes == b"mine");
        mine(victim)
            && !victim.with_extension("new").exists()
            && match self {
                Self::File | Self::HardLink => found.is_file() && mine(at),
                Self::Link | Self::DanglingLink => found.is_symlink(),
                Self::Directory => found.is_dir() && std::fs::read_dir(at).unwrap().next().is_none(),
                Self::Fifo => found.file_type().is_fifo(),
                Self::Socket => found.file_type().is_socket(),
            }
    }
}

fn world() -> World {
    let mut world = World::people(2);
    world.portraits(0, 2, 0);
    world.set("mapping", "{ rules: [ { files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } } ] }");
    world.run(&["reconcile"]).exits(0);
    world
}

/// The names in a directory; those that begin with a dot must not be left.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_made_is_private_and_is_made_again() {
    let world = world();
    for (number, command) in COMMANDS.into_iter().enumerate() {
        let out = world.path(&format!("new-{number}/out"));
        for _ in 0..2 {
            world.run(&[command, &[out.to_str().unwrap()]].concat()).exits(0);
            assert_eq!((mode(out.parent().unwrap()), mode(&out)), (0o700, 0o700), "{command:?}");
            let made = names(&out);
            assert!(!made.is_empty() && made.iter().all(|name| !name.starts_with('.')), "{made:?}");
            assert!(made.iter().all(|name| mode(&out.join(name)) == 0o600), "{command:?}");
        }
    }
}

#[test]
fn nothing_that_stands_at_a_name_is_followed_or_overwritten() {
    let world = world();
    for (number, command) in COMMANDS.into_iter().enumerate() {
        let clean = world.path(&format!("clean-{number}"));
        world.run(&[command, &[clean.to_str().unwrap()]].concat()).exits(0);
        for (at, name) in names(&clean).iter().enumerate() {
            let planted = ALL[(number + at) % ALL.len()];
            check(&world, command, name, planted, &format!("{number}-{at}"));
        }
        // And everything at one name.
        let name = names(&clean).remove(0);
        for planted in ALL {
            check(&world, command, &name, planted, &format!("{number}-{planted:?}"));
        }
    }
}

/// A command into a directory where something stands at one of its names.
fn check(world: &World, command: &[&str], name: &str, planted: Planted, id: &str) {
    let (out, victim) = (world.path(&format!("planted-{id}")), world.path(&format!("victim-{id}")));
    std::fs::create_dir(&out).unwrap();
    std::fs::write(&victim, "mine").unwrap();
    planted.plant(&out.join(name), &victim);
    let outcome = world.run(&[command, &[out.to_str().unwrap()]].concat());
    assert!(planted.stands(&out.join(name), &victim), "{command:?} {name} {planted:?}");
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    // Of a journal it can't be told whether it is damaged or somebody else's.
    let is_foreign = ["was not made by photosyncd", "was not written by an export", "symbolic link"];
    assert!(is_foreign.iter().any(|words| said.contains(words)), "{command:?} {planted:?}: {said}");
    // An export leaves out the one photo.
    let code = match command[0] {
        "export" if Path::new(name).extension().is_some_and(|ending| ending == "jpg") => 3,
        _ => 78,
    };
    assert_eq!(outcome.code, Some(code), "{command:?} {said}");
    let left = names(&out).into_iter().filter(|name| name.starts_with(".photosyncd"));
    assert_eq!(left.count(), 0, "nothing unfinished stays");
}

#[test]
fn single_files_and_directories_that_are_links_are_refused() {
    let world = world();
    for name in ["one.html", "only.csv"] {
        for planted in ALL {
            let out = world.path(&format!("{planted:?}"));
            let victim = world.path("victim");
            std::fs::create_dir(&out).unwrap();
            std::fs::write(&victim, "mine").unwrap();
            planted.plant(&out.join(name), &victim);
            world.run(&["report", "--out", out.join(name).to_str().unwrap()]).exits(78);
            assert!(planted.stands(&out.join(name), &victim), "{name} {planted:?}");
            std::fs::remove_dir_all(&out).unwrap();
        }
        // Its own it replaces.
        for _ in 0..2 {
            world.run(&["report", "--out", name]).exits(0);
            assert_eq!(mode(&world.path(name)), 0o600);
        }
    }
    let elsewhere = world.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, world.path("link")).unwrap();
    for command in COMMANDS {
        for place in ["link", "link/"] {
            world.run(&[command, &[place]].concat()).exits(78).says(&["symbolic link"]);
        }
    }
    world.run(&["report", "--out", "link/one.html"]).exits(78).says(&["symbolic link"]);
    assert!(names(&elsewhere).is_empty());
}

/// The service's own files lie in its state directory; links and other things that stand at their names lead nowhere.
#[test]
fn nothing_leads_out_of_the_state_directory() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    let state = world.ledger().parent().unwrap().to_owned();
    std::fs::create_dir(&state).unwrap();
    let victim = world.path("victim");
    std::fs::write(&victim, "mine").unwrap();
    let planted: Vec<PathBuf> = ["status.json", "control.sock"].map(|name| state.join(name)).into();
    for path in &planted {
        symlink(&victim, path).unwrap();
    }
    let service = crate::world::service::Service::ready(&world);
    world.until("the status is written", || std::fs::symlink_metadata(&planted[0]).is_ok_and(|found| found.is_file()));
    service.run.terminate();
    service.finish().0.exits(0);
    assert_eq!(std::fs::read(&victim).unwrap(), b"mine");
    assert_eq!(mode(&planted[0]), 0o644);
}

/// Files that the program is to read and that are something else: refused at once, by name.
#[test]
fn what_is_no_file_is_never_waited_for() {
    let mut world = World::people(1);
    world.portraits(0, 1, 0);
    let fifo = world.path("fifo");
    mknodat(CWD, &fifo, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let wrong = [(fifo, "named pipe"), (world.photos(), "a directory"), ("/dev/zero".into(), "a device")];
    let (graph, login) = (world.emulator().graph_url(), world.emulator().login_url());
    for (path, words) in &wrong {
        let named = path.display();
        let secret = "credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }";
        for more in [
            format!("credential: {{ client_secret: {{ file: '{named}' }} }}"),
            format!("credential: {{ certificate: {{ file: '{named}', key: '{named}' }} }}"),
            format!("ca_file: '{named}', {secret}"),
        ] {
            world.graph(&graph, &login, &more);
            for command in ["check", "reconcile", "run"] {
                let outcome = world.run(&[command]).exits(78);
                let told = outcome.stderr.contains(words) || outcome.stderr.contains("not a regular file");
                assert!(told, "{command} {more}: {}", outcome.stderr);
            }
        }
        world.graph(&graph, &login, &format!("credential: {{ workload_identity: {{ token_file: '{named}' }} }}"));
        world.run(&["reconcile"]).exits(5).says(&[words]);
        world.graph(&graph, &login, secret);
        world.set("mapping", &format!("{{ table: '{named}' }}"));
        world.run(&["reconcile"]).exits(78).says(&[words]);
        world.set("mapping", "{ rules: [ { files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } } ] }");
        world.set("report", &format!("{{ directory: out, every: 1d, texts: '{named}' }}"));
        world.run(&["check"]).exits(78).says(&[words]);
        world.set("report", "{}");
        for arguments in [["emulate", "--seed"], ["emulate", "--weather"], ["check", "--config"], ["run", "--config"]] {
            let command = crate::world::Spawned::start(photosyncd().args(arguments).arg(path));
            command.finish().exits(78).says(&[words]);
        }
    }
    assert!(world.puts().is_empty());
}

/// A spreadsheet and a script read every line, the last column too.
#[test]
fn tables_on_the_output_end_their_lines_as_a_terminal_does() {
    let world = World::people(2);
    world.portraits(0, 2, 0);
    world.write("users/nobody@contoso.com.jpg", &crate::world::portrait(9));
    world.run(&["reconcile"]).exits(3);
    for (command, column) in [(&["status", "--csv"][..], "cure"), (&["history", "--csv"], "elapsed_ms")] {
        let text = world.run(command).stdout;
        let mut table = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(table.headers().unwrap().iter().next_back(), Some(column), "{text:?}");
        assert!(table.records().count() > 0 && !text.contains('\u{fffd}') && text.ends_with('\n'), "{text:?}");
    }
}

/// Whoever goes on with the output must not take a part of it for the whole.
#[test]
fn an_output_that_can_not_be_written_is_a_failure() {
    let world = World::people(1);
    world.portraits(0, 1, 0);
    world.run(&["reconcile"]).exits(0);
    for command in [&["schema"][..], &["history", "--csv"], &["man"]] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let done = photosyncd().args(command).arg("--config").arg(world.path("config.yaml")).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains("the output can't be written"), "{command:?}: {said}");
        assert_eq!(done.status.code(), Some(78), "{command:?}");
    }
}
