//! What the package brings along: units, the first configuration, manual pages, `check`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::world::{SECRET, Spawned, World, photosyncd};

const SERVICES: [&str; 4] =
    ["photosyncd.service", "photosyncd@.service", "photosyncd-reconcile.service", "photosyncd-reconcile@.service"];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(here(path)).unwrap()
}

/// The settings of a unit from one key on, without comments.
fn settings<'t>(text: &'t str, from: &str) -> Vec<&'t str> {
    let lines = text.lines().filter(|line| line.contains('=') && !line.starts_with('#') && *line != "WantedBy=multi-user.target");
    lines.skip_while(|line| !line.starts_with(from)).collect()
}

#[test]
fn all_services_live_in_the_same_sandbox() {
    let wanted = read("systemd/photosyncd.service");
    let wanted = settings(&wanted, "UMask=");
    assert!(wanted.len() > 30, "{wanted:?}");
    for service in SERVICES {
        let text = read(&format!("systemd/{service}"));
        assert_eq!(settings(&text, "UMask="), wanted, "{service}");
        assert!(text.contains("\nUser=photosyncd\nGroup=photosyncd\n"), "{service}");
    }
}

/// systemd's own judgement; where it is not installed there is none.
#[test]
fn systemd_finds_no_fault_and_little_exposure() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("skipped: there is no systemd-analyze here");
        return;
    }
    let copies = tempfile::tempdir().unwrap();
    for unit in SERVICES.into_iter().chain(["photosyncd-reconcile.timer", "photosyncd-reconcile@.timer"]) {
        // The program is not installed here, but something is that can be executed.
        let text = read(&format!("systemd/{unit}")).replace("/usr/bin/photosyncd", "/bin/sh");
        std::fs::write(copies.path().join(unit), text).unwrap();
    }
    for service in SERVICES {
        let judged = |arguments: &[&str]| {
            let outcome = Command::new("systemd-analyze").args(arguments).arg(copies.path().join(service)).output().unwrap();
            (
                outcome.status.success(),
                format!("{}{}", String::from_utf8_lossy(&outcome.stdout), String::from_utf8_lossy(&outcome.stderr)),
            )
        };
        assert_eq!(judged(&["verify", "--man=no"]), (true, String::new()), "{service}");
        // Tenths: 1.1 at most, of 10.
        let (is_tight, words) = judged(&["security", "--offline=true", "--threshold=11", "--no-pager"]);
        assert!(is_tight && words.contains("exposure level"), "{service}: {words}");
    }
}

/// In a mount namespace of its own, where `/var/lib` and what belongs to systemd are other places.
#[test]
fn purge_deletes_the_state_and_nothing_that_links_or_mounts_lead_to() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("kept"), b"kept").unwrap();
    let script = format!(
        "set -e; for empty in /var/lib /etc/systemd /run; do mount -t tmpfs none $empty; done; mkdir -p /var/lib/photosyncd/share;
         touch /var/lib/photosyncd/photosyncd.db; mount --bind '{0}' /var/lib/photosyncd/share;
         ln -s '{0}' /var/lib/photosyncd/link; sh '{1}' purge; find /var/lib/photosyncd -mindepth 1",
        place.path().display(),
        here("packaging/debian/postrm").display(),
    );
    let outcome = Command::new("unshare").args(["-m", "sh", "-c", &script]).output();
    let Some(outcome) = outcome.ok().filter(|outcome| outcome.status.success()) else {
        println!("skipped: file systems can't be mounted here");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&outcome.stdout), "/var/lib/photosyncd/share\n/var/lib/photosyncd/share/kept\n");
    assert_eq!(std::fs::read(place.path().join("kept")).unwrap(), b"kept");
}

#[test]
fn the_first_configuration_lacks_the_tenant_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("config.yaml");
    let check = || {
        let mut command = photosyncd();
        command.args(["check", "--config"]).arg(&file).env("PHOTOSYNCD_TEST_SECRET", SECRET);
        Spawned::start(&mut command).finish()
    };
    let text = read("packaging/debian/config.yaml");
    std::fs::write(&file, &text).unwrap();
    let missing = ["graph.tenant: is missing", "graph.client_id: is missing", "graph.credential: is missing"];
    let outcome = check().exits(78).says(&missing);
    assert_eq!(outcome.stderr.lines().count(), 4, "{}", outcome.stderr);
    let filled = text
        .replace("tenant: null", "tenant: contoso.com")
        .replace("client_id: null", "client_id: 11111111-2222-4333-8444-555555555555")
        .replace("credential: null", "credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }");
    std::fs::write(&file, filled).unwrap();
    check().exits(0).says(&["can be used"]);
}

