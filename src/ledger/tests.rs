//! The ledger as a story: what is written is what is read, across restarts and out-of-order outcomes.

use std::collections::HashSet;
use std::path::Path;

use super::*;
use crate::flow::LONGEST;
use crate::model::target_state::{Event, Wanted};
use crate::model::{
    Arrival, DeliveryState, Digest, Fingerprint, Generation, Gone, KnownFile, ObjectId, Outcome, PassCause, PhotoVersion,
    Problem, Reason, RecipeId, SourcePath, Steady, TargetId, Timestamp, Trace,
};

mod random_clocks;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// A steady clock that agrees with the wall.
fn steady(at: Timestamp) -> Steady {
    Steady { boot: String::new(), millis: at.millis() }
}

fn later(seconds: u64) -> Timestamp {
    NOW.plus(std::time::Duration::from_secs(seconds))
}

fn open(path: &Path) -> Ledger {
    Ledger::open(path, &Identity { cloud: "global".into(), tenant: "t".into() }, NOW).unwrap()
}

fn user(name: &str) -> TargetId {
    TargetId::User(ObjectId::new(name))
}

fn path(name: &str) -> SourcePath {
    SourcePath::new(name).unwrap()
}

fn version(byte: u8) -> PhotoVersion {
    PhotoVersion { digest: Digest::from_bytes([byte; 32]), recipe: RecipeId::new("r") }
}

fn wish(name: &str, byte: u8) -> (TargetId, Event) {
    (
        user(name),
        Event::Desire(Wanted { label: format!("{name}@x"), path: path(name), version: version(byte), account_created: None }),
    )
}

fn file(name: &str) -> KnownFile {
    KnownFile {
        path: path(name),
        fingerprint: Fingerprint { size: 7, mtime_ns: -1, ctime_ns: i64::MAX, inode: u64::MAX, device: 3 },
        digest: Some(Digest::from_bytes([1; 32])),
        read_at: NOW,
        rule: Some("rule".into()),
        reference: Some(format!("user:mail:{name}").into()),
        label: Some(name.into()),
        target: Some(user(name)),
        bound_at: Some(NOW),
        held: Some(Box::new((Problem::new(Reason::DuplicateFiles, "two"), NOW))),
        moved_to: None,
    }
}

fn held(name: &str) -> (TargetId, Event) {
    (user(name), Event::Hold { problem: Problem::new(Reason::DuplicateFiles, "two"), path: None })
}

/// These events, and nothing else.
fn events(events: Vec<(TargetId, Event)>) -> Commit {
    Commit { events: rows(events), ..Commit::default() }
}

fn attempt(due: &Due, outcome: Outcome) -> Attempt {
    Attempt { due: due.clone(), pass: 1, at: later(1), outcome, trace: Trace { status: Some(500), ..Trace::default() } }
}

fn wait(until: Timestamp, counts: bool) -> Outcome {
    Outcome::Wait { until, problem: Problem::new(Reason::Transient, "500"), counts }
}

async fn due(ledger: &Ledger, now: Timestamp) -> Vec<Due> {
    ledger.read(move |reader| reader.due(now, LONGEST, 100, &HashSet::new(), None)).await.unwrap()
}

/// Everything, as a pass would see it if nothing stood still.
async fn view(ledger: &Ledger) -> crate::model::LedgerView {
    let view = |reader: &Reader| {
        let paths: Vec<SourcePath> = reader.file_stamps()?.files.into_iter().map(|note| note.path).collect();
        let mut view = reader.view(&paths)?;
        view.targets.extend(reader.known_targets(&[user("a"), user("r")])?);
        Ok(view)
    };
    ledger.read(view).await.unwrap()
}

fn rows<T: Send + 'static>(all: Vec<T>) -> Rows<T> {
    Box::new(all.into_iter())
}

async fn commit_wishes(ledger: &Ledger, wishes: Vec<(TargetId, Event)>, now: Timestamp) {
    ledger.commit(events(wishes), now).await.unwrap();
}

