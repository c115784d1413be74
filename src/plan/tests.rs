//! The planner's table: what is known and what is there, against what becomes of each file.

mod defaults;
mod pins;
mod random;
mod rivals;

use std::collections::HashMap;

use super::decision::Why;
use super::*;
use crate::mapping::{AccountRules, Scope, resolve};
use crate::model::{
    DeliveryState, Digest, DirectoryObject, Fingerprint, Generation, Gone, Kept, KnownFile, KnownTarget, LedgerView, ObjectId,
    PhotoVersion, Problem, Property, Reason, RecipeId, Reference, SourcePath, TargetId, TargetKind, Timestamp,
};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn version(byte: u8) -> PhotoVersion {
    PhotoVersion { digest: digest(byte), recipe: RecipeId::new("r") }
}

fn user(id: &str) -> TargetId {
    TargetId::User(ObjectId::new(id))
}

fn reference(kind: TargetKind, name: &str) -> Reference {
    Reference::new(kind, Property::MailNickname, name)
}

fn path(text: &str) -> SourcePath {
    SourcePath::new(text).unwrap()
}

fn file(at: &str, content: u8, claim: Option<Reference>) -> PlannedFile {
    PlannedFile {
        path: path(at),
        fingerprint: Fingerprint { mtime_ns: i64::from(content), ..Fingerprint::default() },
        content: Ok(digest(content)),
        claim: claim.map(|reference| Ok(Claim { rule: "rule".into(), reference })),
        resolved: None,
        whom: None,
        read_at: Timestamp::default(),
        confirmed: false,
        account_created: None,
    }
}

impl Plan {
    /// Whether the tenant and the ledger's wishes stay as they are.
    fn is_empty(&self) -> bool {
        self.deliveries().next().is_none() && self.releases.is_empty() && self.removals.is_empty()
    }
}

/// A world in which every alias `x` is the object `x`, unless said otherwise.
struct World {
    files: Vec<PlannedFile>,
    view: LedgerView,
    answers: HashMap<String, Vec<DirectoryObject>>,
    complete: bool,
    on_conflict: ConflictPolicy,
    scope: Option<Scope>,
    delete_on_opt_out: bool,
    accounts: HashMap<TargetId, String>,
}

impl World {
    fn new(mut files: Vec<PlannedFile>) -> Self {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut world = Self {
            files,
            view: LedgerView::default(),
            answers: HashMap::new(),
            complete: true,
            on_conflict: ConflictPolicy::Hold,
            scope: None,
            delete_on_opt_out: false,
            accounts: HashMap::new(),
        };
        let references: Vec<Reference> =
            world.files.iter().filter_map(|file| Some(file.claim.as_ref()?.as_ref().ok()?.reference.clone())).collect();
        for reference in references {
            world.answer(&reference, &[reference.value.as_ref()]);
        }
        world
    }

    fn answer(&mut self, reference: &Reference, ids: &[&str]) {
        let objects = ids.iter().map(|id| DirectoryObject { id: (*id).to_owned(), ..Default::default() }).collect();
        self.answers.insert(reference.key(), objects);
    }

    fn knows(
        &mut self,
        at: &str,
        content: u8,
        reference: &Reference,
        target: TargetId,
        delivered: Option<u8>,
        state: DeliveryState,
    ) {
        self.view.files.push(KnownFile {
            path: path(at),
            fingerprint: Fingerprint::default(),
            digest: Some(digest(content)),
            read_at: NOW,
            rule: Some("rule".into()),
            reference: Some(reference.key().into()),
            label: None,
            target: Some(target.clone()),
            bound_at: Some(NOW),
            held: None,
            moved_to: None,
        });
        self.view.files.sort_by(|a, b| a.path.cmp(&b.path));
        let known = KnownTarget {
            path: Some(path(at)),
            desired: Some(version(content)),
            generation: Generation(1),
            delivered: delivered.map(version),
            uncertain: false,
            unconfirmed: false,
            state,
            kept: None,
        };
        self.view.targets.insert(target, known);
    }

