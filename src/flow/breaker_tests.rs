use super::*;

const SECOND: Duration = Duration::from_secs(1);
const NOTHING: Duration = Duration::ZERO;

fn fail<T: Clone + PartialEq>(breaker: &mut Breaker<T>, whom: &T, sign: Sign, now: Duration) -> FailurePattern<T> {
    breaker.failed(whom, sign, NOTHING, now, &[], now)
}

#[test]
fn one_that_fails_again_and_again_is_no_outage() {
    for sign in [Sign::Possible, Sign::Vague] {
        let mut breaker = Breaker::new();
        for second in 0..100 {
            assert_eq!(fail(&mut breaker, &"anna", sign, second * SECOND), FailurePattern::Single);
        }
        assert_eq!(breaker.gate(SECOND), Gate::Open);
    }
}

#[test]
fn a_crowd_in_a_row_is_one_and_a_success_between_them_is_none() {
    let ms = |count: u64| SECOND + Duration::from_millis(count);
    let mut breaker = Breaker::new();
    assert_eq!(breaker.reached(SECOND, SECOND).ended, None);
    for round in 0..10 {
        for whom in 0..11 {
            assert_eq!(fail(&mut breaker, &whom, Sign::Possible, ms(round * 500 + whom * 40)), FailurePattern::Single);
        }
        assert_eq!(breaker.reached(ms(round * 500 + 430), ms(round * 500 + 460)).ended, None);
    }
    for whom in 0..11 {
        assert_eq!(fail(&mut breaker, &(100 + whom), Sign::Possible, ms(6_000 + whom * 40)), FailurePattern::Single);
    }
    assert_eq!(fail(&mut breaker, &111, Sign::Possible, ms(6_500)), FailurePattern::Outage((100..112).collect()));
    assert_eq!(breaker.down_since(), Some(ms(6_500)));
}

#[test]
fn few_are_enough_once_nothing_has_succeeded_for_a_while() {
    let mut breaker = Breaker::new();
    for whom in 0..5 {
        assert_eq!(fail(&mut breaker, &whom, Sign::Vague, SECOND), FailurePattern::Single);
    }
    assert_eq!(
        fail(&mut breaker, &2, Sign::Vague, 3 * SECOND),
        FailurePattern::Outage(vec![0, 1, 2, 3, 4, 2]),
        "2 is forgiven twice"
    );
}

#[test]
fn what_failed_while_others_succeeded_is_its_own_trouble() {
    for sign in [Sign::Possible, Sign::Vague] {
        let mut breaker = Breaker::new();
        for _ in 0..OWN_AFTER {
            for whom in 0..9 {
                assert_eq!(fail(&mut breaker, &whom, sign, SECOND), FailurePattern::Single);
            }
            assert_eq!(breaker.reached(SECOND, SECOND).ended, None);
        }
        for second in 10..30 {
            for whom in 0..9 {
                assert_eq!(fail(&mut breaker, &whom, sign, second * SECOND), FailurePattern::Single);
            }
        }
    }
}

#[test]
fn in_a_row_is_in_the_order_of_sending() {
    let ms = |count: u64| SECOND + Duration::from_millis(count);
    // One of four fails at once, successes take three seconds: between any two failures something may be one.
    let mut breaker = Breaker::new();
    assert_eq!(breaker.reached(SECOND, SECOND).ended, None);
    let mut pending = Vec::new();
    for number in 0..160 {
        let now = ms(3_000 + number * 20);
        if number % 4 == 0 {
            assert_eq!(breaker.failed(&(number / 4), Sign::Possible, NOTHING, now, &pending, now), FailurePattern::Single);
        } else {
            pending.push(now);
        }
    }
    // From then on all fail: what was sent before says nothing about them, once that lasts longer than a burst.
    let mut other = Breaker::new();
    for number in 0..20 {
        let now = ms(6_300 + number * 100);
        assert_eq!(other.failed(&number, Sign::Possible, NOTHING, now, &pending, now), FailurePattern::Single);
    }
    let now = ms(8_300);
    assert_eq!(other.failed(&20, Sign::Possible, NOTHING, now, &pending, now), FailurePattern::Outage((0..=20).collect()));
    // Old successes come in while everything new fails: they refute nothing that was sent after them.
    for whom in 0..8 {
        assert_eq!(breaker.reached(ms(2_000 + whom * 10), ms(5_000 + whom * 10)).ended, None);
    }
    let now = ms(6_300);
    let outage = breaker.failed(&40, Sign::Possible, NOTHING, now, &[], now);
    assert_eq!(outage, FailurePattern::Outage((0..=40).collect()), "all of them are forgiven");
}

