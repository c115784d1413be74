//! Several files for one target: those with the same picture are one, and which of them carries it makes no difference.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 4] = ["anna.gif", "anna.jpg", "anna.png", "other/anna.jpg"];

/// Anna's files, by name: a picture each, `None` where it can't be read.
fn files(pictures: &[(usize, Option<u8>, i64)]) -> Vec<PlannedFile> {
    let made = |(name, picture, mtime_ns): &(usize, Option<u8>, i64)| {
        let mut file = file(NAMES[*name], picture.unwrap_or(0), Some(anna()));
        file.fingerprint.mtime_ns = *mtime_ns;
        if picture.is_none() {
            file.content = Err(Box::new(Problem::new(Reason::FileUnreadable, "permission denied")));
        }
        file
    };
    pictures.iter().map(made).collect()
}

#[test]
fn files_with_the_same_picture_are_one_and_the_one_that_carried_it_goes_on() {
    let mut world = World::new(files(&[(1, Some(7), 1), (2, Some(7), 2)]));
    for policy in [ConflictPolicy::Hold, ConflictPolicy::Newest] {
        world.on_conflict = policy;
        world.view = LedgerView::default();
        let first = usize::from(policy == ConflictPolicy::Newest);
        let wanted = |carrier: usize, action: &str| {
            (0..2).map(|at| format!("{}: {}", NAMES[at + 1], if at == carrier { action } else { "same" })).collect::<Vec<_>>()
        };
        assert_eq!(world.told(), wanted(first, "deliver"));
        for carrier in [0, 1] {
            world.view = LedgerView::default();
            world.knows(NAMES[carrier + 1], 7, &anna(), user("anna"), Some(7), DeliveryState::InStep);
            assert_eq!(world.told(), wanted(carrier, "unchanged"));
            assert!(world.plan().is_empty());
        }
    }
    world.on_conflict = ConflictPolicy::Hold;
    for other in [Some(8), None] {
        world.files = files(&[(1, Some(7), 1), (2, other, 2)]);
        assert_eq!(world.told(), ["anna.jpg: hold duplicate_files", "anna.png: hold duplicate_files"]);
    }
    world.files = files(&[(1, None, 1), (2, None, 1)]);
    assert_eq!(world.told(), ["anna.jpg: hold duplicate_files", "anna.png: hold duplicate_files"]);
}

#[test]
fn a_group_and_its_team_may_have_several_files_of_one_picture() {
    let (group, team) = (reference(TargetKind::Group, "sales"), reference(TargetKind::Team, "sales"));
    let of = |pictures: [u8; 3]| {
        World::new(vec![
            file("group.jpg", pictures[0], Some(group.clone())),
            file("group.png", pictures[1], Some(group.clone())),
            file("team.jpg", pictures[2], Some(team.clone())),
        ])
        .told()
    };
    assert_eq!(of([7, 7, 7]), ["group.jpg: deliver", "group.png: same", "team.jpg: deliver"]);
    let differ = |name: &str| format!("{name}: hold group_and_team_differ");
    assert_eq!(of([7, 7, 8]), ["group.jpg", "group.png", "team.jpg"].map(differ));
}

proptest! {
    /// Files come, go, change and can't be read; the ledger remembers what was planned. A picture goes out only if it is
    /// another one than the tenant holds, and only if all files (or the newest ones) hold that picture.
    #[test]
    fn whoever_carries_the_picture_the_target_gets_the_same(
        steps in proptest::collection::vec(
            proptest::collection::btree_map(0_usize..4, (proptest::option::weighted(0.9, 1_u8..3), 0_i64..3), 0..4),
            1..12,
        ),
        newest in any::<bool>(),
    ) {
        let mut shown: Option<u8> = None;
        let mut carrier: Option<String> = None;
        for step in steps {
            let pictures: Vec<_> = step.into_iter().map(|(name, (picture, mtime))| (name, picture, mtime)).collect();
            let plan_with = |carrier: Option<&str>| {
                let mut world = World::new(files(&pictures));
                world.on_conflict = if newest { ConflictPolicy::Newest } else { ConflictPolicy::Hold };
                if let (Some(at), Some(shown)) = (carrier, shown) {
                    world.knows(at, shown, &anna(), user("anna"), Some(shown), DeliveryState::InStep);
                }
                let plan = world.plan();
                let sent: Vec<_> = plan.deliveries().map(|(_, target, version, _)| (target.clone(), version.digest)).collect();
                let speaks = plan.entries.iter().find(|entry| !matches!(entry.decision, Decision::SupersededBy(..) | Decision::Held(..)));
                (sent, speaks.map(|entry| world.files[entry.file].path.to_string()), plan.releases.len())
            };
            let (sent, speaks, releases) = plan_with(carrier.as_deref());
            let last = pictures.iter().map(|(_, _, mtime)| *mtime).max();
            let deciding: Vec<Option<u8>> =
                pictures.iter().filter(|(_, _, mtime)| !newest || Some(*mtime) == last).map(|(_, picture, _)| *picture).collect();
            let agreed = deciding.first().copied().flatten().filter(|first| deciding.iter().all(|picture| picture == &Some(*first)));
            let wanted: Vec<_> = agreed.filter(|picture| Some(*picture) != shown).map(|picture| (user("anna"), digest(picture))).into_iter().collect();
            prop_assert_eq!(&sent, &wanted);
            prop_assert_eq!(speaks.is_some(), agreed.is_some());
            // Released only when no file is left.
            prop_assert_eq!(releases, usize::from(pictures.is_empty() && carrier.is_some() && shown.is_some()));
            // Whoever carried it: the same goes out, or nothing.
            for other in NAMES.map(Some).into_iter().chain([carrier.as_deref()]).filter(|_| carrier.is_some()) {
                prop_assert_eq!(&plan_with(other).0, &sent);
            }
            // It does not wander as long as it is there and holds what is wanted.
            let stays = |before: &String| pictures.iter().any(|(name, picture, _)| NAMES[*name] == before && picture.is_some() && *picture == agreed);
            if let Some(before) = carrier.clone().filter(stays) {
                prop_assert_eq!(speaks.as_ref(), Some(&before));
            }
            if agreed.is_some() {
                shown = agreed;
                carrier = speaks;
            } else if pictures.is_empty() {
                carrier = None;
                // Nobody speaks for it, and the tenant keeps what it has; the next file finds it there.
                shown = None;
            }
        }
    }
}

#[test]
fn two_names_that_look_the_same_are_said_to_differ() {
    let told = |one: &str, other: &str| {
        let plan = World::new(vec![file(one, 1, Some(anna())), file(other, 2, Some(anna()))]).plan();
        plan.entries
            .iter()
            .all(|entry| matches!(&entry.decision, Decision::Held(_, problem) if problem.detail.contains("look the same")))
    };
    assert!(told("Jose\u{301}.jpg", "Jos\u{e9}.jpg"));
    assert!(!told("Jose.jpg", "Jos\u{e9}.jpg"));
}