    fn plan(&self) -> Plan {
        let mut files = self.files.clone();
        for file in &mut files {
            if let Some(Ok(claim)) = &file.claim {
                let answer = &self.answers[&claim.reference.key()];
                let said = resolve(&claim.reference, answer, AccountRules::default());
                file.whom = said.as_ref().err().and_then(|none| none.whom.clone());
                file.resolved = Some(said.map_err(|none| Box::new(none.problem)));
            }
        }
        plan(&PlanInput {
            files: &files,
            complete: self.complete,
            view: &self.view,
            accounts: &self.accounts,
            recipe: &RecipeId::new("r"),
            on_conflict: self.on_conflict,
            scope: self.scope.as_ref(),
            delete_on_opt_out: self.delete_on_opt_out,
            absence: None,
        })
    }

    /// `path: action why` for each row.
    fn told(&self) -> Vec<String> {
        let plan = self.plan();
        rows(&plan, &self.files)
            .map(|row| {
                let path = row.path.map_or_else(|| "-".to_owned(), |path| path.to_string());
                let reason = row.reason.map(|reason| format!(" {reason}")).unwrap_or_default();
                format!("{path}: {}{reason}", row.action)
            })
            .collect()
    }
}

fn anna() -> Reference {
    reference(TargetKind::User, "anna")
}

#[test]
fn new_changed_unchanged_and_unmatched() {
    let mut world = World::new(vec![
        file("anna", 1, Some(anna())),
        file("bert", 1, Some(reference(TargetKind::User, "bert"))),
        file("carl", 1, Some(reference(TargetKind::User, "carl"))),
        file("noise", 1, None),
    ]);
    world.knows("anna", 1, &anna(), user("anna"), Some(1), DeliveryState::InStep);
    world.knows("bert", 9, &reference(TargetKind::User, "bert"), user("bert"), Some(9), DeliveryState::InStep);
    assert_eq!(world.told(), ["anna: unchanged", "bert: deliver", "carl: deliver", "noise: unmatched unmatched"]);
    let whys: Vec<Why> = world.plan().deliveries().map(|(_, _, _, why)| why.clone()).collect();
    assert_eq!(whys, [Why::Changed, Why::New]);
}

#[test]
fn several_objects_or_none_are_held() {
    let mut world = World::new(vec![file("anna", 1, Some(anna()))]);
    world.answer(&anna(), &["a", "b"]);
    assert_eq!(world.told(), ["anna: hold target_ambiguous"]);
    world.answer(&anna(), &[]);
    assert_eq!(world.told(), ["anna: hold target_missing"]);
}

#[test]
fn two_files_for_one_target_are_both_held_or_the_newest_speaks() {
    let mut world = World::new(vec![file("anna.jpg", 1, Some(anna())), file("anna.png", 2, Some(anna()))]);
    assert_eq!(world.told(), ["anna.jpg: hold duplicate_files", "anna.png: hold duplicate_files"]);
    world.on_conflict = ConflictPolicy::Newest;
    assert_eq!(world.told(), ["anna.jpg: hold", "anna.png: deliver"]);
}

#[test]
fn a_second_file_stops_what_is_due_and_its_going_lets_it_on() {
    let mut world = World::new(vec![file("anna.jpg", 1, Some(anna())), file("anna.png", 2, Some(anna()))]);
    world.knows("anna.jpg", 1, &anna(), user("anna"), None, DeliveryState::Due);
    assert_eq!(world.plan().holds.iter().map(|hold| hold.problem.reason).collect::<Vec<_>>(), [Reason::DuplicateFiles]);
    let mut world = World::new(vec![file("anna.jpg", 1, Some(anna()))]);
    world.knows("anna.jpg", 1, &anna(), user("anna"), None, DeliveryState::Blocked { reason: Reason::DuplicateFiles });
    assert_eq!(world.told(), ["anna.jpg: deliver"]);
}

#[test]
fn group_and_team_with_two_pictures_are_both_held() {
    let group = reference(TargetKind::Group, "sales");
    let team = reference(TargetKind::Team, "sales");
    let world = World::new(vec![file("groups/sales", 1, Some(group.clone())), file("teams/sales", 2, Some(team.clone()))]);
    assert_eq!(world.told(), ["groups/sales: hold group_and_team_differ", "teams/sales: hold group_and_team_differ"]);
    let world = World::new(vec![file("groups/sales", 1, Some(group)), file("teams/sales", 1, Some(team))]);
    assert_eq!(world.told(), ["groups/sales: deliver", "teams/sales: deliver"]);
}

