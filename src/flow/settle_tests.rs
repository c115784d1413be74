//! What is heard when, and what comes out when.

use proptest::prelude::*;

use super::*;

/// What is to be looked at.
#[derive(PartialEq, Debug)]
enum Look {
    Everything,
    Paths(BTreeSet<SourcePath>),
}

/// What is to be looked at now; paths come before everything.
fn take(machine: &mut Settle, now: Duration) -> Option<Look> {
    let paths = machine.take_paths(now);
    if paths.is_empty() { machine.take_everything(now).then_some(Look::Everything) } else { Some(Look::Paths(paths)) }
}

fn next_at(machine: &Settle) -> Option<Duration> {
    machine.next_paths_at().into_iter().chain(machine.everything_at()).min()
}

const SETTLE: Duration = ms(2000);

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn path(text: &str) -> SourcePath {
    SourcePath::new(text).unwrap()
}

fn at(text: &str, sign: FileActivity) -> Hint {
    Hint::At(path(text), sign)
}

/// Hears `(milliseconds, path, sign)` (no path: everything) and tells what came out, until nothing is left to come.
fn play(settle: Duration, heard: &[(u64, &str, FileActivity)]) -> Vec<String> {
    let mut machine = Settle::new(SettleSettings { settle });
    let mut told = Vec::new();
    let mut heard = heard.iter().peekable();
    loop {
        let next = [next_at(&machine), heard.peek().map(|(at, ..)| ms(*at))].into_iter().flatten().min();
        let Some(now) = next else { return told };
        while let Some((_, name, sign)) = heard.next_if(|(at, ..)| ms(*at) == now) {
            machine.hear(if name.is_empty() { Hint::Everything } else { at(name, *sign) }, now);
        }
        if let Some(scope) = take(&mut machine, now) {
            let words = match scope {
                Look::Everything => "*".to_owned(),
                Look::Paths(paths) => paths.iter().map(SourcePath::as_str).collect::<Vec<_>>().join(" "),
            };
            told.push(format!("{} {words}", now.as_millis()));
        }
    }
}

use FileActivity::{Complete, Touched, Writing};

