//! What `check --without-secret` says before a reload is what the service says at the reload: whatever the service would
//! refuse is refused by the check, so that `systemctl reload` never reports success for a configuration that stays out.

use crate::world::World;
use crate::world::service::{Service, free_port, status_now};

const BAD: &str = include_str!("../../src/config/tests/bad.txt");
/// Changes to one section each that name what is not there, can't be read as what it should be, or takes a restart.
fn unusable(world: &World) -> Vec<(&'static str, String)> {
    std::fs::write(world.path("words.pem"), "no certificate").unwrap();
    std::fs::write(world.path("table.csv"), "file,kind,property,value\n\"a.jpg,user,mail,a@b\n").unwrap();
    std::fs::write(world.path("open-secret"), "x").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    // Held until the process ends.
    std::mem::forget(taken);
    let graph = |more: &str| {
        let (graph, login) = (world.emulator().graph_url(), world.emulator().login_url());
        format!(
            "{{ cloud: custom, tenant: contoso.com, client_id: photosyncd, graph_url: '{graph}', login_url: '{login}', {more} }}"
        )
    };
    let mail = |password: &str| {
        let server = "smtp: 'localhost:25', tls: none, from: a@contoso.com, to: [it@contoso.com], user: a";
        format!("{{ mail: {{ {server}, password: {password} }} }}")
    };
    let secret = "credential: { client_secret: { env: PHOTOSYNCD_TEST_SECRET } }";
    vec![
        ("graph", graph(&format!("{secret}, ca_file: nope.pem"))),
        ("graph", graph(&format!("{secret}, ca_file: words.pem"))),
        ("graph", graph("credential: { client_secret: { file: nope } }")),
        ("graph", graph("credential: { client_secret: { file: photos } }")),
        ("graph", graph("credential: { client_secret: { file: open-secret } }")),
        ("graph", graph("credential: { client_secret: { env: PHOTOSYNCD_NOT_SET } }")),
        ("graph", graph("credential: { certificate: { file: nope.pem, key: nope.key } }")),
        ("graph", graph("credential: { certificate: { file: words.pem, key: nope.key } }")),
        ("graph", graph("credential: { workload_identity: {} }")),
        ("graph", graph(secret).replace("contoso.com", "fabrikam.com")),
        ("graph", "{ cloud: emulator }".to_owned()),
        ("mapping", "{ rules: [{ files: 'me.{ext}', me: {} }] }".to_owned()),
        ("mapping", "{ table: nope.csv }".to_owned()),
        ("mapping", "{ table: table.csv }".to_owned()),
        ("mapping", "{ table: photos }".to_owned()),
        ("ledger", "{ path: other.db }".to_owned()),
        ("service", format!("{{ listen: '127.0.0.1:{port}' }}")),
        ("service", "{ listen: '198.51.100.7:9180', allow_remote: true }".to_owned()),
        ("notify", "{ webhook: 'ftp://example.com/hook' }".to_owned()),
        ("notify", mail("{ file: nope }")),
        ("notify", mail("{ file: photos }")),
        ("notify", mail("{ file: open-secret }")),
        ("notify", mail("{ env: PHOTOSYNCD_NOT_SET }")),
        ("report", "{ texts: nope.yaml }".to_owned()),
        ("report", "{ texts: table.csv }".to_owned()),
    ]
}

fn check(world: &World) -> i32 {
    let mut command = world.command(&["check", "--without-secret"]);
    // As systemd runs it for a reload.
    let output = command.env("MAINPID", "1").output().unwrap();
    output.status.code().unwrap()
}

/// Whether the service refuses what the file says now.
fn refuses(world: &World, service: &Service) -> bool {
    let before = (count(world, "reloads"), count(world, "reloads_refused"));
    service.run.hang_up();
    world.until("the end of the reload", || (count(world, "reloads"), count(world, "reloads_refused")) != before);
    count(world, "reloads_refused") > before.1
}

fn count(world: &World, name: &str) -> u64 {
    status_now(world)["totals"][name].as_u64().unwrap_or_default()
}