#[test]
fn one_straggler_does_not_hide_a_row_and_two_do() {
    let at = |number: u64| SECOND + Duration::from_millis(number * 100);
    // The fifth, or the fifth and the twelfth, may still be answered well.
    for pending in [vec![at(5)], vec![at(5), at(12)]] {
        let mut breaker = Breaker::new();
        assert_eq!(breaker.reached(SECOND, at(0)).ended, None);
        let begins = (1..40).find(|number| {
            !pending.contains(&at(*number))
                && breaker.failed(number, Sign::Possible, NOTHING, at(*number), &pending, at(*number)) != FailurePattern::Single
        });
        assert_eq!(begins, Some(if pending.len() == 1 { 21 } else { 26 }), "{pending:?}");
    }
}

#[test]
fn what_left_before_a_success_is_no_evidence_however_late_it_is_heard_of() {
    let mut breaker = Breaker::new();
    assert_eq!(breaker.reached(9 * SECOND, 10 * SECOND).ended, None);
    // Time-outs of ten seconds, after nothing else was sent for a while.
    for whom in 0..20 {
        let outcome = breaker.failed(&whom, Sign::Certain, NOTHING, 7 * SECOND, &[], 18 * SECOND);
        assert_eq!(outcome, FailurePattern::Single);
    }
    assert_eq!(fail(&mut breaker, &20, Sign::Certain, 18 * SECOND), FailurePattern::Outage(vec![20]));
}

#[test]
fn a_certain_sign_is_enough_in_silence_and_not_among_successes() {
    let mut breaker = Breaker::new();
    assert_eq!(breaker.reached(SECOND, SECOND).ended, None);
    assert_eq!(fail(&mut breaker, &0, Sign::Certain, 2 * SECOND), FailurePattern::Single);
    assert_eq!(fail(&mut breaker, &0, Sign::Certain, 4 * SECOND), FailurePattern::Outage(vec![0, 0]));
}

#[test]
fn one_probe_at_a_time_with_growing_waits() {
    let mut breaker = Breaker::new();
    let mut now = SECOND;
    assert_eq!(fail(&mut breaker, &0, Sign::Certain, now), FailurePattern::Outage(vec![0]));
    let mut probes = 0;
    let mut by_minute = [0; 30];
    while now < 1_800 * SECOND {
        match breaker.gate(now) {
            Gate::Shut(at) => now = at,
            Gate::Probe => {
                breaker.probing(now);
                probes += 1;
                by_minute[usize::try_from(now.as_secs() / 60).unwrap()] += 1;
                assert_eq!(breaker.gate(now), Gate::Shut(now + PROBE_ANSWERS_WITHIN), "one at a time");
                assert_eq!(fail(&mut breaker, &probes, Sign::Possible, now), FailurePattern::Known);
            }
            Gate::Open => panic!("it is not over"),
        }
    }
    assert!((25..=35).contains(&by_minute[0]), "{by_minute:?}");
    assert!((6..=9).contains(&by_minute[5]), "{by_minute:?}");
    assert!((1..=3).contains(&by_minute[25]), "{by_minute:?}");
    assert_eq!(breaker.reached(Duration::ZERO, now).ended, None, "sent before it began");
    assert_eq!(breaker.reached(now, now).ended, Some((now.saturating_sub(SECOND), probes)));
    assert_eq!(breaker.gate(now), Gate::Open);
}

#[test]
fn a_wait_that_was_asked_for_puts_off_the_probe() {
    let mut breaker = Breaker::new();
    breaker.failed(&0, Sign::Certain, 30 * SECOND, SECOND, &[], SECOND);
    assert_eq!(breaker.gate(SECOND), Gate::Shut(SECOND + FIRST_WAIT), "a single failure puts off nobody else");
    breaker.probing(2 * SECOND);
    breaker.failed(&1, Sign::Certain, 30 * SECOND, 2 * SECOND, &[], 2 * SECOND);
    assert_eq!(breaker.gate(2 * SECOND), Gate::Shut(32 * SECOND));
    fail(&mut breaker, &1, Sign::Possible, 3 * SECOND);
    assert_eq!(breaker.gate(3 * SECOND), Gate::Shut(32 * SECOND));
    // Where somebody has succeeded within that time it is their own.
    let mut breaker = Breaker::new();
    breaker.reached(SECOND, SECOND);
    breaker.failed(&0, Sign::Certain, 30 * SECOND, 5 * SECOND, &[], 5 * SECOND);
    assert_eq!(breaker.gate(5 * SECOND), Gate::Shut(5 * SECOND + FIRST_WAIT));
    breaker.probing(6 * SECOND);
    breaker.failed(&1, Sign::Possible, 30 * SECOND, 6 * SECOND, &[], 6 * SECOND);
    assert!(matches!(breaker.gate(6 * SECOND), Gate::Shut(until) if until < 8 * SECOND));
    breaker.probing(40 * SECOND);
    breaker.failed(&1, Sign::Possible, 30 * SECOND, 40 * SECOND, &[], 40 * SECOND);
    assert_eq!(breaker.gate(41 * SECOND), Gate::Shut(70 * SECOND));
}

