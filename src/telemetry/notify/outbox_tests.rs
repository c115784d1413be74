use super::super::alert::Tone;
use super::*;
use crate::ledger::Counts;
use crate::plan::Guard;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(0).plus(Duration::from_secs(seconds))
}

fn halted(guard: Guard) -> Alert {
    Alert::Halted { pass: 1, guard }
}

fn began(name: &str) -> Alert {
    Alert::ConditionBegan { name: name.to_owned() }
}

fn ended(name: &str) -> Alert {
    Alert::ConditionEnded { name: name.to_owned(), lasted_s: 1 }
}

fn events(outbox: &Outbox) -> Vec<String> {
    outbox.all().iter().map(|(_, news)| format!("{}:{}", news.event(), news.subject().unwrap_or_default())).collect()
}

#[test]
fn what_is_over_before_anybody_heard_of_it_is_told_as_one() {
    let mut outbox = Outbox::default();
    outbox.add((at(1), began("a")));
    outbox.add((at(2), Alert::SignIn { pass: None }));
    outbox.add((at(3), ended("a")));
    assert_eq!(events(&outbox), ["sign_in:sign_in", "missed:"]);
    let (_, Alert::Missed { was, from, to, .. }) = &outbox.all()[1] else { panic!("{outbox:?}") };
    assert_eq!((was.as_str(), *from, *to), ("condition_began", at(1), at(3)));
}

#[test]
fn an_end_follows_a_beginning_that_was_told_or_may_have_been() {
    let mut outbox = Outbox::default();
    outbox.add((at(1), halted(Guard::EmptySource)));
    assert!(outbox.next(at(1)).0.is_some());
    outbox.add((at(2), halted(Guard::Removals)));
    outbox.add((at(3), Alert::HaltEnded { pass: 2 }));
    assert_eq!(events(&outbox), ["halted:halt", "halted:halt", "halt_ended:halt"]);
    outbox.done();
    assert_eq!(events(&outbox), ["halted:halt", "halt_ended:halt"], "who heard that it began hears that it is over");
    // Restarted: the same.
    let mut outbox: Outbox = serde_json::from_str(&serde_json::to_string(&outbox).unwrap()).unwrap();
    for _ in 0..2 {
        assert!(outbox.next(at(4)).0.is_some());
        outbox.done();
    }
    outbox.add((at(5), halted(Guard::Removals)));
    outbox.add((at(6), Alert::HaltEnded { pass: 3 }));
    assert_eq!(events(&outbox), ["missed:"]);
    let mut outbox = Outbox::default();
    outbox.add((at(1), began("a")));
    outbox.next(at(1));
    outbox.add((at(2), ended("a")));
    outbox.not_told(false);
    assert_eq!(events(&outbox), ["missed:"], "it was not told after all");
    let mut outbox = Outbox::default();
    outbox.add((at(1), began("a")));
    outbox.next(at(1));
    outbox.add((at(2), ended("a")));
    outbox.not_told(true);
    assert_eq!(events(&outbox), ["condition_began:a", "condition_ended:a"], "some of them heard it");
}

#[test]
fn what_stands_waits_for_as_long_as_it_stands_and_the_rest_for_a_day() {
    let (mut outbox, day) = (Outbox::default(), OF_USE.as_secs());
    let digest = |delivered, removed| Alert::Digest {
        verdict: String::new(),
        tone: Tone::Plain,
        conditions: Vec::new(),
        dated: false,
        targets: Counts::default(),
        delivered,
        removed,
    };
    outbox.add((at(0), began("a")));
    outbox.add((at(1), Alert::SignInWorks));
    outbox.add((at(2), digest(1, 1)));
    outbox.add((at(day), digest(2, 1)));
    let (first, late) = outbox.next(at(day + 1));
    assert_eq!((first, late), (Some((at(0), began("a"))), vec![Alert::SignInWorks]));
    assert_eq!(outbox.all()[1].1, digest(3, 2), "one digest of both");
}

/// Whatever happens, in whatever weather: what is told of each thing is begun, over, begun, over, and in the end it is told how it
/// stands; no more waits than is bounded.
#[test]
fn random_weather_leaves_nobody_with_what_is_not_so() {
    let names = ["a", "b", "c"];
    for seed in 0..2_000_u64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut draw = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let (mut outbox, mut stands, mut heard) = (Outbox::default(), [false; 3], [false; 3]);
        let hear = |news: Option<Alert>, heard: &mut [bool; 3]| {
            let Some(news) = news else { return };
            if let Some(which) = names.iter().position(|name| news.subject() == Some(name)) {
                assert_ne!(heard[which], news.is_beginning(), "seed {seed}: {news:?}");
                heard[which] = news.is_beginning();
            }
        };
        for step in 0..60 {
            match draw(3) {
                0 => {
                    let which = usize::try_from(draw(3)).unwrap();
                    stands[which] = !stands[which];
                    let news = if stands[which] { began(names[which]) } else { ended(names[which]) };
                    assert_eq!(outbox.add((at(step), news)), None, "seed {seed}");
                }
                1 => drop(outbox.next(at(step))),
                _ if draw(3) == 0 => hear(outbox.done(), &mut heard),
                _ => outbox.not_told(false),
            }
            assert!(outbox.all().len() <= WAITING);
        }
        while outbox.next(at(60)).0.is_some() {
            hear(outbox.done(), &mut heard);
        }
        assert_eq!(heard, stands, "seed {seed}");
    }
}

#[test]
fn more_than_is_bounded_is_dropped_beginning_with_what_is_over() {
    let mut outbox = Outbox::default();
    outbox.add((at(0), began("first")));
    outbox.add((at(0), Alert::SignInWorks));
    let dropped: Vec<Alert> = (0..WAITING).filter_map(|number| outbox.add((at(1), began(&number.to_string())))).collect();
    assert_eq!(dropped, [Alert::SignInWorks, began("0")]);
    assert_eq!(outbox.all().len(), WAITING);
}
