use super::*;
use crate::model::TargetKind;
use crate::status::{Condition, MissingPermissions};

const BEGIN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

fn at(seconds: u64) -> Timestamp {
    BEGIN.plus(Duration::from_secs(seconds))
}

fn trouble<R>(reason: R) -> Condition<R> {
    Condition { reason, message: "users/anna@contoso.com.jpg".to_owned(), since: BEGIN }
}

#[test]
fn each_event_is_told_once_and_its_end_too() {
    let mut told = AlertState::new(None, BEGIN);
    let mut now = ServiceStatus::default();
    assert!(told.hear(&now, at(0)).is_empty());
    now.halted = Some(trouble(Guard::EmptySource));
    assert_eq!(told.hear(&now, at(1)), [Alert::Halted { pass: 0, guard: Guard::EmptySource }]);
    assert!(told.hear(&now, at(2)).is_empty());
    now.halted = Some(trouble(Guard::Removals));
    assert_eq!(told.hear(&now, at(3)).len(), 1, "another halt is another event");
    now.halted = None;
    assert_eq!(told.hear(&now, at(4)), [Alert::HaltEnded { pass: 0 }]);
    now.sign_in = Some(trouble(Reason::SignIn));
    assert_eq!(told.hear(&now, at(5)), [Alert::SignIn { pass: None }]);
    now.sign_in = Some(trouble(Reason::Transient));
    assert!(told.hear(&now, at(6)).is_empty(), "nobody knows");
    now.sign_in = None;
    assert_eq!(told.hear(&now, at(7)), [Alert::SignInWorks]);
    assert!(told.hear(&now, at(8)).is_empty());
}

#[test]
fn every_condition_is_told_by_its_name_and_so_is_its_end() {
    let mut told = AlertState::new(None, BEGIN);
    let full = ServiceStatus { ledger: Some(trouble("ledger".to_owned())), ..ServiceStatus::default() };
    let table = ServiceStatus { trouble: Some(trouble(PassFailure::TableUnusable)), ..ServiceStatus::default() };
    let both = ServiceStatus { trouble: table.trouble.clone(), ..full.clone() };
    let began = |name: &str| Alert::ConditionBegan { name: name.to_owned() };
    let ended = |name: &str, lasted_s| Alert::ConditionEnded { name: name.to_owned(), lasted_s };
    assert_eq!(told.hear(&full, at(1)), [began("ledger_unwritable")]);
    assert!(told.hear(&full, at(2)).is_empty());
    assert_eq!(told.hear(&both, at(3)), [began("table_unusable")]);
    assert_eq!(told.hear(&table, at(5)), [ended("ledger_unwritable", 4)]);
    assert_eq!(told.hear(&ServiceStatus::default(), at(8)), [ended("table_unusable", 5)]);
}

#[test]
fn an_outage_is_told_when_it_lasts() {
    let mut told = AlertState::new(None, BEGIN);
    let (well, down) = (ServiceStatus::default(), ServiceStatus { unreachable_since: Some(BEGIN), ..ServiceStatus::default() });
    let away = ServiceStatus { sign_in: Some(trouble(Reason::Transient)), ..ServiceStatus::default() };
    for (second, snapshot) in [(0, &down), (9, &down), (9, &well), (10, &away), (19, &down)] {
        assert!(told.hear(snapshot, at(second)).is_empty(), "{second}");
    }
    assert_eq!(told.hear(&away, at(20)), [Alert::OutageBegan]);
    assert!(told.hear(&down, at(100)).is_empty());
    assert_eq!(told.hear(&well, at(130)), [Alert::OutageEnded { lasted_s: 120 }]);
}

#[test]
fn a_permission_that_comes_and_goes_is_told_once_a_day() {
    let mut told = AlertState::new(None, BEGIN);
    let lacking = |kinds: &[TargetKind]| {
        let lacking = MissingPermissions(kinds.iter().copied().map(Permission::Photos).collect());
        ServiceStatus { forbidden: Some(trouble(lacking)), ..ServiceStatus::default() }
    };
    let (well, lacks) = (ServiceStatus::default(), lacking(&[TargetKind::Team]));
    let more = lacking(&[TargetKind::Group, TargetKind::Team]);
    let forbidden = |told: &mut AlertState, snapshot, second| {
        let news = told.hear(snapshot, at(second));
        news.iter().filter(|news| matches!(news, Alert::KindForbidden { .. })).count()
    };
    let steps =
        [(&lacks, 0, 1), (&lacks, 1, 0), (&well, 2, 0), (&lacks, 3, 0), (&more, 4, 1), (&well, 5, 0), (&lacks, 86_400, 1)];
    for (snapshot, second, count) in steps {
        assert_eq!(forbidden(&mut told, snapshot, second), count, "{second}");
    }
}