#[tokio::test]
async fn what_is_written_survives_a_restart() {
    let state = tempfile::tempdir().unwrap();
    let at = state.path().join("l.db");
    let ledger = open(&at);
    let commit = Commit { files: rows(vec![file("b"), file("a")]), events: rows(vec![wish("a", 1)]), ..Commit::default() };
    ledger.commit(commit, NOW).await.unwrap();
    drop(ledger);
    let ledger = open(&at);
    let seen = view(&ledger).await;
    assert_eq!(seen.files, [file("a"), file("b")]);
    assert_eq!(seen.targets[&user("a")].desired, Some(version(1)));
    ledger.commit(Commit { gone: vec![path("a")], ..Commit::default() }, NOW).await.unwrap();
    assert_eq!(view(&ledger).await.files, [file("b")]);
}

#[tokio::test]
async fn the_newest_wish_comes_first_and_waits_come_when_they_are_over() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(&state.path().join("l.db"));
    commit_wishes(&ledger, vec![wish("a", 1), wish("b", 1)], NOW).await;
    commit_wishes(&ledger, vec![wish("c", 1)], later(5)).await;
    let names = |due: &[Due]| due.iter().map(|due| due.target.to_string()).collect::<Vec<_>>();
    let found = due(&ledger, NOW).await;
    assert_eq!(names(&found)[0], "user:c");
    assert_eq!(found.len(), 3);
    ledger.record(attempt(&found[0], wait(later(60), true))).await.unwrap();
    assert_eq!(due(&ledger, later(59)).await.len(), 2);
    assert_eq!(ledger.read(|reader| reader.next_due(NOW, None)).await.unwrap(), Some(later(60)));
    let again = due(&ledger, later(60)).await;
    // Every second place is for a wait that is over.
    assert_eq!((again.len(), again[1].attempts, again[1].failing_since), (3, 1, Some(later(1))));
    let taken = HashSet::from([user("a"), user("c")]);
    let rest = ledger.read(move |reader| reader.due(later(60), LONGEST, 100, &taken, None)).await.unwrap();
    assert_eq!(names(&rest), ["user:b"]);
}

#[tokio::test]
async fn a_late_outcome_of_an_older_wish_does_not_win() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(&state.path().join("l.db"));
    commit_wishes(&ledger, vec![wish("a", 1)], NOW).await;
    let old = due(&ledger, NOW).await.remove(0);
    commit_wishes(&ledger, vec![wish("a", 2)], later(1)).await;
    ledger.record(attempt(&old, Outcome::Blocked { problem: Problem::new(Reason::PhotoRefused, "") })).await.unwrap();
    ledger.record(attempt(&old, Outcome::Delivered { etag: None })).await.unwrap();
    let known = view(&ledger).await.targets.remove(&user("a")).unwrap();
    assert_eq!((known.state, known.delivered, known.desired), (DeliveryState::Due, Some(version(1)), Some(version(2))));
    let new = due(&ledger, NOW).await.remove(0);
    assert_eq!(new.generation, Generation(2));
    ledger.record(attempt(&new, Outcome::Delivered { etag: Some("e".into()) })).await.unwrap();
    let known = view(&ledger).await.targets.remove(&user("a")).unwrap();
    assert_eq!((known.state, known.delivered), (DeliveryState::InStep, Some(version(2))));
    assert_eq!(ledger.read(Reader::counts).await.unwrap(), Counts { in_step: 1, ..Counts::default() });
}

