//! Who gets a default picture: members of the groups that the settings name who have no file. Each is planned for as a file
//! of its own; those that stand still cost one look at the ledger.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::blocking::blocking;
use super::defaults::{KnownDefaults, People};
use super::pass_error::PassError;
use super::propose::Proposer;
use super::scan::ScanOutcome;
use crate::graph::Class;
use crate::ledger::{LedgerSource, Reader};
use crate::lookup::ScopeError;
use crate::mapping::Scope;
use crate::model::{
    Digest, Fingerprint, LedgerView, ObjectId, Problem, Property, Reason, Reference, SourcePath, TargetId, TargetKind,
};
use crate::plan::{Claim, PlannedFile, is_open_to_default};

/// Members of groups are asked for again after so long.
const SERVES: Duration = Duration::from_secs(10 * 60);

/// A picture that applies to somebody: which of the settings' pictures, and the person's sign-in name.
type Applies = (usize, String);

impl Proposer {
    /// Adds default pictures to the files to plan for, with what the ledger knows of their owners. What can't be said
    /// leaves them as they are.
    pub(super) async fn add_defaults(
        &self,
        memory: LedgerSource<'_>,
        known: KnownDefaults,
        scope: Option<&Scope>,
        scan: &mut ScanOutcome,
        (files, view): (&mut Vec<PlannedFile>, &mut LedgerView),
    ) -> Result<(), PassError> {
        let mut paths: HashSet<SourcePath> = memory.read(Reader::default_pictures).await?.into_iter().collect();
        paths.extend(known.stamps.keys().cloned());
        if self.defaults.preparer.defaults.all().is_empty() && paths.is_empty() {
            return Ok(());
        }
        let preparer = self.defaults.preparer.clone();
        let pictures = blocking(move || preparer.default_pictures()).await?;
        for (picture, problem) in self.defaults.preparer.defaults.all().iter().zip(&pictures) {
            if let Err(problem) = problem {
                scan.problems.push((picture.file.display().to_string(), problem.clone()));
            }
        }
        let Some(people) = self.members(scan).await? else {
            return Ok(());
        };
        let mut applies: HashMap<ObjectId, Applies> = HashMap::new();
        for (at, people) in people.iter().enumerate() {
            for (id, name) in people {
                applies.entry(id.clone()).or_insert_with(|| (at, name.clone()));
            }
        }
        let with_file = memory.read(Reader::people_with_file).await?;
        let is_there = |path: &SourcePath| scan.vanished.binary_search(path).is_err();
        let with_file: HashSet<TargetId> =
            with_file.into_iter().filter(|(path, _)| is_there(path)).map(|(_, target)| target).collect();
        let now = self.scanner.clock.now();
        let same_settings = scan.new_settings.is_none();
        let mut given: Vec<PlannedFile> = Vec::new();
        for (id, (at, name)) in applies {
            let owner = TargetId::User(id);
            let Some(path) = owner.object_id().and_then(SourcePath::default_picture) else { continue };
            let is_served = scope.is_none_or(|scope| scope.check(&owner).is_ok());
            if with_file.contains(&owner) || !is_served && !paths.contains(&path) {
                continue;
            }
            let Ok((digest, stamps)) = &pictures[at] else {
                // Whatever they have stays.
                paths.remove(&path);
                continue;
            };
            if same_settings && known.stands(&path, *stamps, now) {
                paths.remove(&path);
                continue;
            }
            given.push(self.planned(path, at, &name, (*digest, *stamps)));
        }
        let concerned: HashSet<SourcePath> = given.iter().map(|file| file.path.clone()).chain(paths).collect();
        let mut concerned: Vec<SourcePath> = concerned.into_iter().collect();
        concerned.sort();
        let owners: Vec<TargetId> = given.iter().filter_map(|file| file.path.default_picture_of()).collect();
        let rows = memory.read(move |reader| reader.view(&concerned)).await?;
        view.targets.extend(rows.targets);
        let mut owners = memory.read(move |reader| reader.known_targets(&owners)).await?;
        given.retain(|file| is_open_to_default(file.path.default_picture_of().and_then(|owner| owners.get(&owner))));
        // The others are the business of their files.
        owners.retain(|_, known| is_open_to_default(Some(known)));
        view.targets.extend(owners);
        files.extend(given);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        view.files.extend(rows.files);
        view.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(())
    }

    fn planned(&self, path: SourcePath, at: usize, name: &str, (digest, fingerprint): (Digest, Fingerprint)) -> PlannedFile {
        let group = &self.defaults.preparer.defaults.all()[at].group;
        let reference = Reference::new(TargetKind::User, Property::UserPrincipalName, name);
        PlannedFile {
            path,
            fingerprint,
            content: Ok(digest),
            claim: Some(Ok(Claim { rule: format!("default picture of the group {group}").into(), reference })),
            resolved: None,
            whom: None,
            read_at: self.scanner.clock.now(),
            confirmed: false,
            account_created: None,
        }
    }

    /// Who is in the groups, in their order; none, and a problem, if that can't be found out.
    async fn members(&self, scan: &mut ScanOutcome) -> Result<Option<Arc<Vec<People>>>, PassError> {
        let now = self.scanner.clock.elapsed();
        let mut known = self.defaults.members.lock().await;
        if let Some((_, people)) = known.as_ref().filter(|(at, _)| now.saturating_sub(*at) < SERVES) {
            return Ok(Some(Arc::clone(people)));
        }
        let problem = match self.directory.people_of_each(self.defaults.preparer.defaults.groups(), "defaults").await {
            Ok(people) => {
                let people = Arc::new(people);
                *known = Some((now, Arc::clone(&people)));
                return Ok(Some(people));
            }
            Err(ScopeError::Directory(failure)) if failure.class == Class::SignIn => return Err(PassError::Directory(failure)),
            Err(ScopeError::Directory(failure)) => failure.problem(),
            Err(ScopeError::Halt(halt)) => Problem::new(Reason::TargetMissing, halt.message).with_cure(
                "Look the group up in Microsoft 365 and name it by its object id, or take its entry out of defaults. Until then no \
                 default picture is sent or removed.",
            ),
        };
        scan.problems.push(("defaults".to_owned(), problem));
        Ok(None)
    }
}
