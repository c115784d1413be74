//! Numbers that cameras give, against shapes of rules.

use super::{PathSpec, RuleSpec, Rules, TargetSpec};
use crate::model::{Property, Reason, SourcePath, TargetKind};

fn rules(paths: PathSpec, property: Property, value: &str) -> Rules {
    let target =
        TargetSpec { kind: TargetKind::User, property, value: value.into(), further: Vec::new(), owner: None, folder: None };
    Rules::compile(&[RuleSpec { paths, ignore_case: true, target }]).unwrap()
}

fn files(text: &str, value: &str) -> Rules {
    rules(PathSpec::Files(text.into()), Property::EmployeeId, value)
}

fn regex(text: &str) -> Rules {
    rules(PathSpec::Regex(text.into()), Property::EmployeeId, "{n}")
}

fn said(rules: &Rules, path: &str) -> String {
    match rules.find(&SourcePath::new(path).unwrap()) {
        None => "nobody".into(),
        Some(Ok(found)) => found.reference.value.to_string(),
        Some(Err(problem)) => problem.reason.to_string(),
    }
}

/// A number anywhere, however it is written.
fn careless() -> Vec<Rules> {
    [
        r"(.*/)?[^/\d]*(?<n>\d{3,17})[^/\d]*\.(jpe?g|png)",
        r".*?(?<n>\d{3,8})[^/]*",
        r"(.*/)?\D+(?<n>\d+).*\.jpg",
        r"(?:.*/)?[A-Z ]+[_ -]?(?<n>[0-9]{3,}).*",
        r"(?:.*/)?\w*?(?<n>\d{4}).*",
    ]
    .map(regex)
    .into_iter()
    .chain([
        rules(PathSpec::Regex(r".*?(?<n>\d{4}).*\.jpg".into()), Property::UserPrincipalName, "{n}@contoso.com"),
        rules(PathSpec::Regex(r".*?(?<n>\d{4}).*\.jpg".into()), Property::MailNickname, "p{n|trim_start:0}"),
    ])
    .collect()
}

#[test]
fn no_careless_rule_gets_a_cameras_number() {
    for name in [
        "IMG_1042",
        "img_1042",
        "IMG1042",
        "IMG_E1042",
        "DSC_2042",
        "DSC02042",
        "_DSC2042",
        "BR5A1042",
        "0U7A1042",
        "_D3S1042",
        "A7R01042",
        "R0001042",
        "L1001042",
        "MG_1042",
        "DSCF1234",
        "DSCN1234",
        "P1010042",
        "PXL_20230114_104213042",
        "WhatsApp Image 2023-01-14 at 10.42.13",
        "IMG-20230101-WA0001",
        "Screenshot_20230114-104213",
        "MVIMG_20230114_104213",
        "GOPR1234",
        "DJI_0001",
        "_MG_1234",
        "SAM_1234",
        "CIMG1234",
        "Photo 2023-01-14",
        "Scan_0001",
        "image0001",
        "IMG_1042 (1)",
        "IMG_1042-edited",
        "IMG_1042 Anna",
    ] {
        for (at, rules) in careless().iter().enumerate() {
            for path in [format!("{name}.jpg"), format!("Sales/{name}.JPG")] {
                let said = said(rules, &path);
                assert!(said == "nobody" || said == "camera_number", "rule {at}, {path}: {said}");
            }
        }
    }
    let taken = |name: &str| careless().iter().filter(|rules| said(rules, name) == "camera_number").count();
    for name in ["IMG_1042.jpg", "DSC_2042.jpg", "DSCF1234.jpg", "Scan_0001.jpg"] {
        assert_eq!(taken(name), careless().len(), "{name}: held, not passed over");
    }
}

#[test]
fn a_rule_that_spells_the_letters_says_so_and_people_stay_people() {
    for (rules, path, wanted) in [
        (files("IMG_{n}.{ext}", "{n}"), "IMG_1042.jpg", "1042"),
        (files("{n}.{ext}", "{n|replace:IMG_:}"), "IMG_1042.jpg", "1042"),
        (files("{n}.{ext}", "{n|upper|trim_start:DSC|trim_start:0}"), "dsc02042.jpg", "2042"),
        (regex(r"(IMG_|DSC)(?<n>\d+)\.jpg"), "DSC02042.jpg", "02042"),
        (regex(r"(IMG_|DSC)(?<n>\d+)\.jpg"), "IMG_1042.jpg", "1042"),
        // The whole name is a value that no number is.
        (files("{n}.{ext}", "{n}"), "IMG_1042.jpg", "IMG_1042"),
        // The number stands elsewhere.
        (files("{n}_*.{ext}", "{n}"), "0042_IMG_1042.jpg", "0042"),
        (files("{n}/*.{ext}", "{n}"), "0042/IMG_1042.jpg", "0042"),
        (files("*.{ext}", "0042"), "IMG_1042.jpg", "0042"),
        (files("{n}_{time}.{ext}", "{n}"), "20230114_104213.jpg", "camera_number"),
        (regex(r"(\d{8})[_ -](?<n>\d{1,6})\.jpg"), "20230114_104213.jpg", "camera_number"),
        (regex(r"(\d{8})[_ -](?<n>\d{1,6})\.jpg"), "20230114_0042.jpg", "0042"),
        (regex(r".*?(?<n>\d{4}).*"), "Photo_1042_Anna Berg.jpg", "1042"),
        (regex(r".*?(?<n>\d{4}).*"), "1042.jpg", "1042"),
    ] {
        assert_eq!(said(&rules, path), wanted, "{path}");
    }
    let problem = regex(r"\D*(?<n>\d{4})\D*").find(&SourcePath::new("IMG_1042.jpg").unwrap()).unwrap().unwrap_err();
    assert_eq!(problem.reason, Reason::CameraNumber);
    assert_eq!(
        problem.detail,
        r#""IMG_1042" is a name that cameras give: its number is not that of a user (rule regex \D*(?<n>\d{4})\D*)"#
    );
}

#[test]
fn rules_that_would_take_cameras_numbers_are_told() {
    let told = |rules: Rules| rules.camera_numbers().into_iter().flat_map(|(_, names)| names).collect::<Vec<_>>();
    for rules in careless() {
        assert!(told(rules.clone()).contains(&"IMG_1042"), "{rules:?}");
    }
    assert!(told(regex(r"^users/photos/\D*(?<n>\d{4,6})\.png$")).contains(&"DSC_2042"));
    assert!(told(files("staff/{site}/*_{n}.{ext}", "{n}")).contains(&"IMG_1042"));
    for rules in [
        files("badges/{n}.{ext}", "{n|pad:6:0}"),
        files("IMG_{n}.{ext}", "{n}"),
        files("**/{n}.{ext}", "{n}@contoso.com"),
        regex(r"(.*/)?(?<n>\d{4,6})\.jpg"),
    ] {
        assert_eq!(told(rules.clone()), Vec::<&str>::new(), "{rules:?}");
    }
}
