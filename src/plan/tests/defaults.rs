//! Default pictures, by enumeration: what somebody has, what applies to them, and what the ledger remembers.

use super::*;

/// What the ledger remembers of anna.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Before {
    Nobody,
    /// Default picture 1 is wanted and stands so: whether it was delivered, and the state.
    Default(bool, State),
    /// Default picture 1 is to be taken out, and was not yet.
    Leaving,
    /// A file's photo was delivered, and the file is gone since.
    Photo,
    /// A file's photo was delivered, and the file is there.
    File,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    InStep,
    Due,
    OwnPhoto,
}

const ALL: [Before; 9] = [
    Before::Nobody,
    Before::Default(true, State::InStep),
    Before::Default(true, State::Due),
    Before::Default(true, State::OwnPhoto),
    Before::Default(false, State::Due),
    Before::Default(false, State::OwnPhoto),
    Before::Leaving,
    Before::Photo,
    Before::File,
];

fn default_path() -> SourcePath {
    SourcePath::default_picture(&ObjectId::new("anna")).unwrap()
}

fn default(content: u8) -> PlannedFile {
    file(default_path().as_str(), content, Some(anna()))
}

fn default_version(content: u8) -> PhotoVersion {
    PhotoVersion { recipe: RecipeId::new("r").of_default_picture(), ..version(content) }
}

fn remembered(world: &mut World, before: Before) {
    let rests = DeliveryState::InStep;
    let known = |at: Option<&str>, desired, delivered, state| KnownTarget {
        path: at.map(path),
        desired,
        generation: Generation(1),
        delivered,
        uncertain: false,
        unconfirmed: false,
        state,
        kept: None,
    };
    let default_at = default_path();
    let at = Some(default_at.as_str());
    let known = match before {
        Before::Nobody => return,
        Before::File => return world.knows("anna.jpg", 7, &anna(), user("anna"), Some(7), rests),
        Before::Photo => known(None, None, Some(version(7)), rests),
        Before::Leaving => known(at, None, Some(default_version(1)), DeliveryState::Due),
        Before::Default(delivered, state) => {
            world.knows(default_at.as_str(), 1, &anna(), user("anna"), None, rests);
            let state = match state {
                State::InStep => DeliveryState::InStep,
                State::Due => DeliveryState::Due,
                State::OwnPhoto => DeliveryState::Blocked { reason: Reason::HasPhoto },
            };
            known(at, Some(default_version(1)), delivered.then(|| default_version(1)), state)
        }
    };
    world.view.targets.insert(user("anna"), known);
}

/// What a pass decides: `own` is the content of anna's file, `applies` that of the default picture that applies to her.
fn decided(before: Before, own: Option<u8>, applies: Option<u8>, is_whole: bool) -> Vec<String> {
    let own = own.map(|content| file("anna.jpg", content, Some(anna())));
    let mut world = World::new(own.into_iter().collect());
    world.answer(&anna(), &["anna"]);
    remembered(&mut world, before);
    let is_open = is_open_to_default(world.view.targets.get(&user("anna")));
    world.files.extend(applies.filter(|_| is_open).map(default));
    world.files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in &mut world.files {
        file.resolved = Some(Ok(user("anna")));
    }
    settle_defaults(&mut world.files, &mut world.view, is_whole);
    world.told().into_iter().map(|line| line.replace(default_path().as_str(), "default")).collect()
}

