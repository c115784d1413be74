//! What no order of events may do to a target.

use proptest::prelude::*;

use super::*;
use crate::model::mender::Mender;
use crate::model::{Arrival, Digest, DriftPolicy, Generation, PhotoVersion, Problem, Reason, RecipeId, SourcePath, Timestamp};

/// No look is further away.
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

fn version(number: u8) -> PhotoVersion {
    PhotoVersion { digest: Digest::from_bytes([number; 32]), recipe: RecipeId::new("r") }
}

fn wanted(number: u8) -> Wanted {
    Wanted {
        label: "anna".into(),
        path: SourcePath::new(&format!("{number}.jpg")).unwrap(),
        version: version(number),
        account_created: None,
    }
}

fn problem(reason: Reason) -> Problem {
    Problem::new(reason, "x")
}

/// A generation: that of what is wanted now, or an older one.
#[derive(Clone, Copy, Debug)]
enum Age {
    Now,
    Older(i64),
}

/// An event, before the generation that it is about is known.
#[derive(Clone, Debug)]
enum Drawn {
    Plain(Event),
    Attempt(Age, Tried, Arrival),
    Forgiven(Age, bool),
    Matches(Age, Option<String>),
    Differs(Age, DriftKind, DriftPolicy),
}

impl Drawn {
    fn event(self, now: Generation) -> Event {
        let of = |age| match age {
            Age::Now => now,
            Age::Older(by) => Generation(now.0 - by),
        };
        match self {
            Self::Plain(event) => event,
            Self::Attempt(age, tried, arrival) => {
                Event::Attempt { generation: of(age), tried, arrival, answer: AnswerCode::default() }
            }
            Self::Forgiven(age, resumes) => Event::Forgiven { generation: of(age), resumes },
            Self::Matches(age, learned) => Event::Matches { generation: of(age), learned },
            Self::Differs(age, drift, policy) => {
                Event::Differs { generation: of(age), drift, policy, problem: problem(Reason::UserPhoto) }
            }
        }
    }
}

fn ages() -> impl Strategy<Value = Age> {
    prop_oneof![2 => Just(Age::Now), 1 => (1_i64..4).prop_map(Age::Older)]
}

fn tries() -> impl Strategy<Value = (Tried, Arrival)> {
    let reasons = || {
        proptest::sample::select(vec![
            Reason::PhotoRefused,
            Reason::NoMailbox,
            Reason::GaveUp,
            Reason::NotPermitted,
            Reason::PhotoCorrupt,
        ])
    };
    let passing = proptest::sample::select(vec![Reason::Transient, Reason::Throttled, Reason::SignIn, Reason::NoBackup]);
    let lost = || prop_oneof![Just(Arrival::NotSent), Just(Arrival::Refused), Just(Arrival::Unknown)];
    prop_oneof![
        3 => (0_u8..4, any::<bool>()).prop_map(|(number, told)| {
            let etag = told.then(|| format!("W/{number}"));
            (Tried::Delivered { version: version(number), etag, sent: None, note: None }, Arrival::Accepted)
        }),
        1 => (0_u8..4).prop_map(|number| (Tried::Same(version(number)), Arrival::NotSent)),
        1 => Just((Tried::PutBack, Arrival::Accepted)),
        1 => Just((Tried::Removed, Arrival::Accepted)),
        1 => Just((Tried::NotOurs, Arrival::NotSent)),
        2 => (0_i64..100, passing, any::<bool>(), lost()).prop_map(|(until, reason, counts, arrival)| {
            let until = Timestamp::from_millis(until);
            (Tried::Wait { until, problem: problem(reason), counts }, arrival)
        }),
        2 => (reasons(), lost()).prop_map(|(reason, arrival)| (Tried::Blocked(problem(reason)), arrival)),
        1 => Just((Tried::Superseded, Arrival::NotSent)),
    ]
}

