//! What good configurations mean.

use std::path::Path;
use std::time::Duration;

use super::{parse, parse_in, shown};
use crate::config::{CloudName, Config, CredentialSource, SecretSource};
use crate::flow::RetryPolicy;
use crate::model::{DriftPolicy, Property, Reference, SourcePath, TargetKind};
use crate::photo::{Limits, Recipe};
use crate::source::WatchMode;

const DIRECTORY: &str = "source: { directory: photos }\n";

fn good(text: &str) -> Config {
    parse(text).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn only_the_directory_is_required() {
    assert_eq!(super::faults(""), "c.yaml:1:1: source.directory: is missing; name the directory with the photos");
    assert_eq!(super::faults("# nothing\n"), super::faults(""));
    let config = good(DIRECTORY);
    assert_eq!(config.source.root, Path::new("/etc/photosyncd/photos"));
    assert_eq!(config.watch.mode, WatchMode::Auto);
    assert_eq!(config.graph.cloud, CloudName::Emulator);
    assert_eq!(config.recipe, Recipe::default());
    assert_eq!((config.limits, config.source.max_bytes), (Limits::default(), Limits::default().max_source_bytes));
    assert_eq!(config.mapping.rules.names().count(), 5);
    assert_eq!(config.upload.retry, RetryPolicy::default());
}

#[test]
fn null_sections_and_values_mean_the_default() {
    let config =
        good("source: { directory: photos, watch: null, ignore: ~ }\nupload:\nphoto: { size: }\nmapping: { rules: null }\n");
    assert_eq!(shown(&config), shown(&good(DIRECTORY)));
}

#[test]
fn texts_take_from_the_environment_even_where_a_number_is_wanted() {
    let config = good(
        "source: { directory: \"${HR}/photos\", follow_symlinks: \"${YES}\" }\nupload: { per_second: \"${PACE}\", concurrency: \"${PACE}\" }\n",
    );
    assert_eq!(config.source.root, Path::new("/srv/hr/photos"));
    assert!(config.source.follow_symlinks);
    assert!((config.upload.pace.per_second - 7.0).abs() < f64::EPSILON);
    assert_eq!(config.upload.concurrency, 7);
    assert_eq!(good("source: { directory: \"$${HR}\" }\n").source.root, Path::new("/etc/photosyncd/${HR}"));
}

#[test]
fn relative_paths_start_at_the_file_and_state_where_systemd_says() {
    let text = "source: { directory: ./photos }\nmapping: { table: people.csv }\ngraph: { ca_file: /ca.pem }\n";
    let config = good(text);
    assert_eq!(config.source.root, Path::new("/etc/photosyncd/photos"));
    assert_eq!(config.mapping.table.map(|table| table.path).as_deref(), Some(Path::new("/etc/photosyncd/people.csv")));
    assert_eq!(config.graph.ca_file.as_deref(), Some(Path::new("/ca.pem")));
    assert_eq!(config.ledger.path, Path::new("/etc/photosyncd/.photosyncd/photosyncd.db"));
    let config = parse_in(text, &[("STATE_DIRECTORY", "/var/lib/photosyncd:/var/lib/other")]).expect("good");
    assert_eq!(config.ledger.path, Path::new("/var/lib/photosyncd/photosyncd.db"));
    assert_eq!(config.backup.directory, Path::new("/var/lib/photosyncd/backups"));
    let config = parse_in("source: { directory: a }\nledger: { path: /l.db }\n", &[("STATE_DIRECTORY", "/s")]).expect("good");
    assert_eq!(config.ledger.path, Path::new("/l.db"));
}

#[test]
fn a_lower_ceiling_lowers_the_defaults_under_it() {
    let config = good(&format!("{DIRECTORY}upload: {{ max_per_second: 2, retry: {{ max: 1s }} }}\n"));
    assert!((config.upload.pace.per_second - 2.0).abs() < f64::EPSILON);
    let second = Duration::from_secs(1);
    assert_eq!(Ok(config.upload.retry), RetryPolicy::try_new(second, second, 7 * 24 * 3600 * second));
}

#[test]
fn own_clouds_and_every_place_of_a_secret() {
    for (secret, wanted) in [
        ("file: secret", SecretSource::File("/etc/photosyncd/secret".into())),
        ("env: GRAPH_SECRET", SecretSource::Env("GRAPH_SECRET".into())),
        ("systemd_credential: client-secret", SecretSource::SystemdCredential("client-secret".into())),
    ] {
        let config = good(&format!(
            "{DIRECTORY}graph:\n  cloud: custom\n  tenant: contoso.example\n  client_id: app\n  credential: {{ client_secret: {{ {secret} }} }}\n  \
             graph_url: http://127.0.0.1:8080\n  login_url: https://login.example.com\n"
        ));
        assert_eq!(config.graph.credential, Some(CredentialSource::ClientSecret(wanted)));
        assert_eq!(config.graph.graph_url.as_ref().and_then(reqwest::Url::port), Some(8080));
    }
}

#[test]
fn rules_keep_their_order_and_me_needs_nothing() {
    let config = good(&format!(
        "{DIRECTORY}mapping:\n  rules:\n    - {{ files: \"me.{{ext}}\", me: }}\n    - files: \"{{sam}}.{{ext}}\"\n      user: {{ userPrincipalName: \"{{sam}}@contoso.com\" }}\n"
    ));
    assert_eq!(config.mapping.rules.kinds().collect::<Vec<_>>(), [(TargetKind::Me, true), (TargetKind::User, false)]);
    let found = |path: &str| config.mapping.rules.find(&SourcePath::new(path).expect("a path")).expect("a rule").expect("a name");
    assert_eq!(found("me.jpg").reference, Reference::me());
    assert_eq!(found("anna.jpg").reference, Reference::new(TargetKind::User, Property::UserPrincipalName, "anna@contoso.com"));
}

#[test]
fn each_rule_brings_its_policy_along_by_the_name_it_has_in_the_ledger() {
    let rules = [
        "{ files: 'a/{upn}.{ext}', user: { userPrincipalName: '{upn}' }, drift: user_wins }",
        "{ regex: 'b/(?<n>[0-9]+)\\.jpg', user: { employeeId: '{n}' }, drift: hr_wins }",
        "{ regex: 'c/(?<n>[0-9]+)\\.jpg', user: { employeeId: '{n}' } }",
        "{ files: 'd/{n}.jpg', contact: { owner: ME, mail: '{n}' } }",
    ];
    let config = good(&format!("{DIRECTORY}mapping: {{ rules: [{}] }}\ndrift: {{ policy: report }}\n", rules.join(", ")));
    for (path, wanted) in
        [("a/anna@contoso.com.jpg", Some(DriftPolicy::UserWins)), ("b/1042.jpg", Some(DriftPolicy::HrWins)), ("c/1042.jpg", None)]
    {
        let found = config.mapping.rules.find(&SourcePath::new(path).expect("a path")).expect("a rule").expect("a name");
        assert_eq!(config.drift.policies.by_rule.get(&found.rule).copied(), wanted, "{path}");
    }
    assert_eq!(config.mapping.rules.kinds().last(), Some((TargetKind::Contact, true)));
}

#[test]
fn a_byte_order_mark_does_no_harm() {
    assert_eq!(shown(&good(&format!("\u{FEFF}{DIRECTORY}"))), shown(&good(DIRECTORY)));
}

#[test]
fn the_source_section_says_how_changes_are_noticed() {
    let config = good(
        "source: { directory: p, watch: poll, poll_interval: 5m, settle: 0s, full_pass_every: 2h, require: .mounted, follow_symlinks: true }\n",
    );
    assert_eq!((config.watch.mode, config.watch.poll_interval.as_secs()), (WatchMode::Poll, 300));
    let source = &config.source;
    assert_eq!((source.follow_symlinks, source.require.as_deref()), (true, Some(".mounted")));
    assert!(source.ignore.matches("users/.a.jpg") && source.ignore.matches("#recycle") && !source.ignore.matches("users/a.jpg"));
    assert!(config.settle.settle.is_zero());
    assert_eq!(config.full_pass_every.as_secs(), 7200);
}

#[test]
fn a_person_signs_in_beside_the_ledger() {
    let graph = "graph: { cloud: global, tenant: t, client_id: c, credential: { device_code: } }\n";
    for device in ["", "{}", "null"] {
        let graph = graph.replace("device_code:", &format!("device_code: {device}"));
        let config = good(&format!("{DIRECTORY}{graph}ledger: {{ path: hr.db }}\n"));
        assert_eq!(config.graph.credential, Some(crate::config::CredentialSource::DeviceCode));
        assert_eq!(config.ledger.sign_in_file(), Path::new("/etc/photosyncd/.photosyncd/hr.login"));
    }
}
