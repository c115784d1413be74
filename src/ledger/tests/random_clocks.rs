//! Clocks that jump while passes come and go.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const DAY: i64 = 24 * 3_600_000;
/// 2023.
const START: i64 = 1_700_000_000_000;

/// A machine with two clocks.
#[derive(Clone)]
struct Machine {
    wall: i64,
    steady: i64,
    boot: u32,
}

impl Machine {
    fn new() -> Self {
        Self { wall: START, steady: DAY, boot: 0 }
    }

    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(self.wall)
    }

    async fn pass(&self, ledger: &Ledger) -> i64 {
        let steady = Steady { boot: self.boot.to_string(), millis: self.steady };
        ledger.begin_pass(PassCause::Reconcile, self.wall(), steady).await.unwrap()
    }

    fn passes(&mut self, millis: i64) {
        self.wall += millis;
        self.steady += millis;
    }
}

fn backup(pass: i64, at: Timestamp) -> BackupRow {
    BackupRow {
        backup: 0,
        target: user("a"),
        pass,
        at,
        file: Some("a.jpg".into()),
        digest: Some(Digest::of(b"theirs")),
        bytes: 6,
        etag: None,
        doubtful: false,
        overwritten: Overwritten::Perhaps,
    }
}

/// The photo of `a` is delivered in a pass, and then its file is gone.
async fn gone_since(ledger: &Ledger, since: Timestamp) {
    ledger.commit(Commit { events: rows(vec![wish("a", 1)]), ..Commit::default() }, since).await.unwrap();
    let one = due(ledger, since).await.remove(0);
    ledger.record(attempt(&one, Outcome::Delivered { etag: None })).await.unwrap();
    let gone = Gone {
        target: user("a"),
        label: "a".into(),
        path: path("a"),
        since,
        root: "r".into(),
        under_way: false,
        digest: None,
        fate: crate::model::Fate::Gone,
    };
    let absences = Some(Absences { seen: vec![gone], ..Absences::default() });
    ledger.commit(Commit { absences, ..events(vec![(user("a"), Event::Release)]) }, since).await.unwrap();
}

#[tokio::test]
async fn a_jump_begins_every_age_again() {
    let state = tempfile::tempdir().unwrap();
    let at = state.path().join("l.db");
    let (ledger, mut machine) = (open(&at), Machine::new());
    machine.pass(&ledger).await;
    gone_since(&ledger, machine.wall()).await;
    let reader = Reader::open(&at).unwrap();
    let since = |now: Timestamp| reader.remembered(now).unwrap().gone[0].since;
    machine.passes(DAY);
    machine.pass(&ledger).await;
    assert_eq!(since(machine.wall()).millis(), START, "time passed as it does");
    for jump in [3_000 * DAY, -4_000 * DAY, -START, 25 * 365 * DAY] {
        machine.wall += jump;
        machine.pass(&ledger).await;
        assert_eq!(since(machine.wall()), machine.wall(), "after a jump of {jump}");
        machine.passes(DAY);
        machine.pass(&ledger).await;
        assert_eq!(since(machine.wall()).millis(), machine.wall - DAY, "a day after a jump of {jump}");
    }
}

#[tokio::test]
async fn numbers_are_never_used_again_and_undo_outlives_the_journal() {
    let state = tempfile::tempdir().unwrap();
    let at = state.path().join("l.db");
    let (ledger, mut machine) = (open(&at), Machine::new());
    machine.pass(&ledger).await;
    ledger.add_backup(backup(1, machine.wall())).await.unwrap();
    gone_since(&ledger, machine.wall()).await;
    machine.passes(200 * DAY);
    let second = machine.pass(&ledger).await;
    let reader = Reader::open(&at).unwrap();
    assert_eq!(second, 2, "the first is in no row of the journal any more");
    assert!(reader.attempts(&user("a"), 10).unwrap().is_empty());
    let undone = reader.undo_of(1).unwrap();
    assert_eq!(undone, [(user("a"), "a@x".to_owned(), Some(1))]);
    assert!(reader.undo_of(2).unwrap().is_empty());
    ledger.forget_backups(Timestamp::from_millis(i64::MAX)).await.unwrap();
    drop(ledger);
    machine.passes(200 * DAY);
    let ledger = open(&at);
    assert_eq!(machine.pass(&ledger).await, 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the clocks do: numbers only grow, and nothing is older than the steady clock has it.
    #[test]
    fn random_clocks_make_nothing_older_than_it_is(
        steps in proptest::collection::vec((0_i64..5 * DAY, -60_000 * DAY..60_000 * DAY, 0_u8..6), 1..40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let state = tempfile::tempdir().unwrap();
            let at = state.path().join("l.db");
            let (ledger, mut machine) = (open(&at), Machine::new());
            let mut last = machine.pass(&ledger).await;
            gone_since(&ledger, machine.wall()).await;
            let reader = Reader::open(&at).unwrap();
            // Time that truly passed since the file was gone; while the machine is off, the wall clock alone tells.
            let mut age = 0;
            for (passed, jump, what) in steps {
                match what {
                    0 => machine.wall = machine.wall.saturating_add(jump),
                    1 => (machine.boot, machine.steady) = (machine.boot + 1, 0),
                    2 => (machine.boot, machine.steady, machine.wall) = (machine.boot + 1, 0, machine.wall.saturating_add(jump.max(40 * DAY))),
                    _ => {}
                }
                machine.passes(passed);
                age += passed;
                let pass = machine.pass(&ledger).await;
                assert!(pass > last, "{pass} after {last}");
                last = pass;
                let since = reader.remembered(machine.wall()).unwrap().gone[0].since;
                let seems = machine.wall().since(since);
                assert!(seems <= Duration::from_millis(age.unsigned_abs()), "{seems:?} of {age} ms");
                assert!(since <= machine.wall());
            }
        });
    }
}