#[tokio::test]
async fn a_photo_that_comes_out_the_same_counts_as_delivered() {
    let state = tempfile::tempdir().unwrap();
    let at = state.path().join("l.db");
    let ledger = open(&at);
    let sent = Digest::from_bytes([7; 32]);
    let given = |due: &Due| match &due.action {
        DueAction::Upload { given, .. } => *given,
        DueAction::Remove { .. } | DueAction::Restore { .. } => panic!("nobody asked for a removal"),
    };
    commit_wishes(&ledger, vec![wish("a", 1)], NOW).await;
    let first = due(&ledger, NOW).await.remove(0);
    assert_eq!(given(&first), None, "nothing was sent yet");
    let trace = Trace { sent: Some(sent), note: Some("turned upright".into()), ..Trace::default() };
    ledger.record(Attempt { trace, ..attempt(&first, Outcome::Delivered { etag: Some("e".into()) }) }).await.unwrap();
    // Wanted once more though it is what was delivered: then the tenant may hold another one, and it is sent.
    commit_wishes(&ledger, vec![wish("a", 1)], later(1)).await;
    assert_eq!(given(&due(&ledger, later(1)).await.remove(0)), None);
    // The same if something else was wanted meanwhile: a try that nobody heard of may have put it there.
    commit_wishes(&ledger, vec![wish("a", 2)], later(1)).await;
    assert_eq!(given(&due(&ledger, later(1)).await.remove(0)), None);
    commit_wishes(&ledger, vec![wish("a", 1)], later(1)).await;
    let again = due(&ledger, later(1)).await.remove(0);
    let trace = Trace { sent: Some(sent), note: Some("turned upright".into()), ..Trace::default() };
    ledger.record(Attempt { trace, ..attempt(&again, Outcome::Delivered { etag: None }) }).await.unwrap();
    let accepted_at = Reader::open(&at).unwrap().target_rows(&[user("a")]).unwrap().remove(0).delivered.unwrap().1;
    commit_wishes(&ledger, vec![wish("a", 2)], later(2)).await;
    let second = due(&ledger, later(2)).await.remove(0);
    assert_eq!(given(&second), Some(sent));
    ledger.record(attempt(&second, Outcome::Same)).await.unwrap();
    let row = Reader::open(&at).unwrap().target_rows(&[user("a")]).unwrap().remove(0);
    assert_eq!((row.state, row.note.as_deref()), (DeliveryState::InStep, Some("turned upright")));
    assert_eq!(row.delivered, Some((version(2), accepted_at)), "accepted when it was accepted");
    // What was taken out is not there to be the same as.
    commit_wishes(&ledger, vec![wish("a", 3)], later(3)).await;
    let third = due(&ledger, later(3)).await.remove(0);
    ledger.record(attempt(&third, Outcome::Removed)).await.unwrap();
    commit_wishes(&ledger, vec![wish("a", 4)], later(4)).await;
    assert_eq!(given(&due(&ledger, later(4)).await.remove(0)), None);
}

#[tokio::test]
async fn what_is_held_is_told_once_and_retry_makes_it_due() {
    let state = tempfile::tempdir().unwrap();
    let at = state.path().join("l.db");
    let ledger = open(&at);
    // Two files of a known target, one of an unknown one, and one the tenant refuses.
    let unknown = KnownFile { path: path("z"), target: None, reference: Some("user:mail:z".into()), ..file("z") };
    let commit = Commit {
        files: rows(vec![file("a"), KnownFile { path: path("a2"), ..file("a") }, unknown]),
        events: rows(vec![wish("a", 1), wish("r", 1)]),
        ..Commit::default()
    };
    ledger.commit(commit, NOW).await.unwrap();
    ledger.commit(events(vec![held("a")]), NOW).await.unwrap();
    let refused = due(&ledger, NOW).await.remove(0);
    ledger.record(attempt(&refused, Outcome::Blocked { problem: Problem::new(Reason::PhotoRefused, "400") })).await.unwrap();
    assert_eq!(ledger.read(Reader::counts).await.unwrap(), Counts { blocked: 3, ..Counts::default() });
    let told: Vec<String> = ledger
        .read(Reader::held)
        .await
        .unwrap()
        .iter()
        .map(|row| format!("{} {}", row.path.as_ref().unwrap(), row.problem.reason))
        .collect();
    assert_eq!(told, ["a duplicate_files", "a2 duplicate_files", "z duplicate_files", "r photo_refused"]);
    assert_eq!(ledger.retry(Some(vec!["R@X".into(), "nobody".into()]), NOW).await.unwrap(), 1);
    assert_eq!(due(&ledger, NOW).await.len(), 1);
    ledger.commit(events(vec![(user("r"), Event::Release)]), NOW).await.unwrap();
    assert!(due(&ledger, NOW).await.is_empty(), "nothing goes to a released target");
    let reader = Reader::open(&at).unwrap();
    assert_eq!(reader.counts().unwrap().blocked, 2);
    assert_eq!(reader.attempts(&user("r"), 10).unwrap().len(), 1);
    assert_eq!(reader.target_rows(&[user("r"), user("nobody")]).unwrap().len(), 1);
}

