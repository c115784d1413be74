//! Looks, asks and plans, and changes nothing: a dry run is this without what follows.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::baseline::Baseline;
use super::blocking::blocking;
use super::defaults::{Defaults, KnownDefaults};
use super::guard_facts::Observations;
use super::hash::read_contents;
use super::part::Part;
use super::pass_error::PassError;
use super::proposal::Proposal;
use super::scan::{ScanOutcome, Walked, scan_source};
use super::scan_failure::ScanFailure;
use super::scanner::Scanner;
use super::settle_filter::SettleFilter;
use crate::delivery::RemovalSettings;
use crate::ledger::{Ledger, LedgerSource, Reader, Remembered, fact};
use crate::lookup::{Directory, Resolution, ResolveContext, ScopeError};
use crate::mapping::Scope;
use crate::model::{KnownFile, LedgerView, Problem, Reason, SourcePath, TargetId, TargetKind, Timestamp};
use crate::plan::{Absence, Guard, GuardSettings, Halt, Hidden, PlanInput, PlannedFile, guard, plan, settle_defaults};
use crate::source::{ScanError, hash_unnamed};

/// Says what a pass would do: scans, asks, plans, and lets the guard look at it. Writes nothing.
#[derive(Clone)]
pub(crate) struct Proposer {
    /// The source.
    pub scanner: Scanner,
    /// The directory.
    pub directory: Directory,
    /// The brakes.
    pub guard: GuardSettings,
    /// Files that are gone.
    pub removal: RemovalSettings,
    /// What people get who have no picture.
    pub defaults: Defaults,
}

impl Proposer {
    /// Looks at the source against what is remembered, asks the directory, plans, and lets the guard look at it.
    pub(crate) async fn propose(&self, memory: LedgerSource<'_>) -> Result<Proposal, PassError> {
        // Nothing is written down, so nobody has a use for links.
        self.propose_of(memory, SettleFilter::default(), &[]).await
    }

    /// The same, but files that may still be being written are left as they were. `without_link`: collections whose changes
    /// are to be heard from now on, if they are swept.
    pub(super) async fn propose_of(
        &self,
        memory: LedgerSource<'_>,
        filter: SettleFilter,
        without_link: &[TargetKind],
    ) -> Result<Proposal, PassError> {
        let (scanner, of_walk) = (self.scanner.clone(), filter.clone());
        let walking = blocking(move || Walked::through(&scanner, &of_walk));
        // Side by side: each takes as long as the other.
        let (walked, notes) = tokio::join!(walking, memory.read(Reader::file_stamps));
        let mut notes = notes?;
        if memory.is_read_only() {
            // Nothing counts as unchanged then: every file is planned for, to be shown.
            notes.not_in_step = notes.files.iter().map(|note| note.path.clone()).collect();
        }
        let defaults = KnownDefaults::take(&mut notes);
        let now = self.scanner.clock.now();
        let remembered = memory.read(move |reader| reader.remembered(now)).await?;
        let scope = match self.directory.in_scope().await {
            Ok(scope) => scope.map(Arc::new),
            Err(ScopeError::Halt(halt)) => return Ok(Proposal::halted(halt)),
            Err(ScopeError::Directory(failure)) => return Err(PassError::Directory(failure)),
        };
        let walked = match walked? {
            Ok(walked) => walked,
            Err(ScanFailure::Source(error)) => return Ok(Proposal::halted(no_source(&error))),
            Err(error) => return Err(PassError::Scan(error)),
        };
        let (scanner, scoped) = (self.scanner.clone(), scope.clone());
        let scan = blocking(move || scan_source(&scanner, walked, notes, scoped.as_deref(), &filter)).await?;
        Box::pin(self.decide(memory, scan, scope, remembered, Some(defaults), without_link)).await
    }

    /// A look at these paths alone, if that can be. Writes nothing.
    pub(crate) async fn part(
        &self,
        ledger: &Ledger,
        baseline: &Arc<Baseline>,
        paths: &BTreeSet<SourcePath>,
    ) -> Result<Option<Part>, PassError> {
        Part::of(&self.scanner, &self.directory, ledger, baseline, paths).await
    }

    /// Looks at a part of the source, and says what it comes to.
    pub(super) async fn propose_part(&self, memory: LedgerSource<'_>, part: &Part) -> Result<Proposal, PassError> {
        let scan = ScanOutcome::of(part);
        Box::pin(self.decide(memory, scan, part.scope.clone(), Remembered::default(), None, &[])).await
    }

