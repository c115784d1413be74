//! The page at `/`: what it shows a person, whom it names, and who may ask for it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use photosyncd::testing::emulator::Fault;

use crate::world::service::{Service, free_port};
use crate::world::{World, person, portrait};

/// An answer of the service's web server.
pub(crate) struct Answer {
    status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    #[track_caller]
    fn shows(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.body.contains(part), "{part} is not in\n{}", self.body);
        }
    }
}

fn ask(port: u16, method: &str, path: &str, host: &str) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

pub(crate) fn page(port: u16) -> Answer {
    ask(port, "GET", "/", "Host: localhost\r\n")
}

/// Serves pages at a free port, with these further settings.
pub(crate) fn served(world: &mut World, more: &str) -> u16 {
    let port = free_port();
    world.set("source", "{ directory: photos, settle: 100ms }");
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}'{more} }}"));
    port
}

#[test]
fn it_shows_how_the_service_stands_and_names_nobody() {
    let mut world = World::people(4);
    let port = served(&mut world, "");
    world.portraits(0, 3, 0);
    world.write("users/nobody@contoso.com.jpg", &portrait(9));
    world.write("stray.jpg", &portrait(9));
    world.emulator().add_fault(Fault::status("PUT", "/photo", 400).with_code("ErrorInvalidImage", "no").times(1));
    let service = Service::ready(&world);
    world.until("all tried", || service.shows("2 up to date, 2 held"));
    let shown = page(port);
    assert_eq!(shown.status, 200);
    shown.shows(&[
        "Some photos are held and need a person. · contoso.com · photosyncd</title>",
        "<h1>contoso.com</h1>",
        "<dt>unmatched files</dt><dd>1</dd>",
        "<dt>up to date</dt><dd>2</dd>",
        "<dt>held or blocked</dt><dd>2</dd>",
        "<h3>Not found in Microsoft 365: 1 <code>target_missing</code></h3>",
        "<h3>Microsoft 365 refuses the picture: 1 <code>photo_refused</code></h3>",
        "400 ErrorInvalidImage",
        "watched: changes are noticed at once",
        "<dt>Sign-in</dt><dd>works</dd>",
        "<td>start</td>",
    ]);
    assert!(!shown.body.contains("@contoso.com") && !shown.body.contains(".jpg"), "somebody is named\n{}", shown.body);
    // One row for the pass: five files, one that nobody claims.
    shown.shows(&["<td>5</td><td>1</td>"]);
    // Names are shown to whoever asks for them, and no longer once that is taken back.
    served_again(&mut world, port, ", names: true");
    service.run.hang_up();
    world.until("names", || page(port).body.contains("users/nobody@contoso.com.jpg"));
    served_again(&mut world, port, "");
    service.run.hang_up();
    world.until("no names", || !page(port).body.contains("@contoso.com"));
    // A cure that is followed is seen.
    world.run(&["retry"]).exits(0);
    std::fs::remove_file(world.photos().join("users/nobody@contoso.com.jpg")).unwrap();
    world.until("all in step", || page(port).body.contains("All matched photos are up to date; some files match no rule."));
}

fn served_again(world: &mut World, port: u16, more: &str) {
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}'{more} }}"));
}

