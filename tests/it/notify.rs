//! The webhook: who is told, what, and what never.

use std::io::{BufRead as _, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use photosyncd::testing::emulator::Fault;
use serde_json::Value;

use crate::world::service::{Service, status};
use crate::world::{SECRET, World, person, portrait};

/// A server that answers with these statuses, one after the other, then with the last; and what it was sent.
pub(crate) fn listener(statuses: &'static [u16]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?sig=Geheimzeichen", listener.local_addr().unwrap());
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut text = Vec::new();
            let mut piece = [0; 4096];
            loop {
                let read = stream.read(&mut piece).unwrap();
                text.extend_from_slice(&piece[..read]);
                let whole = String::from_utf8_lossy(&text).into_owned();
                let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
                let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if read == 0 || body.len() >= length.unwrap_or(0_usize) {
                    _ = tell.send(whole);
                    break;
                }
            }
            let status = statuses[count.min(statuses.len() - 1)];
            _ = write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (url, told)
}

pub(crate) fn world(url: &str) -> World {
    let mut world = World::people(2);
    world.portraits(0, 2, 0);
    world.set("notify", &format!("{{ webhook: '{url}' }}"));
    world
}

pub(crate) fn heard(told: &Receiver<String>) -> Value {
    let whole = told.recv_timeout(Duration::from_secs(30)).unwrap();
    for secret in [SECRET, &person(0), "@contoso", "users/", ".jpg"] {
        assert!(!whole.contains(secret), "{secret} in {whole}");
    }
    assert!(whole.starts_with("POST /hook?sig=Geheimzeichen "), "{whole}");
    serde_json::from_str(whole.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[test]
fn a_halt_is_told_though_the_first_try_fails_and_a_good_pass_is_not() {
    let (url, told) = listener(&[503, 200]);
    let world = world(&url);
    world.run(&["reconcile"]).exits(0);
    assert!(told.try_recv().is_err());
    for number in 0..2 {
        std::fs::remove_file(world.photos().join(format!("users/{}.jpg", person(number)))).unwrap();
    }
    let outcome = world.run(&["reconcile"]).exits(4);
    let first = heard(&told);
    assert_eq!((&first["event"], &first["guard"], &first["pass"]), (&"halted".into(), &"empty_source".into(), &2.into()));
    assert_eq!(heard(&told), first, "the same again after a 503");
    assert!(told.try_recv().is_err());
    assert!(!outcome.stderr.contains("Geheimzeichen") && !outcome.stdout.contains("Geheimzeichen"));
}

/// A mail server that takes everything; what it was given, dialogue and mail.
fn mail_server() -> (u16, Receiver<String>) {
    mail_server_but(|_, _| None)
}

/// One that answers some lines otherwise, by the number of the connection.
fn mail_server_but(otherwise: fn(&str, usize) -> Option<&'static str>) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut lines = std::io::BufReader::new(stream.try_clone().unwrap()).lines();
            let (mut dialogue, mut in_mail) = (String::new(), false);
            stream.write_all(b"220 ready\r\n").unwrap();
            while let Some(Ok(line)) = lines.next() {
                dialogue += &line;
                dialogue.push('\n');
                let answer = match line.as_str() {
                    "." if in_mail => "250 taken",
                    _ if in_mail => continue,
                    line if otherwise(line, count).is_some() => otherwise(line, count).unwrap(),
                    "DATA" => "354 go ahead",
                    "QUIT" => "221 bye",
                    _ => "250 ok",
                };
                in_mail = line == "DATA";
                stream.write_all(format!("{answer}\r\n").as_bytes()).unwrap();
                if line == "QUIT" {
                    break;
                }
                if line == "." {
                    tell.send(dialogue.clone()).unwrap();
                }
            }
        }
    });
    (port, told)
}