    /// Asks the directory about what a scan saw, plans, and lets the guard look at it. `defaults`: what people get who have no
    /// picture, where everything was looked at.
    async fn decide(
        &self,
        memory: LedgerSource<'_>,
        mut scan: ScanOutcome,
        scope: Option<Arc<Scope>>,
        remembered: Remembered,
        defaults: Option<KnownDefaults>,
        without_link: &[TargetKind],
    ) -> Result<Proposal, PassError> {
        let is_part = scan.baseline.is_some();
        let concerned = paths(&scan);
        let mut view = memory.read(move |reader| reader.view(&concerned)).await?;
        let (scanner, found) = (self.scanner.clone(), std::mem::take(&mut scan.files));
        let (read, known) = blocking(move || (read_contents(&scanner, found, &view.files), view)).await?;
        view = known;
        let mut files = match read {
            Ok(files) => files,
            Err(error) => return Ok(Proposal::halted(no_source(&error))),
        };
        self.scanner.believe_last_row(&mut scan, &mut files, &view);
        if let Some(defaults) = defaults {
            self.add_defaults(memory, defaults, scope.as_deref(), &mut scan, (&mut files, &mut view)).await?;
        }
        let absent_rows = Self::recall(&remembered, &scan, &files, &mut view);
        let asked = remembered.facts.get(fact::NUMBERS_ASKED).and_then(|at| at.parse().ok()).map(Timestamp::from_millis);
        let context = ResolveContext {
            view: &view,
            scope: scope.as_deref(),
            afresh: scan.new_accounts,
            without_link,
            numbers_asked: asked,
        };
        let Resolution { at: asked_at, oldest, out_of_reach, unreachable, unconfirmed, links, swept, numbers_asked } =
            self.directory.resolve(&mut files, context).await.map_err(PassError::Directory)?;
        let oldest = oldest.into_iter().chain(scan.oldest).min();
        self.ask_for_former_rows(&files, &mut view).await;
        self.join_rivals(memory, &mut scan, &mut files, &mut view).await?;
        if !is_part {
            let wait = settle_defaults(&mut files, &mut view, scan.complete && scan.unsettled_new == 0);
            // What is still being written is so for a moment, and what is not all there is told by itself.
            if wait > 0 && scan.complete && scan.unsettled_new == 0 {
                scan.problems.push(("defaults".to_owned(), defaults_wait(wait)));
            }
        }
        if memory.read(Reader::knows_bindings).await? {
            let named = newly_named(&files, &view);
            view.pins = memory.read(move |reader| reader.pins(&named)).await?;
        }
        let accounts = self.directory.accounts(&files, &view).await;
        let root = scan.root.to_string();
        let removes = self.removal.delete && !is_part && (!remembered.gone.is_empty() || !scan.vanished.is_empty());
        let hidden = if removes { self.hidden(&scan).await? } else { Hidden::default() };
        // Nothing is gone, as far as a part tells.
        let absence = (self.removal.delete && !is_part).then(|| Absence {
            gone: &remembered.gone,
            root: &root,
            still: &scan.unchanged,
            arriving: scan.unsettled_new > 0,
            hidden: &hidden,
            grace: self.removal.grace,
            locked_until: remembered.locked_until,
            now: self.scanner.clock.now(),
        });
        let mut plan = plan(&PlanInput {
            files: &files,
            complete: scan.complete,
            view: &view,
            accounts: &accounts,
            recipe: &self.scanner.recipe,
            on_conflict: self.scanner.mapping.on_conflict,
            scope: scope.as_deref(),
            delete_on_opt_out: self.directory.scope.delete_on_opt_out,
            absence,
        });
        if !is_part {
            self.settle_by_hand(memory, out_of_reach.is_none(), &mut plan).await?;
        }
        let observations = Observations { swept };
        // More are delivered since: they are counted where it matters.
        let then = scan.baseline.as_ref().map(|baseline| baseline.delivered);
        let delivered = match then.filter(|then| self.guard.allows(files.len(), *then)) {
            Some(then) => then,
            None => memory.read(Reader::delivered).await?,
        };
        let facts = observations.facts(&scan, &files, &view, &plan, &remembered, delivered);
        let halts = guard(&plan, &facts, &self.guard);
        let mut new_facts = observations.new_facts(&scan, &remembered);
        new_facts.extend(absent_rows);
        new_facts.extend(numbers_asked.map(|at| (fact::NUMBERS_ASKED.to_owned(), at.millis().to_string())));
        let keeps_account = is_part || self.removal.delete || remembered.gone.is_empty();
        Ok(Proposal {
            scan,
            files,
            view,
            plan,
            halts,
            asked_at,
            oldest,
            out_of_reach,
            unreachable,
            unconfirmed,
            links,
            new_facts,
            keeps_account,
        })
    }