fn events() -> impl Strategy<Value = Drawn> {
    let policies = || prop_oneof![Just(DriftPolicy::Report), Just(DriftPolicy::HrWins), Just(DriftPolicy::UserWins)];
    let drifts = || prop_oneof![Just(DriftKind::Changed), Just(DriftKind::Gone)];
    let plain = prop_oneof![
        (0_u8..4).prop_map(|number| Event::Desire(wanted(number))),
        (0_u8..4).prop_map(|number| Event::AlreadyInStep(wanted(number))),
        any::<bool>().prop_map(|moved| Event::Hold {
            problem: problem(Reason::DuplicateFiles),
            path: moved.then(|| SourcePath::new("other.jpg").unwrap())
        }),
        (0_u8..4).prop_map(|number| Event::Keep(wanted(number), problem(Reason::UserPhoto))),
        Just(Event::Remove),
        Just(Event::Release),
        Just(Event::Returned),
        Just(Event::RemovalNotPossible(problem(Reason::RemovalNotPossible))),
        Just(Event::KindForbidden(problem(Reason::NotPermitted))),
        (0_i64..60).prop_map(|at| Event::LookAt(Timestamp::from_millis(at))),
        (0_i64..60).prop_map(|at| Event::AccountCreated(Timestamp::from_millis(at))),
        Just(Event::CutOff),
        Just(Event::Overlooked),
        Just(Event::Retried),
        Just(Event::Accepted),
        Just(Event::TakenOut),
        Just(Event::ObjectGone),
        (0_i64..3).prop_map(Event::Restore),
    ];
    prop_oneof![
        6 => plain.prop_map(Drawn::Plain),
        4 => (ages(), tries()).prop_map(|(age, (tried, arrival))| Drawn::Attempt(age, tried, arrival)),
        1 => (ages(), any::<bool>()).prop_map(|(age, resumes)| Drawn::Forgiven(age, resumes)),
        1 => (ages(), proptest::option::of(Just("W/9".to_owned()))).prop_map(|(age, learned)| Drawn::Matches(age, learned)),
        1 => (ages(), drifts(), policies()).prop_map(|(age, drift, policy)| Drawn::Differs(age, drift, policy)),
    ]
}

/// What belongs to the wish alone: no late outcome may touch it.
fn wish(record: &TargetRecord) -> impl PartialEq + std::fmt::Debug + use<> {
    let TargetRecord { label, path, desired, desired_at, generation, state, since, failures, obstacle, kept, .. } =
        record.clone();
    (label, path, desired, desired_at, generation, state, since, failures, obstacle, kept)
}

/// Whether an event may say that the tenant no longer holds the photo that Graph accepted.
fn may_lose(event: &Event) -> bool {
    match event {
        Event::Attempt { tried, .. } => {
            matches!(tried, Tried::Delivered { .. } | Tried::Same(_) | Tried::PutBack | Tried::Removed | Tried::NotOurs)
        }
        Event::Differs { policy, .. } => *policy != DriftPolicy::Report,
        Event::TakenOut | Event::ObjectGone => true,
        _ => false,
    }
}

/// Whether an event may lead to this state.
fn leads(event: &Event, state: TargetState) -> bool {
    use TargetState::{Blocked, Due, InStep, Released, Waiting};
    match event {
        Event::Desire(_) | Event::Remove | Event::Retried | Event::Restore(_) => state == Due,
        Event::AlreadyInStep(_) => state == InStep,
        Event::Hold { .. } | Event::RemovalNotPossible(_) | Event::KindForbidden(_) => state == Blocked,
        Event::Keep(..) => matches!(state, Blocked | Due),
        Event::Forgiven { .. } => matches!(state, Due | Waiting(_)),
        Event::Release | Event::Returned | Event::ObjectGone => state == Released,
        // Where a file still wants its photo there, what was put back is kept from it.
        Event::TakenOut => matches!(state, Released | Blocked),
        Event::Accepted => matches!(state, Due | Released),
        Event::Differs { .. } => matches!(state, Due | Blocked),
        Event::Attempt { tried, .. } => match tried {
            Tried::Delivered { .. } | Tried::Same(_) => state == InStep,
            Tried::PutBack | Tried::NotOurs => matches!(state, Released | Blocked),
            Tried::Removed => state == Released,
            Tried::Wait { .. } => matches!(state, Waiting(_)),
            Tried::Blocked(_) | Tried::Superseded => state == Blocked,
        },
        Event::LookAt(_) | Event::AccountCreated(_) | Event::CutOff | Event::Overlooked | Event::Matches { .. } => false,
    }
}

