//! Files that come after the row that named them has gone: they are taken for what they would be, had they come before.

use super::propose::Proposer;
use super::scan::ScanOutcome;
use crate::ledger::{Remembered, fact};
use crate::mapping::{AbsentRows, FormerRow};
use crate::model::{Fingerprint, KnownFile, LedgerView, Reference, SourcePath, Timestamp};
use crate::plan::{Claim, PlannedFile};

/// The file as it would be known if it had been there while its row was; none if a rule says what the row said.
fn as_known(file: &PlannedFile, former: &FormerRow) -> Option<KnownFile> {
    let key = former.reference.as_ref().map(Reference::key);
    let now = claim(file).map(|claim| claim.reference.key());
    (key.is_none() || key != now).then(|| KnownFile {
        path: file.path.clone(),
        fingerprint: Fingerprint::default(),
        digest: None,
        read_at: Timestamp::default(),
        rule: Some(former.rule.as_str().into()),
        reference: Some(key.map_or_else(|| KnownFile::named_in_vain(&file.path), Into::into)),
        label: former.reference.as_ref().map(|reference| reference.label().into()),
        target: None,
        bound_at: None,
        held: None,
        moved_to: None,
    })
}

impl Proposer {
    /// Adds to what the ledger remembers whom rows gave new files to that no row names now. The rows to keep from now on, where
    /// they are not those that are kept.
    pub(super) fn recall(
        remembered: &Remembered,
        scan: &ScanOutcome,
        files: &[PlannedFile],
        view: &mut LedgerView,
    ) -> Option<(String, String)> {
        let kept = remembered.facts.get(fact::ABSENT_ROWS);
        let absent: AbsentRows = kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let is_new = |file: &&PlannedFile| !file.path.is_default_picture() && known(view, &file.path).is_none();
        let new: Vec<&PlannedFile> = files.iter().filter(is_new).collect();
        let unnamed = || new.iter().filter(|file| !claim(file).is_some_and(Claim::is_by_table)).map(|file| &file.path);
        let said = absent.said(unnamed());
        let again = new.iter().filter_map(|file| as_known(file, said.get(&file.path)?)).collect::<Vec<_>>();
        // Only where everything was seen is it known which rows have no file.
        let table = scan.table.as_ref().filter(|_| scan.complete && scan.baseline.is_none());
        let renewed = table.map(|table| absent.renewed(table, new.iter().map(|file| &file.path)));
        view.files.extend(again);
        view.files.sort_by(|a, b| a.path.cmp(&b.path));
        let text = serde_json::to_string(&renewed.filter(|renewed| *renewed != absent)?).ok()?;
        Some((fact::ABSENT_ROWS.to_owned(), text))
    }

    /// Where a rule gives a file to somebody, and a row that has gone named somebody of whom nobody knows who it was: asks
    /// whether they are one.
    pub(super) async fn ask_for_former_rows(&self, files: &[PlannedFile], view: &mut LedgerView) {
        let is_unknown = |known: &&KnownFile| known.target.is_none() && known.is_bound_by_table() && !known.is_named_in_vain();
        let by_rule = |path: &SourcePath| {
            let file = &files[files.binary_search_by(|file| file.path.cmp(path)).ok()?];
            claim(file).filter(|claim| !claim.is_by_table()).and(file.identifies())
        };
        let asked = view.files.iter().filter(is_unknown).filter_map(|known| {
            let now = by_rule(&known.path)?.clone();
            Some((known.path.clone(), now, Reference::from_key(known.reference.as_deref()?)?))
        });
        let asked: Vec<_> = asked.collect();
        if asked.is_empty() {
            return;
        }
        let references: Vec<Reference> = asked.iter().map(|(.., reference)| reference.clone()).collect();
        let answers = self.directory.means(&references).await;
        for ((path, now, _), answer) in asked.into_iter().zip(answers) {
            let is_same = matches!(answer, Ok(Some(found)) if found.target == now);
            if let (true, Ok(at)) = (is_same, view.files.binary_search_by(|known| known.path.cmp(&path))) {
                view.files[at].target = Some(now);
            }
        }
    }
}

fn claim(file: &PlannedFile) -> Option<&Claim> {
    file.claim.as_ref()?.as_ref().ok()
}

fn known<'v>(view: &'v LedgerView, path: &SourcePath) -> Option<&'v KnownFile> {
    view.files.binary_search_by(|known| known.path.cmp(path)).ok().map(|at| &view.files[at])
}
