//! What the doctor finds, says and sees cured: one row a planted fault.

mod local_checks;
mod open_places;
mod tenant;

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use photosyncd::testing::clock::{Clock, TimeSource};
use photosyncd::testing::emulator::{ExpectedSecret, Fault, Quirks, Settings, SignIn};
use photosyncd::testing::model::Timestamp;
use serde_json::Value;

use crate::world::{CONTOSO, World, portrait};

const CERTIFICATE: &str = include_str!("../../../src/graph/credential/testdata/certificate.pem");
const KEY: &str = include_str!("../../../src/graph/credential/testdata/key.pem");
const OTHER: &str = include_str!("../../../src/graph/credential/testdata/other.pem");
const ENOUGH: [&str; 6] = [
    "ProfilePhoto.ReadWrite.All",
    "User.Read.All",
    "GroupMember.Read.All",
    "TeamSettings.ReadWrite.All",
    "Contacts.ReadWrite",
    "PeopleSettings.ReadWrite.All",
];

/// A planted fault: what is done, what is found, and the cure that is then followed.
struct Row {
    name: &'static str,
    plant: fn(&mut World),
    check: &'static str,
    verdict: &'static str,
    words: &'static [&'static str],
    exit: i32,
    cure: fn(&mut World),
}

/// A tenant that grants these.
fn granting(roles: &[&str]) -> Settings {
    let roles = Some(roles.iter().map(ToString::to_string).collect());
    Settings { sign_in: SignIn { roles, ..SignIn::default() }, ..Settings::default() }
}

/// A world in which nothing is wrong.
fn healthy() -> World {
    let mut world = World::with(CONTOSO, granting(&ENOUGH));
    world.write("users/anna@contoso.com.jpg", &portrait(1));
    world.write("groups/sales.jpg", &portrait(2));
    world.write("teams/space.jpg", &portrait(3));
    world.write("contacts/anna@contoso.com/fred@example.com.jpg", &portrait(4));
    mapped(&mut world);
    secret(&mut world);
    world
}

fn mapped(world: &mut World) {
    world.set(
        "mapping",
        "{ rules: [{ files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }, \
         { files: 'groups/{a}.{ext}', group: { mailNickname: '{a}' } }, { files: 'teams/{a}.{ext}', team: { mailNickname: '{a}' } }, \
         { files: 'contacts/{o}/{a}.{ext}', contact: { owner: '{o}', mail: '{a}' } }] }",
    );
}

fn secret(world: &mut World) {
    std::fs::write(world.path("secret"), "geheim~1234").unwrap();
    mode(world, "secret", 0o600);
    world.sign_in_by("{ client_secret: { file: secret } }");
}

fn mode(world: &World, file: &str, mode: u32) {
    std::fs::set_permissions(world.path(file), std::fs::Permissions::from_mode(mode)).unwrap();
}

fn certificate(world: &mut World, pem: &str) {
    std::fs::write(world.path("cert.pem"), pem).unwrap();
    std::fs::write(world.path("key.pem"), KEY).unwrap();
    mode(world, "key.pem", 0o600);
    world.sign_in_by("{ certificate: { file: cert.pem, key: key.pem } }");
    world.emulator().change_tenant(|tenant| assert!(tenant.application.register(pem)));
}

