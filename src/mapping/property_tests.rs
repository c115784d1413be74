//! What holds for every path, every template and every table.

use proptest::prelude::*;

use super::{PathSpec, RuleSpec, Rules, Table, TableForm, TargetSpec};
use crate::model::{Property, SourcePath, TargetKind};

const FILES: &[&str] =
    &["users/{a}.{ext}", "**/{a}_{b}.{ext}", "{a}.{ext}", "{b}, {a}.{ext}", "{{{a}}}.*", "**/x?{a}", "a/**/{a}@{b}.{ext}"];
const REGEXES: &[&str] = &[r"(.*/)?(?<a>\d+)(_(?<b>[^/]*))?\.jpg", r"(?<a>.*)", r"(?<a>[^/]+)@(?<b>[^/]+)\.(jpe?g|png)"];
const VALUES: &[&str] =
    &["{a}", "{a|lower}@contoso.com", "{a|ascii|pad:6:0}", "{a|trim_start:0}", "{a|replace:.:/}", "{a|guest:c.onmicrosoft.com}"];

fn rule() -> impl Strategy<Value = RuleSpec> {
    let files = prop::sample::select(FILES).prop_map(|text| PathSpec::Files(text.into()));
    let regex = prop::sample::select(REGEXES).prop_map(|text| PathSpec::Regex(text.into()));
    let kind = prop::sample::select(&TargetKind::ALL[..]);
    let property = prop::sample::select(Property::all().collect::<Vec<_>>());
    let value = prop::sample::select(VALUES);
    (prop_oneof![files, regex], any::<bool>(), kind, property, value).prop_map(|(paths, ignore_case, kind, property, value)| {
        let owner = (kind == TargetKind::Contact).then(|| "{a}@contoso.com".to_owned());
        RuleSpec {
            paths,
            ignore_case,
            target: TargetSpec { kind, property, value: value.into(), further: Vec::new(), owner, folder: None },
        }
    })
}

/// Rules that can be used: those of a random list that compile together with what stands before them.
fn rules() -> impl Strategy<Value = Vec<RuleSpec>> {
    prop::collection::vec(rule(), 1..5).prop_map(|specs| {
        specs.into_iter().fold(Vec::new(), |mut kept, spec| {
            kept.push(spec);
            if Rules::compile(&kept).is_err() {
                kept.pop();
            }
            kept
        })
    })
}

fn path() -> impl Strategy<Value = SourcePath> {
    let text =
        prop_oneof!["(users/|a/|x/){0,2}[a0._@ ,{}-]{0,8}[A-Za-z0-9é\u{301}]{0,4}\\.(jpg|JPG|png)", "\\PC{1,30}", "(?s).{1,30}",];
    text.prop_filter_map("a path", |text| SourcePath::new(&text).ok())
}

