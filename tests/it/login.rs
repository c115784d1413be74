//! A person signs in by hand, and `me` is who that was.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use photosyncd::testing::emulator::{Consent, Fault, Settings, SignIn};
use serde_json::Value;

use crate::world::{CONTOSO, World, portrait};

const ANNA: &str = "00000000-0000-4000-8000-00000000000a";
const MINE: &str = "{ rules: [ { files: 'me.{ext}', me: {} }, \
                    { files: 'mine/{address}.{ext}', contact: { owner: me, mail: '{address}' } }, \
                    { files: 'friends/{address}.{ext}', contact: { owner: me, folder: Friends, mail: '{address}' } } ] }";

/// Anna's tenant, her rules, and sign-in by hand.
fn world(sign_in: SignIn) -> World {
    let mut world = World::with(&format!("me: anna@contoso.com\n{CONTOSO}"), Settings { sign_in, ..Settings::default() });
    world.sign_in_by("{ device_code: {} }");
    world.set("mapping", MINE);
    world.write("me.jpg", &portrait(1));
    world
}

fn kept(world: &World) -> PathBuf {
    world.path(".photosyncd/photosyncd.login")
}

#[test]
fn she_signs_in_and_her_photo_and_contacts_follow() {
    let world = world(SignIn { consent: Consent::After(1), ..SignIn::default() });
    world.write("mine/fred@example.com.jpg", &portrait(2));
    world.write("friends/gina@example.com.jpg", &portrait(3));
    world.run(&["reconcile"]).exits(5).says(&["nobody has signed in yet", "photosyncd login"]);
    let code = "EMULATED1";
    world.run(&["login"]).exits(0).says(&["/devicelogin", code, "15 minutes", "Signed in as anna@contoso.com"]);
    assert_eq!(std::fs::metadata(kept(&world)).unwrap().permissions().mode() & 0o777, 0o600);
    let first = std::fs::read_to_string(kept(&world)).unwrap();
    world.run(&["reconcile"]).exits(0).says(&["3 photos delivered"]);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(1));
    assert_eq!(world.photo(&format!("contact:{ANNA}/contact-fred")).unwrap().body, portrait(2));
    assert_eq!(world.photo(&format!("contact:{ANNA}/contact-gina")).unwrap().body, portrait(3));
    let mut puts: Vec<_> = world.puts().into_iter().map(|put| put.target.to_string()).collect();
    puts.sort();
    assert!(puts[0].starts_with("/v1.0/me/contactFolders/"), "{puts:?}");
    assert_eq!(puts[1..], ["/v1.0/me/contacts/contact-fred/photo/$value", "/v1.0/me/photo/$value"]);
    let second = std::fs::read_to_string(kept(&world)).unwrap();
    assert!(first != second && second.contains(ANNA), "each renewal brings a refresh token that is kept");
    assert_eq!(std::fs::metadata(kept(&world)).unwrap().permissions().mode() & 0o777, 0o600);
    world.run(&["reconcile"]).exits(0).says(&["0 photos delivered"]);
    world.write("me.jpg", &portrait(4));
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo("anna@contoso.com").unwrap().body, portrait(4));
    world.run(&["explain", "me.jpg"]).exits(0).says(&["me"]);
}

#[test]
fn a_program_can_show_the_code_too() {
    let mut world = world(SignIn::default());
    world.set("log", "{ level: trace, format: text }");
    let outcome = world.run(&["login", "--json"]).exits(0);
    let lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["code"], &lines[0]["expires_in_s"]), (&"EMULATED1".into(), &900.into()));
    assert!(lines[0]["open"].as_str().unwrap().starts_with("http"));
    assert_eq!((&lines[1]["signed_in"], &lines[1]["object_id"]), (&"anna@contoso.com".into(), &ANNA.into()));
    let token = std::fs::read_to_string(kept(&world)).unwrap();
    let token: Value = serde_json::from_str(&token).unwrap();
    let token = token["refresh_token"].as_str().unwrap();
    assert!(!outcome.stdout.contains(token) && !outcome.stderr.contains(token) && !outcome.stderr.contains("anna"));
    let outcome = world.run(&["reconcile"]).exits(0);
    assert!(!outcome.stdout.contains(token) && !outcome.stderr.contains(token) && !outcome.stderr.contains("emulated."));
}

#[test]
fn what_can_keep_her_out_is_said_in_plain_words() {
    for (sign_in, words) in [
        (SignIn { consent: Consent::Declined, ..SignIn::default() }, ["declined", "agree"]),
        (SignIn { consent: Consent::Late, ..SignIn::default() }, ["expired before it was typed", "photosyncd login"]),
        (
            SignIn { consent: Consent::NeedsAdministrator, ..SignIn::default() },
            ["an administrator has not consented", "admin consent"],
        ),
        (SignIn { tenants: vec!["fabrikam.com".into()], ..SignIn::default() }, ["the tenant does not exist", "graph.tenant"]),
        (SignIn { client_id: Some("other".into()), ..SignIn::default() }, ["not known in this tenant", "graph.client_id"]),
        (SignIn { public_client: false, ..SignIn::default() }, ["device code", "Allow public client flows"]),
    ] {
        let world = world(sign_in);
        world.run(&["login"]).exits(5).says(&words);
        assert!(!kept(&world).exists());
        world.run(&["reconcile"]).exits(5).says(&["nobody has signed in yet"]);
    }
}

