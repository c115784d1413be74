//! Logs tell what went wrong, not of whom; and secrets appear nowhere.

use photosyncd::testing::emulator::{ExpectedSecret, Fault, Reset, Settings, SignIn};

use crate::world::service::Service;
use crate::world::{Outcome, SECRET, World, dead_end, portrait, tree};

/// Names that the stories below use; none may stand in a log line that is kept.
const NAMES: [&str; 4] = ["@contoso.com", "p000", "p001", "Kastelruth"];

fn log_lines<'a>(stderr: &'a str, levels: &'a [&str]) -> impl Iterator<Item = &'a str> {
    stderr.lines().filter(|line| levels.iter().any(|level| line.contains(&format!(" {level} "))))
}

/// Whether one of the emulator's tokens is in the text: a word and 64 hexadecimal digits.
fn holds_token(text: &str) -> bool {
    text.split("emulated.").skip(1).any(|after| after.chars().take_while(char::is_ascii_hexdigit).count() >= 16)
}

#[track_caller]
fn tells_nobody(world: &World, arguments: &[&str]) {
    says_nothing_of_anybody(&world.run(arguments));
}

#[track_caller]
fn says_nothing_of_anybody(outcome: &Outcome) {
    for line in log_lines(&outcome.stderr, &["INFO", "WARN", "ERROR"]) {
        for name in NAMES {
            assert!(!line.contains(name), "{name} in {line}");
        }
    }
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.contains(SECRET), "the secret is shown:\n{text}");
        assert!(!holds_token(text) && !text.contains("Bearer "), "a token is shown:\n{text}");
    }
}

#[test]
fn no_names_in_logs_and_no_secrets_anywhere() {
    let sign_in = SignIn { secret: ExpectedSecret::Exactly(SECRET.to_owned()), ..SignIn::default() };
    let mut world = World::people_with(4, Settings { sign_in, ..Settings::default() });
    world.set("log", "{ level: trace, format: text }");
    world.portraits(0, 5, 0);
    world.write("users/Kastelruth.txt", b"no picture");
    world.write("Kastelruth.jpg", b"");
    for fault in [
        Fault::status("PUT", "000000000000/photo", 500).with_code("InternalServerError", "p000@contoso.com failed").times(2),
        Fault::status("PUT", "000000000001/photo", 403).with_code("ErrorAccessDenied", "p001@contoso.com may not"),
        Fault::reset("PUT", "000000000002/photo", Reset::Before).times(1),
        Fault::status("PUT", "000000000003/photo", 404).with_code("ErrorNonExistentMailbox", "p003@contoso.com"),
    ] {
        world.emulator().add_fault(fault);
    }
    let first = world.run(&["reconcile", "--json"]);
    assert!(log_lines(&first.stderr, &["WARN", "ERROR"]).count() >= 4, "it does log:\n{}", first.stderr);
    std::fs::remove_dir_all(world.path(".photosyncd")).unwrap();
    world.emulator().add_fault(Fault::status("GET", "/users", 429).with_header("Retry-After", "1").times(1));
    tells_nobody(&world, &["reconcile", "--json"]);
    for arguments in [&["plan"][..], &["status"], &["explain", "p001"], &["retry"], &["reconcile", "--force"], &["rehearse"]] {
        tells_nobody(&world, arguments);
    }
    world.set("guard", "{ first_contact: replace, max_changes_percent: 0 }");
    world.portraits(0, 4, 300);
    tells_nobody(&world, &["reconcile"]);
    assert!(holds_token(&world.emulator().issue_token(None)), "this test would know a token");
    for (path, bytes) in tree(&world.path(".photosyncd")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(SECRET) && !holds_token(&text), "a secret in {}", path.display());
    }
}

#[test]
fn a_secret_that_is_refused_is_not_repeated() {
    let sign_in = SignIn { secret: ExpectedSecret::Exactly("another".to_owned()), ..SignIn::default() };
    let mut world = World::people_with(1, Settings { sign_in, ..Settings::default() });
    world.set("log", "{ level: trace, format: json }");
    world.write("users/p000@contoso.com.jpg", &portrait(0));
    tells_nobody(&world, &["reconcile"]);
    let (graph, login) = (world.emulator().graph_url(), dead_end());
    world.point_at(&graph, &login);
    tells_nobody(&world, &["reconcile", "--patience", "0s"]);
}

#[test]
fn the_service_tells_nobody_either_and_each_photo_that_went_out_in_a_line_at_debug() {
    let sign_in = SignIn { secret: ExpectedSecret::Exactly(SECRET.to_owned()), ..SignIn::default() };
    let mut world = World::people_with(4, Settings { sign_in, ..Settings::default() });
    world.set("log", "{ level: debug, format: text }");
    world.set("source", "{ directory: photos, settle: 100ms }");
    world.set("removal", "{ when_file_disappears: delete, grace: 0s }");
    world.portraits(0, 4, 0);
    world.write("Kastelruth.jpg", b"");
    for fault in [
        Fault::status("PUT", "000000000000/photo", 500).with_code("InternalServerError", "p000@contoso.com failed").times(2),
        Fault::status("PUT", "000000000001/photo", 403).with_code("ErrorAccessDenied", "p001@contoso.com may not"),
        Fault::status("GET", "/users", 429).with_header("Retry-After", "1").times(1),
    ] {
        world.emulator().add_fault(fault);
    }
    let service = Service::ready(&world);
    world.until("what can go", || service.shows("3 up to date, 1 held"));
    std::fs::write(world.path("photos/users/p002@contoso.com.jpg"), b"Dear HR").unwrap();
    world.until("a bad picture", || service.shows("2 up to date, 2 held"));
    std::fs::remove_file(world.path("photos/users/p003@contoso.com.jpg")).unwrap();
    world.until("a removal or its halt", || service.shows("1 up to date") || service.shows("Halted"));
    world.set("mapping", "{ rules: [{ files: 'Kastelruth/p001@contoso.com/{upn}', user: 7 }] }");
    service.run.hang_up();
    world.until("the refusal", || service.shows("was refused"));
    service.run.terminate();
    let outcome = service.run.finish().exits(0);
    says_nothing_of_anybody(&outcome);
    assert!(log_lines(&outcome.stderr, &["WARN", "ERROR"]).count() >= 3, "it does log:\n{}", outcome.stderr);
    let delivered: Vec<&str> = outcome.stderr.lines().filter(|line| line.contains("A photo was delivered")).collect();
    assert_eq!(delivered.len(), 3, "{delivered:#?}");
    for line in delivered {
        assert!(line.contains(" DEBUG ") && !line.contains("@contoso"), "{line}");
        for field in ["target.id=user:", "bytes=", "elapsed_ms=", "request_id="] {
            assert!(line.contains(field), "no {field} in {line}");
        }
    }
}