proptest! {
    #![proptest_config(crate::testing::cases(64))]

    #[test]
    fn what_a_rule_names_can_travel_and_depends_on_path_and_rules_alone(specs in rules(), paths in prop::collection::vec(path(), 1..8)) {
        let (rules, again) = (Rules::compile(&specs).unwrap(), Rules::compile(&specs).unwrap());
        let found: Vec<_> = paths.iter().map(|path| rules.find(path)).collect();
        let backwards: Vec<_> = paths.iter().rev().map(|path| again.find(path)).collect();
        prop_assert!(found.iter().eq(backwards.iter().rev()));
        for reference in found.into_iter().flatten().flatten().map(|found| found.reference) {
            let mailbox = reference.mailbox.as_ref();
            let texts = [Some(&reference.value), mailbox.map(|mailbox| &mailbox.owner)];
            // Other properties are never a part of an address.
            let travels = !matches!(reference.property, Property::Other(_));
            for text in texts.into_iter().flatten() {
                prop_assert!(!text.contains(char::is_control));
                prop_assert!(!travels || !text.contains(['/', '\\']) && !text.contains(".."));
                prop_assert!(text.chars().count() <= 256 && (reference.kind == TargetKind::Me || !text.trim().is_empty()));
            }
        }
    }

    #[test]
    fn an_earlier_rule_decides_whatever_stands_behind_it(specs in rules(), path in path()) {
        let found = Rules::compile(&specs).unwrap().find(&path);
        let first = (1..=specs.len()).find_map(|end| Rules::compile(&specs[..end]).unwrap().find(&path));
        prop_assert_eq!(found, first);
    }

    #[test]
    fn composed_and_decomposed_spellings_mean_the_same(specs in rules(), name in "[éüåaA]{1,4}", end in "(_b)?\\.(jpg|png)") {
        use unicode_normalization::UnicodeNormalization;
        let rules = Rules::compile(&specs).unwrap();
        let find = |text: String| rules.find(&SourcePath::new(&text).unwrap());
        let text = format!("users/{name}{end}");
        prop_assert_eq!(find(text.nfc().collect()), find(text.nfd().collect()));
    }

    #[test]
    fn no_text_is_too_wild(files in "[a{}|:*?/.\\\\]{0,20}", regex in "[a()\\[\\]{}?*+<>:|\\\\^$.0-9-]{0,20}", value in "[a{}|:\\\\]{0,12}", path in path()) {
        for paths in [PathSpec::Files(files), PathSpec::Regex(regex)] {
            let (kind, property) = (TargetKind::User, Property::Mail);
            let target = TargetSpec { kind, property, value: value.clone(), further: Vec::new(), owner: None, folder: None };
            match Rules::compile(&[RuleSpec { paths, ignore_case: false, target }]) {
                Ok(rules) => drop(rules.find(&path)),
                Err(faults) => prop_assert!(faults.iter().all(|fault| !fault.message.contains('\n'))),
            }
        }
    }

    #[test]
    fn no_table_is_too_wild(rows in "(file,kind,property,value(,owner)?\n)?([a-z./\\\\,;\"\n\r é]|user|contact|mail|a@b.c){0,60}") {
        if let Ok(table) = Table::parse(rows.as_bytes(), &TableForm::default()) {
            let lines = u64::try_from(rows.lines().count() + rows.matches('\r').count() + 1).unwrap();
            prop_assert!(table.faults().iter().all(|fault| (1..=lines).contains(&fault.line)));
            let usable = table.references().count();
            prop_assert_eq!(table.bind([].iter(), true).absent().len(), usable);
        }
    }
}

/// A template out of few parts, so that two of them often overlap.
fn template() -> impl Strategy<Value = String> {
    let part = prop::sample::select(&["{a}", "{b}", "{ext}", "*", "?", "**/", "**", "x", "X", "-", ".", "/", "x/", ".x"][..]);
    prop::collection::vec(part, 1..6).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(crate::testing::cases(128))]

    #[test]
    fn a_rule_called_unreachable_is(
        earlier in template(), later in template(), cases in any::<(bool, bool)>(),
        paths in prop::collection::vec("[xX.-]{0,3}(x|X|é|-|[.]x|x/|x/|x[.]x)[xXq./-]{0,4}", 40),
    ) {
        let spec = |text: &str, ignore_case| {
            let (kind, property, value) = (TargetKind::User, Property::DisplayName, "v".to_owned());
            let target = TargetSpec { kind, property, value, further: Vec::new(), owner: None, folder: None };
            RuleSpec { paths: PathSpec::Files(text.to_owned()), ignore_case, target }
        };
        let (earlier, later) = (spec(&earlier, cases.0), spec(&later, cases.1));
        let alone = (Rules::compile(std::slice::from_ref(&earlier)), Rules::compile(std::slice::from_ref(&later)));
        if let ((Ok(first), Ok(second)), true) = (alone, Rules::compile(&[earlier, later]).is_err()) {
            for path in paths.iter().filter_map(|path| SourcePath::new(path).ok()) {
                prop_assert!(second.find(&path).is_none() || first.find(&path).is_some(), "{}", path);
            }
        }
    }
}
