//! Looks, asks and plans, and changes nothing: a dry run is this without what follows.

use std::collections::HashSet;
use std::sync::Arc;

use super::Engine;
use super::ask::{Asked, Asking};
use super::content;
use super::facts::Witness;
use super::look::{LookError, Looked, Quiet, look};
use super::pass::PassError;
use super::scope::ScopeError;
use crate::ledger::{FileStamps, LedgerSource, Reader};
use crate::model::{LedgerView, Problem, Reference, SourcePath, TargetId, TargetKind, Timestamp};
use crate::plan::{Absence, Guard, Halt, Holds, Plan, PlanInput, PlannedFile, guard, plan};
use crate::source::ScanError;

/// What a pass would do.
#[derive(Debug, Default)]
pub(crate) struct Proposal {
    /// What the source holds.
    pub looked: Looked,
    /// What the ledger held of the files to plan for.
    pub view: LedgerView,
    /// What to do.
    pub plan: Plan,
    /// Everything that the guard has against it; what stops the whole pass comes first.
    pub halts: Vec<Halt>,
    /// When each file to plan for was read, and whether the directory answered for it just now.
    pub(super) traces: Vec<(Timestamp, bool)>,
    /// When the directory was asked.
    pub(super) asked_at: Timestamp,
    /// The oldest confirmation by the directory that nothing else was asked for.
    pub(super) oldest: Option<Timestamp>,
    /// The directory was asked, and nobody answered.
    pub(super) out_of_reach: bool,
    /// Files that keep a binding which could not be confirmed now, and why.
    pub(super) unconfirmed: Option<(usize, Problem)>,
    /// Links to what changes in the directory from now on.
    pub(super) links: Vec<(TargetKind, &'static [TargetKind], String, Timestamp)>,
    /// What the next pass is told of what this one saw, by name.
    pub(super) news: Vec<(String, String)>,
    /// Whether account is kept of files that are gone; if not, and some is left from before, it ends.
    pub(super) keeps_account: bool,
}

impl Engine {
    /// Looks at the source against what is remembered, asks the directory, plans, and lets the guard look at it.
    pub(crate) async fn propose(&self, memory: LedgerSource<'_>) -> Result<Proposal, PassError> {
        // Nothing is written down, so nobody has a use for links.
        self.propose_of(memory, Quiet::default(), &[]).await
    }

    /// The same, but files that may still be being written are left as they were. `unheard`: collections whose changes
    /// are to be heard from now on, if they are swept.
    pub(super) async fn propose_of(
        &self,
        memory: LedgerSource<'_>,
        quiet: Quiet,
        unheard: &[TargetKind],
    ) -> Result<Proposal, PassError> {
        let mut notes = memory.read(Reader::file_stamps).await?;
        if memory.is_read_only() {
            // Nothing stands still then: every file is planned for, to be shown.
            notes.not_in_step = notes.files.iter().map(|note| note.path.clone()).collect();
        }
        let now = self.clock.now();
        let remembered = memory.read(move |reader| reader.remembered(now)).await?;
        let scope = match self.in_scope().await {
            Ok(scope) => scope.map(Arc::new),
            Err(ScopeError::Halt(halt)) => return Ok(Proposal::halted(halt)),
            Err(ScopeError::Directory(failure)) => return Err(PassError::Directory(failure)),
        };
        let scoped = scope.clone();
        let mut looked = match self.aside(move |engine| look(engine, notes, scoped.as_deref(), &quiet)).await? {
            Ok(looked) => looked,
            Err(LookError::Source(error)) => return Ok(Proposal::halted(no_source(&error))),
            Err(error) => return Err(PassError::Look(error)),
        };
        let concerned = paths(&looked);
        let mut view = memory.read(move |reader| reader.view(&concerned)).await?;
        let mut files = std::mem::take(&mut looked.files);
        let (filled, known, read_at) = self
            .aside(move |engine| {
                let read_at = content::fill(engine, &mut files, &view.files);
                (files, view, read_at)
            })
            .await?;
        (files, view) = (filled, known);
        let asking = Asking { view: &view, scope: scope.as_deref(), afresh: looked.new_accounts, unheard };
        let asked = self.ask(&mut files, asking).await.map_err(PassError::Directory)?;
        let Asked { at: asked_at, fresh, oldest, out_of_reach, unconfirmed, links, swept } = asked;
        let oldest = oldest.into_iter().chain(looked.oldest).min();
        let mut traces: Vec<(Timestamp, bool)> = read_at.into_iter().zip(fresh).collect();
        looked.files = files;
        self.join_rivals(memory, &mut looked, &mut view, &mut traces).await?;
        if looked.known.0 > 0 {
            let named = newly_named(&looked.files, &view);
            view.pins = memory.read(move |reader| reader.pins(&named)).await?;
        }
        let accounts = self.accounts(&looked.files, &view).await;
        let root = looked.root.to_string();
        let absence = self.removal.delete.then(|| Absence {
            gone: &remembered.gone,
            root: &root,
            still: &looked.still,
            grace: self.removal.grace,
            locked_until: remembered.locked_until,
            now: self.clock.now(),
        });
        let plan = plan(&PlanInput {
            files: &looked.files,
            complete: looked.complete,
            view: &view,
            accounts: &accounts,
            recipe: &self.recipe.id(),
            on_conflict: self.mapping.on_conflict,
            scope: scope.as_deref(),
            delete_on_opt_out: self.scope.delete_on_opt_out,
            absence,
        });
        let witness = Witness { swept };
        let facts = witness.facts(&looked, &view, &plan, &traces, &remembered, memory.read(Reader::delivered).await?);
        let halts = guard(&plan, &facts, &self.guard);
        let news = witness.news(&looked, &remembered);
        let keeps_account = self.removal.delete || remembered.gone.is_empty();
        Ok(Proposal {
            looked,
            view,
            plan,
            halts,
            traces,
            asked_at,
            oldest,
            out_of_reach,
            unconfirmed,
            links,
            news,
            keeps_account,
        })
    }