proptest! {
    #![proptest_config(crate::testing::cases(1_000))]

    #[test]
    fn whatever_happens_in_whatever_order(drawn in prop::collection::vec(events(), 1..40)) {
        let mut record = TargetRecord::first(wanted(0), Timestamp::from_millis(0));
        for (step, drawn) in drawn.into_iter().enumerate() {
            let now = Timestamp::from_millis(i64::try_from(step).unwrap() + 1);
            let event = drawn.event(record.generation);
            let before = record.clone();
            let concerned = record.apply(event.clone(), now);
            let told = format!("{event:?}\nfrom {before:#?}\nto {record:#?}");
            // A late outcome of an older wish never wins.
            if let Event::Attempt { generation, .. } | Event::Forgiven { generation, .. } | Event::Matches { generation, .. }
                | Event::Differs { generation, .. } = &event
                && *generation != before.generation
            {
                prop_assert_eq!(wish(&record), wish(&before), "{}", told);
                prop_assert!(!concerned, "{}", told);
            }
            // A confirmed photo is never lost.
            if !may_lose(&event) {
                prop_assert_eq!(&record.held.delivered, &before.held.delivered, "{}", told);
                prop_assert_eq!(&record.held.etag, &before.held.etag, "{}", told);
                prop_assert!(record.held.uncertain || !before.held.uncertain, "{}", told);
                prop_assert!(record.held.unconfirmed || !before.held.unconfirmed, "{}", told);
            }
            // Nothing but a removal, decided by a pass, has a photo taken out.
            let to_be_removed = |record: &TargetRecord| record.state == TargetState::Due && record.desired == Desired::Nothing;
            let again = event == Event::Retried && before.desired == Desired::Nothing;
            prop_assert!(!to_be_removed(&record) || to_be_removed(&before) || again
                || matches!(event, Event::Remove | Event::Differs { .. }), "{}", told);
            // No event leads out of the table of states, and what does not stand has its reason.
            prop_assert!(record.state == before.state || leads(&event, record.state), "{}", told);
            prop_assert!(record.generation >= before.generation, "{}", told);
            let needs_reason = matches!(record.state, TargetState::Waiting(_) | TargetState::Blocked);
            prop_assert!(!needs_reason || record.obstacle.is_some(), "{}", told);
            // The next look is always in the future and bounded, and only where time may mend the block.
            if let Some(look) = record.next_look.filter(|_| record.next_look != before.next_look) {
                prop_assert!(record.state == TargetState::Blocked && now < look && look <= now.plus(DAY), "{}", told);
                let reason = record.obstacle.as_ref().map(|obstacle| obstacle.problem.reason);
                prop_assert!(reason.is_some_and(|reason| reason.mender() == Mender::Time), "{}", told);
            }
            // A passing fault never hides a lasting reason, nor its time; nor does giving up.
            if let (Event::Attempt { tried: Tried::Wait { problem, .. } | Tried::Blocked(problem), .. }, TargetState::Blocked) =
                (&event, before.state)
                && before.obstacle.as_ref().is_some_and(|stood| stood.problem.reason.outlasts(problem.reason))
            {
                prop_assert_eq!((&record.obstacle, record.since), (&before.obstacle, before.since), "{}", told);
                prop_assert_eq!(record.state, TargetState::Blocked, "{}", told);
            }
            prop_assert!(record.state != TargetState::InStep || record.path.is_some(), "{}", told);
        }
    }
}

