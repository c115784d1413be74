//! What the doctor finds, says and sees cured: one row a planted fault.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use photosyncd::clock::{Clock, TimeSource};
use photosyncd::emulator::{ExpectedSecret, Fault, Quirks, Settings, SignIn};
use photosyncd::model::Timestamp;
use serde_json::Value;

use crate::world::{CONTOSO, World, portrait};

const CERTIFICATE: &str = include_str!("../../src/graph/credential/testdata/certificate.pem");
const KEY: &str = include_str!("../../src/graph/credential/testdata/key.pem");
const OTHER: &str = include_str!("../../src/graph/credential/testdata/other.pem");
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

fn ledger_of(world: &World, change: &str) {
    let ledger = rusqlite::Connection::open(world.ledger()).unwrap();
    ledger.execute_batch(change).unwrap();
}

fn no_ledger(world: &mut World) {
    std::fs::remove_dir_all(world.path(".photosyncd")).unwrap();
}

const ROWS: &[Row] = &[
    Row {
        name: "a key that nobody knows",
        plant: |world| world.set("upload", "{ per_secnd: 5 }"),
        check: "configuration",
        verdict: "fault",
        words: &["config.yaml:", "upload.per_secnd", "per_second"],
        exit: 78,
        cure: |world| world.set("upload", "{ per_second: 5 }"),
    },
    Row {
        name: "a value out of its range",
        plant: |world| world.set("photo", "{ quality: 400 }"),
        check: "configuration",
        verdict: "fault",
        words: &["photo.quality", "30 to 100"],
        exit: 78,
        cure: |world| world.set("photo", "{ quality: 90 }"),
    },
    Row {
        name: "a rule that can't be understood",
        plant: |world| {
            world.set("mapping", "{ rules: [{ files: 'users/{upn}.{ext}', user: { userPrincipalName: '{nobody}' } }] }");
        },
        check: "configuration",
        verdict: "fault",
        words: &["mapping.rules[0]", "nobody"],
        exit: 78,
        cure: mapped,
    },
    Row {
        name: "me where an application signs in",
        plant: |world| world.set("mapping", "{ rules: [{ files: 'me.{ext}', me: {} }] }"),
        check: "rules",
        verdict: "fault",
        words: &["mapping.rules[0]", "photosyncd login"],
        exit: 78,
        cure: mapped,
    },
    Row {
        name: "a table that is not there",
        plant: |world| world.set("mapping", "{ table: people.csv }"),
        check: "table",
        verdict: "fault",
        words: &["people.csv", "mapping.table"],
        exit: 78,
        cure: mapped,
    },
    Row {
        name: "a row of the table that names nobody",
        plant: |world| {
            std::fs::write(world.path("people.csv"), "file,kind,property,value\nusers/anna@contoso.com.jpg,usr,mail,x@y.z\n")
                .unwrap();
            world.set(
                "mapping",
                "{ table: people.csv, rules: [{ files: '*/**', user: { userPrincipalName: 'anna@contoso.com' } }] }",
            );
        },
        check: "table",
        verdict: "warning",
        words: &["people.csv:2", "usr", "Correct those lines"],
        exit: 0,
        cure: mapped,
    },
    Row {
        name: "a secret that everybody can read",
        plant: |world| mode(world, "secret", 0o644),
        check: "credential",
        verdict: "fault",
        words: &["mode 0644", "chmod 600"],
        exit: 78,
        cure: |world| mode(world, "secret", 0o600),
    },
    Row {
        name: "a secret in a variable that is not set",
        plant: |world| world.sign_in_by("{ client_secret: { env: NOBODY_SETS_THIS } }"),
        check: "credential",
        verdict: "fault",
        words: &["NOBODY_SETS_THIS", "not set"],
        exit: 78,
        cure: secret,
    },
    Row {
        name: "a secret in a variable",
        plant: |world| world.sign_in_by("{ client_secret: { env: PHOTOSYNCD_TEST_SECRET } }"),
        check: "credential",
        verdict: "warning",
        words: &["PHOTOSYNCD_TEST_SECRET", "child processes", "0600"],
        exit: 0,
        cure: secret,
    },
    Row {
        name: "a key of another certificate",
        plant: |world| certificate(world, OTHER),
        check: "credential",
        verdict: "fault",
        words: &["does not belong to the certificate"],
        exit: 78,
        cure: |world| certificate(world, CERTIFICATE),
    },
    Row {
        name: "nobody has signed in",
        plant: |world| world.sign_in_by("{ device_code: {} }"),
        check: "credential",
        verdict: "fault",
        words: &["nobody has signed in", "photosyncd login"],
        exit: 5,
        cure: secret,
    },
    Row {
        name: "a converter that is not installed",
        plant: |world| world.set("photo", "{ heic_converter: [nobody-has-this, '{input}', '{output}'] }"),
        check: "heic_converter",
        verdict: "warning",
        words: &["nobody-has-this", "libheif-examples"],
        exit: 0,
        cure: |world| world.set("photo", "{ heic_converter: [sh, '{input}', '{output}'] }"),
    },
    Row {
        name: "a service that was killed",
        plant: |world| {
            let service = world.spawn(&["run"]);
            let socket = world.path(".photosyncd/control.sock");
            world.until("the service listens", || world.puts().len() == 4 && socket.exists());
            service.kill();
        },
        check: "service",
        verdict: "warning",
        words: &["ended without a word", "systemctl restart"],
        exit: 0,
        cure: |world| {
            let service = world.spawn(&["run"]);
            world.until("the service listens", || world.run(&["doctor", "--offline"]).stdout.contains("it runs as process"));
            service.terminate();
            service.finish();
        },
    },
    Row {
        name: "no source",
        plant: |world| std::fs::rename(world.photos(), world.path("elsewhere")).unwrap(),
        check: "source",
        verdict: "fault",
        words: &["photos", "No such file", "Mount the share"],
        exit: 3,
        cure: |world| std::fs::rename(world.path("elsewhere"), world.photos()).unwrap(),
    },
    Row {
        name: "an empty source",
        plant: |world| {
            std::fs::rename(world.photos(), world.path("elsewhere")).unwrap();
            std::fs::create_dir(world.photos()).unwrap();
        },
        check: "source",
        verdict: "fault",
        words: &["holds no files", "Mount the share"],
        exit: 3,
        cure: |world| {
            std::fs::remove_dir(world.photos()).unwrap();
            std::fs::rename(world.path("elsewhere"), world.photos()).unwrap();
        },
    },
    Row {
        name: "no marker",
        plant: |world| world.set("source", "{ directory: photos, require: .mounted }"),
        check: "source",
        verdict: "fault",
        words: &[".mounted", "Mount the share"],
        exit: 3,
        cure: |world| world.write(".mounted", b""),
    },
    Row {
        name: "a file name that is no text",
        plant: |world| {
            use std::os::unix::ffi::OsStrExt as _;
            std::fs::write(world.photos().join(std::ffi::OsStr::from_bytes(b"users/\xff.jpg")), b"x").unwrap();
        },
        check: "source",
        verdict: "fault",
        words: &["users/\\xff.jpg", "UTF-8"],
        exit: 3,
        cure: |world| {
            use std::os::unix::ffi::OsStrExt as _;
            std::fs::remove_file(world.photos().join(std::ffi::OsStr::from_bytes(b"users/\xff.jpg"))).unwrap();
        },
    },
    Row {
        name: "files that no rule claims",
        plant: |world| world.write("holiday.jpg", b"x"),
        check: "coverage",
        verdict: "warning",
        words: &["4 of 5 files match; 1 do not, such as holiday.jpg", "source.ignore"],
        exit: 0,
        cure: |world| std::fs::remove_file(world.photos().join("holiday.jpg")).unwrap(),
    },
    Row {
        name: "rules that fit no file",
        plant: |world| world.set("mapping", "{ rules: [{ files: 'staff/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }] }"),
        check: "coverage",
        verdict: "fault",
        words: &["0 of 4 files match", "mapping.rules"],
        exit: 78,
        cure: mapped,
    },
    Row {
        name: "a name that nobody can have",
        plant: |world| world.write("users/anna.jpg", b"x"),
        check: "coverage",
        verdict: "warning",
        words: &["users/anna.jpg", "1 name nobody"],
        exit: 0,
        cure: |world| std::fs::remove_file(world.photos().join("users/anna.jpg")).unwrap(),
    },
    Row {
        name: "another tenant's ledger",
        plant: |world| {
            world.run(&["reconcile"]).exits(0);
            ledger_of(world, "UPDATE meta SET value = 'fabrikam.com' WHERE name = 'tenant'");
        },
        check: "ledger",
        verdict: "fault",
        words: &["fabrikam.com", "contoso.com", "Set ledger.path"],
        exit: 78,
        cure: no_ledger,
    },
    Row {
        name: "a newer ledger",
        plant: |world| {
            world.run(&["reconcile"]).exits(0);
            ledger_of(world, "PRAGMA user_version = 99");
        },
        check: "ledger",
        verdict: "fault",
        words: &["format 99", "Install the newer version"],
        exit: 78,
        cure: no_ledger,
    },
    Row {
        name: "a file that is no ledger",
        plant: |world| {
            std::fs::create_dir(world.path(".photosyncd")).unwrap();
            std::fs::write(world.ledger(), "x".repeat(5_000)).unwrap();
        },
        check: "ledger",
        verdict: "fault",
        words: &["not a photosyncd ledger", "Move it away"],
        exit: 78,
        cure: no_ledger,
    },
    Row {
        name: "a damaged ledger",
        plant: |world| {
            world.run(&["reconcile"]).exits(0);
            ledger_of(world, "PRAGMA wal_checkpoint(TRUNCATE)");
            let mut bytes = std::fs::read(world.ledger()).unwrap();
            let from = bytes.len() / 2;
            bytes[from..].fill(0x5a);
            std::fs::write(world.ledger(), bytes).unwrap();
        },
        check: "ledger",
        verdict: "warning",
        words: &["damaged", "photosyncd reconcile", "moves it aside"],
        exit: 0,
        cure: |world| drop(world.run(&["reconcile"]).exits(0)),
    },
    Row {
        name: "a wrong secret",
        plant: |world| {
            let sign_in = SignIn { secret: ExpectedSecret::Exactly("other".into()), ..granting(&ENOUGH).sign_in };
            again(world, Settings { sign_in, ..Settings::default() });
        },
        check: "sign_in",
        verdict: "fault",
        words: &["AADSTS7000215", "secret"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "a secret that has ended",
        plant: |world| {
            let sign_in = SignIn { secret: ExpectedSecret::Expired("geheim~1234".into()), ..granting(&ENOUGH).sign_in };
            again(world, Settings { sign_in, ..Settings::default() });
        },
        check: "sign_in",
        verdict: "fault",
        words: &["AADSTS7000222", "new"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "an application that the tenant does not know",
        plant: |world| {
            let sign_in = SignIn { client_id: Some("another".into()), ..granting(&ENOUGH).sign_in };
            again(world, Settings { sign_in, ..Settings::default() });
        },
        check: "sign_in",
        verdict: "fault",
        words: &["AADSTS700016", "client_id"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "nobody at the other end",
        plant: |world| world.graph("http://127.0.0.1:9", "http://127.0.0.1:9", "credential: { client_secret: { file: secret } }"),
        check: "sign_in",
        verdict: "fault",
        words: &["127.0.0.1"],
        exit: 3,
        cure: secret,
    },
    Row {
        name: "a wrong clock",
        plant: |world| {
            let clock = Clock::from_source(Shifted(Clock::system(), 600_000));
            world.replug_at(clock, CONTOSO, granting(&ENOUGH));
            secret(world);
        },
        check: "clock",
        verdict: "warning",
        words: &["behind the sign-in service's", "timedatectl"],
        exit: 0,
        cure: well,
    },
    Row {
        name: "a certificate that ends soon",
        plant: |world| certificate(world, &ending(12)),
        check: "credential_end",
        verdict: "warning",
        words: &["ends in 1", "Certificates & secrets"],
        exit: 0,
        cure: |world| certificate(world, &ending(300)),
    },
    Row {
        name: "a certificate that has ended",
        plant: |world| certificate(world, &ending(-3)),
        check: "credential_end",
        verdict: "fault",
        words: &["the certificate ended on", "new certificate"],
        exit: 5,
        cure: |world| certificate(world, &ending(300)),
    },
    Row {
        name: "no permission to change user and group photos",
        plant: |world| without(world, "ProfilePhoto.ReadWrite.All"),
        check: "permissions",
        verdict: "fault",
        words: &["for user photos the token lacks ProfilePhoto.ReadWrite.All", "admin consent"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "no permission to find users",
        plant: |world| without(world, "User.Read.All"),
        check: "permissions",
        verdict: "fault",
        words: &["User.Read.All (to find users)"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "no permission to find groups",
        plant: |world| without(world, "GroupMember.Read.All"),
        check: "permissions",
        verdict: "fault",
        words: &["GroupMember.Read.All (to find groups)"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "no permission to change team photos",
        plant: |world| without(world, "TeamSettings.ReadWrite.All"),
        check: "permissions",
        verdict: "fault",
        words: &["for team photos the token lacks TeamSettings.ReadWrite.All"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "no permission for contacts",
        plant: |world| without(world, "Contacts.ReadWrite"),
        check: "permissions",
        verdict: "fault",
        words: &["for contact photos the token lacks Contacts.ReadWrite"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "permissions that nobody needs",
        plant: |world| {
            let roles: Vec<&str> = ENOUGH.into_iter().chain(["Mail.ReadWrite", "Directory.ReadWrite.All"]).collect();
            again(world, granting(&roles));
        },
        check: "excess_permissions",
        verdict: "warning",
        words: &["Directory.ReadWrite.All, which nothing here needs", "Mail.ReadWrite", "Remove it"],
        exit: 0,
        cure: well,
    },
    Row {
        name: "photos come from the on-premises directory",
        plant: |world| {
            let quirks = Quirks { on_premises_photos: true, ..Quirks::default() };
            again(world, Settings { quirks, ..granting(&ENOUGH) });
        },
        check: "photo_policy",
        verdict: "fault",
        words: &["onPremises", "photoUpdateSettings", "24 hours"],
        exit: 5,
        cure: well,
    },
    Row {
        name: "users can't be read, whatever the token says",
        plant: |world| world.emulator().add_fault(Fault::status("GET", "/v1.0/users", 503)),
        check: "read",
        verdict: "fault",
        words: &["no user could be looked up"],
        exit: 3,
        cure: |world| world.emulator().clear_faults(),
    },
    Row {
        name: "a tenant that knows none of the files",
        plant: |world| {
            world.replug("users: [{ userPrincipalName: x@contoso.com }]", granting(&ENOUGH));
            secret(world);
        },
        check: "read",
        verdict: "warning",
        words: &["the tenant knows none", "anna@contoso.com", "mapping.rules"],
        exit: 0,
        cure: well,
    },
    Row {
        name: "a group of the scope that is not there",
        plant: |world| world.set("scope", "{ include_groups: [nobodies] }"),
        check: "scope",
        verdict: "fault",
        words: &["scope.include_groups[0]", "does not know", "object id"],
        exit: 78,
        cure: |world| world.set("scope", "{ include_groups: [] }"),
    },
];

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

#[test]
fn each_planted_fault_is_found_named_and_cured() {
    for row in ROWS {
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
    println!("{} faults planted", ROWS.len());
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
