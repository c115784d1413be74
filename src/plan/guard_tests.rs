//! What halts a pass, and what a yes to it reaches.

use super::decision::{Decision, Plan, PlanEntry, Why};
use super::guard::*;
use super::halt::{Guard, Halt, part};
use crate::model::{Digest, ObjectId, PhotoVersion, Problem, Reason, RecipeId, SourcePath, TargetId, ToldHalts};
use crate::plan::departure::{Removal, RemovalCause};

const SETTINGS: GuardSettings = GuardSettings {
    max_changes_percent: 100.0,
    max_removals: 10,
    max_removals_percent: 2.0,
    refuse_empty_source: true,
    replace_at_first_contact: false,
};

fn halted(removals: usize, facts: &Facts, settings: &GuardSettings) -> Option<&'static str> {
    let removal = |at: usize| {
        let cause = RemovalCause::OptOut(Problem::new(Reason::OutOfScope, "out"));
        Removal { target: TargetId::User(ObjectId::new(&at.to_string())), cause, standing: at >= 1_000 }
    };
    let removals = (0..removals).chain(1_000..1_020).map(removal).collect();
    let halts = guard(&Plan { removals, ..Plan::default() }, facts, settings);
    assert!(halts.len() <= 1, "{halts:?}");
    halts.first().map(|halt| halt.guard.as_str())
}

fn facts(scanned: usize, delivered: usize) -> Facts {
    Facts { scanned, delivered, ..Facts::default() }
}

#[test]
fn an_empty_source_halts_unless_allowed() {
    assert_eq!(halted(0, &facts(0, 5), &SETTINGS), Some("empty_source"));
    assert_eq!(halted(0, &facts(0, 5), &GuardSettings { refuse_empty_source: false, ..SETTINGS }), None);
}

#[test]
fn removals_halt_by_count_and_by_share() {
    assert_eq!(halted(10, &facts(1, 1000), &SETTINGS), None);
    assert_eq!(halted(11, &facts(1, 1000), &SETTINGS), Some("removals"));
    assert_eq!(halted(2, &facts(1, 100), &SETTINGS), None);
    assert_eq!(halted(3, &facts(1, 100), &SETTINGS), Some("removals"));
    assert_eq!(halted(1, &facts(1, 7), &SETTINGS), None, "one is no flood");
    assert_eq!(halted(2, &facts(1, 7), &SETTINGS), Some("removals"));
    assert_eq!(halted(1, &facts(1, 7), &GuardSettings { max_removals: 0, ..SETTINGS }), Some("removals"));
    assert_eq!(halted(1, &facts(1, 7), &GuardSettings { max_removals_percent: 0.0, ..SETTINGS }), Some("removals"));
}

#[test]
fn many_small_passes_are_one_flood() {
    let lately = |removed_lately, delivered| Facts { removed_lately, ..facts(1, delivered) };
    assert_eq!(halted(5, &lately(5, 1000), &SETTINGS), None);
    assert_eq!(halted(5, &lately(6, 1000), &SETTINGS), Some("removals"));
    assert_eq!(halted(1, &lately(1, 7), &SETTINGS), Some("removals"), "the second of seven within a day");
    assert_eq!(halted(0, &lately(60, 1000), &SETTINGS), None, "what was done is no reason to halt");
}

#[test]
fn another_source_with_other_files_halts() {
    let moved = |known, there| Facts {
        known: (known, there),
        other_root: Some(("device 1".to_owned(), "device 2".to_owned())),
        ..facts(3, known)
    };
    assert_eq!(halted(0, &moved(100, 49), &SETTINGS), Some("source_changed"));
    assert_eq!(halted(0, &moved(100, 50), &SETTINGS), None, "the same share, mounted again");
    assert_eq!(halted(0, &moved(0, 0), &SETTINGS), None);
    assert_eq!(halted(0, &Facts { other_root: None, ..moved(100, 0) }, &SETTINGS), None);
}

#[test]
fn a_table_or_a_directory_that_shrinks_halts() {
    let table = |before, now| Facts { table: Some((before, now)), ..facts(100, 100) };
    for (before, now, halts) in [(0, 0, false), (3, 1, false), (1, 0, true), (10, 4, true), (10, 5, false), (5, 900, false)] {
        assert_eq!(halted(0, &table(Some(before), now), &SETTINGS), halts.then_some("table_shrunk"), "{before} {now}");
    }
    assert_eq!(halted(0, &table(None, 0), &SETTINGS), Some("table_shrunk"), "the first pass");
    assert_eq!(halted(0, &table(None, 1), &SETTINGS), None);
    let swept = |before, now| Facts { swept: vec![("users", before, now)], ..facts(100, 100) };
    for (before, now, halts) in [(99, 0, false), (1000, 499, true), (1000, 500, false), (0, 0, false)] {
        assert_eq!(halted(0, &swept(before, now), &SETTINGS), halts.then_some("directory_shrunk"), "{before} {now}");
    }
    let asked = |asked, lost| Facts { asked: (asked, lost), ..facts(100, 100) };
    for (number, lost, halts) in [(9, 9, false), (12, 11, true), (30, 15, false), (30, 16, true), (10, 10, false)] {
        assert_eq!(halted(0, &asked(number, lost), &SETTINGS), halts.then_some("directory_shrunk"), "{number} {lost}");
    }
}