#[tokio::test]
async fn a_wish_that_is_let_go_unheard_makes_unsure_what_the_tenant_holds() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(&state.path().join("l.db"));
    let unsure = async || ledger.read(|reader| reader.known_targets(&[user("a")])).await.unwrap()[&user("a")].uncertain;
    let deliver = async || {
        let one = due(&ledger, NOW).await.remove(0);
        ledger.record(attempt(&one, Outcome::Delivered { etag: None })).await.unwrap();
    };
    let release = || events(vec![(user("a"), Event::Release)]);
    commit_wishes(&ledger, vec![wish("a", 1)], NOW).await;
    deliver().await;
    ledger.commit(release(), NOW).await.unwrap();
    assert!(!unsure().await, "it was delivered, and its file went");
    // Another picture may be on its way when the file goes: it was sent or not.
    commit_wishes(&ledger, vec![wish("a", 2)], NOW).await;
    ledger.commit(release(), NOW).await.unwrap();
    assert!(unsure().await);
    ledger.commit(release(), NOW).await.unwrap();
    commit_wishes(&ledger, vec![wish("a", 1)], NOW).await;
    assert!(unsure().await, "until it is known");
    deliver().await;
    assert!(!unsure().await);
    // The same for a hold, a file that moved on, and the tenant's no.
    let hold = events(vec![held("a")]);
    ledger.commit(hold, NOW).await.unwrap();
    assert!(!unsure().await, "nothing else was wanted");
    for outcome in [Outcome::Superseded, Outcome::Blocked { problem: Problem::new(Reason::FileUnreadable, "closed") }] {
        commit_wishes(&ledger, vec![wish("a", 3)], NOW).await;
        let one = due(&ledger, NOW).await.remove(0);
        ledger.record(attempt(&one, outcome)).await.unwrap();
        assert!(unsure().await);
        commit_wishes(&ledger, vec![wish("a", 1)], NOW).await;
        deliver().await;
        assert!(!unsure().await);
    }
}

#[tokio::test]
async fn a_photo_that_may_be_ours_is_left_to_a_person() {
    /// What was heard of the last upload before the photo is to go.
    #[derive(Clone, Copy, PartialEq, Debug)]
    enum Last {
        Unheard,
        Unnamed,
        Named,
        OnItsWay,
    }
    for (last, file_is_gone) in
        [Last::Unheard, Last::Unnamed, Last::Named, Last::OnItsWay].into_iter().flat_map(|last| [(last, true), (last, false)])
    {
        let state = tempfile::tempdir().unwrap();
        let at = state.path().join("l.db");
        let mut ledger = open(&at);
        commit_wishes(&ledger, vec![wish("a", 1)], NOW).await;
        let first = due(&ledger, NOW).await.remove(0);
        let attempt = if last == Last::Unheard {
            Attempt { trace: Trace { arrival: Arrival::Unknown, ..Trace::default() }, ..attempt(&first, wait(NOW, true)) }
        } else {
            attempt(&first, Outcome::Delivered { etag: (last != Last::Unnamed).then(|| "W/1".into()) })
        };
        ledger.record(attempt).await.unwrap();
        if last == Last::OnItsWay {
            commit_wishes(&ledger, vec![wish("a", 2)], NOW).await;
        }
        if file_is_gone {
            let gone = Gone {
                target: user("a"),
                label: "a".into(),
                path: path("a"),
                since: NOW,
                root: "root".into(),
                under_way: false,
                digest: None,
                fate: crate::model::Fate::Gone,
            };
            let absences = Some(Absences { seen: vec![gone], ..Absences::default() });
            ledger.commit(Commit { absences, ..events(vec![(user("a"), Event::Release)]) }, NOW).await.unwrap();
        } else {
            // Who opts out keeps the file.
            ledger.commit(events(vec![(user("a"), Event::Remove)]), NOW).await.unwrap();
        }
        if last == Last::OnItsWay {
            drop(ledger);
            ledger = open(&at);
        }
        if file_is_gone {
            ledger.commit(events(vec![(user("a"), Event::Remove)]), NOW).await.unwrap();
        }
        ledger.record(super::tests::attempt(&due(&ledger, NOW).await.remove(0), Outcome::NotOurs)).await.unwrap();
        let told: Vec<Reason> = ledger.read(Reader::held).await.unwrap().iter().map(|row| row.problem.reason).collect();
        let expected: &[Reason] = if last == Last::Named { &[] } else { &[Reason::RemovalNotPossible] };
        assert_eq!(told, expected, "{last:?}, file is gone: {file_is_gone}");
    }
}