#[test]
fn what_the_service_would_refuse_the_check_before_a_reload_refuses() {
    let mut world = World::people(2);
    world.settle_soon();
    world.set("service", &format!("{{ listen: '127.0.0.1:{}' }}", free_port()));
    let good = std::fs::read_to_string(world.path("config.yaml")).unwrap();
    let service = Service::ready(&world);
    assert_eq!(check(&world), 0, "the configuration in force can be checked while its pages are served");
    let mut wrong = Vec::new();
    let mut refused = 0;
    let mut compare = |what: &str| {
        let (checked, reloaded) = (check(&world), refuses(&world, &service));
        refused += usize::from(reloaded);
        if (checked != 0) != reloaded {
            wrong.push(format!("{what}: the check exits {checked}, and the service refuses it: {reloaded}"));
        }
    };
    for case in BAD.split("=====\n") {
        let text = case.split_once("=>\n").unwrap().0;
        std::fs::write(world.path("config.yaml"), text).unwrap();
        compare(text);
    }
    for (section, value) in unusable(&world) {
        // The section as it was goes; all others stay.
        let kept: String = good.split_inclusive('\n').filter(|line| !line.starts_with(section)).collect();
        let text = format!("{kept}{section}: {value}\n");
        std::fs::write(world.path("config.yaml"), &text).unwrap();
        compare(&text);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(refused > 100, "{refused} refused only: the cases don't reach the service");
    std::fs::write(world.path("config.yaml"), &good).unwrap();
    assert_eq!(check(&world), 0);
    assert!(!refuses(&world, &service));
    service.run.terminate();
    service.run.finish().exits(0);
}

#[test]
fn what_a_service_would_refuse_at_its_start_check_and_doctor_find() {
    let mut world = World::people(1);
    world.portraits(0, 1, 0);
    let cases: Vec<_> =
        unusable(&world).into_iter().filter(|(section, _)| ["notify", "report", "service"].contains(section)).collect();
    assert!(cases.len() >= 8);
    for (section, value) in cases {
        world.set(section, &value);
        // Another program has this address, and may end: a service starts without its pages.
        let is_taken = section == "service" && value.contains("127.0.0.1");
        for command in [&["check"][..], &["doctor", "--offline"], &["run"]] {
            if is_taken && command == ["run"] {
                continue;
            }
            let outcome = world.run(command);
            assert_eq!(outcome.code, Some(78), "{command:?} with {section}: {value}\n{}{}", outcome.stdout, outcome.stderr);
        }
        world.set(section, "{}");
    }
}

/// Whoever corrects one fault must not hear of the next one only then.
#[test]
fn check_says_at_once_all_that_is_wrong() {
    let world = World::people(1);
    world.run(&["reconcile"]);
    let good = std::fs::read_to_string(world.path("config.yaml")).unwrap();
    let told = |changes: &[&(&str, String)]| {
        let is_kept = |line: &&str| !changes.iter().any(|(section, _)| line.starts_with(&format!("{section}:")));
        let changed = changes.iter().map(|(section, value)| format!("{section}: {value}\n"));
        let text: String = good.split_inclusive('\n').filter(is_kept).map(str::to_owned).chain(changed).collect();
        std::fs::write(world.path("config.yaml"), text).unwrap();
        world.run(&["check"])
    };
    let cases = unusable(&world);
    // Faults of the file itself come first, and all at once.
    let alone: Vec<(&(&str, String), String)> = cases
        .iter()
        .map(|case| (case, told(&[case])))
        .filter(|(_, outcome)| outcome.code == Some(78) && !outcome.stderr.contains("config.yaml:"))
        .map(|(case, outcome)| (case, outcome.stderr.trim_start_matches("photosyncd: ").trim().to_owned()))
        .collect();
    let mut pairs = 0;
    for (at, (one, of_one)) in alone.iter().enumerate() {
        for (other, of_other) in [5, 9].map(|step| &alone[(at + step) % alone.len()]) {
            if one.0 != other.0 {
                let both = told(&[one, other]).exits(78).stderr;
                for words in [of_one, of_other].into_iter().flat_map(|words| words.lines()) {
                    assert!(both.contains(words), "{words}\nis not in\n{both}");
                }
                pairs += 1;
            }
        }
    }
    assert!(pairs > 20, "{pairs}");
}
