//! The report for HR from the ledger and, if names are asked for, from the directory: for the command, and for the service,
//! which writes it by itself.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, ConfigFaults, instance};
use crate::graph::Failure;
use crate::ledger::{LedgerError, Reader};
use crate::lookup::Directory;
use crate::model::{TargetKind, Timestamp};
use crate::pass::Scanner;
use crate::report::{Report, Texts};
use crate::status::{HeldItem, Instance, PassLine, Photos};

/// What was accepted within this time is told as changed, unless something else is asked for.
pub(crate) const LATELY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A report that the service writes by itself.
#[derive(Clone, Debug)]
pub(super) struct ScheduledReport {
    /// How often.
    pub(super) every: Duration,
    /// Where to.
    pub(super) directory: PathBuf,
    /// With names of the directory.
    pub(super) names: bool,
    pub(super) texts: Texts,
    pub(super) instance: Instance,
    pub(super) ledger: PathBuf,
}

impl ScheduledReport {
    /// As the configuration wants it, if it does. Errors: its words can't be used.
    pub(super) fn of(config: &Config) -> Result<Option<Arc<Self>>, ConfigFaults> {
        let texts = config.report.words()?;
        let scheduled = config.report.every.zip(config.report.directory.clone()).map(|(every, directory)| Self {
            every,
            directory,
            names: config.report.names,
            texts,
            instance: instance(config),
            ledger: config.ledger.path.clone(),
        });
        Ok(scheduled.map(Arc::new))
    }
}

/// What the ledger knows. `lately`: what was accepted within this time counts as changed.
pub(crate) fn report(
    reader: &Reader,
    texts: Texts,
    instance: Instance,
    now: Timestamp,
    lately: Duration,
) -> Result<Report, LedgerError> {
    let lately = i64::try_from(lately.as_millis()).unwrap_or(i64::MAX);
    let since = Timestamp::from_millis(now.millis().saturating_sub(lately));
    Ok(Report {
        texts,
        instance,
        made: now,
        since,
        photos: Photos::read(reader, since)?,
        asked_missing: false,
        names_unknown: false,
        halted: reader.halt()?.is_some(),
        unseen: reader.last_pass()?.as_ref().is_some_and(|last| PassLine::from(last).looked == Some(false)),
    })
}

/// Adds what a look at the directory with the photos can't read. A directory that is away adds nothing.
pub(crate) async fn add_unread(report: &mut Report, scanner: &Scanner) {
    let Ok(coverage) = scanner.coverage().await else { return };
    let Photos { rows, unread, .. } = &mut report.photos;
    let listed: HashSet<&str> = rows.iter().flat_map(|row| row.path.iter().chain(&row.others)).map(String::as_str).collect();
    let others = coverage.problems.into_iter().filter(|(path, _)| !listed.contains(path.as_str()));
    unread.extend(others.map(|(path, problem)| HeldItem::new(&problem).of_file(path)));
}

/// Adds the names that the directory has. Errors: it could not be asked, and the report says so.
pub(crate) async fn add_names(report: &mut Report, directory: &Directory) -> Result<(), Failure> {
    let of_kinds = |kinds: &[TargetKind]| -> HashSet<&str> {
        let rows = report.photos.rows.iter().filter(|row| row.kind.is_some_and(|kind| kinds.contains(&kind)));
        rows.map(|row| row.object_id.as_deref().unwrap_or(&row.name)).collect()
    };
    let (users, groups) = (of_kinds(&[TargetKind::User]), of_kinds(&[TargetKind::Group, TargetKind::Team]));
    let names = directory.names(&users, &groups).await;
    report.names_unknown = names.is_err();
    let names = names?;
    for row in &mut report.photos.rows {
        let is_contact = row.kind == Some(TargetKind::Contact);
        if let Some(name) = names.get(row.object_id.as_deref().unwrap_or(&row.name)).filter(|_| !is_contact) {
            (row.display_name, row.department) = (Some(name.display_name.clone()), name.department.clone());
        }
    }
    Ok(())
}