#[test]
fn what_is_due_never_goes_to_a_target_its_file_no_longer_speaks_for() {
    // The rule changed: the file now names bert, while anna is still due.
    let mut world = World::new(vec![file("photo", 1, Some(reference(TargetKind::User, "bert")))]);
    world.knows("photo", 1, &anna(), user("anna"), None, DeliveryState::Due);
    let plan = world.plan();
    assert_eq!(plan.releases.iter().map(|release| release.target.to_string()).collect::<Vec<_>>(), ["user:anna"]);
    // The directory no longer knows anna: what is due to her old object is held, not sent.
    let mut world = World::new(vec![file("photo", 1, Some(anna()))]);
    world.knows("photo", 1, &anna(), user("anna"), None, DeliveryState::Due);
    world.answer(&anna(), &[]);
    assert_eq!(world.plan().holds.iter().map(|hold| hold.target.to_string()).collect::<Vec<_>>(), ["user:anna"]);
}

#[test]
fn a_vanished_file_releases_its_target_only_after_a_whole_scan() {
    let mut world = World::new(vec![]);
    world.knows("anna", 1, &anna(), user("anna"), Some(1), DeliveryState::InStep);
    assert_eq!(world.told(), ["anna: release"]);
    assert_eq!(world.plan().vanished, [path("anna")]);
    world.complete = false;
    assert!(world.plan().is_empty());
    assert!(world.plan().vanished.is_empty());
}