#[tokio::test]
async fn the_journal_keeps_what_is_young() {
    let state = tempfile::tempdir().unwrap();
    let at = state.path().join("l.db");
    let ledger = open(&at);
    commit_wishes(&ledger, vec![wish("a", 1)], NOW).await;
    let first = ledger.begin_pass(PassCause::Reconcile, NOW, steady(NOW)).await.unwrap();
    let one = due(&ledger, NOW).await.remove(0);
    ledger.record(attempt(&one, Outcome::Delivered { etag: None })).await.unwrap();
    ledger.end_pass(first, "{\"delivered\":1}".into(), later(2)).await.unwrap();
    let reader = Reader::open(&at).unwrap();
    assert_eq!(reader.last_pass().unwrap().unwrap().summary.unwrap()["delivered"], 1);
    ledger.begin_pass(PassCause::Reconcile, later(80 * 24 * 3600), steady(later(80 * 24 * 3600))).await.unwrap();
    assert_eq!(reader.attempts(&user("a"), 10).unwrap().len(), 1);
    ledger.begin_pass(PassCause::Reconcile, later(91 * 24 * 3600), steady(later(91 * 24 * 3600))).await.unwrap();
    assert!(reader.attempts(&user("a"), 10).unwrap().is_empty());
    assert_eq!(reader.last_pass().unwrap().unwrap().pass, first + 2);
}

#[tokio::test]
async fn many_askers_share_the_disk_and_all_are_answered() {
    let state = tempfile::tempdir().unwrap();
    let ledger = open(&state.path().join("l.db"));
    let asks: Vec<_> = (0..3_000_u32)
        .map(|at| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                ledger.commit(Commit { events: rows(vec![wish(&at.to_string(), 1)]), ..Commit::default() }, NOW).await
            })
        })
        .collect();
    for ask in asks {
        ask.await.unwrap().unwrap();
    }
    assert_eq!(ledger.read(Reader::counts).await.unwrap().due, 3_000);
}

#[tokio::test]
async fn a_file_that_was_renamed_while_its_photo_waits_is_looked_at_again() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = open(&directory.path().join("ledger.db"));
    ledger
        .commit(Commit { files: rows(vec![KnownFile { held: None, ..file("a") }]), ..events(vec![wish("a", 1)]) }, NOW)
        .await
        .unwrap();
    // The same photo for the same target, so its row still names the file as it was called before.
    let renamed = KnownFile { path: path("b"), held: None, ..file("a") };
    ledger.commit(Commit { files: rows(vec![renamed]), gone: vec![path("a")], ..Commit::default() }, later(1)).await.unwrap();
    assert!(ledger.read(Reader::file_stamps).await.unwrap().not_in_step.contains(&path("b")));
    let due = due(&ledger, later(2)).await;
    let outcome = Outcome::Delivered { etag: None };
    ledger.record(attempt(&due[0], outcome)).await.unwrap();
    assert!(!ledger.read(Reader::file_stamps).await.unwrap().not_in_step.contains(&path("b")), "in step it may stand still");
}
