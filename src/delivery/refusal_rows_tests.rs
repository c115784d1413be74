//! Rows of refusals: who is looked at once more, and when.

use super::super::testing::due;
use super::*;

const SECOND: Duration = Duration::from_secs(1);
const KIND: TargetKind = TargetKind::User;

fn one(number: usize) -> Try {
    (due(number, 0).target, Generation(1))
}

fn failure(class: Class, code: &str) -> Failure {
    Failure { code: Some(code.to_owned()), ..Failure::local(class, "it is refused", "Wait.") }
}

fn no_mailbox() -> Failure {
    failure(Class::NoMailbox, "MailboxNotEnabledForRESTAPI")
}

fn refuse(rows: &mut RefusalRows, who: std::ops::Range<usize>) {
    for number in who {
        let at = Duration::from_secs(number as u64);
        rows.refused(&due(number, 0), &no_mailbox(), at, at);
    }
}

#[test]
fn a_row_is_looked_at_once_more_when_somebody_succeeds_after_it_and_not_again() {
    let mut rows = RefusalRows::default();
    refuse(&mut rows, 0..8);
    assert!(rows.refuted(TargetKind::Group, 9 * SECOND).is_empty(), "another kind says nothing");
    let mut looked = rows.refuted(KIND, 6 * SECOND);
    looked.sort();
    assert_eq!(looked, (0..7).map(one).collect::<Vec<_>>(), "who was sent after the success stays in the row");
    refuse(&mut rows, 0..8);
    assert_eq!(rows.refuted(KIND, 9 * SECOND), [one(7)], "once more is enough");
    refuse(&mut rows, 10..14);
    assert!(rows.refuted(KIND, 20 * SECOND).is_empty(), "four are who they are");
    assert_eq!(rows.next_look(), None, "a run that ends tries nobody by itself");
}

#[test]
fn different_refusals_are_no_row() {
    let mut rows = RefusalRows { goes_on: true, ..RefusalRows::default() };
    for number in 0..20 {
        let refusal = if number % 3 == 0 { failure(Class::Guest, "x") } else { no_mailbox() };
        rows.refused(&due(number, 0), &refusal, SECOND, SECOND);
    }
    assert!(rows.next_look().is_none() && rows.refuted(KIND, SECOND).is_empty());
}

#[test]
fn where_nobody_else_is_due_one_of_the_row_is_tried_a_few_times() {
    let mut rows = RefusalRows { goes_on: true, ..RefusalRows::default() };
    refuse(&mut rows, 0..30);
    let (mut looks, mut tried) = (Vec::new(), HashSet::new());
    while let Some(at) = rows.next_look() {
        assert!(rows.due_looks(at.saturating_sub(Duration::from_millis(1))).is_empty());
        let [(who, _)] = &rows.due_looks(at)[..] else { panic!("one is tried for all") };
        assert!(tried.insert(who.clone()), "each time another one");
        looks.push(at.as_secs());
        rows.refused(&Due { target: who.clone(), ..due(0, 0) }, &no_mailbox(), at, at);
    }
    assert_eq!(looks, [9, 24, 69, 204, 609]);
    assert_eq!(rows.refuted(KIND, 700 * SECOND).len(), 30);
}

#[test]
fn who_took_a_photo_before_is_a_sign_until_it_is_believed_and_who_is_refused_like_that_proves_nothing() {
    let mut rows = RefusalRows::default();
    assert!(rows.is_sign(KIND, true, &no_mailbox()) && !rows.is_sign(KIND, false, &no_mailbox()));
    assert!(!rows.is_sign(KIND, true, &failure(Class::KindForbidden, "x")));
    refuse(&mut rows, 0..1);
    assert!(!rows.is_alike(KIND, &no_mailbox()));
    rows.refused(&Due { ours: Some(None), ..due(1, 0) }, &no_mailbox(), SECOND, SECOND);
    assert!(rows.is_alike(KIND, &no_mailbox()) && !rows.is_alike(KIND, &failure(Class::Guest, "x")));
    rows.believe(KIND);
    assert!(!rows.is_sign(KIND, true, &no_mailbox()) && rows.is_sign(TargetKind::Group, true, &no_mailbox()));
    assert!(!rows.is_alike(KIND, &no_mailbox()));
    rows.refuted(KIND, SECOND);
    assert!(rows.is_sign(KIND, true, &no_mailbox()));
}

#[test]
fn few_of_another_kind_that_were_refused_likewise_are_looked_at_with_the_row() {
    let group = |number: usize| TargetId::Group(crate::model::ObjectId::new(&number.to_string()));
    let world = |users: usize, refusal: &Failure| {
        let mut rows = RefusalRows::default();
        refuse(&mut rows, 0..users);
        for number in 0..3 {
            rows.refused(&Due { target: group(number), ..due(0, 0) }, refusal, SECOND, SECOND);
        }
        let again = rows.refuted(KIND, 30 * SECOND);
        again.iter().filter(|(target, _)| target.kind() == TargetKind::Group).count()
    };
    assert_eq!(world(12, &no_mailbox()), 3);
    assert_eq!(world(4, &no_mailbox()), 0, "four users are no row");
    assert_eq!(world(12, &failure(Class::Guest, "x")), 0, "refused for another reason");
}
