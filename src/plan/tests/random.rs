//! Whatever the names: every delivery goes where its file says, and no order of files changes anything.

use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(crate::testing::cases(256))]
    /// Whatever the names, every delivery goes to the object the file's reference names, no target gets two
    /// photos, and no order of files changes a decision.
    #[test]
    fn one_photo_a_target_and_only_the_one_it_names(claims in proptest::collection::vec((0_u8..6, 0_u8..4), 0..12), seed in 0_usize..100) {
        let names = ["anna", "bert", "carl", "dora", "emil", "fran"];
        let build = |shift: usize| {
            let mut files: Vec<PlannedFile> = claims
                .iter()
                .enumerate()
                .map(|(at, (who, content))| file(&format!("{at:02}"), *content, Some(reference(TargetKind::User, names[*who as usize]))))
                .collect();
            if !files.is_empty() {
                let by = shift % files.len();
                files.rotate_left(by);
            }
            World::new(files)
        };
        let world = build(0);
        let plan = world.plan();
        let mut reached = std::collections::HashSet::new();
        for (entry, target, version, _) in plan.deliveries() {
            let file = &world.files[entry.file];
            let named = &file.claim.as_ref().unwrap().as_ref().unwrap().reference.value;
            prop_assert_eq!(target, &user(named));
            prop_assert_eq!(version.digest, *file.content.as_ref().unwrap());
            prop_assert!(reached.insert(target.clone()));
        }
        prop_assert_eq!(plan, build(seed).plan());
    }
}
