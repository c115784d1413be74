use proptest::prelude::*;

use super::*;
use crate::model::Problem;
use crate::testing::cases;

fn item(reason: Reason, cure: &str, since: i64, until: Option<i64>) -> HeldItem {
    let problem = Problem::new(reason, "found").with_cure(cure);
    HeldItem { until: until.map(Timestamp::from_millis), ..HeldItem::new(&problem).since(Timestamp::from_millis(since)) }
}

#[test]
fn things_of_one_cause_are_told_together_and_the_newest_of_them_stand_for_all() {
    let refused =
        (0..50).map(|at| item(Reason::PhotoRefused, &format!("cure of person {at}"), at, None).of_file(format!("{at}.jpg")));
    let lacking = [("grant one", 3), ("grant another", 2)];
    let lacking = lacking.iter().flat_map(|(cure, many)| (0..*many).map(|at| item(Reason::NotPermitted, cure, at, None)));
    let waiting = (0..4).map(|at| item(Reason::Throttled, "", 60 + at, Some(1_060 + at)));
    let kept = [item(Reason::UserPhoto, "", 1, None)];
    let causes = Causes::of(refused.chain(lacking).chain(waiting).chain(kept), 3).0;
    let told: Vec<_> = causes.iter().map(|cause| (cause.reason, cause.count, cause.examples.len())).collect();
    let expected = [
        (Reason::PhotoRefused, 50, 3),
        (Reason::NotPermitted, 3, 3),
        (Reason::NotPermitted, 2, 2),
        (Reason::UserPhoto, 1, 1),
        (Reason::Throttled, 4, 3),
    ];
    assert_eq!(told, expected);
    let newest: Vec<&str> = causes[0].examples.iter().filter_map(|item| item.path.as_deref()).collect();
    assert_eq!(newest, ["49.jpg", "48.jpg", "47.jpg"]);
    assert_eq!(causes[0].since, Some(Timestamp::from_millis(0)));
    assert_eq!(causes[0].cure, Reason::PhotoRefused.cure(), "a cure of somebody's own is not that of all");
    assert_eq!((&*causes[1].cure, &*causes[2].cure), ("grant one", "grant another"));
    assert_eq!((causes[4].until, causes[4].actor()), (Some(Timestamp::from_millis(1_060)), Actor::Itself));
    assert_eq!(Causes::of([], 3), Causes::default());
    // What can't go back has another cure than what can't be kept; and what all meet on their way is told once for all.
    let backups = ["free some space", "put it back"].map(|cure| item(Reason::NoBackup, cure, 1, None));
    let alike = (0..3).map(|at| item(Reason::Transient, "check the proxy", at, None));
    let told = |items: Vec<HeldItem>| Causes::of(items, 3).0.into_iter().map(|cause| cause.cure).collect::<Vec<_>>();
    assert_eq!(told(backups.to_vec()), ["free some space", "put it back"]);
    assert_eq!(told(alike.clone().collect()), ["check the proxy"]);
    assert_eq!(told(alike.chain([item(Reason::Transient, "wait", 9, None)]).collect()), [Reason::Transient.cure()]);
}

proptest! {
    #![proptest_config(cases(64))]

    /// Each thing has exactly one cause, and in which order things come makes no difference.
    #[test]
    fn causes_part_everything(
        things in prop::collection::vec((0..Reason::ALL.len(), 0..3_i64, prop::option::of(0..9_i64), 0..2_u8), 0..60),
        most in 0..4_usize,
    ) {
        let items: Vec<HeldItem> = things
            .iter()
            .enumerate()
            .map(|(at, (reason, since, until, cure))| {
                item(Reason::ALL[*reason], &format!("cure {cure}"), *since, *until).of_file(at.to_string())
            })
            .collect();
        let causes = Causes::of(items.clone(), most);
        prop_assert_eq!(causes.0.iter().map(|cause| cause.count as usize).sum::<usize>(), items.len());
        for cause in &causes.0 {
            let alike = |item: &&HeldItem| {
                let exact = !has_exact_cure(item.reason) || item.cure == cause.cure;
                (item.reason, item.until.is_some()) == (cause.reason, cause.waits) && exact
            };
            let alike: Vec<&HeldItem> = items.iter().filter(alike).collect();
            prop_assert_eq!(alike.len(), cause.count as usize);
            prop_assert_eq!(alike.iter().filter_map(|item| item.since).min(), cause.since);
            prop_assert_eq!(alike.iter().filter_map(|item| item.until).min(), cause.until);
            prop_assert_eq!(cause.actor() == Actor::Itself, cause.waits || cause.reason.actor() == Actor::Itself);
            prop_assert_eq!(cause.examples.len(), alike.len().min(most));
            let oldest = cause.examples.iter().filter_map(|item| item.since).min();
            let left_out = alike.iter().filter(|item| !cause.examples.contains(item));
            prop_assert!(left_out.filter_map(|item| item.since).all(|since| oldest.is_none_or(|oldest| since <= oldest)));
        }
        prop_assert!(causes.0.is_sorted_by_key(|cause| !cause.needs_person()));
        prop_assert!(causes.0.iter().all(|cause| !cause.waits || !cause.needs_person()));
        let backwards = Causes::of(items.into_iter().rev(), most);
        prop_assert_eq!(causes, backwards);
    }
}