#[test]
fn an_empty_directory_elsewhere_is_an_unmounted_share() {
    let elsewhere = || Facts { known: (5, 0), other_root: Some(("device 1".to_owned(), "device 2".to_owned())), ..facts(0, 5) };
    for settings in [SETTINGS, GuardSettings { refuse_empty_source: false, ..SETTINGS }] {
        let halts = guard(&Plan::default(), &elsewhere(), &settings);
        assert_eq!(
            halts.iter().map(|halt| (halt.guard.as_str(), halt.may_be_forced())).collect::<Vec<_>>(),
            [("unmounted_source", false)]
        );
        assert_eq!(part(&halts, Some(&ToldHalts::of(&halts))).standing, halts, "nobody can override it");
    }
    assert_eq!(halted(0, &Facts { other_root: None, ..elsewhere() }, &SETTINGS), Some("empty_source"));
}

#[test]
fn a_mapping_that_claims_far_less_halts_and_files_that_are_gone_do_not() {
    let claims = |before, now, more_unmatched| Facts {
        claims: Claims { before, now, more_unmatched, ..Claims::default() },
        ..facts(100, 100)
    };
    for (before, now, more, halts) in [
        (8, 0, 8, true),
        (8, 4, 4, false),
        (8, 3, 5, true),
        (8, 0, 0, false),
        (8, 0, 3, false),
        (1, 0, 1, true),
        (0, 0, 50, false),
    ] {
        assert_eq!(halted(0, &claims(before, now, more), &SETTINGS), halts.then_some("coverage"), "{before} {now} {more}");
    }
}

#[test]
fn files_that_change_hands_halt_by_count_and_by_share() {
    let facts_of = |before, count: usize| Facts {
        claims: Claims { before, now: before, led_elsewhere: led(count), ..Claims::default() },
        ..facts(100, 100)
    };
    for (before, count, halts) in [(2, 2, false), (3, 3, true), (40, 4, false), (40, 5, true), (1_000, 100, false)] {
        assert_eq!(halted(0, &facts_of(before, count), &SETTINGS), halts.then_some("mapping_changed"), "{before} {count}");
    }
}

fn user(number: usize) -> TargetId {
    TargetId::User(ObjectId::new(&number.to_string()))
}

/// Files that lead elsewhere.
fn led(count: usize) -> Vec<(SourcePath, TargetId)> {
    (0..count).map(|at| (SourcePath::new(&format!("{at}.jpg")).unwrap(), user(at))).collect()
}

/// Makes one guard halt, more or less of it, without touching what others look at.
type Trigger = fn(&mut Facts, &mut Plan, usize);

/// Each guard that can be overridden, with what sets it off. `size` is 0 or more: how much worse it is than the least.
const TRIGGERS: [(&str, Trigger); 9] = [
    ("empty_source", |facts, _, size| (facts.scanned, facts.delivered) = (0, facts.delivered + size)),
    ("source_changed", |facts, _, size| {
        facts.other_root = Some(("one".into(), "other".into()));
        facts.known = (1_000, 400 - size);
    }),
    ("table_shrunk", |facts, _, size| facts.table = Some((Some(100), 40 - size))),
    ("coverage", |facts, _, size| {
        (facts.claims.before, facts.claims.now, facts.claims.more_unmatched) = (1_000, 400 - size, 700);
    }),
    ("mapping_changed", |facts, _, size| facts.claims.led_elsewhere = led(200 + size)),
    ("directory_shrunk", |facts, _, size| facts.swept = vec![("users", 1_000, 400 - size)]),
    ("directory_shrunk", |facts, _, size| facts.asked = (500, 400 + size)),
    ("changes", |_, plan, size| {
        let version = || PhotoVersion { digest: Digest::from_bytes([7; 32]), recipe: RecipeId::new("r") };
        let entry = |file| PlanEntry { file, decision: Decision::Deliver(user(file), version(), Why::Changed) };
        plan.entries = (0..900 + size).map(entry).collect();
    }),
    ("removals", |_, plan, size| {
        let cause = || RemovalCause::OptOut(Problem::new(Reason::OutOfScope, "out"));
        plan.removals = (0..300 + size).map(|at| Removal { target: user(at), cause: cause(), standing: false }).collect();
    }),
];