#[test]
fn a_fault_at_the_daily_look_leaves_the_reason_with_its_time_and_the_next_look_is_soon() {
    let at = Timestamp::from_millis;
    let attempt = |record: &TargetRecord, tried| Event::Attempt {
        generation: record.generation,
        tried,
        arrival: Arrival::Refused,
        answer: AnswerCode::default(),
    };
    let mut record = TargetRecord::first(wanted(0), at(0));
    record.apply(attempt(&record, Tried::Blocked(problem(Reason::NoMailbox))), at(5));
    let look = record.next_look.unwrap();
    assert!(record.since == at(5) && look <= at(5 + 3_600_000));
    let soon = look.plus(std::time::Duration::from_secs(9));
    record.apply(attempt(&record, Tried::Wait { until: soon, problem: problem(Reason::Transient), counts: true }), look);
    let reason = |record: &TargetRecord| record.obstacle.as_ref().map(|obstacle| obstacle.problem.reason);
    assert_eq!((record.state, reason(&record), record.since), (TargetState::Blocked, Some(Reason::NoMailbox), at(5)));
    assert_eq!(record.next_look, Some(soon));
    record.apply(attempt(&record, Tried::Blocked(problem(Reason::GaveUp))), soon);
    assert_eq!((reason(&record), record.since), (Some(Reason::NoMailbox), at(5)));
    // What is refused anew for another lasting reason is told as that.
    record.apply(attempt(&record, Tried::Blocked(problem(Reason::PhotoRefused))), soon);
    assert_eq!((reason(&record), record.since), (Some(Reason::PhotoRefused), soon));
    let delivered = Tried::Delivered { version: version(0), etag: None, sent: None, note: None };
    record.apply(attempt(&record, delivered), soon.plus(DAY));
    assert_eq!((record.state, record.next_look), (TargetState::InStep, None));
}

#[test]
fn whatever_finds_nothing_out_leaves_every_reason_that_lasts_as_it_is() {
    let (at, now) = (Timestamp::from_millis(7), Timestamp::from_millis(9_999));
    let mut pairs = 0;
    for lasting in Reason::ALL.iter().copied().filter(|reason| !reason.is_passing()) {
        for passing in Reason::ALL.iter().copied().filter(|reason| reason.is_passing()) {
            let attempt = |record: &TargetRecord, tried| Event::Attempt {
                generation: record.generation,
                tried,
                arrival: Arrival::NotSent,
                answer: AnswerCode::default(),
            };
            let held = |path: Option<&str>| Event::Hold {
                problem: problem(passing),
                path: path.map(|path| SourcePath::new(path).unwrap()),
            };
            // Blocked by what a pass found, and by what Microsoft 365 said.
            let mut planned = TargetRecord::first(wanted(0), at);
            planned.apply(Event::Hold { problem: problem(lasting), path: None }, at);
            let mut refused = TargetRecord::first(wanted(0), at);
            refused.apply(attempt(&refused, Tried::Blocked(problem(lasting))), at);
            for before in [planned, refused] {
                let waits = Tried::Wait { until: now.plus(DAY), problem: problem(passing), counts: true };
                for event in [
                    held(None),
                    held(Some("other.jpg")),
                    attempt(&before, waits),
                    attempt(&before, Tried::Blocked(problem(passing))),
                    attempt(&before, Tried::Superseded),
                    Event::KindForbidden(problem(passing)),
                    Event::LookAt(now),
                    Event::Overlooked,
                    Event::CutOff,
                ] {
                    let mut record = before.clone();
                    record.apply(event.clone(), now);
                    let told = format!("{lasting} {passing} {event:?}: {record:#?}");
                    assert_eq!((record.state, &record.obstacle), (TargetState::Blocked, &before.obstacle), "{told}");
                    assert_eq!(record.since, at, "{told}");
                    let is_looked_at = record.next_look.is_some() || before.next_look.is_none();
                    assert!(is_looked_at || lasting.mender() != Mender::Time, "{told}");
                    pairs += 1;
                }
            }
        }
    }
    assert!(pairs > 2_000, "{pairs}");
}