#[test]
fn a_file_of_their_own_goes_before_whatever_default_applies() {
    let mut cases = 0;
    for (before, applies) in ALL.iter().flat_map(|before| [None, Some(1), Some(2)].map(|applies| (*before, applies))) {
        for own in [7, 8] {
            let told = decided(before, Some(own), applies, true);
            let unchanged = own == 7 && matches!(before, Before::File | Before::Photo);
            let expected = if unchanged { "anna.jpg: unchanged" } else { "anna.jpg: deliver" };
            assert_eq!(told, [expected], "{before:?} {own} {applies:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 54);
}

#[test]
fn without_a_file_the_default_that_applies_is_sent_replaced_or_taken_out() {
    for (before, applies, expected) in [
        (Before::Nobody, None, ""),
        (Before::Nobody, Some(1), "default: deliver"),
        (Before::Default(true, State::InStep), Some(1), "default: unchanged"),
        (Before::Default(true, State::InStep), Some(2), "default: deliver"),
        (Before::Default(true, State::InStep), None, "default: remove"),
        (Before::Default(true, State::Due), Some(1), "default: unchanged"),
        (Before::Default(true, State::Due), Some(2), "default: deliver"),
        (Before::Default(true, State::Due), None, "default: remove"),
        // Their own photo is in its place: only the tenant can tell, by the ETag, that there is nothing to take out.
        (Before::Default(true, State::OwnPhoto), Some(2), "default: deliver"),
        (Before::Default(true, State::OwnPhoto), None, "default: remove"),
        (Before::Default(false, State::Due), Some(1), "default: deliver"),
        (Before::Default(false, State::Due), Some(2), "default: deliver"),
        (Before::Default(false, State::Due), None, "default: release"),
        // A photo of their own is nothing to tell.
        (Before::Default(false, State::OwnPhoto), Some(1), ""),
        (Before::Default(false, State::OwnPhoto), Some(2), "default: deliver"),
        (Before::Default(false, State::OwnPhoto), None, "default: release"),
        (Before::Leaving, None, "default: remove"),
        (Before::Leaving, Some(1), "default: deliver"),
        (Before::Leaving, Some(2), "default: deliver"),
        // A photo of theirs that we sent is no gap, whether or not its file is there.
        (Before::Photo, Some(1), ""),
        (Before::Photo, None, ""),
        (Before::File, None, "anna.jpg: release"),
        (Before::File, Some(1), "anna.jpg: release"),
    ] {
        let told = decided(before, None, applies, true);
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(told, expected, "{before:?} {applies:?}");
    }
}

#[test]
fn nobody_gets_a_default_while_their_file_may_not_have_been_seen_and_nobody_loses_one_for_it() {
    for before in ALL {
        let told = decided(before, None, Some(1), false);
        match before {
            Before::Nobody | Before::Photo => assert!(told.is_empty(), "{before:?} {told:?}"),
            Before::File => assert_eq!(told, ["anna.jpg: release"]),
            // Whoever has it keeps it.
            _ => assert_eq!(told, decided(before, None, Some(1), true), "{before:?}"),
        }
    }
    // A file of which it is not known whose it is may be anna's, unless it is no person's at all.
    for reason in [Reason::Transient, Reason::Throttled, Reason::NotPermitted] {
        for kind in TargetKind::ALL {
            let mut files = vec![default(1), file("x.jpg", 3, Some(reference(kind, "x")))];
            files[0].resolved = Some(Ok(user("anna")));
            files[1].resolved = Some(Err(Box::new(Problem::new(reason, "no answer"))));
            let wait = settle_defaults(&mut files, &mut LedgerView::default(), true);
            let may_be_hers = kind == TargetKind::User;
            assert_eq!((wait, files.len()), if may_be_hers { (1, 1) } else { (0, 2) }, "{kind} {reason}");
        }
    }
}

#[test]
fn whoever_cannot_be_served_just_now_keeps_what_they_have() {
    let account = [Reason::Guest, Reason::AccountDisabled, Reason::TargetMissing, Reason::TargetAmbiguous];
    for (reason, before) in account.iter().flat_map(|reason| ALL.map(|before| (*reason, before))) {
        let mut world = World::new(Vec::new());
        remembered(&mut world, before);
        if !is_open_to_default(world.view.targets.get(&user("anna"))) {
            continue;
        }
        world.files.push(default(1));
        world.files[0].resolved = Some(Err(Box::new(Problem::new(reason, "x"))));
        settle_defaults(&mut world.files, &mut world.view, true);
        assert!(world.files.is_empty(), "{reason} {before:?}: it is not held by itself either");
        let plan = world.plan();
        assert!(plan.is_empty() && plan.holds.is_empty(), "{reason} {before:?}");
    }
    // The name leads to somebody else than the group says.
    let mut files = vec![default(1)];
    files[0].resolved = Some(Ok(user("bert")));
    settle_defaults(&mut files, &mut LedgerView::default(), true);
    assert!(files.is_empty());
}

#[test]
fn a_default_is_never_taken_for_a_photo_of_the_same_bytes() {
    let mut world = World::new(vec![file("anna.jpg", 1, Some(anna()))]);
    remembered(&mut world, Before::Default(true, State::InStep));
    let plan = world.plan();
    let sent: Vec<_> = plan.deliveries().map(|(_, _, version, why)| (version.clone(), why.clone())).collect();
    assert_eq!(sent.len(), 1);
    assert!(matches!(&sent[0], (version, Why::Recipe { .. }) if !version.is_default_picture()), "{sent:?}");
}

#[test]
fn many_defaults_that_end_at_once_stop_the_removals() {
    let mut view = LedgerView::default();
    for number in 0..20 {
        let id = format!("p{number}");
        let known = KnownTarget {
            path: SourcePath::default_picture(&ObjectId::new(&id)),
            desired: Some(default_version(1)),
            generation: Generation(1),
            delivered: Some(default_version(1)),
            uncertain: false,
            unconfirmed: false,
            state: DeliveryState::InStep,
            kept: None,
        };
        view.targets.insert(user(&id), known);
    }
    let mut world = World::new(vec![file("anna.jpg", 1, Some(anna()))]);
    world.view = view;
    let mut plan = world.plan();
    assert_eq!((plan.removals.len(), plan.releases.len()), (20, 0));
    let facts = Facts { scanned: 1, delivered: 1_000, known: (1, 1), ..Facts::default() };
    let settings = GuardSettings {
        max_changes_percent: 100.0,
        max_removals: 10,
        max_removals_percent: 2.0,
        refuse_empty_source: true,
        replace_at_first_contact: false,
    };
    let halts = guard(&plan, &facts, &settings);
    assert_eq!(halts.iter().map(|halt| halt.guard).collect::<Vec<_>>(), [Guard::Removals]);
    plan.hold_removals();
    assert!(plan.removals.is_empty() && plan.releases.is_empty(), "they stay as they are");
}