#[test]
fn a_browser_runs_nothing_else_on_it() {
    let mut world = World::people(1);
    let port = served(&mut world, "");
    world.portraits(0, 1, 0);
    let _service = Service::ready(&world);
    let shown = page(port);
    let policy = shown.header("content-security-policy").unwrap();
    for (open, close, rule) in [("<script>", "</script>", "script-src"), ("<style>", "</style>", "style-src")] {
        let inside = shown.body.split(open).nth(1).unwrap().split(close).next().unwrap();
        let hash = ring::digest::digest(&ring::digest::SHA256, inside.as_bytes());
        assert!(policy.contains(&format!("{rule} 'sha256-{}';", STANDARD.encode(hash))), "{policy}");
    }
    for rule in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    for path in ["/", "/metrics", "/livez", "/readyz", "/nothing"] {
        let answer = ask(port, "GET", path, "Host: localhost\r\n");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
        assert!(
            answer.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")),
            "{path}"
        );
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(ask(port, method, "/", "Host: localhost\r\n").status, 405, "{method}");
    }
    let head = ask(port, "HEAD", "/", "Host: localhost\r\n");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn a_web_site_can_t_read_it_under_a_name_of_its_own() {
    let mut world = World::people(1);
    let port = served(&mut world, "");
    world.portraits(0, 1, 0);
    let service = Service::ready(&world);
    for path in ["/", "/metrics", "/livez", "/readyz"] {
        for host in ["Host: evil.example\r\n", "Host: localhost.evil.example\r\n", "Host: localhost\r\nHost: evil.example\r\n"] {
            let answer = ask(port, "GET", path, host);
            assert!(matches!(answer.status, 400 | 421), "{path} {host}: {}", answer.status);
            assert!(!answer.body.contains("photo"), "{}", answer.body);
        }
        for host in [format!("localhost:{port}"), "127.0.0.1".to_owned(), "[::1]:80".to_owned()] {
            assert_eq!(ask(port, "GET", path, &format!("Host: {host}\r\n")).status, 200, "{path} {host}");
        }
    }
    assert_eq!(ask(port, "GET", "http://evil.example/", "Host: localhost\r\n").status, 421);
    // Who lets other machines in has to take the names they use.
    served_again(&mut world, port, ", allow_remote: true");
    service.run.hang_up();
    world.until("any name", || ask(port, "GET", "/", "Host: photos.intern.example\r\n").status == 200);
}

#[test]
fn trouble_stands_on_it_with_what_to_do() {
    let mut world = World::people(3);
    let port = served(&mut world, "");
    world.portraits(0, 3, 0);
    let service = Service::ready(&world);
    world.until("all in step", || page(port).body.contains("<dt>up to date</dt><dd>3</dd>"));
    for number in 0..3 {
        std::fs::remove_file(world.photos().join(format!("users/{}.jpg", person(number)))).unwrap();
    }
    world.until("the halt", || page(port).body.contains("Halted by the guard: a person has to look."));
    page(port).shows(&[
        "<h3>Halted by the guard: empty_source</h3>",
        "photos delivered before: 3",
        &format!("<code>photosyncd reconcile --config {} --force</code>", world.path("config.yaml").display()),
        "halted by the guard (empty_source)",
    ]);
    world.portraits(0, 3, 0);
    world.until("it goes on", || page(port).body.contains("All photos are up to date."));
    world.set("upload", "{ per_second: lots }");
    service.run.hang_up();
    world.until("the refusal", || page(port).body.contains("The changed configuration was refused"));
    service.run.terminate();
    let log = service.run.finish().stderr;
    assert!(log.contains(&format!("`photosyncd reconcile --config {} --force`", world.path("config.yaml").display())), "{log}");
}

#[test]
fn a_missing_permission_is_told() {
    let mut world = World::people(8);
    let port = served(&mut world, "");
    world.portraits(0, 8, 0);
    world.emulator().add_fault(Fault::status("PUT", "/photo", 403).with_code("ErrorAccessDenied", "Access is denied."));
    let _service = Service::ready(&world);
    world.until("the permission", || page(port).body.contains("<h3>A permission is missing</h3>"));
    world.until("its cause", || page(port).body.contains("<h3>A permission is missing: 8 <code>not_permitted</code></h3>"));
    assert!(!page(port).body.contains("@contoso.com"));
}

#[test]
fn a_broken_sign_in_and_an_outage_are_told() {
    let mut world = World::people(2);
    let port = served(&mut world, "");
    world.portraits(0, 2, 0);
    world.emulator().add_fault(Fault::status("POST", "/oauth2/v2.0/token", 401));
    let service = Service::start(&world, &[]);
    world.until("it listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    world.until("the sign-in", || page(port).body.contains("Nobody can sign in to Microsoft 365"));
    page(port).shows(&["<h3>Sign-in fails</h3>", "<dt>Sign-in</dt><dd>fails, see above</dd>"]);
    world.emulator().clear_faults();
    world.until("all in step", || page(port).body.contains("All photos are up to date."));
    world.unplug();
    world.portraits(0, 2, 7);
    world.until("the outage", || page(port).body.contains("<h3>Microsoft 365 can&#39;t be reached</h3>"));
    drop(service);
}
