//! Answers that everybody gets, and none at all: what the scheduler makes of them.

use bytes::Bytes;

use super::super::prepared::PhotoInfo;
use super::super::scheduler::{QueueLimits, Step};
use super::super::testing::due;
use super::*;
use crate::flow::{PaceSettings, RetryPolicy};
use crate::model::{Digest, TargetKind, Timestamp};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

fn scheduler() -> Scheduler {
    let bounds = QueueLimits { in_flight: 64, ready: 66, preparing: 4, bytes: 1 << 20 };
    let pace = PaceSettings { per_second: 1_000.0, max_per_second: 1_000.0 };
    Scheduler::new(bounds, pace, RetryPolicy::default(), SECOND)
}

fn photo() -> PreparedUpload {
    let about = PhotoInfo { digest: Digest::of(b"x"), remarks: String::new() };
    PreparedUpload::Photo { jpeg: Bytes::from_static(b"x"), small: true, about: about.into() }
}

fn refused(class: Class) -> Failure {
    Failure { status: Some(403), code: Some("ErrorAccessDenied".to_owned()), ..Failure::local(class, "it is refused", "Wait.") }
}

/// What comes of an answer to what was sent just before.
fn hears(scheduler: &mut Scheduler, due: &Due, result: Result<(), Failure>, at: Duration) -> Outcome {
    let result = result.map(|()| (Outcome::Delivered { etag: None }, Accepted::default()));
    let answer = Response { result, sent: at, came: at, unsent: false, given_up: false };
    let now = Now { elapsed: at, wall: Timestamp::from_millis(1_000_000) };
    match scheduler.answered(due, &photo(), answer, 0.5, now) {
        ResponseAction::Record(outcome, _) => outcome,
        other => panic!("{other:?}"),
    }
}

/// Sends as many of these as may leave; says which did, and when to ask again.
fn send(scheduler: &mut Scheduler, numbers: std::ops::Range<usize>, now: Duration) -> (Vec<Due>, Option<Duration>) {
    scheduler.set_queue(numbers.map(|number| due(number, 0)).collect::<Vec<_>>().into(), now);
    let mut sent = Vec::new();
    loop {
        let (steps, wake) = scheduler.next_steps(None, now);
        if steps.is_empty() {
            return (sent, wake);
        }
        for step in steps {
            match step {
                Step::Prepare { due, .. } => scheduler.add_ready(due, photo()),
                Step::Send { due, .. } => sent.push(due),
            }
        }
    }
}

#[test]
fn what_was_let_go_before_a_refusal_was_heard_of_costs_the_rate_once_however_late_it_left() {
    let mut scheduler = scheduler();
    let mut sent = Vec::new();
    for (number, at) in [(0, 2_000), (1, 2_002), (2, 2_004)] {
        sent.extend(send(&mut scheduler, number..number + 1, at * MS).0);
    }
    assert_eq!(sent.len(), 3);
    let slow = || Failure { retry_after: Some(SECOND), ..Failure::local(Class::Throttled, "slow down", "Wait.") };
    let rate = |scheduler: &Scheduler| scheduler.pacer.rate();
    let before = rate(&scheduler);
    hears(&mut scheduler, &sent[0], Err(slow()), 2_010 * MS);
    let cut = rate(&scheduler);
    // By this time they were sent and answered: within the pause.
    hears(&mut scheduler, &sent[1], Err(slow()), 2_020 * MS);
    hears(&mut scheduler, &sent[2], Err(slow()), 2_900 * MS);
    assert!(cut < before && (rate(&scheduler) - cut).abs() < 0.01 * cut, "{before}, {cut}, then {}", rate(&scheduler));
    assert_eq!(scheduler.refusals.0, 1, "in a row");
    let (again, _) = send(&mut scheduler, 3..4, 4 * SECOND);
    hears(&mut scheduler, &again[0], Err(slow()), 4_010 * MS);
    assert!(rate(&scheduler) < 0.95 * cut && scheduler.refusals.0 == 2, "after the pause it is another");
}

#[test]
fn a_refusal_is_believed_where_nobody_of_the_kind_succeeded_and_of_one_while_others_succeed() {
    let mut first = scheduler();
    let outcome = hears(&mut first, &due(1, 0), Err(refused(Class::KindForbidden)), 2 * SECOND);
    assert!(matches!(outcome, Outcome::Blocked { .. }), "{outcome:?}");
    assert_eq!(first.not_permitted.len(), 1);

    let mut later = scheduler();
    for attempts in 0..5 {
        let at = (2 + attempts) * SECOND;
        assert!(matches!(hears(&mut later, &due(2, 0), Ok(()), at), Outcome::Delivered { .. }));
        let outcome = hears(&mut later, &due(1, attempts), Err(refused(Class::KindForbidden)), at);
        assert!(matches!(&outcome, Outcome::Blocked { problem } if problem.reason == Reason::NotPermitted), "{outcome:?}");
    }
    assert!(later.not_permitted.len() == 1 && later.to_stop.is_empty() && later.breaker.down_since().is_none());
}

