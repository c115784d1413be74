//! Each way of signing in, with the real program; and what is said when it fails.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use photosyncd::testing::clock::{Clock, TimeSource};
use photosyncd::testing::emulator::{ExpectedSecret, Fault, Federated, Settings, SignIn};
use photosyncd::testing::model::Timestamp;
use serde_json::json;

use crate::world::service::{Service, status_now};
use crate::world::{Outcome, Spawned, World, people, person};

const CERTIFICATE: &str = include_str!("../../src/graph/credential/testdata/certificate.pem");
const KEY: &str = include_str!("../../src/graph/credential/testdata/key.pem");
const OTHER: &str = include_str!("../../src/graph/credential/testdata/other.pem");
/// Ten minutes, in milliseconds.
const OFF: i64 = 600_000;

/// The machine's clock, set wrong by so many milliseconds.
struct Shifted(Clock, i64);

impl TimeSource for Shifted {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(self.0.now().millis() + self.1)
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Two people with a photo each, and a sign-in service of the given kind whose clock is off by so much.
fn world(sign_in: SignIn, off: i64) -> World {
    let clock = Clock::from_source(Shifted(Clock::system(), off));
    let world = World::at(clock, &people(2), Settings { sign_in, ..Settings::default() });
    world.portraits(0, 2, 0);
    world
}

/// A certificate and its key in the configuration, and a certificate registered at the tenant.
fn certified(world: &mut World, registered: &str) {
    std::fs::write(world.path("cert.pem"), CERTIFICATE).unwrap();
    std::fs::write(world.path("key.pem"), KEY).unwrap();
    only_mine(&world.path("key.pem"));
    world.sign_in_by("{ certificate: { file: cert.pem, key: key.pem } }");
    world.emulator().change_tenant(|tenant| assert!(tenant.application.register(registered)));
}

/// Signs in by a certificate that the tenant knows.
pub(crate) fn with_certificate(world: &mut World) {
    certified(world, CERTIFICATE);
}

fn only_mine(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[track_caller]
fn delivers(world: &World, outcome: Outcome) -> Outcome {
    let outcome = outcome.exits(0).says(&["2 photos delivered"]);
    assert!((0..2).all(|number| world.user_photo(&person(number)).is_some()));
    outcome
}

/// A refusal as Entra words it.
fn entra(code: u64, error: &str) -> Fault {
    let body = json!({ "error": error, "error_description": format!("AADSTS{code}: no"), "error_codes": [code] });
    Fault { body: Some(body), ..Fault::status("POST", "/oauth2/", 400) }
}

#[test]
fn by_client_secret() {
    let world = world(SignIn::default(), 0);
    delivers(&world, world.run(&["reconcile"]));
}

#[test]
fn by_certificate() {
    let mut world = world(SignIn::default(), 0);
    certified(&mut world, CERTIFICATE);
    let outcome = delivers(&world, world.run(&["reconcile"]));
    assert!(!outcome.stderr.contains("clock"));
}

#[test]
fn by_a_certificate_that_is_not_registered() {
    let mut world = world(SignIn::default(), 0);
    certified(&mut world, OTHER);
    world.run(&["reconcile"]).exits(5).says(&["AADSTS700027", "not registered", "App registrations"]);
}

#[test]
fn by_a_certificate_that_has_ended() {
    let mut world = world(SignIn::default(), 0);
    certified(&mut world, OTHER);
    let mut ended = rcgen::CertificateParams::new(Vec::new()).unwrap();
    (ended.not_before, ended.not_after) = (rcgen::date_time_ymd(2023, 1, 1), rcgen::date_time_ymd(2024, 2, 29));
    let key = rcgen::KeyPair::from_pkcs8_pem_and_sign_algo(KEY, &rcgen::PKCS_RSA_SHA256).unwrap();
    std::fs::write(world.path("cert.pem"), ended.self_signed(&key).unwrap().pem()).unwrap();
    world.run(&["reconcile"]).exits(5).says(&["the certificate ended on 2024-02-29", "new certificate"]);
}

#[test]
fn by_a_certificate_that_can_not_work() {
    let mut world = world(SignIn::default(), 0);
    certified(&mut world, CERTIFICATE);
    let ec = rcgen::KeyPair::generate().unwrap();
    for (file, text, words) in [
        ("cert.pem", OTHER.to_owned(), "does not belong to the certificate"),
        ("cert.pem", "PKCS#12".to_owned(), "no PEM certificate"),
        ("key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----".to_owned(), "encrypted"),
        ("key.pem", ec.serialize_pem(), "RSA"),
    ] {
        certified(&mut world, CERTIFICATE);
        std::fs::write(world.path(file), text).unwrap();
        world.run(&["reconcile"]).exits(78).says(&["graph.credential", words]);
    }
    certified(&mut world, CERTIFICATE);
    std::fs::remove_file(world.path("cert.pem")).unwrap();
    world.run(&["reconcile"]).exits(78).says(&["cert.pem can't be read"]);
    assert!(world.requests().is_empty());
}

#[test]
fn by_certificate_with_a_clock_that_is_ten_minutes_off() {
    for off in [OFF, -OFF] {
        let mut world = world(SignIn::default(), off);
        certified(&mut world, CERTIFICATE);
        let outcome = delivers(&world, world.run(&["reconcile"]));
        assert_eq!(outcome.stderr.matches("clock differs").count(), 1, "{}", outcome.stderr);
        let tokens: Vec<_> = world.requests().iter().filter(|one| one.target.contains("/token")).map(|one| one.status).collect();
        assert_eq!(tokens, [401, 200], "refused once, then signed by the service's clock");
    }
}

#[test]
fn by_secret_with_a_clock_that_is_ten_minutes_off() {
    let world = world(SignIn::default(), OFF);
    delivers(&world, world.run(&["reconcile"])).says(&["clock differs"]);
}

#[test]
fn with_the_wrong_tenant_client_or_cloud() {
    let tenant = SignIn { tenants: vec!["fabrikam.com".into()], ..SignIn::default() };
    world(tenant, 0).run(&["reconcile"]).exits(5).says(&["AADSTS90002", "the tenant does not exist", "graph.tenant"]);
    let client = SignIn { client_id: Some("another".into()), ..SignIn::default() };
    world(client, 0).run(&["reconcile"]).exits(5).says(&["AADSTS700016", "not known in this tenant", "graph.client_id"]);
    for (code, error, words) in [
        (900_382, "invalid_request", ["another national cloud", "graph.cloud"]),
        (500_011, "invalid_resource", ["does not know this Graph", "graph.cloud"]),
    ] {
        let world = world(SignIn::default(), 0);
        world.emulator().add_fault(entra(code, error));
        world.run(&["reconcile"]).exits(5).says(&words).says(&[&format!("AADSTS{code}")]);
    }
    // The Graph of one name, the tenant of another.
    let mut world = world(SignIn::default(), 0);
    let login = world.emulator().login_url();
    world.point_at(&login.replace("127.0.0.1", "localhost"), &login);
    world.run(&["reconcile"]).exits(5).says(&["AADSTS70011", "graph.graph_url"]);
}

#[test]
fn with_no_permission_at_all() {
    let world = world(SignIn { roles: Some(Vec::new()), ..SignIn::default() }, 0);
    world.run(&["reconcile"]).exits(5).says(&["User.Read.All", "admin consent"]);
}

#[test]
fn with_a_secret_that_is_not_there() {
    let mut world = world(SignIn::default(), 0);
    world.sign_in_by("{ client_secret: { file: /nonexistent/secret } }");
    world.run(&["reconcile"]).exits(78).says(&["graph.credential", "/nonexistent/secret"]);
    world.sign_in_by("{ client_secret: { env: PHOTOSYNCD_NO_SUCH } }");
    world.run(&["reconcile"]).exits(78).says(&["graph.credential", "PHOTOSYNCD_NO_SUCH"]);
}

#[test]
fn by_the_identity_of_a_virtual_machine() {
    let mut world = world(SignIn::default(), 0);
    world.sign_in_by("{ managed_identity: {} }");
    let here = world.emulator().graph_url();
    let run = || Spawned::start(world.command(&["reconcile"]).env("AZURE_POD_IDENTITY_AUTHORITY_HOST", &here)).finish();
    delivers(&world, run());
    let asked = world.requests().remove(0);
    assert!(asked.target.starts_with("/metadata/identity/oauth2/token?api-version=2018-02-01&resource="), "{}", asked.target);
    // None is assigned.
    let body = json!({ "error": "invalid_request", "error_description": "Identity not found" });
    world.emulator().add_fault(Fault { body: Some(body), ..Fault::status("GET", "/metadata/", 400) });
    world.portraits(0, 2, 50);
    run().exits(5).says(&["no such managed identity", "Assign the identity"]);
}

#[test]
fn by_the_identity_of_an_app_service() {
    let mut world = world(SignIn::default(), 0);
    world.sign_in_by("{ managed_identity: { client_id: 00000000-0000-4000-8000-000000000001 } }");
    let endpoint = format!("{}/metadata/identity/oauth2/token", world.emulator().graph_url());
    let mut command = world.command(&["reconcile"]);
    command.env("IDENTITY_ENDPOINT", endpoint).env("IDENTITY_HEADER", "header");
    delivers(&world, Spawned::start(&mut command).finish());
    assert!(world.requests()[0].target.contains("client_id=00000000-0000-4000-8000-000000000001"));
}

#[test]
fn by_the_identity_of_an_arc_server() {
    let key = (PathBuf::from("/var/opt/azcmagent/tokens/story.key"), "the agent's word".to_owned());
    let mut world = world(SignIn { arc_key: Some(key.clone()), ..SignIn::default() }, 0);
    world.sign_in_by("{ managed_identity: {} }");
    let root = world.emulator().graph_url();
    let arc = |command: &mut Command| {
        let endpoint = format!("{root}/metadata/identity/oauth2/token");
        Spawned::start(command.env("IDENTITY_ENDPOINT", endpoint).env("IMDS_ENDPOINT", &root)).finish()
    };
    // No agent here: its key can't be read.
    if !key.0.exists() {
        arc(&mut world.command(&["reconcile"])).exits(5).says(&["Azure Arc agent's key", "himds"]);
    }
    // With one: the directory is put in place for this program alone, which takes a mount namespace of its own.
    let agent = "mount -t tmpfs tmpfs /var/opt && mkdir -p /var/opt/azcmagent/tokens \
                 && printf '%s' \"$STORY_KEY\" > /var/opt/azcmagent/tokens/story.key && exec \"$0\" \"$@\"";
    let alone = |command: &Command| {
        let mut shell = Command::new("unshare");
        shell.args(["--mount", "sh", "-c", agent]).arg(command.get_program()).args(command.get_args()).env("STORY_KEY", &key.1);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell
    };
    let mut probe = Command::new("true");
    if alone(probe.env("LC_ALL", "C")).output().is_ok_and(|output| output.status.success()) {
        delivers(&world, arc(&mut alone(&world.command(&["reconcile"]))));
    } else {
        println!("no mount namespaces here: the agent's answer was not tried");
    }
}

#[test]
fn without_any_managed_identity() {
    let mut world = world(SignIn::default(), 0);
    world.sign_in_by("{ managed_identity: {} }");
    let nowhere = crate::world::dead_end();
    let mut command = world.command(&["reconcile"]);
    command.env("IDENTITY_ENDPOINT", nowhere).env("IDENTITY_HEADER", "header");
    Spawned::start(&mut command).finish().says(&["no managed identity is handed out here"]);
}

/// A token of some cluster for this service account.
fn federated(subject: &str, ends: i64) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({ "iss": "https://cluster.example", "sub": subject, "aud": ["api://AzureADTokenExchange"], "exp": ends });
    format!("{}.{}.c2lnbmF0dXJl", part(json!({ "alg": "RS256", "kid": "1" })), part(claims))
}

fn registered(subject: &str) -> Vec<Federated> {
    let (issuer, audience) = ("https://cluster.example".to_owned(), "api://AzureADTokenExchange".to_owned());
    vec![Federated { issuer, subject: subject.to_owned(), audience }]
}

#[test]
fn by_a_federated_token_that_is_read_anew() {
    let mut world = World::people(40);
    world.portraits(0, 40, 0);
    world.sign_in_by("{ workload_identity: { token_file: token } }");
    let soon = Clock::system().now().millis() / 1000 + 3600;
    world.run(&["reconcile"]).exits(5).says(&["federated token file", "No such file"]);
    std::fs::write(world.path("token"), federated("sa:first", soon)).unwrap();
    world.emulator().change_tenant(|tenant| tenant.application.federated = registered("sa:first"));
    world.emulator().add_fault(Fault { status: None, delay_ms: 100, ..Fault::status("PUT", "/photo", 200) });
    let run = world.spawn(&["reconcile"]);
    world.until("the first upload", || !world.puts().is_empty());
    // In the middle, the cluster hands out another token, and the old one is good no more.
    std::fs::write(world.path("token"), federated("sa:second", soon)).unwrap();
    world.emulator().change_tenant(|tenant| tenant.application.federated = registered("sa:second"));
    world.emulator().revoke_tokens();
    run.finish().exits(0).says(&["40 photos delivered"]);
    let tokens: Vec<_> = world.requests().iter().filter(|one| one.target.contains("/token")).map(|one| one.status).collect();
    assert_eq!(tokens, [200, 200]);
}

#[test]
fn by_a_federated_token_that_is_refused() {
    let mut world = world(SignIn::default(), 0);
    world.sign_in_by("{ workload_identity: {} }");
    world.run(&["reconcile"]).exits(78).says(&["AZURE_FEDERATED_TOKEN_FILE"]);
    let file = world.path("token");
    world.emulator().change_tenant(|tenant| tenant.application.federated = registered("sa:photos"));
    let now = Clock::system().now().millis() / 1000;
    for (token, words) in [
        (federated("sa:other", now + 3600), ["AADSTS700213", "Federated credentials"]),
        (federated("sa:photos", now - 1), ["AADSTS700024", "federated token may also have expired"]),
        (String::new(), ["federated token file", "it is empty"]),
    ] {
        std::fs::write(&file, token).unwrap();
        let mut command = world.command(&["reconcile"]);
        Spawned::start(command.env("AZURE_FEDERATED_TOKEN_FILE", &file)).finish().exits(5).says(&words);
    }
}

#[test]
fn a_service_takes_a_new_secret_from_its_file() {
    let sign_in = SignIn { secret: ExpectedSecret::Exactly("the new one".to_owned()), ..SignIn::default() };
    let mut world = world(sign_in, 0);
    let file = world.path("secret");
    std::fs::write(&file, "the old one\n").unwrap();
    only_mine(&file);
    world.sign_in_by("{ client_secret: { file: secret } }");
    let service = Service::ready(&world);
    world.until("a refusal", || status_now(&world)["sign_in"].is_object());
    std::fs::write(&file, "the new one\n").unwrap();
    world.until("both photos", || (0..2).all(|number| world.user_photo(&person(number)).is_some()));
    service.run.terminate();
    service.finish().0.exits(0);
}