#[test]
fn a_blocked_or_waiting_version_is_not_tried_again_and_a_new_one_is() {
    let blocked = DeliveryState::Blocked { reason: Reason::PhotoRefused };
    let mut world = World::new(vec![file("anna", 1, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("anna"), None, blocked.clone());
    assert_eq!(world.told(), ["anna: hold photo_refused"]);
    let mut world = World::new(vec![file("anna", 2, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("anna"), None, blocked);
    assert_eq!(world.told(), ["anna: deliver"]);
}

#[test]
fn what_was_delivered_is_sent_again_where_another_may_have_taken_its_place_unheard() {
    let mut world = World::new(vec![file("anna", 1, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("anna"), Some(1), DeliveryState::InStep);
    assert_eq!(world.told(), ["anna: unchanged"]);
    world.view.targets.get_mut(&user("anna")).unwrap().uncertain = true;
    let whys: Vec<Why> = world.plan().deliveries().map(|(_, _, _, why)| why.clone()).collect();
    assert_eq!(whys, [Why::Pending]);
}

#[test]
fn a_hold_for_want_of_an_answer_ends_wherever_the_file_lies_now() {
    let state = DeliveryState::Blocked { reason: Reason::Transient };
    for (now, held, told) in [
        ("anna", Some(Reason::Transient), "anna: deliver"),
        ("moved", Some(Reason::Transient), "moved: deliver"),
        // The tenant's own no stays.
        ("moved", None, "moved: hold transient"),
    ] {
        let mut world = World::new(vec![file(now, 1, Some(anna()))]);
        world.knows("anna", 1, &anna(), user("anna"), None, state.clone());
        world.view.files[0].held = held.map(|reason| Box::new((Problem::new(reason, "no answer"), NOW)));
        assert_eq!(world.told()[0], told);
    }
}

#[test]
fn a_file_that_is_back_while_nobody_can_be_asked_begins_its_grace_anew_when_it_goes() {
    const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);
    let mut gone = Gone {
        target: user("anna"),
        label: "anna".to_owned(),
        path: path("anna"),
        since: NOW,
        root: "root".to_owned(),
        under_way: false,
        digest: None,
        fate: crate::model::Fate::Gone,
    };
    let files = [PlannedFile {
        resolved: Some(Err(Box::new(Problem::new(Reason::Transient, "no answer")))),
        whom: None,
        ..file("anna", 1, Some(anna()))
    }];
    let look = |files: &[PlannedFile], gone: &Gone, hours: u32, arriving: bool| {
        let view = LedgerView::default();
        let (recipe, gone, now) = (RecipeId::new("r"), std::slice::from_ref(gone), NOW.plus(HOUR * hours));
        let absence = Absence {
            gone,
            root: "root",
            still: &[],
            arriving,
            hidden: &Hidden::default(),
            grace: HOUR,
            locked_until: None,
            now,
        };
        let input = PlanInput {
            files,
            complete: true,
            view: &view,
            accounts: &HashMap::new(),
            recipe: &recipe,
            on_conflict: ConflictPolicy::Hold,
            scope: None,
            delete_on_opt_out: false,
            absence: Some(absence),
        };
        plan(&input)
    };
    let pass = |files: &[PlannedFile], gone: &Gone, hours: u32| look(files, gone, hours, false);
    assert_eq!(pass(&[], &gone, 2).removals.len(), 1, "gone for long enough");
    let gone_while = |arriving| [1, 2].map(|hours| look(&[], &gone, hours, arriving).removals.len());
    assert_eq!(gone_while(true), [0, 1], "what arrives may be the file by another name; for an hour, not for ever");
    assert_eq!(gone_while(false), [1, 1]);
    // It is there again, and nobody can say for whom it speaks.
    let back = pass(&files, &gone, 2).departures;
    assert_eq!((back.back.len(), back.seen.len()), (1, 1));
    gone = back.seen[0].clone();
    // It goes again: its time begins now.
    gone = pass(&[], &gone, 5).departures.seen[0].clone();
    assert_eq!(gone.since, NOW.plus(HOUR * 5));
    assert_eq!([5, 6].map(|hour| pass(&[], &gone, hour).removals.len()), [0, 1]);
}

#[test]
fn a_photo_that_is_kept_stays_until_the_file_holds_another_picture() {
    let keep = |world: &mut World, restoring| {
        let known = world.view.targets.get_mut(&user("anna")).unwrap();
        known.kept = Some(Kept { reason: Reason::Restored, digest: digest(1), restoring });
    };
    // In step until now, held for another reason, or released: it is kept all the same, and that is to be written down.
    for state in [DeliveryState::InStep, DeliveryState::Blocked { reason: Reason::DuplicateFiles }] {
        let mut world = World::new(vec![file("anna", 1, Some(anna()))]);
        world.knows("anna", 1, &anna(), user("anna"), Some(1), state);
        keep(&mut world, false);
        assert_eq!(world.told(), ["anna: hold restored"]);
        let known = &world.view.targets[&user("anna")];
        assert_eq!(known.newly_kept(&version(1), &path("anna")), Some(Reason::Restored));
    }
    let mut world = World::new(vec![file("anna", 1, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("anna"), None, DeliveryState::Blocked { reason: Reason::Restored });
    keep(&mut world, false);
    assert_eq!(world.told(), ["anna: hold restored"]);
    assert_eq!(world.view.targets[&user("anna")].newly_kept(&version(1), &path("anna")), None, "that stands already");
    // What is still to be put back goes on as it is.
    world.knows("anna", 1, &anna(), user("anna"), Some(1), DeliveryState::Due);
    keep(&mut world, true);
    assert_eq!(world.view.targets[&user("anna")].newly_kept(&version(1), &path("anna")), None);
    assert_eq!(world.plan().deliveries().count(), 0);
    // Another picture, and it goes.
    let mut world = World::new(vec![file("anna", 2, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("anna"), None, DeliveryState::Blocked { reason: Reason::Restored });
    keep(&mut world, false);
    assert_eq!(world.told(), ["anna: deliver"]);
}

#[test]
fn who_opts_out_gets_nothing_and_may_lose_what_was_delivered() {
    let mut world = World::new(vec![file("anna", 2, Some(anna()))]);
    world.knows("anna", 1, &anna(), user("anna"), Some(1), DeliveryState::InStep);
    world.scope = Some(Scope { include: None, exclude: [ObjectId::new("anna")].into() });
    assert_eq!(world.told(), ["anna: hold out_of_scope"]);
    assert_eq!(world.plan().removals, []);
    assert_eq!(world.plan().holds.len(), 1);
    world.delete_on_opt_out = true;
    assert_eq!(world.plan().removals.iter().map(|removal| &removal.target).collect::<Vec<_>>(), [&user("anna")]);
    assert_eq!(world.plan().holds, []);
}

#[test]
fn an_unreadable_file_holds_its_target() {
    let mut world = World::new(vec![file("anna", 1, Some(anna()))]);
    world.files[0].content = Err(Box::new(Problem::new(Reason::FileUnreadable, "permission denied")));
    assert_eq!(world.told(), ["anna: hold file_unreadable"]);
}