#[test]
fn one_event_is_told_by_every_way_in_its_own_form() {
    let ((url, told), (teams, cards), (slack, blocks), (port, mails)) =
        (listener(&[200]), listener(&[202]), listener(&[200]), mail_server());
    let mut world = World::people(2);
    world.set("service", "{ listen: '127.0.0.1:9464' }");
    let mail = format!(
        "{{ from: p@contoso.example, to: [it@contoso.example, hr@contoso.example], smtp: '127.0.0.1:{port}', tls: none }}"
    );
    world.set("notify", &format!("{{ webhook: '{url}', teams: '{teams}', slack: '{slack}', mail: {mail} }}"));
    std::fs::remove_dir_all(world.photos()).unwrap();
    world.run(&["reconcile"]).exits(4);
    assert_eq!(heard(&told)["guard"], "missing_source");
    let card = heard(&cards);
    assert_eq!(card["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    let card = card.to_string();
    for words in ["missing", "Machine", "photosyncd status", "http://127.0.0.1:9464/"] {
        assert!(card.contains(words), "{words} in {card}");
    }
    let blocks = heard(&blocks);
    assert!(blocks["text"].as_str().unwrap().contains("missing_source") && blocks["blocks"].is_array(), "{blocks}");
    let mail = mails.recv_timeout(Duration::from_secs(30)).unwrap();
    for words in [
        "MAIL FROM:<p@contoso.example>",
        "RCPT TO:<it@contoso.example>",
        "RCPT TO:<hr@contoso.example>",
        "Subject: photosyncd: Stopped by the guard: missing_source",
        "Auto-Submitted: auto-generated",
        "photosyncd status",
        "http://127.0.0.1:9464/",
    ] {
        assert!(mail.contains(words), "{words} in {mail}");
    }
    assert!(!mail.contains(SECRET) && !mail.contains(&person(0)), "{mail}");
}

#[test]
fn a_recipient_who_is_refused_or_put_off_keeps_the_mail_from_nobody() {
    let (port, mails) = mail_server_but(|line, count| match line {
        "RCPT TO:<left@contoso.example>" => Some("550 5.1.1 <left@contoso.example> is no user here"),
        "RCPT TO:<hr@contoso.example>" if count == 0 => Some("451 4.7.1 greylisted, come back"),
        _ => None,
    });
    let mut world = World::people(1);
    std::fs::remove_dir_all(world.photos()).unwrap();
    let to = "[left@contoso.example, it@contoso.example, hr@contoso.example]";
    world.set("notify", &format!("{{ mail: {{ from: p@contoso.example, to: {to}, smtp: '127.0.0.1:{port}', tls: none }} }}"));
    let outcome = world.run(&["reconcile"]).exits(4).says(&["1 of 3 recipients", "550 5.1.1", "4.7.1 greylisted", "`halted`"]);
    assert!(!outcome.stderr.contains("contoso.example"), "{}", outcome.stderr);
    let next = || mails.recv_timeout(Duration::from_secs(30)).unwrap();
    let (first, second) = (next(), next());
    let asked = |mail: &str, who: &str| mail.contains(&format!("RCPT TO:<{who}@contoso.example>"));
    assert!(asked(&first, "it") && asked(&second, "hr") && !asked(&second, "it") && !asked(&second, "left"), "{second}");
    let id = |mail: &str| mail.lines().find(|line| line.starts_with("Message-ID: <")).map(str::to_owned);
    assert!(id(&first).is_some() && id(&first) == id(&second) && first.contains("MIME-Version: 1.0"), "{first}");
    assert!(mails.try_recv().is_err());
}

#[test]
fn a_new_mail_password_needs_no_reload() {
    // The two are AUTH PLAIN of u with "old" and with "new".
    let (port, mails) = mail_server_but(|line, _| match line {
        line if line.starts_with("EHLO") => Some("250-here\r\n250 AUTH PLAIN"),
        "AUTH PLAIN AHUAbmV3" => Some("235 welcome"),
        line if line.starts_with("AUTH") => Some("535 5.7.8 no such sign-in for u"),
        _ => None,
    });
    let mut world = World::people(1);
    world.portraits(0, 1, 0);
    world.settle_soon();
    let password = world.path("password");
    let write = |text: &str| {
        std::fs::write(&password, text).unwrap();
        std::fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    };
    write("old");
    let mail = format!(
        "from: p@contoso.example, to: [it@contoso.example], smtp: '127.0.0.1:{port}', tls: none, user: u, password: {{ file: {} }}",
        password.display()
    );
    world.set("notify", &format!("{{ mail: {{ {mail} }} }}"));
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("1 up to date"));
    std::fs::rename(world.photos(), world.path("aside")).unwrap();
    let conditions = || status(&world)["conditions"].to_string();
    world.until("it is named", || conditions().contains("535 5.7.8") && conditions().contains("the password"));
    write("new");
    std::fs::rename(world.path("aside"), world.photos()).unwrap();
    let mail = mails.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(mail.contains("Subject: photosyncd: Over by now"), "{mail}");
    world.until("nothing is wrong with the way", || !conditions().contains("notify_failing"));
    service.run.terminate();
    service.run.finish().exits(0);
}

#[test]
fn a_mail_server_that_refuses_is_told_of_without_addresses_and_mail_is_never_sent_unprotected() {
    let (port, mails) = mail_server();
    let mut world = World::people(1);
    std::fs::remove_dir_all(world.photos()).unwrap();
    // This server offers no STARTTLS: nothing is said to it.
    let mail = |more: &str| {
        format!("{{ mail: {{ from: p@contoso.example, to: [it@contoso.example], smtp: '127.0.0.1:{port}'{more} }} }}")
    };
    world.set("notify", &mail(""));
    let outcome = world.run(&["reconcile"]).exits(4);
    assert!(outcome.stderr.contains("notify.mail") && !outcome.stderr.contains("contoso.example"), "{}", outcome.stderr);
    assert!(mails.try_recv().is_err());
    for (wrong, words) in [
        ("{ mail: { from: p@contoso.example, to: [it@contoso.example], smtp: smtp.contoso.example, tls: none } }", "unprotected"),
        ("{ mail: { from: nobody, to: [it@contoso.example], smtp: s } }", "not a mail address"),
        ("{ mail: { from: p@contoso.example, to: [], smtp: s } }", "names nobody"),
        ("{ mail: { from: p@contoso.example, to: [it@contoso.example], smtp: s, user: x } }", "password"),
        ("{ mail: { from: p@contoso.example, to: [it@contoso.example], smtp: s, user: x, password: y } }", "does not belong"),
        ("{ teams: 'http://teams.example.com/x' }", "https"),
    ] {
        world.set("notify", wrong);
        world.run(&["check"]).exits(78).says(&[words]);
    }
    world.set("notify", &mail(", user: x, password: { file: /nonexistent/password }"));
    world.run(&["reconcile"]).exits(78).says(&["notify.mail.password", "/nonexistent/password"]);
}

#[test]
fn a_missing_permission_and_a_broken_sign_in_are_told() {
    let (url, told) = listener(&[200]);
    let mut world = world(&url);
    let refused = Fault::status("PUT", "/photo", 403).with_code("ErrorAccessDenied", "Access is denied.");
    world.emulator().add_fault(refused);
    world.run(&["reconcile"]).exits(5);
    let news = heard(&told);
    assert_eq!((&news["event"], &news["blocked"]), (&"kind_forbidden".into(), &2.into()));
    world.point_at(&world.emulator().graph_url(), &crate::world::dead_end());
    world.run(&["reconcile", "--patience", "0s"]);
    // A sign-in host that can't be reached is no broken sign-in.
    assert!(told.try_recv().is_err());
}

#[test]
fn a_webhook_that_refuses_or_is_not_there_changes_nothing_else() {
    let (url, told) = listener(&[404]);
    let mut world = world(&url);
    std::fs::remove_dir_all(world.photos()).unwrap();
    std::fs::create_dir(world.photos()).unwrap();
    world.run(&["reconcile"]).exits(4).says(&["notify.webhook", "404"]);
    heard(&told);
    assert!(told.try_recv().is_err(), "once is enough");
    world.set("notify", "{ webhook: 'http://hooks.example.com/x' }");
    world.run(&["reconcile"]).exits(78).says(&["notify.webhook"]);
}

#[test]
fn a_receiver_that_is_gone_is_named_and_its_successor_hears_what_waited() {
    let (gone, nobody) = listener(&[410]);
    let (url, told) = listener(&[200]);
    let mut world = world(&gone);
    world.settle_soon();
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    std::fs::rename(world.photos(), world.path("aside")).unwrap();
    assert_eq!(next(&nobody)["event"], "halted");
    let conditions = |world: &World| status(world)["conditions"].to_string();
    world.until("it is named", || conditions(&world).contains("notify_failing"));
    for words in ["notify.webhook could not tell `halted`", "HTTP 410", "what to do"] {
        assert!(conditions(&world).contains(words), "{words}: {}", conditions(&world));
    }
    world.run(&["status"]).exits(4).says(&["notify_failing", "HTTP 410"]);
    let doctor = world.run(&["doctor"]).stdout;
    assert!(doctor.contains("notify.webhook could not tell"), "{doctor}");
    world.set("notify", &format!("{{ webhook: '{url}' }}"));
    service.run.hang_up();
    // The source is away: what else is refused is told by the halt.
    let halted = next(&told);
    assert_eq!((&halted["event"], &halted["guard"]), (&"halted".into(), &"missing_source".into()));
    world.until("nothing is wrong with the way", || !conditions(&world).contains("notify_failing"));
    std::fs::rename(world.path("aside"), world.photos()).unwrap();
    assert_eq!(next(&told)["event"], "halt_ended");
    service.run.terminate();
    service.run.finish().exits(0);
}

/// The next news of the service that is no digest, which comes when its hour does.
pub(crate) fn next(told: &Receiver<String>) -> Value {
    loop {
        let news = heard(told);
        if news["event"] != "digest" {
            return news;
        }
    }
}

#[test]
fn the_service_tells_each_event_once_and_its_end() {
    let (url, told) = listener(&[200]);
    let mut world = world(&url);
    world.set("source", "{ directory: photos, settle: 100ms }");
    let refused = Fault::status("PUT", "/photo", 403).with_code("ErrorAccessDenied", "p000@contoso.com may not.");
    world.emulator().add_fault(refused);
    let service = Service::ready(&world);
    world.until("the blocks", || service.shows("2 held"));
    assert_eq!(next(&told)["event"], "kind_forbidden");
    world.until("it is written", || status(&world)["forbidden"]["reason"] == "user");
    world.emulator().clear_faults();
    world.run(&["retry"]).exits(0);
    world.until("all in step", || service.shows("2 up to date") && status(&world)["forbidden"].is_null());
    for number in 0..2 {
        std::fs::rename(world.photos().join(format!("users/{}.jpg", person(number))), world.path(&person(number))).unwrap();
    }
    let halted = next(&told);
    assert_eq!((&halted["event"], &halted["guard"]), (&"halted".into(), &"empty_source".into()));
    let command = format!("`photosyncd status --config {}`", world.path("config.yaml").display());
    assert!(halted["text"].as_str().unwrap().contains(&command), "{halted}");
    // Further passes are halted for the same reason.
    for _ in 0..2 {
        let before = status(&world)["totals"]["passes_halted"].as_u64().unwrap();
        world.run(&["retry"]);
        world.until("another pass", || status(&world)["totals"]["passes_halted"].as_u64().unwrap_or_default() > before);
    }
    world.portraits(0, 2, 0);
    assert_eq!(next(&told)["event"], "halt_ended");
    world.emulator().revoke_tokens();
    world.emulator().add_fault(Fault::status("POST", "/oauth2/v2.0/token", 401));
    world.write(&format!("users/{}.jpg", person(0)), &portrait(50));
    assert_eq!(next(&told)["event"], "sign_in");
    world.emulator().clear_faults();
    assert_eq!(next(&told)["event"], "sign_in_works");
    service.run.terminate();
    let outcome = service.run.finish().exits(0);
    assert!(!outcome.stderr.contains("Geheimzeichen"), "{}", outcome.stderr);
    assert!(told.try_recv().is_err(), "once each");
}

#[test]
fn the_service_tells_of_an_outage_and_of_its_end_to_the_webhook_of_now() {
    let (old_url, old) = listener(&[200]);
    let (url, told) = listener(&[200]);
    let mut world = world(&old_url);
    world.set("source", "{ directory: photos, settle: 100ms }");
    let service = Service::ready(&world);
    world.until("all in step", || service.shows("2 up to date"));
    world.set("notify", &format!("{{ webhook: '{url}' }}"));
    service.run.hang_up();
    world.until("READY=1 again", || service.count("READY=1") == 2);
    // Somebody else answers in Graph's place: the sign-in page of a network.
    world.emulator().add_fault(Fault::status("PUT", "/photo", 302));
    world.portraits(0, 2, 40);
    assert_eq!(next(&told)["event"], "outage_began");
    world.emulator().clear_faults();
    let ended = next(&told);
    assert_eq!(ended["event"], "outage_ended");
    assert!(ended["lasted_s"].as_u64().unwrap() >= 10, "{ended}");
    world.until("all in step again", || world.user_photo(&person(1)).unwrap().body == portrait(41));
    assert!(old.try_recv().is_err());
    world.set("notify", "{ webhook: 'https://user:Geheimzeichen@hooks.example.com/' , nonsense: 1 }");
    service.run.hang_up();
    world.until("the refusal", || service.shows("was refused"));
    service.run.terminate();
    assert!(!service.run.finish().exits(0).stderr.contains("Geheimzeichen"));
}