/// Name, what is heard (milliseconds, path, sign), what comes out.
type Row = (&'static str, &'static [(u64, &'static str, FileActivity)], &'static [&'static str]);

#[test]
fn what_comes_out_when() {
    let table: [Row; 14] = [
        ("cp", &[(0, "a", Writing), (1, "a", Writing), (9, "a", Complete)], &["49 a"]),
        ("mv in", &[(5, "a", Complete)], &["45 a"]),
        ("ln, mmap", &[(0, "a", Writing)], &["2000 a"]),
        ("touch", &[(0, "a", Touched)], &["2000 a"]),
        ("rsync --inplace: times set after the close", &[(0, "a", Writing), (1, "a", Complete), (2, "a", Touched)], &["41 a"]),
        (
            "chmod in the midst of writing",
            &[(0, "a", Writing), (100, "a", Touched), (3000, "a", Complete)],
            &["2100 a", "3040 a"],
        ),
        ("opened again at once", &[(0, "a", Complete), (20, "a", Writing), (500, "a", Complete)], &["540 a"]),
        ("a slow writer", &[(0, "a", Writing), (1500, "a", Writing), (3000, "a", Writing), (4500, "a", Complete)], &["4540 a"]),
        ("a slow writer and others", &[(0, "a", Writing), (1000, "b", Complete), (1999, "a", Writing)], &["1040 b", "3999 a"]),
        (
            "a burst",
            &[(0, "a", Complete), (30, "b", Complete), (60, "c", Complete), (200, "d", Complete)],
            &["100 a b c", "240 d"],
        ),
        ("saved by an editor", &[(0, "a", Touched), (1, "a", Writing), (2, "a", Writing), (3, "a", Complete)], &["43 a"]),
        ("everything, once", &[(0, "", Complete), (300, "", Complete)], &["2300 *"]),
        ("one edit is not held up by everything", &[(0, "", Complete), (10, "a", Complete)], &["50 a", "2000 *"]),
        ("everything, and something that grows", &[(0, "", Complete), (1000, "a", Writing)], &["2000 *", "3000 a"]),
    ];
    for (name, heard, told) in table {
        assert_eq!(play(SETTLE, heard), told, "{name}");
    }
    assert_eq!(play(ms(0), &[(0, "a", Writing), (5, "", Complete)]), ["0 a", "45 *"], "no settling");
}

#[test]
fn what_never_rests_does_not_hold_up_the_others() {
    let mut heard = Vec::new();
    for step in 0..100 {
        heard.push((step * 1000, "log", Writing));
        heard.push((step * 1000, "attributes", Touched));
        heard.push((step * 1000, "", Complete));
        heard.push((step * 1000 + 500, "a", Complete));
    }
    let told = play(SETTLE, &heard);
    assert_eq!(told.iter().filter(|line| line.ends_with(" a")).count(), 100, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.contains("attributes")).count(), 4, "every 30 s: {told:?}");
    assert_eq!(told.iter().filter(|line| line.ends_with('*')).count(), 4, "every 30 s: {told:?}");
    assert_eq!(
        told.iter().filter(|line| line.contains("log")).collect::<Vec<_>>(),
        ["101000 attributes log"],
        "while it grows, never"
    );
}

#[test]
fn a_poll_waits_for_nothing_however_often_it_comes() {
    let mut machine = Settle::new(SettleSettings { settle: SETTLE });
    for second in 1..5 {
        machine.hear(Hint::Tick, ms(second * 1000));
        assert!(next_at(&machine).is_some_and(|at| at <= ms(second * 1000)));
        assert_eq!(take(&mut machine, ms(second * 1000)), Some(Look::Everything));
        assert_eq!(next_at(&machine), None);
    }
}

#[test]
fn a_stream_of_whole_files_goes_out_in_pieces() {
    let names: Vec<String> = (0..100).map(|at| format!("{at:03}")).collect();
    let heard: Vec<(u64, &str, FileActivity)> = (0..).zip(&names).map(|(at, name)| (at * 20, name.as_str(), Complete)).collect();
    let told = play(SETTLE, &heard);
    assert!((4..=6).contains(&told.len()), "2 s of files at 20 ms each: {} pieces", told.len());
}

#[test]
fn too_many_paths_become_everything_and_what_grows_stays_out() {
    let mut machine = Settle::new(SettleSettings { settle: SETTLE });
    machine.hear(at("grows", Writing), ms(0));
    for number in 0..=MOST {
        machine.hear(at(&format!("{number}"), Complete), ms(1));
    }
    assert!(machine.whole.len() < 10);
    assert_eq!(machine.growing().map(SourcePath::as_str).collect::<Vec<_>>(), ["grows"]);
    machine.hear(at("grows", Writing), ms(1500));
    assert!(matches!(take(&mut machine, ms(1600)), Some(Look::Paths(_)) | None));
    assert_eq!(take(&mut machine, ms(2001)), Some(Look::Everything));
    assert_eq!(machine.growing().count(), 1);
    for number in 0..3 * MOST {
        machine.hear(at(&format!("{number}"), Writing), ms(5000));
        assert!(machine.restless.len() <= MOST, "memory is bounded");
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(256))]
    /// Whatever is heard: every path comes out after its last hint, alone or with everything, and not too late.
    #[test]
    fn nothing_heard_is_forgotten(
        heard in prop::collection::vec((0_u64..20_000, 0_usize..6, prop_oneof![Just(Complete), Just(Writing), Just(Touched)]), 1..60)
    ) {
        comes_out(heard)?;
    }
}

/// Chance found this once.
#[test]
fn what_begins_to_grow_as_everything_is_due_is_not_forgotten() {
    comes_out(vec![(7713, 0, Complete), (7713, 1, Writing)]).unwrap();
}

fn comes_out(mut heard: Vec<(u64, usize, FileActivity)>) -> Result<(), TestCaseError> {
    heard.sort_by_key(|(at, ..)| *at);
    let mut machine = Settle::new(SettleSettings { settle: SETTLE });
    let names = ["", "a", "b", "c", "d/e", "d"];
    let mut owed: BTreeMap<&str, Duration> = BTreeMap::new();
    let mut coming = heard.iter().peekable();
    let mut takes = 0;
    loop {
        let next = [next_at(&machine), coming.peek().map(|(at, ..)| ms(*at))].into_iter().flatten().min();
        let Some(now) = next else { break };
        while let Some((_, name, sign)) = coming.next_if(|(at, ..)| ms(*at) == now) {
            let name = names[*name];
            owed.insert(name, now);
            machine.hear(if name.is_empty() { Hint::Everything } else { at(name, *sign) }, now);
        }
        let growing: BTreeSet<SourcePath> = machine.growing().cloned().collect();
        match take(&mut machine, now) {
            None => {}
            Some(Look::Everything) => owed.retain(|name, _| {
                growing.iter().any(|path| path.as_str() == *name) || machine.restless.keys().any(|path| path.as_str() == *name)
            }),
            Some(Look::Paths(paths)) => {
                prop_assert!(!paths.is_empty());
                owed.retain(|name, _| !paths.iter().any(|path| path.as_str() == *name));
            }
        }
        takes += 1;
        prop_assert!(takes <= 3 * heard.len(), "it asks to be asked, and then has nothing");
    }
    prop_assert!(owed.is_empty(), "{owed:?}");
    Ok(())
}
