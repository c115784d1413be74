//! Whatever stands in the rows: everything there is counts exactly once, as held, as out of scope, or by its state.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rusqlite::{Connection, params};

use super::{Identity, Ledger, Reader};
use crate::model::{Reason, Timestamp};
use crate::testing::cases;

/// States, and reasons as plans and outcomes write them.
const STATES: [&str; 5] = ["in_step", "due", "waiting", "blocked", "released"];
const REASONS: [Reason; 7] = [
    Reason::PhotoCorrupt,
    Reason::TargetMissing,
    Reason::UserPhoto,
    Reason::OutOfScope,
    Reason::RemovalNotPossible,
    Reason::IdentityChanged,
    Reason::Unmatched,
];

/// A target's state, reason, and which file is its own.
type DrawnTarget = (usize, usize, Option<u8>);
/// What a file is held for, and whom it is for.
type DrawnFile = (Option<usize>, Option<u8>, bool);

fn drawn() -> impl Strategy<Value = (Vec<DrawnTarget>, Vec<DrawnFile>)> {
    let target = (0..STATES.len(), 0..REASONS.len() - 1, prop::option::of(0..8_u8));
    let file = (prop::option::of(0..REASONS.len()), prop::option::of(0..8_u8), any::<bool>());
    (prop::collection::vec(target, 0..8), prop::collection::vec(file, 0..8))
}

proptest! {
    #![proptest_config(cases(16))]

    #[test]
    fn everything_counts_once((targets, files) in drawn()) {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("ledger.db");
        let identity = Identity { cloud: "global".into(), tenant: "t".into() };
        drop(Ledger::open(&path, &identity, Timestamp::default()).unwrap());
        let ledger = Connection::open(&path).unwrap();
        for (at, (state, reason, own)) in targets.iter().enumerate() {
            ledger.execute(
                "INSERT INTO targets (target, label, path, generation, desired_at, state, since, due_at, reason, cure)
                    VALUES (?1, 'l', ?2, 1, 0, ?3, 0, 9, ?4, '')",
                params![format!("user:{at}"), own.map(|own| format!("{own}.jpg")), STATES[*state], REASONS[*reason].as_str()],
            ).unwrap();
        }
        for (at, (reason, target, named)) in files.iter().enumerate() {
            ledger.execute(
                "INSERT INTO files (path, size, mtime_ns, ctime_ns, inode, device, read_at, reference, target, reason, held_since)
                    VALUES (?1, 1, 1, 1, 1, 1, 1, ?2, ?3, ?4, 7)",
                params![
                    format!("{at}.jpg"),
                    named.then(|| format!("user:mail:{}", at / 2)),
                    target.map(|target| format!("user:{target}")),
                    reason.map(|reason| REASONS[reason].as_str())
                ],
            ).unwrap();
        }
        let reader = Reader::open(&path).unwrap();
        let (counts, apart, held) = (reader.counts().unwrap(), reader.apart().unwrap(), reader.held().unwrap());
        let things: BTreeSet<&str> = held.iter().map(|row| row.thing.as_str()).collect();
        let counted = u64::from(counts.in_step + counts.due + apart.out_of_scope + apart.unmatched) + things.len() as u64;

        let wanted = targets.iter().filter(|(state, ..)| STATES[*state] != "released").count();
        let is_blocked = |at: usize, target: Option<u8>| {
            targets.iter().enumerate().any(|(number, (state, _, own))| {
                STATES[*state] == "blocked" && (target == u8::try_from(number).ok() || *own == u8::try_from(at).ok())
            })
        };
        let mut alone = BTreeSet::new();
        let mut unmatched = 0;
        for (at, (reason, target, named)) in files.iter().enumerate() {
            let Some(reason) = reason.map(|reason| REASONS[reason]) else { continue };
            if reason == Reason::Unmatched {
                unmatched += 1;
            } else if !is_blocked(at, target.filter(|_| reason != Reason::IdentityChanged)) {
                let name = match target.filter(|_| reason != Reason::IdentityChanged) {
                    Some(target) => format!("user:{target}"),
                    None if *named => format!("user:mail:{}", at / 2),
                    None => format!("{at}.jpg"),
                };
                alone.insert((reason == Reason::OutOfScope, name));
            }
        }
        prop_assert_eq!(counted, (wanted + alone.len() + unmatched) as u64, "{:?} {:?} {:?}", counts, apart, things);
        let waiting = held.iter().filter(|row| row.until.is_some()).count();
        prop_assert_eq!(waiting as u64, u64::from(counts.waiting));
    }
}
