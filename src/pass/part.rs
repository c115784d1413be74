//! A look at a part of the source: files that were overwritten, and nothing else.
//!
//! Such a file names whom it named before, and nobody but it speaks for that target, so that what becomes of it does not
//! depend on any file that was not looked at. Whatever else happened (a file that is new, gone, held or contested, a
//! folder, a link, other settings) takes a look at everything.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::baseline::Baseline;
use super::blocking::blocking;
use super::pass_error::PassError;
use super::scan::{MatchedFile, ScanOutcome, unmoved};
use super::scanner::Scanner;
use crate::files::fingerprint_of;
use crate::ledger::Ledger;
use crate::lookup::{Directory, ScopeError};
use crate::mapping::Scope;
use crate::model::{KnownFile, LedgerView, SourcePath};
use crate::source::{Sight, look};

/// Beyond so many paths, a look at everything costs little more, and the guard sees all of it at once.
const MOST: usize = 64;
/// How long the table's stamps may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Files that were overwritten, and what they are judged by.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(super) baseline: Arc<Baseline>,
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) files: Vec<MatchedFile>,
}

impl Part {
    /// What is to be looked at, if these paths can be looked at alone. Writes nothing.
    pub(super) async fn of(
        scanner: &Scanner,
        directory: &Directory,
        ledger: &Ledger,
        baseline: &Arc<Baseline>,
        paths: &BTreeSet<SourcePath>,
    ) -> Result<Option<Self>, PassError> {
        if paths.len() > MOST || scanner.source.follow_symlinks {
            return Ok(None);
        }
        let paths: Vec<SourcePath> = paths.iter().cloned().collect();
        let table = scanner.mapping.table.as_ref().map(|file| file.path.clone());
        let (source, looked_at) = (Arc::clone(&scanner.source), paths.clone());
        let looking = blocking(move || (table.map(|table| fingerprint_of(&table, PATIENCE)), look(&source, &looked_at)));
        let (stamps, looked) = looking.await?;
        let Ok((root, sights)) = looked else { return Ok(None) };
        let same_table = match (stamps, &baseline.table_file) {
            (None, None) => true,
            (Some(Some(now)), Some(before)) => unmoved(&before.stamps, before.read_at, &now),
            _ => false,
        };
        if root != baseline.root || !same_table || sights.len() < paths.len() {
            return Ok(None);
        }
        let (mut there, mut nothing) = (Vec::new(), Vec::new());
        for (path, sight) in paths.into_iter().zip(sights) {
            match sight {
                Sight::File(file) => there.push(file),
                Sight::Nothing => nothing.push(path),
                Sight::Other => return Ok(None),
            }
        }
        let concerned: Vec<SourcePath> = there.iter().map(|file| file.path.clone()).chain(nothing.iter().cloned()).collect();
        let (settings, view, were_folders) = ledger
            .read(move |reader| Ok((reader.settings()?, reader.view(&concerned)?, reader.knows_any_below(&nothing)?)))
            .await?;
        if were_folders || settings.as_ref() != Some(&baseline.settings) || view.files.len() != there.len() {
            return Ok(None);
        }
        // Sorted both: paths come from a set.
        let mut pairs = there.iter().zip(&view.files);
        if !pairs.all(|(file, known)| file.path == known.path && is_plain(baseline, &view, known)) {
            return Ok(None);
        }
        let scope = match directory.in_scope().await {
            Ok(scope) => scope.map(Arc::new),
            Err(ScopeError::Halt(_) | ScopeError::Directory(_)) => return Ok(None),
        };
        let digest = baseline.table_file.map(|file| file.digest);
        if scanner.settings_hash(digest, scope.as_deref()) != baseline.settings {
            return Ok(None);
        }
        let mut files = Vec::new();
        for (seen, known) in there.iter().zip(&view.files) {
            let claim = scanner.claim(baseline.table.as_deref(), &seen.path);
            let key = claim.as_ref().and_then(|claim| claim.as_ref().ok()).map(|claim| claim.reference.key());
            if key.is_none() || key.as_deref() != known.reference.as_deref() {
                return Ok(None);
            }
            if !unmoved(&known.fingerprint, known.read_at, &seen.fingerprint) {
                files.push(MatchedFile { seen: seen.clone(), claim });
            }
        }
        Ok(Some(Self { baseline: Arc::clone(baseline), scope, files }))
    }

    /// How many files are to be planned for.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }
}

/// Whether a file speaks for the one target that it spoke for before, and alone.
fn is_plain(baseline: &Baseline, view: &LedgerView, known: &KnownFile) -> bool {
    let (Some(target), Some(_), None, Some(_)) = (&known.target, known.bound_at, &known.held, &known.digest) else {
        return false;
    };
    let speaks = view.targets.get(target).is_some_and(|found| found.path.as_ref() == Some(&known.path));
    speaks && baseline.is_uncontested(target)
}

impl ScanOutcome {
    /// What a scan that looks at these files only comes to.
    pub(super) fn of(part: &Part) -> Self {
        let baseline = &part.baseline;
        Self {
            files: part.files.clone(),
            root: baseline.root,
            known: (baseline.known, baseline.known),
            settings: baseline.settings.clone(),
            baseline: Some(Arc::clone(baseline)),
            ..Self::default()
        }
    }
}