#[test]
fn check_names_every_fault_and_looks_at_the_secret_unless_told_otherwise() {
    let mut world = World::new();
    world.run(&["check"]).exits(0);
    assert!(!world.ledger().exists(), "it makes no ledger");
    world.point_at("https://graph.example", "https://login.example");
    world.run_with_secret("", &["check"]).exits(78).says(&["graph.credential", "PHOTOSYNCD_TEST_SECRET"]);
    world.run_with_secret("", &["check", "--without-secret"]).exits(0);
    world.set("source", "{ directory: photos, setle: 1s }");
    world.set("upload", "{ concurrency: many }");
    world.run(&["check", "--without-secret"]).exits(78).says(&["source.setle", "upload.concurrency"]);
}

#[test]
fn each_command_has_a_manual_page() {
    let place = tempfile::tempdir().unwrap();
    Spawned::start(photosyncd().args(["man", "--out"]).arg(place.path())).finish().exits(0);
    let pages: BTreeSet<String> =
        std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let help = Spawned::start(photosyncd().arg("--help")).finish().stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.contains(&"reconcile") && commands.contains(&"man"), "{help}");
    let mut wanted: BTreeSet<String> = commands.iter().map(|command| format!("photosyncd-{command}.1")).collect();
    wanted.insert("photosyncd.1".to_owned());
    wanted.insert("photosyncd.yaml.5".to_owned());
    let topics = ["mapping", "sign-in", "pictures", "reasons", "operations", "security", "json"];
    wanted.extend(topics.map(|topic| format!("photosyncd-{topic}.7")));
    assert_eq!(pages, wanted);
    for page in pages {
        let text = std::fs::read_to_string(place.path().join(&page)).unwrap();
        let is_command = page.ends_with(".1");
        assert!(text.contains(".SH NAME") && (text.contains("\\-\\-config") || !is_command), "{page}: {text}");
        assert!(text.contains(".SH \"SEE ALSO\""), "{page}: {text}");
    }
    let sections = [".SH \"EXIT STATUS\"", ".SH FILES", ".SH ENVIRONMENT", ".SH EXAMPLES", "\\fB75\\fR"];
    Spawned::start(photosyncd().arg("man")).finish().exits(0).says(&sections);
}

/// What groff and man say of the pages; where they are not installed, nothing.
#[test]
fn groff_finds_no_fault_in_the_manual_pages() {
    if Command::new("groff").arg("--version").output().is_err() {
        println!("skipped: there is no groff here");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    Spawned::start(photosyncd().args(["man", "--out"]).arg(place.path())).finish().exits(0);
    for entry in std::fs::read_dir(place.path()).unwrap() {
        let page = entry.unwrap().path();
        let outcome = Command::new("groff").args(["-t", "-man", "-ww", "-Tutf8", "-Kutf8", "-z"]).arg(&page).output().unwrap();
        let said = String::from_utf8_lossy(&outcome.stderr);
        assert!(outcome.status.success() && said.is_empty(), "{}: {said}", page.display());
    }
}

#[test]
fn help_shows_topics_commands_and_single_words() {
    let help = |words: &[&str]| Spawned::start(photosyncd().arg("help").args(words)).finish();
    help(&[]).exits(0).says(&["Usage: photosyncd", "help TOPIC"]);
    let page = help(&["mapping"]).exits(0).says(&["NAMING SCHEMES", "employeeId"]);
    let widest = page.stdout.lines().filter(|line| !line.starts_with("    ")).map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?}");
    help(&["reconcile"]).exits(0).says(&["--patience", "Usage: photosyncd reconcile"]);
    help(&["photo.crop"]).exits(0).says(&["photo.crop (upper)", "From: photosyncd help config"]);
    help(&["no_mailbox"]).exits(0).says(&["photosyncd retry TARGET", "From: photosyncd help reasons"]);
    help(&["nothing"]).exits(2).says(&["there is no help for \"nothing\"", "operations"]);
}