#[test]
fn a_refusal_of_everybody_after_successes_is_an_outage_and_in_the_end_a_permission_that_was_lost() {
    for class in [Class::KindForbidden, Class::NoExchange, Class::Bug] {
        let mut scheduler = scheduler();
        hears(&mut scheduler, &due(0, 0), Ok(()), 2 * SECOND);
        let mut blocked = 0;
        for number in 1..30_u32 {
            let outcome = hears(&mut scheduler, &due(number as usize, 0), Err(refused(class)), 2 * SECOND + number * 50 * MS);
            blocked += usize::from(matches!(outcome, Outcome::Blocked { .. }));
            assert!(matches!(outcome, Outcome::Wait { counts: false, .. }) || number < 12, "{class:?} {number}: {outcome:?}");
        }
        assert!(scheduler.breaker.down_since().is_some() && scheduler.to_stop.is_empty());
        let [(forgiven, _), (resumed, _)] = scheduler.forgivable(100 * SECOND);
        assert!(forgiven.len() >= blocked && resumed.is_empty(), "who was blocked before that was seen is blocked no more");
        assert!(scheduler.not_permitted.is_empty());
        let probe = |scheduler: &mut Scheduler, at: Duration| {
            scheduler.breaker.probing(at);
            hears(scheduler, &due(3, 4), Err(refused(class)), at)
        };
        let outcome = probe(&mut scheduler, 60 * SECOND);
        assert!(matches!(outcome, Outcome::Wait { counts: false, .. }), "{outcome:?}");
        probe(&mut scheduler, 10 * 60 * SECOND);
        assert_eq!(scheduler.to_stop.len(), usize::from(class != Class::Bug), "{class:?}");
        assert_eq!(scheduler.breaker.down_since().is_none(), class != Class::Bug, "others may go again");
    }
}

#[test]
fn silence_shuts_the_gate_and_who_hangs_is_given_up_once_a_probe_is_answered() {
    let mut scheduler = scheduler();
    hears(&mut scheduler, &due(100, 0), Ok(()), 2 * SECOND);
    let (mut sent, mut now) = (0, 3 * SECOND);
    while sent < 20 {
        let (more, _) = send(&mut scheduler, sent..20, now);
        (sent, now) = (sent + more.len(), now + 100 * MS);
    }
    let (_, wake) = send(&mut scheduler, 20..20, now);
    let wake = wake.expect("it is asked again");
    assert!(wake <= 3 * SECOND + 9 * SECOND, "{wake:?}");
    send(&mut scheduler, 20..20, 20 * SECOND);
    assert!(scheduler.breaker.down_since().is_some(), "nobody answers");
    assert!(send(&mut scheduler, 30..40, 20 * SECOND).0.is_empty());
    let (probes, next) = send(&mut scheduler, 30..40, 21 * SECOND);
    assert_eq!(probes.len(), 1);
    let (mut again, mut wake) = (Vec::new(), next);
    while again.is_empty() {
        now = wake.expect("the first probe hangs, too: another one goes");
        (again, wake) = send(&mut scheduler, 30..40, now);
    }
    assert!(again.len() == 1 && now < 31 * SECOND, "{now:?}");
    assert_eq!(scheduler.to_give_up, None);
    let at = now + SECOND;
    hears(&mut scheduler, &again[0], Ok(()), at);
    assert!(scheduler.breaker.down_since().is_none());
    let before = scheduler.to_give_up.expect("the others are given up");
    assert!(before > 4 * SECOND && before < at, "{before:?}");
    let answer = Response { result: Err(refused(Class::Transient)), sent: 3 * SECOND, came: at, unsent: false, given_up: true };
    let outcome = scheduler.answered(&due(1, 3), &photo(), answer, 0.5, Now { elapsed: at, wall: Timestamp::from_millis(0) });
    assert!(matches!(&outcome, ResponseAction::Record(Outcome::Wait { counts: false, .. }, _)), "nobody's fault: {outcome:?}");
    assert!(scheduler.breaker.down_since().is_none() && scheduler.pacer.paused_until(TargetKind::User).is_none());
}

#[test]
fn after_a_refused_token_one_photo_goes_first_and_alone() {
    let mut scheduler = scheduler();
    let at = |seconds: u32| Now { elapsed: seconds * SECOND, wall: Timestamp::from_millis(1_000_000) };
    let answer = |result, now: Now| Response { result, sent: now.elapsed, came: now.elapsed, unsent: false, given_up: false };
    scheduler.proves_sign_in = true;
    // The dispatcher is stopped by each refusal, and begins again with everything.
    for (round, class) in (2..).zip([Class::SignIn, Class::SignIn, Class::Transient]) {
        let (sent, _) = send(&mut scheduler, 0..20, at(round).elapsed);
        let [first] = sent.as_slice() else { panic!("{} went out, round {round}", sent.len()) };
        let failure = Failure::local(class, "it is refused", "Wait.");
        let action = scheduler.answered(first, &photo(), answer(Err(failure), at(round)), 0.5, at(round));
        assert_eq!(matches!(action, ResponseAction::SignIn(_)), class == Class::SignIn);
        scheduler.release(&first.target);
    }
    let (sent, _) = send(&mut scheduler, 0..20, at(9).elapsed);
    assert!(sent.len() >= 4, "{} went out", sent.len());
}