#[test]
fn five_quick_edits_are_one_upload_and_the_late_answer_to_the_first_settles_nothing() {
    let at = Timestamp::from_millis;
    let mut record = TargetRecord::first(wanted(0), at(0));
    let first = record.generation;
    for number in 1..5 {
        record.apply(Event::Desire(wanted(number)), at(i64::from(number)));
    }
    let accepted = |generation, number| Event::Attempt {
        generation,
        tried: Tried::Delivered { version: version(number), etag: Some("W/1".into()), sent: None, note: None },
        arrival: Arrival::Accepted,
        answer: AnswerCode::default(),
    };
    assert!(!record.apply(accepted(first, 0), at(9)));
    assert_eq!((record.state, record.held.delivered.as_ref().map(|held| &held.version)), (TargetState::Due, Some(&version(0))));
    assert!(record.apply(accepted(record.generation, 4), at(10)));
    assert_eq!((record.state, record.since), (TargetState::InStep, at(10)));
}

#[test]
fn a_waiting_outcome_of_an_older_wish_does_not_win_either() {
    let at = Timestamp::from_millis;
    let mut record = TargetRecord::first(wanted(0), at(0));
    let first = record.generation;
    record.apply(Event::Desire(wanted(1)), at(1));
    let before = record.clone();
    for tried in [
        Tried::Wait { until: at(99), problem: problem(Reason::Throttled), counts: true },
        Tried::Blocked(problem(Reason::NoMailbox)),
        Tried::Superseded,
    ] {
        record
            .apply(Event::Attempt { generation: first, tried, arrival: Arrival::Refused, answer: AnswerCode::default() }, at(2));
        assert_eq!(record, before);
    }
}

#[test]
fn what_was_let_go_unheard_makes_the_tenant_uncertain() {
    let at = Timestamp::from_millis;
    let mut record = TargetRecord::first(wanted(0), at(0));
    let generation = record.generation;
    record.apply(
        Event::Attempt {
            generation,
            tried: Tried::Delivered { version: version(0), etag: None, sent: None, note: None },
            arrival: Arrival::Accepted,
            answer: AnswerCode::default(),
        },
        at(1),
    );
    record.apply(Event::Desire(wanted(1)), at(2));
    assert!(!record.held.uncertain);
    record.apply(Event::Release, at(3));
    assert!(record.held.uncertain, "version 1 may be there");
}

#[test]
fn the_photo_that_was_delivered_before_may_be_on_its_way_once_more_and_then_has_another_name() {
    let at = Timestamp::from_millis;
    let held = || Event::Hold { problem: Problem::new(Reason::DuplicateFiles, "x"), path: None };
    for let_go in [Event::Remove, Event::Release, held(), Event::KindForbidden(Problem::new(Reason::NotPermitted, "x"))] {
        let mut record = TargetRecord::first(wanted(0), at(0));
        let answered = |generation, tried, arrival| Event::Attempt { generation, tried, arrival, answer: AnswerCode::default() };
        let stored = Tried::Delivered { version: version(0), etag: Some("1".into()), sent: None, note: None };
        record.apply(answered(record.generation, stored, Arrival::Accepted), at(1));
        record.apply(held(), at(2));
        assert!(!record.held.may_go_by_another_name(), "what is held is not sent");
        record.apply(Event::Retried, at(3));
        record.apply(let_go.clone(), at(4));
        record.apply(Event::Remove, at(5));
        record.apply(answered(record.generation, Tried::NotOurs, Arrival::NotSent), at(6));
        assert_eq!(record.reason(), Some(Reason::RemovalNotPossible), "{let_go:?}");
    }
}