/// What the guard says when these are set off.
fn set_off(triggers: &[(&str, Trigger, usize)]) -> Vec<Halt> {
    let mut facts = Facts { known: (1_000, 1_000), ..facts(1_000, 1_000) };
    let mut plan = Plan::default();
    for (_, trigger, size) in triggers {
        trigger(&mut facts, &mut plan, *size);
    }
    guard(&plan, &facts, &GuardSettings { max_changes_percent: 50.0, ..SETTINGS })
}

#[test]
fn no_guard_hides_another_and_a_yes_reaches_only_what_was_told() {
    for (at, (one, first)) in TRIGGERS.iter().enumerate() {
        for (two, second) in &TRIGGERS[at + 1..] {
            let pair = |more: usize, less: usize| set_off(&[(one, *first, more), (two, *second, less)]);
            let both = pair(0, 0);
            let names: Vec<&str> = both.iter().map(|halt| halt.guard.as_str()).collect();
            if *one == "empty_source" && *two == "source_changed" {
                assert_eq!(names, ["unmounted_source"], "an empty directory in another's place");
                continue;
            }
            assert!(names.contains(one) && names.contains(two), "{one} and {two}: {names:?}");
            assert_eq!(part(&both, None).standing.len(), both.len(), "{one} and {two}: nobody said yes");
            assert_eq!(part(&both, Some(&ToldHalts::of(&both))).standing, [], "{one} and {two}: both were told");
            // Only one of them was told.
            for told in &both {
                let standing = part(&both, Some(&ToldHalts::of([told]))).standing;
                let others: Vec<&Halt> = both.iter().filter(|halt| *halt != told).collect();
                assert_eq!(standing.iter().collect::<Vec<_>>(), others, "{one} and {two}: only {} was told", told.guard);
            }
            // Since it was told, one has grown; what has shrunk is still within the yes.
            let standing = part(&pair(1, 0), Some(&ToldHalts::of(&both))).standing;
            assert!(standing.iter().any(|halt| halt.guard.as_str() == *one), "{one}, grown, and {two}: {standing:?}");
            assert_eq!(part(&both, Some(&ToldHalts::of(&pair(1, 1)))).standing, [], "{one} and {two}, shrunk");
        }
    }
}

#[test]
fn a_yes_is_for_those_who_were_told_not_for_as_many_others() {
    let removals = |from: usize| {
        let cause = || RemovalCause::OptOut(Problem::new(Reason::OutOfScope, "out"));
        let removals = (from..from + 20).map(|at| Removal { target: user(at), cause: cause(), standing: false }).collect();
        guard(&Plan { removals, ..Plan::default() }, &facts(100, 100), &SETTINGS)
    };
    assert_eq!(part(&removals(0), Some(&ToldHalts::of(&removals(0)))).standing, []);
    assert_eq!(part(&removals(1), Some(&ToldHalts::of(&removals(0)))).standing.len(), 1);
    let told: ToldHalts = serde_json::from_str(&serde_json::to_string(&ToldHalts::of(&removals(0))).unwrap()).unwrap();
    assert_eq!(part(&removals(0), Some(&told)).forced.len(), 1, "it is remembered as it was told");
}

/// The names stand in ledgers, in JSON and in scripts.
#[test]
fn names_of_guards_stay_and_some_of_them_cannot_be_forced() {
    let names = "missing_source unmounted_source hung_source scope empty_source source_changed table_shrunk coverage mapping_changed \
                 directory_shrunk first_contact changes removals";
    assert_eq!(Guard::ALL.iter().map(|guard| guard.as_str()).collect::<Vec<_>>().join(" "), names);
    assert_eq!(serde_json::to_value(Guard::ALL).unwrap(), serde_json::json!(names.split(' ').collect::<Vec<_>>()));
    let never: Vec<&str> = Guard::ALL.iter().filter(|guard| !guard.may_be_forced()).map(|guard| guard.as_str()).collect();
    assert_eq!(never, ["missing_source", "unmounted_source", "hung_source", "scope"]);
    // As a pass of an earlier version has left it in the ledger.
    let told = r#"[["changes",{"amount":3,"about":"","who":[]}]]"#;
    let told: ToldHalts = serde_json::from_str(told).unwrap();
    let halt = |found| Halt::counted(Guard::Changes, (found, 9), crate::model::Extent::of(found), String::new());
    assert!(told.covers(&halt(3)) && !told.covers(&halt(4)));
}
