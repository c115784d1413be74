//! Rules as a whole; the parts are tested beside their code.

use super::{PathSpec, RuleSpec, Rules, TargetSpec};
use crate::model::{Property, SourcePath, TargetKind};

fn spec(files: &str, kind: TargetKind, property: Property, value: &str) -> RuleSpec {
    let owner = (kind == TargetKind::Contact).then(|| "{owner}".to_owned());
    let target = TargetSpec { kind, property, value: value.into(), further: Vec::new(), owner, folder: None };
    RuleSpec { paths: PathSpec::Files(files.into()), ignore_case: false, target }
}

fn files(text: &str) -> RuleSpec {
    let value = if text.contains("{a}") { "{a}" } else { "x" };
    spec(text, TargetKind::User, Property::DisplayName, value)
}

fn regex(text: &str) -> RuleSpec {
    RuleSpec { paths: PathSpec::Regex(text.into()), ..files("x") }
}

fn found(specs: &[RuleSpec], path: &str) -> Option<String> {
    let found = Rules::compile(specs).unwrap().find(&SourcePath::new(path).unwrap())?;
    Some(found.map_or_else(|problem| problem.to_string(), |found| found.reference.to_string()))
}

#[test]
fn the_first_rule_that_matches_wins() {
    let specs = [
        spec("users/{upn}.{ext}", TargetKind::User, Property::UserPrincipalName, "{upn}"),
        spec("{folder}/{sam}.{ext}", TargetKind::User, Property::Mail, "{sam}@contoso.com"),
        spec("contacts/{owner}/{address}.{ext}", TargetKind::Contact, Property::Mail, "{address}"),
    ];
    assert_eq!(found(&specs, "users/a@b.c.jpg").as_deref(), Some("user userPrincipalName a@b.c"));
    assert_eq!(found(&specs, "staff/anna.png").as_deref(), Some("user mail anna@contoso.com"));
    assert_eq!(found(&specs, "contacts/o@x.y/p@y.z.jpg").as_deref(), Some("contact mail o@x.y → p@y.z"));
    assert_eq!(found(&specs, "anna.png"), None);
}

#[test]
fn decomposed_names_from_mac_shares_are_composed_on_both_sides() {
    let specs = [spec("Bu\u{308}ro/{name}.jpg", TargetKind::User, Property::DisplayName, "{name}")];
    for path in ["Büro/Jose\u{301}.jpg", "Bu\u{308}ro/José.jpg"] {
        assert_eq!(found(&specs, path).as_deref(), Some("user displayName José"));
    }
}

#[test]
fn a_blank_placeholder_claims_nothing_and_a_name_nobody_can_have_is_held() {
    let specs = [spec("{name}.jpg", TargetKind::User, Property::Mail, "{name}")];
    assert_eq!(found(&specs, "  .jpg"), None);
    let wanted = "target_missing: the file names no valid user: the mail \"anna\" is not an address: it needs a name, one @ and a domain \
                  (rule {name}.jpg)";
    assert_eq!(found(&specs, "anna.jpg").as_deref(), Some(wanted));
    let specs = [spec("{name}.jpg", TargetKind::User, Property::DisplayName, "{name|replace:_:/}")];
    assert!(found(&specs, "._.jpg").unwrap().contains("holds a /"));
}

#[test]
fn every_fault_is_told_at_once() {
    let faults = Rules::compile(&[
        spec("{a}.jpg", TargetKind::Group, Property::EmployeeId, "{b}"),
        spec("{a}.jpg", TargetKind::User, Property::Mail, ""),
        regex("(?<n>"),
        RuleSpec { target: spec("", TargetKind::User, Property::Mail, "{n|lwer}").target, ..regex("(?<n>x)") },
    ])
    .unwrap_err();
    let words: Vec<String> = faults.iter().map(|fault| format!("{} {}: {}", fault.rule, fault.key, fault.message)).collect();
    assert_eq!(
        words,
        [
            "0 group: can't be named by employeeId; use id, mail, mailNickname, onPremisesSamAccountName, displayName (or proxyAddresses, description and others: see `photosyncd help mapping`)",
            "0 group.employeeId: {b} is not a placeholder of files; known here: {a}",
            "1 files: the earlier rule {a}.jpg already claims every such file; this one can never match",
            "1 user.mail: is empty; give a value such as \"{upn}\"",
            "2 regex: is not a valid regular expression: unclosed group (at character 1)",
            "3 user.mail: no filter is called \"lwer\"; known are lower, upper, replace:FROM:TO, trim_start:TEXT, \
             pad:WIDTH:CHARACTER, ascii, guest:TENANT",
        ]
    );
}

