//! Sidecars against shapes of rules: what lies beside a picture is claimed by none that does not spell its ending.

use super::{PathSpec, RuleSpec, Rules, TargetSpec};
use crate::model::{Property, SourcePath, TargetKind};
use crate::photo::picture_extensions;

/// What programs leave beside a picture, behind its name with or without its own ending; not all of them are listed.
const SIDECARS: [&str; 44] = [
    "xmp",
    "XMP",
    "AAE",
    "aae",
    "CR2",
    "nef",
    "ARW",
    "dng",
    "raf",
    "pp3",
    "dop",
    "on1",
    "acr",
    "cos",
    "vrd",
    "THM",
    "MOV",
    "mp4",
    "LRV",
    "wav",
    "jpg_original",
    "jpg~",
    "JPG~",
    "jpeg_bak",
    "bak",
    "old",
    "orig",
    "txt",
    "csv",
    "json",
    "supplemental-metadata.json",
    "xml",
    "html",
    "lnk",
    "url",
    "md5",
    "sha256",
    "psd",
    "xcf",
    "pdf",
    "docx",
    "zip",
    "db",
    "ini",
];

fn rules(paths: PathSpec) -> Rules {
    let target = TargetSpec {
        kind: TargetKind::User,
        property: Property::UserPrincipalName,
        value: "{upn}".into(),
        further: Vec::new(),
        owner: None,
        folder: None,
    };
    Rules::compile(&[RuleSpec { paths, ignore_case: false, target }]).unwrap()
}

fn files(text: &str) -> Rules {
    rules(PathSpec::Files(text.into()))
}

fn regex(text: &str) -> Rules {
    rules(PathSpec::Regex(text.into()))
}

fn claimed(rules: &Rules, path: &str) -> Option<String> {
    let found = rules.find(&SourcePath::new(path).unwrap())?;
    Some(found.map_or_else(|problem| problem.to_string(), |found| found.reference.value.to_string()))
}

#[test]
fn a_sidecar_claims_nothing_under_any_open_ending() {
    let mut tried = 0;
    for (name, rules) in [
        ("{ext}", files("u/{upn}.{ext}")),
        ("anywhere", files("**/{upn}.{ext}")),
        ("tree", files("u/**/{upn}.{ext}")),
        ("star", files("u/{upn}.*")),
        ("another placeholder", files("u/{upn}.{what}")),
        ("one letter less", files("u/{upn}.?*")),
        ("no ending", files("u/{upn}")),
        ("regex", regex(r"u/(?<upn>[^/]+)\.\w+")),
        ("regex, three letters", regex(r"u/(?<upn>[^/]+@contoso\.com)\.[A-Za-z0-9]{3}")),
        ("regex, anything", regex(r"u/(?<upn>[^/]+@contoso\.com).*")),
        ("regex, perhaps", regex(r"u/(?<upn>[^/@]+@contoso\.com)(\..+)?")),
        ("regex, named", regex(r"u/(?<upn>[^/]+)\.(?<ext>[^.]+)")),
    ] {
        for sidecar in SIDECARS {
            for path in [format!("u/anna@contoso.com.{sidecar}"), format!("u/anna@contoso.com.jpg.{sidecar}")] {
                assert_eq!(claimed(&rules, &path), None, "{name}: {path}");
                tried += 1;
            }
        }
        // These end the name at its first dot, or hold the ending, too.
        if matches!(name, "no ending" | "another placeholder" | "one letter less") {
            continue;
        }
        for ending in picture_extensions() {
            for ending in [ending.to_owned(), ending.to_uppercase()] {
                // Three letters are three letters.
                if name == "regex, three letters" && ending.len() != 3 {
                    continue;
                }
                let path = format!("u/anna@contoso.com.{ending}");
                assert_eq!(claimed(&rules, &path).as_deref(), Some("anna@contoso.com"), "{name}: {path}");
            }
        }
    }
    assert_eq!(tried, 12 * 2 * SIDECARS.len());
}

#[test]
fn a_rule_may_spell_another_ending_or_take_it_as_part_of_the_name() {
    for (rules, path, wanted) in [
        (files("u/{upn}.dat"), "u/anna@contoso.com.dat", Some("anna@contoso.com")),
        (files("u/{upn}.dat"), "u/anna@contoso.com.DAT", Some("anna@contoso.com")),
        (files("u/{upn}.xmp"), "u/anna@contoso.com.xmp", Some("anna@contoso.com")),
        (regex(r"u/(?<upn>.+)\.(jpe?g|cr2|CR2)"), "u/anna@contoso.com.CR2", Some("anna@contoso.com")),
        (regex(r"u/(?<upn>[^/]+@contoso\.com)(\.jpe?g)?"), "u/anna@contoso.com", Some("anna@contoso.com")),
        (regex(r"u/(?<upn>[^/@]+@contoso\.com)(\..+)?"), "u/anna@contoso.com", Some("anna@contoso.com")),
        (files("u/{upn}"), "u/anna@contoso.com", Some("anna@contoso.com")),
        (files("u/{upn}"), "u/anna@contoso.ai", Some("anna@contoso.ai")),
        (files("u/{upn}_photo"), "u/anna@contoso.com_photo", Some("anna@contoso.com")),
        (files("u/{upn}.{ext}"), "u/anna@contoso.com", None),
        (files("u/{upn}.*"), "u/anna@contoso.com", None),
    ] {
        assert_eq!(claimed(&rules, path).as_deref(), wanted, "{path}");
    }
}

#[test]
fn the_readme_names_the_endings_of_pictures() {
    let listed: Vec<String> = picture_extensions().map(|ending| format!("`{ending}`")).collect();
    assert!(include_str!("../cli/help/mapping.md").contains(&listed.join(" ")), "{}", listed.join(" "));
}