    /// Brings in what is known of the targets that the files speak for; a file that stands still and speaks for one
    /// of them is planned for too, so that two files for one target are always seen together.
    async fn join_rivals(
        &self,
        memory: LedgerSource<'_>,
        looked: &mut Looked,
        view: &mut LedgerView,
        traces: &mut Vec<(Timestamp, bool)>,
    ) -> Result<(), PassError> {
        let targets: HashSet<TargetId> = looked
            .files
            .iter()
            .filter_map(|file| file.resolved.as_ref()?.as_ref().ok())
            .flat_map(|id| [Some(id.clone()), id.twin()])
            .flatten()
            .filter(|id| !view.targets.contains_key(id))
            .collect();
        let targets: Vec<TargetId> = targets.into_iter().collect();
        let known = memory.read(move |reader| reader.known_targets(&targets)).await?;
        let mut rivals: Vec<SourcePath> = known
            .values()
            .filter_map(|known| known.path.clone())
            .filter(|path| looked.still.binary_search(path).is_ok())
            .collect();
        rivals.sort();
        rivals.dedup();
        view.targets.extend(known);
        if rivals.is_empty() {
            return Ok(());
        }
        looked.still.retain(|path| rivals.binary_search(path).is_err());
        let rows = memory.read(move |reader| reader.view(&rivals)).await?;
        for row in &rows.files {
            let (Some(digest), Some(target)) = (row.digest, row.target.clone()) else { continue };
            let claim = self.claim(looked.table.as_ref(), &row.path);
            looked.files.push(PlannedFile {
                path: row.path.clone(),
                fingerprint: row.fingerprint,
                content: Ok(digest),
                claim,
                resolved: Some(Ok(target)),
            });
            traces.push((row.read_at, false));
        }
        view.files.extend(rows.files);
        view.targets.extend(rows.targets);
        // Everything stays sorted by path.
        view.files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut both: Vec<(PlannedFile, (Timestamp, bool))> = looked.files.drain(..).zip(traces.drain(..)).collect();
        both.sort_by(|a, b| a.0.path.cmp(&b.0.path));
        (looked.files, *traces) = both.into_iter().unzip();
        Ok(())
    }

    /// Whom the files of the source speak for, without asking anybody.
    pub(crate) async fn references(&self) -> Result<Vec<Reference>, PassError> {
        let looked =
            self.aside(|engine| look(engine, FileStamps::default(), None, &Quiet::default())).await?.map_err(PassError::Look)?;
        Ok(looked.files.into_iter().filter_map(|file| Some(file.claim?.ok()?.reference)).collect())
    }

    /// Runs what blocks on a thread that may.
    pub(super) async fn aside<T: Send + 'static>(&self, act: impl FnOnce(&Self) -> T + Send + 'static) -> Result<T, PassError> {
        let engine = self.clone();
        tokio::task::spawn_blocking(move || act(&engine)).await.map_err(|error| PassError::Panicked(error.to_string()))
    }
}

/// The files whose rows matter: those to plan for, and those that are gone. Sorted.
fn paths(looked: &Looked) -> Vec<SourcePath> {
    let mut paths: Vec<SourcePath> =
        looked.files.iter().map(|file| file.path.clone()).chain(looked.vanished.iter().cloned()).collect();
    paths.sort();
    paths
}

/// Keys of the references that name files which were not named so before: files by another name may have been.
fn newly_named(files: &[PlannedFile], view: &LedgerView) -> HashSet<String> {
    let before = |path: &SourcePath| view.files.binary_search_by(|known| known.path.cmp(path)).ok().map(|at| &view.files[at]);
    let named = files.iter().filter_map(|file| Some((&file.path, file.claim.as_ref()?.as_ref().ok()?.reference.key())));
    let new = named.filter(|(path, key)| before(path).is_none_or(|known| known.reference.as_deref() != Some(key.as_str())));
    new.map(|(_, key)| key).collect()
}

impl Proposal {
    /// Nothing was looked at, so nothing is planned.
    fn halted(halt: Halt) -> Self {
        Self { halts: vec![halt], keeps_account: true, ..Self::default() }
    }

    /// What stops the whole pass, even if a person overrides what can be overridden.
    pub(crate) fn stopped_for_good(&self) -> Option<&Halt> {
        self.halts.iter().find(|halt| halt.holds == Holds::Everything && !halt.may_be_forced())
    }
}

/// A source that is not there proves nothing about its files.
fn no_source(error: &ScanError) -> Halt {
    let guard = match error {
        ScanError::NoMarker(..) => Guard::UnmountedSource,
        ScanError::Missing(_) | ScanError::NotADirectory(_) | ScanError::Unreadable(..) => Guard::MissingSource,
    };
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
    let message = format!("{error}{cause}; check that the share is mounted and source.directory is right, then run again");
    Halt::new(guard, message)
}