/// The later rule can never match because of the earlier one.
fn shadows(earlier: &RuleSpec, later: &RuleSpec) -> bool {
    Rules::compile(&[earlier.clone(), later.clone()]).is_err()
}

#[test]
fn a_rule_that_never_gets_a_turn_is_found() {
    for (earlier, later) in [
        ("users/{a}.{ext}", "users/{a}.{ext}"),
        ("users/{a}.{ext}", "users/{b}.jpg"),
        ("users/{a}.{ext}", "users/{id}_{name}.JPG"),
        ("**/{a}.jpg", "users/{a}.jpg"),
        ("**/{a}.jpg", "**/x/{a}.jpg"),
        ("**", "{a}/{b}.{ext}"),
        ("{folder}/{a}.{ext}", "users/{b}-{c}.{ext}"),
        ("*.jpg", "{a}_?.JPG"),
        ("{a}.jpg", "logo.jpg"),
        ("{{a}}.jpg", "{{a}}.jpg"),
    ] {
        assert!(shadows(&files(earlier), &files(later)), "{earlier} claims all of {later}");
    }
    assert!(shadows(&RuleSpec { ignore_case: true, ..files("Users/{a}.jpg") }, &files("users/{b}.jpg")));
    assert!(shadows(&regex(r".*\.(?i:jpg)"), &files("users/{b}.jpg")));
}

#[test]
fn no_rule_that_could_match_is_refused() {
    for (earlier, later) in [
        ("users/{b}.jpg", "users/{a}.{ext}"),
        ("users/{a}.jpg", "users/{a}.png"),
        ("users/{a}.jpg", "Users/{a}.jpg"),
        ("{id}_{name}.jpg", "{a}.jpg"),
        ("{a}@contoso.com.jpg", "{a}.jpg"),
        ("{a}-large.jpg", "{a}.jpg"),
        ("a{a}.jpg", "{a}.jpg"),
        ("?.jpg", "{a}.jpg"),
        ("?*.jpg", "*.jpg"),
        ("{a}.jpg", "**/{a}.jpg"),
        ("{f}/{a}.jpg", "**/{a}.jpg"),
        ("**/x/{a}.jpg", "**/{a}.jpg"),
        ("{a}.{ext}", "{a}"),
        ("users/{a}/{b}.jpg", "users/{a}.jpg"),
        ("logo.jpg", "{a}.jpg"),
    ] {
        assert!(!shadows(&files(earlier), &files(later)), "{earlier} leaves some of {later}");
    }
    assert!(!shadows(&files("Users/{a}.jpg"), &RuleSpec { ignore_case: true, ..files("Users/{a}.jpg") }));
    for earlier in [
        r"users/[^x]*\.(?i)jpg",
        r"users/.*\.jpg",
        r"users/\w+\.(?i)jpg",
        r"users/.{2,}\.(?i)jpg",
        r"users/[!-~]+\.(?i)jpg",
        r"users/[^z].*\.(?i)jpg",
    ] {
        assert!(!shadows(&regex(earlier), &files("users/{a}.jpg")), "{earlier}");
    }
    // Regular expressions may leave a part out, and then claim nothing: never judged.
    assert!(!shadows(&files("{a}.jpg"), &regex(r"(?<x>.*)\.jpg")));
    // What a filter deletes, the earlier rule leaves.
    let trims = spec("{a}.jpg", TargetKind::User, Property::EmployeeId, "{a|replace:none:}");
    assert!(!shadows(&trims, &files("{b}.jpg")));
    // Two rules that only together claim everything.
    assert!(Rules::compile(&[files("?.jpg"), files("?{a}.jpg"), files("{b}.jpg")]).is_ok());
}

#[test]
fn hundreds_of_rules_compile_in_no_time() {
    let specs: Vec<RuleSpec> = (0..300).map(|n| files(&format!("site{n}/{{a}}.{{ext}}"))).collect();
    assert!(Rules::compile(&specs).is_ok());
}
