//! A reference is pinned to the object it meant first, whatever its file is called and whoever else speaks there.

use super::*;

/// Anna's file was `anna.jpg`, bound to `old`, and is `anna.png` now.
fn renamed() -> World {
    let mut world = World::new(vec![file("anna.png", 1, Some(anna()))]);
    world.knows("anna.jpg", 1, &anna(), user("old"), Some(1), DeliveryState::InStep);
    world.view.pins.insert(anna().key().into(), vec![user("old")]);
    world
}

fn holds(world: &World) -> Vec<(TargetId, Reason, Option<SourcePath>)> {
    world.plan().holds.into_iter().map(|hold| (hold.target, hold.problem.reason, hold.path)).collect()
}

#[test]
fn a_name_that_moves_to_another_object_takes_no_photo_along() {
    let mut world = World::new(vec![file("anna", 2, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("old-anna"), Some(1), DeliveryState::InStep);
    assert_eq!(world.told(), ["anna: hold identity_changed"]);
    assert_eq!(world.plan().holds.len(), 1, "the pinned target must get nothing either");
}

#[test]
fn both_accounts_are_named_once_and_then_told_in_the_same_words() {
    let mut world = World::new(vec![file("anna", 2, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("old"), Some(1), DeliveryState::InStep);
    let detail = |world: &World| match &world.plan().entries[0].decision {
        Decision::Held(_, problem) => problem.detail.clone(),
        other => panic!("{other:?}"),
    };
    let asked = |world: &World| {
        let mut files = world.files.clone();
        files[0].resolved = Some(Ok(user("anna")));
        moved(&files, &world.view)
    };
    // Nobody could be asked about the two.
    assert_eq!(detail(&world), "user mailNickname anna was user:old and is now user:anna");
    assert_eq!(asked(&world), [user("old"), user("anna")]);
    world.accounts.insert(user("old"), "Anna Berg (id old)".to_owned());
    world.accounts.insert(user("anna"), "Anna Dahl (id anna)".to_owned());
    let told = "user mailNickname anna was Anna Berg (id old) and is now Anna Dahl (id anna)";
    assert_eq!(detail(&world), told);
    let problem = Problem::new(Reason::IdentityChanged, told);
    world.view.files[0].held = Some(Box::new((problem, NOW)));
    world.accounts.clear();
    assert_eq!((detail(&world).as_str(), asked(&world)), (told, vec![]));
    // It moves on once more.
    world.answer(&anna(), &["third"]);
    assert_eq!(detail(&world), "user mailNickname anna was user:old and is now user:third");
}

#[test]
fn a_file_by_another_name_is_pinned_like_the_one_before() {
    let mut world = renamed();
    assert_eq!(world.told(), ["anna.png: hold identity_changed"]);
    assert_eq!(holds(&world), [(user("old"), Reason::IdentityChanged, Some(path("anna.png")))]);
    assert_eq!(world.plan().releases, []);
    // Nobody is named so for now: the pin goes along all the same.
    world.answer(&anna(), &[]);
    assert_eq!(holds(&world), [(user("old"), Reason::TargetMissing, Some(path("anna.png")))]);
    let decision = world.plan().entries[0].decision.clone();
    assert!(matches!(&decision, Decision::Held(Some(target), _) if *target == user("old")), "{decision:?}");
    // The same object: only the name of the file is new.
    world.answer(&anna(), &["old"]);
    assert_eq!(world.told(), ["anna.png: unchanged"]);
}

#[test]
fn a_second_file_for_a_name_that_has_moved_on_is_held_too() {
    let mut world = World::new(vec![file("anna.png", 2, Some(anna()))]);
    // The first one stands still, and is not looked at.
    world.view.pins.insert(anna().key().into(), vec![user("old")]);
    assert_eq!(world.told(), ["anna.png: hold identity_changed"]);
    world.view.pins.insert(anna().key().into(), vec![user("anna")]);
    assert_eq!(world.told(), ["anna.png: deliver"]);
}

#[test]
fn a_name_that_has_moved_on_holds_nobody_elses_target_and_lets_nothing_be_removed() {
    const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);
    let bert = reference(TargetKind::User, "bert");
    // Anna's file was bound to `x`; bert's spoke for it since, and is gone now.
    let mut world = World::new(vec![file("anna", 1, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("x"), None, DeliveryState::InStep);
    world.knows("bert", 2, &bert, user("x"), Some(2), DeliveryState::InStep);
    assert_eq!(world.told(), ["anna: hold identity_changed", "bert: release"]);
    assert_eq!(holds(&world), []);
    let gone = Gone {
        target: user("x"),
        label: "bert".to_owned(),
        path: path("bert"),
        since: NOW,
        root: "root".to_owned(),
        under_way: false,
        digest: None,
        fate: crate::model::Fate::Gone,
    };
    let pass = |world: &World| {
        let mut files = world.files.clone();
        files[0].resolved = Some(Ok(user("anna")));
        plan(&PlanInput {
            files: &files,
            complete: true,
            view: &world.view,
            accounts: &HashMap::new(),
            recipe: &RecipeId::new("r"),
            on_conflict: ConflictPolicy::Hold,
            scope: None,
            delete_on_opt_out: false,
            absence: Some(Absence {
                gone: std::slice::from_ref(&gone),
                root: "root",
                still: &[],
                arriving: false,
                hidden: &Hidden::default(),
                grace: HOUR,
                locked_until: None,
                now: NOW.plus(2 * HOUR),
            }),
        })
    };
    world.view.files.retain(|known| known.path == path("anna"));
    world.view.targets.get_mut(&user("x")).unwrap().path = None;
    let Plan { removals, departures, .. } = pass(&world);
    assert_eq!((removals, departures.pending.len(), departures.seen, departures.back), (vec![], 1, vec![], vec![]));
    // A person lets anna's file follow its name.
    world.view.files.clear();
    assert_eq!(pass(&world).removals.len(), 1);
}

/// A file that line 2 of the table gave to Anna, and that a rule gives to Bert now.
fn without_its_row() -> World {
    let bert = reference(TargetKind::User, "bert");
    let mut world = World::new(vec![file("p.jpg", 1, Some(bert))]);
    world.knows("p.jpg", 1, &anna(), user("anna"), Some(1), DeliveryState::InStep);
    world.view.files[0].rule = Some("table, line 2".into());
    world
}

#[test]
fn a_file_that_lost_its_row_goes_to_nobody_else_by_a_rule() {
    let mut world = without_its_row();
    assert_eq!(world.told(), ["p.jpg: hold identity_changed"]);
    assert_eq!(holds(&world), [(user("anna"), Reason::IdentityChanged, None)]);
    assert_eq!(world.plan().releases, []);
    // Whoever the rule means need not be there for that, nor whom the table meant.
    world.answer(&reference(TargetKind::User, "bert"), &[]);
    world.view.files[0].target = None;
    assert_eq!(world.told()[0], "p.jpg: hold identity_changed");
    // To the same person by a rule, or to another by another row, it goes.
    let mut world = without_its_row();
    world.answer(&reference(TargetKind::User, "bert"), &["anna"]);
    assert_eq!(world.told(), ["p.jpg: unchanged"]);
    let mut world = without_its_row();
    world.files[0].claim = Some(Ok(Claim { rule: "table, line 7".into(), reference: reference(TargetKind::User, "bert") }));
    assert_eq!(world.told()[0], "p.jpg: deliver");
    // A person has accepted it.
    let mut world = without_its_row();
    (world.view.files[0].rule, world.view.files[0].target) = (None, None);
    assert_eq!(world.told()[0], "p.jpg: deliver");
}