#[test]
fn silence_is_an_outage_too_and_a_probe_that_hangs_does_not_stop_the_next() {
    let mut breaker = Breaker::<u32>::new();
    assert_eq!(breaker.reached(SECOND, SECOND).ended, None);
    let five = [SECOND, 2 * SECOND, 2 * SECOND, 2 * SECOND, 2 * SECOND];
    assert_eq!(breaker.silence(&five, 7 * SECOND), None, "somebody was answered since one of them left; four may hang by chance");
    assert_eq!(fail(&mut breaker, &9, Sign::Possible, 6 * SECOND), FailurePattern::Single);
    let six = [&five[..], &[2 * SECOND]].concat();
    assert_eq!(breaker.silence(&six, 7 * SECOND), Some((2 * SECOND, vec![9])), "the first that was given up is forgiven");
    assert_eq!(breaker.silence(&six, 8 * SECOND), None, "it has begun already");
    let (first, probe) = (7 * SECOND + FIRST_WAIT, 7 * SECOND + FIRST_WAIT + PROBE_ANSWERS_WITHIN);
    assert_eq!((breaker.gate(8 * SECOND), breaker.gate(7 * SECOND)), (Gate::Probe, Gate::Shut(first)));
    breaker.probing(first);
    assert_eq!(breaker.gate(first + SECOND), Gate::Shut(probe));
    assert_eq!(breaker.gate(probe), Gate::Probe);
    breaker.probing(probe);
    assert_eq!(breaker.failed(&1, Sign::Possible, NOTHING, first, &[], probe + SECOND), FailurePattern::Known);
    assert_eq!(breaker.gate(probe + SECOND), Gate::Shut(probe + PROBE_ANSWERS_WITHIN), "the later probe is under way still");
    assert_eq!(
        breaker.reached(3 * SECOND, probe + SECOND).ended,
        Some((probe.saturating_sub(6 * SECOND), 2)),
        "an old request is answered"
    );
}

#[test]
fn what_too_few_saw_is_forgiven_when_it_is_over() {
    let mut breaker = Breaker::new();
    assert_eq!(breaker.reached(SECOND, SECOND).forgiven, Vec::<u32>::new());
    for whom in [1, 2, 3, 1] {
        assert_eq!(fail(&mut breaker, &whom, Sign::Possible, 4 * SECOND), FailurePattern::Single);
    }
    assert_eq!(breaker.reached(9 * SECOND, 10 * SECOND).forgiven, vec![1, 2, 3, 1]);
    for whom in [4, 5] {
        assert_eq!(fail(&mut breaker, &whom, Sign::Possible, 12 * SECOND), FailurePattern::Single);
    }
    assert_eq!(breaker.reached(13 * SECOND, 13 * SECOND).forgiven, Vec::<u32>::new(), "others succeeded shortly before");
    for _ in 0..3 {
        assert_eq!(fail(&mut breaker, &6, Sign::Possible, 20 * SECOND), FailurePattern::Single);
    }
    assert_eq!(breaker.reached(30 * SECOND, 30 * SECOND).forgiven, Vec::<u32>::new(), "one alone may be hopeless");
}

#[test]
fn the_first_of_an_outage_may_be_overtaken_by_a_last_success() {
    let ms = |count: u64| SECOND + Duration::from_millis(count);
    let mut breaker = Breaker::new();
    for whom in 0..14 {
        assert_eq!(breaker.failed(&whom, Sign::Vague, NOTHING, ms(0), &[], ms(200)), FailurePattern::Single);
    }
    assert_eq!(breaker.reached(ms(100), ms(300)).ended, None);
    for whom in 14..25 {
        assert_eq!(fail(&mut breaker, &whom, Sign::Vague, ms(400)), FailurePattern::Single);
    }
    assert_eq!(fail(&mut breaker, &25, Sign::Vague, ms(800)), FailurePattern::Outage((0..26).collect()));
}