#[test]
fn the_digest_comes_once_a_day_and_counts_since_the_last() {
    let mut told = AlertState::new(None, BEGIN);
    let mut now = ServiceStatus::default();
    let mut digests = Vec::new();
    for hour in 0..72 {
        now.totals.delivered += 1;
        now.totals.removed = now.totals.delivered * 2;
        digests.extend(told.hear(&now, at(hour * 3600)));
    }
    let deliveries: Vec<u64> = digests
        .iter()
        .map(|news| match news {
            Alert::Digest { delivered, removed, .. } if *removed == delivered * 2 => *delivered,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(deliveries.len(), 3);
    assert!((1..=24).contains(&deliveries[0]) && deliveries[1..].iter().all(|count| (23..=25).contains(count)), "{deliveries:?}");
}

#[test]
fn the_digest_leads_with_what_is_wrong_as_status_does() {
    let well = ServiceStatus { phase: crate::status::Phase::Running, ..ServiceStatus::default() };
    let digest = |snapshot: &ServiceStatus| {
        let mut told = AlertState::new(None, BEGIN);
        told.hear(snapshot, at(25 * 3600)).pop().unwrap()
    };
    for (snapshot, name, words, wanted, as_of) in [
        (
            ServiceStatus { halted: Some(trouble(Guard::EmptySource)), ..well.clone() },
            "empty_source",
            "Halted",
            NewsTone::Bad,
            true,
        ),
        (ServiceStatus { sign_in: Some(trouble(Reason::SignIn)), ..well.clone() }, "sign_in", "sign in", NewsTone::Bad, false),
        (
            ServiceStatus { unreachable_since: Some(BEGIN), ..well.clone() },
            "graph_unreachable",
            "can't be reached",
            NewsTone::Warn,
            false,
        ),
        (
            ServiceStatus { trouble: Some(trouble(PassFailure::TableUnusable)), ..well.clone() },
            "table_unusable",
            "trouble",
            NewsTone::Bad,
            true,
        ),
    ] {
        let Alert::Digest { verdict, tone, conditions, dated, .. } = digest(&snapshot) else { panic!("{name}") };
        assert!(verdict.contains(words), "{name}: {verdict}");
        assert_eq!((tone, conditions, dated), (wanted, vec![name.to_owned()], as_of), "{name}");
    }
    let Alert::Digest { tone, conditions, dated, .. } = digest(&well) else { panic!() };
    assert_eq!((tone, conditions.len(), dated), (NewsTone::Good, 0, false));
}

/// What is kept, as it is read after a restart.
fn restarted(before: &AlertState, now: Timestamp) -> AlertState {
    let kept = serde_json::to_string(before.told()).unwrap();
    assert!(!kept.contains("anna"), "{kept}");
    AlertState::new(Some(serde_json::from_str(&kept).unwrap()), now)
}

#[test]
fn over_restarts_each_event_is_told_once_and_its_end_too() {
    let lacking = MissingPermissions([Permission::Photos(TargetKind::Team)].into());
    let starting = ServiceStatus::default();
    let well = ServiceStatus { phase: Phase::Running, ..ServiceStatus::default() };
    for (wrong, ended) in [
        (ServiceStatus { halted: Some(trouble(Guard::EmptySource)), ..well.clone() }, "HaltEnded"),
        (ServiceStatus { sign_in: Some(trouble(Reason::SignIn)), ..well.clone() }, "SignInWorks"),
        (ServiceStatus { unreachable_since: Some(BEGIN), ..well.clone() }, "OutageEnded"),
        (ServiceStatus { ledger: Some(trouble("ledger".to_owned())), ..well.clone() }, "ConditionEnded"),
        (ServiceStatus { forbidden: Some(trouble(lacking)), ..well.clone() }, "KindAllowed"),
    ] {
        let mut told = AlertState::new(None, BEGIN);
        let began = [told.hear(&wrong, at(1)), told.hear(&wrong, at(20))].concat();
        assert_eq!(began.len(), 1, "{ended}: {began:?}");
        let mut told = restarted(&told, at(30));
        for (second, snapshot) in [(31, &starting), (32, &wrong), (60, &wrong)] {
            assert_eq!(told.hear(snapshot, at(second)), [], "{ended}: it stands, and was told");
        }
        let mut told = restarted(&told, at(70));
        for (second, snapshot) in [(71, &starting), (72, &well), (73, &well)] {
            assert_eq!(told.hear(snapshot, at(second)), [], "{ended}: nothing has shown yet");
        }
        let over = told.hear(&well, at(200));
        assert!(over.len() == 1 && format!("{over:?}").contains(ended), "{ended}: {over:?}");
        let mut told = restarted(&told, at(300));
        assert_eq!([told.hear(&well, at(301)), told.hear(&well, at(400))].concat(), [], "{ended}: once");
    }
}

#[test]
fn a_permission_is_there_again_when_nothing_was_refused_for_a_while() {
    let lacking = MissingPermissions([Permission::Photos(TargetKind::User)].into());
    let lacks = ServiceStatus { forbidden: Some(trouble(lacking)), phase: Phase::Running, ..ServiceStatus::default() };
    let well = ServiceStatus { phase: Phase::Running, ..ServiceStatus::default() };
    let mut told = AlertState::new(None, BEGIN);
    let heard: Vec<Alert> = [(1, &lacks), (2, &well), (30, &lacks), (31, &well), (90, &well), (91, &well), (200, &well)]
        .into_iter()
        .flat_map(|(second, snapshot)| told.hear(snapshot, at(second)))
        .collect();
    assert_eq!(heard, [Alert::KindForbidden { pass: None, blocked: 0 }, Alert::KindAllowed]);
    assert_eq!(told.hear(&lacks, at(300)).len(), 1, "and if it is missing again, that is news");
    // A life that tried nothing does not know.
    let held = ServiceStatus { targets: crate::ledger::Counts { blocked: 3, ..Default::default() }, ..well };
    let mut told = restarted(&told, at(310));
    assert_eq!([told.hear(&held, at(311)), told.hear(&held, at(900))].concat(), []);
}