    /// What is there and was not seen.
    async fn hidden(&self, scan: &ScanOutcome) -> Result<Hidden, PassError> {
        let (source, unseen) = (self.scanner.source.clone(), scan.unseen.clone());
        let contents = blocking(move || hash_unnamed(&source, &unseen)).await?;
        Ok(Hidden { links: scan.unseen.links.clone(), unread: contents.is_none(), unnamed: contents.unwrap_or_default() })
    }

    /// Brings in what is known of the targets of the files; an unchanged file that is for one
    /// of them is planned for too, so that two files for one target are always seen together.
    async fn join_rivals(
        &self,
        memory: LedgerSource<'_>,
        scan: &mut ScanOutcome,
        files: &mut Vec<PlannedFile>,
        view: &mut LedgerView,
    ) -> Result<(), PassError> {
        let claimed: HashSet<TargetId> = files
            .iter()
            .filter_map(|file| file.resolved.as_ref()?.as_ref().ok())
            .flat_map(|id| [Some(id.clone()), id.twin()])
            .flatten()
            .collect();
        let targets: Vec<TargetId> = claimed.iter().filter(|id| !view.targets.contains_key(id)).cloned().collect();
        let known = memory.read(move |reader| reader.known_targets(&targets)).await?;
        let mut rivals: Vec<SourcePath> = known
            .values()
            .filter_map(|known| known.path.clone())
            .filter(|path| scan.unchanged.binary_search(path).is_ok())
            .collect();
        let unsettled = scan.unsettled_known.clone();
        if !unsettled.is_empty() && !claimed.is_empty() {
            let rows = memory.read(move |reader| reader.view(&unsettled)).await?.files;
            let speaks = |row: &KnownFile| row.target.as_ref().is_some_and(|target| claimed.contains(target));
            rivals.extend(rows.into_iter().filter(speaks).map(|row| row.path));
        }
        rivals.sort();
        rivals.dedup();
        view.targets.extend(known);
        if rivals.is_empty() {
            return Ok(());
        }
        scan.unchanged.retain(|path| rivals.binary_search(path).is_err());
        let rows = memory.read(move |reader| reader.view(&rivals)).await?;
        files.extend(rows.files.iter().filter_map(|row| self.planned_again(scan, row)));
        view.files.extend(rows.files);
        view.targets.extend(rows.targets);
        // Everything stays sorted by path.
        view.files.sort_by(|a, b| a.path.cmp(&b.path));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(())
    }

    /// An unchanged file as one to plan for.
    fn planned_again(&self, scan: &ScanOutcome, row: &KnownFile) -> Option<PlannedFile> {
        Some(PlannedFile {
            path: row.path.clone(),
            fingerprint: row.fingerprint,
            content: Ok(row.digest?),
            claim: self.scanner.claim(scan.table.as_deref(), &row.path),
            resolved: Some(Ok(row.target.clone()?)),
            whom: None,
            read_at: row.read_at,
            confirmed: false,
            account_created: None,
        })
    }
}

/// The files whose rows matter: those to plan for, and those that are gone. Sorted.
fn paths(scan: &ScanOutcome) -> Vec<SourcePath> {
    let mut paths: Vec<SourcePath> =
        scan.files.iter().map(|file| file.seen.path.clone()).chain(scan.vanished.iter().cloned()).collect();
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

/// A source that is not there proves nothing about its files.
fn no_source(error: &ScanError) -> Halt {
    let guard = match error {
        ScanError::NoMarker(..) => Guard::UnmountedSource,
        ScanError::NoAnswer(..) => Guard::HungSource,
        ScanError::Missing(_) | ScanError::NotADirectory(_) | ScanError::Unreadable(..) => Guard::MissingSource,
    };
    if matches!(error, ScanError::NoAnswer(..)) {
        return Halt::new(guard, format!("{error}; look at the share and its server: photosyncd continues when it answers"));
    }
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
    let message = format!("{error}{cause}; check that the share is mounted and source.directory is right, then run again");
    Halt::new(guard, message)
}
/// People go without a default picture while a file may be theirs.
fn defaults_wait(people: usize) -> Problem {
    let who = if people == 1 {
        "1 person waits for a default picture".to_owned()
    } else {
        format!("{people} people wait for default pictures")
    };
    Problem::new(Reason::Transient, format!("{who}: the directory can't say whom some of the files for people are for, and one may be theirs"))
        .with_cure("Nothing while the directory can't be asked. If it lasts, settle what holds those files: `photosyncd status --all` lists them.")
}