#[test]
fn a_sign_in_that_was_taken_back_asks_for_another() {
    let world = world(SignIn::default());
    world.run(&["login"]).exits(0);
    world.emulator().revoke_tokens();
    world.run(&["reconcile"]).exits(5).says(&["no longer valid", "AADSTS700082", "photosyncd login"]);
    world.run(&["login"]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
}

#[test]
fn nobody_else_becomes_me() {
    let world = world(SignIn::default());
    world.run(&["login"]).exits(0);
    world.run(&["reconcile"]).exits(0);
    world.emulator().change_tenant(|tenant| tenant.me = Some("ben@contoso.com".into()));
    let before = std::fs::read_to_string(kept(&world)).unwrap();
    world.run(&["login"]).exits(5).says(&["somebody else has signed in here before", "ledger.path"]);
    assert_eq!(std::fs::read_to_string(kept(&world)).unwrap(), before);
    assert!(world.user_photo("ben@contoso.com").is_none());
}

#[test]
fn an_administrator_may_be_followed_by_another() {
    let mut world = world(SignIn::default());
    world.set("mapping", "{ table: people.csv, rules: [] }");
    let row = "b.jpg,user,userPrincipalName,ben@contoso.com,\n";
    std::fs::write(world.path("people.csv"), format!("file,kind,property,value,owner\n{row}")).unwrap();
    world.write("b.jpg", &portrait(2));
    std::fs::remove_file(world.photos().join("me.jpg")).unwrap();
    world.run(&["login"]).exits(0).says(&["Signed in as anna@contoso.com"]);
    world.run(&["reconcile"]).exits(0).says(&["1 photo delivered"]);
    assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(2));
    world.emulator().change_tenant(|tenant| tenant.me = Some("ben@contoso.com".into()));
    world.run(&["login"]).exits(0).says(&["Signed in as ben@contoso.com"]);
    // As soon as the table names `me`, it is one person's.
    let mine = "m.jpg,me,,,\nf.jpg,contact,mail,fred@example.com,me\n";
    std::fs::write(world.path("people.csv"), format!("file,kind,property,value,owner\n{row}{mine}")).unwrap();
    world.write("m.jpg", &portrait(3));
    world.emulator().change_tenant(|tenant| tenant.me = Some("anna@contoso.com".into()));
    world.run(&["reconcile"]).exits(5).says(&["AADSTS65001"]);
    world.run(&["login"]).exits(5).says(&["somebody else has signed in here before"]);
}

#[test]
fn more_rules_need_more_consent() {
    let mut world = world(SignIn::default());
    world.run(&["login"]).exits(0);
    world.set(
        "mapping",
        "{ rules: [ { files: 'me.{ext}', me: {} }, { files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } } ] }",
    );
    world.write("users/ben@contoso.com.jpg", &portrait(5));
    world.run(&["reconcile"]).exits(5).says(&["AADSTS65001", "photosyncd login"]);
    world.run(&["login"]).exits(0);
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    assert_eq!(world.user_photo("ben@contoso.com").unwrap().body, portrait(5));
}

#[test]
fn a_sign_in_that_can_not_be_kept_or_read_is_told() {
    let world = world(SignIn::default());
    std::fs::write(world.path(".photosyncd"), "in the way").unwrap();
    world.run(&["login"]).exits(5).says(&["can't be kept", "state directory"]);
    std::fs::remove_file(world.path(".photosyncd")).unwrap();
    world.run(&["login"]).exits(0);
    std::fs::write(kept(&world), "{").unwrap();
    world.run(&["reconcile"]).exits(5).says(&["damaged", "photosyncd login"]);
    world.run(&["login"]).exits(0);
    world.run(&["reconcile"]).exits(0);
}

#[test]
fn where_an_application_signs_in_me_is_nobody() {
    let mut world = world(SignIn::default());
    world.sign_in_by("{ client_secret: { env: PHOTOSYNCD_TEST_SECRET } }");
    for arguments in [&["reconcile"], &["plan"], &["login"]] {
        world.run(arguments).exits(78).says(&["device_code"]);
    }
    // A table is read only when the pass begins; its rows are held.
    world.set("mapping", "{ table: people.csv, rules: [] }");
    std::fs::write(
        world.path("people.csv"),
        "file,kind,property,value,owner\nme.jpg,me,,,\nf.jpg,contact,mail,fred@example.com,me\n",
    )
    .unwrap();
    world.write("f.jpg", &portrait(2));
    let outcome = world.run(&["reconcile", "--json"]);
    for file in ["me.jpg", "f.jpg"] {
        let problem = outcome.problem(file);
        assert!(problem["cure"].as_str().unwrap().contains("device_code"), "{problem}");
    }
    assert!(world.requests().iter().all(|request| !request.target.contains("/me")));
}

#[test]
fn the_embedded_tenant_signs_in_by_itself() {
    let mut world = world(SignIn::default());
    world.write("mine/fred@example.com.jpg", &portrait(2));
    world.run(&["rehearse"]).exits(0).says(&["nothing leaves this machine", "2"]);
    world.set("graph", "{ cloud: emulator }");
    world.run(&["reconcile"]).exits(0).says(&["2 photos delivered"]);
    world.run(&["login"]).exits(78).says(&["by itself"]);
    assert!(!kept(&world).exists() && world.requests().is_empty());
}

#[test]
fn a_photo_that_may_not_be_changed_names_the_consent() {
    let world = world(SignIn::default());
    world.run(&["login"]).exits(0);
    world.emulator().add_fault(Fault::status("PUT", "/me/photo", 403).with_code("ErrorAccessDenied", "no"));
    let problem = world.run(&["reconcile", "--json"]).exits(5).problem("me.jpg");
    assert!(problem["cure"].as_str().unwrap().contains("User.ReadWrite"), "{problem}");
}
