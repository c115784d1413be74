//! Names that would steer a terminal, forge a line or begin a formula: whatever the program writes, shows them and obeys none.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use photosyncd::testing::emulator::Settings;

use crate::world::service::{Service, free_port, get, status_now};
use crate::world::{Outcome, World, portrait, tree};

/// What begins a line that nobody wrote.
const FORGED: &str = "FORGED";

/// Names of files, without their ending.
fn names() -> Vec<Vec<u8>> {
    let texts = [
        "esc\u{1b}[2J\u{1b}]0;owned\u{7}@contoso.com",
        "line\nFORGED 1 photo delivered\r\nFORGED@contoso.com",
        "c1\u{9b}31m\u{85}FORGED@contoso.com",
        "bidi\u{202e}gpj.\u{2066}exe\u{200f}@contoso.com",
        "sep\u{2028}FORGED\u{2029}@contoso.com",
        "del\u{7f}tab\tbell\u{7}@contoso.com",
        "tag\u{e0041}bom\u{feff}@contoso.com",
        "=HYPERLINK(\"x\")@contoso.com",
        "+1-2@contoso.com",
        "-rf@contoso.com",
        "@SUM(A1)@contoso.com",
        "<img src=x onerror=alert(1)>@contoso.com",
        "{curly} %s \\x1b $(id)@contoso.com",
        "no rule at all",
    ];
    let mut names: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    names.push(b"b\xfcller\x1b[2J@contoso.com".to_vec());
    names.push(format!("{}@contoso.com", "x".repeat(230)).into_bytes());
    names
}

/// People whom the directory calls so.
const PEOPLE: &str = r#"
users:
  - { userPrincipalName: "ada@contoso.com", displayName: "\e[2JAda\nFORGED" }
  - { userPrincipalName: "-rf@contoso.com", displayName: "=cmd|' /C calc'!A0" }
  - { userPrincipalName: "miss\e]0;x\a@contoso.com", displayName: "Miss\nFORGED \u202Ex" }
  - { userPrincipalName: "missing@contoso.com", displayName: "\x9b31mx" }
"#;

fn world() -> World {
    let mut world = World::with(PEOPLE, Settings::default());
    world.write("users/ada@contoso.com.jpg", &portrait(1));
    for (seed, name) in (2..).zip(names()) {
        for folder in ["users", "loose"] {
            let folder = world.photos().join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            let name = [name.as_slice(), b".jpg"].concat();
            std::fs::write(folder.join(OsStr::from_bytes(&name)), portrait(seed)).unwrap();
        }
    }
    std::fs::create_dir_all(world.photos().join("dir\u{1b}[2J\nFORGED")).unwrap();
    std::fs::write(world.photos().join("dir\u{1b}[2J\nFORGED/a.jpg"), portrait(90)).unwrap();
    let table = "file,kind,property,value\nloose/=HYPERLINK,user,userPrincipalName,\"e\u{1b}[2J@contoso.com\"\n\
                 loose/-rf@contoso.com.jpg,user,userPrincipalName,=1@contoso.com\n";
    std::fs::write(world.path("people.csv"), table).unwrap();
    world.set("mapping", "{ rules: [{ files: 'users/{upn}.{ext}', user: { userPrincipalName: '{upn}' } }], table: people.csv }");
    world.set("log", "{ level: trace, format: text }");
    world
}

/// Whether a letter is none that text for people has.
fn is_odd(letter: char) -> bool {
    let bidi = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    bidi || letter.is_control() && !matches!(letter, '\n' | '\t')
}

#[track_caller]
fn is_plain(what: &str, text: &str) {
    if let Some((at, letter)) = text.char_indices().find(|(_, letter)| is_odd(*letter)) {
        let begin = text[..at].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
        panic!("{what}: {letter:?} behind {:?}", &text[begin..at]);
    }
    assert!(!text.lines().any(|line| line.trim_start().starts_with(FORGED)), "{what}: a line is forged:\n{text}");
}

#[track_caller]
fn outcome_is_plain(arguments: &[&str], outcome: &Outcome) {
    is_plain(&format!("stdout of {arguments:?}"), &outcome.stdout);
    is_plain(&format!("stderr of {arguments:?}"), &outcome.stderr);
    assert!(!matches!(outcome.code, None | Some(1 | 101)), "{arguments:?}: {:?}\n{}", outcome.code, outcome.stderr);
    if arguments.contains(&"--json") && !outcome.stdout.trim().is_empty() {
        outcome.json();
    }
}

#[test]
fn every_command_shows_names_and_obeys_none() {
    let mut world = world();
    let commands: [&[&str]; 22] = [
        &["check"],
        &["plan"],
        &["plan", "--unmatched"],
        &["plan", "--missing"],
        &["reconcile", "--patience", "0s"],
        &["reconcile", "--only", "users/esc\u{1b}[2J\u{9b}.jpg"],
        &["status"],
        &["history"],
        &["verify"],
        &["doctor"],
        &["rehearse"],
        &["retry"],
        &["retry", "x\u{1b}[2J\u{9b}"],
        &["accept", "x\u{1b}[2J\u{202e}"],
        &["restore", "x\u{1b}[2J"],
        &["undo", "1"],
        &["explain", "rf"],
        &["explain", "contoso"],
        &["explain", "users/c1\u{9b}31m\u{85}FORGED@contoso.com.jpg"],
        &["report", "--out", "pages"],
        &["preview", "--out", "sheet"],
        &["login"],
    ];
    for arguments in commands {
        outcome_is_plain(arguments, &world.run(arguments));
        _ = std::fs::remove_dir_all(world.path("sheet"));
        if !matches!(arguments[0], "report" | "login") {
            let as_json = [arguments, &["--json"]].concat();
            outcome_is_plain(&as_json, &world.run(&as_json));
        }
    }
    outcome_is_plain(&["history", "--csv"], &world.run(&["history", "--csv"]));
    world.set("log", "{ level: trace, format: json }");
    outcome_is_plain(&["reconcile"], &world.run(&["reconcile", "--patience", "0s"]));
    // What the last one wrote is there, as a person may open it.
    world.run(&["preview", "--out", "sheet"]);
    for (path, bytes) in tree(&world.path("pages")).into_iter().chain(tree(&world.path("sheet"))) {
        let Ok(text) = String::from_utf8(bytes) else { continue };
        is_plain(&path.display().to_string(), &text.replace('\r', ""));
        assert!(!text.contains("<img src=x"), "{}", path.display());
        if path.extension().is_some_and(|extension| extension == "csv") {
            let formula = |line: &str| line.split(',').any(|cell| cell.trim_matches('"').starts_with(['=', '+', '-', '@']));
            assert!(!text.lines().any(formula), "{}:\n{text}", path.display());
        }
    }
}

#[test]
fn so_do_the_service_s_pages_files_and_sockets() {
    let mut world = world();
    let port = free_port();
    world.set("service", &format!("{{ listen: '127.0.0.1:{port}', names: true }}"));
    let service = Service::ready(&world);
    world.until("the first pass", || service.shows("up to date"));
    for page in ["/", "/metrics", "/livez", "/readyz"] {
        let (_, text) = get(port, page).unwrap();
        is_plain(page, &text.replace('\r', ""));
        assert!(!text.contains("<img src=x"), "{page}");
    }
    is_plain("the control socket", &serde_json::to_string(&status_now(&world)).unwrap());
    is_plain("status.json", &std::fs::read_to_string(world.ledger().with_file_name("status.json")).unwrap());
    service.heard().iter().for_each(|line| is_plain("the supervisor", line));
    service.run.terminate();
    is_plain("the log", &service.run.finish().stderr);
}