/// A certificate of the test's key that ends so many days from now.
fn ending(days: i64) -> String {
    let key = rcgen::KeyPair::from_pkcs8_pem_and_sign_algo(KEY, &rcgen::PKCS_RSA_SHA256).unwrap();
    let mut made = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let now = Clock::system().now().millis() / 1_000;
    let day = |offset: i64| {
        let date = jiff::Timestamp::from_second(now + offset * 86_400).unwrap().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        rcgen::date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    (made.not_before, made.not_after) = (day(days - 400), day(days));
    made.self_signed(&key).unwrap().pem()
}

fn again(world: &mut World, settings: Settings) {
    world.replug(CONTOSO, settings);
    secret(world);
}

fn well(world: &mut World) {
    again(world, granting(&ENOUGH));
}

fn without(world: &mut World, role: &str) {
    let roles: Vec<&str> = ENOUGH.into_iter().filter(|one| *one != role).collect();
    again(world, granting(&roles));
}

fn no_ledger(world: &mut World) {
    std::fs::remove_dir_all(world.path(".photosyncd")).unwrap();
}

struct Shifted(Clock, i64);

impl TimeSource for Shifted {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now().millis() + self.1)
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

fn checks(world: &World, exit: i32) -> Vec<Value> {
    let outcome = world.run(&["doctor", "--json"]).exits(exit);
    outcome.json()["checks"].as_array().unwrap().clone()
}

#[track_caller]
fn nothing_is_wrong(world: &World, what: &str) {
    let found = checks(world, 0);
    let wrong: Vec<&Value> = found.iter().filter(|check| check["verdict"] == "fault" || check["verdict"] == "warning").collect();
    assert!(wrong.is_empty(), "{what}: {wrong:#?}");
}

#[test]
fn nothing_is_wrong_where_nothing_is() {
    let world = healthy();
    nothing_is_wrong(&world, "healthy");
    let before = std::fs::read_dir(world.path(".")).unwrap().count();
    let outcome = world.run(&["doctor"]).exits(0).says(&["0 warnings, 0 faults", "4 of 4", "all that team photos need"]);
    assert!(!outcome.stdout.contains('\u{1b}'), "no colours into a pipe");
    assert_eq!(std::fs::read_dir(world.path(".")).unwrap().count(), before, "nothing was made");
    assert!(world.puts().is_empty());
}

/// Every planted fault.
fn rows() -> impl Iterator<Item = &'static Row> {
    local_checks::ROWS.iter().chain(tenant::ROWS)
}

#[test]
fn each_planted_fault_is_found_named_and_cured() {
    for row in rows() {
        let mut world = healthy();
        (row.plant)(&mut world);
        let found = checks(&world, row.exit);
        let check = found.iter().find(|check| check["check"] == row.check && check["verdict"] == row.verdict);
        let check = check.unwrap_or_else(|| panic!("{}: not found in {found:#?}", row.name));
        let said = format!("{} {}", check["found"], check["cure"]).replace("\\\\", "\\").replace("\\\"", "\"");
        for word in row.words {
            assert!(said.contains(word), "{}: {word:?} is not in {said}", row.name);
        }
        assert!(!check["cure"].as_str().unwrap().is_empty(), "{}", row.name);
        (row.cure)(&mut world);
        nothing_is_wrong(&world, row.name);
    }
    println!("{} faults planted", rows().count());
}

#[test]
fn offline_it_asks_nobody_and_lists_every_fault() {
    let mut world = healthy();
    world.set("upload", "{ per_secnd: 5, concurrency: 0 }");
    world.set("photo", "{ qualty: 3 }");
    let outcome = world.run(&["doctor", "--offline", "--quiet"]).exits(78);
    assert_eq!(outcome.stdout.matches("\nfault").count() + 1, 3, "{}", outcome.stdout);
    for key in ["upload.per_secnd", "upload.concurrency", "photo.qualty"] {
        assert!(outcome.stdout.contains(key), "{}", outcome.stdout);
    }
    world.set("upload", "{}");
    world.set("photo", "{}");
    let outcome = world.run(&["doctor", "--offline", "--quiet"]).exits(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    assert!(world.requests().is_empty(), "nobody was asked");
}

#[test]
fn closed_files_and_directories_are_found() {
    let world = healthy();
    mode(&world, "photos/users/anna@contoso.com.jpg", 0o000);
    let Some(outcome) = world.run_unprivileged(&["doctor", "--offline"]) else { return };
    outcome.exits(3).says(&["can't be read", "users/anna@contoso.com.jpg", "permission to read"]);
    mode(&world, "photos/users/anna@contoso.com.jpg", 0o644);
    std::fs::create_dir(world.path(".photosyncd")).unwrap();
    mode(&world, ".photosyncd", 0o555);
    world.run_unprivileged(&["doctor", "--offline"]).unwrap().exits(78).says(&["can't be written", "StateDirectory="]);
}

#[test]
fn people_without_a_photo_are_counted_if_asked() {
    let world = healthy();
    world.run(&["doctor", "--missing"]).exits(0).says(&["3 people in scope have no photo", "plan --missing"]);
}
